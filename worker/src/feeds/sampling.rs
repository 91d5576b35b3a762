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
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::Options;
use super::places::Place;

/// The longest that a sample may take, whatever its type says: the claim ends a little later.
const LONGEST: Duration = Duration::from_secs(10);

/// A sample on its way to being written.
pub struct Finished {
    pub claim: Claim,
    pub tick: DateTime<Utc>,
    pub interval: TimeDelta,
    pub ran_at: DateTime<Utc>,
    pub result: Result<Brought, String>,
}

/// What a feed brought.
pub struct Brought {
    pub events: Vec<NewEvent>,
    pub newest: Value,
}

/// Waits for the tick, takes the sample, and hands it on.
pub async fn run(options: Options, claim: Claim, place: Place, done: mpsc::Sender<Finished>) {
    let interval = TimeDelta::seconds(i64::from(claim.interval_sec).max(options.least_interval.into()));
    let tick = ticks::current(claim.feed_id, interval, claim.due_at, pulseboard_core::now());
    if let Ok(wait) = (tick - Utc::now()).to_std() {
        tokio::time::sleep(wait).await;
    }
    let ran_at = pulseboard_core::now();
    let result = sample(&options, &claim, tick, interval).await;
    // The worker waits for this before it ends.
    let _ = done.send(Finished { claim, tick, interval, ran_at, result }).await;
    drop(place);
}

async fn sample(
    options: &Options,
    claim: &Claim,
    tick: DateTime<Utc>,
    interval: TimeDelta,
) -> Result<Brought, String> {
    let kind = find(&claim.kind)
        .ok_or_else(|| format!("This version of PulseBoard knows no feeds of the type {}.", claim.kind))?;
    let given = Given {
        config: config(options, kind, claim, interval)?,
        surroundings: Arc::clone(&options.surroundings),
        now: tick,
    };
    let limit = kind.time.min(LONGEST);
    // A task of its own: a panic in a type of feeds is its failure, not the runner's.
    let mut asking = JoinSet::new();
    asking.spawn(kind.run(given));
    let payloads = match tokio::time::timeout(limit, asking.join_next()).await {
        Err(_) => return Err(format!("It took longer than {} seconds.", limit.as_secs())),
        Ok(Some(Ok(sampled))) => sampled.map_err(|error| error.message)?.payloads,
        Ok(Some(Err(error))) => {
            tracing::error!(feed = %claim.feed_id, kind = claim.kind, %error, "a feed panicked");
            return Err("Something went wrong in PulseBoard itself. The server's log tells what.".into());
        }
        Ok(None) => return Err("It never began.".into()),
    };
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
