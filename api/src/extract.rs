//! Who asks: the right is in a handler's signature.
//!
//! [`SignedIn`] is anyone with a session; [`Viewer`] and [`Admin`] are members of the org
//! that the path's project or org belongs to, with at least that role. What belongs to another tenant
//! is not there (404); what needs a higher role is 403.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use pulseboard_core::access_tokens::TokenError;
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::ids::{OrgId, ProjectId, SessionId, UserId};
use pulseboard_core::memberships::{self, Role};
use pulseboard_core::projects::Project;
use pulseboard_core::sessions;

use crate::error::{ApiError, Code};
use crate::state::State;

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

fn state(request: &HttpRequest) -> Result<web::Data<State>, ApiError> {
    let state = request.app_data::<web::Data<State>>().cloned();
    state.ok_or_else(|| ApiError::internal(&"the application has no state"))
}

/// The bearer token of a request.
pub fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Anyone with a session.
#[derive(Clone, Copy, Debug)]
pub struct SignedIn {
    pub user_id: UserId,
    pub session_id: SessionId,
}

impl SignedIn {
    /// Checks the token, and that its session has not been ended.
    async fn from_token(state: &State, token: Option<String>) -> Result<Self, ApiError> {
        let token = token.ok_or_else(ApiError::unauthenticated)?;
        let claims = state.access_tokens.verify(&token).map_err(|error| match error {
            TokenError::Expired => {
                ApiError::new(Code::TokenExpired, "The access token has expired: refresh it.")
            }
            TokenError::Invalid => ApiError::new(Code::Unauthenticated, "The access token is not valid."),
        })?;
        let who = Self { user_id: claims.sub, session_id: claims.sid };
        let active = state
            .db
            .system(async |conn: &mut Conn| -> Result<_, DbError> {
                Ok(sessions::is_active(conn, who.session_id, pulseboard_core::now()).await?)
            })
            .await?;
        if active {
            Ok(who)
        } else {
            Err(ApiError::new(Code::SessionRevoked, "This session has ended. Sign in again."))
        }
    }
}

impl FromRequest for SignedIn {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (state, token) = (state(request), bearer(request).map(str::to_owned));
        Box::pin(async move { SignedIn::from_token(&*state?, token).await })
    }
}

/// What a role is held in: found by its id in the path.
pub trait Scope: Sized + 'static {
    /// The id's name in the path.
    const PARAM: &'static str;

    /// The thing and the person's role there; nothing if it is not theirs.
    fn find(
        conn: &mut Conn,
        id: uuid::Uuid,
        user: UserId,
    ) -> impl Future<Output = Result<Option<(Self, OrgId, Role)>, DbError>>;
}

impl Scope for Project {
    const PARAM: &'static str = "project";

    async fn find(
        conn: &mut Conn,
        id: uuid::Uuid,
        user: UserId,
    ) -> Result<Option<(Self, OrgId, Role)>, DbError> {
        let found = memberships::get_project_in_all_orgs(conn, ProjectId(id), user).await?;
        Ok(found.map(|(project, role)| {
            let org = project.org_id;
            (project, org, role)
        }))
    }
}

impl Scope for OrgId {
    const PARAM: &'static str = "org";

    async fn find(
        conn: &mut Conn,
        id: uuid::Uuid,
        user: UserId,
    ) -> Result<Option<(Self, OrgId, Role)>, DbError> {
        let org = OrgId(id);
        let role = memberships::get_role_in_all_orgs(conn, org, user).await?;
        Ok(role.map(|role| (org, org, role)))
    }
}

/// A member in the scope of what the path names.
#[derive(Clone, Debug)]
pub struct Member<T> {
    pub user_id: UserId,
    pub org: OrgId,
    pub role: Role,
    /// The project or org the path names.
    pub of: T,
}

async fn member<T: Scope>(
    state: web::Data<State>,
    token: Option<String>,
    id: Option<String>,
    at_least: Role,
) -> Result<Member<T>, ApiError> {
    let who = SignedIn::from_token(&state, token).await?;
    let id = id.and_then(|id| uuid::Uuid::parse_str(&id).ok()).ok_or_else(ApiError::not_found)?;
    let found = state.db.system(async |conn: &mut Conn| T::find(conn, id, who.user_id).await).await?;
    let (of, org, role) = found.ok_or_else(ApiError::not_found)?;
    if role < at_least {
        let message = format!("This needs the role {}; yours is {}.", at_least.as_str(), role.as_str());
        return Err(ApiError::new(Code::Forbidden, message));
    }
    Ok(Member { user_id: who.user_id, org, role, of })
}

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        pub struct $name<T>(pub Member<T>);

        impl<T> std::ops::Deref for $name<T> {
            type Target = Member<T>;
            fn deref(&self) -> &Member<T> {
                &self.0
            }
        }

        impl<T: Scope> FromRequest for $name<T> {
            type Error = ApiError;
            type Future = Extracting<Self>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let (state, token) = (state(request), bearer(request).map(str::to_owned));
                let id = request.match_info().get(T::PARAM).map(str::to_owned);
                Box::pin(async move { Ok(Self(member(state?, token, id, Role::$name).await?)) })
            }
        }
    )+};
}

roles! {
    /// May read.
    Viewer;
    /// May also change keys, members and settings, and delete.
    Admin;
}
