//! The past, played through the same frames.

use serde_json::json;

use super::board::{Board, Feed, ago, dashboard, panel};
use crate::app::TestApp;

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
