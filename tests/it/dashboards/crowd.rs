//! Many at the same time: versions without holes, and a log that leads to what the rows say.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Board, op, stat, text};
use crate::app::{TestApp, User};
use crate::database;

/// What a log comes to, by the plainest reading of its rules.
fn fold(log: &[Value]) -> (Value, BTreeMap<String, Value>) {
    let (mut board, mut panels): (Value, BTreeMap<String, Value>) = (json!({}), BTreeMap::new());
    for op in log {
        let (target, field, value) = (text(&op["target"]), text(&op["field"]), op["value"].clone());
        match (target.as_str(), field.as_str()) {
            ("dashboard", "layout") => {
                for (id, place) in value.as_object().expect("places") {
                    let panel = panels.get_mut(id).and_then(Value::as_object_mut).expect("a panel");
                    panel.extend(place.as_object().expect("a place").clone());
                }
            }
            ("dashboard", _) => board[field] = value,
            (_, "panel") => drop(panels.insert(target, value)),
            (_, "layout") => {
                let panel = panels.get_mut(&target).and_then(Value::as_object_mut).expect("a panel");
                panel.extend(value.as_object().expect("a place").clone());
            }
            _ => {
                let panel = panels.get_mut(&target).expect("a panel");
                match field.strip_prefix("options.") {
                    Some(key) if value.is_null() => {
                        panel["options"].as_object_mut().expect("options").remove(key);
                    }
                    Some(key) => panel["options"][key] = value,
                    None => panel[field] = value,
                }
            }
        }
    }
    panels.retain(|_, panel| panel["deleted"] != true);
    panels.values_mut().for_each(|panel| drop(panel.as_object_mut().expect("a panel").remove("deleted")));
    (board, panels)
}

/// A change that depends on who and when alone, so that a failure can be played again.
fn change(panels: &[String], n: usize) -> Value {
    let panel = &panels[n % panels.len()];
    match n % 7 {
        0 => op(panel, "title", json!(format!("title {n}"))),
        1 => op(
            panel,
            "layout",
            json!({"position_x": n % 6, "position_y": n, "width": 1 + n % 6, "height": 2}),
        ),
        2 => op(panel, "options.decimals", if n.is_multiple_of(3) { Value::Null } else { json!(n % 5) }),
        3 => op("dashboard", "name", json!(format!("name {n}"))),
        4 => op("dashboard", "layout", json!({panel: {"height": 1 + n % 9}, Uuid::now_v7().to_string(): {}})),
        5 => op(&Uuid::now_v7().to_string(), "panel", stat(&format!("new {n}"))),
        _ => op(panel, "deleted", json!(n.is_multiple_of(2))),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crowd_does_has_one_order() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let board = Board::new(&shop, "Production").await;
    let panels = vec![board.panel("a").await, board.panel("b").await, board.panel("c").await];
    let mut crowd: Vec<User> = vec![ann.clone()];
    for name in ["bob", "cy", "dee"] {
        crowd.push(ann.colleague(&app, name, "editor").await);
    }
    let edits = crowd.iter().enumerate().map(|(who, person)| {
        let (board, panels) = (board.by(person), panels.clone());
        async move {
            for n in 0..25 {
                let ops = json!({"ops": [change(&panels, n * 4 + who)]});
                let answer = board.owner.post(&board.path("/ops"), &ops).await;
                let status = answer.status().as_u16();
                assert!(matches!(status, 200 | 409), "{status}: {}", answer.json().await);
            }
        }
    });
    join_all(edits).await;

    let (log, shown) = (board.log().await, board.show().await);
    let seqs: Vec<i64> = log.iter().map(|op| op["seq"].as_i64().expect("a number")).collect();
    let version = shown["version"].as_i64().expect("a version");
    assert_eq!(seqs, (1..=version).collect::<Vec<_>>(), "no holes");
    assert!(version > 60, "{version}");
    let (about, folded) = fold(&log);
    assert_eq!(about["name"], shown["name"]);
    let rows: BTreeMap<String, Value> = shown["panels"]
        .as_array()
        .expect("panels")
        .iter()
        .map(|panel| {
            let (id, mut panel) = (text(&panel["id"]), panel.clone());
            for more in ["id", "dashboard_id", "created_at", "updated_at"] {
                panel.as_object_mut().expect("a panel").remove(more);
            }
            (id, panel)
        })
        .collect();
    assert_eq!(json!(folded).to_string(), json!(rows).to_string(), "the log is the state");
    // And so says the log as the server folds it: going back to now is no change.
    let answer = board.owner.post(&board.path("/restore"), &json!({ "version": version })).await;
    assert_eq!(answer.expect_status(200).await, json!({"ops": [], "version": version}));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_operation_from_many_lines_is_done_once() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let board = Board::new(&shop, "Production").await;
    let panel = Uuid::now_v7().to_string();
    let body = json!({"ops": [op(&panel, "panel", stat("once")), op(&panel, "title", json!("twice"))]});
    let path = board.path("/ops");
    let answers = join_all((0..8).map(|_| board.owner.post(&path, &body))).await;
    let mut told = Vec::new();
    for answer in answers {
        told.push(answer.expect_status(200).await);
    }
    assert!(told.iter().all(|answer| *answer == told[0]), "{told:?}");
    assert_eq!(board.show().await["version"], 3);
    let rows = format!("select count(*) as number from dashboard_ops where dashboard_id = '{}'", board.id);
    assert_eq!(database::number(&app, &rows).await, 3);
}
