//! Ingest requests made cheaply: one text per connection, in which only ids and times change.

/// The payload of every event: 308 bytes, what an app's screen event looks like.
const PAYLOAD: &str = r#"{"screen":"CheckoutScreen","step":3,"cart":{"items":4,"total":129.95,"currency":"EUR","coupon":null},"device":{"model":"Pixel 8","os":"Android 15","locale":"de-DE","battery":0.71},"network":"wifi","experiment":"checkout-v2","durations":{"render":18.4,"fetch":212.9},"route":"/shop/checkout/payment?ref=cart"}"#;
const NAMES: [&str; 8] = [
    "screen_viewed",
    "cart_changed",
    "checkout_started",
    "payment_chosen",
    "order_placed",
    "search_run",
    "item_opened",
    "coupon_used",
];
const ID: &str = "00000000-0000-7000-8000-000000000000";
/// Places of an id's text that hold random digits: all but the hyphens, version and variant.
const DIGITS: [usize; 30] = [
    0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 15, 16, 17, 20, 21, 22, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33,
    34, 35,
];

/// Random numbers from a seed (SplitMix64, Steele, Lea and Flood 2014): ids need be distinct, no more.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xD1B5_4A32_D192_ED03))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

/// The payload that the raw limits insert as well.
pub fn payload() -> &'static str {
    PAYLOAD
}

/// The names events have, in turn.
pub fn name(n: usize) -> &'static str {
    NAMES[n % NAMES.len()]
}

/// One connection's request, again and again with new ids and times.
pub struct Request {
    text: Vec<u8>,
    /// Where each event's id and time stand.
    events: Vec<(usize, usize)>,
    random: Random,
    /// What an answer's body begins with when all is well.
    pub expected: String,
}

impl Request {
    /// A request with `events` events for the project that `key` opens.
    pub fn new(key: &str, events: usize, seed: u64) -> Self {
        let items: Vec<String> = (0..events)
            .map(|n| {
                format!(
                    r#"{{"type":"event","name":"{}","id":"{ID}","timestamp":0000000000000,"user":"u_{}","release":"2.4.1","payload":{PAYLOAD}}}"#,
                    name(seed as usize + n),
                    (seed as usize + n) % 1000,
                )
            })
            .collect();
        let body = if events == 1 { items.concat() } else { format!("[{}]", items.join(",")) };
        let text = format!(
            "POST /api/ingest HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
             Authorization: Bearer {key}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let ids = text.match_indices(ID).map(|(at, _)| at);
        let times = text.match_indices("0000000000000,").map(|(at, _)| at);
        let events_at = ids.zip(times).collect();
        let expected = format!("{{\"accepted\":{events},\"duplicates\":0");
        Self { text: text.into_bytes(), events: events_at, random: Random::new(seed), expected }
    }

    /// The next request's bytes: new ids, the time of now in Unix milliseconds.
    pub fn next(&mut self, now: i64) -> &[u8] {
        for (id, time) in &self.events {
            let mut bits = (u128::from(self.random.next()) << 64) | u128::from(self.random.next());
            for place in DIGITS {
                self.text[id + place] = b"0123456789abcdef"[(bits & 15) as usize];
                bits >>= 4;
            }
            let mut rest = now;
            for place in (0..13).rev() {
                self.text[time + place] = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
        }
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_of_a_request_is_new_and_good() {
        use pulseboard_core::ingest::{Door, Format, normalise, parse_body};
        assert_eq!(PAYLOAD.len(), 308);
        let now = pulseboard_core::now();
        let door = Door { now, sent_at: None, retention_days: 30 };
        let mut request = Request::new("key", 3, 7);
        let mut ids = std::collections::HashSet::new();
        for _ in 0..2 {
            let text = String::from_utf8(request.next(now.timestamp_millis()).to_vec()).expect("text");
            let body = text.split("\r\n\r\n").nth(1).expect("a body");
            let parsed = parse_body(body.as_bytes(), Format::Json).expect("parses");
            assert_eq!(parsed.items.len(), 3);
            for item in parsed.items {
                let event = normalise(item, &door).expect("a good event");
                assert_eq!(event.ts.timestamp_millis(), now.timestamp_millis());
                assert!(ids.insert(event.id));
            }
        }
    }
}
