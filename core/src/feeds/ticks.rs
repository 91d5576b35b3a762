//! When a feed is asked, and what becomes of what it found: pure functions.
//!
//! Ticks of an interval stand on a grid of their own for each feed, so that a hundred feeds of one
//! interval do not ask at once. The id of a tick's event follows from the feed and the tick: whoever
//! writes it, and however often, it is stored once.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use pulseboard_wire::Kind;

use crate::ids::FeedId;
use crate::ingest::{MAX_DEPTH, MAX_NAME, MAX_PAYLOAD, NewEvent, NewSample, series_id};
use crate::json::{self, Unfit};

/// Grids are shifted by multiples of this, so that what is due together is claimed and written together.
const SHIFT_MS: i64 = 100;
/// And by no more than this, so that the first tick of a long interval is near.
const LARGEST_SHIFT_MS: i64 = 60_000;
/// The longest pause after failures.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(10);
/// Most series of one feed.
pub const MAX_FIELDS: usize = 100;

/// How far a feed's grid is shifted.
fn shift(feed: FeedId, interval: TimeDelta) -> i64 {
    let widest = interval.num_milliseconds().min(LARGEST_SHIFT_MS) / SHIFT_MS;
    // The last bytes of an id are random.
    let random = feed.0.as_u64_pair().1;
    i64::try_from(random % u64::try_from(widest.max(1)).unwrap_or(1)).unwrap_or(0) * SHIFT_MS
}

/// The last tick of the feed's grid that is not after `time`.
fn last_tick(feed: FeedId, interval: TimeDelta, time: DateTime<Utc>) -> DateTime<Utc> {
    let (interval_ms, shift) = (interval.num_milliseconds().max(1), shift(feed, interval));
    let behind = (time.timestamp_millis() - shift).rem_euclid(interval_ms);
    DateTime::from_timestamp_millis(time.timestamp_millis() - behind).unwrap_or(time)
}

/// The tick that is done by whoever comes now for what was due then: that one, or, if it is too late for
/// it, the last of those that were missed. The others are skipped.
pub fn current(feed: FeedId, interval: TimeDelta, due: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    if now < due + interval { due } else { last_tick(feed, interval, now).max(due) }
}

/// The tick after this one: on the grid, later than the answer, and after a failure as late as the pause
/// says. So a source that answers slowly rests until the next tick, while a database that writes slowly
/// makes no tick fail to be done: the next one is late by less than an interval.
pub fn next(
    feed: FeedId,
    interval: TimeDelta,
    tick: DateTime<Utc>,
    failures: i32,
    answered: DateTime<Utc>,
) -> DateTime<Utc> {
    let earliest = match failures {
        ..=0 => tick,
        failures => tick + pause(interval, failures) - interval,
    };
    // Strictly after: the grid may have a point right after a tick that came by hand.
    let mut next = last_tick(feed, interval, earliest.max(answered)) + interval;
    if next <= tick {
        next += interval;
    }
    next
}

/// How long to rest after so many failures in a row: the interval doubled each time, up to ten minutes,
/// and never less than the interval.
pub fn pause(interval: TimeDelta, failures: i32) -> TimeDelta {
    let doublings = failures.clamp(1, 31) - 1;
    let longest = LONGEST_PAUSE.max(interval);
    interval.checked_mul(1 << doublings).map_or(longest, |pause| pause.min(longest))
}

/// The id of the `n`th event of a tick.
pub fn event_id(feed: FeedId, tick: DateTime<Utc>, n: usize) -> Uuid {
    Uuid::new_v5(&feed.0, format!("{}/{n}", tick.timestamp_millis()).as_bytes())
}

/// Why a payload can't be kept, for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnfitPayload(String);

/// One payload as an event with its samples.
///
/// `fields` are the numbers in it by path; names that are too long for a series are left out.
pub fn event(
    (feed, name): (FeedId, &str),
    ts: DateTime<Utc>,
    id: Uuid,
    payload: &Value,
    fields: &[(String, f64)],
) -> Result<NewEvent, UnfitPayload> {
    let text = storable(payload.to_string())?;
    let labels = format!("{{\"feed\":\"{feed}\"}}");
    let fitting = fields.iter().filter(|(name, _)| name.chars().count() <= MAX_NAME).take(MAX_FIELDS);
    let samples = fitting.map(|(name, value)| NewSample {
        series_id: series_id(name, &labels),
        name: name.clone(),
        labels: labels.clone(),
        unit: None,
        value: *value,
    });
    Ok(NewEvent {
        id,
        client_id: true,
        by_id: false,
        ts,
        sent_at: None,
        clamped: false,
        kind: Kind::Metric,
        name: name.to_owned(),
        level: None,
        user: None,
        session: None,
        release: None,
        environment: None,
        tags: serde_json::to_string(&serde_json::json!({ "feed": name })).ok(),
        value: payload.as_f64(),
        unit: None,
        payload: RawValue::from_string(text).ok().filter(|json| json.get() != "null"),
        error: None,
        feed_id: Some(feed),
        samples: samples.collect(),
    })
}

/// The payload as it can be stored.
fn storable(text: String) -> Result<String, UnfitPayload> {
    if text.len() > MAX_PAYLOAD {
        let message =
            format!("The payload has {} bytes; at most {MAX_PAYLOAD} (64 KiB) are kept.", text.len());
        return Err(UnfitPayload(message));
    }
    let text = match json::check(&text, MAX_DEPTH) {
        Err(Unfit::Nul | Unfit::LoneSurrogate) => json::repair(&text),
        _ => text,
    };
    match json::check(&text, MAX_DEPTH) {
        Ok(()) => Ok(text),
        Err(unfit) => Err(UnfitPayload(format!("The payload {unfit}."))),
    }
}

#[cfg(test)]
#[path = "ticks_tests.rs"]
mod tests;
