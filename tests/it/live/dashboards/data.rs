//! Panels' data: what a reader merges is what a fresh question answers, and it comes at a bearable pace.

use std::time::Instant;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::board::{Board, Feed, Lines, ago, dashboard, merge, panel};
use crate::app::{Project, TestApp, event, eventually};

/// What a fresh question about a panel answers.
async fn asked(of: &Project, kind: &str, sources: &Value, (from, to): (&str, &str)) -> Lines {
    let body = json!({"type": kind, "query": {"sources": sources}, "from": from, "to": to});
    let data = of.owner.post(&of.path("/panel-data"), &body).await.expect_status(200).await;
    let mut lines = Lines::new();
    merge(&mut lines, true, &data);
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_merged_is_what_a_fresh_question_answers() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let id = dashboard(&shop).await;
    let feed = Feed::new(&app, &shop, "host").await;
    let panels = [
        json!([{"kind": "series", "name": "latency", "aggregate": "max", "group_by": ["host"]}]),
        json!([{"kind": "events"}, {"kind": "events", "type": "error"}, {"kind": "events", "name": "sale"}]),
        json!([{"kind": "feed", "feed_id": feed.id}]),
        json!([{"kind": "series", "name": "cpu", "aggregate": "p95"}]),
    ];
    let mut ids = Vec::new();
    for sources in &panels {
        ids.push(panel(&shop, &id, "timeseries", sources).await);
    }
    // Ten minutes are cut into seconds, four hours into minutes.
    let time = |seconds: i64| pulseboard_wire_time(ago(seconds));
    let spans = [(time(600), time(-300)), (time(7200), time(-7200))];
    let mut boards = Vec::new();
    for (from, to) in &spans {
        let mut board = Board::open(&shop.owner, &id).await;
        board.watch(from, to).await;
        boards.push(board);
    }
    for n in 0..30_i64 {
        // In order and out of it: some come late.
        let ts = ago((n * 37) % 400);
        let sale = json!({"type": "event", "name": "sale", "timestamp": ts});
        let latency = json!({"type": "metric", "name": "latency", "value": n, "timestamp": ts,
            "tags": {"host": format!("web-{}", n % 3)}});
        match n % 4 {
            0 => drop(shop.ingest(&json!([sale, latency])).await),
            1 => drop(shop.ingest(&json!({"type": "error", "name": "boom"})).await),
            2 => drop(shop.ingest(&latency).await),
            _ => feed.tick_at(ts, &json!({"cpu": n, "disk": {"free": 100 - n}})).await,
        }
    }
    for (board, (from, to)) in boards.iter_mut().zip(&spans) {
        for (panel, sources) in ids.iter().zip(&panels) {
            let fresh = asked(&shop, "timeseries", sources, (from, to)).await;
            assert!(!fresh.is_empty(), "{sources}");
            board.until(panel, |lines| *lines == fresh).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_merged_stays_right_while_the_span_moves_on() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let id = dashboard(&shop).await;
    let sources =
        json!([{"kind": "events", "name": "sale"}, {"kind": "series", "name": "m", "aggregate": "max"}]);
    let shown = panel(&shop, &id, "timeseries", &sources).await;
    let mut board = Board::open(&shop.owner, &id).await;
    board.watch("now-10s", "now").await;
    board.until(&shown, |_| true).await;
    // New buckets begin, old ones go, some events are late, some are early.
    for n in 0..24_i64 {
        let ts = ago([0, 3, 0, 20, 1, -1][n as usize % 6]);
        let (sale, m) = (
            json!({"type": "event", "name": "sale", "timestamp": ts}),
            json!({"type": "metric", "name": "m", "value": n, "timestamp": ts}),
        );
        shop.ingest(&json!([sale, m])).await;
        board.next("panel_data").await;
    }
    eventually("the same as a fresh question", async || {
        board.frame().await;
        let now = pulseboard_core::now();
        let fresh = asked(&shop, "timeseries", &sources, ("now-10s", "now")).await;
        // What has gone out of sight meanwhile, and what has just come into it.
        let sight = (now.timestamp_millis() - 9_000)..(now.timestamp_millis() - 1_000);
        let within = |lines: &Lines| -> Vec<(String, i64, f64)> {
            let points =
                lines.iter().flat_map(|(line, points)| points.iter().map(move |point| (line, point)));
            let seen = points.filter(|(_, (ts, value))| sight.contains(*ts) && **value != 0.0);
            seen.map(|(line, (ts, value))| (line.clone(), *ts, *value)).collect()
        };
        (within(&board.panels[&shown]) == within(&fresh)).then_some(())
    })
    .await;
}

fn pulseboard_wire_time(time: chrono::DateTime<chrono::Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_of_events_comes_in_few_frames() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let id = dashboard(&shop).await;
    let count = panel(&shop, &id, "stat", &json!([{"kind": "events", "name": "sale"}])).await;
    let idle = panel(&shop, &id, "timeseries", &json!([{"kind": "series", "name": "never"}])).await;
    let mut board = Board::open(&shop.owner, &id).await;
    let began = Instant::now();
    board.watch("now-5m", "now").await;
    board.until(&idle, |_| true).await;
    for _ in 0..200 {
        shop.ingest(&event("sale")).await;
    }
    board
        .until(&count, |lines| lines.values().flat_map(|points| points.values()).sum::<f64>() >= 200.0)
        .await;
    // Four a second of the one, once of the other.
    let most = began.elapsed().as_secs() as usize * 4 + 8;
    eprintln!("200 events in {} frames, {:?}", board.deliveries, began.elapsed());
    assert!(board.deliveries <= most, "{} in {:?}", board.deliveries, began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_query_another_span_and_a_cleared_project_are_shown_whole() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let id = dashboard(&shop).await;
    let shown = panel(&shop, &id, "timeseries", &json!([{"kind": "events", "name": "a"}])).await;
    shop.ingest(&json!([event("a"), event("b"), event("b")])).await;
    let sum = |lines: &Lines| lines.values().flat_map(|points| points.values()).sum::<f64>();
    let mut board = Board::open(&shop.owner, &id).await;
    board.watch("now-10m", "now").await;
    board.until(&shown, |lines| sum(lines) == 1.0).await;
    board.op(&shown, "query", json!({"sources": [{"kind": "events", "name": "$what"}]})).await;
    board.until(&shown, |lines| sum(lines) == 0.0).await;
    let watch = |value: &str| json!({"type": "watch", "from": "now-1h", "to": "now", "points": 60, "variables": {"what": value}, "panels": null});
    board.send(&watch("b")).await;
    board.until(&shown, |lines| sum(lines) == 2.0).await;
    board.send(&watch("*")).await;
    board.until(&shown, |lines| sum(lines) == 3.0).await;
    shop.owner.delete(&shop.path("/events")).await.expect_status(202).await;
    shop.ingest(&event("c")).await;
    board.until(&shown, |lines| sum(lines) == 1.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panel_says_what_it_can_not_show() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let feed = Feed::new(&app, &shop, "host").await;
    feed.tick(&json!({"cpu": 5, "disks": [{"name": "sda", "free": 7}]})).await;
    let ask = async |kind: &str, source: Value, from: &str| {
        let body = json!({"type": kind, "query": {"sources": [source]}, "from": from, "to": "now"});
        shop.owner.post(&shop.path("/panel-data"), &body).await.expect_status(200).await
    };
    let gone = ask("stat", json!({"kind": "feed", "feed_id": uuid::Uuid::now_v7()}), "now-1h").await;
    assert_eq!(gone["problems"][0]["code"], "feed_gone", "{gone}");
    let of = |path: &str| json!({"kind": "feed", "feed_id": feed.id, "path": path});
    let nothing = ask("timeseries", of("ram"), "now-10m").await;
    assert_eq!(nothing["problems"][0]["code"], "nothing_at_path", "{nothing}");
    let line = ask("timeseries", of("disks[0].free"), "now-10m").await;
    assert_eq!(line["series"][0]["name"], "disks[0].free", "{line}");
    let part = ask("table", of("disks[name=sda].free"), "now-10m").await;
    assert_eq!(part["latest"][0]["payload"], 7, "{part}");
    let whole = ask("bar", json!({"kind": "feed", "feed_id": feed.id}), "now-10m").await;
    assert_eq!(whole["latest"][0]["payload"]["cpu"], 5, "{whole}");
    let long = ask("stat", json!({"kind": "series", "name": "cpu", "aggregate": "p99"}), "now-8d").await;
    assert_eq!(long["problems"][0]["code"], "span_too_long", "{long}");
    let labels = shop.owner.get(&shop.path("/labels?label=feed")).await.expect_status(200).await;
    assert_eq!(labels["items"], json!([{"label": "feed", "values": [feed.id]}]));
    shop.ingest(&json!({"type": "event", "name": "e", "release": "1.4.2"})).await;
    let annotations = shop.owner.get(&shop.path("/annotations")).await.expect_status(200).await;
    assert_eq!(annotations["items"][0]["text"], "1.4.2", "{annotations}");
    let path = shop.path("/panel-data");
    for (change, field) in [
        (json!({"from": "yesterday"}), "from"),
        (json!({"points": 0}), "points"),
        (json!({"variables": {"a b": "c"}}), "variables"),
        (json!({"query": {"sources": [{"kind": "sql"}]}}), "query.sources.0.kind"),
    ] {
        let mut body = json!({"type": "stat", "query": null, "from": "now-1h", "to": "now"});
        body.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        let error = shop.owner.post(&path, &body).await.expect_error(422, "invalid_field").await;
        assert!(error["fields"][field].is_string(), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_period_before_lies_under_this_one() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let at = |minutes: i64| ago(minutes * 60);
    for minutes in [5, 65] {
        shop.ingest(&json!({"type": "metric", "name": "m", "value": minutes, "timestamp": at(minutes)}))
            .await;
    }
    let body = json!({"type": "timeseries", "from": "now-1h", "to": "now",
        "query": {"sources": [{"kind": "series", "name": "m"}], "compare": true}});
    let data = eventually("both", async || {
        let data = shop.owner.post(&shop.path("/panel-data"), &body).await.expect_status(200).await;
        (!data["series"].as_array()?.is_empty()).then_some(data)
    })
    .await;
    let value = |points: &Value| -> Vec<(i64, f64)> {
        let points = points.as_array().expect("points").iter();
        points.filter_map(|point| Some((point[0].as_i64()?, point[1].as_f64()?))).collect()
    };
    let line = &data["series"][0];
    let (now, before) = (value(&line["points"]), value(&line["previous"]));
    assert_eq!((now.len(), before.len()), (1, 1), "{line}");
    assert_eq!((now[0].1, before[0].1), (5.0, 65.0));
    let apart = TimeDelta::milliseconds((now[0].0 - before[0].0).abs());
    assert!(apart <= TimeDelta::minutes(1), "{apart}");
}
