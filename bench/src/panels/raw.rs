//! The same answers from raw rows, as one statement each. Prepared, without a tenant's transaction: it is
//! the rows that are compared, and this flatters them.

use anyhow::Context;
use pulseboard_core::panel_data::Window;
use tokio_postgres::Client;

use super::literal;
use super::seed::{SERIES, Stored};

/// Asks, and adds all values up, as a panel's are: each bucket's.
pub async fn sum(client: &Client, sql: &str) -> anyhow::Result<f64> {
    let row = client.query_one(sql, &[]).await.with_context(|| sql.to_owned())?;
    Ok(row.get::<_, Option<f64>>(0).unwrap_or_default())
}

pub fn lines(stored: &Stored, window: &Window) -> String {
    let Stored { store, .. } = stored;
    format!(
        "select sum(value) from (
             select avg(r.value) as value from series s join samples r using (store_id, series_id)
             where s.store_id = '{store}' and s.name = '{SERIES}' and {} group by s.series_id, {}) as line",
        within("r.ts", window),
        bucket("r.ts", window)
    )
}

pub fn counts(stored: &Stored, window: &Window) -> String {
    let Stored { store, .. } = stored;
    format!(
        "select sum(value)::float8 from (
             select count(*) as value from events where store_id = '{store}' and {} group by {}) as line",
        within("ts", window),
        bucket("ts", window)
    )
}

/// Its numbers from the payloads.
pub fn feed(stored: &Stored, window: &Window) -> String {
    let Stored { store, feed, .. } = stored;
    format!(
        "select sum(cpu + ram) from (
             select avg((payload->>'cpu')::float8) as cpu, avg((payload->>'ram')::float8) as ram
             from events where store_id = '{store}' and feed_id = '{feed}' and {} group by {}) as line",
        within("ts", window),
        bucket("ts", window)
    )
}

pub fn everything(stored: &Stored, window: &Window) -> String {
    format!("select ({}) + ({}) + ({})", lines(stored, window), counts(stored, window), feed(stored, window))
}

pub fn names(stored: &Stored, window: &Window) -> String {
    let Stored { store, .. } = stored;
    // By whole hours, as the panel counts.
    let from = window.range.from.timestamp() / 3600 * 3600;
    format!(
        "select sum(value)::float8 from (
             select count(*) as value from events
             where store_id = '{store}' and ts >= to_timestamp({from}) and ts < {}
             group by kind, name order by 1 desc limit 10) as names",
        literal(window.range.to)
    )
}

pub fn events(stored: &Stored, window: &Window) -> String {
    let Stored { store, .. } = stored;
    format!(
        "select count(events)::float8 from (
             select * from events where store_id = '{store}' and {} order by ts desc limit 100) as events",
        within("ts", window)
    )
}

fn within(time: &str, Window { buckets, .. }: &Window) -> String {
    format!("{time} >= {} and {time} < {}", literal(buckets.from), literal(buckets.to))
}

fn bucket(time: &str, Window { buckets, .. }: &Window) -> String {
    format!("date_bin('{} seconds', {time}, timestamptz 'epoch')", buckets.seconds)
}
