//! The types of feeds. A new one is a file here and a line in `ALL`.

mod command;
mod crypto_price;
mod demo;
pub(crate) mod git_repo;
mod http_json;
pub(crate) mod system_metrics;
mod taskdeck;
mod webhook;

use serde_json::Value;

use crate::{ConfigProblem, FeedType, Surroundings};

/// Every type there is, in the order in which people see them.
static ALL: [FeedType; 8] = [
    demo::TYPE,
    http_json::TYPE,
    webhook::TYPE,
    system_metrics::TYPE,
    crypto_price::TYPE,
    git_repo::TYPE,
    taskdeck::TYPE,
    command::TYPE,
];

/// Every type there is.
pub fn all() -> &'static [FeedType] {
    &ALL
}

/// The type of this name.
pub fn find(name: &str) -> Option<&'static FeedType> {
    ALL.iter().find(|kind| kind.name == name)
}

/// For types that can be used wherever they are allowed.
fn nothing(_: &Surroundings) -> Option<String> {
    None
}

/// For types of whose configuration the schema says everything.
fn no_more(_: &Value, _: &Surroundings) -> Vec<ConfigProblem> {
    Vec::new()
}

/// The schema of `interval_sec`.
fn interval(least: u64, default: u64) -> Value {
    serde_json::json!({
        "type": "integer", "title": "Interval (s)", "description": "Seconds from one sample to the next.",
        "minimum": least, "maximum": crate::MAX_INTERVAL, "default": default, "examples": [default],
    })
}

/// A checked configuration as its struct.
fn read<T: serde::de::DeserializeOwned>(config: Value) -> Result<T, crate::FeedError> {
    serde_json::from_value(config).map_err(|error| {
        tracing::warn!(%error, "a checked configuration does not fit its type");
        crate::FeedError::new(
            "invalid_config",
            "The settings do not fit this type of feeds. Save them again.",
        )
    })
}

#[cfg(test)]
mod tests;
