//! Feeds: list, make, show, change, delete, ask now, and give a webhook another address.

pub mod brief;
pub mod definition;
pub mod history;
pub mod testing;
pub mod types;

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::feeds::secrets::FeedSecrets;
use pulseboard_core::feeds::{self, Feed, FeedHealth, FeedState, FeedsError, hooks};
use pulseboard_core::ids::{FeedId, ProjectId};
use pulseboard_core::memberships::Role;
use pulseboard_core::projects::Project;
use pulseboard_core::secrets;
use pulseboard_feeds::{Way, find, masked, numbers};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::body::{self, Json, Page};
use crate::caller::Caller;
use crate::error::{ApiError, Code, ErrorBody};
use crate::extract::{Editor, SignedIn, Viewer, member};
use crate::state::{App, State};
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

#[derive(Serialize, ToSchema)]
pub struct FeedOut {
    #[schema(value_type = Uuid)]
    id: FeedId,
    #[schema(value_type = Uuid)]
    project_id: ProjectId,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    /// Secrets read `"********"`.
    #[schema(value_type = HashMap<String, Value>)]
    config: Value,
    enabled: bool,
    /// Seconds; null: it receives.
    interval_sec: Option<i32>,
    state: FeedHealth,
    #[serde(serialize_with = "pulseboard_wire::time::serialize_option")]
    last_run: Option<DateTime<Utc>>,
    #[serde(serialize_with = "pulseboard_wire::time::serialize_option")]
    last_ok: Option<DateTime<Utc>>,
    /// Null since it last went well.
    last_error: Option<FeedErrorOut>,
    /// Null if it is disabled or receives.
    #[serde(serialize_with = "pulseboard_wire::time::serialize_option")]
    next_run: Option<DateTime<Utc>>,
    /// The newest payload; kept while it fails.
    last_value: Option<FeedValueOut>,
    /// Paths of the numbers in the newest payload.
    fields: Vec<String>,
    /// Where a webhook is sent to; null for viewers, and for feeds that poll.
    hook_url: Option<String>,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    updated_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
pub struct FeedErrorOut {
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    at: DateTime<Utc>,
    message: String,
    /// How often in a row.
    failures: i32,
}

#[derive(Serialize, ToSchema)]
pub struct FeedValueOut {
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    ts: DateTime<Utc>,
    /// Any JSON.
    #[schema(value_type = Value)]
    payload: Value,
}

impl FeedOut {
    fn new(app: &State, (feed, state): (Feed, FeedState), role: Role) -> Self {
        // What can't be read is not shown, and is told where the feed is run.
        let sealed = FeedSecrets::open(feed.secrets.as_deref(), &app.feeds.secret_box, feed.org_id, feed.id);
        let secrets = sealed.unwrap_or_default();
        let hook_key = secrets.hook_key.filter(|_| role >= Role::Editor);
        let health = state.health(feed.enabled);
        let error = state.error_at.zip(state.error);
        let value = state.value_ts.zip(state.value);
        Self {
            id: feed.id,
            project_id: feed.project_id,
            kind: feed.kind,
            name: feed.name,
            config: masked(feed.config, &secrets.config),
            enabled: feed.enabled,
            interval_sec: feed.interval_sec,
            state: health,
            last_run: state.last_run,
            last_ok: state.last_ok,
            last_error: error.map(|(at, message)| FeedErrorOut { at, message, failures: state.failures }),
            next_run: state.due_at,
            fields: value.iter().flat_map(|(_, value)| numbers(value)).map(|(path, _)| path).collect(),
            last_value: value.map(|(ts, payload)| FeedValueOut { ts, payload }),
            hook_url: hook_key.map(|key| format!("/hooks/{key}")),
            created_at: feed.created_at,
            updated_at: feed.updated_at,
        }
    }
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
    definition::require_pollable(&who.of)?;
    let state = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            feeds::refresh(conn, who.org, who.of.id, pulseboard_core::now()).await?;
            Ok(feeds::find_state(conn, who.org, who.of.id).await?)
        })
        .await?;
    app.bus.publish(feeds::WAKE, bytes::Bytes::new()).await;
    let Editor(member) = who;
    Ok(HttpResponse::Accepted().json(FeedOut::new(&app, (member.of, state), member.role)))
}

/// Give a webhook a new address. The old one takes nothing any more.
#[utoipa::path(post, path = "/api/feeds/{feed}/rotate", tag = "feeds", params(("feed" = Uuid, Path)), responses(
    (status = 200, body = FeedOut), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody)), security(("session" = ["editor"])))]
pub async fn rotate(app: App, who: Editor<Feed>, caller: Caller) -> Result<web::Json<FeedOut>, ApiError> {
    if find(&who.of.kind).is_none_or(|kind| kind.way != Way::Receives) {
        return Err(ApiError::new(Code::Conflict, "This feed polls: it has no address of its own."));
    }
    let by = caller.actor(who.user_id);
    let (found, old) = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, ApiError> {
            let old = hooks::get_hash(conn, who.org, who.of.id).await?;
            let before = feeds::lock(conn, who.org, who.of.id).await?;
            let boxed = &app.feeds.secret_box;
            let opened = FeedSecrets::open(before.secrets.as_deref(), boxed, who.org, before.id);
            let (key, now) = (hooks::new_key(), pulseboard_core::now());
            let hash = secrets::hash_token(&key);
            let kept = FeedSecrets { hook_key: Some(key), ..opened.unwrap_or_default() };
            let sealed = kept.seal(boxed, who.org, before.id).unwrap_or_default();
            let after = hooks::rotate(conn, &by, &before, sealed, &hash, now).await?;
            Ok(((after, feeds::find_state(conn, who.org, before.id).await?), old))
        })
        .await?;
    announce(&app, &found, old).await;
    Ok(web::Json(FeedOut::new(&app, found, who.role)))
}
