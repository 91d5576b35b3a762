//! Refresh tokens: used once, in families.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::json;

use super::{Cookie, bare, next, refresh, sign_in};
use crate::app::{Answer, TestApp};
use crate::database;

/// As if every token that was used had been used longer ago than the grace.
async fn let_the_grace_pass(app: &TestApp) {
    let sql = "update refresh_tokens set used_at = used_at - interval '11 seconds' where used_at is not null";
    assert!(database::execute(app, sql).await > 0, "a token has been used");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refresh_answers_an_access_token_and_the_next_cookie() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    // The jar of `ann` carries the cookie as a browser does.
    let first = ann.post("/api/auth/refresh", &json!({})).await;
    let first_cookie = Cookie::of(&first).value;
    let first = first.expect_status(200).await;
    assert_eq!(first["expires_in"], 600);
    let second = ann.post("/api/auth/refresh", &json!({})).await;
    let second_cookie = Cookie::of(&second).value;
    assert_ne!(first_cookie, second_cookie);
    let token = second.expect_status(200).await["access_token"].as_str().map(str::to_owned);
    let client = crate::app::Client { token, ..bare(&app) };
    let me = client.get("/api/auth/me").await.expect_status(200).await;
    assert_eq!(me["user"]["id"], ann.id.as_str());
    bare(&app).post("/api/auth/refresh", &json!({})).await.expect_error(401, "unauthenticated").await;
    refresh(&app, "made-up").await.expect_error(401, "session_revoked").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn within_the_grace_two_tabs_get_the_same_successor() {
    let app = TestApp::new().await;
    app.user("ann").await;
    let ann = sign_in(&app, "ann@example.com").await;
    let successor = next(&app, &ann.refresh).await;
    assert_eq!(next(&app, &ann.refresh).await, successor);
    assert_eq!(next(&app.another().await, &ann.refresh).await, successor, "whichever process answers");
    let after = next(&app, &successor).await;
    assert_ne!(after, successor);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_used_again_later_ends_its_session_and_no_other() {
    let app = TestApp::new().await;
    app.user("ann").await;
    let stolen = sign_in(&app, "ann@example.com").await;
    let other = sign_in(&app, "ann@example.com").await;
    let successor = next(&app, &stolen.refresh).await;
    let_the_grace_pass(&app).await;
    stolen.get("/api/auth/me").await.expect_status(200).await;

    refresh(&app, &stolen.refresh).await.expect_error(401, "session_revoked").await;
    refresh(&app, &successor).await.expect_error(401, "session_revoked").await;
    stolen.get("/api/auth/me").await.expect_error(401, "session_revoked").await;
    other.get("/api/auth/me").await.expect_status(200).await;
    next(&app, &other.refresh).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_refresh_token_ends_the_session_whoever_comes_second() {
    let app = TestApp::with(|config| config.trust_proxy = true).await;
    app.user("ann").await;
    let from = async |ip: &str, token: &str| -> Answer {
        let request = bare(&app).request(Method::POST, "/api/auth/refresh");
        let request = request.header("cookie", format!("pulseboard={token}"));
        Answer::of(request.header("x-forwarded-for", ip)).await
    };
    let (home, thief) = ("198.51.100.7", "203.0.113.66");
    // The thief comes late: the owner has used the token.
    let ann = sign_in(&app, "ann@example.com").await;
    let answer = from(home, &ann.refresh).await;
    let successor = Cookie::of(&answer).value;
    answer.expect_status(200).await;
    let_the_grace_pass(&app).await;
    from(thief, &ann.refresh).await.expect_error(401, "session_revoked").await;
    from(home, &successor).await.expect_error(401, "session_revoked").await;
    ann.get("/api/auth/me").await.expect_error(401, "session_revoked").await;

    // The thief comes first: it is the owner who finds the token used, and both are out.
    let ann = sign_in(&app, "ann@example.com").await;
    let answer = from(thief, &ann.refresh).await;
    let stolen = Cookie::of(&answer).value;
    let stolen_access = answer.expect_status(200).await["access_token"].as_str().map(str::to_owned);
    let_the_grace_pass(&app).await;
    from(home, &ann.refresh).await.expect_error(401, "session_revoked").await;
    from(thief, &stolen).await.expect_error(401, "session_revoked").await;
    let thief = crate::app::Client { token: stolen_access, ..bare(&app) };
    thief.get("/api/auth/me").await.expect_error(401, "session_revoked").await;
    // Signing in again is all it takes.
    sign_in(&app, "ann@example.com").await.get("/api/auth/me").await.expect_status(200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_grace_is_ten_seconds_for_every_token_of_the_family() {
    let app = TestApp::new().await;
    app.user("ann").await;
    let ann = sign_in(&app, "ann@example.com").await;
    let used_ago = async |seconds: i64| {
        let sql = format!(
            "update refresh_tokens set used_at = now() - interval '{seconds} seconds' where used_at is not null"
        );
        database::execute(&app, &sql).await;
    };
    let second = next(&app, &ann.refresh).await;
    used_ago(8).await;
    assert_eq!(next(&app, &ann.refresh).await, second, "still in time");
    let third = next(&app, &second).await;
    assert_eq!(next(&app, &ann.refresh).await, second, "the first one's successor stays the same");
    used_ago(11).await;
    // The newest is good however long the others have been used; the oldest ends them all.
    let fourth = next(&app, &third).await;
    refresh(&app, &ann.refresh).await.expect_error(401, "session_revoked").await;
    refresh(&app, &fourth).await.expect_error(401, "session_revoked").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_refreshes_at_once_have_one_successor() {
    let app = TestApp::new().await;
    app.user("ann").await;
    let ann = sign_in(&app, "ann@example.com").await;
    let client = bare(&app).http;
    let tries: Vec<_> = (0..100)
        .map(|_| {
            let request = client.post(format!("{}/api/auth/refresh", app.base));
            let request = request.header("cookie", format!("pulseboard={}", ann.refresh));
            tokio::spawn(Answer::of(request))
        })
        .collect();
    let mut successors = HashSet::new();
    for answer in tries {
        let answer = answer.await.expect("answers");
        assert_eq!(answer.status(), 200);
        successors.insert(Cookie::of(&answer).value);
    }
    assert_eq!(successors.len(), 1, "{successors:?}");
    let kept = "select count(*) as number from refresh_tokens t join sessions s on s.id = t.session_id \
                where s.id = (select id from sessions order by created_at desc limit 1)";
    assert_eq!(database::number(&app, kept).await, 2, "the token and its successor");
    for successor in successors {
        next(&app, &successor).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_session_can_not_be_refreshed() {
    let app = TestApp::new().await;
    app.user("ann").await;
    let ann = sign_in(&app, "ann@example.com").await;
    database::execute(&app, "update sessions set expires_at = now() - interval '1 second'").await;
    refresh(&app, &ann.refresh).await.expect_error(401, "session_revoked").await;
    ann.get("/api/auth/me").await.expect_error(401, "session_revoked").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refresh_tokens_are_kept_as_hashes_only() {
    let app = TestApp::new().await;
    app.user("ann").await;
    let ann = sign_in(&app, "ann@example.com").await;
    let successor = next(&app, &ann.refresh).await;
    for token in [&ann.refresh, &successor] {
        let sql = format!(
            "select count(*) as number from refresh_tokens t where t::text like '%{token}%' \
             or position('{token}'::bytea in token_hash) > 0"
        );
        assert_eq!(database::number(&app, &sql).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session_and_removes_the_cookie() {
    let app = TestApp::new().await;
    app.user("ann").await;
    let ann = sign_in(&app, "ann@example.com").await;
    let request = bare(&app).request(Method::POST, "/api/auth/logout");
    let answer = Answer::of(request.header("cookie", format!("pulseboard={}", ann.refresh))).await;
    let cookie = Cookie::of(&answer);
    answer.expect_status(204).await;
    assert_eq!((cookie.name.as_str(), cookie.value.as_str()), ("pulseboard", ""));
    assert!(cookie.has("Max-Age=0") && cookie.has("Path=/"), "{cookie:?}");
    refresh(&app, &ann.refresh).await.expect_error(401, "session_revoked").await;
    ann.get("/api/auth/me").await.expect_error(401, "session_revoked").await;
    // Whoever is signed out already, is.
    bare(&app).post("/api/auth/logout", &json!({})).await.expect_status(204).await;
}
