//! Clearing a project: at once out of sight, and life goes on.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{get, iso};
use crate::app::{Project, TestApp, error, event, metric};

/// What every reading route shows, as how many.
async fn visible(shop: &Project) -> Vec<(&'static str, i64)> {
    let (from, to) =
        (pulseboard_core::now() - TimeDelta::hours(1), pulseboard_core::now() + TimeDelta::minutes(1));
    let span = format!("from={}&to={}", iso(from), iso(to));
    let length = |list: &Value| list["items"].as_array().expect("items").len() as i64;
    let sum = |histogram: &Value| {
        let items = histogram["items"].as_array().expect("items").clone();
        let kinds = |item: &Value| {
            ["error", "event", "metric"].iter().filter_map(|kind| item[kind].as_i64()).sum::<i64>()
        };
        items.iter().map(kinds).sum::<i64>()
    };
    let query = json!({"series": {"name": "fps"}, "aggregate": "count", "from": iso(from), "to": iso(to)});
    let lines = shop.owner.post(&shop.path("/series/query"), &query).await.expect_status(200).await;
    let query = json!({"events": {}, "from": iso(from), "to": iso(to)});
    let counts = shop.owner.post(&shop.path("/series/query"), &query).await.expect_status(200).await;
    let points = counts["series"][0]["points"].as_array().expect("points");
    let projects = shop.owner.get("/api/projects").await.expect_status(200).await;
    vec![
        ("list", length(&get(shop, "/events").await)),
        ("names", length(&get(shop, "/names").await)),
        ("series", length(&get(shop, "/series").await)),
        ("histogram", sum(&get(shop, &format!("/events/histogram?{span}")).await)),
        ("searched histogram", sum(&get(shop, &format!("/events/histogram?{span}&q=o")).await)),
        (
            "overview",
            get(shop, &format!("/overview?{span}")).await["current"]["events"].as_i64().expect("a count"),
        ),
        ("lines", lines["series"].as_array().expect("lines").len() as i64),
        ("counts", points.iter().filter_map(|point| point[1].as_f64()).sum::<f64>() as i64),
        ("summary", projects["items"][0]["summary"]["events_24h"].as_i64().expect("a count")),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn clearing_hides_everything_at_once_and_new_events_appear() {
    let app = TestApp::new().await;
    let other = app.another().await;
    let shop = app.user("ann").await.project("shop").await;
    let reader = crate::app::Client { token: Some(shop.secret_key().await), ..app.anyone() };
    let kept = json!({"type": "error", "name": "Boom", "id": uuid::Uuid::new_v4(), "timestamp": iso(pulseboard_core::now())});
    shop.ingest(&json!([kept, event("one"), metric("fps", 60.0)])).await;
    let before: Vec<_> = visible(&shop).await.into_iter().map(|(_, count)| count).collect();
    assert_eq!(before, [3, 3, 1, 3, 2, 3, 1, 3, 3]);
    let path = shop.path(&format!("/events/{}", kept["id"].as_str().expect("an id")));
    shop.owner.get(&path).await.expect_status(200).await;

    assert_eq!(shop.owner.delete(&shop.path("/events")).await.expect_status(202).await, json!({}));
    for base in [&app.base, &other.base] {
        let mut there = shop.clone();
        there.owner.client.base = base.clone();
        let after = visible(&there).await;
        assert!(after.iter().all(|(_, count)| *count == 0), "{after:?}");
    }
    shop.owner.get(&path).await.expect_error(404, "not_found").await;
    assert_eq!(reader.get("/events").await.expect_status(200).await["items"], json!([]));

    // What was cleared may come again: it is not there any more.
    let again = shop.ingest(&json!([kept, error("Boom")])).await;
    assert_eq!((&again["accepted"], &again["duplicates"]), (&json!(2), &json!(0)));
    assert_eq!(shop.events("").await.len(), 2);
    assert_eq!(get(&shop, "/names").await["items"][0]["count"], 2);
    shop.owner.delete(&shop.path("/events")).await.expect_status(202).await;
    shop.owner.delete(&shop.path("/events")).await.expect_status(202).await;
    assert_eq!(shop.events("").await, Vec::<Value>::new(), "as often as one likes");
}

#[tokio::test(flavor = "multi_thread")]
async fn clearing_while_events_arrive_loses_none_that_came_after() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let writer = {
        let shop = shop.clone();
        tokio::spawn(async move {
            for n in 0..300 {
                shop.ingest(&event(&format!("n{n}"))).await;
            }
        })
    };
    let mut clears = 0;
    while !writer.is_finished() {
        shop.owner.delete(&shop.path("/events")).await.expect_status(202).await;
        clears += 1;
    }
    shop.ingest(&event("after")).await;
    writer.await.expect("every event was accepted");
    let names = super::texts(&shop.events("?limit=1000").await, "name");
    let left = |n: &i32| names.contains(&format!("n{n}"));
    // From the first that is left, all are left.
    let missing: Vec<_> = (0..300).skip_while(|n| !left(n)).filter(|n| !left(n)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(names.contains(&"after".to_owned()));
    eprintln!("cleared {clears} times while 300 events came");
    assert!(clears > 5, "{clears}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_may_clear_at_the_same_moment() {
    let app = TestApp::new().await;
    let other = app.another().await;
    let shop = app.user("ann").await.project("shop").await;
    shop.ingest(&event("old")).await;
    let clears: Vec<_> = (0..8)
        .map(|n| {
            let mut ann = shop.owner.clone();
            ann.client.base = if n % 2 == 0 { app.base.clone() } else { other.base.clone() };
            let path = shop.path("/events");
            tokio::spawn(async move { ann.delete(&path).await })
        })
        .collect();
    for clear in clears {
        clear.await.expect("answers").expect_status(202).await;
    }
    assert_eq!(shop.events("").await, Vec::<Value>::new());
    shop.ingest(&event("new")).await;
    assert_eq!(shop.events("").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_cursor_stays_valid_across_clearing() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    shop.ingest(&json!([event("old"), event("older")])).await;
    let mut socket = crate::live::client::Socket::open(&shop, "&since=0-0").await;
    assert_eq!(socket.events(2).await.len(), 2);
    shop.ingest(&event("seen")).await;
    let (_, cursor) = socket.frame_of_events().await;
    shop.owner.delete(&shop.path("/events")).await.expect_status(202).await;
    shop.ingest(&event("new")).await;
    // Who stayed and who comes back with an old cursor both see what is new, and only that.
    assert_eq!(socket.names(1).await, ["new"]);
    let mut back = crate::live::client::Socket::open(&shop, &format!("&since={cursor}")).await;
    assert_eq!(back.names(1).await, ["new"]);
}
