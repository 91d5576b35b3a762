//! Accounts: register, sign in, who one is.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::TimeDelta;
use pulseboard_core::config::SignUp;
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::ids::{OrgId, UserId};
use pulseboard_core::memberships::Role;
use pulseboard_core::sessions::{self, Session};
use pulseboard_core::sign_in_throttle::{self as throttle, Try};
use pulseboard_core::users::{self, User};
use pulseboard_core::{invitations, passwords, sign_in};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::invitations::{accept_as, invitation_invalid};
use super::passwords::{door, too_soon};
use super::sessions::{AccessOut, access, client, refresh_cookie};
use crate::body::{self, Json};
use crate::caller::Caller;
use crate::error::{ApiError, Code, ErrorBody};
use crate::extract::SignedIn;
use crate::origin;
use crate::state::{App, State};

/// Longest name of a person or org, in characters.
pub const NAME_MAX: usize = 100;

#[derive(Deserialize, ToSchema)]
pub struct RegisterIn {
    #[schema(example = "ann@example.com")]
    email: String,
    /// 10 characters or more.
    password: String,
    /// Defaults to the part of the address before the @.
    name: Option<String>,
    /// Token of an invitation; joins its org as well.
    invitation: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub struct LoginIn {
    email: String,
    password: String,
}

#[derive(Serialize, ToSchema)]
pub struct UserOut {
    #[schema(value_type = Uuid)]
    pub id: UserId,
    pub email: String,
    pub name: String,
}

#[derive(Serialize, ToSchema)]
pub struct OrgOut {
    #[schema(value_type = Uuid)]
    pub id: OrgId,
    pub name: String,
    pub role: Role,
}

#[derive(Serialize, ToSchema)]
pub struct SignedInOut {
    user: UserOut,
    /// The org to begin with.
    org: Option<OrgOut>,
    access_token: String,
    /// Seconds.
    expires_in: i64,
}

#[derive(Serialize, ToSchema)]
pub struct MeOut {
    user: UserOut,
    orgs: Vec<OrgOut>,
}

#[derive(Deserialize, ToSchema)]
pub struct MePatch {
    name: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct AuthConfigOut {
    sign_up: SignUp,
    version: &'static str,
}

impl From<User> for UserOut {
    fn from(user: User) -> Self {
        Self { id: user.id, email: user.email, name: user.name }
    }
}

/// Make an account, and a personal org with it.
#[utoipa::path(post, path = "/api/auth/register", tag = "accounts", request_body = RegisterIn, responses(
    (status = 201, body = SignedInOut), (status = 403, body = ErrorBody), (status = 409, body = ErrorBody),
    (status = 422, body = ErrorBody), (status = 429, body = ErrorBody)))]
pub async fn register(
    app: App,
    request: HttpRequest,
    body: Json<RegisterIn>,
) -> Result<HttpResponse, ApiError> {
    origin::require_own(&request, &app.config)?;
    let RegisterIn { email, password, name, invitation } = body.0;
    let email = email_field(&email)?;
    passwords::check(&password, &email).map_err(|weak| ApiError::field("password", weak.to_string()))?;
    let local = email.split('@').next().unwrap_or_default();
    let name = body::name(
        "name",
        name.as_deref().filter(|name| !name.trim().is_empty()).unwrap_or(local),
        NAME_MAX,
    )?;
    let (client, caller) = (client(&request, &app), Caller::of(&request, &app));
    let asked = Try::at_sign_up(client.ip.as_deref());
    may_register(&app, invitation.as_deref(), &asked).await?;
    let hash = app.passwords.turn().await?.hash(password).await?;
    let now = pulseboard_core::now();
    let made = app
        .db
        .system(async |conn: &mut Conn| -> Result<_, ApiError> {
            let (user, org) = users::register(conn, &email, &name, &hash).await?;
            if let Some(invitation) = &invitation {
                accept_as(conn, &caller.actor(user.id), invitation, user.id).await?;
            }
            let (session, token) = sessions::start(conn, &app.secret, user.id, &client, now).await?;
            Ok((user, org, session, token))
        })
        .await;
    if made.as_ref().is_err_and(|error| error.code == Code::EmailTaken) {
        app.db
            .system(async |conn: &mut Conn| -> Result<_, DbError> {
                Ok(throttle::record_failure(conn, &asked, now).await?)
            })
            .await?;
    }
    let (user, org, session, token) = made?;
    let org = OrgOut { id: org.id, name: org.name, role: Role::Admin };
    signed_in(&app, &request, actix_web::http::StatusCode::CREATED, user, Some(org), &session, &token)
}

/// Whether this installation lets someone in by this way. Asked before anything is said of the address:
/// where sign-up is by invitation, only who has one may learn whether an address is registered.
async fn may_register(app: &App, invitation: Option<&str>, asked: &Try) -> Result<(), ApiError> {
    match (app.config.sign_up, invitation) {
        (SignUp::Closed, _) => {
            return Err(ApiError::new(Code::RegistrationClosed, "Sign-up is closed here."));
        }
        (SignUp::Invitation, None) => {
            return Err(ApiError::new(Code::RegistrationClosed, "Sign-up is by invitation here."));
        }
        _ => {}
    }
    let now = pulseboard_core::now();
    let (wait, is_open) = app
        .db
        .system(async |conn: &mut Conn| -> Result<_, DbError> {
            let wait = throttle::required_wait(conn, asked, now).await?;
            let is_open = match invitation {
                Some(token) => invitations::is_open_in_all_orgs(conn, token, now).await?,
                None => true,
            };
            Ok((wait, is_open))
        })
        .await?;
    if wait > TimeDelta::zero() {
        return Err(too_soon(wait));
    }
    if is_open { Ok(()) } else { Err(invitation_invalid()) }
}

/// Sign in with e-mail address and password.
#[utoipa::path(post, path = "/api/auth/login", tag = "accounts", request_body = LoginIn, responses(
    (status = 200, body = SignedInOut), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
    (status = 429, body = ErrorBody)))]
pub async fn login(app: App, request: HttpRequest, body: Json<LoginIn>) -> Result<HttpResponse, ApiError> {
    origin::require_own(&request, &app.config)?;
    // What can't be an address is nobody's, and costs as much.
    let email = users::normalise_email(&body.0.email).unwrap_or_default();
    let client = client(&request, &app);
    let (user, session, token) = sign_in::sign_in(door(&app), &email, body.0.password, &client).await?;
    let org = app
        .db
        .system(async |conn: &mut Conn| -> Result<_, ApiError> {
            Ok(orgs(conn, user.id).await?.into_iter().next())
        })
        .await?;
    signed_in(&app, &request, actix_web::http::StatusCode::OK, user, org, &session, &token)
}

/// Who am I, and which orgs do I belong to?
#[utoipa::path(get, path = "/api/auth/me", tag = "accounts", responses((status = 200, body = MeOut), (status = 401, body = ErrorBody)),
    security(("session" = [])))]
pub async fn me(app: App, who: SignedIn) -> Result<web::Json<MeOut>, ApiError> {
    app.db
        .system(async |conn: &mut Conn| -> Result<_, ApiError> {
            let user = users::find(conn, who.user_id).await?.into();
            Ok(web::Json(MeOut { user, orgs: orgs(conn, who.user_id).await? }))
        })
        .await
}

/// Change my name.
#[utoipa::path(patch, path = "/api/auth/me", tag = "accounts", request_body = MePatch, responses(
    (status = 200, body = MeOut), (status = 422, body = ErrorBody)), security(("session" = [])))]
pub async fn update_me(app: App, who: SignedIn, body: Json<MePatch>) -> Result<web::Json<MeOut>, ApiError> {
    let name = body.0.name.map(|name| body::name("name", &name, NAME_MAX)).transpose()?;
    app.db
        .system(async |conn: &mut Conn| -> Result<_, ApiError> {
            let user = match &name {
                Some(name) => users::rename(conn, who.user_id, name).await?,
                None => users::find(conn, who.user_id).await?,
            };
            Ok(web::Json(MeOut { user: user.into(), orgs: orgs(conn, who.user_id).await? }))
        })
        .await
}

/// Who may sign up here, and which version this is.
#[utoipa::path(get, path = "/api/auth/config", tag = "accounts", responses((status = 200, body = AuthConfigOut)))]
pub async fn config(app: App) -> web::Json<AuthConfigOut> {
    web::Json(AuthConfigOut { sign_up: app.config.sign_up, version: env!("CARGO_PKG_VERSION") })
}

async fn orgs(conn: &mut Conn, user: UserId) -> Result<Vec<OrgOut>, ApiError> {
    let orgs = users::orgs_of(conn, user).await?;
    Ok(orgs.into_iter().map(|(id, name, role)| OrgOut { id, name, role }).collect())
}

/// The address in its stored form, or which field is wrong.
pub fn email_field(text: &str) -> Result<String, ApiError> {
    users::normalise_email(text)
        .ok_or_else(|| ApiError::field("email", "must be an e-mail address, such as ann@example.com"))
}

fn signed_in(
    state: &State,
    request: &HttpRequest,
    status: actix_web::http::StatusCode,
    user: User,
    org: Option<OrgOut>,
    session: &Session,
    token: &str,
) -> Result<HttpResponse, ApiError> {
    let AccessOut { access_token, expires_in } = access(state, session)?;
    let cookie = refresh_cookie(token, origin::is_secure(request, &state.config));
    let body = SignedInOut { user: user.into(), org, access_token, expires_in };
    Ok(HttpResponse::build(status)
        .cookie(cookie)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(body))
}
