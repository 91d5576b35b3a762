//! Taking a body apart: one event, an array, `{"events": […]}`, or one JSON value a line.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// Most items in one body.
pub const MAX_ITEMS: usize = 1000;

/// What the content type says about the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Json,
    /// One JSON value a line.
    Ndjson,
    /// JSON or NDJSON under a simple content type, as `sendBeacon` sends it.
    Text,
}

/// A body taken apart; items are still raw.
#[derive(Debug)]
pub struct Body<'a> {
    /// `apiKey` beside the events or in the first of them.
    pub api_key: Option<String>,
    /// `sent_at` beside the events, unparsed.
    pub sent_at: Option<String>,
    /// Each item, or `None` for a line that is not JSON.
    pub items: Vec<Option<&'a RawValue>>,
    /// The body was one event, not a list of one.
    pub single: bool,
}

/// Why a body as a whole was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error("The body is empty: send one event, an array, {{\"events\": […]}}, or one event a line.")]
    Empty,
    #[error("The body is not valid UTF-8 (byte {0}).")]
    NotUtf8(usize),
    #[error("The body is not valid JSON (line {line}, column {column}).")]
    NotJson { line: usize, column: usize },
    #[error("The body must be an event, an array of events, or an object with \"events\".")]
    WrongShape,
    #[error("\"events\" must be an array.")]
    EventsNotArray,
    #[error("\"apiKey\" must be a string.")]
    KeyNotText,
    #[error("The body has {0} events; at most {MAX_ITEMS} are allowed.")]
    TooManyItems(usize),
}

impl From<serde_json::Error> for BodyError {
    fn from(error: serde_json::Error) -> Self {
        BodyError::NotJson { line: error.line(), column: error.column() }
    }
}

/// The fields beside a list of events, or of a single event.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    events: Option<&'a RawValue>,
    #[serde(borrow, rename = "apiKey", default)]
    api_key: Option<&'a RawValue>,
    #[serde(borrow, default)]
    sent_at: Option<&'a RawValue>,
}

/// Takes a body apart by its format. Costs one pass over the text and copies none of it.
pub fn parse_body(bytes: &[u8], format: Format) -> Result<Body<'_>, BodyError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| BodyError::NotUtf8(error.valid_up_to()))?;
    let body = match (format, text.trim_start().bytes().next()) {
        (_, None) => return Err(BodyError::Empty),
        (Format::Ndjson, _) => lines(text),
        (_, Some(b'[')) => array(text),
        (_, Some(b'{')) => object(text).or_else(|error| match (format, lines(text)) {
            (Format::Text, Ok(body)) if body.items.len() > 1 => Ok(body),
            _ => Err(error),
        }),
        _ => {
            serde_json::from_str::<&RawValue>(text)?;
            Err(BodyError::WrongShape)
        }
    }?;
    match body.items.len() {
        0 => Err(BodyError::Empty),
        n if n > MAX_ITEMS => Err(BodyError::TooManyItems(n)),
        _ => Ok(body),
    }
}

fn text_of(raw: Option<&RawValue>) -> Option<Cow<'_, str>> {
    raw.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok()).map(Cow::Owned)
}

fn key_of(raw: Option<&RawValue>) -> Result<Option<String>, BodyError> {
    match raw {
        Some(raw) if raw.get() != "null" => {
            serde_json::from_str(raw.get()).map(Some).map_err(|_| BodyError::KeyNotText)
        }
        _ => Ok(None),
    }
}

fn first_key(items: &[Option<&RawValue>]) -> Option<String> {
    let first = items.first().copied().flatten()?;
    let envelope: Envelope<'_> = serde_json::from_str(first.get()).ok()?;
    key_of(envelope.api_key).ok().flatten()
}

fn array(text: &str) -> Result<Body<'_>, BodyError> {
    let items: Vec<&RawValue> = serde_json::from_str(text)?;
    let items: Vec<_> = items.into_iter().map(Some).collect();
    Ok(Body { api_key: first_key(&items), sent_at: None, items, single: false })
}

fn object(text: &str) -> Result<Body<'_>, BodyError> {
    let raw: &RawValue = serde_json::from_str(text)?;
    // Doubled fields are the only thing left that can be wrong with an object we know is JSON.
    let envelope: Envelope<'_> = serde_json::from_str(raw.get())?;
    let api_key = key_of(envelope.api_key)?;
    let sent_at = text_of(envelope.sent_at).map(Cow::into_owned);
    match envelope.events {
        Some(events) => {
            let items: Vec<&RawValue> =
                serde_json::from_str(events.get()).map_err(|_| BodyError::EventsNotArray)?;
            Ok(Body { api_key, sent_at, items: items.into_iter().map(Some).collect(), single: false })
        }
        None => Ok(Body { api_key, sent_at, items: vec![Some(raw)], single: true }),
    }
}

fn lines(text: &str) -> Result<Body<'_>, BodyError> {
    let items: Vec<Option<&RawValue>> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str(line).ok())
        .collect();
    Ok(Body { api_key: first_key(&items), sent_at: None, items, single: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str, format: Format) -> Result<(usize, bool, Option<String>), BodyError> {
        parse_body(text.as_bytes(), format).map(|body| (body.items.len(), body.single, body.api_key))
    }

    #[test]
    fn every_form_of_body_is_understood() {
        use Format::{Json, Ndjson, Text};
        let key = || Some("k".to_string());
        for (text, format, expected) in [
            (r#"{"name":"a"}"#, Json, (1, true, None)),
            (r#"{"apiKey":"k","name":"a"}"#, Json, (1, true, key())),
            (r#"[{"name":"a"},{"name":"b"}]"#, Json, (2, false, None)),
            (r#"[{"name":"a","apiKey":"k"},5]"#, Json, (2, false, key())),
            (r#"{"events":[{},{}],"apiKey":"k"}"#, Json, (2, false, key())),
            ("{}\n\n{}\r\nnonsense\n", Ndjson, (3, false, None)),
            ("{\"apiKey\":\"k\"}\n{}", Text, (2, false, key())),
            ("\u{feff}{}", Json, (1, true, None)),
        ] {
            assert_eq!(shape(text, format), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_body_says_why() {
        use Format::Json;
        for (text, expected) in [
            ("", BodyError::Empty),
            ("  \n", BodyError::Empty),
            ("[]", BodyError::Empty),
            (r#"{"events":[]}"#, BodyError::Empty),
            ("5", BodyError::WrongShape),
            (r#""text""#, BodyError::WrongShape),
            (r#"{"events":{}}"#, BodyError::EventsNotArray),
            (r#"{"apiKey":5}"#, BodyError::KeyNotText),
            ("{\"a\":\n", BodyError::NotJson { line: 2, column: 0 }),
            ("{} {}", BodyError::NotJson { line: 1, column: 4 }),
        ] {
            assert_eq!(shape(text, Json), Err(expected), "{text}");
        }
        assert_eq!(parse_body(b"{\"a\":\"\xff\"}", Json).err(), Some(BodyError::NotUtf8(6)));
        let many = format!("[{}]", vec!["{}"; 1001].join(","));
        assert_eq!(shape(&many, Json), Err(BodyError::TooManyItems(1001)));
    }
}
