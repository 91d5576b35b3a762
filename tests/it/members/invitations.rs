//! Invitations: made, listed, replaced, withdrawn, looked at, accepted.

use serde_json::{Value, json};

use super::{members, path, role_of, roles};
use crate::app::{TestApp, User};
use crate::database;

async fn pending(owner: &User) -> Vec<Value> {
    let page = owner.get(&path(owner, "/invitations")).await.expect_status(200).await;
    page["items"].as_array().expect("items").clone()
}

fn look(token: &str) -> String {
    format!("/api/invitations/{token}")
}

fn accept(token: &str) -> String {
    format!("/api/invitations/{token}/accept")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_listed_until_it_is_withdrawn() {
    let app = TestApp::new().await;
    let (ann, eve) = (app.user("ann").await, app.user("eve").await);
    let body = json!({"email": " Bob@Example.com", "role": "editor"});
    let made = ann.post(&path(&ann, "/invitations"), &body).await.expect_status(201).await;
    let link = made["link"].as_str().expect("a link");
    let token = link.strip_prefix(&format!("{}/invite/", app.base)).expect("our own address");
    assert!(token.len() >= 43, "256 bits: {token}");
    let mut listed = made.clone();
    listed.as_object_mut().expect("an object").remove("link");
    assert_eq!(pending(&ann).await, [listed], "the link is shown once");
    assert_eq!((&made["email"], &made["role"]), (&json!("bob@example.com"), &json!("editor")));
    let me = json!({"id": ann.id, "email": "ann@example.com", "name": "ann"});
    assert_eq!(made["invited_by"], me);

    let seen = app.anyone().get(&look(token)).await.expect_status(200).await;
    let expected = json!({"org": {"name": "ann"}, "email": "bob@example.com", "role": "editor",
        "expires_at": made["expires_at"]});
    assert_eq!(seen, expected, "whoever has the link sees what it is to, and nothing else");

    let this = path(&ann, &format!("/invitations/{}", made["id"].as_str().expect("an id")));
    eve.delete(&this).await.expect_error(404, "not_found").await;
    let foreign = this.replace(&ann.org, &eve.org);
    eve.delete(&foreign).await.expect_error(404, "not_found").await;
    ann.delete(&this).await.expect_status(204).await;
    ann.delete(&this).await.expect_error(404, "not_found").await;
    assert_eq!(pending(&ann).await, Vec::<Value>::new());
    app.anyone().get(&look(token)).await.expect_error(403, "invitation_invalid").await;
    eve.post(&accept(token), &json!({})).await.expect_error(403, "invitation_invalid").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inviting_an_address_again_replaces_what_was_pending() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let first = ann.invitation("bob@example.com", "admin").await;
    let second = ann.invitation("BOB@example.com", "viewer").await;
    assert_eq!(pending(&ann).await.len(), 1);
    bob.post(&accept(&first), &json!({})).await.expect_error(403, "invitation_invalid").await;
    bob.post(&accept(&second), &json!({})).await.expect_status(200).await;
    assert_eq!(role_of(&bob, &ann.org).await.as_deref(), Some("viewer"));
    assert_eq!(pending(&ann).await, Vec::<Value>::new());

    // Many at once: one is left, and it is one whose link works.
    let asked: Vec<_> = (0..8)
        .map(|_| {
            let (ann, path) = (ann.clone(), path(&ann, "/invitations"));
            tokio::spawn(async move {
                ann.post(&path, &json!({"email": "zoe@example.com", "role": "viewer"})).await
            })
        })
        .collect();
    let mut tokens = Vec::new();
    for answer in asked {
        let made = answer.await.expect("answers").expect_status(201).await;
        tokens.extend(made["link"].as_str().and_then(|link| link.rsplit('/').next()).map(str::to_owned));
    }
    let mut open = 0;
    for token in &tokens {
        open += i32::from(app.anyone().get(&look(token)).await.status() == 200);
    }
    assert_eq!(tokens.len(), 8);
    assert_eq!((pending(&ann).await.len(), open), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_a_member_is_not_invited() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let bob = ann.colleague(&app, "bob", "viewer").await;
    for email in ["ann@example.com", " BOB@example.com "] {
        let body = json!({"email": email, "role": "admin"});
        let error =
            ann.post(&path(&ann, "/invitations"), &body).await.expect_error(409, "already_member").await;
        assert!(error["fields"]["email"].is_string(), "{error}");
    }
    assert_eq!(pending(&ann).await, Vec::<Value>::new());
    assert_eq!(role_of(&bob, &ann.org).await.as_deref(), Some("viewer"));
    // Somebody else's member may be.
    app.user("eve").await.invitation("bob@example.com", "viewer").await;
    for bad in [json!({"email": "nonsense", "role": "viewer"}), json!({"email": "a@b.de", "role": "boss"})] {
        ann.post(&path(&ann, "/invitations"), &bad).await.expect_error(422, "invalid_field").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accepting_as_a_member_uses_the_invitation_up_and_changes_no_role() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let bob = ann.colleague(&app, "bob", "viewer").await;
    for (who, role, offered) in [(&bob, "viewer", "admin"), (&ann, "admin", "viewer")] {
        let token = ann.invitation("someone@example.com", offered).await;
        let me = who.post(&accept(&token), &json!({})).await.expect_status(200).await;
        let org =
            me["orgs"].as_array().and_then(|orgs| orgs.iter().find(|org| org["id"] == ann.org.as_str()));
        assert_eq!(org.map(|org| &org["role"]), Some(&json!(role)), "{me}");
        who.post(&accept(&token), &json!({})).await.expect_error(403, "invitation_invalid").await;
        app.anyone().get(&look(&token)).await.expect_error(403, "invitation_invalid").await;
    }
    assert_eq!(roles(&members(&ann, &ann).await), [("ann", "admin"), ("bob", "viewer")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_expired_used_or_made_up_is_told_the_same() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let used = ann.invitation("bob@example.com", "viewer").await;
    bob.post(&accept(&used), &json!({})).await.expect_status(200).await;
    let expired = ann.invitation("zoe@example.com", "viewer").await;
    database::execute(
        &app,
        "update invitations set expires_at = now() - interval '1 second' where accepted_at is null",
    )
    .await;
    let mut told = Vec::new();
    for token in [used.as_str(), &expired, "made-up", "%00", "%20", &"x".repeat(4000)] {
        let mut error = app.anyone().get(&look(token)).await.expect_error(403, "invitation_invalid").await;
        error.as_object_mut().expect("an error").remove("request_id");
        told.push(error);
    }
    assert!(told.iter().all(|error| *error == told[0]), "{told:?}");
    assert_eq!(pending(&ann).await, Vec::<Value>::new(), "what has expired is not pending");
    ann.invitation("zoe@example.com", "viewer").await;
    assert_eq!(pending(&ann).await.len(), 1, "and may be made anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_invite_look_and_withdraw() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    ann.invitation("guest@example.com", "viewer").await;
    let id = pending(&ann).await[0]["id"].as_str().expect("an id").to_owned();
    for role in ["viewer", "editor"] {
        let colleague = ann.colleague(&app, role, role).await;
        let body = json!({"email": "x@example.com", "role": "viewer"});
        for answer in [
            colleague.get(&path(&ann, "/invitations")).await,
            colleague.post(&path(&ann, "/invitations"), &body).await,
            colleague.delete(&path(&ann, &format!("/invitations/{id}"))).await,
            colleague.get(&path(&ann, "/audit")).await,
        ] {
            answer.expect_error(403, "forbidden").await;
        }
    }
    assert_eq!(pending(&ann).await.len(), 1);
}
