//! Which passwords are taken, and what is kept of them.

use serde_json::json;

use super::{bare, login};
use crate::app::{PASSWORD, TestApp};
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
async fn a_password_of_a_megabyte_costs_nothing() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    for size in [100 * 1024, 1 << 20] {
        let long = "x".repeat(size);
        let code = if size > 256 * 1024 { (413, "payload_too_large") } else { (422, "invalid_field") };
        let register = json!({"email": "new@example.com", "password": &long});
        bare(&app).post("/api/auth/register", &register).await.expect_error(code.0, code.1).await;
        let change = json!({"current_password": PASSWORD, "new_password": &long});
        ann.post("/api/auth/password", &change).await.expect_error(code.0, code.1).await;
        // Signing in tells nothing but that it is wrong.
        let code = if size > 256 * 1024 { (413, "payload_too_large") } else { (401, "invalid_credentials") };
        login(&app, "ann@example.com", &long).await.expect_error(code.0, code.1).await;
    }
    login(&app, "ann@example.com", PASSWORD).await.expect_status(200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_the_same_on_every_keyboard() {
    let app = TestApp::new().await;
    let (composed, decomposed) = ("Übung macht den Meister", "U\u{308}bung macht den Meister");
    let body = json!({"email": "ann@example.com", "password": decomposed});
    bare(&app).post("/api/auth/register", &body).await.expect_status(201).await;
    login(&app, "ann@example.com", composed).await.expect_status(200).await;
    login(&app, "ann@example.com", decomposed).await.expect_status(200).await;
    login(&app, "ann@example.com", "Ubung macht den Meister")
        .await
        .expect_error(401, "invalid_credentials")
        .await;
    // Neither case nor spaces at the ends are taken away: they are part of it.
    for near in ["übung macht den meister", " Übung macht den Meister", "Übung macht den Meister "] {
        login(&app, "ann@example.com", near).await.expect_error(401, "invalid_credentials").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_kept_as_a_hash_of_its_own_only() {
    let app = TestApp::new().await;
    app.user("ann").await;
    app.user("bob").await;
    let hashes = database::texts(&app, "select password_hash as text from users").await;
    assert_eq!(hashes.len(), 2);
    assert_ne!(hashes[0], hashes[1], "the same password twice");
    assert!(hashes.iter().all(|hash| hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")), "{hashes:?}");
}
