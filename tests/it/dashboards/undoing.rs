//! Undo, redo and restoring, for each person their own.

use serde_json::{Value, json};

use super::{Board, op, text};
use crate::app::TestApp;

impl Board {
    async fn undo(&self) -> Value {
        self.owner.post(&self.path("/undo"), &json!({})).await.expect_status(200).await
    }

    async fn redo(&self) -> Value {
        self.owner.post(&self.path("/redo"), &json!({})).await.expect_status(200).await
    }

    async fn title(&self) -> String {
        text(&self.show().await["panels"][0]["title"])
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everyone_takes_back_their_own() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let bob = ann.colleague(&app, "bob", "editor").await;
    let shop = ann.project("shop").await;
    let anns = Board::new(&shop, "Production").await;
    let bobs = anns.by(&bob);
    // What the dashboard was made with stays.
    ann.post(&anns.path("/undo"), &json!({})).await.expect_error(409, "nothing_to_undo").await;

    let panel = anns.panel("CPU").await;
    anns.act(&panel, "title", json!("Load")).await;
    bobs.act("dashboard", "name", json!("Live")).await;
    let undone = anns.undo().await;
    assert_eq!((&undone["ops"][0]["undoes"], &undone["ops"][0]["value"]), (&json!(3), &json!("CPU")));
    assert_eq!((anns.title().await.as_str(), &anns.show().await["name"]), ("CPU", &json!("Live")));
    anns.undo().await;
    assert_eq!(anns.show().await["panels"], json!([]));
    ann.post(&anns.path("/undo"), &json!({})).await.expect_error(409, "nothing_to_undo").await;
    anns.redo().await;
    anns.redo().await;
    assert_eq!(anns.title().await, "Load");
    ann.post(&anns.path("/redo"), &json!({})).await.expect_error(409, "nothing_to_undo").await;
    anns.undo().await;
    // Something new: what was undone is not to be redone any more.
    anns.act(&panel, "options.unit", json!("ms")).await;
    ann.post(&anns.path("/redo"), &json!({})).await.expect_error(409, "nothing_to_undo").await;
    bobs.undo().await;
    assert_eq!(anns.show().await["name"], "Production");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_has_changed_since_is_theirs() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let bob = ann.colleague(&app, "bob", "editor").await;
    let shop = ann.project("shop").await;
    let anns = Board::new(&shop, "Production").await;
    let bobs = anns.by(&bob);
    let panel = anns.panel("CPU").await;
    anns.act(&panel, "title", json!("Anns")).await;
    bobs.act(&panel, "title", json!("Bobs")).await;
    let error = ann.post(&anns.path("/undo"), &json!({})).await.expect_error(409, "changed_since").await;
    assert_eq!(error["message"], "bob changed the panel \"Bobs\" since.");
    // Who takes it back leaves it as it was.
    bobs.undo().await;
    anns.undo().await;
    assert_eq!(anns.title().await, "CPU");

    anns.act(&panel, "options.unit", json!("ms")).await;
    bobs.act(&panel, "title", json!("Other")).await;
    anns.undo().await;
    assert_eq!(anns.show().await["panels"][0]["options"], json!({"unit": "%"}));
    anns.act(&panel, "width", json!(5)).await;
    bobs.act("dashboard", "layout", json!({&panel: {"width": 6}})).await;
    ann.post(&anns.path("/undo"), &json!({})).await.expect_error(409, "changed_since").await;
    bobs.act(&panel, "deleted", json!(true)).await;
    let error = ann.post(&anns.path("/undo"), &json!({})).await.expect_error(409, "changed_since").await;
    assert_eq!(error["message"], "bob deleted the panel \"Other\" since.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_undone_as_one() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let board = Board::new(&shop, "Production").await;
    let panel = board.panel("CPU").await;
    let before = board.show().await;
    board
        .act_all(vec![
            op(&panel, "title", json!("one")),
            op(&panel, "title", json!("two")),
            op("dashboard", "name", json!("New")),
            op(&panel, "deleted", json!(true)),
        ])
        .await;
    let undone = board.undo().await;
    assert_eq!(undone["ops"].as_array().map(Vec::len), Some(4));
    let after = board.show().await;
    assert_eq!((&after["name"], &after["panels"][0]["title"]), (&before["name"], &json!("CPU")));
    board.redo().await;
    assert_eq!(board.show().await["panels"], json!([]));
    board.undo().await;
    assert_eq!(board.title().await, "CPU");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_past_version_comes_back_and_goes_again() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let board = Board::new(&shop, "Production").await;
    let (first, second) = (board.panel("CPU").await, board.panel("RAM").await);
    let past = board.show().await;
    board.act(&first, "deleted", json!(true)).await;
    board.act(&second, "title", json!("Memory")).await;
    board.act(&second, "layout", json!({"position_x": 8})).await;
    board.act("dashboard", "description", json!("changed")).await;
    let third = board.panel("Disk").await;
    let now = board.show().await;
    let seen = |board: &Value| {
        let panel =
            |panel: &Value| json!([panel["id"], panel["title"], panel["position_x"], panel["options"]]);
        let panels: Vec<Value> = board["panels"].as_array().expect("panels").iter().map(panel).collect();
        json!([board["name"], board["description"], panels])
    };
    let back = json!({"version": past["version"]});
    let done = board.owner.post(&board.path("/restore"), &back).await.expect_status(200).await;
    let batches: Vec<&Value> = done["ops"].as_array().expect("ops").iter().map(|op| &op["batch"]).collect();
    assert!(batches.len() >= 5 && batches.iter().all(|batch| batch.is_string() && *batch == batches[0]));
    assert_eq!(seen(&board.show().await), seen(&past));
    board.undo().await;
    assert_eq!(seen(&board.show().await), seen(&now));
    assert!(now["panels"].to_string().contains(&third));
    for wrong in [json!(0), json!(-1), json!(10_000)] {
        let answer = board.owner.post(&board.path("/restore"), &json!({ "version": wrong })).await;
        let error = answer.expect_error(422, "invalid_field").await;
        assert!(error["fields"]["version"].is_string(), "{error}");
    }
}
