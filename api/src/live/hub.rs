//! Everyone in this process who watches something, and the checks that run for all of them at once.

mod checks;
mod seat;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pulseboard_core::bus::Bus;
use pulseboard_core::db::{Db, DbError};
use pulseboard_core::ids::{DashboardId, OrgId, ProjectId, UserId};
use pulseboard_core::live::Cursor;
use pulseboard_core::memberships::Role;
use pulseboard_wire::live::LiveFilter;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

pub use self::seat::{Listening, Place, Seat, Visitor, Watcher};
use super::channel::{Channel, Command};
use super::dashboards::room::{BoardPlace, Room, RoomCommand};
use super::frames::Format;
use super::meter::Meter;
use super::outbox::Outbox;

/// Live connections of one person, in one process.
pub const MAX_PER_USER: usize = 100;
/// Replays that read at the same time.
const REPLAYS: usize = 4;

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

/// How many there are of everything.
pub struct Census {
    /// Sockets and streams, whatever they show.
    pub connections: usize,
    /// Of these, sockets in dashboards' rooms.
    pub in_rooms: usize,
    /// Of these, playbacks.
    pub playbacks: usize,
    /// Of these, those that are over and whose peer has not taken the last frame yet.
    pub ended: usize,
    /// Dashboards that somebody looks at, or did a moment ago.
    pub rooms: usize,
}

/// The live streams of this process. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    db: Db,
    bus: Bus,
    meter: Arc<Meter>,
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

impl Hub {
    /// Starts the checks, on the current runtime. Once `shutdown` is true nobody is let in any more, and
    /// every connection is ended with 1012 within a second.
    pub fn start(db: Db, bus: Bus, shutdown: watch::Receiver<bool>) -> Self {
        let inner = Arc::new(Inner {
            db,
            bus,
            meter: Arc::default(),
            runtime: tokio::runtime::Handle::current(),
            replays: Arc::new(Semaphore::new(REPLAYS)),
            ids: AtomicU64::new(1),
            registry: Mutex::default(),
        });
        tokio::spawn(checks::check_positions(Arc::downgrade(&inner)));
        tokio::spawn(checks::check_access(Arc::downgrade(&inner)));
        tokio::spawn(checks::end_on_shutdown(Arc::downgrade(&inner), shutdown));
        Self(inner)
    }

    /// How many connections there are now, for metrics.
    pub fn census(&self) -> Census {
        let registry = self.0.registry();
        let count = |counted: fn(&Watcher) -> bool| {
            registry.watchers.values().filter(|watcher| counted(watcher)).count()
        };
        Census {
            connections: registry.watchers.len(),
            in_rooms: count(|watcher| matches!(watcher.place, Place::Room(_))),
            playbacks: count(|watcher| watcher.place == Place::Playback),
            ended: count(|watcher| watcher.outbox.is_over()),
            rooms: registry.rooms.len(),
        }
    }

    /// What has been read for those who watch.
    pub fn meter(&self) -> &Arc<Meter> {
        &self.0.meter
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
            let Inner { db, bus, meter, .. } = &*self.0;
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
            let meter = Arc::clone(meter);
            self.0.runtime.spawn(async move {
                // Taken apart from the registry's lock, which listening needs.
                let Some(listening) = hub.upgrade().map(|hub| Hub(hub).listen(place.org, place.project))
                else {
                    return;
                };
                Room::new(place, db, bus, meter).run(commands, listening, is_over).await;
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
