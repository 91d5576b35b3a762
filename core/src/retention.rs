//! Retention: what is too old goes, per project; what nobody keeps goes by the day.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::ids::StoreId;
use crate::schema::projects;

/// Rows deleted in one statement, so that no lock is held for long.
const CHUNK: i64 = 10_000;

/// The rolled-up tables and their time column.
const ROLLUPS: [(&str, &str); 5] = [
    ("event_counts_minute", "minute"),
    ("event_counts_hour", "hour"),
    ("sample_minutes", "minute"),
    ("sample_hours", "hour"),
    // A release goes when nothing of it is kept.
    ("releases", "last_seen"),
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

/// Deletes some of what is older than `before` in one store; returns how many rows, 0 when there is
/// nothing left. Called again and again, in a transaction each, so that none lasts long.
pub async fn delete_some_before(
    conn: &mut Conn,
    store: StoreId,
    before: DateTime<Utc>,
) -> QueryResult<usize> {
    for (table, time) in [("events", "ts"), ("samples", "ts")].into_iter().chain(ROLLUPS) {
        let deleted =
            delete_chunk(conn, table, &format!("store_id = $1 and {time} < $2"), store, before).await?;
        if deleted > 0 {
            return Ok(deleted);
        }
    }
    Ok(0)
}

/// Deletes some rows of a store, whatever their age; returns how many, 0 when there is nothing left.
/// Called again and again, in a transaction each, so that none lasts long.
pub async fn delete_some_of_store(conn: &mut Conn, store: StoreId) -> QueryResult<usize> {
    let tables =
        ["events", "samples", "event_ids", "series"].into_iter().chain(ROLLUPS.map(|(table, _)| table));
    for table in tables {
        let condition = "store_id = $1 and $2 is not null";
        let deleted = delete_chunk(conn, table, condition, store, crate::now()).await?;
        if deleted > 0 {
            return Ok(deleted);
        }
    }
    Ok(0)
}

#[derive(diesel::QueryableByName)]
struct Victims {
    #[diesel(sql_type = Text)]
    leaf: String,
    #[diesel(sql_type = Array<Text>)]
    rows: Vec<String>,
}

/// Deletes up to [`CHUNK`] rows that meet the condition (`$1` is the store, `$2` the time).
///
/// A row's place is only unique within its partition: what is found is deleted there by place, which
/// costs the same however much more there is. The condition is asked again, in case the place has been
/// given to another row since.
async fn delete_chunk(
    conn: &mut Conn,
    table: &str,
    condition: &str,
    store: StoreId,
    before: DateTime<Utc>,
) -> QueryResult<usize> {
    let victims: Vec<Victims> = diesel::sql_query(format!(
        "select leaf::regclass::text as leaf, array_agg(place::text) as rows
         from (select tableoid as leaf, ctid as place from {table} where {condition} limit $3) as found
         group by leaf"
    ))
    .bind::<Uuid, _>(store)
    .bind::<Timestamptz, _>(before)
    .bind::<BigInt, _>(CHUNK)
    .load(conn)
    .await?;
    let mut deleted = 0;
    for Victims { leaf, rows } in victims {
        deleted += diesel::sql_query(format!(
            "delete from {leaf} where ctid = any($3::text[]::tid[]) and {condition}"
        ))
        .bind::<Uuid, _>(store)
        .bind::<Timestamptz, _>(before)
        .bind::<Array<Text>, _>(rows)
        .execute(conn)
        .await?;
    }
    Ok(deleted)
}

/// Forgets ids that were remembered for deduplication longer than a day ago.
pub async fn delete_old_ids(conn: &mut Conn, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::sql_query("delete from event_ids where seen_at < $1")
        .bind::<Timestamptz, _>(now - TimeDelta::days(1))
        .execute(conn)
        .await
}
