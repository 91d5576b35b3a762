//! What can be said on the command line: how often and how long.

use std::time::Duration;

use clap::Parser;

/// Measures PulseBoard against the limits of what it stands on.
#[derive(Parser)]
pub struct Options {
    /// How often everything is measured.
    #[arg(long, default_value_t = 3)]
    rounds: u64,
    /// How long each figure is measured.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// One short round, to see that it works.
    #[arg(long)]
    quick: bool,
    /// Only a part.
    #[arg(long)]
    only: Option<Part>,
}

/// What can be measured alone.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// Ingest beside the limits of Postgres and HTTP.
    Ingest,
    /// Panels of a day at millions of rows.
    Panels,
    /// Memory, size, start.
    Footprint,
}

impl Options {
    pub fn rounds(&self) -> u64 {
        if self.quick { 1 } else { self.rounds.max(1) }
    }

    pub fn measured(&self) -> Duration {
        Duration::from_secs_f64(if self.quick { 2.0 } else { self.seconds.clamp(0.1, 3600.0) })
    }

    pub fn wants(&self, part: Part) -> bool {
        self.only.is_none_or(|only| only == part)
    }

    /// Rows behind the panels.
    pub fn rows(&self) -> u64 {
        if self.quick { 500_000 } else { 5_000_000 }
    }

    pub fn warm_up(&self) -> Duration {
        Duration::from_secs(1)
    }
}
