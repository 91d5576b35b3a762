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
}

impl Options {
    pub fn rounds(&self) -> u64 {
        if self.quick { 1 } else { self.rounds.max(1) }
    }

    pub fn measured(&self) -> Duration {
        Duration::from_secs_f64(if self.quick { 2.0 } else { self.seconds.clamp(0.1, 3600.0) })
    }

    pub fn warm_up(&self) -> Duration {
        Duration::from_secs(1)
    }
}
