//! A reader that is too slow harms only itself.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{Closed, Socket};
use crate::app::{Project, TestApp};

/// Events in one body, which is close to a megabyte.
const EVENTS: usize = 16;
/// More bodies than the kernel and the queue hold together.
const BODIES: usize = 16;

fn large_body() -> Value {
    let filling = "x".repeat(60_000);
    let event = json!({"type": "event", "name": "large", "payload": {"filling": filling}});
    Value::Array(vec![event; EVENTS])
}

/// Sends more than a reader that does not read can be kept; returns when the good reader has it all.
async fn flood(project: &Project, good: &mut Socket) {
    let body = large_body();
    let started = Instant::now();
    let mut slowest = Duration::ZERO;
    for _ in 0..BODIES {
        project.ingest(&body).await;
        let answered = Instant::now();
        good.events(EVENTS).await;
        slowest = slowest.max(answered.elapsed());
    }
    eprintln!("15 MB took {:?}; the good reader's slowest frame came after {slowest:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_is_told_of_its_gap_and_nobody_else_notices() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let (mut slow, mut good) = (Socket::open_narrow(&shop).await, Socket::open(&shop, "").await);
    flood(&shop, &mut good).await;

    let (mut seen, mut missed) = (0, 0);
    while seen + missed < BODIES * EVENTS {
        let frame = slow.frame().await;
        match frame["type"].as_str() {
            Some("events") => seen += frame["events"].as_array().expect("events").len(),
            Some("gap") => missed += frame["missed"].as_u64().expect("a number") as usize,
            other => panic!("{other:?}"),
        }
    }
    assert!(missed > 0 && seen > 0, "{seen} seen, {missed} missed");
    assert_eq!(seen + missed, BODIES * EVENTS, "whatever was not seen was counted");
    shop.ingest(&json!({"type": "event", "name": "after"})).await;
    assert_eq!(slow.names(1).await, ["after"]);
    assert_eq!(good.names(1).await, ["after"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_has_stopped_reading_is_ended() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let (mut frozen, mut good) = (Socket::open_narrow(&shop).await, Socket::open(&shop, "").await);
    flood(&shop, &mut good).await;
    // Ten seconds without taking anything, and the round in which it is noticed.
    tokio::time::sleep(Duration::from_secs(14)).await;
    assert_eq!(frozen.closed().await, Closed::With(4408));
    shop.ingest(&json!({"type": "event", "name": "after"})).await;
    assert_eq!(good.names(1).await, ["after"]);
}
