//! Naughty texts in every text field that a person can fill in.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::texts::naughty;
use crate::app::{Answer, TestApp, User};

/// A field: where it is sent, and how the answer shows it.
struct Field {
    title: &'static str,
    method: Method,
    path: String,
    field: &'static str,
    /// What else the body needs.
    body: Value,
    /// Where the answer has it.
    shown: &'static str,
}

/// Every name a person gives to something.
async fn fields(ann: &User) -> Vec<Field> {
    let shop = ann.project("shop").await;
    let keys = ann.get(&shop.path("/keys")).await.expect_status(200).await;
    let key = keys["items"][0]["id"].as_str().expect("an id");
    let of =
        |title, method, path: String, body, shown| Field { title, method, path, field: "name", body, shown };
    vec![
        of("a person's name", Method::PATCH, "/api/auth/me".into(), json!({}), "/user/name"),
        of("an org's name", Method::PATCH, format!("/api/orgs/{}", ann.org), json!({}), "/name"),
        of("a new project's name", Method::POST, "/api/projects".into(), json!({}), "/name"),
        of("a project's name", Method::PATCH, shop.path(""), json!({}), "/name"),
        of("a new key's name", Method::POST, shop.path("/keys"), json!({"kind": "secret"}), "/name"),
        of("a key's name", Method::PATCH, shop.path(&format!("/keys/{key}")), json!({}), "/name"),
    ]
}

/// What the rule for names makes of a text; nothing if it refuses it.
fn as_name(text: &str) -> Option<&str> {
    let name = text.trim();
    let fits = (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    fits.then_some(name)
}

async fn send(ann: &User, field: &Field, text: &str) -> Answer {
    let mut body = field.body.clone();
    body[field.field] = json!(text);
    Answer::of(ann.request(field.method.clone(), &field.path).json(&body)).await
}

/// Sends every text to one field; returns how many were accepted and how many refused.
async fn try_all(ann: &User, field: &Field, texts: &[String]) -> (usize, usize) {
    let (mut accepted, mut refused) = (0, 0);
    for text in texts {
        let answer = send(ann, field, text).await;
        match as_name(text) {
            Some(name) => {
                let body = answer.expect_status(if field.method == Method::POST { 201 } else { 200 }).await;
                assert_eq!(body.pointer(field.shown), Some(&json!(name)), "{}", field.title);
                accepted += 1;
            }
            None => {
                let error = answer.expect_error(422, "invalid_field").await;
                assert!(error["fields"][field.field].is_string(), "{}: {error}", field.title);
                refused += 1;
            }
        }
    }
    (accepted, refused)
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_kept_as_they_were_given_or_refused_by_name() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let fields = fields(&ann).await;
    let mut texts = naughty();
    texts.extend(["\u{0}".into(), "a\u{0}z".into(), "x".repeat(101), "x".repeat(10_000)]);
    let totals = join_all(fields.iter().map(|field| try_all(&ann, field, &texts))).await;
    for (field, (accepted, refused)) in fields.iter().zip(&totals) {
        println!("{}: {accepted} texts read back equal, {refused} refused by name, 5xx 0", field.title);
        assert!(*accepted > 200 && *refused > 50, "{}", field.title);
    }
    // What lists show is what was stored last.
    let last = texts.iter().rev().find_map(|text| as_name(text)).expect("one that fits");
    let me = ann.get("/api/auth/me").await.expect_status(200).await;
    assert_eq!((&me["user"]["name"], &me["orgs"][0]["name"]), (&json!(last), &json!(last)));
    let projects = ann.get("/api/projects").await.expect_status(200).await;
    let named = projects["items"].as_array().expect("items").len();
    assert_eq!(named, 1 + totals[2].0, "every project is listed, whatever it is called");
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_normalised_or_refused_by_name() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let path = format!("/api/orgs/{}/invitations", ann.org);
    let mut counts = BTreeMap::<u16, usize>::new();
    for text in naughty().iter().map(|text| format!("{text}@example.com")).chain(naughty()) {
        let answer = ann.post(&path, &json!({"email": text, "role": "viewer"})).await;
        let status = answer.status().as_u16();
        *counts.entry(status).or_default() += 1;
        if status == 201 {
            let body = answer.json().await;
            let email = body["email"].as_str().expect("an address");
            assert_eq!(email, text.trim().to_lowercase());
            assert!(!email.chars().any(|c| c.is_control() || c.is_whitespace()), "{email:?}");
        } else {
            let error = answer.expect_error(422, "invalid_field").await;
            assert!(error["fields"]["email"].is_string(), "{error}");
        }
    }
    println!("addresses by status: {counts:?}");
    assert!(counts[&201] > 50 && counts[&422] > 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_fields_refuse_by_name_what_is_not_theirs() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let mut counts = BTreeMap::<(&str, u16), usize>::new();
    for text in naughty().into_iter().step_by(4) {
        let query = |part: Value| {
            let mut body = json!({"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"});
            for (name, value) in part.as_object().expect("an object") {
                body[name] = value.clone();
            }
            body
        };
        let key = |part: &str, value: Value| {
            let mut body = json!({"kind": "public", "name": "a"});
            body[part] = value;
            body
        };
        let (keys, series) = (shop.path("/keys"), shop.path("/series/query"));
        for (field, path, body) in [
            ("org_id", "/api/projects", json!({"name": "a", "org_id": text})),
            ("kind", &keys, key("kind", json!(text))),
            ("origins", &keys, key("origins", json!([text]))),
            ("role", &format!("/api/orgs/{}/invitations", ann.org), json!({"email": "a@b.cd", "role": text})),
            ("series name", &series, query(json!({"series": {"name": text}}))),
            (
                "series labels",
                &series,
                query(json!({"series": {"name": "a", "labels": {(text.as_str()): text}}})),
            ),
            ("group_by", &series, query(json!({"series": {"name": "a"}, "group_by": [text]}))),
            ("events name", &series, query(json!({"events": {"name": text}}))),
            ("aggregate", &series, query(json!({"series": {"name": "a"}, "aggregate": text}))),
            ("from", &series, json!({"series": {"name": "a"}, "from": text, "to": "2026-01-02T00:00:00Z"})),
        ] {
            let answer = ann.post(path, &body).await;
            let status = answer.status().as_u16();
            *counts.entry((field, status)).or_default() += 1;
            if !answer.status().is_success() {
                let error = answer.expect_error(422, "invalid_field").await;
                assert!(
                    error["fields"].as_object().is_some_and(|fields| !fields.is_empty()),
                    "{field}: {error}"
                );
            }
        }
    }
    println!("other fields by status: {counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_may_be_anything_and_open_only_their_account() {
    let app = TestApp::new().await;
    let texts: Vec<String> =
        naughty().into_iter().filter(|text| text.chars().count() >= 3).step_by(40).collect();
    for (n, text) in texts.iter().enumerate() {
        // Long enough, and not only spaces; U+0000 is a character like others here.
        let password = format!("{text}\u{0}long enough");
        let account = json!({"email": format!("p{n}@example.com"), "password": password});
        app.anyone().post("/api/auth/register", &account).await.expect_status(201).await;
        app.anyone().post("/api/auth/login", &account).await.expect_status(200).await;
        let cut = json!({"email": format!("p{n}@example.com"), "password": text});
        let wrong = app.anyone().post("/api/auth/login", &cut).await;
        assert!(wrong.status() == 401 || wrong.status() == 429, "{}", wrong.status());
    }
    println!("{} odd passwords: each opens its account, none when cut at U+0000", texts.len());
}
