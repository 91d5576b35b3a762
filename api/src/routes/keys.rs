//! API keys of a project.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use pulseboard_core::api_keys::{self, ApiKey, ApiKeyChanges, KeyKind};
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::ids::ApiKeyId;
use pulseboard_core::projects::Project;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::body::{self, Json, Page};
use crate::caller::Caller;
use crate::error::{ApiError, ErrorBody};
use crate::extract::{Admin, Viewer};
use crate::state::App;

#[derive(Deserialize, ToSchema)]
pub struct KeyIn {
    kind: KeyKind,
    #[schema(example = "iOS app")]
    name: String,
    /// Browser origins that may use it, such as `https://shop.example` or `https://*.example.com`; empty means any.
    #[serde(default)]
    origins: Vec<String>,
}

#[derive(Deserialize, ToSchema)]
pub struct KeyPatch {
    name: Option<String>,
    origins: Option<Vec<String>>,
}

#[derive(Serialize, ToSchema)]
pub struct KeyOut {
    #[schema(value_type = Uuid)]
    id: ApiKeyId,
    kind: KeyKind,
    name: String,
    #[schema(example = "pb_pub_ab12")]
    prefix: String,
    last4: String,
    origins: Vec<String>,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "pulseboard_wire::time::serialize_option")]
    last_used_at: Option<DateTime<Utc>>,
    #[serde(serialize_with = "pulseboard_wire::time::serialize_option")]
    revoked_at: Option<DateTime<Utc>>,
    /// The whole key: of a public one always, of a secret one only in the answer to making it.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

impl From<ApiKey> for KeyOut {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            kind: key.kind,
            name: key.name,
            prefix: key.prefix,
            last4: key.last4,
            origins: key.origins,
            created_at: key.created_at,
            last_used_at: key.last_used_at,
            revoked_at: key.revoked_at,
            key: key.public_key,
        }
    }
}

/// The project's keys, newest first, revoked ones last.
#[utoipa::path(get, path = "/api/projects/{project}/keys", tag = "keys", params(("project" = Uuid, Path)),
    responses((status = 200, body = Page<KeyOut>), (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn list(app: App, who: Viewer<Project>) -> Result<web::Json<Page<KeyOut>>, ApiError> {
    let keys = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(api_keys::list(conn, who.org, who.of.id).await?)
        })
        .await?;
    Ok(web::Json(Page::whole(keys.into_iter().map(KeyOut::from).collect())))
}

/// Make a key.
#[utoipa::path(post, path = "/api/projects/{project}/keys", tag = "keys", params(("project" = Uuid, Path)),
    request_body = KeyIn, responses((status = 201, body = KeyOut), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 422, body = ErrorBody)), security(("session" = ["admin"])))]
pub async fn create(
    app: App,
    who: Admin<Project>,
    caller: Caller,
    body: Json<KeyIn>,
) -> Result<HttpResponse, ApiError> {
    let KeyIn { kind, name, origins } = body.0;
    let name = body::name("name", &name, api_keys::NAME_MAX)?;
    let (origins, by) = (normalise_origins(origins)?, caller.actor(who.user_id));
    let (row, key) = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(api_keys::create(conn, &by, who.org, &who.of, kind, &name, &origins).await?)
        })
        .await?;
    Ok(HttpResponse::Created().json(KeyOut { key: Some(key), ..KeyOut::from(row) }))
}

/// Change a key's name or origins.
#[utoipa::path(patch, path = "/api/projects/{project}/keys/{key}", tag = "keys",
    params(("project" = Uuid, Path), ("key" = Uuid, Path)), request_body = KeyPatch,
    responses((status = 200, body = KeyOut), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 422, body = ErrorBody)), security(("session" = ["admin"])))]
pub async fn update(
    app: App,
    who: Admin<Project>,
    caller: Caller,
    path: web::Path<(Uuid, Uuid)>,
    body: Json<KeyPatch>,
) -> Result<web::Json<KeyOut>, ApiError> {
    let (by, key) = (caller.actor(who.user_id), ApiKeyId(path.1));
    let changes = ApiKeyChanges {
        name: body.0.name.map(|name| body::name("name", &name, api_keys::NAME_MAX)).transpose()?,
        origins: body.0.origins.map(normalise_origins).transpose()?,
    };
    let (row, hash) = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            let row = api_keys::update(conn, &by, who.org, &who.of, key, changes).await?;
            Ok((row, api_keys::hash(conn, who.org, key).await?))
        })
        .await?;
    app.keys.announce(&app.bus, &hash).await;
    Ok(web::Json(row.into()))
}

/// Revoke a key; it is refused everywhere within seconds.
#[utoipa::path(delete, path = "/api/projects/{project}/keys/{key}", tag = "keys",
    params(("project" = Uuid, Path), ("key" = Uuid, Path)), responses((status = 204), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody)), security(("session" = ["admin"])))]
pub async fn delete(
    app: App,
    who: Admin<Project>,
    caller: Caller,
    path: web::Path<(Uuid, Uuid)>,
) -> Result<HttpResponse, ApiError> {
    let (by, key) = (caller.actor(who.user_id), ApiKeyId(path.1));
    let hash = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(api_keys::revoke(conn, &by, who.org, &who.of, key, pulseboard_core::now()).await?)
        })
        .await?;
    app.keys.announce(&app.bus, &hash).await;
    Ok(HttpResponse::NoContent().finish())
}

fn normalise_origins(origins: Vec<String>) -> Result<Vec<String>, ApiError> {
    if origins.len() > api_keys::ORIGINS_MAX {
        return Err(ApiError::field(
            "origins",
            format!("must have at most {} entries", api_keys::ORIGINS_MAX),
        ));
    }
    let normalised = origins.iter().map(|origin| api_keys::normalise_origin(origin)).collect();
    Option::ok_or_else(normalised, || {
        ApiError::field("origins", "must be origins such as https://shop.example or https://*.example.com")
    })
}
