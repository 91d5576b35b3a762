//! Reading events: by secret key, and by session with search, histogram, names and the overview.

use actix_web::web;
use chrono::{DateTime, TimeDelta, Utc};
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::event_counts::{self, Buckets, MAX_BUCKETS, NamesQuery};
use pulseboard_core::event_query::{self, Field, Term, Test};
use pulseboard_core::events::{self, Filter};
use pulseboard_core::ids::{OrgId, ProjectId, StoreId};
use pulseboard_core::projects::{self, Project};
use pulseboard_core::usage;
use pulseboard_wire::{Event, Kind, Level};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::ingest::ReadKey;
use crate::body::{self, Page, Query};
use crate::error::{ApiError, ErrorBody};
use crate::extract::Viewer;
use crate::state::App;

/// Buckets of a histogram when the client does not say how wide.
const HISTOGRAM_BUCKETS: i64 = 120;

#[derive(Deserialize, IntoParams, Clone, Default)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// error, event or metric.
    #[serde(rename = "type")]
    kind: Option<String>,
    name: Option<String>,
    user: Option<String>,
    release: Option<String>,
    environment: Option<String>,
    level: Option<String>,
    /// Search: words, `field:value`, `tag.name:value`, `-` negates, `*` at the end.
    q: Option<String>,
    /// Not before this time (RFC 3339).
    since: Option<String>,
    /// Before this time (RFC 3339).
    until: Option<String>,
    /// 1 to 1000; 50 if left out.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl EventsQuery {
    fn filter(&self) -> Result<Filter, ApiError> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if given(&self.kind).is_some_and(|kind| Kind::parse(&kind).is_none()) {
            return Err(ApiError::query("type", "must be error, event or metric"));
        }
        if given(&self.level).is_some_and(|level| Level::parse(&level).is_none()) {
            return Err(ApiError::query("level", "must be debug, info, warning, error or fatal"));
        }
        let mut terms = event_query::parse(self.q.as_deref().unwrap_or_default())
            .map_err(|error| ApiError::query("q", error))?;
        let fields = [
            (Field::Type, &self.kind),
            (Field::Name, &self.name),
            (Field::User, &self.user),
            (Field::Release, &self.release),
            (Field::Environment, &self.environment),
            (Field::Level, &self.level),
        ];
        terms.extend(fields.into_iter().filter_map(|(field, value)| {
            Some(Term { negated: false, test: Test::Is(field, given(value)?) })
        }));
        if terms.iter().any(|term| term_text(term).contains('\0')) {
            return Err(ApiError::query("q", "contains the character U+0000"));
        }
        Ok(Filter {
            terms,
            since: body::time("since", self.since.as_deref())?,
            until: body::time("until", self.until.as_deref())?,
        })
    }
}

fn term_text(term: &Term) -> String {
    match &term.test {
        Test::Contains(text) => text.clone(),
        Test::Is(Field::Tag(tag), value) | Test::StartsWith(Field::Tag(tag), value) => {
            format!("{tag}{value}")
        }
        Test::Is(_, value) | Test::StartsWith(_, value) => value.clone(),
    }
}

async fn page(
    app: &App,
    org: OrgId,
    store: StoreId,
    query: &EventsQuery,
) -> Result<Page<Event<'static>>, ApiError> {
    let filter = query.filter()?;
    let limit = body::number("limit", query.limit.as_deref(), 1..=1000, 50)?;
    let cursor = query
        .cursor
        .as_deref()
        .filter(|cursor| !cursor.is_empty())
        .map(str::parse)
        .transpose()
        .map_err(|error: pulseboard_core::live::BadCursor| ApiError::query("cursor", error))?;
    let mut rows = app
        .db
        .tenant(org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(events::list(conn, store, filter, cursor, limit).await?)
        })
        .await?;
    let more = rows.len() as i64 > limit;
    rows.truncate(limit.unsigned_abs() as usize);
    let next_cursor = rows.last().filter(|_| more).map(|row| row.cursor().to_string());
    Ok(Page { items: rows.into_iter().map(events::EventRow::into_event).collect(), next_cursor })
}

/// Recent events of a key's project, newest first. Needs a secret key.
#[utoipa::path(get, path = "/events", tag = "events", params(EventsQuery), responses(
    (status = 200, body = Page<Event>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
    (status = 403, body = ErrorBody)), security(("key" = ["secret"])))]
pub async fn list_by_key(
    app: App,
    key: ReadKey,
    query: Query<EventsQuery>,
) -> Result<web::Json<Page<Event<'static>>>, ApiError> {
    let ReadKey(grant) = key;
    let project = find_project(&app, grant.org_id, grant.project_id).await?;
    Ok(web::Json(page(&app, grant.org_id, project.store_id, &query).await?))
}

/// The project of a key, as it is now: its store changes when it is cleared.
pub async fn find_project(app: &App, org: OrgId, project: ProjectId) -> Result<Project, ApiError> {
    app.db
        .tenant(org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(projects::find(conn, org, project).await?)
        })
        .await
        .map_err(ApiError::from)
}

/// Events, newest first.
#[utoipa::path(get, path = "/api/projects/{project}/events", tag = "events",
    params(("project" = Uuid, Path), EventsQuery), responses((status = 200, body = Page<Event>),
    (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn list(
    app: App,
    who: Viewer<Project>,
    query: Query<EventsQuery>,
) -> Result<web::Json<Page<Event<'static>>>, ApiError> {
    Ok(web::Json(page(&app, who.org, who.of.store_id, &query).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// The event's time, if known: finds it faster.
    timestamp: Option<String>,
}

/// One event by its id.
#[utoipa::path(get, path = "/api/projects/{project}/events/{event}", tag = "events",
    params(("project" = Uuid, Path), ("event" = Uuid, Path), EventQuery), responses((status = 200, body = Event),
    (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn show(
    app: App,
    who: Viewer<Project>,
    path: web::Path<(Uuid, Uuid)>,
    query: Query<EventQuery>,
) -> Result<web::Json<Event<'static>>, ApiError> {
    let ts = body::time("timestamp", query.timestamp.as_deref())?;
    let row = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(events::find(conn, who.of.store_id, path.1, ts).await?)
        })
        .await?;
    Ok(web::Json(row.into_event()))
}

/// A span of time from the query string; the last hour if it is left out.
pub fn span(from: Option<&str>, to: Option<&str>) -> Result<(DateTime<Utc>, DateTime<Utc>), ApiError> {
    let to = body::time("to", to)?.unwrap_or_else(pulseboard_core::now);
    let from = body::time("from", from)?.unwrap_or(to - TimeDelta::hours(1));
    if from >= to {
        return Err(ApiError::query("from", "must be before \"to\""));
    }
    if to - from > TimeDelta::days(3660) {
        return Err(ApiError::query("from", "must be at most ten years before \"to\""));
    }
    Ok((from, to))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HistogramQuery {
    /// RFC 3339; an hour before `to` if left out.
    from: Option<String>,
    /// RFC 3339; now if left out.
    to: Option<String>,
    /// Width of a bucket in seconds; chosen so that there are at most 120 if left out.
    #[param(value_type = Option<i64>)]
    bucket: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct HistogramOut {
    /// Width of a bucket in seconds.
    bucket: i64,
    items: Vec<BucketOut>,
}

/// Events of one bucket, by type.
#[derive(Serialize, ToSchema)]
pub struct BucketOut {
    /// Where the bucket begins.
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    ts: DateTime<Utc>,
    error: i64,
    event: i64,
    metric: i64,
}

/// Counts over time by type, empty buckets included.
#[utoipa::path(get, path = "/api/projects/{project}/events/histogram", tag = "events",
    params(("project" = Uuid, Path), HistogramQuery, EventsQuery), responses((status = 200, body = HistogramOut),
    (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn histogram(
    app: App,
    who: Viewer<Project>,
    query: Query<HistogramQuery>,
    events: Query<EventsQuery>,
) -> Result<web::Json<HistogramOut>, ApiError> {
    let (from, to) = span(query.from.as_deref(), query.to.as_deref())?;
    let bucket = body::number("bucket", query.bucket.as_deref(), 1..=604_800, 0)?;
    let buckets = match bucket {
        0 => Buckets::fit(
            from,
            to,
            HISTOGRAM_BUCKETS,
            if to - from <= TimeDelta::minutes(15) { 1 } else { 60 },
        ),
        seconds => Buckets::of(from, to, seconds),
    };
    if buckets.count() > MAX_BUCKETS {
        return Err(ApiError::query(
            "bucket",
            format!("is too narrow: the span would have more than {MAX_BUCKETS} buckets"),
        ));
    }
    let filter = events.filter()?;
    let counts = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(event_counts::histogram(conn, who.of.store_id, buckets, filter).await?)
        })
        .await?;
    let items = counts.into_iter().map(|(ts, counts)| BucketOut {
        ts,
        error: counts.error,
        event: counts.event,
        metric: counts.metric,
    });
    Ok(web::Json(HistogramOut { bucket: buckets.seconds, items: items.collect() }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NamesParams {
    /// error, event or metric.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// RFC 3339; a day before `to` if left out.
    from: Option<String>,
    /// RFC 3339; now if left out.
    to: Option<String>,
    /// Text that stands in the name.
    q: Option<String>,
    /// 1 to 1000; 50 if left out.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct NameOut {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    count: i64,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    last_seen: DateTime<Utc>,
}

/// The most frequent names, counted by the hour.
#[utoipa::path(get, path = "/api/projects/{project}/names", tag = "events",
    params(("project" = Uuid, Path), NamesParams), responses((status = 200, body = Page<NameOut>),
    (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn names(
    app: App,
    who: Viewer<Project>,
    query: Query<NamesParams>,
) -> Result<web::Json<Page<NameOut>>, ApiError> {
    let to = body::time("to", query.to.as_deref())?
        .unwrap_or_else(|| pulseboard_core::now() + TimeDelta::minutes(5));
    let from = body::time("from", query.from.as_deref())?.unwrap_or(to - TimeDelta::days(1));
    let limit = body::number("limit", query.limit.as_deref(), 1..=1000, 50)?;
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (kind, text) = (given(&query.kind), given(&query.q));
    if kind.as_deref().is_some_and(|kind| Kind::parse(kind).is_none()) {
        return Err(ApiError::query("type", "must be error, event or metric"));
    }
    if text.as_deref().is_some_and(|text| text.contains('\0')) {
        return Err(ApiError::query("q", "contains the character U+0000"));
    }
    let wanted = NamesQuery { from, to, kind: kind.as_deref(), text: text.as_deref(), limit };
    let names = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(event_counts::names(conn, who.of.store_id, wanted).await?)
        })
        .await?;
    let out = names.into_iter().map(|name| NameOut {
        name: name.name,
        kind: name.kind,
        count: name.count,
        last_seen: name.last_at,
    });
    Ok(web::Json(Page::whole(out.collect())))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OverviewQuery {
    /// RFC 3339; an hour before `to` if left out.
    from: Option<String>,
    /// RFC 3339; now if left out.
    to: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct OverviewOut {
    current: FiguresOut,
    /// The same figures of the span of equal length before.
    previous: FiguresOut,
}

#[derive(Serialize, ToSchema)]
pub struct FiguresOut {
    events: i64,
    errors: i64,
    /// Errors among all events, from 0 to 1.
    error_rate: f64,
    /// Distinct values of `user`.
    active_users: i64,
    /// Items refused, counted by the day.
    rejected: i64,
}

/// A project at a glance, against the period before.
#[utoipa::path(get, path = "/api/projects/{project}/overview", tag = "events",
    params(("project" = Uuid, Path), OverviewQuery), responses((status = 200, body = OverviewOut),
    (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn overview(
    app: App,
    who: Viewer<Project>,
    query: Query<OverviewQuery>,
) -> Result<web::Json<OverviewOut>, ApiError> {
    let (from, to) = span(query.from.as_deref(), query.to.as_deref())?;
    let (current, previous) = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            let current = figures(conn, who.org, &who.of, from, to).await?;
            let previous = figures(conn, who.org, &who.of, from - (to - from), from).await?;
            Ok((current, previous))
        })
        .await?;
    Ok(web::Json(OverviewOut { current, previous }))
}

async fn figures(
    conn: &mut Conn,
    org: OrgId,
    project: &Project,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<FiguresOut, DbError> {
    let counts = event_counts::totals(conn, project.store_id, from, to).await?;
    let days = usage::list(conn, org, project.id, from.date_naive()).await?;
    let last_day = to.date_naive();
    Ok(FiguresOut {
        events: counts.total(),
        errors: counts.error,
        error_rate: if counts.total() == 0 { 0.0 } else { counts.error as f64 / counts.total() as f64 },
        active_users: event_counts::active_users(conn, project.store_id, from, to).await?,
        rejected: days.iter().filter(|day| day.day <= last_day).map(|day| day.counts.rejected).sum(),
    })
}
