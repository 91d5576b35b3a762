//! Where a key may stand, which keys are refused, and what browsers are told.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{names, shop};
use crate::app::{Answer, Project, TestApp, event};

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_may_stand_in_four_places() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let key = shop.key.as_str();
    let with_key = |mut body: Value| {
        body["apiKey"] = json!(key);
        body
    };
    let requests = [
        post(&shop, "").bearer_auth(key).json(&event("bearer")),
        post(&shop, "").header("Authorization", format!("bearer {key}")).json(&event("lower case")),
        post(&shop, "").header("X-API-Key", key).json(&event("x-api-key")),
        post(&shop, &format!("?key={key}")).json(&event("query")),
        post(&shop, "").json(&with_key(event("body"))),
        post(&shop, "").json(&with_key(json!({"events": [event("list")]}))),
        post(&shop, "").json(&json!([with_key(event("array 1")), event("array 2")])),
        post(&shop, "").header("Content-Type", "text/plain").body(with_key(event("beacon")).to_string()),
    ];
    for request in requests {
        Answer::of(request).await.expect_status(202).await;
    }
    let expected =
        ["array 1", "array 2", "beacon", "bearer", "body", "list", "lower case", "query", "x-api-key"];
    assert_eq!(names(&shop).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_key_may_send_in_a_header_and_nowhere_else() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let secret = shop.secret_key().await;
    let mut body = event("never");
    body["apiKey"] = json!(secret);
    let requests = [
        post(&shop, &format!("?key={secret}")).json(&event("never")),
        post(&shop, "").json(&body),
        post(&shop, "").json(&json!({"apiKey": secret, "events": [event("never")]})),
        post(&shop, "").json(&json!([body])),
    ];
    for request in requests {
        Answer::of(request).await.expect_error(403, "forbidden").await;
    }
    Answer::of(post(&shop, "").bearer_auth(&secret).json(&event("a"))).await.expect_status(202).await;
    Answer::of(post(&shop, "").header("X-API-Key", &secret).json(&event("b"))).await.expect_status(202).await;
    assert_eq!(names(&shop).await, ["a", "b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_and_keys_that_do_not_exist_are_401() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    Answer::of(post(&shop, "").json(&event("a"))).await.expect_error(401, "unauthenticated").await;
    let unknown = format!("pb_pub_{}", "x".repeat(32));
    for key in [unknown.as_str(), "pb_pub_", "pb_pub_short", "nonsense", "pb_pub_\u{e9}", &"k".repeat(5000)] {
        let mut body = event("a");
        body["apiKey"] = json!(key);
        Answer::of(post(&shop, "").json(&body)).await.expect_error(401, "invalid_key").await;
    }
    for key in [unknown.as_str(), "nonsense", "' or 1=1 --"] {
        Answer::of(post(&shop, "").bearer_auth(key).json(&event("a")))
            .await
            .expect_error(401, "invalid_key")
            .await;
    }
    for key in [json!(5), json!({}), json!([]), json!(true)] {
        let mut body = event("a");
        body["apiKey"] = key;
        Answer::of(post(&shop, "").json(&body)).await.expect_error(400, "malformed_body").await;
    }
    // A session is not a key.
    shop.owner.post("/ingest", &event("a")).await.expect_error(401, "invalid_key").await;
    assert_eq!(names(&shop).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_refused_at_once_and_the_others_work_on() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    shop.ingest(&event("before")).await;
    let body = json!({"kind": "public", "name": "second"});
    let second = shop.owner.post(&shop.path("/keys"), &body).await.expect_status(201).await;
    let keys = shop.owner.get(&shop.path("/keys")).await.expect_status(200).await;
    let first = keys["items"].as_array().expect("keys").iter().find(|key| key["key"] == shop.key.as_str());
    let id = first.expect("the first key")["id"].as_str().expect("an id").to_owned();
    shop.owner.delete(&shop.path(&format!("/keys/{id}"))).await.expect_status(204).await;

    // Pushed over the bus, so that it takes milliseconds; the promise is five seconds.
    let started = std::time::Instant::now();
    crate::app::eventually("the revoked key is refused", async || {
        let answer = shop.send(&event("after")).await;
        (answer.status() == 401).then_some(())
    })
    .await;
    let took = started.elapsed();
    assert!(took.as_secs() < 5, "{took:?}");
    let refused = shop.send(&event("after")).await.expect_error(401, "invalid_key").await;
    assert!(refused["message"].as_str().is_some_and(|text| text.contains("revoked")), "{refused}");
    let second = Project { key: second["key"].as_str().expect("a key").to_owned(), ..shop.clone() };
    second.ingest(&event("second")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_of_any_page_may_send_and_are_told_so() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    for path in ["/ingest", "/api/ingest"] {
        let request = shop
            .owner
            .http
            .request(Method::OPTIONS, format!("{}{path}", app.base))
            .header("Origin", "https://shop.example")
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization,content-type,x-api-key");
        let answer = Answer::of(request).await;
        assert_eq!(answer.status(), 204);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        let allowed = |name: &str| answer.header(name).unwrap_or_default().to_lowercase();
        assert!(allowed("access-control-allow-methods").contains("post"));
        for header in ["authorization", "content-type", "content-encoding", "x-api-key"] {
            assert!(allowed("access-control-allow-headers").contains(header), "{header}");
        }
    }
    // Answers too, good and bad: a page must be able to read why it was refused.
    let origin = |request: RequestBuilder| request.header("Origin", "https://shop.example");
    let good = Answer::of(origin(post(&shop, "").bearer_auth(&shop.key)).json(&event("a"))).await;
    assert_eq!(good.status(), 202);
    let bad_body = Answer::of(origin(post(&shop, "").bearer_auth(&shop.key)).body("{")).await;
    assert_eq!(bad_body.status(), 400);
    let no_key = Answer::of(origin(post(&shop, "")).json(&event("a"))).await;
    assert_eq!(no_key.status(), 401);
    let encoding = origin(post(&shop, "").bearer_auth(&shop.key)).header("Content-Encoding", "br");
    let encoding = Answer::of(encoding.body("x")).await;
    assert_eq!(encoding.status(), 415);
    for answer in [good, bad_body, no_key, encoding] {
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{}", answer.status());
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        let exposed = answer.header("access-control-expose-headers").unwrap_or_default().to_lowercase();
        assert!(exposed.contains("retry-after") && exposed.contains("x-request-id"), "{exposed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_bound_to_origins_is_refused_from_any_other() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let body = json!({"kind": "public", "name": "web", "origins": ["https://shop.example", "https://*.shop.example"]});
    let key = shop.owner.post(&shop.path("/keys"), &body).await.expect_status(201).await;
    let key = key["key"].as_str().expect("a key").to_owned();
    let from = |origin: Option<&str>| {
        let request = post(&shop, "").bearer_auth(&key).json(&event(origin.unwrap_or("none")));
        match origin {
            Some(origin) => request.header("Origin", origin),
            None => request,
        }
    };
    for origin in ["https://shop.example", "https://www.shop.example"] {
        Answer::of(from(Some(origin))).await.expect_status(202).await;
    }
    for origin in [
        "https://evil.example",
        "http://shop.example",
        "https://shop.example.evil.example",
        "https://evilshop.example",
        "https://shop.example:8443",
        "null",
    ] {
        Answer::of(from(Some(origin))).await.expect_error(403, "origin_not_allowed").await;
    }
    // The key without origins goes on from anywhere.
    let anywhere = post(&shop, "").bearer_auth(&shop.key).header("Origin", "https://evil.example");
    Answer::of(anywhere.json(&event("anywhere"))).await.expect_status(202).await;
}

/// A request without a key; `rest` begins with `?` or is empty.
fn post(shop: &Project, rest: &str) -> RequestBuilder {
    shop.owner.http.post(format!("{}/ingest{rest}", shop.owner.base))
}
