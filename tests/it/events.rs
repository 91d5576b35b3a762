//! Reading events: pages, search, histogram, names, series, clearing.

mod clearing;
mod counting;
mod searching;
mod series;

use std::collections::HashMap;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::app::{Answer, Client, Project, TestApp, error, event, metric};

/// The last full minute: what is asked for in whole minutes up to now ends here.
fn this_minute() -> DateTime<Utc> {
    floor(Utc::now(), 60)
}

fn floor(time: DateTime<Utc>, seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(time.timestamp().div_euclid(seconds) * seconds, 0).expect("a time")
}

/// As times are written in the URL and in answers.
fn iso(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn with(mut event: Value, more: Value) -> Value {
    for (field, value) in more.as_object().expect("fields") {
        event[field] = value.clone();
    }
    event
}

fn texts(items: &[Value], field: &str) -> Vec<String> {
    items.iter().map(|item| item[field].as_str().unwrap_or_default().to_owned()).collect()
}

async fn get(project: &Project, path: &str) -> Value {
    project.owner.get(&project.path(path)).await.expect_status(200).await
}

/// Text as it stands in a query string.
fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn paging_visits_each_event_once_while_new_ones_arrive() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let start = pulseboard_core::now() - TimeDelta::minutes(30);
    // Five share each time: the id decides between them.
    let old: Vec<Value> = (0..200)
        .map(|n| {
            with(event(&format!("old{n}")), json!({"timestamp": iso(start + TimeDelta::seconds(n / 5))}))
        })
        .collect();
    shop.ingest(&Value::from(old)).await;
    let writer = {
        let shop = shop.clone();
        tokio::spawn(async move {
            for n in 0..40 {
                shop.ingest(&event(&format!("new{n}"))).await;
            }
        })
    };
    let mut seen: Vec<Value> = Vec::new();
    let mut path = "/events?limit=7".to_owned();
    loop {
        let page = get(&shop, &path).await;
        let items = page["items"].as_array().expect("items");
        assert!(items.len() <= 7);
        seen.extend(items.iter().cloned());
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/events?limit=7&cursor={cursor}"),
            None => break,
        }
        assert_eq!(items.len(), 7, "a page that has a next one is full");
    }
    writer.await.expect("writes");
    let mut visits: HashMap<String, usize> = HashMap::new();
    for name in texts(&seen, "name") {
        *visits.entry(name).or_default() += 1;
    }
    assert!(visits.values().all(|visits| *visits == 1), "{visits:?}");
    assert_eq!(visits.keys().filter(|name| name.starts_with("old")).count(), 200);
    let times = texts(&seen, "timestamp");
    assert!(times.is_sorted_by(|a, b| a >= b), "newest first");
    assert_eq!(shop.events("?limit=1000").await.len(), 240);
    assert_eq!(shop.events("").await.len(), 50, "fifty unless said otherwise");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_comes_back_with_everything_that_was_sent() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let id = uuid::Uuid::new_v4();
    let sent = json!({
        "type": "error", "name": "Boom", "id": id, "timestamp": iso(pulseboard_core::now() - TimeDelta::hours(3)),
        "level": "fatal", "user": "u_1", "session": "s_1", "release": "1.2.3", "environment": "production",
        "tags": {"os": "ios", "größe": "L"}, "value": 1.5, "unit": "ms", "payload": {"a": [1, {"b": null}], "ü": "😀"},
        "stack": "at main", "exception": {"type": "E", "value": "v", "frames": []}, "breadcrumbs": [{"message": "m"}],
    });
    let before = pulseboard_core::now();
    assert_eq!(shop.ingest(&sent).await["id"], json!(id));
    let listed = shop.events("").await;
    let received: DateTime<Utc> = listed[0]["received_at"].as_str().expect("a time").parse().expect("a time");
    assert!((before..=pulseboard_core::now()).contains(&received), "{received}");
    let given = &listed[0];
    let expected = with(
        sent,
        json!({"received_at": given["received_at"], "issue_id": given["issue_id"], "feed_id": null}),
    );
    assert_eq!(listed[0], expected);
    shop.ingest(&json!({"type": "event", "name": "plain"})).await;
    let plain = shop.events("").await[0].clone();
    for field in [
        "level",
        "user",
        "session",
        "release",
        "environment",
        "value",
        "unit",
        "payload",
        "issue_id",
        "feed_id",
        "stack",
        "exception",
        "breadcrumbs",
    ] {
        assert_eq!(plain.get(field), Some(&Value::Null), "{field}: {plain}");
    }
    assert_eq!(plain["tags"], json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_event_is_found_by_its_id_with_or_without_its_time() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let (shop, blog) = (ann.project("shop").await, ann.project("blog").await);
    let now = pulseboard_core::now();
    // Ids that tell their time, tell another one, or tell none.
    for (id, ago) in [
        (uuid::Uuid::now_v7(), TimeDelta::zero()),
        (uuid::Uuid::now_v7(), TimeDelta::days(5)),
        (uuid::Uuid::new_v4(), TimeDelta::hours(30)),
    ] {
        let ts = iso(now - ago);
        shop.ingest(&with(event("a"), json!({"id": id, "timestamp": ts}))).await;
        let listed = shop.events(&format!("?since={ts}")).await;
        let listed = listed.iter().find(|event| event["id"] == json!(id)).expect("listed");
        for path in [
            format!("/events/{id}"),
            format!("/events/{id}?timestamp={ts}"),
            format!("/events/{id}?timestamp={}", iso(now - TimeDelta::days(20))),
        ] {
            assert_eq!(get(&shop, &path).await, *listed, "{path}");
        }
        let foreign = blog.path(&format!("/events/{id}"));
        ann.get(&foreign).await.expect_error(404, "not_found").await;
    }
    for id in
        [uuid::Uuid::now_v7().to_string(), uuid::Uuid::new_v4().to_string(), "nonsense".into(), "%00".into()]
    {
        ann.get(&shop.path(&format!("/events/{id}"))).await.expect_error(404, "not_found").await;
    }
    let bad = shop.path(&format!("/events/{}?timestamp=yesterday", uuid::Uuid::now_v7()));
    ann.get(&bad).await.expect_error(400, "invalid_query").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_key_reads_events_and_a_public_one_does_not() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let (shop, blog) = (ann.project("shop").await, ann.project("blog").await);
    shop.ingest(&json!([error("a"), event("b"), metric("c", 1.0)])).await;
    blog.ingest(&event("other")).await;
    let secret = shop.secret_key().await;
    let reader = Client { token: Some(secret.clone()), ..app.anyone() };
    let by_session = get(&shop, "/events?type=error").await;
    for path in ["/events", "/api/events"] {
        let page = reader.get(path).await.expect_status(200).await;
        assert_eq!(page["items"].as_array().map(Vec::len), Some(3), "{page}");
        let errors = reader.get(&format!("{path}?type=error")).await.expect_status(200).await;
        assert_eq!(errors, by_session);
        let by_header = app.anyone().request(reqwest::Method::GET, path).header("x-api-key", &secret);
        assert_eq!(Answer::of(by_header).await.expect_status(200).await, page);

        let public = Client { token: Some(shop.key.clone()), ..app.anyone() };
        public.get(path).await.expect_error(403, "forbidden").await;
        app.anyone().get(&format!("{path}?key={}", shop.key)).await.expect_error(403, "forbidden").await;
        // A secret in a URL stands in logs.
        app.anyone().get(&format!("{path}?key={secret}")).await.expect_error(403, "forbidden").await;
        let made_up = Client { token: Some(format!("pb_sec_{}", "a".repeat(32))), ..app.anyone() };
        made_up.get(path).await.expect_error(401, "invalid_key").await;
        app.anyone().get(path).await.expect_error(401, "unauthenticated").await;
        // A session is no key, and a key no session.
        ann.get(path).await.expect_error(401, "invalid_key").await;
    }
    reader.get(&shop.path("/events")).await.expect_error(401, "unauthenticated").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_that_make_no_sense_are_refused_by_parameter() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let id = uuid::Uuid::now_v7().simple().to_string();
    for (path, parameter) in [
        ("/events?type=warning".to_owned(), "type"),
        ("/events?level=loud".into(), "level"),
        ("/events?limit=0".into(), "limit"),
        ("/events?limit=1001".into(), "limit"),
        ("/events?limit=-1".into(), "limit"),
        ("/events?limit=many".into(), "limit"),
        ("/events?since=yesterday".into(), "since"),
        ("/events?until=2026-13-01T00:00:00Z".into(), "until"),
        ("/events?cursor=nonsense".into(), "cursor"),
        ("/events?cursor=1_2".into(), "cursor"),
        // Times that no calendar of ours reaches.
        (format!("/events?cursor=-8334601228800000_{id}"), "cursor"),
        (format!("/events?cursor=8210266876799999_{id}"), "cursor"),
        (format!("/events?cursor=9223372036854775807_{id}"), "cursor"),
        ("/events?q=colour:red".into(), "q"),
        ("/events?q=level:".into(), "q"),
        ("/events?q=%22open".into(), "q"),
        (format!("/events?q={}", "x".repeat(501)), "q"),
        (format!("/events?q={}", "x%20".repeat(21)), "q"),
        ("/events?q=%00".into(), "q"),
        ("/events?name=a%00".into(), "q"),
        ("/events?q=tag.%00:a".into(), "q"),
        ("/names?type=x".into(), "type"),
        ("/names?q=%00".into(), "q"),
        ("/series?q=%00".into(), "q"),
        ("/series?limit=0".into(), "limit"),
        ("/events/histogram?bucket=0".into(), "bucket"),
        ("/events/histogram?bucket=x".into(), "bucket"),
        ("/events/histogram?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&bucket=60".into(), "bucket"),
        ("/events/histogram?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z".into(), "from"),
        ("/events/histogram?from=2000-01-02T00:00:00Z&to=2026-01-01T00:00:00Z".into(), "from"),
        ("/overview?from=2026-01-02T00:00:00Z&to=2026-01-02T00:00:00Z".into(), "from"),
    ] {
        let error = shop.owner.get(&shop.path(&path)).await.expect_error(400, "invalid_query").await;
        assert!(error["fields"][parameter].is_string(), "{path}: {error}");
    }
    shop.owner.get(&shop.path("/events?q=%FF")).await.expect_status(200).await;
    let edges = "from=0000-01-01T00:00:00Z&to=0001-01-01T00:00:00Z";
    for path in ["/events/histogram", "/overview", "/names"] {
        get(&shop, &format!("{path}?{edges}")).await;
    }
    get(&shop, "/events?since=0000-01-01T00:00:00Z&until=9999-12-31T23:59:59Z").await;
    assert_eq!(this_minute().trunc_subsecs(0), this_minute());
}
