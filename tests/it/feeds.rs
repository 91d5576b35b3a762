//! Feeds: asked when due by whoever is there, once per tick; their secrets kept; webhooks.

mod definitions;
mod running;
mod secrets;
mod sharing;
mod webhooks;

use pulseboard_core::bus::Bus;
use pulseboard_core::config::LimitsConfig;
use pulseboard_core::db::Db;
use pulseboard_core::secret_box::SecretBox;
use pulseboard_core::writer::Writer;
use pulseboard_worker::feeds::{self, Options};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::{Answer, Project, TestApp, eventually, secret, surroundings};
use crate::outbound::outside::Place;

/// A worker that runs feeds and nothing else.
struct Runner {
    stop: watch::Sender<bool>,
    running: JoinHandle<()>,
}

impl Runner {
    fn start(app: &TestApp) -> Self {
        Self::with(app, |_| {})
    }

    /// One whose options are changed first.
    fn with(app: &TestApp, change: impl FnOnce(&mut Options)) -> Self {
        let mut options = options(app.bus.clone(), &app.database_url);
        change(&mut options);
        let db = Db::connect(&app.database_url, 4).expect("a pool");
        let (stop, stopped) = watch::channel(false);
        Self { stop, running: tokio::spawn(feeds::run(db, options, stopped)) }
    }

    /// Lets it finish what it does.
    async fn stop(self) {
        self.stop.send_replace(true);
        self.running.await.expect("no panic");
    }

    /// Ends it in the middle of whatever it does.
    async fn kill(self) {
        self.running.abort();
        assert!(self.running.await.expect_err("cut off").is_cancelled());
    }
}

fn options(bus: Bus, url: &str) -> Options {
    Options {
        writer: Writer::start(url, bus.clone()).0,
        bus,
        surroundings: surroundings(|_| {}),
        least_interval: 1,
        secret_box: SecretBox::new(&secret(), None),
        limits: LimitsConfig::NONE,
    }
}

impl Project {
    /// Asks for a feed and returns whatever was answered.
    async fn try_feed(&self, kind: &str, config: Value) -> Answer {
        let body = json!({"project_id": self.id, "type": kind, "name": kind, "config": config});
        self.owner.post("/api/feeds", &body).await
    }

    /// A new feed, by its path.
    async fn feed(&self, kind: &str, config: Value) -> Feed {
        let made = self.try_feed(kind, config).await.expect_status(201).await;
        Feed { project: self.clone(), id: made["id"].as_str().expect("an id").to_owned() }
    }
}

/// A feed that has been made.
#[derive(Clone)]
struct Feed {
    project: Project,
    id: String,
}

impl Feed {
    fn path(&self, rest: &str) -> String {
        format!("/api/feeds/{}{rest}", self.id)
    }

    async fn show(&self) -> Value {
        self.project.owner.get(&self.path("")).await.expect_status(200).await
    }

    async fn change(&self, patch: Value) -> Value {
        self.project.owner.patch(&self.path(""), &patch).await.expect_status(200).await
    }

    /// What it found, oldest first.
    async fn history(&self) -> Vec<Value> {
        let page = self.project.owner.get(&self.path("/history")).await.expect_status(200).await;
        page["items"].as_array().expect("items").clone()
    }

    /// The feed as soon as this is so.
    async fn when(&self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        eventually(what, async || Some(self.show().await).filter(&is)).await
    }

    async fn when_ok(&self) -> Value {
        self.when("the feed is ok", |feed| feed["state"] == "ok").await
    }

    async fn when_failing(&self) -> Value {
        self.when("the feed is failing", |feed| feed["state"] == "failing").await
    }
}

/// A server outside that answers with this JSON.
async fn outside(json: &Value) -> Place {
    let body = json.to_string();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
    Place::answering(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())).await
}
