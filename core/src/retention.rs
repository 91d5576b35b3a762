//! Retention: what is too old goes, per project; what nobody keeps goes by the day.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::ids::StoreId;
use crate::schema::projects;

/// Rows deleted in one statement, so that no lock is held for long.
const CHUNK: i64 = 10_000;

/// The rolled-up tables and their time column.
const ROLLUPS: [(&str, &str); 4] = [
    ("event_counts_minute", "minute"),
    ("event_counts_hour", "hour"),
    ("sample_minutes", "minute"),
    ("sample_hours", "hour"),
];

/// Every store that is in use, and how many days it keeps. System scope.
pub async fn stores_in_all_orgs(conn: &mut Conn) -> QueryResult<Vec<(StoreId, i32)>> {
    projects::table
        .order(projects::id)
        .select((projects::store_id, projects::retention_days))
        .load(conn)
        .await
}

/// The beginning of the first day that a project with this retention still shows.
pub fn keep_from(now: DateTime<Utc>, days: i32) -> DateTime<Utc> {
    now - TimeDelta::days(days.into())
}

/// Deletes what is older than `before` in one store; returns how many rows. May be called again at any
/// time; each statement is short.
pub async fn delete_before(conn: &mut Conn, store: StoreId, before: DateTime<Utc>) -> QueryResult<usize> {
    let mut deleted = 0;
    for (table, time) in [("events", "ts"), ("samples", "ts")].into_iter().chain(ROLLUPS) {
        loop {
            let count =
                delete_chunk(conn, table, &format!("store_id = $1 and {time} < $2"), store, before).await?;
            deleted += count;
            if (count as i64) < CHUNK {
                break;
            }
        }
    }
    Ok(deleted)
}

/// Deletes everything of a store; returns how many rows.
pub async fn delete_store(conn: &mut Conn, store: StoreId) -> QueryResult<usize> {
    let mut deleted = 0;
    let tables =
        ["events", "samples", "event_ids", "series"].into_iter().chain(ROLLUPS.map(|(table, _)| table));
    for table in tables {
        loop {
            let count =
                delete_chunk(conn, table, "store_id = $1 and $2 is not null", store, crate::now()).await?;
            deleted += count;
            if (count as i64) < CHUNK {
                break;
            }
        }
    }
    Ok(deleted)
}

async fn delete_chunk(
    conn: &mut Conn,
    table: &str,
    condition: &str,
    store: StoreId,
    before: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::sql_query(format!(
        "delete from {table} where store_id = $1 and (tableoid, ctid) in
             (select tableoid, ctid from {table} where {condition} limit $3)"
    ))
    .bind::<Uuid, _>(store)
    .bind::<Timestamptz, _>(before)
    .bind::<BigInt, _>(CHUNK)
    .execute(conn)
    .await
}

/// Forgets ids that were remembered for deduplication longer than a day ago.
pub async fn delete_old_ids(conn: &mut Conn, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::sql_query("delete from event_ids where seen_at < $1")
        .bind::<Timestamptz, _>(now - TimeDelta::days(1))
        .execute(conn)
        .await
}
