//! The refresh cookie: what it is like with and without TLS, and whose pages may use it.

use reqwest::Method;
use serde_json::json;

use super::{Cookie, bare, sign_in};
use crate::app::{Answer, PASSWORD, TestApp};
use crate::database;

/// The routes that a cookie is enough for.
const BY_COOKIE: [&str; 4] = ["/api/auth/refresh", "/auth/refresh", "/api/auth/logout", "/auth/logout"];

/// What the pages of others send along.
fn foreign(app: &TestApp) -> Vec<Vec<(&'static str, String)>> {
    let near = app.base.replace("127.0.0.1:", "127.0.0.1:1");
    let origins = [
        "https://evil.example",
        "null",
        "",
        "http://pulse.example.com.evil.example",
        "http://pulse.example.com:81",
        "http://evil.example/http://pulse.example.com",
        "http://pulse.example.com@evil.example",
        "pulse.example.com",
        near.as_str(),
    ];
    let mut all: Vec<_> = origins.into_iter().map(|origin| vec![("origin", origin.to_owned())]).collect();
    for site in ["cross-site", "same-site", "Same-Origin", ""] {
        all.push(vec![("sec-fetch-site", site.to_owned())]);
    }
    // Each is checked, whatever the other says.
    all.push(vec![("origin", app.base.clone()), ("sec-fetch-site", "cross-site".into())]);
    all.push(vec![("origin", "https://evil.example".into()), ("sec-fetch-site", "same-origin".into())]);
    all
}

async fn send(app: &TestApp, path: &str, cookie: &str, headers: &[(&str, String)]) -> Answer {
    let mut request = bare(app).request(Method::POST, path);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    Answer::of(request.header("cookie", format!("pulseboard={cookie}"))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_sites_can_not_use_the_cookie() {
    let app = TestApp::with(|config| config.public_url = Some("http://pulse.example.com/".into())).await;
    app.user("ann").await;
    let ann = sign_in(&app, "ann@example.com").await;
    for path in BY_COOKIE {
        for headers in foreign(&app) {
            let refused = send(&app, path, &ann.refresh, &headers).await;
            assert!(refused.header("set-cookie").is_none(), "{headers:?}");
            refused.expect_error(403, "origin_not_allowed").await;
        }
        // A link or a picture on another page can only GET, for which `Lax` sends the cookie along.
        for method in [Method::GET, Method::HEAD] {
            let request = bare(&app).request(method, path);
            let answer = Answer::of(request.header("cookie", format!("pulseboard={}", ann.refresh))).await;
            assert!(answer.header("set-cookie").is_none());
            assert!([404, 405].contains(&answer.status().as_u16()), "{path}: {}", answer.status());
        }
    }
    // Nothing of this ended the session or used the token up.
    let used = "select count(*) as number from refresh_tokens where used_at is not null";
    assert_eq!(database::number(&app, used).await, 0);
    let own = [("origin", app.base.clone()), ("sec-fetch-site", "same-origin".into())];
    send(&app, "/api/auth/refresh", &ann.refresh, &own).await.expect_status(200).await;
    let public = [("origin", "http://pulse.example.com".to_owned())];
    send(&app, "/api/auth/refresh", &ann.refresh, &public).await.expect_status(200).await;
    // No page at all: a program, which sends neither header.
    send(&app, "/api/auth/refresh", &ann.refresh, &[]).await.expect_status(200).await;
    send(&app, "/api/auth/logout", &ann.refresh, &own).await.expect_status(204).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_sites_can_not_sign_anybody_in() {
    let app = TestApp::with(|config| config.public_url = Some("http://pulse.example.com".into())).await;
    app.user("eve").await;
    let body = json!({"email": "eve@example.com", "password": PASSWORD});
    let new = json!({"email": "new@example.com", "password": PASSWORD});
    for (path, body) in [("/api/auth/login", &body), ("/auth/login", &body), ("/api/auth/register", &new)] {
        for headers in foreign(&app) {
            let mut request = bare(&app).request(Method::POST, path).json(body);
            for (name, value) in &headers {
                request = request.header(*name, value);
            }
            let refused = Answer::of(request).await;
            assert!(refused.header("set-cookie").is_none(), "{headers:?}");
            refused.expect_error(403, "origin_not_allowed").await;
        }
        // A form can send JSON, but not say that it does.
        let form = bare(&app).request(Method::POST, path).body(body.to_string());
        let refused = Answer::of(form.header("content-type", "text/plain")).await;
        refused.expect_error(415, "unsupported_media_type").await;
    }
    assert_eq!(database::number(&app, "select count(*) as number from users").await, 1);
    assert_eq!(database::number(&app, "select count(*) as number from sessions").await, 1, "from signing up");
    let request = bare(&app).request(Method::POST, "/api/auth/login").json(&body);
    Answer::of(request.header("origin", "http://pulse.example.com")).await.expect_status(200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_only_the_name_that_tls_protects_counts() {
    let app = TestApp::with(|config| config.trust_proxy = true).await;
    app.user("eve").await;
    let eve = sign_in(&app, "eve@example.com").await;
    let ask = async |path: &str, proto: &str, cookie: String| -> Answer {
        let request = bare(&app).request(Method::POST, path).header("cookie", cookie);
        Answer::of(request.header("x-forwarded-proto", proto)).await
    };
    // Eve, on a neighbouring host, has set her own cookie for the whole domain.
    let planted = format!("pulseboard={}", eve.refresh);
    let refused = ask("/api/auth/refresh", "https", planted.clone()).await;
    assert!(refused.header("set-cookie").is_none());
    refused.expect_error(401, "unauthenticated").await;
    // The other way round a browser would not send it.
    let secure = format!("__Host-pulseboard={}", eve.refresh);
    ask("/api/auth/refresh", "http", secure.clone()).await.expect_error(401, "unauthenticated").await;
    // Signing out takes the cookie of the same name away, with the attributes that browsers ask for.
    let answer = ask("/api/auth/logout", "https", secure).await;
    let gone = Cookie::of(&answer);
    answer.expect_status(204).await;
    assert_eq!((gone.name.as_str(), gone.value.as_str()), ("__Host-pulseboard", ""));
    assert!(gone.has("Secure") && gone.has("Path=/") && gone.has("Max-Age=0"), "{gone:?}");
    eve.get("/api/auth/me").await.expect_error(401, "session_revoked").await;
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
    assert_eq!(next.header("cache-control"), Some("no-store"));
    next.expect_status(200).await;
    assert_eq!((cookie.name.as_str(), cookie.has("Secure")), ("__Host-pulseboard", true));
    // The same proxy, asked without TLS.
    let plain = sign_in(&proxied, "ann@example.com").await;
    let request = bare(&proxied).request(Method::POST, "/api/auth/refresh");
    let request = request.header("cookie", format!("pulseboard={}", plain.refresh));
    let next = Answer::of(request.header("x-forwarded-proto", "http")).await;
    let cookie = Cookie::of(&next);
    next.expect_status(200).await;
    assert_eq!((cookie.name.as_str(), cookie.has("Secure")), ("pulseboard", false));

    let public = TestApp::with(|config| config.public_url = Some("https://pulse.example.com".into())).await;
    let secure = register(&public, None).await;
    assert_eq!((secure.name.as_str(), secure.has("Secure")), ("__Host-pulseboard", true));
}
