//! Feeds of an interval of a second on two workers: each tick once and in time, and whatever breaks, they
//! go on.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::sql_types::{Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use serde_json::json;
use uuid::Uuid;

use crate::stage::account::Account;
use crate::stage::gauge::{Gauge, worked_seconds};
use crate::stage::installation::Installation;
use crate::stage::outcome::{Figures, Outcome};
use crate::stage::redis::Redis;
use crate::stage::source::Source;
use crate::stage::until_within;

/// Of all feeds; a tick counts as late from here on.
const INTERVAL: TimeDelta = TimeDelta::seconds(1);
/// Feeds of a worker that has died go on within this time.
const GONE_ON: Duration = Duration::from_secs(15);
/// How long ticks may be waited for on a machine that is busy with tests.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is done to the workers in the middle.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Nothing,
    /// One of them dies.
    Killed,
    /// Their database stops and is started again.
    WithoutPostgres,
}

pub struct Size {
    /// Half of them ask a server, half invent their data.
    pub feeds: usize,
    pub time: Duration,
    pub fault: Fault,
    /// Nothing else runs on this machine: no tick may be late.
    pub strict: bool,
}

/// A tick that was stored.
#[derive(diesel::QueryableByName)]
struct Tick {
    #[diesel(sql_type = SqlUuid)]
    feed_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    ts: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    received_at: DateTime<Utc>,
}

/// What a feed was said to fail of.
#[derive(diesel::QueryableByName)]
struct Said {
    #[diesel(sql_type = Text)]
    error: String,
}

/// The times of each feed's ticks.
type Ticks = BTreeMap<Uuid, Vec<DateTime<Utc>>>;

pub async fn two_workers(size: Size) -> Outcome {
    let (name, place) = match size.fault {
        Fault::Nothing => ("feeds on two workers", "feeds"),
        Fault::Killed => ("feeds, a worker killed", "feeds-killed"),
        Fault::WithoutPostgres => ("feeds, postgres restarted", "feeds-restarted"),
    };
    // They wake each other by Redis where there is one, and look by themselves where there is not.
    let mut installation = Installation::start(place, Redis::start()).await.with_apis(1).await;
    watch_for_errors(&installation).await;
    let account = Account::create(&installation.addresses(), 1).await;
    let source = Source::start().await;
    for n in 0..size.feeds {
        let (kind, config) = match n % 2 {
            0 => ("http_json", json!({"url": source.url, "interval_sec": 1})),
            _ => ("demo", json!({"shape": "host", "seed": n, "interval_sec": 1})),
        };
        account.add_feed(kind, config).await;
    }
    let mut workers = [installation.process("worker").await, installation.process("worker").await];
    let pids = [workers[0].pid(), workers[1].pid()];
    let gauge = Gauge::start(pids);
    ticking(&installation, size.feeds, pulseboard_core::now()).await;

    gauge.mark();
    let (from, begun) = (pulseboard_core::now(), Instant::now());
    let (asked, worked) = (source.asked(), pids.map(worked_seconds));
    let mut gone_on = Duration::ZERO;
    if size.fault != Fault::Nothing {
        ticking(&installation, size.feeds, from + size.time / 2).await;
        match size.fault {
            Fault::Killed => workers[0].kill().await,
            _ => installation.without_postgres(Duration::from_secs(2)).await,
        }
        let blow = Instant::now();
        ticking(&installation, size.feeds, pulseboard_core::now()).await;
        gone_on = blow.elapsed();
    }
    ticking(&installation, size.feeds, from + size.time).await;
    let share = shares(worked, pids.map(worked_seconds), begun.elapsed());
    let asked = source.asked() - asked;

    let until = pulseboard_core::now();
    // What was due by then is stored by the time of the next.
    ticking(&installation, size.feeds, until).await;
    let stored = read(&installation, from, until).await;
    let (memory_before, memory_peak) = gauge.before_and_peak();
    let mut outcome = judge(name, &stored, &size, (from, until));
    (outcome.figures.memory_before, outcome.figures.memory_peak) = (memory_before, memory_peak);
    outcome.note(format!("{asked} requests outside"));
    outcome.note(format!("the workers used {share} of a core"));
    if size.fault != Fault::Nothing {
        outcome.note(format!("all went on {:.1} s after the blow", gone_on.as_secs_f64()));
        outcome.promise(!size.strict || gone_on < GONE_ON, "all feeds go on within 15 s");
    }
    promise_no_errors(&mut outcome, &installation).await;
    outcome
}

/// Keeps what feeds are said to fail of: none of them does.
async fn watch_for_errors(installation: &Installation) {
    let sql = "create table said (error text not null);
        create function note_error() returns trigger language plpgsql security definer as $$
            begin insert into public.said values (new.error); return null; end $$;
        create trigger noting after update on feed_states for each row when (new.error is not null)
            execute function note_error()";
    installation.database().await.batch_execute(sql).await.expect("watched");
}

/// What breaks is not the feeds' fault, and no process panics of it.
async fn promise_no_errors(outcome: &mut Outcome, installation: &Installation) {
    let said = diesel::sql_query("select error from said limit 1");
    let said: Vec<Said> = said.load(&mut installation.database().await).await.expect("reads");
    let error = said.as_slice().first().map(|said| said.error.as_str()).unwrap_or_default();
    outcome.promise(error.is_empty(), &format!("no feed is said to fail, as with: {error}"));
    outcome.promise(!installation.place.logged("panicked"), "nothing panics");
}

/// Waits until each feed has a tick after this time.
async fn ticking(installation: &Installation, feeds: usize, after: DateTime<Utc>) {
    until_within(PATIENCE, "every feed ticks", async || {
        let mut conn = AsyncPgConnection::establish(&installation.url).await.ok()?;
        let seen = ticks_between(&mut conn, after, after + TimeDelta::days(1)).await.ok()?;
        let of_feeds: std::collections::BTreeSet<Uuid> = seen.iter().map(|tick| tick.feed_id).collect();
        // Not more often than the tests can bear.
        tokio::time::sleep(Duration::from_millis(200)).await;
        (of_feeds.len() >= feeds).then_some(())
    })
    .await;
}

async fn read(installation: &Installation, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<Tick> {
    ticks_between(&mut installation.database().await, from, until).await.expect("reads")
}

async fn ticks_between(
    conn: &mut AsyncPgConnection,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> diesel::QueryResult<Vec<Tick>> {
    let query = "select feed_id, ts, received_at from events
        where feed_id is not null and ts > $1 and ts <= $2 order by feed_id, ts";
    diesel::sql_query(query).bind::<Timestamptz, _>(from).bind::<Timestamptz, _>(until).load(conn).await
}

/// Compares what is stored with the grid that each feed keeps to.
fn judge(name: &str, stored: &[Tick], size: &Size, (from, until): (DateTime<Utc>, DateTime<Utc>)) -> Outcome {
    let mut ticks = Ticks::new();
    for tick in stored {
        ticks.entry(tick.feed_id).or_default().push(tick.ts);
    }
    let (mut missing, mut duplicates, mut longest) = (0, 0, TimeDelta::zero());
    for times in ticks.values() {
        // Between two ticks of the grid, and from the ends of the time to the nearest.
        let begin = times.as_slice().first().map(|first| *first - from - TimeDelta::milliseconds(1));
        let end = times.as_slice().last().map(|last| until - *last);
        let pauses = times.windows(2).map(|pair| pair[1] - pair[0]);
        duplicates += pauses.clone().filter(|pause| *pause < INTERVAL).count();
        longest = longest.max(pauses.clone().max().unwrap_or_default());
        let unseen = pauses.map(|pause| pause.num_seconds() - 1);
        let unseen: i64 = unseen.chain(begin.into_iter().chain(end).map(|rest| rest.num_seconds())).sum();
        missing += usize::try_from(unseen).unwrap_or(0);
    }
    let figures = Figures {
        acknowledged: stored.len() + missing,
        stored: stored.len(),
        missing,
        duplicates,
        outage_ms: u128::try_from((longest - INTERVAL).num_milliseconds()).unwrap_or(0),
        ..Figures::default()
    };
    let mut outcome = Outcome { name: name.into(), figures, notes: Vec::new(), broken: Vec::new() };
    let (half, most, all) = (drift(stored, 0.5), drift(stored, 0.99), drift(stored, 1.0));
    outcome.note(format!(
        "{} feeds, ticks stored after: half {} ms, 99 % {} ms, all {} ms",
        size.feeds,
        half.num_milliseconds(),
        most.num_milliseconds(),
        all.num_milliseconds()
    ));
    outcome.promise(ticks.len() == size.feeds, "every feed ticks");
    outcome.promise(duplicates == 0, "no tick is done twice");
    if size.strict && size.fault == Fault::Nothing {
        outcome.promise(missing == 0, "each tick is done");
        outcome.promise(all < INTERVAL, "no tick is late by a second");
    }
    outcome
}

/// How long after their time so many of the ticks were stored.
fn drift(stored: &[Tick], share: f64) -> TimeDelta {
    let mut all: Vec<TimeDelta> = stored.iter().map(|tick| tick.received_at - tick.ts).collect();
    all.sort();
    let last = all.len().saturating_sub(1);
    all.get((last as f64 * share) as usize).copied().unwrap_or_default()
}

/// How much of a core each worker used.
fn shares(before: [f64; 2], after: [f64; 2], time: Duration) -> String {
    let share = |n: usize| 100.0 * (after[n] - before[n]).max(0.0) / time.as_secs_f64();
    format!("{:.1} % and {:.1} %", share(0), share(1))
}
