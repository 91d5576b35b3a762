//! A dashboard's past, played on a connection of its own through the same frames.
//!
//! The clock is the connection's. A step does a bounded amount of work however fast it runs: of each feed
//! the newest payload, of each panel the newest buckets. Buckets of minutes show whole minutes only, so
//! that nothing is seen before it has happened.

mod control;
mod panels;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pulseboard_core::db::{Conn, Db, DbError, query_error};
use pulseboard_core::feeds::history;
use pulseboard_core::ids::{FeedId, PanelId, StoreId};
use pulseboard_core::memberships::Role;
use pulseboard_core::time_range;
use pulseboard_core::{dashboards, panel_data, projects};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use uuid::Uuid;

use self::control::SPEEDS;
pub use self::control::{Control, Controls, Start};
use super::board::{BoardPanel, feeds_of};
use super::feeds::{FeedWindow, FeedWindows, MAX_TICKS, Tick, WINDOW};
use super::frames;
use super::room::BoardPlace;
use super::watch::Watch;
use crate::live::ending::Ending;
use crate::live::hub::Watcher;
use crate::live::meter::Meter;
use crate::routes::dashboards::DashboardFull;

const STEP: Duration = Duration::from_millis(250);
/// The least time between two steps, however often its buttons are pressed.
const SOONEST: Duration = Duration::from_millis(50);
/// How often it is asked whether the dashboard is still there, and still the same.
const LOOK: Duration = Duration::from_secs(3);

pub struct Playback {
    place: BoardPlace,
    role: Role,
    db: Db,
    meter: Arc<Meter>,
    watcher: Arc<Watcher>,
    now: DateTime<Utc>,
    speed: f64,
    playing: bool,
    watch: Option<Watch>,
    /// The state is to be sent anew.
    begins: bool,
    /// The dashboard's version that was sent, and when it was last compared.
    version: i64,
    looked_at: Instant,
    panels: Vec<BoardPanel>,
    /// Up to where each panel and feed has been told, and when.
    shown: HashMap<PanelId, (DateTime<Utc>, i64, Instant)>,
    told: HashMap<Uuid, DateTime<Utc>>,
    told_to: DateTime<Utc>,
}

impl Playback {
    pub fn new(
        place: BoardPlace,
        role: Role,
        db: Db,
        meter: Arc<Meter>,
        watcher: Arc<Watcher>,
        start: Start,
    ) -> Self {
        Self {
            place,
            role,
            db,
            meter,
            watcher,
            now: start.at,
            speed: start.speed,
            playing: true,
            watch: None,
            begins: true,
            version: 0,
            looked_at: Instant::now(),
            panels: Vec::new(),
            shown: HashMap::new(),
            told: HashMap::new(),
            told_to: start.at,
        }
    }

    /// Plays until the connection is over.
    pub async fn run(mut self, controls: Arc<Controls>) {
        let mut steps = interval(STEP);
        steps.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stepped = Instant::now();
        loop {
            tokio::select! {
                _ = steps.tick() => {}
                () = async { controls.told().await; sleep_until(stepped + SOONEST).await } => {}
            }
            let outbox = &self.watcher.outbox;
            if outbox.is_over() {
                return;
            }
            if outbox.is_stalled(std::time::Instant::now()) {
                return outbox.end(Ending::TOO_SLOW);
            }
            self.begins |= outbox.needs_state();
            let mut changed = self.begins;
            changed |= self.control(controls.take());
            changed |= self.advance(stepped.elapsed());
            stepped = Instant::now();
            match self.step().await {
                Ok(()) => {}
                Err(DbError::Query(query_error::Error::NotFound)) => {
                    self.watcher.outbox.push_change(frames::deleted());
                    return self.watcher.outbox.end_after(Ending::DASHBOARD_GONE);
                }
                Err(error) => tracing::debug!(%error, "a step of a playback failed"),
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
        }
        if at.is_none() && speed.is_none() && playing.is_none() {
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
        let looks = self.looked_at.elapsed() >= LOOK;
        if !self.begins && !looks && self.now == self.told_to && self.due().is_empty() {
            return Ok(());
        }
        let (db, place) = (self.db.clone(), self.place);
        let done = db
            .tenant(place.org, async |conn: &mut Conn| -> Result<_, DbError> {
                let store = projects::find(conn, place.org, place.project).await?.store_id;
                if looks {
                    let row = dashboards::find_row(conn, place.org, place.dashboard).await?;
                    self.begins |= row.version != self.version;
                    self.looked_at = Instant::now();
                }
                match self.begins {
                    true => self.begin(conn, store).await?,
                    false => self.tell_feeds(conn, store).await?,
                }
                let due = self.due();
                self.tell_panels(conn, store, &due).await
            })
            .await;
        match done {
            Err(error) if error.is_timeout() => self.tell_too_slow(),
            done => done?,
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
        (self.begins, self.version, self.told_to) = (false, found.version(), self.now);
        Ok(())
    }

    async fn tell_feeds(&mut self, conn: &mut Conn, store: StoreId) -> Result<(), DbError> {
        if self.now == self.told_to {
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
        self.told_to = self.now;
        Ok(())
    }
}
