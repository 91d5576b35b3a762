//! Templates, export and import.

use serde_json::{Value, json};

use super::{Board, stat, text};
use crate::app::{Project, TestApp};

async fn feeds(project: &Project) -> Vec<Value> {
    let page =
        project.owner.get(&format!("/api/feeds?project={}", project.id)).await.expect_status(200).await;
    page["items"].as_array().expect("items").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_template_makes_a_dashboard_with_its_feeds() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let page = ann.get("/api/dashboards/templates").await.expect_status(200).await;
    let ids: Vec<&str> =
        page["items"].as_array().expect("items").iter().filter_map(|one| one["id"].as_str()).collect();
    assert_eq!(ids, ["app_health", "host", "market", "team"]);
    let (shop, bare) = (ann.project("shop").await, ann.project("bare").await);
    for template in page["items"].as_array().expect("items") {
        let body = json!({"project_id": shop.id, "name": "Mine", "template": template["id"]});
        let made = ann.post("/api/dashboards", &body).await.expect_status(201).await;
        let count = |list: &Value| list.as_array().map(Vec::len);
        assert_eq!(count(&made["panels"]), count(&template["panels"]), "{template}");
        assert_eq!(count(&made["feeds"]), count(&template["feeds"]), "{template}");
        assert_eq!((&made["name"], &made["description"]), (&json!("Mine"), &template["description"]));
        // The same again uses the feeds that are there.
        let before = feeds(&shop).await.len();
        ann.post("/api/dashboards", &body).await.expect_status(201).await;
        assert_eq!(feeds(&shop).await.len(), before);

        let body =
            json!({"project_id": bare.id, "name": "Bare", "template": template["id"], "create_feeds": false});
        let made = ann.post("/api/dashboards", &body).await.expect_status(201).await;
        assert_eq!(made["feeds"], json!([]));
        if count(&template["feeds"]) > Some(0) {
            let said = &made["panels"][0];
            assert_eq!((&said["type"], &said["title"]), (&json!("text"), &template["panels"][0]["title"]));
            assert!(
                said["options"]["text"].as_str().is_some_and(|text| text.contains("is not there yet")),
                "{said}"
            );
        }
    }
    assert_eq!(feeds(&bare).await, Vec::<Value>::new());
    let body = json!({"project_id": shop.id, "name": "x", "template": "nonsense"});
    let error = ann.post("/api/dashboards", &body).await.expect_error(422, "invalid_field").await;
    assert_eq!(error["fields"]["template"], "must be one of app_health, host, market, team");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_can_be_imported_elsewhere() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let demo = json!({"project_id": shop.id, "type": "demo", "name": "demo", "config": {}});
    let demo = text(&ann.post("/api/feeds", &demo).await.expect_status(201).await["id"]);
    let web = json!({"project_id": shop.id, "type": "http_json", "name": "web", "enabled": false,
        "config": {"url": "https://example.com/a.json", "headers": {"X-Token": "planted-secret"}}});
    let web = text(&ann.post("/api/feeds", &web).await.expect_status(201).await["id"]);
    let gone = json!({"project_id": shop.id, "type": "demo", "name": "gone", "config": {}});
    let gone = text(&ann.post("/api/feeds", &gone).await.expect_status(201).await["id"]);
    let board = Board::new(&shop, "Production").await;
    let mut panel = stat("All");
    panel["feed_ids"] = json!([demo, gone]);
    panel["query"] = json!({"sources": [
        {"kind": "feed", "feed_id": web, "path": "a"},
        {"kind": "series", "name": "cpu", "labels": {"feed": demo, "host": "$host"}},
    ]});
    ann.post(&board.path("/panels"), &panel).await.expect_status(201).await;
    ann.delete(&format!("/api/feeds/{gone}")).await.expect_status(204).await;
    let document = ann.get(&board.path("/export")).await.expect_status(200).await;
    assert!(!document.to_string().contains("planted-secret"), "{document}");
    for id in [&demo, &web, &gone, &board.id, &shop.id] {
        assert!(!document.to_string().contains(id.as_str()), "{id} in {document}");
    }

    let eve = app.user("eve").await;
    let lair = eve.project("lair").await;
    let body = json!({"project_id": lair.id, "document": document, "name": "Copy"});
    let copy = eve.post("/api/dashboards/import", &body).await.expect_status(201).await;
    assert_eq!((&copy["name"], copy["panels"].as_array().map(Vec::len)), (&json!("Copy"), Some(1)));
    let made = feeds(&lair).await;
    let named = |name: &str| made.iter().find(|feed| feed["name"] == name).expect("a feed").clone();
    assert_eq!((&named("demo")["enabled"], &named("web")["enabled"]), (&json!(true), &json!(false)));
    let panel = &copy["panels"][0];
    assert_eq!(panel["feed_ids"], json!([named("demo")["id"]]));
    assert_eq!(panel["query"]["sources"][0]["feed_id"], named("web")["id"]);
    assert_eq!(panel["query"]["sources"][1]["labels"], json!({"feed": named("demo")["id"], "host": "$host"}));
    // Once more: the feeds are there, and the copy's document is the document.
    let copy = eve.post("/api/dashboards/import", &body).await.expect_status(201).await;
    assert_eq!(feeds(&lair).await.len(), made.len());
    let path = format!("/api/dashboards/{}/export", text(&copy["id"]));
    let mut again = eve.get(&path).await.expect_status(200).await;
    again["name"] = document["name"].clone();
    again["feeds"][1]["config"] = document["feeds"][1]["config"].clone();
    assert_eq!(again, document);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_not_good_makes_nothing() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let about = json!({"kind": "dashboard", "version": 1});
    let with = |panels: Value| {
        json!({"pulseboard": about, "name": "x", "panels": panels,
        "feeds": [{"ref": "f1", "type": "demo", "name": "new", "config": {}}]})
    };
    let mut far = stat("x");
    far["width"] = json!(13);
    let mut stranger = stat("x");
    stranger["feed_ids"] = json!(["f2"]);
    let mut odd = stat("x");
    odd["options"] = json!({"colour": 1});
    let mut pie = stat("x");
    pie["type"] = json!("pie");
    let mut nul = stat("x");
    nul["options"] = json!({"text": "a\0"});
    for (document, field) in [
        (json!("text"), "document"),
        (json!({}), "document.pulseboard.kind"),
        (json!({"pulseboard": {"kind": "feed", "version": 1}}), "document.pulseboard.kind"),
        (json!({"pulseboard": {"kind": "dashboard", "version": 2}, "new": 1}), "document.pulseboard.version"),
        (json!({"pulseboard": about}), "document.name"),
        (json!({"pulseboard": about, "name": "x", "colour": 1}), "document.colour"),
        (json!({"pulseboard": about, "name": "x", "panels": {}}), "document.panels"),
        (with(json!(vec![stat("x"); 61])), "document.panels"),
        (with(json!([1])), "document.panels.0"),
        (with(json!([stat("x"), far])), "document.panels.1.width"),
        (with(json!([stranger])), "document.panels.0.feed_ids"),
        (with(json!([odd])), "document.panels.0.options.colour"),
        (with(json!([pie])), "document.panels.0.type"),
        (with(json!([nul])), "document.panels.0"),
    ] {
        let body = json!({"project_id": shop.id, "document": document});
        let error = ann.post("/api/dashboards/import", &body).await.expect_error(422, "invalid_field").await;
        assert!(error["fields"][field].is_string(), "{field}: {error}");
    }
    let newer = json!({"pulseboard": {"kind": "dashboard", "version": 7}});
    let body = json!({"project_id": shop.id, "document": newer});
    let error = ann.post("/api/dashboards/import", &body).await.expect_error(422, "invalid_field").await;
    assert!(error["message"].as_str().is_some_and(|text| text.contains("newer PulseBoard")), "{error}");
    let huge = json!({"project_id": shop.id, "document": {"x": "y".repeat(300_000)}});
    ann.post("/api/dashboards/import", &huge).await.expect_error(413, "payload_too_large").await;
    assert_eq!(feeds(&shop).await, Vec::<Value>::new());
    // What a feed can't be here is said in the place of its panel.
    let mut panel = stat("x");
    panel["feed_ids"] = json!(["f1"]);
    let unknown = json!({"pulseboard": about, "name": "x", "panels": [panel],
        "feeds": [{"ref": "f1", "type": "tarot", "name": "cards", "config": {}}]});
    let body = json!({"project_id": shop.id, "document": unknown});
    let made = ann.post("/api/dashboards/import", &body).await.expect_status(201).await;
    let said = made["panels"][0]["options"]["text"].as_str().expect("a text");
    assert!(said.contains("cards") && said.contains("tarot"), "{said}");
}
