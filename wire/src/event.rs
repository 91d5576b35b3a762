//! An event as every reader sees it: lists, live frames, exports.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

/// What sort of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Error,
    Event,
    Metric,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Error, Kind::Event, Kind::Metric];

    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Error => "error",
            Kind::Event => "event",
            Kind::Metric => "metric",
        }
    }

    pub fn parse(text: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How bad it is, in the order of syslog-like levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Debug,
    Info,
    Warning,
    Error,
    Fatal,
}

impl Level {
    pub const ALL: [Level; 5] = [Level::Debug, Level::Info, Level::Warning, Level::Error, Level::Fatal];

    pub fn as_str(self) -> &'static str {
        match self {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
            Level::Fatal => "fatal",
        }
    }

    /// Accepts the common short form `warn` as well.
    pub fn parse(text: &str) -> Option<Level> {
        if text == "warn" {
            return Some(Level::Warning);
        }
        Level::ALL.into_iter().find(|level| level.as_str() == text)
    }
}

/// One thing that happened. Absent optional fields are `null`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Event<'a> {
    pub id: Uuid,
    #[serde(rename = "type")]
    pub kind: Kind,
    #[schema(value_type = String)]
    pub name: Cow<'a, str>,
    /// When it happened, by the client's clock (clamped if that was in the future).
    #[serde(serialize_with = "crate::time::serialize")]
    pub timestamp: DateTime<Utc>,
    /// When it was stored.
    #[serde(serialize_with = "crate::time::serialize")]
    pub received_at: DateTime<Utc>,
    pub level: Option<Level>,
    #[schema(value_type = Option<String>)]
    pub user: Option<Cow<'a, str>>,
    #[schema(value_type = Option<String>)]
    pub session: Option<Cow<'a, str>>,
    #[schema(value_type = Option<String>)]
    pub release: Option<Cow<'a, str>>,
    #[schema(value_type = Option<String>)]
    pub environment: Option<Cow<'a, str>>,
    #[schema(value_type = BTreeMap<String, String>)]
    pub tags: Cow<'a, BTreeMap<String, String>>,
    pub value: Option<f64>,
    #[schema(value_type = Option<String>)]
    pub unit: Option<Cow<'a, str>>,
    #[schema(value_type = Option<Object>)]
    pub payload: Option<Cow<'a, RawValue>>,
    pub issue_id: Option<Uuid>,
    /// The feed that found it; null for what was sent.
    pub feed_id: Option<Uuid>,
    /// The stack trace as text, for errors.
    #[schema(value_type = Option<String>)]
    pub stack: Option<Cow<'a, str>>,
    /// `{type, value, frames: […]}`, for errors.
    #[schema(value_type = Option<Object>)]
    pub exception: Option<Cow<'a, RawValue>>,
    /// What led to the error, oldest first.
    #[schema(value_type = Option<Object>)]
    pub breadcrumbs: Option<Cow<'a, RawValue>>,
}
