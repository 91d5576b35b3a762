//! RFC 6455, rule by rule, from the side of a client that keeps none of them.

use futures_util::{StreamExt, stream};
use serde_json::json;

use super::raw::{
    BINARY, CLOSE, CONTINUATION, Ended, FIN, HANDSHAKE, PING, PONG, RawSocket, TEXT, announce, close,
    fragments, frame, unmasked,
};
use crate::app::{Project, TestApp, event};

const LIMIT: usize = 64 * 1024;

/// What has to happen after some bytes.
enum Then<'a> {
    /// The connection goes on.
    StaysOpen,
    /// It ends with one of these codes.
    Closes(&'a [u16]),
}

/// Connections of [`try_all`] at the same time: the server takes a second or two to let go of each.
const ABREAST: usize = 8;

/// Sends each case over a connection of its own; returns how many there were.
async fn try_all(shop: &Project, cases: Vec<(String, Vec<u8>)>, then: Then<'_>) -> usize {
    let then = &then;
    let trying = async |(what, bytes): &(String, Vec<u8>)| {
        let mut socket = RawSocket::open(shop).await;
        socket.send(bytes).await;
        match then {
            Then::StaysOpen => {
                assert!(socket.is_answered(b"still there").await, "{what} ended the connection")
            }
            Then::Closes(codes) => match socket.ended().await {
                Ended::Closed(Some(code)) if codes.contains(&code) => {}
                other => panic!("{what}: {other:?}, expected one of {codes:?}"),
            },
        }
    };
    stream::iter(&cases).for_each_concurrent(ABREAST, trying).await;
    cases.len()
}

fn case(what: impl Into<String>, bytes: Vec<u8>) -> (String, Vec<u8>) {
    (what.into(), bytes)
}

async fn shop(app: &TestApp) -> Project {
    app.user("ann").await.project("shop").await
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_may_come_in_fragments_with_pings_between() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let filter = br#"{"type":"filter","filter":{"name":"wanted \u00e9"}}"#;
    let single: Vec<&[u8]> = filter.chunks(1).collect();
    let padded: Vec<&[u8]> = filter.chunks(7).flat_map(|part| [part, b"".as_slice()]).collect();
    let (left, right) = filter.split_at(20);
    let between = [
        frame(TEXT, left),
        frame(FIN | PING, b"one"),
        frame(FIN | PONG, b"nobody asked"),
        frame(FIN | PING, b""),
        frame(FIN, right),
    ];
    let cases = [
        case("whole", frame(FIN | TEXT, filter)),
        case("two parts", fragments(TEXT, &[left, right])),
        case("a byte each", fragments(TEXT, &single)),
        case("empty parts", fragments(TEXT, &padded)),
        case("an empty first part", fragments(TEXT, &[b"", filter, b""])),
        case("pings between", between.concat()),
    ];
    for (what, bytes) in &cases {
        for cut in [usize::MAX, 1] {
            let mut socket = RawSocket::open(&shop).await;
            for piece in bytes.chunks(cut.min(bytes.len())) {
                socket.send(piece).await;
            }
            assert!(socket.is_answered(b"heard").await, "{what}");
            shop.ingest(&json!([event("other"), event("wanted é")])).await;
            let text = socket.text().await;
            assert!(text.contains("wanted é") && !text.contains("\"other\""), "{what}: {text}");
        }
    }
    println!("{} ways to fragment a message, whole and byte by byte", cases.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn fragments_out_of_order_are_protocol_errors() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let text = b"{}".as_slice();
    let cases = vec![
        case("a continuation of nothing", frame(FIN | CONTINUATION, text)),
        case("an unfinished continuation of nothing", frame(CONTINUATION, text)),
        case("an empty continuation of nothing", frame(FIN | CONTINUATION, b"")),
        case("text within a message", [frame(TEXT, text), frame(FIN | TEXT, text)].concat()),
        case("binary within a message", [frame(TEXT, text), frame(FIN | BINARY, text)].concat()),
        case("a second beginning", [frame(TEXT, text), frame(TEXT, text)].concat()),
        case("one part too many", [fragments(TEXT, &[text, text]), frame(FIN | CONTINUATION, text)].concat()),
    ];
    let count = try_all(&shop, cases, Then::Closes(&[1002])).await;
    let binary = vec![
        case("binary", frame(FIN | BINARY, text)),
        case("binary in parts", fragments(BINARY, &[text, text])),
    ];
    let binary = try_all(&shop, binary, Then::Closes(&[1003])).await;
    println!("{count} orders of fragments: 1002; {binary} binary messages: 1003");
}

#[tokio::test(flavor = "multi_thread")]
async fn control_frames_are_short_and_whole() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let mut socket = RawSocket::open(&shop).await;
    for length in [0, 1, 2, 124, 125] {
        let payload: Vec<u8> = (0..length).map(|n| (n * 7 + 0x80) as u8).collect();
        assert!(socket.is_answered(&payload).await, "a ping of {length} bytes comes back");
        socket.send(&frame(FIN | PONG, &payload)).await;
    }
    assert!(socket.is_answered(b"pongs that nobody asked for are fine").await);
    let long = [b'x'; 126];
    let mut cases = Vec::new();
    for (name, opcode) in [("ping", PING), ("pong", PONG), ("close", CLOSE)] {
        cases.push(case(format!("a {name} of 126 bytes"), frame(FIN | opcode, &long)));
        cases.push(case(format!("a {name} of 300 bytes"), frame(FIN | opcode, &[0; 300])));
        cases.push(case(format!("an unfinished {name}"), frame(opcode, b"")));
        cases.push(case(format!("a {name} in parts"), fragments(opcode, &[b"\x03\xe8", b"x"])));
    }
    let count = try_all(&shop, cases, Then::Closes(&[1002])).await;
    println!("{count} control frames too long or in parts: 1002");
}

#[tokio::test(flavor = "multi_thread")]
async fn reserved_bits_unknown_opcodes_and_missing_masks_are_protocol_errors() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let mut cases = Vec::new();
    for bits in [0x40, 0x20, 0x10, 0x70] {
        for opcode in [TEXT, BINARY, PING, PONG, CLOSE] {
            cases.push(case(format!("bits {bits:#x} on {opcode:#x}"), frame(FIN | bits | opcode, b"{}")));
        }
        let late = [frame(TEXT, b"{"), frame(FIN | bits | CONTINUATION, b"}")].concat();
        cases.push(case(format!("bits {bits:#x} on a continuation"), late));
    }
    for opcode in (0x3..=0x7).chain(0xB..=0xF) {
        for payload in [b"".as_slice(), b"{}"] {
            cases.push(case(format!("opcode {opcode:#x}"), frame(FIN | opcode, payload)));
            cases.push(case(format!("unfinished opcode {opcode:#x}"), frame(opcode, payload)));
        }
    }
    for opcode in [TEXT, BINARY, PING, PONG, CLOSE] {
        cases.push(case(format!("no mask on {opcode:#x}"), unmasked(FIN | opcode, b"\x03\xe8")));
        cases.push(case(format!("no mask on an empty {opcode:#x}"), unmasked(FIN | opcode, b"")));
    }
    let count = try_all(&shop, cases, Then::Closes(&[1002])).await;
    println!("{count} frames with reserved bits, unknown opcodes or no mask: 1002");
}

#[tokio::test(flavor = "multi_thread")]
async fn text_is_utf8() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let bad: [&[u8]; 19] = [
        b"\xff",
        b"\xfe",
        b"\x80",
        b"\xbf",
        b"\xc0\x80",
        b"\xc1\xbf",
        b"\xc3\x28",
        b"\xe2\x28\xa1",
        b"\xe0\x80\xaf",
        b"\xe0\x9f\xbf",
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xf0\x80\x80\xaf",
        b"\xf0\x8f\xbf\xbf",
        b"\xf4\x90\x80\x80",
        b"\xf5\x80\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80\x65\x64",
        b"\xed\xa0\xbd\xed\xb8\x80",
    ];
    // Right as far as it goes.
    let cut: [&[u8]; 5] = [b"\xc3", b"\xe2\x82", b"\xf0\x9f", b"\xf0\x9f\x98", b"ok \xe1\xbd"];
    let mut cases = Vec::new();
    for bytes in bad.iter().chain(&cut) {
        let text = [b"{\"a\":\"", *bytes, b"\"}"].concat();
        let shown = bytes.escape_ascii().to_string();
        cases.push(case(format!("{shown} alone"), frame(FIN | TEXT, bytes)));
        cases.push(case(format!("{shown} in text"), frame(FIN | TEXT, &text)));
        let (left, right) = bytes.split_at(bytes.len() / 2);
        cases.push(case(format!("{shown} in parts"), fragments(TEXT, &[b"ok ", left, right])));
        cases.push(case(format!("{shown} at the end of parts"), fragments(TEXT, &[b"ok ", b"", bytes])));
    }
    let refused = try_all(&shop, cases, Then::Closes(&[1007])).await;

    let good = "\u{0} \u{7f} é ߿ \u{800} ퟿ \u{e000} \u{fffe}\u{ffff} \u{10000} 😀 \u{10ffff}";
    let every_cut = (0..=good.len()).map(|at| {
        let (left, right) = good.as_bytes().split_at(at);
        case(format!("cut at {at}"), fragments(TEXT, &[left, right]))
    });
    let accepted = try_all(&shop, every_cut.collect(), Then::StaysOpen).await;
    println!("{refused} texts that are not UTF-8: 1007; {accepted} cuts through characters that are: open");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_have_at_most_64_kib() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let largest = vec![b'x'; LIMIT];
    let parts: Vec<&[u8]> = largest.chunks(1000).collect();
    let lengths = [0, 1, 125, 126, 127, 0xFFFF, LIMIT];
    let mut fine: Vec<_> = lengths
        .iter()
        .map(|length| case(format!("{length} bytes"), frame(FIN | TEXT, &largest[..*length])))
        .collect();
    fine.push(case("as much in parts", fragments(TEXT, &parts)));
    let fine = try_all(&shop, fine, Then::StaysOpen).await;

    let one_more: Vec<&[u8]> = parts.iter().copied().chain([b"x".as_slice()]).collect();
    let endless: Vec<u8> =
        std::iter::repeat_with(|| frame(CONTINUATION, &[b'x'; 1000])).take(100).flatten().collect();
    let cases = vec![
        case("one byte more", frame(FIN | TEXT, &vec![b'x'; LIMIT + 1])),
        case("one byte more in parts", fragments(TEXT, &one_more)),
        case("a message without end", [frame(TEXT, b"x"), endless].concat()),
        case("a gigabyte announced", announce(FIN | TEXT, 0x80, 1 << 30)),
        case("more than there is announced", announce(FIN | TEXT, 0x80, u64::MAX >> 1)),
        case("a length that can not be", announce(FIN | TEXT, 0x80, u64::MAX)),
    ];
    let refused = try_all(&shop, cases, Then::Closes(&[1009])).await;
    println!("{fine} messages up to the limit: open; {refused} above it: 1009");
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_is_answered_in_kind() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let codes =
        [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
    for code in codes {
        let mut socket = RawSocket::open(&shop).await;
        socket.send(&close(code, b"bye")).await;
        assert_eq!(socket.ended().await, Ended::Closed(Some(code)));
    }
    for (bytes, code) in [
        (frame(FIN | CLOSE, b""), None),
        (close(1000, b""), Some(1000)),
        (close(1000, &[b'x'; 123]), Some(1000)),
        (close(4000, "é😀".as_bytes()), Some(4000)),
        // Whatever follows a close frame is not heard.
        ([close(1000, b""), frame(FIN | PING, b"late"), frame(FIN | TEXT, b"late")].concat(), Some(1000)),
        ([close(1000, b""), close(1001, b"")].concat(), Some(1000)),
        ([frame(TEXT, b"unfinished"), close(1000, b"")].concat(), Some(1000)),
    ] {
        let mut socket = RawSocket::open(&shop).await;
        socket.send(&bytes).await;
        assert_eq!(socket.ended().await, Ended::Closed(code));
    }
    let mut cases: Vec<_> = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]
        .map(|code| case(format!("code {code}"), close(code, b"")))
        .into();
    cases.push(case("half a code", frame(FIN | CLOSE, b"\x03")));
    let refused = try_all(&shop, cases, Then::Closes(&[1002])).await;
    // The library does not tell a bad reason from a bad code.
    let reasons = vec![case("a reason that is not UTF-8", close(1000, b"\xff"))];
    try_all(&shop, reasons, Then::Closes(&[1002, 1007])).await;
    println!("{} closes echoed, {refused} invalid ones: 1002", codes.len() + 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_may_be_nonsense() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let deep = "[".repeat(30_000);
    let texts = [
        "",
        " ",
        "hello",
        "{",
        "{}",
        "[]",
        "null",
        "\"\"",
        "{\"type\":null}",
        "{\"type\":\"\"}",
        "{\"type\":\"\\u0000\"}",
        "{\"type\":\"pong\"}",
        "{\"type\":\"pong\",\"x\":1}",
        "{\"type\":\"ping\"}",
        "{\"type\":\"filter\"}",
        "{\"type\":\"filter\",\"filter\":{}}",
        "{\"type\":\"filter\",\"filter\":{\"name\":\"\\u0000\"}}",
        "{\"type\":\"filter\",\"filter\":{\"name\":null,\"x\":[]}}",
        "{\"type\":\"filter\",\"type\":\"pong\"}",
        "\u{feff}{}",
        "a\u{0}b",
        &deep,
    ];
    let fine = texts
        .iter()
        .map(|text| case(text.chars().take(40).collect::<String>(), frame(FIN | TEXT, text.as_bytes())));
    let fine = try_all(&shop, fine.collect(), Then::StaysOpen).await;
    let filters = ["5", "[]", "{\"type\":\"nonsense\"}", "{\"type\":7}", "{\"name\":{}}", "\"x\""];
    let bad = filters.map(|filter| {
        case(filter, frame(FIN | TEXT, format!("{{\"type\":\"filter\",\"filter\":{filter}}}").as_bytes()))
    });
    let bad = try_all(&shop, bad.into(), Then::Closes(&[1008])).await;
    println!("{fine} texts that say nothing to us: open; {bad} filters that can not be: 1008");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_tiny_frames_disturbs_nobody() {
    const FRAMES: usize = 50_000;
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    let mut neighbour = RawSocket::open(&shop).await;
    let parts: Vec<u8> =
        [frame(TEXT, b""), frame(CONTINUATION, b"").repeat(FRAMES), frame(FIN, b"{}")].concat();
    let floods = [
        ("pings", frame(FIN | PING, b"x").repeat(FRAMES)),
        ("pongs", frame(FIN | PONG, b"").repeat(FRAMES)),
        ("texts", frame(FIN | TEXT, b"").repeat(FRAMES)),
        ("filters", frame(FIN | TEXT, br#"{"type":"filter"}"#).repeat(FRAMES)),
        ("empty parts", parts),
    ];
    for (n, (what, bytes)) in floods.iter().enumerate() {
        let mut socket = RawSocket::open(&shop).await;
        let name = format!("during {what}");
        let body = event(&name);
        let (sent, _) = tokio::join!(socket.send(bytes), shop.ingest(&body));
        assert!(sent && socket.is_answered(b"after the flood").await, "{what}");
        assert!(neighbour.text().await.contains(&name), "{n}");
    }
    println!("{} floods of {FRAMES} frames: read to the end, the neighbour heard everything", floods.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_proper_handshake_opens_a_socket() {
    let app = TestApp::new().await;
    let shop = shop(&app).await;
    for (what, lines) in [
        ("no upgrade", HANDSHAKE.replace("Upgrade: websocket\r\n", "")),
        ("another protocol", HANDSHAKE.replace("websocket", "h2c")),
        ("no connection", HANDSHAKE.replace("Connection: Upgrade\r\n", "")),
        ("no version", HANDSHAKE.replace("Sec-WebSocket-Version: 13\r\n", "")),
        ("an old version", HANDSHAKE.replace("13", "7")),
        ("no key", HANDSHAKE.replace("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "")),
    ] {
        let (_, head) = RawSocket::shake_hands(&shop, &lines).await;
        assert!(head.starts_with("HTTP/1.1 400 "), "{what}: {head}");
        assert!(head.to_lowercase().contains("x-request-id:"), "{what}: {head}");
    }
    // A connection that breaks off within a frame is nobody's problem.
    for bytes in [frame(TEXT, b"unfinished"), announce(FIN | TEXT, 0x80, 60_000), vec![FIN | TEXT]] {
        let mut socket = RawSocket::open(&shop).await;
        socket.send(&bytes).await;
        drop(socket);
    }
    assert!(RawSocket::open(&shop).await.is_answered(b"still there").await);
}
