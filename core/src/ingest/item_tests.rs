use super::*;

fn door() -> Door {
    let now = "2026-06-01T12:00:00.000Z".parse().expect("a time");
    Door { now, sent_at: None, retention_days: 30 }
}

fn judge(json: &str) -> Result<NewEvent, ItemError> {
    let raw = RawValue::from_string(json.to_owned()).expect("valid JSON");
    normalise(Some(&raw), &door())
}

fn code(json: &str) -> &'static str {
    judge(json).expect_err(json).code
}

#[test]
fn the_documented_example_is_an_event() {
    let event = judge(
        r#"{"apiKey": "pb_pub_x", "type": "error", "name": "NullPointerException", "payload": {"screen": "HomeScreen", "userId": "u_123"}}"#,
    )
    .expect("accepted");
    assert_eq!((event.kind, event.name.as_str()), (Kind::Error, "NullPointerException"));
    assert_eq!(event.level, Some(Level::Error));
    assert_eq!(
        event.payload.as_ref().map(|json| json.get()),
        Some(r#"{"screen": "HomeScreen", "userId": "u_123"}"#)
    );
    assert_eq!((event.ts, event.client_id, event.by_id, event.clamped), (door().now, false, false, false));
}

#[test]
fn numbers_are_read_to_their_last_digit() {
    for text in ["97.28571428571429", "0.1", "9007199254740993", "1.7976931348623157e308", "5e-324"] {
        let event = judge(&format!(r#"{{"type": "metric", "name": "a", "value": {text}}}"#)).expect(text);
        assert_eq!(event.value, text.parse().ok(), "{text}");
    }
}

#[test]
fn bad_items_say_which_field_and_what_is_allowed() {
    let deep = format!(r#"{{"type":"event","name":"a","payload":{}1{}}}"#, "[".repeat(33), "]".repeat(33));
    let large = format!(r#"{{"type":"event","name":"a","payload":"{}"}}"#, "x".repeat(MAX_PAYLOAD));
    let long = format!(r#"{{"type":"event","name":"{}"}}"#, "n".repeat(201));
    let tags: Vec<String> = (0..51).map(|n| format!(r#""t{n}":"v""#)).collect();
    let tags = format!(r#"{{"type":"event","name":"a","tags":{{{}}}}}"#, tags.join(","));
    for (json, expected) in [
        ("5", "invalid_item"),
        ("{}", "missing_type"),
        (r#"{"type":"event"}"#, "missing_name"),
        (r#"{"type":"evnt","name":"a"}"#, "invalid_type"),
        (r#"{"type":5,"name":"a"}"#, "invalid_type"),
        (r#"{"type":"event","name":7}"#, "invalid_name"),
        (r#"{"type":"event","name":"  "}"#, "invalid_name"),
        (r#"{"type":"event","name":"a\nb"}"#, "invalid_name"),
        (&long, "invalid_name"),
        (r#"{"type":"event","name":"a","id":"7"}"#, "invalid_id"),
        (r#"{"type":"event","name":"a","id":"00000000-0000-0000-0000-000000000000"}"#, "invalid_id"),
        (r#"{"type":"event","name":"a","timestamp":"yesterday"}"#, "invalid_timestamp"),
        (r#"{"type":"event","name":"a","timestamp":{}}"#, "invalid_timestamp"),
        (r#"{"type":"event","name":"a","timestamp":"2026-04-01T00:00:00Z"}"#, "too_old"),
        (r#"{"type":"metric","name":"a"}"#, "missing_value"),
        (r#"{"type":"metric","name":"a","value":"5"}"#, "invalid_value"),
        (r#"{"type":"metric","name":"a","value":1e999}"#, "invalid_value"),
        (r#"{"type":"event","name":"a","level":"loud"}"#, "invalid_level"),
        (r#"{"type":"event","name":"a","user":{}}"#, "invalid_field"),
        (r#"{"type":"event","name":"a","tags":{"a":1}}"#, "invalid_tags"),
        (r#"{"type":"event","name":"a","tags":{"":"x"}}"#, "invalid_tags"),
        (&tags, "too_many_tags"),
        (&deep, "too_deep"),
        (&large, "payload_too_large"),
        (r#"{"type":"event","name":"a","name":"b"}"#, "invalid_item"),
    ] {
        assert_eq!(code(json), expected, "{}", &json[..json.len().min(120)]);
    }
    assert_eq!(normalise(None, &door()).expect_err("no JSON").code, "invalid_json");
}

#[test]
fn characters_that_no_column_can_hold_are_replaced() {
    let event = judge(
        r#"{"type":"error","name":"class@anonymous\u0000/app/a.php","user":"\ud800","tags":{"a\u0000":"\udc00"},
            "payload":{"\u0000":["\ud83d","\ud83d\ude00"]},"stack":"\u0000","exception":{"type":"\u0000"}}"#,
    )
    .expect("accepted");
    assert_eq!(event.name, "class@anonymous\u{fffd}/app/a.php");
    assert_eq!(event.user.as_deref(), Some("\u{fffd}"));
    assert_eq!(event.tags.as_deref(), Some("{\"a\u{fffd}\":\"\u{fffd}\"}"));
    assert_eq!(
        event.payload.as_ref().map(|json| json.get()),
        Some(r#"{"\ufffd":["\ufffd","\ud83d\ude00"]}"#)
    );
    assert_eq!(event.error.as_deref(), Some("{\"stack\":\"\u{fffd}\",\"exception\":{\"type\":\"\\ufffd\"}}"));
    // The rest is judged all the same.
    let deep =
        format!(r#"{{"type":"event","name":"\u0000","payload":{}1{}}}"#, "[".repeat(33), "]".repeat(33));
    assert_eq!(code(&deep), "too_deep");
}

#[test]
fn times_come_from_the_client_its_id_or_us() {
    let at = |extra: &str| {
        judge(&format!(r#"{{"type":"event","name":"a"{extra}}}"#))
            .map(|e| (e.ts, e.clamped, e.by_id))
            .expect(extra)
    };
    let now = door().now;
    let time = |text: &str| text.parse::<DateTime<Utc>>().expect("a time");
    let v4 = r#","id":"3f2b8a51-5d4e-4c1c-9a53-1d2b3c4d5e6f""#;
    // 0x019e8363_2a80 ms is 2026-06-01T11:59:00Z or near; computed rather than remembered.
    let made = now - TimeDelta::seconds(60);
    let v7 = uuid::Builder::from_unix_timestamp_millis(made.timestamp_millis() as u64, &[7; 10]).into_uuid();
    let v7 = format!(r#","id":"{v7}""#);
    assert_eq!(at(""), (now, false, false));
    assert_eq!(at(v4), (now, false, true));
    assert_eq!(at(&v7), (made, false, false));
    assert_eq!(
        at(r#","timestamp":"2026-06-01T10:00:00.123456+02:00""#),
        (time("2026-06-01T08:00:00.123Z"), false, false)
    );
    assert_eq!(at(r#","timestamp":1780300800000"#), (time("2026-06-01T08:00:00Z"), false, false));
    assert_eq!(at(r#","timestamp":1780300800"#), (time("2026-06-01T08:00:00Z"), false, false));
    assert_eq!(at(r#","timestamp":"2026-06-01T12:04:59Z""#), (time("2026-06-01T12:04:59Z"), false, false));
    assert_eq!(at(r#","timestamp":"2026-06-01T12:06:00Z""#), (now, true, false));
    assert_eq!(at(&format!(r#"{v4},"timestamp":"2030-01-01T00:00:00Z""#)), (now, true, true));
}

#[test]
fn a_metric_is_also_a_sample_of_its_series() {
    let event =
        judge(r#"{"type":"metric","name":"fps","value":58.9,"unit":"1/s","tags":{"os":"ios","a":"b"}}"#)
            .expect("accepted");
    let [sample] = event.samples.as_slice() else { panic!("one sample") };
    assert_eq!(sample.labels, r#"{"a":"b","os":"ios"}"#);
    assert_eq!((sample.name.as_str(), sample.value, sample.unit.as_deref()), ("fps", 58.9, Some("1/s")));
    assert_eq!(sample.series_id, series_id("fps", r#"{"a":"b","os":"ios"}"#));
    assert_ne!(sample.series_id, series_id("fps", "{}"));
    assert!(judge(r#"{"type":"event","name":"fps","value":1}"#).expect("accepted").samples.is_empty());
}

#[test]
fn error_details_are_kept_as_they_came() {
    let event = judge(
        r#"{"type":"error","name":"a","stack":"at x\n\"q\"","exception":{"type":"T"},"breadcrumbs":[1],"user":42}"#,
    )
    .expect("accepted");
    assert_eq!(
        event.error.as_deref(),
        Some(r#"{"stack":"at x\n\"q\"","exception":{"type":"T"},"breadcrumbs":[1]}"#)
    );
    assert_eq!(event.user.as_deref(), Some("42"));
}
