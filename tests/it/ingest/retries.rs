//! Sent twice counts once, whatever the id looks like.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{names, shop};
use crate::app::{Project, TestApp};

/// `(accepted, duplicates)` of an answer that rejected nothing.
async fn send(shop: &Project, body: &Value) -> (u64, u64) {
    let answer = shop.ingest(body).await;
    assert_eq!(answer["rejected"], json!([]));
    (answer["accepted"].as_u64().expect("a count"), answer["duplicates"].as_u64().expect("a count"))
}

/// Events counted by the rollups that charts are drawn from.
async fn counted(shop: &Project) -> i64 {
    let from = (Utc::now() - TimeDelta::hours(3)).format("%Y-%m-%dT%H:%M:%SZ");
    let to = (Utc::now() + TimeDelta::hours(1)).format("%Y-%m-%dT%H:%M:%SZ");
    let path = shop.path(&format!("/events/histogram?from={from}&to={to}&bucket=60"));
    let histogram = shop.owner.get(&path).await.expect_status(200).await;
    let count = |bucket: &Value| ["error", "event", "metric"].map(|kind| bucket[kind].as_i64().expect(kind));
    histogram["items"].as_array().expect("buckets").iter().flat_map(count).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_counts_once_whatever_its_id_and_time() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let now = Utc::now();
    let of = |name: &str, id: Uuid| json!({"type": "event", "name": name, "id": id});
    let timed = |name: &str, id: Uuid, ts: chrono::DateTime<Utc>| json!({"type": "event", "name": name, "id": id, "timestamp": ts});
    let bodies = [
        timed("v4 and a time", Uuid::new_v4(), now),
        timed("v7 and a time", Uuid::now_v7(), now - TimeDelta::hours(1)),
        of("v4", Uuid::new_v4()),
        of("v7", Uuid::now_v7()),
        timed("clamped", Uuid::new_v4(), now + TimeDelta::hours(7)),
        timed("clamped v7", Uuid::now_v7(), now + TimeDelta::days(400)),
        // A v7 whose own time is far away must not decide where the event is filed.
        of("v7 of 2001", Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 1_000_000_000, 0))),
        of("v7 of 2100", Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, 4_102_444_800, 0))),
        of("all ones", Uuid::max()),
    ];
    for body in &bodies {
        assert_eq!(send(&shop, body).await, (1, 0), "{body}");
        let again = shop.ingest(body).await;
        assert_eq!((&again["accepted"], &again["duplicates"]), (&json!(0), &json!(1)), "{body}");
        assert_eq!(again["id"], body["id"], "a retry learns the same id");
        assert_eq!(send(&shop, &json!([body, body])).await, (0, 2), "{body}");
    }
    assert_eq!(names(&shop).await.len(), bodies.len());
    assert_eq!(counted(&shop).await, bodies.len() as i64);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_twice_in_one_batch_is_one_event() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let now = Utc::now();
    for (name, id) in [("v4", Uuid::new_v4()), ("v7", Uuid::now_v7())] {
        let first = json!({"type": "metric", "name": name, "id": id, "value": 1});
        let second = json!({"type": "metric", "name": name, "id": id, "value": 2});
        assert_eq!(send(&shop, &json!([first, second, first])).await, (1, 2), "{name}");
    }
    let timed =
        json!({"type": "metric", "name": "timed", "id": Uuid::new_v4(), "timestamp": now, "value": 1});
    assert_eq!(send(&shop, &json!([timed, timed])).await, (1, 1));
    let clamped = json!({"type": "metric", "name": "clamped", "id": Uuid::new_v4(), "timestamp": now + TimeDelta::days(1), "value": 1});
    assert_eq!(send(&shop, &json!([clamped, clamped])).await, (1, 1));
    assert_eq!(names(&shop).await, ["clamped", "timed", "v4", "v7"]);
    assert_eq!(counted(&shop).await, 4);
    // The first of them counts, in the samples as well.
    let events = shop.events("").await;
    assert!(events.iter().all(|event| event["value"] == json!(1.0)), "{events:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_retries_at_once_are_one_event_each() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let batch: Vec<Value> = (0..20)
        .map(|n| {
            let id = if n % 2 == 0 { Uuid::new_v4() } else { Uuid::now_v7() };
            let mut event = json!({"type": "event", "name": format!("e{n}"), "id": id});
            if n % 3 == 0 {
                event["timestamp"] = json!(Utc::now());
            }
            event
        })
        .collect();
    let batch = json!(batch);
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (shop, batch) = (shop.clone(), batch.clone());
        sending.spawn(async move { send(&shop, &batch).await });
    }
    let (mut accepted, mut duplicates) = (0, 0);
    while let Some(done) = sending.join_next().await {
        let (a, d) = done.expect("answered");
        accepted += a;
        duplicates += d;
    }
    assert_eq!((accepted, duplicates), (20, 300));
    assert_eq!(names(&shop).await.len(), 20);
    assert_eq!(counted(&shop).await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_in_two_projects_is_two_events() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let other = shop.owner.project("other").await;
    let body = json!({"type": "event", "name": "a", "id": Uuid::new_v4()});
    assert_eq!(send(&shop, &body).await, (1, 0));
    assert_eq!(send(&other, &body).await, (1, 0));
    assert_eq!((names(&shop).await.len(), names(&other).await.len()), (1, 1));
}
