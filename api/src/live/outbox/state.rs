//! What waits in a connection's queue, in which order it is taken, and whether there is room for more.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use bytes::Bytes;
use pulseboard_core::live::Cursor;
use pulseboard_wire::live::LiveFilter;

use crate::live::ending::Ending;
use crate::live::frames::{self, Format};

/// Frames that may wait for a reader.
pub(super) const MAX_FRAMES: usize = 256;
/// Bytes that may; a single frame may go over it.
pub(super) const MAX_BYTES: usize = 8 * 1024 * 1024;
/// So many holes within [`FORGIVEN`] and the reader is too slow for a live stream.
pub(super) const MAX_OVERFLOWS: u32 = 3;
const FORGIVEN: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct State {
    /// Answers to pings: only the newest counts (RFC 6455, 5.5.3).
    pub(super) pong: Option<Bytes>,
    /// Asks whether the reader is there. Behind `first`, as `ready` comes before everything, and before
    /// the live frames: who always has some of them waiting is asked as well.
    pub(super) ping: Option<Bytes>,
    /// What comes before the live frames.
    pub(super) first: VecDeque<Bytes>,
    pub(super) replaying: bool,
    pub(super) live: VecDeque<Bytes>,
    pub(super) live_bytes: usize,
    /// What could not be queued behind `live`: how many events, up to where.
    pub(super) hole: Option<(u64, Cursor)>,
    /// Frames that stand for a state were not queued: the reader needs the state anew.
    pub(super) skipped: bool,
    pub(super) overflows: u32,
    pub(super) overflowed_at: Option<Instant>,
    /// When the reader last took something, or last had nothing to take.
    pub(super) moved_at: Option<Instant>,
    pub(super) filter: Option<Arc<LiveFilter>>,
    pub(super) ending: Option<Ending>,
    /// How it ends when everything has been sent.
    pub(super) last_words: Option<Ending>,
    /// The last frame has been taken.
    pub(super) ended: bool,
    pub(super) reader: Option<Waker>,
}

impl State {
    pub(super) fn is_idle(&self) -> bool {
        self.first.is_empty() && self.ping.is_none() && (self.replaying || self.live.is_empty())
    }

    pub(super) fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    /// Notes the time when something is queued for a reader that was waiting.
    pub(super) fn start_clock(&mut self) {
        if self.is_idle() {
            self.moved_at = Some(Instant::now());
        }
    }

    /// Queues a live frame if there is room.
    pub(super) fn queue(&mut self, frame: Bytes) -> bool {
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
    pub(super) fn overflow(&mut self) -> bool {
        let now = Instant::now();
        if self.overflowed_at.is_none_or(|at| now - at > FORGIVEN) {
            self.overflows = 0;
        }
        self.overflows += 1;
        self.overflowed_at = Some(now);
        self.overflows >= MAX_OVERFLOWS
    }

    pub(super) fn next(&mut self, format: Format) -> Option<Bytes> {
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
