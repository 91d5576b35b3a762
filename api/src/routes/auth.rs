//! Accounts: register, sign in, stay signed in, sign out.

use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, TimeDelta, Utc};
use pulseboard_core::config::SignUp;
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::ids::{OrgId, SessionId, UserId};
use pulseboard_core::memberships::Role;
use pulseboard_core::passwords::{self, Busy};
use pulseboard_core::sessions::{self, Client, Refreshed, Session};
use pulseboard_core::sign_in::{self, Door, Refused};
use pulseboard_core::sign_in_throttle::{self as throttle, Try};
use pulseboard_core::users::{self, User};
use pulseboard_core::{access_tokens, invitations};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::invitations::{accept_as, invitation_invalid};
use crate::body::{self, Json, Page};
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
pub struct AccessOut {
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

#[derive(Deserialize, ToSchema)]
pub struct PasswordIn {
    current_password: String,
    new_password: String,
}

#[derive(Serialize, ToSchema)]
pub struct AuthConfigOut {
    sign_up: SignUp,
    version: &'static str,
}

#[derive(Serialize, ToSchema)]
pub struct SessionOut {
    #[schema(value_type = Uuid)]
    id: SessionId,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    last_used_at: DateTime<Utc>,
    user_agent: Option<String>,
    ip: Option<String>,
    /// The session that asks.
    current: bool,
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

fn too_soon(wait: TimeDelta) -> ApiError {
    let seconds = wait.num_seconds().max(0).unsigned_abs() + 1;
    let message = format!("Too many failed tries. Try again in {seconds} seconds.");
    ApiError { retry_after: Some(seconds), ..ApiError::new(Code::TooManyRequests, message) }
}

impl From<Busy> for ApiError {
    fn from(_: Busy) -> Self {
        let message = "Too many people are signing in right now. Try again in a moment.";
        Self { retry_after: Some(2), ..Self::new(Code::Unavailable, message) }
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Wrong => Self::new(Code::InvalidCredentials, "E-mail address or password is wrong."),
            Refused::Wait(wait) => too_soon(wait),
            Refused::Busy(busy) => busy.into(),
            Refused::Database(error) => error.into(),
            Refused::Hashing(error) => error.into(),
        }
    }
}

fn door(app: &App) -> Door<'_> {
    Door { db: &app.db, passwords: &app.passwords, secret: &app.secret }
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

/// Exchange the refresh cookie for an access token and the next cookie.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "accounts", responses(
    (status = 200, body = AccessOut), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody)))]
pub async fn refresh(app: App, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    origin::require_own(&request, &app.config)?;
    let secure = origin::is_secure(&request, &app.config);
    let token = refresh_token(&request, secure).ok_or_else(ApiError::unauthenticated)?;
    let client = client(&request, &app);
    let refreshed = app
        .db
        .system(async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(sessions::refresh(conn, &app.secret, &token, &client, pulseboard_core::now()).await?)
        })
        .await?;
    match refreshed {
        Refreshed::Next { session, token } => {
            let body = access(&app, &session)?;
            Ok(HttpResponse::Ok()
                .cookie(refresh_cookie(&token, secure))
                .insert_header((header::CACHE_CONTROL, "no-store"))
                .json(body))
        }
        Refreshed::Reused => {
            tracing::warn!("a refresh token was used twice; its session has been ended");
            Err(ApiError::new(
                Code::SessionRevoked,
                "This session was used from elsewhere and has ended. Sign in again.",
            ))
        }
        Refreshed::Invalid => {
            Err(ApiError::new(Code::SessionRevoked, "This session has ended. Sign in again."))
        }
    }
}

/// Sign out: the session's tokens are worthless from now on.
#[utoipa::path(post, path = "/api/auth/logout", tag = "accounts", responses((status = 204), (status = 403, body = ErrorBody)))]
pub async fn logout(app: App, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    origin::require_own(&request, &app.config)?;
    let secure = origin::is_secure(&request, &app.config);
    if let Some(token) = refresh_token(&request, secure) {
        app.db
            .system(async |conn: &mut Conn| -> Result<_, DbError> {
                let now = pulseboard_core::now();
                Ok(sessions::revoke_by_token(conn, &app.secret, &token, now).await?)
            })
            .await?;
    }
    let mut gone = refresh_cookie("", secure);
    gone.make_removal();
    Ok(HttpResponse::NoContent().cookie(gone).finish())
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

/// Change my password; my other sessions end.
#[utoipa::path(post, path = "/api/auth/password", tag = "accounts", request_body = PasswordIn, responses(
    (status = 204), (status = 422, body = ErrorBody), (status = 429, body = ErrorBody)), security(("session" = [])))]
pub async fn change_password(
    app: App,
    who: SignedIn,
    request: HttpRequest,
    body: Json<PasswordIn>,
) -> Result<HttpResponse, ApiError> {
    let PasswordIn { current_password, new_password } = body.0;
    let client = client(&request, &app);
    let confirmed =
        sign_in::confirm(door(&app), who.user_id, who.session_id, current_password, &client).await;
    let user = confirmed.map_err(|refused| match refused {
        Refused::Wrong => ApiError::field("current_password", "is not your password"),
        other => other.into(),
    })?;
    passwords::check(&new_password, &user.email)
        .map_err(|weak| ApiError::field("new_password", weak.to_string()))?;
    let hash = app.passwords.turn().await?.hash(new_password).await?;
    app.db
        .system(async |conn: &mut Conn| -> Result<_, DbError> {
            users::set_password(conn, who.user_id, &hash).await?;
            sessions::revoke_others(conn, who.user_id, who.session_id, pulseboard_core::now()).await?;
            Ok(())
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who may sign up here, and which version this is.
#[utoipa::path(get, path = "/api/auth/config", tag = "accounts", responses((status = 200, body = AuthConfigOut)))]
pub async fn config(app: App) -> web::Json<AuthConfigOut> {
    web::Json(AuthConfigOut { sign_up: app.config.sign_up, version: env!("CARGO_PKG_VERSION") })
}

/// Where I am signed in.
#[utoipa::path(get, path = "/api/auth/sessions", tag = "accounts", responses((status = 200, body = Page<SessionOut>)),
    security(("session" = [])))]
pub async fn sessions(app: App, who: SignedIn) -> Result<web::Json<Page<SessionOut>>, ApiError> {
    let sessions = app
        .db
        .system(async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(sessions::list(conn, who.user_id, pulseboard_core::now()).await?)
        })
        .await?;
    let out = |session: Session| SessionOut {
        id: session.id,
        created_at: session.created_at,
        last_used_at: session.last_used_at,
        user_agent: session.user_agent,
        ip: session.ip,
        current: session.id == who.session_id,
    };
    Ok(web::Json(Page::whole(sessions.into_iter().map(out).collect())))
}

/// End one of my sessions.
#[utoipa::path(delete, path = "/api/auth/sessions/{session}", tag = "accounts", params(("session" = Uuid, Path)),
    responses((status = 204), (status = 404, body = ErrorBody)), security(("session" = [])))]
pub async fn revoke_session(
    app: App,
    who: SignedIn,
    session: web::Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let session = SessionId(session.into_inner());
    app.db
        .system(async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(sessions::revoke_of_user(conn, who.user_id, session, pulseboard_core::now()).await?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
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

fn client(request: &HttpRequest, state: &State) -> Client {
    let user_agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Client {
        user_agent: user_agent.map(|text| text.chars().take(300).collect()),
        ip: origin::client_ip(request, &state.config),
    }
}

fn access(state: &State, session: &Session) -> Result<AccessOut, ApiError> {
    let access_token = state.access_tokens.sign(session.user_id, session.id, pulseboard_core::now())?;
    Ok(AccessOut { access_token, expires_in: access_tokens::LIFETIME.num_seconds() })
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

/// Over TLS the cookie is bound to this host and to TLS by its name; over plain HTTP, as on one's own
/// machine, browsers would refuse that name.
const SECURE_COOKIE: &str = "__Host-pulseboard";
const PLAIN_COOKIE: &str = "pulseboard";

/// Over TLS the plain name counts for nothing: another host of the same domain, or whoever answers for us
/// without TLS, can set it, and would sign people in as somebody else.
fn refresh_token(request: &HttpRequest, secure: bool) -> Option<String> {
    let cookie = request.cookie(if secure { SECURE_COOKIE } else { PLAIN_COOKIE })?;
    Some(cookie.value().to_owned()).filter(|token| !token.is_empty())
}

fn refresh_cookie(token: &str, secure: bool) -> Cookie<'static> {
    let name = if secure { SECURE_COOKIE } else { PLAIN_COOKIE };
    Cookie::build(name, token.to_owned())
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(SameSite::Lax)
        .max_age(CookieDuration::seconds(sessions::LIFETIME.num_seconds()))
        .finish()
}
