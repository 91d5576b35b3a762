//! Access tokens that are not good.

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use pulseboard_core::access_tokens::AccessTokens;
use pulseboard_core::secrets::{self, Secret};

use serde_json::{Value, json};

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

/// A token that the installation's own key has signed, whatever it says.
fn signed(algorithm: Algorithm, change: impl FnOnce(&mut Header), claims: &Value) -> String {
    let mut header = Header::new(algorithm);
    header.typ = Some("at+jwt".into());
    header.kid = Some(secrets::encode(&secret().derive("access-token", b"kid")[..6]));
    change(&mut header);
    let key = EncodingKey::from_secret(&secret().derive("access-token", b"hs256"));
    jsonwebtoken::encode(&header, claims, &key).expect("signs")
}

#[tokio::test(flavor = "multi_thread")]
async fn even_the_right_key_signs_nothing_but_what_we_would() {
    let app = TestApp::new().await;
    app.user("ann").await;
    let ann = sign_in(&app, "ann@example.com").await;
    let who = AccessTokens::new(&secret()).verify(ann.token.as_deref().expect("a token")).expect("valid");
    let now = pulseboard_core::now().timestamp();
    let claims = json!({
        "sub": who.sub, "sid": who.sid, "iss": "pulseboard", "aud": "pulseboard-api", "iat": now, "exp": now + 600,
    });
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        signed(Algorithm::HS256, |_| {}, &claims)
    };
    let good = signed(Algorithm::HS256, |_| {}, &claims);
    let client = Client { token: Some(good), ..bare(&app) };
    client.get("/api/auth/me").await.expect_status(200).await;

    refused(&app, &with("exp", json!(now - 60)), "token_expired").await;
    for token in [
        with("aud", json!("pulseboard-web")),
        with("aud", json!(["pulseboard-web", "other"])),
        with("iss", json!("someone else")),
        with("iat", json!(now + 3600)),
        with("nbf", json!(now + 3600)),
        with("exp", json!(now + 86_400)),
        with("sub", json!("admin")),
        with("sid", Value::Null),
        signed(Algorithm::HS384, |_| {}, &claims),
        signed(Algorithm::HS512, |_| {}, &claims),
        signed(Algorithm::HS256, |header| header.typ = Some("JWT".into()), &claims),
        signed(Algorithm::HS256, |header| header.typ = None, &claims),
        signed(Algorithm::HS256, |header| header.kid = None, &claims),
        signed(Algorithm::HS256, |header| header.kid = Some("unknown".into()), &claims),
        with("padding", json!("x".repeat(6000))),
    ] {
        refused(&app, &token, "unauthenticated").await;
    }
    // Someone else's session is not lent by naming it.
    let bob = app.user("bob").await;
    let bobs = signed(Algorithm::HS256, |_| {}, &{
        let mut claims = claims.clone();
        claims["sub"] = json!(bob.id);
        claims
    });
    refused(&app, &bobs, "session_revoked").await;
    let nobodys = with("sid", json!(uuid::Uuid::now_v7()));
    refused(&app, &nobodys, "session_revoked").await;
}
