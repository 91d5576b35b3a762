//! API keys: shown once, limited to origins, refused within seconds of being revoked.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::app::{Answer, Project, TestApp, event, eventually};

async fn create(project: &Project, body: &Value) -> Value {
    project.owner.post(&project.path("/keys"), body).await.expect_status(201).await
}

async fn list(project: &Project) -> Vec<Value> {
    let list = project.owner.get(&project.path("/keys")).await.expect_status(200).await;
    assert_eq!(list["next_cursor"], Value::Null);
    list["items"].as_array().expect("items").clone()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} in {value}"))
}

/// Sends an event with a key, as a page of `origin` if there is one.
async fn send(app: &TestApp, key: &str, origin: Option<&str>) -> Answer {
    let mut request =
        app.anyone().http.post(format!("{}/ingest", app.base)).bearer_auth(key).json(&event("a"));
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    Answer::of(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_key_is_shown_once_and_a_public_one_always() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let made = create(&shop, &json!({"kind": "secret", "name": " reader "})).await;
    let key = text(&made, "key");
    assert!(key.starts_with("pb_sec_") && key.len() == 39, "{key}");
    assert_eq!((&made["kind"], &made["name"]), (&json!("secret"), &json!("reader")));
    assert_eq!((text(&made, "prefix"), text(&made, "last4")), (&key[..11], &key[35..]));
    assert_eq!(
        (&made["last_used_at"], &made["revoked_at"], &made["origins"]),
        (&json!(null), &json!(null), &json!([]))
    );

    let listed = list(&shop).await;
    assert_eq!(listed.len(), 2);
    assert!(!Value::from(listed.clone()).to_string().contains(key), "shown once");
    let mut expected = made.clone();
    expected.as_object_mut().expect("an object").remove("key");
    assert_eq!(listed[0], expected, "newest first");
    assert_eq!(listed[1]["key"], shop.key.as_str());
    let path = shop.path(&format!("/keys/{}", text(&made, "id")));
    let renamed = shop.owner.patch(&path, &json!({"name": "writer"})).await.expect_status(200).await;
    assert_eq!((&renamed["name"], &renamed["key"]), (&json!("writer"), &Value::Null));
    let stored = crate::database::texts(&app, "select k::text as text from api_keys k").await;
    assert!(stored.iter().all(|row| !row.contains(key)), "not even the database has it");
    send(&app, key, None).await.expect_status(202).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_not_understood_are_refused_by_field() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let many: Vec<_> = (0..51).map(|n| format!("https://{n}.example")).collect();
    for (body, field) in [
        (json!({"kind": "private", "name": "a"}), "kind"),
        (json!({"kind": "public", "name": ""}), "name"),
        (json!({"kind": "public", "name": "x".repeat(101)}), "name"),
        (json!({"kind": "public", "name": "a", "origins": ["shop.example"]}), "origins"),
        (json!({"kind": "public", "name": "a", "origins": ["https://shop.example/path"]}), "origins"),
        (json!({"kind": "public", "name": "a", "origins": ["javascript://x"]}), "origins"),
        (json!({"kind": "public", "name": "a", "origins": many}), "origins"),
        (json!({"kind": "public", "name": "a", "origins": "https://shop.example"}), "origins"),
    ] {
        let error = shop.owner.post(&shop.path("/keys"), &body).await;
        let error = error.expect_error(422, "invalid_field").await;
        assert!(error["fields"][field].is_string(), "{body}: {error}");
    }
    assert_eq!(list(&shop).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_refused_everywhere_within_five_seconds() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let (near, deaf) = (app.another().await, app.another_without_bus().await);
    let made = create(&shop, &json!({"kind": "secret", "name": "reader"})).await;
    let key = text(&made, "key");
    for app in [&app, &near, &deaf] {
        send(app, key, None).await.expect_status(202).await;
    }
    let path = shop.path(&format!("/keys/{}", text(&made, "id")));
    shop.owner.delete(&path).await.expect_status(204).await;
    let revoked = Instant::now();

    send(&app, key, None).await.expect_error(401, "invalid_key").await;
    for (app, allowed) in [(&near, Duration::from_secs(2)), (&deaf, Duration::from_secs(5))] {
        eventually("the key is refused", async || {
            let asked = revoked.elapsed();
            let answer = send(app, key, None).await;
            assert!(answer.status() == 401 || asked < allowed, "still taken after {asked:?}");
            (answer.status() == 401).then_some(())
        })
        .await;
        let reader = crate::app::Client { token: Some(key.to_owned()), ..app.anyone() };
        reader.get("/events").await.expect_error(401, "invalid_key").await;
    }
    eprintln!("refused by all three after {:?}", revoked.elapsed());

    let listed = list(&shop).await;
    assert_eq!(listed[1]["id"], made["id"], "revoked ones come last");
    assert!(listed[1]["revoked_at"].is_string(), "{listed:?}");
    shop.owner.delete(&path).await.expect_status(204).await;
    assert_eq!(list(&shop).await[1]["revoked_at"], listed[1]["revoked_at"], "revoking twice changes nothing");
    shop.ingest(&event("b")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_with_origins_works_from_these_pages_only() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let origins = json!(["https://Shop.example/", "https://*.example.com"]);
    let made = create(&shop, &json!({"kind": "public", "name": "web", "origins": origins})).await;
    assert_eq!(made["origins"], json!(["https://shop.example", "https://*.example.com"]));
    let key = text(&made, "key");
    for origin in
        [None, Some("https://shop.example"), Some("https://a.example.com"), Some("https://a.b.example.com")]
    {
        send(&app, key, origin).await.expect_status(202).await;
    }
    for origin in [
        "http://shop.example",
        "https://shop.example:8443",
        "https://shop.example.evil.example",
        "https://example.com",
        "https://evilexample.com",
        "null",
    ] {
        let refused = send(&app, key, Some(origin)).await;
        assert_eq!(refused.header("access-control-allow-origin"), Some("*"), "the page may read why");
        let error = refused.expect_error(403, "origin_not_allowed").await;
        assert!(error["message"].as_str().is_some_and(|text| text.contains(origin)), "{error}");
    }
    assert_eq!(shop.events("").await.len(), 4);
    let path = shop.path(&format!("/keys/{}", text(&made, "id")));
    let changed = shop.owner.patch(&path, &json!({"origins": ["https://other.example"]})).await;
    assert_eq!(changed.expect_status(200).await["name"], "web");
    send(&app, key, Some("https://shop.example")).await.expect_error(403, "origin_not_allowed").await;
    send(&app, key, Some("https://other.example")).await.expect_status(202).await;
    shop.owner.patch(&path, &json!({"origins": []})).await.expect_status(200).await;
    send(&app, key, Some("https://anything.example")).await.expect_status(202).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_shows_when_it_was_last_used() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    assert_eq!(list(&shop).await[0]["last_used_at"], Value::Null);
    let before = pulseboard_core::now();
    shop.ingest(&event("a")).await;
    let used = eventually("the use is noted", async || {
        list(&shop).await[0]["last_used_at"].as_str().map(str::to_owned)
    })
    .await;
    let used: chrono::DateTime<chrono::Utc> = used.parse().expect("a time");
    assert!((before..=pulseboard_core::now()).contains(&used), "{used}");

    let made = create(&shop, &json!({"kind": "secret", "name": "reader"})).await;
    let reader = crate::app::Client { token: Some(text(&made, "key").to_owned()), ..app.anyone() };
    reader.get("/events").await.expect_status(200).await;
    eventually("reading is a use", async || list(&shop).await[0]["last_used_at"].as_str().map(drop)).await;
}
