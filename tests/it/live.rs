//! Live streams over sockets and SSE: what arrives, in what order, and how connections end.

pub mod client;
mod conformance;
mod crowd;
mod dashboards;
mod raw;
mod redis;
mod slow;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::app::{TestApp, error, event, metric};
use client::{Closed, Socket, Sse, socket_error};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_arrives_at_once_after_it_is_committed() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let mut socket = Socket::open(&shop, "").await;
    let mut times = Vec::new();
    for n in 0..50 {
        shop.ingest(&event(&format!("n{n}"))).await;
        let answered = Instant::now();
        let events = socket.events(1).await;
        times.push(answered.elapsed());
        assert_eq!(events[0]["name"], format!("n{n}"));
    }
    times.sort();
    eprintln!("after the answer: median {:?}, slowest {:?}", times[25], times[49]);
    assert!(times[25] < Duration::from_millis(250), "{times:?}");
    let listed = shop.events("?limit=1").await;
    assert_eq!(listed[0]["name"], "n49");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_event_is_the_same_as_in_the_list() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let mut socket = Socket::open(&shop, "").await;
    shop.ingest(&json!([error("a"), metric("m", 1.5), {"type": "event", "name": "e", "tags": {"k": "v"}}]))
        .await;
    let mut live = socket.events(3).await;
    let mut listed = shop.events("").await;
    let by_id = |a: &Value, b: &Value| a["id"].as_str().cmp(&b["id"].as_str());
    live.sort_by(by_id);
    listed.sort_by(by_id);
    // An error's issue is found after it has been stored.
    for event in live.iter_mut().chain(&mut listed) {
        event["issue_id"] = Value::Null;
    }
    assert_eq!(live, listed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_lets_through_what_it_names_and_can_be_changed() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let mut errors = Socket::open(&shop, "&type=error").await;
    let mut named = Socket::open(&shop, "&name=b").await;
    shop.ingest(&json!([event("a"), error("a"), event("b"), error("b")])).await;
    assert_eq!(errors.names(2).await, ["a", "b"]);
    assert_eq!(named.names(2).await, ["b", "b"]);

    named.send(r#"{"type":"filter","filter":{"type":"error","name":"a"}}"#).await;
    named.pong_round_trip().await;
    shop.ingest(&json!([event("a"), error("b"), error("a")])).await;
    let events = named.events(1).await;
    assert_eq!((&events[0]["type"], &events[0]["name"]), (&json!("error"), &json!("a")));

    named.send(r#"{"type":"filter","filter":{"type":"nonsense"}}"#).await;
    assert_eq!(named.closed().await, Closed::With(1008));
}

#[tokio::test(flavor = "multi_thread")]
async fn replay_after_reconnect_has_no_hole_and_no_repeat_while_others_write() {
    let app = TestApp::new().await;
    let other = app.another().await;
    let shop = app.user("ann").await.project("shop").await;
    let mut there = shop.clone();
    there.owner.client.base = other.base.clone();

    let writers: Vec<_> = [&shop, &there, &shop, &there]
        .into_iter()
        .cloned()
        .enumerate()
        .map(|(writer, project)| {
            tokio::spawn(async move {
                for n in 0..60 {
                    let body: Vec<_> = (0..=n % 5).map(|k| event(&format!("w{writer}-{n}-{k}"))).collect();
                    project.ingest(&json!(body)).await;
                }
            })
        })
        .collect();
    let expected = 4 * 60 / 5 * (1 + 2 + 3 + 4 + 5);

    // Reads a little from either process, breaks off, and goes on from its last cursor.
    let mut seen: Vec<String> = Vec::new();
    let mut since = "0-0".to_owned();
    let mut turns = 0;
    while seen.len() < expected {
        let project = if turns % 2 == 0 { &shop } else { &there };
        let mut socket = Socket::open(project, &format!("&since={since}")).await;
        let frames = if turns < 40 { 3 } else { usize::MAX };
        for _ in 0..frames {
            if seen.len() >= expected {
                break;
            }
            let (events, cursor) = socket.frame_of_events().await;
            seen.extend(events.iter().map(|event| event["id"].as_str().expect("an id").to_owned()));
            since = cursor;
        }
        turns += 1;
    }
    for writer in writers {
        writer.await.expect("writes");
    }
    let distinct: HashSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), distinct.len()), (expected, expected), "no repeat and no hole");

    // The order of every reader is the same: that of the commits.
    let mut socket = Socket::open(&shop, "&since=0-0").await;
    let again: Vec<_> = socket
        .events(expected)
        .await
        .iter()
        .map(|event| event["id"].as_str().expect("an id").to_owned())
        .collect();
    assert!(again == seen, "the order differs");
    eprintln!("{expected} events over {turns} connections");
}

#[tokio::test(flavor = "multi_thread")]
async fn server_sent_events_go_on_after_the_last_id() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let mut stream = Sse::open(&shop, "", None).await;
    let ready = stream.event().await;
    assert_eq!((ready.kind.as_str(), &ready.data["type"]), ("ready", &json!("ready")));
    shop.ingest(&event("one")).await;
    let first = stream.event().await;
    assert_eq!(first.kind, "events");
    assert_eq!(first.data["cursor"], first.id);
    assert_eq!(first.data["events"][0]["name"], "one");
    drop(stream);

    shop.ingest(&event("two")).await;
    shop.ingest(&error("three")).await;
    let mut again = Sse::open(&shop, "&since=0-0", Some(&first.id)).await;
    assert_eq!(again.event().await.kind, "ready");
    assert_eq!(again.names(2).await, ["two", "three"]);
    shop.ingest(&event("four")).await;
    assert_eq!(again.names(1).await, ["four"]);
    let mut filtered = Sse::open(&shop, "&since=0-0&type=error", None).await;
    assert_eq!(filtered.names(1).await, ["three"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_away_for_too_much_is_told_so() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    for _ in 0..11 {
        let body: Vec<_> = (0..1000).map(|n| event(&format!("n{n}"))).collect();
        shop.ingest(&json!(body)).await;
    }
    let mut socket = Socket::open(&shop, "&since=0-0").await;
    let gap = socket.frame().await;
    assert_eq!((&gap["type"], &gap["missed"]), (&json!("gap"), &json!(11_000)));
    let mut stream = Sse::open(&shop, "&since=0-0", None).await;
    assert_eq!(stream.event().await.kind, "ready");
    let reset = stream.event().await;
    assert_eq!(
        (reset.kind.as_str(), reset.id.as_str()),
        ("reset", gap["cursor"].as_str().expect("a cursor"))
    );

    shop.ingest(&event("after")).await;
    assert_eq!(socket.names(1).await, ["after"]);
    assert_eq!(stream.names(1).await, ["after"]);
    // The newest 1,000 are within reach.
    let cursor = gap["cursor"].as_str().expect("a cursor");
    let mut near =
        Socket::open(&shop, &format!("&since=10001-{}", cursor.split('-').next_back().expect("a time")))
            .await;
    assert_eq!(near.events(1000).await.len(), 1000);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_see_the_project_gets_in() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let bob = app.user("bob").await;
    let shop = ann.project("shop").await;
    let address = |query: &str| format!("/api/realtime/{}{query}", shop.id);

    let ticket = client::ticket(&ann).await;
    let mut socket =
        Socket::open_at(&app.base, &address(&format!("?ticket={ticket}")), &[]).await.expect("gets in");
    assert_eq!(socket.frame().await["type"], "ready");
    let again = socket_error(&app.base, &address(&format!("?ticket={ticket}")), &[]).await;
    assert_eq!(again, (401, "invalid_ticket".into()), "a ticket is good once");

    let foreign = client::ticket(&bob).await;
    let refused = socket_error(&app.base, &address(&format!("?ticket={foreign}")), &[]).await;
    assert_eq!(refused, (404, "not_found".into()));
    assert_eq!(socket_error(&app.base, &address(""), &[]).await, (401, "unauthenticated".into()));

    let bearer = format!("Bearer {}", ann.token.as_deref().expect("a token"));
    let signed = [("authorization", bearer.as_str())];
    assert_eq!(socket_error(&app.base, &address("?since=x"), &signed).await, (400, "invalid_query".into()));
    assert_eq!(socket_error(&app.base, &address("?type=x"), &signed).await, (400, "invalid_query".into()));
    let elsewhere = [("authorization", bearer.as_str()), ("origin", "https://evil.example")];
    assert_eq!(socket_error(&app.base, &address(""), &elsewhere).await, (403, "origin_not_allowed".into()));
    let own = [("authorization", bearer.as_str()), ("origin", app.base.as_str())];
    assert!(Socket::open_at(&app.base, &address(""), &own).await.is_ok());

    ann.get(&address("")).await.expect_error(400, "invalid_query").await;
    bob.get(&address("/sse")).await.expect_error(404, "not_found").await;
    ann.get("/api/realtime/nonsense/sse").await.expect_error(404, "not_found").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_loses_their_session_is_out_within_five_seconds() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let mut socket = Socket::open(&shop, "").await;
    let mut stream = Sse::open(&shop, "", None).await;
    assert_eq!(stream.event().await.kind, "ready");
    ann.post("/api/auth/logout", &json!({})).await.expect_status(204).await;
    let ended = Instant::now();
    assert_eq!(socket.closed().await, Closed::With(4401));
    let close = stream.event().await;
    assert_eq!((close.kind.as_str(), &close.data["code"]), ("close", &json!(4401)));
    eprintln!("out after {:?}", ended.elapsed());
    assert!(ended.elapsed() < Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_loses_their_membership_is_out_and_others_stay() {
    use diesel_async::RunQueryDsl;
    use pulseboard_core::db::{Conn, DbError};
    let app = TestApp::new().await;
    let (ann, bob) = (app.user("ann").await, app.user("bob").await);
    let (hers, his) = (ann.project("hers").await, bob.project("his").await);
    let (mut out, mut stays) = (Socket::open(&hers, "").await, Socket::open(&his, "").await);
    let end = format!("delete from memberships where user_id = '{}'", ann.id);
    app.db
        .system(async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(diesel::sql_query(&end).execute(conn).await?)
        })
        .await
        .expect("deletes");
    let ended = Instant::now();
    assert_eq!(out.closed().await, Closed::With(4401));
    assert!(ended.elapsed() < Duration::from_secs(5));
    his.ingest(&event("still here")).await;
    assert_eq!(stays.names(1).await, ["still here"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_project_ends_its_streams_and_a_cleared_one_goes_on() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let (shop, other) = (ann.project("shop").await, ann.project("other").await);
    let (mut gone, mut cleared) = (Socket::open(&shop, "").await, Socket::open(&other, "").await);
    other.ingest(&event("before")).await;
    assert_eq!(cleared.names(1).await, ["before"]);
    ann.delete(&other.path("/events")).await.expect_status(202).await;
    other.ingest(&event("after")).await;
    assert_eq!(cleared.names(1).await, ["after"]);
    let mut replayed = Socket::open(&other, "&since=0-0").await;
    assert_eq!(replayed.names(1).await, ["after"], "what was cleared is not replayed");

    ann.delete(&shop.path("")).await.expect_status(204).await;
    assert_eq!(gone.closed().await, Closed::With(4404));
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_close_by_the_book() {
    use tokio_tungstenite::tungstenite::protocol::CloseFrame;
    use tokio_tungstenite::tungstenite::{Bytes, Message, Utf8Bytes};
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let not_utf8 = client::raw_text(&[0xFF, 0xFE]);
    let large = "x".repeat(64 * 1024 + 1);
    let close = CloseFrame { code: 1000.into(), reason: Utf8Bytes::from_static("bye") };
    for (message, code) in [
        (Message::Binary(Bytes::from_static(b"x")), 1003),
        (not_utf8, 1007),
        (Message::text(large), 1009),
        (Message::Close(Some(close)), 1000),
    ] {
        let mut socket = Socket::open(&shop, "").await;
        socket.send_message(message).await;
        assert_eq!(socket.closed().await, Closed::With(code));
    }
    let mut socket = Socket::open(&shop, "").await;
    for fine in ["hello", "{}", r#"{"type":"pong"}"#, &"x".repeat(64 * 1024)] {
        socket.send(fine).await;
    }
    socket.pong_round_trip().await;
    shop.ingest(&event("still there")).await;
    assert_eq!(socket.names(1).await, ["still there"]);

    app.server.stop().await;
    assert_eq!(socket.closed().await, Closed::With(1012));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_has_at_most_a_hundred_connections() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let bearer = format!("Bearer {}", ann.token.as_deref().expect("a token"));
    let signed = [("authorization", bearer.as_str())];
    let address = format!("/api/realtime/{}", shop.id);
    let mut sockets = Vec::new();
    for _ in 0..100 {
        sockets.push(Socket::open_at(&app.base, &address, &signed).await.expect("gets in"));
    }
    assert_eq!(socket_error(&app.base, &address, &signed).await, (429, "too_many_requests".into()));
    sockets.truncate(50);
    crate::app::eventually("room for another connection", async || {
        Socket::open_at(&app.base, &address, &signed).await.ok()
    })
    .await;
}
