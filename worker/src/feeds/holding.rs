//! Holding claims: longer while a sample takes its time, and given back when it comes to nothing.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use pulseboard_core::db::{Conn, Db, DbError};
use pulseboard_core::feeds::claims::{self, Claim};

/// How long a claim lasts: so long a feed rests when its worker has died.
pub const LEASE: TimeDelta = TimeDelta::seconds(12);
/// How often the claim of a sample that takes long is renewed.
const RENEW: Duration = Duration::from_secs(5);

/// Claims that could not be ended, to be given back when the database answers. Cheap to clone.
#[derive(Clone)]
pub struct Claims {
    db: Db,
    abandoned: Arc<Mutex<Vec<claims::Name>>>,
}

impl Claims {
    pub fn new(db: Db) -> Self {
        Self { db, abandoned: Arc::default() }
    }

    /// Does something under a claim, and renews it meanwhile. Nothing comes of it, and it goes on no
    /// longer, when the claim is lost: the feed has been changed or deleted, or another worker has it.
    pub async fn hold<T>(&self, claim: &mut Claim, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
        loop {
            if let Ok(done) = tokio::time::timeout(RENEW, &mut work).await {
                return Some(done);
            }
            match self.renew(claim).await {
                Ok(true) => {}
                Ok(false) => return None,
                // Whether it still stands is asked again before anything is written.
                Err(error) => tracing::debug!(%error, "a feed's claim could not be renewed"),
            }
        }
    }

    async fn renew(&self, claim: &mut Claim) -> Result<bool, DbError> {
        let until = pulseboard_core::now() + LEASE;
        let (feed, before) = (claim.feed_id, claim.claimed_until);
        let renewed = self
            .db
            .system(async |conn: &mut Conn| {
                Ok::<_, DbError>(claims::renew_in_all_orgs(conn, feed, before, until).await?)
            })
            .await?;
        if renewed {
            claim.claimed_until = until;
        }
        Ok(renewed)
    }

    /// Notes that these claims come to nothing.
    pub fn abandon(&self, claims: impl IntoIterator<Item = claims::Name>) {
        self.abandoned.lock().unwrap_or_else(PoisonError::into_inner).extend(claims);
    }

    /// Gives the feeds free whose claims came to nothing.
    pub async fn give_back(&self) -> Result<(), DbError> {
        let claims = std::mem::take(&mut *self.abandoned.lock().unwrap_or_else(PoisonError::into_inner));
        if claims.is_empty() {
            return Ok(());
        }
        let released = self
            .db
            .system(async |conn: &mut Conn| {
                Ok::<_, DbError>(claims::release_in_all_orgs(conn, &claims).await?)
            })
            .await;
        if let Err(error) = released {
            self.abandon(claims);
            return Err(error);
        }
        Ok(())
    }
}
