//! The words of these tests: a dashboard, its feeds, and someone who looks at it and merges what comes.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use pulseboard_core::audit::Actor;
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::feeds::{self, Definition, ticks};
use pulseboard_core::ids::{FeedId, OrgId, ProjectId, UserId};
use pulseboard_core::projects;
use pulseboard_core::writer::Writer;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Project, TestApp, User};
use crate::live::client::{Closed, Socket, ticket};

/// A new dashboard of a project; its id.
pub async fn dashboard(of: &Project) -> String {
    let body = json!({"project_id": of.id, "name": "Production"});
    let made = of.owner.post("/api/dashboards", &body).await.expect_status(201).await;
    made["id"].as_str().expect("an id").to_owned()
}

/// A panel with one query, put on a dashboard over REST; its id.
pub async fn panel(of: &Project, dashboard: &str, kind: &str, sources: &Value) -> String {
    let body = json!({"type": kind, "title": "", "query": {"sources": sources},
        "position_x": 0, "position_y": 0, "width": 6, "height": 4});
    let path = format!("/api/dashboards/{dashboard}/panels");
    let made = of.owner.post(&path, &body).await.expect_status(201).await;
    made["id"].as_str().expect("an id").to_owned()
}

/// A panel with a note, put on a dashboard over REST; its id.
pub async fn note(of: &Project, dashboard: &str) -> String {
    let body =
        json!({"type": "text", "title": "Notes", "position_x": 0, "position_y": 0, "width": 4, "height": 2});
    let path = format!("/api/dashboards/{dashboard}/panels");
    let made = of.owner.post(&path, &body).await.expect_status(201).await;
    made["id"].as_str().expect("an id").to_owned()
}

/// Rewrites a note so often in one step, with a text of this length; each is an operation.
pub async fn rewrite(of: &Project, dashboard: &str, note: &str, times: usize, length: usize) {
    let op = |n: usize| {
        let text = format!("{n:05}{}", "x".repeat(length));
        json!({"op_id": Uuid::now_v7(), "target": note, "field": "options.text", "value": text})
    };
    let ops: Vec<Value> = (0..times).map(op).collect();
    let path = format!("/api/dashboards/{dashboard}/ops");
    of.owner.post(&path, &json!({ "ops": ops })).await.expect_status(200).await;
}

/// A number in `/metrics` of the process that someone talks to.
pub async fn metric(who: &User, name: &str) -> u64 {
    let text = who.get("/metrics").await.0.text().await.expect("text");
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.expect("is shown").parse().expect("a number")
}

/// All values of a panel together.
pub fn sum(lines: &Lines) -> f64 {
    lines.values().flat_map(|points| points.values()).sum()
}

/// The same person, talking to another process.
pub fn at(who: &User, app: &TestApp) -> User {
    let mut there = who.clone();
    there.client.base.clone_from(&app.base);
    there
}

/// A feed that a test ticks by hand.
pub struct Feed {
    pub id: FeedId,
    project: ProjectId,
    writer: Writer,
}

impl Feed {
    pub async fn new(app: &TestApp, of: &Project, name: &str) -> Self {
        let (org, project) = (OrgId(id(&of.owner.org)), ProjectId(id(&of.id)));
        let by = Actor { user: Some(UserId(id(&of.owner.id))), ip: None, request_id: None };
        let feed = FeedId::new();
        app.db
            .tenant(org, async |conn: &mut Conn| -> Result<_, DbError> {
                let project = projects::find(conn, org, project).await?;
                let definition = Definition {
                    name,
                    config: &json!({}),
                    secrets: None,
                    hook_hash: None,
                    enabled: true,
                    interval_sec: Some(1),
                };
                let now = pulseboard_core::now();
                let made = feeds::create(conn, &by, &project, feed, "demo", definition, now).await;
                assert!(made.is_ok(), "the feed is made");
                Ok(())
            })
            .await
            .expect("the feed is made");
        let (writer, _lanes) = Writer::start(&app.database_url, app.bus.clone());
        Self { id: feed, project, writer }
    }

    /// What the feed brings at a time.
    pub async fn tick_at(&self, ts: DateTime<Utc>, payload: &Value) {
        let fields = pulseboard_feeds::numbers(payload);
        let event_id = ticks::event_id(self.id, ts, 0);
        let event = ticks::event((self.id, "feed"), ts, event_id, payload, &fields).expect("fits");
        self.writer.write(self.project, vec![event]).await.expect("is written");
    }

    pub async fn tick(&self, payload: &Value) {
        self.tick_at(pulseboard_core::now(), payload).await;
    }
}

pub fn id(text: &str) -> Uuid {
    text.parse().expect("an id")
}

/// Lines of a panel by what they are, and their values by time; what has none is left out.
pub type Lines = BTreeMap<String, BTreeMap<i64, f64>>;

/// Adds a frame's data to what is known, as every client does.
pub fn merge(known: &mut Lines, full: bool, data: &Value) {
    let from = data["from"].as_i64().expect("a time");
    if full {
        known.clear();
    }
    for points in known.values_mut() {
        points.retain(|ts, _| *ts < from);
    }
    for line in data["series"].as_array().expect("series") {
        let name = format!("{} {} {}", line["source"], line["name"], line["labels"]);
        let points = known.entry(name).or_default();
        for point in line["points"].as_array().expect("points") {
            if let Some(value) = point[1].as_f64() {
                points.insert(point[0].as_i64().expect("a time"), value);
            }
        }
    }
    known.retain(|_, points| !points.is_empty());
}

/// Someone who looks at a dashboard.
pub struct Board {
    pub socket: Socket,
    pub version: i64,
    pub snapshot: Value,
    pub panels: BTreeMap<String, Lines>,
    /// How many frames of panel data came.
    pub deliveries: usize,
}

impl Board {
    pub async fn open(who: &User, dashboard: &str) -> Self {
        Self::open_with(who, dashboard, "").await
    }

    /// `query` begins with `&` or is empty.
    pub async fn open_with(who: &User, dashboard: &str, query: &str) -> Self {
        let path = format!("/ws/dashboards/{dashboard}?ticket={}{query}", ticket(who).await);
        Self::on(Socket::open_at(&who.base, &path, &[]).await.expect("the socket opens")).await
    }

    /// The kernel takes in little for this one while it does not read.
    pub async fn open_narrow(who: &User, dashboard: &str) -> Self {
        let path = format!("/ws/dashboards/{dashboard}?ticket={}", ticket(who).await);
        Self::on(Socket::open_narrow_at(&who.base, &path).await).await
    }

    async fn on(socket: Socket) -> Self {
        let mut board =
            Self { socket, version: 0, snapshot: Value::Null, panels: BTreeMap::new(), deliveries: 0 };
        let first = board.frame().await;
        assert_eq!(first["type"], "snapshot", "the first frame");
        board
    }

    pub async fn send(&mut self, frame: &Value) {
        self.socket.send(&frame.to_string()).await;
    }

    pub async fn watch(&mut self, from: &str, to: &str) {
        self.send(&json!({"type": "watch", "from": from, "to": to, "panels": null})).await;
    }

    /// Sends an operation; its id.
    pub async fn op(&mut self, target: &str, field: &str, value: Value) -> Uuid {
        let op_id = Uuid::now_v7();
        let op = json!({"op_id": op_id, "target": target, "field": field, "value": value});
        let kind = if target == "dashboard" { "dashboard:updated" } else { "widget:updated" };
        self.send(&json!({"type": kind, "op": op})).await;
        op_id
    }

    /// The next frame, taken in.
    pub async fn frame(&mut self) -> Value {
        let frame = self.socket.frame().await;
        match frame["type"].as_str().expect("a type") {
            "snapshot" => {
                self.version = frame["dashboard_version"].as_i64().expect("a version");
                self.snapshot = frame.clone();
                self.panels.clear();
            }
            "panel_data" => {
                self.deliveries += 1;
                let panel = frame["panel_id"].as_str().expect("a panel").to_owned();
                merge(self.panels.entry(panel).or_default(), frame["full"] == true, &frame["data"]);
            }
            "widget:updated" | "dashboard:updated" => {
                let seq = frame["op"]["seq"].as_i64().expect("a number");
                assert!(seq <= self.version + 1, "a hole before {seq}");
                self.version = self.version.max(seq);
            }
            _ => {}
        }
        frame
    }

    /// The next frame of a type; others are taken in on the way.
    pub async fn next(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.frame().await;
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// Takes in frames until a panel shows what was asked for.
    pub async fn until(&mut self, panel: &str, shown: impl Fn(&Lines) -> bool) {
        while !self.panels.get(panel).is_some_and(&shown) {
            self.frame().await;
        }
    }

    pub async fn closed(&mut self) -> Closed {
        self.socket.closed().await
    }
}

/// A time some seconds ago.
pub fn ago(seconds: i64) -> DateTime<Utc> {
    pulseboard_core::now() - TimeDelta::seconds(seconds)
}
