//! One connection's queue: bounded, filled without waiting, emptied by the response body.
//!
//! A reader that is too slow is left out, and told how much it missed as soon as it has read what was
//! queued before. Invariant: nobody who fills an outbox ever waits, except the connection's own replay.

mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use pulseboard_core::live::Cursor;
use pulseboard_wire::live::LiveFilter;
use tokio::sync::Notify;

use self::state::State;
use super::ending::Ending;
use super::frames::{self, Delivery, Format};

/// Frames of a replay that may wait.
const MAX_REPLAY: usize = 4;
/// A reader that takes nothing for this long has stopped reading.
const STALLED: Duration = Duration::from_secs(10);

/// A connection's queue. Shared by the hub, which fills it, and the body, which empties it.
pub struct Outbox {
    format: Format,
    state: Mutex<State>,
    /// There is room for the replay, or no need of it any more.
    room: Notify,
}

impl Outbox {
    pub fn new(format: Format, filter: Option<LiveFilter>) -> Self {
        let outbox = Self { format, state: Mutex::default(), room: Notify::new() };
        outbox.set_filter(filter);
        outbox
    }

    pub fn format(&self) -> Format {
        self.format
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets only some events through from now on.
    pub fn set_filter(&self, filter: Option<LiveFilter>) {
        self.lock().filter = filter.filter(|filter| *filter != LiveFilter::default()).map(Arc::new);
    }

    pub fn filter(&self) -> Option<Arc<LiveFilter>> {
        self.lock().filter.clone()
    }

    /// Queues a frame before the live ones.
    pub fn push_first(&self, frame: Bytes) {
        let mut state = self.lock();
        state.start_clock();
        state.first.push_back(frame);
        state.wake();
    }

    /// From now on live frames wait until the replay has ended.
    pub fn start_replay(&self) {
        self.lock().replaying = true;
    }

    /// Queues a frame of the replay when there is room; `false` when nobody reads any more.
    pub async fn push_replay(&self, frame: Bytes) -> bool {
        loop {
            // Before looking, so that no notice in between is missed.
            let room = self.room.notified();
            {
                let state = self.lock();
                if state.ending.is_some() || state.ended {
                    return false;
                }
                if state.first.len() < MAX_REPLAY {
                    break;
                }
            }
            room.await;
        }
        self.push_first(frame);
        true
    }

    /// The live frames go on behind the replay.
    pub fn end_replay(&self) {
        let mut state = self.lock();
        state.start_clock();
        state.replaying = false;
        state.wake();
    }

    /// Queues what passes the connection's filter; `false` when it is too slow and has been ended.
    pub fn push(&self, delivery: &mut Delivery<'_>) -> bool {
        let mut state = self.lock();
        if state.ending.is_some() {
            return true;
        }
        let Some(framed) = delivery.frame(self.format, state.filter.as_deref()) else { return true };
        if let Some((missed, cursor)) = &mut state.hole {
            *missed += framed.events;
            *cursor = delivery.cursor;
            return true;
        }
        if state.queue(framed.bytes) {
            return true;
        }
        state.hole = Some((framed.events, delivery.cursor));
        let too_slow = state.overflow();
        drop(state);
        if too_slow {
            self.end(Ending::TOO_SLOW);
        }
        !too_slow
    }

    /// Queues a frame that changes a state the reader keeps. If there is no room, this and what follows are
    /// skipped until [`Outbox::needs_state`]; `false` when the reader is too slow and has been ended.
    pub fn push_change(&self, frame: Bytes) -> bool {
        let mut state = self.lock();
        if state.ending.is_some() || state.skipped || state.queue(frame) {
            return true;
        }
        state.skipped = true;
        let too_slow = state.overflow();
        drop(state);
        if too_slow {
            self.end(Ending::TOO_SLOW);
        }
        !too_slow
    }

    /// Whether changes were skipped and everything before them has been read: the reader is to be given
    /// the state anew. Says so once.
    pub fn needs_state(&self) -> bool {
        let mut state = self.lock();
        let drained = state.skipped && state.live.is_empty() && state.ending.is_none();
        if drained {
            state.skipped = false;
        }
        drained
    }

    /// Whether the connection has ended or is about to.
    pub fn is_over(&self) -> bool {
        let state = self.lock();
        state.ended || state.ending.is_some()
    }

    /// Tells the reader that events were skipped for everyone.
    pub fn push_gap(&self, missed: u64, cursor: Cursor) {
        let mut state = self.lock();
        let before = state.hole.map_or(0, |(missed, _)| missed);
        state.hole = Some((before + missed, cursor));
        state.wake();
    }

    pub fn push_ping(&self) {
        let mut state = self.lock();
        if state.ending.is_none() {
            state.start_clock();
            state.ping = Some(frames::ping(self.format));
            state.wake();
        }
    }

    pub fn push_pong(&self, payload: &[u8]) {
        let mut state = self.lock();
        state.pong = Some(frames::pong(payload));
        state.wake();
    }

    /// Ends the connection; what is still queued is not sent. The first reason counts.
    pub fn end(&self, ending: Ending) {
        let mut state = self.lock();
        state.ending.get_or_insert(ending);
        (state.first, state.live, state.ping) = Default::default();
        (state.live_bytes, state.hole) = (0, None);
        state.wake();
        drop(state);
        self.room.notify_waiters();
    }

    /// Ends the connection once what is queued has been sent, or at once where nobody reads.
    pub fn end_after(&self, ending: Ending) {
        let mut state = self.lock();
        if state.is_idle() {
            drop(state);
            return self.end(ending);
        }
        state.last_words.get_or_insert(ending);
    }

    /// The peer is gone: there is nobody to tell.
    pub fn hang_up(&self) {
        self.lock().ended = true;
        self.end(Ending { code: None, reason: "" });
    }

    /// Whether there is something to take that has not been taken for too long.
    pub fn is_stalled(&self, now: Instant) -> bool {
        let state = self.lock();
        let since = state.moved_at.filter(|_| !state.is_idle() && state.ending.is_none());
        since.is_some_and(|at| now.saturating_duration_since(at) > STALLED)
    }

    /// The next frame; `None` after the last.
    pub fn poll_take(&self, cx: &Context<'_>) -> Poll<Option<Bytes>> {
        let mut state = self.lock();
        if state.ended {
            return Poll::Ready(None);
        }
        let frame = state.next(self.format);
        let had_room = state.first.len() < MAX_REPLAY;
        if frame.is_none() {
            state.reader = Some(cx.waker().clone());
        } else {
            state.moved_at = Some(Instant::now());
        }
        let replaying = state.replaying;
        drop(state);
        if replaying && had_room {
            self.room.notify_one();
        }
        match frame {
            Some(frame) => Poll::Ready(Some(frame)),
            None => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests;
