//! Makes the job runner's tables, in a schema of their own.

use std::time::Duration;

use anyhow::Context as _;
use apalis_postgres::{PgPool, PostgresStorage};
use pulseboard_core::db::{Conn, Db};
use pulseboard_core::jobs;

use crate::backoff::Backoff;

/// Pauses while the database is away.
const PAUSES: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(30) };

/// Makes the queue or brings it up to date, and lets tenants ask for work.
///
/// To be called after the migrations, before anyone enqueues a job; [`crate::run`] does it too. Any
/// number of callers take turns.
pub async fn setup(db: &Db, database_url: &str) -> anyhow::Result<()> {
    let pool = crate::connect(database_url)?;
    let made = make(db, &pool).await;
    pool.close().await;
    made
}

/// Tries until it works.
pub(crate) async fn until_done(db: &Db, pool: &PgPool) {
    let mut tries = 0;
    while let Err(error) = make(db, pool).await {
        tries += 1;
        let pause = PAUSES.pause(tries, "setup");
        tracing::warn!(error = format!("{error:#}"), ?pause, "the worker can't make its queue yet");
        tokio::time::sleep(pause).await;
    }
}

async fn make(db: &Db, pool: &PgPool) -> anyhow::Result<()> {
    // The transaction holds the lock while another connection makes the tables. The runner's own lock
    // begins too late: the schema is made before it is taken, and that fails when two do it at once.
    db.system(async |conn: &mut Conn| {
        jobs::lock_queue(conn).await.context("waiting to make the queue")?;
        PostgresStorage::setup(pool).await.context("making the queue's tables")?;
        jobs::grant_queue(conn).await.context("letting tenants ask for work")?;
        Ok(())
    })
    .await
}
