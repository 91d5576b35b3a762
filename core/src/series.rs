//! Series: named numbers over time with labels, read from the rollups and, for percentiles, from raw
//! samples where the span allows.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double, Nullable, Text, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::event_counts::Buckets;
use crate::ids::StoreId;
use crate::json::RawJson;

/// How far back percentiles look: they need every sample.
pub const MAX_PERCENTILE_SPAN: TimeDelta = TimeDelta::days(7);
/// Most series in one answer.
pub const MAX_SERIES: usize = 50;

/// How the samples of a bucket become one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Aggregate {
    Avg,
    Sum,
    Min,
    Max,
    Last,
    Count,
    P50,
    P95,
    P99,
}

impl Aggregate {
    /// The percentile as a fraction, for those that are one.
    pub fn percentile(self) -> Option<f64> {
        match self {
            Aggregate::P50 => Some(0.5),
            Aggregate::P95 => Some(0.95),
            Aggregate::P99 => Some(0.99),
            _ => None,
        }
    }

    /// How rollup rows become one.
    fn over_rollups(self) -> &'static str {
        match self {
            Aggregate::Avg => "sum(r.sum) / sum(r.count)",
            Aggregate::Sum => "sum(r.sum)",
            Aggregate::Min => "min(r.min)",
            Aggregate::Max => "max(r.max)",
            Aggregate::Last => "(array_agg(r.last order by r.last_at desc))[1]",
            Aggregate::Count => "sum(r.count)::float8",
            Aggregate::P50 | Aggregate::P95 | Aggregate::P99 => "null::float8",
        }
    }

    /// How raw samples become one.
    fn over_samples(self) -> String {
        match self {
            Aggregate::Avg => "avg(r.value)".into(),
            Aggregate::Sum => "sum(r.value)".into(),
            Aggregate::Min => "min(r.value)".into(),
            Aggregate::Max => "max(r.value)".into(),
            Aggregate::Last => "(array_agg(r.value order by r.ts desc))[1]".into(),
            Aggregate::Count => "count(*)::float8".into(),
            Aggregate::P50 | Aggregate::P95 | Aggregate::P99 => {
                format!(
                    "percentile_cont({}) within group (order by r.value)",
                    self.percentile().unwrap_or(0.5)
                )
            }
        }
    }
}

/// A series with its newest value.
#[derive(QueryableByName)]
pub struct SeriesRow {
    #[diesel(sql_type = BigInt)]
    pub series_id: i64,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = diesel::sql_types::Jsonb)]
    pub labels: RawJson,
    #[diesel(sql_type = Nullable<Text>)]
    pub unit: Option<String>,
    #[diesel(sql_type = Nullable<Double>)]
    pub last_value: Option<f64>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub last_at: Option<DateTime<Utc>>,
}

/// The series of a store by name; `text` stands in the name, whatever its case.
pub async fn list(
    conn: &mut Conn,
    store: StoreId,
    text: Option<&str>,
    limit: i64,
) -> QueryResult<Vec<SeriesRow>> {
    diesel::sql_query(
        "select s.series_id, s.name, s.labels, s.unit, h.last as last_value, h.last_at
         from series s left join lateral (
             select last, last_at from sample_hours h
             where h.store_id = s.store_id and h.series_id = s.series_id order by hour desc limit 1
         ) h on true
         where s.store_id = $1 and ($2::text is null or position(lower($2) in lower(s.name)) > 0)
         order by s.name, s.labels::text limit $3",
    )
    .bind::<Uuid, _>(store)
    .bind::<Nullable<Text>, _>(text)
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}

/// Which numbers are wanted, and how.
#[derive(Clone, Debug)]
pub struct SeriesQuery {
    pub name: String,
    /// Labels that must have these values.
    pub labels: BTreeMap<String, String>,
    pub aggregate: Aggregate,
    pub buckets: Buckets,
    /// Labels that tell series apart; the others are folded together. `None` keeps each apart.
    pub group_by: Option<Vec<String>>,
}

/// One line of an answer: its labels and a value per bucket, `None` where nothing was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub labels: BTreeMap<String, String>,
    pub points: Vec<(DateTime<Utc>, Option<f64>)>,
}

#[derive(QueryableByName)]
struct PointRow {
    #[diesel(sql_type = Text)]
    labels: String,
    #[diesel(sql_type = Timestamptz)]
    bucket: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Double>)]
    value: Option<f64>,
}

/// The wanted numbers, a line per group, most labels first.
pub async fn query(conn: &mut Conn, store: StoreId, query: &SeriesQuery) -> QueryResult<Vec<Line>> {
    let buckets = query.buckets;
    let raw = query.aggregate.percentile().is_some() || buckets.seconds % 60 != 0;
    let (table, time, value) = match raw {
        true => ("samples", "ts", query.aggregate.over_samples()),
        false if buckets.seconds % 3600 == 0 => {
            ("sample_hours", "hour", query.aggregate.over_rollups().into())
        }
        false => ("sample_minutes", "minute", query.aggregate.over_rollups().into()),
    };
    let labels = match &query.group_by {
        None => "s.labels::text",
        Some(_) => {
            "coalesce((select jsonb_object_agg(k, v) from jsonb_each(s.labels) as l(k, v)
                    where k = any($6)), '{}')::text"
        }
    };
    let rows: Vec<PointRow> = diesel::sql_query(format!(
        "with chosen as (
             select s.series_id, {labels} as labels from series s
             where s.store_id = $1 and s.name = $2 and s.labels @> $3::jsonb and cardinality($6::text[]) >= 0)
         select c.labels, date_bin('{} seconds', r.{time}, timestamptz 'epoch') as bucket, {value} as value
         from chosen c join {table} r on r.store_id = $1 and r.series_id = c.series_id
             and r.{time} >= $4 and r.{time} < $5
         group by 1, 2",
        buckets.seconds
    ))
    .bind::<Uuid, _>(store)
    .bind::<Text, _>(&query.name)
    .bind::<Text, _>(serde_json::to_string(&query.labels).unwrap_or_else(|_| "{}".into()))
    .bind::<Timestamptz, _>(buckets.from)
    .bind::<Timestamptz, _>(buckets.to)
    .bind::<diesel::sql_types::Array<Text>, _>(query.group_by.clone().unwrap_or_default())
    .load(conn)
    .await?;

    let mut lines: BTreeMap<String, BTreeMap<DateTime<Utc>, Option<f64>>> = BTreeMap::new();
    for row in rows {
        let line =
            lines.entry(row.labels).or_insert_with(|| buckets.starts().map(|start| (start, None)).collect());
        line.insert(row.bucket, row.value);
    }
    Ok(lines
        .into_iter()
        .take(MAX_SERIES)
        .map(|(labels, points)| Line {
            labels: serde_json::from_str(&labels).unwrap_or_default(),
            points: points.into_iter().collect(),
        })
        .collect())
}
