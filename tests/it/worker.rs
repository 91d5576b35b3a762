//! The worker: every tick once, failures again, nothing deleted that is kept.

mod deleting;
mod retrying;
mod ticking;

use std::time::Duration;

use diesel::sql_types::{BigInt, Text};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use pulseboard_core::db::{Conn, Db};
use pulseboard_core::jobs::{self, DeadLetter};
use pulseboard_worker::Options;
use pulseboard_worker::backoff::Backoff;
use pulseboard_worker::schedule::{Job, Run, When};
use serde_json::json;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::app::eventually;
use crate::cluster;

/// A database of its own, with a table where jobs can leave a trace.
struct Place {
    url: String,
    db: Db,
}

impl Place {
    async fn new() -> Self {
        Self::at(cluster::database().await).await
    }

    async fn at(url: String) -> Self {
        let place = Self { db: Db::connect(&url, 8).expect("a pool"), url };
        place.sql("create table traces (at timestamptz not null default clock_timestamp())").await;
        place
    }

    /// With a queue that can be filled before a worker comes.
    async fn with_queue() -> Self {
        let place = Self::new().await;
        pulseboard_worker::setup(&place.db, &place.url).await.expect("makes the queue");
        place
    }

    /// A worker that does these jobs, with short pauses.
    fn worker(&self, jobs: Vec<Job>) -> Worker {
        let backoff = Backoff { first: Duration::from_millis(100), longest: Duration::from_millis(100) };
        self.worker_that_rests(jobs, backoff)
    }

    fn worker_that_rests(&self, jobs: Vec<Job>, backoff: Backoff) -> Worker {
        let db = Db::connect(&self.url, 4).expect("a pool");
        let options = Options { jobs, backoff, ..Options::new(db, &self.url) };
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(pulseboard_worker::run(options, async {
            let _ = stopped.await;
        }));
        Worker { stop, running }
    }

    async fn sql(&self, sql: &str) {
        let work = async |conn: &mut Conn| anyhow::Ok(conn.batch_execute(sql).await?);
        self.db.system(work).await.expect("the statement runs");
    }

    async fn count(&self, from: &str) -> i64 {
        self.db
            .system(async |conn: &mut Conn| {
                let query = format!("select count(*) as value from {from}");
                anyhow::Ok(diesel::sql_query(query).get_result::<Count>(conn).await?.value)
            })
            .await
            .expect("counts")
    }

    async fn text(&self, query: &str) -> String {
        self.db
            .system(async |conn: &mut Conn| {
                anyhow::Ok(diesel::sql_query(query).get_result::<Line>(conn).await?.value)
            })
            .await
            .expect("a text")
    }

    /// Asks for a job that may be tried so often.
    async fn ask(&self, job: &str, attempts: i32) {
        self.db
            .system(async |conn: &mut Conn| {
                jobs::enqueue(conn, job, &json!({"of": "a test"}), None).await?;
                let limit =
                    format!("update apalis.jobs set max_attempts = {attempts} where job_type = '{job}'");
                anyhow::Ok(conn.batch_execute(&limit).await?)
            })
            .await
            .expect("enqueues");
    }

    async fn dead_letters(&self) -> Vec<DeadLetter> {
        self.db
            .system(async |conn: &mut Conn| anyhow::Ok(jobs::dead_letters_in_all_orgs(conn, 100).await?))
            .await
            .expect("lists")
    }

    async fn dead_letter(&self) -> DeadLetter {
        eventually("a dead letter", async || self.dead_letters().await.into_iter().next()).await
    }

    async fn eventually_counts(&self, from: &str, expected: i64) {
        let what = format!("{expected} rows in {from}");
        eventually(&what, async || (self.count(from).await == expected).then_some(())).await;
    }
}

/// A running worker.
struct Worker {
    stop: oneshot::Sender<()>,
    running: JoinHandle<anyhow::Result<()>>,
}

impl Worker {
    /// Lets it finish what it does.
    async fn stop(self) {
        let _ = self.stop.send(());
        self.running.await.expect("no panic").expect("ends well");
    }

    /// Ends it in the middle of whatever it does.
    async fn kill(self) {
        self.running.abort();
        assert!(self.running.await.expect_err("cut off").is_cancelled());
    }
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

#[derive(diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    value: String,
}

/// A job that someone has to ask for.
fn asked(name: &'static str, run: Run) -> Job {
    Job { name, when: When::Asked, at_once: 2, time_limit: Duration::from_secs(60), run }
}

/// Leaves a row in `traces`.
async fn leave_trace(db: &Db) -> anyhow::Result<()> {
    db.system(async |conn: &mut Conn| {
        anyhow::Ok(conn.batch_execute("insert into traces default values").await?)
    })
    .await
}
