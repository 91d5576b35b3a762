//! Several workers: each tick once, and one that dies leaves its feeds to the others.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Feed, Runner};
use crate::app::{Project, TestApp, eventually};
use crate::database;
use crate::outbound::outside::Place;

async fn demos(shop: &Project, count: usize) -> Vec<Feed> {
    let mut feeds = Vec::new();
    for _ in 0..count {
        feeds.push(shop.feed("demo", json!({"shape": "wave", "interval_sec": 1})).await);
    }
    feeds
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_share_the_feeds_and_do_each_tick_once() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let feeds = demos(&shop, 12).await;
    let (one, two) = (Runner::start(&app), Runner::start(&app));
    let mut ticks = 0;
    for feed in &feeds {
        let history = eventually("four ticks", async || {
            Some(feed.history().await).filter(|history| history.len() >= 4)
        })
        .await;
        let times: BTreeSet<_> = history.iter().map(|tick| tick["ts"].as_str().expect("a time")).collect();
        assert_eq!(times.len(), history.len(), "each tick once");
        ticks += history.len();
    }
    one.stop().await;
    two.stop().await;
    // Late by less than a second, each of them.
    let late = "select count(*) as number from events where received_at - ts >= interval '1 second'";
    let (late, all) = (
        database::number(&app, late).await,
        database::number(&app, "select count(*) as number from events").await,
    );
    eprintln!("{ticks} ticks of 12 feeds seen on two workers, {all} in all, {late} of them late by a second");
    assert!(late * 10 <= all, "{late} of {all} are late");
    let claimed = "select count(*) as number from feed_states where claimed_until is not null";
    assert_eq!(database::number(&app, claimed).await, 0, "whoever stops gives everything back");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_worker_had_goes_on_at_another() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let silent = Place::silent().await;
    let feed = shop.feed("http_json", json!({"url": silent.url(), "interval_sec": 1})).await;
    let one = Runner::start(&app);
    eventually("it is asked", async || (silent.hits() == 1).then_some(())).await;
    one.kill().await;
    let two = Runner::start(&app);
    let others = demos(&shop, 1).await;
    eventually("the other worker works", async || (!others[0].history().await.is_empty()).then_some(()))
        .await;
    assert_eq!(silent.hits(), 1, "the claim still stands");
    eventually("the lease is over", async || (silent.hits() == 2).then_some(())).await;
    assert_eq!(feed.history().await.len(), 0);
    two.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_for_a_changed_feed_is_not_written() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let slow = Place::repeating(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\n",
        " ",
        std::time::Duration::from_secs(1),
    )
    .await;
    let feed = shop.feed("http_json", json!({"url": slow.url(), "interval_sec": 1})).await;
    let runner = Runner::start(&app);
    eventually("it is asked", async || (slow.hits() == 1).then_some(())).await;
    feed.change(json!({"enabled": false})).await;
    runner.stop().await;
    let shown = feed.show().await;
    assert_eq!((&shown["last_run"], &shown["state"]), (&json!(null), &json!("disabled")), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_outlives_its_connections() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let feed = demos(&shop, 1).await.remove(0);
    let runner = Runner::start(&app);
    for _ in 0..3 {
        let seen = feed.history().await.len();
        eventually("it goes on", async || (feed.history().await.len() > seen).then_some(())).await;
        let cut = "select count(pg_terminate_backend(pid)) as number from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and application_name = ''";
        database::number(&app, cut).await;
    }
    runner.stop().await;
}
