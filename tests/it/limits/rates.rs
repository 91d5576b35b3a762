//! How fast a key and a project may send.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{counted, events, limited, outcome, retry_after, send_with};
use crate::app::{Answer, Project, event, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_passes_then_429_says_when_to_come_back_and_then_it_goes_on() {
    let app = limited(10, 0, 0).await;
    let shop = app.user("ann").await.project("shop").await;
    let other = shop.owner.project("other").await;
    let limits = shop.owner.get(&shop.path("/limits")).await.expect_status(200).await;
    let expected = json!({"key": {"events_per_second": 10, "burst": 1000}, "project": null, "daily": null});
    assert_eq!(limits, expected);

    shop.ingest(&events(1000)).await;
    let before = outcome(&app, "rate_limited").await;
    // However the key is given.
    let url = format!("{}/ingest", app.base);
    let http = &shop.owner.http;
    let with_key = json!({"apiKey": shop.key, "events": vec![event("b"); 50]});
    for request in [
        http.post(&url).bearer_auth(&shop.key).json(&events(50)),
        http.post(&url).header("x-api-key", &shop.key).json(&events(50)),
        http.post(format!("{url}?key={}", shop.key)).json(&events(50)),
        http.post(&url).json(&with_key),
    ] {
        let answer = Answer::of(request.header("origin", "https://shop.example")).await;
        let seconds = retry_after(&answer);
        assert!((1..=6).contains(&seconds), "{seconds}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert!(
            answer.header("access-control-expose-headers").is_some_and(|names| names.contains("Retry-After"))
        );
        let error = answer.expect_error(429, "rate_limited").await;
        assert!(
            error["message"].as_str().is_some_and(|text| text.contains("10 events per second")),
            "{error}"
        );
    }
    // A body that was refused unread counts as one event, the last one was read.
    assert!(outcome(&app, "rate_limited").await >= before + 53);
    other.ingest(&events(1000)).await;
    eventually("what is refused is counted", async || {
        (53..=200).contains(&counted(&shop, "rate_limited").await).then_some(())
    })
    .await;
    assert_eq!(counted(&shop, "rejected").await, 0);
    assert_eq!(counted(&shop, "accepted").await, 1000);
    eventually("there is room again", async || (shop.send(&event("c")).await.status() == 202).then_some(()))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_have_a_limit_each_and_their_project_one_for_all() {
    let app = limited(100, 120, 0).await;
    let shop = app.user("ann").await.project("shop").await;
    let second = shop.secret_key().await;
    let limits = shop.owner.get(&shop.path("/limits")).await.expect_status(200).await;
    assert_eq!(limits["project"], json!({"events_per_second": 120, "burst": 1200}));
    shop.ingest(&events(1000)).await;
    let error = shop.send(&events(1000)).await.expect_error(429, "rate_limited").await;
    assert!(error["message"].as_str().is_some_and(|text| text.contains("this key may")), "{error}");
    let error = send_with(&shop, &second, &events(1000)).await.expect_error(429, "rate_limited").await;
    assert!(error["message"].as_str().is_some_and(|text| text.contains("this project may")), "{error}");
    send_with(&shop, &second, &events(200)).await.expect_status(202).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_bodies_cost_as_well_and_a_flood_leaves_few_lines() {
    let app = limited(1, 0, 0).await;
    let shop = app.user("ann").await.project("shop").await;
    shop.ingest(&events(990)).await;
    for _ in 0..10 {
        shop.send(&json!("neither an event nor a list")).await.expect_status(400).await;
    }
    for _ in 0..30 {
        shop.send(&event("late")).await;
    }
    let lines = async || -> Vec<Value> {
        let list = shop.owner.get(&shop.path("/rejections?limit=200")).await.expect_status(200).await;
        let list = list["items"].as_array().expect("items").clone();
        list.into_iter().filter(|line| line["code"] == "rate_limited").collect()
    };
    eventually("refusals are counted", async || (counted(&shop, "rate_limited").await >= 25).then_some(()))
        .await;
    let kept =
        eventually("refusals are shown", async || Some(lines().await).filter(|kept| !kept.is_empty())).await;
    assert!(kept.len() <= 3, "a few are enough: {}", kept.len());
    assert_eq!(kept[0]["status"], 429);
}

/// A head with the project's key that announces a body.
fn head(shop: &Project, length: usize) -> String {
    format!(
        "POST /ingest HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n",
        shop.key
    )
}

/// Reads until so many answers of 429 are there, with their bodies.
async fn read_429(stream: &mut TcpStream, count: usize) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    eventually("429", async || {
        let read = stream.read(&mut buffer).await.expect("reads");
        text.push_str(std::str::from_utf8(&buffer[..read]).expect("text"));
        let answers = text.matches("HTTP/1.1 429").count();
        (answers == count && text.matches("request_id").count() == count).then_some(())
    })
    .await;
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_too_fast_is_answered_before_the_body_and_not_cut_off() {
    let app = limited(1, 0, 0).await;
    let shop = app.user("ann").await.project("shop").await;
    shop.ingest(&events(1000)).await;

    // Nothing of a large body has been sent when the answer is there.
    let mut stream = TcpStream::connect(app.server.address).await.expect("connects");
    stream.write_all(head(&shop, 1_000_000).as_bytes()).await.expect("writes");
    let answer = read_429(&mut stream, 1).await;
    assert!(answer.to_lowercase().contains("connection: close"), "{answer}");

    // After a small one the connection can be used again.
    let mut stream = TcpStream::connect(app.server.address).await.expect("connects");
    let body = event("a").to_string();
    for _ in 0..3 {
        stream.write_all(format!("{}{body}", head(&shop, body.len())).as_bytes()).await.expect("writes");
        let answer = read_429(&mut stream, 1).await;
        assert!(!answer.to_lowercase().contains("connection: close"), "{answer}");
    }
    // Someone who sends a large one all the same reads the answer.
    let large = json!([{"type": "event", "name": "a", "payload": "x".repeat(60_000)}]);
    for _ in 0..5 {
        shop.send(&json!(vec![large[0].clone(); 15])).await.expect_error(429, "rate_limited").await;
    }
}
