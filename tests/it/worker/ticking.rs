//! Periodic jobs, several workers, and workers that die.

use std::process::Command;
use std::time::Duration;

use diesel_async::SimpleAsyncConnection;
use pulseboard_core::db::{self, Conn, DbError};
use pulseboard_core::embedded_postgres::{EmbeddedPostgres, Settings};
use pulseboard_core::ids::OrgId;
use pulseboard_core::jobs;
use pulseboard_worker::schedule::{self, Job, When};
use serde_json::json;

use super::{Place, asked, leave_trace};
use crate::app::eventually;

#[tokio::test]
async fn two_workers_do_each_tick_once() {
    let place = Place::new().await;
    let job = Job {
        name: "leave_trace",
        when: When::Every(Duration::from_secs(1)),
        at_once: 1,
        time_limit: Duration::from_secs(60),
        run: |context, _| Box::pin(async move { leave_trace(&context.db).await }),
    };
    // Both begin at once, on a database without a queue.
    let (one, other) = (place.worker(vec![job]), place.worker(vec![job]));
    eventually("three ticks", async || (place.count("traces").await >= 3).then_some(())).await;
    one.stop().await;
    other.stop().await;

    let done = place.count("apalis.jobs where status = 'Done' and attempts = 1").await;
    assert_eq!(place.count("traces").await, done, "each tick once");
    let keys = place.count("(select distinct idempotency_key from apalis.jobs) as keys").await;
    assert_eq!(place.count("apalis.jobs").await, keys);
    assert!(
        place
            .text("select max(idempotency_key) as value from apalis.jobs")
            .await
            .starts_with("leave_trace:20")
    );
}

#[tokio::test]
async fn a_periodic_job_without_anything_to_do_leaves_no_rows() {
    let place = Place::new().await;
    let job = |name, anything: schedule::Question| Job {
        name,
        when: When::EveryIf(Duration::from_millis(500), anything),
        at_once: 1,
        time_limit: Duration::from_secs(60),
        run: |context, _| Box::pin(async move { leave_trace(&context.db).await }),
    };
    let idle = job("idle", |_| Box::pin(async { Ok(false) }));
    let busy = job("busy", |_| Box::pin(async { Ok(true) }));
    let worker = place.worker(vec![idle, busy]);
    eventually("two ticks", async || (place.count("traces").await >= 2).then_some(())).await;
    worker.stop().await;
    assert_eq!(place.count("apalis.jobs where job_type = 'idle'").await, 0);
}

#[tokio::test]
async fn a_worker_that_dies_in_the_middle_loses_nothing() {
    let place = Place::with_queue().await;
    let job = asked("hang_once", |context, _| {
        Box::pin(async move {
            leave_trace(&context.db).await?;
            // Divides by zero when there is one trace, which is this one.
            let again = context.db.system(async |conn: &mut Conn| {
                anyhow::Ok(conn.batch_execute("select 1 / (count(*) - 1) from traces").await?)
            });
            if again.await.is_err() {
                std::future::pending::<()>().await;
            }
            Ok(())
        })
    });
    let first = place.worker(vec![job]);
    place.ask("hang_once", 5).await;
    place.eventually_counts("traces", 1).await;
    place.eventually_counts("apalis.jobs where status = 'Running'", 1).await;
    first.kill().await;

    // Its heartbeat stopped long ago, as far as anyone can tell.
    place.sql("update apalis.workers set last_seen = now() - interval '1 hour'").await;
    let second = place.worker(vec![job]);
    place.eventually_counts("apalis.jobs where status = 'Done'", 1).await;
    second.stop().await;
    assert_eq!(place.count("traces").await, 2);
    assert_eq!(
        place.text("select attempts::text as value from apalis.jobs").await,
        "2",
        "the cut-off try counts"
    );
}

#[tokio::test]
async fn a_job_that_kills_its_workers_is_given_up() {
    let place = Place::with_queue().await;
    let job = asked("kill", |context, _| Box::pin(async move { leave_trace(&context.db).await }));
    let worker = place.worker(vec![job]);
    // As if three workers had died of it: such rows are taken over whatever their limit is.
    place
        .sql(
            "insert into apalis.jobs (id, job_type, job, attempts, max_attempts)
             values (apalis.generate_ulid(), 'kill', 'null', 3, 3)",
        )
        .await;
    let letter = place.dead_letter().await;
    assert!(letter.error.expect("a reason").contains("did not live"), "says why");
    assert_eq!(place.count("traces").await, 0);
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_outlives_its_connections() {
    let place = Place::with_queue().await;
    let job = asked("leave_trace", |context, _| Box::pin(async move { leave_trace(&context.db).await }));
    let worker = place.worker(vec![job]);
    for n in 1..=3 {
        place.ask("leave_trace", 10).await;
        place.eventually_counts("apalis.jobs where status = 'Done'", n).await;
        place
            .sql(
                "select pg_terminate_backend(pid) from pg_stat_activity
                 where datname = current_database() and pid <> pg_backend_pid()",
            )
            .await;
    }
    assert!(!worker.running.is_finished());
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_waits_for_a_database_that_is_away_and_can_be_stopped() {
    let place = Place::new().await;
    let away = Place { url: place.url.replace("/test_", "/not_there_"), db: place.db.clone() };
    let worker = away.worker(schedule::all());
    tokio::task::yield_now().await;
    worker.stop().await;
}

#[tokio::test]
async fn a_tenant_asks_for_work_with_its_change_and_sees_nobody_elses() {
    let place = Place::new().await;
    pulseboard_worker::setup(&place.db, &place.url).await.expect("makes the queue");
    pulseboard_worker::setup(&place.db, &place.url).await.expect("finds the queue");
    let org = OrgId::new();
    let payload = json!({"to": "ann"});
    let ask =
        async |conn: &mut Conn| Ok::<_, DbError>(jobs::enqueue(conn, "mail", &payload, Some("once")).await?);
    assert!(place.db.tenant(org, ask).await.expect("asks"));
    assert!(!place.db.tenant(org, ask).await.expect("asks again"), "the same key is taken once");
    assert_eq!(place.count("apalis.jobs").await, 1);

    let fail = async |conn: &mut Conn| {
        jobs::enqueue(conn, "mail", &payload, None).await?;
        Err::<(), DbError>(DbError::Unavailable("the change failed".into()))
    };
    place.db.tenant(org, fail).await.expect_err("fails");
    assert_eq!(place.count("apalis.jobs").await, 1, "no change, no job");

    let look = async |conn: &mut Conn| Ok::<_, DbError>(conn.batch_execute("select from apalis.jobs").await?);
    let refused = place.db.tenant(org, look).await.expect_err("may not look");
    assert!(refused.to_string().contains("permission denied"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_outlives_its_postgres() {
    let directory = tempfile::tempdir().expect("a directory");
    // Durable, or else it may forget what has been done.
    let settings = Settings::default();
    let postgres =
        EmbeddedPostgres::start(directory.path(), settings).await.expect("a private Postgres starts");
    let url = postgres.url();
    db::migrate(&url).await.expect("migrates");
    let place = Place::at(url).await;
    pulseboard_worker::setup(&place.db, &place.url).await.expect("makes the queue");
    let job = asked("leave_trace", |context, _| Box::pin(async move { leave_trace(&context.db).await }));
    let worker = place.worker(vec![job]);
    place.ask("leave_trace", 10).await;
    place.eventually_counts("apalis.jobs where status = 'Done'", 1).await;

    let killed = postgres.pid();
    let kill = Command::new("kill").args(["-KILL", &killed.to_string()]).status();
    assert!(kill.expect("kill exists").success());
    // Its backends may answer a little longer.
    eventually("another Postgres", async || (postgres.pid() != killed).then_some(())).await;
    let answers = async |conn: &mut Conn| anyhow::Ok(conn.batch_execute("select from apalis.jobs").await?);
    eventually("a Postgres that is back", async || place.db.system(answers).await.ok()).await;
    place.ask("leave_trace", 10).await;
    place.eventually_counts("apalis.jobs where status = 'Done'", 2).await;
    assert!(!worker.running.is_finished());
    worker.stop().await;
    postgres.stop().await.expect("stops");
}
