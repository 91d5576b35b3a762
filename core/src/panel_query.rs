//! What a panel shows: where its data comes from, read and checked with the field that is wrong.

mod read;

use std::collections::BTreeMap;

use pulseboard_wire::Kind;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::series::Aggregate;
use crate::text_enum::text_enum;

/// Sources of one panel.
pub const MAX_SOURCES: usize = 10;
/// Names that a source lists at most.
pub const MAX_NAMES: i64 = 50;
/// Events that a source lists at most.
pub const MAX_EVENTS: i64 = 100;
/// Longest name, title, label or label's value, in characters.
pub const MAX_TEXT: usize = 200;
/// Longest path into a payload, in characters.
pub const MAX_PATH: usize = 500;
/// Labels of one source, and labels that tell its lines apart.
pub const MAX_LABELS: usize = 20;

text_enum! {
    /// How a panel looks.
    PanelType {
        Timeseries = "timeseries",
        Stat = "stat",
        Bar = "bar",
        Table = "table",
        Gauge = "gauge",
        Text = "text",
        EventList = "event_list",
    }
}

impl PanelType {
    /// Whether it shows the newest payload of a feed, not its numbers over time.
    pub fn shows_latest(self) -> bool {
        matches!(self, PanelType::Bar | PanelType::Table)
    }
}

/// What a panel asks for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PanelQuery {
    /// At most 10; answers name them by their place, from 0.
    pub sources: Vec<Source>,
    /// Also the period of equal length before.
    #[serde(default)]
    pub compare: bool,
    /// Also when each release was first seen.
    #[serde(default)]
    pub annotations: bool,
}

/// One place that data comes from.
///
/// In a label's value, an event's name and a filter `$name` and `${name}` stand for a variable of the
/// dashboard; where its value is `*`, anything goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Source {
    /// Numbers over time, by their name.
    Series {
        name: String,
        /// Labels that must have these values.
        #[serde(default)]
        labels: BTreeMap<String, String>,
        /// How the values of a bucket become one. Percentiles reach back 7 days.
        #[serde(default = "average")]
        #[schema(default = "avg")]
        aggregate: Aggregate,
        /// Labels that tell lines apart; the others are folded together. `null`: every series is a line.
        #[serde(default)]
        group_by: Option<Vec<String>>,
        #[serde(default)]
        title: Option<String>,
    },
    /// Events per bucket.
    Events {
        #[serde(rename = "type", default)]
        #[schema(inline)]
        kind: Option<Kind>,
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        title: Option<String>,
    },
    /// The most frequent names.
    Names {
        #[serde(rename = "type", default)]
        #[schema(inline)]
        kind: Option<Kind>,
        /// 1 to 50.
        #[serde(default = "ten")]
        #[schema(default = 10, minimum = 1, maximum = 50)]
        limit: i64,
    },
    /// A feed: its numbers over time, or for bars and tables its newest payload.
    Feed {
        feed_id: Uuid,
        /// Where in the payload; `null`: all of it.
        #[serde(default)]
        path: Option<String>,
        #[serde(default = "average")]
        #[schema(default = "avg")]
        aggregate: Aggregate,
        #[serde(default)]
        title: Option<String>,
    },
    /// The newest events.
    EventList {
        /// In the language of the events list, such as `level:error`; empty: all.
        #[serde(default)]
        filter: String,
        /// 1 to 100.
        #[serde(default = "twenty")]
        #[schema(default = 20, minimum = 1, maximum = 100)]
        limit: i64,
    },
}

fn average() -> Aggregate {
    Aggregate::Avg
}

fn ten() -> i64 {
    10
}

fn twenty() -> i64 {
    20
}

/// Which field is wrong, from `query` on, and what about it ("must not be empty").
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{field}\" {problem}")]
pub struct Problem {
    pub field: String,
    pub problem: String,
}

impl PanelQuery {
    /// Reads a query that somebody wrote; `null` is none.
    pub fn read(value: &Value) -> Result<Option<Self>, Problem> {
        read::query(value)
    }

    /// What a panel asks for that has a query or, without one, the whole of some feeds.
    pub fn of_panel(query: Option<Self>, feed_ids: &[Uuid]) -> Self {
        let whole = |feed_id: &Uuid| Source::Feed {
            feed_id: *feed_id,
            path: None,
            aggregate: Aggregate::Avg,
            title: None,
        };
        query.unwrap_or_else(|| Self {
            sources: feed_ids.iter().take(MAX_SOURCES).map(whole).collect(),
            ..Self::default()
        })
    }

    /// The feeds that its sources name.
    pub fn feed_ids(&self) -> impl Iterator<Item = Uuid> + '_ {
        self.sources.iter().filter_map(|source| match source {
            Source::Feed { feed_id, .. } => Some(*feed_id),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_left_out_has_a_value() {
        let feed = Uuid::now_v7();
        let query = PanelQuery::read(&json!({"sources": [
            {"kind": "series", "name": "cpu"},
            {"kind": "events"},
            {"kind": "names"},
            {"kind": "feed", "feed_id": feed},
            {"kind": "event_list", "limit": 5},
        ]}));
        let query = query.expect("it is fine").expect("it is one");
        assert_eq!(query.feed_ids().collect::<Vec<_>>(), [feed]);
        assert_eq!(query.sources[2], Source::Names { kind: None, limit: 10 });
        assert_eq!(query.sources[4], Source::EventList { filter: String::new(), limit: 5 });
        let stored = serde_json::to_value(&query).expect("JSON");
        assert_eq!(PanelQuery::read(&stored), Ok(Some(query.clone())), "what we write is what we read");
        assert_eq!(serde_json::from_value::<PanelQuery>(stored).expect("ours"), query);
        assert_eq!(PanelQuery::read(&Value::Null), Ok(None));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let source = |source: Value| json!({ "sources": [source] });
        for (value, field) in [
            (json!([]), "query"),
            (json!({}), "query.sources"),
            (json!({"sources": {}}), "query.sources"),
            (json!({"sources": [], "compare": 1}), "query.compare"),
            (json!({"sources": [], "from": 1}), "query.from"),
            (json!({"sources": vec![json!({"kind": "events"}); 11]}), "query.sources"),
            (source(json!(1)), "query.sources.0"),
            (source(json!({})), "query.sources.0.kind"),
            (source(json!({"kind": "sql"})), "query.sources.0.kind"),
            (source(json!({"kind": "series"})), "query.sources.0.name"),
            (source(json!({"kind": "series", "name": ""})), "query.sources.0.name"),
            (source(json!({"kind": "series", "name": "a\0"})), "query.sources.0.name"),
            (source(json!({"kind": "series", "name": "x".repeat(201)})), "query.sources.0.name"),
            (source(json!({"kind": "series", "name": "a", "labels": {"b": 1}})), "query.sources.0.labels.b"),
            (source(json!({"kind": "series", "name": "a", "aggregate": "p42"})), "query.sources.0.aggregate"),
            (source(json!({"kind": "series", "name": "a", "group_by": "b"})), "query.sources.0.group_by"),
            (source(json!({"kind": "series", "name": "a", "group_by": [1]})), "query.sources.0.group_by.0"),
            (source(json!({"kind": "series", "name": "a", "nmae": 1})), "query.sources.0.nmae"),
            (source(json!({"kind": "events", "type": "bug"})), "query.sources.0.type"),
            (source(json!({"kind": "names", "limit": 0})), "query.sources.0.limit"),
            (source(json!({"kind": "names", "limit": 1.5})), "query.sources.0.limit"),
            (source(json!({"kind": "feed", "feed_id": "x"})), "query.sources.0.feed_id"),
            (source(json!({"kind": "feed", "feed_id": Uuid::nil(), "path": "a[x"})), "query.sources.0.path"),
            (source(json!({"kind": "event_list", "filter": "colour:red"})), "query.sources.0.filter"),
        ] {
            let problem = PanelQuery::read(&value).expect_err(&value.to_string());
            assert_eq!(problem.field, field, "{value}: {problem}");
        }
    }

    #[test]
    fn a_panel_without_a_query_shows_its_feeds() {
        let feed = Uuid::now_v7();
        let query = PanelQuery::of_panel(None, &[feed]);
        assert_eq!(query.feed_ids().collect::<Vec<_>>(), [feed]);
        assert_eq!(PanelQuery::of_panel(Some(PanelQuery::default()), &[feed]).sources, []);
    }
}
