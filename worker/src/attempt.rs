//! The one wrapper around every job: a panic or a job that takes too long is a failure like any other,
//! a failure is tried again after a pause, and the last one makes a dead letter.

use std::time::Instant;

use anyhow::anyhow;
use apalis::prelude::{AbortError, BoxDynError};
use pulseboard_core::db::Conn;
use pulseboard_core::jobs;
use serde_json::Value;
use tokio::task::{JoinError, JoinSet};
use tracing::Instrument;

use crate::Context;
use crate::backoff::Backoff;
use crate::schedule::Job;

/// Longest text kept of an error, in characters.
const ERROR_MAX: usize = 2000;

/// Which try of which row of the queue this is.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub id: String,
    /// From 1.
    pub number: usize,
    /// The number of the last try.
    pub last: usize,
}

/// Tries once. The error tells the runner to keep the row for another try, or to give it up.
pub async fn run(
    context: Context,
    job: Job,
    backoff: Backoff,
    payload: Value,
    attempt: Attempt,
) -> Result<(), BoxDynError> {
    let span = tracing::info_span!("job", job = job.name, id = attempt.id, attempt = attempt.number);
    async {
        // Each time a worker dies in the middle counts as a try, and nobody was there to give up.
        if attempt.number > attempt.last {
            tracing::error!("a job was given up: the worker did not live to see its end");
            return Err(give_up("the worker did not live to see its end"));
        }
        let started = Instant::now();
        let result = guarded(&context, job, payload).await;
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Err(error) = result else {
            tracing::debug!(duration_ms, "a job is done");
            return Ok(());
        };
        let error = printable(&error);
        if attempt.number >= attempt.last {
            tracing::error!(duration_ms, error, "a job was given up");
            return Err(give_up(&error));
        }
        let pause = backoff.pause(attempt.number, &attempt.id);
        tracing::warn!(duration_ms, error, ?pause, "a job failed and will be tried again");
        let postpone = async |conn: &mut Conn| anyhow::Ok(jobs::postpone(conn, &attempt.id, pause).await?);
        if let Err(error) = context.db.system(postpone).await {
            tracing::warn!(%error, "the pause of a job could not be kept: it may be tried at once");
        }
        Err(error.into())
    }
    .instrument(span)
    .await
}

/// Does the job on a task of its own, which is cut off when its time is up or nobody waits any more.
async fn guarded(context: &Context, job: Job, payload: Value) -> anyhow::Result<()> {
    let mut task = JoinSet::new();
    task.spawn((job.run)(context.clone(), payload).in_current_span());
    match tokio::time::timeout(job.time_limit, task.join_next()).await {
        Err(_) => Err(anyhow!("it took longer than {:?}", job.time_limit)),
        Ok(Some(Err(error))) => Err(anyhow!("it panicked: {}", panic_message(error))),
        Ok(Some(Ok(result))) => result,
        Ok(None) => Err(anyhow!("it never began")),
    }
}

fn panic_message(error: JoinError) -> String {
    let panic = match error.try_into_panic() {
        Ok(panic) => panic,
        Err(error) => return error.to_string(),
    };
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a word".to_owned())
}

fn give_up(error: &str) -> BoxDynError {
    Box::new(AbortError::new(error))
}

/// The error with its causes, short, and without what Postgres can't hold.
fn printable(error: &anyhow::Error) -> String {
    format!("{error:#}").chars().filter(|sign| *sign != '\0').take(ERROR_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_with_their_causes_and_can_be_stored() {
        let error = anyhow!("a\0b").context("doing x");
        assert_eq!(printable(&error), "doing x: ab");
        assert_eq!(printable(&anyhow!("ü".repeat(5000))).chars().count(), ERROR_MAX);
    }

    #[tokio::test]
    async fn panics_keep_their_words() {
        for (expected, number) in [("plain", 0), ("with 1", 1), ("without a word", 2)] {
            let mut task = JoinSet::new();
            task.spawn(async move {
                match number {
                    0 => panic!("plain"),
                    1 => panic!("with {number}"),
                    _ => std::panic::panic_any(number),
                }
            });
            let error = task.join_next().await.expect("a task").expect_err("a panic");
            assert_eq!(panic_message(error), expected);
        }
    }
}
