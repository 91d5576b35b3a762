//! Workers killed in the middle of jobs: what they had begun is done by others, and done once.

use std::time::{Duration, Instant};

use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use pulseboard_core::{jobs, partitions};

use crate::stage::account::Account;
use crate::stage::gauge::Gauge;
use crate::stage::installation::Installation;
use crate::stage::load::Load;
use crate::stage::outcome::Outcome;
use crate::stage::process::Process;
use crate::stage::tally::Tally;
use crate::stage::until;

/// Jobs that are cut off are given to others after three missed signs of life, 30 s; twice that, and
/// time to do them.
const ALL_DONE: Duration = Duration::from_secs(120);
/// Days that the old events lie back; projects keep 30 unless told otherwise.
const OLD_DAYS: i64 = 40;

/// How much there is to do and how often it is broken off.
pub struct Size {
    pub kills: usize,
    /// Projects that are cleared, and events in each.
    pub cleared: usize,
    pub events: usize,
}

/// A worker process, and the names under which it takes jobs.
struct Worker {
    process: Process,
    names: Vec<String>,
}

/// Two workers, one killed after the other whenever it is in the middle of a job.
pub async fn killed(size: Size) -> Outcome {
    let installation = Installation::start("workers", None).await.with_apis(1).await;
    let mut account = Account::create(&installation.addresses(), 1).await;
    let gauge = Gauge::start(installation.pids());
    let mut database = installation.database().await;
    // The first project is kept, the others are cleared: a job that deletes too much is seen by its loss.
    let load = Load::start(&account, 500);
    load.until_acknowledged(1000).await;
    let told = load.stop().await;
    account.add_projects(size.cleared).await;
    let fill = Instant::now();
    fill_up(&mut database, &account, size.events).await;
    println!("  filled up in {} s", fill.elapsed().as_secs());

    // Their tables are made by the first one that starts.
    let mut workers = [start(&installation, &mut database).await, start(&installation, &mut database).await];
    gauge.follow([workers[0].process.pid(), workers[1].process.pid()]);
    gauge.mark();
    for project in &account.projects[1..] {
        account.clear(project).await;
    }
    for job in ["delete_cleared_stores", "apply_retention"] {
        for _ in 0..size.kills {
            jobs::enqueue(&mut database, job, &serde_json::Value::Null, None).await.expect("asks for a job");
        }
    }
    let mut cut_off = 0;
    for n in 0..size.kills {
        let victim = n % workers.len();
        let Some(running) = until_busy(&mut database, &workers[victim].names).await else { break };
        workers[victim].process.kill().await;
        cut_off += usize::from(number(&mut database, &running_of(&workers[victim].names)).await >= running);
        workers[victim] = start(&installation, &mut database).await;
        gauge.follow([workers[0].process.pid(), workers[1].process.pid()]);
    }
    let waited = Instant::now();
    let open = "select count(*) as n from apalis.jobs where status not in ('Done', 'Killed')
                and job_type in ('delete_cleared_stores', 'apply_retention')";
    let left = "select count(*) as n from stores where cleared_at is not null";
    while waited.elapsed() < ALL_DONE
        && number(&mut database, open).await + number(&mut database, left).await > 0
    {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }

    let tally = Tally::take(told, &account).await;
    let name = format!("workers killed {}× in jobs", size.kills);
    let mut outcome = Outcome::of(&name, &tally, &gauge);
    outcome.note(format!("{cut_off} jobs cut off, all done {} s later", waited.elapsed().as_secs()));
    outcome.promise(cut_off == size.kills, "every kill met a job in the middle");
    outcome.promise(number(&mut database, open).await == 0, "every job is done in the end");
    let dead = "select count(*) as n from apalis.jobs where status = 'Killed'";
    outcome.promise(number(&mut database, dead).await == 0, "no job is given up");
    outcome.promise(number(&mut database, left).await == 0, "every cleared store is gone");
    let old = format!("select count(*) as n from events where ts < now() - interval '{} days'", OLD_DAYS - 1);
    outcome.promise(number(&mut database, &old).await == 0, "what is too old is gone");
    let strays = "select count(*) as n from events as e
                  where not exists (select 1 from stores as s where s.store_id = e.store_id)";
    outcome.promise(number(&mut database, strays).await == 0, "nothing is left without a store");
    outcome
}

/// Starts a worker and learns under which names it takes jobs.
async fn start(installation: &Installation, database: &mut AsyncPgConnection) -> Worker {
    let before = worker_names(database).await;
    let process = installation.process("worker").await;
    let names = until("a worker is known by all its names", async || {
        let mut names = worker_names(database).await;
        names.retain(|name| !before.contains(name));
        (names.len() >= 4).then_some(names)
    })
    .await;
    Worker { process, names }
}

/// Fills the stores up past the product: many events each, and old ones in the project that is kept.
async fn fill_up(database: &mut AsyncPgConnection, account: &Account, events: usize) {
    let now = pulseboard_core::now();
    let old = now - chrono::TimeDelta::days(OLD_DAYS);
    partitions::make_for(database, &[old]).await.expect("makes the old days");
    for (n, project) in account.projects.iter().enumerate() {
        let at = if n == 0 { old } else { now };
        let sql = format!(
            "insert into events (store_id, ts, id, seq, received_at, kind, name)
             select s.store_id, '{at}'::timestamptz, gen_random_uuid(), s.seq + i, now(), 'event', 'filling'
             from stores as s, generate_series(1, {events}) as i
             where s.project_id = '{id}' and s.cleared_at is null",
            at = at.to_rfc3339(),
            id = project.id
        );
        database.batch_execute(&sql).await.expect("fills");
    }
}

/// Waits until one of these has a job under way; how many, or nothing when all is done.
async fn until_busy(database: &mut AsyncPgConnection, names: &[String]) -> Option<i64> {
    let waiting = "select count(*) as n from apalis.jobs where status in ('Pending', 'Queued')";
    let running = running_of(names);
    until("a worker takes a job", async || match number(database, &running).await {
        0 if number(database, waiting).await == 0 => Some(None),
        0 => None,
        count => Some(Some(count)),
    })
    .await
}

fn running_of(names: &[String]) -> String {
    let names = names.join("', '");
    format!("select count(*) as n from apalis.jobs where status = 'Running' and lock_by in ('{names}')")
}

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

async fn number(database: &mut AsyncPgConnection, query: &str) -> i64 {
    let found: Number = diesel::sql_query(query).get_result(database).await.expect("counts");
    found.n
}

#[derive(diesel::QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    id: String,
}

async fn worker_names(database: &mut AsyncPgConnection) -> Vec<String> {
    let there = "select count(*) as n from pg_tables where schemaname = 'apalis' and tablename = 'workers'";
    if number(database, there).await == 0 {
        return Vec::new();
    }
    let names: Vec<Name> =
        diesel::sql_query("select id from apalis.workers").load(database).await.expect("lists");
    names.into_iter().map(|name| name.id).collect()
}
