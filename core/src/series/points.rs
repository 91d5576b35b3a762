//! Points of lines: what the samples of a bucket come to, from the rollups or from the samples themselves.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Double, Integer, Nullable, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;

use super::{Aggregate, SeriesQuery};
use crate::db::Conn;
use crate::ids::StoreId;

/// A line's value in a bucket.
#[derive(QueryableByName)]
pub struct PointRow {
    #[diesel(sql_type = Integer)]
    pub line: i32,
    #[diesel(sql_type = Timestamptz)]
    pub bucket: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Double>)]
    pub value: Option<f64>,
}

/// How rollup rows become one value, in two steps: those of each series, and the series of each line.
struct Fold {
    /// Of `r`, the rollup's rows, as `a` (and `b`).
    series: &'static str,
    /// Of `p`, the series; where a line has several.
    line: &'static str,
    /// The same of one.
    single: &'static str,
}

fn fold(aggregate: Aggregate) -> Option<Fold> {
    let (series, line, single) = match aggregate {
        // Counts as floats: a sum of bigints is a numeric, to be converted for each bucket.
        Aggregate::Avg => ("sum(r.sum) as a, sum(r.count::float8) as b", "sum(p.a) / sum(p.b)", "p.a / p.b"),
        Aggregate::Sum => ("sum(r.sum) as a", "sum(p.a)", "p.a"),
        Aggregate::Min => ("min(r.min) as a", "min(p.a)", "p.a"),
        Aggregate::Max => ("max(r.max) as a", "max(p.a)", "p.a"),
        Aggregate::Count => ("sum(r.count::float8) as a", "sum(p.a)", "p.a"),
        Aggregate::Last => (
            "(array_agg(r.last order by r.last_at desc))[1] as a, max(r.last_at) as b",
            "(array_agg(p.a order by p.b desc))[1]",
            "p.a",
        ),
        Aggregate::P50 | Aggregate::P95 | Aggregate::P99 => return None,
    };
    Some(Fold { series, line, single })
}

/// How raw samples become one value.
fn over_samples(aggregate: Aggregate) -> String {
    match aggregate {
        Aggregate::Avg => "avg(r.value)".into(),
        Aggregate::Sum => "sum(r.value)".into(),
        Aggregate::Min => "min(r.value)".into(),
        Aggregate::Max => "max(r.value)".into(),
        Aggregate::Last => "(array_agg(r.value order by r.ts desc))[1]".into(),
        Aggregate::Count => "count(*)::float8".into(),
        Aggregate::P50 | Aggregate::P95 | Aggregate::P99 => {
            let share = aggregate.percentile().unwrap_or(0.5);
            format!("percentile_cont({share}) within group (order by r.value)")
        }
    }
}

/// The points of these series, each of which belongs to the line at its place in `line_of`.
pub async fn list(
    conn: &mut Conn,
    store: StoreId,
    query: &SeriesQuery,
    ids: &[i64],
    line_of: &[i32],
) -> QueryResult<Vec<PointRow>> {
    let seconds = query.buckets.seconds;
    let sql = match fold(query.aggregate) {
        Some(fold) if seconds % 3600 == 0 => from_rollup(&fold, "sample_hours", "hour", seconds, line_of),
        Some(fold) if seconds % 60 == 0 => from_rollup(&fold, "sample_minutes", "minute", seconds, line_of),
        _ => from_samples(&over_samples(query.aggregate), seconds),
    };
    diesel::sql_query(sql)
        .bind::<Uuid, _>(store)
        .bind::<Array<BigInt>, _>(ids)
        .bind::<Array<Integer>, _>(line_of)
        .bind::<Timestamptz, _>(query.buckets.from)
        .bind::<Timestamptz, _>(query.buckets.to)
        .load(conn)
        .await
}

/// Series by series, so that the index is asked for each: a join may be planned as a walk through the
/// whole table, which has everybody's.
fn from_rollup(fold: &Fold, table: &str, time: &str, seconds: i64, line_of: &[i32]) -> String {
    let Fold { series, line, single } = fold;
    let of_series = format!(
        "unnest($2, $3) as l(series_id, line) cross join lateral (
             select date_bin('{seconds} seconds', r.{time}, timestamptz 'epoch') as bucket, {series}
             from {table} r where r.store_id = $1 and r.series_id = l.series_id and r.{time} >= $4 and r.{time} < $5
             group by 1) as p"
    );
    let mut places = line_of.to_vec();
    places.sort_unstable();
    places.dedup();
    match places.len() == line_of.len() {
        true => format!("select l.line, p.bucket, {single} as value from {of_series}"),
        false => format!("select l.line, p.bucket, {line} as value from {of_series} group by 1, 2"),
    }
}

fn from_samples(value: &str, seconds: i64) -> String {
    format!(
        "select l.line, date_bin('{seconds} seconds', r.ts, timestamptz 'epoch') as bucket, {value} as value
         from unnest($2, $3) as l(series_id, line) cross join lateral (
             select s.ts, s.value from samples s
             where s.store_id = $1 and s.series_id = l.series_id and s.ts >= $4 and s.ts < $5 offset 0) as r
         group by 1, 2"
    )
}
