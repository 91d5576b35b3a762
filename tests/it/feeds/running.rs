//! One worker: what is found is stored, shown and told; what fails says why and keeps the last good data.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Runner, outside};
use crate::app::{TestApp, eventually};
use crate::live::client::Socket;
use crate::outbound::outside::Place;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_feed_finds_is_an_event_with_samples_for_everyone_who_looks() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let mut socket = Socket::open(&shop, "").await;
    let place = outside(&json!({"data": {"cpu": 42.5, "disk": {"free": 7}, "host": "a"}})).await;
    let feed = shop.feed("http_json", json!({"url": place.url(), "path": "data", "interval_sec": 1})).await;
    let waiting = feed.show().await;
    assert_eq!((&waiting["state"], &waiting["last_value"]), (&json!("waiting"), &Value::Null));
    let runner = Runner::start(&app);
    let shown = feed.when_ok().await;
    assert_eq!(shown["last_value"]["payload"], json!({"cpu": 42.5, "disk": {"free": 7}, "host": "a"}));
    assert_eq!(shown["fields"], json!(["cpu", "disk.free"]));
    assert_eq!(shown["interval_sec"], 1);
    assert!(shown["last_error"].is_null() && shown["next_run"].is_string(), "{shown}");

    let seen = &socket.events(1).await[0];
    assert_eq!((&seen["type"], &seen["name"]), (&json!("metric"), &json!("http_json")));
    assert_eq!((&seen["feed_id"], &seen["tags"]), (&json!(feed.id), &json!({"feed": "http_json"})));
    let listed = shop.events("?limit=1").await;
    assert_eq!(listed[0]["feed_id"], json!(feed.id));
    let history =
        eventually("two ticks", async || Some(feed.history().await).filter(|all| all.len() >= 2)).await;
    assert_eq!(history[0]["payload"]["cpu"], 42.5);
    assert!(history[0]["ts"].as_str() < history[1]["ts"].as_str(), "{history:?}");
    let page = shop.owner.get(&feed.path("/history?limit=1")).await.expect_status(200).await;
    let next = feed.path(&format!("/history?limit=1&cursor={}", page["next_cursor"].as_str().expect("more")));
    let page = shop.owner.get(&next).await.expect_status(200).await;
    assert_eq!(page["items"][0]["ts"], history[1]["ts"]);
    let (first, second) =
        (history[0]["ts"].as_str().expect("a time"), history[1]["ts"].as_str().expect("a time"));
    for (query, expected) in [
        (format!("since={first}&until={second}"), 1),
        (format!("since={first}&until={first}"), 0),
        (format!("since={second}&until={first}"), 0),
        (format!("until={second}"), 1),
        ("until=2020-01-01T00:00:00Z".to_owned(), 0),
        ("since=2020-01-01T00:00:00Z&until=2021-01-01T00:00:00Z".to_owned(), 0),
    ] {
        let page = shop.owner.get(&feed.path(&format!("/history?{query}"))).await.expect_status(200).await;
        let items = page["items"].as_array().expect("items");
        assert_eq!(items.len(), expected, "{query}: {items:?}");
        assert!(items.iter().all(|item| item["ts"] == first && item["feed_id"] == json!(feed.id)), "{query}");
    }
    for (query, field) in
        [("since=yesterday", "since"), ("until=-1", "until"), ("limit=1001", "limit"), ("cursor=x", "cursor")]
    {
        let refused = shop.owner.get(&feed.path(&format!("/history?{query}"))).await;
        let error = refused.expect_error(400, "invalid_query").await;
        assert!(error["fields"][field].is_string(), "{query}: {error}");
    }

    let series = shop.owner.get(&shop.path("/series")).await.expect_status(200).await;
    let names: Vec<_> = series["items"].as_array().expect("items").iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["cpu", "disk.free"]);
    assert_eq!(series["items"][0]["labels"], json!({"feed": feed.id}));
    eventually("it is counted", async || {
        let usage = shop.owner.get(&shop.path("/usage")).await.expect_status(200).await;
        (usage["items"][0]["accepted"].as_i64() >= Some(2)).then_some(())
    })
    .await;
    // What is sent can't pretend to come from a feed.
    shop.ingest(&json!({"type": "event", "name": "forged", "feed_id": feed.id})).await;
    assert_eq!(shop.events("?name=forged").await[0]["feed_id"], Value::Null);
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_machine_itself_is_measured() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let feed = shop.feed("system_metrics", json!({})).await;
    let runner = Runner::start(&app);
    let shown = feed.when_ok().await;
    for field in ["cpu", "ram", "disk", "net_rx", "net_tx"] {
        assert!(shown["last_value"]["payload"][field].is_number(), "{field}: {shown}");
    }
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_outside_answers_the_feed_says_what_is_wrong() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let http = |head: &str, body: &str| {
        format!("HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    };
    let canary = Place::canary().await;
    let redirect = format!("302 Found\r\nLocation: {}", canary.url());
    let mut feeds = Vec::new();
    for (name, answer) in [
        ("HTML", http("200 OK\r\nContent-Type: text/html", "<html><body>hello</body></html>")),
        ("an error", http("500 Internal Server Error", "{}")),
        ("nothing", String::new()),
        ("an empty body", http("200 OK", "")),
        ("a redirect", http(&redirect, "")),
        ("NaN", http("200 OK", r#"{"value": NaN}"#)),
        ("100 MB announced", "HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n[".to_owned()),
        ("another shape", http("200 OK", r#"{"other": 1}"#)),
    ] {
        let place = Place::answering(answer).await;
        let config = json!({"url": place.url(), "path": "value", "interval_sec": 1});
        feeds.push((name, shop.feed("http_json", config).await, place));
    }
    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[1";
    let endless = Place::repeating(head, ",1".repeat(128 * 1024), Duration::ZERO).await;
    let config = json!({"url": endless.url(), "interval_sec": 1});
    feeds.push(("100 MB without end", shop.feed("http_json", config).await, endless));
    // Texts are data, too.
    let texts =
        outside(&json!({"value": {"price": "69000.12", "city": "Berlin", "ok": true, "none": null}})).await;
    let config = json!({"url": texts.url(), "path": "value", "interval_sec": 1});
    let texts = (shop.feed("http_json", config).await, texts);
    let runner = Runner::start(&app);
    for (name, feed, _place) in &feeds {
        let failing = feed.when_failing().await;
        let message = failing["last_error"]["message"].as_str().expect("a message");
        eprintln!("{name}: {message}");
        assert!(message.len() > 15 && message.ends_with('.'), "{name}: {message}");
        assert!(!message.contains("reqwest") && !message.contains("serde"), "{name}: {message}");
        assert!(failing["last_value"].is_null());
    }
    assert_eq!(canary.hits(), 0, "redirects are not followed");
    let shown = texts.0.when_ok().await;
    assert_eq!(shown["last_value"]["payload"]["city"], "Berlin");
    assert_eq!(shown["fields"], json!([]), "nothing in it is a number: {shown}");
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_begins_to_fail_keeps_its_last_good_data_and_rests_longer() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let place = outside(&json!({"value": 5})).await;
    let (url, port) = (place.url(), place.port);
    let feed = shop.feed("http_json", json!({"url": url, "path": "value", "interval_sec": 1})).await;
    let mut told = app.bus.subscribe(&format!("feeds:{}", shop.id)).await;
    let runner = Runner::start(&app);
    feed.when_ok().await;
    drop(place);
    let failing = feed.when("two failures", |feed| feed["last_error"]["failures"].as_i64() >= Some(2)).await;
    assert_eq!(failing["state"], "failing");
    assert_eq!(failing["last_value"]["payload"], 5, "{failing}");
    let mut states = Vec::new();
    while let Some(pulseboard_core::bus::Message::Data(message)) = told.try_recv() {
        let message: Value = serde_json::from_slice(&message).expect("JSON");
        assert_eq!(message["feed_id"], json!(feed.id));
        states.push(message["state"].clone());
    }
    assert_eq!(states, ["ok", "failing"], "told when it changes, and not more often");

    // Back at the same address, and asked at once by hand.
    let body = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 11\r\n\r\n{\"value\":6}";
    let again = eventually("the port is free", async || {
        tokio::net::TcpListener::bind(("127.0.0.1", port)).await.ok()
    })
    .await;
    let answering = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        while let Ok((mut stream, _)) = again.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(body.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    feed.project.owner.post(&feed.path("/refresh"), &json!({})).await.expect_status(202).await;
    let well = feed.when_ok().await;
    assert_eq!((&well["last_value"]["payload"], &well["last_error"]), (&json!(6), &Value::Null));
    answering.abort();
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_feed_delays_no_other_and_is_cut_off() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let silent = Place::silent().await;
    let mut slow = Vec::new();
    for _ in 0..20 {
        slow.push(shop.feed("http_json", json!({"url": silent.url(), "interval_sec": 1})).await);
    }
    let quick = shop.feed("demo", json!({"shape": "wave", "interval_sec": 1})).await;
    let runner = Runner::start(&app);
    let ticks = eventually("five ticks of the quick one", async || {
        Some(quick.history().await).filter(|ticks| ticks.len() >= 5)
    })
    .await;
    drop(ticks);
    assert!(slow[0].show().await["last_run"].is_null(), "the slow ones still wait");
    let failing = slow[0].when_failing().await;
    assert!(
        failing["last_error"]["message"]
            .as_str()
            .is_some_and(|text| text.contains("second") || text.contains("time")),
        "{failing}"
    );
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_take_effect_within_two_seconds() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let (one, two) = (outside(&json!(1)).await, outside(&json!(2)).await);
    let feed = shop.feed("http_json", json!({"url": one.url(), "interval_sec": 1})).await;
    let runner = Runner::start(&app);
    feed.when_ok().await;
    let within = |started: Instant| {
        eprintln!("took effect after {:?}", started.elapsed());
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    };

    let started = Instant::now();
    feed.change(json!({"config": {"url": two.url(), "interval_sec": 1}})).await;
    feed.when("the new definition is used", |feed| feed["last_value"]["payload"] == 2).await;
    within(started);
    let disabled = feed.change(json!({"enabled": false})).await;
    assert_eq!((&disabled["state"], &disabled["next_run"]), (&json!("disabled"), &Value::Null));
    // Whatever was under way is over by the time of another feed's second tick.
    let other = shop.feed("demo", json!({"shape": "wave", "interval_sec": 1})).await;
    let hits = two.hits();
    eventually("the other ticks", async || (other.history().await.len() >= 3).then_some(())).await;
    assert!(two.hits() <= hits + 1, "nobody asks for a disabled feed");
    let refused = shop.owner.post(&feed.path("/refresh"), &json!({})).await;
    refused.expect_error(409, "conflict").await;

    let started = Instant::now();
    feed.change(json!({"enabled": true})).await;
    eventually("it is asked again", async || (two.hits() > hits + 1).then_some(())).await;
    within(started);
    let found = shop.events("?limit=1000").await.len();
    shop.owner.delete(&feed.path("")).await.expect_status(204).await;
    shop.owner.get(&feed.path("")).await.expect_error(404, "not_found").await;
    assert!(shop.events("?limit=1000").await.len() >= found, "what it found stays");
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_day_stops_feeds_with_the_reason() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let sql = format!("update orgs set daily_event_quota = 2 where id = '{}'", ann.org);
    crate::database::execute(&app, &sql).await;
    let feed = shop.feed("demo", json!({"shape": "wave", "interval_sec": 1})).await;
    let runner = Runner::start(&app);
    let failing = feed.when_failing().await;
    let message = failing["last_error"]["message"].as_str().expect("a message");
    assert!(message.contains("quota of 2 events per day"), "{message}");
    assert_eq!(feed.history().await.len(), 2);
    eventually("it is counted", async || {
        let usage = shop.owner.get(&shop.path("/usage")).await.expect_status(200).await;
        (usage["items"][0]["dropped"].as_i64() >= Some(1)).then_some(())
    })
    .await;
    runner.stop().await;
}
