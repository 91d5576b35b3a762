//! Who may make an account, and invitations.

use pulseboard_core::config::SignUp;
use serde_json::{Value, json};

use super::{bare, login};
use crate::app::{Answer, PASSWORD, TestApp};
use crate::database;

async fn register(app: &TestApp, name: &str, invitation: Option<&str>) -> Answer {
    let mut body = json!({"email": format!("{name}@example.com"), "password": PASSWORD});
    if let Some(token) = invitation {
        body["invitation"] = json!(token);
    }
    bare(app).post("/api/auth/register", &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn where_sign_up_is_closed_nobody_gets_in() {
    let open = TestApp::new().await;
    let ann = open.user("ann").await;
    let app = open.another_with(|config| config.sign_up = SignUp::Closed).await;
    let config = bare(&app).get("/api/auth/config").await.expect_status(200).await;
    assert_eq!(config["sign_up"], "closed");
    assert!(config["version"].is_string(), "{config}");
    let invitation = ann.invitation("bob@example.com", "viewer").await;
    register(&app, "bob", None).await.expect_error(403, "registration_closed").await;
    register(&app, "bob", Some(&invitation)).await.expect_error(403, "registration_closed").await;
    login(&app, "ann@example.com", PASSWORD).await.expect_status(200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_lets_one_person_in_once_and_in_time() {
    let open = TestApp::new().await;
    let ann = open.user("ann").await;
    let app = open.another_with(|config| config.sign_up = SignUp::Invitation).await;
    let config = bare(&app).get("/api/auth/config").await.expect_status(200).await;
    assert_eq!(config["sign_up"], "invitation");
    register(&app, "bob", None).await.expect_error(403, "registration_closed").await;
    register(&app, "bob", Some("made up")).await.expect_error(403, "invitation_invalid").await;
    assert_eq!(database::number(&app, "select count(*) as number from users").await, 1, "only ann");

    let invitation = ann.invitation("bob@example.com", "viewer").await;
    let bob = register(&app, "bob", Some(&invitation)).await.expect_status(201).await;
    assert_eq!(bob["org"]["role"], "admin", "everyone has an org of their own");
    let bob = crate::app::Client { token: bob["access_token"].as_str().map(str::to_owned), ..bare(&app) };
    let me = bob.get("/api/auth/me").await.expect_status(200).await;
    let role = |org: &str| {
        let orgs = me["orgs"].as_array().expect("orgs");
        orgs.iter().find(|one| one["id"] == org).map(|one| one["role"].clone())
    };
    assert_eq!(role(&ann.org), Some(json!("viewer")), "{me}");
    let audit = ann.get(&format!("/api/orgs/{}/audit", ann.org)).await.expect_status(200).await;
    let joined = &audit["items"][0];
    assert_eq!((&joined["action"], &joined["actor"]["id"]), (&json!("member.joined"), &me["user"]["id"]));
    register(&app, "eve", Some(&invitation)).await.expect_error(403, "invitation_invalid").await;

    let invitation = ann.invitation("eve@example.com", "admin").await;
    database::execute(&app, "update invitations set expires_at = now() - interval '1 second'").await;
    register(&app, "eve", Some(&invitation)).await.expect_error(403, "invitation_invalid").await;
    login(&app, "eve@example.com", PASSWORD).await.expect_error(401, "invalid_credentials").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_many_use_at_once_lets_one_in() {
    let open = TestApp::new().await;
    let ann = open.user("ann").await;
    let app = open.another_with(|config| config.sign_up = SignUp::Invitation).await;
    let invitation = ann.invitation("bob@example.com", "viewer").await;
    let tries: Vec<_> = (0..10)
        .map(|n| {
            let (client, email) = (bare(&app), format!("bob{n}@example.com"));
            let body = json!({"email": email, "password": PASSWORD, "invitation": invitation});
            tokio::spawn(async move { client.post("/api/auth/register", &body).await })
        })
        .collect();
    let mut let_in = 0;
    for answer in tries {
        let answer = answer.await.expect("answers");
        match answer.status().as_u16() {
            201 => let_in += 1,
            _ => drop(answer.expect_error(403, "invitation_invalid").await),
        }
    }
    assert_eq!(let_in, 1);
    // Nothing is left of those who came late, and afterwards the token opens nothing for anyone.
    assert_eq!(database::number(&app, "select count(*) as number from users").await, 2);
    assert_eq!(database::number(&app, "select count(*) as number from orgs").await, 2);
    let path = format!("/api/invitations/{invitation}/accept");
    open.user("eve").await.post(&path, &json!({})).await.expect_error(403, "invitation_invalid").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_grants_nothing_until_a_signed_in_person_accepts_it() {
    let app = TestApp::new().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let shop = ann.project("shop").await;
    let token = ann.invitation(&bob.email, "editor").await;
    bob.get(&shop.path("")).await.expect_error(404, "not_found").await;

    let accept = format!("/api/invitations/{token}/accept");
    app.anyone().post(&accept, &json!({})).await.expect_error(401, "unauthenticated").await;
    let me = bob.post(&accept, &json!({})).await.expect_status(200).await;
    assert_eq!(me["orgs"].as_array().map(Vec::len), Some(2), "{me}");
    let seen = bob.get(&shop.path("")).await.expect_status(200).await;
    assert_eq!(seen["role"], "editor");
    bob.post(&accept, &json!({})).await.expect_error(403, "invitation_invalid").await;
    bob.post("/api/invitations/made-up/accept", &json!({}))
        .await
        .expect_error(403, "invitation_invalid")
        .await;

    // Accepting a lesser invitation takes nothing away.
    let own = ann.invitation("ann.other@example.com", "viewer").await;
    let me = ann.post(&format!("/api/invitations/{own}/accept"), &json!({})).await.expect_status(200).await;
    assert_eq!(me["orgs"][0]["role"], "admin", "{me}");
    let kept: Vec<Value> = database::texts(&app, "select i::text as text from invitations i")
        .await
        .into_iter()
        .filter(|row| row.contains(&token))
        .map(Value::from)
        .collect();
    assert_eq!(kept, Vec::<Value>::new(), "only the token's hash is kept");
}
