//! The past, played through the same frames.

use serde_json::{Value, json};

use super::board::{Board, Feed, ago, dashboard, note, panel};
use crate::app::TestApp;
use crate::live::client::Closed;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_played_is_what_was() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let id = dashboard(&shop).await;
    let feed = Feed::new(&app, &shop, "host").await;
    let shown = panel(&shop, &id, "timeseries", &json!([{"kind": "feed", "feed_id": feed.id}])).await;
    let start = ago(300);
    for second in (0..290).step_by(10) {
        feed.tick_at(start + chrono::TimeDelta::seconds(second), &json!({ "n": second })).await;
    }
    let mut board = Board::open_with(&shop.owner, &id, "&at=now-200s&speed=100").await;
    let key = feed.id.to_string();
    let latest = board.snapshot["feeds"][&key]["payload"]["n"].as_i64().expect("a number");
    assert!((90..=110).contains(&latest), "{latest}");
    board.watch("now-15m", "now").await;
    let (mut told, mut clock, mut playing) = (vec![latest], 0, true);
    while playing {
        let frame = board.frame().await;
        match frame["type"].as_str() {
            Some("feed_update") => {
                let n = frame["payload"]["n"].as_i64().expect("a number");
                let ts: chrono::DateTime<chrono::Utc> =
                    frame["ts"].as_str().expect("a time").parse().expect("a time");
                assert_eq!((ts - start).num_seconds(), n, "{frame}");
                told.push(n);
            }
            Some("clock") => {
                let now = frame["now"].as_i64().expect("a time");
                assert!(now >= clock, "time goes on");
                clock = now;
                playing = frame["playing"] == true;
            }
            Some("panel_data") => {
                let to = frame["data"]["to"].as_i64().expect("a time");
                assert!(to <= chrono::Utc::now().timestamp_millis());
            }
            _ => {}
        }
    }
    assert!(told.is_sorted() && told.len() >= 3, "{told:?}");
    assert_eq!(told.last(), Some(&280), "{told:?}");
    board.until(&shown, |lines| lines.values().any(|points| points.len() == 29)).await;

    board.send(&json!({"type": "playback", "at": "now-250s", "speed": 1, "playing": false})).await;
    let again = board.next("snapshot").await;
    let then = again["feeds"][&key]["payload"]["n"].as_i64().expect("a number");
    assert!((40..=60).contains(&then), "{then}");
    let stands = board.next("clock").await;
    assert_eq!((&stands["playing"], &stands["speed"]), (&json!(false), &json!(1.0)));
    board.op("dashboard", "name", json!("history")).await;
    assert_eq!(board.next("op_refused").await["error"]["code"], "forbidden");
}

/// Reads until the clock shows what was asked for.
async fn clock(board: &mut Board, wanted: impl Fn(&Value) -> bool) -> i64 {
    loop {
        let frame = board.next("clock").await;
        if wanted(&frame) {
            return frame["now"].as_i64().expect("a time");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_playback_stands_goes_on_and_jumps() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let id = dashboard(&shop).await;
    let feed = Feed::new(&app, &shop, "host").await;
    let shown = panel(&shop, &id, "timeseries", &json!([{"kind": "feed", "feed_id": feed.id}])).await;
    let start = ago(600);
    for second in (0..600).step_by(10) {
        feed.tick_at(start + chrono::TimeDelta::seconds(second), &json!({ "n": second })).await;
    }
    let mut board = Board::open_with(&shop.owner, &id, "&at=now-500s&speed=10").await;
    board.watch("now-10m", "now").await;
    board.until(&shown, |lines| lines.values().any(|points| points.len() >= 9)).await;
    board.send(&json!({"type": "playback", "playing": false})).await;
    let stood = clock(&mut board, |clock| clock["playing"] == false).await;
    // However often they are pressed, the last of each counts.
    for seconds in 100..300 {
        board.send(&json!({"type": "playback", "at": format!("now-{seconds}s")})).await;
    }
    for speed in [json!(0), json!(-1), json!(3601), json!(60)] {
        board.send(&json!({"type": "playback", "speed": speed})).await;
    }
    let jumped = clock(&mut board, |clock| clock["speed"] == 60.0 && clock["now"] != stood).await;
    let expected = ago(299).timestamp_millis();
    let now = clock_at(&mut board, jumped, expected).await;
    assert!((now - expected).abs() < 20_000, "{now} {expected}");
    // What is to come is not shown yet.
    let most = f64::from(600 - 299 + 20);
    board.panels.clear();
    board.watch("now-15m", "now").await;
    board.until(&shown, |lines| !lines.is_empty()).await;
    let newest =
        board.panels[&shown].values().flat_map(|points| points.values()).fold(0.0, |a: f64, b| a.max(*b));
    assert!(newest <= most, "{newest}");
    board.send(&json!({"type": "playback", "playing": true, "speed": 3600})).await;
    let ended = clock(&mut board, |clock| clock["playing"] == false && clock["now"] != now).await;
    assert!((ended - chrono::Utc::now().timestamp_millis()).abs() < 20_000, "the end of the past is now");
    board.until(&shown, |lines| lines.values().any(|points| points.len() == 60)).await;
}

/// Seeks are told one after the other while they come in faster than they are done: the last of them.
async fn clock_at(board: &mut Board, first: i64, expected: i64) -> i64 {
    let mut now = first;
    while (now - expected).abs() >= 20_000 {
        now = board.next("clock").await["now"].as_i64().expect("a time");
    }
    now
}

#[tokio::test(flavor = "multi_thread")]
async fn a_playback_is_told_that_the_dashboard_has_changed_and_that_it_is_gone() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let id = dashboard(&shop).await;
    let mut board = Board::open_with(&shop.owner, &id, "&at=now-1h").await;
    board.send(&json!({"type": "playback", "playing": false})).await;
    let made = note(&shop, &id).await;
    let again = board.next("snapshot").await;
    assert_eq!(again["dashboard"]["panels"][0]["id"], json!(made));
    let refresh = json!({"type": "command", "command": "refresh", "feed_id": uuid::Uuid::now_v7()});
    board.send(&refresh).await;
    let result = board.next("command_result").await;
    assert_eq!((&result["ok"], &result["error"]["code"]), (&json!(false), &json!("forbidden")));
    shop.owner.delete(&format!("/api/dashboards/{id}")).await.expect_status(204).await;
    board.next("deleted").await;
    assert_eq!(board.closed().await, Closed::With(4404));
}
