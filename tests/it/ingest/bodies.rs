//! Forms of bodies, their encodings and their size.

use std::io::Write;
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{names, send_as, send_text, shop};
use crate::app::{Answer, Project, TestApp};

const MIB: usize = 1024 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_body_is_stored() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let e = |name: &str| format!(r#"{{"type":"event","name":"{name}"}}"#);
    let (json, text, form) = ("application/json", "text/plain", "application/x-www-form-urlencoded");
    let ndjson = "application/x-ndjson";
    let bodies = [
        (json, e("a1"), 1),
        (json, format!("[{},{}]", e("b1"), e("b2")), 2),
        (json, format!(r#"{{"events":[{},{}],"sent_at":"2026-01-01T00:00:00Z"}}"#, e("c1"), e("c2")), 2),
        ("Application/JSON; charset=utf-8", e("d1"), 1),
        (ndjson, format!("{}\n{}\r\n\n{}\n", e("e1"), e("e2"), e("e3")), 3),
        ("application/jsonl", e("f1"), 1),
        (text, e("g1"), 1),
        (text, format!("[{},{}]", e("h1"), e("h2")), 2),
        (text, format!("{}\n{}", e("i1"), e("i2")), 2),
        ("text/plain;charset=UTF-8", format!(r#"{{"events":[{}]}}"#, e("j1")), 1),
        (form, e("k1"), 1),
        (json, format!("\u{feff}{}", e("l1")), 1),
    ];
    let mut expected = 0;
    for (content_type, body, count) in bodies {
        let answer = send_as(&shop, content_type, body.clone()).await.expect_status(202).await;
        assert_eq!(answer["accepted"], json!(count), "{content_type} {body}: {answer}");
        // Only a single event has an id to tell.
        assert_eq!(
            answer["id"].is_string(),
            body.trim_start_matches('\u{feff}').starts_with(r#"{"type"#)
                && count == 1
                && content_type != ndjson
                && content_type != "application/jsonl",
            "{content_type} {body}: {answer}"
        );
        expected += count;
    }
    let names = names(&shop).await;
    assert_eq!(names.len(), expected);
    assert_eq!(names.first().map(String::as_str), Some("a1"));
    assert_eq!(names.last().map(String::as_str), Some("l1"));

    // Without a content type, as the simplest clients send.
    let bare = shop.owner.http.post(format!("{}/api/ingest", app.base)).bearer_auth(&shop.key);
    Answer::of(bare.body(e("m1"))).await.expect_status(202).await;
    send_as(&shop, "application/xml", e("n1")).await.expect_error(415, "unsupported_media_type").await;
    send_as(&shop, "multipart/form-data", e("n1")).await.expect_error(415, "unsupported_media_type").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_body_is_refused_and_says_why() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    for (body, code) in [
        (&b""[..], "malformed_body"),
        (b" \n ", "malformed_body"),
        (b"[]", "malformed_body"),
        (b"{\"events\":[]}", "malformed_body"),
        (b"{\"events\":{}}", "malformed_body"),
        (b"{\"events\":7}", "malformed_body"),
        (b"5", "malformed_body"),
        (b"null", "malformed_body"),
        (b"\"text\"", "malformed_body"),
        (b"{\"type\":\"event\"", "malformed_json"),
        (b"{} {}", "malformed_json"),
        (b"type=event&name=a", "malformed_json"),
        (b"{\"name\":\"\xff\xfe\"}", "malformed_json"),
        (b"\xed\xa0\x80", "malformed_json"),
    ] {
        send_text(&shop, body.to_vec()).await.expect_error(400, code).await;
    }
    assert_eq!(names(&shop).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn gzip_and_zstd_are_read_and_every_other_encoding_is_415() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let body = |name: &str| format!(r#"{{"type":"event","name":"{name}"}}"#).into_bytes();
    for (encoding, bytes) in [
        ("gzip", gzip(&body("a"))),
        ("GZIP", gzip(&body("b"))),
        ("zstd", zstd(&body("c"))),
        ("identity", body("d")),
        // Two members, one after the other, are one stream.
        ("gzip", [gzip(&body("e")[..9]), gzip(&body("e")[9..])].concat()),
    ] {
        send_encoded(&shop, &[encoding], bytes).await.expect_status(202).await;
    }
    assert_eq!(names(&shop).await, ["a", "b", "c", "d", "e"]);

    let doubled = gzip(&gzip(&body("x")));
    for encodings in [
        &["deflate"][..],
        &["br"],
        &["compress"],
        &["gzip, gzip"],
        &["gzip", "gzip"],
        &["gzip, identity"],
        &["nonsense"],
    ] {
        let answer = send_encoded(&shop, encodings, doubled.clone()).await;
        answer.expect_error(415, "unsupported_encoding").await;
    }
    // What is not what it says it is.
    for (encoding, bytes) in [
        ("gzip", body("x")),
        ("zstd", gzip(&body("x"))),
        ("gzip", gzip(&body("x"))[..20].to_vec()),
        ("zstd", zstd(&body("x"))[..12].to_vec()),
        ("gzip", Vec::new()),
    ] {
        send_encoded(&shop, &[encoding], bytes).await.expect_error(400, "malformed_body").await;
    }
    // Plainly compressed twice, while only one layer is named.
    send_encoded(&shop, &["gzip"], doubled).await.expect_error(400, "malformed_json").await;
    assert_eq!(names(&shop).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_may_have_one_mebibyte_decoded_and_not_a_byte_more() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let padded = |size: usize| {
        let mut body = br#"{"type":"event","name":"a"}"#.to_vec();
        body.resize(size, b' ');
        body
    };
    send_text(&shop, padded(MIB)).await.expect_status(202).await;
    send_encoded(&shop, &["gzip"], gzip(&padded(MIB))).await.expect_status(202).await;
    send_encoded(&shop, &["zstd"], zstd(&padded(MIB))).await.expect_status(202).await;
    for (encodings, body) in
        [(&[][..], padded(MIB + 1)), (&["gzip"], gzip(&padded(MIB + 1))), (&["zstd"], zstd(&padded(MIB + 1)))]
    {
        let answer = send_encoded(&shop, encodings, body).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        answer.expect_error(413, "payload_too_large").await;
    }
    assert_eq!(names(&shop).await, ["a", "a", "a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_may_come_in_pieces_and_ask_first() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let pieces = [r#"{"type":"ev"#, r#"ent","name":"#, r#""pieces"}"#].map(Ok::<_, std::io::Error>);
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    send_text(&shop, body).await.expect_status(202).await;

    // As curl does with larger bodies.
    let mut curl = TcpStream::connect(app.server.address).await.expect("connects");
    let body = r#"{"type":"event","name":"asked first"}"#;
    let head = format!(
        "POST /ingest?key={} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nExpect: 100-continue\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        shop.key,
        body.len()
    );
    curl.write_all(head.as_bytes()).await.expect("writes");
    let mut go_on = [0; 12];
    let answered = tokio::time::timeout(Duration::from_secs(5), curl.read_exact(&mut go_on)).await;
    answered.expect("is told to go on").expect("reads");
    assert_eq!(&go_on, b"HTTP/1.1 100");
    curl.write_all(body.as_bytes()).await.expect("writes");
    let mut answer = String::new();
    curl.read_to_string(&mut answer).await.expect("reads");
    assert!(answer.contains("HTTP/1.1 202"), "{answer}");
    assert_eq!(names(&shop).await, ["asked first", "pieces"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_far_too_large_is_told_so_and_not_cut_off() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    for mebibytes in [2, 8, 32] {
        send_text(&shop, vec![b' '; mebibytes * MIB]).await.expect_error(413, "payload_too_large").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bombs_are_413_and_take_no_memory() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let zeros = vec![0; 200 * MIB];
    let bombs = [("gzip", gzip(&zeros)), ("zstd", zstd(&zeros))];
    drop(zeros);
    let before = peak_memory();
    let mut sending = tokio::task::JoinSet::new();
    for n in 0..40 {
        let (encoding, bomb) = bombs[n % 2].clone();
        let shop = shop.clone();
        sending.spawn(async move {
            send_encoded(&shop, &[encoding], bomb).await.expect_error(413, "payload_too_large").await
        });
    }
    while let Some(done) = sending.join_next().await {
        done.expect("refused");
    }
    if let (Some(before), Some(after)) = (before, peak_memory()) {
        // The peak of this process, in which other tests run at the same time.
        println!("40 bombs of 200 MiB each raised the peak of memory by {} MiB", (after - before) / MIB);
        assert!(after - before < 200 * MIB, "{before} → {after}");
    }
    shop.ingest(&crate::app::event("after")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_items_are_taken_and_one_more_is_too_many() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let items = |count: usize| vec![r#"{"type":"event","name":"a"}"#; count].join(",");
    let answer = send_text(&shop, format!("[{}]", items(1000))).await.expect_status(202).await;
    assert_eq!(answer["accepted"], 1000);
    for body in [format!("[{}]", items(1001)), format!(r#"{{"events":[{}]}}"#, items(1001))] {
        let error = send_text(&shop, body).await.expect_error(413, "payload_too_large").await;
        assert!(error["message"].as_str().is_some_and(|text| text.contains("1000")), "{error}");
    }
    let lines = items(1001).replace("},", "}\n");
    send_as(&shop, "application/x-ndjson", lines).await.expect_error(413, "payload_too_large").await;
    assert_eq!(names(&shop).await.len(), 1000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_trickles_is_ended_and_disturbs_nobody() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let started = Instant::now();
    let mut slow = TcpStream::connect(app.server.address).await.expect("connects");
    let head = format!(
        "POST /ingest HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: 1000\r\n\r\n",
        shop.key
    );
    slow.write_all(head.as_bytes()).await.expect("writes");
    let (mut reader, mut writer) = slow.into_split();
    // A byte now and then keeps the connection busy and the body unfinished.
    let trickle = tokio::spawn(async move {
        let mut pace = tokio::time::interval(Duration::from_millis(200));
        loop {
            pace.tick().await;
            if writer.write_all(b" ").await.is_err() {
                return;
            }
        }
    });
    shop.ingest(&crate::app::event("meanwhile")).await;
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(12), reader.read_to_end(&mut answer)).await;
    trickle.abort();
    let text = String::from_utf8_lossy(&answer);
    assert!(ended.is_ok(), "still open after {:?}: {text}", started.elapsed());
    println!("a trickling body was ended after {} ms", started.elapsed().as_millis());
    assert!(text.is_empty() || text.starts_with("HTTP/1.1 408"), "{text}");
    assert_eq!(names(&shop).await, ["meanwhile"]);
}

async fn send_encoded(shop: &Project, encodings: &[&str], body: Vec<u8>) -> Answer {
    let mut request = shop.owner.http.post(format!("{}/ingest", shop.owner.base)).bearer_auth(&shop.key);
    for encoding in encodings {
        request = request.header(CONTENT_ENCODING, *encoding);
    }
    Answer::of(request.header(CONTENT_TYPE, "application/json").body(body)).await
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("compresses");
    encoder.finish().expect("compresses")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 3).expect("compresses")
}

/// The most memory that this process ever had, in bytes; where the system tells it.
fn peak_memory() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<usize>().ok()? * 1024)
}
