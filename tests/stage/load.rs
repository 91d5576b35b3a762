//! Senders that behave as good clients do: ids and times of their own, single events and batches, each
//! sent again until it is acknowledged, one in ten sent three times. What was acknowledged is noted.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use chrono::Utc;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Bytes;
use uuid::Uuid;

use super::account::{Account, Addresses, Project};
use super::{PATIENCE, until_within};

/// A tenth of the events comes alone, the rest in batches.
const SINGLES: usize = 10;
const BATCHES: usize = 9;
const BATCH: usize = 20;
/// The pause before the same is sent again.
const PAUSE: Duration = Duration::from_millis(250);

/// Sends until it is stopped.
pub struct Load {
    shared: Arc<Shared>,
    senders: JoinSet<()>,
    stop: watch::Sender<bool>,
    started: Instant,
}

struct Shared {
    http: reqwest::Client,
    addresses: Addresses,
    notes: Mutex<Notes>,
}

/// What the clients know.
struct Notes {
    /// By project.
    acknowledged: Vec<HashSet<Uuid>>,
    count: usize,
    /// Answers that were neither an acknowledgement nor a clean refusal.
    unclean: Vec<String>,
    refused: usize,
    idle: usize,
    last: Instant,
    /// The longest time in which nothing was acknowledged.
    outage: Duration,
}

/// What the clients were told.
pub struct Told {
    pub acknowledged: Vec<HashSet<Uuid>>,
    pub outage: Duration,
    /// Acknowledged events per second, outages and all.
    pub rate: f64,
    pub unclean: Vec<String>,
    /// Clean refusals, each tried again.
    pub refused: usize,
    /// Connections that were closed as unused when they were to be used.
    pub idle: usize,
    /// Events that may be stored although nobody was told so.
    pub under_way: usize,
}

impl Load {
    /// Begins to send so many events per second, to all projects of the account in turn.
    pub fn start(account: &Account, events_per_second: usize) -> Self {
        let notes = Notes {
            acknowledged: vec![HashSet::new(); account.projects.len()],
            count: 0,
            unclean: Vec::new(),
            refused: 0,
            idle: 0,
            last: Instant::now(),
            outage: Duration::ZERO,
        };
        let (http, addresses) = (account.http.clone(), account.addresses.clone());
        let shared = Arc::new(Shared { http, addresses, notes: Mutex::new(notes) });
        let (stop, stopped) = watch::channel(false);
        let mut senders = JoinSet::new();
        let rate = events_per_second as f64;
        for n in 0..SINGLES + BATCHES {
            let (size, share) = if n < SINGLES { (1, 0.1 / 10.0) } else { (BATCH, 0.9 / 9.0) };
            let sender = Sender {
                shared: Arc::clone(&shared),
                projects: account.projects.clone(),
                turn: n,
                size,
                every: Duration::from_secs_f64(size as f64 / (rate * share)),
            };
            senders.spawn(sender.run(stopped.clone()));
        }
        Self { shared, senders, stop, started: Instant::now() }
    }

    pub fn acknowledged(&self) -> usize {
        lock(&self.shared.notes).count
    }

    /// Waits until so many more events are acknowledged.
    pub async fn until_acknowledged(&self, more: usize) {
        self.until_acknowledged_within(PATIENCE, more).await;
    }

    /// The same with another patience.
    pub async fn until_acknowledged_within(&self, patience: Duration, more: usize) {
        let wanted = self.acknowledged() + more;
        let is_enough = async || (self.acknowledged() >= wanted).then_some(());
        until_within(patience, "more events are acknowledged", is_enough).await;
    }

    /// How long from now until the next event is acknowledged.
    pub async fn until_next(&self) -> Duration {
        let started = Instant::now();
        self.until_acknowledged(1).await;
        started.elapsed()
    }

    /// Acknowledged events per second while `phase` lasts.
    pub async fn rate_during<T>(&self, phase: impl Future<Output = T>) -> (T, f64) {
        let (before, started) = (self.acknowledged(), Instant::now());
        let result = phase.await;
        (result, (self.acknowledged() - before) as f64 / started.elapsed().as_secs_f64())
    }

    /// Stops; returns what the clients were told.
    pub async fn stop(mut self) -> Told {
        let _ = self.stop.send(true);
        while let Some(ended) = self.senders.join_next().await {
            ended.expect("a sender ends in order");
        }
        let mut notes = lock(&self.shared.notes);
        Told {
            acknowledged: std::mem::take(&mut notes.acknowledged),
            outage: notes.outage,
            rate: notes.count as f64 / self.started.elapsed().as_secs_f64(),
            unclean: std::mem::take(&mut notes.unclean),
            refused: notes.refused,
            idle: notes.idle,
            under_way: SINGLES + BATCHES * BATCH,
        }
    }
}

fn lock(notes: &Mutex<Notes>) -> MutexGuard<'_, Notes> {
    notes.lock().expect("not poisoned")
}

struct Sender {
    shared: Arc<Shared>,
    projects: Vec<Project>,
    turn: usize,
    size: usize,
    every: Duration,
}

impl Sender {
    async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let mut pace = tokio::time::interval(self.every);
        // Keeps its times on a busy machine, and makes no burst after an outage.
        pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        for n in 0_usize.. {
            tokio::select! {
                _ = pace.tick() => {}
                _ = stopped.wait_for(|stop| *stop) => return,
            }
            let project = (self.turn + n) % self.projects.len();
            let (ids, body) = events(self.size, n);
            if !self.until_acknowledged(project, &ids, &body, &stopped).await {
                return;
            }
            if n % 10 == 9 {
                // The acknowledgement was lost on the way, and a proxy repeats too: again, twice at once.
                let key = &self.projects[project].key;
                let (one, other) = (self.turn, self.turn + 1);
                let _ = tokio::join!(self.try_once(key, one, &body), self.try_once(key, other, &body));
            }
        }
    }

    /// False when it was told to stop before. What is under way is waited for, so that nothing is still
    /// being written when everything is counted.
    async fn until_acknowledged(
        &mut self,
        project: usize,
        ids: &[Uuid],
        body: &Bytes,
        stopped: &watch::Receiver<bool>,
    ) -> bool {
        let key = self.projects[project].key.clone();
        while !self.try_once(&key, self.turn, body).await {
            if *stopped.borrow() {
                return false;
            }
            // Whoever is refused asks elsewhere.
            self.turn += 1;
            tokio::time::sleep(PAUSE).await;
        }
        let mut notes = lock(&self.shared.notes);
        notes.outage = notes.outage.max(notes.last.elapsed());
        notes.last = Instant::now();
        notes.count += ids.len();
        notes.acknowledged[project].extend(ids);
        true
    }

    /// Whether it was acknowledged.
    async fn try_once(&self, key: &str, turn: usize, body: &Bytes) -> bool {
        let url = format!("{}/ingest", self.shared.addresses.pick(turn));
        let request = self.shared.http.post(url).bearer_auth(key).header(CONTENT_TYPE, "application/json");
        let Ok(response) = request.body(body.clone()).send().await else { return false };
        let status = response.status();
        // A connection that was opened and not used in time is closed with 408: nothing was read on it.
        let is_clean = match status.as_u16() {
            202 | 408 => true,
            503 => response.headers().contains_key(RETRY_AFTER),
            _ => false,
        };
        // The status is the acknowledgement; the body may still break off.
        let answer = response.text().await.unwrap_or_default();
        let counted = status != 202 || answer.is_empty() || counts(&answer) == Some(self.size as u64);
        let mut notes = lock(&self.shared.notes);
        notes.refused += usize::from(status == 503);
        notes.idle += usize::from(status == 408);
        if !(is_clean && counted) {
            notes.unclean.push(format!("{status}: {answer}"));
        }
        status == 202
    }
}

/// Events that the answer accounts for.
fn counts(answer: &str) -> Option<u64> {
    let answer: Value = serde_json::from_str(answer).ok()?;
    Some(answer["accepted"].as_u64()? + answer["duplicates"].as_u64()?)
}

/// So many events, as a body; ids of both versions in use, times fixed now.
fn events(count: usize, n: usize) -> (Vec<Uuid>, Bytes) {
    let ids: Vec<Uuid> =
        (0..count).map(|i| if (n + i).is_multiple_of(2) { Uuid::now_v7() } else { Uuid::new_v4() }).collect();
    let event = |id: &Uuid| {
        let kind = ["error", "event"][n % 2];
        let payload = json!({"n": n, "screen": "HomeScreen"});
        json!({"type": kind, "name": "under load", "id": id, "timestamp": Utc::now(), "payload": payload})
    };
    let body: Vec<Value> = ids.iter().map(event).collect();
    let body = if count == 1 { body[0].to_string() } else { json!(body).to_string() };
    (ids, Bytes::from(body))
}
