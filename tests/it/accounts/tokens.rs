//! Access tokens that are not good.

use chrono::TimeDelta;
use pulseboard_core::access_tokens::AccessTokens;
use pulseboard_core::secrets::{self, Secret};

use super::{bare, sign_in};
use crate::app::{Client, TestApp, secret};

async fn refused(app: &TestApp, token: &str, code: &str) {
    for path in ["/api/auth/me", "/api/projects", "/auth/me"] {
        let client = Client { token: Some(token.to_owned()), ..bare(app) };
        client.get(path).await.expect_error(401, code).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_access_token_says_so() {
    let app = TestApp::new().await;
    app.user("ann").await;
    let ann = sign_in(&app, "ann@example.com").await;
    let tokens = AccessTokens::new(&secret());
    let claims = tokens.verify(ann.token.as_deref().expect("a token")).expect("valid");
    let now = pulseboard_core::now();
    let old = tokens.sign(claims.sub, claims.sid, now - TimeDelta::minutes(11)).expect("signs");
    refused(&app, &old, "token_expired").await;
    let fresh = tokens.sign(claims.sub, claims.sid, now).expect("signs");
    let client = Client { token: Some(fresh), ..bare(&app) };
    client.get("/api/auth/me").await.expect_status(200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tampered_foreign_and_unsigned_tokens_are_refused() {
    let app = TestApp::new().await;
    app.user("ann").await;
    app.user("bob").await;
    let (ann, bob) = (sign_in(&app, "ann@example.com").await, sign_in(&app, "bob@example.com").await);
    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let anns = parts(ann.token.as_deref().expect("a token"));
    let bobs = parts(bob.token.as_deref().expect("a token"));
    let (head, claims, signature) = (&anns[0], &anns[1], &anns[2]);

    let key_id = secrets::encode(&secret().derive("access-token", b"kid")[..6]);
    let header = |alg: &str| {
        secrets::encode(format!(r#"{{"alg":"{alg}","typ":"at+jwt","kid":"{key_id}"}}"#).as_bytes())
    };
    assert_eq!(header("HS256").len(), head.len(), "the forged header is otherwise like the real one");
    let other = AccessTokens::new(&Secret::new(Secret::generate()).expect("strong"));
    let who = AccessTokens::new(&secret()).verify(ann.token.as_deref().expect("a token")).expect("valid");
    let foreign = other.sign(who.sub, who.sid, pulseboard_core::now()).expect("signs");
    for token in [
        format!("{head}.{}.{signature}", bobs[1]),
        format!("{head}.{claims}.{}", bobs[2]),
        format!("{head}.{claims}."),
        format!("{head}.{claims}"),
        format!("{}.{claims}.", header("none")),
        format!("{}.{claims}.{signature}", header("none")),
        format!("{}.{claims}.{signature}", header("HS512")),
        format!("{}.{claims}.{signature}", header("RS256")),
        foreign,
        ann.refresh.clone(),
        "x".repeat(5000),
    ] {
        refused(&app, &token, "unauthenticated").await;
    }
    ann.get("/api/auth/me").await.expect_status(200).await;
}
