//! JSON bodies and query strings, with errors that name the field.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use utoipa::ToSchema;

use crate::body_budget::{Sender, Share};
use crate::error::{ApiError, Code};
use crate::extract::{self, Extracting};
use crate::origin;
use crate::state::State;

/// Largest body of anything but ingest.
const MAX_JSON: usize = 256 * 1024;
/// How long a body may take to arrive.
const DEADLINE: Duration = Duration::from_secs(10);

/// A JSON body.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let payload = payload.take();
        let judged = extract::rights_judged(request);
        let share = extract::state(request).map(|app| app.body_budget.share(sender(request, &app)));
        let json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .is_none_or(|value| value.as_bytes().to_ascii_lowercase().starts_with(b"application/json"));
        Box::pin(async move {
            judged.await;
            if !json {
                return Err(ApiError::new(
                    Code::UnsupportedMediaType,
                    "Send JSON: Content-Type: application/json.",
                ));
            }
            let mut share = share?;
            parse(&read(payload, MAX_JSON, &mut share).await?).map(Json)
        })
    }
}

/// The parameters of a query string. Texts, whose form the handler judges.
pub struct Query<T>(T);

impl<T> std::ops::Deref for Query<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let judged = extract::rights_judged(request);
        let query = web::Query::<T>::from_query(request.query_string());
        Box::pin(async move {
            judged.await;
            query
                .map(|query| Self(query.into_inner()))
                .map_err(|_| ApiError::query("query", "string can't be read"))
        })
    }
}

/// Whom a body without a key outside of it is counted for.
pub fn sender(request: &HttpRequest, app: &State) -> Sender {
    let address = origin::client_ip(request, &app.config).and_then(|address| address.parse().ok());
    Sender::Address(address)
}

/// Reads a body up to a size and within the deadline. What is read counts in `share`.
pub async fn read(mut payload: Payload, max: usize, share: &mut Share) -> Result<Vec<u8>, ApiError> {
    let reading = async {
        let mut body = Vec::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| ApiError::new(Code::MalformedBody, "The body broke off."))?;
            if body.len() + chunk.len() > max {
                return Err(ApiError::new(
                    Code::PayloadTooLarge,
                    format!("The body is larger than {max} bytes."),
                ));
            }
            body.extend_from_slice(&chunk);
            share.resize(body.capacity())?;
        }
        Ok(body)
    };
    tokio::time::timeout(DEADLINE, reading).await.unwrap_or_else(|_| {
        Err(ApiError::new(Code::BodyTimeout, "The body did not arrive within 10 seconds."))
    })
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let text = std::str::from_utf8(body)
        .map_err(|_| ApiError::new(Code::MalformedJson, "The body is not UTF-8 text."))?;
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        // The library calls some values that are not wanted, such as null, a mistake in the syntax:
        // whether it is one shows when nothing is wanted.
        if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
            return malformed(&error);
        }
        let path = error.path().to_string();
        match (path.as_str(), error.path().iter().count()) {
            ("" | ".", _) => ApiError::new(
                Code::InvalidField,
                "The body must be a JSON object with the documented fields.",
            ),
            // Values are read down to 128 levels, and the path has them all.
            (_, 101..) => ApiError::field(path.chars().take(100).collect::<String>(), "is nested too deeply"),
            _ => ApiError::field(path, "has a value that is not allowed"),
        }
    })?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> ApiError {
    let message = format!("The body is not valid JSON (line {}, column {}).", error.line(), error.column());
    ApiError::new(Code::MalformedJson, message)
}

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Send it as `cursor` to go on; `null` at the end.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A list that fits one page.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }
}

/// Reads an RFC 3339 time from a query string; a `+` that was not escaped is forgiven.
pub fn time(field: &'static str, text: Option<&str>) -> Result<Option<DateTime<Utc>>, ApiError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    DateTime::parse_from_rfc3339(&text.replace(' ', "+"))
        .map(|time| Some(time.with_timezone(&Utc)))
        .map_err(|_| ApiError::query(field, "must be an RFC 3339 time, such as 2026-01-31T12:00:00Z"))
}

/// Reads a number within bounds from a query string.
pub fn number(
    field: &'static str,
    text: Option<&str>,
    allowed: std::ops::RangeInclusive<i64>,
    default: i64,
) -> Result<i64, ApiError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(default) };
    text.parse().ok().filter(|number| allowed.contains(number)).ok_or_else(|| {
        ApiError::query(field, format!("must be a number from {} to {}", allowed.start(), allowed.end()))
    })
}

/// Trims a name and checks its length.
pub fn name(field: &'static str, text: &str, max: usize) -> Result<String, ApiError> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > max || name.chars().any(char::is_control) {
        return Err(ApiError::field(
            field,
            format!("must have 1 to {max} characters and no control characters"),
        ));
    }
    Ok(name.to_owned())
}
