//! What goes wrong, as clients see it: a status, a code from a closed list, a sentence, and the fields.
//!
//! Text of libraries never reaches a client: an internal error is logged once, with the request id,
//! and shown as that id only.

use std::borrow::Cow;
use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use diesel_error::Error as DieselError;
use pulseboard_core::db::{self, DbError};
use pulseboard_core::writer::WriteError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::request_id;

/// The error type of queries, which this crate only looks at to translate it.
pub use pulseboard_core::db::query_error as diesel_error;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:ident;)+) => {
        /// Every code there is. Clients may rely on them; the sentences may change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $variant,)+ }

        impl Code {
            #[cfg(test)]
            const ALL: &'static [Code] = &[$(Code::$variant,)+];

            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $code,)+ }
            }

            pub fn status(self) -> StatusCode {
                match self { $(Code::$variant => StatusCode::$status,)+ }
            }
        }
    };
}

codes! {
    MalformedJson = "malformed_json", BAD_REQUEST;
    MalformedBody = "malformed_body", BAD_REQUEST;
    InvalidQuery = "invalid_query", BAD_REQUEST;
    Unauthenticated = "unauthenticated", UNAUTHORIZED;
    InvalidCredentials = "invalid_credentials", UNAUTHORIZED;
    TokenExpired = "token_expired", UNAUTHORIZED;
    SessionRevoked = "session_revoked", UNAUTHORIZED;
    InvalidTicket = "invalid_ticket", UNAUTHORIZED;
    InvalidKey = "invalid_key", UNAUTHORIZED;
    Forbidden = "forbidden", FORBIDDEN;
    OriginNotAllowed = "origin_not_allowed", FORBIDDEN;
    RegistrationClosed = "registration_closed", FORBIDDEN;
    InvitationInvalid = "invitation_invalid", FORBIDDEN;
    NotFound = "not_found", NOT_FOUND;
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED;
    BodyTimeout = "body_timeout", REQUEST_TIMEOUT;
    Conflict = "conflict", CONFLICT;
    LastAdmin = "last_admin", CONFLICT;
    AlreadyMember = "already_member", CONFLICT;
    PanelDeleted = "panel_deleted", CONFLICT;
    PanelExists = "panel_exists", CONFLICT;
    NothingToUndo = "nothing_to_undo", CONFLICT;
    ChangedSince = "changed_since", CONFLICT;
    TooManyDashboards = "too_many_dashboards", CONFLICT;
    EmailTaken = "email_taken", CONFLICT;
    PayloadTooLarge = "payload_too_large", PAYLOAD_TOO_LARGE;
    UnsupportedEncoding = "unsupported_encoding", UNSUPPORTED_MEDIA_TYPE;
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE;
    InvalidField = "invalid_field", UNPROCESSABLE_ENTITY;
    TooSlow = "too_slow", UNPROCESSABLE_ENTITY;
    TooManyRequests = "too_many_requests", TOO_MANY_REQUESTS;
    RateLimited = "rate_limited", TOO_MANY_REQUESTS;
    QuotaExceeded = "quota_exceeded", TOO_MANY_REQUESTS;
    Unavailable = "unavailable", SERVICE_UNAVAILABLE;
    Internal = "internal", INTERNAL_SERVER_ERROR;
}

/// An answer that is not what was asked for.
#[derive(Debug)]
pub struct ApiError {
    pub code: Code,
    pub message: Cow<'static, str>,
    pub fields: BTreeMap<Cow<'static, str>, String>,
    pub retry_after: Option<u64>,
}

/// The body of every error.
#[derive(Serialize, ToSchema)]
pub struct ErrorBody {
    error: ErrorDetails,
}

#[derive(Serialize, ToSchema)]
struct ErrorDetails {
    /// Stable, for programs.
    #[schema(example = "invalid_field")]
    code: &'static str,
    /// For people.
    #[schema(value_type = String)]
    message: Cow<'static, str>,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, String>)]
    fields: BTreeMap<Cow<'static, str>, String>,
    /// Quote it when you ask for help.
    request_id: String,
}

impl ApiError {
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), fields: BTreeMap::new(), retry_after: None }
    }

    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "There is nothing here, or it is not yours.")
    }

    pub fn unauthenticated() -> Self {
        Self::new(Code::Unauthenticated, "Sign in first: send an access token as a bearer token.")
    }

    pub fn unavailable() -> Self {
        let message = "The database does not answer right now. Try again in a moment.";
        Self { retry_after: Some(2), ..Self::new(Code::Unavailable, message) }
    }

    /// One field that is wrong; `problem` goes on after its name ("must not be empty").
    pub fn field(field: impl Into<Cow<'static, str>>, problem: impl Into<String>) -> Self {
        let (field, problem) = (field.into(), problem.into());
        let message = format!("\"{field}\" {problem}.");
        Self { fields: [(field, problem)].into(), ..Self::new(Code::InvalidField, message) }
    }

    /// A parameter of the URL that is wrong.
    pub fn query(field: &'static str, problem: impl std::fmt::Display) -> Self {
        let message = format!("\"{field}\" {problem}.");
        Self {
            fields: [(field.into(), problem.to_string())].into(),
            ..Self::new(Code::InvalidQuery, message)
        }
    }

    /// Something of ours that failed. Logged here, once.
    pub fn internal(error: &dyn std::fmt::Debug) -> Self {
        tracing::error!(request_id = %request_id::current(), error = ?error, "request failed");
        Self::new(Code::Internal, "Something went wrong on our side. The request id tells us what.")
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, HeaderValue::from(seconds)));
        }
        response.insert_header((header::CACHE_CONTROL, "no-store")).json(ErrorBody {
            error: ErrorDetails {
                code: self.code.as_str(),
                message: self.message.clone(),
                fields: self.fields.clone(),
                request_id: request_id::current(),
            },
        })
    }
}

impl From<DieselError> for ApiError {
    fn from(error: DieselError) -> Self {
        match (&error, db::constraint(&error)) {
            (DieselError::NotFound, _) => Self::not_found(),
            (_, Some("users_email_key")) => Self {
                fields: [("email".into(), "is already registered".into())].into(),
                ..Self::new(Code::EmailTaken, "This e-mail address is already registered. Sign in instead.")
            },
            (_, Some("projects_slug_key")) => {
                Self::new(Code::Conflict, "A project with this name was made at the same moment. Try again.")
            }
            // Whose it is has been asked before; this is the net beneath.
            _ if db::is_foreign_row(&error) => {
                tracing::warn!(%error, "row-level security refused a write");
                Self::not_found()
            }
            _ if db::is_timeout(&error) => {
                Self::new(Code::TooSlow, "This takes too long to look through. Choose a shorter time range.")
            }
            _ if db::is_unavailable(&error) => {
                tracing::warn!(%error, "the database refused");
                Self::unavailable()
            }
            _ => Self::internal(&error),
        }
    }
}

impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Query(error) => error.into(),
            DbError::ShareTaken => Self {
                retry_after: Some(1),
                ..Self::new(
                    Code::Unavailable,
                    "Your organization is waiting for too many answers at once. Try again in a moment.",
                )
            },
            DbError::Unavailable(reason) => {
                tracing::warn!(%reason, "no database connection");
                Self::unavailable()
            }
        }
    }
}

impl From<anyhow::Error> for ApiError {
    fn from(error: anyhow::Error) -> Self {
        Self::internal(&error)
    }
}

impl From<WriteError> for ApiError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Busy => Self {
                retry_after: Some(1),
                ..Self::new(
                    Code::Unavailable,
                    "More events are arriving than can be stored. Try again in a moment.",
                )
            },
            WriteError::Unavailable => Self::unavailable(),
            WriteError::ProjectGone => Self::new(Code::InvalidKey, "The key's project has been deleted."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct() {
        let codes: std::collections::BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), Code::ALL.len());
    }
}
