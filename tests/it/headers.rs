//! What stands around every answer: request ids, errors of one form, the dashboard's headers, health.

mod dashboard;

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Answer, Client, TestApp, event};
use crate::url_table::{operations, sample};

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_a_request_id() {
    let app = TestApp::new().await;
    let anyone = app.anyone();
    let mut seen = std::collections::HashSet::new();
    let paths = [
        "/",
        "/nothing.js",
        "/some/page",
        "/api/nothing",
        "/api/version",
        "/api/auth/me",
        "/healthz",
        "/readyz",
        "/metrics",
        "/api/openapi.json",
        "/api/docs/",
        "/projects/x",
        "/events",
        "/api/auth/sessions/x",
    ];
    for path in paths {
        for method in [Method::GET, Method::POST, Method::PUT, Method::OPTIONS, Method::HEAD] {
            let answer = Answer::of(anyone.request(method.clone(), path)).await;
            let id = answer.header("x-request-id").unwrap_or_else(|| panic!("none on {method} {path}"));
            assert!(id.len() >= 16, "{id}");
            assert!(seen.insert(id.to_owned()), "{id} again on {method} {path}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{method} {path}");
        }
    }
    let ask = async |id: &str| -> (String, Value) {
        let answer = Answer::of(anyone.request(Method::GET, "/api/auth/me").header("x-request-id", id)).await;
        let found = answer.header("x-request-id").expect("an id").to_owned();
        (found, answer.expect_status(401).await)
    };
    let (kept, body) = ask("my-own-id-0123456789").await;
    assert_eq!(
        (kept.as_str(), &body["error"]["request_id"]),
        ("my-own-id-0123456789", &json!("my-own-id-0123456789"))
    );
    for strange in ["short", "<script>alert(1)</script>", &"x".repeat(65), "a b c d e f g h"] {
        let (found, body) = ask(strange).await;
        assert_ne!(found, strange);
        assert_eq!(body["error"]["request_id"], found.as_str());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_address_of_the_api_is_a_json_error() {
    let app = TestApp::new().await;
    for path in [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/projects/x/y/z",
        "/auth/nothing",
        "/projects/x/y",
        "/events/x",
        "/realtime",
        "/ws",
        "/ws/dashboards",
        "/ws/nothing/x",
        "/invitations/x/y",
        "/orgs/x/y",
        "/ingest/x",
        "/nothing.js",
        "/assets/nothing.js",
    ] {
        let answer = app.anyone().get(path).await;
        assert_eq!(answer.header("content-type"), Some("application/json"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        answer.expect_error(404, "not_found").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_is_not_answered_is_a_json_error() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let all = operations();
    let mut tried = 0;
    for operation in &all {
        for path in operation.paths("project", &uuid::Uuid::now_v7().to_string()) {
            for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                if all.iter().any(|one| one.method == method && one.is_at(&path)) {
                    continue;
                }
                let answer = Answer::of(ann.request(method.clone(), &path)).await;
                let allowed = answer.header("allow").unwrap_or_default().to_owned();
                assert_eq!(answer.status(), 405, "{method} {path}");
                assert!(allowed.split(", ").any(|one| one == operation.method.as_str()), "{path}: {allowed}");
                answer.expect_error(405, "method_not_allowed").await;
                tried += 1;
            }
        }
    }
    assert!(tried > 150, "{tried}");
    app.anyone().post("/some/page", &json!({})).await.expect_error(405, "method_not_allowed").await;
}

/// Values of every type but the one a schema asks for.
fn wrong(schema: &Value) -> Vec<Value> {
    let text = schema["type"].to_string() + &schema["oneOf"].to_string();
    let is = |name: &str| text.contains(&format!("\"{name}\""));
    let mut values = vec![json!(true), json!({"a": {"b": 1}}), json!([[1]]), json!(1.5), json!(1e300)];
    if !is("string") {
        values.push(json!("text"));
    }
    if is("object") {
        values.retain(|value| !value.is_object());
    }
    values
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_about_bodies_name_the_field_and_never_quote_a_library() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let mut tried = 0;
    for operation in operations() {
        let Some(schema) = &operation.schema else { continue };
        let path = operation.paths("project", &shop.id)[0].clone();
        let path = match operation.names("org") {
            true => format!(
                "/api/orgs/{}{}",
                ann.org,
                operation.template.strip_prefix("/api/orgs/{org}").expect("below an org")
            ),
            false => path,
        };
        let client: Client = if operation.template == "/ingest" {
            Client { token: Some(shop.key.clone()), ..app.anyone() }
        } else {
            ann.client.clone()
        };
        let good = sample(schema);
        let mut bodies = vec![json!(null), json!(5), json!("text"), json!([]), json!([[]]), json!(true)];
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            for value in wrong(property) {
                let mut body = good.clone();
                body[name] = value;
                bodies.push(body);
            }
        }
        let mut raw: Vec<Vec<u8>> = bodies.iter().map(|body| body.to_string().into_bytes()).collect();
        raw.extend([
            b"".to_vec(),
            b"{".to_vec(),
            b"{\"a\":1}x".to_vec(),
            b"\xff\xfe".to_vec(),
            b"nonsense".to_vec(),
            b"{\"a\":\"\\ud800\"}".to_vec(),
            b"[1,".to_vec(),
        ]);
        for body in raw {
            let request =
                client.request(operation.method.clone(), &path).header("content-type", "application/json");
            let answer = Answer::of(request.body(body.clone())).await;
            let status = answer.status().as_u16();
            let text = answer.0.text().await.expect("a body");
            let sent = String::from_utf8_lossy(&body);
            assert!(status < 500, "{operation} with {sent}: {status} {text}");
            if status < 400 {
                continue;
            }
            tried += 1;
            let lower = text.to_lowercase();
            for foreign in [
                "serde",
                "invalid type",
                "diesel",
                "expected",
                "missing field",
                "unknown variant",
                "trailing",
                "eof",
                "chrono",
                "actix",
                "postgres",
                "column \\\"",
                "relation",
            ] {
                assert!(!lower.contains(foreign), "{operation} with {sent}: {text}");
            }
            let answered: Value = serde_json::from_str(&text).expect("JSON");
            assert!(
                answered["error"]["code"].is_string() || answered["rejected"].is_array(),
                "{operation} with {sent}: {text}"
            );
        }
    }
    assert!(tried > 200, "{tried}");
    eprintln!("{tried} refusals read");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_too_large_or_no_json_say_so() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let large = json!({"name": "x".repeat(300 * 1024)});
    ann.post("/api/projects", &large).await.expect_error(413, "payload_too_large").await;
    let form =
        ann.request(Method::POST, "/api/projects").header("content-type", "text/plain").body("name=shop");
    Answer::of(form).await.expect_error(415, "unsupported_media_type").await;
    let broken =
        ann.request(Method::POST, "/api/projects").header("content-type", "application/json; charset=utf-8");
    let error = Answer::of(broken.body("{\"name\":\n!")).await.expect_error(400, "malformed_json").await;
    assert!(error["message"].as_str().is_some_and(|text| text.contains("line 2")), "{error}");
    // Valid JSON with a value that is not wanted is something else, whatever that value is.
    for unwanted in ["null", "5", "[]", "{}", "\"owner\"", "\"\\ud800\"", "1e999"] {
        let invite = ann
            .request(Method::POST, &format!("/api/orgs/{}/invitations", ann.org))
            .header("content-type", "application/json");
        let body = format!("{{\"email\": \"bob@example.com\", \"role\": {unwanted}}}");
        let error = Answer::of(invite.body(body)).await.expect_error(422, "invalid_field").await;
        assert!(error["fields"]["role"].is_string(), "{unwanted}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_readiness_tell_the_process_from_its_database() {
    let app = TestApp::new().await;
    let anyone = app.anyone();
    assert_eq!(anyone.get("/healthz").await.0.text().await.expect("a body"), "ok\n");
    let ready = anyone.get("/readyz").await;
    assert_eq!(ready.header("cache-control"), Some("no-store"));
    assert_eq!(ready.expect_status(200).await, json!({"database": "ok", "bus": "ok"}));
    let version = anyone.get("/api/version").await.expect_status(200).await;
    assert!(version["version"].is_string() && version["commit"].is_string(), "{version}");

    crate::database::execute(
        &app,
        "insert into __diesel_schema_migrations (version) values ('20991231000000')",
    )
    .await;
    let newer = anyone.get("/readyz").await.expect_status(503).await;
    assert!(newer["database"].as_str().is_some_and(|text| text.contains("newer PulseBoard")), "{newer}");
    crate::database::execute(&app, "delete from __diesel_schema_migrations where version = '20991231000000'")
        .await;
    anyone.get("/readyz").await.expect_status(200).await;
    anyone.get("/healthz").await.0.error_for_status().expect("the process runs all along");
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_for_this_machine_or_whoever_has_the_token() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    shop.ingest(&event("a")).await;
    let answer = app.anyone().get("/metrics").await;
    assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("text/plain")));
    let text = answer.0.text().await.expect("a body");
    let value = |name: &str| {
        let line =
            text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name} in {text}"));
        line.rsplit(' ').next().and_then(|value| value.parse::<f64>().ok()).expect("a number")
    };
    assert!(value("pulseboard_events_total{outcome=\"accepted\"}") >= 1.0);
    assert!(value("pulseboard_http_responses_total{class=\"2xx\"}") >= 2.0);
    assert!(value("process_resident_memory_bytes") > 1_000_000.0);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        assert!(line.rsplit(' ').next().is_some_and(|value| value.parse::<f64>().is_ok()), "{line}");
    }

    // Behind a proxy everyone is near: nobody may without a token.
    let proxied = app.another_with(|config| config.trust_proxy = true).await;
    proxied.anyone().get("/metrics").await.expect_error(401, "unauthenticated").await;
    let guarded =
        app.another_with(|config| config.metrics_token = Some("only for the collector".into())).await;
    guarded.anyone().get("/metrics").await.expect_error(401, "unauthenticated").await;
    for (token, allowed) in [("only for the collector", true), ("only for the collecto", false), ("", false)]
    {
        let client = Client { token: Some(token.into()), ..guarded.anyone() };
        let answer = client.get("/metrics").await;
        assert_eq!(answer.status() == 200, allowed, "{token}");
    }
}
