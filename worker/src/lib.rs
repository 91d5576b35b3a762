//! The worker: does what is due and what others have asked for.
//!
//! The only crate that knows the job runner (apalis) and its tables. Each job has a queue of its own in
//! Postgres ([`queue`]) and goes through one wrapper ([`attempt`]); what is done periodically is put
//! into the queue by [`ticker`], once per tick whatever the number of workers. [`schedule`] lists all
//! jobs on one page. Every job may run twice, and is written so that this changes nothing. What is due by
//! the second is no job: [`feeds`] claims it by itself.
//!
//! Architecture invariant: nothing here serves HTTP, and nothing waits for a worker to answer a request.

mod attempt;
pub mod backoff;
pub mod feeds;
mod jobs;
mod queue;
pub mod schedule;
mod setup;
mod ticker;

use std::time::Duration;

use anyhow::Context as _;
use apalis_postgres::PgPool;
use pulseboard_core::db::Db;
use tokio::sync::watch;
use tokio::task::JoinSet;

use backoff::Backoff;
use schedule::Job;
pub use setup::setup;

/// How long running jobs may go on after the signal to stop. What is cut off is done again later.
const DRAIN: Duration = Duration::from_secs(30);
/// Connections of the job runner, beside those of the jobs themselves.
const CONNECTIONS: u32 = 4;
/// How long a query of the job runner waits for a connection.
const CONNECTION_WAIT: Duration = Duration::from_secs(5);

/// What a worker needs.
pub struct Options {
    /// What the jobs work on.
    pub db: Db,
    /// The same database, for the job runner's own connections.
    pub database_url: String,
    /// What this worker does; [`schedule::all`] unless it is a test.
    pub jobs: Vec<Job>,
    /// The pauses between two attempts.
    pub backoff: Backoff,
    /// What it runs feeds with; none: it leaves them to others.
    pub feeds: Option<feeds::Options>,
}

impl Options {
    /// A worker for all jobs.
    pub fn new(db: Db, database_url: impl Into<String>) -> Self {
        Self {
            db,
            database_url: database_url.into(),
            jobs: schedule::all(),
            backoff: Backoff::default(),
            feeds: None,
        }
    }

    /// One that runs feeds as well.
    #[must_use]
    pub fn with_feeds(self, feeds: feeds::Options) -> Self {
        Self { feeds: Some(feeds), ..self }
    }
}

/// What a job is given. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// The database.
    pub db: Db,
}

/// Works until `shutdown` is ready and what was running then is done, or 30 seconds have passed.
///
/// A database that is away is waited for, also at the beginning. Fails only when the address of the
/// database makes no sense.
pub async fn run(options: Options, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
    let Options { db, database_url, jobs, backoff, feeds } = options;
    let pool = connect(&database_url)?;
    let mut shutdown = std::pin::pin!(shutdown);
    tokio::select! {
        () = &mut shutdown => return Ok(()),
        () = setup::until_done(&db, &pool) => {}
    }

    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    if let Some(feeds) = feeds {
        tasks.spawn(feeds::run(db.clone(), feeds, stopped.clone()));
    }
    let context = Context { db };
    let periodic = jobs.iter().filter(|job| job.when.period().is_some()).copied().collect();
    tasks.spawn(ticker::run(context.clone(), periodic, stopped.clone()));
    for job in jobs {
        tasks.spawn(queue::serve(pool.clone(), context.clone(), job, backoff, stopped.clone()));
    }
    shutdown.await;
    tracing::info!("the worker is stopping");
    stop.send_replace(true);
    let drained = tokio::time::timeout(DRAIN, async { while tasks.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!("some jobs did not end in time and will be done again");
    }
    drop(tasks);
    // Closing waits for the server to say goodbye, which it may not.
    let _closed = tokio::time::timeout(CONNECTION_WAIT, pool.close()).await;
    Ok(())
}

fn connect(database_url: &str) -> anyhow::Result<PgPool> {
    let usual =
        PgPool::connect_lazy(database_url).context("reading the database's address for the worker")?;
    let address = usual.connect_options().as_ref().clone();
    let options = usual.options().clone();
    Ok(options.max_connections(CONNECTIONS).acquire_timeout(CONNECTION_WAIT).connect_lazy_with(address))
}
