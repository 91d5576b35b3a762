//! One project's live stream in this process: a task that lives while someone watches.
//!
//! It hears the bus, keeps the project's position, fills holes from Postgres, and hands each batch to
//! everyone. Invariant: a watcher who joined at a position is handed everything after it, once, in
//! commit order, or is told of the gap.

mod catch_up;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use pulseboard_core::bus::{Bus, Message, Subscription};
use pulseboard_core::db::Db;
use pulseboard_core::ids::{OrgId, ProjectId};
use pulseboard_core::live::{self, Cursor, EventBatch};
use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::ending::Ending;
use super::frames::{self, Delivery};
use super::hub::{JoinError, Watcher};
use super::position::Sequence;
use super::replay::{MAX_REPLAYED, PAGE, Replay};

/// The least time between two deliveries: a lone event goes out at once, a stream of them together.
const PACE: Duration = Duration::from_millis(4);
/// How long a batch that overtook another waits for it before Postgres is asked.
const OVERTAKEN: Duration = Duration::from_millis(30);
/// How long until a query that failed is tried again.
const RETRY: Duration = Duration::from_millis(500);
/// Bytes of events in one frame; a single event may go over it.
const MAX_FRAME: usize = live::MAX_MESSAGE;

/// What the task is asked to do.
pub enum Command {
    Join {
        watcher: Arc<Watcher>,
        since: Option<Cursor>,
        reply: oneshot::Sender<Result<(), JoinError>>,
    },
    /// Events for someone in this process who makes something else of them; left like a watcher.
    Listen {
        id: u64,
        sender: mpsc::UnboundedSender<Heard>,
    },
    Leave(u64),
    /// What Postgres said when it was asked at that time; nothing if the project is gone.
    Newest {
        at: DateTime<Utc>,
        seq: Option<i64>,
    },
}

/// What a listener hears.
pub enum Heard {
    /// In commit order, each as in `GET /events`.
    Events(Arc<[Box<RawValue>]>),
    /// Events may have been missed: what is known has to be read again.
    Gap,
    /// The project is gone.
    Gone,
}

pub struct Channel {
    /// The project's org: what the task reads, it reads as that tenant.
    pub org: OrgId,
    pub project: ProjectId,
    pub db: Db,
    pub bus: Bus,
    pub replays: Arc<tokio::sync::Semaphore>,
    watchers: HashMap<u64, Arc<Watcher>>,
    listeners: HashMap<u64, mpsc::UnboundedSender<Heard>>,
    /// Nothing until Postgres has been asked for the first time.
    sequence: Option<Sequence>,
    /// When to read Postgres, if the hole has not closed by itself until then.
    read_at: Option<Instant>,
    /// What the safety net saw last.
    newest: i64,
    /// Batches in order that have been taken in but not delivered.
    ready: Vec<EventBatch>,
}

impl Channel {
    pub fn new(
        org: OrgId,
        project: ProjectId,
        db: Db,
        bus: Bus,
        replays: Arc<tokio::sync::Semaphore>,
    ) -> Self {
        Self {
            org,
            project,
            db,
            bus,
            replays,
            watchers: HashMap::new(),
            listeners: HashMap::new(),
            sequence: None,
            read_at: None,
            newest: 0,
            ready: Vec::new(),
        }
    }

    /// Runs until `is_over` agrees that nobody needs it: asked when nobody watches.
    pub async fn run(
        mut self,
        mut commands: mpsc::UnboundedReceiver<Command>,
        is_over: impl Fn(&mut mpsc::UnboundedReceiver<Command>) -> bool,
    ) {
        let mut subscription = self.bus.subscribe(&live::topic(self.project)).await;
        let mut last_delivery = Instant::now();
        loop {
            // Nobody there: linger a little, people reload pages.
            let idle_until = Instant::now() + Duration::from_secs(5);
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.obey(command).await,
                    None => return,
                },
                message = subscription.recv() => {
                    tokio::time::sleep_until(last_delivery + PACE).await;
                    self.take_in(message, &mut subscription);
                    last_delivery = Instant::now();
                }
                () = sleep_until(self.read_at) => self.catch_up_or_retry().await,
                () = tokio::time::sleep_until(idle_until), if self.watchers.is_empty() && self.listeners.is_empty() => {
                    if is_over(&mut commands) {
                        return;
                    }
                }
            }
        }
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Join { watcher, since, reply } => {
                let joined = self.join(&watcher, since).await;
                if joined.is_ok() {
                    self.watchers.insert(watcher.id, watcher);
                }
                let _ = reply.send(joined);
            }
            Command::Listen { id, sender } => {
                self.listeners.insert(id, sender);
                if self.sequence.is_none() && self.establish().await.is_err() {
                    self.read_at = Some(Instant::now() + RETRY);
                }
            }
            Command::Leave(id) => {
                self.watchers.remove(&id);
                self.listeners.remove(&id);
            }
            Command::Newest { seq: None, .. } => self.end_all(Ending::PROJECT_GONE),
            Command::Newest { at, seq: Some(seq) } => self.check(at, seq),
        }
    }

    fn end_all(&self, ending: Ending) {
        for watcher in self.watchers.values() {
            watcher.outbox.end(ending);
        }
        self.tell(|| Heard::Gone);
    }

    fn tell(&self, heard: impl Fn() -> Heard) {
        for listener in self.listeners.values() {
            let _ = listener.send(heard());
        }
    }

    /// Gives a watcher its first frame and place in the stream.
    async fn join(&mut self, watcher: &Arc<Watcher>, since: Option<Cursor>) -> Result<(), JoinError> {
        let mut position = match &self.sequence {
            Some(sequence) => sequence.position(),
            None => self.establish().await?,
        };
        // It may come from a process that is ahead of us.
        if since.is_some_and(|since| since.seq > position.seq) {
            position = self.catch_up().await?;
        }
        let outbox = &watcher.outbox;
        let start = since.filter(|since| since.seq <= position.seq);
        outbox.push_first(frames::ready(outbox.format(), self.project, start.unwrap_or(position)));
        match (since, start) {
            (None, _) => {}
            // Not from this project, or from a database that has been restored since.
            (Some(_), None) => outbox.push_first(frames::too_long_away(outbox.format(), 0, position)),
            (Some(_), Some(start)) => {
                let behind = position.seq - start.seq;
                if behind > MAX_REPLAYED {
                    let missed = behind.unsigned_abs();
                    outbox.push_first(frames::too_long_away(outbox.format(), missed, position));
                } else if behind > 0 {
                    outbox.start_replay();
                    let replay = Replay {
                        db: self.db.clone(),
                        turns: Arc::clone(&self.replays),
                        from: start,
                        to: position,
                    };
                    tokio::spawn(replay.run(Arc::clone(watcher)));
                }
            }
        }
        Ok(())
    }

    /// The safety net: if we are behind what Postgres said a whole round ago, the bus has lost something.
    fn check(&mut self, at: DateTime<Utc>, seq: i64) {
        let now = std::time::Instant::now();
        for watcher in self.watchers.values().filter(|watcher| watcher.outbox.is_stalled(now)) {
            watcher.outbox.end(Ending::TOO_SLOW);
        }
        let Some(sequence) = &mut self.sequence else { return };
        let position = sequence.position().seq;
        if position == seq && !sequence.has_hole() {
            // Nothing came after it until now, so that nobody has to search before now.
            sequence.advance(Cursor { seq, at });
        }
        if position < self.newest {
            self.read_at.get_or_insert_with(Instant::now);
        }
        self.newest = seq;
    }

    /// Takes in a message and everything that waits behind it, and delivers it in as few frames as fit.
    fn take_in(&mut self, message: Message, subscription: &mut Subscription) {
        let mut next = Some(message);
        while let Some(message) = next {
            let batch = match message {
                Message::Data(bytes) => serde_json::from_slice::<EventBatch>(&bytes).ok(),
                Message::Lost => None,
            };
            match (batch, &mut self.sequence) {
                (Some(batch), Some(sequence)) => self.ready.extend(sequence.offer(batch)),
                (None, Some(_)) => self.read_at = Some(Instant::now()),
                (_, None) => {}
            }
            next = subscription.try_recv();
        }
        self.deliver_ready();
        let has_hole = self.sequence.as_ref().is_some_and(Sequence::has_hole);
        if has_hole {
            self.read_at.get_or_insert_with(|| Instant::now() + OVERTAKEN);
        }
    }

    fn deliver_ready(&mut self) {
        let mut gathered: Vec<Box<RawValue>> = Vec::new();
        let (mut size, mut cursor) = (0, None);
        for batch in std::mem::take(&mut self.ready) {
            let events = batch.events.as_deref().unwrap_or_default();
            let more: usize = events.iter().map(|event| event.get().len()).sum();
            if let Some(cursor) =
                cursor.filter(|_| size + more > MAX_FRAME || gathered.len() + events.len() > PAGE)
            {
                self.deliver(&gathered, cursor);
                gathered.clear();
                size = 0;
            }
            size += more;
            cursor = Some(batch.cursor());
            gathered.extend(batch.events.unwrap_or_default());
        }
        if let Some(cursor) = cursor {
            self.deliver(&gathered, cursor);
        }
    }

    fn deliver(&self, events: &[Box<RawValue>], cursor: Cursor) {
        if !self.listeners.is_empty() {
            let shared: Arc<[Box<RawValue>]> = events.into();
            self.tell(|| Heard::Events(Arc::clone(&shared)));
        }
        let mut delivery = Delivery::new(events, cursor);
        for watcher in self.watchers.values() {
            if !watcher.outbox.push(&mut delivery) {
                tracing::info!(project = %self.project, user = %watcher.user, "a live reader was too slow");
            }
        }
    }
}

async fn sleep_until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
