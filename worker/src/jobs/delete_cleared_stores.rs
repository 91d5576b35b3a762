//! Deletes the rows of cleared stores: what a cleared or deleted project left behind.
//!
//! Idempotent: a store is forgotten in the transaction that finds it empty, and until then it is found
//! again. A late writer can't refill it: the writer locks the store's row and asks for
//! `cleared_at is null` in the statement that inserts, so that nothing is filed there once the clearing
//! is committed.

use anyhow::Context as _;
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::{retention, stores};

use crate::Context;

/// What one short transaction did.
enum Step {
    Deleted(usize),
    Forgot,
    NothingDue,
}

/// Whether there is anything to do.
pub async fn any_due(context: Context) -> anyhow::Result<bool> {
    context.db.system(async |conn: &mut Conn| anyhow::Ok(stores::any_due_for_deletion(conn).await?)).await
}

/// Deletes until no store is due. Each step claims a store for one chunk only: workers share the work,
/// and none waits for another.
pub async fn run(context: Context) -> anyhow::Result<()> {
    let mut rows = 0;
    let mut forgotten = 0;
    loop {
        match context.db.system(step).await.context("deleting what a cleared project left behind")? {
            Step::Deleted(count) => rows += count,
            Step::Forgot => forgotten += 1,
            Step::NothingDue => break,
        }
    }
    if forgotten > 0 {
        tracing::info!(rows, stores = forgotten, "deleted what cleared projects left behind");
    }
    Ok(())
}

async fn step(conn: &mut Conn) -> Result<Step, DbError> {
    let Some(store) = stores::due_for_deletion(conn, 1).await?.into_iter().next() else {
        return Ok(Step::NothingDue);
    };
    let deleted = retention::delete_some_of_store(conn, store).await?;
    if deleted > 0 {
        return Ok(Step::Deleted(deleted));
    }
    stores::forget(conn, store).await?;
    Ok(Step::Forgot)
}
