//! `POST /ingest`: from an app's bytes to a durable answer.

pub mod admission;
pub mod decode;
mod read_key;

use std::borrow::Cow;
use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use pulseboard_core::api_keys::{self, KeyGrant};
use pulseboard_core::ingest::{self, Body, BodyError, Door, Format, ItemError, NewEvent};
use pulseboard_core::usage::Counts;
use pulseboard_core::writer::Outcome;
use pulseboard_wire::{IngestAnswer, Rejected};
use utoipa::ToSchema;

use crate::body;
use crate::body_budget::{Sender, Share};
use crate::error::{ApiError, Code, ErrorBody};
use crate::extract::bearer;
use crate::recorder::Refusal;
use crate::state::{App, State};
use admission::Admission;
pub use read_key::ReadKey;

/// How much of a refused body is kept to show.
const SAMPLE_BYTES: usize = 1200;

/// Why nothing was stored: the body as a whole, or each of its items.
#[derive(serde::Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes two answers that are made apart")]
enum IngestRefusal {
    Body(ErrorBody),
    Items(IngestAnswer),
}

/// Send one event, an array of events, `{"events": […]}`, or one event a line.
///
/// The key goes into `Authorization: Bearer`, `X-API-Key`, or, if it is a public one, `?key=` or `apiKey`
/// in the body. Answered only after the commit. Give each event an `id` (UUID) and a `timestamp` and you
/// may send it again as often as you like.
#[utoipa::path(post, path = "/ingest", tag = "ingest", request_body(content = Object, description =
    "`type` (error, event, metric) and `name` are required; optional: `id`, `timestamp`, `payload`, `value`, `unit`, \
     `level`, `user`, `session`, `release`, `environment`, `tags`, `stack`, `exception`, `breadcrumbs`.",
    example = json!({"apiKey": "pb_pub_…", "type": "error", "name": "NullPointerException",
        "payload": {"screen": "HomeScreen", "userId": "u_123"}})),
    params(("key" = Option<String>, Query, description = "A public key")), responses(
    (status = 202, body = IngestAnswer), (status = 400, description = "Malformed, or every item was rejected", body = IngestRefusal),
    (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 413, body = ErrorBody),
    (status = 415, body = ErrorBody), (status = 429, description = "More than the key, the project or the org may send", body = ErrorBody),
    (status = 503, body = ErrorBody)), security(("key" = ["public"])))]
pub async fn ingest(app: App, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let mut response = match receive(&app, &request, payload).await {
        Ok(response) => response,
        Err(error) => actix_web::ResponseError::error_response(&error),
    };
    allow_any_origin(&mut response);
    response
}

/// The answer to a browser that asks whether it may send.
pub async fn preflight() -> HttpResponse {
    let mut response = HttpResponse::NoContent()
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "POST, OPTIONS"))
        .insert_header((
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "Authorization, Content-Type, Content-Encoding, X-API-Key, X-Request-Id",
        ))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, "86400"))
        .finish();
    allow_any_origin(&mut response);
    response
}

/// Any page may send with a public key; no cookie is ever looked at here.
fn allow_any_origin(response: &mut HttpResponse) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, header::HeaderValue::from_static("*"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        header::HeaderValue::from_static("Retry-After, X-Request-Id"),
    );
}

async fn receive(
    app: &State,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    // Whoever is to be refused for the key alone is, before anything is read: a flood must be cheap.
    let known = match by_outer_key(app, request).await {
        Ok(known) => known,
        Err(error) => {
            admission::pass_over(request, payload).await;
            return Err(error);
        }
    };
    let sender = match &known {
        Some(admission) => Sender::Project(admission.grant.project_id),
        None => body::sender(request, app),
    };
    let mut share = app.body_budget.share(sender);
    let body = read(request, payload, &mut share).await;
    let parsed = match &body {
        Ok((bytes, format)) => ingest::parse_body(bytes, *format).map_err(|error| body_error(&error)),
        Err(error) => Err(error.to_error()),
    };
    // A key in the URL or a header can be told about a bad body; one in the body cannot.
    let mut admission = match (known, &parsed) {
        (Some(admission), _) => admission,
        (None, Ok(Body { api_key: Some(key), .. })) => Admission::of(app, &in_the_open(key)?).await?,
        (None, Ok(_)) => return Err(no_key()),
        (None, Err(_)) => return Err(parsed.err().unwrap_or_else(no_key)),
    };
    let grant = Arc::clone(&admission.grant);
    let now = pulseboard_core::now();
    let refuse = |error: ApiError| {
        if error.code != Code::Unavailable {
            let sample = sample(body.as_ref().map_or(&[], |(bytes, _)| bytes));
            note_refusal(app, &grant, &error, &sample, now);
        }
        error
    };
    require_usable(&grant, request).map_err(refuse)?;
    admission.take_rate(app, parsed.as_ref().map_or(1, |body| body.items.len().max(1)), now)?;
    let parsed = parsed.map_err(refuse)?;
    let _room = admission.reserve(app, parsed.items.len(), now).await?;
    store(app, &admission, parsed, now).await
}

/// The body, and the form it is in. What it claims to be is judged here, after a key outside of it.
async fn read(
    request: &HttpRequest,
    payload: web::Payload,
    share: &mut Share,
) -> Result<(Vec<u8>, Format), decode::Unreadable> {
    let (format, encoding) = (format(request)?, decode::Encoding::of(request)?);
    Ok((decode::read(payload, encoding, share).await?, format))
}

/// Whose key stands in a header or in the URL, unless it is unknown or used too fast.
async fn by_outer_key(app: &State, request: &HttpRequest) -> Result<Option<Admission>, ApiError> {
    let Some(key) = outer_key(request)? else { return Ok(None) };
    let admission = Admission::of(app, &key).await?;
    if admission.grant.revoked_at.is_none() {
        admission.check_rate(app, pulseboard_core::now())?;
    }
    Ok(Some(admission))
}

/// Refuses a key that has been revoked, or whose origins the request's is not among.
fn require_usable(grant: &KeyGrant, request: &HttpRequest) -> Result<(), ApiError> {
    if grant.revoked_at.is_some() {
        return Err(ApiError::new(Code::InvalidKey, "This key has been revoked."));
    }
    let origin = request.headers().get(header::ORIGIN).and_then(|value| value.to_str().ok());
    if !api_keys::origin_allowed(&grant.origins, origin) {
        let message = format!("This key may not be used from {}.", origin.unwrap_or_default());
        return Err(ApiError::new(Code::OriginNotAllowed, message));
    }
    Ok(())
}

/// Counts and keeps the refusal of a body as a whole.
fn note_refusal(app: &State, grant: &KeyGrant, error: &ApiError, sample: &str, now: DateTime<Utc>) {
    app.recorder.count(grant, Counts { rejected: 1, ..Counts::default() }, now);
    let status = error.code.status().as_u16();
    let refusal = Refusal { status, code: error.code.as_str(), message: &error.message, sample };
    app.recorder.refuse(grant, &refusal, now);
}

/// Judges the items, writes the good ones, and answers for each.
async fn store(
    app: &State,
    admission: &Admission,
    body: Body<'_>,
    now: DateTime<Utc>,
) -> Result<HttpResponse, ApiError> {
    let grant = &*admission.grant;
    let sent_at = body.sent_at.as_deref().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    let door = Door {
        now,
        sent_at: sent_at.map(|time| time.with_timezone(&Utc)),
        retention_days: grant.retention_days,
    };
    let mut events: Vec<NewEvent> = Vec::with_capacity(body.items.len());
    let mut indexes = Vec::with_capacity(body.items.len());
    let mut rejected: Vec<Rejected> = Vec::new();
    for (index, item) in body.items.iter().enumerate() {
        match ingest::normalise(*item, &door) {
            Ok(event) => {
                events.push(event);
                indexes.push(index);
            }
            Err(error) => rejected.push(rejection(index, error)),
        }
    }
    let id = if body.single { events.first().map(|event| event.id) } else { None };
    let outcomes = app.writer.write_within(admission.patience(), grant.project_id, events).await?;
    let stored = outcomes.iter().filter(|outcome| **outcome == Outcome::Stored).count();
    let duplicates = outcomes.iter().filter(|outcome| **outcome == Outcome::Duplicate).count();
    rejected.extend(outcomes.iter().zip(&indexes).filter(|(outcome, _)| **outcome == Outcome::Unfit).map(
        |(_, index)| {
            rejection(
                *index,
                ItemError::new("invalid_number", "The event has a number that can't be stored."),
            )
        },
    ));
    rejected.sort_by_key(|item| item.index);

    let none_good = stored + duplicates == 0;
    let status = if none_good { StatusCode::BAD_REQUEST } else { StatusCode::ACCEPTED };
    note(app, grant, &body, stored, duplicates, &rejected, status, now);
    let id = id.filter(|_| !none_good);
    Ok(HttpResponse::build(status).json(IngestAnswer { accepted: stored, duplicates, rejected, id }))
}

#[expect(clippy::too_many_arguments, reason = "what there is to note about one request")]
fn note(
    app: &State,
    grant: &KeyGrant,
    body: &Body<'_>,
    accepted: usize,
    duplicates: usize,
    rejected: &[Rejected],
    status: StatusCode,
    now: DateTime<Utc>,
) {
    let counts = Counts {
        accepted: accepted as i64,
        duplicates: duplicates as i64,
        rejected: rejected.len() as i64,
        ..Counts::default()
    };
    app.recorder.count(grant, counts, now);
    for item in rejected {
        let raw = body.items.get(item.index).copied().flatten().map(|raw| raw.get()).unwrap_or_default();
        let sample = sample(raw.as_bytes());
        let refusal =
            Refusal { status: status.as_u16(), code: &item.code, message: &item.message, sample: &sample };
        app.recorder.refuse(grant, &refusal, now);
    }
}

fn sample(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(SAMPLE_BYTES)]).into_owned()
}

fn rejection(index: usize, error: ItemError) -> Rejected {
    Rejected { index, code: Cow::Borrowed(error.code), message: error.message }
}

fn format(request: &HttpRequest) -> Result<Format, ApiError> {
    let content_type =
        request.headers().get(header::CONTENT_TYPE).map(|value| value.as_bytes().to_ascii_lowercase());
    let essence = content_type.as_deref().map(|value| value.split(|b| *b == b';').next().unwrap_or_default());
    match essence.map(<[u8]>::trim_ascii) {
        None | Some(b"application/json" | b"") => Ok(Format::Json),
        Some(b"application/x-ndjson" | b"application/ndjson" | b"application/jsonl") => Ok(Format::Ndjson),
        // What `curl -d` sends unless told otherwise counts as text: the body decides.
        Some(b"text/plain" | b"application/x-www-form-urlencoded") => Ok(Format::Text),
        Some(_) => Err(ApiError::new(
            Code::UnsupportedMediaType,
            "Content-Type must be application/json, application/x-ndjson or text/plain.",
        )),
    }
}

/// The key of a header or of the query string.
fn outer_key(request: &HttpRequest) -> Result<Option<String>, ApiError> {
    let header = request.headers().get("x-api-key").and_then(|value| value.to_str().ok());
    if let Some(key) = bearer(request).or(header) {
        return Ok(Some(key.to_owned()));
    }
    #[derive(serde::Deserialize)]
    struct KeyQuery {
        key: Option<String>,
    }
    let query = web::Query::<KeyQuery>::from_query(request.query_string()).ok();
    query.and_then(|query| query.into_inner().key).map(|key| in_the_open(&key)).transpose()
}

/// A key that stands where others may read it must be a public one.
fn in_the_open(key: &str) -> Result<String, ApiError> {
    if api_keys::looks_like_key(key) && !api_keys::looks_public(key) {
        return Err(ApiError::new(
            Code::Forbidden,
            "A secret key must be sent in a header (Authorization: Bearer, or X-API-Key), never in a URL or body.",
        ));
    }
    Ok(key.to_owned())
}

fn no_key() -> ApiError {
    ApiError::new(
        Code::Unauthenticated,
        "Send a key: Authorization: Bearer, X-API-Key, or for public keys ?key= or \"apiKey\" in the body.",
    )
}

fn unknown_key(key: &str) -> ApiError {
    let message = if api_keys::looks_like_key(key) {
        "There is no such key."
    } else {
        "This is not a key: keys begin with pb_pub_ or pb_sec_ and have 32 more characters."
    };
    ApiError::new(Code::InvalidKey, message)
}

fn body_error(error: &BodyError) -> ApiError {
    let code = match error {
        BodyError::NotUtf8(_) | BodyError::NotJson { .. } => Code::MalformedJson,
        BodyError::TooManyItems(_) => Code::PayloadTooLarge,
        _ => Code::MalformedBody,
    };
    ApiError::new(code, error.to_string())
}
