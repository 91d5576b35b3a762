//! Every route of the OpenAPI document that names an org or a project, tried by everyone who may not.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Client, TestApp, User, event};
use crate::url_table::{Operation, operations};

/// The operations that are about an org or a project, and the name of its id in the path.
fn scoped() -> Vec<(Operation, &'static str)> {
    let scope = |operation: &Operation| ["project", "org"].into_iter().find(|name| operation.names(name));
    let found: Vec<_> =
        operations().into_iter().filter_map(|one| scope(&one).map(|name| (one, name))).collect();
    assert!(found.len() >= 21, "{}", found.len());
    found
}

/// Asks every scoped operation with this id; all must answer that there is nothing.
async fn nothing_there(client: &Client, project: &str, org: &str, why: &str) {
    for (operation, scope) in scoped() {
        for path in operation.paths(scope, if scope == "org" { org } else { project }) {
            let answer = operation.ask(client, &path).await;
            assert_eq!(answer.status(), 404, "{why}: {operation} at {path}");
            answer.expect_error(404, "not_found").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_another_tenant_is_not_there() {
    let app = TestApp::new().await;
    let (ann, eve) = (app.user("ann").await, app.user("eve").await);
    let shop = ann.project("shop").await;
    eve.project("own").await;
    shop.ingest(&event("secret")).await;
    nothing_there(&eve, &shop.id, &ann.org, "foreign").await;
    nothing_there(&eve, &Uuid::now_v7().to_string(), &Uuid::now_v7().to_string(), "random").await;
    nothing_there(&eve, "nonsense", "1", "malformed").await;
    nothing_there(&eve, &Uuid::nil().to_string(), &Uuid::nil().to_string(), "nil").await;
    nothing_there(&eve, "%00", "%27%20or%201=1", "hostile").await;
    // Nothing of all that was done.
    assert_eq!(shop.events("").await.len(), 1);
    let kept = ann.get(&shop.path("")).await.expect_status(200).await;
    assert_eq!((&kept["name"], &kept["retention_days"]), (&json!("shop"), &json!(30)));
    let keys = ann.get(&shop.path("/keys")).await.expect_status(200).await;
    assert_eq!(keys["items"].as_array().map(Vec::len), Some(1), "{keys}");

    let gone = ann.project("gone").await;
    ann.delete(&gone.path("")).await.expect_status(204).await;
    nothing_there(&ann, &gone.id, &Uuid::now_v7().to_string(), "deleted").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_of_another_tenant_within_ones_own_paths_are_not_there() {
    let app = TestApp::new().await;
    let (ann, eve) = (app.user("ann").await, app.user("eve").await);
    let (shop, own, second) =
        (ann.project("shop").await, eve.project("own").await, eve.project("second").await);
    let id_of_key = async |user: &User, path: String| -> String {
        let keys = user.get(&path).await.expect_status(200).await;
        keys["items"][0]["id"].as_str().expect("an id").to_owned()
    };
    let foreign = id_of_key(&ann, shop.path("/keys")).await;
    let sister = id_of_key(&eve, second.path("/keys")).await;
    for key in [foreign, sister] {
        let path = own.path(&format!("/keys/{key}"));
        eve.delete(&path).await.expect_error(404, "not_found").await;
        eve.patch(&path, &json!({"name": "mine"})).await.expect_error(404, "not_found").await;
        eve.patch(&path, &json!({})).await.expect_error(404, "not_found").await;
    }
    shop.ingest(&event("still works")).await;
    let event = shop.events("").await[0].clone();
    let (id, ts) = (event["id"].as_str().expect("an id"), event["timestamp"].as_str().expect("a time"));
    for path in [own.path(&format!("/events/{id}")), own.path(&format!("/events/{id}?timestamp={ts}"))] {
        eve.get(&path).await.expect_error(404, "not_found").await;
    }
    // A page cursor made elsewhere is a place in time, and opens nothing.
    shop.ingest(&json!([crate::app::event("b"), crate::app::event("c")])).await;
    let page = ann.get(&shop.path("/events?limit=1")).await.expect_status(200).await;
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    let seen = eve.get(&own.path(&format!("/events?cursor={cursor}"))).await.expect_status(200).await;
    assert_eq!(seen["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_reads_everything_and_changes_nothing() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    shop.ingest(&event("a")).await;
    for role in ["viewer", "editor"] {
        let colleague = ann.colleague(&app, role, role).await;
        for (operation, scope) in scoped() {
            // Asks by POST only because the question is long.
            let long = ["/series/query", "/panel-data"];
            let asks = operation.method == "GET" || long.iter().any(|end| operation.template.ends_with(end));
            let reads = asks && operation.needs.as_deref() == Some("viewer");
            for path in operation.paths(scope, if scope == "org" { &ann.org } else { &shop.id }) {
                let answer = operation.ask(&colleague, &path).await;
                if reads {
                    // The sample question is none, and there is no event of a random id: both were let in.
                    let fits = matches!(answer.status().as_u16(), 101 | 200)
                        || (answer.status() == 422 && operation.method == "POST")
                        || (answer.status() == 404 && operation.names("event"));
                    assert!(fits, "{role}: {operation}: {}", answer.status());
                } else {
                    let error = answer.expect_error(403, "forbidden").await;
                    let message = error["message"].as_str().expect("a message");
                    assert!(message.contains("admin") && message.contains(role), "{operation}: {message}");
                }
            }
        }
    }
    assert_eq!(shop.events("").await.len(), 1);
    ann.get(&shop.path("")).await.expect_status(200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_credential_every_guarded_route_answers_401() {
    let app = TestApp::new().await;
    let anyone = app.anyone();
    let forged = Client { token: Some("x.y.z".into()), ..app.anyone() };
    let mut tried = 0;
    for operation in operations() {
        // Metrics are open to this machine.
        let Some(credential) = operation.credential.clone().filter(|name| name != "metrics") else {
            continue;
        };
        let code = if credential == "key" { "invalid_key" } else { "unauthenticated" };
        for path in operation.paths("project", &Uuid::now_v7().to_string()) {
            let path = path.replace("{org}", &Uuid::now_v7().to_string());
            operation.ask(&anyone, &path).await.expect_error(401, "unauthenticated").await;
            operation.ask(&forged, &path).await.expect_error(401, code).await;
            tried += 1;
        }
    }
    assert!(tried > 60, "{tried}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_designs_paths_answer_as_the_canonical_ones_do() {
    let app = TestApp::new().await;
    for operation in operations() {
        let mut answers: Vec<(u16, Value)> = Vec::new();
        for path in operation.paths("project", &Uuid::nil().to_string()) {
            // Wrong on purpose where anyone may: so that twice is the same as once.
            let body = operation.schema.as_ref().map(|_| json!({}));
            let answer = operation.ask_with(&app.anyone(), &path, body.as_ref()).await;
            let status = answer.status().as_u16();
            let text = answer.0.text().await.expect("a body");
            let body: Value = serde_json::from_str(&text).unwrap_or_default();
            // The address of a webhook is its key: nobody has this one.
            if !operation.names("hook") {
                assert_ne!(body["error"]["code"], "not_found", "{operation} at {path}");
            }
            answers.push((status, body["error"]["code"].clone()));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{operation}: {answers:?}");
    }

    let ann = app.user("ann").await;
    let body = json!({"email": ann.email, "password": crate::app::PASSWORD});
    let token =
        app.anyone().post("/auth/login", &body).await.expect_status(200).await["access_token"].clone();
    let ann = Client { token: token.as_str().map(str::to_owned), ..app.anyone() };
    let made = ann.post("/projects", &json!({"name": "shop"})).await.expect_status(201).await;
    let id = made["id"].as_str().expect("an id");
    let ingest = json!({"apiKey": made["api_key"], "type": "event", "name": "a"});
    app.anyone().post("/ingest", &ingest).await.expect_status(202).await;
    app.anyone().post("/api/ingest", &ingest).await.expect_status(202).await;
    let events = ann.get(&format!("/projects/{id}/events")).await.expect_status(200).await;
    assert_eq!(events["items"].as_array().map(Vec::len), Some(2), "{events}");
    assert_eq!(ann.get("/auth/me").await.expect_status(200).await["user"]["name"], "ann");
}
