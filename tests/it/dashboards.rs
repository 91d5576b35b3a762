//! Dashboards over REST, against the real database: what the log says is what the rows say.

mod crowd;
mod documents;
mod one_rule;
mod refusing;
mod strange;
mod undoing;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Project, TestApp, User};

/// A dashboard of a project, as one of its editors has it.
#[derive(Clone)]
pub struct Board {
    pub owner: User,
    pub id: String,
}

impl Board {
    pub async fn new(project: &Project, name: &str) -> Self {
        let body = json!({"project_id": project.id, "name": name});
        let made = project.owner.post("/api/dashboards", &body).await.expect_status(201).await;
        Self { owner: project.owner.clone(), id: text(&made["id"]) }
    }

    /// The same dashboard, edited by someone else.
    pub fn by(&self, owner: &User) -> Self {
        Self { owner: owner.clone(), ..self.clone() }
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/api/dashboards/{}{rest}", self.id)
    }

    pub async fn show(&self) -> Value {
        self.owner.get(&self.path("")).await.expect_status(200).await
    }

    /// Does one operation.
    pub async fn act(&self, target: &str, field: &str, value: Value) -> Value {
        self.act_all(vec![op(target, field, value)]).await
    }

    pub async fn act_all(&self, ops: Vec<Value>) -> Value {
        self.owner.post(&self.path("/ops"), &json!({ "ops": ops })).await.expect_status(200).await
    }

    /// The id of a new panel.
    pub async fn panel(&self, title: &str) -> String {
        let made = self.owner.post(&self.path("/panels"), &stat(title)).await.expect_status(201).await;
        text(&made["id"])
    }

    /// Everything that was done, oldest first.
    pub async fn log(&self) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = self.path(&format!("/history?limit=40&cursor={cursor}"));
            let page = self.owner.get(&path).await.expect_status(200).await;
            items.extend(page["items"].as_array().expect("items").iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        items.reverse();
        items
    }
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

pub fn op(target: &str, field: &str, value: Value) -> Value {
    json!({"op_id": Uuid::now_v7(), "target": target, "field": field, "value": value})
}

pub fn stat(title: &str) -> Value {
    json!({"type": "stat", "title": title, "options": {"unit": "%"},
        "position_x": 0, "position_y": 0, "width": 4, "height": 3})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dashboard_from_making_to_deleting() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let board = Board::new(&shop, "Production").await;
    let made = board.show().await;
    assert_eq!((&made["version"], &made["role"]), (&json!(1), &json!("admin")));
    assert_eq!(made["updated_by"]["id"], ann.id.as_str());

    let panel = board.panel("CPU").await;
    let patch = json!({"title": "Load", "width": 6, "options.decimals": 1.0});
    let path = format!("/api/panels/{panel}");
    let patched = ann.patch(&path, &patch).await.expect_status(200).await;
    assert_eq!(patched["options"], json!({"unit": "%", "decimals": 1}));
    assert_eq!((&patched["title"], &patched["width"]), (&json!("Load"), &json!(6)));
    let place = json!({"position_x": 6, "position_y": 2, "width": 6, "height": 5});
    let put = json!({"name": "Live", "description": "all of it", "layout": {&panel: place},
        "variables": [{"name": "host", "source": {"kind": "label", "label": "host"}}]});
    let live = ann.put(&board.path(""), &put).await.expect_status(200).await;
    assert_eq!((&live["name"], &live["description"]), (&json!("Live"), &json!("all of it")));
    assert_eq!(live["variables"][0]["default"], "*");
    assert_eq!(live["panels"][0]["position_x"], 6);
    // One to make it, one for the panel, three of the patch, four of the put.
    assert_eq!(live["version"], 9);
    assert_eq!(live, board.show().await);
    // The same again changes nothing.
    ann.put(&board.path(""), &json!({"name": "Live", "description": "all of it"}))
        .await
        .expect_status(200)
        .await;
    assert_eq!(board.show().await["version"], 9);

    ann.put(&board.path("/star"), &json!({})).await.expect_status(204).await;
    ann.put(&board.path("/star"), &json!({})).await.expect_status(204).await;
    let list = |who: User| async move {
        who.get(&format!("/api/dashboards?project={}", shop.id)).await.expect_status(200).await
    };
    let bob = ann.colleague(&app, "bob", "viewer").await;
    let (anns, bobs) = (list.clone()(ann.clone()).await, list(bob).await);
    assert_eq!((&anns["items"][0]["starred"], &bobs["items"][0]["starred"]), (&json!(true), &json!(false)));
    assert_eq!(anns["items"][0]["panel_count"], 1);

    ann.delete(&path).await.expect_status(204).await;
    assert_eq!(board.show().await["panels"], json!([]));
    ann.delete(&board.path("")).await.expect_status(204).await;
    ann.get(&board.path("")).await.expect_error(404, "not_found").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_operation_again_is_answered_as_the_first_time() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let board = Board::new(&shop, "Production").await;
    let first = op("dashboard", "name", json!("First"));
    let done = board.act_all(vec![first.clone()]).await;
    board.act("dashboard", "name", json!("Second")).await;
    let again = board.act_all(vec![first.clone(), first.clone()]).await;
    assert_eq!(again["ops"][0], done["ops"][0]);
    assert_eq!(again["ops"][1], done["ops"][0]);
    assert_eq!(again["version"], 3);
    let shown = board.show().await;
    assert_eq!((&shown["name"], &shown["version"]), (&json!("Second"), &json!(3)));
    // Beside something new, which is done.
    let mixed = board.act_all(vec![first, op("dashboard", "description", json!("new"))]).await;
    assert_eq!((&mixed["ops"][0], &mixed["ops"][1]["seq"]), (&done["ops"][0], &json!(4)));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_shows_it_is_told_after_the_commit() {
    use pulseboard_core::bus::Message;
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let board = Board::new(&shop, "Production").await;
    let mut heard = app.bus.subscribe(&format!("dashboard:{}", board.id)).await;
    let done = board.act("dashboard", "name", json!("New")).await;
    board.owner.delete(&board.path("")).await.expect_status(204).await;
    let mut next = async || loop {
        match heard.recv().await {
            Message::Data(bytes) => break serde_json::from_slice::<Value>(&bytes).expect("JSON"),
            Message::Lost => {}
        }
    };
    assert_eq!(next().await, json!({"ops": done["ops"], "version": 2}));
    assert_eq!(next().await, json!({"deleted": true}));
}
