//! Keys that were looked up within the last seconds, so that ingest asks the database rarely.
//!
//! Revocation is pushed over the bus and takes effect at once; when the bus is away, the short life of
//! an entry keeps the promise of five seconds.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use pulseboard_core::api_keys::{self, KeyGrant};
use pulseboard_core::bus::{Bus, Message};
use pulseboard_core::db::query_error::Error as QueryError;
use pulseboard_core::db::{Conn, Db, DbError};
use pulseboard_core::feeds::hooks::{self, HookGrant};
use pulseboard_core::secrets;

/// Bus topic on which the hashes of changed keys are sent.
const TOPIC: &str = "keys";
/// How long an answer is believed.
const TTL: Duration = Duration::from_secs(3);
/// How long the database may take to answer, so that ingest is refused and does not hang.
const DEADLINE: Duration = Duration::from_secs(3);
/// More entries than this are keys that somebody makes up.
const MAX_ENTRIES: usize = 50_000;

type Hash = [u8; 32];

/// Keys of one sort, with what they open. Cheap to clone.
pub struct KeyCache<G = KeyGrant> {
    entries: Arc<RwLock<HashMap<Hash, Entry<G>>>>,
}

impl<G> Clone for KeyCache<G> {
    fn clone(&self) -> Self {
        Self { entries: Arc::clone(&self.entries) }
    }
}

impl<G> Default for KeyCache<G> {
    fn default() -> Self {
        Self { entries: Arc::default() }
    }
}

struct Entry<G> {
    /// `None`: there is no such key.
    grant: Option<Arc<G>>,
    until: Instant,
}

impl KeyCache<KeyGrant> {
    /// What a key opens, revoked ones included; `None` if it is unknown.
    pub async fn look_up(&self, db: &Db, key: &str) -> Result<Option<Arc<KeyGrant>>, DbError> {
        if !api_keys::looks_like_key(key) {
            return Ok(None);
        }
        let ask = async |conn: &mut Conn, hash: &Hash| api_keys::get_grant_in_all_orgs(conn, hash).await;
        self.remembered(db, key, ask).await
    }
}

impl KeyCache<HookGrant> {
    /// What a webhook's key opens; `None` if it is unknown.
    pub async fn look_up(&self, db: &Db, key: &str) -> Result<Option<Arc<HookGrant>>, DbError> {
        if !hooks::looks_like_key(key) {
            return Ok(None);
        }
        let ask = async |conn: &mut Conn, hash: &Hash| hooks::get_grant_in_all_orgs(conn, hash).await;
        self.remembered(db, key, ask).await
    }
}

impl<G> KeyCache<G> {
    /// What is remembered of a key, or else what the database says.
    async fn remembered(
        &self,
        db: &Db,
        key: &str,
        ask: impl AsyncFnOnce(&mut Conn, &Hash) -> Result<Option<G>, QueryError>,
    ) -> Result<Option<Arc<G>>, DbError> {
        let hash = secrets::hash_token(key);
        if let Some(known) = self.get(&hash) {
            return Ok(known);
        }
        let asking = async |conn: &mut Conn| -> Result<_, DbError> { Ok(ask(conn, &hash).await?) };
        let grant = db.within(DEADLINE).system(asking).await?.map(Arc::new);
        self.put(hash, grant.clone());
        Ok(grant)
    }

    fn get(&self, hash: &Hash) -> Option<Option<Arc<G>>> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.get(hash).filter(|entry| entry.until > Instant::now()).map(|entry| entry.grant.clone())
    }

    fn put(&self, hash: Hash, grant: Option<Arc<G>>) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MAX_ENTRIES {
            entries.clear();
        }
        entries.insert(hash, Entry { grant, until: Instant::now() + TTL });
    }

    fn forget(&self, hash: &[u8]) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        match Hash::try_from(hash) {
            Ok(hash) => drop(entries.remove(&hash)),
            Err(_) => entries.clear(),
        }
    }

    /// Tells every process that a key has changed.
    pub async fn announce(&self, bus: &Bus, hash: &[u8]) {
        self.forget(hash);
        bus.publish(TOPIC, bytes::Bytes::copy_from_slice(hash)).await;
    }

    /// Follows the announcements of other processes until the bus is gone.
    pub async fn follow(self, bus: Bus) {
        let mut changes = bus.subscribe(TOPIC).await;
        loop {
            match changes.recv().await {
                Message::Data(hash) => self.forget(&hash),
                Message::Lost => self.forget(&[]),
            }
        }
    }
}
