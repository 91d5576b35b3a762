//! Forgets what has served its time: sessions, failed sign-ins, refused attempts, remembered ids of
//! events, and jobs.
//!
//! Idempotent: it deletes what is too old now, whenever that is.

use anyhow::Context as _;
use pulseboard_core::db::{Conn, Db};
use pulseboard_core::{jobs, rejections, retention, sessions, sign_in_throttle};

use crate::Context;

/// Cleans one place after the other. One that fails does not keep the others dirty; the first error is
/// returned in the end.
pub async fn run(context: Context) -> anyhow::Result<()> {
    let db = &context.db;
    let now = pulseboard_core::now();
    let results = [
        forget(db, "sessions", async |conn: &mut Conn| sessions::delete_expired(conn, now).await).await,
        forget(db, "failed sign-ins", async |conn: &mut Conn| {
            sign_in_throttle::delete_forgotten(conn, now).await
        })
        .await,
        forget(db, "refused attempts", async |conn: &mut Conn| rejections::delete_old(conn, now).await).await,
        forget(db, "ids of events", async |conn: &mut Conn| retention::delete_old_ids(conn, now).await).await,
        forget(db, "jobs", async |conn: &mut Conn| jobs::delete_old(conn, now).await).await,
    ];
    results.into_iter().collect()
}

async fn forget<E: Into<anyhow::Error>>(
    db: &Db,
    what: &'static str,
    delete: impl AsyncFnOnce(&mut Conn) -> Result<usize, E>,
) -> anyhow::Result<()> {
    let deleted = db
        .system(async |conn: &mut Conn| delete(conn).await.map_err(Into::into))
        .await
        .with_context(|| format!("deleting old {what}"))?;
    tracing::debug!(what, deleted, "cleaned up");
    Ok(())
}
