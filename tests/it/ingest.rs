//! Ingest: every form of body and key, every limit, and every way to be refused.

mod bodies;
mod items;
mod keys;
mod malformed;
mod payloads;
mod retries;
mod texts;

use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::app::{Answer, Project, TestApp, error};

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_example_is_stored_and_read_back() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let mut body = error("NullPointerException");
    body["apiKey"] = json!(shop.key);
    let answer = app.anyone().post("/ingest", &body).await.expect_status(202).await;
    assert_eq!(
        (&answer["accepted"], &answer["duplicates"], &answer["rejected"]),
        (&json!(1), &json!(0), &json!([]))
    );

    let events = shop.events("").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["id"], answer["id"]);
    assert_eq!(events[0]["name"], "NullPointerException");
    assert_eq!(events[0]["payload"], json!({"screen": "HomeScreen", "userId": "u_123"}));
}

/// A new project of a new person.
async fn shop(app: &TestApp) -> Project {
    app.user("ann").await.project("shop").await
}

/// Sends bytes as they are, with the public key as a bearer token.
async fn send_as(shop: &Project, content_type: &str, body: impl Into<reqwest::Body>) -> Answer {
    let request = shop.owner.http.post(format!("{}/ingest", shop.owner.base)).bearer_auth(&shop.key);
    Answer::of(request.header(CONTENT_TYPE, content_type).body(body)).await
}

/// Sends text that says it is JSON.
async fn send_text(shop: &Project, body: impl Into<reqwest::Body>) -> Answer {
    send_as(shop, "application/json", body).await
}

/// The names that the list shows, in alphabetical order.
async fn names(shop: &Project) -> Vec<String> {
    let events = shop.events("?limit=1000").await;
    let mut names: Vec<String> =
        events.iter().map(|event| event["name"].as_str().expect("a name").to_owned()).collect();
    names.sort();
    names
}

/// Index and code of each rejected item.
fn rejections(answer: &Value) -> Vec<(u64, String)> {
    let rejected = answer["rejected"].as_array().expect("rejected");
    let one = |item: &Value| {
        assert!(item["message"].as_str().is_some_and(|message| message.len() > 10), "{item}");
        (item["index"].as_u64().expect("an index"), item["code"].as_str().expect("a code").to_owned())
    };
    rejected.iter().map(one).collect()
}
