//! What the feeds of a dashboard have brought lately, and what of it is still to be told.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::value::RawValue;
use tokio::time::{Duration, Instant};
use uuid::Uuid;

use super::frames;

/// How far back a new reader is told what a feed brought, how much of it, and how many bytes.
pub const WINDOW: TimeDelta = TimeDelta::minutes(10);
pub const MAX_TICKS: usize = 600;
const MAX_BYTES: usize = 256 * 1024;
/// The least time between two updates of one feed.
const PACE: Duration = Duration::from_millis(250);

/// What a feed brought at one time, as it is told: the fields of a JSON object.
#[derive(Clone, Debug)]
pub struct Tick {
    pub ts: DateTime<Utc>,
    pub fields: Arc<str>,
}

impl Tick {
    pub fn new(feed: Uuid, ts: DateTime<Utc>, payload: Option<&RawValue>) -> Self {
        let payload = payload.map_or("null", RawValue::get);
        let time = pulseboard_wire::time::format(&ts);
        Self { ts, fields: format!(r#""feed_id":"{feed}","ts":"{time}","payload":{payload}"#).into() }
    }
}

/// One feed's window.
#[derive(Default)]
pub struct FeedWindow {
    /// The newest, which may be older than the window.
    pub latest: Option<Tick>,
    pub recent: VecDeque<Tick>,
    bytes: usize,
    untold: bool,
    told_at: Option<Instant>,
}

impl FeedWindow {
    /// Takes in what came; `false` if it is not newer than what is known.
    pub fn add(&mut self, tick: Tick) -> bool {
        if self.latest.as_ref().is_some_and(|latest| latest.ts >= tick.ts) {
            return false;
        }
        self.bytes += tick.fields.len();
        self.recent.push_back(tick.clone());
        let oldest = tick.ts - WINDOW;
        self.latest = Some(tick);
        while let Some(first) = self.recent.front()
            && (first.ts < oldest || self.recent.len() > MAX_TICKS || self.bytes > MAX_BYTES)
        {
            self.bytes -= first.fields.len();
            self.recent.pop_front();
        }
        true
    }
}

/// The windows of a dashboard's feeds.
#[derive(Default)]
pub struct FeedWindows(pub HashMap<Uuid, FeedWindow>);

impl FeedWindows {
    /// Takes in what a feed brought, if it is one of ours and newer.
    pub fn hear(&mut self, feed: Uuid, ts: DateTime<Utc>, payload: Option<&RawValue>) {
        if let Some(window) = self.0.get_mut(&feed) {
            window.untold |= window.add(Tick::new(feed, ts, payload));
        }
    }

    /// Takes in a window that was read, with what has come meanwhile behind it. Its newest is told to those
    /// who did not know this feed.
    pub fn fill(&mut self, feed: Uuid, mut window: FeedWindow) {
        for tick in self.0.remove(&feed).into_iter().flat_map(|meanwhile| meanwhile.recent) {
            window.add(tick);
        }
        window.untold = window.latest.is_some();
        self.0.insert(feed, window);
    }

    /// When the next update may be told; nothing if there is none.
    pub fn due_at(&self) -> Option<Instant> {
        let untold = self.0.values().filter(|window| window.untold);
        untold.map(|window| window.told_at.map_or_else(Instant::now, |at| at + PACE)).min()
    }

    /// The updates whose time has come: the newest of each feed.
    pub fn take_due(&mut self, now: Instant) -> Vec<Bytes> {
        let mut due = Vec::new();
        for window in self.0.values_mut() {
            if window.untold && window.told_at.is_none_or(|at| at + PACE <= now) {
                (window.untold, window.told_at) = (false, Some(now));
                due.extend(window.latest.as_ref().map(frames::feed_update));
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_keeps_the_newest_and_is_bounded() {
        let feed = Uuid::now_v7();
        let start: DateTime<Utc> = "2026-06-01T12:00:00Z".parse().expect("a time");
        let mut windows = FeedWindows::default();
        windows.hear(feed, start, None);
        assert!(windows.0.is_empty(), "a feed of another dashboard");
        windows.0.insert(feed, FeedWindow::default());
        for second in 0..2000 {
            windows.hear(feed, start + TimeDelta::seconds(second), None);
            windows.hear(feed, start, None);
        }
        let window = &windows.0[&feed];
        assert_eq!(window.recent.len(), MAX_TICKS);
        assert_eq!(window.latest.as_ref().map(|tick| tick.ts), Some(start + TimeDelta::seconds(1999)));
        let large = RawValue::from_string(format!("\"{}\"", "x".repeat(60_000))).expect("JSON");
        for second in 2000..2010 {
            windows.hear(feed, start + TimeDelta::seconds(second), Some(&large));
        }
        assert!(windows.0[&feed].recent.len() <= 4, "{}", windows.0[&feed].recent.len());
    }

    #[tokio::test]
    async fn updates_of_a_feed_are_told_at_their_pace() {
        let feed = Uuid::now_v7();
        let mut windows = FeedWindows::default();
        windows.0.insert(feed, FeedWindow::default());
        let now = Instant::now();
        let at = pulseboard_core::now();
        windows.hear(feed, at, None);
        assert_eq!(windows.take_due(now).len(), 1);
        for n in 1..100 {
            windows.hear(feed, at + TimeDelta::milliseconds(n), None);
        }
        assert_eq!(windows.take_due(now).len(), 0);
        assert_eq!(windows.take_due(now + PACE).len(), 1);
        assert_eq!(windows.due_at(), None);
    }
}
