//! Each item is judged on its own: limits, kinds of badness, times.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{names, rejections, send_as, send_text, shop};
use crate::app::{TestApp, event, metric};

/// One bad item of every kind, as text (not all of it can be built as a value), and its code.
fn bad_items() -> Vec<(String, &'static str)> {
    let with = |rest: &str| format!(r#"{{"type":"event","name":"bad",{rest}}}"#);
    let named = |name: &str| format!(r#"{{"type":"event","name":"{name}"}}"#);
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let tags = (0..51).map(|n| format!(r#""t{n}":"v""#)).collect::<Vec<_>>().join(",");
    let ancient = (Utc::now() - TimeDelta::days(4000)).to_rfc3339();
    vec![
        ("5".into(), "invalid_item"),
        ("null".into(), "invalid_item"),
        ("\"text\"".into(), "invalid_item"),
        ("[]".into(), "invalid_item"),
        (r#"{"name":"bad"}"#.into(), "missing_type"),
        (r#"{"type":"event"}"#.into(), "missing_name"),
        (r#"{"type":"event","name":null}"#.into(), "missing_name"),
        (r#"{"type":"evnt","name":"bad"}"#.into(), "invalid_type"),
        (r#"{"type":7,"name":"bad"}"#.into(), "invalid_type"),
        (r#"{"type":"event","name":{}}"#.into(), "invalid_name"),
        (named(""), "invalid_name"),
        (named("   "), "invalid_name"),
        (named(r"a\nb"), "invalid_name"),
        (named(&"n".repeat(201)), "invalid_name"),
        (named(&"é".repeat(201)), "invalid_name"),
        (with(&format!(r#""payload":{}"#, nested(33))), "too_deep"),
        (with(&format!(r#""payload":"{}""#, "x".repeat(64 * 1024 - 1))), "payload_too_large"),
        (with(r#""id":"not-a-uuid""#), "invalid_id"),
        (with(r#""id":7"#), "invalid_id"),
        (with(r#""id":"00000000-0000-0000-0000-000000000000""#), "invalid_id"),
        (with(r#""timestamp":"yesterday""#), "invalid_timestamp"),
        (with(r#""timestamp":{}"#), "invalid_timestamp"),
        (with(r#""timestamp":"+262143-01-01T00:00:00Z""#), "invalid_timestamp"),
        (with(r#""timestamp":1e300"#), "invalid_timestamp"),
        (with(&format!(r#""timestamp":"{ancient}""#)), "too_old"),
        (with(r#""timestamp":0"#), "too_old"),
        (r#"{"type":"metric","name":"bad"}"#.into(), "missing_value"),
        (r#"{"type":"metric","name":"bad","value":"5"}"#.into(), "invalid_value"),
        (r#"{"type":"metric","name":"bad","value":1e400}"#.into(), "invalid_value"),
        (with(r#""level":"loud""#), "invalid_level"),
        (with(r#""level":3"#), "invalid_level"),
        (with(r#""user":{}"#), "invalid_field"),
        (with(r#""release":5"#), "invalid_field"),
        (with(&format!(r#""environment":"{}""#, "e".repeat(201))), "invalid_field"),
        (with(r#""tags":{"a":1}"#), "invalid_tags"),
        (with(r#""tags":[]"#), "invalid_tags"),
        (with(r#""tags":{"":"v"}"#), "invalid_tags"),
        (with(&format!(r#""tags":{{"a":"{}"}}"#, "v".repeat(1001))), "invalid_tags"),
        (with(&format!(r#""tags":{{{tags}}}"#)), "too_many_tags"),
        (with(r#""name":"twice""#), "invalid_item"),
        (with(r#""payload":{"n":1e200000}"#), "invalid_number"),
        // Valid JSON that Postgres can't hold, as Postgres itself finds.
        (with(r#""payload":{"n":1e-20000}"#), "invalid_number"),
        (with(r#""exception":{"n":1e-30000}"#), "invalid_number"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_item_of_every_kind_hurts_none_of_its_neighbours() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let bad = bad_items();
    let mut items = Vec::new();
    for (n, (item, _)) in bad.iter().enumerate() {
        items.push(event(&format!("good {n:02}")).to_string());
        items.push(item.clone());
    }
    items.push(event("good last").to_string());
    let answer = send_text(&shop, format!("[{}]", items.join(","))).await.expect_status(202).await;
    assert_eq!(answer["accepted"], bad.len() + 1, "{answer}");
    let expected: Vec<(u64, String)> =
        bad.iter().enumerate().map(|(n, (_, code))| (n as u64 * 2 + 1, (*code).to_owned())).collect();
    for (found, expected) in rejections(&answer).iter().zip(&expected) {
        assert_eq!(found, expected, "{}", items[found.0 as usize].chars().take(200).collect::<String>());
    }
    assert_eq!(rejections(&answer).len(), bad.len());
    let names = names(&shop).await;
    assert_eq!(names.len(), bad.len() + 1);
    assert!(names.iter().all(|name| name.starts_with("good")), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_every_item_is_bad_the_same_body_comes_with_400() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    for (item, code) in bad_items() {
        // A lone scalar is no body at all, so that every item stands in a list here.
        let answer = send_text(&shop, format!("[{item}]")).await.expect_status(400).await;
        assert_eq!(rejections(&answer), [(0, code.to_owned())], "{item:.200}");
        assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(0), &json!(0)));
        assert!(answer.get("id").is_none() && answer.get("error").is_none(), "{answer}");
    }
    let single = send_text(&shop, r#"{"type":"event"}"#).await.expect_status(400).await;
    assert_eq!(rejections(&single), [(0, "missing_name".to_owned())]);
    assert_eq!(names(&shop).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_are_not_json_hurt_no_other_line() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let (a, b) = (event("a"), event("b"));
    let body = format!("{a}\n{{\"type\":\n\u{1}\n{b}\nnonsense\n{{}} {{}}\n");
    let answer = send_as(&shop, "application/x-ndjson", body).await.expect_status(202).await;
    let codes: Vec<_> = rejections(&answer);
    let expected = [1, 2, 4, 5].map(|index| (index, "invalid_json".to_owned()));
    assert_eq!(codes, expected);
    assert_eq!(names(&shop).await, ["a", "b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_just_within_the_limits_is_stored_whole() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let tags: serde_json::Map<String, Value> =
        (0..50).map(|n| (format!("t{n}"), json!("v".repeat(1000)))).collect();
    let items = [
        format!(r#"{{"type":"event","name":"a","payload":{}}}"#, nested(32)),
        format!(r#"{{"type":"event","name":"b","payload":"{}"}}"#, "x".repeat(64 * 1024 - 2)),
        format!(r#"{{"type":"event","name":"{}"}}"#, "é".repeat(200)),
        json!({"type": "event", "name": "c", "tags": tags}).to_string(),
        format!(r#"{{"type":"error","name":"d","stack":"{}"}}"#, "s".repeat(64 * 1024)),
        r#"{"type":"event","name":"e","user":42,"session":0.5,"level":"warn","unknown":[1]}"#.to_owned(),
    ];
    for item in &items {
        send_text(&shop, item.clone()).await.expect_status(202).await;
    }
    let events = shop.events("").await;
    let of = |name: &str| events.iter().find(|event| event["name"] == name).expect(name);
    assert_eq!(of("a")["payload"].to_string(), nested(32));
    assert_eq!(of("b")["payload"].as_str().map(str::len), Some(64 * 1024 - 2));
    assert_eq!(of(&"é".repeat(200))["type"], "event");
    assert_eq!(of("c")["tags"], Value::Object(tags));
    assert_eq!(of("d")["stack"].as_str().map(str::len), Some(64 * 1024));
    let e = of("e");
    assert_eq!((&e["user"], &e["session"], &e["level"]), (&json!("42"), &json!("0.5"), &json!("warning")));
}

#[tokio::test(flavor = "multi_thread")]
async fn times_from_the_future_are_clamped_and_times_before_retention_refused() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let before = Utc::now();
    let at = |name: &str, ts: DateTime<Utc>| json!({"type": "event", "name": name, "timestamp": ts});
    let soon = (before + TimeDelta::minutes(4)).trunc_subsecs(3);
    let body = json!([
        at("future", before + TimeDelta::hours(1)),
        at("far future", "9999-12-31T23:59:59Z".parse().expect("a time")),
        at("soon", soon),
        at("ancient", before - TimeDelta::days(3650)),
        {"type": "event", "name": "zone", "timestamp": (before - TimeDelta::hours(1)).to_rfc3339().replace("+00:00", "-00:00")},
        {"type": "event", "name": "seconds", "timestamp": before.timestamp() - 60},
        {"type": "event", "name": "millis", "timestamp": before.timestamp_millis() - 60_000},
    ]);
    let answer = shop.ingest(&body).await;
    assert_eq!(rejections(&answer), [(3, "too_old".to_owned())]);
    let after = Utc::now();
    let events = shop.events("").await;
    let time = |name: &str| -> DateTime<Utc> {
        let event = events.iter().find(|event| event["name"] == name).expect(name);
        event["timestamp"].as_str().expect("a time").parse().expect("RFC 3339")
    };
    for clamped in ["future", "far future"] {
        let ts = time(clamped);
        assert!(before.trunc_subsecs(3) <= ts && ts <= after, "{clamped}: {ts}");
    }
    assert_eq!(time("soon"), soon);
    assert_eq!(time("zone"), (before - TimeDelta::hours(1)).trunc_subsecs(3));
    assert_eq!(time("seconds").timestamp(), before.timestamp() - 60);
    assert_eq!(time("millis").timestamp_millis(), before.timestamp_millis() - 60_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_past_days_without_a_partition_are_stored_with_their_neighbours() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let now = Utc::now().trunc_subsecs(3);
    let days = [20, 13, 5, 0, 29];
    let mut body: Vec<Value> = days
        .iter()
        .map(|day| json!({"type": "event", "name": format!("day {day:02}"), "timestamp": now - TimeDelta::days(*day)}))
        .collect();
    let mut load = metric("load", 1.5);
    load["timestamp"] = json!(now - TimeDelta::days(19));
    body.push(load);
    let answer = shop.ingest(&json!(body)).await;
    assert_eq!(answer["accepted"], 6, "{answer}");
    assert_eq!(names(&shop).await, ["day 00", "day 05", "day 13", "day 20", "day 29", "load"]);
    let path = format!(
        "/events/histogram?from={}&bucket=3600",
        (now - TimeDelta::days(30)).format("%Y-%m-%dT%H:%M:%SZ")
    );
    let histogram = shop.owner.get(&shop.path(&path)).await.expect_status(200).await;
    let counted: i64 = histogram["items"]
        .as_array()
        .expect("buckets")
        .iter()
        .map(|bucket| {
            bucket["event"].as_i64().expect("a count") + bucket["metric"].as_i64().expect("a count")
        })
        .sum();
    assert_eq!(counted, 6);
}
