//! One tenant at ten times its rate, and another that goes about its business.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::traffic::{DEFAULT_LIMITS, PACE, Rounds, Size, Traffic, compare, status};
use crate::stage::account::{Account, Addresses};
use crate::stage::gauge::Gauge;
use crate::stage::outcome::Outcome;
use crate::stage::place::Place;
use crate::stage::process::Process;
use crate::stage::tally::counted;

/// The flood's limit in events per second: ten times as much can be sent from the same machine.
const RATE: usize = 300;
/// Events in a body of the flood, and how many send them.
const BODY: usize = 20;
const SENDERS: usize = 15;
/// What a flood may cost the others' p99.
const FLOOD_PROMISED: f64 = 1.5;

/// One tenant at ten times its rate, another far below.
pub async fn ten_times(size: Size) -> Outcome {
    let place = Place::new("flood");
    let rate = RATE.to_string();
    let rates = [("PULSEBOARD_KEY_RATE", rate.as_str()), ("PULSEBOARD_PROJECT_RATE", rate.as_str())];
    let limits = [DEFAULT_LIMITS, &rates].concat();
    let process = Process::start(&place, "up", &limits).await;
    let addresses = Addresses::new([process.base.clone()]);
    let modest = Account::create(&addresses, 1).await;
    let greedy = Account::of("greedy", &addresses, 1).await;
    let gauge = Gauge::start([process.pid()]);
    let mut traffic = Traffic::of(&modest);
    traffic.go_on_for(size.time / 2, PACE).await;
    gauge.mark();

    let (mut without, mut with) = (Rounds::default(), Rounds::default());
    let (mut sent, mut accepted, mut before, mut lasted) = (0, 0, 0, Duration::ZERO);
    let mut answers = BTreeMap::<String, usize>::new();
    for _ in 0..size.rounds {
        without.add(&traffic.go_on_for(size.time, PACE).await);
        // What may come at once is used up first: from here on it is the rate alone.
        while Target::of(&greedy).send(1000).await == "202" {
            before += 1000;
        }
        let flood = Flood::start(&greedy);
        let started = Instant::now();
        with.add(&traffic.go_on_for(size.time, PACE).await);
        let told = flood.stop().await;
        lasted += started.elapsed();
        sent += told.values().sum::<usize>() * BODY;
        accepted += told.get("202").copied().unwrap_or_default() * BODY;
        for (answer, count) in told {
            *answers.entry(answer).or_default() += count;
        }
    }

    let stored = counted(&greedy, &greedy.projects[0]).await;
    let per_second = |events: usize| events as f64 / lasted.as_secs_f64();
    let mut outcome = traffic.outcome("flood at ten times its rate", &gauge).await;
    outcome.note(format!(
        "sent {:.0} events per second, let through {:.0} at a rate of {RATE}: {answers:?}",
        per_second(sent),
        per_second(accepted)
    ));
    compare(&mut outcome, "the modest tenant", &without, &with, FLOOD_PROMISED);
    let unclean = answers.keys().find(|answer| !["202", "429"].contains(&answer.as_str()));
    outcome.promise(unclean.is_none(), &format!("the flood is refused with 429 alone, not {unclean:?}"));
    outcome.promise(per_second(accepted) <= 1.2 * RATE as f64, "no more is let through than the rate");
    outcome.promise(per_second(sent) >= 5.0 * RATE as f64, "there was a flood at all");
    outcome
        .promise(stored == before + accepted, "what the flood was acknowledged is stored, and nothing else");
    outcome
}

/// Sends until it is stopped.
struct Flood {
    senders: JoinSet<()>,
    answers: Arc<Mutex<BTreeMap<String, usize>>>,
    stop: watch::Sender<bool>,
}

impl Flood {
    fn start(account: &Account) -> Self {
        let answers = Arc::new(Mutex::new(BTreeMap::new()));
        let (stop, stopped) = watch::channel(false);
        let mut senders = JoinSet::new();
        for _ in 0..SENDERS {
            let (target, answers, mut stopped) = (Target::of(account), Arc::clone(&answers), stopped.clone());
            senders.spawn(async move {
                let per_second = (10 * RATE) as f64 / (SENDERS * BODY) as f64;
                let mut pace = tokio::time::interval(Duration::from_secs(1).div_f64(per_second));
                pace.set_missed_tick_behavior(MissedTickBehavior::Skip);
                loop {
                    tokio::select! {
                        _ = pace.tick() => {}
                        _ = stopped.wait_for(|stop| *stop) => return,
                    }
                    let answer = target.send(BODY).await;
                    *answers.lock().expect("not poisoned").entry(answer).or_default() += 1;
                }
            });
        }
        Self { senders, answers, stop }
    }

    /// Answers by status.
    async fn stop(self) -> BTreeMap<String, usize> {
        let _ = self.stop.send(true);
        self.senders.join_all().await;
        std::mem::take(&mut self.answers.lock().expect("not poisoned"))
    }
}

/// Where an account's events go.
#[derive(Clone)]
struct Target {
    http: reqwest::Client,
    url: String,
    key: String,
}

impl Target {
    fn of(account: &Account) -> Self {
        let url = format!("{}/ingest", account.addresses.pick(0));
        Self { http: account.http.clone(), url, key: account.projects[0].key.clone() }
    }

    /// So many events as one body; what is answered.
    async fn send(&self, count: usize) -> String {
        let body = json!(vec![json!({"type": "event", "name": "flood"}); count]);
        loop {
            match self.http.post(&self.url).bearer_auth(&self.key).json(&body).send().await {
                // A connection that was opened and not used in time: nothing was read on it.
                Ok(answer) if answer.status() == 408 => {}
                Ok(answer) => return status(&answer),
                Err(error) => return error.to_string(),
            }
        }
    }
}
