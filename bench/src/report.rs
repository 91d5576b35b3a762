//! What was measured, round by round, as a table to read and a file for programs.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

/// What a figure should be.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    None,
    AtLeast(f64),
    AtMost(f64),
}

/// One line of the table.
struct Line {
    /// Under which the rounds add it.
    key: &'static str,
    says: &'static str,
    unit: &'static str,
    goal: Goal,
}

const fn line(key: &'static str, says: &'static str, unit: &'static str, goal: Goal) -> Line {
    Line { key, says, unit, goal }
}

use Goal::{AtLeast, AtMost, None as NoGoal};

/// The table, top to bottom: limits, the product, ratios within one round, footprint.
const LINES: &[Line] = &[
    line("commit_p50", "a bare commit, p50", "ms", NoGoal),
    line("bulk_rate", "raw Postgres: unnest of 500 rows, 2 connections", "rows/s", NoGoal),
    line("bulk_cpu", "  Postgres CPU per row", "µs", NoGoal),
    line("one_rate", "raw Postgres: one INSERT per event, 32 connections, no HTTP", "ev/s", NoGoal),
    line("one_cpu", "  Postgres CPU per event", "µs", NoGoal),
    line("noop256_rate", "no-op HTTP, 256 in flight", "req/s", NoGoal),
    line("noop256_cpu", "  CPU per request", "µs", NoGoal),
    line("noop1000_rate", "no-op HTTP, 1,000 in flight", "req/s", NoGoal),
    line("single256_rate", "single events, 256 in flight", "ev/s", NoGoal),
    line("single256_p50", "  p50", "ms", NoGoal),
    line("single256_p99", "  p99", "ms", NoGoal),
    line("single256_server", "  CPU per event: product", "µs", NoGoal),
    line("single256_postgres", "  CPU per event: Postgres", "µs", NoGoal),
    line("single256_redis", "  CPU per event: Redis", "µs", NoGoal),
    line("single1000_rate", "single events, 1,000 in flight", "ev/s", NoGoal),
    line("single1000_p50", "  p50", "ms", NoGoal),
    line("single1000_p99", "  p99", "ms", NoGoal),
    line("single1000_cpu", "  CPU per event, all processes", "µs", NoGoal),
    line("batch_rate", "bodies of 100 events, 32 in flight", "ev/s", NoGoal),
    line("batch_p50", "  p50", "ms", NoGoal),
    line("batch_p99", "  p99", "ms", NoGoal),
    line("batch_server", "  CPU per event: product", "µs", NoGoal),
    line("batch_postgres", "  CPU per event: Postgres", "µs", NoGoal),
    line("batch_redis", "  CPU per event: Redis", "µs", NoGoal),
    line("client_p50", "one client, p50", "ms", NoGoal),
    line("client_p99", "one client, p99", "ms", NoGoal),
    line("goal1_256", "1. single events / no-op HTTP, 256 in flight", "×", AtLeast(0.4)),
    line("goal1_1000", "1. single events / no-op HTTP, 1,000 in flight", "×", AtLeast(0.45)),
    line("goal1_one", "1. single events / one INSERT per event", "×", AtLeast(2.8)),
    line("goal2", "2. bodies of 100 / raw unnest", "×", AtLeast(0.75)),
    line("single256_cpu", "3. CPU per event, all processes, 256 in flight", "µs", AtMost(30.0)),
    line("batch_cpu", "3. CPU per event, all processes, bodies of 100", "µs", AtMost(14.0)),
    line("goal4", "4. one client's p50 above a bare commit", "ms", AtMost(0.3)),
    line("panel_rows", "events behind the panels, of 7 days", "rows", NoGoal),
    line("panel_lines_p50", "6. panel of 24 h: 8 lines of a series, p50", "ms", AtMost(5.0)),
    line("panel_lines_raw", "  from raw samples", "ms", NoGoal),
    line("panel_lines", "  raw / panel", "×", NoGoal),
    line("panel_counts_p50", "6. panel of 24 h: events per bucket, p50", "ms", AtMost(5.0)),
    line("panel_counts_raw", "  from raw events", "ms", NoGoal),
    line("panel_counts", "  raw / panel", "×", NoGoal),
    line("panel_feed_p50", "6. panel of 24 h: a feed's two numbers, p50", "ms", AtMost(5.0)),
    line("panel_feed_raw", "  from its payloads", "ms", NoGoal),
    line("panel_feed", "  raw / panel", "×", NoGoal),
    line("panel_all_p50", "6. panel of 24 h: all eleven lines of these, p50", "ms", AtMost(5.0)),
    line("panel_all_raw", "  from raw rows", "ms", NoGoal),
    line("panel_all", "  raw / panel", "×", NoGoal),
    line("panel_small_p50", "  the same with a 25th of the rows", "ms", NoGoal),
    line("panel_growth", "6. 25 times the rows cost that panel", "×", AtMost(1.5)),
    line("panel_names_p50", "6. panel of 24 h: top ten names, p50", "ms", AtMost(5.0)),
    line("panel_names_raw", "  from raw events", "ms", NoGoal),
    line("panel_names", "  raw / panel", "×", NoGoal),
    line("panel_events_p50", "6. latest 100 events, p50", "ms", AtMost(2.0)),
    line("panel_events_raw", "  the bare statement", "ms", NoGoal),
    line("memory_product", "7. idle memory: product", "MiB", AtMost(64.0)),
    line("memory_postgres", "   idle memory: its Postgres", "MiB", NoGoal),
    line("memory_redis", "   idle memory: Redis", "MiB", NoGoal),
    line("memory_stack", "7. idle memory: the whole stack", "MiB", AtMost(250.0)),
    line("binary", "7. the binary", "MiB", AtMost(30.0)),
    line("ready", "7. ready after start on its database", "s", AtMost(1.5)),
];

/// Figures by key, one number per round.
#[derive(Default)]
pub struct Report {
    figures: BTreeMap<&'static str, Vec<f64>>,
}

impl Report {
    pub fn add(&mut self, key: &'static str, value: f64) {
        self.figures.entry(key).or_default().push(value);
    }

    /// Adds the quotient, or whatever `by` makes, of two figures of the last round.
    pub fn relate(&mut self, key: &'static str, of: &str, to: &str, by: impl Fn(f64, f64) -> f64) {
        let last = |key: &str| self.figures.get(key).and_then(|values| values.last()).copied();
        if let (Some(of), Some(to)) = (last(of), last(to)) {
            self.add(key, by(of, to));
        }
    }

    /// The table, in Markdown, so that it can be kept in the docs as it is.
    pub fn table(&self) -> String {
        let mut rows = vec![["figure", "median", "spread", "goal", "met"].map(str::to_owned)];
        for line in LINES {
            let Some(values) = self.figures.get(line.key) else { continue };
            let (low, middle, high) = spread(values);
            rows.push([
                line.says.trim_start().to_owned(),
                format!("{} {}", number(middle), line.unit),
                if values.len() > 1 { format!("{}–{}", number(low), number(high)) } else { String::new() },
                line.goal.text(),
                line.goal.verdict(middle),
            ]);
        }
        let widths: [usize; 5] =
            std::array::from_fn(|n| rows.iter().map(|row| row[n].chars().count()).max().unwrap_or(0));
        rows.insert(1, widths.map(|width| "-".repeat(width)));
        let mut table = String::new();
        for row in rows {
            for (cell, width) in row.iter().zip(widths) {
                table.push_str(&format!("| {cell:<width$} "));
            }
            table.push_str("|\n");
        }
        table
    }

    /// Every figure with all its rounds.
    pub fn json(&self) -> Value {
        let figures: serde_json::Map<String, Value> = LINES
            .iter()
            .filter_map(|line| {
                let values = self.figures.get(line.key)?;
                let (low, median, high) = spread(values);
                let figure = json!({
                    "says": line.says.trim(), "unit": line.unit, "rounds": values, "median": median,
                    "lowest": low, "highest": high, "goal": line.goal.text(), "met": line.goal.verdict(median),
                });
                Some((line.key.to_owned(), figure))
            })
            .collect();
        json!({ "at": pulseboard_core::now().to_rfc3339(), "figures": figures })
    }

    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        Ok(std::fs::write(path, serde_json::to_string_pretty(&self.json())?)?)
    }
}

impl Goal {
    fn text(self) -> String {
        match self {
            Goal::None => String::new(),
            Goal::AtLeast(value) => format!("≥ {value}"),
            Goal::AtMost(value) => format!("≤ {value}"),
        }
    }

    /// Met, or by how much not.
    fn verdict(self, value: f64) -> String {
        match self {
            Goal::None => String::new(),
            Goal::AtLeast(goal) if value >= goal => "yes".into(),
            Goal::AtMost(goal) if value <= goal => "yes".into(),
            Goal::AtLeast(goal) | Goal::AtMost(goal) => {
                format!("no, {:+.0} %", (value / goal - 1.0) * 100.0)
            }
        }
    }
}

/// Lowest, median, highest.
fn spread(values: &[f64]) -> (f64, f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
    let (low, high) = (at((sorted.len().max(1) - 1) / 2), at(sorted.len() / 2));
    (at(0), f64::midpoint(low, high), at(sorted.len().saturating_sub(1)))
}

/// Three digits that mean something; thousands with commas.
fn number(value: f64) -> String {
    if value.abs() < 10.0 {
        return format!("{value:.2}");
    }
    if value.abs() < 1000.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_spreads_and_verdicts() {
        assert_eq!(spread(&[3.0, 1.0, 2.0]), (1.0, 2.0, 3.0));
        assert_eq!(spread(&[4.0, 1.0]), (1.0, 2.5, 4.0));
        assert_eq!(Goal::AtLeast(0.5).verdict(0.5), "yes");
        assert_eq!(Goal::AtLeast(0.5).verdict(0.4), "no, -20 %");
        assert_eq!(Goal::AtMost(10.0).verdict(12.0), "no, +20 %");
        assert_eq!([number(1.234), number(12.34), number(1_234_567.0)], ["1.23", "12.3", "1,234,567"]);
    }

    #[test]
    fn the_table_has_only_what_was_measured() {
        let mut report = Report::default();
        report.add("bulk_rate", 200.0);
        report.add("batch_rate", 100.0);
        report.relate("goal2", "batch_rate", "bulk_rate", |of, to| of / to);
        report.relate("goal4", "client_p50", "commit_p50", |of, to| of - to);
        let table = report.table();
        assert!(table.contains("| no, -33 %"), "{table}");
        assert_eq!(table.lines().count(), 5, "{table}");
    }
}
