//! What came in, and what was refused and why.

use serde_json::{Value, json};

use crate::app::{Answer, Project, TestApp, error, event, eventually};

async fn rejections(project: &Project) -> Vec<Value> {
    let list = project.owner.get(&project.path("/rejections")).await.expect_status(200).await;
    list["items"].as_array().expect("items").clone()
}

/// Today's counts, once they are there: accepted, duplicates, rejected.
async fn usage_becomes(project: &Project, expected: [i64; 3]) {
    let today = pulseboard_core::now().date_naive();
    eventually(&format!("usage {expected:?}"), async || {
        let list = project.owner.get(&project.path("/usage?days=2")).await.expect_status(200).await;
        let days = list["items"].as_array().expect("items");
        let sum = |name: &str| days.iter().filter_map(|day| day[name].as_i64()).sum::<i64>();
        let newest = days.last().and_then(|day| day["day"].as_str()?.parse::<chrono::NaiveDate>().ok());
        let found = [sum("accepted"), sum("duplicates"), sum("rejected")];
        assert!(found.iter().zip(expected).all(|(found, expected)| *found <= expected), "{found:?}");
        (newest >= Some(today) && found == expected).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_counts_what_came_and_rejections_say_what_was_refused_and_why() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let quiet = ann.project("quiet").await;
    let once = json!({"type": "event", "name": "a", "id": uuid::Uuid::now_v7()});
    shop.ingest(&json!([once, error("b"), {"type": "nonsense", "name": "c"}])).await;
    shop.ingest(&once).await;
    shop.send(&json!({"type": "metric", "name": "d"})).await.expect_status(400).await;
    let raw = |key: &str, body: &str, origin: Option<&str>| {
        let request = ann.http.post(format!("{}/ingest", app.base)).bearer_auth(key).body(body.to_owned());
        let request = request.header("content-type", "application/json");
        Answer::of(match origin {
            Some(origin) => request.header("origin", origin),
            None => request,
        })
    };
    raw(&shop.key, "{\"type\": ", None).await.expect_error(400, "malformed_json").await;
    let body = json!({"kind": "public", "name": "web", "origins": ["https://shop.example"]});
    let web = ann.post(&shop.path("/keys"), &body).await.expect_status(201).await;
    let web_key = web["key"].as_str().expect("a key");
    raw(web_key, "{}", Some("https://evil.example")).await.expect_error(403, "origin_not_allowed").await;
    let id = web["id"].as_str().expect("an id");
    ann.delete(&shop.path(&format!("/keys/{id}"))).await.expect_status(204).await;
    raw(web_key, &event("late").to_string(), None).await.expect_error(401, "invalid_key").await;

    usage_becomes(&shop, [2, 1, 5]).await;
    let list = eventually("five rejections", async || {
        let list = rejections(&shop).await;
        (list.len() == 5).then_some(list)
    })
    .await;
    let find = |code: &str| {
        let found: Vec<_> = list.iter().filter(|one| one["code"] == code).collect();
        assert_eq!(found.len(), 1, "{code}: {list:?}");
        found[0].clone()
    };
    for (code, status, message, sample, key) in [
        ("invalid_type", 202, "\"type\"", "nonsense", shop.key.as_str()),
        ("missing_value", 400, "\"value\"", "metric", &shop.key),
        ("malformed_json", 400, "line 1", "{\"type\": ", &shop.key),
        ("origin_not_allowed", 403, "https://evil.example", "{}", web_key),
        ("invalid_key", 401, "revoked", "late", web_key),
    ] {
        let one = find(code);
        assert_eq!(one["status"], status, "{one}");
        assert!(one["message"].as_str().is_some_and(|text| text.contains(message)), "{one}");
        assert!(one["sample"].as_str().is_some_and(|text| text.contains(sample)), "{one}");
        assert_eq!(one["key_last4"], key[key.len() - 4..], "{one}");
    }
    let times: Vec<_> = list.iter().map(|one| one["at"].as_str().expect("a time")).collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "newest first: {times:?}");
    let after =
        ann.get(&shop.path(&format!("/rejections?since={}", times[0]))).await.expect_status(200).await;
    assert_eq!(after["items"], json!([]), "after the newest there is none");
    let one = ann.get(&shop.path("/rejections?limit=1")).await.expect_status(200).await;
    assert_eq!(one["items"][0], list[0]);
    assert_eq!(rejections(&quiet).await, Vec::<Value>::new());
    for bad in ["/usage?days=0", "/usage?days=366", "/rejections?limit=x", "/rejections?since=yesterday"] {
        ann.get(&shop.path(bad)).await.expect_error(400, "invalid_query").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_a_project_loses_nobody_elses_counts() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let blog = ann.project("blog").await;
    for round in 1..=3 {
        let shop = ann.project("shop").await;
        // Both are noted within the second in which the shop goes.
        blog.ingest(&event("a")).await;
        blog.send(&json!({"type": "nonsense", "name": "b"})).await.expect_status(400).await;
        shop.send(&json!({"type": "nonsense", "name": "b"})).await.expect_status(400).await;
        ann.delete(&shop.path("")).await.expect_status(204).await;
        usage_becomes(&blog, [round, 0, round]).await;
        let kept = eventually("the rejection is kept", async || {
            let list = rejections(&blog).await;
            (list.len() == round as usize).then_some(list)
        })
        .await;
        assert_eq!(kept[0]["code"], "invalid_type");
    }
}
