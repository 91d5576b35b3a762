//! What is refused: clearly, by its field, and without telling of others.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Board, op, stat};
use crate::app::TestApp;
use crate::isolation::world::make_dashboard;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named_and_nothing_is_done() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let board = Board::new(&shop, "Production").await;
    let panel = board.panel("CPU").await;
    let gone = board.panel("gone").await;
    board.act(&gone, "deleted", json!(true)).await;
    let before = board.show().await;
    let fine = op("dashboard", "name", json!("done"));
    for (wrong, status, code, field) in [
        (op(&gone, "title", json!("x")), 409, "panel_deleted", None),
        (op(&panel, "panel", stat("x")), 409, "panel_exists", None),
        (op(&Uuid::now_v7().to_string(), "title", json!("x")), 404, "not_found", None),
        (op(&panel, "colour", json!("x")), 422, "invalid_field", Some("ops[1].field")),
        (op(&panel, "type", json!("pie")), 422, "invalid_field", Some("ops[1].type")),
        (op(&panel, "width", json!(13)), 422, "invalid_field", Some("ops[1].width")),
        (op(&panel, "position_x", json!(9)), 422, "invalid_field", Some("ops[1].width")),
        (op(&panel, "options.colour", json!(1)), 422, "invalid_field", Some("ops[1].options.colour")),
        (
            op(&panel, "options.text", json!("x".repeat(40_000))),
            422,
            "invalid_field",
            Some("ops[1].options.text"),
        ),
        (op(&panel, "title", json!("a\0b")), 422, "invalid_field", Some("ops[1].title")),
        (op(&panel, "feed_ids", json!([Uuid::now_v7()])), 422, "invalid_field", Some("ops[1].feed_ids")),
        (op("panel", "title", json!("x")), 422, "invalid_field", Some("ops[1].target")),
        (
            json!({"op_id": "x", "target": "dashboard", "field": "name"}),
            422,
            "invalid_field",
            Some("ops[1].op_id"),
        ),
    ] {
        let answer = ann.post(&board.path("/ops"), &json!({"ops": [fine, wrong]})).await;
        let error = answer.expect_error(status, code).await;
        let named = error["fields"].as_object().and_then(|fields| fields.keys().next().cloned());
        assert_eq!(named.as_deref(), field, "{wrong}: {error}");
    }
    for ops in [json!([]), json!(vec![fine.clone(); 101])] {
        ann.post(&board.path("/ops"), &json!({ "ops": ops })).await.expect_error(422, "invalid_field").await;
    }
    let patch = format!("/api/panels/{panel}");
    for (body, field) in [
        (json!({"width": 13}), "width"),
        (json!({"title": "ok", "height": 0}), "height"),
        (json!({"deleted": true}), "deleted"),
        (json!({"query": {"sources": [{"kind": "series"}]}}), "query.sources.0.name"),
    ] {
        let error = ann.patch(&patch, &body).await.expect_error(422, "invalid_field").await;
        assert!(error["fields"][field].is_string(), "{body}: {error}");
    }
    let path = format!("/api/panels/{gone}");
    ann.patch(&path, &json!({"title": "x"})).await.expect_error(409, "panel_deleted").await;
    ann.delete(&path).await.expect_error(409, "panel_deleted").await;
    for (name, field) in [("", "name"), ("a\0", "name")] {
        let body = json!({"project_id": shop.id, "name": name});
        let error = ann.post("/api/dashboards", &body).await.expect_error(422, "invalid_field").await;
        assert!(error["fields"][field].is_string(), "{error}");
    }
    ann.get("/api/dashboards").await.expect_error(400, "invalid_query").await;
    assert_eq!(board.show().await, before, "nothing was done");
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_of_others_in_a_body_open_and_tell_nothing() {
    let app = TestApp::new().await;
    let (ann, eve) = (app.user("ann").await, app.user("eve").await);
    let (anns, eves) = (ann.project("shop").await, eve.project("lair").await);
    let (dashboard, panel) = make_dashboard(&anns, "secret").await;
    let feed =
        json!({"project_id": anns.id, "type": "demo", "name": "secret", "config": {}, "enabled": false});
    let feed = ann.post("/api/feeds", &feed).await.expect_status(201).await;
    let board = Board::new(&eves, "Board").await;
    let own = board.panel("CPU").await;
    // A feed that is another's reads as one that never was.
    let query = |id: &Value| json!({"sources": [{"kind": "feed", "feed_id": id}]});
    for (field, there, never) in [
        ("feed_ids", json!([feed["id"]]), json!([Uuid::now_v7()])),
        ("query", query(&feed["id"]), query(&json!(Uuid::now_v7()))),
    ] {
        let mut told = Vec::new();
        for value in [there, never] {
            let answer = eve.post(&board.path("/ops"), &json!({"ops": [op(&own, field, value)]})).await;
            let mut error = answer.expect_error(422, "invalid_field").await;
            error["request_id"] = Value::Null;
            told.push(error);
        }
        assert_eq!(told[0], told[1]);
    }
    // Of another's panel one can neither change anything nor learn that it is there.
    for (field, value) in [("title", json!("mine")), ("deleted", json!(true)), ("deleted", json!(false))] {
        let answer = eve.post(&board.path("/ops"), &json!({"ops": [op(&panel, field, value)]})).await;
        answer.expect_error(404, "not_found").await;
    }
    board.act("dashboard", "layout", json!({&panel: {"width": 1}})).await;
    board.act(&panel, "panel", stat("same id")).await;
    assert_eq!(board.show().await["panels"].as_array().map(Vec::len), Some(2));
    let theirs = ann.get(&format!("/api/dashboards/{dashboard}")).await.expect_status(200).await;
    assert_eq!(theirs["panels"][0]["title"], "secret");
    ann.patch(&format!("/api/panels/{panel}"), &json!({"title": "still"})).await.expect_status(200).await;
    eve.patch(&format!("/api/panels/{panel}"), &json!({"title": "eves"})).await.expect_status(200).await;
    let theirs = ann.get(&format!("/api/dashboards/{dashboard}")).await.expect_status(200).await;
    assert_eq!(theirs["panels"][0]["title"], "still");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panel_whose_feed_is_gone_can_still_be_changed() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let feed = json!({"project_id": shop.id, "type": "demo", "name": "demo", "config": {}, "enabled": false});
    let feed = ann.post("/api/feeds", &feed).await.expect_status(201).await;
    let id = feed["id"].as_str().expect("an id");
    let board = Board::new(&shop, "Production").await;
    let panel = board.panel("Demo").await;
    board.act(&panel, "feed_ids", json!([id])).await;
    assert_eq!(board.show().await["feeds"][0]["name"], "demo");
    ann.delete(&format!("/api/feeds/{id}")).await.expect_status(204).await;
    let query = json!({"sources": [{"kind": "feed", "feed_id": id, "path": "a"}]});
    board.act(&panel, "query", query).await;
    let shown = board.show().await;
    assert_eq!((&shown["feeds"], &shown["panels"][0]["feed_ids"]), (&json!([]), &json!([id])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_has_room_for_so_many() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let fill = format!(
        "insert into dashboards (id, org_id, project_id, name, created_at, updated_at)
         select gen_random_uuid(), org_id, id, 'full', now(), now() from projects, generate_series(1, 200) where id = '{}'",
        shop.id
    );
    crate::database::execute(&app, &fill).await;
    let body = json!({"project_id": shop.id, "name": "one more"});
    ann.post("/api/dashboards", &body).await.expect_error(409, "too_many_dashboards").await;
}
