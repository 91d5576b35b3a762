//! Server-sent events: the same stream for clients that only read.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use tokio::time::{Instant, Interval, interval_at};

use super::frames::SSE_KEEP_ALIVE;
use super::hub::Seat;

/// How often a comment is sent, so that nothing on the way takes the line for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The cursor a browser sends when it comes back.
pub fn last_event_id(request: &HttpRequest) -> Option<String> {
    let id = request.headers().get("last-event-id")?.to_str().ok()?;
    (!id.is_empty()).then(|| id.to_owned())
}

/// The answer that never ends by itself.
pub fn respond(seat: Seat) -> HttpResponse {
    let keep_alive = interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // Compression would hold events back until a block is full.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header((HeaderName::from_static("x-accel-buffering"), "no"))
        .body(SseBody { seat, keep_alive })
}

struct SseBody {
    seat: Seat,
    keep_alive: Interval,
}

impl MessageBody for SseBody {
    type Error = actix_web::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        match self.seat.watcher.outbox.poll_take(cx) {
            Poll::Ready(frame) => Poll::Ready(frame.map(Ok)),
            Poll::Pending => self.keep_alive.poll_tick(cx).map(|_| Some(Ok(SSE_KEEP_ALIVE))),
        }
    }
}
