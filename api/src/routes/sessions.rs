//! Sessions: staying signed in by cookie, signing out, where one is signed in.

use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use pulseboard_core::access_tokens;
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::ids::SessionId;
use pulseboard_core::sessions::{self, Client, Refreshed, Session};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::body::Page;
use crate::error::{ApiError, Code, ErrorBody};
use crate::extract::SignedIn;
use crate::origin;
use crate::state::{App, State};

#[derive(Serialize, ToSchema)]
pub struct AccessOut {
    pub access_token: String,
    /// Seconds.
    pub expires_in: i64,
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

/// Where I am signed in.
#[utoipa::path(get, path = "/api/auth/sessions", operation_id = "sessions", tag = "accounts", responses((status = 200, body = Page<SessionOut>)),
    security(("session" = [])))]
pub async fn list(app: App, who: SignedIn) -> Result<web::Json<Page<SessionOut>>, ApiError> {
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
#[utoipa::path(delete, path = "/api/auth/sessions/{session}", operation_id = "revoke_session", tag = "accounts", params(("session" = Uuid, Path)),
    responses((status = 204), (status = 404, body = ErrorBody)), security(("session" = [])))]
pub async fn delete(app: App, who: SignedIn, session: web::Path<Uuid>) -> Result<HttpResponse, ApiError> {
    let session = SessionId(session.into_inner());
    app.db
        .system(async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(sessions::revoke_of_user(conn, who.user_id, session, pulseboard_core::now()).await?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Where a request comes from, as sessions show it.
pub fn client(request: &HttpRequest, state: &State) -> Client {
    let user_agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Client {
        user_agent: user_agent.map(|text| text.chars().take(300).collect()),
        ip: origin::client_ip(request, &state.config),
    }
}

/// An access token of this session.
pub fn access(state: &State, session: &Session) -> Result<AccessOut, ApiError> {
    let access_token = state.access_tokens.sign(session.user_id, session.id, pulseboard_core::now())?;
    Ok(AccessOut { access_token, expires_in: access_tokens::LIFETIME.num_seconds() })
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

/// What carries a refresh token; `secure` where the client speaks TLS.
pub fn refresh_cookie(token: &str, secure: bool) -> Cookie<'static> {
    let name = if secure { SECURE_COOKIE } else { PLAIN_COOKIE };
    Cookie::build(name, token.to_owned())
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(SameSite::Lax)
        .max_age(CookieDuration::seconds(sessions::LIFETIME.num_seconds()))
        .finish()
}
