//! Jobs: work that is done later by a worker, at least once.
//!
//! A job is put into the queue by plain SQL in the transaction of the change that asks for it, so that
//! there is never one without the other. The queue's tables belong to the job runner and are made by
//! the worker, which alone knows it; here is only what others need of them.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use diesel::sql_types::{BigInt, Binary, Integer, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;

use crate::db::Conn;

/// How often a job is tried before it becomes a dead letter. With the worker's pauses between two
/// tries this is about two hours, so that a mail server may be restarted meanwhile.
pub const MAX_ATTEMPTS: i32 = 10;

/// How long jobs that are done are kept: within this time a key is not taken twice.
const DONE_KEPT: TimeDelta = TimeDelta::days(1);
/// How long jobs that were given up are kept, for someone to look at.
const DEAD_KEPT: TimeDelta = TimeDelta::days(30);

/// A job that was given up.
#[derive(Clone, Debug, diesel::QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct DeadLetter {
    #[diesel(sql_type = Text)]
    pub id: String,
    #[diesel(sql_type = Text)]
    pub job: String,
    #[diesel(sql_type = Integer)]
    pub attempts: i32,
    /// Why the last attempt failed.
    #[diesel(sql_type = Nullable<Text>)]
    pub error: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub at: Option<DateTime<Utc>>,
}

/// Puts a job into the queue. With a key, a second one of the same name and key is ignored.
///
/// Returns whether it was new. Works in a tenant's transaction too.
pub async fn enqueue(
    conn: &mut Conn,
    job: &str,
    payload: &serde_json::Value,
    key: Option<&str>,
) -> QueryResult<bool> {
    // No conflict target: with one the app role would need the right to read the queue.
    let inserted = diesel::sql_query(
        "insert into apalis.jobs (id, job_type, job, max_attempts, idempotency_key)
         values (apalis.generate_ulid(), $1, $2, $3, $4) on conflict do nothing",
    )
    .bind::<Text, _>(job)
    .bind::<Binary, _>(payload.to_string().into_bytes())
    .bind::<Integer, _>(MAX_ATTEMPTS)
    .bind::<Nullable<Text>, _>(key)
    .execute(conn)
    .await?;
    Ok(inserted > 0)
}

/// Puts the tick of a periodic job into the queue, unless an earlier one still waits or runs: what
/// takes longer than its period, or fails, does not pile up. System scope.
pub async fn enqueue_tick(conn: &mut Conn, job: &str, tick: DateTime<Utc>) -> QueryResult<bool> {
    let inserted = diesel::sql_query(
        "insert into apalis.jobs (id, job_type, job, max_attempts, idempotency_key)
         select apalis.generate_ulid(), $1, 'null', $2, $3
         where not exists (
             select 1 from apalis.jobs where job_type = $1 and
                 (status in ('Pending', 'Queued', 'Running') or (status = 'Failed' and attempts < max_attempts)))
         on conflict do nothing",
    )
    .bind::<Text, _>(job)
    .bind::<Integer, _>(MAX_ATTEMPTS)
    .bind::<Text, _>(tick_key(job, tick))
    .execute(conn)
    .await?;
    Ok(inserted > 0)
}

fn tick_key(job: &str, tick: DateTime<Utc>) -> String {
    format!("{job}:{}", tick.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
}

/// Lets a job rest before its next attempt. System scope.
pub async fn postpone(conn: &mut Conn, id: &str, pause: Duration) -> QueryResult<()> {
    diesel::sql_query("update apalis.jobs set run_at = now() + $2 * interval '1 millisecond' where id = $1")
        .bind::<Text, _>(id)
        .bind::<BigInt, _>(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX))
        .execute(conn)
        .await?;
    Ok(())
}

/// The newest jobs that were given up. System scope.
pub async fn dead_letters_in_all_orgs(conn: &mut Conn, limit: i64) -> QueryResult<Vec<DeadLetter>> {
    diesel::sql_query(
        "select id, job_type as job, attempts, last_result ->> 'Err' as error, done_at as at
         from apalis.jobs where status = 'Killed' or (status = 'Failed' and attempts >= max_attempts)
         order by done_at desc nulls first limit $1",
    )
    .bind::<BigInt, _>(limit)
    .load(conn)
    .await
}

/// Forgets jobs that were done or given up long enough ago, and the workers that are gone.
/// System scope.
pub async fn delete_old(conn: &mut Conn, now: DateTime<Utc>) -> QueryResult<usize> {
    let jobs = diesel::sql_query(
        "delete from apalis.jobs where (status = 'Done' and done_at < $1)
         or ((status = 'Killed' or (status = 'Failed' and attempts >= max_attempts)) and done_at < $2)",
    )
    .bind::<Timestamptz, _>(now - DONE_KEPT)
    .bind::<Timestamptz, _>(now - DEAD_KEPT)
    .execute(conn)
    .await?;
    // A row that still names its worker must be found by it when it has to be taken over.
    let workers = diesel::sql_query(
        "delete from apalis.workers as w where last_seen < $1
         and not exists (select 1 from apalis.jobs where lock_by = w.id)",
    )
    .bind::<Timestamptz, _>(now - DONE_KEPT)
    .execute(conn)
    .await?;
    Ok(jobs + workers)
}

/// Gives tenants the right to ask for work, and no right to see it. Called once the queue is made.
pub async fn grant_queue(conn: &mut Conn) -> QueryResult<()> {
    for statement in [
        "grant usage on schema apalis to pulseboard_app",
        "grant insert (id, job_type, job, max_attempts, idempotency_key) on apalis.jobs to pulseboard_app",
    ] {
        diesel::sql_query(statement).execute(conn).await?;
    }
    Ok(())
}

/// Waits until no other worker makes the queue; held until the transaction ends.
pub async fn lock_queue(conn: &mut Conn) -> QueryResult<()> {
    /// "jobs" in ASCII.
    const LOCK: i64 = 0x6a_6f_62_73;
    diesel::sql_query("select pg_advisory_xact_lock($1)").bind::<BigInt, _>(LOCK).execute(conn).await?;
    Ok(())
}
