//! Projects: making, changing, deleting; who may, and who may not even know.

mod access;
mod usage;

use std::collections::HashSet;

use serde_json::json;

use crate::app::{TestApp, error, event};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_project_has_a_key_that_works_at_once() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let made = ann.post("/api/projects", &json!({"name": " Mobile App "})).await.expect_status(201).await;
    assert_eq!((&made["name"], &made["slug"]), (&json!("Mobile App"), &json!("mobile-app")));
    assert_eq!((&made["org_id"], &made["role"]), (&json!(ann.org), &json!("admin")));
    assert_eq!(made["retention_days"], 30);
    assert!(made["num"].is_i64() && made["created_at"].is_string(), "{made}");
    let key = made["api_key"].as_str().expect("a key");
    assert!(key.starts_with("pb_pub_"), "{key}");

    let mut body = error("Boom");
    body["apiKey"] = json!(key);
    app.anyone().post("/ingest", &body).await.expect_status(202).await;
    app.anyone()
        .post("/ingest", &json!({"apiKey": key, "type": "event", "name": "a"}))
        .await
        .expect_status(202)
        .await;

    let shown = ann.get(&format!("/api/projects/{}", made["id"].as_str().expect("an id"))).await;
    let shown = shown.expect_status(200).await;
    let mut expected = made.clone();
    expected.as_object_mut().expect("an object").remove("api_key");
    assert_eq!(shown, expected, "the key stands only in the answer to making it");
    let list = ann.get("/api/projects").await.expect_status(200).await;
    assert_eq!((list["items"].as_array().map(Vec::len), &list["next_cursor"]), (Some(1), &json!(null)));
    let summary = &list["items"][0]["summary"];
    assert_eq!((&summary["events_24h"], &summary["errors_24h"]), (&json!(2), &json!(1)), "{list}");
    assert!(summary["last_event_at"].is_string(), "{list}");
    let sparkline: Vec<i64> =
        summary["sparkline"].as_array().expect("hours").iter().filter_map(|hour| hour.as_i64()).collect();
    assert_eq!((sparkline.len(), sparkline.iter().sum::<i64>()), (24, 2), "{list}");
    assert_eq!(sparkline[22..].iter().sum::<i64>(), 2, "the newest hour is the last");
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_of_one_name_get_slugs_of_their_own() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let slug = async |user: &crate::app::User, name: &str| -> String {
        let made = user.post("/api/projects", &json!({"name": name})).await.expect_status(201).await;
        made["slug"].as_str().expect("a slug").to_owned()
    };
    assert_eq!(slug(&ann, "Shop").await, "shop");
    assert_eq!(slug(&ann, "shop").await, "shop-2");
    assert_eq!(slug(&ann, "Shop!").await, "shop-3");
    assert_eq!(slug(&ann, "Sh").await, "sh", "a longer slug does not take a shorter one");
    assert_eq!(slug(&bob, "Shop").await, "shop", "other orgs don't matter");
    assert_eq!(slug(&ann, "日本語").await, "project");
    assert_eq!(slug(&ann, &"x".repeat(100)).await, "x".repeat(60));
    assert_eq!(slug(&ann, &"x".repeat(100)).await, format!("{}-2", "x".repeat(60)));
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_of_one_name_made_at_the_same_moment_do_not_share_a_slug() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let tries: Vec<_> = (0..6)
        .map(|_| {
            let ann = ann.clone();
            tokio::spawn(async move { ann.post("/api/projects", &json!({"name": "shop"})).await })
        })
        .collect();
    let mut slugs = Vec::new();
    for answer in tries {
        let answer = answer.await.expect("answers");
        if answer.status() == 201 {
            slugs.push(answer.json().await["slug"].as_str().expect("a slug").to_owned());
        } else {
            answer.expect_error(409, "conflict").await;
        }
    }
    assert!(!slugs.is_empty());
    let list = ann.get("/api/projects").await.expect_status(200).await;
    let stored: HashSet<_> =
        list["items"].as_array().expect("items").iter().map(|p| p["slug"].clone()).collect();
    assert_eq!(slugs.iter().collect::<HashSet<_>>().len(), slugs.len());
    assert_eq!(stored.len(), slugs.len(), "what was refused was not made");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_retention_have_bounds() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    for bad in ["", "   ", "a\nb", "a\u{0}b", "a\r\nSubject: x", &"x".repeat(101)] {
        for error in [
            ann.post("/api/projects", &json!({"name": bad})).await,
            ann.patch(&shop.path(""), &json!({"name": bad})).await,
        ] {
            let error = error.expect_error(422, "invalid_field").await;
            assert!(error["fields"]["name"].is_string(), "{bad:?}: {error}");
        }
    }
    ann.post("/api/projects", &json!({})).await.expect_error(422, "invalid_field").await;
    for bad in [json!(0), json!(366), json!(-1), json!(1.5), json!("7"), json!(3_000_000_000_i64)] {
        let error = ann.patch(&shop.path(""), &json!({"retention_days": bad})).await;
        let error = error.expect_error(422, "invalid_field").await;
        assert!(error["fields"]["retention_days"].is_string(), "{bad}: {error}");
    }
    let unchanged = ann.get(&shop.path("")).await.expect_status(200).await;
    assert_eq!((&unchanged["name"], &unchanged["retention_days"]), (&json!("shop"), &json!(30)));
    for good in [1, 365] {
        let changed = ann.patch(&shop.path(""), &json!({"retention_days": good})).await;
        let changed = changed.expect_status(200).await;
        assert_eq!((&changed["name"], &changed["retention_days"]), (&json!("shop"), &json!(good)));
    }
    let renamed = ann.patch(&shop.path(""), &json!({"name": "Laden"})).await.expect_status(200).await;
    assert_eq!((&renamed["name"], &renamed["retention_days"]), (&json!("Laden"), &json!(365)));
    assert_eq!(ann.patch(&shop.path(""), &json!({})).await.expect_status(200).await, renamed);
    assert_eq!(ann.get(&shop.path("")).await.expect_status(200).await, renamed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_goes_to_the_org_it_is_made_for() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let viewer = ann.colleague(&app, "vera", "viewer").await;
    let admin = ann.colleague(&app, "adam", "admin").await;
    let body = json!({"name": "shop", "org_id": ann.org});
    let made = admin.post("/api/projects", &body).await.expect_status(201).await;
    assert_eq!(made["org_id"], ann.org.as_str());
    viewer.post("/api/projects", &body).await.expect_error(403, "forbidden").await;
    let stranger = app.user("eve").await;
    stranger.post("/api/projects", &body).await.expect_error(404, "not_found").await;
    for org in [json!(uuid::Uuid::nil()), json!(uuid::Uuid::now_v7())] {
        let answer = ann.post("/api/projects", &json!({"name": "shop", "org_id": org})).await;
        answer.expect_error(404, "not_found").await;
    }
    let own = viewer.post("/api/projects", &json!({"name": "own"})).await.expect_status(201).await;
    assert_eq!(own["org_id"], viewer.org.as_str(), "without an org it is one's own");
    let seen = viewer.get("/api/projects").await.expect_status(200).await;
    let names: Vec<_> =
        seen["items"].as_array().expect("items").iter().map(|p| (&p["name"], &p["role"])).collect();
    assert_eq!(names, [(&json!("own"), &json!("admin")), (&json!("shop"), &json!("viewer"))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_project_takes_nothing_and_shows_nothing() {
    let app = TestApp::new().await;
    let other = app.another().await;
    let ann = app.user("ann").await;
    let (shop, blog) = (ann.project("shop").await, ann.project("blog").await);
    let secret = shop.secret_key().await;
    shop.ingest(&event("a")).await;
    blog.ingest(&event("a")).await;
    ann.delete(&shop.path("")).await.expect_status(204).await;

    shop.send(&event("b")).await.expect_error(401, "invalid_key").await;
    for app in [&app, &other] {
        let reader = crate::app::Client { token: Some(secret.clone()), ..app.anyone() };
        reader.get("/events").await.expect_error(401, "invalid_key").await;
    }
    for path in ["", "/events", "/keys", "/names", "/usage"] {
        ann.get(&shop.path(path)).await.expect_error(404, "not_found").await;
    }
    ann.delete(&shop.path("")).await.expect_error(404, "not_found").await;
    let left = ann.get("/api/projects").await.expect_status(200).await;
    assert_eq!(
        (left["items"].as_array().map(Vec::len), &left["items"][0]["name"]),
        (Some(1), &json!("blog"))
    );
    assert_eq!(blog.events("").await.len(), 1, "the neighbour is as before");
    blog.ingest(&event("b")).await;
}
