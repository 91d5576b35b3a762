//! The panels of a dashboard as a room knows them, and which of them an event touches. Pure.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use pulseboard_core::dashboards::board::Panel;
use pulseboard_core::event_query::{self, Field, Term, Test};
use pulseboard_core::ids::PanelId;
use pulseboard_core::panel_query::{PanelQuery, PanelType, Source};
use pulseboard_wire::Kind;
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

/// The least time between two deliveries of a panel, and the longest that a wide bucket makes of it.
const FASTEST: Duration = Duration::from_millis(250);
const SLOWEST: Duration = Duration::from_secs(5);

/// A panel, as far as its data goes.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardPanel {
    pub id: PanelId,
    pub kind: PanelType,
    pub query: Arc<PanelQuery>,
    /// The feeds that it shows.
    pub feeds: Vec<Uuid>,
}

impl BoardPanel {
    pub fn of(panel: &Panel) -> Self {
        let query = panel.query.as_ref().and_then(|query| PanelQuery::read(query).ok().flatten());
        let query = PanelQuery::of_panel(query, &panel.feed_ids);
        Self { id: panel.id, kind: panel.kind, query: Arc::new(query), feeds: panel.feeds().collect() }
    }

    /// Whether there is anything to ask for.
    pub fn has_data(&self) -> bool {
        !self.query.sources.is_empty() || self.query.annotations
    }

    /// Whether it changes by time alone: counts of nothing, and lists that things drop out of.
    pub fn ages(&self) -> bool {
        self.query.sources.iter().any(|source| !matches!(source, Source::Series { .. } | Source::Feed { .. }))
    }

    /// Whether an event may change what it shows. In doubt it does.
    pub fn is_touched(&self, event: &EventHead<'_>) -> bool {
        self.query.sources.iter().any(|source| touches(event, source))
            || (self.query.annotations && event.release.is_some())
    }
}

/// The feeds of several panels.
pub fn feeds_of(panels: &[BoardPanel]) -> HashSet<Uuid> {
    panels.iter().flat_map(|panel| panel.feeds.iter().copied()).collect()
}

/// How often a panel of such buckets is delivered at most.
pub fn pace(bucket_seconds: i64) -> Duration {
    let twentieth = Duration::from_millis(bucket_seconds.unsigned_abs().saturating_mul(50));
    twentieth.clamp(FASTEST, SLOWEST)
}

/// What a room looks at of an event.
#[derive(Debug, Deserialize)]
pub struct EventHead<'a> {
    #[serde(rename = "type")]
    pub kind: Kind,
    pub name: String,
    pub timestamp: DateTime<Utc>,
    #[serde(default)]
    pub release: Option<String>,
    #[serde(default)]
    pub feed_id: Option<Uuid>,
    #[serde(borrow, default)]
    pub payload: Option<&'a RawValue>,
}

fn touches(event: &EventHead<'_>, source: &Source) -> bool {
    match source {
        Source::Series { name, labels, .. } => match event.feed_id {
            None => event.kind == Kind::Metric && event.name == *name,
            Some(feed) => {
                let of_feed = labels.get("feed").is_none_or(|id| id.contains('$') || *id == feed.to_string());
                of_feed && may_have(event.payload, name)
            }
        },
        Source::Events { kind, name, .. } => {
            kind.is_none_or(|kind| kind == event.kind)
                && name.as_ref().is_none_or(|name| name.contains('$') || *name == event.name)
        }
        Source::Names { kind, .. } => kind.is_none_or(|kind| kind == event.kind),
        Source::Feed { feed_id, .. } => event.feed_id == Some(*feed_id),
        Source::EventList { filter, .. } => {
            event_query::parse(filter).unwrap_or_default().iter().all(|term| may_meet(event, term))
        }
    }
}

/// Whether a number of this name may be in a feed's payload: the first word of the path stands in it.
fn may_have(payload: Option<&RawValue>, name: &str) -> bool {
    let word = name.split(['.', '[']).next().unwrap_or_default();
    let Some(payload) = payload else { return true };
    word.is_empty() || name == "value" || payload.get().contains(word) || payload.get().contains('\\')
}

fn may_meet(event: &EventHead<'_>, term: &Term) -> bool {
    let meets = match &term.test {
        Test::Is(Field::Type, value) if !value.contains('$') => *value == event.kind.as_str(),
        Test::Is(Field::Name, value) if !value.contains('$') => *value == event.name,
        _ => return true,
    };
    meets != term.negated
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn touched(source: serde_json::Value, event: serde_json::Value) -> bool {
        let query = PanelQuery::read(&json!({ "sources": [source] })).expect("fine").expect("some");
        let mut event = event;
        event["timestamp"] = "2026-06-01T12:00:00.000Z".into();
        let text = event.to_string();
        let head: EventHead<'_> = serde_json::from_str(&text).expect("a head");
        query.sources.iter().any(|source| touches(&head, source))
    }

    #[test]
    fn an_event_touches_what_it_may_change() {
        let (feed, other) = (Uuid::now_v7(), Uuid::now_v7());
        let tick = json!({"type": "metric", "name": "host", "feed_id": feed, "payload": {"cpu": 1, "disk": {"free": 2}}});
        let cpu = json!({"type": "metric", "name": "cpu"});
        let boom = json!({"type": "error", "name": "boom"});
        let series = |name: &str| json!({"kind": "series", "name": name});
        for (source, event, expected) in [
            (series("cpu"), &cpu, true),
            (series("ram"), &cpu, false),
            (series("boom"), &boom, false),
            (series("cpu"), &tick, true),
            (series("disk.free"), &tick, true),
            (series("ram"), &tick, false),
            (json!({"kind": "series", "name": "cpu", "labels": {"feed": other}}), &tick, false),
            (json!({"kind": "series", "name": "cpu", "labels": {"feed": "$feed"}}), &tick, true),
            (json!({"kind": "feed", "feed_id": feed}), &tick, true),
            (json!({"kind": "feed", "feed_id": other}), &tick, false),
            (json!({"kind": "events"}), &tick, true),
            (json!({"kind": "events", "type": "error"}), &tick, false),
            (json!({"kind": "events", "type": "error", "name": "boom"}), &boom, true),
            (json!({"kind": "events", "name": "$what"}), &boom, true),
            (json!({"kind": "names", "type": "event"}), &boom, false),
            (json!({"kind": "event_list", "filter": "type:error tag.a:b"}), &boom, true),
            (json!({"kind": "event_list", "filter": "-type:error"}), &boom, false),
            (json!({"kind": "event_list", "filter": "name:$what"}), &boom, true),
        ] {
            assert_eq!(touched(source.clone(), event.clone()), expected, "{source} {event}");
        }
    }

    #[test]
    fn wide_buckets_are_delivered_less_often() {
        assert_eq!([1, 5, 60, 3600].map(pace).map(|pace| pace.as_millis()), [250, 250, 3000, 5000]);
    }
}
