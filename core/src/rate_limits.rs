//! How fast keys and projects may send events.
//!
//! Judged in memory, so that no request waits for anyone. A bucket is kept as one time: when it will be
//! full again if nothing more comes. That is the generic cell rate algorithm in its virtual scheduling
//! form (ITU-T I.371, annex A): a token bucket that needs no timer. With Redis, [`sharing`] tells the
//! other processes in the background what was taken here.

pub mod sharing;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::config::LimitsConfig;
use crate::ids::{ApiKeyId, ProjectId};

/// So many seconds' worth may come at once.
const BURST_SECONDS: u32 = 10;
/// But never less than this: one full body.
const SMALLEST_BURST: u32 = 1000;
const NANOS: u64 = 1_000_000_000;

/// A limit: so many events per second in the long run, so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub events_per_second: u32,
    pub burst: u32,
}

impl Rate {
    /// The limit for a configured rate; none for 0.
    pub fn of(events_per_second: u32) -> Option<Self> {
        let burst = events_per_second.saturating_mul(BURST_SECONDS).max(SMALLEST_BURST);
        (events_per_second > 0).then_some(Self { events_per_second, burst })
    }

    /// How long an empty bucket takes to regain so many events.
    fn time_for(self, events: u32) -> Duration {
        Duration::from_nanos(u64::from(events) * NANOS / u64::from(self.events_per_second))
    }
}

/// Whose bucket it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Key(ApiKeyId),
    Project(ProjectId),
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// When it will be full again.
    full_at: Instant,
    /// What was taken here since the others were last told.
    untold: Duration,
}

/// Who sends too fast, and when the refused events would fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooFast {
    pub rate: Rate,
    /// Whether it is the key's limit, not the whole project's.
    pub of_key: bool,
    pub wait: Duration,
}

/// The buckets of this process. Cheap to clone.
///
/// There is a bucket for whatever sent something within the last seconds and no other, so that their
/// number is bounded by what the limits let through.
#[derive(Clone)]
pub struct RateLimits {
    pub key: Option<Rate>,
    pub project: Option<Rate>,
    buckets: Arc<Mutex<HashMap<Subject, Bucket>>>,
}

impl RateLimits {
    pub fn new(config: &LimitsConfig) -> Self {
        Self {
            key: Rate::of(config.key_rate),
            project: Rate::of(config.project_rate),
            buckets: Arc::default(),
        }
    }

    /// Whether a single event would be taken now; takes nothing.
    pub fn check(&self, key: ApiKeyId, project: ProjectId, now: Instant) -> Result<(), TooFast> {
        judge(&self.limits(key, project), &self.lock(), 1, now)
    }

    /// Takes so many events from the key's and the project's bucket, or from neither.
    pub fn take(
        &self,
        key: ApiKeyId,
        project: ProjectId,
        events: usize,
        now: Instant,
    ) -> Result<(), TooFast> {
        let events = u32::try_from(events).unwrap_or(u32::MAX);
        let limits = self.limits(key, project);
        let mut buckets = self.lock();
        judge(&limits, &buckets, events, now)?;
        for (subject, rate) in limits.into_iter().flatten() {
            let cost = rate.time_for(events);
            let bucket = buckets.entry(subject).or_insert(Bucket { full_at: now, untold: Duration::ZERO });
            bucket.full_at = bucket.full_at.max(now) + cost;
            bucket.untold += cost;
        }
        Ok(())
    }

    fn limits(&self, key: ApiKeyId, project: ProjectId) -> [Option<(Subject, Rate)>; 2] {
        let key = self.key.map(|rate| (Subject::Key(key), rate));
        [key, self.project.map(|rate| (Subject::Project(project), rate))]
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Subject, Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the buckets that are full: a new one is the same.
    fn forget_full(&self, now: Instant) {
        let mut buckets = self.lock();
        buckets.retain(|_, bucket| bucket.full_at > now);
        // A flood of many keys must not keep its memory for ever.
        let len = buckets.len();
        if buckets.capacity() > 4 * len {
            buckets.shrink_to(2 * len);
        }
    }
}

/// Refuses if any of the buckets lacks so many events; the longest wait counts.
fn judge(
    limits: &[Option<(Subject, Rate)>],
    buckets: &HashMap<Subject, Bucket>,
    events: u32,
    now: Instant,
) -> Result<(), TooFast> {
    let too_fast = limits.iter().flatten().filter_map(|(subject, rate)| {
        let lacking =
            buckets.get(subject).map_or(Duration::ZERO, |b| b.full_at.saturating_duration_since(now));
        // What never fits is taken from a full bucket, or it could never be sent.
        let events = events.min(rate.burst);
        let wait = (lacking + rate.time_for(events)).saturating_sub(rate.time_for(rate.burst));
        let of_key = matches!(subject, Subject::Key(_));
        (wait > Duration::ZERO).then_some(TooFast { rate: *rate, of_key, wait })
    });
    too_fast.max_by_key(|refusal| refusal.wait).map_or(Ok(()), Err)
}

#[cfg(test)]
#[path = "rate_limits_tests.rs"]
mod tests;
