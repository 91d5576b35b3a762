//! One dashboard's room in this process: a task that lives while someone looks at it.
//!
//! It hears the project's events, the dashboard's operations and its feeds' states, and keeps what its
//! readers have been given. What has become due is read in one transaction at a time (`work`); meanwhile
//! the room goes on hearing. Invariant: what a reader was given and what follows is what Postgres says;
//! where something may have been missed, it is read again.

use std::time::Duration;

use pulseboard_core::bus::{Bus, Message, Subscription};
use pulseboard_core::dashboards::op::Target;
use pulseboard_core::db::{Db, DbError, query_error};
use pulseboard_core::ids::{DashboardId, OrgId, ProjectId, StoreId};
use pulseboard_core::memberships::Role;
use pulseboard_core::{dashboards, feeds};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval};
use uuid::Uuid;

use super::board::{BoardPanel, EventHead, feeds_of};
use super::feeds::{FeedWindow, FeedWindows};
use super::frames;
use super::readers::Readers;
use super::watch::Watch;
use super::work::{self, Found, PanelWork, Work};
use crate::live::channel::Heard;
use crate::live::hub::{Listening, Watcher};
use crate::live::outbox::Ending;

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
    readers: Readers,
    feeds: FeedWindows,
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
    pub fn new(place: BoardPlace, db: Db, bus: Bus) -> Self {
        Self {
            place,
            db,
            bus,
            readers: Readers::default(),
            feeds: FeedWindows::default(),
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

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Events(events) => {
                for event in events.iter() {
                    self.hear_event(event);
                }
            }
            Heard::Gap => self.begin_anew(),
            Heard::Gone => self.end_all(Ending::PROJECT_GONE),
        }
    }

    fn hear_event(&mut self, event: &RawValue) {
        let Ok(head) = serde_json::from_str::<EventHead<'_>>(event.get()) else { return };
        if let Some(feed) = head.feed_id {
            self.feeds.hear(feed, head.timestamp, head.payload);
        }
        self.readers.touch(&self.panels, &head);
    }

    /// What is known of feeds and panels may have a hole: all of it is read again.
    fn begin_anew(&mut self) {
        self.feeds = FeedWindows::default();
        self.readers.renew_all();
        self.reload = true;
    }

    fn hear_ops(&mut self, message: Message, subscription: &mut Subscription) {
        let mut next = Some(message);
        while let Some(message) = next {
            match message {
                Message::Data(bytes) => self.hear_op(&bytes),
                Message::Lost => self.reload = true,
            }
            next = subscription.try_recv();
        }
    }

    fn hear_op(&mut self, bytes: &[u8]) {
        #[derive(Deserialize)]
        struct Told {
            #[serde(default)]
            ops: Vec<Box<RawValue>>,
            #[serde(default)]
            deleted: bool,
        }
        #[derive(Deserialize)]
        struct Head {
            seq: i64,
            target: Target,
        }
        let Ok(told) = serde_json::from_slice::<Told>(bytes) else { return };
        if told.deleted {
            return self.end_deleted();
        }
        // The panels are read again in any case; what follows at once is passed on at once.
        self.reload = true;
        for op in told.ops {
            let Ok(head) = serde_json::from_str::<Head>(op.get()) else { return };
            if self.version != Some(head.seq - 1) {
                continue;
            }
            self.pass_on(&op, head.seq, head.target);
        }
    }

    fn pass_on(&mut self, op: &impl serde::Serialize, seq: i64, target: Target) {
        let frame = frames::op(op, target == Target::Dashboard);
        for reader in self.readers.all.values_mut().filter(|reader| reader.version.is_some_and(|v| v < seq)) {
            reader.version = Some(seq);
            reader.watcher.outbox.push_change(frame.clone());
        }
        self.version = Some(seq);
    }

    fn hear_state(&mut self, message: Message) {
        let Message::Data(bytes) = message else { return };
        let Ok(state) = serde_json::from_slice::<Value>(&bytes) else { return };
        let feed = state["feed_id"].as_str().and_then(|id| Uuid::parse_str(id).ok());
        let Some(feed) = feed.filter(|feed| self.feeds.0.contains_key(feed)) else { return };
        self.readers.tell_all(&frames::feed_state(&state));
        self.readers.mark_feed(&self.panels, feed, pulseboard_core::now());
    }

    /// The safety net: whatever was lost on the way is found here.
    fn check(&mut self) {
        self.reload = true;
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
            && (self.reload || self.has_newcomers() || self.readers.waits(&self.panels));
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
        tokio::spawn(async move {
            let _ = results.send(work::run(&db, place, work).await);
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
        work.windows = wanted.into_iter().filter(|feed| !self.feeds.0.contains_key(feed)).collect();
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

    fn take_in(&mut self, done: Result<Found, DbError>) {
        let worked = self.working.take().unwrap_or_default();
        match done {
            Ok(found) => self.take_in_found(found),
            Err(DbError::Query(query_error::Error::NotFound)) => self.end_deleted(),
            Err(error) => {
                tracing::debug!(%error, dashboard = %self.place.dashboard, "reading for a dashboard failed");
                self.readers.give_back(&worked);
                self.feeds = FeedWindows::default();
                self.reload = true;
                for reader in self.readers.all.values_mut() {
                    reader.asked = false;
                }
                self.rested_at = Instant::now() + RETRY;
            }
        }
    }

    fn take_in_found(&mut self, found: Found) {
        if let Some(board) = found.board {
            self.take_in_board(board);
        }
        for (feed, window) in found.windows {
            self.feeds.fill(feed, window);
        }
        if found.store.is_some() && self.store.is_some() && found.store != self.store {
            // The project has been cleared.
            self.begin_anew();
        }
        self.store = found.store.or(self.store);
        for (id, dashboard) in found.dashboards {
            if let Some(reader) = self.readers.all.get_mut(&id) {
                let version = dashboard.version();
                reader.watcher.outbox.push_change(frames::snapshot(&dashboard, version, &self.feeds));
                reader.version = Some(version);
                // It may be ahead of what the room has heard; the rest follows.
                self.reload |= self.version != Some(version);
            }
        }
        for (work, frame) in found.panels {
            if self.panels.contains(&work.panel) {
                self.readers.deliver(&work, &frame);
            }
        }
    }

    fn take_in_board(&mut self, board: work::BoardFound) {
        match board.ops {
            Some(ops) => {
                for op in ops {
                    if self.version.is_some_and(|version| op.seq > version) {
                        self.pass_on(&op, op.seq, op.target);
                    }
                }
            }
            // Too much has happened, or the database has been restored: everyone begins anew.
            None => {
                self.version = None;
                for reader in self.readers.all.values_mut() {
                    (reader.version, reader.asked) = (None, false);
                }
                self.readers.renew_all();
            }
        }
        self.version = Some(self.version.unwrap_or(board.version).max(board.version));
        for panel in &board.panels {
            let before = self.panels.iter().find(|before| before.id == panel.id);
            if before.is_some_and(|before| before != panel) {
                self.readers.renew(panel.id);
            }
        }
        self.panels = board.panels;
    }
}

async fn sleep_until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
