//! What is read of Postgres for those who watch, counted for metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of one hub since its start.
#[derive(Default)]
pub struct Meter {
    room: AtomicU64,
    playback: AtomicU64,
    request: AtomicU64,
}

/// For whom a panel's data was read.
#[derive(Clone, Copy, Debug)]
pub enum For {
    /// Everyone who looks at the dashboard with the same span and variables.
    Room,
    /// One playback.
    Playback,
    /// One request of `panel-data`.
    Request,
}

impl Meter {
    fn of(&self, reader: For) -> &AtomicU64 {
        match reader {
            For::Room => &self.room,
            For::Playback => &self.playback,
            For::Request => &self.request,
        }
    }

    /// Counts that a panel's data is read.
    pub fn panel_read(&self, reader: For) {
        self.of(reader).fetch_add(1, Ordering::Relaxed);
    }

    /// How often panels' data was read, by the label of each kind of reader.
    pub fn panel_reads(&self) -> [(&'static str, u64); 3] {
        [("room", For::Room), ("playback", For::Playback), ("request", For::Request)]
            .map(|(label, reader)| (label, self.of(reader).load(Ordering::Relaxed)))
    }
}
