//! One dashboard's room in this process: a task that lives while someone looks at it.
//!
//! It hears the project's events, the dashboard's operations and its feeds' states, and keeps what its
//! readers have been given. What has become due is read in one transaction at a time (`work`); meanwhile
//! the room goes on hearing. Invariant: what a reader was given and what follows is what Postgres says;
//! where something may have been missed, it is read again.

mod found;
mod hearing;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use pulseboard_core::bus::Bus;
use pulseboard_core::db::{Db, DbError};
use pulseboard_core::ids::{DashboardId, OrgId, ProjectId, StoreId};
use pulseboard_core::memberships::Role;
use pulseboard_core::{dashboards, feeds};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval};
use uuid::Uuid;

use super::board::{BoardPanel, feeds_of};
use super::feeds::{FeedWindow, FeedWindows};
use super::frames;
use super::readers::Readers;
use super::watch::Watch;
use super::work::{self, Found, PanelWork, Work};
use crate::live::ending::Ending;
use crate::live::hub::{Listening, Watcher};
use crate::live::meter::Meter;

/// The least time between two readings of panels' data.
const STEP: Duration = Duration::from_millis(250);
/// How long until what failed is tried again.
const RETRY: Duration = Duration::from_millis(500);
/// How often it is asked whether messages were lost, and who has stopped reading.
const CHECK: Duration = Duration::from_secs(3);
/// How often it is looked what time alone has changed.
const AGE: Duration = Duration::from_secs(1);
/// Nobody there: linger a little, people reload pages.
const LINGER: Duration = Duration::from_secs(5);

/// Which dashboard, and where its data lies.
#[derive(Clone, Copy, Debug)]
pub struct BoardPlace {
    pub org: OrgId,
    pub project: ProjectId,
    pub dashboard: DashboardId,
}

/// What the room is told.
pub enum RoomCommand {
    Join { watcher: Arc<Watcher>, role: Role },
    Leave(u64),
    Watch(u64, Watch),
}

pub struct Room {
    place: BoardPlace,
    db: Db,
    bus: Bus,
    meter: Arc<Meter>,
    readers: Readers,
    feeds: FeedWindows,
    /// How each feed is doing, as far as that has been told.
    states: HashMap<Uuid, [Value; 2]>,
    /// Feeds whose state was heard since the last reading began.
    heard_of: HashSet<Uuid>,
    /// It is to be read again how feeds are doing.
    look_at_feeds: bool,
    /// Nothing until the dashboard has been read.
    version: Option<i64>,
    panels: Vec<BoardPanel>,
    store: Option<StoreId>,
    /// The dashboard is to be read again.
    reload: bool,
    /// Something is being read, and which panels.
    working: Option<Vec<PanelWork>>,
    /// The next reading may begin.
    rested_at: Instant,
}

type Results = mpsc::UnboundedSender<Result<Found, DbError>>;

impl Room {
    pub fn new(place: BoardPlace, db: Db, bus: Bus, meter: Arc<Meter>) -> Self {
        Self {
            place,
            db,
            bus,
            meter,
            readers: Readers::default(),
            feeds: FeedWindows::default(),
            states: HashMap::new(),
            heard_of: HashSet::new(),
            look_at_feeds: false,
            version: None,
            panels: Vec::new(),
            store: None,
            reload: true,
            working: None,
            rested_at: Instant::now(),
        }
    }

    /// Runs until `is_over` agrees that nobody needs it: asked when nobody is there.
    pub async fn run(
        mut self,
        mut commands: mpsc::UnboundedReceiver<RoomCommand>,
        mut events: Listening,
        is_over: impl Fn(&mut mpsc::UnboundedReceiver<RoomCommand>) -> bool,
    ) {
        let mut ops = self.bus.subscribe(&dashboards::topic(self.place.dashboard)).await;
        let mut states = self.bus.subscribe(&feeds::topic(self.place.project)).await;
        let (results, mut found) = mpsc::unbounded_channel();
        let [mut check, mut age] = [CHECK, AGE].map(|every| {
            let mut ticks = interval(every);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        });
        loop {
            let idle_until = Instant::now() + LINGER;
            let next = self.next_step();
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => return,
                },
                heard = events.recv() => self.hear(heard),
                message = ops.recv() => self.hear_ops(message, &mut ops),
                message = states.recv() => self.hear_state(message),
                Some(done) = found.recv() => self.take_in(done),
                _ = check.tick() => self.check(),
                _ = age.tick() => self.readers.age(&self.panels, pulseboard_core::now()),
                () = sleep_until(next) => self.step(&results),
                () = tokio::time::sleep_until(idle_until), if self.readers.all.is_empty() => {
                    if is_over(&mut commands) {
                        return;
                    }
                }
            }
        }
    }

    fn obey(&mut self, command: RoomCommand) {
        match command {
            RoomCommand::Join { watcher, role } => self.readers.join(watcher, role),
            RoomCommand::Leave(id) => self.readers.leave(id),
            RoomCommand::Watch(id, watch) => self.readers.watch(id, watch),
        }
    }

    /// The safety net: whatever was lost on the way is found here.
    fn check(&mut self) {
        (self.reload, self.look_at_feeds) = (true, true);
        self.readers.restart_skipped();
        let now = std::time::Instant::now();
        for reader in self.readers.all.values().filter(|reader| reader.watcher.outbox.is_stalled(now)) {
            reader.watcher.outbox.end(Ending::TOO_SLOW);
        }
    }

    fn end_deleted(&self) {
        self.readers.tell_all(&frames::deleted());
        self.end_all(Ending::DASHBOARD_GONE);
    }

    fn end_all(&self, ending: Ending) {
        for reader in self.readers.all.values() {
            reader.watcher.outbox.end_after(ending);
        }
    }

    /// When there is something to do: updates of feeds at their pace, readings one after the other.
    fn next_step(&self) -> Option<Instant> {
        if self.readers.all.is_empty() {
            return None;
        }
        let waits = self.working.is_none()
            && (self.reload
                || self.look_at_feeds
                || self.has_newcomers()
                || self.readers.waits(&self.panels));
        // Who has just come does not wait for the next round.
        let at = if self.has_newcomers() { Instant::now() } else { self.rested_at };
        waits.then_some(at).into_iter().chain(self.feeds.due_at()).min()
    }

    fn has_newcomers(&self) -> bool {
        self.readers.all.values().any(|reader| reader.version.is_none() && !reader.asked)
    }

    fn step(&mut self, results: &Results) {
        for frame in self.feeds.take_due(Instant::now()) {
            self.readers.tell_all(&frame);
        }
        if self.working.is_some() || (Instant::now() < self.rested_at && !self.has_newcomers()) {
            return;
        }
        let work = self.gather();
        self.rested_at = Instant::now() + STEP;
        if work.is_empty() {
            return;
        }
        self.working = Some(work.panels.clone());
        let (db, place, results) = (self.db.clone(), self.place, results.clone());
        let meter = Arc::clone(&self.meter);
        tokio::spawn(async move {
            let _ = results.send(work::run(&db, &meter, place, work).await);
        });
    }

    fn gather(&mut self) -> Work {
        let mut work = Work { board: self.reload.then_some(self.version), ..Work::default() };
        self.reload = false;
        if self.version.is_none() {
            return work;
        }
        let wanted = feeds_of(&self.panels);
        self.feeds.0.retain(|feed, _| wanted.contains(feed));
        self.states.retain(|feed, _| wanted.contains(feed));
        work.windows = wanted.iter().copied().filter(|feed| !self.feeds.0.contains_key(feed)).collect();
        if self.look_at_feeds || !work.windows.is_empty() {
            work.feeds = Vec::from_iter(wanted);
        }
        self.look_at_feeds = false;
        self.heard_of.clear();
        // What comes while they are read is not lost.
        self.feeds.0.extend(work.windows.iter().map(|feed| (*feed, FeedWindow::default())));
        for (id, reader) in &mut self.readers.all {
            if reader.version.is_none() && !reader.asked {
                reader.asked = true;
                work.readers.push((*id, reader.watcher.user, reader.role));
            }
        }
        work.panels = self.readers.due(&self.panels, pulseboard_core::now(), Instant::now());
        work
    }
}

async fn sleep_until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
