//! Naughty texts in every parameter, path and header of every route the document knows.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{escaped, texts::naughty};
use crate::app::{Client, PATIENCE, Project, TestApp};

/// Not only text: half escapes, bytes that are no UTF-8, and what only looks like a cursor, a time, a number.
const RAW: [&str; 40] = [
    "%",
    "%0",
    "%zz",
    "%00",
    "%FF",
    "%C3",
    "%C0%AF",
    "%ED%A0%80",
    "%F4%90%80%80",
    "+",
    "%2B",
    "%25",
    "%250",
    "&",
    "=",
    "a&b=c",
    "[]",
    "a[]=1",
    "0-0",
    "-1-5",
    "9223372036854775807-0",
    "9223372036854775808-0",
    "1-9223372036854775807",
    "0--62135596800001",
    "5_",
    "5_x",
    "9223372036854775807_0190b5e59a3c7d348a513c5f6a7b8c9d",
    "-62167219200000_0190b5e59a3c7d348a513c5f6a7b8c9d",
    "2026-01-31",
    "2026-02-30T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "2016-12-31T23:59:60Z",
    "2026-01-01T00:00:00-99:00",
    "-1",
    "0",
    "1001",
    "9223372036854775807",
    "99999999999999999999",
    "1e3",
];

fn document() -> Value {
    serde_json::from_str(&pulseboard_api::openapi::snapshot()).expect("JSON")
}

/// Path templates with their method and the names of their parameters in this place.
fn parameters(place: &str) -> Vec<(String, String, Vec<String>)> {
    let mut found = Vec::new();
    for (path, operations) in document()["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let here = parameters.iter().filter(|parameter| parameter["in"] == place);
            let names: Vec<String> =
                here.filter_map(|parameter| parameter["name"].as_str().map(str::to_owned)).collect();
            if !names.is_empty() {
                found.push((path.clone(), method.to_uppercase(), names));
            }
        }
    }
    found
}

/// The template with what exists.
fn filled(template: &str, shop: &Project) -> String {
    let ids = [("{project}", &shop.id), ("{org}", &shop.owner.org)];
    ids.iter().fold(template.to_owned(), |path, (name, id)| path.replace(name, id))
}

/// Asks and returns the status, and the fields that an error names.
async fn ask(client: &Client, method: &str, path: &str) -> (u16, Vec<String>) {
    let method = method.parse().expect("a method");
    let sending = client.request(method, path).header("content-type", "application/json").body("{}").send();
    let answer = timeout(PATIENCE, sending).await.expect("in time").expect("an answer");
    let status = answer.status().as_u16();
    if status < 400 {
        return (status, Vec::new());
    }
    let body: Value = answer.json().await.expect("an error is JSON");
    let fields = body["error"]["fields"].as_object().cloned().unwrap_or_default();
    assert!(body["error"]["code"].is_string() && body["error"]["request_id"].is_string(), "{path}: {body}");
    (status, fields.into_iter().map(|(name, _)| name).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_query_parameter_is_understood_or_refused_by_name() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let secret = Client { token: Some(shop.secret_key().await), ..shop.owner.client.clone() };
    let texts: Vec<String> =
        naughty().iter().step_by(8).map(|text| escaped(text)).chain(RAW.map(str::to_owned)).collect();
    let mut requests = Vec::new();
    // A stream that is accepted does not end; `live` asks those.
    let ends =
        |path: &str, method: &str| method == "GET" && !path.contains("realtime") && !path.starts_with("/ws/");
    for (template, method, names) in
        parameters("query").into_iter().filter(|(path, method, _)| ends(path, method))
    {
        let client = if template.starts_with("/api/") { &shop.owner.client } else { &secret };
        for name in names {
            for text in &texts {
                let path = format!("{}?{name}={text}", filled(&template, &shop));
                requests.push((client, method.clone(), name.clone(), path));
            }
        }
    }
    let total = requests.len();
    let asked = stream::iter(requests).map(async |(client, method, name, path)| {
        let (status, fields) = ask(client, &method, &path).await;
        assert!(status < 500, "{status} for {path}");
        // Named for what it is, or for the string as a whole where it is not UTF-8.
        let named = fields.iter().any(|field| *field == name || field == "query" || field == "q");
        assert!(!matches!(status, 400 | 422) || named, "{fields:?} for {path}");
        status
    });
    let statuses: Vec<u16> = asked.buffer_unordered(3).collect().await;
    println!("{total} query parameters: 5xx 0, by status {:?}", counted(&statuses));
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_that_lead_nowhere_are_not_found() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let texts = naughty();
    let mut requests = Vec::new();
    for (template, method, names) in parameters("path") {
        for name in &names {
            for text in texts.iter().filter(|text| !text.is_empty()).step_by(7) {
                let path = template.replace(&format!("{{{name}}}"), &escaped(text));
                requests.push((method.clone(), filled(&path, &shop)));
            }
        }
    }
    let total = requests.len();
    let asked = stream::iter(requests).map(async |(method, path)| {
        let (status, _) = ask(&shop.owner.client, &method, &path).await;
        assert!((400..500).contains(&status), "{status} for {method} {path}");
        status
    });
    let statuses: Vec<u16> = asked.buffer_unordered(3).collect().await;
    println!("{total} paths: 5xx 0, by status {:?}", counted(&statuses));
    assert!(shop.owner.get(&shop.path("")).await.status() == 200, "nothing was deleted by another name");
}

fn counted(statuses: &[u16]) -> BTreeMap<u16, usize> {
    statuses.iter().fold(BTreeMap::new(), |mut counts, status| {
        *counts.entry(*status).or_default() += 1;
        counts
    })
}

/// Sends bytes as they are and returns the status of the first answer; nothing if there was none.
async fn raw(app: &TestApp, request: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(app.server.address).await.expect("connects");
    // The server may hang up before it has read everything.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let reading = async {
        let mut piece = [0; 4096];
        while let Ok(read @ 1..) = stream.read(&mut piece).await {
            answer.extend_from_slice(&piece[..read]);
            if answer.windows(2).any(|end| end == b"\r\n") {
                break;
            }
        }
    };
    let _ = timeout(PATIENCE + Duration::from_secs(5), reading).await;
    let head = answer.split(|byte| *byte == b'\r').next()?;
    std::str::from_utf8(head).ok()?.split(' ').nth(1)?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn naughty_headers_and_targets_never_give_a_5xx() {
    const HEADERS: [&str; 17] = [
        "authorization",
        "x-api-key",
        "x-request-id",
        "origin",
        "cookie",
        "content-type",
        "content-encoding",
        "user-agent",
        "accept-encoding",
        "last-event-id",
        "if-none-match",
        "x-forwarded-for",
        "x-forwarded-host",
        "sec-fetch-site",
        "host",
        "content-length",
        "transfer-encoding",
    ];
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let bytes: [&[u8]; 8] =
        [b"\xff", b"\xc3\x28", b"\x80", b"Bearer \xff\xfe", b"\x01", b"a\x00b", b"gzip, gzip", b"Bearer  "];
    let texts = naughty();
    let values: Vec<&[u8]> = texts.iter().step_by(6).map(|text| text.as_bytes()).chain(bytes).collect();
    let mut requests: Vec<Vec<u8>> = Vec::new();
    for header in HEADERS {
        for value in values.iter().filter(|value| !value.contains(&b'\n') && !value.contains(&b'\r')) {
            let known = format!("x-api-key: {}\r\n", shop.key);
            let known = if header == "x-api-key" || header == "authorization" { "" } else { &known };
            let head = format!("POST /ingest HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{known}{header}: ");
            let body = r#"{"type":"event","name":"a"}"#;
            let length = if header == "content-length" || header == "transfer-encoding" {
                String::new()
            } else {
                format!("content-length: {}\r\n", body.len())
            };
            requests.push(
                [head.as_bytes(), value, b"\r\n", length.as_bytes(), b"\r\n", body.as_bytes()].concat(),
            );
        }
    }
    let long = format!("/{}", "a".repeat(20_000));
    let targets = [
        "//",
        "/../../etc/passwd",
        "/api/../../x",
        "/%2e%2e/x",
        "/api//projects",
        "/api/projects/",
        "/API/projects",
        "*",
        "http://x/api/version",
        "/api/projects/%2F",
        "/assets/../index.html",
        "/assets/%00",
        "/%",
        "/%zz",
        "/?%",
        "/#a",
        "\\",
        "/\\..\\x",
        "",
        "/;a=b",
        &long,
        "/é",
    ];
    for target in targets {
        for method in ["GET", "POST", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "G\u{e9}T"] {
            let head = format!("{method} {target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
            requests.push(head.into_bytes());
        }
    }
    let total = requests.len();
    let asked = stream::iter(&requests).map(async |request| {
        let status = raw(&app, request).await;
        assert!(
            status.is_none_or(|status| status < 500),
            "{status:?}: {}",
            String::from_utf8_lossy(&request[..request.len().min(300)])
        );
        status.unwrap_or(0)
    });
    let statuses: Vec<u16> = asked.buffer_unordered(4).collect().await;
    println!(
        "{total} requests with odd headers and targets: 5xx 0, by status (0: hung up) {:?}",
        counted(&statuses)
    );
    let answer = shop.ingest(&crate::app::event("still there")).await;
    assert_eq!(answer["accepted"], 1);
}
