//! Invitations to an org: made and taken back by its admins, looked at and accepted by whoever has the link.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use pulseboard_core::audit::Actor;
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::ids::{InvitationId, OrgId, UserId};
use pulseboard_core::invitations::{self, Invitation};
use pulseboard_core::memberships::{Person, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::auth::{self, MeOut, UserOut, email_field};
use crate::body::{Json, Page};
use crate::caller::Caller;
use crate::error::{ApiError, Code, ErrorBody};
use crate::extract::{Admin, SignedIn};
use crate::origin;
use crate::state::App;

#[derive(Deserialize, ToSchema)]
pub struct InvitationIn {
    #[schema(example = "bob@example.com")]
    email: String,
    role: Role,
}

#[derive(Serialize, ToSchema)]
pub struct InvitationOut {
    #[schema(value_type = Uuid)]
    id: InvitationId,
    email: String,
    role: Role,
    /// Nobody if they have left.
    invited_by: Option<UserOut>,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    expires_at: DateTime<Utc>,
    /// Where the invited person goes; only in the answer to making it.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// An invitation as whoever has its link sees it.
#[derive(Serialize, ToSchema)]
pub struct OpenInvitationOut {
    org: OrgNameOut,
    /// The address it was made for.
    email: String,
    role: Role,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    expires_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
pub struct OrgNameOut {
    name: String,
}

impl InvitationOut {
    fn new(invitation: Invitation, invited_by: Option<Person>) -> Self {
        Self {
            id: invitation.id,
            email: invitation.email,
            role: invitation.role,
            invited_by: invited_by.map(UserOut::from),
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
            link: None,
        }
    }
}

pub fn invitation_invalid() -> ApiError {
    ApiError::new(Code::InvitationInvalid, "This invitation is not valid any more. Ask for a new one.")
}

/// Pending invitations, newest first.
#[utoipa::path(get, path = "/api/orgs/{org}/invitations", tag = "invitations", params(("org" = Uuid, Path)),
    responses((status = 200, body = Page<InvitationOut>), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody)), security(("session" = ["admin"])))]
pub async fn list(app: App, who: Admin<OrgId>) -> Result<web::Json<Page<InvitationOut>>, ApiError> {
    let pending = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(invitations::list(conn, who.org, pulseboard_core::now()).await?)
        })
        .await?;
    let out = pending.into_iter().map(|(invitation, by)| InvitationOut::new(invitation, by));
    Ok(web::Json(Page::whole(out.collect())))
}

/// Invite someone. The invitation grants nothing until it is accepted; it replaces a pending one for the
/// same address. 409 `already_member` if the address is a member's.
#[utoipa::path(post, path = "/api/orgs/{org}/invitations", tag = "invitations", params(("org" = Uuid, Path)),
    request_body = InvitationIn, responses((status = 201, body = InvitationOut), (status = 403, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 422, body = ErrorBody)), security(("session" = ["admin"])))]
pub async fn create(
    app: App,
    request: HttpRequest,
    who: Admin<OrgId>,
    caller: Caller,
    body: Json<InvitationIn>,
) -> Result<HttpResponse, ApiError> {
    let (by, email, role) = (caller.actor(who.user_id), email_field(&body.0.email)?, body.0.role);
    let (invitation, invited_by, token) = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, ApiError> {
            Ok(invitations::create(conn, &by, who.org, &email, role, pulseboard_core::now()).await?)
        })
        .await?;
    let link = format!("{}/invite/{token}", origin::public_url(&request, &app.config));
    Ok(HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(InvitationOut { link: Some(link), ..InvitationOut::new(invitation, invited_by) }))
}

/// Take a pending invitation back: its link opens nothing any more.
#[utoipa::path(delete, path = "/api/orgs/{org}/invitations/{invitation}", tag = "invitations",
    params(("org" = Uuid, Path), ("invitation" = Uuid, Path)), responses((status = 204),
    (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)), security(("session" = ["admin"])))]
pub async fn delete(
    app: App,
    who: Admin<OrgId>,
    caller: Caller,
    path: web::Path<(Uuid, Uuid)>,
) -> Result<HttpResponse, ApiError> {
    let (by, invitation) = (caller.actor(who.user_id), InvitationId(path.1));
    app.db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(invitations::withdraw(conn, &by, who.org, invitation).await?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What an invitation is to, for whoever has its link.
#[utoipa::path(get, path = "/api/invitations/{token}", tag = "invitations", params(("token" = String, Path)),
    responses((status = 200, body = OpenInvitationOut), (status = 403, body = ErrorBody)))]
pub async fn show(app: App, token: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let found = app
        .db
        .system(async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(invitations::get_open_in_all_orgs(conn, &token, pulseboard_core::now()).await?)
        })
        .await?;
    let (Invitation { email, role, expires_at, .. }, name) = found.ok_or_else(invitation_invalid)?;
    let out = OpenInvitationOut { org: OrgNameOut { name }, email, role, expires_at };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(out))
}

/// Join an org by invitation. Who is a member already keeps the role they have.
#[utoipa::path(post, path = "/api/invitations/{token}/accept", tag = "invitations", params(("token" = String, Path)),
    responses((status = 200, body = MeOut), (status = 403, body = ErrorBody)), security(("session" = [])))]
pub async fn accept(
    app: App,
    who: SignedIn,
    caller: Caller,
    token: web::Path<String>,
) -> Result<web::Json<MeOut>, ApiError> {
    let by = caller.actor(who.user_id);
    app.db
        .system(async |conn: &mut Conn| -> Result<_, ApiError> {
            accept_as(conn, &by, &token, who.user_id).await
        })
        .await?;
    auth::me(app, who).await
}

/// Uses an invitation up for a person. System scope: they do not belong to its org yet.
pub async fn accept_as(conn: &mut Conn, by: &Actor, token: &str, user: UserId) -> Result<(), ApiError> {
    let now = pulseboard_core::now();
    let accepted = invitations::accept_in_all_orgs(conn, by, token, user, now).await?;
    accepted.map(drop).ok_or_else(invitation_invalid)
}
