//! What the worker deletes, and what it leaves alone.

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::SimpleAsyncConnection;
use pulseboard_core::audit::Actor;
use pulseboard_core::db::Conn;
use pulseboard_core::ids::{OrgId, StoreId};
use pulseboard_core::projects::{self, Project, ProjectChanges};
use pulseboard_core::{jobs, partitions};
use pulseboard_worker::schedule;

use super::Place;
use crate::app::eventually;

/// Everything that is filed by store, with its column of time where age matters.
const FILED: [&str; 8] = [
    "events",
    "samples",
    "event_ids",
    "series",
    "event_counts_minute",
    "event_counts_hour",
    "sample_minutes",
    "sample_hours",
];

impl Place {
    async fn project(&self, name: &str, retention_days: i32) -> Project {
        let org = OrgId::new();
        self.sql(&format!("insert into orgs (id, name) values ('{org}', '{name}')")).await;
        self.db
            .system(async |conn: &mut Conn| {
                let project = projects::create(conn, &Actor::default(), org, name).await?;
                let changes = ProjectChanges { retention_days: Some(retention_days), ..Default::default() };
                anyhow::Ok(projects::update(conn, &Actor::default(), org, project.id, changes).await?)
            })
            .await
            .expect("a project")
    }

    /// Files a row in every table, so many days ago.
    async fn file(&self, store: StoreId, days_ago: i64, series: i64) {
        let at: DateTime<Utc> = pulseboard_core::now() - TimeDelta::days(days_ago);
        let at_text = at.to_rfc3339();
        let sql = format!(
            "insert into events (store_id, ts, id, seq, received_at, kind, name)
                 values ('{store}', '{at_text}', gen_random_uuid(), 1, '{at_text}', 'event', 'x');
             insert into samples values ('{store}', {series}, '{at_text}', 1);
             insert into event_ids values ('{store}', gen_random_uuid(), now());
             insert into series values ('{store}', {series}, 'x', '{{}}');
             insert into event_counts_minute values ('{store}', '{at_text}', 'event', 1);
             insert into event_counts_hour values ('{store}', '{at_text}', 'event', 'x', 1, '{at_text}');
             insert into sample_minutes values ('{store}', {series}, '{at_text}', 1, 1, 1, 1, 1, '{at_text}');
             insert into sample_hours values ('{store}', {series}, '{at_text}', 1, 1, 1, 1, 1, '{at_text}');"
        );
        self.db
            .system(async |conn: &mut Conn| {
                partitions::make_for(conn, &[at]).await?;
                anyhow::Ok(conn.batch_execute(&sql).await?)
            })
            .await
            .expect("files");
    }

    /// Rows of a store, table by table.
    async fn rows(&self, store: StoreId) -> [i64; 8] {
        let mut rows = [0; 8];
        for (count, table) in rows.iter_mut().zip(FILED) {
            *count = self.count(&format!("{table} where store_id = '{store}'")).await;
        }
        rows
    }

    async fn eventually_has(&self, store: StoreId, expected: [i64; 8]) {
        eventually("the rows that should be left", async || {
            (self.rows(store).await == expected).then_some(())
        })
        .await;
    }

    async fn eventually_done(&self, job: &str) {
        self.eventually_counts(&format!("apalis.jobs where job_type = '{job}' and status = 'Done'"), 1).await;
    }
}

#[tokio::test]
async fn retention_deletes_what_is_too_old_for_its_project_and_nothing_else() {
    let place = Place::new().await;
    let (week, quarter) = (place.project("week", 7).await, place.project("quarter", 90).await);
    for (n, days_ago) in [0, 6, 8, 40].into_iter().enumerate() {
        place.file(week.store_id, days_ago, n as i64).await;
        place.file(quarter.store_id, days_ago, n as i64).await;
    }
    place.file(quarter.store_id, 100, 9).await;
    let oldest = (pulseboard_core::now() - TimeDelta::days(100)).format("events_p%Y%m%d");

    let worker = place.worker(schedule::all());
    // What has a time is judged by it; names of series and remembered ids have none.
    place.eventually_has(week.store_id, [2, 2, 4, 4, 2, 2, 2, 2]).await;
    place.eventually_has(quarter.store_id, [4, 4, 5, 5, 4, 4, 4, 4]).await;
    place.eventually_done("apply_retention").await;
    worker.stop().await;
    assert_eq!(place.rows(week.store_id).await, [2, 2, 4, 4, 2, 2, 2, 2]);
    assert_eq!(place.rows(quarter.store_id).await, [4, 4, 5, 5, 4, 4, 4, 4]);
    assert_eq!(
        place.count(&format!("pg_class where relname = '{oldest}'")).await,
        0,
        "nobody keeps that day"
    );
}

#[tokio::test]
async fn a_cleared_store_goes_and_the_others_stay() {
    let place = Place::with_queue().await;
    let (cleared, deleted, kept) = (
        place.project("cleared", 30).await,
        place.project("deleted", 30).await,
        place.project("kept", 30).await,
    );
    for project in [&cleared, &deleted, &kept] {
        place.file(project.store_id, 0, 1).await;
        place.file(project.store_id, 3, 2).await;
    }
    let worker = place.worker(schedule::all());
    let fresh = place
        .db
        .system(async |conn: &mut Conn| {
            let now = pulseboard_core::now();
            projects::clear_events(conn, &Actor::default(), cleared.org_id, cleared.id, now).await?;
            projects::delete(conn, &Actor::default(), deleted.org_id, deleted.id, now).await?;
            anyhow::Ok(projects::find(conn, cleared.org_id, cleared.id).await?.store_id)
        })
        .await
        .expect("clears and deletes");
    place.file(fresh, 0, 3).await;

    place.eventually_counts("stores where cleared_at is not null", 0).await;
    worker.stop().await;
    assert_eq!(place.rows(cleared.store_id).await, [0; 8]);
    assert_eq!(place.rows(deleted.store_id).await, [0; 8]);
    assert_eq!(place.rows(fresh).await, [1; 8]);
    assert_eq!(place.rows(kept.store_id).await, [2; 8]);
    assert_eq!(place.count("stores").await, 2);
}

#[tokio::test]
async fn a_large_store_is_deleted_chunk_by_chunk() {
    let place = Place::new().await;
    let project = place.project("large", 30).await;
    let store = project.store_id;
    place
        .sql(&format!(
            "insert into events (store_id, ts, id, seq, received_at, kind, name)
             select '{store}', now() - n * interval '1 millisecond', gen_random_uuid(), n, now(), 'event', 'x'
             from generate_series(1, 25000) as n"
        ))
        .await;
    let clear = async |conn: &mut Conn| {
        anyhow::Ok(
            projects::clear_events(
                conn,
                &Actor::default(),
                project.org_id,
                project.id,
                pulseboard_core::now(),
            )
            .await?,
        )
    };
    place.db.system(clear).await.expect("clears");
    let (one, other) = (place.worker(schedule::all()), place.worker(schedule::all()));
    place.eventually_counts("stores where cleared_at is not null", 0).await;
    assert_eq!(place.count(&format!("events where store_id = '{store}'")).await, 0);
    one.stop().await;
    other.stop().await;
}

#[tokio::test]
async fn partitions_exist_ahead() {
    let place = Place::new().await;
    if place.count("pg_settings where name = 'timescaledb.disable_load'").await > 0 {
        return; // Chunks are made by TimescaleDB.
    }
    let days = 0..=i64::try_from(partitions::DAYS_AHEAD).expect("few");
    let names: Vec<String> = days
        .flat_map(|n| {
            let day = (pulseboard_core::now() + TimeDelta::days(n)).format("%Y%m%d").to_string();
            ["events", "samples"].map(|table| format!("{table}_p{day}"))
        })
        .collect();
    for name in &names {
        place.sql(&format!("drop table if exists {name}")).await;
    }
    let worker = place.worker(schedule::all());
    let listed = names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    place.eventually_counts(&format!("pg_class where relname in ({listed})"), names.len() as i64).await;
    worker.stop().await;
}

#[tokio::test]
async fn old_jobs_and_old_leftovers_are_forgotten() {
    let place = Place::with_queue().await;
    place
        .sql(
            "insert into apalis.jobs (id, job_type, job, status, attempts, max_attempts, done_at)
             select id, 'x', 'null', status, 1, 1, now() - days * interval '1 day' from (values
                 ('done new', 'Done', 0), ('done old', 'Done', 2), ('dead new', 'Killed', 2),
                 ('failed new', 'Failed', 29), ('dead old', 'Killed', 31), ('failed old', 'Failed', 31)
             ) as rows(id, status, days);
             insert into apalis.workers (id, worker_type, storage_name, last_seen)
                 values ('gone', 'x', 'x', now() - interval '2 days');
             insert into event_ids values (gen_random_uuid(), gen_random_uuid(), now() - interval '2 days'),
                 (gen_random_uuid(), gen_random_uuid(), now());
             insert into sign_in_failures values ('a', 1, now() - interval '1 year'), ('b', 1, now());",
        )
        .await;
    let worker = place.worker(schedule::all());
    place.eventually_done("clean_up").await;
    worker.stop().await;
    let left =
        "select coalesce(string_agg(id, ',' order by id), '') as value from apalis.jobs where job_type = 'x'";
    assert_eq!(place.text(left).await, "dead new,done new,failed new");
    assert_eq!(place.count("apalis.workers where id = 'gone'").await, 0);
    assert_eq!(place.count("event_ids").await, 1);
    assert_eq!(place.count("sign_in_failures").await, 1);
    let letters = place
        .db
        .system(async |conn: &mut Conn| anyhow::Ok(jobs::dead_letters_in_all_orgs(conn, 1).await?))
        .await
        .expect("lists");
    assert_eq!(letters[0].id, "dead new", "the newest first");
}
