//! The one table of jobs: what there is to do, and when.

use std::pin::Pin;
use std::time::Duration;

use serde_json::Value;

use crate::{Context, jobs};

/// Something to do.
#[derive(Clone, Copy)]
pub struct Job {
    /// Its name: of its queue, in the log, and in the list of dead letters.
    pub name: &'static str,
    /// When it is done.
    pub when: When,
    /// How many of it one worker does at the same time.
    pub at_once: usize,
    /// After this an attempt is cut off and counts as failed.
    pub time_limit: Duration,
    /// Does it.
    pub run: Run,
}

/// When a job is done.
#[derive(Clone, Copy)]
pub enum When {
    /// At the start and then once per period, by one of the workers.
    Every(Duration),
    /// As often, but only when there is something to do: a cheap question.
    EveryIf(Duration, Question),
    /// When someone has put it into the queue (`pulseboard_core::jobs::enqueue`).
    Asked,
}

/// Does a job, given what was put into the queue (null for a tick).
pub type Run = fn(Context, Value) -> Running;
/// A job under way.
pub type Running = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;
/// Asks whether a periodic job has anything to do.
pub type Question = fn(Context) -> Asking;
/// A question under way.
pub type Asking = Pin<Box<dyn Future<Output = anyhow::Result<bool>> + Send>>;

impl When {
    /// The time between two ticks of a periodic job.
    pub fn period(self) -> Option<Duration> {
        match self {
            When::Every(period) | When::EveryIf(period, _) => Some(period),
            When::Asked => None,
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// All jobs.
pub fn all() -> Vec<Job> {
    vec![
        Job {
            name: "make_partitions",
            when: When::Every(HOUR),
            at_once: 1,
            time_limit: 5 * MINUTE,
            run: |context, _| Box::pin(jobs::make_partitions::run(context)),
        },
        Job {
            name: "apply_retention",
            when: When::Every(HOUR),
            at_once: 1,
            time_limit: 2 * HOUR,
            run: |context, _| Box::pin(jobs::apply_retention::run(context)),
        },
        Job {
            name: "delete_cleared_stores",
            when: When::EveryIf(2 * SECOND, |context| {
                Box::pin(jobs::delete_cleared_stores::any_due(context))
            }),
            at_once: 1,
            time_limit: 2 * HOUR,
            run: |context, _| Box::pin(jobs::delete_cleared_stores::run(context)),
        },
        Job {
            name: "clean_up",
            when: When::Every(10 * MINUTE),
            at_once: 1,
            time_limit: 10 * MINUTE,
            run: |context, _| Box::pin(jobs::clean_up::run(context)),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_limits_make_sense() {
        let jobs = all();
        let names: std::collections::BTreeSet<_> = jobs.iter().map(|job| job.name).collect();
        assert_eq!(names.len(), jobs.len());
        for job in jobs {
            assert!(job.at_once > 0 && job.time_limit >= MINUTE, "{}", job.name);
        }
    }
}
