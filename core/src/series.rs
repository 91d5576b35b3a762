//! Series: named numbers over time with labels, read from the rollups and, for percentiles, from raw
//! samples where the span allows.

mod points;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Double, Nullable, Text, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::event_counts::Buckets;
use crate::ids::StoreId;
use crate::json::RawJson;

/// How far back percentiles look: they need every sample.
pub const MAX_PERCENTILE_SPAN: TimeDelta = TimeDelta::days(7);
/// Most series in one answer.
pub const MAX_SERIES: usize = 50;
/// Most series that are looked at for it, to be folded into fewer.
const MAX_FOLDED: i64 = 10_000;

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

/// Labels in one answer, and values of each.
const MAX_LABELS: i64 = 100;
const MAX_VALUES: i64 = 200;

#[derive(QueryableByName)]
struct LabelRow {
    #[diesel(sql_type = Text)]
    label: String,
    #[diesel(sql_type = Array<Text>)]
    values: Vec<String>,
}

/// The labels of a store's series and their values, or those of one label. Both in order.
pub async fn labels(
    conn: &mut Conn,
    store: StoreId,
    label: Option<&str>,
) -> QueryResult<Vec<(String, Vec<String>)>> {
    let rows: Vec<LabelRow> = diesel::sql_query(
        "select l.label, (array_agg(distinct l.value order by l.value))[1:$4::int] as values
         from series s cross join lateral jsonb_each_text(s.labels) as l(label, value)
         where s.store_id = $1 and ($2::text is null or l.label = $2) group by l.label order by l.label limit $3",
    )
    .bind::<Uuid, _>(store)
    .bind::<Nullable<Text>, _>(label)
    .bind::<BigInt, _>(MAX_LABELS)
    .bind::<BigInt, _>(MAX_VALUES)
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.label, row.values)).collect())
}

/// Which names are wanted.
#[derive(Clone, Debug)]
pub enum Named {
    /// This one.
    Is(String),
    /// The path into a payload and those beneath it; without one, all.
    Beneath(Option<String>),
}

/// Which numbers are wanted, and how.
#[derive(Clone, Debug)]
pub struct SeriesQuery {
    pub name: Named,
    /// Labels that must have these values.
    pub labels: BTreeMap<String, String>,
    pub aggregate: Aggregate,
    pub buckets: Buckets,
    /// Labels that tell series apart; the others are folded together. `None` keeps each apart.
    pub group_by: Option<Vec<String>>,
}

/// One line of an answer: what it is, and a value per bucket, `None` where nothing was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub name: String,
    pub unit: Option<String>,
    pub labels: BTreeMap<String, String>,
    pub points: Vec<(DateTime<Utc>, Option<f64>)>,
}

/// The wanted numbers, and whether there are more lines than one answer has.
pub struct Lines {
    pub lines: Vec<Line>,
    pub more: bool,
}

#[derive(QueryableByName)]
struct ChosenRow {
    #[diesel(sql_type = BigInt)]
    series_id: i64,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = diesel::sql_types::Jsonb)]
    labels: RawJson,
    #[diesel(sql_type = Nullable<Text>)]
    unit: Option<String>,
}

/// The wanted numbers, a line per name and group, by name and labels. Lines without a value are left out.
pub async fn query(conn: &mut Conn, store: StoreId, query: &SeriesQuery) -> QueryResult<Lines> {
    let chosen = choose(conn, store, query).await?;
    let mut places = BTreeMap::new();
    let (mut ids, mut line_of) = (Vec::new(), Vec::new());
    let mut lines = Vec::new();
    let mut more = chosen.len() as i64 > MAX_FOLDED;
    for row in chosen {
        let mut labels: BTreeMap<String, String> =
            serde_json::from_str(row.labels.0.get()).unwrap_or_default();
        if let Some(group_by) = &query.group_by {
            labels.retain(|label, _| group_by.contains(label));
        }
        let place = *places.entry((row.name.clone(), labels.clone())).or_insert_with(|| {
            lines.push(Line { name: row.name, unit: row.unit, labels, points: Vec::new() });
            lines.len() - 1
        });
        match place {
            0..MAX_SERIES => {
                ids.push(row.series_id);
                line_of.push(place as i32);
            }
            _ => more = true,
        }
    }
    if ids.is_empty() {
        return Ok(Lines { lines: Vec::new(), more });
    }
    for row in points::list(conn, store, query, &ids, &line_of).await? {
        let Some(line) = usize::try_from(row.line).ok().and_then(|line| lines.get_mut(line)) else {
            continue;
        };
        if line.points.is_empty() {
            line.points = query.buckets.starts().map(|start| (start, None)).collect();
        }
        if let Ok(at) = line.points.binary_search_by_key(&row.bucket, |(start, _)| *start) {
            line.points[at].1 = row.value;
        }
    }
    lines.retain(|line| !line.points.is_empty());
    Ok(Lines { lines, more })
}

/// The series that the query names, whether or not they have samples in its span.
async fn choose(conn: &mut Conn, store: StoreId, query: &SeriesQuery) -> QueryResult<Vec<ChosenRow>> {
    let (test, name) = match &query.name {
        Named::Is(name) => ("name = $2", Some(name)),
        Named::Beneath(Some(name)) => {
            ("(name = $2 or starts_with(name, $2 || '.') or starts_with(name, $2 || '['))", Some(name))
        }
        Named::Beneath(None) => ("$2::text is null", None),
    };
    diesel::sql_query(format!(
        "select series_id, name, labels, unit from series
         where store_id = $1 and {test} and labels @> $3::jsonb
         order by name, labels::text limit $4"
    ))
    .bind::<Uuid, _>(store)
    .bind::<Nullable<Text>, _>(name)
    .bind::<Text, _>(serde_json::to_string(&query.labels).unwrap_or_else(|_| "{}".into()))
    .bind::<BigInt, _>(MAX_FOLDED + 1)
    .load(conn)
    .await
}
