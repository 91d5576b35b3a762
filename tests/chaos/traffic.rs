//! Good traffic beside the abuse: one client with small events at a pace, what it is answered and how
//! fast; and how rounds with the abuse compare with rounds without.

use std::time::{Duration, Instant};

use reqwest::header::RETRY_AFTER;
use serde_json::{Value, json};
use tokio::time::MissedTickBehavior;

use crate::stage::account::Account;
use crate::stage::gauge::Gauge;
use crate::stage::outcome::{Figures, Outcome};
use crate::stage::tally::counted;

/// As an installation has them; other scenarios lift them.
pub const DEFAULT_LIMITS: &[(&str, &str)] = &[
    ("PULSEBOARD_KEY_RATE", "2000"),
    ("PULSEBOARD_PROJECT_RATE", "4000"),
    ("PULSEBOARD_CONNECTIONS_PER_ADDRESS", "1000"),
];
/// The pause between two requests of good traffic.
pub const PACE: Duration = Duration::from_millis(10);

/// How often and how long.
pub struct Size {
    pub rounds: usize,
    /// Of a round.
    pub time: Duration,
}

/// One client of an account's first project.
pub struct Traffic<'a> {
    account: &'a Account,
    acknowledged: usize,
    /// Answers other than an acknowledgement.
    refused: Vec<String>,
    /// The slowest answer: where nothing is to be away, this is the longest outage.
    slowest: Duration,
}

impl<'a> Traffic<'a> {
    pub fn of(account: &'a Account) -> Self {
        Self { account, acknowledged: 0, refused: Vec::new(), slowest: Duration::ZERO }
    }

    /// Sends one event, or an array of them; returns how long the answer took.
    pub async fn send(&mut self, body: &Value) -> Duration {
        let url = format!("{}/ingest", self.account.addresses.pick(0));
        let key = &self.account.projects[0].key;
        loop {
            let sent = Instant::now();
            let answer = self.account.http.post(&url).bearer_auth(key).json(body).send().await;
            match answer.map(|answer| answer.status().as_u16()) {
                Ok(202) => self.acknowledged += body.as_array().map_or(1, Vec::len),
                // A connection that was opened and not used in time: nothing was read on it.
                Ok(408) => continue,
                Ok(status) => self.refused.push(status.to_string()),
                Err(error) => self.refused.push(error.to_string()),
            }
            let took = sent.elapsed();
            self.slowest = self.slowest.max(took);
            return took;
        }
    }

    /// Sends single events at this pace until it is enough; returns how long each answer took.
    pub async fn go_on(&mut self, pace: Duration, mut enough: impl FnMut() -> bool) -> Vec<Duration> {
        let mut pace = tokio::time::interval(pace);
        pace.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut times = Vec::new();
        while !enough() {
            pace.tick().await;
            let body = json!({"type": "event", "name": "good", "payload": {"n": times.len()}});
            times.push(self.send(&body).await);
        }
        times
    }

    /// The same for a time.
    pub async fn go_on_for(&mut self, time: Duration, pace: Duration) -> Vec<Duration> {
        let started = Instant::now();
        self.go_on(pace, || started.elapsed() >= time).await
    }

    /// The scenario's line, with what is promised to everyone beside the abuse: nothing refused, all stored.
    pub async fn outcome(&self, name: &str, gauge: &Gauge) -> Outcome {
        let stored = counted(self.account, &self.account.projects[0]).await;
        let (memory_before, memory_peak) = gauge.before_and_peak();
        let figures = Figures {
            acknowledged: self.acknowledged,
            stored,
            missing: self.acknowledged.saturating_sub(stored),
            duplicates: stored.saturating_sub(self.acknowledged),
            outage_ms: self.slowest.as_millis(),
            memory_before,
            memory_peak,
        };
        let mut outcome = Outcome { name: name.to_owned(), figures, notes: Vec::new(), broken: Vec::new() };
        outcome.promise(self.acknowledged > 0, "events are acknowledged at all");
        outcome.promise(stored == self.acknowledged, "what was acknowledged is stored, and nothing else");
        let refused = self.refused.first().map(String::as_str).unwrap_or_default();
        outcome.promise(refused.is_empty(), &format!("good traffic is never refused, not with {refused}"));
        outcome
    }
}

/// The middle and the slowest hundredth of each round.
#[derive(Default)]
pub struct Rounds {
    middles: Vec<Duration>,
    slowest: Vec<Duration>,
}

impl Rounds {
    pub fn add(&mut self, times: &[Duration]) {
        self.middles.push(percentile(times, 50));
        self.slowest.push(percentile(times, 99));
    }

    /// Medians over the rounds.
    fn medians(&self) -> (Duration, Duration) {
        (percentile(&self.middles, 50), percentile(&self.slowest, 50))
    }
}

/// Notes both, and how often the one p99 goes into the other, which it returns. Two busy cores make more
/// noise than most promises leave room for: what is over one is said here and breaks nothing.
pub fn compare(outcome: &mut Outcome, what: &str, without: &Rounds, with: &Rounds, promised: f64) -> f64 {
    let ((p50, p99), (p50_with, p99_with)) = (without.medians(), with.medians());
    let ratio = p99_with.as_secs_f64() / p99.as_secs_f64().max(0.000_1);
    let verdict = if ratio <= promised { "within" } else { "OVER" };
    outcome.note(format!(
        "{what}: p50 {p50:.1?} → {p50_with:.1?}, p99 {p99:.1?} → {p99_with:.1?} (medians of {} rounds), \
         {ratio:.2} times, {verdict} the promised {promised}",
        with.slowest.len()
    ));
    ratio
}

/// So many hundredths of the times are at most this.
pub fn percentile(times: &[Duration], share: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len().saturating_sub(1) * share / 100).copied().unwrap_or_default()
}

/// The status; with what is wrong about it, if anything.
pub fn status(answer: &reqwest::Response) -> String {
    let status = answer.status().as_u16();
    let says_when = answer.headers().contains_key(RETRY_AFTER);
    let lacks = if [429, 503].contains(&status) && !says_when { " without Retry-After" } else { "" };
    format!("{status}{lacks}")
}
