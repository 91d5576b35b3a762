//! From bytes to events: taking a body apart, and judging each item on its own.
//!
//! Everything here is a pure function. Feeds, agents and foreign protocols end in the same
//! [`NewEvent`] and the same writer.

mod body;
mod diagnose;
mod item;

pub use body::{Body, BodyError, Format, MAX_ITEMS, parse_body};
pub use item::{Door, ItemError, normalise};

use chrono::{DateTime, Utc};
use pulseboard_wire::{Kind, Level};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::ids::FeedId;

/// Largest decoded body, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;
/// Largest payload, in bytes of JSON.
pub const MAX_PAYLOAD: usize = 64 * 1024;
/// Deepest nesting of a payload.
pub const MAX_DEPTH: usize = 32;
/// Longest name, in characters.
pub const MAX_NAME: usize = 200;
/// Longest user, session, release, environment, tag name, in characters.
pub const MAX_TEXT: usize = 200;
/// Longest tag value, in characters.
pub const MAX_TAG_VALUE: usize = 1000;
/// Most tags on one event.
pub const MAX_TAGS: usize = 50;
/// Longest unit, in characters.
pub const MAX_UNIT: usize = 32;
/// How far ahead of us a client's clock may be before its time is clamped.
pub const MAX_AHEAD: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

/// An event that has passed every check and waits to be written.
#[derive(Clone, Debug)]
pub struct NewEvent {
    pub id: Uuid,
    /// The client chose the id, so that seeing it again means a retry.
    pub client_id: bool,
    /// Neither time nor id fix a row, as the time is ours: look for the id in `event_ids`.
    pub by_id: bool,
    pub ts: DateTime<Utc>,
    pub sent_at: Option<DateTime<Utc>>,
    /// The client's time was in the future and has been replaced by ours.
    pub clamped: bool,
    pub kind: Kind,
    pub name: String,
    pub level: Option<Level>,
    pub user: Option<String>,
    pub session: Option<String>,
    pub release: Option<String>,
    pub environment: Option<String>,
    /// A JSON object of strings.
    pub tags: Option<String>,
    pub value: Option<f64>,
    pub unit: Option<String>,
    /// JSON as it came; it keeps its proof of being JSON for those who embed it again.
    pub payload: Option<Box<RawValue>>,
    /// JSON object with `stack`, `exception`, `breadcrumbs`, as far as given.
    pub error: Option<String>,
    /// The feed that found it. Nobody can send this.
    pub feed_id: Option<FeedId>,
    pub samples: Vec<NewSample>,
}

/// A number of a series, stored together with its event.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSample {
    pub series_id: i64,
    pub name: String,
    /// A JSON object of strings, keys sorted.
    pub labels: String,
    pub unit: Option<String>,
    pub value: f64,
}

/// The id of a series within a store: 64 bits of SHA-256 over its name and labels, so that writers
/// agree on it without asking anyone.
pub fn series_id(name: &str, labels: &str) -> i64 {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    hash.update(name.as_bytes());
    hash.update([0]);
    hash.update(labels.as_bytes());
    let digest = hash.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(first)
}
