//! Weak passwords, changed passwords, and guessing.

use serde_json::json;

use super::{bare, login, refresh, sign_in};
use crate::app::{Answer, PASSWORD, TestApp};
use crate::database;

#[tokio::test(flavor = "multi_thread")]
async fn weak_passwords_are_refused_by_field() {
    let app = TestApp::new().await;
    let long = "long enough ".repeat(30);
    for (password, reason) in [
        ("", "10 characters"),
        ("short", "10 characters"),
        ("日本語日本語", "10 characters"),
        ("password123", "tried first"),
        ("PASSWORD123", "tried first"),
        ("aaaaaaaaaaaaaa", "tried first"),
        ("ann@example.com", "tried first"),
        (&long, "256 bytes"),
    ] {
        let body = json!({"email": "ann@example.com", "password": password});
        let error = bare(&app).post("/api/auth/register", &body).await;
        let error = error.expect_error(422, "invalid_field").await;
        assert!(error["fields"]["password"].as_str().is_some_and(|text| text.contains(reason)), "{error}");
    }
    for email in ["", "ann", "ann@localhost", "a b@example.com", "ann@example.com\r\nBcc: x@example.com"] {
        let body = json!({"email": email, "password": PASSWORD});
        let error = bare(&app).post("/api/auth/register", &body).await;
        let error = error.expect_error(422, "invalid_field").await;
        assert!(error["fields"]["email"].is_string(), "{email:?}: {error}");
    }
    assert_eq!(database::number(&app, "select count(*) as number from users").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_the_password_ends_the_other_sessions_and_keeps_this_one() {
    let app = TestApp::new().await;
    app.user("ann").await;
    let bob = app.user("bob").await;
    let here = sign_in(&app, "ann@example.com").await;
    let there = sign_in(&app, "ann@example.com").await;
    let new = "a new and better one";
    let change = async |current: &str, new: &str| -> Answer {
        here.post("/api/auth/password", &json!({"current_password": current, "new_password": new})).await
    };
    let error = change("not her password", new).await.expect_error(422, "invalid_field").await;
    assert!(error["fields"]["current_password"].is_string(), "{error}");
    let error = change(PASSWORD, "short").await.expect_error(422, "invalid_field").await;
    assert!(error["fields"]["new_password"].is_string(), "{error}");
    there.get("/api/auth/me").await.expect_status(200).await;

    change(PASSWORD, new).await.expect_status(204).await;
    here.get("/api/auth/me").await.expect_status(200).await;
    refresh(&app, &here.refresh).await.expect_status(200).await;
    there.get("/api/auth/me").await.expect_error(401, "session_revoked").await;
    refresh(&app, &there.refresh).await.expect_error(401, "session_revoked").await;
    bob.get("/api/auth/me").await.expect_status(200).await;
    login(&app, "ann@example.com", PASSWORD).await.expect_error(401, "invalid_credentials").await;
    login(&app, "ann@example.com", new).await.expect_status(200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down_and_nobody_is_locked_out() {
    let app = TestApp::new().await;
    app.user("ann").await;
    app.user("bob").await;
    let mut tries = 0;
    let refused = loop {
        let answer = login(&app, "ann@example.com", "a wrong guess").await;
        if answer.status() == 429 {
            break answer;
        }
        answer.expect_error(401, "invalid_credentials").await;
        tries += 1;
        assert!(tries < 15, "guessing is never slowed down");
    };
    assert!(tries >= 5, "people mistype: {tries}");
    let wait: u64 = refused.header("retry-after").and_then(|text| text.parse().ok()).expect("Retry-After");
    assert!((1..=61).contains(&wait), "{wait}");
    refused.expect_error(429, "too_many_requests").await;
    login(&app, "bob@example.com", PASSWORD).await.expect_status(200).await;

    // More failures: a minute at most, for the right password and on every process too.
    let raise = "update sign_in_failures set failures = 500, last_at = now() where subject = 'account:ann@example.com'";
    assert_eq!(database::execute(&app, raise).await, 1);
    let other = app.another().await;
    for app in [&app, &other] {
        let refused = login(app, "Ann@example.com", PASSWORD).await;
        let wait: u64 = refused.header("retry-after").and_then(|text| text.parse().ok()).expect("a wait");
        assert!((50..=61).contains(&wait), "{wait}");
        refused.expect_error(429, "too_many_requests").await;
    }
    let pass = "update sign_in_failures set last_at = last_at - interval '61 seconds'";
    assert!(database::execute(&app, pass).await >= 1);
    login(&app, "ann@example.com", PASSWORD).await.expect_status(200).await;
    // A success forgets the failures.
    login(&app, "ann@example.com", "a wrong guess").await.expect_error(401, "invalid_credentials").await;
    login(&app, "ann@example.com", PASSWORD).await.expect_status(200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_at_many_accounts_from_one_address_is_slowed_down() {
    let app = TestApp::with(|config| config.trust_proxy = true).await;
    app.user("ann").await;
    let from = async |ip: &str, email: &str| -> Answer {
        let body = json!({"email": email, "password": PASSWORD});
        let request = bare(&app).request(reqwest::Method::POST, "/api/auth/login").json(&body);
        // What a client writes there itself stands before what the proxy adds.
        Answer::of(request.header("x-forwarded-for", format!("198.51.100.1, {ip}"))).await
    };
    from("203.0.113.7", "x@example.com").await.expect_error(401, "invalid_credentials").await;
    let raise =
        "update sign_in_failures set failures = 100, last_at = now() where subject = 'address:203.0.113.7'";
    assert_eq!(database::execute(&app, raise).await, 1, "failures are counted by address");
    from("203.0.113.7", "ann@example.com").await.expect_error(429, "too_many_requests").await;
    from("203.0.113.8", "ann@example.com").await.expect_status(200).await;
}
