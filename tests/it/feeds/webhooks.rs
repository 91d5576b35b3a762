//! `POST /hooks/{key}`: any JSON, durable before the answer, within the limits.

use std::path::Path;

use serde_json::{Value, json};

use super::Feed;
use crate::app::{Answer, TestApp};
use crate::live::client::Socket;

/// What GitHub sends, beside the repository, where there is such a directory.
const GITHUB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/github-webhooks");

fn samples() -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(Path::new(GITHUB)) else {
        println!("no samples of GitHub's: generated ones are used in their place");
        let commits = |n: usize| -> Vec<Value> {
            (0..n)
                .map(|i| json!({"id": format!("{i:040x}"), "message": "‘a’ \n b", "added": [], "é": null}))
                .collect()
        };
        return (0..5)
            .map(|n| json!({"ref": "refs/heads/main", "commits": commits(n * 50)}))
            .map(|value| value.to_string().into_bytes())
            .collect();
    };
    let paths = entries.flatten().map(|entry| entry.path());
    let json = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    json.map(|path| std::fs::read(path).expect("readable")).collect()
}

impl Feed {
    async fn hook(&self) -> String {
        self.show().await["hook_url"].as_str().expect("an address").to_owned()
    }
}

async fn send(app: &TestApp, hook: &str, body: impl Into<reqwest::Body>) -> Answer {
    Answer::of(app.anyone().request(reqwest::Method::POST, hook).body(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_is_stored_shown_and_told() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let feed = shop.feed("webhook", json!({})).await;
    assert_eq!(feed.show().await["state"], "waiting");
    let hook = feed.hook().await;
    let mut socket = Socket::open(&shop, "").await;
    for base in ["", "/api"] {
        let answer = send(&app, &format!("{base}{hook}"), r#"{"temperature": 21.5}"#).await;
        assert_eq!(answer.expect_status(202).await, json!({"accepted": 1}));
    }
    assert_eq!(feed.history().await.len(), 2, "stored before the answer");
    let shown = feed.when_ok().await;
    assert_eq!(shown["last_value"]["payload"], json!({"temperature": 21.5}));
    assert_eq!(shown["fields"], json!(["temperature"]));
    assert_eq!(socket.events(1).await[0]["feed_id"], json!(feed.id));
    for any in ["5", "\"text\"", "[1, 2]", "true", "{}"] {
        send(&app, &hook, any).await.expect_status(202).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_send_is_taken_or_refused_for_its_size() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let feed = shop.feed("webhook", json!({})).await;
    let hook = feed.hook().await;
    let samples = samples();
    for body in &samples {
        send(&app, &hook, body.clone()).await.expect_status(202).await;
    }
    assert!(samples.len() >= 5, "{}", samples.len());
    assert_eq!(feed.history().await.len(), samples.len());

    let large = format!("\"{}\"", "x".repeat(64 * 1024));
    let error = send(&app, &hook, large).await.expect_error(413, "payload_too_large").await;
    assert!(error["message"].as_str().is_some_and(|text| text.contains("64 KiB")), "{error}");
    for (body, code) in [
        ("".to_owned(), "malformed_json"),
        ("{".to_owned(), "malformed_json"),
        ("payload=%7B%7D".to_owned(), "malformed_json"),
        ("NaN".to_owned(), "malformed_json"),
        ("1 2".to_owned(), "malformed_json"),
        ("[".repeat(40) + &"]".repeat(40), "malformed_body"),
        ("[".repeat(20_000) + &"]".repeat(20_000), "malformed_json"),
    ] {
        send(&app, &hook, body).await.expect_error(400, code).await;
    }
    let not_text = send(&app, &hook, vec![b'"', 0xff, 0xfe, b'"']).await;
    not_text.expect_error(400, "malformed_json").await;
    // 10 MB behind a small gzip.
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut bomb, &[b'1'; 10 * 1024 * 1024]).expect("written");
    let bomb = bomb.finish().expect("finished");
    let request = app.anyone().request(reqwest::Method::POST, &hook).header("content-encoding", "gzip");
    Answer::of(request.body(bomb)).await.expect_error(413, "payload_too_large").await;
    assert_eq!(feed.history().await.len(), samples.len(), "nothing of all that was stored");

    for (odd, shown) in [
        (r#""a\u0000b""#, json!("a\u{fffd}b")),
        (r#"{"": {"a.b": [1, "é\ud83d\ude00"]}, "a": 1, "a": 2}"#, json!({"": {"a.b": [1, "é😀"]}, "a": 2})),
        ("1e308", json!(1e308)),
        ("12345678901234567890", json!(12_345_678_901_234_567_890_u64)),
        ("false", json!(false)),
    ] {
        send(&app, &hook, odd).await.expect_status(202).await;
        assert_eq!(feed.history().await.last().expect("a tick")["payload"], shown, "{odd}");
    }
    // Nothing is a payload too: it was sent.
    send(&app, &hook, " null ").await.expect_status(202).await;
    assert_eq!(feed.history().await.len(), samples.len() + 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_opens_nothing_after_it_was_changed_disabled_or_deleted() {
    let app = TestApp::new().await;
    let other = app.another().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let feed = shop.feed("webhook", json!({})).await;
    let old = feed.hook().await;
    for app in [&app, &other] {
        send(app, &old, "1").await.expect_status(202).await;
    }
    let rotated = ann.post(&feed.path("/rotate"), &json!({})).await.expect_status(200).await;
    let new = rotated["hook_url"].as_str().expect("an address").to_owned();
    assert_ne!(new, old);
    for app in [&app, &other] {
        refused(app, &old, 404).await;
        send(app, &new, "2").await.expect_status(202).await;
    }
    feed.change(json!({"enabled": false})).await;
    for app in [&app, &other] {
        refused(app, &new, 409).await;
    }
    ann.delete(&feed.path("")).await.expect_status(204).await;
    for app in [&app, &other] {
        refused(app, &new, 404).await;
    }
    for nonsense in ["/hooks/x", "/hooks/pb_hook_", "/hooks/pb_hook_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
        refused(&app, nonsense, 404).await;
    }
    let demo = shop.feed("demo", json!({"shape": "wave"})).await;
    let refused = ann.post(&demo.path("/rotate"), &json!({})).await;
    refused.expect_error(409, "conflict").await;
}

/// Refused, in another process as soon as it has heard.
async fn refused(app: &TestApp, hook: &str, status: u16) {
    crate::app::eventually("it is refused", async || {
        (send(app, hook, "3").await.status() == status).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_of_ingest_hold_for_webhooks() {
    let app = TestApp::with(|config| config.limits.project_rate = 1).await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let feed = shop.feed("webhook", json!({})).await;
    let hook = feed.hook().await;
    let events: Vec<Value> = (0..1000).map(|_| crate::app::event("a")).collect();
    shop.ingest(&json!(events)).await;
    let limited = send(&app, &hook, "1").await;
    assert!(limited.header("retry-after").is_some());
    limited.expect_error(429, "rate_limited").await;

    let app = TestApp::new().await;
    let bob = app.user("bob").await;
    let feed = bob.project("shop").await.feed("webhook", json!({})).await;
    let sql = format!("update orgs set daily_event_quota = 1 where id = '{}'", bob.org);
    crate::database::execute(&app, &sql).await;
    let hook = feed.hook().await;
    send(&app, &hook, "1").await.expect_status(202).await;
    send(&app, &hook, "2").await.expect_error(429, "quota_exceeded").await;
}
