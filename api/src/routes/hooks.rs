//! `POST /hooks/{key}`: any JSON becomes an event of the feed that the key is of.

use std::sync::Arc;
use std::time::Instant;

use actix_web::{HttpRequest, HttpResponse, web};
use pulseboard_core::feeds::{hooks, ticks};
use pulseboard_core::ingest::{MAX_PAYLOAD, NewEvent};
use pulseboard_core::usage::Counts;
use pulseboard_core::writer::Outcome;
use pulseboard_feeds::numbers;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::body_budget::Sender;
use crate::error::{ApiError, Code, ErrorBody};
use crate::routes::ingest::admission::{Admission, pass_over};
use crate::routes::ingest::decode;
use crate::state::{App, State};

#[derive(Serialize, ToSchema)]
pub struct HookOut {
    #[schema(example = 1)]
    accepted: usize,
}

/// Send any JSON to a feed, up to 64 KiB. Answered only after the commit.
///
/// The address is a feed's `hook_url`; whoever knows it may send.
#[utoipa::path(post, path = "/hooks/{hook}", tag = "hooks", operation_id = "receive", params(("hook" = String, Path)),
    request_body(content = Value, description = "Any JSON", example = json!({"temperature": 21.5})), responses(
    (status = 202, body = HookOut), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, description = "The feed is disabled", body = ErrorBody), (status = 413, body = ErrorBody),
    (status = 429, description = "More than the feed, the project or the org may send", body = ErrorBody),
    (status = 503, body = ErrorBody)), security(()))]
pub async fn receive(
    app: App,
    request: HttpRequest,
    hook: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    // Whoever is to be refused for the address alone is, before anything is read.
    let asked = Instant::now();
    let grant = match app.feeds.keys.look_up(&app.db, &hook).await?.ok_or_else(ApiError::not_found) {
        Ok(grant) => grant,
        Err(error) => {
            pass_over(&request, payload).await;
            return Err(error);
        }
    };
    let mut admission = Admission::known(Arc::new(grant.key.clone()), asked.elapsed());
    let now = pulseboard_core::now();
    admission.check_rate(&app, now)?;
    if !grant.enabled {
        return Err(ApiError::new(Code::Conflict, "This feed is disabled: it takes nothing."));
    }
    let sent = read(&app, &request, payload, &grant).await?;
    admission.take_rate(&app, 1, now)?;
    let event = ticks::event((grant.feed_id, &grant.name), now, Uuid::now_v7(), &sent, &numbers(&sent))
        .map_err(|unfit| ApiError::new(Code::MalformedBody, unfit.to_string()))?;
    let _room = admission.reserve(&app, 1, now).await?;
    let event = NewEvent { client_id: false, ..event };
    let outcomes = app.writer.write_within(admission.patience(), grant.key.project_id, vec![event]).await?;
    if outcomes.first() != Some(&Outcome::Stored) {
        return Err(ApiError::new(Code::MalformedBody, "The body has a number that can't be stored."));
    }
    app.recorder.count(&grant.key, Counts { accepted: 1, ..Counts::default() }, now);
    app.feeds.received.note(grant.key.project_id, grant.feed_id, now, sent);
    Ok(HttpResponse::Accepted().json(HookOut { accepted: 1 }))
}

/// The body as JSON, whatever it says that it is.
async fn read(
    app: &State,
    request: &HttpRequest,
    payload: web::Payload,
    grant: &hooks::HookGrant,
) -> Result<Value, ApiError> {
    let mut share = app.body_budget.share(Sender::Project(grant.key.project_id));
    let encoding = decode::Encoding::of(request)?;
    let body = decode::read(payload, encoding, &mut share).await.map_err(|error| error.to_error())?;
    if body.len() > MAX_PAYLOAD {
        let message =
            format!("The body has {} bytes; a webhook takes at most {MAX_PAYLOAD} (64 KiB).", body.len());
        return Err(ApiError::new(Code::PayloadTooLarge, message));
    }
    serde_json::from_slice(&body).map_err(|error| {
        let message =
            format!("The body is not valid JSON (line {}, column {}).", error.line(), error.column());
        ApiError::new(Code::MalformedJson, message)
    })
}
