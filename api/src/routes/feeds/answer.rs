//! A feed as it is answered: its settings without secrets, and how it is doing.

use chrono::{DateTime, Utc};
use pulseboard_core::feeds::secrets::FeedSecrets;
use pulseboard_core::feeds::{Feed, FeedHealth, FeedState};
use pulseboard_core::ids::{FeedId, ProjectId};
use pulseboard_core::memberships::Role;
use pulseboard_feeds::{masked, numbers};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::state::State;

#[derive(Serialize, ToSchema)]
pub struct FeedOut {
    #[schema(value_type = Uuid)]
    id: FeedId,
    #[schema(value_type = Uuid)]
    project_id: ProjectId,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    /// Secrets read `"********"`.
    #[schema(value_type = HashMap<String, Value>)]
    config: Value,
    enabled: bool,
    /// Seconds; null: it receives.
    interval_sec: Option<i32>,
    state: FeedHealth,
    #[serde(serialize_with = "pulseboard_wire::time::serialize_option")]
    last_run: Option<DateTime<Utc>>,
    #[serde(serialize_with = "pulseboard_wire::time::serialize_option")]
    last_ok: Option<DateTime<Utc>>,
    /// Null since it last went well.
    last_error: Option<FeedErrorOut>,
    /// Null if it is disabled or receives.
    #[serde(serialize_with = "pulseboard_wire::time::serialize_option")]
    next_run: Option<DateTime<Utc>>,
    /// The newest payload; kept while it fails.
    last_value: Option<FeedValueOut>,
    /// Paths of the numbers in the newest payload.
    fields: Vec<String>,
    /// Where a webhook is sent to; null for viewers, and for feeds that poll.
    hook_url: Option<String>,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    updated_at: DateTime<Utc>,
}

#[derive(Serialize, ToSchema)]
pub struct FeedErrorOut {
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    pub at: DateTime<Utc>,
    pub message: String,
    /// How often in a row.
    pub failures: i32,
}

#[derive(Serialize, ToSchema)]
pub struct FeedValueOut {
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    pub ts: DateTime<Utc>,
    /// Any JSON.
    #[schema(value_type = Value)]
    pub payload: Value,
}

impl FeedOut {
    /// The feed as someone with this role sees it.
    pub fn new(app: &State, (feed, state): (Feed, FeedState), role: Role) -> Self {
        // What can't be read is not shown, and is told where the feed is run.
        let sealed = FeedSecrets::open(feed.secrets.as_deref(), &app.feeds.secret_box, feed.org_id, feed.id);
        let secrets = sealed.unwrap_or_default();
        let hook_key = secrets.hook_key.filter(|_| role >= Role::Editor);
        let health = state.health(feed.enabled);
        let error = state.error_at.zip(state.error);
        let value = state.value_ts.zip(state.value);
        Self {
            id: feed.id,
            project_id: feed.project_id,
            kind: feed.kind,
            name: feed.name,
            config: masked(feed.config, &secrets.config),
            enabled: feed.enabled,
            interval_sec: feed.interval_sec,
            state: health,
            last_run: state.last_run,
            last_ok: state.last_ok,
            last_error: error.map(|(at, message)| FeedErrorOut { at, message, failures: state.failures }),
            next_run: state.due_at,
            fields: value.iter().flat_map(|(_, value)| numbers(value)).map(|(path, _)| path).collect(),
            last_value: value.map(|(ts, payload)| FeedValueOut { ts, payload }),
            hook_url: hook_key.map(|key| format!("/hooks/{key}")),
            created_at: feed.created_at,
            updated_at: feed.updated_at,
        }
    }
}
