//! The corpus of documents as bodies, as items, and as payloads.

use std::collections::BTreeMap;

use reqwest::header::CONTENT_TYPE;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::documents::{Document, Verdict, corpus};
use crate::app::{Answer, Project, TestApp, event};

async fn shop(app: &TestApp) -> Project {
    app.user("ann").await.project("shop").await
}

async fn send(shop: &Project, content_type: &str, body: Vec<u8>) -> Answer {
    let request = shop.owner.http.post(format!("{}/ingest", shop.owner.base)).bearer_auth(&shop.key);
    Answer::of(request.header(CONTENT_TYPE, content_type).body(body)).await
}

/// An event with the document as its payload; `n` says which one.
fn with_payload(n: usize, document: &str) -> String {
    format!(r#"{{"type":"event","name":"document","session":"{n}","payload":{document}}}"#)
}

/// As many bodies as it takes for all items, each within the limits of a body.
fn bodies(items: Vec<String>) -> Vec<String> {
    let mut bodies: Vec<Vec<String>> = vec![Vec::new()];
    let mut size = 0;
    for item in items {
        size += item.len() + 1;
        let current = bodies.last_mut().expect("never empty");
        if size > 900_000 || current.len() >= 900 {
            size = item.len();
            bodies.push(vec![item]);
        } else {
            current.push(item);
        }
    }
    bodies.into_iter().map(|items| format!("[{}]", items.join(","))).collect()
}

/// Equal as JSON: numbers by their value, as Postgres writes `1E2` as `100`. Every digit is compared in
/// `ingest::texts`; here the last bit is the reader's, who reads `1E2` and `100` in two ways.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let (one, other) = (one.as_f64().unwrap_or_default(), other.as_f64().unwrap_or_default());
            (one - other).abs() <= one.abs() * 1e-15
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| same(value, other)))
        }
        _ => one == other,
    }
}

/// A list of events, payloads as they came: not every number fits the reader of this test.
#[derive(serde::Deserialize)]
struct Page {
    items: Vec<Stored>,
    next_cursor: Option<String>,
}

#[derive(serde::Deserialize)]
struct Stored {
    session: String,
    payload: Option<Box<RawValue>>,
}

/// Payloads by the number that was sent as their session.
async fn stored(shop: &Project, name: &str) -> BTreeMap<usize, String> {
    let mut stored = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let path = shop.path(&format!("/events?name={name}&limit=200&cursor={cursor}"));
        let page: Page = shop.owner.get(&path).await.0.json().await.expect("a page");
        for Stored { session, payload } in page.items {
            let payload = payload.map_or_else(|| "null".to_owned(), |json| json.get().to_owned());
            stored.insert(session.parse().expect("a number"), payload);
        }
        match page.next_cursor {
            Some(next) => cursor = next,
            None => return stored,
        }
    }
}

#[test]
fn the_corpus_is_what_it_says() {
    let corpus = corpus();
    let mut counts = BTreeMap::<String, usize>::new();
    for document in &corpus {
        *counts.entry(format!("{:?}", document.verdict)).or_default() += 1;
        let parsed = serde_json::from_slice::<&RawValue>(&document.bytes);
        match document.verdict {
            Verdict::Valid => assert!(parsed.is_ok(), "{}", document.start()),
            Verdict::Invalid => assert!(parsed.is_err(), "{}", document.start()),
            Verdict::Either => {}
        }
    }
    println!("{} documents: {counts:?}", corpus.len());
    assert!(corpus.len() >= 250 && counts.values().all(|count| *count >= 80), "{counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_valid_document_comes_back_as_it_was_sent() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let valid: Vec<Document> = corpus().into_iter().filter(|one| one.verdict == Verdict::Valid).collect();
    let texts: Vec<&str> = valid.iter().filter_map(Document::text).collect();
    let items = texts.iter().enumerate().map(|(n, text)| with_payload(n, text)).collect();
    for body in bodies(items) {
        let answer = send(&shop, "application/json", body.into_bytes()).await.expect_status(202).await;
        assert_eq!(answer["rejected"], json!([]));
    }
    let stored = stored(&shop, "document").await;
    for (n, text) in texts.iter().enumerate() {
        let sent: Value = serde_json::from_str(text).expect("valid");
        let found: Value = serde_json::from_str(&stored[&n]).expect("JSON");
        assert!(same(&found, &sent), "{}", valid[n].start());
    }
    println!("{} valid documents stored and read back equal", texts.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_invalid_document_is_refused_and_hurts_no_other() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let invalid: Vec<Document> = corpus().into_iter().filter(|one| one.verdict == Verdict::Invalid).collect();
    // As a whole body, and as the payload of an otherwise good event.
    for (n, document) in invalid.iter().enumerate() {
        let within =
            [br#"{"type":"event","name":"bad","payload":"#, document.bytes.as_slice(), b"}"].concat();
        for body in [document.bytes.clone(), within] {
            let answer = send(&shop, "application/json", body).await;
            let code = answer.expect_status(400).await["error"]["code"].clone();
            assert!(code == "malformed_json" || code == "malformed_body", "{code} for {}", document.start());
        }
        if n % 20 == 0 {
            shop.ingest(&event("after")).await;
        }
    }
    // As a line among good lines.
    let lines: Vec<&str> = invalid
        .iter()
        .filter_map(Document::text)
        .filter(|text| one_line(text) && text.len() < 1000)
        .collect();
    let mut good = 0;
    for lines in lines.chunks(400) {
        let body: String = lines.iter().map(|line| format!("{}\n{line}\n", event("line"))).collect();
        let answer = send(&shop, "application/x-ndjson", body.into_bytes()).await.expect_status(202).await;
        let refused = answer["rejected"].as_array().expect("rejected");
        assert_eq!(refused.len(), lines.len());
        for (n, refused) in refused.iter().enumerate() {
            assert_eq!(refused["index"], 2 * n + 1, "{refused}");
        }
        good += lines.len();
    }
    assert_eq!(shop.events("?name=bad").await.len(), 0);
    assert_eq!(count(&shop, "line").await, good);
    assert_eq!(count(&shop, "after").await, invalid.len().div_ceil(20));
    println!(
        "{} invalid documents: 5xx 0, all refused; {} of them as lines, good neighbours stored {good} of {good}",
        invalid.len(),
        lines.len()
    );
}

/// Whether a text stands in one line, and is more than space there.
fn one_line(text: &str) -> bool {
    !text.contains(['\n', '\r']) && !text.trim().is_empty()
}

async fn count(shop: &Project, name: &str) -> usize {
    let path = shop.path(&format!("/names?q={name}&limit=10"));
    let names = shop.owner.get(&path).await.expect_status(200).await;
    let counts = names["items"].as_array().expect("items").iter().map(|item| item["count"].as_u64());
    counts.map(|count| count.expect("a count") as usize).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_parsers_disagree_about_is_stored_or_refused_by_itself() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let debatable: Vec<Document> =
        corpus().into_iter().filter(|one| one.verdict == Verdict::Either).collect();
    let (mut accepted, mut refused, mut whole) = (Vec::new(), BTreeMap::<String, usize>::new(), 0);
    for (n, document) in debatable.iter().enumerate() {
        let neighbour = json!({"type": "event", "name": "neighbour", "session": n.to_string()});
        let text = document.text().expect("UTF-8");
        let body = format!("[{neighbour},{},{neighbour}]", with_payload(n, text));
        let answer = send(&shop, "application/json", body.clone().into_bytes()).await;
        match answer.status().as_u16() {
            202 => {
                let answer = answer.json().await;
                match answer["rejected"].as_array().map(Vec::as_slice) {
                    Some([]) => accepted.push(n),
                    Some([one]) => {
                        assert_eq!(one["index"], 1, "{one}");
                        *refused.entry(one["code"].to_string()).or_default() += 1;
                    }
                    other => panic!("{other:?} for {}", document.start()),
                }
            }
            // Too deep for the parser, or a byte order mark in the middle: the body is not JSON to us.
            400 => whole += 1,
            other => panic!("{other} for {}", document.start()),
        }
        for content_type in ["application/json", "application/x-ndjson", "text/plain"] {
            let status = send(&shop, content_type, document.bytes.clone()).await.status();
            assert!(status == 400 || status == 202, "{status} for {}", document.start());
        }
    }
    let neighbours = count(&shop, "neighbour").await;
    assert_eq!(neighbours, 2 * (debatable.len() - whole));
    let stored = stored(&shop, "document").await;
    assert_eq!(stored.keys().copied().collect::<Vec<_>>(), accepted);
    println!(
        "{} debatable documents: 5xx 0, stored {}, refused {refused:?}, not JSON to us {whole}; neighbours stored {neighbours}",
        debatable.len(),
        accepted.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn characters_that_can_not_be_stored_are_replaced_and_nothing_else() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let name = r"class@anonymous\u0000/srv/app/Kernel.php:31$0";
    let body = format!(
        r#"{{"type":"error","name":"{name}","user":"a\ud83d","tags":{{"t\u0000":"\udc00"}},
            "payload":{{"{name}":["x\u0000",1.50,"\ud83d\ude00"]}},"stack":"{name}\n","exception":{{"type":"{name}"}}}}"#
    );
    let answer = send(&shop, "application/json", body.into_bytes()).await.expect_status(202).await;
    let path = shop.path(&format!("/events/{}", answer["id"].as_str().expect("an id")));
    let event = shop.owner.get(&path).await.expect_status(200).await;
    let shown = "class@anonymous\u{fffd}/srv/app/Kernel.php:31$0";
    assert_eq!(event["name"], shown);
    assert_eq!(event["user"], "a\u{fffd}");
    assert_eq!(event["tags"], json!({"t\u{fffd}": "\u{fffd}"}));
    assert_eq!(event["payload"], json!({shown: ["x\u{fffd}", 1.5, "\u{1f600}"]}));
    assert_eq!(event["stack"], format!("{shown}\n"));
    assert_eq!(event["exception"]["type"], shown);
}
