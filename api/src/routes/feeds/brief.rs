//! Feeds as a dashboard shows them: how each is doing, and nothing of how it is made.

use pulseboard_core::feeds::{Feed, FeedHealth, FeedState};
use pulseboard_core::ids::FeedId;
use pulseboard_feeds::numbers;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{FeedErrorOut, FeedValueOut};

/// A feed that a dashboard shows.
#[derive(Serialize, ToSchema)]
pub struct FeedBrief {
    #[schema(value_type = Uuid)]
    id: FeedId,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    enabled: bool,
    state: FeedHealth,
    /// Null since it last went well.
    last_error: Option<FeedErrorOut>,
    /// The newest payload; kept while it fails.
    last_value: Option<FeedValueOut>,
    /// Paths of the numbers in the newest payload.
    fields: Vec<String>,
    /// Seconds; null: it receives.
    interval_sec: Option<i32>,
}

impl From<(Feed, FeedState)> for FeedBrief {
    fn from((feed, state): (Feed, FeedState)) -> Self {
        let health = state.health(feed.enabled);
        let error = state.error_at.zip(state.error);
        let value = state.value_ts.zip(state.value);
        Self {
            id: feed.id,
            kind: feed.kind,
            name: feed.name,
            enabled: feed.enabled,
            state: health,
            last_error: error.map(|(at, message)| FeedErrorOut { at, message, failures: state.failures }),
            fields: value.iter().flat_map(|(_, value)| numbers(value)).map(|(path, _)| path).collect(),
            last_value: value.map(|(ts, payload)| FeedValueOut { ts, payload }),
            interval_sec: feed.interval_sec,
        }
    }
}
