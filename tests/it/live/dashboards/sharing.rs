//! What readers share, and what they do not: one reading for all of a view, nothing across tenants.

use serde_json::json;
use uuid::Uuid;

use super::board::{Board, Feed, dashboard, metric, note, panel, sum};
use crate::app::{TestApp, event};

const READS: &str = r#"pulseboard_panel_queries_total{for="room"}"#;
const READERS: usize = 30;

#[tokio::test(flavor = "multi_thread")]
async fn many_readers_of_one_view_cost_what_one_costs() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let id = dashboard(&shop).await;
    let zoe = ann.colleague(&app, "zoe", "viewer").await;
    ann.put(&format!("/api/dashboards/{id}/star"), &json!({})).await.expect_status(204).await;
    let latency = json!([{"kind": "series", "name": "latency", "aggregate": "sum"}]);
    let shown = panel(&shop, &id, "timeseries", &latency).await;
    let mut boards = Vec::new();
    for n in 0..READERS {
        let who = if n % 2 == 0 { &ann } else { &zoe };
        let mut board = Board::open(who, &id).await;
        let seen = &board.snapshot["dashboard"];
        let (starred, role) = if n % 2 == 0 { (true, "admin") } else { (false, "viewer") };
        assert_eq!((&seen["starred"], &seen["role"]), (&json!(starred), &json!(role)), "each as they see it");
        board.watch("now-10m", "now").await;
        boards.push(board);
    }
    for board in &mut boards {
        board.until(&shown, |_| true).await;
    }
    assert_eq!(metric(&ann, "pulseboard_dashboard_rooms").await, 1);
    assert_eq!(metric(&ann, r#"pulseboard_dashboard_connections{kind="live"}"#).await, READERS as u64);
    let before = metric(&ann, READS).await;
    for n in 1..=3 {
        shop.ingest(&json!({"type": "metric", "name": "latency", "value": 10})).await;
        for board in &mut boards {
            board.until(&shown, |lines| sum(lines) == f64::from(n * 10)).await;
        }
    }
    let reads = metric(&ann, READS).await - before;
    println!("three events for {READERS} readers: {reads} readings");
    assert!((3..=6).contains(&reads), "{reads}");
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_ids_open_nothing() {
    let app = TestApp::new().await;
    let (ann, eve) = (app.user("ann").await, app.user("eve").await);
    let (hers, other) = (ann.project("hers").await, eve.project("other").await);
    let (id, foreign) = (dashboard(&hers).await, dashboard(&other).await);
    let secret = Feed::new(&app, &other, "secret").await;
    let source = json!([{"kind": "feed", "feed_id": secret.id}]);
    let (foreign_panel, foreign_note) =
        (panel(&other, &foreign, "stat", &source).await, note(&other, &foreign).await);
    let own = panel(&hers, &id, "stat", &json!([{"kind": "events"}])).await;
    let mut theirs = Board::open(&eve, &foreign).await;
    let mut board = Board::open(&ann, &id).await;
    secret.tick(&json!({"password": "swordfish"})).await;
    theirs.next("feed_update").await;

    let panels = json!([foreign_panel, foreign_note, own, Uuid::now_v7()]);
    board.send(&json!({"type": "watch", "from": "now-10m", "to": "now", "panels": panels})).await;
    let mut seen = Vec::new();
    board.send(&json!({"type": "command", "command": "refresh", "feed_id": secret.id})).await;
    let refused = board.next("command_result").await;
    assert_eq!((&refused["ok"], &refused["error"]["code"]), (&json!(false), &json!("not_found")));
    for (field, value) in [("title", json!("mine")), ("deleted", json!(true)), ("deleted", json!(false))] {
        let op = board.op(&foreign_note, field, value).await;
        let refused = board.next("op_refused").await;
        assert_eq!(refused["op_id"], json!(op), "{refused}");
        seen.push(refused.to_string());
    }
    let stolen = board.op(&own, "query", json!({"sources": source})).await;
    assert_eq!(board.next("op_refused").await["op_id"], json!(stolen));
    // An id is one's own in one's own org, whatever others have: nothing is learnt by trying.
    let place =
        json!({"type": "text", "title": "mine", "position_x": 0, "position_y": 0, "width": 1, "height": 1});
    board.op(&foreign_note, "panel", place).await;
    assert_eq!(board.next("widget:updated").await["op"]["value"]["title"], "mine");
    for _ in 0..3 {
        hers.ingest(&event("sale")).await;
        seen.push(board.next("panel_data").await.to_string());
    }
    for text in &seen {
        assert!(!text.contains("swordfish") && !text.contains(&foreign_panel), "{text}");
    }
    assert_eq!(board.panels.keys().collect::<Vec<_>>(), [&own]);
    let page = eve.get(&format!("/api/dashboards/{foreign}")).await.expect_status(200).await;
    assert_eq!(page["version"], theirs.version, "nothing was changed");
    assert!(page.to_string().contains(&foreign_note));
}
