//! One sample of one feed.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pulseboard_core::feeds::claims::Claim;
use pulseboard_core::feeds::secrets::FeedSecrets;
use pulseboard_core::feeds::ticks;
use pulseboard_core::ingest::NewEvent;
use pulseboard_feeds::{FeedType, Given, check, find, numbers, with_secrets};
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::Options;
use super::holding::Claims;
use super::places::Place;

/// How long samples that are under way may take when the worker stops.
const GRACE: Duration = Duration::from_secs(3);
/// Characters of an error that are kept.
const MAX_ERROR: usize = 500;

/// A sample on its way to being written.
pub struct Finished {
    pub claim: Claim,
    pub tick: DateTime<Utc>,
    pub interval: TimeDelta,
    pub ran_at: DateTime<Utc>,
    /// When the answer was there. Later ticks are not missed while it is being written.
    pub answered_at: DateTime<Utc>,
    pub result: Result<Brought, String>,
}

/// What a feed brought.
pub struct Brought {
    pub events: Vec<NewEvent>,
    pub newest: Value,
}

/// Takes samples. Cheap to clone.
#[derive(Clone)]
pub struct Sampler {
    options: Arc<Options>,
    claims: Claims,
    stop: watch::Receiver<bool>,
}

impl Sampler {
    pub fn new(options: Options, claims: Claims, stop: watch::Receiver<bool>) -> Self {
        Self { options: Arc::new(options), claims, stop }
    }

    /// Waits for the tick, takes the sample, and hands it on. A worker that stops gives the feed back.
    pub async fn run(mut self, mut claim: Claim, place: Place, done: mpsc::Sender<Finished>) {
        let least = TimeDelta::seconds(self.options.least_interval.into());
        let interval = TimeDelta::seconds(claim.interval_sec.into()).max(least);
        let tick = ticks::current(claim.feed_id, interval, claim.due_at, pulseboard_core::now());
        let early = (tick - Utc::now()).to_std().unwrap_or_default();
        let stopped = tokio::time::timeout(early, self.stop.wait_for(|stop| *stop)).await.is_ok();
        if stopped {
            return self.claims.abandon([(claim.feed_id, claim.claimed_until)]);
        }
        let ran_at = pulseboard_core::now();
        let sampling = sample(Arc::clone(&self.options), claim.clone(), tick, interval);
        let (claims, mut stop) = (self.claims.clone(), self.stop.clone());
        let too_late = async {
            let _ = stop.wait_for(|stop| *stop).await;
            tokio::time::sleep(GRACE).await;
        };
        let held = tokio::select! {
            held = claims.hold(&mut claim, sampling) => held,
            () = too_late => None,
        };
        match held {
            // The worker waits for this before it ends.
            Some(result) => {
                let answered_at = pulseboard_core::now();
                let finished = Finished { claim, tick, interval, ran_at, answered_at, result };
                let _ = done.send(finished).await;
            }
            None => claims.abandon([(claim.feed_id, claim.claimed_until)]),
        }
        drop(place);
    }
}

/// Takes the sample on a task of its own: a panic is this feed's failure, not the runner's.
async fn sample(
    options: Arc<Options>,
    claim: Claim,
    tick: DateTime<Utc>,
    interval: TimeDelta,
) -> Result<Brought, String> {
    let (feed, kind) = (claim.feed_id, claim.kind.clone());
    let mut asking = JoinSet::new();
    asking.spawn(async move { ask(&options, &claim, tick, interval).await });
    let result = match asking.join_next().await {
        Some(Ok(result)) => result,
        Some(Err(error)) => {
            tracing::error!(%feed, kind, %error, "a feed panicked");
            Err("Something went wrong in PulseBoard itself. The server's log tells what.".into())
        }
        None => Err("It never began.".into()),
    };
    result.map_err(bounded)
}

async fn ask(
    options: &Options,
    claim: &Claim,
    tick: DateTime<Utc>,
    interval: TimeDelta,
) -> Result<Brought, String> {
    let kind = find(&claim.kind)
        .ok_or_else(|| format!("This version of PulseBoard knows no feeds of the type {}.", claim.kind))?;
    if let Some(reason) = options.surroundings.unavailable(kind) {
        return Err(reason);
    }
    let given = Given {
        config: config(options, kind, claim, interval)?,
        surroundings: Arc::clone(&options.surroundings),
        now: tick,
    };
    let payloads = kind.run(given).await.map_err(|error| error.message)?.payloads;
    let events = events(claim, tick, &payloads)?;
    let newest = payloads.into_iter().next_back().unwrap_or_default();
    Ok(Brought { events, newest })
}

/// The config as it is run, judged once more: what the operator allows may have changed since it was saved.
fn config(options: &Options, kind: &FeedType, claim: &Claim, interval: TimeDelta) -> Result<Value, String> {
    let secrets =
        FeedSecrets::open(claim.secrets.as_deref(), &options.secret_box, claim.org_id, claim.feed_id)
            .map_err(|error| error.to_string())?;
    let mut config = with_secrets(claim.config.clone(), &secrets.config);
    config["interval_sec"] = interval.num_seconds().into();
    let checked = check(kind, &config, &options.surroundings).map_err(|problems| {
        let said = problems.iter().map(|problem| format!("\"{}\" {}", problem.field, problem.message));
        format!("The settings are not allowed any more: {}.", said.collect::<Vec<_>>().join("; "))
    })?;
    Ok(checked.config)
}

/// An event per payload, a millisecond apart; the newest has the tick's time.
fn events(claim: &Claim, tick: DateTime<Utc>, payloads: &[Value]) -> Result<Vec<NewEvent>, String> {
    let behind = (0..payloads.len()).rev();
    payloads
        .iter()
        .zip(behind)
        .enumerate()
        .map(|(n, (payload, behind))| {
            let ts = tick - TimeDelta::milliseconds(i64::try_from(behind).unwrap_or(0));
            let id = ticks::event_id(claim.feed_id, tick, n);
            ticks::event((claim.feed_id, &claim.name), ts, id, payload, &numbers(payload))
                .map_err(|unfit| unfit.to_string())
        })
        .collect()
}

/// A message as long as it may be kept.
fn bounded(message: String) -> String {
    match message.char_indices().nth(MAX_ERROR) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message,
    }
}
