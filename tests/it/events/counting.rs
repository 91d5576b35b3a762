//! Counts: histogram, names, overview, and that the rollups are what the rows are.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{get, iso, this_minute, with};
use crate::app::{Project, TestApp, error, event, metric};
use crate::database;

/// Events of all types all over the two hours before `end`, some of them in one second.
async fn fill(shop: &Project, end: DateTime<Utc>) {
    let body: Vec<_> = (0..300_i64)
        .map(|n| {
            let event = match n % 3 {
                0 => error(["Timeout", "Crash"][n as usize % 2]),
                1 => event("view"),
                _ => metric("latency", n as f64),
            };
            let ago = TimeDelta::milliseconds(1 + n * n * 79 % 7_200_000);
            with(event, json!({"timestamp": iso(end - ago), "user": format!("u{}", n % 7), "release": (1 + n / 150).to_string()}))
        })
        .collect();
    shop.ingest(&json!(body)).await;
}

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("a time").parse().expect("a time")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_histogram_counts_what_the_list_shows_with_and_without_a_search() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let end = this_minute();
    fill(&shop, end).await;
    let mut compared = 0;
    for (span, bucket) in
        [(7200, 600), (7200, 60), (3600, 300), (600, 30), (600, 1), (7200, 3600), (7200, 90)]
    {
        let from = super::floor(end - TimeDelta::seconds(span), bucket);
        for filter in ["", "&type=error", "&q=time", "&q=-type:metric%20release:1", "&user=u3", "&q=nothing"]
        {
            let query = format!("from={}&to={}&bucket={bucket}{filter}", iso(from), iso(end));
            let histogram = get(&shop, &format!("/events/histogram?{query}")).await;
            assert_eq!(histogram["bucket"], bucket);
            let items = histogram["items"].as_array().expect("items");
            let starts: Vec<_> = items.iter().map(|item| time(&item["ts"])).collect();
            let expected: Vec<_> =
                std::iter::successors(Some(from), |at| Some(*at + TimeDelta::seconds(bucket)))
                    .take_while(|at| *at < end)
                    .collect();
            assert_eq!(starts, expected, "every bucket is there, empty or not: {query}");
            let events =
                shop.events(&format!("?limit=1000&since={}&until={}{filter}", iso(from), iso(end))).await;
            for (item, start) in items.iter().zip(starts) {
                let within = start..start + TimeDelta::seconds(bucket);
                for kind in ["error", "event", "metric"] {
                    let fits =
                        |event: &&Value| event["type"] == kind && within.contains(&time(&event["timestamp"]));
                    let listed = events.iter().filter(fits).count();
                    assert_eq!(item[kind], listed, "{kind} at {start}: {query}");
                    compared += listed;
                }
            }
        }
    }
    assert!(compared > 2000, "there was something to compare: {compared}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_histogram_chooses_at_most_120_buckets() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let end = pulseboard_core::now();
    for minutes in [
        1,
        14,
        15,
        16,
        60,
        119,
        120,
        121,
        1440,
        3 * 1440,
        7 * 1440,
        30 * 1440,
        90 * 1440,
        365 * 1440,
        3650 * 1440,
    ] {
        let from = end - TimeDelta::minutes(minutes);
        let histogram = get(&shop, &format!("/events/histogram?from={}&to={}", iso(from), iso(end))).await;
        let items = histogram["items"].as_array().expect("items");
        let width = histogram["bucket"].as_i64().expect("a width");
        assert!((10..=120).contains(&items.len()), "{minutes} minutes: {} of {width} s", items.len());
        assert!(time(&items[0]["ts"]) <= from, "{minutes}");
        assert!(time(&items[items.len() - 1]["ts"]) + TimeDelta::seconds(width) >= end, "{minutes}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_counted_by_type_most_frequent_first() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let old = iso(pulseboard_core::now() - TimeDelta::hours(49));
    shop.ingest(&json!([
        error("Boom"),
        error("Boom"),
        error("Boom"),
        event("Boom"),
        event("view"),
        event("view"),
        metric("fps", 1.0),
        with(event("old"), json!({"timestamp": old})),
    ]))
    .await;
    let counts = async |query: &str| -> Vec<(String, String, i64)> {
        let list = get(&shop, &format!("/names{query}")).await;
        let items = list["items"].as_array().expect("items").clone();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        assert!(items.iter().all(|item| item["last_seen"].is_string()));
        items
            .iter()
            .map(|item| (text(&item["name"]), text(&item["type"]), item["count"].as_i64().expect("a count")))
            .collect()
    };
    let row = |name: &str, kind: &str, count: i64| (name.to_owned(), kind.to_owned(), count);
    let all = counts("").await;
    assert_eq!(all[..2], [row("Boom", "error", 3), row("view", "event", 2)]);
    assert_eq!(all.len(), 4, "a day unless said otherwise: {all:?}");
    assert_eq!(counts("?type=event").await, [row("view", "event", 2), row("Boom", "event", 1)]);
    assert_eq!(counts("?q=BOO").await.len(), 2);
    assert_eq!(counts("?q=%25").await, [], "a percent sign is a percent sign");
    assert_eq!(counts("?limit=1").await, [row("Boom", "error", 3)]);
    assert_eq!(counts(&format!("?from={old}")).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_compares_a_span_with_the_one_before() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let end = this_minute();
    let at = |minutes: i64| iso(end - TimeDelta::minutes(minutes));
    shop.ingest(&json!([
        with(error("a"), json!({"timestamp": at(5), "user": "ann"})),
        with(event("b"), json!({"timestamp": at(30), "user": "ann"})),
        with(event("c"), json!({"timestamp": at(59), "user": "bob"})),
        with(metric("d", 1.0), json!({"timestamp": at(60)})),
        with(event("e"), json!({"timestamp": at(61), "user": "carl"})),
        with(error("f"), json!({"timestamp": at(120)})),
        with(error("g"), json!({"timestamp": at(121)})),
    ]))
    .await;
    let path = format!("/overview?from={}&to={}", at(60), iso(end));
    let overview = get(&shop, &path).await;
    let figures = |events: i64, errors: i64, rate: f64, users: i64| json!({"events": events, "errors": errors, "error_rate": rate, "active_users": users, "rejected": 0});
    assert_eq!(overview, json!({"current": figures(4, 1, 0.25, 2), "previous": figures(2, 1, 0.5, 1)}));
    let empty = get(&shop, "/overview?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z").await;
    assert_eq!(empty, json!({"current": figures(0, 0, 0.0, 0), "previous": figures(0, 0, 0.0, 0)}));
}

#[tokio::test(flavor = "multi_thread")]
async fn rollups_equal_the_rows_after_retries_of_the_same_ids() {
    let app = TestApp::new().await;
    let other = app.another().await;
    let shop = app.user("ann").await.project("shop").await;
    let mut there = shop.clone();
    there.owner.client.base = other.base.clone();
    let now = pulseboard_core::now();
    // With a time, with a time in the id only, with no time at all, and with one in the future.
    let batch = |batch: i64| -> Value {
        let item = |n: i64| {
            let made = match n % 3 {
                0 => error("Boom"),
                1 => event("view"),
                _ => with(
                    metric("latency", (batch * 50 + n) as f64),
                    json!({"tags": {"n": (n % 2).to_string()}}),
                ),
            };
            match n % 4 {
                0 => with(
                    made,
                    json!({"id": uuid::Uuid::new_v4(), "timestamp": iso(now - TimeDelta::minutes(batch * n))}),
                ),
                1 => with(made, json!({"id": uuid::Uuid::now_v7()})),
                2 => with(made, json!({"id": uuid::Uuid::new_v4()})),
                _ => with(
                    made,
                    json!({"id": uuid::Uuid::new_v4(), "timestamp": iso(now + TimeDelta::hours(1))}),
                ),
            }
        };
        (0..48).map(item).collect::<Vec<_>>().into()
    };
    let batches: Vec<Value> = (0..10).map(batch).collect();
    let tries: Vec<_> = (0..3)
        .flat_map(|_| &batches)
        .enumerate()
        .map(|(n, batch)| {
            let (project, batch) = (if n % 2 == 0 { shop.clone() } else { there.clone() }, batch.clone());
            tokio::spawn(async move { project.ingest(&batch).await })
        })
        .collect();
    let (mut accepted, mut duplicates) = (0, 0);
    for answer in tries {
        let answer = answer.await.expect("answers");
        accepted += answer["accepted"].as_i64().expect("a count");
        duplicates += answer["duplicates"].as_i64().expect("a count");
    }
    assert_eq!((accepted, duplicates), (480, 960));
    assert_eq!(database::number(&app, "select count(*) as number from events").await, 480);
    assert_eq!(database::number(&app, "select count(*) as number from samples").await, 160);
    for (rollup, rows) in [
        (
            "select minute, kind, count from event_counts_minute",
            "select date_bin('1 minute', ts, timestamptz 'epoch'), kind, count(*) from events group by 1, 2",
        ),
        (
            "select hour, kind, name, count, last_at from event_counts_hour",
            "select date_bin('1 hour', ts, timestamptz 'epoch'), kind, name, count(*), max(ts) from events group by 1, 2, 3",
        ),
        (
            "select series_id, minute, count, sum, min, max, last_at from sample_minutes",
            "select series_id, date_bin('1 minute', ts, timestamptz 'epoch'), count(*), sum(value), min(value), max(value), max(ts)
             from samples group by 1, 2",
        ),
        (
            "select series_id, hour, count, sum, min, max, last_at from sample_hours",
            "select series_id, date_bin('1 hour', ts, timestamptz 'epoch'), count(*), sum(value), min(value), max(value), max(ts)
             from samples group by 1, 2",
        ),
    ] {
        let differ = format!(
            "select count(*) as number from (({rollup} except {rows}) union all ({rows} except {rollup})) as d"
        );
        assert_eq!(database::number(&app, &differ).await, 0, "{rollup}");
    }
}
