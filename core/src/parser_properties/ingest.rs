//! Bodies and items.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::*;
use crate::ingest::{
    Door, Format, MAX_AHEAD, MAX_DEPTH, MAX_ITEMS, MAX_NAME, MAX_PAYLOAD, MAX_TAGS, normalise, parse_body,
};
use crate::json::{Unfit, check, repair};

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn format() -> impl Strategy<Value = Format> {
    prop::sample::select(vec![Format::Json, Format::Ndjson, Format::Text])
}

/// What JSON is made of, in any order.
fn junk() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\"",
        b"\\",
        b"\\u0000",
        b"\\ud800",
        b"null",
        b"true",
        b"0",
        b"-1e999",
        b"\n",
        b" ",
        b"\xff",
        b"\xc3",
        b"\xef\xbb\xbf",
        b"\"a\"",
        b"{}",
        b"[]",
        b"\"events\":",
        b"\"apiKey\":",
        b"\"sent_at\":",
        b"{\"type\":\"event\",\"name\":\"a\"}",
    ];
    prop_oneof![
        vec(any::<u8>(), 0..200),
        vec(prop::sample::select(pieces), 0..30).prop_map(|pieces| pieces.concat()),
    ]
}

fn door() -> Door {
    let now = "2026-06-01T12:00:00.000Z".parse().expect("a time");
    Door { now, sent_at: None, retention_days: 30 }
}

/// An item whose fields are good, odd or missing, one by one.
fn item() -> impl Strategy<Value = Value> {
    let or_odd = |good: BoxedStrategy<Value>| prop_oneof![4 => good.prop_map(Some), 1 => json().prop_map(Some), 2 => Just(None)];
    let word = |pattern: &'static str| pattern.prop_map(Value::from).boxed();
    let time = (door().now.timestamp_millis() - 40 * 86_400_000..door().now.timestamp_millis() + 86_400_000)
        .prop_map(|millis| json!(DateTime::from_timestamp_millis(millis).expect("a time")));
    let tags = prop::collection::btree_map(".{0,5}", ".{0,5}", 0..60).prop_map(|tags| json!(tags)).boxed();
    (
        or_odd(word("error|event|metric")),
        or_odd(word("\\PC{1,210}")),
        or_odd(any::<u128>().prop_map(|id| json!(uuid::Uuid::from_u128(id))).boxed()),
        or_odd(prop_oneof![time, any::<f64>().prop_map(Value::from)].boxed()),
        or_odd(json().boxed()),
        or_odd(any::<f64>().prop_map(Value::from).boxed()),
        or_odd(word("debug|info|warn|warning|error|fatal")),
        or_odd(word(".{0,210}")),
        or_odd(tags),
        or_odd(word(".{0,20}")),
    )
        .prop_map(|(kind, name, id, timestamp, payload, value, level, user, tags, stack)| {
            let fields = [
                ("type", kind),
                ("name", name),
                ("id", id),
                ("timestamp", timestamp),
                ("payload", payload),
                ("value", value),
                ("level", level),
                ("user", user),
                ("tags", tags),
                ("stack", stack),
            ];
            Value::Object(
                fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect(),
            )
        })
}

fn raw(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).expect("JSON")
}

fn levels(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(levels).max().unwrap_or(0),
        Value::Object(items) => 1 + items.values().map(levels).max().unwrap_or(0),
        _ => 0,
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_are_a_body_within_bounds_or_none(bytes in junk(), format in format()) {
        if let Ok(body) = parse_body(&bytes, format) {
            prop_assert!((1..=MAX_ITEMS).contains(&body.items.len()));
            prop_assert!(!body.single || body.items.len() == 1);
            for item in body.items.iter().flatten() {
                prop_assert!(serde_json::from_str::<&RawValue>(item.get()).is_ok());
                let _ = normalise(Some(item), &door());
            }
        }
    }

    #[test]
    fn a_list_has_the_same_items_in_every_form(items in vec(json(), 1..20)) {
        let list = Value::from(items.clone()).to_string();
        let lines: Vec<String> = items.iter().map(Value::to_string).collect();
        let forms = [
            (list.clone(), Format::Json),
            (format!("\u{feff} \n{list}\n"), Format::Text),
            (format!("{{\"sent_at\":\"x\",\"events\":{list},\"apiKey\":\"k\"}}"), Format::Json),
            (lines.join("\n"), Format::Ndjson),
            (lines.join("\r\n\n"), Format::Ndjson),
        ];
        for (text, format) in forms {
            let body = parse_body(text.as_bytes(), format);
            // `apiKey` of the wrong type stands in none of them, so that every form is a body.
            let found: Vec<String> = body.as_ref().map_err(|error| TestCaseError::fail(error.to_string()))?
                .items.iter().flatten().map(|item| item.get().to_owned()).collect();
            prop_assert_eq!(&found, &lines);
        }
    }

    #[test]
    fn a_bad_line_changes_no_other(lines in vec(prop_oneof![json().prop_map(|good| Ok(good.to_string())), "#.{0,20}".prop_map(Err)], 1..20)) {
        let text: Vec<&str> = lines.iter().map(|line| line.as_ref().map_or_else(|bad| bad.as_str(), String::as_str)).collect();
        let text = text.join("\n");
        let body = parse_body(text.as_bytes(), Format::Ndjson).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let found: Vec<Option<&str>> = body.items.iter().map(|item| item.map(RawValue::get)).collect();
        let expected: Vec<Option<&str>> = lines.iter().map(|line| line.as_deref().ok()).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn what_is_accepted_keeps_every_bound(item in item()) {
        let door = door();
        let Ok(event) = normalise(Some(&raw(&item.to_string())), &door) else { return Ok(()) };
        prop_assert!((1..=MAX_NAME).contains(&event.name.chars().count()));
        prop_assert_eq!(event.name.trim(), event.name.as_str());
        prop_assert!(!event.name.chars().any(char::is_control));
        prop_assert!(event.ts >= door.now - TimeDelta::days(30) && event.ts <= door.now + MAX_AHEAD);
        prop_assert_eq!(event.ts.timestamp_subsec_nanos() % 1_000_000, 0);
        prop_assert!(!event.id.is_nil());
        prop_assert_eq!(event.samples.len(), usize::from(event.kind == pulseboard_wire::Kind::Metric));
        for text in [event.payload.as_ref().map(|json| json.get()), event.tags.as_deref(), event.error.as_deref()] {
            let Some(text) = text else { continue };
            prop_assert!(check(text, MAX_DEPTH + 1).is_ok());
            prop_assert!(serde_json::from_str::<&RawValue>(text).is_ok());
        }
        prop_assert!(event.payload.as_ref().is_none_or(|json| json.get().len() <= MAX_PAYLOAD));
        let tags: serde_json::Map<String, Value> = event.tags.as_deref().map_or_else(Default::default, |tags| serde_json::from_str(tags).expect("an object"));
        prop_assert!(tags.len() <= MAX_TAGS && tags.values().all(Value::is_string));
    }

    #[test]
    fn a_good_item_is_kept_as_it_is(name in "[!-~é😀]{1,200}", payload in json(), user in "[ -~]{1,200}", seconds in 0..2_000_000_i64) {
        let ts: DateTime<Utc> = door().now - TimeDelta::seconds(seconds);
        let item = json!({"type": "event", "name": name, "payload": payload, "user": user, "timestamp": ts});
        let event = normalise(Some(&raw(&item.to_string())), &door()).map_err(|error| TestCaseError::fail(error.message))?;
        prop_assert_eq!((event.name, event.user, event.ts), (name, Some(user), ts));
        let text = payload.to_string().replace("\\u0000", "\\ufffd");
        prop_assert_eq!(event.payload.map(|json| json.get().to_owned()), Some(text).filter(|text| text != "null"));
    }

    #[test]
    fn mending_is_what_a_lossy_decoder_does(units in vec(prop_oneof![any::<u16>(), 0xd7fe..0xe002_u16, 0..3_u16], 0..30)) {
        let escapes: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
        let json = format!("{{\"{escapes}\":[\"\\\\{escapes}\\\\\"]}}");
        let repaired = repair(&json);
        let text = String::from_utf16_lossy(&units).replace('\0', "\u{fffd}");
        let value: Value = serde_json::from_str(&repaired).expect("JSON");
        prop_assert_eq!(value, json!({text.clone(): [format!("\\{text}\\")]}));
        prop_assert_eq!(repair(&repaired), repaired.clone());
        prop_assert_eq!(check(&repaired, 2), Ok(()));
        prop_assert_eq!(repaired.len(), json.len());
    }

    #[test]
    fn fit_json_is_not_touched_and_its_depth_is_counted(value in json()) {
        let text = value.to_string();
        match check(&text, 100) {
            Ok(()) => prop_assert_eq!(repair(&text), text.clone()),
            Err(unfit) => prop_assert!(matches!(unfit, Unfit::Nul | Unfit::TooManyDigits(_)), "{}", unfit),
        }
        let deep = levels(&value);
        let mended = repair(&text);
        prop_assert!(!matches!(check(&mended, deep), Err(Unfit::TooDeep(_))));
        prop_assert!(deep == 0 || matches!(check(&mended, deep - 1), Err(Unfit::TooDeep(_) | Unfit::TooManyDigits(_))));
    }
}
