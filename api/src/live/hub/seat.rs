//! Places in streams and rooms, given up when they are dropped.

use std::sync::{Arc, Weak};

use pulseboard_core::ids::{DashboardId, OrgId, ProjectId, SessionId, UserId};
use tokio::sync::mpsc;

use super::{Hub, Inner};
use crate::live::channel::{Command, Heard};
use crate::live::dashboards::room::RoomCommand;
use crate::live::outbox::Outbox;

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

/// A place in a stream; given up when it is dropped.
pub struct Seat {
    pub(super) hub: Hub,
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
    pub(super) hub: Weak<Inner>,
    pub(super) project: ProjectId,
    pub(super) id: u64,
    pub(super) heard: mpsc::UnboundedReceiver<Heard>,
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
