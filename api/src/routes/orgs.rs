//! Orgs and invitations to them.

use actix_web::web;
use chrono::{DateTime, Utc};
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::ids::{InvitationId, OrgId};
use pulseboard_core::memberships::Role;
use pulseboard_core::{invitations, orgs};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::{NAME_MAX, OrgOut, email_field};
use crate::body::{self, Json, Page};
use crate::error::{ApiError, ErrorBody};
use crate::extract::{Admin, SignedIn};
use crate::origin;
use crate::state::App;

#[derive(Deserialize, ToSchema)]
pub struct OrgPatch {
    name: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub struct InvitationIn {
    email: String,
    role: Role,
}

#[derive(Serialize, ToSchema)]
pub struct InvitationOut {
    #[schema(value_type = Uuid)]
    id: InvitationId,
    email: String,
    role: Role,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    expires_at: DateTime<Utc>,
    /// Where the invited person goes. Shown once.
    link: String,
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
    body: Json<OrgPatch>,
) -> Result<web::Json<OrgOut>, ApiError> {
    let name = body.0.name.ok_or_else(|| ApiError::field("name", "is required"))?;
    let name = body::name("name", &name, NAME_MAX)?;
    let org = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(orgs::rename(conn, who.org, &name).await?)
        })
        .await?;
    Ok(web::Json(OrgOut { id: org.id, name: org.name, role: who.role }))
}

/// Invite someone. The invitation grants nothing until it is accepted.
#[utoipa::path(post, path = "/api/orgs/{org}/invitations", tag = "orgs", params(("org" = Uuid, Path)),
    request_body = InvitationIn, responses((status = 201, body = InvitationOut), (status = 403, body = ErrorBody),
    (status = 422, body = ErrorBody)), security(("session" = ["admin"])))]
pub async fn invite(
    app: App,
    request: actix_web::HttpRequest,
    who: Admin<OrgId>,
    body: Json<InvitationIn>,
) -> Result<actix_web::HttpResponse, ApiError> {
    let email = email_field(&body.0.email)?;
    let role = body.0.role;
    let (invitation, token) = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(invitations::create(conn, who.org, &email, role, who.user_id, pulseboard_core::now()).await?)
        })
        .await?;
    Ok(actix_web::HttpResponse::Created().json(InvitationOut {
        id: invitation.id,
        email: invitation.email,
        role: invitation.role,
        created_at: invitation.created_at,
        expires_at: invitation.expires_at,
        link: format!("{}/signup?invitation={token}", origin::public_url(&request, &app.config)),
    }))
}
