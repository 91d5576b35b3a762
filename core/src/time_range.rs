//! Spans of time as people write them: RFC 3339, `now`, `now-15m`. Pure; the clock is passed in.

use chrono::{DateTime, TimeDelta, Utc};

/// The longest span anyone may ask for.
pub const MAX_SPAN: TimeDelta = TimeDelta::days(3660);

/// From a time up to another one, which is later and not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

impl Range {
    pub fn span(self) -> TimeDelta {
        self.to - self.from
    }
}

/// Which end is wrong (`from` or `to`), and what about it ("must be before \"to\"").
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{field}\" {problem}")]
pub struct BadRange {
    pub field: &'static str,
    pub problem: &'static str,
}

/// Reads both ends of a span.
pub fn parse(from: &str, to: &str, now: DateTime<Utc>) -> Result<Range, BadRange> {
    let wrong = |field, problem| BadRange { field, problem };
    let time = |field, text| time(text, now).ok_or_else(|| wrong(field, NOT_A_TIME));
    let range = Range { from: time("from", from)?, to: time("to", to)? };
    if range.from >= range.to {
        return Err(wrong("from", "must be before \"to\""));
    }
    if range.span() > MAX_SPAN {
        return Err(wrong("from", "must be at most ten years before \"to\""));
    }
    Ok(range)
}

const NOT_A_TIME: &str =
    "must be an RFC 3339 time such as 2026-01-31T12:00:00Z, or now, now-15m, now-7d (s, m, h, d, w)";

/// A time: RFC 3339 (a `+` that a URL turned into a space is forgiven), `now`, or `now-` with a number of
/// seconds, minutes, hours, days or weeks.
pub fn time(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if let Some(rest) = text.strip_prefix("now") {
        return match rest.strip_prefix('-') {
            Some(ago) => now.checked_sub_signed(length(ago)?).and_then(crate::in_calendar),
            None => rest.is_empty().then_some(now),
        };
    }
    let time = DateTime::parse_from_rfc3339(&text.replace(' ', "+")).ok()?;
    crate::in_calendar(time.with_timezone(&Utc))
}

/// Whether the time moves on with the clock.
pub fn is_relative(text: &str) -> bool {
    text.starts_with("now")
}

fn length(text: &str) -> Option<TimeDelta> {
    let unit = text.chars().next_back()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    let count: i64 = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
    TimeDelta::try_seconds(count.checked_mul(seconds)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn times_are_absolute_or_before_now() {
        let now = at("2026-06-15T12:00:00Z");
        for (text, expected) in [
            ("now", "2026-06-15T12:00:00Z"),
            ("now-30s", "2026-06-15T11:59:30Z"),
            ("now-15m", "2026-06-15T11:45:00Z"),
            ("now-24h", "2026-06-14T12:00:00Z"),
            ("now-7d", "2026-06-08T12:00:00Z"),
            ("now-2w", "2026-06-01T12:00:00Z"),
            ("now-0s", "2026-06-15T12:00:00Z"),
            ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
            ("2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00Z"),
            ("2026-01-31T12:00:00 02:00", "2026-01-31T10:00:00Z"),
        ] {
            assert_eq!(time(text, now), Some(at(expected)), "{text}");
        }
        for text in [
            "",
            "now-",
            "now-m",
            "now-5",
            "now+5m",
            "nowadays",
            "now-5y",
            "now--5m",
            "now-+5m",
            "now-5é",
            "now-99999999999999999999d",
            "now-9223372036854775807w",
            "now-9000000d",
            "yesterday",
            "2026-01-31",
            "+12026-01-31T12:00:00Z",
        ] {
            assert_eq!(time(text, now), None, "{text}");
        }
    }

    #[test]
    fn a_span_goes_forward_and_ends() {
        let now = at("2026-06-15T12:00:00Z");
        let parse = |from, to| parse(from, to, now).map_err(|error| error.field);
        assert_eq!(parse("now-1h", "now").map(|range| range.span()), Ok(TimeDelta::hours(1)));
        assert_eq!(parse("now", "now"), Err("from"));
        assert_eq!(parse("now", "now-1h"), Err("from"));
        assert_eq!(parse("now-4000d", "now"), Err("from"));
        assert_eq!(parse("now-1h", "later"), Err("to"));
    }
}
