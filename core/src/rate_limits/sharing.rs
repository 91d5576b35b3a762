//! One limit for all processes: each tells Redis what was taken from its buckets and learns what all
//! have taken, five times a second and beside the requests.
//!
//! So together they let through a little more than one would, by what arrives between two exchanges;
//! it is missing afterwards, and in the long run the rate is the configured one. While Redis is away
//! every process keeps the limits alone.

use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;

use super::{RateLimits, Subject};
use crate::bus::{Bus, BusError};

/// Pause between exchanges.
const EVERY: Duration = Duration::from_millis(200);
/// Buckets in one command, so that none holds Redis up.
const AT_ONCE: usize = 500;

impl RateLimits {
    /// Shares the buckets and forgets the full ones, for as long as the server runs.
    pub async fn share(self, bus: Bus) {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut alone = false;
        loop {
            tick.tick().await;
            self.forget_full(Instant::now());
            match self.exchange(&bus).await {
                Ok(()) if alone => {
                    alone = false;
                    tracing::info!("rate limits are shared between processes again");
                }
                Err(error) if !alone => {
                    alone = true;
                    tracing::warn!(%error, "rate limits are kept by each process alone until Redis answers");
                }
                Ok(()) | Err(_) => {}
            }
        }
    }

    async fn exchange(&self, bus: &Bus) -> Result<(), BusError> {
        let told = self.take_untold();
        for some in told.chunks(AT_ONCE) {
            let debts: Vec<_> = some.iter().map(|(subject, taken)| (name(subject), *taken)).collect();
            // What could not be told is forgotten: kept, it would be told when it has long been regained.
            let Some(of_all) = bus.add_debts(&debts).await? else { return Ok(()) };
            self.learn(some.iter().map(|(subject, _)| *subject).zip(of_all), Instant::now());
        }
        Ok(())
    }

    /// What was taken from each bucket since the last time; nothing was from one that only fills up.
    fn take_untold(&self) -> Vec<(Subject, Duration)> {
        let mut buckets = self.lock();
        buckets.iter_mut().map(|(subject, bucket)| (*subject, std::mem::take(&mut bucket.untold))).collect()
    }

    /// Learns how much all processes together have taken from buckets. What was taken here and could not
    /// be told still counts here.
    fn learn(&self, of_all: impl Iterator<Item = (Subject, Duration)>, now: Instant) {
        let mut buckets = self.lock();
        for (subject, debt) in of_all {
            if let Some(bucket) = buckets.get_mut(&subject) {
                bucket.full_at = bucket.full_at.max(now + debt + bucket.untold);
            }
        }
    }
}

fn name(subject: &Subject) -> String {
    match subject {
        Subject::Key(key) => format!("key:{key}"),
        Subject::Project(project) => format!("project:{project}"),
    }
}
