//! The search language and the filters of the list.

use chrono::TimeDelta;
use serde_json::json;

use super::{escaped, get, iso, with};
use crate::app::{Project, TestApp, error, event, metric};

/// The names that a query string finds, in alphabetical order.
async fn found(project: &Project, query: &str) -> Vec<String> {
    let mut names = super::texts(&project.events(&format!("?{query}")).await, "name");
    names.sort();
    names
}

async fn found_by(project: &Project, q: &str) -> Vec<String> {
    found(project, &format!("q={}", escaped(q))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_term_of_a_search_narrows_it() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    shop.ingest(&json!([
        with(
            error("Timeout"),
            json!({"release": "1.2", "environment": "production", "user": "ann",
            "tags": {"os": "ios", "screen size": "big"}, "payload": {"text": "the Network is slow"}})
        ),
        with(
            error("TimeoutFatal"),
            json!({"release": "1.3", "level": "fatal", "tags": {"os": "android"},
            "stack": "at C:\\app\\Main.kt:7"})
        ),
        with(event("two words"), json!({"user": "bob", "session": "s-9", "tags": {"os": "ios"}})),
        with(event("signup"), json!({"environment": "staging", "payload": "say \"hello\""})),
        metric("latency", 5.0),
    ]))
    .await;
    for (q, expected) in [
        ("", &["Timeout", "TimeoutFatal", "latency", "signup", "two words"][..]),
        ("timeout", &["Timeout", "TimeoutFatal"]),
        ("network", &["Timeout"]),
        ("SLOW network", &["Timeout"]),
        ("slow signup", &[]),
        (r#""say \"hello\"""#, &["signup"]),
        ("Main.kt:7", &["TimeoutFatal"]),
        (r"C:\app\main", &["TimeoutFatal"]),
        (r#""\"text\": \"the""#, &["Timeout"]),
        ("-timeout", &["latency", "signup", "two words"]),
        ("type:error", &["Timeout", "TimeoutFatal"]),
        ("-type:error -type:metric", &["signup", "two words"]),
        ("name:Timeout", &["Timeout"]),
        ("name:timeout", &[]),
        ("name:Timeout*", &["Timeout", "TimeoutFatal"]),
        ("name:Timeout* -level:fatal", &["Timeout"]),
        ("-name:T*", &["latency", "signup", "two words"]),
        ("name:\"two words\"", &["two words"]),
        ("\"two words\"", &["two words"]),
        ("\"words two\"", &[]),
        ("words two", &["two words"]),
        ("user:ann", &["Timeout"]),
        ("user:a*", &["Timeout"]),
        ("-user:ann", &["TimeoutFatal", "latency", "signup", "two words"]),
        ("user:\"\"", &["TimeoutFatal", "latency", "signup"]),
        ("session:s-9", &["two words"]),
        ("release:1.2", &["Timeout"]),
        ("release:1.*", &["Timeout", "TimeoutFatal"]),
        ("env:staging", &["signup"]),
        ("environment:production", &["Timeout"]),
        ("level:error", &["Timeout"]),
        ("level:fatal", &["TimeoutFatal"]),
        ("tag.os:ios", &["Timeout", "two words"]),
        ("tag.os:i* type:event", &["two words"]),
        ("-tag.os:ios", &["TimeoutFatal", "latency", "signup"]),
        ("tag.unknown:ios", &[]),
        ("tag.os:ios user:bob -release:1.2", &["two words"]),
        ("timeout*", &["Timeout", "TimeoutFatal"]),
    ] {
        assert_eq!(found_by(&shop, q).await, expected, "{q}");
    }
    for (query, expected) in [
        ("type=error", &["Timeout", "TimeoutFatal"][..]),
        ("type=metric", &["latency"]),
        ("name=two%20words", &["two words"]),
        ("name=Time*", &[]),
        ("user=ann", &["Timeout"]),
        ("release=1.3", &["TimeoutFatal"]),
        ("environment=staging", &["signup"]),
        ("level=fatal", &["TimeoutFatal"]),
        ("type=error&q=network&user=ann", &["Timeout"]),
        ("type=error&user=bob", &[]),
        (
            "type=&name=&user=&q=&since=&limit=&cursor=",
            &["Timeout", "TimeoutFatal", "latency", "signup", "two words"],
        ),
    ] {
        assert_eq!(found(&shop, query).await, expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn characters_that_mean_something_to_the_database_mean_themselves() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let names =
        ["100%", "100x", "a_b", "axb", r"back\slash", "backslash", r"\%", "x' or '1'='1", "$1", "a*b", "ab"];
    let body: Vec<_> = names
        .iter()
        .map(|name| with(event(name), json!({"tags": {"n": name}, "user": name, "release": name})))
        .collect();
    shop.ingest(&json!(body)).await;
    for name in names {
        for field in ["name", "tag.n", "user", "release"] {
            assert_eq!(
                found_by(&shop, &format!("{field}:\"{}\"", name.replace('\\', r"\\"))).await,
                [name],
                "{field} {name}"
            );
        }
        assert_eq!(found(&shop, &format!("name={}", escaped(name))).await, [name], "{name}");
    }
    for (q, expected) in [
        ("%", &["100%", r"\%"][..]),
        ("_", &["a_b"]),
        (r"\", &[r"\%", r"back\slash"]),
        (r"\%", &[r"\%"]),
        ("100%", &["100%"]),
        ("name:100%*", &["100%"]),
        ("name:100*", &["100%", "100x"]),
        ("name:a_*", &["a_b"]),
        (r"name:back\*", &[r"back\slash"]),
        ("name:\"a*\"", &[]),
        ("name:\"a*b\"", &["a*b"]),
        ("tag.n:a_*", &["a_b"]),
        ("-_ -% -back -or -$ -ab", &["100x", "a*b", "axb"]),
    ] {
        assert_eq!(found_by(&shop, q).await, expected, "{q}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_span_begins_with_since_and_ends_before_until() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let start = pulseboard_core::now() - TimeDelta::hours(2);
    let at = |n: i64| iso(start + TimeDelta::milliseconds(n));
    let body: Vec<_> = (0..5).map(|n| with(event(&n.to_string()), json!({"timestamp": at(n)}))).collect();
    shop.ingest(&json!(body)).await;
    for (query, expected) in [
        (format!("since={}", at(2)), &["2", "3", "4"][..]),
        (format!("until={}", at(2)), &["0", "1"]),
        (format!("since={}&until={}", at(1), at(3)), &["1", "2"]),
        (format!("since={}&until={}", at(3), at(3)), &[]),
        (format!("since={}", at(2).replace('Z', "%2B00:00")), &["2", "3", "4"]),
        // A plus that was not escaped arrives as a space.
        (format!("since={}", at(2).replace('Z', "+00:00")), &["2", "3", "4"]),
        (format!("since={}&q=3", at(2)), &["3"]),
    ] {
        assert_eq!(found(&shop, &query).await, expected, "{query}");
    }
    let one = get(&shop, &format!("/events?limit=1&until={}", at(3))).await;
    assert_eq!(one["items"][0]["name"], "2");
    let cursor = one["next_cursor"].as_str().expect("a cursor");
    let next = format!("since={}&until={}&cursor={cursor}", at(1), at(3));
    assert_eq!(found(&shop, &next).await, ["1"], "a span narrows later pages too");
}
