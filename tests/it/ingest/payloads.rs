//! What real programs send, as payloads.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::shop;
use crate::app::TestApp;

const FOLDERS: [&str; 2] = ["sentry-events", "otlp"];

/// Every JSON file of the samples beside the repository; without them, made-up ones of the same kind.
fn samples() -> Vec<(String, Value)> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data"));
    let mut found = Vec::new();
    for folder in FOLDERS {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else {
            println!("no samples in {folder}: generated ones are used in their place");
            found.extend((0..20).map(|n| (format!("{folder} {n}"), generated(n))));
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.extension().is_some_and(|extension| extension == "json") {
                let text = std::fs::read_to_string(&path).expect("readable");
                let value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"));
                found.push((path.file_name().unwrap_or_default().to_string_lossy().into_owned(), value));
            }
        }
    }
    found
}

/// A crash report as an SDK would make it.
fn generated(n: usize) -> Value {
    let frame = |i: usize| json!({"filename": format!("app/{i}.py"), "lineno": i, "vars": {"self": "<x>", "é": null}});
    json!({
        "event_id": format!("{n:032x}"), "platform": "python", "timestamp": 1_700_000_000.25 + n as f64,
        "exception": {"values": [{"type": "ValueError", "value": "‘x’", "stacktrace":
            {"frames": (0..n * 10).map(frame).collect::<Vec<_>>()}}]},
        "resourceLogs": [{"scopeLogs": [{"logRecords": [{"timeUnixNano": "1544712660300000000"}]}]}],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn real_payloads_come_back_as_they_were_sent() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let samples = samples();
    assert!(samples.len() >= 20, "only {} samples", samples.len());
    let mut replaced = 0;
    for (name, payload) in &samples {
        let body = json!({"type": "error", "name": "sample", "payload": payload});
        let answer = shop.send(&body).await.expect_status(202).await;
        assert_eq!(answer["accepted"], 1, "{name}: {answer}");
        let id = answer["id"].as_str().expect("an id");
        let event = shop.owner.get(&shop.path(&format!("/events/{id}"))).await.expect_status(200).await;
        // The one character that jsonb can't hold; PHP puts it into the names of anonymous classes.
        let shown = payload.to_string().replace("\\u0000", "\u{fffd}");
        let found = event["payload"].to_string();
        assert!(found == shown, "{name} came back changed");
        replaced += usize::from(shown.contains('\u{fffd}'));
    }
    println!("{} real payloads came back unchanged but for U+0000 in {replaced}", samples.len());
}
