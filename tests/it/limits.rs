//! Limits: who takes too much is told so and harms nobody else.
//!
//! What is slow, large or many is played against the real binary; each such test prints its figures.

mod connections;
mod fairness;
mod quota;
mod rates;
mod shares;
mod sharing;

use std::time::Duration;

use pulseboard_core::config::LimitsConfig;
use serde_json::{Value, json};

use crate::app::{Answer, Project, TestApp, event};

fn limits(key_rate: u32, project_rate: u32, daily_events: u32) -> LimitsConfig {
    LimitsConfig { key_rate, project_rate, daily_events, ..LimitsConfig::NONE }
}

/// An app with such limits on events.
async fn limited(key_rate: u32, project_rate: u32, daily_events: u32) -> TestApp {
    TestApp::with(|config| config.limits = limits(key_rate, project_rate, daily_events)).await
}

/// So many events as one body.
fn events(count: usize) -> Value {
    json!(vec![event("a"); count])
}

/// Sends with another key than the project's first.
async fn send_with(project: &Project, key: &str, body: &Value) -> Answer {
    Project { key: key.to_owned(), ..project.clone() }.send(body).await
}

/// The seconds of `Retry-After`.
fn retry_after(answer: &Answer) -> u64 {
    answer.header("retry-after").expect("says when to come back").parse().expect("seconds")
}

/// Today's sum of one kind of count.
async fn counted(project: &Project, name: &str) -> i64 {
    let usage = project.owner.get(&project.path("/usage?days=2")).await.expect_status(200).await;
    usage["items"].as_array().expect("days").iter().filter_map(|day| day[name].as_i64()).sum()
}

/// What the metrics say of events with this outcome, in this process since its start.
async fn outcome(app: &TestApp, name: &str) -> u64 {
    let text = app.anyone().get("/metrics").await.0.text().await.expect("text");
    let start = format!("pulseboard_events_total{{outcome=\"{name}\"}} ");
    let line = text.lines().find_map(|line| line.strip_prefix(start.as_str()));
    line.expect("is counted").parse().expect("a number")
}

/// The middle and the slowest hundredth, as text.
fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    format!("p50 {:.1?}, p99 {:.1?} ({} requests)", at(50), at(99), times.len())
}
