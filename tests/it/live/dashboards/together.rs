//! Several people on one dashboard: each sees what the others do, and nobody does what they may not.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use super::board::{Board, Feed, dashboard, panel};
use crate::app::TestApp;
use crate::live::client::Closed;

fn text_panel() -> Value {
    json!({"type": "text", "title": "Notes", "position_x": 0, "position_y": 0, "width": 4, "height": 2})
}

#[tokio::test(flavor = "multi_thread")]
async fn everyone_sees_an_operation_once_and_in_order() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let bob = ann.colleague(&app, "bob", "editor").await;
    let shop = ann.project("shop").await;
    let id = dashboard(&shop).await;
    let (mut hers, mut his) = (Board::open(&ann, &id).await, Board::open(&bob, &id).await);
    assert_eq!(hers.snapshot["dashboard"]["role"], "admin");
    assert_eq!(his.snapshot["dashboard"]["role"], "editor");

    let notes = Uuid::now_v7().to_string();
    let asked = Instant::now();
    let made = hers.op(&notes, "panel", text_panel()).await;
    let seen = his.next("widget:updated").await;
    let after = asked.elapsed();
    assert_eq!((&seen["op"]["op_id"], &seen["op"]["actor"]["name"]), (&json!(made), &json!("ann")));
    assert!(after < Duration::from_secs(1), "{after:?}");
    assert_eq!(hers.next("widget:updated").await["op"], seen["op"]);

    for n in 0..20 {
        hers.op(&notes, "title", json!(format!("hers {n}"))).await;
        his.op("dashboard", "name", json!(format!("his {n}"))).await;
    }
    let mut seqs = Vec::new();
    for board in [&mut hers, &mut his] {
        let mut seen = Vec::new();
        while seen.len() < 40 {
            let frame = board.frame().await;
            seen.extend(frame["op"]["seq"].as_i64());
        }
        seqs.push(seen);
    }
    assert_eq!(seqs[0], seqs[1]);
    assert_eq!(seqs[0], (seqs[0][0]..seqs[0][0] + 40).collect::<Vec<_>>());
    // By REST as well.
    let path = format!("/api/panels/{notes}");
    ann.patch(&path, &json!({"title": "by REST"})).await.expect_status(200).await;
    assert_eq!(his.next("widget:updated").await["op"]["value"], "by REST");
    println!("a colleague saw an operation after {after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_before_is_answered_and_what_may_not_be_done_is_refused() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let zoe = ann.colleague(&app, "zoe", "viewer").await;
    let shop = ann.project("shop").await;
    let id = dashboard(&shop).await;
    let mut hers = Board::open(&ann, &id).await;
    let op = json!({"op_id": Uuid::now_v7(), "target": "dashboard", "field": "name", "value": "Shop"});
    let frame = json!({"type": "dashboard:updated", "op": op});
    hers.send(&frame).await;
    let first = hers.next("dashboard:updated").await;
    hers.send(&frame).await;
    assert_eq!(hers.next("dashboard:updated").await, first, "the same again");

    let notes = Uuid::now_v7().to_string();
    hers.op(&notes, "panel", text_panel()).await;
    hers.op(&notes, "deleted", json!(true)).await;
    let late = hers.op(&notes, "title", json!("too late")).await;
    let refused = hers.next("op_refused").await;
    assert_eq!((&refused["op_id"], &refused["error"]["code"]), (&json!(late), &json!("panel_deleted")));
    let wrong = hers.op("dashboard", "name", json!(7)).await;
    let refused = hers.next("op_refused").await;
    assert_eq!((&refused["op_id"], &refused["error"]["code"]), (&json!(wrong), &json!("invalid_field")));
    assert!(refused["error"]["fields"].is_object(), "{refused}");

    let mut reads = Board::open(&zoe, &id).await;
    let hers_not = reads.op("dashboard", "name", json!("mine")).await;
    let refused = reads.next("op_refused").await;
    assert_eq!((&refused["op_id"], &refused["error"]["code"]), (&json!(hers_not), &json!("forbidden")));
    let feed = Feed::new(&app, &shop, "demo").await;
    let refresh = json!({"type": "command", "command": "refresh", "feed_id": feed.id});
    reads.send(&refresh).await;
    let result = reads.next("command_result").await;
    assert_eq!((&result["ok"], &result["error"]["code"]), (&json!(false), &json!("forbidden")));
    hers.send(&refresh).await;
    assert_eq!(hers.next("command_result").await["ok"], true);
    let other = json!({"type": "command", "command": "refresh", "feed_id": Uuid::now_v7()});
    hers.send(&other).await;
    assert_eq!(hers.next("command_result").await["error"]["code"], "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_of_this_dashboard_are_told_and_no_others() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let (id, other) = (dashboard(&shop).await, dashboard(&shop).await);
    let (one, two) = (Feed::new(&app, &shop, "one").await, Feed::new(&app, &shop, "two").await);
    one.tick(&json!({"n": 0})).await;
    let source = |feed: &Feed| json!([{"kind": "feed", "feed_id": feed.id}]);
    panel(&shop, &id, "stat", &source(&one)).await;
    panel(&shop, &other, "stat", &source(&two)).await;
    let mut board = Board::open(&shop.owner, &id).await;
    let key = one.id.to_string();
    assert_eq!(board.snapshot["feeds"][&key]["payload"], json!({"n": 0}), "{}", board.snapshot);
    assert_eq!(board.snapshot["history"][&key].as_array().map(Vec::len), Some(1));
    for n in 1..4 {
        two.tick(&json!({"n": -n})).await;
        one.tick(&json!({ "n": n })).await;
    }
    loop {
        let update = board.next("feed_update").await;
        assert_eq!(update["feed_id"], json!(one.id), "{update}");
        if update["payload"] == json!({"n": 3}) {
            break;
        }
    }
    // A panel brings its feed along.
    panel(&shop, &id, "stat", &source(&two)).await;
    let update = loop {
        let update = board.next("feed_update").await;
        if update["feed_id"] == json!(two.id) {
            break update;
        }
    };
    assert_eq!(update["payload"], json!({"n": -3}));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_removed_and_what_is_deleted_is_told_so() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let bob = ann.colleague(&app, "bob", "editor").await;
    let shop = ann.project("shop").await;
    let id = dashboard(&shop).await;
    let (mut hers, mut his) = (Board::open(&ann, &id).await, Board::open(&bob, &id).await);
    let path = format!("/api/orgs/{}/members/{}", ann.org, bob.id);
    ann.delete(&path).await.expect_status(204).await;
    let removed = Instant::now();
    assert_eq!(his.closed().await, Closed::With(4401));
    assert!(removed.elapsed() < Duration::from_secs(5), "{:?}", removed.elapsed());
    ann.delete(&format!("/api/dashboards/{id}")).await.expect_status(204).await;
    hers.next("deleted").await;
    assert_eq!(hers.closed().await, Closed::With(4404));
}
