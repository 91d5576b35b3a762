//! One queue: takes a job's rows from Postgres and has them done, and begins anew when that fails.
//!
//! Apalis' own `Monitor` restarts a worker at once, or after a pause that blocks a thread; here the
//! pause is awaited. Each start has a name of its own: the runner remembers names by a session's lock,
//! which a connection in the pool may still hold.

use std::convert::Infallible;
use std::pin::Pin;
use std::time::{Duration, Instant};

use apalis::prelude::{
    BackendExt, FromRequest, IntervalStrategy, Task, WorkerBuilder, WorkerBuilderExt, WorkerContext,
    WorkerError,
};
use apalis_postgres::{Config, PgPool, PostgresStorage};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Context;
use crate::attempt::{self, Attempt};
use crate::backoff::Backoff;
use crate::schedule::{Job, When};

/// A worker says this often that it is alive; after three that are missing its jobs are given to others.
const HEARTBEAT: Duration = Duration::from_secs(10);
const MISSED_HEARTBEATS: usize = 3;
/// Pauses between two starts.
const RESTARTS: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(30) };
/// A worker that went well for so long is not in a series of failures.
const GOES_WELL: Duration = Duration::from_secs(60);

/// Serves the queue until told to stop and what runs is done.
pub async fn serve(
    pool: PgPool,
    context: Context,
    job: Job,
    backoff: Backoff,
    mut stop: watch::Receiver<bool>,
) {
    let mut failures = 0;
    while !*stop.borrow() {
        let started = Instant::now();
        // A task of its own: a panic in the runner ends this start, not the queue.
        let mut start = JoinSet::new();
        start.spawn(serve_once(pool.clone(), context.clone(), job, backoff, stop.clone()));
        let error = match start.join_next().await {
            None | Some(Ok(Ok(()))) => "it ended by itself".to_owned(),
            Some(Ok(Err(error))) => error.to_string(),
            Some(Err(error)) => error.to_string(),
        };
        if *stop.borrow() {
            return;
        }
        failures = if started.elapsed() > GOES_WELL { 1 } else { failures + 1 };
        let pause = RESTARTS.pause(failures, job.name);
        tracing::warn!(job = job.name, error, ?pause, "a queue of jobs failed and will start again");
        // An error means that the worker is gone: the loop would end as well.
        let _stopped = tokio::time::timeout(pause, stop.wait_for(|stop| *stop)).await;
    }
}

async fn serve_once(
    pool: PgPool,
    context: Context,
    job: Job,
    backoff: Backoff,
    mut stop: watch::Receiver<bool>,
) -> Result<(), WorkerError> {
    let config = Config::default()
        .queue(job.name)
        .batch_size(job.at_once)
        .heartbeat_interval(HEARTBEAT)
        .missed_heartbeats(MISSED_HEARTBEATS);
    let backend = PostgresStorage::<Value>::new(&pool)
        .with_config(config)
        .poll_with_strategy(IntervalStrategy::new(look(job.when)));
    let worker = WorkerContext::new(&format!("{}-{}", job.name, uuid::Uuid::now_v7()));
    let handler =
        move |payload: Value, attempt: Attempt| attempt::run(context.clone(), job, backoff, payload, attempt);
    let built = WorkerBuilder::new(&worker).backend(backend).concurrency(job.at_once).build(handler);
    let mut running: Pin<Box<dyn Future<Output = Result<(), WorkerError>> + Send>> = Box::pin(built.run());
    let told = async { stop.wait_for(|stop| *stop).await.is_ok() };
    tokio::select! {
        ended = &mut running => return ended,
        _told = told => {}
    }
    match worker.stop() {
        Ok(()) => running.await,
        // It had not begun.
        Err(_) => Ok(()),
    }
}

/// How often the queue is looked at: soon enough for what it holds, and no oftener.
fn look(when: When) -> Duration {
    match when.period() {
        None => Duration::from_millis(500),
        Some(period) => (period / 4).clamp(Duration::from_millis(250), Duration::from_secs(5)),
    }
}

impl FromRequest<Task<Value>> for Attempt {
    type Error = Infallible;

    async fn from_request(task: &Task<Value>) -> Result<Self, Infallible> {
        Ok(Attempt {
            id: task.task_id().map(ToString::to_string).unwrap_or_default(),
            // Counted by the runner when the task begins, which is before this.
            number: task.attempt(),
            last: task.max_attempts().unwrap_or(1),
        })
    }
}
