//! Panels' data as of a playback's clock.

use chrono::{DateTime, Utc};
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::ids::StoreId;
use pulseboard_core::panel_data::{self, Asked, PanelData, PanelProblem, Window};
use pulseboard_core::time_range::Range;
use tokio::time::Instant;

use super::Playback;
use crate::live::dashboards::board::{BoardPanel, pace};
use crate::live::dashboards::{frames, work};
use crate::live::meter::For;

impl Playback {
    /// The panels whose buckets have moved on since they were told, at their pace.
    pub(super) fn due(&self) -> Vec<(BoardPanel, Window, bool)> {
        let Some(watch) = &self.watch else { return Vec::new() };
        let seen = self.panels.iter().filter(|panel| panel.has_data() && watch.sees(panel.id));
        let due = seen.filter_map(|panel| {
            let range = watch.view.range(self.now)?;
            let Range { from, to } = range;
            let window = Window::whole(range, &panel.query, watch.view.points);
            // Rollups know no less than a minute, and counts by name no less than an hour.
            let whole = match window.buckets.seconds {
                seconds if seconds % 3600 == 0 => 3600,
                seconds if seconds % 60 == 0 => 60,
                _ => 0,
            };
            let end = match whole {
                0 => self.now,
                whole => DateTime::from_timestamp(self.now.timestamp().div_euclid(whole) * whole, 0)?,
            };
            let range = Range { from, to: to.min(end) };
            let mut buckets = window.buckets;
            buckets.to = range.to;
            let window = Window { range, buckets };
            match self.shown.get(&panel.id) {
                None => Some((panel.clone(), window, true)),
                Some((told, bucket, at)) => {
                    let moved = *told < range.to && at.elapsed() >= pace(*bucket);
                    moved.then(|| (panel.clone(), window.tail(*told), false))
                }
            }
        });
        due.collect()
    }

    pub(super) async fn tell_panels(
        &mut self,
        conn: &mut Conn,
        store: StoreId,
        due: &[(BoardPanel, Window, bool)],
    ) -> Result<(), DbError> {
        let Some(watch) = self.watch.as_ref().filter(|_| !due.is_empty()) else { return Ok(()) };
        let feeds = work::feeds_of(conn, self.place, due.iter().map(|(panel, ..)| panel)).await?;
        for (panel, window, full) in due {
            let variables = &watch.view.variables;
            let asked = Asked { kind: panel.kind, query: &panel.query, window: *window, variables };
            self.meter.panel_read(For::Playback);
            let data = match window.range.from < window.range.to {
                true => panel_data::panel_data(conn, store, &feeds, &asked).await?,
                false => PanelData::empty(*window),
            };
            self.watcher.outbox.push_change(frames::panel_data(panel.id, *full, &data));
            let told = (window.range.to, window.buckets.seconds, Instant::now());
            self.shown.insert(panel.id, told);
        }
        Ok(())
    }

    /// What takes too long is not tried again until something else is watched.
    pub(super) fn tell_too_slow(&mut self) {
        for (panel, window, full) in self.due() {
            let data = PanelData { problems: vec![PanelProblem::too_slow()], ..PanelData::empty(window) };
            self.watcher.outbox.push_change(frames::panel_data(panel.id, full, &data));
            let far = DateTime::<Utc>::MAX_UTC;
            self.shown.insert(panel.id, (far, window.buckets.seconds, Instant::now()));
        }
    }
}
