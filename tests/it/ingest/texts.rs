//! Texts and numbers that break other programs come back as they were sent.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{rejections, send_text, shop};
use crate::app::TestApp;
use crate::hostile::escaped;
use crate::hostile::texts::{MAX, naughty};

#[tokio::test(flavor = "multi_thread")]
async fn naughty_texts_come_back_byte_for_byte_from_every_field() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let texts = naughty();
    let mut items = Vec::new();
    for (n, text) in texts.iter().enumerate() {
        let mut tags = serde_json::Map::new();
        // `t` and as many characters as there may be are one too many for a tag's name.
        let name = if text.chars().count() < MAX { format!("t{text}") } else { text.clone() };
        tags.insert(name, json!(text));
        let payload = json!({"text": text, (format!("k{text}")): [[text]], (text.as_str()): 1});
        items.push(json!({
            "type": "error", "name": "text", "session": format!("s{n}"), "payload": payload, "user": text,
            "release": text, "environment": text, "tags": tags, "stack": text,
            "exception": {"type": text, "value": text}, "breadcrumbs": [{"message": text}],
        }));
    }
    let answer = shop.ingest(&json!(items)).await;
    assert_eq!(answer["rejected"], json!([]));

    let events = shop.events("?limit=1000").await;
    assert_eq!(events.len(), texts.len());
    for (n, (text, sent)) in texts.iter().zip(&items).enumerate() {
        let session = format!("s{n}");
        let event = events.iter().find(|event| event["session"] == session.as_str()).expect("stored");
        let given = if text.is_empty() { Value::Null } else { json!(text) };
        for field in ["user", "release", "environment", "stack"] {
            assert_eq!(event[field], given, "{field} {text:?}");
        }
        for field in ["payload", "tags", "exception", "breadcrumbs"] {
            assert_eq!(event[field], sent[field], "{field} {text:?}");
        }
    }
    // What can be filtered by can be found, and nothing breaks the search.
    for (n, text) in texts.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
        let found = shop.events(&format!("?user={}&limit=1000", escaped(text))).await;
        let session = format!("s{n}");
        assert!(found.iter().any(|event| event["session"] == session.as_str()), "{text:?}: {}", found.len());
        let status = shop.owner.get(&shop.path(&format!("/events?q={}", escaped(text)))).await.status();
        assert!(status == 200 || status == 400, "{text:?}: {status}");
    }
    println!("{} naughty texts in nine fields: 5xx 0, all read back equal and found", texts.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn naughty_names_are_stored_trimmed_or_refused_by_name() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let texts = naughty();
    let items: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(n, text)| json!({"type": "event", "name": text, "session": format!("s{n}")}))
        .collect();
    let answer = shop.ingest(&json!(items)).await;
    let fits = |text: &str| {
        let name = text.trim();
        (1..=200).contains(&name.chars().count()) && !name.chars().any(char::is_control)
    };
    let refused: Vec<(u64, String)> = texts
        .iter()
        .enumerate()
        .filter(|(_, text)| !fits(text))
        .map(|(n, _)| (n as u64, "invalid_name".to_owned()))
        .collect();
    assert_eq!(rejections(&answer), refused);
    let events = shop.events("?limit=1000").await;
    assert_eq!(events.len(), texts.len() - refused.len());
    for event in &events {
        let n: usize = event["session"].as_str().expect("a session")[1..].parse().expect("a number");
        assert_eq!(event["name"], texts[n].trim());
    }
    // The rollups are kept by name as well.
    let listed = shop.owner.get(&shop.path("/names?limit=1000")).await.expect_status(200).await;
    let names: BTreeSet<&str> = events.iter().filter_map(|event| event["name"].as_str()).collect();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(names.len()));
    println!("{} naughty names stored, {} refused by name", events.len(), refused.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_keep_every_digit_and_none_breaks_the_list() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let zeros = |count: usize| "0".repeat(count);
    for (sent, shown) in [
        ("0", "0".to_owned()),
        ("-0", "0".to_owned()),
        ("1.0", "1.0".to_owned()),
        ("0.1", "0.1".to_owned()),
        ("0.30000000000000004", "0.30000000000000004".to_owned()),
        ("9007199254740993", "9007199254740993".to_owned()),
        ("123456789012345678901234567890", "123456789012345678901234567890".to_owned()),
        ("1E5", "100000".to_owned()),
        ("1e-7", "0.0000001".to_owned()),
        ("1e400", format!("1{}", zeros(400))),
        ("-1e400", format!("-1{}", zeros(400))),
        ("1e-400", format!("0.{}1", zeros(399))),
        ("1.7976931348623157e308", format!("17976931348623157{}", zeros(292))),
    ] {
        let body = format!(r#"{{"type":"event","name":"n","payload":{{"n":{sent}}}}}"#);
        let answer = send_text(&shop, body).await.expect_status(202).await;
        let id = answer["id"].as_str().expect("an id");
        let event = shop.owner.get(&shop.path(&format!("/events/{id}"))).await;
        assert_eq!(event.status(), 200);
        let text = event.0.text().await.expect("a body");
        let part = format!(r#""payload":{{"n":{shown}}}"#);
        assert!(text.replace(": ", ":").contains(&part), "{sent}: {text}");
    }
    for (value, shown) in
        [("-0", "-0.0"), ("1e308", "1e+308"), ("5e-324", "5e-324"), ("1e-400", "0.0"), ("7", "7.0")]
    {
        let body = format!(r#"{{"type":"metric","name":"m{value}","value":{value}}}"#);
        let answer = send_text(&shop, body).await.expect_status(202).await;
        let id = answer["id"].as_str().expect("an id");
        let event = shop.owner.get(&shop.path(&format!("/events/{id}"))).await;
        let text = event.0.text().await.expect("a body");
        assert!(text.contains(&format!(r#""value":{shown},"#)), "{value}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_of_short_numbers_that_print_long_is_refused() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    // 60 KB that Postgres would print as 600 MB, for everyone who reads the list.
    for number in ["1e100000", "1E+100000", "1e-16000", "-1e100000"] {
        let numbers = vec![number; 6000].join(",");
        let body = format!(
            r#"[{{"type":"event","name":"bomb","payload":[{numbers}]}},{{"type":"event","name":"good"}}]"#
        );
        let answer = send_text(&shop, body).await.expect_status(202).await;
        assert_eq!(rejections(&answer), [(0, "invalid_number".to_owned())], "{number}");
    }
    assert_eq!(super::names(&shop).await, ["good"; 4]);
}
