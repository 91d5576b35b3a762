//! Where bytes from outside come in. Each takes any bytes at all, and panics when a promise is broken.
//!
//! The fuzz targets call one each; `tests/it/hostile/mutations.rs` calls them all in every test run.

use chrono::{DateTime, TimeDelta, Utc};
use pulseboard_core::api_keys::normalise_origin;
use pulseboard_core::events::PageCursor;
use pulseboard_core::feeds::ticks;
use pulseboard_core::ids::FeedId;
use pulseboard_core::ingest::{self, Door, Format, MAX_AHEAD, MAX_DEPTH, MAX_ITEMS, MAX_NAME, MAX_PAYLOAD};
use pulseboard_core::live::Cursor;
use pulseboard_core::payload_path;
use pulseboard_core::users::normalise_email;
use pulseboard_core::{event_query, json};
use pulseboard_feeds::numbers::{MAX_NUMBERS, numbers, part};
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

/// `POST /ingest`: the body, and each of its items.
pub fn ingest_body(bytes: &[u8]) {
    let door = Door {
        now: DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000),
        sent_at: None,
        retention_days: 30,
    };
    for format in [Format::Json, Format::Ndjson, Format::Text] {
        let Ok(body) = ingest::parse_body(bytes, format) else { continue };
        assert!((1..=MAX_ITEMS).contains(&body.items.len()));
        for event in body.items.iter().filter_map(|item| ingest::normalise(*item, &door).ok()) {
            assert!((1..=MAX_NAME).contains(&event.name.chars().count()));
            assert!(event.ts <= door.now + MAX_AHEAD && event.ts >= door.now - TimeDelta::days(30));
            let payload = event.payload.as_ref().map(|json| json.get());
            assert!(payload.is_none_or(|json| json.len() <= MAX_PAYLOAD));
            for json in [payload, event.tags.as_deref(), event.error.as_deref()].into_iter().flatten() {
                assert_eq!(json::check(json, MAX_DEPTH + 1), Ok(()));
                assert!(serde_json::from_str::<&RawValue>(json).is_ok());
            }
        }
    }
}

/// The query bar, and `q` in a URL.
pub fn event_query(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(terms) = event_query::parse(&text) {
        assert!(terms.len() <= 20 && terms.len() <= text.len());
    }
}

/// What we have written ourselves and get back, or something like it: cursors, origins, addresses.
pub fn cursor(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(cursor) = text.parse::<Cursor>() {
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }
    if let Ok(cursor) = text.parse::<PageCursor>() {
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }
    for normalise in [normalise_origin, normalise_email] {
        if let Some(once) = normalise(&text) {
            assert_eq!(normalise(&once).as_ref(), Some(&once));
        }
    }
}

/// The path of a URL that no route took: which methods would have been answered there.
pub fn path(bytes: &[u8]) {
    let methods = pulseboard_api::openapi::methods_at(&String::from_utf8_lossy(bytes));
    assert!(methods.len() <= 5);
}

/// A path into a payload, and where it leads in one: the payload stands in the lines after the path.
pub fn payload_path(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (text, payload) = text.split_once('\n').unwrap_or((&text, ""));
    let Ok(path) = payload_path::parse(text) else { return };
    assert!(path.steps().len() <= payload_path::MAX_STEPS);
    let written = path.to_string();
    if written.chars().count() <= payload_path::MAX_LENGTH {
        assert_eq!(payload_path::parse(&written).as_ref(), Ok(&path));
    }
    let any = || serde_json::json!({"a": [{"name": "b", "c": 1}, [2, "d"]], "": {"e.f": null}});
    let document = serde_json::from_str(payload).unwrap_or_else(|_| any());
    if let Err(missing) = path.find(&document) {
        assert!(missing.to_string().len() < 4 * written.len() + 1000);
    }
}

/// What a feed brings: its numbers by their paths, and the event that is made of it.
pub fn feed_payload(bytes: &[u8]) {
    let Ok(payload) = serde_json::from_slice::<Value>(bytes) else { return };
    let found = numbers(&payload);
    assert!(found.len() <= MAX_NUMBERS && found.is_sorted_by(|one, next| one.0 < next.0));
    for (name, value) in &found {
        let path = payload_path::parse(name).expect("names are paths");
        let there = part(&payload, &path).ok().and_then(Value::as_f64);
        assert!(value.is_finite() && there == Some(*value) && name.chars().count() <= MAX_NAME, "{name}");
    }
    let (feed, at) = (FeedId(Uuid::nil()), DateTime::<Utc>::UNIX_EPOCH);
    let Ok(event) = ticks::event((feed, "a feed"), at, Uuid::nil(), &payload, &found) else { return };
    assert_eq!(event.samples.len(), found.len());
    match event.payload {
        Some(json) => {
            assert!(json.get().len() <= MAX_PAYLOAD);
            assert_eq!(json::check(json.get(), MAX_DEPTH), Ok(()));
        }
        None => assert!(payload.is_null()),
    }
}
