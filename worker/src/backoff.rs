//! The pause between two attempts: doubled each time, up to a limit, and spread so that jobs that
//! failed together are not tried together.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// How long a job rests after it has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// After the first attempt.
    pub first: Duration,
    /// At most.
    pub longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_secs(15), longest: Duration::from_secs(3600) }
    }
}

impl Backoff {
    /// The pause after the `attempt`th try (from 1) of the job `id`: between half of the doubled time
    /// and all of it. The spread comes from the id, so that the same try always rests as long.
    pub fn pause(self, attempt: usize, id: &str) -> Duration {
        let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(u32::MAX).min(31);
        let full = self.first.saturating_mul(1 << doublings).min(self.longest);
        full.mul_f64(0.5 + 0.5 * fraction(attempt, id))
    }
}

/// A number from 0 to 1 that looks random.
fn fraction(attempt: usize, id: &str) -> f64 {
    let mut hasher = DefaultHasher::new();
    (attempt, id).hash(&mut hasher);
    // 32 bits are exact in a double.
    (hasher.finish() >> 32) as f64 / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_double_up_to_the_longest() {
        let backoff = Backoff { first: SECOND, longest: 60 * SECOND };
        for (attempt, full) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (40, 60), (usize::MAX, 60)] {
            let full = full * SECOND;
            for id in ["a", "b", "c"] {
                let pause = backoff.pause(attempt, id);
                assert!(pause >= full / 2 && pause <= full, "{attempt} {id}: {pause:?}");
            }
        }
        // A call that makes no sense is no reason to panic.
        assert!(backoff.pause(0, "a") <= SECOND);
    }

    #[test]
    fn jobs_that_failed_together_are_spread() {
        let pauses: std::collections::BTreeSet<_> =
            (0..100).map(|n| Backoff::default().pause(3, &n.to_string()).as_millis() / 3000).collect();
        assert!(pauses.len() >= 8, "{pauses:?}");
        assert_eq!(Backoff::default().pause(3, "x"), Backoff::default().pause(3, "x"));
    }

    #[test]
    fn all_attempts_together_outlast_a_restarted_mail_server() {
        let last = usize::try_from(pulseboard_core::jobs::MAX_ATTEMPTS).expect("positive");
        let shortest: Duration = (1..last).map(|attempt| Backoff::default().pause(attempt, "x")).sum();
        assert!(shortest > 3600 * SECOND, "{shortest:?}");
    }
}
