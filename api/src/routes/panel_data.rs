//! What panels show, whether they are saved or not, and what variables and annotations are made of.

use std::collections::BTreeMap;

use actix_web::web;
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::panel_data::variables::Variables;
use pulseboard_core::panel_data::{
    self, Annotation, Asked, MAX_POINTS, POINTS, PanelData, PanelProblem, Window,
};
use pulseboard_core::panel_query::{MAX_SOURCES, PanelQuery, PanelType, Problem};
use pulseboard_core::projects::Project;
use pulseboard_core::series;
use pulseboard_core::time_range::{self, BadRange, Range};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::body::{Json, Page, Query};
use crate::error::{ApiError, ErrorBody};
use crate::extract::Viewer;
use crate::live::For;
use crate::state::App;

/// A panel, saved or not, and a span of time.
#[derive(Deserialize, ToSchema)]
pub struct PanelDataIn {
    #[serde(rename = "type")]
    kind: PanelType,
    /// `null`: the whole of each of the feeds.
    #[serde(default)]
    #[schema(value_type = Option<PanelQuery>)]
    query: Value,
    #[serde(default)]
    feed_ids: Vec<Uuid>,
    /// How the panel looks; changes nothing here.
    #[serde(default)]
    #[schema(value_type = Object)]
    #[expect(dead_code, reason = "a panel may be sent as it is")]
    options: Value,
    /// RFC 3339, `now` or `now-15m` (s, m, h, d, w).
    #[schema(example = "now-24h")]
    from: String,
    #[schema(example = "now")]
    to: String,
    /// At most so many points, 1 to 1000; 300 if left out.
    points: Option<i64>,
    /// What has been chosen for the dashboard's variables; `*`: anything.
    #[serde(default)]
    variables: BTreeMap<String, String>,
}

impl From<Problem> for ApiError {
    fn from(Problem { field, problem }: Problem) -> Self {
        Self::field(field, problem)
    }
}

impl From<BadRange> for ApiError {
    fn from(BadRange { field, problem }: BadRange) -> Self {
        Self::field(field, problem)
    }
}

impl PanelDataIn {
    fn checked(self) -> Result<(PanelType, PanelQuery, Window, Variables), ApiError> {
        if self.feed_ids.len() > MAX_SOURCES {
            return Err(ApiError::field("feed_ids", format!("must have at most {MAX_SOURCES} items")));
        }
        let query = PanelQuery::of_panel(PanelQuery::read(&self.query)?, &self.feed_ids);
        let range = time_range::parse(&self.from, &self.to, pulseboard_core::now())?;
        let points = self.points.unwrap_or(POINTS);
        if !(1..=MAX_POINTS).contains(&points) {
            return Err(ApiError::field("points", format!("must be a number from 1 to {MAX_POINTS}")));
        }
        let variables =
            Variables::new(self.variables).map_err(|problem| ApiError::field("variables", problem))?;
        let window = Window::whole(range, &query, points);
        Ok((self.kind, query, window, variables))
    }
}

/// What a panel shows.
///
/// Also of a panel that is not saved yet. What can't be shown is among the `problems`, beside the rest.
#[utoipa::path(post, path = "/api/projects/{project}/panel-data", tag = "panel_data",
    params(("project" = Uuid, Path)), request_body = PanelDataIn, responses((status = 200, body = PanelData),
    (status = 404, body = ErrorBody), (status = 422, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn show(
    app: App,
    who: Viewer<Project>,
    body: Json<PanelDataIn>,
) -> Result<web::Json<PanelData>, ApiError> {
    let (kind, query, window, variables) = body.0.checked()?;
    let asked = Asked { kind, query: &query, window, variables: &variables };
    app.hub.meter().panel_read(For::Request);
    let data = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            let ids: Vec<Uuid> = query.feed_ids().collect();
            let feeds = panel_data::feeds_now(conn, who.org, who.of.id, &ids).await?;
            Ok(panel_data::panel_data(conn, who.of.store_id, &feeds, &asked).await?)
        })
        .await;
    match data {
        Err(error) if error.is_timeout() => {
            Ok(web::Json(PanelData { problems: vec![PanelProblem::too_slow()], ..PanelData::empty(window) }))
        }
        data => Ok(web::Json(data?)),
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LabelsQuery {
    /// Only this label.
    label: Option<String>,
}

/// A label and the values it has.
#[derive(Serialize, ToSchema)]
pub struct LabelOut {
    label: String,
    /// At most 200, in order.
    values: Vec<String>,
}

/// The labels of a project's series.
#[utoipa::path(get, path = "/api/projects/{project}/labels", tag = "panel_data", operation_id = "labels",
    params(("project" = Uuid, Path), LabelsQuery), responses((status = 200, body = Page<LabelOut>),
    (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn labels(
    app: App,
    who: Viewer<Project>,
    query: Query<LabelsQuery>,
) -> Result<web::Json<Page<LabelOut>>, ApiError> {
    let label = query.label.as_deref().filter(|label| !label.is_empty());
    if label.is_some_and(|label| label.contains('\0')) {
        return Err(ApiError::query("label", "contains the character U+0000"));
    }
    let labels = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(series::labels(conn, who.of.store_id, label).await?)
        })
        .await?;
    let out = labels.into_iter().map(|(label, values)| LabelOut { label, values });
    Ok(web::Json(Page::whole(out.collect())))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AnnotationsQuery {
    /// RFC 3339 or `now-24h`; a day ago if left out.
    from: Option<String>,
    /// RFC 3339 or `now`; now if left out.
    to: Option<String>,
}

impl AnnotationsQuery {
    fn range(&self) -> Result<Range, ApiError> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let (from, to) = (given(&self.from), given(&self.to).unwrap_or_else(|| "now".into()));
        let range = time_range::parse(from.as_deref().unwrap_or("now-24h"), &to, pulseboard_core::now());
        range.map_err(|BadRange { field, problem }| match (field, from) {
            ("from", None) => ApiError::query("to", "must be after \"from\", which is a day ago if left out"),
            _ => ApiError::query(field, problem),
        })
    }
}

/// When each release was first seen.
#[utoipa::path(get, path = "/api/projects/{project}/annotations", tag = "panel_data",
    operation_id = "annotations", params(("project" = Uuid, Path), AnnotationsQuery),
    responses((status = 200, body = Page<Annotation>), (status = 400, body = ErrorBody),
    (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn annotations(
    app: App,
    who: Viewer<Project>,
    query: Query<AnnotationsQuery>,
) -> Result<web::Json<Page<Annotation>>, ApiError> {
    let range = query.range()?;
    let found = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(panel_data::releases(conn, who.of.store_id, range).await?)
        })
        .await?;
    Ok(web::Json(Page::whole(found)))
}
