//! Live readers while the process they read from is killed, and while Redis is killed, emptied, away.

use std::time::Duration;

use crate::stage::account::Account;
use crate::stage::gauge::Gauge;
use crate::stage::installation::Installation;
use crate::stage::load::Load;
use crate::stage::outcome::Outcome;
use crate::stage::reader::{Reader, Way};
use crate::stage::redis::Redis;
use crate::stage::tally::Tally;
use crate::stage::{PATIENCE, until};

/// How hard and how often.
pub struct Size {
    /// Events per second.
    pub rate: usize,
    /// Live readers, half of them by each way.
    pub readers: usize,
    pub blows: usize,
    /// Events acknowledged between one blow and the next.
    pub between: usize,
}

/// The api is killed; everyone connects again and goes on from their cursor.
pub async fn api_killed(size: Size) -> Outcome {
    let mut installation = Installation::start("kill-watched", None).await.with_apis(1).await;
    let account = Account::create(&installation.addresses(), 1).await;
    let gauge = Gauge::start(installation.pids());
    let readers = readers(&account, size.readers);
    let load = Load::start(&account, size.rate);
    load.until_acknowledged(size.between).await;
    gauge.mark();
    for _ in 0..size.blows {
        installation.apis[0].kill().await;
        installation.apis[0] = installation.process("api").await;
        account.addresses.set(installation.bases());
        gauge.follow(installation.pids());
        load.until_acknowledged(size.between).await;
    }
    let tally = Tally::take(load.stop().await, &account).await;
    let mut outcome = Outcome::of(&format!("api killed {}× while watched", size.blows), &tally, &gauge);
    judge_readers(&mut outcome, &readers, &tally).await;
    outcome
}

/// What happens to Redis, and for how long.
pub enum Fault {
    Nothing,
    Killed,
    Frozen,
    Flushed,
}

/// One part of a scenario, for so many seconds' worth of events at the scenario's rate.
pub struct Phase {
    pub fault: Fault,
    pub seconds: usize,
}

/// How hard, and in which parts.
pub struct RedisSize {
    pub rate: usize,
    pub readers: usize,
    pub phases: Vec<Phase>,
    /// The least share of the rate without a fault; none where the time is too short to judge.
    pub least_rate: Option<f64>,
}

/// Two apis that hear of each other's events through Redis. The first phase is the measure.
pub async fn redis_away(size: RedisSize) -> Outcome {
    let name = "Redis killed, emptied, away";
    let Some(redis) = Redis::start() else {
        return Outcome::not_run(name, "there is no redis-server");
    };
    let mut installation = Installation::start("redis-away", Some(redis)).await.with_apis(2).await;
    let account = Account::create(&installation.addresses(), 1).await;
    let gauge = Gauge::start(installation.pids());
    let readers = readers(&account, size.readers);
    let load = Load::start(&account, size.rate);
    load.until_acknowledged(size.rate).await;
    gauge.mark();
    let mut rates = Vec::new();
    for Phase { fault, seconds } in &size.phases {
        let redis = installation.redis.as_mut().expect("it was started");
        // As long as it takes at the rate, and a good deal longer on a slow machine.
        let patience = PATIENCE + Duration::from_secs(3 * *seconds as u64);
        let phase = load.until_acknowledged_within(patience, seconds * size.rate);
        let rate = match fault {
            Fault::Nothing => load.rate_during(phase).await.1,
            Fault::Flushed => {
                redis.flush();
                load.rate_during(phase).await.1
            }
            Fault::Killed => {
                redis.kill();
                let rate = load.rate_during(phase).await.1;
                redis.run().expect("starts again");
                rate
            }
            Fault::Frozen => {
                redis.signal("-STOP");
                let rate = load.rate_during(phase).await.1;
                redis.signal("-CONT");
                rate
            }
        };
        rates.push(rate);
    }
    let tally = Tally::take(load.stop().await, &account).await;
    let mut outcome = Outcome::of(name, &tally, &gauge);
    let shown: Vec<String> = rates.iter().map(|rate| format!("{rate:.0}")).collect();
    outcome.note(format!("202 per second {}", shown.join(", ")));
    let lowest = rates.iter().copied().fold(f64::INFINITY, f64::min);
    if let Some(least) = size.least_rate {
        outcome.promise(lowest >= least * rates[0], "the rate of 202 stays within 10 %");
    }
    judge_readers(&mut outcome, &readers, &tally).await;
    outcome
}

/// So many readers, in turn by each way and of each project.
pub fn readers(account: &Account, count: usize) -> Vec<Reader> {
    let start = |n: usize| {
        let way = if n.is_multiple_of(2) { Way::Socket } else { Way::Sse };
        Reader::start(account, n / 2 % account.projects.len(), n, way)
    };
    (0..count).map(start).collect()
}

/// Waits until every reader has seen everything, and notes what it saw twice or was told it missed.
pub async fn judge_readers(outcome: &mut Outcome, readers: &[Reader], tally: &Tally) {
    let started = tokio::time::Instant::now();
    let behind = || {
        let missing = |reader: &Reader| tally.stored[reader.project].difference(&reader.seen().ids).count();
        readers.iter().map(missing).sum::<usize>()
    };
    let caught_up = tokio::time::timeout(
        Duration::from_secs(30),
        until("every reader has seen everything", async || (behind() == 0).then_some(())),
    );
    let missing = match caught_up.await {
        Ok(()) => 0,
        Err(_) => behind(),
    };
    let repeats: usize = readers.iter().map(|reader| reader.seen().repeats).sum();
    let missed: u64 = readers.iter().map(|reader| reader.seen().missed).sum();
    let connections: usize = readers.iter().map(|reader| reader.seen().connections).sum();
    outcome.note(format!(
        "{} readers over {connections} connections: missing {missing}, repeats {repeats}, gaps of {missed}, \
         caught up in {} ms",
        readers.len(),
        started.elapsed().as_millis()
    ));
    outcome.promise(missing == 0, "readers miss nothing after catching up");
    outcome.promise(repeats == 0, "readers see nothing twice");
    outcome.promise(missed == 0, "readers are told of no gap");
}
