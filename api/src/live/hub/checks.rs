//! The checks that run for all connections at once: positions, who may still watch, and the end.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::ids::{ProjectId, SessionId, UserId};
use pulseboard_core::{memberships, sessions, stores};
use tokio::sync::watch;

use super::{Inner, Watcher};
use crate::live::channel::Command;
use crate::live::ending::Ending;

/// How often Postgres is asked how far the watched projects have come.
const CHECK_POSITIONS: Duration = Duration::from_secs(2);
/// How often it is asked who may still watch; with the query that makes less than five seconds.
const CHECK_ACCESS: Duration = Duration::from_secs(3);
/// On shutdown connections end over this time, so that they do not all come back at once.
const SPREAD: Duration = Duration::from_secs(1);
const STEPS: usize = 20;

/// The safety net: however the bus behaves, no hole is silent, and streams go on without Redis.
pub(super) async fn check_positions(hub: Weak<Inner>) {
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
pub(super) async fn check_access(hub: Weak<Inner>) {
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

pub(super) async fn end_on_shutdown(hub: Weak<Inner>, mut shutdown: watch::Receiver<bool>) {
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
