use std::collections::BTreeSet;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

const SECOND: TimeDelta = TimeDelta::seconds(1);

#[test]
fn feeds_of_one_interval_are_spread_over_it() {
    let now = at("2026-11-21T12:00:00Z");
    for (interval, slots) in [(SECOND, 10), (TimeDelta::seconds(30), 60)] {
        let ticks: BTreeSet<_> = (0..400).map(|_| last_tick(FeedId::new(), interval, now)).collect();
        assert!(ticks.len() >= slots, "{interval}: {}", ticks.len());
        assert!(ticks.iter().all(|tick| *tick <= now && now - *tick < interval));
        assert!(ticks.iter().all(|tick| tick.timestamp_millis() % SHIFT_MS == 0));
    }
}

#[test]
fn each_tick_follows_the_one_before_it() {
    let (feed, now) = (FeedId::new(), at("2026-11-21T12:00:00.123Z"));
    for interval in [SECOND, TimeDelta::seconds(10), TimeDelta::hours(24)] {
        // The first one is by hand: between two points of the grid.
        let mut tick = now;
        let first = next(feed, interval, tick, 0, now);
        assert!(first > tick && first - tick <= interval);
        tick = first;
        for _ in 0..20 {
            let following = next(feed, interval, tick, 0, tick + TimeDelta::milliseconds(40));
            assert_eq!(following - tick, interval);
            tick = following;
        }
        // Asked ahead of its time, the next is not the same again.
        assert_eq!(next(feed, interval, tick, 0, tick - TimeDelta::milliseconds(200)), tick + interval);
    }
}

#[test]
fn missed_ticks_are_skipped() {
    let feed = FeedId::new();
    let due = last_tick(feed, SECOND, at("2026-11-21T12:00:00Z"));
    assert_eq!(current(feed, SECOND, due, due - TimeDelta::milliseconds(100)), due);
    assert_eq!(current(feed, SECOND, due, due + TimeDelta::milliseconds(999)), due);
    let late = due + TimeDelta::milliseconds(5_300);
    assert_eq!(current(feed, SECOND, due, late), due + TimeDelta::seconds(5));
    assert_eq!(next(feed, SECOND, due, 0, late), due + TimeDelta::seconds(6), "a slow source rests");
}

#[test]
fn an_answer_that_is_written_late_costs_no_tick() {
    let feed = FeedId::new();
    let tick = last_tick(feed, SECOND, at("2026-11-21T12:00:00Z"));
    // Answered in time and written a second and a half after: the next is late, and the one after is not.
    let following = next(feed, SECOND, tick, 0, tick + TimeDelta::milliseconds(40));
    let written = tick + TimeDelta::milliseconds(1_500);
    assert_eq!(current(feed, SECOND, following, written), tick + SECOND);
    let answered = written + TimeDelta::milliseconds(40);
    assert_eq!(next(feed, SECOND, following, 0, answered), tick + SECOND * 2);
}

#[test]
fn failures_are_followed_by_longer_pauses() {
    let pauses: Vec<i64> = (1..=12).map(|n| pause(SECOND, n).num_seconds()).collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]);
    let day = TimeDelta::days(1);
    assert_eq!([1, 2, 9].map(|n| pause(day, n)), [day; 3], "never shorter than the interval");
    assert_eq!(pause(TimeDelta::minutes(5), i32::MAX), TimeDelta::minutes(10));
    let (feed, tick) = (FeedId::new(), at("2026-11-21T12:00:00Z"));
    for failures in 1..8 {
        let rest = next(feed, SECOND, tick, failures, tick + TimeDelta::milliseconds(30)) - tick;
        let wanted = pause(SECOND, failures);
        assert!(rest > wanted - SECOND && rest <= wanted, "{failures}: {rest}");
    }
}

#[test]
fn a_ticks_event_is_the_same_whoever_makes_it() {
    let (feed, tick) = (FeedId::new(), at("2026-11-21T12:00:00Z"));
    assert_eq!(event_id(feed, tick, 0), event_id(feed, tick, 0));
    let others =
        [event_id(feed, tick, 1), event_id(feed, tick + SECOND, 0), event_id(FeedId::new(), tick, 0)];
    assert!(!others.contains(&event_id(feed, tick, 0)));
}

#[test]
fn payloads_become_events_with_samples() {
    let (feed, tick) = (FeedId::new(), at("2026-11-21T12:00:00Z"));
    let made = |payload: Value, fields: &[(String, f64)]| {
        event((feed, "host"), tick, event_id(feed, tick, 0), &payload, fields)
    };
    let fields = [("cpu".to_owned(), 42.5), ("x".repeat(201), 1.0)];
    let host = made(serde_json::json!({"cpu": 42.5}), &fields).expect("fits");
    assert_eq!((host.kind, host.name.as_str(), host.value), (Kind::Metric, "host", None));
    assert_eq!(host.tags.as_deref(), Some(r#"{"feed":"host"}"#));
    assert_eq!(host.payload.as_deref().map(RawValue::get), Some(r#"{"cpu":42.5}"#));
    assert_eq!(host.samples.len(), 1);
    assert_eq!(host.samples[0].labels, format!(r#"{{"feed":"{feed}"}}"#));
    assert_eq!(made(serde_json::json!(7), &[]).expect("fits").value, Some(7.0));

    let odd = made(serde_json::json!("a\0b"), &[]).expect("mended");
    assert_eq!(odd.payload.as_deref().map(RawValue::get), Some(r#""a\ufffdb""#));
    for (payload, why) in [
        (Value::String("x".repeat(MAX_PAYLOAD)), "65538 bytes"),
        ((0..40).fold(Value::Null, |inner, _| serde_json::json!([inner])), "deeper than 32"),
    ] {
        let refused = made(payload, &[]).expect_err("does not fit").to_string();
        assert!(refused.contains(why), "{refused}");
    }
}
