//! Refresh tokens: used once, in families, by cookie, from our own pages.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::json;

use super::{Cookie, bare, next, refresh, sign_in};
use crate::app::{Answer, PASSWORD, TestApp};
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

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_sites_can_not_use_the_cookie() {
    let app = TestApp::with(|config| config.public_url = Some("http://pulse.example.com/".into())).await;
    app.user("ann").await;
    let ann = sign_in(&app, "ann@example.com").await;
    let ask = async |path: &str, headers: &[(&str, &str)]| -> Answer {
        let mut request = bare(&app).request(Method::POST, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request.header("cookie", format!("pulseboard={}", ann.refresh))).await
    };
    let near = app.base.replace("127.0.0.1:", "127.0.0.1:1");
    for path in ["/api/auth/refresh", "/auth/refresh", "/api/auth/logout", "/auth/logout"] {
        for headers in [
            [("origin", "https://evil.example")],
            [("origin", "null")],
            [("origin", "http://pulse.example.com.evil.example")],
            [("origin", near.as_str())],
            [("sec-fetch-site", "cross-site")],
            [("sec-fetch-site", "same-site")],
        ] {
            ask(path, &headers).await.expect_error(403, "origin_not_allowed").await;
        }
        let mixed = [("origin", app.base.as_str()), ("sec-fetch-site", "cross-site")];
        ask(path, &mixed).await.expect_error(403, "origin_not_allowed").await;
    }
    // Nothing of this ended the session or used the token up.
    let own = [("origin", app.base.as_str()), ("sec-fetch-site", "same-origin")];
    ask("/api/auth/refresh", &own).await.expect_status(200).await;
    ask("/api/auth/refresh", &[("origin", "http://pulse.example.com")]).await.expect_status(200).await;
    ask("/api/auth/logout", &own).await.expect_status(204).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_is_bound_to_the_host_where_there_is_tls() {
    let body = json!({"email": "ann@example.com", "password": PASSWORD});
    let register = async |app: &TestApp, proto: Option<&str>| -> Cookie {
        let mut request = bare(app).request(Method::POST, "/api/auth/register").json(&body);
        if let Some(proto) = proto {
            request = request.header("x-forwarded-proto", proto);
        }
        let answer = Answer::of(request).await;
        let cookie = Cookie::of(&answer);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        answer.expect_status(201).await;
        assert!(cookie.has("HttpOnly") && cookie.has("SameSite=Lax") && cookie.has("Path=/"), "{cookie:?}");
        assert!(!cookie.attributes.iter().any(|one| one.starts_with("Domain")), "{cookie:?}");
        cookie
    };
    let plain = register(&TestApp::new().await, None).await;
    assert_eq!((plain.name.as_str(), plain.has("Secure")), ("pulseboard", false));
    // Without a proxy to believe the header is anybody's.
    let unasked = register(&TestApp::new().await, Some("https")).await;
    assert_eq!((unasked.name.as_str(), unasked.has("Secure")), ("pulseboard", false));

    let proxied = TestApp::with(|config| config.trust_proxy = true).await;
    let secure = register(&proxied, Some("https")).await;
    assert_eq!((secure.name.as_str(), secure.has("Secure")), ("__Host-pulseboard", true));
    let request = bare(&proxied).request(Method::POST, "/api/auth/refresh");
    let request = request.header("cookie", format!("__Host-pulseboard={}", secure.value));
    let next = Answer::of(request.header("x-forwarded-proto", "https")).await;
    let cookie = Cookie::of(&next);
    next.expect_status(200).await;
    assert_eq!((cookie.name.as_str(), cookie.has("Secure")), ("__Host-pulseboard", true));

    let public = TestApp::with(|config| config.public_url = Some("https://pulse.example.com".into())).await;
    let secure = register(&public, None).await;
    assert_eq!((secure.name.as_str(), secure.has("Secure")), ("__Host-pulseboard", true));
}
