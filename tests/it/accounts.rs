//! Accounts: registering, signing in, staying signed in, signing out.

mod addresses;
mod cookies;
mod crowd;
mod enumeration;
mod passwords;
mod refreshing;
mod revoking;
mod secret;
mod sign_up;
mod throttling;
mod tokens;

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Answer, Client, PASSWORD, TestApp};

/// Someone without an account whose cookies are the test's business.
fn bare(app: &TestApp) -> Client {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    Client { http, base: app.base.clone(), token: None }
}

/// The one cookie an answer sets.
#[derive(Debug)]
struct Cookie {
    name: String,
    value: String,
    /// `HttpOnly`, `SameSite=Lax`, …
    attributes: Vec<String>,
}

impl Cookie {
    fn of(answer: &Answer) -> Self {
        assert_eq!(answer.0.headers().get_all("set-cookie").iter().count(), 1);
        let text = answer.header("set-cookie").expect("a cookie");
        let mut parts = text.split(';').map(|part| part.trim().to_owned());
        let first = parts.next().expect("a pair");
        let (name, value) = first.split_once('=').expect("name and value");
        Self { name: name.to_owned(), value: value.to_owned(), attributes: parts.collect() }
    }

    fn has(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|own| own == attribute)
    }
}

/// A session: a client with its access token, and its refresh token.
struct Session {
    client: Client,
    refresh: String,
}

impl std::ops::Deref for Session {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.client
    }
}

async fn login(app: &TestApp, email: &str, password: &str) -> Answer {
    bare(app).post("/api/auth/login", &json!({"email": email, "password": password})).await
}

/// Signs in as from this address: what the proxy of an app that trusts one says.
async fn login_from(app: &TestApp, ip: &str, email: &str, password: &str) -> Answer {
    let request = bare(app).request(Method::POST, "/api/auth/login");
    let request = request.json(&json!({"email": email, "password": password}));
    Answer::of(request.header("x-forwarded-for", ip)).await
}

async fn sign_in(app: &TestApp, email: &str) -> Session {
    let answer = login(app, email, PASSWORD).await;
    let refresh = Cookie::of(&answer).value;
    let body = answer.expect_status(200).await;
    let token = Some(body["access_token"].as_str().expect("a token").to_owned());
    Session { client: Client { token, ..bare(app) }, refresh }
}

/// Presents a refresh token.
async fn refresh(app: &TestApp, token: &str) -> Answer {
    let request = bare(app).request(Method::POST, "/api/auth/refresh");
    Answer::of(request.header("cookie", format!("pulseboard={token}"))).await
}

/// The next refresh token.
async fn next(app: &TestApp, token: &str) -> String {
    let answer = refresh(app, token).await;
    let cookie = Cookie::of(&answer);
    answer.expect_status(200).await;
    cookie.value
}

fn without_request_id(mut error: Value) -> Value {
    error.as_object_mut().expect("an error").remove("request_id");
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_registers_signs_in_and_changes_their_name() {
    let app = TestApp::new().await;
    let body = json!({"email": " Ann@Example.com ", "password": PASSWORD});
    let registered = bare(&app).post("/api/auth/register", &body).await.expect_status(201).await;
    assert_eq!(registered["user"]["email"], "ann@example.com");
    assert_eq!(registered["user"]["name"], "ann", "the name defaults to the beginning of the address");
    assert_eq!((&registered["org"]["name"], &registered["org"]["role"]), (&json!("ann"), &json!("admin")));
    assert_eq!(registered["expires_in"], 600);

    let again = login(&app, "ANN@example.com", PASSWORD).await.expect_status(200).await;
    assert_eq!((&again["user"], &again["org"]), (&registered["user"], &registered["org"]));
    assert_ne!(again["access_token"], registered["access_token"]);

    let ann = sign_in(&app, "ann@example.com").await;
    let me = ann.get("/api/auth/me").await.expect_status(200).await;
    assert_eq!(me, json!({"user": registered["user"], "orgs": [registered["org"]]}));
    let orgs = ann.get("/api/orgs").await.expect_status(200).await;
    assert_eq!(orgs, json!({"items": [registered["org"]], "next_cursor": null}));

    let renamed = ann.patch("/api/auth/me", &json!({"name": " Ann Lee "})).await.expect_status(200).await;
    assert_eq!(renamed["user"]["name"], "Ann Lee");
    assert_eq!(ann.get("/api/auth/me").await.expect_status(200).await, renamed);
    assert_eq!(ann.patch("/api/auth/me", &json!({})).await.expect_status(200).await, renamed);
    for bad in ["", "   ", "a\nb", "a\u{0}b", &"x".repeat(101)] {
        let error = ann.patch("/api/auth/me", &json!({"name": bad})).await;
        let error = error.expect_error(422, "invalid_field").await;
        assert!(error["fields"]["name"].is_string(), "{bad:?}: {error}");
    }
    bare(&app).get("/api/auth/me").await.expect_error(401, "unauthenticated").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_renames_the_org() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let path = format!("/api/orgs/{}", ann.org);
    let renamed = ann.patch(&path, &json!({"name": "Acme"})).await.expect_status(200).await;
    assert_eq!(renamed, json!({"id": ann.org, "name": "Acme", "role": "admin"}));
    let me = ann.get("/api/auth/me").await.expect_status(200).await;
    assert_eq!(me["orgs"], json!([renamed]));
    ann.patch(&path, &json!({"name": " "})).await.expect_error(422, "invalid_field").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_account_are_told_the_same() {
    let app = TestApp::new().await;
    app.user("ann").await;
    let wrong = login(&app, "ann@example.com", "not her password").await;
    let wrong = without_request_id(wrong.expect_error(401, "invalid_credentials").await);
    for email in ["nobody@example.com", "no address", ""] {
        let unknown = login(&app, email, PASSWORD).await.expect_error(401, "invalid_credentials").await;
        assert_eq!(without_request_id(unknown), wrong, "{email}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_registered_once_even_by_many_at_the_same_moment() {
    let app = TestApp::new().await;
    // Not so many that the throttle would speak up: one is let in, and of failures five are free.
    let tries: Vec<_> = (0..6)
        .map(|n| {
            let (client, email) =
                (bare(&app), if n % 2 == 0 { "ann@example.com" } else { "Ann@Example.Com" });
            let body = json!({"email": email, "password": PASSWORD});
            tokio::spawn(async move { client.post("/api/auth/register", &body).await })
        })
        .collect();
    let mut made = 0;
    for answer in tries {
        let answer = answer.await.expect("answers");
        if answer.status() == 201 {
            made += 1;
        } else {
            let error = answer.expect_error(409, "email_taken").await;
            assert!(error["fields"]["email"].is_string(), "{error}");
        }
    }
    assert_eq!(made, 1);
}
