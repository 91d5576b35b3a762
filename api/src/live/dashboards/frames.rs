//! What is said on a dashboard's socket, as bytes that many connections share.

use bytes::Bytes;
use pulseboard_core::ids::PanelId;
use pulseboard_core::panel_data::PanelData;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use uuid::Uuid;

use super::feeds::{FeedWindows, Tick};
use crate::error::ApiError;
use crate::live::frames::text;
use crate::routes::dashboards::DashboardFull;

/// The state of everything, for one reader.
pub fn snapshot(dashboard: &DashboardFull, version: i64, feeds: &FeedWindows) -> Bytes {
    let object = |tick: &Tick| raw(format!("{{{}}}", tick.fields));
    let latest: std::collections::BTreeMap<_, _> =
        feeds.0.iter().map(|(id, window)| (*id, window.latest.as_ref().map(object))).collect();
    let history: std::collections::BTreeMap<_, _> = feeds
        .0
        .iter()
        .map(|(id, window)| (*id, window.recent.iter().map(object).collect::<Vec<_>>()))
        .collect();
    encode(&json!({"type": "snapshot", "dashboard_version": version}), |frame| {
        frame.push_str(",\"dashboard\":");
        frame.push_str(&serde_json::to_string(dashboard).unwrap_or_else(|_| "null".into()));
        frame.push_str(",\"feeds\":");
        frame.push_str(&serde_json::to_string(&latest).unwrap_or_else(|_| "{}".into()));
        frame.push_str(",\"history\":");
        frame.push_str(&serde_json::to_string(&history).unwrap_or_else(|_| "{}".into()));
    })
}

fn raw(json: String) -> Option<Box<RawValue>> {
    RawValue::from_string(json).ok()
}

/// A JSON object with more fields written after its own.
fn encode(head: &Value, more: impl FnOnce(&mut String)) -> Bytes {
    let mut frame = head.to_string();
    frame.pop();
    more(&mut frame);
    frame.push('}');
    text(frame.as_bytes())
}

pub fn feed_update(tick: &Tick) -> Bytes {
    text(format!(r#"{{"type":"feed_update",{}}}"#, tick.fields).as_bytes())
}

/// `state` is an object, as it came over the bus.
pub fn feed_state(state: &Value) -> Bytes {
    let mut frame = state.clone();
    frame["type"] = "feed_state".into();
    text(frame.to_string().as_bytes())
}

pub fn panel_data(panel: PanelId, full: bool, data: &PanelData) -> Bytes {
    #[derive(Serialize)]
    struct Frame<'a> {
        #[serde(rename = "type")]
        kind: &'static str,
        panel_id: PanelId,
        full: bool,
        data: &'a PanelData,
    }
    let frame = Frame { kind: "panel_data", panel_id: panel, full, data };
    text(&serde_json::to_vec(&frame).unwrap_or_default())
}

/// An operation that was done, told by what it was done to.
pub fn op(op: &impl Serialize, of_dashboard: bool) -> Bytes {
    let kind = if of_dashboard { "dashboard:updated" } else { "widget:updated" };
    text(json!({"type": kind, "op": op}).to_string().as_bytes())
}

fn error(error: &ApiError) -> Value {
    let mut shown = json!({"code": error.code.as_str(), "message": error.message});
    if !error.fields.is_empty() {
        shown["fields"] = json!(error.fields);
    }
    shown
}

pub fn op_refused(op_id: &Value, refused: &ApiError) -> Bytes {
    text(json!({"type": "op_refused", "op_id": op_id, "error": error(refused)}).to_string().as_bytes())
}

pub fn command_result(feed_id: Uuid, result: &Result<(), ApiError>) -> Bytes {
    let error = result.as_ref().err().map(error);
    let frame = json!({
        "type": "command_result", "command": "refresh", "feed_id": feed_id, "ok": error.is_none(), "error": error,
    });
    text(frame.to_string().as_bytes())
}

pub fn deleted() -> Bytes {
    text(br#"{"type":"deleted"}"#)
}

/// Where a playback stands.
pub fn clock(now: i64, speed: f64, playing: bool) -> Bytes {
    text(json!({"type": "clock", "now": now, "speed": speed, "playing": playing}).to_string().as_bytes())
}
