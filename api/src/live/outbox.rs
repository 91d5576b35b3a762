//! One connection's queue: bounded, filled without waiting, emptied by the response body.
//!
//! A reader that is too slow is left out, and told how much it missed as soon as it has read what was
//! queued before. Invariant: nobody who fills an outbox ever waits, except the connection's own replay.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use pulseboard_core::live::Cursor;
use pulseboard_wire::live::LiveFilter;
use tokio::sync::Notify;

use super::frames::{self, Delivery, Format};

/// Frames that may wait for a reader.
const MAX_FRAMES: usize = 256;
/// Bytes that may; a single frame may go over it.
const MAX_BYTES: usize = 8 * 1024 * 1024;
/// Frames of a replay that may wait.
const MAX_REPLAY: usize = 4;
/// So many holes within [`FORGIVEN`] and the reader is too slow for a live stream.
const MAX_OVERFLOWS: u32 = 3;
const FORGIVEN: Duration = Duration::from_secs(60);
/// A reader that takes nothing for this long has stopped reading.
const STALLED: Duration = Duration::from_secs(10);

/// Why a connection is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// WebSocket close code; without one, the peer gave none either.
    pub code: Option<u16>,
    /// In our words; no quotes, it also stands in JSON.
    pub reason: &'static str,
}

impl Ending {
    const fn new(code: u16, reason: &'static str) -> Self {
        Self { code: Some(code), reason }
    }

    pub const SILENT: Self = Self::new(1001, "nothing was heard for 60 s");
    pub const PROTOCOL: Self = Self::new(1002, "this is not the WebSocket protocol");
    pub const NOT_TEXT: Self = Self::new(1003, "frames are text");
    pub const NOT_UTF8: Self = Self::new(1007, "text is UTF-8");
    pub const BAD_FILTER: Self = Self::new(1008, "the filter is not understood");
    pub const BAD_WATCH: Self = Self::new(1008, "what to watch is not understood");
    pub const TOO_LARGE: Self = Self::new(1009, "messages have at most 64 KiB");
    pub const RESTARTING: Self = Self::new(1012, "restarting, connect again");
    pub const TRY_LATER: Self = Self::new(1013, "the database does not answer, connect again");
    pub const NOT_ALLOWED: Self = Self::new(4401, "the session or the membership has ended");
    pub const PROJECT_GONE: Self = Self::new(4404, "the project is gone");
    pub const DASHBOARD_GONE: Self = Self::new(4404, "the dashboard is gone");
    pub const TOO_SLOW: Self = Self::new(4408, "too slow, connect again");
}

/// A connection's queue. Shared by the hub, which fills it, and the body, which empties it.
pub struct Outbox {
    format: Format,
    state: Mutex<State>,
    /// There is room for the replay, or no need of it any more.
    room: Notify,
}

#[derive(Default)]
struct State {
    /// Answers to pings: only the newest counts (RFC 6455, 5.5.3).
    pong: Option<Bytes>,
    /// Asks whether the reader is there. Behind `first`, as `ready` comes before everything, and before
    /// the live frames: who always has some of them waiting is asked as well.
    ping: Option<Bytes>,
    /// What comes before the live frames.
    first: VecDeque<Bytes>,
    replaying: bool,
    live: VecDeque<Bytes>,
    live_bytes: usize,
    /// What could not be queued behind `live`: how many events, up to where.
    hole: Option<(u64, Cursor)>,
    /// Frames that stand for a state were not queued: the reader needs the state anew.
    skipped: bool,
    overflows: u32,
    overflowed_at: Option<Instant>,
    /// When the reader last took something, or last had nothing to take.
    moved_at: Option<Instant>,
    filter: Option<Arc<LiveFilter>>,
    ending: Option<Ending>,
    /// How it ends when everything has been sent.
    last_words: Option<Ending>,
    /// The last frame has been taken.
    ended: bool,
    reader: Option<Waker>,
}

impl State {
    fn is_idle(&self) -> bool {
        self.first.is_empty() && self.ping.is_none() && (self.replaying || self.live.is_empty())
    }

    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    /// Notes the time when something is queued for a reader that was waiting.
    fn start_clock(&mut self) {
        if self.is_idle() {
            self.moved_at = Some(Instant::now());
        }
    }

    /// Queues a live frame if there is room.
    fn queue(&mut self, frame: Bytes) -> bool {
        if self.live.len() >= MAX_FRAMES || self.live_bytes >= MAX_BYTES {
            return false;
        }
        self.start_clock();
        self.live_bytes += frame.len();
        self.live.push_back(frame);
        self.wake();
        true
    }

    /// Notes that there was no room; whether that was once too often.
    fn overflow(&mut self) -> bool {
        let now = Instant::now();
        if self.overflowed_at.is_none_or(|at| now - at > FORGIVEN) {
            self.overflows = 0;
        }
        self.overflows += 1;
        self.overflowed_at = Some(now);
        self.overflows >= MAX_OVERFLOWS
    }

    fn next(&mut self, format: Format) -> Option<Bytes> {
        if let Some(pong) = self.pong.take() {
            return Some(pong);
        }
        if let Some(ending) = self.ending {
            self.ended = true;
            return Some(frames::close(format, ending.code, ending.reason));
        }
        if let Some(frame) = self.first.pop_front() {
            return Some(frame);
        }
        if let Some(ping) = self.ping.take() {
            return Some(ping);
        }
        if self.replaying {
            return None;
        }
        if let Some(frame) = self.live.pop_front() {
            self.live_bytes -= frame.len();
            return Some(frame);
        }
        if let Some(ending) = self.last_words {
            self.ended = true;
            return Some(frames::close(format, ending.code, ending.reason));
        }
        let (missed, cursor) = self.hole.take()?;
        Some(frames::gap(format, missed, cursor))
    }
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
#[path = "outbox_tests.rs"]
mod tests;
