//! A dashboard's operations: do them, read them, undo them, go back to a version.

use actix_web::web;
use pulseboard_core::dashboards::op::{AppliedOp, Op};
use pulseboard_core::dashboards::{self, DashboardRow, Outcome, log};
use pulseboard_core::db::{Conn, DbError};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::dashboards::refusals;
use crate::body::{self, Json, Page, Query};
use crate::caller::Caller;
use crate::error::{ApiError, ErrorBody};
use crate::extract::{Editor, Viewer};
use crate::state::App;

/// Operations of one request.
const MAX_OPS: usize = 100;

#[derive(Deserialize, ToSchema)]
pub struct OpsIn {
    /// 1 to 100, done in this order, all or none. Several are undone together.
    ops: Vec<Op>,
}

#[derive(Deserialize, ToSchema)]
pub struct RestoreIn {
    /// The version to go back to, from 1 on.
    #[schema(minimum = 1)]
    version: i64,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// 1 to 1000; 50 if left out.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Do operations. One whose `op_id` is known is answered as it was the first time, and changes nothing.
#[utoipa::path(post, path = "/api/dashboards/{dashboard}/ops", tag = "dashboard_log",
    params(("dashboard" = Uuid, Path)), request_body = OpsIn, responses((status = 200, body = Outcome),
    (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
    (status = 422, body = ErrorBody)), security(("session" = ["editor"])))]
pub async fn operate(
    app: App,
    who: Editor<DashboardRow>,
    caller: Caller,
    body: Json<OpsIn>,
) -> Result<web::Json<Outcome>, ApiError> {
    let OpsIn { ops } = body.0;
    if !(1..=MAX_OPS).contains(&ops.len()) {
        return Err(ApiError::field("ops", format!("must have 1 to {MAX_OPS} entries")));
    }
    let by = caller.actor(who.user_id);
    let done = dashboards::operate(&app.db, &app.bus, who.org, who.of.id, &by, ops).await;
    Ok(web::Json(done.map_err(refusals::of_several)?))
}

/// What was done, newest first.
#[utoipa::path(get, path = "/api/dashboards/{dashboard}/history", tag = "dashboard_log",
    params(("dashboard" = Uuid, Path), HistoryQuery), responses((status = 200, body = Page<AppliedOp>),
    (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn history(
    app: App,
    who: Viewer<DashboardRow>,
    query: Query<HistoryQuery>,
) -> Result<web::Json<Page<AppliedOp>>, ApiError> {
    let limit = body::number("limit", query.limit.as_deref(), 1..=1000, 50)?;
    let cursor = query.cursor.as_deref().filter(|cursor| !cursor.is_empty());
    let before = cursor.map(str::parse::<i64>).transpose();
    let before = before.map_err(|_| ApiError::query("cursor", "is not one that we gave"))?;
    let mut ops = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(log::history(conn, who.org, who.of.id, before, limit).await?)
        })
        .await?;
    let more = ops.len() as i64 > limit;
    ops.truncate(limit.unsigned_abs() as usize);
    let next_cursor = ops.last().filter(|_| more).map(|op| op.seq.to_string());
    Ok(web::Json(Page { items: ops, next_cursor }))
}

/// Take back what I did last.
#[utoipa::path(post, path = "/api/dashboards/{dashboard}/undo", tag = "dashboard_log",
    params(("dashboard" = Uuid, Path)), responses((status = 200, body = Outcome), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, description = "`nothing_to_undo`, or `changed_since` by \
    somebody else, whom the message names", body = ErrorBody)), security(("session" = ["editor"])))]
pub async fn undo(
    app: App,
    who: Editor<DashboardRow>,
    caller: Caller,
) -> Result<web::Json<Outcome>, ApiError> {
    let (org, id, by) = (who.org, who.of.id, caller.actor(who.user_id));
    let done = dashboards::arrange(&app.db, &app.bus, org, id, async |conn: &mut Conn| {
        dashboards::undo(conn, org, id, &by, pulseboard_core::now()).await
    });
    Ok(web::Json(done.await?))
}

/// Do again what I took back last.
#[utoipa::path(post, path = "/api/dashboards/{dashboard}/redo", tag = "dashboard_log",
    params(("dashboard" = Uuid, Path)), responses((status = 200, body = Outcome), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, description = "`nothing_to_undo`, or `changed_since` by \
    somebody else, whom the message names", body = ErrorBody)), security(("session" = ["editor"])))]
pub async fn redo(
    app: App,
    who: Editor<DashboardRow>,
    caller: Caller,
) -> Result<web::Json<Outcome>, ApiError> {
    let (org, id, by) = (who.org, who.of.id, caller.actor(who.user_id));
    let done = dashboards::arrange(&app.db, &app.bus, org, id, async |conn: &mut Conn| {
        dashboards::redo(conn, org, id, &by, pulseboard_core::now()).await
    });
    Ok(web::Json(done.await?))
}

/// Go back to what the dashboard was at a version. That is a change as well, and can be undone.
#[utoipa::path(post, path = "/api/dashboards/{dashboard}/restore", tag = "dashboard_log",
    params(("dashboard" = Uuid, Path)), request_body = RestoreIn, responses((status = 200, body = Outcome),
    (status = 403, body = ErrorBody), (status = 404, body = ErrorBody), (status = 422, body = ErrorBody)),
    security(("session" = ["editor"])))]
pub async fn restore(
    app: App,
    who: Editor<DashboardRow>,
    caller: Caller,
    body: Json<RestoreIn>,
) -> Result<web::Json<Outcome>, ApiError> {
    let (org, id, by, version) = (who.org, who.of.id, caller.actor(who.user_id), body.0.version);
    let done = dashboards::arrange(&app.db, &app.bus, org, id, async |conn: &mut Conn| {
        dashboards::restore(conn, org, id, &by, version, pulseboard_core::now()).await
    });
    Ok(web::Json(done.await?))
}
