//! Dashboards as they change: their feeds, their panels' data, and what others do to them.
//!
//! Everyone who looks at a dashboard in this process is in its [`room`], which keeps what its `readers`
//! have been given and reads what has become due (`work`). `client` hears what one of them says. A
//! `playback` has a clock of its own, and a connection to itself.

mod board;
mod client;
mod feeds;
mod frames;
mod playback;
mod readers;
pub mod room;
mod watch;
mod work;

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use pulseboard_core::dashboards::DashboardRow;
use pulseboard_core::ids::DashboardId;
use pulseboard_core::memberships::Role;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use self::client::Client;
use self::playback::{Controls, Playback, Start};
use self::room::BoardPlace;
use super::hub::Visitor;
use super::{socket, who_asks};
use crate::caller::Caller;
use crate::error::{ApiError, Code, ErrorBody};
use crate::extract;
use crate::state::App;

/// Parameters of a dashboard's socket.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BoardQuery {
    /// From `POST /api/realtime/tickets`; clients that can send headers use a bearer token instead.
    ticket: Option<String>,
    /// Plays the past from this time: RFC 3339 or `now-1h`.
    at: Option<String>,
    /// How much faster than time, 1 to 3600.
    #[param(value_type = Option<f64>)]
    speed: Option<String>,
}

/// A frame of a dashboard's socket, by its `type`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is written as text")]
struct BoardFrame {
    /// `snapshot`, `feed_update`, `feed_state`, `panel_data`, `widget:updated`, `dashboard:updated`,
    /// `op_refused`, `command_result`, `deleted`, `clock` or `ping`.
    #[schema(rename = "type")]
    kind: String,
}

/// Streams a dashboard over a WebSocket
///
/// Frames are JSON objects: first `snapshot`, then what changes. Say what to show with
/// `{"type": "watch", "from": "now-1h", "to": "now", "points": 300, "variables": {}, "panels": null}`;
/// change the dashboard with `{"type": "widget:updated", "op": {…}}`. With `at`, the past is played.
/// Close codes: 4401 no longer allowed, 4404 gone, 4408 too slow, 1012 restarting.
#[utoipa::path(
    get, path = "/ws/dashboards/{dashboard}", operation_id = "watch_dashboard", tag = "live",
    params(("dashboard" = Uuid, Path), BoardQuery),
    responses(
        (status = 101, body = BoardFrame, description = "Frames of this form"),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 429, body = ErrorBody),
    ),
    security(("session" = ["viewer"]), ("ticket" = ["viewer"])),
)]
pub async fn watch(
    request: HttpRequest,
    payload: web::Payload,
    dashboard: web::Path<String>,
    app: App,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let query = web::Query::<BoardQuery>::from_query(request.query_string());
    // Before the ticket is used up: a client that did not mean a socket keeps it.
    let upgrade = socket::upgrade(&request, payload).await?;
    let ticket = query.as_ref().ok().and_then(|query| query.ticket.as_deref());
    let who = who_asks(&request, &app, ticket).await?;
    let member =
        extract::member::<DashboardRow>(&app, who, Uuid::parse_str(&dashboard).ok(), Role::Viewer).await?;
    let query = query.map_err(|_| ApiError::new(Code::InvalidQuery, "The parameters can't be read."))?;
    let start = start(&query)?;
    let (org, role, project) = (member.org, member.role, member.of.project_id);
    let dashboard: DashboardId = member.of.id;
    let visitor = Visitor { user: who.user_id, session: who.session_id, org, project };
    let Some(start) = start else {
        let seat = app.hub.enter_room(visitor, dashboard, role)?;
        let actor = caller.actor(who.user_id);
        let mut client = Client::in_room(app.clone(), who, dashboard, actor, Arc::clone(&seat.watcher));
        return Ok(upgrade.start(seat, move |text| client.obey(text)));
    };
    let seat = app.hub.enter_alone(visitor)?;
    let controls = Arc::new(Controls::default());
    let place = BoardPlace { org, project, dashboard };
    let watcher = Arc::clone(&seat.watcher);
    let meter = Arc::clone(app.hub.meter());
    let playback = Playback::new(place, role, app.db.clone(), meter, Arc::clone(&watcher), start);
    actix_web::rt::spawn(playback.run(Arc::clone(&controls)));
    let mut client = Client::in_playback(app.clone(), dashboard, watcher, controls);
    Ok(upgrade.start(seat, move |text| client.obey(text)))
}

fn start(query: &BoardQuery) -> Result<Option<Start>, ApiError> {
    let Some(at) = query.at.as_deref().filter(|at| !at.is_empty()) else { return Ok(None) };
    Start::read(at, query.speed.as_deref(), pulseboard_core::now())
        .map(Some)
        .map_err(|(field, problem)| ApiError::query(field, problem))
}
