use super::*;

fn event(kind: &str, name: &str) -> Box<RawValue> {
    let json = format!(r#"{{"id":"x","type":"{kind}","name":"{name}","payload":{{"a":1}}}}"#);
    RawValue::from_string(json).expect("JSON")
}

fn cursor() -> Cursor {
    "7-1700000000000".parse().expect("a cursor")
}

/// The text of a frame, by the rules of RFC 6455 again.
fn text(frame: &Bytes) -> String {
    assert_eq!(frame[0], 0x81);
    let (length, start) = match frame[1] {
        126 => (usize::from(u16::from_be_bytes([frame[2], frame[3]])), 4),
        127 => (u64::from_be_bytes(frame[2..10].try_into().expect("eight")) as usize, 10),
        length => (usize::from(length), 2),
    };
    assert_eq!(frame.len(), start + length);
    String::from_utf8(frame[start..].to_vec()).expect("UTF-8")
}

#[test]
fn frames_are_one_json_object_whatever_their_length() {
    for count in [1, 2, 2000] {
        let events: Vec<_> = (0..count).map(|n| event("event", &format!("n{n}"))).collect();
        let framed = Delivery::new(&events, cursor()).frame(Format::Socket, None).expect("events");
        let json: serde_json::Value = serde_json::from_str(&text(&framed.bytes)).expect("JSON");
        assert_eq!(json["type"], "events");
        assert_eq!(json["cursor"], "7-1700000000000");
        assert_eq!(json["events"].as_array().expect("a list").len(), count);
        assert_eq!(framed.events, count as u64);
    }
}

#[test]
fn equal_filters_share_a_frame_and_each_lets_the_right_ones_through() {
    let events = [event("error", "a"), event("event", "a"), event("event", "b\\u0062")];
    let mut delivery = Delivery::new(&events, cursor());
    let filter = |kind, name: Option<&str>| LiveFilter { kind, name: name.map(str::to_owned) };
    for (filter, expected) in [
        (filter(Some(Kind::Error), None), 1),
        (filter(None, Some("a")), 2),
        (filter(Some(Kind::Event), Some("bb")), 1),
        (filter(None, None), 3),
        (filter(Some(Kind::Metric), None), 0),
        (filter(None, Some("none")), 0),
    ] {
        let framed = delivery.frame(Format::Socket, Some(&filter));
        assert_eq!(framed.as_ref().map_or(0, |framed| framed.events), expected, "{filter:?}");
        let again = delivery.frame(Format::Socket, Some(&filter));
        assert_eq!(
            framed.map(|framed| framed.bytes.as_ptr()),
            again.map(|framed| framed.bytes.as_ptr()),
            "the same bytes"
        );
    }
}

#[test]
fn the_same_bytes_go_to_everyone_without_a_filter() {
    let events = [event("error", "a")];
    let mut delivery = Delivery::new(&events, cursor());
    let one = delivery.frame(Format::Socket, None).expect("a frame");
    let two = delivery.frame(Format::Socket, None).expect("a frame");
    assert_eq!(one.bytes.as_ptr(), two.bytes.as_ptr());
}

#[test]
fn line_breaks_of_a_payload_do_not_break_an_sse_event() {
    let spread = RawValue::from_string("{\"type\":\"event\",\"name\":\"a\",\n\"payload\":{\r\n}}".into());
    let events = [spread.expect("JSON")];
    let framed = Delivery::new(&events, cursor()).frame(Format::Sse, None).expect("a frame");
    let text = String::from_utf8(framed.bytes.to_vec()).expect("UTF-8");
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[..2], ["event: events", "id: 7-1700000000000"]);
    let data = lines[2].strip_prefix("data: ").expect("data");
    assert!(serde_json::from_str::<serde_json::Value>(data).is_ok(), "{data}");
    assert!(text.ends_with("\n\n") && lines.len() == 4, "{text:?}");
}

#[test]
fn closing_says_why() {
    assert_eq!(close(Format::Socket, Some(4408), "slow")[..], [0x88, 6, 0x11, 0x38, b's', b'l', b'o', b'w']);
    assert_eq!(close(Format::Socket, None, "")[..], [0x88, 0]);
    assert_eq!(pong(b"hi")[..], [0x8A, 2, b'h', b'i']);
    assert_eq!(text(&ping(Format::Socket)), r#"{"type":"ping"}"#);
}
