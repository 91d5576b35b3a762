//! What a panel shows, for a span of time: one shape for previews, sockets and playback.
//!
//! The whole span is asked for once; from then on only its newest buckets ([`Window::tail`]), which
//! replace what the reader had from there on. Buckets of minutes and more come from the rollups.

mod feeds;
mod lines;
mod lists;
pub mod variables;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use pulseboard_wire::Event;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::Conn;
use crate::event_counts::Buckets;
use crate::ids::StoreId;
use crate::panel_query::{PanelQuery, PanelType, Source};
use crate::time_range::Range;
pub use feeds::{FeedNow, Feeds, feeds_now, newest};
use variables::Variables;

/// Most points of a line, and how many there are if nobody says.
pub const MAX_POINTS: i64 = 1000;
pub const POINTS: i64 = 300;
/// Up to this long a span is looked at closer than by the minute.
const CLOSE: TimeDelta = TimeDelta::minutes(15);
/// From this long on events of one name are counted by the hour, as the rollups know them.
const NAMES_BY_HOUR: TimeDelta = TimeDelta::hours(6);

/// What a panel shows.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct PanelData {
    /// Where the first bucket begins, in milliseconds since 1970.
    pub from: i64,
    /// Where the span ends.
    pub to: i64,
    /// Width of a bucket in seconds.
    pub bucket: i64,
    pub series: Vec<PanelSeries>,
    /// Newest payloads of feeds, for bars and tables.
    pub latest: Vec<Latest>,
    pub names: Vec<PanelName>,
    /// Newest first.
    #[schema(value_type = Vec<Event>)]
    pub events: Vec<Event<'static>>,
    pub annotations: Vec<Annotation>,
    /// What could not be shown, and why.
    pub problems: Vec<PanelProblem>,
}

/// A line of a panel. A bucket that is not there has no value.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PanelSeries {
    /// The source's place in the query.
    pub source: usize,
    pub name: String,
    /// The source's title.
    pub title: Option<String>,
    pub labels: BTreeMap<String, String>,
    pub unit: Option<String>,
    /// `[milliseconds since 1970, value or null]`, in order.
    #[schema(value_type = Vec<Vec<Option<f64>>>)]
    pub points: Vec<(i64, Option<f64>)>,
    /// The period before, moved onto this one: its times are those of `points`.
    #[schema(value_type = Option<Vec<Vec<Option<f64>>>>)]
    pub previous: Option<Vec<(i64, Option<f64>)>>,
}

/// A feed's newest payload, or the part of it at the source's path.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Latest {
    pub source: usize,
    pub feed_id: Uuid,
    pub ts: Option<i64>,
    #[schema(value_type = Option<Object>)]
    pub payload: Option<Box<RawValue>>,
}

/// How often a name was seen.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PanelName {
    pub source: usize,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub count: i64,
}

/// Something that happened beside the data.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Annotation {
    pub ts: i64,
    /// `release`.
    pub kind: &'static str,
    pub text: String,
}

/// Why something is not shown; the rest is.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PanelProblem {
    /// Of which source; `null`: of the panel.
    pub source: Option<usize>,
    /// `feed_gone`, `feed_failing`, `nothing_at_path`, `not_a_number`, `too_many_series`,
    /// `span_too_long` or `too_slow`.
    #[schema(value_type = String)]
    pub code: &'static str,
    pub message: String,
}

impl PanelData {
    /// The form of a window's data, without any.
    pub fn empty(Window { range, buckets }: Window) -> Self {
        Self {
            from: buckets.from.timestamp_millis(),
            to: range.to.timestamp_millis(),
            bucket: buckets.seconds,
            ..Self::default()
        }
    }
}

impl PanelProblem {
    /// The database needs longer for it than anyone may take.
    pub fn too_slow() -> Self {
        let message = "This takes too long to look through. Choose a shorter time range.".into();
        Self { source: None, code: "too_slow", message }
    }
}

/// A span of time and the buckets it is cut into, or the newest of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub range: Range,
    pub buckets: Buckets,
}

impl Window {
    /// Cuts a span for a query: by its length alone, so that the width stays while the span moves on.
    pub fn whole(range: Range, query: &PanelQuery, points: i64) -> Self {
        let named = |source: &Source| matches!(source, Source::Events { name: Some(_), .. });
        let least = match range.span() {
            span if span <= CLOSE => 1,
            span if span > NAMES_BY_HOUR && query.sources.iter().any(named) => 3600,
            _ => 60,
        };
        Self { range, buckets: Buckets::fit_moving(range.from, range.to, points, least) }
    }

    /// The buckets from the one that `since` lies in.
    #[must_use]
    pub fn tail(self, since: DateTime<Utc>) -> Self {
        Self { buckets: self.buckets.tail(since), ..self }
    }

    /// How much earlier the period before is: its buckets lie under these.
    fn shift(self) -> TimeDelta {
        let (span, width) = (self.range.span().num_milliseconds(), self.buckets.seconds * 1000);
        TimeDelta::milliseconds((span + width - 1) / width * width)
    }
}

/// Which panel is asked for, and how.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub kind: PanelType,
    pub query: &'a PanelQuery,
    pub window: Window,
    pub variables: &'a Variables,
}

/// What a panel shows. `feeds` are those of the project that the query names and that still exist.
pub async fn panel_data(
    conn: &mut Conn,
    store: StoreId,
    feeds: &Feeds,
    asked: &Asked<'_>,
) -> QueryResult<PanelData> {
    let range = asked.window.range;
    let mut data = PanelData::empty(asked.window);
    for (at, source) in asked.query.sources.iter().enumerate() {
        match source {
            Source::Series { .. } => lines::series(conn, store, asked, at, source, &mut data).await?,
            Source::Events { kind, name, title } => {
                let name = name.as_deref().and_then(|name| asked.variables.fill(name));
                let counted = lines::Counted { kind: *kind, name: name.as_deref(), title: title.as_deref() };
                lines::counts(conn, store, asked, at, counted, &mut data).await?;
            }
            Source::Feed { .. } => feeds::feed(conn, store, feeds, asked, at, source, &mut data).await?,
            Source::Names { kind, limit } => {
                lists::names(conn, store, range, at, *kind, *limit, &mut data).await?;
            }
            Source::EventList { filter, limit } => {
                lists::events(conn, store, asked, filter, *limit, &mut data).await?;
            }
        }
    }
    if asked.query.annotations {
        data.annotations = lists::releases(conn, store, range).await?;
    }
    Ok(data)
}

pub use lists::releases;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn range(minutes: i64) -> Range {
        let from: DateTime<Utc> = "2026-06-01T12:00:30Z".parse().expect("a time");
        Range { from, to: from + TimeDelta::minutes(minutes) }
    }

    fn query(source: serde_json::Value) -> PanelQuery {
        PanelQuery::read(&json!({ "sources": [source] })).expect("fine").expect("some")
    }

    #[test]
    fn a_window_is_cut_as_its_sources_can_be_read() {
        let cpu = query(json!({"kind": "series", "name": "cpu"}));
        let sales = query(json!({"kind": "events", "name": "sale"}));
        for (query, minutes, seconds) in
            [(&cpu, 15, 5), (&cpu, 16, 60), (&cpu, 24 * 60, 300), (&sales, 60, 60), (&sales, 24 * 60, 3600)]
        {
            let window = Window::whole(range(minutes), query, POINTS);
            assert_eq!(window.buckets.seconds, seconds, "{minutes} min");
            assert!(window.shift() >= window.range.span());
            assert_eq!(window.shift().num_seconds() % seconds, 0);
        }
    }
}
