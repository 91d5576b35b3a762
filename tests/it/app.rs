//! The words tests are written in: an app, its people, their projects.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pulseboard_api::Server;
use pulseboard_core::bus::Bus;
use pulseboard_core::config::{BusConfig, FeedsConfig, HttpConfig, LimitsConfig, OutboundConfig, SignUp};
use pulseboard_core::db::Db;
use pulseboard_core::outbound::Guard;
use pulseboard_core::secret_box::SecretBox;
use pulseboard_core::secrets::Secret;
use pulseboard_feeds::Surroundings;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::cluster;

pub const PASSWORD: &str = "correct horse battery";

/// How long a condition may take to come true before a test fails.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A real server on a free port with a database of its own.
pub struct TestApp {
    pub server: Server,
    pub db: Db,
    pub bus: Bus,
    pub database_url: String,
    /// `http://127.0.0.1:port`
    pub base: String,
}

impl TestApp {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// An app whose HTTP configuration is changed first.
    pub async fn with(change: impl FnOnce(&mut HttpConfig)) -> Self {
        let url = cluster::database().await;
        Self::on(url, secret(), bus().await, change).await
    }

    /// An app on a migrated database of the test's own.
    pub async fn at(database_url: String) -> Self {
        Self::on(database_url, secret(), bus().await, |_| {}).await
    }

    /// One more api process on the same database and bus, as in an installation of several.
    pub async fn another(&self) -> Self {
        self.another_with(|_| {}).await
    }

    /// One more api process whose HTTP configuration is changed first.
    pub async fn another_with(&self, change: impl FnOnce(&mut HttpConfig)) -> Self {
        Self::on(self.database_url.clone(), secret(), self.bus.clone(), change).await
    }

    /// One more api process on the same database that hears nothing from this one.
    pub async fn another_without_bus(&self) -> Self {
        Self::on(self.database_url.clone(), secret(), bus().await, |_| {}).await
    }

    /// The same installation, restarted with another `PULSEBOARD_SECRET`.
    pub async fn another_with_secret(&self, secret: Secret) -> Self {
        Self::on(self.database_url.clone(), secret, self.bus.clone(), |_| {}).await
    }

    /// An app on a bus of the test's own.
    pub async fn on_bus(bus: Bus) -> Self {
        Self::on(cluster::database().await, secret(), bus, |_| {}).await
    }

    /// An app on a bus of the test's own whose HTTP configuration is changed first.
    pub async fn on_bus_with(bus: Bus, change: impl FnOnce(&mut HttpConfig)) -> Self {
        Self::on(cluster::database().await, secret(), bus, change).await
    }

    /// One more api process on the same database, with its own connection to a bus.
    pub async fn another_on_bus(&self, bus: Bus) -> Self {
        self.another_on_bus_with(bus, |_| {}).await
    }

    /// The same, with its HTTP configuration changed first.
    pub async fn another_on_bus_with(&self, bus: Bus, change: impl FnOnce(&mut HttpConfig)) -> Self {
        Self::on(self.database_url.clone(), secret(), bus, change).await
    }

    async fn on(
        database_url: String,
        secret: Secret,
        bus: Bus,
        change: impl FnOnce(&mut HttpConfig),
    ) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut config = HttpConfig {
            listen: "127.0.0.1:0".into(),
            public_url: None,
            sign_up: SignUp::Open,
            trust_proxy: false,
            metrics_token: None,
            limits: LimitsConfig::NONE,
        };
        change(&mut config);
        let db = Db::connect(&database_url, 8).expect("a pool");
        let options = pulseboard_api::Options {
            config,
            db: db.clone(),
            bus: bus.clone(),
            secret_box: SecretBox::new(&secret, None),
            secret,
            writer_url: database_url.clone(),
            surroundings: surroundings(|_| {}),
        };
        let server = Server::start(options).await.expect("the server starts");
        let base = format!("http://{}", server.address);
        Self { server, db, bus, database_url, base }
    }

    /// Someone without an account.
    pub fn anyone(&self) -> Client {
        Client { http: client(), base: self.base.clone(), token: None }
    }

    /// A person who has just registered as `name@example.com`.
    pub async fn user(&self, name: &str) -> User {
        let client = self.anyone();
        let body = json!({"email": format!("{name}@example.com"), "password": PASSWORD, "name": name});
        let answer = client.post("/api/auth/register", &body).await.expect_status(201).await;
        User::new(client, &answer)
    }
}

/// Any installation of tests uses the same secret, so that several processes understand each other.
pub const SECRET: &str = "a secret that only tests use 0123456789";

pub fn secret() -> Secret {
    Secret::new(SECRET).expect("long enough")
}

/// In process, or through Redis where the environment names one; tests never share a prefix.
async fn bus() -> Bus {
    static TAKEN: AtomicUsize = AtomicUsize::new(0);
    let n = TAKEN.fetch_add(1, Ordering::Relaxed);
    let config = BusConfig {
        redis_url: std::env::var("REDIS_URL").ok().filter(|url| !url.is_empty()),
        redis_prefix: format!("it-{}-{n}", std::process::id()),
    };
    Bus::connect(&config).await.expect("the bus connects")
}

fn client() -> reqwest::Client {
    // Idle for less than the server allows, so that a request never meets a connection that is just closing.
    let idle = Duration::from_secs(2);
    let client = reqwest::Client::builder().cookie_store(true).no_proxy().pool_idle_timeout(idle);
    client.build().expect("a client")
}

/// An HTTP client with an identity (or none) and a cookie jar.
#[derive(Clone)]
pub struct Client {
    pub http: reqwest::Client,
    pub base: String,
    pub token: Option<String>,
}

impl Client {
    /// A request that can still be changed.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::PATCH, path).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::PUT, path).json(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, path)).await
    }
}

/// An answer that has arrived.
pub struct Answer(pub Response);

impl Answer {
    pub async fn of(request: RequestBuilder) -> Self {
        Self(request.send().await.expect("an answer"))
    }

    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.headers().get(name).and_then(|value| value.to_str().ok())
    }

    pub async fn json(self) -> Value {
        self.0.json().await.expect("JSON")
    }

    /// The body of an answer with this status; anything else fails the test with what was answered.
    pub async fn expect_status(self, status: u16) -> Value {
        let found = self.status();
        let text = self.0.text().await.expect("a body");
        assert_eq!(found.as_u16(), status, "{text}");
        if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") }
    }

    /// The error of an answer with this status, checked for its form and for its code.
    pub async fn expect_error(self, status: u16, code: &str) -> Value {
        let request_id = self.header("x-request-id").expect("every answer has a request id").to_owned();
        let body = self.expect_status(status).await;
        let error = &body["error"];
        assert_eq!(error["code"], code, "{body}");
        assert_eq!(error["request_id"], request_id.as_str(), "{body}");
        assert!(error["message"].as_str().is_some_and(|message| message.len() > 10), "{body}");
        error.clone()
    }
}

/// A world for feeds in which loopback may be asked, as the operator has changed it.
pub fn surroundings(change: impl FnOnce(&mut FeedsConfig)) -> Arc<Surroundings> {
    let mut config = FeedsConfig { least_interval: 1, ..FeedsConfig::default() };
    change(&mut config);
    let outbound = OutboundConfig { allow: "127.0.0.0/8".parse().expect("a network") };
    let guard = Guard::new(&outbound).expect("a guard");
    Arc::new(Surroundings::new(&config, guard).expect("surroundings"))
}

/// A signed-in person.
#[derive(Clone)]
pub struct User {
    pub client: Client,
    pub id: String,
    pub org: String,
    pub email: String,
}

impl std::ops::Deref for User {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.client
    }
}

impl User {
    fn new(client: Client, answer: &Value) -> Self {
        let text = |value: &Value| value.as_str().expect("a string").to_owned();
        Self {
            client: Client { token: Some(text(&answer["access_token"])), ..client },
            id: text(&answer["user"]["id"]),
            org: text(&answer["org"]["id"]),
            email: text(&answer["user"]["email"]),
        }
    }

    /// Someone new whom this person has invited into their org.
    pub async fn colleague(&self, app: &TestApp, name: &str, role: &str) -> User {
        let colleague = app.user(name).await;
        let token = self.invitation(&colleague.email, role).await;
        let path = format!("/api/invitations/{token}/accept");
        colleague.post(&path, &json!({})).await.expect_status(200).await;
        colleague
    }

    /// The token of an invitation into this person's org.
    pub async fn invitation(&self, email: &str, role: &str) -> String {
        let path = format!("/api/orgs/{}/invitations", self.org);
        let answer = self.post(&path, &json!({"email": email, "role": role})).await.expect_status(201).await;
        let link = answer["link"].as_str().expect("a link");
        link.rsplit_once("/invite/").expect("a token in the link").1.to_owned()
    }

    /// A new project of the person's own org.
    pub async fn project(&self, name: &str) -> Project {
        let answer = self.post("/api/projects", &json!({ "name": name })).await.expect_status(201).await;
        Project {
            owner: self.clone(),
            id: answer["id"].as_str().expect("an id").to_owned(),
            key: answer["api_key"].as_str().expect("a key").to_owned(),
        }
    }
}

/// A project with its first public key.
#[derive(Clone)]
pub struct Project {
    pub owner: User,
    pub id: String,
    pub key: String,
}

impl Project {
    /// A path below this project.
    pub fn path(&self, rest: &str) -> String {
        format!("/api/projects/{}{rest}", self.id)
    }

    /// Sends a body with the public key and returns whatever was answered.
    pub async fn send(&self, body: &Value) -> Answer {
        let request = self.owner.http.post(format!("{}/ingest", self.owner.base)).bearer_auth(&self.key);
        Answer::of(request.json(body)).await
    }

    /// Sends what must be accepted.
    pub async fn ingest(&self, body: &Value) -> Value {
        self.send(body).await.expect_status(202).await
    }

    /// A new secret key.
    pub async fn secret_key(&self) -> String {
        let body = json!({"kind": "secret", "name": "reader"});
        let answer = self.owner.post(&self.path("/keys"), &body).await.expect_status(201).await;
        answer["key"].as_str().expect("a key").to_owned()
    }

    /// The events that the list shows, newest first; `query` begins with `?` or is empty.
    pub async fn events(&self, query: &str) -> Vec<Value> {
        let page = self.owner.get(&self.path(&format!("/events{query}"))).await.expect_status(200).await;
        page["items"].as_array().expect("items").clone()
    }
}

/// An error event, as an app would send it.
pub fn error(name: &str) -> Value {
    json!({"type": "error", "name": name, "payload": {"screen": "HomeScreen", "userId": "u_123"}})
}

/// A plain event.
pub fn event(name: &str) -> Value {
    json!({"type": "event", "name": name})
}

/// A metric.
pub fn metric(name: &str, value: f64) -> Value {
    json!({"type": "metric", "name": name, "value": value})
}

/// Asks again until there is an answer; fails after [`PATIENCE`].
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(started.elapsed() < PATIENCE, "{what} did not happen within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
