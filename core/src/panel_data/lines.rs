//! Lines: numbers and counts per bucket, and the same of the period before.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use pulseboard_wire::Kind;

use super::{Asked, PanelData, PanelProblem, PanelSeries};
use crate::db::Conn;
use crate::event_counts::{self, Buckets};
use crate::ids::StoreId;
use crate::panel_query::Source;
use crate::series::{self, Aggregate, Line, MAX_PERCENTILE_SPAN, MAX_SERIES, Named, SeriesQuery};

/// Which numbers a source wants.
pub struct Wanted<'a> {
    pub name: Named,
    pub labels: BTreeMap<String, String>,
    pub aggregate: Aggregate,
    pub group_by: Option<Vec<String>>,
    pub title: Option<&'a str>,
}

/// Which events a source counts.
pub struct Counted<'a> {
    pub kind: Option<Kind>,
    pub name: Option<&'a str>,
    pub title: Option<&'a str>,
}

/// Adds the lines of a source of series.
pub async fn series(
    conn: &mut Conn,
    store: StoreId,
    asked: &Asked<'_>,
    at: usize,
    source: &Source,
    data: &mut PanelData,
) -> QueryResult<()> {
    let Source::Series { name, labels, aggregate, group_by, title } = source else { return Ok(()) };
    let wanted = Wanted {
        name: Named::Is(name.clone()),
        labels: asked.variables.fill_labels(labels),
        aggregate: *aggregate,
        group_by: group_by.clone(),
        title: title.as_deref(),
    };
    numbers(conn, store, asked, at, wanted, data).await?;
    Ok(())
}

/// Adds lines of numbers; returns whether there were any.
pub async fn numbers(
    conn: &mut Conn,
    store: StoreId,
    asked: &Asked<'_>,
    at: usize,
    wanted: Wanted<'_>,
    data: &mut PanelData,
) -> QueryResult<bool> {
    let window = asked.window;
    if wanted.aggregate.percentile().is_some() && window.range.span() > MAX_PERCENTILE_SPAN {
        let message = "Percentiles reach back 7 days. Choose a shorter time range or another aggregate.";
        data.problems.push(problem(at, "span_too_long", message.into()));
        return Ok(true);
    }
    let Wanted { name, labels, aggregate, group_by, title } = wanted;
    let mut query = SeriesQuery { name, labels, aggregate, buckets: window.buckets, group_by };
    let found = series::query(conn, store, &query).await?;
    if found.more {
        let message =
            format!("More than {MAX_SERIES} lines: only the first are shown. Group them by fewer labels.");
        data.problems.push(problem(at, "too_many_series", message));
    }
    let mut before: BTreeMap<_, _> = BTreeMap::new();
    if asked.query.compare {
        query.buckets = before_of(window.buckets, window.shift());
        let found = series::query(conn, store, &query).await?;
        before.extend(found.lines.into_iter().map(|line| ((line.name, line.labels), line.points)));
    }
    let any = !found.lines.is_empty();
    for Line { name, unit, labels, points } in found.lines {
        let previous = asked.query.compare.then(|| {
            let points = before.remove(&(name.clone(), labels.clone())).unwrap_or_default();
            millis(points, window.shift())
        });
        let (points, title) = (millis(points, TimeDelta::zero()), title.map(str::to_owned));
        data.series.push(PanelSeries { source: at, name, title, labels, unit, points, previous });
    }
    Ok(any)
}

/// Adds a line of counts.
pub async fn counts(
    conn: &mut Conn,
    store: StoreId,
    asked: &Asked<'_>,
    at: usize,
    counted: Counted<'_>,
    data: &mut PanelData,
) -> QueryResult<()> {
    let Counted { kind, name, title } = counted;
    let kind = kind.map(Kind::as_str);
    let (buckets, shift) = (asked.window.buckets, asked.window.shift());
    let points = event_counts::count_series(conn, store, buckets, kind, name).await?;
    let previous = match asked.query.compare {
        true => {
            let before = before_of(buckets, shift);
            Some(millis(event_counts::count_series(conn, store, before, kind, name).await?, shift))
        }
        false => None,
    };
    data.series.push(PanelSeries {
        source: at,
        name: name.or(kind).unwrap_or("events").to_owned(),
        title: title.map(str::to_owned),
        labels: BTreeMap::new(),
        unit: None,
        points: millis(points, TimeDelta::zero()),
        previous,
    });
    Ok(())
}

/// The same buckets of the period before, whole: their last one is over.
fn before_of(buckets: Buckets, shift: TimeDelta) -> Buckets {
    let whole = TimeDelta::seconds(buckets.seconds * buckets.count());
    Buckets { to: buckets.from + whole, ..buckets }.before(shift)
}

fn millis(points: Vec<(DateTime<Utc>, Option<f64>)>, shift: TimeDelta) -> Vec<(i64, Option<f64>)> {
    points.into_iter().map(|(ts, value)| ((ts + shift).timestamp_millis(), value)).collect()
}

pub fn problem(at: usize, code: &'static str, message: String) -> PanelProblem {
    PanelProblem { source: Some(at), code, message }
}
