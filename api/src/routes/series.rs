//! Series: what numbers there are, and their values over time.

use std::collections::BTreeMap;

use actix_web::web;
use chrono::{DateTime, Utc};
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::event_counts::{self, Buckets, MAX_BUCKETS};
use pulseboard_core::projects::Project;
use pulseboard_core::series::{self, Aggregate, MAX_PERCENTILE_SPAN, Named, SeriesQuery};
use pulseboard_wire::Kind;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::body::{self, Json, Page, Query};
use crate::error::{ApiError, ErrorBody};
use crate::extract::Viewer;
use crate::state::App;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SeriesListQuery {
    /// Text that stands in the name.
    q: Option<String>,
    /// 1 to 1000; 100 if left out.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct SeriesOut {
    /// Stable for a name and its labels.
    id: String,
    name: String,
    labels: BTreeMap<String, String>,
    unit: Option<String>,
    last_value: Option<f64>,
    #[serde(serialize_with = "pulseboard_wire::time::serialize_option")]
    last_at: Option<DateTime<Utc>>,
}

/// The series of a project, by name.
#[utoipa::path(get, path = "/api/projects/{project}/series", tag = "series",
    params(("project" = Uuid, Path), SeriesListQuery), responses((status = 200, body = Page<SeriesOut>),
    (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn list(
    app: App,
    who: Viewer<Project>,
    query: Query<SeriesListQuery>,
) -> Result<web::Json<Page<SeriesOut>>, ApiError> {
    let limit = body::number("limit", query.limit.as_deref(), 1..=1000, 100)?;
    let text = query.q.as_deref().filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.contains('\0')) {
        return Err(ApiError::query("q", "contains the character U+0000"));
    }
    let rows = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(series::list(conn, who.of.store_id, text, limit).await?)
        })
        .await?;
    let out = rows.into_iter().map(|row| SeriesOut {
        id: format!("{:016x}", row.series_id),
        name: row.name,
        labels: serde_json::from_str(row.labels.0.get()).unwrap_or_default(),
        unit: row.unit,
        last_value: row.last_value,
        last_at: row.last_at,
    });
    Ok(web::Json(Page::whole(out.collect())))
}

/// Either `series` or `events` says what is wanted.
#[derive(Deserialize, ToSchema)]
pub struct SeriesQueryIn {
    /// Numbers of metrics.
    series: Option<SeriesSelector>,
    /// Counts of events.
    events: Option<EventsSelector>,
    /// How the values of a bucket become one. Percentiles reach back 7 days. Ignored for event counts.
    #[serde(default = "default_aggregate")]
    #[schema(default = "avg")]
    aggregate: Aggregate,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    /// At most so many points, 1 to 1000; 300 if left out.
    points: Option<i64>,
    /// Labels that tell lines apart; the others are folded together. Left out: every series is a line.
    group_by: Option<Vec<String>>,
}

#[derive(Deserialize, ToSchema)]
pub struct SeriesSelector {
    name: String,
    /// Labels that must have these values.
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

#[derive(Deserialize, ToSchema)]
pub struct EventsSelector {
    #[serde(rename = "type")]
    kind: Option<Kind>,
    name: Option<String>,
}

impl SeriesQueryIn {
    /// Every text that is looked for, with the field it belongs to.
    fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let labels =
            self.series.iter().flat_map(|series| &series.labels).flat_map(|(name, value)| [name, value]);
        let series = self.series.iter().map(|series| &series.name).chain(labels);
        let events = self.events.iter().filter_map(|events| events.name.as_ref());
        let groups = self.group_by.iter().flatten();
        let of = |field| move |text| (field, String::as_str(text));
        series.map(of("series")).chain(events.map(of("events"))).chain(groups.map(of("group_by")))
    }
}

fn default_aggregate() -> Aggregate {
    Aggregate::Avg
}

#[derive(Serialize, ToSchema)]
pub struct SeriesQueryOut {
    /// Width of a bucket in seconds.
    bucket: i64,
    series: Vec<LineOut>,
}

#[derive(Serialize, ToSchema)]
pub struct LineOut {
    name: String,
    labels: BTreeMap<String, String>,
    /// `[milliseconds since 1970, value or null]`, in order, every bucket present.
    #[schema(value_type = Vec<Vec<Option<f64>>>)]
    points: Vec<(i64, Option<f64>)>,
}

/// Values over time.
#[utoipa::path(post, path = "/api/projects/{project}/series/query", tag = "series",
    params(("project" = Uuid, Path)), request_body = SeriesQueryIn, responses((status = 200, body = SeriesQueryOut),
    (status = 404, body = ErrorBody), (status = 422, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn query(
    app: App,
    who: Viewer<Project>,
    body: Json<SeriesQueryIn>,
) -> Result<web::Json<SeriesQueryOut>, ApiError> {
    let query = body.0;
    let points = query.points.unwrap_or(300);
    if !(1..=MAX_BUCKETS).contains(&points) {
        return Err(ApiError::field("points", "must be a number from 1 to 1000"));
    }
    for (field, time) in [("from", query.from), ("to", query.to)] {
        pulseboard_core::in_calendar(time)
            .ok_or_else(|| ApiError::field(field, "must lie in the years 0 to 9999"))?;
    }
    if query.from >= query.to {
        return Err(ApiError::field("from", "must be before \"to\""));
    }
    if let Some((field, _)) = query.texts().find(|(_, text)| text.contains('\0')) {
        return Err(ApiError::field(field, "contains the character U+0000"));
    }
    let raw = query.aggregate.percentile().is_some() && query.series.is_some();
    if raw && query.to - query.from > MAX_PERCENTILE_SPAN {
        return Err(ApiError::field("aggregate", "must not be a percentile for more than 7 days"));
    }
    // Rollups know minutes; what needs raw samples anyway may look closer.
    let least = if raw || (query.to - query.from).num_minutes() <= 15 { 1 } else { 60 };
    let buckets = Buckets::fit(query.from, query.to, points, least);
    let store = who.of.store_id;
    let lines = match (query.series, query.events) {
        (Some(selector), None) => {
            let wanted = SeriesQuery {
                name: Named::Is(selector.name),
                labels: selector.labels,
                aggregate: query.aggregate,
                buckets,
                group_by: query.group_by,
            };
            let lines = app
                .db
                .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
                    Ok(series::query(conn, store, &wanted).await?)
                })
                .await?;
            let name = |line: series::Line| LineOut {
                name: line.name,
                labels: line.labels,
                points: millis(line.points),
            };
            lines.lines.into_iter().map(name).collect()
        }
        (None, Some(selector)) => {
            let kind = selector.kind.map(Kind::as_str);
            let name = selector.name.as_deref();
            let points = app
                .db
                .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
                    Ok(event_counts::count_series(conn, store, buckets, kind, name).await?)
                })
                .await?;
            let title = selector.name.clone().or(kind.map(str::to_owned)).unwrap_or_else(|| "events".into());
            vec![LineOut { name: title, labels: BTreeMap::new(), points: millis(points) }]
        }
        _ => return Err(ApiError::field("series", "or \"events\" must be given, and only one of them")),
    };
    Ok(web::Json(SeriesQueryOut { bucket: buckets.seconds, series: lines }))
}

fn millis(points: Vec<(DateTime<Utc>, Option<f64>)>) -> Vec<(i64, Option<f64>)> {
    points.into_iter().map(|(ts, value)| (ts.timestamp_millis(), value)).collect()
}
