//! A reader that is too slow harms only itself.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::Socket;
use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_is_told_of_its_gap_and_nobody_else_notices() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let (mut slow, mut good) = (Socket::open(&shop, "").await, Socket::open(&shop, "").await);
    // More than the kernel and the queue hold together.
    const BODIES: usize = 36;
    const EVENTS: usize = 16;
    let filling = "x".repeat(60_000);
    let body: Vec<Value> = (0..EVENTS)
        .map(|_| json!({"type": "event", "name": "big", "payload": {"filling": filling}}))
        .collect();
    let body = json!(body);
    let started = Instant::now();
    let mut slowest = Duration::ZERO;
    for _ in 0..BODIES {
        shop.ingest(&body).await;
        let answered = Instant::now();
        good.events(EVENTS).await;
        slowest = slowest.max(answered.elapsed());
    }
    eprintln!("36 MB took {:?}; the good reader's slowest frame came after {slowest:?}", started.elapsed());

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
