//! What is left of a member who has gone: nothing of theirs works in the org, and what they made stays.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{member_path, members, path, role_of, roles};
use crate::app::{Client, Project, TestApp, User, event};
use crate::live::client::{Closed, Socket, Sse, socket_error, ticket};

/// A project as another member sees it.
fn seen_by(project: &Project, owner: &User) -> Project {
    Project { owner: owner.clone(), ..project.clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_removed_is_out_within_five_seconds_and_others_stay() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let (bob, zoe) = (ann.colleague(&app, "bob", "viewer").await, ann.colleague(&app, "zoe", "viewer").await);
    let shop = ann.project("shop").await;
    let (his, hers) = (seen_by(&shop, &bob), seen_by(&shop, &zoe));
    let (mut out, mut stays) = (Socket::open(&his, "").await, Socket::open(&hers, "").await);
    let mut stream = Sse::open(&his, "", None).await;
    assert_eq!(stream.event().await.kind, "ready");
    let his_own = bob.project("his own").await;
    let mut own = Socket::open(&his_own, "").await;
    let unused = ticket(&bob).await;

    ann.delete(&member_path(&ann, &bob)).await.expect_status(204).await;
    let removed = Instant::now();
    bob.get(&shop.path("")).await.expect_error(404, "not_found").await;
    bob.get(&path(&ann, "/members")).await.expect_error(404, "not_found").await;
    let address = format!("/api/realtime/{}?ticket={unused}", shop.id);
    let refused = socket_error(&app.base, &address, &[]).await;
    assert_eq!(refused, (404, "not_found".into()), "a ticket from before opens nothing");
    assert_eq!(out.closed().await, Closed::With(4401));
    let close = stream.event().await;
    assert_eq!((close.kind.as_str(), &close.data["code"]), ("close", &json!(4401)));
    println!("socket and stream closed {:?} after the removal", removed.elapsed());
    assert!(removed.elapsed() < Duration::from_secs(5), "{:?}", removed.elapsed());

    shop.ingest(&event("for members")).await;
    assert_eq!(stays.names(1).await, ["for members"]);
    his_own.ingest(&event("for him")).await;
    assert_eq!(own.names(1).await, ["for him"], "what he watches elsewhere goes on");
    assert_eq!(role_of(&bob, &ann.org).await, None);
    assert_eq!(roles(&members(&ann, &ann).await), [("ann", "admin"), ("zoe", "viewer")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_is_out_within_five_seconds() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let bob = ann.colleague(&app, "bob", "viewer").await;
    let shop = ann.project("shop").await;
    let mut socket = Socket::open(&seen_by(&shop, &bob), "").await;
    bob.delete(&member_path(&ann, &bob)).await.expect_status(204).await;
    let left = Instant::now();
    assert_eq!(socket.closed().await, Closed::With(4401));
    println!("socket closed {:?} after leaving", left.elapsed());
    assert!(left.elapsed() < Duration::from_secs(5), "{:?}", left.elapsed());
    bob.delete(&member_path(&ann, &bob)).await.expect_error(404, "not_found").await;
    bob.get("/api/auth/me").await.expect_status(200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_gets_another_role_goes_on_watching() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let bob = ann.colleague(&app, "bob", "admin").await;
    let (shop, watched) = (ann.project("shop").await, ann.project("watched").await);
    let mut socket = Socket::open(&seen_by(&shop, &bob), "").await;
    ann.patch(&member_path(&ann, &bob), &json!({"role": "viewer"})).await.expect_status(200).await;
    // Once access has been looked at again, as someone who leaves at the same time shows.
    let zoe = ann.colleague(&app, "zoe", "viewer").await;
    let mut leaves = Socket::open(&seen_by(&watched, &zoe), "").await;
    ann.delete(&member_path(&ann, &zoe)).await.expect_status(204).await;
    assert_eq!(leaves.closed().await, Closed::With(4401));
    shop.ingest(&event("a viewer sees it")).await;
    assert_eq!(socket.names(1).await, ["a viewer sees it"]);
    bob.delete(&shop.path("")).await.expect_error(403, "forbidden").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_member_made_stays_the_projects() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let bob = ann.colleague(&app, "bob", "admin").await;
    let shop = ann.project("shop").await;
    let his = seen_by(&shop, &bob);
    let secret = his.secret_key().await;
    let token = bob.invitation("guest@example.com", "viewer").await;
    let path_of_invitations = path(&ann, "/invitations");
    let late = json!({"email": "late@example.com", "role": "viewer"});
    bob.post(&path_of_invitations, &late).await.expect_status(201).await;
    ann.delete(&member_path(&ann, &bob)).await.expect_status(204).await;

    shop.ingest(&event("a")).await;
    let reader = Client { token: Some(secret), ..app.anyone() };
    let events = reader.get("/events").await.expect_status(200).await;
    assert_eq!(events["items"].as_array().map(Vec::len), Some(1), "the key he made reads on");
    let keys = ann.get(&shop.path("/keys")).await.expect_status(200).await;
    assert_eq!(keys["items"].as_array().map(Vec::len), Some(2), "{keys}");
    // An invitation into the org he left is still the org's; by whom is not to be seen any more.
    let pending = ann.get(&path_of_invitations).await.expect_status(200).await;
    assert_eq!(pending["items"][0]["email"], "late@example.com");
    assert_eq!(pending["items"][0]["invited_by"], json!(null));
    // And his own org is untouched.
    app.anyone().get(&format!("/api/invitations/{token}")).await.expect_status(200).await;

    let again = ann.invitation(&bob.email, "viewer").await;
    bob.post(&format!("/api/invitations/{again}/accept"), &json!({})).await.expect_status(200).await;
    assert_eq!(role_of(&bob, &ann.org).await.as_deref(), Some("viewer"), "he may come back, as invited");
}
