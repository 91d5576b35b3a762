use super::*;
use crate::outside::{Place, sampled};

#[test]
fn what_is_pointed_at_becomes_the_payload() {
    let document = json!({"a": {"price": "69000.12", "name": "x", "none": null}, "list": ["1", 2]});
    for (path, expected) in [
        ("a.price", Ok(json!(69000.12))),
        ("a.name", Ok(json!("x"))),
        ("a", Ok(document["a"].clone())),
        ("list", Ok(json!(["1", 2]))),
        ("list[0]", Ok(json!(1))),
        ("", Ok(document.clone())),
        ("a.none", Err("The value at `a.none` is null: there is no data.")),
        ("a.b", Err("There is nothing at `a.b`: `a` has `name`, `none`, `price`.")),
    ] {
        let path = path::parse(path).expect(path);
        let picked = pick(&path, &document).map_err(|error| error.message);
        assert_eq!(picked, expected.map_err(str::to_owned), "{path}");
    }
    assert_eq!(pick(&path::Path::default(), &json!("7")), Ok(json!("7")), "a document stays as it is");
}

#[tokio::test]
async fn the_part_is_taken_and_the_whole_is_kept_for_picking() {
    let document = json!({"data": {"price": "69000.12", "cities": [{"name": "Oslo", "t": 3}, {"name": "Berlin", "t": 9}]}});
    let place = Place::telling(&document).await;
    let config = |path: &str| json!({"url": place.url("/api?key=s3cret"), "path": path});
    for (path, payload) in [
        ("", document.clone()),
        ("data.price", json!(69000.12)),
        ("data.cities[name=Berlin].t", json!(9)),
        ("data.cities[-1]", json!({"name": "Berlin", "t": 9})),
    ] {
        let sample = sampled("http_json", config(path)).await.expect(path);
        assert_eq!(sample, Sample { payloads: vec![payload], raw: Some(document.clone()) }, "{path}");
    }
    let missing = sampled("http_json", config("data.cost")).await.expect_err("nothing there");
    assert_eq!(
        (missing.code, missing.message.as_str(), missing.field.as_deref()),
        ("nothing_at_path", "There is nothing at `data.cost`: `data` has `cities`, `price`.", Some("path"))
    );
    assert_eq!(missing.raw, Some(document), "the tree to pick from");
}

#[tokio::test]
async fn headers_are_sent_as_given() {
    let place = Place::telling("1").await;
    let headers = json!({"X-Token": "s3cret", "Accept": "application/vnd.api+json"});
    sampled("http_json", json!({"url": place.url("/a"), "headers": headers})).await.expect("sampled");
    sampled("http_json", json!({"url": place.url("/b")})).await.expect("sampled");
    let heard = place.heard();
    assert!(heard[0].starts_with("GET /a HTTP/1.1\r\n"), "{}", heard[0]);
    for header in ["x-token: s3cret\r\n", "accept: application/vnd.api+json\r\n"] {
        assert!(heard[0].to_ascii_lowercase().contains(header), "{}", heard[0]);
    }
    assert!(heard[1].contains("accept: application/json\r\n"), "{}", heard[1]);
}

#[tokio::test]
async fn every_answer_that_is_no_data_says_what_it_is() {
    let canary = Place::telling("1").await;
    let moved = format!("Location: {}\r\n", canary.url("/"));
    let large = "[1,".repeat(30_000) + "1" + &"]".repeat(30_000);
    let long = format!("\"{}\"", "x".repeat(70 * 1024));
    let deep = "[".repeat(40) + "1" + &"]".repeat(40);
    let html = "Content-Type: text/html\r\n";
    for (status, headers, body, code, told) in [
        ("200 OK", html, b"<html>Welcome".to_vec(), "not_json", "a web page or XML, not JSON"),
        ("200 OK", "", Vec::new(), "empty", "The answer is empty."),
        ("204 No Content", "", Vec::new(), "empty", "The answer is empty."),
        ("200 OK", "", b"{\"cpu\": NaN}".to_vec(), "not_json", "has NaN at line 1"),
        ("200 OK", "", b"{\"a\": 1".to_vec(), "not_json", "breaks off"),
        ("200 OK", "", b"\"M\xfcnchen\"".to_vec(), "wrong_encoding", "not in UTF-8"),
        ("200 OK", "", b"null".to_vec(), "no_data", "The answer is null"),
        ("200 OK", "", large.into_bytes(), "not_json", "not JSON: see line 1"),
        (
            "200 OK",
            "",
            long.into_bytes(),
            "payload_too_large",
            "71 KiB, and a payload may have 64 KiB: choose a smaller part",
        ),
        ("200 OK", "", deep.into_bytes(), "payload_unfit", "nested deeper than 32 levels"),
        (
            "500 Internal Server Error",
            html,
            b"<h1>Oops".to_vec(),
            "status",
            "answered 500 (Internal Server Error). The fault is the server's.",
        ),
        ("401 Unauthorized", "", b"{}".to_vec(), "status", "401 (Unauthorized). Check the credentials."),
        ("404 Not Found", html, b"<h1>gone".to_vec(), "status", "404 (Not Found). Check the address."),
        ("429 Too Many Requests", "", Vec::new(), "status", "choose a longer interval"),
        ("302 Found", &moved, Vec::new(), "redirected", "by a redirect, which is not followed"),
        ("200 OK", "Content-Encoding: br\r\n", b"{}".to_vec(), "body_unreadable", "Only gzip is understood"),
    ] {
        let place = Place::saying(status, headers, body).await;
        let error = sampled("http_json", json!({"url": place.url("/x?key=s3cret")})).await.expect_err(told);
        assert!(
            error.code == code && error.message.contains(told),
            "{told}: {} {}",
            error.code,
            error.message
        );
        assert!(!error.message.contains("s3cret"), "{}", error.message);
    }
    assert!(canary.heard().is_empty(), "the redirect was followed");
}

#[tokio::test]
async fn a_hundred_megabytes_are_not_read() {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n[", 100 << 20);
    let place = Place::answering(head.into_bytes()).await;
    let error = sampled("http_json", json!({"url": place.url("/")})).await.expect_err("too large");
    assert_eq!((error.code, error.message.as_str()), ("body_too_large", "The answer is larger than 1 MiB."));
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n".to_vec();
    let place = Place::answering([chunked, vec![b' '; 0x20_0000], b"\r\n0\r\n\r\n".to_vec()].concat()).await;
    let error = sampled("http_json", json!({"url": place.url("/")})).await.expect_err("too large");
    assert_eq!(error.code, "body_too_large");
}

#[tokio::test]
async fn nobody_there_is_said() {
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.and_then(|gone| gone.local_addr());
    let url = format!("http://127.0.0.1:{}/?key=s3cret", port.expect("a port").port());
    let error = sampled("http_json", json!({"url": url})).await.expect_err("nobody");
    assert_eq!((error.code, error.field.as_deref()), ("unreachable", Some("url")));
    assert!(!error.message.contains("s3cret"));
}

#[tokio::test]
async fn what_an_api_says_of_a_refusal_can_be_seen() {
    let place = Place::saying("403 Forbidden", "", "{\"error\": \"token expired\"}").await;
    let error = sampled("http_json", json!({"url": place.url("/")})).await.expect_err("refused");
    assert_eq!(error.raw, Some(json!({"error": "token expired"})));
    assert!(!error.message.contains("expired"));
}
