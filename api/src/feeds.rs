//! What handlers of feeds share: the world that feeds see, their secrets, and who has what under way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use pulseboard_core::bus::Bus;
use pulseboard_core::db::{Conn, Db, DbError};
use pulseboard_core::feeds::hooks::{self, HookGrant};
use pulseboard_core::feeds::{self, FeedState};
use pulseboard_core::ids::{FeedId, OrgId, ProjectId};
use pulseboard_core::secret_box::SecretBox;
use pulseboard_feeds::Surroundings;
use serde_json::Value;

use crate::error::{ApiError, Code};
use crate::key_cache::KeyCache;

/// Tests of one org at the same time.
const TESTS_PER_ORG: usize = 4;
/// And of all.
const TESTS: usize = 64;
/// Pause between two writings of what was received.
const EVERY: Duration = Duration::from_millis(250);

/// Cheap to clone.
#[derive(Clone)]
pub struct Feeds {
    pub surroundings: Arc<Surroundings>,
    pub secret_box: SecretBox,
    /// Keys of webhooks.
    pub keys: KeyCache<HookGrant>,
    pub tests: Tests,
    pub received: Received,
}

impl Feeds {
    pub fn new(surroundings: Arc<Surroundings>, secret_box: SecretBox) -> Self {
        Self {
            surroundings,
            secret_box,
            keys: KeyCache::default(),
            tests: Tests::default(),
            received: Received::default(),
        }
    }
}

/// The tests that are under way, which are bounded: each asks somebody else's server.
#[derive(Clone, Default)]
pub struct Tests(Arc<Mutex<HashMap<OrgId, usize>>>);

/// One test; over when it is dropped.
pub struct Turn {
    tests: Tests,
    org: OrgId,
}

impl Tests {
    /// Begins a test, or refuses when as many are under way as may be.
    pub fn take(&self, org: OrgId) -> Result<Turn, ApiError> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = running.get(&org).copied().unwrap_or_default();
        if own >= TESTS_PER_ORG || running.values().sum::<usize>() >= TESTS {
            let message = "Too many feeds are being tested at once. Try again in a moment.";
            return Err(ApiError { retry_after: Some(1), ..ApiError::new(Code::TooManyRequests, message) });
        }
        running.insert(org, own + 1);
        Ok(Turn { tests: self.clone(), org })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut running = self.tests.0.lock().unwrap_or_else(PoisonError::into_inner);
        match running.get_mut(&self.org) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(running.remove(&self.org)),
        }
    }
}

/// What webhooks brought last. The events are stored by then; this is how their feeds are shown, written
/// for many at once.
#[derive(Clone, Default)]
pub struct Received(Arc<Mutex<HashMap<FeedId, Newest>>>);

/// Whose, when, and what came.
type Newest = (ProjectId, DateTime<Utc>, Value);

impl Received {
    /// Notes a payload as its feed's newest.
    pub fn note(&self, project: ProjectId, feed: FeedId, ts: DateTime<Utc>, payload: Value) {
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if newest.get(&feed).is_none_or(|(_, known, _)| *known <= ts) {
            newest.insert(feed, (project, ts, payload));
        }
    }

    /// Writes what has been noted and tells whoever looks; on failure it is kept for the next time.
    pub async fn flush(&self, db: &Db, bus: &Bus) {
        let taken = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if taken.is_empty() {
            return;
        }
        let rows: Vec<_> = taken.iter().map(|(feed, (_, ts, value))| (*feed, *ts, value.clone())).collect();
        let written = db
            .system(async |conn: &mut Conn| -> Result<(), DbError> {
                Ok(hooks::note_received_in_all_orgs(conn, &rows).await?)
            })
            .await;
        if let Err(error) = written {
            tracing::debug!(%error, "what feeds received will be noted later");
            for (feed, (project, ts, value)) in taken {
                self.note(project, feed, ts, value);
            }
            return;
        }
        for (feed, (project, ts, _)) in taken {
            let topic = feeds::topic(project);
            if bus.wanted(&topic) {
                let state = FeedState { last_run: Some(ts), last_ok: Some(ts), ..FeedState::default() };
                bus.publish(&topic, feeds::state_message(feed, true, &state).to_string().into()).await;
            }
        }
    }

    /// Writes four times a second, for as long as the server runs.
    pub async fn run(self, db: Db, bus: Bus) {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            self.flush(&db, &bus).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_bounded_for_each_org_and_for_all() {
        let tests = Tests::default();
        let org = OrgId::new();
        let mut turns: Vec<Turn> =
            (0..TESTS_PER_ORG).map(|_| tests.take(org).expect("within the bound")).collect();
        assert!(tests.take(org).is_err());
        assert!(tests.take(OrgId::new()).is_ok(), "others go on");
        turns.pop();
        turns.push(tests.take(org).expect("one is over"));
        while turns.len() < TESTS {
            turns.push(tests.take(OrgId::new()).expect("within the bound"));
        }
        assert!(tests.take(OrgId::new()).is_err());
        drop(turns);
        assert!(tests.0.lock().expect("unharmed").is_empty());
    }
}
