//! Counts of events, from the rollups (and from raw rows only where a search asks for more).

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Double, Nullable, Text, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::events::Filter;
use crate::ids::StoreId;

/// Most buckets in one answer.
pub const MAX_BUCKETS: i64 = 1000;

/// A span of time cut into equal buckets that begin at multiples of their width since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buckets {
    /// First bucket's beginning.
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub seconds: i64,
}

/// Widths that read well on an axis, in seconds.
const WIDTHS: [i64; 19] = [
    1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 28_800, 43_200, 86_400,
    604_800,
];

impl Buckets {
    /// Cuts a span into at most `points` buckets, none narrower than `least` seconds. It may lie across
    /// the border of two, however wide they are.
    pub fn fit(from: DateTime<Utc>, to: DateTime<Utc>, points: i64, least: i64) -> Self {
        let seconds = WIDTHS
            .into_iter()
            .find(|width| *width >= least && Self::of(from, to, *width).count() <= points)
            .unwrap_or_else(|| ((to - from).num_seconds() / (points.max(2) - 1) / 86_400 + 1) * 86_400);
        Self::of(from, to, seconds)
    }

    /// Like [`Buckets::fit`], with a width that depends only on the length of the span, so that it stays the
    /// same while the span moves on with the clock.
    pub fn fit_moving(from: DateTime<Utc>, to: DateTime<Utc>, points: i64, least: i64) -> Self {
        let points = points.max(2);
        // Seen from the worst place: the last moment of a bucket.
        let span = (to - from).num_milliseconds();
        let most = |width: i64| (span + width * 1000 - 1) / (width * 1000) + 1;
        let seconds = WIDTHS.into_iter().find(|width| *width >= least && most(*width) <= points);
        let seconds = seconds.unwrap_or_else(|| (span / 1000 / (points - 1) / 86_400 + 1) * 86_400);
        Self::of(from, to, seconds)
    }

    /// The newest of the buckets: from the one that `since` lies in.
    pub fn tail(self, since: DateTime<Utc>) -> Self {
        let tail = Self::of(since.min(self.to), self.to, self.seconds);
        Self { from: tail.from.max(self.from), ..self }
    }

    /// The buckets so much earlier.
    pub fn before(self, shift: TimeDelta) -> Self {
        Self { from: self.from - shift, to: self.to - shift, ..self }
    }

    /// Cuts a span into buckets of so many seconds.
    pub fn of(from: DateTime<Utc>, to: DateTime<Utc>, seconds: i64) -> Self {
        let aligned = from.timestamp().div_euclid(seconds) * seconds;
        Self { from: DateTime::from_timestamp(aligned, 0).unwrap_or(from), to, seconds }
    }

    /// Where each bucket begins.
    pub fn starts(self) -> impl Iterator<Item = DateTime<Utc>> {
        let width = TimeDelta::seconds(self.seconds);
        std::iter::successors(Some(self.from), move |start| Some(*start + width))
            .take_while(move |start| *start < self.to)
    }

    pub fn count(self) -> i64 {
        let width = self.seconds * 1000;
        ((self.to - self.from).num_milliseconds() + width - 1) / width
    }

    fn interval(self) -> String {
        format!("{} seconds", self.seconds)
    }
}

/// Events of one bucket, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindCounts {
    pub error: i64,
    pub event: i64,
    pub metric: i64,
}

impl KindCounts {
    fn add(&mut self, kind: &str, count: i64) {
        match kind {
            "error" => self.error += count,
            "metric" => self.metric += count,
            _ => self.event += count,
        }
    }

    pub fn total(self) -> i64 {
        self.error + self.event + self.metric
    }
}

#[derive(QueryableByName)]
struct BucketRow {
    #[diesel(sql_type = Timestamptz)]
    bucket: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn fill(buckets: Buckets, rows: Vec<BucketRow>) -> Vec<(DateTime<Utc>, KindCounts)> {
    let mut counts: BTreeMap<DateTime<Utc>, KindCounts> =
        buckets.starts().map(|start| (start, KindCounts::default())).collect();
    for row in rows {
        counts.entry(row.bucket).or_default().add(&row.kind, row.count);
    }
    counts.into_iter().collect()
}

/// Counts per bucket and kind, every bucket present. Buckets of less than a minute, and searches, are
/// counted from raw rows.
pub async fn histogram(
    conn: &mut Conn,
    store: StoreId,
    buckets: Buckets,
    mut filter: Filter,
) -> QueryResult<Vec<(DateTime<Utc>, KindCounts)>> {
    if !filter.terms.is_empty() || buckets.seconds % 60 != 0 {
        filter.since = Some(buckets.from);
        filter.until = Some(buckets.to);
        let rows = crate::events::count_per_bucket(conn, store, buckets, filter).await?;
        let rows = rows.into_iter().map(|(bucket, kind, count)| BucketRow { bucket, kind, count }).collect();
        return Ok(fill(buckets, rows));
    }
    let rows: Vec<BucketRow> = diesel::sql_query(
        "select date_bin($4::interval, minute, timestamptz 'epoch') as bucket, kind, sum(count)::bigint as count
         from event_counts_minute
         where store_id = $1 and minute >= $2 and minute < $3 group by 1, 2",
    )
    .bind::<Uuid, _>(store)
    .bind::<Timestamptz, _>(buckets.from)
    .bind::<Timestamptz, _>(buckets.to)
    .bind::<Text, _>(buckets.interval())
    .load(conn)
    .await?;
    Ok(fill(buckets, rows))
}

/// Events within a span, by kind, to the minute.
pub async fn totals(
    conn: &mut Conn,
    store: StoreId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> QueryResult<KindCounts> {
    let rows: Vec<BucketRow> = diesel::sql_query(
        "select $2 as bucket, kind, sum(count)::bigint as count from event_counts_minute
         where store_id = $1 and minute >= $2 and minute < $3 group by kind",
    )
    .bind::<Uuid, _>(store)
    .bind::<Timestamptz, _>(from)
    .bind::<Timestamptz, _>(to)
    .load(conn)
    .await?;
    let mut totals = KindCounts::default();
    for row in rows {
        totals.add(&row.kind, row.count);
    }
    Ok(totals)
}

/// How often a name was seen.
#[derive(Clone, Debug, QueryableByName)]
pub struct NameCount {
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = BigInt)]
    pub count: i64,
    #[diesel(sql_type = Timestamptz)]
    pub last_at: DateTime<Utc>,
}

/// What names are asked for.
#[derive(Clone, Debug)]
pub struct NamesQuery<'a> {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub kind: Option<&'a str>,
    /// Text that stands in the name, whatever its case.
    pub text: Option<&'a str>,
    pub limit: i64,
}

/// The most frequent names within a span, to the hour.
pub async fn names(conn: &mut Conn, store: StoreId, query: NamesQuery<'_>) -> QueryResult<Vec<NameCount>> {
    diesel::sql_query(
        "select name, kind, sum(count)::bigint as count, max(last_at) as last_at
         from event_counts_hour
         where store_id = $1 and hour >= date_bin('1 hour', $2, timestamptz 'epoch') and hour < $3
           and ($4::text is null or kind = $4)
           and ($5::text is null or position(lower($5) in lower(name)) > 0)
         group by name, kind order by count desc, name limit $6",
    )
    .bind::<Uuid, _>(store)
    .bind::<Timestamptz, _>(query.from)
    .bind::<Timestamptz, _>(query.to)
    .bind::<Nullable<Text>, _>(query.kind)
    .bind::<Nullable<Text>, _>(query.text)
    .bind::<BigInt, _>(query.limit)
    .load(conn)
    .await
}

#[derive(QueryableByName)]
struct Users {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Distinct users within a span, from raw rows.
pub async fn active_users(
    conn: &mut Conn,
    store: StoreId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> QueryResult<i64> {
    let users: Users = diesel::sql_query(
        "select count(distinct user_id) as count from events
         where store_id = $1 and ts >= $2 and ts < $3 and user_id is not null",
    )
    .bind::<Uuid, _>(store)
    .bind::<Timestamptz, _>(from)
    .bind::<Timestamptz, _>(to)
    .get_result(conn)
    .await?;
    Ok(users.count)
}

/// A project at a glance: its last 24 hours.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    pub counts: KindCounts,
    pub last_event_at: Option<DateTime<Utc>>,
    /// Events per hour, oldest first.
    pub sparkline: Vec<i64>,
}

#[derive(QueryableByName)]
struct HourRow {
    #[diesel(sql_type = Uuid)]
    store_id: uuid::Uuid,
    #[diesel(sql_type = Timestamptz)]
    hour: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Timestamptz)]
    last_at: DateTime<Utc>,
}

/// Hours in a summary's sparkline.
const SUMMARY_HOURS: i64 = 24;

/// The last 24 hours of many stores in one query.
pub async fn summaries(
    conn: &mut Conn,
    stores: &[StoreId],
    now: DateTime<Utc>,
) -> QueryResult<BTreeMap<StoreId, Summary>> {
    let first_hour = Buckets::of(now - TimeDelta::hours(SUMMARY_HOURS - 1), now, 3600).from;
    let rows: Vec<HourRow> = diesel::sql_query(
        "select store_id, hour, kind, sum(count)::bigint as count, max(last_at) as last_at
         from event_counts_hour where store_id = any($1) and hour >= $2 group by 1, 2, 3",
    )
    .bind::<Array<Uuid>, _>(stores)
    .bind::<Timestamptz, _>(first_hour)
    .load(conn)
    .await?;
    let empty = Summary { sparkline: vec![0; SUMMARY_HOURS as usize], ..Summary::default() };
    let mut summaries: BTreeMap<StoreId, Summary> =
        stores.iter().map(|store| (*store, empty.clone())).collect();
    for row in rows {
        let Some(summary) = summaries.get_mut(&StoreId(row.store_id)) else { continue };
        summary.counts.add(&row.kind, row.count);
        summary.last_event_at = summary.last_event_at.max(Some(row.last_at));
        let hour = usize::try_from((row.hour - first_hour).num_hours()).unwrap_or(usize::MAX);
        if let Some(point) = summary.sparkline.get_mut(hour) {
            *point += row.count;
        }
    }
    Ok(summaries)
}

/// Counts as a series: `(bucket, events per bucket)`, of one kind and name or of all.
pub async fn count_series(
    conn: &mut Conn,
    store: StoreId,
    buckets: Buckets,
    kind: Option<&str>,
    name: Option<&str>,
) -> QueryResult<Vec<(DateTime<Utc>, Option<f64>)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Timestamptz)]
        bucket: DateTime<Utc>,
        #[diesel(sql_type = Double)]
        count: f64,
    }
    // Names are counted by the hour, all of a kind by the minute; finer than that come raw rows.
    let source = match name {
        None if buckets.seconds % 60 == 0 => {
            "select minute as at, count from event_counts_minute where store_id = $1 and minute >= $2
                 and minute < $3 and ($5::text is null or kind = $5) and $6::text is null"
        }
        Some(_) if buckets.seconds % 3600 == 0 => {
            "select hour as at, count from event_counts_hour where store_id = $1 and hour >= $2
             and hour < $3 and ($5::text is null or kind = $5) and name = $6"
        }
        _ => {
            "select ts as at, 1 as count from events where store_id = $1 and ts >= $2
             and ts < $3 and ($5::text is null or kind = $5) and ($6::text is null or name = $6)"
        }
    };
    let rows: Vec<Row> = diesel::sql_query(format!(
        "select date_bin($4::interval, at, timestamptz 'epoch') as bucket, sum(count)::float8 as count
         from ({source}) as source group by 1"
    ))
    .bind::<Uuid, _>(store)
    .bind::<Timestamptz, _>(buckets.from)
    .bind::<Timestamptz, _>(buckets.to)
    .bind::<Text, _>(buckets.interval())
    .bind::<Nullable<Text>, _>(kind)
    .bind::<Nullable<Text>, _>(name)
    .load(conn)
    .await?;
    let mut counts: BTreeMap<_, _> = buckets.starts().map(|start| (start, Some(0.0))).collect();
    counts.extend(rows.into_iter().map(|row| (row.bucket, Some(row.count))));
    Ok(counts.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn a_span_that_moves_on_keeps_its_buckets() {
        let start = time("2026-06-01T12:00:30Z");
        for (span, points, seconds) in [
            (TimeDelta::minutes(15), 300, 5),
            (TimeDelta::minutes(25), 300, 10),
            (TimeDelta::hours(24), 300, 300),
            (TimeDelta::hours(24), 1, 86_400),
            (TimeDelta::days(3650), 100, 37 * 86_400),
        ] {
            for moved in 0..1000 {
                let from = start + TimeDelta::milliseconds(moved * 777);
                let buckets = Buckets::fit_moving(from, from + span, points, 1);
                assert_eq!(buckets.seconds, seconds, "{span}");
                assert!(buckets.count() <= points.max(2), "{span}: {}", buckets.count());
            }
        }
    }

    #[test]
    fn the_tail_is_the_end_of_the_buckets() {
        let from = time("2026-06-01T12:00:00Z");
        let buckets = Buckets::of(from, from + TimeDelta::minutes(15), 60);
        let all: Vec<_> = buckets.starts().collect();
        let tail = buckets.tail(from + TimeDelta::seconds(13 * 60 + 1));
        assert_eq!(tail.starts().collect::<Vec<_>>(), all[13..]);
        assert_eq!(buckets.tail(from - TimeDelta::hours(1)), buckets);
    }

    #[test]
    fn spans_are_cut_into_readable_buckets() {
        let from = time("2026-06-01T12:00:30Z");
        for (span, points, least, seconds, count) in [
            (TimeDelta::hours(1), 120, 60, 60, 61),
            (TimeDelta::minutes(1), 120, 1, 1, 60),
            (TimeDelta::hours(24), 120, 60, 900, 97),
            (TimeDelta::days(30), 120, 60, 28_800, 91),
            (TimeDelta::days(3650), 100, 60, 37 * 86_400, 100),
        ] {
            let buckets = Buckets::fit(from, from + span, points, least);
            assert_eq!((buckets.seconds, buckets.count()), (seconds, count), "{span}");
            assert_eq!(buckets.starts().count() as i64, buckets.count(), "{span}");
            assert!(buckets.from <= from && buckets.from.timestamp() % buckets.seconds == 0);
        }
    }
}
