//! The outbound guard against a canary on loopback that counts who reaches it, and against servers that
//! answer with more than anyone should take.

mod answers;
pub mod outside;

use std::time::Duration;

use pulseboard_core::outbound::{HeaderMap, Limits, Method, OutboundError, OutboundRequest};
use reqwest::header::{HeaderName, HeaderValue};

use self::outside::{Names, Place, guard, guard_with, limited};

/// Ways to write a URL that leads to loopback, `{}` being the port.
const LOOPBACK: [&str; 34] = [
    "http://127.0.0.1:{}/",
    "HTTP://127.0.0.1:{}/",
    "http://127.1:{}/",
    "http://127.0.1:{}/",
    "http://2130706433:{}/",
    "http://0x7f000001:{}/",
    "http://0x7F.0x0.0x0.0x1:{}/",
    "http://0x7f.1:{}/",
    "http://0177.0.0.1:{}/",
    "http://0177.0.1:{}/",
    "http://017700000001:{}/",
    "http://00000177.0.0.0000001:{}/",
    "http://127.0.0.0x1:{}/",
    "http://127.0.0.1.:{}/",
    "http://0x7f000001.:{}/",
    "http://%31%32%37.0.0.1:{}/",
    "http://127%2e0%2E0%2e1:{}/",
    "http://１２７.０.０.１:{}/",
    "http://①②⑦.⓪.⓪.①:{}/",
    "http://127。0．0｡1:{}/",
    "http://12\u{ad}7.0.0.1:{}/",
    "http:\\\\127.0.0.1:{}\\",
    "http:/127.0.0.1:{}/",
    "http:127.0.0.1:{}/",
    "http:////127.0.0.1:{}/",
    " \u{1}http://127.0.0.1:{}/ ",
    "ht\ntp://127.\t0.0.1:{}/",
    "http://[::ffff:127.0.0.1]:{}/",
    "http://[::ffff:7f00:1]:{}/",
    "http://[0:0:0:0:0:FFFF:127.0.0.1]:{}/",
    "http://localhost:{}/",
    "http://LOCALHOST.:{}/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{}/",
    "http://anything.localhost:{}/",
];

/// The same by IPv6, where the machine has it.
const LOOPBACK_V6: [&str; 3] =
    ["http://[::1]:{}/", "http://[0000:0:0:0::0001]:{}/", "http://[0:0:0:0:0:0:0.0.0.1]:{}/"];

/// Hosts that lead into other networks nobody may see.
const ELSEWHERE: [&str; 44] = [
    "0",
    "0.0.0.0",
    "0x0",
    "127.255.255.254",
    "127.0.0.2",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "169.254.170.2",
    "metadata.google.internal",
    "METADATA.GOOGLE.INTERNAL.",
    "metadata",
    "instance-data",
    "anything.internal",
    "100.100.100.200",
    "168.63.129.16",
    "10.0.0.1",
    "012.1",
    "100.64.0.1",
    "172.16.0.1",
    "192.0.0.192",
    "192.168.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::127.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::f5ff:fffe]",
    "[2001:db8::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[fd12:3456:789a::1]",
];

/// Permitted in the test that needs one, and leads nowhere: no test leaves this machine.
const PERMITTED: &str = "127.0.0.2";

fn with_port(form: &str, port: u16) -> String {
    form.replace("{}", &port.to_string())
}

#[tokio::test]
async fn no_form_of_a_private_address_reaches_the_canary() {
    let canary = Place::canary().await;
    let names = Names::answering(&[&["127.0.0.1"]]);
    let guard = guard_with("", names.clone());
    let loopback = LOOPBACK.iter().chain(&LOOPBACK_V6).map(|form| with_port(form, canary.port));
    let mut tried = 0;
    for url in loopback.chain(ELSEWHERE.iter().map(|host| canary.at(host))) {
        for url in [url.clone(), url.to_lowercase().replacen("http", "https", 1)] {
            let refused = guard.send(OutboundRequest::get(&url)).await.map(|answer| answer.status);
            assert_eq!(refused, Err(OutboundError::AddressRefused), "{url}");
            assert_eq!(guard.check(&url), Err(OutboundError::AddressRefused), "{url}");
            tried += 1;
        }
    }
    assert_eq!((canary.hits(), names.asked()), (0, 0));
    println!("outbound: {tried} URLs refused, canary hits {}", canary.hits());
}

/// Shows that the forms above are what they claim to be, and what the allow list is for.
#[tokio::test]
async fn with_loopback_allowed_the_same_forms_reach_it() {
    let canary = Place::canary().await;
    let guard = guard("127.0.0.0/8,::1");
    let ipv6 = LOOPBACK_V6.iter().filter(|_| canary.has_ipv6);
    let mut expected = 0;
    for url in LOOPBACK.iter().chain(ipv6).map(|form| with_port(form, canary.port)) {
        let answer =
            guard.send(OutboundRequest::get(&url)).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &b"secret"[..]), "{url}");
        expected += 1;
    }
    assert_eq!(canary.hits(), expected);

    for host in ["169.254.169.254", "10.0.0.1", "[::127.0.0.1]", "[64:ff9b::7f00:1]"] {
        let refused = guard.send(OutboundRequest::get(canary.at(host))).await.map(|answer| answer.status);
        assert_eq!(refused, Err(OutboundError::AddressRefused), "{host}");
    }
}

#[tokio::test]
async fn a_public_name_with_a_private_address_does_not_reach_the_canary() {
    let canary = Place::canary().await;
    for address in [
        "127.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "::",
        "10.0.0.1",
        "169.254.169.254",
        "fd00::1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ] {
        let names = Names::answering(&[&[address]]);
        let request = OutboundRequest::get(canary.at("feeds.example.com"));
        let refused = guard_with("", names.clone()).send(request).await.map(|answer| answer.status);
        assert_eq!(refused, Err(OutboundError::AddressRefused), "{address}");
        assert_eq!(names.asked(), 1, "{address}");
    }
    assert_eq!(canary.hits(), 0);
}

#[tokio::test]
async fn a_name_that_changes_its_address_does_not_reach_the_canary() {
    let canary = Place::canary().await;
    let rebinding: [&[&str]; 3] = [&[PERMITTED], &["127.0.0.1"], &[PERMITTED, "127.0.0.1", "::1"]];
    let names = Names::answering(&rebinding);
    let limits = Limits { connecting: Duration::from_millis(300), ..Limits::default() };
    let guard = limited(PERMITTED, names.clone(), limits);
    for (n, answer) in rebinding.iter().enumerate() {
        let request = OutboundRequest::get(canary.at("rebinding.example.com"));
        let error = guard.send(request).await.expect_err("no answer");
        // The permitted one is tried and leads nowhere: at once, or not before the connection times out.
        let expected = if answer.contains(&PERMITTED) {
            vec![OutboundError::Unreachable, OutboundError::TimedOut]
        } else {
            vec![OutboundError::AddressRefused]
        };
        assert!(expected.contains(&error), "{answer:?}: {error:?}");
        assert_eq!(names.asked(), n + 1, "one question for each request");
    }
    assert_eq!(canary.hits(), 0);
}

#[tokio::test]
async fn what_was_checked_is_what_is_connected_to() {
    // It would answer no second request on the connection that it keeps open.
    let kept = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret";
    let canary = Place::repeating(kept, "", Duration::from_millis(10)).await;
    let names = Names::answering(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let guard = guard_with("127.0.0.1", names.clone());
    let request = OutboundRequest::get(canary.at("feeds.example.com"));
    let answer = guard.send(request.clone()).await.expect("an answer");
    assert_eq!((answer.status.as_u16(), names.asked(), canary.hits()), (200, 1, 1));
    // The next request asks anew: no connection is kept for it.
    let refused = guard.send(request).await.map(|answer| answer.status);
    assert_eq!((refused, names.asked(), canary.hits()), (Err(OutboundError::AddressRefused), 2, 1));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let canary = Place::canary().await;
    for status in [300, 301, 302, 303, 307, 308] {
        let location = canary.url();
        let moved = Place::answering(format!(
            "HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nRefresh: 0; url={location}\r\nContent-Length: 0\r\n\r\n"
        ));
        let moved = moved.await;
        let request = OutboundRequest::get(moved.url());
        let answer = guard("127.0.0.1").send(request).await.map(|answer| answer.status);
        assert_eq!((answer, moved.hits()), (Err(OutboundError::Redirected), 1), "{status}");
    }
    assert_eq!(canary.hits(), 0);
}

#[tokio::test]
async fn the_request_arrives_as_it_was_given() {
    let place = Place::canary().await;
    let mut request = OutboundRequest::get(format!("{}?a=b#fragment", place.at("feeds.example.com")));
    request.method = Method::POST;
    request.body = r#"{"a":1}"#.into();
    request.headers.insert("x-token", HeaderValue::from_static("t0ken"));
    let names = Names::answering(&[&["127.0.0.1"]]);
    guard_with("127.0.0.1", names).send(request).await.expect("an answer");
    let heard = place.heard();
    for expected in [
        "post /latest/meta-data/?a=b http/1.1\r\n",
        "x-token: t0ken\r\n",
        "accept-encoding: gzip\r\n",
        "content-length: 7\r\n",
        "user-agent: pulseboard/",
        &format!("host: feeds.example.com:{}\r\n", place.port),
    ] {
        assert!(heard.contains(expected), "{expected} in {heard}");
    }
    assert!(heard.ends_with(r#"{"a":1}"#), "{heard}");
    assert!(!heard.contains("fragment") && !heard.contains("referer"), "{heard}");
}

#[tokio::test]
async fn requests_that_would_confuse_the_other_side_are_not_sent() {
    let place = Place::canary().await;
    let guard = guard("127.0.0.1");
    for name in ["host", "Content-Length", "transfer-encoding", "connection", "upgrade", "accept-encoding"] {
        let name: HeaderName = name.parse().expect("a name");
        let headers = HeaderMap::from_iter([(name.clone(), HeaderValue::from_static("1"))]);
        let request = OutboundRequest { headers, ..OutboundRequest::get(place.url()) };
        let refused = guard.send(request).await.map(|answer| answer.status);
        assert_eq!(refused, Err(OutboundError::HeaderRefused(name.to_string())));
    }
    for method in [Method::CONNECT, Method::TRACE] {
        let request = OutboundRequest { method: method.clone(), ..OutboundRequest::get(place.url()) };
        let refused = guard.send(request).await.map(|answer| answer.status);
        assert_eq!(refused, Err(OutboundError::MethodRefused(method.to_string())));
    }
    assert_eq!(place.hits(), 0);
}
