//! Orgs.

use actix_web::web;
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::ids::OrgId;
use pulseboard_core::orgs;
use serde::Deserialize;
use utoipa::ToSchema;

use super::auth::{NAME_MAX, OrgOut};
use crate::body::{self, Json, Page};
use crate::caller::Caller;
use crate::error::{ApiError, ErrorBody};
use crate::extract::{Admin, SignedIn};
use crate::state::App;

#[derive(Deserialize, ToSchema)]
pub struct OrgPatch {
    name: Option<String>,
}

/// The orgs I belong to.
#[utoipa::path(get, path = "/api/orgs", tag = "orgs", responses((status = 200, body = Page<OrgOut>)), security(("session" = [])))]
pub async fn list(app: App, who: SignedIn) -> Result<web::Json<Page<OrgOut>>, ApiError> {
    let orgs = app
        .db
        .system(async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(orgs::list_of_user_in_all_orgs(conn, who.user_id).await?)
        })
        .await?;
    Ok(web::Json(Page::whole(orgs.into_iter().map(|(id, name, role)| OrgOut { id, name, role }).collect())))
}

/// Rename an org.
#[utoipa::path(patch, path = "/api/orgs/{org}", tag = "orgs", params(("org" = Uuid, Path)), request_body = OrgPatch,
    responses((status = 200, body = OrgOut), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)),
    security(("session" = ["admin"])))]
pub async fn update(
    app: App,
    who: Admin<OrgId>,
    caller: Caller,
    body: Json<OrgPatch>,
) -> Result<web::Json<OrgOut>, ApiError> {
    let name = body.0.name.ok_or_else(|| ApiError::field("name", "is required"))?;
    let (name, by) = (body::name("name", &name, NAME_MAX)?, caller.actor(who.user_id));
    let org = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(orgs::rename(conn, &by, who.org, &name).await?)
        })
        .await?;
    Ok(web::Json(OrgOut { id: org.id, name: org.name, role: who.role }))
}
