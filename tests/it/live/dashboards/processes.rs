//! Several processes, and what stands beneath them away for a while: whoever looks sees the same in the end.

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use serde_json::{Value, json};
use uuid::Uuid;

use super::board::{Board, Feed, at, dashboard, panel, sum};
use crate::app::{TestApp, event};
use crate::database;
use crate::live::redis::bus;
use crate::stage::redis::Redis;

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

/// Reads until a frame of a type is what was asked for.
async fn until(board: &mut Board, kind: &str, wanted: impl Fn(&Value) -> bool) {
    while !wanted(&board.next(kind).await) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn how_feeds_are_doing_is_found_in_postgres_as_well() {
    let app = TestApp::new().await;
    let deaf = app.another_without_bus().await;
    let shop = app.user("ann").await.project("shop").await;
    let feed = Feed::new(&app, &shop, "host").await;
    let id = dashboard(&shop).await;
    let shown = panel(&shop, &id, "stat", &json!([{"kind": "feed", "feed_id": feed.id}])).await;
    let mut board = Board::open(&at(&shop.owner, &deaf), &id).await;
    board.watch("now-10m", "now").await;
    board.until(&shown, |_| true).await;
    let failing = format!(
        "update feed_states set error = 'no route', error_at = now(), failures = 3 where feed_id = '{}'",
        feed.id
    );
    assert_eq!(database::execute(&app, &failing).await, 1);
    until(&mut board, "feed_state", |state| state["last_error"]["message"] == "no route").await;
    shop.owner.delete(&format!("/api/feeds/{}", feed.id)).await.expect_status(204).await;
    until(&mut board, "panel_data", |frame| frame["data"]["problems"][0]["code"] == "feed_gone").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_see_the_same_with_redis_and_without() {
    let Some(mut redis) = Redis::start() else { return };
    let app = TestApp::on_bus(bus(&redis).await).await;
    let other = app.another_on_bus(bus(&redis).await).await;
    let shop = app.user("ann").await.project("shop").await;
    let id = dashboard(&shop).await;
    let count = panel(&shop, &id, "stat", &json!([{"kind": "events", "name": "sale"}])).await;
    let mut here = Board::open(&shop.owner, &id).await;
    let mut there = Board::open(&at(&shop.owner, &other), &id).await;
    for board in [&mut here, &mut there] {
        board.watch("now-10m", "now").await;
        board.until(&count, |_| true).await;
    }
    let mut sales = 0.0;
    for phase in ["up", "killed", "back", "frozen", "thawed"] {
        match phase {
            "killed" => redis.kill(),
            "back" => redis.run().expect("starts again"),
            "frozen" => redis.signal("-STOP"),
            "thawed" => redis.signal("-CONT"),
            _ => {}
        }
        let hers = here.op("dashboard", "name", json!(format!("{phase} here"))).await;
        until(&mut there, "dashboard:updated", |frame| frame["op"]["op_id"] == json!(hers)).await;
        let his = there.op("dashboard", "name", json!(format!("{phase} there"))).await;
        until(&mut here, "dashboard:updated", |frame| frame["op"]["op_id"] == json!(his)).await;
        shop.ingest(&event("sale")).await;
        sales += 1.0;
        for board in [&mut here, &mut there] {
            board.until(&count, |lines| sum(lines) == sales).await;
        }
        assert_eq!(here.version, there.version, "{phase}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_while_postgres_was_away_is_shown_afterwards() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let id = dashboard(&shop).await;
    let count = panel(&shop, &id, "stat", &json!([{"kind": "events", "name": "sale"}])).await;
    let mut board = Board::open(&shop.owner, &id).await;
    board.watch("now-10m", "now").await;
    board.until(&count, |_| true).await;

    let mut locker = AsyncPgConnection::establish(&app.database_url).await.expect("connects");
    locker.batch_execute("begin; lock table panels in access exclusive mode").await.expect("locks");
    shop.ingest(&json!([event("sale"), event("sale")])).await;
    let late = board.op("dashboard", "name", json!("afterwards")).await;
    board.socket.pong_round_trip().await;
    // Whatever waits for the table is cut off, and so is everything else.
    let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()";
    locker.batch_execute(cut).await.expect("cuts");
    locker.batch_execute("commit").await.expect("unlocks");
    board.until(&count, |lines| sum(lines) == 2.0).await;
    // It was done, or refused; nothing of it is in between.
    board.op("dashboard", "description", json!("and on it goes")).await;
    let mut told = Vec::new();
    while told.last() != Some(&json!("and on it goes")) {
        let frame = board.frame().await;
        match frame["type"].as_str() {
            Some("op_refused") => assert_eq!(frame["op_id"], json!(late), "{frame}"),
            Some("dashboard:updated") => told.push(frame["op"]["value"].clone()),
            _ => {}
        }
    }
    assert!(told.len() <= 2, "{told:?}");
}
