//! Feeds: list, make, show, change, delete, and ask now.

pub mod address;
mod answer;
pub mod brief;
pub mod definition;
pub mod history;
pub mod testing;
pub mod types;

use actix_web::{HttpResponse, web};
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::feeds::{self, Feed, FeedState, FeedsError, hooks};
use pulseboard_core::ids::{FeedId, ProjectId};
use pulseboard_core::memberships::Role;
use pulseboard_core::projects::Project;
use pulseboard_feeds::Way;
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::body::{self, Json, Page};
use crate::caller::Caller;
use crate::error::{ApiError, Code, ErrorBody};
use crate::extract::{Editor, SignedIn, Viewer, member};
use crate::state::App;
use answer::FeedOut;
use definition::Built;

#[derive(Deserialize, ToSchema)]
pub struct FeedIn {
    #[schema(value_type = Uuid)]
    project_id: ProjectId,
    /// One of `GET /api/feeds/types`.
    #[serde(rename = "type")]
    #[schema(example = "demo")]
    kind: String,
    #[schema(example = "Demo")]
    name: String,
    /// By the schema of its type.
    #[schema(value_type = HashMap<String, Value>, example = json!({"shape": "traffic", "interval_sec": 2}))]
    config: Value,
    /// True if it is left out.
    enabled: Option<bool>,
}

#[derive(Deserialize, ToSchema)]
pub struct FeedPatch {
    name: Option<String>,
    /// Replaces the config as a whole. `"********"` in place of a secret keeps the one that is stored.
    #[schema(value_type = Option<HashMap<String, Value>>)]
    config: Option<Value>,
    enabled: Option<bool>,
}

impl From<FeedsError> for ApiError {
    fn from(error: FeedsError) -> Self {
        match error {
            FeedsError::TooMany => ApiError::new(
                Code::Conflict,
                format!("The project has {} feeds, which is as many as it may.", feeds::FEEDS_MAX),
            ),
            FeedsError::Query(error) => error.into(),
        }
    }
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "the right reads it from the query string")]
pub struct FeedsQuery {
    /// The project whose feeds are wanted.
    #[param(value_type = Uuid)]
    project: String,
}

/// The feeds of a project, by name.
#[utoipa::path(get, path = "/api/feeds", tag = "feeds", params(FeedsQuery), responses(
    (status = 200, body = Page<FeedOut>), (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn list(app: App, who: Viewer<Project>) -> Result<web::Json<Page<FeedOut>>, ApiError> {
    let found = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(feeds::list(conn, who.org, who.of.id).await?)
        })
        .await?;
    let items = found.into_iter().map(|found| FeedOut::new(&app, found, who.role));
    Ok(web::Json(Page::whole(items.collect())))
}

/// Make a feed. It is asked at once, unless it is disabled or receives.
#[utoipa::path(post, path = "/api/feeds", tag = "feeds", request_body = FeedIn, responses(
    (status = 201, body = FeedOut), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 422, body = ErrorBody)), security(("session" = ["editor"])))]
pub async fn create(
    app: App,
    who: SignedIn,
    caller: Caller,
    body: Json<FeedIn>,
) -> Result<HttpResponse, ApiError> {
    let FeedIn { project_id, kind, name, config, enabled } = body.0;
    let who = member::<Project>(&app, who, Some(project_id.0), Role::Editor).await?;
    let (id, name) = (FeedId::new(), body::name("name", &name, feeds::NAME_MAX)?);
    let kind = definition::kind(&app, &kind)?;
    let mut built = Built::new(&app, kind, config, None)?;
    built.secrets.hook_key = (kind.way == Way::Receives).then(hooks::new_key);
    let new = built.seal(&app, who.org, id, &name, enabled.unwrap_or(true));
    let (by, now) = (caller.actor(who.user_id), pulseboard_core::now());
    let made = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, ApiError> {
            Ok(feeds::create(conn, &by, &who.of, id, kind.name, new, now).await?)
        })
        .await?;
    announce(&app, &made, None).await;
    Ok(HttpResponse::Created().json(FeedOut::new(&app, made, who.role)))
}

/// One feed, and how it is doing.
#[utoipa::path(get, path = "/api/feeds/{feed}", tag = "feeds", params(("feed" = Uuid, Path)), responses(
    (status = 200, body = FeedOut), (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn show(app: App, who: Viewer<Feed>) -> Result<web::Json<FeedOut>, ApiError> {
    let state = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(feeds::find_state(conn, who.org, who.of.id).await?)
        })
        .await?;
    let Viewer(member) = who;
    Ok(web::Json(FeedOut::new(&app, (member.of, state), member.role)))
}

/// Change a feed. It takes effect within two seconds; what it has found stays.
#[utoipa::path(patch, path = "/api/feeds/{feed}", tag = "feeds", params(("feed" = Uuid, Path)),
    request_body = FeedPatch, responses((status = 200, body = FeedOut), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 422, body = ErrorBody)), security(("session" = ["editor"])))]
pub async fn update(
    app: App,
    who: Editor<Feed>,
    caller: Caller,
    body: Json<FeedPatch>,
) -> Result<web::Json<FeedOut>, ApiError> {
    let (by, patch, now) = (caller.actor(who.user_id), body.0, pulseboard_core::now());
    let (found, hook) = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, ApiError> {
            let before = feeds::lock(conn, who.org, who.of.id).await?;
            let found = definition::apply(&app, conn, &by, &before, &patch, now).await?;
            Ok((found, hooks::get_hash(conn, who.org, who.of.id).await?))
        })
        .await?;
    announce(&app, &found, hook).await;
    Ok(web::Json(FeedOut::new(&app, found, who.role)))
}

/// Tells whoever looks, and whoever remembers its key, that a feed has changed.
pub async fn announce(app: &App, (feed, state): &(Feed, FeedState), hook: Option<Vec<u8>>) {
    if let Some(hash) = hook {
        app.feeds.keys.announce(&app.bus, &hash).await;
    }
    app.bus.publish(feeds::WAKE, bytes::Bytes::new()).await;
    let message = feeds::state_message(feed.id, feed.enabled, state).to_string();
    app.bus.publish(&feeds::topic(feed.project_id), message.into()).await;
}

/// Delete a feed. What it has found stays among the project's events.
#[utoipa::path(delete, path = "/api/feeds/{feed}", tag = "feeds", params(("feed" = Uuid, Path)), responses(
    (status = 204), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)), security(("session" = ["editor"])))]
pub async fn delete(app: App, who: Editor<Feed>, caller: Caller) -> Result<HttpResponse, ApiError> {
    let by = caller.actor(who.user_id);
    let hook = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            let hook = hooks::get_hash(conn, who.org, who.of.id).await?;
            feeds::delete(conn, &by, &who.of).await?;
            Ok(hook)
        })
        .await?;
    if let Some(hash) = hook {
        app.feeds.keys.announce(&app.bus, &hash).await;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Ask a feed now, without waiting for its next tick.
#[utoipa::path(post, path = "/api/feeds/{feed}/refresh", tag = "feeds", params(("feed" = Uuid, Path)), responses(
    (status = 202, body = FeedOut), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody)), security(("session" = ["editor"])))]
pub async fn refresh(app: App, who: Editor<Feed>) -> Result<HttpResponse, ApiError> {
    let state = ask_now(&app, &who.of).await?;
    let Editor(member) = who;
    Ok(HttpResponse::Accepted().json(FeedOut::new(&app, (member.of, state), member.role)))
}

/// Has a feed asked now, if it is one that is asked.
pub async fn ask_now(app: &App, feed: &Feed) -> Result<FeedState, ApiError> {
    definition::require_pollable(feed)?;
    let state = app
        .db
        .tenant(feed.org_id, async |conn: &mut Conn| -> Result<_, DbError> {
            feeds::refresh(conn, feed.org_id, feed.id, pulseboard_core::now()).await?;
            Ok(feeds::find_state(conn, feed.org_id, feed.id).await?)
        })
        .await?;
    app.bus.publish(feeds::WAKE, bytes::Bytes::new()).await;
    Ok(state)
}
