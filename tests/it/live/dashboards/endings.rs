//! What is strange, slow or broken harms nobody else.

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use super::board::{Board, Feed, dashboard, metric, note, panel, rewrite, sum};
use crate::app::{TestApp, event, eventually};
use crate::live::client::{Closed, socket_error, ticket};

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
async fn a_watch_of_more_panels_than_there_can_be_ends_the_connection() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let id = dashboard(&shop).await;
    let watch = |count: usize| {
        let panels: Vec<Uuid> = (0..count).map(|_| Uuid::now_v7()).collect();
        json!({"type": "watch", "from": "now-1h", "to": "now", "panels": panels})
    };
    let mut board = Board::open(&shop.owner, &id).await;
    board.send(&watch(1600)).await;
    assert_eq!(board.closed().await, Closed::With(1008));
    let mut board = Board::open(&shop.owner, &id).await;
    // Ended by its header alone, so that the rest may find the connection closed.
    board.socket.try_send(&watch(1_000_000).to_string()).await;
    let closed = board.closed().await;
    assert!(matches!(closed, Closed::With(1009) | Closed::Abruptly), "{closed:?}");
    let mut board = Board::open(&shop.owner, &id).await;
    board.send(&watch(1000)).await;
    board.send(&json!({"type": "playback", "at": "now-1h", "speed": 60, "playing": true})).await;
    board.op("dashboard", "name", json!("still here")).await;
    board.next("dashboard:updated").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_has_stopped_reading_is_ended_and_others_go_on() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let id = dashboard(&shop).await;
    let notes = note(&shop, &id).await;
    let mut board = Board::open(&shop.owner, &id).await;
    let mut frozen = Board::open_narrow(&shop.owner, &id).await;
    // More than the kernel holds for it.
    for _ in 0..32 {
        rewrite(&shop, &id, &notes, 12, 19_000).await;
        for _ in 0..12 {
            board.next("widget:updated").await;
        }
    }
    eventually("it is noticed", async || {
        (metric(&shop.owner, "pulseboard_live_connections_ended").await == 1).then_some(())
    })
    .await;
    // On a slow machine its silence may be noticed before what it leaves unread.
    let closed = frozen.closed().await;
    assert!(matches!(closed, Closed::With(4408 | 1001)), "{closed:?}");
    board.op("dashboard", "name", json!("goes on")).await;
    board.next("dashboard:updated").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_too_slow_is_given_the_state_anew() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let id = dashboard(&shop).await;
    let notes = note(&shop, &id).await;
    let count = panel(&shop, &id, "stat", &json!([{"kind": "events", "name": "sale"}])).await;
    let mut slow = Board::open_narrow(&shop.owner, &id).await;
    slow.watch("now-10m", "now").await;
    slow.until(&count, |_| true).await;
    for _ in 0..20 {
        rewrite(&shop, &id, &notes, 12, 19_000).await;
    }
    // More frames than may wait behind what the kernel holds.
    for _ in 0..4 {
        rewrite(&shop, &id, &notes, 100, 10).await;
    }
    shop.ingest(&event("sale")).await;
    let again = slow.next("snapshot").await;
    let panels = again["dashboard"]["panels"].as_array().expect("panels");
    let text = panels.iter().find(|panel| panel["id"] == json!(notes)).map(|panel| &panel["options"]["text"]);
    assert_eq!(text, Some(&json!("00099xxxxxxxxxx")));
    slow.until(&count, |lines| sum(lines) == 1.0).await;
    let version = slow.version;
    slow.op("dashboard", "name", json!("goes on")).await;
    assert_eq!(slow.next("dashboard:updated").await["op"]["seq"], version + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_a_project_and_a_server_end_what_hangs_on_them() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let bob = ann.colleague(&app, "bob", "editor").await;
    let (shop, other) = (ann.project("shop").await, ann.project("other").await);
    let (id, gone) = (dashboard(&shop).await, dashboard(&other).await);
    let mut his = Board::open(&bob, &id).await;
    let mut hers = Board::open(&ann, &id).await;
    let mut past = Board::open_with(&ann, &id, "&at=now-1h").await;
    let mut theirs = Board::open(&ann, &gone).await;
    let mut theirs_past = Board::open_with(&ann, &gone, "&at=now-1h").await;
    bob.post("/api/auth/logout", &json!({})).await.expect_status(204).await;
    assert_eq!(his.closed().await, Closed::With(4401));
    ann.delete(&other.path("")).await.expect_status(204).await;
    assert_eq!(theirs.closed().await, Closed::With(4404));
    assert_eq!(theirs_past.closed().await, Closed::With(4404));
    app.server.stop().await;
    assert_eq!(hers.closed().await, Closed::With(1012));
    assert_eq!(past.closed().await, Closed::With(1012));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_is_given_what_happened_meanwhile() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let id = dashboard(&shop).await;
    let feed = Feed::new(&app, &shop, "host").await;
    panel(&shop, &id, "stat", &json!([{"kind": "feed", "feed_id": feed.id}])).await;
    feed.tick(&json!({"n": 0})).await;
    let before = Board::open(&shop.owner, &id).await;
    let (version, key) = (before.version, feed.id.to_string());
    // The lid is closed: nothing more is read, and nothing is said.
    drop(before);
    for n in 1..=5 {
        feed.tick(&json!({ "n": n })).await;
    }
    note(&shop, &id).await;
    let after = Board::open(&shop.owner, &id).await;
    assert_eq!(after.version, version + 1);
    let seen = after.snapshot["history"][&key].as_array().expect("ticks").iter();
    let seen: Vec<i64> = seen.filter_map(|tick| tick["payload"]["n"].as_i64()).collect();
    assert_eq!(seen, [0, 1, 2, 3, 4, 5]);
}
