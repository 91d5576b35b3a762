//! Every operation of the OpenAPI document that changes something with a session leaves a row, or is
//! named here with the reason why not. A new one is tried by itself.

use serde_json::{Map, Value, json};

use super::log;
use crate::app::{PASSWORD, TestApp, User};
use crate::database;
use crate::isolation::world::{make_dashboard, make_feed};
use crate::url_table::{Operation, operations, sample};

/// Changes within a dashboard: every one is an operation, and its log of them says who, what and when.
const LOGGED: &str = "the dashboard's own log records it";

/// What leaves no row, and why.
const EXCEPTIONS: [(&str, &str); 19] = [
    ("PATCH /api/auth/me", "a person's own name concerns no org"),
    ("POST /api/auth/password", "a person's password concerns no org"),
    ("DELETE /api/auth/sessions/{session}", "a person's sessions concern no org"),
    ("POST /api/realtime/tickets", "opens a stream and changes nothing"),
    ("POST /api/projects/{project}/series/query", "reads; asks by POST only because the question is long"),
    ("POST /api/projects/{project}/panel-data", "reads; asks by POST only because the question is long"),
    ("POST /api/feeds/test", "takes a sample and keeps nothing"),
    ("POST /api/feeds/{feed}/test", "takes a sample and keeps nothing"),
    ("POST /api/feeds/{feed}/refresh", "asks sooner what is asked anyway"),
    ("PUT /api/dashboards/{dashboard}", LOGGED),
    ("POST /api/dashboards/{dashboard}/panels", LOGGED),
    ("PATCH /api/panels/{panel}", LOGGED),
    ("DELETE /api/panels/{panel}", LOGGED),
    ("POST /api/dashboards/{dashboard}/ops", LOGGED),
    ("POST /api/dashboards/{dashboard}/undo", LOGGED),
    ("POST /api/dashboards/{dashboard}/redo", LOGGED),
    ("POST /api/dashboards/{dashboard}/restore", LOGGED),
    ("PUT /api/dashboards/{dashboard}/star", "a person's own star concerns nobody else"),
    ("DELETE /api/dashboards/{dashboard}/star", "a person's own star concerns nobody else"),
];

/// Changes something, asked by a person.
fn changes() -> Vec<Operation> {
    let found: Vec<_> = operations()
        .into_iter()
        .filter(|one| one.method != "GET" && one.credential.as_deref() == Some("session"))
        .collect();
    assert!(found.len() >= 17, "{}", found.len());
    found
}

/// A body with every field that the schema has, each with a value that is not the one of a new thing.
fn full(schema: &Value) -> Value {
    let Some(properties) = schema["properties"].as_object() else { return sample(schema) };
    let field = |(name, schema): (&String, &Value)| {
        let value = match name.as_str() {
            "current_password" => json!(PASSWORD),
            "new_password" => json!("another correct horse"),
            "retention_days" => json!(7),
            "origins" => json!(["https://shop.example"]),
            "role" => json!("editor"),
            "ops" => {
                json!([{"op_id": uuid::Uuid::now_v7(), "target": "dashboard", "field": "name", "value": "New"}])
            }
            "to" if schema.get("example").is_none() => json!("2026-01-01T01:00:00Z"),
            "document" => json!({"pulseboard": {"kind": "dashboard", "version": 1}, "name": "Imported"}),
            "template" => json!("team"),
            // Left out: the person's own; and what is not needed to make the question.
            "org_id" | "feed_id" | "group_by" | "labels" | "points" | "series" => return None,
            _ => sample(schema),
        };
        Some((name.clone(), value))
    };
    properties.iter().filter_map(field).collect::<Map<_, _>>().into()
}

/// Everything a path may name, made anew for every operation: some of them delete it.
struct Stage {
    ann: User,
    ids: Vec<(&'static str, String)>,
    /// Who has the invitation `{token}`.
    guest: User,
}

impl Stage {
    async fn new(app: &TestApp, n: usize, operation: &Operation) -> Self {
        let ann = app.user(&format!("ann{n}")).await;
        let bob = ann.colleague(app, &format!("bob{n}"), "viewer").await;
        let guest = app.user(&format!("guest{n}")).await;
        let id = |value: &Value| value["id"].as_str().expect("an id").to_owned();
        let shop = ann.project("shop").await;
        let key = json!({"kind": "secret", "name": "reader"});
        let key = ann.post(&shop.path("/keys"), &key).await.expect_status(201).await;
        let token = ann.invitation(&guest.email, "viewer").await;
        let pending = ann.get(&format!("/api/orgs/{}/invitations", ann.org)).await.expect_status(200).await;
        let body = json!({"email": ann.email, "password": PASSWORD});
        app.anyone().post("/api/auth/login", &body).await.expect_status(200).await;
        let sessions = ann.get("/api/auth/sessions").await.expect_status(200).await;
        let (dashboard, panel) = make_dashboard(&shop, "board").await;
        let path = |rest: &str| format!("/api/dashboards/{dashboard}/{rest}");
        ann.post(&path("undo"), &json!({})).await.expect_status(200).await;
        ann.post(&path("redo"), &json!({})).await.expect_status(200).await;
        ann.put(&format!("/api/dashboards/{dashboard}"), &json!({"name": "Older"}))
            .await
            .expect_status(200)
            .await;
        ann.put(&format!("/api/dashboards/{dashboard}"), &json!({"name": "Old"}))
            .await
            .expect_status(200)
            .await;
        ann.post(&path("undo"), &json!({})).await.expect_status(200).await;
        let other = sessions["items"].as_array().expect("items").iter().find(|one| one["current"] == false);
        let kind = if operation.template.ends_with("/rotate") { "webhook" } else { "demo" };
        let ids = vec![
            ("org", ann.org.clone()),
            ("user", bob.id.clone()),
            ("project", shop.id.clone()),
            ("key", id(&key)),
            ("token", token),
            ("invitation", id(&pending["items"][0])),
            ("session", id(other.expect("another session"))),
            ("dashboard", dashboard.clone()),
            ("panel", panel),
            ("feed", make_feed(&shop, kind, "Load").await),
        ];
        Self { ann, ids, guest }
    }

    fn id(&self, name: &str) -> &str {
        let found = self.ids.iter().find(|(known, _)| *known == name);
        &found.expect("an id").1
    }

    fn path(&self, operation: &Operation) -> String {
        let mut path = operation.template.clone();
        for (name, id) in &self.ids {
            path = path.replace(&format!("{{{name}}}"), id);
        }
        assert!(!path.contains('{'), "{operation}: say here what that is");
        path
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_that_changes_something_leaves_a_row_or_says_why_not() {
    let app = TestApp::new().await;
    let mut excused = Vec::new();
    let mut recorded = Vec::new();
    for (n, operation) in changes().into_iter().enumerate() {
        let stage = Stage::new(&app, n, &operation).await;
        let asks = if operation.names("token") { &stage.guest } else { &stage.ann };
        let rows = async || database::number(&app, "select count(*) as number from audit_log").await;
        let before = rows().await;
        let mut body = operation.schema.as_ref().map(full);
        if let Some(project) = body.as_mut().and_then(|body| body.get_mut("project_id")) {
            *project = json!(stage.id("project"));
        }
        let answer = operation.ask_with(asks, &stage.path(&operation), body.as_ref()).await;
        let (status, request_id) =
            (answer.status(), answer.header("x-request-id").expect("a request id").to_owned());
        let text = answer.0.text().await.expect("a body");
        assert!(status.is_success(), "{operation} with {body:?}: {status} {text}");
        let added = rows().await - before;
        if let Some(exception) = EXCEPTIONS.iter().find(|(name, _)| *name == operation.to_string()) {
            assert_eq!(added, 0, "{operation} is no exception");
            excused.push(exception.0);
            continue;
        }
        assert!(added > 0, "{operation} leaves no row in the audit log");
        let newest = &log(&stage.ann, "").await[..added.unsigned_abs() as usize];
        for row in newest {
            assert_eq!(row["request_id"], request_id.as_str(), "{operation}: {row}");
            assert_eq!(row["ip"], "127.0.0.1", "{operation}: {row}");
            assert_eq!(row["actor"]["id"], asks.id.as_str(), "{operation}: {row}");
            assert!(row["target"]["name"].as_str().is_some_and(|name| !name.is_empty()), "{row}");
        }
        recorded.push(format!("{operation}: {}", super::actions(newest).join(", ")));
    }
    println!("{}", recorded.join("\n"));
    assert_eq!(excused.len(), EXCEPTIONS.len(), "an exception that does not exist any more: {excused:?}");
    no_secret_is_in_the_log(&app).await;
}

/// Nothing in the log opens anything: no key, no token, no password.
async fn no_secret_is_in_the_log(app: &TestApp) {
    let rows = database::texts(app, "select a::text as text from audit_log a").await;
    let keys = database::texts(app, "select public_key as text from api_keys where public_key is not null");
    let mut secrets = keys.await;
    secrets.extend([PASSWORD.to_owned(), "another correct horse".to_owned()]);
    secrets.extend(["pb_pub_", "pb_sec_", "pb_hook_", "/invite/", "eyJ"].map(ToOwned::to_owned));
    for hash in [
        "select encode(hash, 'hex') as text from api_keys",
        "select encode(token_hash, 'hex') as text from invitations",
        "select encode(hook_hash, 'hex') as text from feeds where hook_hash is not null",
    ] {
        secrets.extend(database::texts(app, hash).await);
    }
    assert!(secrets.len() > 40, "{}", secrets.len());
    for row in &rows {
        let found = secrets.iter().find(|secret| row.contains(secret.as_str()));
        assert_eq!(found, None, "{row}");
    }
}
