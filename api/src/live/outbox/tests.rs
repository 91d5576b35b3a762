use std::task::Waker;

use serde_json::value::RawValue;

use super::state::{MAX_FRAMES, MAX_OVERFLOWS};
use super::*;

fn events(count: usize) -> Vec<Box<RawValue>> {
    let event = RawValue::from_string(r#"{"type":"event","name":"a"}"#.into()).expect("JSON");
    vec![event; count]
}

fn at(seq: i64) -> Cursor {
    Cursor { seq, at: pulseboard_core::now() }
}

fn push(outbox: &Outbox, count: usize, seq: i64) -> bool {
    let events = events(count);
    outbox.push(&mut Delivery::new(&events, at(seq)))
}

/// Everything that can be taken now, as text.
fn take(outbox: &Outbox) -> Vec<String> {
    let cx = Context::from_waker(Waker::noop());
    std::iter::from_fn(|| match outbox.poll_take(&cx) {
        Poll::Ready(Some(frame)) => Some(String::from_utf8_lossy(&frame).into_owned()),
        Poll::Ready(None) | Poll::Pending => None,
    })
    .collect()
}

#[test]
fn a_slow_reader_gets_what_was_queued_then_the_gap_then_what_comes() {
    let outbox = Outbox::new(Format::Sse, None);
    for seq in 1..=300 {
        assert!(push(&outbox, 1, seq));
    }
    let taken = take(&outbox);
    assert_eq!(taken.len(), MAX_FRAMES + 1);
    assert!(
        taken[MAX_FRAMES].contains(r#"{"type":"gap","missed":44,"cursor":"300-"#),
        "{}",
        taken[MAX_FRAMES]
    );
    assert!(push(&outbox, 1, 301));
    assert!(take(&outbox)[0].contains(r#""cursor":"301-"#));
}

#[test]
fn who_overflows_again_and_again_is_ended() {
    let outbox = Outbox::new(Format::Sse, None);
    for overflow in 1..=MAX_OVERFLOWS {
        let fine = (0..=MAX_FRAMES as i64).all(|seq| push(&outbox, 1, seq));
        assert_eq!(fine, overflow < MAX_OVERFLOWS);
        if fine {
            take(&outbox);
        }
    }
    let rest = take(&outbox);
    assert_eq!(rest.len(), 1, "the queue is dropped: {rest:?}");
    assert!(rest[0].contains("4408"));
    assert!(push(&outbox, 1, 1000), "nothing is queued any more");
    assert!(take(&outbox).is_empty());
}

#[test]
fn live_frames_wait_for_the_replay() {
    let outbox = Outbox::new(Format::Sse, None);
    outbox.start_replay();
    push(&outbox, 1, 10);
    outbox.push_first(Bytes::from_static(b"replayed"));
    assert_eq!(take(&outbox), ["replayed"]);
    outbox.push_first(Bytes::from_static(b"more"));
    outbox.end_replay();
    let taken = take(&outbox);
    assert_eq!(taken.len(), 2);
    assert_eq!(taken[0], "more");
    assert!(taken[1].contains(r#""cursor":"10-"#));
}

#[tokio::test]
async fn a_replay_waits_for_its_reader_and_ends_with_it() {
    let outbox = Arc::new(Outbox::new(Format::Sse, None));
    outbox.start_replay();
    let replay = tokio::spawn({
        let outbox = Arc::clone(&outbox);
        async move {
            let mut sent = 0;
            while outbox.push_replay(Bytes::from_static(b"x")).await {
                sent += 1;
            }
            sent
        }
    });
    let mut taken = 0;
    while taken < 50 {
        taken += take(&outbox).len();
        tokio::task::yield_now().await;
    }
    outbox.end(Ending::RESTARTING);
    let sent = replay.await.expect("ends");
    assert!(sent <= taken + MAX_REPLAY, "{sent} sent, {taken} taken");
}

#[test]
fn only_a_reader_that_has_something_to_take_is_stalled() {
    let outbox = Outbox::new(Format::Socket, None);
    let later = Instant::now() + STALLED * 2;
    assert!(!outbox.is_stalled(later));
    push(&outbox, 1, 1);
    assert!(!outbox.is_stalled(Instant::now()));
    assert!(outbox.is_stalled(later));
    take(&outbox);
    assert!(!outbox.is_stalled(later));
}

#[test]
fn a_filter_lets_nothing_else_through_and_can_be_lifted() {
    let none = LiveFilter { name: Some("other".into()), ..LiveFilter::default() };
    let outbox = Outbox::new(Format::Socket, Some(none));
    push(&outbox, 1, 1);
    assert!(take(&outbox).is_empty());
    outbox.set_filter(Some(LiveFilter::default()));
    push(&outbox, 1, 2);
    assert_eq!(take(&outbox).len(), 1);
}

#[test]
fn who_always_has_something_waiting_is_asked_as_well() {
    let outbox = Outbox::new(Format::Socket, None);
    outbox.push_first("ready".into());
    assert!(push(&outbox, 1, 1));
    outbox.push_ping();
    outbox.push_ping();
    let taken = take(&outbox);
    assert_eq!((taken.len(), taken[0].as_str()), (3, "ready"), "{taken:?}");
    assert!(taken[1].ends_with(r#"{"type":"ping"}"#), "{taken:?}");
    // A ping that nobody takes is a stall like any other.
    outbox.push_ping();
    assert!(!outbox.is_stalled(Instant::now()));
    assert!(outbox.is_stalled(Instant::now() + STALLED + Duration::from_secs(1)));
}

#[test]
fn only_the_newest_ping_is_answered() {
    let outbox = Outbox::new(Format::Socket, None);
    for n in 0..1000 {
        outbox.push_pong(format!("{n}").as_bytes());
    }
    assert_eq!(take(&outbox).len(), 1);
}
