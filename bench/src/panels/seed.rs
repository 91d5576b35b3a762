//! Millions of events and samples, and the rollups as the writer folds them.

use chrono::{DateTime, TimeDelta, Utc};
use pulseboard_core::db::{Conn, Db, DbError};
use pulseboard_core::ids::{FeedId, StoreId};
use pulseboard_core::ingest::series_id;
use pulseboard_core::partitions;
use tokio_postgres::Client;

use super::literal;
use crate::requests::name;

/// How far back the rows go, evenly.
const DAYS: i64 = 7;
/// A series with a line for each of eight hosts.
pub const SERIES: &str = "load";
const HOSTS: usize = 8;
/// The feed's numbers.
const FIELDS: [&str; 2] = ["cpu", "ram"];

/// What one store has.
pub struct Stored {
    pub store: StoreId,
    pub feed: uuid::Uuid,
    /// Events; samples are a fifth more, as the feed's events have two.
    pub rows: u64,
    /// The end of the newest whole minute with data: counts by the minute are exact up to it.
    pub until: DateTime<Utc>,
}

/// Fills a new store with so many events and their samples of the days before `now`.
pub async fn fill(db: &Db, client: &Client, rows: u64, now: DateTime<Utc>) -> anyhow::Result<Stored> {
    let until = DateTime::from_timestamp(now.timestamp() / 60 * 60, 0).unwrap_or(now);
    let stored = Stored { store: StoreId::new(), feed: FeedId::new().0, rows, until };
    let days: Vec<_> = (0..=DAYS).map(|n| now - TimeDelta::days(n)).collect();
    let make = async |conn: &mut Conn| -> Result<_, DbError> { Ok(partitions::make_for(conn, &days).await?) };
    db.system(make).await?;
    client.batch_execute("set synchronous_commit = off").await?;
    client.batch_execute(&series(&stored)).await?;
    client.batch_execute(&events(&stored)).await?;
    client.batch_execute(&samples(&stored)).await?;
    client.batch_execute(&rollups(stored.store)).await?;
    Ok(stored)
}

/// The series in the order in which samples take turns.
fn series_of(stored: &Stored) -> Vec<(String, String)> {
    let hosts = (0..HOSTS).map(|n| (SERIES.to_owned(), format!("{{\"host\":\"web-{n}\"}}")));
    let fields =
        FIELDS.iter().map(|field| ((*field).to_owned(), format!("{{\"feed\":\"{}\"}}", stored.feed)));
    hosts.chain(fields).collect()
}

fn series(stored: &Stored) -> String {
    let rows: Vec<String> = series_of(stored)
        .iter()
        .map(|(name, labels)| {
            format!("('{}', {}, '{name}', '{labels}')", stored.store, series_id(name, labels))
        })
        .collect();
    format!("insert into series (store_id, series_id, name, labels) values {}", rows.join(", "))
}

/// The times of so many rows, oldest first, to the millisecond.
fn times(Stored { rows, until, .. }: &Stored) -> String {
    let span = TimeDelta::days(DAYS).num_milliseconds();
    format!(
        "select n, {} + (n * {span} / {rows}) * interval '1 millisecond' as ts from generate_series(0::bigint, {rows} - 1) as n",
        literal(*until - TimeDelta::days(DAYS))
    )
}

/// Two in ten are of the feed, with the payload that its samples are made of; one is an error.
fn events(stored: &Stored) -> String {
    let Stored { store, feed, .. } = stored;
    let names: Vec<String> = (0..8).map(|n| format!("'{}'", name(n))).collect();
    format!(
        "insert into events (store_id, ts, id, seq, received_at, kind, name, payload, feed_id)
         select '{store}', ts, gen_random_uuid(), n + 1, ts,
             case when n % 10 >= 8 then 'metric' when n % 10 = 0 then 'error' else 'event' end,
             case when n % 10 >= 8 then 'host' else (array[{}])[(n % 8 + 1)::int] end,
             case when n % 10 >= 8 then jsonb_build_object('cpu', n % 89, 'ram', n % 97)
                 else jsonb_build_object('step', n % 5, 'route', '/shop/checkout/payment') end,
             case when n % 10 >= 8 then uuid '{feed}' end
         from ({}) as t",
        names.join(", "),
        times(stored)
    )
}

/// The hosts' series by turns, and the feed's two numbers with its events.
fn samples(stored: &Stored) -> String {
    let ids: Vec<String> =
        series_of(stored).iter().map(|(name, labels)| series_id(name, labels).to_string()).collect();
    let [cpu, ram] = [&ids[HOSTS], &ids[HOSTS + 1]];
    format!(
        "insert into samples (store_id, series_id, ts, value)
         select '{}', s.series_id, t.ts, s.value from ({}) as t cross join lateral (
             select (array[{}]::bigint[])[(n % 10 + 1)::int] as series_id, (n * 7919 % 1000) / 10.0 as value where n % 10 < 8
             union all select {cpu}, n % 89 where n % 10 >= 8
             union all select {ram}, n % 97 where n % 10 >= 8) as s",
        stored.store,
        times(stored),
        ids[..HOSTS].join(", ")
    )
}

/// As the writer leaves them: in the order of time, all series of a minute side by side.
fn rollups(store: StoreId) -> String {
    let of_samples = |table: &str, unit: &str| {
        format!(
            "insert into {table}
             select store_id, series_id, date_bin('1 {unit}', ts, timestamptz 'epoch') as at, count(*), sum(value),
                 min(value), max(value), (array_agg(value order by ts desc))[1], max(ts)
             from samples where store_id = '{store}' group by store_id, series_id, at order by at, series_id;"
        )
    };
    format!(
        "insert into event_counts_minute
         select store_id, date_bin('1 minute', ts, timestamptz 'epoch') as at, kind, count(*)
         from events where store_id = '{store}' group by store_id, at, kind order by at, kind;
         insert into event_counts_hour
         select store_id, date_bin('1 hour', ts, timestamptz 'epoch') as at, kind, name, count(*), max(ts)
         from events where store_id = '{store}' group by store_id, at, kind, name order by at, kind, name;
         {} {}",
        of_samples("sample_minutes", "minute"),
        of_samples("sample_hours", "hour")
    )
}
