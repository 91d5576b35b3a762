//! Answers that are too large, too slow, or none at all.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use pulseboard_core::outbound::{Limits, Method, OutboundAnswer, OutboundError, OutboundRequest, StatusCode};

use super::outside::{Names, Place, Silence, guard, guard_with, limited};
use crate::app::PATIENCE;

const MIB: usize = 1024 * 1024;
/// Short enough for a test that waits it out.
const SHORT: Duration = Duration::from_millis(300);
const AT_ONCE: Duration = Duration::ZERO;
/// For tests of size, which a busy machine must not turn into tests of time.
const PATIENT: Limits = Limits { connecting: PATIENCE, in_all: PATIENCE, body: MIB };

async fn asked(place: Place) -> Result<OutboundAnswer, OutboundError> {
    asked_within(PATIENT, place).await
}

async fn asked_within(limits: Limits, place: Place) -> Result<OutboundAnswer, OutboundError> {
    limited("127.0.0.1", Names::none(), limits).send(OutboundRequest::get(place.url())).await
}

async fn error_of(place: Place) -> OutboundError {
    asked(place).await.map(|answer| answer.status).expect_err("no answer")
}

async fn asked_in_a_hurry(place: Place) -> Result<StatusCode, OutboundError> {
    let limits = Limits { in_all: SHORT, ..PATIENT };
    asked_within(limits, place).await.map(|answer| answer.status)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn answer(headers: &str, body: &[u8]) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 200 OK\r\n{headers}\r\n").into_bytes();
    answer.extend_from_slice(body);
    answer
}

#[tokio::test]
async fn a_body_may_have_one_mib_and_no_byte_more() {
    let whole = vec![b'a'; MIB];
    let more = vec![b'a'; MIB + 1];
    for (headers, body, is_taken) in [
        (format!("Content-Length: {MIB}\r\n"), whole.clone(), true),
        // Without a length it ends where the connection does.
        (String::new(), whole.clone(), true),
        ("Content-Encoding: gzip\r\n".into(), gzip(&whole), true),
        (format!("Content-Length: {}\r\n", MIB + 1), more.clone(), false),
        (String::new(), more.clone(), false),
        ("Content-Encoding: gzip\r\n".into(), gzip(&more), false),
    ] {
        let result = asked(Place::answering(answer(&headers, &body)).await).await;
        let size = result.map(|answer| answer.body.len());
        assert_eq!(size, if is_taken { Ok(MIB) } else { Err(OutboundError::BodyTooLarge) }, "{headers}");
    }
}

#[tokio::test]
async fn a_gzip_bomb_is_cut() {
    // Each member is a MiB of nothing in about a KiB; one body holds hundreds.
    let member = gzip(&vec![0; MIB]);
    let bomb = member.repeat(500);
    assert!(bomb.len() < MIB, "{} bytes", bomb.len());
    let headers = format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n", bomb.len());
    assert_eq!(error_of(Place::answering(answer(&headers, &bomb)).await).await, OutboundError::BodyTooLarge);
    println!("outbound: a bomb of {} bytes that unfolds to 500 MiB is cut", bomb.len());
}

#[tokio::test]
async fn an_endless_body_is_cut() {
    let plain = "HTTP/1.1 200 OK\r\n\r\n";
    let zipped = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (head, again) in [
        (plain, vec![b'a'; 16_384]),
        (chunked, b"4\r\naaaa\r\n".repeat(1_000)),
        // Empty members: endless on the way, nothing when decoded.
        (zipped, gzip(b"").repeat(1_000)),
    ] {
        let limits = Limits { body: 64 * 1024, ..PATIENT };
        let place = Place::repeating(head, again, AT_ONCE).await;
        let answer = asked_within(limits, place).await.map(|answer| answer.status);
        assert_eq!(answer, Err(OutboundError::BodyTooLarge), "{head}");
    }
}

#[tokio::test]
async fn who_is_slow_is_left() {
    let drip = Duration::from_millis(10);
    for place in [
        Place::silent().await,
        Place::repeating("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", "a", drip).await,
        Place::repeating("HTTP/1.1 200 OK\r\nX: ", "a", drip).await,
        Place::repeating("", "HTTP/1.1 100 Continue\r\n\r\n", drip).await,
    ] {
        assert_eq!(asked_in_a_hurry(place).await, Err(OutboundError::TimedOut));
    }
}

#[tokio::test]
async fn who_does_not_connect_is_left_earlier() {
    let limits = Limits { connecting: SHORT, ..PATIENT };
    let silent = Place::silent().await;
    let handshake = silent.url().replacen("http", "https", 1);
    let guard = limited("127.0.0.1", std::sync::Arc::new(Silence), limits);
    for url in [handshake, silent.at("no-answer.example.com")] {
        let answer = guard.send(OutboundRequest::get(url)).await.map(|answer| answer.status);
        assert_eq!(answer, Err(OutboundError::TimedOut));
    }
}

#[tokio::test]
async fn floods_of_headers_and_things_that_are_not_http_are_broken_answers() {
    let long = "a".repeat(70_000);
    let ok = "HTTP/1.1 200 OK\r\n";
    for bytes in [
        format!("HTTP/1.1 200 {}\r\n\r\n", "a".repeat(MIB)),
        format!("{ok}X: {}\r\n\r\n", "a".repeat(MIB)),
        format!("{ok}X: {long}\r\nContent-Length: 0\r\n\r\n"),
        format!("{ok}{}Content-Length: 0\r\n\r\n", "X: a\r\n".repeat(101)),
        "<html>secret, as HTTP/0.9 would have it</html>".into(),
        "HTTP/0.9 200 OK\r\n\r\nsecret".into(),
        "SSH-2.0-OpenSSH_9.2 secret\r\n".into(),
        "-ERR unknown command 'GET' secret\r\n".into(),
        "\0\u{1}\u{2}secret\r\n\r\n".into(),
        "HTTP/1.1 999999 OK\r\n\r\n".into(),
        "HTTP/1.1 200 OK\r\nsecret without a colon\r\n\r\n".into(),
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nsecret".into(),
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nsecret".into(),
        "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nsecret breaks off".into(),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsecret\r\n".into(),
        String::new(),
    ] {
        let begin: String = bytes.chars().take(60).collect();
        let error = error_of(Place::answering(bytes).await).await;
        assert_eq!(error, OutboundError::BrokenAnswer, "{begin}");
        assert!(!error.to_string().contains("secret"));
    }
    let flood =
        Place::repeating(ok, "X-Flood: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(64), AT_ONCE).await;
    assert_eq!(error_of(flood).await, OutboundError::BrokenAnswer);
}

#[tokio::test]
async fn an_encoding_that_was_not_asked_for_is_not_taken() {
    let zipped = gzip(b"secret");
    for (encoding, body) in [
        ("br", zipped.clone()),
        ("zstd", zipped.clone()),
        ("deflate", zipped.clone()),
        ("gzip, gzip", gzip(&zipped)),
        ("gzip\r\nContent-Encoding: gzip", gzip(&zipped)),
        ("gzip", b"secret, not zipped".to_vec()),
        ("gzip", zipped[..zipped.len() - 3].to_vec()),
    ] {
        let headers = format!("Content-Encoding: {encoding}\r\nContent-Length: {}\r\n", body.len());
        let error = error_of(Place::answering(answer(&headers, &body)).await).await;
        assert_eq!(error, OutboundError::BodyUnreadable, "{encoding}");
    }
    let headers = format!("Content-Encoding: GZip\r\nContent-Length: {}\r\n", zipped.len());
    let taken = asked(Place::answering(answer(&headers, &zipped)).await).await.expect("an answer");
    assert_eq!(&taken.body[..], b"secret");
}

#[tokio::test]
async fn answers_without_a_body_are_answers() {
    for bytes in [
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n",
        "HTTP/1.1 500 Oops\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
    ] {
        let answer = asked(Place::answering(bytes).await).await.expect("an answer");
        assert!(answer.body.is_empty(), "{bytes}");
    }
    let place = Place::answering("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n").await;
    let request = OutboundRequest { method: Method::HEAD, ..OutboundRequest::get(place.url()) };
    let answer = guard("127.0.0.1").send(request).await.expect("an answer");
    assert_eq!(answer.headers["content-length"], "99999999");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_from_one_without_tls() {
    let place = Place::answering("HTTP/1.1 400 Bad Request\r\n\r\nsecret").await;
    let https = OutboundRequest::get(place.url().replacen("http", "https", 1));
    let answer = guard("127.0.0.1").send(https).await.map(|answer| answer.status);
    assert_eq!(answer, Err(OutboundError::TlsFailed));

    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = closed.local_addr().expect("an address").port();
    drop(closed);
    let nobody = OutboundRequest::get(format!("http://127.0.0.1:{port}/"));
    let answer = guard("127.0.0.1").send(nobody).await.map(|answer| answer.status);
    assert_eq!(answer, Err(OutboundError::Unreachable));

    let unknown = OutboundRequest::get("https://unknown.example.com/");
    for names in [Names::none(), Names::answering(&[&[]])] {
        let answer = guard_with("", names).send(unknown.clone()).await.map(|answer| answer.status);
        assert_eq!(answer, Err(OutboundError::UnknownHost));
    }
}
