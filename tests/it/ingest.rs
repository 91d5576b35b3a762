//! Ingest: every form of body and key, and every way to be refused.

use serde_json::json;

use crate::app::{TestApp, error};

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
