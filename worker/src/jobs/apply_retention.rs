//! Deletes what is older than its project keeps, and drops the days that no project keeps.
//!
//! Idempotent: what is gone can't be deleted twice. Many short transactions, so that it never stands in
//! the writer's way.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::ids::StoreId;
use pulseboard_core::{partitions, retention};

use crate::Context;

/// Younger days are never dropped whole. A project that is made while the job runs keeps 30 days
/// unless told otherwise, and was not there to be asked.
const LEAST_DAYS_KEPT: i32 = 30;

/// Goes through all projects. One that fails does not keep the others' old events alive.
pub async fn run(context: Context) -> anyhow::Result<()> {
    let now = pulseboard_core::now();
    let stores = context
        .db
        .system(async |conn: &mut Conn| anyhow::Ok(retention::stores_in_all_orgs(conn).await?))
        .await
        .context("listing what each project keeps")?;
    let longest = stores.iter().map(|(_, days)| *days).fold(LEAST_DAYS_KEPT, i32::max);
    let dropped = partitions::drop_before(&context.db, retention::keep_from(now, longest))
        .await
        .context("dropping days that nobody keeps");

    let mut failed = 0;
    let mut deleted = 0;
    for (store, days) in &stores {
        match delete_before(&context, *store, retention::keep_from(now, *days)).await {
            Ok(count) => deleted += count,
            Err(error) if error.is_unavailable() => return Err(error).context("deleting old events"),
            Err(error) => {
                failed += 1;
                tracing::warn!(%error, %store, "deleting old events of a project failed");
            }
        }
    }
    let dropped = dropped?;
    if deleted > 0 || dropped > 0 {
        tracing::info!(deleted, dropped, "deleted what is older than its project keeps");
    }
    anyhow::ensure!(failed == 0, "deleting old events failed for {failed} of {} projects", stores.len());
    Ok(())
}

async fn delete_before(context: &Context, store: StoreId, before: DateTime<Utc>) -> Result<usize, DbError> {
    let mut deleted = 0;
    loop {
        let count = context
            .db
            .system(async |conn: &mut Conn| {
                Ok::<_, DbError>(retention::delete_some_before(conn, store, before).await?)
            })
            .await?;
        if count == 0 {
            return Ok(deleted);
        }
        deleted += count;
    }
}
