//! Goal 6: what panels of 24 hours cost at millions of rows, beside the same answers from the raw rows.
//!
//! The panels are asked for by `core::panel_data` in a tenant's transaction, as the API does; HTTP is left
//! out. The database is one of its own, so that nothing else is in its tables.

mod raw;
mod seed;

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use chrono::{DateTime, TimeDelta, Utc};
use pulseboard_core::db::{self, Conn, Db, DbError};
use pulseboard_core::ids::OrgId;
use pulseboard_core::panel_data::variables::Variables;
use pulseboard_core::panel_data::{Asked, FeedNow, Feeds, POINTS, PanelData, Window, panel_data};
use pulseboard_core::panel_query::{PanelQuery, PanelType};
use pulseboard_core::time_range::Range;
use serde_json::{Value, json};
use tokio_postgres::Client;

use crate::limits::connect;
use crate::options::Options;
use crate::report::Report;
use seed::Stored;

/// Of the product's own pool.
const CONNECTIONS: usize = 4;
/// How many times fewer rows the small store has.
const FEWER: u64 = 25;
const SPAN: TimeDelta = TimeDelta::hours(24);

/// A panel that is measured, and how the raw rows would answer it.
struct Panel {
    /// Under which the report has it, and its raw counterpart, and their quotient.
    keys: [&'static str; 3],
    kind: PanelType,
    query: PanelQuery,
    raw: fn(&Stored, &Window) -> String,
}

/// A database with two stores: one with millions of rows, one with a fraction of them.
pub struct Panels {
    db: Db,
    raw: Client,
    large: Stored,
    small: Stored,
}

impl Panels {
    pub async fn fill(url: &str, rows: u64) -> anyhow::Result<Self> {
        db::migrate(url).await?;
        let db = Db::connect(url, CONNECTIONS)?;
        let raw = connect(url).await?;
        let now = pulseboard_core::now();
        let small = seed::fill(&db, &raw, rows / FEWER, now).await?;
        let large = seed::fill(&db, &raw, rows, now).await?;
        raw.batch_execute("analyze; checkpoint").await?;
        Ok(Self { db, raw, large, small })
    }

    /// Measures each panel next to its raw counterpart, and the largest one with fewer rows.
    pub async fn round(&self, options: &Options, report: &mut Report) -> anyhow::Result<()> {
        for panel in panels(&self.large)? {
            let window = window(&self.large, &panel.query);
            let sql = (panel.raw)(&self.large, &window);
            let raw = median(options, async || raw::sum(&self.raw, &sql).await).await?;
            let shown = median(options, async || Ok(sum(&self.show(&self.large, &panel).await?))).await?;
            if (raw.1 - shown.1).abs() > 1e-9 * raw.1.abs() {
                bail!("{}: the panel says {}, the raw rows say {}", panel.keys[0], shown.1, raw.1);
            }
            let [of_panel, of_raw, quotient] = panel.keys;
            report.add(of_raw, raw.0);
            report.add(of_panel, shown.0);
            report.relate(quotient, of_raw, of_panel, |of, to| of / to);
        }
        let all = everything(&self.small)?;
        let (small, _) = median(options, async || Ok(sum(&self.show(&self.small, &all).await?))).await?;
        report.add("panel_small_p50", small);
        report.relate("panel_growth", "panel_all_p50", "panel_small_p50", |of, to| of / to);
        report.add("panel_rows", self.large.rows as f64);
        Ok(())
    }

    /// What the panel shows, as the API asks for it.
    async fn show(&self, stored: &Stored, panel: &Panel) -> anyhow::Result<PanelData> {
        let feeds = Feeds::from([(stored.feed, FeedNow { name: "host".into(), error: None })]);
        let window = window(stored, &panel.query);
        let variables = Variables::default();
        let asked = Asked { kind: panel.kind, query: &panel.query, window, variables: &variables };
        let work = async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(panel_data(conn, stored.store, &feeds, &asked).await?)
        };
        let data = self.db.tenant(OrgId::new(), work).await?;
        if let Some(problem) = data.problems.first() {
            bail!("{}: {}", panel.keys[0], problem.message);
        }
        Ok(data)
    }
}

fn window(stored: &Stored, query: &PanelQuery) -> Window {
    Window::whole(Range { from: stored.until - SPAN, to: stored.until }, query, POINTS)
}

fn panels(stored: &Stored) -> anyhow::Result<Vec<Panel>> {
    let lines = json!({"kind": "series", "name": seed::SERIES, "aggregate": "avg"});
    let one = |keys, kind, source: Value, raw| -> anyhow::Result<Panel> {
        Ok(Panel { keys, kind, query: query(&[source])?, raw })
    };
    Ok(vec![
        one(["panel_lines_p50", "panel_lines_raw", "panel_lines"], PanelType::Timeseries, lines, raw::lines)?,
        one(
            ["panel_counts_p50", "panel_counts_raw", "panel_counts"],
            PanelType::Timeseries,
            json!({"kind": "events"}),
            raw::counts,
        )?,
        one(
            ["panel_feed_p50", "panel_feed_raw", "panel_feed"],
            PanelType::Timeseries,
            json!({"kind": "feed", "feed_id": stored.feed}),
            raw::feed,
        )?,
        everything(stored)?,
        one(
            ["panel_names_p50", "panel_names_raw", "panel_names"],
            PanelType::Bar,
            json!({"kind": "names", "limit": 10}),
            raw::names,
        )?,
        one(
            ["panel_events_p50", "panel_events_raw", "panel_events"],
            PanelType::EventList,
            json!({"kind": "event_list", "limit": 100}),
            raw::events,
        )?,
    ])
}

/// A panel with all that has a line.
fn everything(stored: &Stored) -> anyhow::Result<Panel> {
    let query = query(&[
        json!({"kind": "series", "name": seed::SERIES, "aggregate": "avg"}),
        json!({"kind": "events"}),
        json!({"kind": "feed", "feed_id": stored.feed}),
    ])?;
    let keys = ["panel_all_p50", "panel_all_raw", "panel_all"];
    Ok(Panel { keys, kind: PanelType::Timeseries, query, raw: raw::everything })
}

fn query(sources: &[Value]) -> anyhow::Result<PanelQuery> {
    let read = PanelQuery::read(&json!({ "sources": sources }));
    read.map_err(|problem| anyhow::anyhow!("{}: {}", problem.field, problem.problem))?.context("a query")
}

/// One number of all that a panel shows, to be compared with the raw rows'.
fn sum(data: &PanelData) -> f64 {
    let points = data.series.iter().flat_map(|series| &series.points).filter_map(|(_, value)| *value);
    let names: i64 = data.names.iter().map(|name| name.count).sum();
    points.sum::<f64>() + names as f64 + data.events.len() as f64
}

/// How long one asking takes, in milliseconds, and what it brought.
async fn median(options: &Options, ask: impl AsyncFn() -> anyhow::Result<f64>) -> anyhow::Result<(f64, f64)> {
    let mut brought = ask().await?;
    let until = |time: Duration| Instant::now() + time;
    let warm = until(options.warm_up() / 4);
    while Instant::now() < warm {
        ask().await?;
    }
    let (end, mut times) = (until(options.measured() / 2), Vec::new());
    while Instant::now() < end || times.is_empty() {
        let begin = Instant::now();
        brought = ask().await?;
        times.push(begin.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    Ok((times[times.len() / 2], brought))
}

/// A time as SQL has it.
fn literal(time: DateTime<Utc>) -> String {
    format!("timestamptz '{}'", time.to_rfc3339())
}
