//! What is strange, slow or broken harms nobody else.

use std::time::Duration;

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use super::board::{Board, dashboard, panel};
use crate::app::{TestApp, event};
use crate::live::client::{Closed, Socket, socket_error, ticket};

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_see_the_dashboard_gets_in() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let eve = app.user("eve").await;
    let shop = ann.project("shop").await;
    let id = dashboard(&shop).await;
    for base in ["/ws", "/api/ws"] {
        let path = |ticket: &str| format!("{base}/dashboards/{id}?ticket={ticket}");
        let refused = socket_error(&app.base, &path(&ticket(&eve).await), &[]).await;
        assert_eq!(refused, (404, "not_found".into()));
        assert_eq!(socket_error(&app.base, &path("nonsense"), &[]).await, (401, "invalid_ticket".into()));
    }
    let path = format!("/ws/dashboards/{id}?ticket={}", ticket(&ann).await);
    let origin = [("origin", "https://elsewhere.example")];
    assert_eq!(socket_error(&app.base, &path, &origin).await.0, 403);
    for (query, code) in [("at=tomorrow", 400), ("at=now-1h&speed=0", 400), ("at=now-1h&speed=x", 400)] {
        let path = format!("/ws/dashboards/{id}?ticket={}&{query}", ticket(&ann).await);
        assert_eq!(socket_error(&app.base, &path, &[]).await, (code, "invalid_query".into()), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_make_no_sense_are_passed_over_or_end_the_connection() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let id = dashboard(&shop).await;
    let mut board = Board::open(&shop.owner, &id).await;
    for text in [
        "",
        "{",
        "[]",
        "null",
        "7",
        r#"{"type":7}"#,
        r#"{"type":"presence","cursor":[1,2]}"#,
        r#"{"type":"command"}"#,
        r#"{"type":"command","command":"format","feed_id":"x"}"#,
        r#"{"type":"playback","at":7}"#,
        "\u{0}",
    ] {
        board.socket.send(text).await;
    }
    for op in [json!(null), json!(7), json!({}), json!({"op_id": "x"}), json!({"op_id": [], "target": {}})] {
        board.send(&json!({"type": "widget:updated", "op": op})).await;
        let refused = board.next("op_refused").await;
        assert_eq!(refused["error"]["code"], "invalid_field", "{refused}");
    }
    board.send(&json!({"type": "widget:updated"})).await;
    board.next("op_refused").await;
    let deep = "[".repeat(30_000);
    board.socket.send(&deep).await;
    board.op("dashboard", "name", json!("still here")).await;
    board.next("dashboard:updated").await;

    for (watch, code) in [
        (json!({"type": "watch"}), 1008),
        (json!({"type": "watch", "from": "now", "to": "now-1h"}), 1008),
        (json!({"type": "watch", "from": 1, "to": 2}), 1008),
        (json!({"type": "watch", "from": "now-1h", "to": "now", "points": 100_000}), 1008),
        (json!({"type": "watch", "from": "now-1h", "to": "now", "panels": ["x"]}), 1008),
        (json!({"type": "watch", "from": "now-1h", "to": "now", "filler": "x".repeat(70_000)}), 1009),
    ] {
        let mut board = Board::open(&shop.owner, &id).await;
        board.send(&watch).await;
        assert_eq!(board.closed().await, Closed::With(code));
    }
    let mut board = Board::open(&shop.owner, &id).await;
    board.socket.send_message(Message::binary(vec![1, 2, 3])).await;
    assert_eq!(board.closed().await, Closed::With(1003));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_bus_loses_is_found_in_postgres() {
    let app = TestApp::new().await;
    let deaf = app.another_without_bus().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let mut there = ann.clone();
    there.client.base = deaf.base.clone();
    let id = dashboard(&shop).await;
    let count = panel(&shop, &id, "stat", &json!([{"kind": "events", "name": "sale"}])).await;
    let mut board = Board::open(&there, &id).await;
    board.watch("now-10m", "now").await;
    board.until(&count, |_| true).await;
    shop.ingest(&json!([event("sale"), event("sale")])).await;
    let body = json!({"name": "Renamed"});
    ann.request(reqwest::Method::PUT, &format!("/api/dashboards/{id}"))
        .json(&body)
        .send()
        .await
        .expect("answers");
    assert_eq!(board.next("dashboard:updated").await["op"]["value"], "Renamed");
    board.until(&count, |lines| lines.values().flat_map(|points| points.values()).sum::<f64>() == 2.0).await;
    let notes = Uuid::now_v7().to_string();
    let made = board
        .op(
            &notes,
            "panel",
            json!({"type": "text", "title": "", "position_x": 0, "position_y": 9, "width": 1, "height": 1}),
        )
        .await;
    assert_eq!(board.next("widget:updated").await["op"]["op_id"], json!(made));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_has_stopped_reading_is_ended_and_others_go_on() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let id = dashboard(&shop).await;
    let mut board = Board::open(&shop.owner, &id).await;
    let path = format!("/ws/dashboards/{id}?ticket={}", ticket(&shop.owner).await);
    let mut frozen = Socket::open_narrow_at(&app.base, &path).await;
    assert_eq!(frozen.frame().await["type"], "snapshot");
    // More than the kernel holds for it: large operations, which are not coalesced.
    let filling = "x".repeat(30_000);
    let notes = Uuid::now_v7().to_string();
    let text =
        json!({"type": "text", "title": "", "position_x": 0, "position_y": 0, "width": 1, "height": 1});
    board.op(&notes, "panel", text).await;
    board.next("widget:updated").await;
    for n in 0..250 {
        eprintln!("op {n}");
        board.op(&notes, "options", json!({"text": format!("{n} {filling}")})).await;
        let f = board.frame().await;
        eprintln!("{}", f.to_string().chars().take(300).collect::<String>());
    }
    tokio::time::sleep(Duration::from_secs(16)).await;
    assert_eq!(frozen.closed().await, Closed::With(4408));
    board.op("dashboard", "name", json!("goes on")).await;
    board.next("dashboard:updated").await;
}
