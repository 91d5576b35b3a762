//! What nobody would send by mistake: each is refused by its name or taken for what it is, and nothing of
//! others is opened.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Board, op, stat, text};
use crate::app::{Answer, Project, TestApp, metric};

/// A value within so many lists.
fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(1), |inner, _| json!([inner]))
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_the_wrong_form_are_named() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let board = Board::new(&shop, "Production").await;
    let panel = board.panel("CPU").await;
    let before = board.show().await;
    let variable = |name: &str| json!({"name": name, "source": {"kind": "values", "values": ["a"]}});
    let many: Vec<Value> = (0..21).map(|n| variable(&format!("v{n}"))).collect();
    for (target, field, value, wrong) in [
        (panel.as_str(), "title", json!(5), "title"),
        (&panel, "title", Value::Null, "title"),
        (&panel, "title", nested(13), "title"),
        (&panel, "position_x", json!("1"), "position_x"),
        (&panel, "height", json!(2.5), "height"),
        (&panel, "height", json!(1e300), "height"),
        (&panel, "feed_ids", json!({}), "feed_ids"),
        (&panel, "feed_ids", json!(vec![Uuid::nil(); 21]), "feed_ids"),
        (&panel, "query", json!([]), "query"),
        (&panel, "query", json!({"sources": [], "sql": "select 1"}), "query.sql"),
        (&panel, "options", json!("{}"), "options"),
        (&panel, "options.__proto__", json!({"unit": "x"}), "options.__proto__"),
        (&panel, "layout", json!({"z": 1}), "layout.z"),
        (&panel, "dashboard_id", json!(Uuid::now_v7()), "field"),
        ("dashboard", "project_id", json!(Uuid::now_v7()), "field"),
        ("dashboard", "version", json!(1), "field"),
        ("dashboard", "variables", json!(many), "variables"),
        ("dashboard", "variables", json!([variable("a"), variable("a")]), "variables.1.name"),
        ("dashboard", "variables", json!([variable("a b")]), "variables.0.name"),
        ("dashboard", "variables", json!([variable("a'; --")]), "variables.0.name"),
        ("dashboard", "layout", json!({"../panels": {}}), "layout"),
    ] {
        let answer = board.owner.post(&board.path("/ops"), &json!({"ops": [op(target, field, value)]})).await;
        let error = answer.expect_error(422, "invalid_field").await;
        assert!(error["fields"][format!("ops[0].{wrong}")].is_string(), "{field}: {error}");
    }
    let deep = format!(r#"{{"ops": [{{"value": {}1{}}}]}}"#, "[".repeat(5000), "]".repeat(5000));
    for (body, status, code) in [
        (deep, 422, "invalid_field"),
        (format!(r#"{{"ops": ["{}"]}}"#, "x".repeat(300_000)), 413, "payload_too_large"),
        (r#"{"ops": [{"op_id": 1}]}"#.to_owned(), 422, "invalid_field"),
        (r#"{"ops": {"op_id": 1}}"#.to_owned(), 422, "invalid_field"),
        ("[]".to_owned(), 422, "invalid_field"),
    ] {
        let request = board.owner.request(Method::POST, &board.path("/ops"));
        let request = request.header("content-type", "application/json").body(body);
        Answer::of(request).await.expect_error(status, code).await;
    }
    let patch = json!({"colour": "red"});
    let error = board.owner.patch(&format!("/api/panels/{panel}"), &patch).await;
    let error = error.expect_error(422, "invalid_field").await;
    assert!(error["fields"]["colour"].as_str().is_some_and(|problem| problem.contains("title")), "{error}");
    for (path, status, code) in [
        ("/history?cursor=x", 400, "invalid_query"),
        ("/history?limit=0", 400, "invalid_query"),
        ("/history?limit=many", 400, "invalid_query"),
    ] {
        board.owner.get(&board.path(path)).await.expect_error(status, code).await;
    }
    for version in [json!("1"), json!(1.5), json!(1e300), Value::Null] {
        let body = json!({ "version": version });
        board.owner.post(&board.path("/restore"), &body).await.expect_error(422, "invalid_field").await;
    }
    assert_eq!(board.show().await, before, "nothing was done");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_room_for_sixty_panels() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let board = Board::new(&shop, "Production").await;
    let ids: Vec<String> = (0..60).map(|_| Uuid::now_v7().to_string()).collect();
    // All in the same place: where panels lie over each other is for who looks at them to sort out.
    let made = ids.iter().map(|id| op(id, "panel", stat("one of many"))).collect();
    board.act_all(made).await;
    let full = "is one too many: a dashboard has at most 60 panels";
    let post = async |path: String, body: Value, field: &str| {
        let error = board.owner.post(&path, &body).await.expect_error(422, "invalid_field").await;
        assert_eq!(error["fields"][field], full, "{error}");
    };
    let one_more = op(&Uuid::now_v7().to_string(), "panel", stat("x"));
    post(board.path("/ops"), json!({"ops": [one_more]}), "ops[0].panel").await;
    post(board.path("/panels"), stat("x"), "panel").await;
    // One goes and another comes: then there is no room to bring the first one back.
    board.act(&ids[0], "deleted", json!(true)).await;
    let other = board.panel("another").await;
    let back = op(&ids[0], "deleted", json!(false));
    post(board.path("/ops"), json!({"ops": [back]}), "ops[0].panel").await;
    board.act_all(vec![op(&other, "deleted", json!(true)), back]).await;
    assert_eq!(board.show().await["panels"].as_array().map(Vec::len), Some(60));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_the_log_has_the_bytes_of_who_was_told() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let board = Board::new(&shop, "Production").await;
    let panel = board.panel("CPU").await;
    for number in
        ["0.1", "0.30000000000000004", "1e-300", "-0.0", "1e19", "1.81e19", "1e300", "123456789012345678901"]
    {
        let value: Value = serde_json::from_str(number).expect("JSON");
        let told = board.act(&panel, "options.min", value).await["ops"][0].clone();
        let page = board.owner.get(&board.path("/history?limit=1")).await.expect_status(200).await;
        assert_eq!(page["items"][0].to_string(), told.to_string());
        let shown = board.show().await["panels"][0]["options"]["min"].to_string();
        assert_eq!(shown, told["value"].to_string(), "{number}");
    }
}

/// What a panel that is not saved would show of the last hour.
async fn preview(of: &Project, kind: &str, source: Value, variables: Value) -> Value {
    let body = json!({"type": kind, "query": {"sources": [source]}, "from": "now-1h", "to": "now",
        "variables": variables});
    of.owner.post(&of.path("/panel-data"), &body).await.expect_status(200).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variables_value_is_a_value_and_nothing_else() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    for host in ["web-1", "web-2"] {
        let mut load = metric("load", 1.0);
        load["tags"] = json!({"host": host});
        shop.ingest(&json!([load, {"type": "error", "name": "boom", "tags": {"host": host}}])).await;
    }
    let series = json!({"kind": "series", "name": "load", "labels": {"host": "$host"}});
    let list = json!({"kind": "event_list", "filter": "type:error tag.host:$host"});
    let counted = json!({"kind": "events", "name": "$host"});
    let count = async |source: &Value, field: &str, host: &str| {
        let data = preview(&shop, "timeseries", source.clone(), json!({"host": host})).await;
        assert_eq!(data["problems"], json!([]), "{host}");
        data[field].as_array().map(Vec::len)
    };
    assert_eq!(
        (count(&series, "series", "web-1").await, count(&list, "events", "web-1").await),
        (Some(1), Some(1))
    );
    assert_eq!((count(&series, "series", "*").await, count(&list, "events", "*").await), (Some(2), Some(2)));
    for host in [
        "web-1' or '1'='1",
        "web-1\" type:event",
        "web-1 tag.host:web-2",
        "web%",
        "web_1",
        "web-*",
        "$host",
        "${host}",
        "{\"host\":\"web-1\"}",
        "\\",
        "'; drop table events; --",
        "",
    ] {
        let found = (count(&series, "series", host).await, count(&list, "events", host).await);
        assert_eq!(found, (Some(0), Some(0)), "{host}");
        let data = preview(&shop, "timeseries", counted.clone(), json!({"host": host})).await;
        let points = data["series"][0]["points"].as_array().cloned().unwrap_or_default();
        assert!(points.iter().all(|point| point[1].as_f64().unwrap_or_default() == 0.0), "{host}: {data}");
    }
    for variables in
        [json!({"a b": "x"}), json!({"": "x"}), json!({"a": "\0"}), json!({"a": "x".repeat(201)})]
    {
        let body = json!({"type": "stat", "query": {"sources": []}, "from": "now-1h", "to": "now",
            "variables": variables});
        let answer = shop.owner.post(&shop.path("/panel-data"), &body).await;
        let error = answer.expect_error(422, "invalid_field").await;
        assert!(error["fields"]["variables"].is_string(), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_of_others_is_as_one_that_has_gone() {
    let app = TestApp::new().await;
    let (ann, eve) = (app.user("ann").await, app.user("eve").await);
    let (shop, lair) = (ann.project("shop").await, eve.project("lair").await);
    let other = ann.project("other").await;
    let hook = json!({"project_id": shop.id, "type": "webhook", "name": "planted", "config": {}});
    let hook = ann.post("/api/feeds", &hook).await.expect_status(201).await;
    let payload = json!({"load": 4711, "word": "planted"});
    app.anyone().post(&text(&hook["hook_url"]), &payload).await.expect_status(202).await;
    // Ann's own, to know that there is something to be seen.
    let feed = |id: &Value| json!({"kind": "feed", "feed_id": id, "path": null});
    let own = preview(&shop, "timeseries", feed(&hook["id"]), json!({})).await;
    assert_eq!((own["series"][0]["name"].as_str(), &own["problems"]), (Some("load"), &json!([])), "{own}");
    let own = preview(&shop, "table", feed(&hook["id"]), json!({})).await;
    assert_eq!(own["latest"][0]["payload"], payload);

    for (of, kind) in
        [(&lair, "timeseries"), (&lair, "table"), (&lair, "bar"), (&other, "timeseries"), (&other, "table")]
    {
        let mut told = Vec::new();
        for id in [hook["id"].clone(), json!(Uuid::now_v7())] {
            let labels = json!({"kind": "series", "name": "load", "labels": {"feed": id}});
            assert_eq!(preview(of, kind, labels, json!({})).await["series"], json!([]));
            let data = preview(of, kind, feed(&id), json!({})).await;
            assert_eq!(data["problems"][0]["code"], "feed_gone", "{data}");
            let named = |field: &str| data[field].to_string().replace(&text(&id), "");
            told.push(["series", "latest", "problems"].map(named));
            let body = json!({"type": kind, "feed_ids": [id], "from": "now-1h", "to": "now"});
            let data = of.owner.post(&of.path("/panel-data"), &body).await.expect_status(200).await;
            assert_eq!(data["problems"][0]["code"], "feed_gone", "{data}");
        }
        assert_eq!(told[0], told[1]);
        assert!(!told.concat().concat().contains("planted") && !told.concat().concat().contains("4711"));
    }
    // In a panel that is saved it is refused, also for who may see the feed where it belongs.
    for of in [&lair, &other] {
        let board = Board::new(of, "Board").await;
        let mut panel = stat("x");
        panel["feed_ids"] = json!([hook["id"]]);
        let answer = of.owner.post(&board.path("/panels"), &panel).await;
        let error = answer.expect_error(422, "invalid_field").await;
        assert_eq!(error["fields"]["feed_ids"], "names a feed that this project does not have", "{error}");
        assert_eq!(board.show().await["panels"], json!([]));
    }
}
