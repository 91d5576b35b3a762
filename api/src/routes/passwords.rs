//! Passwords: changing one's own, and why somebody is refused who has to know one.

use actix_web::{HttpRequest, HttpResponse};
use chrono::TimeDelta;
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::passwords::{self, Busy};
use pulseboard_core::sign_in::{self, Door, Refused};
use pulseboard_core::{sessions, users};
use serde::Deserialize;
use utoipa::ToSchema;

use super::sessions::client;
use crate::body::Json;
use crate::error::{ApiError, Code, ErrorBody};
use crate::extract::SignedIn;
use crate::state::App;

#[derive(Deserialize, ToSchema)]
pub struct PasswordIn {
    current_password: String,
    new_password: String,
}

/// Change my password; my other sessions end.
#[utoipa::path(post, path = "/api/auth/password", operation_id = "change_password", tag = "accounts", request_body = PasswordIn, responses(
    (status = 204), (status = 422, body = ErrorBody), (status = 429, body = ErrorBody)), security(("session" = [])))]
pub async fn change(
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

/// Too many failures: how long to wait.
pub fn too_soon(wait: TimeDelta) -> ApiError {
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

/// Where passwords are checked.
pub fn door(app: &App) -> Door<'_> {
    Door { db: &app.db, passwords: &app.passwords, secret: &app.secret }
}
