//! Daily partitions of the time-series tables: made ahead by a job, made on the spot for events of an
//! older day, dropped when nobody keeps their day any more. With TimescaleDB these are chunks.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, Utc};
use diesel::QueryResult;
use diesel::sql_types::{BigInt, Bool, Text, Timestamptz};
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};

use crate::db::{Conn, Db, DbError};

/// The tables that are partitioned by day of `ts`.
const TABLES: [&str; 2] = ["events", "samples"];
/// Days that have a partition before they begin.
pub const DAYS_AHEAD: u64 = 3;
/// Makers and droppers take turns, in whatever process.
const LOCK: i64 = 0x70_61_72_74_73;

/// Whether the server has TimescaleDB preloaded. `create extension` without it kills the connection.
pub async fn timescale(conn: &mut Conn) -> QueryResult<bool> {
    diesel::select(diesel::dsl::sql::<Bool>(
        "exists (select 1 from pg_settings where name = 'timescaledb.disable_load')",
    ))
    .get_result(conn)
    .await
}

/// Makes the partitions of yesterday, today and the coming days.
pub async fn make_ahead(conn: &mut Conn, now: DateTime<Utc>) -> QueryResult<()> {
    let today = now.date_naive();
    let days = (0..=DAYS_AHEAD + 1).filter_map(|n| (today - Days::new(1)).checked_add_days(Days::new(n)));
    make(conn, days.collect()).await
}

/// Makes the partitions that events of these times need.
pub async fn make_for(conn: &mut Conn, times: &[DateTime<Utc>]) -> QueryResult<()> {
    make(conn, times.iter().map(|ts| ts.date_naive()).collect()).await
}

async fn make(conn: &mut Conn, days: BTreeSet<NaiveDate>) -> QueryResult<()> {
    if timescale(conn).await? {
        return Ok(());
    }
    let existing = existing(conn).await?;
    for day in days {
        let Some(next) = day.succ_opt() else { continue };
        for table in TABLES {
            let name = name(table, day);
            if existing.contains(&name) {
                continue;
            }
            // Attaching locks the parent less than creating in place: writers go on meanwhile.
            conn.transaction(async |conn: &mut Conn| {
                conn.batch_execute(&format!(
                    "set local lock_timeout = '2s'; select pg_advisory_xact_lock({LOCK});
                     do $$ begin
                         if to_regclass('{name}') is null then
                             create table {name} (like {table} including defaults including constraints);
                             alter table {table} attach partition {name}
                                 for values from ('{day} 00:00:00+00') to ('{next} 00:00:00+00');
                             grant select on {name} to pulseboard_app;
                         end if;
                     end $$"
                ))
                .await
            })
            .await
            .inspect_err(|error| tracing::warn!(%error, partition = name, "making a partition failed"))?;
        }
    }
    Ok(())
}

fn name(table: &str, day: NaiveDate) -> String {
    format!("{table}_p{}", day.format("%Y%m%d"))
}

fn day(table: &str, name: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(name.strip_prefix(table)?.strip_prefix("_p")?, "%Y%m%d").ok()
}

#[derive(diesel::QueryableByName)]
struct Partition {
    #[diesel(sql_type = Text)]
    name: String,
}

async fn existing(conn: &mut Conn) -> QueryResult<BTreeSet<String>> {
    let partitions: Vec<Partition> = diesel::sql_query(
        "select c.relname::text as name from pg_inherits i
         join pg_class c on c.oid = i.inhrelid
         where i.inhparent in ('events'::regclass, 'samples'::regclass)",
    )
    .load(conn)
    .await?;
    Ok(partitions.into_iter().map(|partition| partition.name).collect())
}

/// Drops the days before `keep_from`, one transaction each; returns how many partitions or chunks went.
pub async fn drop_before(db: &Db, keep_from: DateTime<Utc>) -> Result<usize, DbError> {
    if db.system(async |conn: &mut Conn| Ok::<_, DbError>(timescale(conn).await?)).await? {
        return db
            .system(async |conn: &mut Conn| Ok::<_, DbError>(drop_chunks_before(conn, keep_from).await?))
            .await;
    }
    let first_day = keep_from.date_naive();
    let mut dropped = 0;
    for name in db.system(async |conn: &mut Conn| Ok::<_, DbError>(existing(conn).await?)).await? {
        let day = TABLES.iter().find_map(|table| day(table, &name));
        if day.is_some_and(|day| day < first_day) {
            db.system(async |conn: &mut Conn| drop_one(conn, &name).await).await?;
            dropped += 1;
        }
    }
    Ok(dropped)
}

async fn drop_one(conn: &mut Conn, name: &str) -> Result<(), DbError> {
    conn.batch_execute(&format!(
        "set local lock_timeout = '2s'; select pg_advisory_xact_lock({LOCK}); drop table if exists {name}"
    ))
    .await?;
    Ok(())
}

#[derive(diesel::QueryableByName)]
struct Dropped {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

async fn drop_chunks_before(conn: &mut Conn, keep_from: DateTime<Utc>) -> QueryResult<usize> {
    let mut dropped = 0;
    for table in TABLES {
        let row: Dropped = diesel::sql_query(format!(
            "select count(*) as count from drop_chunks('{table}', older_than => $1::timestamptz)"
        ))
        .bind::<Timestamptz, _>(keep_from)
        .get_result(conn)
        .await?;
        dropped += usize::try_from(row.count).unwrap_or(0);
    }
    Ok(dropped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_days_agree() {
        let day = NaiveDate::from_ymd_opt(2026, 2, 3).expect("a day");
        assert_eq!(name("events", day), "events_p20260203");
        assert_eq!(super::day("events", "events_p20260203"), Some(day));
        assert_eq!(super::day("samples", "events_p20260203"), None);
        assert_eq!(super::day("events", "events_default"), None);
    }
}
