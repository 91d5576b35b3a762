//! Everyone in this process who watches something, and the checks that run for all of them at once.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use pulseboard_core::bus::Bus;
use pulseboard_core::db::{Conn, Db, DbError};
use pulseboard_core::ids::{DashboardId, OrgId, ProjectId, SessionId, UserId};
use pulseboard_core::live::Cursor;
use pulseboard_core::memberships::Role;
use pulseboard_core::{memberships, sessions, stores};
use pulseboard_wire::live::LiveFilter;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use super::channel::{Channel, Command, Heard};
use super::dashboards::room::{BoardPlace, Room, RoomCommand};
use super::frames::Format;
use super::outbox::{Ending, Outbox};

/// Live connections of one person, in one process.
pub const MAX_PER_USER: usize = 100;
/// How often Postgres is asked how far the watched projects have come.
const CHECK_POSITIONS: Duration = Duration::from_secs(2);
/// How often it is asked who may still watch; with the query that makes less than five seconds.
const CHECK_ACCESS: Duration = Duration::from_secs(3);
/// Replays that read at the same time.
const REPLAYS: usize = 4;
/// On shutdown connections end over this time, so that they do not all come back at once.
const SPREAD: Duration = Duration::from_secs(1);
const STEPS: usize = 20;

/// Why someone can't watch.
#[derive(Debug)]
pub enum JoinError {
    ProjectGone,
    TooMany,
    Closing,
    Database(DbError),
}

impl From<DbError> for JoinError {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

/// Who wants to watch what.
#[derive(Clone, Copy, Debug)]
pub struct Visitor {
    pub user: UserId,
    pub session: SessionId,
    pub org: OrgId,
    pub project: ProjectId,
}

/// Where a connection belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the stream of the project's events.
    Stream,
    /// In the room of a dashboard.
    Room(DashboardId),
    /// In a playback of its own.
    Playback,
}

/// A live connection, as the hub sees it.
pub struct Watcher {
    pub id: u64,
    pub user: UserId,
    pub session: SessionId,
    pub org: OrgId,
    pub project: ProjectId,
    pub place: Place,
    pub outbox: Outbox,
}

/// The live streams of this process. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    db: Db,
    bus: Bus,
    /// Streams outlive the request that starts them, and the server thread it came in on.
    runtime: tokio::runtime::Handle,
    replays: Arc<Semaphore>,
    ids: AtomicU64,
    registry: Mutex<Registry>,
}

#[derive(Default)]
struct Registry {
    closing: bool,
    channels: HashMap<ProjectId, mpsc::UnboundedSender<Command>>,
    rooms: HashMap<DashboardId, mpsc::UnboundedSender<RoomCommand>>,
    watchers: HashMap<u64, Arc<Watcher>>,
    per_user: HashMap<UserId, usize>,
}

impl Inner {
    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in a stream; given up when it is dropped.
pub struct Seat {
    hub: Hub,
    pub watcher: Arc<Watcher>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.watcher.outbox.hang_up();
        let mut registry = self.hub.0.registry();
        registry.watchers.remove(&self.watcher.id);
        if let Some(count) = registry.per_user.get_mut(&self.watcher.user) {
            *count -= 1;
            if *count == 0 {
                registry.per_user.remove(&self.watcher.user);
            }
        }
        let Watcher { id, project, place, .. } = *self.watcher;
        match place {
            Place::Stream => {
                if let Some(channel) = registry.channels.get(&project) {
                    let _ = channel.send(Command::Leave(id));
                }
            }
            Place::Room(dashboard) => {
                if let Some(room) = registry.rooms.get(&dashboard) {
                    let _ = room.send(RoomCommand::Leave(id));
                }
            }
            Place::Playback => {}
        }
    }
}

/// The events of a project, told to someone in this process until this is dropped.
pub struct Listening {
    hub: Weak<Inner>,
    project: ProjectId,
    id: u64,
    heard: mpsc::UnboundedReceiver<Heard>,
}

impl Listening {
    /// What comes next. Safe to cancel.
    pub async fn recv(&mut self) -> Heard {
        match self.heard.recv().await {
            Some(heard) => heard,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let Some(hub) = self.hub.upgrade() else { return };
        if let Some(channel) = hub.registry().channels.get(&self.project) {
            let _ = channel.send(Command::Leave(self.id));
        }
    }
}

impl Hub {
    /// Starts the checks, on the current runtime. Once `shutdown` is true nobody is let in any more, and
    /// every connection is ended with 1012 within a second.
    pub fn start(db: Db, bus: Bus, shutdown: watch::Receiver<bool>) -> Self {
        let inner = Arc::new(Inner {
            db,
            bus,
            runtime: tokio::runtime::Handle::current(),
            replays: Arc::new(Semaphore::new(REPLAYS)),
            ids: AtomicU64::new(1),
            registry: Mutex::default(),
        });
        tokio::spawn(check_positions(Arc::downgrade(&inner)));
        tokio::spawn(check_access(Arc::downgrade(&inner)));
        tokio::spawn(end_on_shutdown(Arc::downgrade(&inner), shutdown));
        Self(inner)
    }

    /// How many connections there are now, for metrics.
    pub fn connections(&self) -> usize {
        self.0.registry().watchers.len()
    }

    /// Takes a place in a project's stream, from `since` if that is given. The outbox of the seat's
    /// watcher starts with a `ready` frame.
    pub async fn enter(
        &self,
        visitor: Visitor,
        format: Format,
        filter: Option<LiveFilter>,
        since: Option<Cursor>,
    ) -> Result<Seat, JoinError> {
        let Visitor { org, project, .. } = visitor;
        let (reply, joined) = oneshot::channel();
        let seat = {
            let mut registry = self.0.registry();
            let seat = self.seat(&mut registry, visitor, Place::Stream, Outbox::new(format, filter))?;
            let join = Command::Join { watcher: Arc::clone(&seat.watcher), since, reply };
            let _ = self.channel(&mut registry, org, project).send(join);
            seat
        };
        joined.await.unwrap_or(Err(JoinError::Closing))?;
        Ok(seat)
    }

    /// Takes a place in a dashboard's room, which begins if nobody was there. Its first frame comes as soon
    /// as it has been read.
    pub fn enter_room(
        &self,
        visitor: Visitor,
        dashboard: DashboardId,
        role: Role,
    ) -> Result<Seat, JoinError> {
        let mut registry = self.0.registry();
        let outbox = Outbox::new(Format::Socket, None);
        let seat = self.seat(&mut registry, visitor, Place::Room(dashboard), outbox)?;
        let join = RoomCommand::Join { watcher: Arc::clone(&seat.watcher), role };
        let _ = self.room(&mut registry, visitor, dashboard).send(join);
        Ok(seat)
    }

    /// Takes a place for a connection that hears nobody else.
    pub fn enter_alone(&self, visitor: Visitor) -> Result<Seat, JoinError> {
        let outbox = Outbox::new(Format::Socket, None);
        self.seat(&mut self.0.registry(), visitor, Place::Playback, outbox)
    }

    /// Tells a dashboard's room what one who is in it wants.
    pub fn tell_room(&self, dashboard: DashboardId, command: RoomCommand) {
        if let Some(room) = self.0.registry().rooms.get(&dashboard) {
            let _ = room.send(command);
        }
    }

    /// Has a project's events told to someone in this process, until they leave.
    pub fn listen(&self, org: OrgId, project: ProjectId) -> Listening {
        let (sender, heard) = mpsc::unbounded_channel();
        let id = self.0.ids.fetch_add(1, Ordering::Relaxed);
        let _ = self.channel(&mut self.0.registry(), org, project).send(Command::Listen { id, sender });
        Listening { hub: Arc::downgrade(&self.0), project, id, heard }
    }

    fn seat(
        &self,
        registry: &mut Registry,
        visitor: Visitor,
        place: Place,
        outbox: Outbox,
    ) -> Result<Seat, JoinError> {
        if registry.closing {
            return Err(JoinError::Closing);
        }
        let Visitor { user, session, org, project } = visitor;
        let count = registry.per_user.entry(user).or_default();
        if *count >= MAX_PER_USER {
            return Err(JoinError::TooMany);
        }
        *count += 1;
        let id = self.0.ids.fetch_add(1, Ordering::Relaxed);
        let watcher = Arc::new(Watcher { id, user, session, org, project, place, outbox });
        registry.watchers.insert(id, Arc::clone(&watcher));
        Ok(Seat { hub: self.clone(), watcher })
    }

    /// The dashboard's room, begun if nobody has been there so far.
    fn room<'r>(
        &self,
        registry: &'r mut Registry,
        visitor: Visitor,
        dashboard: DashboardId,
    ) -> &'r mpsc::UnboundedSender<RoomCommand> {
        registry.rooms.entry(dashboard).or_insert_with(|| {
            let (sender, commands) = mpsc::unbounded_channel();
            let Inner { db, bus, .. } = &*self.0;
            let place = BoardPlace { org: visitor.org, project: visitor.project, dashboard };
            let hub = Arc::downgrade(&self.0);
            // Like a channel: over only if nobody is about to join.
            let is_over = move |commands: &mut mpsc::UnboundedReceiver<RoomCommand>| {
                let Some(hub) = hub.upgrade() else { return true };
                let mut registry = hub.registry();
                let is_over = commands.is_empty();
                if is_over {
                    registry.rooms.remove(&dashboard);
                }
                is_over
            };
            let (db, bus, hub) = (db.clone(), bus.clone(), Arc::downgrade(&self.0));
            self.0.runtime.spawn(async move {
                // Taken apart from the registry's lock, which listening needs.
                let Some(listening) = hub.upgrade().map(|hub| Hub(hub).listen(place.org, place.project))
                else {
                    return;
                };
                Room::new(place, db, bus).run(commands, listening, is_over).await;
            });
            sender
        })
    }

    /// The project's stream, started if nobody has watched it so far.
    fn channel<'r>(
        &self,
        registry: &'r mut Registry,
        org: OrgId,
        project: ProjectId,
    ) -> &'r mpsc::UnboundedSender<Command> {
        registry.channels.entry(project).or_insert_with(|| {
            let (sender, commands) = mpsc::unbounded_channel();
            let Inner { db, bus, replays, .. } = &*self.0;
            let channel = Channel::new(org, project, db.clone(), bus.clone(), Arc::clone(replays));
            let hub = Arc::downgrade(&self.0);
            // Over only if nobody is about to join, which is decided under the lock that joining takes.
            self.0.runtime.spawn(channel.run(commands, move |commands| {
                let Some(hub) = hub.upgrade() else { return true };
                let mut registry = hub.registry();
                let is_over = commands.is_empty();
                if is_over {
                    registry.channels.remove(&project);
                }
                is_over
            }));
            sender
        })
    }
}

/// The safety net: however the bus behaves, no hole is silent, and streams go on without Redis.
async fn check_positions(hub: Weak<Inner>) {
    loop {
        tokio::time::sleep(CHECK_POSITIONS).await;
        let Some(hub) = hub.upgrade() else { return };
        let projects: Vec<ProjectId> = hub.registry().channels.keys().copied().collect();
        if projects.is_empty() {
            continue;
        }
        let at = pulseboard_core::now();
        let asked = projects.clone();
        let found = hub
            .db
            .system(async |conn: &mut Conn| -> Result<_, DbError> {
                Ok(stores::positions(conn, &asked).await?)
            })
            .await;
        let positions: HashMap<ProjectId, i64> = match found {
            Ok(positions) => positions.into_iter().map(|(project, _, seq)| (project, seq)).collect(),
            Err(error) => {
                tracing::debug!(%error, "asking for positions failed");
                continue;
            }
        };
        let registry = hub.registry();
        for project in projects {
            if let Some(channel) = registry.channels.get(&project) {
                let _ = channel.send(Command::Newest { at, seq: positions.get(&project).copied() });
            }
        }
    }
}

/// Ends the connections of whoever has lost their session or their membership.
async fn check_access(hub: Weak<Inner>) {
    loop {
        tokio::time::sleep(CHECK_ACCESS).await;
        let Some(hub) = hub.upgrade() else { return };
        let watchers: Vec<Arc<Watcher>> = hub.registry().watchers.values().cloned().collect();
        if watchers.is_empty() {
            continue;
        }
        let users: HashSet<UserId> = watchers.iter().map(|watcher| watcher.user).collect();
        let session_ids: HashSet<SessionId> = watchers.iter().map(|watcher| watcher.session).collect();
        let (users, session_ids) = (Vec::from_iter(users), Vec::from_iter(session_ids));
        let found = hub
            .db
            .system(async |conn: &mut Conn| -> Result<_, DbError> {
                let active = sessions::list_active(conn, &session_ids, pulseboard_core::now()).await?;
                Ok((active, memberships::list_of_users_in_all_orgs(conn, &users).await?))
            })
            .await;
        let (active, members) = match found {
            Ok((active, members)) => (HashSet::<_>::from_iter(active), HashSet::<_>::from_iter(members)),
            Err(error) => {
                tracing::debug!(%error, "asking who may still watch failed");
                continue;
            }
        };
        for watcher in watchers {
            if !active.contains(&watcher.session) || !members.contains(&(watcher.user, watcher.org)) {
                watcher.outbox.end(Ending::NOT_ALLOWED);
            }
        }
    }
}

async fn end_on_shutdown(hub: Weak<Inner>, mut shutdown: watch::Receiver<bool>) {
    if shutdown.wait_for(|down| *down).await.is_err() {
        return;
    }
    let Some(hub) = hub.upgrade() else { return };
    let watchers: Vec<Arc<Watcher>> = {
        let mut registry = hub.registry();
        registry.closing = true;
        registry.watchers.values().cloned().collect()
    };
    for some in watchers.chunks(watchers.len().div_ceil(STEPS).max(1)) {
        for watcher in some {
            watcher.outbox.end(Ending::RESTARTING);
        }
        tokio::time::sleep(SPREAD / STEPS as u32).await;
    }
}
