//! The members of an org.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::ids::{OrgId, UserId};
use pulseboard_core::memberships::{self, Member, MembersError, Person, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::auth::UserOut;
use crate::body::{Json, Page};
use crate::caller::Caller;
use crate::error::{ApiError, Code, ErrorBody};
use crate::extract::{Admin, Viewer};
use crate::state::App;

#[derive(Deserialize, ToSchema)]
pub struct MemberPatch {
    role: Role,
}

#[derive(Serialize, ToSchema)]
pub struct MemberOut {
    user: UserOut,
    role: Role,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    joined_at: DateTime<Utc>,
}

impl From<Person> for UserOut {
    fn from(person: Person) -> Self {
        Self { id: person.id, email: person.email, name: person.name }
    }
}

impl From<Member> for MemberOut {
    fn from(member: Member) -> Self {
        Self { user: member.person.into(), role: member.role, joined_at: member.joined_at }
    }
}

impl From<MembersError> for ApiError {
    fn from(error: MembersError) -> Self {
        match error {
            MembersError::LastAdmin => {
                let message = "An org keeps at least one admin: make someone else an admin first.";
                Self::new(Code::LastAdmin, message)
            }
            MembersError::AlreadyMember => Self {
                fields: [("email".into(), "belongs to a member already".into())].into(),
                ..Self::new(Code::AlreadyMember, "Whoever has this e-mail address is a member already.")
            },
            MembersError::NotAdmin(held) => {
                let message = format!("This needs the role admin; yours is {}.", held.as_str());
                Self::new(Code::Forbidden, message)
            }
            MembersError::Query(error) => error.into(),
        }
    }
}

/// Who belongs to an org, by name.
#[utoipa::path(get, path = "/api/orgs/{org}/members", tag = "members", params(("org" = Uuid, Path)),
    responses((status = 200, body = Page<MemberOut>), (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn list(app: App, who: Viewer<OrgId>) -> Result<web::Json<Page<MemberOut>>, ApiError> {
    let members = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(memberships::list(conn, who.org).await?)
        })
        .await?;
    Ok(web::Json(Page::whole(members.into_iter().map(MemberOut::from).collect())))
}

/// Give a member another role. The last admin stays one (409 `last_admin`).
#[utoipa::path(patch, path = "/api/orgs/{org}/members/{user}", tag = "members",
    params(("org" = Uuid, Path), ("user" = Uuid, Path)), request_body = MemberPatch,
    responses((status = 200, body = MemberOut), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 422, body = ErrorBody)), security(("session" = ["admin"])))]
pub async fn update(
    app: App,
    who: Admin<OrgId>,
    caller: Caller,
    path: web::Path<(Uuid, Uuid)>,
    body: Json<MemberPatch>,
) -> Result<web::Json<MemberOut>, ApiError> {
    let (by, user) = (caller.actor(who.user_id), UserId(path.1));
    let member = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, ApiError> {
            Ok(memberships::change_role(conn, &by, who.org, user, body.0.role).await?)
        })
        .await?;
    Ok(web::Json(member.into()))
}

/// Remove a member; whatever role one has, one may remove oneself. Their live connections end within
/// seconds. The last admin can't go (409 `last_admin`).
#[utoipa::path(delete, path = "/api/orgs/{org}/members/{user}", tag = "members",
    params(("org" = Uuid, Path), ("user" = Uuid, Path)), responses((status = 204), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)), security(("session" = ["admin"])))]
pub async fn delete(
    app: App,
    who: Viewer<OrgId>,
    caller: Caller,
    path: web::Path<(Uuid, Uuid)>,
) -> Result<HttpResponse, ApiError> {
    let (by, user) = (caller.actor(who.user_id), UserId(path.1));
    app.db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, ApiError> {
            Ok(memberships::remove(conn, &by, who.org, user).await?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
