//! The browser and the server follow one rule: `web/test/board-ops.json` says what operations come to, and
//! both are held to it.

use serde_json::{Value, json};

use super::Board;
use crate::app::TestApp;

const FILE: &str = include_str!("../../../web/test/board-ops.json");

/// What is left of a dashboard without what is different each time.
fn content(shown: &Value) -> Value {
    let panel = |panel: &Value| {
        let mut panel = panel.clone();
        for field in ["dashboard_id", "created_at", "updated_at"] {
            panel.as_object_mut().expect("a panel").remove(field);
        }
        panel
    };
    let panels: Vec<Value> = shown["panels"].as_array().expect("panels").iter().map(panel).collect();
    json!({"name": shown["name"], "description": shown["description"], "variables": shown["variables"],
        "panels": panels})
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_does_what_the_browsers_example_says() {
    let example: Value = serde_json::from_str(FILE).expect("JSON");
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let board = Board::new(&shop, "Board").await;
    let (mut done, mut refused) = (0, 0);
    for op in example["ops"].as_array().expect("operations") {
        let answer = board.owner.post(&board.path("/ops"), &json!({"ops": [op]})).await;
        match answer.status().as_u16() {
            200 => done += 1,
            // The browser passes over what is done to panels that are not there.
            404 | 409 => refused += 1,
            status => panic!("{status}: {op}: {}", answer.json().await),
        }
    }
    assert_eq!(content(&board.show().await), example["board"]);
    assert!(done > 60 && refused > 20, "{done} done, {refused} refused");
}
