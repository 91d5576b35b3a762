//! Panels of dashboards. What REST asks for becomes operations of the dashboard's log.

use actix_web::{HttpResponse, web};
use pulseboard_core::dashboards::board::Panel;
use pulseboard_core::dashboards::op::{Op, Target};
use pulseboard_core::dashboards::{self, DashboardRow, OpError, Outcome};
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::ids::PanelId;
use pulseboard_core::panel_query::{PanelQuery, PanelType};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::body::Json;
use crate::caller::Caller;
use crate::error::{ApiError, ErrorBody};
use crate::extract::{Editor, Member};
use crate::state::App;

/// The fields of a place in the grid, which are judged together.
const PLACE: [&str; 4] = ["position_x", "position_y", "width", "height"];
/// The others.
const FIELDS: [&str; 5] = ["type", "title", "feed_ids", "query", "options"];

/// A panel to be made; read field by field, so that what is wrong has a name.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is read as JSON")]
pub struct PanelIn {
    r#type: PanelType,
    #[schema(example = "CPU")]
    title: Option<String>,
    /// Feeds of the project, at most 20.
    feed_ids: Option<Vec<Uuid>>,
    query: Option<PanelQuery>,
    #[schema(value_type = Option<std::collections::BTreeMap<String, serde_json::Value>>)]
    options: Option<Value>,
    #[schema(minimum = 0, maximum = 11, example = 0)]
    position_x: i32,
    #[schema(minimum = 0, maximum = 10000, example = 0)]
    position_y: i32,
    /// It must not reach out of the grid of 12 columns.
    #[schema(minimum = 1, maximum = 12, example = 4)]
    width: i32,
    #[schema(minimum = 1, maximum = 50, example = 4)]
    height: i32,
}

/// The fields to be changed; `options` replaces all of them, `"options.unit"` one.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is read as JSON")]
pub struct PanelPatch {
    r#type: Option<PanelType>,
    #[schema(example = "CPU")]
    title: Option<String>,
    feed_ids: Option<Vec<Uuid>>,
    query: Option<PanelQuery>,
    #[schema(value_type = Option<std::collections::BTreeMap<String, serde_json::Value>>)]
    options: Option<Value>,
    #[schema(minimum = 0, maximum = 11, example = 0)]
    position_x: Option<i32>,
    #[schema(minimum = 0, maximum = 10000, example = 0)]
    position_y: Option<i32>,
    #[schema(minimum = 1, maximum = 12, example = 4)]
    width: Option<i32>,
    #[schema(minimum = 1, maximum = 50, example = 4)]
    height: Option<i32>,
}

/// Make a panel.
#[utoipa::path(post, path = "/api/dashboards/{dashboard}/panels", tag = "panels", params(("dashboard" = Uuid, Path)),
    request_body = PanelIn, responses((status = 201, body = Panel), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 422, body = ErrorBody)), security(("session" = ["editor"])))]
pub async fn create(
    app: App,
    who: Editor<DashboardRow>,
    caller: Caller,
    body: Json<Map<String, Value>>,
) -> Result<HttpResponse, ApiError> {
    let (id, by) = (PanelId::new(), caller.actor(who.user_id));
    let ops = vec![Op::new(Target::Panel(id), "panel", body.0)];
    dashboards::operate(&app.db, &app.bus, who.org, who.of.id, &by, ops).await?;
    Ok(HttpResponse::Created().json(find(&app, &who, id).await?))
}

/// Change some fields of a panel.
#[utoipa::path(patch, path = "/api/panels/{panel}", tag = "panels", params(("panel" = Uuid, Path)),
    request_body = PanelPatch, responses((status = 200, body = Panel), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody), (status = 422, body = ErrorBody)),
    security(("session" = ["editor"])))]
pub async fn update(
    app: App,
    who: Editor<Panel>,
    caller: Caller,
    body: Json<Map<String, Value>>,
) -> Result<web::Json<Panel>, ApiError> {
    let ops = changes(who.of.id, body.0)?;
    if !ops.is_empty() {
        operate(&app, &who, caller, ops).await.map_err(of_fields)?;
    }
    Ok(web::Json(find(&app, &who, who.of.id).await?))
}

/// Delete a panel. Undoing brings it back.
#[utoipa::path(delete, path = "/api/panels/{panel}", tag = "panels", params(("panel" = Uuid, Path)),
    responses((status = 204), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody)), security(("session" = ["editor"])))]
pub async fn delete(app: App, who: Editor<Panel>, caller: Caller) -> Result<HttpResponse, ApiError> {
    let op = Op::new(Target::Panel(who.of.id), "deleted", true);
    operate(&app, &who, caller, vec![op]).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn operate(app: &App, who: &Member<Panel>, caller: Caller, ops: Vec<Op>) -> Result<Outcome, OpError> {
    let by = caller.actor(who.user_id);
    dashboards::operate(&app.db, &app.bus, who.org, who.of.dashboard_id, &by, ops).await
}

async fn find<T>(app: &App, who: &Member<T>, id: PanelId) -> Result<Panel, ApiError> {
    let found = app.db.tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
        Ok(dashboards::find_panel(conn, who.org, id).await?)
    });
    Ok(found.await?)
}

/// An operation for each field, and one for the place.
fn changes(panel: PanelId, fields: Map<String, Value>) -> Result<Vec<Op>, ApiError> {
    let mut place = Map::new();
    let mut ops = Vec::new();
    for (field, value) in fields {
        match field.as_str() {
            one if PLACE.contains(&one) => drop(place.insert(field, value)),
            one if FIELDS.contains(&one) || one.starts_with("options.") => {
                ops.push(Op::new(Target::Panel(panel), field, value));
            }
            _ => {
                let known = [FIELDS.as_slice(), &["options.<key>"], &PLACE].concat().join(", ");
                let field: String = field.chars().take(100).collect();
                return Err(ApiError::field(field, format!("is not a field of panels; they have {known}")));
            }
        }
    }
    if !place.is_empty() {
        ops.push(Op::new(Target::Panel(panel), "layout", place));
    }
    Ok(ops)
}

/// Who sends `width` is told of `width`.
fn of_fields(mut error: OpError) -> ApiError {
    if let OpError::Refused { refused, .. } = &mut error
        && let Some((field, problem)) = refused.field.take()
    {
        let field = field.strip_prefix("layout.").unwrap_or(&field);
        *refused = pulseboard_core::dashboards::op::Refused::field(field, problem);
    }
    error.into()
}
