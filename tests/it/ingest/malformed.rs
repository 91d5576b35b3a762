//! Documents that are not quite JSON: never our fault, and never the next one's problem.

use std::io::Write;

use serde_json::json;

use super::{names, rejections, send_as, send_text, shop};
use crate::app::{Answer, TestApp, event};
use crate::hostile::mutations::Mutations;

/// What every parser test suite has: JSON that is not.
fn not_json() -> Vec<Vec<u8>> {
    let mut documents: Vec<Vec<u8>> = [
        "[1,]",
        "[,1]",
        "[1,,2]",
        "[1 2]",
        "[1",
        "]",
        "[[",
        "{",
        "}",
        "{]",
        "[}",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\"::1}",
        "{\"a\":1}}",
        "{1:1}",
        "{\"a\",1}",
        "[01]",
        "[-]",
        "[+1]",
        "[.5]",
        "[1.]",
        "[1e]",
        "[1e+]",
        "[--1]",
        "[0x1]",
        "[1_000]",
        "[NaN]",
        "[Infinity]",
        "[-Infinity]",
        "[١]",
        "[1.2.3]",
        "[0e+-1]",
        "[2.e3]",
        "[tru]",
        "[True]",
        "[nul]",
        "[NULL]",
        "[undefined]",
        "[\"]",
        "[\"\\\"]",
        "[\"\\x00\"]",
        "[\"\\u12\"]",
        "[\"\\uZZZZ\"]",
        "[\"\\u\"]",
        "[\"\\q\"]",
        "[\"a\nb\"]",
        "[\"a\tb\"]",
        "[\"\u{1}\"]",
        "['a']",
        "[“a”]",
        "[\"a\" /* no */]",
        "// no\n{}",
        "#{}",
        "{}\u{0}",
        "\u{0}",
        "\u{c}{}",
        "\u{2028}{}",
        "\u{a0}[]",
        "<a/>",
        "a=b",
        "--",
        "\u{feff}\u{feff}{}",
        "[1]x",
        "{}{}",
        "[][]",
        "\"",
        "\"a",
        "*",
        "{\"type\":\"event\",\"name\":\"x\"},",
        "[{\"type\":\"event\",\"name\":\"x\"}",
        "{\"events\":[{}",
        "{\"events\":[1,]}",
    ]
    .into_iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    documents.extend([
        b"[\"\xff\"]".to_vec(),
        b"[\"\xc3\"]".to_vec(),
        b"[\"\xc0\xaf\"]".to_vec(),
        b"[\"\xed\xa0\x80\"]".to_vec(),
        b"[\"\xf5\x80\x80\x80\"]".to_vec(),
        b"\xfe\xff\x00{\x00}".to_vec(),
        b"{\x00}\x00".to_vec(),
        b"\xef\xbb{}".to_vec(),
        "[".repeat(100_000).into_bytes(),
        "{\"a\":".repeat(100_000).into_bytes(),
        "[{\"a\":".repeat(50_000).into_bytes(),
        format!("[{}", "[],".repeat(50_000)).into_bytes(),
        format!("{}{}", "[".repeat(5_000), "]".repeat(4_999)).into_bytes(),
        format!("{{\"name\":\"{}", "x".repeat(500_000)).into_bytes(),
        format!("[{}", "9".repeat(100_000)).into_bytes(),
    ]);
    documents
}

/// A document with a bit of everything, of now.
fn good() -> String {
    let ts = chrono::Utc::now().timestamp_millis();
    let text = r#"{"events":[{"type":"metric","name":"cpu \u00e9\ud83d\ude00","value":-1.5e3,"unit":"%","tags":{"a":"b"},"id":"0190b5e5-9a3c-4d34-8a51-3c5f6a7b8c9d","timestamp":TIME,"payload":{"deep":[[1,2,{"x":null}],true]},"level":"info","user":7}]}"#;
    text.replace("TIME", &ts.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_json_is_400_and_the_next_request_is_stored() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let documents = not_json();
    for (n, document) in documents.iter().enumerate() {
        let start = String::from_utf8_lossy(&document[..document.len().min(60)]).into_owned();
        let answer = send_text(&shop, document.clone()).await;
        assert_eq!(answer.status(), 400, "{start}");
        shop.ingest(&event(&format!("after {n:03}"))).await;
    }
    let names = names(&shop).await;
    assert_eq!(names.len(), documents.len());
    println!("{} malformed documents: 5xx 0, neighbours stored {}", documents.len(), names.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_line_hurts_no_other_line() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let valid_utf8 = not_json().into_iter().filter_map(|bytes| String::from_utf8(bytes).ok());
    let lines: Vec<String> = valid_utf8
        .filter(|text| text.len() < 1000 && !text.contains('\n') && !text.trim().is_empty())
        .collect();
    let body: String = lines
        .iter()
        .enumerate()
        .map(|(n, line)| format!("{}\n{line}\n", event(&format!("l{n:03}"))))
        .collect();
    let answer = send_as(&shop, "application/x-ndjson", body).await.expect_status(202).await;
    assert_eq!(rejections(&answer).len(), lines.len());
    assert_eq!(answer["accepted"], json!(lines.len()));
    assert_eq!(names(&shop).await.len(), lines.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn six_hundred_damaged_documents_never_give_a_5xx() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let good = good();
    send_text(&shop, good.clone()).await.expect_status(202).await;
    let mut mutations = Mutations(0x2026_1120);
    let mut statuses = std::collections::BTreeMap::new();
    for n in 0..600 {
        let damaged = mutations.change(good.as_bytes());
        let shown = String::from_utf8_lossy(&damaged).into_owned();
        let content_type = ["application/json", "application/x-ndjson", "text/plain"][n % 3];
        let answer = match n % 4 {
            0 => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(good.as_bytes()).expect("compresses");
                let compressed = mutations.change(&encoder.finish().expect("compresses"));
                let request = shop.owner.http.post(format!("{}/ingest", app.base)).bearer_auth(&shop.key);
                Answer::of(request.header("Content-Encoding", "gzip").body(compressed)).await
            }
            _ => send_as(&shop, content_type, damaged).await,
        };
        let status = answer.status().as_u16();
        assert!(matches!(status, 202 | 400 | 401 | 403 | 413), "{status} for {shown}");
        *statuses.entry(status).or_insert(0) += 1;
        if n % 10 == 0 {
            let neighbour = json!({"type": "event", "name": "neighbour", "session": n.to_string()});
            shop.ingest(&neighbour).await;
        }
    }
    println!("answers to damaged documents: {statuses:?}");
    assert_eq!(shop.events("?name=neighbour&limit=1000").await.len(), 60);
    // Some are only scratched: the test must not be about nothing but refusals.
    assert!(statuses.get(&202).is_some_and(|count| *count > 5), "{statuses:?}");
    assert!(statuses.get(&400).is_some_and(|count| *count > 200), "{statuses:?}");
}
