//! A dashboard's past, played on a connection of its own through the same frames.
//!
//! The clock is the connection's. A step does a bounded amount of work however fast it runs: of each feed
//! the newest payload, of each panel the newest buckets. Buckets of minutes show whole minutes only, so
//! that nothing is seen before it has happened.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pulseboard_core::db::{Conn, Db, DbError, query_error};
use pulseboard_core::feeds::history;
use pulseboard_core::ids::{FeedId, PanelId, StoreId};
use pulseboard_core::memberships::Role;
use pulseboard_core::panel_data::{self, Asked, PanelData, PanelProblem, Window};
use pulseboard_core::time_range::{self, Range};
use pulseboard_core::{dashboards, projects};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval};
use uuid::Uuid;

use super::board::{BoardPanel, feeds_of, pace};
use super::feeds::{FeedWindow, FeedWindows, MAX_TICKS, Tick, WINDOW};
use super::frames;
use super::room::BoardPlace;
use super::watch::Watch;
use super::work;
use crate::live::hub::Watcher;
use crate::live::outbox::Ending;
use crate::routes::dashboards::DashboardFull;

const STEP: Duration = Duration::from_millis(250);
/// How much faster than time it may run.
pub const SPEEDS: std::ops::RangeInclusive<f64> = 1.0..=3600.0;

/// What the player's buttons do; what is left out stays as it is.
#[derive(Default, Deserialize)]
pub struct Control {
    #[serde(default)]
    at: Option<String>,
    #[serde(default)]
    speed: Option<f64>,
    #[serde(default)]
    playing: Option<bool>,
    #[serde(skip)]
    watch: Option<Watch>,
}

impl Control {
    /// Other panels are in sight, or another span.
    pub fn watching(watch: Watch) -> Self {
        Self { watch: Some(watch), ..Self::default() }
    }
}

/// Where a playback begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Start {
    pub at: DateTime<Utc>,
    pub speed: f64,
}

impl Start {
    /// Reads the parameters of a URL; the error names the one that is wrong.
    pub fn read(
        at: &str,
        speed: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Self, (&'static str, &'static str)> {
        let at = time_range::time(at, now).filter(|at| *at < now);
        let at = at.ok_or(("at", "must be a time in the past: RFC 3339 or now-1h"))?;
        let speed = speed.filter(|text| !text.is_empty()).map_or(Some(1.0), |text| text.parse().ok());
        let speed = speed.filter(|speed| SPEEDS.contains(speed));
        Ok(Self { at, speed: speed.ok_or(("speed", "must be a number from 1 to 3600"))? })
    }
}

pub struct Playback {
    place: BoardPlace,
    role: Role,
    db: Db,
    watcher: Arc<Watcher>,
    now: DateTime<Utc>,
    speed: f64,
    playing: bool,
    watch: Option<Watch>,
    /// The state is to be sent anew.
    begins: bool,
    panels: Vec<BoardPanel>,
    /// Up to where each panel and feed has been told, and when.
    shown: HashMap<PanelId, (DateTime<Utc>, i64, Instant)>,
    told: HashMap<Uuid, DateTime<Utc>>,
}

impl Playback {
    pub fn new(place: BoardPlace, role: Role, db: Db, watcher: Arc<Watcher>, start: Start) -> Self {
        Self {
            place,
            role,
            db,
            watcher,
            now: start.at,
            speed: start.speed,
            playing: true,
            watch: None,
            begins: true,
            panels: Vec::new(),
            shown: HashMap::new(),
            told: HashMap::new(),
        }
    }

    /// Plays until the connection is over.
    pub async fn run(mut self, mut controls: mpsc::Receiver<Control>) {
        let mut steps = interval(STEP);
        steps.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stepped = Instant::now();
        loop {
            let mut changed = self.begins;
            tokio::select! {
                _ = steps.tick() => {}
                control = controls.recv() => match control {
                    Some(control) => changed |= self.control(control),
                    None => return,
                },
            }
            if self.watcher.outbox.is_over() {
                return;
            }
            if self.watcher.outbox.is_stalled(std::time::Instant::now()) {
                return self.watcher.outbox.end(Ending::TOO_SLOW);
            }
            changed |= self.advance(stepped.elapsed());
            stepped = Instant::now();
            self.begins |= self.watcher.outbox.needs_state();
            if let Err(error) = self.step().await {
                match error {
                    DbError::Query(query_error::Error::NotFound) => {
                        return self.watcher.outbox.end(Ending::DASHBOARD_GONE);
                    }
                    error => tracing::debug!(%error, "a step of a playback failed"),
                }
            }
            if changed || self.playing {
                let clock = frames::clock(self.now.timestamp_millis(), self.speed, self.playing);
                self.watcher.outbox.push_change(clock);
            }
        }
    }

    /// What can't be is left as it was, which the clock then shows.
    fn control(&mut self, control: Control) -> bool {
        let Control { at, speed, playing, watch } = control;
        if let Some(watch) = watch {
            self.watch = Some(watch);
            self.shown.clear();
            return false;
        }
        let now = pulseboard_core::now();
        if let Some(at) = at.and_then(|at| time_range::time(&at, now)).filter(|at| *at < now) {
            self.now = at;
            self.begins = true;
        }
        self.speed = speed.filter(|speed| SPEEDS.contains(speed)).unwrap_or(self.speed);
        self.playing = playing.unwrap_or(self.playing);
        true
    }

    /// Moves the clock; whether it has come to its end.
    fn advance(&mut self, elapsed: Duration) -> bool {
        if !self.playing || self.begins {
            return false;
        }
        let moved = elapsed.as_secs_f64() * self.speed * 1000.0;
        let present = pulseboard_core::now();
        self.now = (self.now + TimeDelta::milliseconds(moved as i64)).min(present);
        self.playing = self.now < present;
        !self.playing
    }

    async fn step(&mut self) -> Result<(), DbError> {
        let (db, place) = (self.db.clone(), self.place);
        let due = db
            .tenant(place.org, async |conn: &mut Conn| -> Result<_, DbError> {
                let store = projects::find(conn, place.org, place.project).await?.store_id;
                match self.begins {
                    true => self.begin(conn, store).await?,
                    false => self.tell_feeds(conn, store).await?,
                }
                let due = self.due();
                self.tell_panels(conn, store, &due).await?;
                Ok(due)
            })
            .await;
        match due {
            Err(error) if error.is_timeout() => self.tell_too_slow(),
            due => {
                due?;
            }
        }
        Ok(())
    }

    /// The state as it was then, on the dashboard as it is now.
    async fn begin(&mut self, conn: &mut Conn, store: StoreId) -> Result<(), DbError> {
        let BoardPlace { org, dashboard, .. } = self.place;
        let found = DashboardFull::find(conn, org, dashboard, self.watcher.user, self.role).await?;
        self.panels = dashboards::panels(conn, org, dashboard).await?.iter().map(BoardPanel::of).collect();
        let mut windows = FeedWindows::default();
        self.told.clear();
        for feed in feeds_of(&self.panels) {
            let mut window = FeedWindow::default();
            let span = (self.now - WINDOW, self.now);
            let brought = history::list(conn, store, FeedId(feed), span, None, MAX_TICKS as i64).await?;
            for found in brought {
                window.add(Tick::new(feed, found.ts, found.payload.as_ref().map(|json| &*json.0)));
            }
            if window.latest.is_none()
                && let Some((ts, payload)) = panel_data::newest(conn, store, feed, self.now).await?
            {
                window.latest = Some(Tick::new(feed, ts, payload.as_deref()));
            }
            self.told.insert(feed, window.latest.as_ref().map_or(self.now, |latest| latest.ts));
            windows.0.insert(feed, window);
        }
        self.watcher.outbox.push_change(frames::snapshot(&found, found.version(), &windows));
        self.shown.clear();
        self.begins = false;
        Ok(())
    }

    async fn tell_feeds(&mut self, conn: &mut Conn, store: StoreId) -> Result<(), DbError> {
        if !self.playing {
            return Ok(());
        }
        for (feed, told) in &mut self.told {
            let Some((ts, payload)) = panel_data::newest(conn, store, *feed, self.now).await? else {
                continue;
            };
            if ts > *told {
                *told = ts;
                let tick = Tick::new(*feed, ts, payload.as_deref());
                self.watcher.outbox.push_change(frames::feed_update(&tick));
            }
        }
        Ok(())
    }

    /// The panels whose buckets have moved on since they were told, at their pace.
    fn due(&self) -> Vec<(BoardPanel, Window, bool)> {
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

    async fn tell_panels(
        &mut self,
        conn: &mut Conn,
        store: StoreId,
        due: &[(BoardPanel, Window, bool)],
    ) -> Result<(), DbError> {
        let Some(watch) = &self.watch else { return Ok(()) };
        let feeds = work::feeds_of(conn, self.place, due.iter().map(|(panel, ..)| panel)).await?;
        for (panel, window, full) in due {
            let variables = &watch.view.variables;
            let asked = Asked { kind: panel.kind, query: &panel.query, window: *window, variables };
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
    fn tell_too_slow(&mut self) {
        for (panel, window, full) in self.due() {
            let data = PanelData { problems: vec![PanelProblem::too_slow()], ..PanelData::empty(window) };
            self.watcher.outbox.push_change(frames::panel_data(panel.id, full, &data));
            let far = DateTime::<Utc>::MAX_UTC;
            self.shown.insert(panel.id, (far, window.buckets.seconds, Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_playback_begins_in_the_past() {
        let now: DateTime<Utc> = "2026-06-01T12:00:00Z".parse().expect("a time");
        let hour = Start { at: now - TimeDelta::hours(1), speed: 1.0 };
        assert_eq!(Start::read("now-1h", None, now), Ok(hour));
        assert_eq!(Start::read("2026-06-01T11:00:00Z", Some("60"), now), Ok(Start { speed: 60.0, ..hour }));
        for (at, speed, field) in [
            ("now", None, "at"),
            ("", None, "at"),
            ("2027-01-01T00:00:00Z", None, "at"),
            ("now-1h", Some("0"), "speed"),
            ("now-1h", Some("NaN"), "speed"),
            ("now-1h", Some("3601"), "speed"),
        ] {
            assert_eq!(Start::read(at, speed, now).map_err(|(field, _)| field), Err(field), "{at} {speed:?}");
        }
    }
}
