//! E-mail addresses: one form each, and none that only looks like another.

use serde_json::json;

use super::{bare, login};
use crate::app::{Answer, PASSWORD, TestApp};
use crate::database;

async fn register(app: &TestApp, email: &str) -> Answer {
    bare(app).post("/api/auth/register", &json!({"email": email, "password": PASSWORD, "name": "Ann"})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_one_address_however_it_is_written() {
    let app = TestApp::new().await;
    let answer = register(&app, "  Ann.Lee@BÜCHER.Example \n").await.expect_status(201).await;
    let stored = "ann.lee@xn--bcher-kva.example";
    assert_eq!(answer["user"]["email"], stored);
    for same in
        [stored, "ANN.LEE@bücher.example", "ann.lee@bu\u{308}cher.example", "\u{a0}ann.lee@bücher。example"]
    {
        register(&app, same).await.expect_error(409, "email_taken").await;
        let again = login(&app, same, PASSWORD).await.expect_status(200).await;
        assert_eq!(again["user"]["id"], answer["user"]["id"], "{same}");
    }
    // The rules that only one provider has are not ours: these are other people.
    for other in ["annlee@bücher.example", "ann.lee+pulse@bücher.example"] {
        register(&app, other).await.expect_status(201).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_registers_an_address_that_only_looks_like_anothers() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    for lookalike in
        ["\u{430}nn@example.com", "ａｎｎ@example.com", "a\u{200d}nn@example.com", "ann\u{202e}@example.com"]
    {
        let error = register(&app, lookalike).await.expect_error(422, "invalid_field").await;
        assert!(error["fields"]["email"].is_string(), "{lookalike:?}: {error}");
        login(&app, lookalike, PASSWORD).await.expect_error(401, "invalid_credentials").await;
        let path = format!("/api/orgs/{}/invitations", ann.org);
        let body = json!({"email": lookalike, "role": "viewer"});
        ann.post(&path, &body).await.expect_error(422, "invalid_field").await;
    }
    // A domain may have such letters, and is shown as what it is.
    let other = register(&app, "ann@ex\u{430}mple.com").await.expect_status(201).await;
    assert_eq!(other["user"]["email"], "ann@xn--exmple-4nf.com");
    assert_eq!(database::number(&app, "select count(*) as number from users").await, 2);
}
