//! Texts and numbers that break other programs come back as they were sent.

use serde_json::{Value, json};

use super::{rejections, send_text, shop};
use crate::app::TestApp;

/// Our own collection; none contains U+0000, which is refused (see `items`).
fn naughty() -> Vec<String> {
    let zalgo: String =
        "pulse".chars().flat_map(|c| [c, '\u{0353}', '\u{0489}', '\u{034f}', '\u{0310}']).collect();
    let mut texts: Vec<String> = [
        // Meaning something to somebody else
        "undefined",
        "null",
        "NULL",
        "nil",
        "true",
        "NaN",
        "-Infinity",
        "1e400",
        "0x1p-2",
        "١٢٣",
        "½",
        "'; drop table events; --",
        "\" or \"\"=\"",
        "1;select pg_sleep(10)",
        "$1",
        ":name",
        "%s%n%x%d",
        "%00",
        "{{7*7}}",
        "${jndi:ldap://x}",
        "$(touch x)",
        "`id`",
        "../../etc/passwd",
        "C:\\con\\aux",
        "\\",
        "\\\\",
        "\\u0000",
        "\\x00",
        "<script>alert(1)</script>",
        "<![CDATA[x]]>",
        "&lt;&#0;",
        "=1+1",
        "@SUM(A1)",
        "a,b;c\td",
        "{\"a\":1}",
        "[1,2",
        "/* */ -- #",
        "\"quoted\"",
        "'",
        "*",
        "-",
        "_",
        "%",
        "name:value",
        "tag.os:ios",
        "toString",
        "__proto__",
        "constructor",
        "hasOwnProperty",
        "\\N",
        "\\.",
        "E'\\n'",
        // Scripts and directions
        "مرحبا بالعالم",
        "שלום",
        "\u{202e}txt.exe\u{202c}",
        "\u{2066}a\u{2069}",
        "田中さん",
        "한국어",
        "Ω≈ç√∫˜µ≤≥÷",
        "İstanbul ı",
        "ﬀ ß ẞ",
        "Ǆ",
        "ᚠᛇᚻ",
        "𝕿𝖍𝖊 𝖖𝖚𝖎𝖈𝖐",
        "𠜎𠜱𠝹",
        "e\u{0301} \u{e9}",
        "ก็็็็็็็็็็็็",
        "ಠ_ಠ",
        // Emoji: modified, joined, flags
        "😀",
        "👩‍👩‍👧‍👦",
        "👍🏿",
        "🇩🇪🇺🇸",
        "❤️",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "0️⃣",
        // Invisible
        "\u{feff}bom",
        "zero\u{200b}width",
        "\u{00a0}",
        "\u{2028}line\u{2029}",
        "\u{ad}soft",
        "\u{180e}",
        "\u{fffd}",
        "\u{fffe}",
        "\u{ffff}",
        "\u{10ffff}",
        "\u{e000}",
        "\u{f0000}",
        " leading and trailing ",
        "\u{3000}wide\u{3000}",
        "",
        // Control characters
        "\u{1}\u{2}\u{1f}",
        "\u{7f}",
        "\u{80}\u{9f}",
        "\u{1b}[31mred",
        "bell\u{7}",
        "tab\t",
        "line\nbreak",
        "\r\n",
        "\u{b}\u{c}",
    ]
    .into_iter()
    .map(str::to_owned)
    .collect();
    texts.push(zalgo);
    texts.push("9".repeat(190));
    texts.push("\u{10ffff}".repeat(200));
    texts
}

#[tokio::test(flavor = "multi_thread")]
async fn naughty_texts_come_back_byte_for_byte_from_every_field() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let texts = naughty();
    let mut items = Vec::new();
    for (n, text) in texts.iter().enumerate() {
        let mut tags = serde_json::Map::new();
        tags.insert(format!("t{text}"), json!(text));
        let payload = json!({"text": text, (format!("k{text}")): [[text]], (text.as_str()): 1});
        items.push(json!({
            "type": "error", "name": "text", "session": format!("s{n}"), "payload": payload, "user": text,
            "release": text, "environment": text, "tags": tags, "stack": text,
            "exception": {"type": text, "value": text}, "breadcrumbs": [{"message": text}],
        }));
    }
    // `t` and 200 characters are one too many for a tag's name.
    let long = texts.iter().position(|text| text.chars().count() == 200).expect("one of 200 characters");
    items[long]["tags"] = json!({(texts[long].as_str()): texts[long]});
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
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(events.len()));
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

/// For a query string.
fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
