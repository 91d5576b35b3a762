//! Feeds: where PulseBoard fetches or receives numbers by itself. One file per type in `types/`, one table of
//! them there; this is what they have in common.
//!
//! Knows nothing of the database, of projects or of schedules: a type is given a configuration and a time, and
//! makes payloads of them. Who runs feeds stores what comes back.

pub mod numbers;
#[cfg(test)]
mod outside;
mod program;
mod schema;
mod secrets;
mod surroundings;
mod types;
mod web_json;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
/// The grammar of paths into payloads, which panels use as well.
pub use pulseboard_core::payload_path as path;
use pulseboard_core::{ingest, json};
use serde_json::Value;

pub use self::numbers::numbers;
pub use self::schema::{Checked, ConfigProblem, MAX_INTERVAL, check};
pub use self::secrets::{MASK, Secrets, masked, split_secrets, unmasked, with_secrets};
pub use self::surroundings::Surroundings;
pub use self::types::{all, find};

/// Most payloads of one sample.
pub const MAX_PAYLOADS: usize = 100;

/// A type of feeds: an entry of the registry.
pub struct FeedType {
    /// The word for programs: `http_json`.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// What it brings, in a sentence or two.
    pub description: &'static str,
    pub way: Way,
    /// The JSON Schema of its configuration: forms, checks and docs are made from it.
    pub schema: fn() -> Value,
    /// A configuration that passes its schema.
    pub example: fn() -> Value,
    /// A payload as it brings them.
    pub payload: fn() -> Value,
    /// How long one sample may take.
    pub time: Duration,
    /// Why it cannot be used in these surroundings, for people; none when it can.
    pub(crate) needs: fn(&Surroundings) -> Option<String>,
    /// What the schema cannot say of a configuration that keeps to it.
    pub(crate) also: fn(&Value, &Surroundings) -> Vec<ConfigProblem>,
    /// Takes a sample. Never called for types that receive.
    pub(crate) sample: fn(Given) -> Sampling,
}

/// How data comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// We ask, once per interval.
    Polls,
    /// Others send.
    Receives,
}

impl Way {
    /// The word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Polls => "polls",
            Self::Receives => "receives",
        }
    }
}

/// What a sample is taken with.
#[derive(Clone)]
pub struct Given {
    /// Checked, with defaults, secrets in clear.
    pub config: Value,
    pub surroundings: Arc<Surroundings>,
    /// The tick, the same for every worker.
    pub now: DateTime<Utc>,
}

/// A sample in the making. It may be dropped at any time; nothing of it goes on then.
pub type Sampling = Pin<Box<dyn Future<Output = Result<Sample, FeedError>> + Send>>;

/// What a feed brought.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// 1 to 100, the newest last.
    pub payloads: Vec<Value>,
    /// What the payload was taken from, if it is a part of something: for picking another part.
    pub raw: Option<Value>,
}

impl Sample {
    /// A sample of one payload.
    pub fn one(payload: Value) -> Self {
        Self { payloads: vec![payload], raw: None }
    }
}

/// Why a feed brought nothing. The message is for the person who looks at the feed: it repeats nothing of
/// what a library says, and no secret.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedError {
    pub code: &'static str,
    pub message: String,
    /// The field of the configuration that is at fault, if one is.
    pub field: Option<String>,
    /// What came, if the payload could not be taken from it.
    pub raw: Option<Value>,
}

impl FeedError {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None, raw: None }
    }

    /// The same, with the field that is at fault.
    #[must_use]
    pub fn of(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    /// The same, with what came.
    #[must_use]
    pub fn with_raw(mut self, raw: Value) -> Self {
        self.raw = Some(raw);
        self
    }
}

impl fmt::Display for FeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FeedError {}

impl FeedType {
    /// Takes a sample and holds it to its bounds, in time and in size.
    pub async fn run(&self, given: Given) -> Result<Sample, FeedError> {
        if let Some(reason) = given.surroundings.unavailable(self) {
            return Err(FeedError::new("unavailable", reason));
        }
        match tokio::time::timeout(self.time, (self.sample)(given)).await {
            Ok(sampled) => sampled.and_then(bounded),
            Err(_) => {
                let limit = self.time.as_secs();
                Err(FeedError::new("timed_out", format!("It took longer than {limit} seconds.")))
            }
        }
    }
}

/// Payloads become events: what is said of those goes for these, but it is told before.
fn bounded(sample: Sample) -> Result<Sample, FeedError> {
    let Sample { payloads, raw } = sample;
    if payloads.is_empty() || payloads.len() > MAX_PAYLOADS {
        let message =
            format!("It brought {} payloads; 1 to {MAX_PAYLOADS} are taken at once.", payloads.len());
        return Err(FeedError::new("payload_count", message));
    }
    for payload in &payloads {
        if let Some(error) = misfit(payload) {
            return Err(FeedError { raw: raw.or_else(|| payloads.last().cloned()), ..error });
        }
    }
    Ok(Sample { payloads, raw })
}

fn misfit(payload: &Value) -> Option<FeedError> {
    let text = payload.to_string();
    let limit = ingest::MAX_PAYLOAD;
    if text.len() > limit {
        let message = format!(
            "The data has {} KiB, and a payload may have {} KiB: choose a smaller part.",
            text.len().div_ceil(1024),
            limit / 1024
        );
        return Some(FeedError::new("payload_too_large", message));
    }
    let unfit = json::check(&json::repair(&text), ingest::MAX_DEPTH).err()?;
    Some(FeedError::new("payload_unfit", format!("The data cannot be stored: it {unfit}.")))
}
