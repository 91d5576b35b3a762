//! A WebSocket: the body that empties its outbox, and the task that hears what it says.
//!
//! The library does the handshake and reads frames. What we send goes from the outbox straight into the
//! response body, so that a frame for thousands is copied only into each one's write buffer.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::{HttpRequest, HttpResponse, dev, web};
use actix_ws::{AggregatedMessage, MessageStream};
use bytes::Bytes;
use pulseboard_wire::live::{ClientFrame, LiveFilter};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::ending::Ending;
use super::hub::{Seat, Watcher};
use super::inbound::{self, MAX_INBOUND};
use crate::error::{ApiError, Code};

/// How often a socket is asked for a sign of life.
const PING: Duration = Duration::from_secs(20);
/// A socket that was silent for this long is gone.
const SILENCE: Duration = Duration::from_secs(60);

/// A handshake that was answered but not sent yet.
pub struct Upgrade {
    response: HttpResponse,
    messages: MessageStream,
}

/// Answers the handshake.
pub async fn upgrade(request: &HttpRequest, payload: web::Payload) -> Result<Upgrade, ApiError> {
    use actix_web::FromRequest;
    let mut payload: dev::Payload = inbound::bounded(payload.into_inner());
    let refused = || {
        ApiError::new(Code::InvalidQuery, "This address speaks WebSocket: ask for an upgrade, version 13.")
    };
    let payload = web::Payload::from_request(request, &mut payload).await.map_err(|_| refused())?;
    // The session is the library's way to send, which we do ourselves.
    let (response, _session, messages) = actix_ws::handle(request, payload).map_err(|_| refused())?;
    Ok(Upgrade { response, messages })
}

impl Upgrade {
    /// Connects the socket with its place. `obey` does what a text says, or tells how it ends.
    pub fn start(self, seat: Seat, obey: impl FnMut(&str) -> Result<(), Ending> + 'static) -> HttpResponse {
        let watcher = Arc::clone(&seat.watcher);
        actix_web::rt::spawn(hear(self.messages, watcher, obey));
        self.response.map_body(|_, library| BoxBody::new(SocketBody { seat, _library: library }))
    }
}

/// What goes out.
struct SocketBody {
    seat: Seat,
    /// Never polled: when it is dropped, the stream of messages ends.
    _library: BoxBody,
}

impl MessageBody for SocketBody {
    type Error = actix_web::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.seat.watcher.outbox.poll_take(cx).map(|frame| frame.map(Ok))
    }
}

/// Hears a socket until either side ends it.
async fn hear(
    messages: MessageStream,
    watcher: Arc<Watcher>,
    mut obey: impl FnMut(&str) -> Result<(), Ending>,
) {
    let outbox = &watcher.outbox;
    let mut messages =
        messages.max_frame_size(MAX_INBOUND).aggregate_continuations().max_continuation_size(MAX_INBOUND);
    let mut ping = interval_at(Instant::now() + PING, PING);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    loop {
        let message = tokio::select! {
            message = messages.recv() => message,
            _ = ping.tick() => {
                if heard.elapsed() >= SILENCE {
                    return outbox.end(Ending::SILENT);
                }
                outbox.push_ping();
                continue;
            }
        };
        heard = Instant::now();
        match message {
            Some(Ok(AggregatedMessage::Text(text))) => {
                if let Err(ending) = obey(&text) {
                    return outbox.end(ending);
                }
            }
            Some(Ok(AggregatedMessage::Ping(payload))) => outbox.push_pong(&payload),
            Some(Ok(AggregatedMessage::Pong(_))) => {}
            Some(Ok(AggregatedMessage::Binary(_))) => return outbox.end(Ending::NOT_TEXT),
            Some(Ok(AggregatedMessage::Close(reason))) => {
                let code = reason.map(|reason| reason.code.into());
                return outbox.end(Ending { code, reason: "" });
            }
            Some(Err(error)) => {
                return match inbound::ending(&error) {
                    Some(ending) => outbox.end(ending),
                    None => outbox.hang_up(),
                };
            }
            None => return outbox.hang_up(),
        }
    }
}

/// Does what a frame of a stream's client says, unless it is a filter that can't be. What we don't know may
/// be from a later version and is passed over.
pub fn obey(text: &str, watcher: &Watcher) -> Result<(), Ending> {
    match serde_json::from_str::<ClientFrame>(text) {
        Ok(ClientFrame::Filter { filter }) => watcher.outbox.set_filter(Some(filter)),
        Ok(ClientFrame::Pong) => {}
        Err(_) if is_filter(text) => return Err(Ending::BAD_FILTER),
        Err(_) => {}
    }
    Ok(())
}

fn is_filter(text: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Type {
        #[serde(rename = "type")]
        kind: String,
    }
    serde_json::from_str::<Type>(text).is_ok_and(|frame| frame.kind == "filter")
}

/// The filter of a URL's parameters.
pub fn filter(kind: Option<&str>, name: Option<String>) -> Result<Option<LiveFilter>, ApiError> {
    let kind = kind
        .filter(|kind| !kind.is_empty())
        .map(|kind| pulseboard_wire::Kind::parse(kind).ok_or("must be error, event or metric"))
        .transpose()
        .map_err(|problem| ApiError::query("type", problem))?;
    Ok(Some(LiveFilter { kind, name: name.filter(|name| !name.is_empty()) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_filter_that_can_not_be_is_an_offence() {
        assert!(is_filter(r#"{"type":"filter","filter":{"type":"nonsense"}}"#));
        for fine in ["", "hello", "{}", "[1]", r#"{"type":"presence","filter":1}"#] {
            assert!(!is_filter(fine), "{fine}");
        }
    }

    #[test]
    fn a_url_names_a_filter() {
        let filter = |kind| filter(kind, Some("a".into())).map_err(|error| error.code);
        assert_eq!(filter(Some("bogus")), Err(Code::InvalidQuery));
        let expected = LiveFilter { kind: Some(pulseboard_wire::Kind::Error), name: Some("a".into()) };
        assert_eq!(filter(Some("error")), Ok(Some(expected)));
    }
}
