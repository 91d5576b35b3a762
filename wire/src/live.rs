//! Frames of the live connections (WebSocket, and by the same names SSE).

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

/// What the server sends, one JSON object per frame.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Frame<'a> {
    /// First frame: what follows has a cursor after this one.
    Ready { project_id: Uuid, cursor: &'a str },
    /// Events in commit order, each once.
    Events {
        #[schema(value_type = Vec<crate::event::Event>)]
        events: Vec<&'a RawValue>,
        cursor: &'a str,
    },
    /// This many events were skipped because the connection was too slow or away too long; reading on
    /// from `cursor` loses nothing that is not countable here.
    Gap { missed: u64, cursor: &'a str },
    /// Answer with `{"type": "pong"}`.
    Ping,
}

/// What a client may send.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ClientFrame {
    /// Replaces the connection's filter; an empty one lets everything through.
    Filter {
        #[serde(default)]
        filter: LiveFilter,
    },
    Pong,
}

/// Which events a connection wants. Each field given must match exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
pub struct LiveFilter {
    #[serde(rename = "type")]
    pub kind: Option<crate::event::Kind>,
    pub name: Option<String>,
}
