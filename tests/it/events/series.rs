//! Series: values over time against values computed here, from real measurements.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{get, iso, this_minute, with};
use crate::app::{Project, TestApp, error, event, metric};

/// The Numenta Anomaly Benchmark beside the repository, where there is one.
const NAB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/nab");

type Points = Vec<(DateTime<Utc>, f64)>;

/// A day of measurements, five minutes apart, the last of them a few minutes before `end`.
fn measurements(file: &str, end: DateTime<Utc>) -> Points {
    let read = std::fs::read_to_string(format!("{NAB}/{file}")).ok();
    let points: Points = match read {
        Some(text) => text
            .lines()
            .skip(1)
            .map(|line| {
                let (at, value) = line.split_once(',').expect("two columns");
                let at = NaiveDateTime::parse_from_str(at, "%Y-%m-%d %H:%M:%S").expect("a time");
                (at.and_utc(), value.parse().expect("a number"))
            })
            .collect(),
        None => {
            eprintln!("{file} is not here: values are generated");
            let at = |n: i64| DateTime::from_timestamp(n * 300, 0).expect("a time");
            (0..400).map(|n| (at(n), (n * 7919 % 1000) as f64 / 7.0)).collect()
        }
    };
    let last = points.last().expect("points").0;
    let shift = end - TimeDelta::minutes(3) - last;
    let day = end - TimeDelta::hours(24);
    let mut points: Points = points.into_iter().map(|(at, value)| (at + shift, value)).collect();
    // Some measurements of the files share a time; a series has a last value only where they don't.
    points.dedup_by_key(|point| point.0);
    points.retain(|point| point.0 >= day);
    points
}

/// What `percentile_cont` is: linear between the two nearest.
fn percentile(sorted: &[f64], fraction: f64) -> f64 {
    let place = fraction * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    low + (high - low) * place.fract()
}

fn aggregated(values: &[(DateTime<Utc>, f64)], aggregate: &str) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().map(|point| point.1).collect();
    sorted.sort_by(f64::total_cmp);
    let sum = sorted.iter().sum::<f64>();
    let (first, last) = (*sorted.first()?, *sorted.last()?);
    Some(match aggregate {
        "avg" => sum / sorted.len() as f64,
        "sum" => sum,
        "min" => first,
        "max" => last,
        "last" => values.iter().max_by_key(|point| point.0)?.1,
        "count" => sorted.len() as f64,
        "p50" => percentile(&sorted, 0.5),
        "p95" => percentile(&sorted, 0.95),
        "p99" => percentile(&sorted, 0.99),
        other => panic!("{other}"),
    })
}

async fn ask(project: &Project, query: &Value) -> Value {
    project.owner.post(&project.path("/series/query"), query).await.expect_status(200).await
}

/// Compares a line with what its measurements say; returns how many points had a value.
fn compare(line: &Value, points: &[(DateTime<Utc>, f64)], bucket: i64, aggregate: &str) -> usize {
    let mut buckets: BTreeMap<i64, Points> = BTreeMap::new();
    for point in points {
        buckets.entry(point.0.timestamp().div_euclid(bucket) * bucket * 1000).or_default().push(*point);
    }
    let answered = line["points"].as_array().expect("points");
    let times: Vec<i64> = answered.iter().map(|point| point[0].as_i64().expect("milliseconds")).collect();
    assert!(
        times.windows(2).all(|pair| pair[1] - pair[0] == bucket * 1000),
        "every bucket is there, in order"
    );
    assert!(buckets.keys().all(|at| times.contains(at)), "nothing is left out");
    let mut filled = 0;
    for (point, at) in answered.iter().zip(times) {
        let expected = buckets.get(&at).and_then(|points| aggregated(points, aggregate));
        let found = point[1].as_f64();
        let close = match (found, expected) {
            (Some(found), Some(expected)) => (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
            (found, expected) => found == expected,
        };
        assert!(close, "{aggregate} by {bucket} s at {at}: {found:?}, not {expected:?}");
        filled += usize::from(found.is_some());
    }
    filled
}

#[tokio::test(flavor = "multi_thread")]
async fn every_aggregate_is_what_the_measurements_say() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let end = this_minute();
    let points = measurements("ec2_cpu_utilization_24ae8d.csv", end);
    assert!(points.len() > 200, "{}", points.len());
    let body: Vec<_> = points
        .iter()
        .map(|(at, v)| with(metric("cpu", *v), json!({"timestamp": iso(*at), "unit": "%"})))
        .collect();
    // In two halves and one of them twice, newest first: rollups are folded, not computed once.
    let with_ids: Vec<_> =
        body.into_iter().rev().map(|item| with(item, json!({"id": uuid::Uuid::new_v4()}))).collect();
    for half in [&with_ids[..150], &with_ids[150..], &with_ids[..150]] {
        shop.ingest(&json!(half)).await;
    }
    let mut compared = 0;
    let mut widths = std::collections::BTreeSet::new();
    for (hours, wanted) in [(24, 24), (24, 300), (24, 96), (6, 1000), (25, 1)] {
        for aggregate in ["avg", "sum", "min", "max", "last", "count", "p50", "p95", "p99"] {
            let from = end - TimeDelta::hours(hours);
            let query = json!({"series": {"name": "cpu"}, "aggregate": aggregate, "from": iso(from), "to": iso(end), "points": wanted});
            let answer = ask(&shop, &query).await;
            let bucket = answer["bucket"].as_i64().expect("a width");
            let line = &answer["series"][0];
            assert_eq!((&line["name"], &line["labels"]), (&json!("cpu"), &json!({})));
            let first = line["points"][0][0].as_i64().expect("milliseconds");
            let within: Points =
                points.iter().filter(|point| point.0.timestamp_millis() >= first).copied().collect();
            compared += compare(line, &within, bucket, aggregate);
            widths.insert(bucket);
        }
    }
    assert!(compared > 3000, "{compared}");
    eprintln!("{compared} values of {} measurements compared, buckets of {widths:?} s", points.len());

    let list = get(&shop, "/series").await;
    let (last_at, last) = *points.last().expect("points");
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    let cpu = &list["items"][0];
    assert_eq!((&cpu["name"], &cpu["unit"], &cpu["labels"]), (&json!("cpu"), &json!("%"), &json!({})));
    assert_eq!((&cpu["last_value"], &cpu["last_at"]), (&json!(last), &json!(iso(last_at))));
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_choose_series_and_tell_lines_apart() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let end = this_minute();
    let sources = [
        ("ec2_cpu_utilization_24ae8d.csv", "a", "eu"),
        ("elb_request_count_8c0756.csv", "b", "eu"),
        ("speed_7578.csv", "c", "us"),
    ];
    let mut all: Vec<(&str, &str, DateTime<Utc>, f64)> = Vec::new();
    for (file, host, region) in sources {
        let points = measurements(file, end);
        all.extend(points.iter().map(|(at, value)| (host, region, *at, *value)));
        let item = |(at, value): &(DateTime<Utc>, f64)| {
            with(
                metric("load", *value),
                json!({"timestamp": iso(*at), "tags": {"host": host, "region": region}}),
            )
        };
        shop.ingest(&json!(points.iter().map(item).collect::<Vec<_>>())).await;
    }
    shop.ingest(&json!([metric("other", 1.0), metric("LOADED", 1.0)])).await;
    let chosen = |host: Option<&str>, region: Option<&str>| -> Points {
        let fits = |one: &&(&str, &str, DateTime<Utc>, f64)| {
            host.is_none_or(|host| host == one.0) && region.is_none_or(|region| region == one.1)
        };
        all.iter().filter(fits).map(|one| (one.2, one.3)).collect()
    };
    let label = |host: Option<&str>, region: Option<&str>| {
        let pairs = [("host", host), ("region", region)]
            .into_iter()
            .filter_map(|(k, v)| Some((k.to_owned(), json!(v?))));
        Value::Object(pairs.collect())
    };
    let (a, b, c, eu, us) = (Some("a"), Some("b"), Some("c"), Some("eu"), Some("us"));
    for (labels, group_by, expected) in [
        (json!({}), json!(null), vec![(a, eu), (b, eu), (c, us)]),
        (json!({"region": "eu"}), json!(null), vec![(a, eu), (b, eu)]),
        (json!({"host": "b", "region": "eu"}), json!(null), vec![(b, eu)]),
        (json!({"host": "b", "region": "us"}), json!(null), vec![]),
        (json!({}), json!([]), vec![(None, None)]),
        (json!({}), json!(["region"]), vec![(None, eu), (None, us)]),
        (json!({}), json!(["host"]), vec![(a, None), (b, None), (c, None)]),
        (json!({}), json!(["region", "host", "unknown"]), vec![(a, eu), (b, eu), (c, us)]),
    ] {
        for aggregate in ["avg", "max", "count", "p95"] {
            let query = json!({"series": {"name": "load", "labels": labels}, "aggregate": aggregate, "group_by": group_by,
                "from": iso(end - TimeDelta::hours(24)), "to": iso(end), "points": 48});
            let answer = ask(&shop, &query).await;
            let bucket = answer["bucket"].as_i64().expect("a width");
            let lines = answer["series"].as_array().expect("lines");
            assert_eq!(lines.len(), expected.len(), "{labels} {group_by}: {lines:?}");
            for (host, region) in &expected {
                let label = label(*host, *region);
                let line = lines.iter().find(|line| line["labels"] == label);
                let line = line.unwrap_or_else(|| panic!("no line {label} for {labels} {group_by}"));
                assert!(compare(line, &chosen(*host, *region), bucket, aggregate) > 20);
            }
        }
    }
    let names =
        async |query: &str| super::texts(get(&shop, query).await["items"].as_array().expect("items"), "name");
    assert_eq!(names("/series?q=load").await, ["LOADED", "load", "load", "load"]);
    assert_eq!(names("/series?q=oth").await, ["other"]);
    assert_eq!(names("/series?limit=2").await.len(), 2);
    assert_eq!(names("/series?q=%25").await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_of_events_are_a_series_too() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let end = this_minute();
    let body: Vec<_> = (0..200_i64)
        .map(|n| {
            let made = if n % 4 == 0 { error("Boom") } else { event(["view", "click"][n as usize % 2]) };
            with(made, json!({"timestamp": iso(end - TimeDelta::seconds(1 + n * 400))}))
        })
        .collect();
    shop.ingest(&json!(body)).await;
    for (hours, points) in [(24, 24), (24, 300), (2, 1000)] {
        for (selector, title) in [
            (json!({}), "events"),
            (json!({"type": "error"}), "error"),
            (json!({"name": "view"}), "view"),
            (json!({"type": "error", "name": "Boom"}), "Boom"),
            (json!({"type": "event", "name": "Boom"}), "Boom"),
        ] {
            let query = json!({"events": selector, "from": iso(end - TimeDelta::hours(hours)), "to": iso(end), "points": points});
            let answer = ask(&shop, &query).await;
            let bucket = answer["bucket"].as_i64().expect("a width") * 1000;
            assert_eq!(answer["series"][0]["name"], title);
            for point in answer["series"][0]["points"].as_array().expect("points") {
                let at = point[0].as_i64().expect("milliseconds");
                let expected = body.iter().filter(|item| {
                    let ts: DateTime<Utc> =
                        item["timestamp"].as_str().expect("a time").parse().expect("a time");
                    (at..at + bucket).contains(&ts.timestamp_millis())
                        && ["type", "name"]
                            .iter()
                            .all(|field| selector[*field].is_null() || selector[*field] == item[*field])
                });
                assert_eq!(point[1].as_f64(), Some(expected.count() as f64), "{selector} at {at}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_about_series_that_make_no_sense_are_refused() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    shop.ingest(&metric("cpu", 1.0)).await;
    let good =
        json!({"series": {"name": "cpu"}, "from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"});
    ask(&shop, &good).await;
    for change in [
        json!({"series": null}),
        json!({"events": {}}),
        json!({"series": {}}),
        json!({"series": {"name": "a\u{0}"}}),
        json!({"series": {"name": "a", "labels": {"a": "\u{0}"}}}),
        json!({"series": {"name": "a", "labels": {"\u{0}": "a"}}}),
        json!({"series": null, "events": {"name": "\u{0}"}}),
        json!({"group_by": ["\u{0}"]}),
        json!({"series": null, "events": {"type": "warning"}}),
        json!({"aggregate": "median"}),
        json!({"points": 0}),
        json!({"points": 1001}),
        json!({"from": "2026-01-02T00:00:00Z"}),
        json!({"from": "yesterday"}),
        json!({"to": null}),
        json!({"aggregate": "p95", "from": "2025-12-01T00:00:00Z"}),
        // Times that no calendar of ours reaches.
        json!({"from": "-100000-01-01T00:00:00Z"}),
        json!({"to": "+200000-01-01T00:00:00Z"}),
        json!({"from": "-262143-01-01T00:00:00Z", "to": "+262142-01-01T00:00:00Z", "points": 1}),
    ] {
        let answer = shop.owner.post(&shop.path("/series/query"), &with(good.clone(), change.clone())).await;
        assert_eq!(answer.status(), 422, "{change}");
        answer.expect_error(422, "invalid_field").await;
    }
    for points in [1, 2, 7, 60, 1000] {
        for minutes in [1, 10, 59, 61, 1439, 100_000] {
            let to = pulseboard_core::now();
            let query = json!({"events": {}, "from": iso(to - TimeDelta::minutes(minutes)), "to": iso(to), "points": points});
            let answered =
                ask(&shop, &query).await["series"][0]["points"].as_array().map(Vec::len).expect("points");
            // A span may lie across the border of two buckets, however wide they are.
            assert!(answered <= points.max(2), "{answered} points for {points} in {minutes} minutes");
        }
    }
}
