//! A new `PULSEBOARD_SECRET`: everyone signs in again, and nothing breaks.

use pulseboard_core::secrets::Secret;
use reqwest::Method;
use serde_json::json;

use super::{Cookie, bare, refresh, sign_in};
use crate::app::{Answer, Client, TestApp, event};
use crate::live::client::socket_error;

#[tokio::test(flavor = "multi_thread")]
async fn with_a_new_secret_everyone_signs_in_again() {
    let before = TestApp::new().await;
    let owner = before.user("ann").await;
    let shop = owner.project("shop").await;
    let ann = sign_in(&before, "ann@example.com").await;
    let invitation = owner.invitation("bob@example.com", "viewer").await;
    // Used once already, so that the old secret's successor is known to somebody.
    let answer = refresh(&before, &ann.refresh).await;
    let successor = Cookie::of(&answer).value;
    answer.expect_status(200).await;

    let secret = Secret::new("another secret that only tests use 9876543210").expect("long enough");
    let after = before.another_with_secret(secret).await;
    let at_new = |client: &Client| Client { base: after.base.clone(), ..client.clone() };
    let signed = at_new(&ann);
    for path in ["/api/auth/me", "/api/auth/sessions", "/api/projects", &shop.path("/events")] {
        signed.get(path).await.expect_error(401, "unauthenticated").await;
    }
    signed.post("/api/realtime/tickets", &json!({})).await.expect_error(401, "unauthenticated").await;
    let bearer = format!("Bearer {}", ann.token.as_deref().expect("a token"));
    let address = format!("/api/realtime/{}", shop.id);
    let refused = socket_error(&after.base, &address, &[("authorization", bearer.as_str())]).await;
    assert_eq!(refused, (401, "unauthenticated".into()));
    for token in [&ann.refresh, &successor] {
        refresh(&after, token).await.expect_error(401, "session_revoked").await;
        let request = bare(&after).request(Method::POST, "/api/auth/logout");
        Answer::of(request.header("cookie", format!("pulseboard={token}"))).await.expect_status(204).await;
    }

    // Passwords, keys and invitations do not hang on it.
    let again = sign_in(&after, "ann@example.com").await;
    again.get("/api/auth/me").await.expect_status(200).await;
    refresh(&after, &again.refresh).await.expect_status(200).await;
    let mut moved = shop.clone();
    moved.owner.client.base.clone_from(&after.base);
    moved.ingest(&event("by the old key")).await;
    let body =
        json!({"email": "bob@example.com", "password": crate::app::PASSWORD, "invitation": invitation});
    bare(&after).post("/api/auth/register", &body).await.expect_status(201).await;

    // With the old secret back, as when the change was a mistake, the old sessions go on.
    ann.get("/api/auth/me").await.expect_status(200).await;
    refresh(&before, &successor).await.expect_status(200).await;
    refresh(&before, &again.refresh).await.expect_error(401, "session_revoked").await;
}
