//! The one statement that stores a batch: positions, events, samples and rollups together.
//!
//! Rows of the rollups are folded from what the insert returned, in the same statement, so that a
//! retry counts once. Times are parameters; every table is filed by `store_id`.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::deserialize::QueryableByName;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Bool, Double, Integer, Nullable, Text, Timestamptz, Untyped, Uuid};
use diesel_async::RunQueryDsl;

use super::{Filed, Submission};
use crate::db::Conn;
use crate::ids::{FeedId, ProjectId};

/// What a batch did to one project.
#[derive(Debug, QueryableByName)]
#[diesel(check_for_backend(Pg))]
pub struct Written {
    /// The project's place in the batch, from 1.
    #[diesel(sql_type = Integer)]
    pub project: i32,
    /// The sequence number before the batch.
    #[diesel(sql_type = BigInt)]
    pub prev: i64,
    /// The sequence number after it.
    #[diesel(sql_type = BigInt)]
    pub last: i64,
    #[diesel(sql_type = Timestamptz)]
    pub received_at: DateTime<Utc>,
    /// Sequence numbers of the events that were new, in order; the others were there already.
    #[diesel(sql_type = Array<BigInt>)]
    pub stored: Vec<i64>,
}

impl Written {
    /// Whether the project's `n`th event of the batch (from 1) was new.
    pub fn has(&self, n: i64) -> bool {
        self.stored.binary_search(&(self.prev + n)).is_ok()
    }
}

/// For each event of a batch in order: its project's place (from 1) and its number within it (from 1).
/// The batch is sorted by project.
pub fn places<'a>(batch: impl Iterator<Item = &'a Filed> + 'a) -> impl Iterator<Item = (i32, i64)> + 'a {
    let mut place = 0;
    let mut n = 0;
    let mut previous = None;
    batch.flat_map(|filed| filed.events.iter().map(|_| filed.project)).map(move |project| {
        if previous != Some(project) {
            previous = Some(project);
            place += 1;
            n = 0;
        }
        n += 1;
        (place, n)
    })
}

/// A batch as columns, ready to be bound.
pub struct Batch<'a> {
    received_at: DateTime<Utc>,
    projects: Vec<ProjectId>,
    counts: Vec<i64>,
    place: Vec<i32>,
    n: Vec<i64>,
    id: Vec<uuid::Uuid>,
    ts: Vec<DateTime<Utc>>,
    sent_at: Vec<Option<DateTime<Utc>>>,
    kind: Vec<&'static str>,
    name: Vec<&'a str>,
    level: Vec<Option<&'static str>>,
    user: Vec<Option<&'a str>>,
    session: Vec<Option<&'a str>>,
    release: Vec<Option<&'a str>>,
    environment: Vec<Option<&'a str>>,
    tags: Vec<Option<&'a str>>,
    value: Vec<Option<f64>>,
    unit: Vec<Option<&'a str>>,
    payload: Vec<Option<&'a str>>,
    error: Vec<Option<&'a str>>,
    clamped: Vec<bool>,
    by_id: Vec<bool>,
    feed_id: Vec<Option<FeedId>>,
    samples: Samples<'a>,
}

#[derive(Default)]
struct Samples<'a> {
    place: Vec<i32>,
    n: Vec<i64>,
    series_id: Vec<i64>,
    value: Vec<f64>,
    series: Series<'a>,
}

/// Each series of the batch once.
#[derive(Default)]
struct Series<'a> {
    seen: std::collections::HashSet<(i32, i64)>,
    place: Vec<i32>,
    series_id: Vec<i64>,
    name: Vec<&'a str>,
    labels: Vec<&'a str>,
    unit: Vec<Option<&'a str>>,
}

impl<'a> Batch<'a> {
    /// Lays out a batch that is sorted by project.
    pub fn new(batch: &'a [Submission], received_at: DateTime<Utc>) -> Self {
        let events = || batch.iter().flat_map(|submission| &submission.filed.events);
        let (place, n): (Vec<i32>, Vec<i64>) =
            places(batch.iter().map(|submission| &submission.filed)).unzip();
        let mut projects: Vec<ProjectId> = batch.iter().map(|submission| submission.filed.project).collect();
        projects.dedup();
        let mut counts = vec![0; projects.len()];
        for place in &place {
            counts[*place as usize - 1] += 1;
        }
        let mut samples = Samples::default();
        for (event, (place, n)) in events().zip(place.iter().zip(&n)) {
            for sample in &event.samples {
                samples.add(*place, *n, sample);
            }
        }
        Self {
            received_at,
            projects,
            counts,
            id: events().map(|e| e.id).collect(),
            ts: events().map(|e| e.ts).collect(),
            sent_at: events().map(|e| e.sent_at).collect(),
            kind: events().map(|e| e.kind.as_str()).collect(),
            name: events().map(|e| e.name.as_str()).collect(),
            level: events().map(|e| e.level.map(|level| level.as_str())).collect(),
            user: events().map(|e| e.user.as_deref()).collect(),
            session: events().map(|e| e.session.as_deref()).collect(),
            release: events().map(|e| e.release.as_deref()).collect(),
            environment: events().map(|e| e.environment.as_deref()).collect(),
            tags: events().map(|e| e.tags.as_deref()).collect(),
            value: events().map(|e| e.value).collect(),
            unit: events().map(|e| e.unit.as_deref()).collect(),
            payload: events().map(|e| e.payload.as_ref().map(|json| json.get())).collect(),
            error: events().map(|e| e.error.as_deref()).collect(),
            clamped: events().map(|e| e.clamped).collect(),
            by_id: events().map(|e| e.by_id).collect(),
            feed_id: events().map(|e| e.feed_id).collect(),
            place,
            n,
            samples,
        }
    }

    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// Stores the batch; one row per project that exists.
    pub async fn execute(&self, conn: &mut Conn) -> QueryResult<Vec<Written>> {
        RunQueryDsl::load(Store(self), conn).await
    }
}

impl<'a> Samples<'a> {
    fn add(&mut self, place: i32, n: i64, sample: &'a crate::ingest::NewSample) {
        self.place.push(place);
        self.n.push(n);
        self.series_id.push(sample.series_id);
        self.value.push(sample.value);
        let series = &mut self.series;
        if series.seen.insert((place, sample.series_id)) {
            series.place.push(place);
            series.series_id.push(sample.series_id);
            series.name.push(&sample.name);
            series.labels.push(&sample.labels);
            series.unit.push(sample.unit.as_deref());
        }
    }
}

/// The batch as a query. Its text depends only on whether there are samples, releases, and ids to look
/// for, so that eight prepared statements serve everything.
struct Store<'b, 'a>(&'b Batch<'a>);

impl QueryId for Store<'_, '_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Store<'_, '_> {
    type SqlType = Untyped;
}

impl QueryFragment<Pg> for Store<'_, '_> {
    fn walk_ast<'q>(&'q self, mut out: AstPass<'_, 'q, Pg>) -> QueryResult<()> {
        let batch = self.0;
        let by_id = batch.by_id.contains(&true);
        let samples = !batch.samples.value.is_empty();
        let releases = batch.release.iter().any(Option::is_some);

        out.push_sql("with r as (select ");
        out.push_bind_param::<Timestamptz, _>(&batch.received_at)?;
        out.push_sql(
            "::timestamptz as received_at), s as (update stores t set seq = t.seq + b.n from unnest(",
        );
        out.push_bind_param::<Array<Uuid>, _>(&batch.projects)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&batch.counts)?;
        out.push_sql(
            ") with ordinality as b(project_id, n, place)
             where t.project_id = b.project_id and t.cleared_at is null
             returning b.place::int as place, t.store_id, t.seq - b.n as prev, t.seq as last), i as (select * from unnest(",
        );
        batch.push_events(&mut out)?;
        out.push_sql(
            ") as i(place, n, id, ts, sent_at, kind, name, level, user_id, session, release, environment,
             tags, value, unit, payload, error, clamped, by_id, feed_id))",
        );
        if by_id {
            out.push_sql(REMEMBER_IDS);
        }
        out.push_sql(INSERT_EVENTS);
        if by_id {
            out.push_sql(ONLY_NEW_IDS);
        }
        out.push_sql(COUNT_EVENTS);
        if samples {
            batch.samples.push_sql(&mut out)?;
        }
        if releases {
            out.push_sql(NOTE_RELEASES);
        }
        out.push_sql(ANSWER);
        Ok(())
    }
}

/// Binds columns with commas between them.
macro_rules! bind {
    ($out:expr, $($sql_type:ty => $column:expr),+ $(,)?) => {{
        let mut first = true;
        $(
            if !std::mem::take(&mut first) { $out.push_sql(", "); }
            $out.push_bind_param::<Array<$sql_type>, _>(&$column)?;
        )+
    }};
}

impl Batch<'_> {
    fn push_events<'q>(&'q self, out: &mut AstPass<'_, 'q, Pg>) -> QueryResult<()> {
        bind!(out,
            Integer => self.place, BigInt => self.n, Uuid => self.id, Timestamptz => self.ts,
            Nullable<Timestamptz> => self.sent_at, Text => self.kind, Text => self.name,
            Nullable<Text> => self.level, Nullable<Text> => self.user, Nullable<Text> => self.session,
            Nullable<Text> => self.release, Nullable<Text> => self.environment, Nullable<Text> => self.tags,
            Nullable<Double> => self.value, Nullable<Text> => self.unit, Nullable<Text> => self.payload,
            Nullable<Text> => self.error, Bool => self.clamped, Bool => self.by_id,
            Nullable<Uuid> => self.feed_id,
        );
        Ok(())
    }
}

impl Samples<'_> {
    fn push_sql<'q>(&'q self, out: &mut AstPass<'_, 'q, Pg>) -> QueryResult<()> {
        out.push_sql(", m as (select * from unnest(");
        bind!(out, Integer => self.place, BigInt => self.n, BigInt => self.series_id, Double => self.value);
        out.push_sql(") as m(place, n, series_id, value)), x as (select * from unnest(");
        let series = &self.series;
        bind!(out,
            Integer => series.place, BigInt => series.series_id, Text => series.name,
            Text => series.labels, Nullable<Text> => series.unit,
        );
        out.push_sql(") as x(place, series_id, name, labels, unit))");
        out.push_sql(INSERT_SAMPLES);
        Ok(())
    }
}

const REMEMBER_IDS: &str = ", fresh as (
    insert into event_ids (store_id, id, seen_at)
    select s.store_id, i.id, r.received_at from i join s on s.place = i.place cross join r where i.by_id
    on conflict do nothing
    returning store_id, id)";

const INSERT_EVENTS: &str = ", ins as (
    insert into events (store_id, ts, id, seq, received_at, sent_at, kind, name, level, user_id, session,
        release, environment, tags, value, unit, payload, error, clamped, feed_id)
    select s.store_id, i.ts, i.id, s.prev + i.n, r.received_at, i.sent_at, i.kind, i.name, i.level, i.user_id,
        i.session, i.release, i.environment, i.tags::jsonb, i.value, i.unit, i.payload::jsonb, i.error::jsonb,
        i.clamped, i.feed_id
    from i join s on s.place = i.place cross join r";

// Of two of the same id in one batch the first counts.
const ONLY_NEW_IDS: &str = " where not i.by_id or (
        exists (select from fresh f where f.store_id = s.store_id and f.id = i.id)
        and not exists (select from i e where e.place = i.place and e.id = i.id and e.n < i.n))";

const COUNT_EVENTS: &str = "
    on conflict do nothing
    returning store_id, ts, seq, kind, name, release), per_minute as (
    insert into event_counts_minute as c (store_id, minute, kind, count)
    select store_id, date_bin('1 minute', ts, timestamptz 'epoch'), kind, count(*) from ins group by 1, 2, 3
    on conflict (store_id, minute, kind) do update set count = c.count + excluded.count), per_hour as (
    insert into event_counts_hour as c (store_id, hour, kind, name, count, last_at)
    select store_id, date_bin('1 hour', ts, timestamptz 'epoch'), kind, name, count(*), max(ts)
    from ins group by 1, 2, 3, 4
    on conflict (store_id, hour, kind, name) do update
    set count = c.count + excluded.count, last_at = greatest(c.last_at, excluded.last_at))";

const INSERT_SAMPLES: &str = ", registered as (
    insert into series (store_id, series_id, name, labels, unit)
    select s.store_id, x.series_id, x.name, x.labels::jsonb, x.unit from x join s on s.place = x.place
    on conflict do nothing), smp as (
    insert into samples (store_id, series_id, ts, value)
    select ins.store_id, m.series_id, ins.ts, m.value
    from m join s on s.place = m.place join ins on ins.store_id = s.store_id and ins.seq = s.prev + m.n
    returning store_id, series_id, ts, value), sample_minute as (
    insert into sample_minutes as a (store_id, series_id, minute, count, sum, min, max, last, last_at)
    select store_id, series_id, date_bin('1 minute', ts, timestamptz 'epoch'), count(*), sum(value), min(value),
        max(value), (array_agg(value order by ts desc))[1], max(ts)
    from smp group by 1, 2, 3
    on conflict (store_id, series_id, minute) do update
    set count = a.count + excluded.count, sum = a.sum + excluded.sum, min = least(a.min, excluded.min),
        max = greatest(a.max, excluded.max), last_at = greatest(a.last_at, excluded.last_at),
        last = case when excluded.last_at >= a.last_at then excluded.last else a.last end), sample_hour as (
    insert into sample_hours as a (store_id, series_id, hour, count, sum, min, max, last, last_at)
    select store_id, series_id, date_bin('1 hour', ts, timestamptz 'epoch'), count(*), sum(value), min(value),
        max(value), (array_agg(value order by ts desc))[1], max(ts)
    from smp group by 1, 2, 3
    on conflict (store_id, series_id, hour) do update
    set count = a.count + excluded.count, sum = a.sum + excluded.sum, min = least(a.min, excluded.min),
        max = greatest(a.max, excluded.max), last_at = greatest(a.last_at, excluded.last_at),
        last = case when excluded.last_at >= a.last_at then excluded.last else a.last end)";

// A release that is known and was seen within the hour is left alone: nothing is written for it, nor locked.
const NOTE_RELEASES: &str = ", seen as (
    insert into releases as a (store_id, release, first_seen, last_seen)
    select n.store_id, n.release, n.first_ts, n.last_ts from (
        select store_id, release, min(ts) as first_ts, max(ts) as last_ts
        from ins where release is not null group by 1, 2) n
    where not exists (select from releases k where k.store_id = n.store_id and k.release = n.release
        and k.first_seen <= n.first_ts and k.last_seen > n.last_ts - interval '1 hour')
    on conflict (store_id, release) do update
    set first_seen = least(a.first_seen, excluded.first_seen),
        last_seen = greatest(a.last_seen, excluded.last_seen))";

const ANSWER: &str = "
    select s.place as project, s.prev, s.last, r.received_at, coalesce(g.stored, '{}') as stored
    from s cross join r
    left join (select store_id, array_agg(seq order by seq) as stored from ins group by store_id) g
        on g.store_id = s.store_id";
