//! What people may say of a feed, who may, and what is answered.

use serde_json::{Value, json};

use super::outside;
use crate::app::TestApp;
use crate::database;

#[tokio::test(flavor = "multi_thread")]
async fn bad_definitions_are_refused_with_the_field() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    for (kind, config, field) in [
        ("nonsense", json!({}), "type"),
        ("http_json", json!({}), "config.url"),
        ("http_json", json!({"url": "ftp://example.com"}), "config.url"),
        ("http_json", json!({"url": "http://10.0.0.1/"}), "config.url"),
        ("http_json", json!({"url": "https://example.com", "interval_sec": 0}), "config.interval_sec"),
        ("http_json", json!({"url": "https://example.com", "interval_sec": 1e9}), "config.interval_sec"),
        ("http_json", json!({"url": "https://example.com", "path": "a["}), "config.path"),
        ("http_json", json!({"url": "https://example.com", "headers": {"Host": "x"}}), "config.headers.Host"),
        ("http_json", json!({"url": "https://example.com", "colour": 1}), "config.colour"),
        ("http_json", json!({"url": "https://example.com", "path": "a\u{0}b"}), "config"),
        ("demo", json!([]), "config"),
        ("webhook", json!({"interval_sec": 5}), "config.interval_sec"),
    ] {
        let error = shop.try_feed(kind, config.clone()).await.expect_error(422, "invalid_field").await;
        assert!(error["fields"][field].is_string(), "{kind} {config}: {error}");
    }
    let body = json!({"project_id": shop.id, "type": "demo", "name": " ", "config": {}});
    let error = shop.owner.post("/api/feeds", &body).await.expect_error(422, "invalid_field").await;
    assert!(error["fields"]["name"].is_string(), "{error}");
    shop.owner.get("/api/feeds").await.expect_error(400, "invalid_query").await;
    assert_eq!(database::number(&app, "select count(*) as number from feeds").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn types_come_with_the_schema_that_forms_are_made_of() {
    let app = TestApp::new().await;
    let types = app.user("ann").await.get("/api/feeds/types").await.expect_status(200).await;
    let types = types["items"].as_array().expect("items");
    for one in types {
        assert!(one["schema"]["properties"].is_object() && one["payload"] != Value::Null, "{one}");
        assert_eq!(one["available"], one["unavailable_because"].is_null(), "{one}");
    }
    let of = |name: &str| types.iter().find(|one| one["type"] == name).expect(name);
    assert_eq!(of("http_json")["schema"]["properties"]["interval_sec"]["minimum"], 1);
    assert_eq!(of("webhook")["way"], "receives");
    assert_eq!(of("command")["available"], false, "commands are off unless the operator turns them on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_shows_one_sample_and_leaves_nothing_behind() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let place = outside(&json!({"a": {"b": 5}, "c": "x"})).await;
    let rows = async || database::texts(&app, "select to_jsonb(f)::text as text from feed_states f").await;
    let mut told = vec![app.bus.subscribe(&format!("feeds:{}", shop.id)).await];
    told.push(app.bus.subscribe(&format!("events:{}", shop.id)).await);
    let test = async |config: Value, feed: Option<&str>| {
        let body = json!({"project_id": shop.id, "type": "http_json", "config": config, "feed_id": feed});
        shop.owner.post("/api/feeds/test", &body).await.expect_status(200).await
    };
    let good = test(json!({"url": place.url(), "path": "a"}), None).await;
    assert_eq!((&good["ok"], &good["payload"]), (&json!(true), &json!({"b": 5})));
    assert_eq!(good["fields"], json!([{"path": "b", "value": 5.0}]));
    assert_eq!(good["raw"]["c"], "x");
    let bad = test(json!({"url": place.url(), "path": "a.z"}), None).await;
    assert_eq!((&bad["ok"], &bad["error"]["field"]), (&json!(false), &json!("config.path")), "{bad}");
    assert_eq!(bad["raw"]["a"]["b"], 5, "what came can be clicked on");

    let config = json!({"url": place.url(), "headers": {"X-Token": "geheim-7"}});
    let feed = shop.feed("http_json", config).await;
    let before = rows().await;
    let masked = json!({"url": place.url(), "headers": {"X-Token": "********"}});
    assert_eq!(test(masked, Some(&feed.id)).await["ok"], true);
    assert!(place.heard().contains("geheim-7"));
    let saved = shop.owner.post(&feed.path("/test"), &json!({})).await.expect_status(200).await;
    assert_eq!(saved["ok"], true);
    assert_eq!(rows().await, before);
    assert_eq!(database::number(&app, "select count(*) as number from events").await, 0);
    // Of the feed that was made people were told, and of nothing else.
    let mut messages = 0;
    while told.iter_mut().any(|topic| topic.try_recv().is_some()) {
        messages += 1;
    }
    assert_eq!(messages, 1);

    let elsewhere = outside(&json!({"a": 1})).await;
    let config = json!({"url": elsewhere.url(), "headers": {"X-Token": "********"}});
    let body = json!({"project_id": shop.id, "type": "http_json", "config": config, "feed_id": feed.id});
    let error = shop.owner.post("/api/feeds/test", &body).await.expect_error(422, "invalid_field").await;
    assert!(error["fields"]["config.headers.X-Token"].is_string(), "{error}");
    let unsaved = json!({"project_id": shop.id, "type": "http_json", "config": body["config"]});
    shop.owner.post("/api/feeds/test", &unsaved).await.expect_error(422, "invalid_field").await;
    assert_eq!(elsewhere.hits(), 0, "a secret is not filled in for another server");
    // A feed of another project lends its secrets to nobody, not even of the same org.
    let other = shop.owner.project("other").await;
    let config = json!({"url": place.url(), "headers": {"X-Token": "********"}});
    let body = json!({"project_id": other.id, "type": "http_json", "config": config, "feed_id": feed.id});
    shop.owner.post("/api/feeds/test", &body).await.expect_error(404, "not_found").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_look_and_editors_change() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let hook = shop.feed("webhook", json!({})).await;
    assert!(hook.show().await["hook_url"].as_str().is_some_and(|url| url.starts_with("/hooks/pb_hook_")));
    let viewer = ann.colleague(&app, "vic", "viewer").await;
    let seen = viewer.get(&hook.path("")).await.expect_status(200).await;
    assert_eq!(seen["hook_url"], Value::Null);
    let body = json!({"project_id": shop.id, "type": "demo", "name": "x", "config": {"shape": "wave"}});
    viewer.post("/api/feeds", &body).await.expect_error(403, "forbidden").await;
    viewer.patch(&hook.path(""), &json!({"name": "y"})).await.expect_error(403, "forbidden").await;
    viewer.delete(&hook.path("")).await.expect_error(403, "forbidden").await;
    let unsaved = json!({"project_id": shop.id, "type": "demo", "config": {"shape": "wave"}});
    viewer.post("/api/feeds/test", &unsaved).await.expect_error(403, "forbidden").await;
    for path in ["/test", "/refresh", "/rotate"] {
        viewer.post(&hook.path(path), &json!({})).await.expect_error(403, "forbidden").await;
    }
    let editor = ann.colleague(&app, "ed", "editor").await;
    let made = editor.post("/api/feeds", &body).await.expect_status(201).await;
    let path = format!("/api/feeds/{}", made["id"].as_str().expect("an id"));
    let off = editor.patch(&path, &json!({"enabled": false, "name": "y"})).await.expect_status(200).await;
    assert_eq!((&off["state"], &off["name"]), (&json!("disabled"), &json!("y")));
    let on = editor.patch(&path, &json!({"enabled": true})).await.expect_status(200).await;
    assert_eq!((&on["state"], on["next_run"].is_string()), (&json!("waiting"), true));
    editor.post(&hook.path("/rotate"), &json!({})).await.expect_status(200).await;
    editor.post("/api/feeds/test", &unsaved).await.expect_status(200).await;
    let list = viewer.get(&format!("/api/feeds?project={}", shop.id)).await.expect_status(200).await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
    editor.delete(&path).await.expect_status(204).await;
    editor.get(&path).await.expect_error(404, "not_found").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_has_a_bounded_number_of_feeds_and_takes_them_with_it() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let feed = shop.feed("demo", json!({"shape": "wave"})).await;
    for sql in [
        format!(
            "insert into feeds (id, org_id, project_id, kind, name, config, enabled, interval_sec)
             select gen_random_uuid(), org_id, project_id, kind, name, config, false, 60
             from feeds, generate_series(1, 199) where id = '{}'",
            feed.id
        ),
        "insert into feed_states (feed_id, org_id) select id, org_id from feeds on conflict do nothing"
            .into(),
    ] {
        database::execute(&app, &sql).await;
    }
    let error = shop.try_feed("demo", json!({"shape": "wave"})).await.expect_error(409, "conflict").await;
    assert!(error["message"].as_str().is_some_and(|text| text.contains("200")), "{error}");
    ann.delete(&shop.path("")).await.expect_status(204).await;
    assert_eq!(database::number(&app, "select count(*) as number from feed_states").await, 0);
}
