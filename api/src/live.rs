//! Live streams: a project's events as they are committed, over WebSocket and SSE.
//!
//! `hub` knows everyone who watches; one `channel` per watched project hears the bus and keeps the
//! `position`; `frames` are made once and queued in each connection's `outbox`; `replay` reads what a
//! client missed. The bus only hints: positions come from Postgres, so that no hole is silent.

mod channel;
pub mod dashboards;
mod ending;
mod frames;
mod hub;
mod inbound;
mod meter;
mod outbox;
mod position;
mod replay;
mod socket;
mod sse;

#[cfg(test)]
mod properties;

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use pulseboard_core::live::Cursor;
use pulseboard_core::memberships::Role;
use pulseboard_core::projects::Project;
use pulseboard_core::tickets::{self, TicketGrant};
use pulseboard_wire::live::Frame;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::error::{ApiError, Code, ErrorBody};
use crate::extract::{self, SignedIn, bearer};
use crate::origin;
use crate::state::App;
use frames::Format;
pub use hub::Hub;
use hub::{JoinError, MAX_PER_USER, Visitor};
pub use meter::For;

/// What lets a browser open a live connection.
#[derive(Serialize, ToSchema)]
pub struct TicketOut {
    /// Goes into `?ticket=` of one socket or SSE address; good once.
    ticket: String,
    /// Seconds.
    #[schema(example = 30)]
    expires_in: u64,
}

/// One event of the stream, by its fields.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is written as text")]
struct StreamEvent {
    /// `ready`, `events`, `gap`, `reset` or `close`.
    event: String,
    /// The cursor after it, which a browser sends again as `Last-Event-ID`.
    id: Option<String>,
    /// JSON: a frame as on the socket.
    data: String,
}

/// Parameters of a live connection.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LiveQuery {
    /// From `POST /api/realtime/tickets`; clients that can send headers use a bearer token instead.
    ticket: Option<String>,
    /// Only events of this type: `error`, `event` or `metric`.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Only events of exactly this name.
    name: Option<String>,
    /// The cursor of the last frame that arrived: what was committed since comes first.
    since: Option<String>,
}

/// Issues a ticket for one live connection
///
/// Browsers can't send headers when they open a socket.
#[utoipa::path(
    post, path = "/api/realtime/tickets", operation_id = "create_ticket", tag = "live",
    responses(
        (status = 201, body = TicketOut),
        (status = 401, body = ErrorBody),
    ),
    security(("session" = [])),
)]
pub async fn create_ticket(who: SignedIn, app: App) -> Result<HttpResponse, ApiError> {
    let grant = TicketGrant { user: who.user_id, session: who.session_id };
    let ticket = tickets::issue(&app.bus, grant).await.map_err(|_| ApiError::unavailable())?;
    Ok(HttpResponse::Created()
        .insert_header((actix_web::http::header::CACHE_CONTROL, "no-store"))
        .json(TicketOut { ticket, expires_in: tickets::LIFETIME.as_secs() }))
}

/// Streams a project's events over a WebSocket
///
/// Frames are JSON objects: first `ready`, then `events`, and `gap` when the connection was too slow or
/// away for more than 10,000 events. Answer `ping` with `{"type": "pong"}`; change the filter with
/// `{"type": "filter", "filter": {"type": "error", "name": "…"}}`. Close codes: 4401 no longer allowed,
/// 4404 project gone, 4408 too slow, 1012 restarting, 1013 try again later.
#[utoipa::path(
    get, path = "/api/realtime/{project}", operation_id = "watch_project", tag = "live",
    params(("project" = Uuid, Path), LiveQuery),
    responses(
        (status = 101, body = Frame, description = "Frames of this form"),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 429, body = ErrorBody),
    ),
    security(("session" = ["viewer"]), ("ticket" = ["viewer"])),
)]
pub async fn socket(
    request: HttpRequest,
    payload: web::Payload,
    project: web::Path<String>,
    app: App,
) -> Result<HttpResponse, ApiError> {
    let asked = Asked::of(&request);
    // Before the ticket is used up: a client that did not mean a socket keeps it.
    let upgrade = socket::upgrade(&request, payload).await?;
    let since = asked.since();
    let seat = asked.enter(&request, &project, &app, Format::Socket, since).await?;
    let watcher = Arc::clone(&seat.watcher);
    Ok(upgrade.start(seat, move |text| socket::obey(text, &watcher)))
}

/// Streams a project's events as server-sent events
///
/// `event: ready` first, then `event: events` with the cursor as `id`; the data is the same JSON as on
/// the socket. `Last-Event-ID` or `since` replays what was missed, up to 10,000 events, else
/// `event: reset`. `event: gap` says that the connection was too slow, `event: close` why it ends.
#[utoipa::path(
    get, path = "/api/realtime/{project}/sse", operation_id = "watch_project_sse", tag = "live",
    params(
        ("project" = Uuid, Path),
        LiveQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The cursor a browser sends by itself"),
    ),
    responses(
        (status = 200, content_type = "text/event-stream", body = StreamEvent),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 429, body = ErrorBody),
    ),
    security(("session" = ["viewer"]), ("ticket" = ["viewer"])),
)]
pub async fn sse(
    request: HttpRequest,
    project: web::Path<String>,
    app: App,
) -> Result<HttpResponse, ApiError> {
    let asked = Asked::of(&request);
    // A browser that comes back says where it was; the address it repeats is older.
    let since = sse::last_event_id(&request).or_else(|| asked.since());
    Ok(sse::respond(asked.enter(&request, &project, &app, Format::Sse, since).await?))
}

/// What the URL of a live connection asks for.
struct Asked {
    query: Result<LiveQuery, ApiError>,
}

impl Asked {
    fn of(request: &HttpRequest) -> Self {
        let query = web::Query::<LiveQuery>::from_query(request.query_string());
        let unreadable = |_| ApiError::new(Code::InvalidQuery, "The parameters can't be read.");
        Self { query: query.map(web::Query::into_inner).map_err(unreadable) }
    }

    fn since(&self) -> Option<String> {
        self.query.as_ref().ok()?.since.clone()
    }

    /// Checks who asks, and takes their place in the stream.
    async fn enter(
        self,
        request: &HttpRequest,
        project: &str,
        app: &App,
        format: Format,
        since: Option<String>,
    ) -> Result<hub::Seat, ApiError> {
        let ticket = self.query.as_ref().ok().and_then(|query| query.ticket.as_deref());
        let who = who_asks(request, app, ticket).await?;
        // The session is asked for with it: it may have ended since the ticket was issued.
        let member =
            extract::member::<Project>(app, who, Uuid::parse_str(project).ok(), Role::Viewer).await?;
        let query = self.query?;
        let filter = socket::filter(query.kind.as_deref(), query.name)?;
        let since = since.filter(|since| !since.is_empty()).map(|since| since.parse::<Cursor>());
        let since = since.transpose().map_err(|error| ApiError::query("since", error))?;
        let visitor =
            Visitor { user: who.user_id, session: who.session_id, org: member.org, project: member.of.id };
        Ok(app.hub.enter(visitor, format, filter, since).await?)
    }
}

/// Who opens a live connection, by ticket or token. Whether their session has not been ended is still to be
/// asked.
async fn who_asks(request: &HttpRequest, app: &App, ticket: Option<&str>) -> Result<SignedIn, ApiError> {
    if !origin::is_own(request, &app.config) {
        let message = "Another site's page may not open live connections.";
        return Err(ApiError::new(Code::OriginNotAllowed, message));
    }
    match ticket {
        Some(ticket) => redeem(app, ticket).await,
        None => SignedIn::claimed(app, bearer(request)),
    }
}

async fn redeem(app: &App, ticket: &str) -> Result<SignedIn, ApiError> {
    let grant = tickets::redeem(&app.bus, ticket).await.map_err(|_| ApiError::unavailable())?;
    let TicketGrant { user, session } = grant.ok_or_else(|| {
        ApiError::new(Code::InvalidTicket, "The ticket is not good, or has been used: ask for another one.")
    })?;
    Ok(SignedIn { user_id: user, session_id: session })
}

impl From<JoinError> for ApiError {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::ProjectGone => Self::not_found(),
            JoinError::TooMany => Self {
                retry_after: Some(10),
                ..Self::new(
                    Code::TooManyRequests,
                    format!("You have {MAX_PER_USER} live connections open already. Close some."),
                )
            },
            JoinError::Closing => Self {
                retry_after: Some(1),
                ..Self::new(Code::Unavailable, "The server is restarting. Try again in a moment.")
            },
            JoinError::Database(error) => error.into(),
        }
    }
}
