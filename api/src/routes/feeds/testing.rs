//! One sample of a feed, saved or not: nothing is stored or published.

use std::sync::Arc;
use std::time::Instant;

use actix_web::web;
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::feeds::secrets::FeedSecrets;
use pulseboard_core::feeds::{self, Feed};
use pulseboard_core::ids::{FeedId, OrgId, ProjectId};
use pulseboard_core::memberships::Role;
use pulseboard_core::projects::Project;
use pulseboard_feeds::{FeedError, FeedType, Given, Sample, Way, numbers};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::definition::{self, Built};
use crate::body::Json;
use crate::error::{ApiError, ErrorBody};
use crate::extract::{Editor, SignedIn, member};
use crate::state::{App, State};

#[derive(Deserialize, ToSchema)]
pub struct FeedTestIn {
    #[schema(value_type = Uuid)]
    project_id: ProjectId,
    #[serde(rename = "type")]
    #[schema(example = "demo")]
    kind: String,
    #[schema(value_type = HashMap<String, Value>, example = json!({"shape": "traffic", "interval_sec": 2}))]
    config: Value,
    /// A saved feed of the project, from which `"********"` in the config is filled.
    #[schema(value_type = Option<Uuid>)]
    feed_id: Option<FeedId>,
}

/// How it went.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum FeedTestOut {
    Good(FeedSampleOut),
    Bad(FeedFailureOut),
}

#[derive(Serialize, ToSchema)]
pub struct FeedSampleOut {
    #[schema(schema_with = always_true)]
    ok: bool,
    took_ms: u64,
    /// Any JSON.
    #[schema(value_type = Value)]
    payload: Value,
    /// What the payload was taken from, if it is a part of something.
    #[schema(value_type = Option<Value>)]
    raw: Option<Value>,
    /// The numbers in the payload.
    fields: Vec<FieldOut>,
}

#[derive(Serialize, ToSchema)]
pub struct FeedFailureOut {
    #[schema(schema_with = always_false)]
    ok: bool,
    took_ms: u64,
    error: FeedProblemOut,
    /// What came, if the payload could not be taken from it.
    #[schema(value_type = Option<Value>)]
    raw: Option<Value>,
}

#[derive(Serialize, ToSchema)]
pub struct FieldOut {
    path: String,
    value: f64,
}

#[derive(Serialize, ToSchema)]
pub struct FeedProblemOut {
    #[schema(example = "timed_out")]
    code: &'static str,
    message: String,
    /// The field of the request that is at fault, if one is.
    #[schema(example = "config.path")]
    field: Option<String>,
}

fn always_true() -> utoipa::openapi::schema::Object {
    always(true)
}

fn always_false() -> utoipa::openapi::schema::Object {
    always(false)
}

/// A schema that tells the two answers apart.
fn always(value: bool) -> utoipa::openapi::schema::Object {
    use utoipa::openapi::schema::{ObjectBuilder, Type};
    ObjectBuilder::new().schema_type(Type::Boolean).enum_values(Some([value])).build()
}

/// Try a definition that is not saved: one sample, nothing stored or published.
#[utoipa::path(post, path = "/api/feeds/test", tag = "feeds", request_body = FeedTestIn, operation_id = "test_unsaved",
    responses((status = 200, body = FeedTestOut), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 422, body = ErrorBody), (status = 429, body = ErrorBody)), security(("session" = ["editor"])))]
pub async fn unsaved(
    app: App,
    who: SignedIn,
    body: Json<FeedTestIn>,
) -> Result<web::Json<FeedTestOut>, ApiError> {
    let FeedTestIn { project_id, kind, config, feed_id } = body.0;
    let who = member::<Project>(&app, who, Some(project_id.0), Role::Editor).await?;
    let saved = match feed_id {
        Some(id) => Some(saved_feed(&app, &who.of, id).await?),
        None => None,
    };
    let kind = definition::kind(&app, &kind)?;
    let secrets = saved.as_ref().map(|feed| (&feed.config, secrets_of(&app, feed)));
    let built = Built::new(&app, kind, config, secrets.as_ref().map(|(config, secrets)| (*config, secrets)))?;
    sampled(&app, who.org, kind, built.whole, None).await
}

/// A feed of this project, and of no other.
async fn saved_feed(app: &State, project: &Project, id: FeedId) -> Result<Feed, ApiError> {
    let found = app
        .db
        .tenant(project.org_id, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(feeds::find(conn, project.org_id, id).await?)
        })
        .await?;
    if found.project_id == project.id { Ok(found) } else { Err(ApiError::not_found()) }
}

fn secrets_of(app: &State, feed: &Feed) -> FeedSecrets {
    let opened = FeedSecrets::open(feed.secrets.as_deref(), &app.feeds.secret_box, feed.org_id, feed.id);
    opened.unwrap_or_default()
}

/// Try a feed as it is saved: one sample, nothing stored or published.
#[utoipa::path(post, path = "/api/feeds/{feed}/test", tag = "feeds", params(("feed" = Uuid, Path)),
    operation_id = "test", responses((status = 200, body = FeedTestOut), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 422, body = ErrorBody), (status = 429, body = ErrorBody)),
    security(("session" = ["editor"])))]
pub async fn saved(app: App, who: Editor<Feed>) -> Result<web::Json<FeedTestOut>, ApiError> {
    let kind = definition::kind(&app, &who.of.kind)?;
    let boxed = &app.feeds.secret_box;
    let secrets = match FeedSecrets::open(who.of.secrets.as_deref(), boxed, who.org, who.of.id) {
        Ok(secrets) => secrets,
        Err(error) => return Ok(failed(0, FeedError::new("secrets_unreadable", error.to_string()))),
    };
    let newest = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(feeds::find_state(conn, who.org, who.of.id).await?.value)
        })
        .await?;
    let config = pulseboard_feeds::with_secrets(who.of.config.clone(), &secrets.config);
    sampled(&app, who.org, kind, config, newest).await
}

/// Takes one sample; of a feed that receives it is the newest that came.
async fn sampled(
    app: &State,
    org: OrgId,
    kind: &FeedType,
    config: Value,
    newest: Option<Value>,
) -> Result<web::Json<FeedTestOut>, ApiError> {
    let _turn = app.feeds.tests.take(org)?;
    let started = Instant::now();
    let result = match (kind.way, newest) {
        (Way::Receives, Some(payload)) => Ok(Sample::one(payload)),
        (Way::Receives, None) => Err(FeedError::new(
            "nothing_received",
            "This feed receives, and nothing has come yet: save it and send JSON to its address.",
        )),
        (Way::Polls, _) => {
            let surroundings = Arc::clone(&app.feeds.surroundings);
            kind.run(Given { config, surroundings, now: pulseboard_core::now() }).await
        }
    };
    let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(match result {
        Ok(Sample { mut payloads, raw }) => {
            let payload = payloads.pop().unwrap_or_default();
            let fields = numbers(&payload).into_iter().map(|(path, value)| FieldOut { path, value });
            let fields = fields.collect();
            web::Json(FeedTestOut::Good(FeedSampleOut { ok: true, took_ms, payload, raw, fields }))
        }
        Err(error) => failed(took_ms, error),
    })
}

fn failed(took_ms: u64, error: FeedError) -> web::Json<FeedTestOut> {
    let field = error.field.map(|field| format!("config.{field}"));
    let problem = FeedProblemOut { code: error.code, message: error.message, field };
    web::Json(FeedTestOut::Bad(FeedFailureOut { ok: false, took_ms, error: problem, raw: error.raw }))
}
