//! JSON from an address that a person gave, with headers that they chose, and what to tell them when
//! something else comes.

use std::collections::BTreeMap;

use pulseboard_core::outbound::{
    Guard, HeaderMap, HeaderName, HeaderValue, OutboundAnswer, OutboundRequest, StatusCode, header,
};
use serde_json::{Number, Value, json};

use crate::{ConfigProblem, FeedError, Surroundings};

/// Names that some programs write where JSON has no number.
const NO_NUMBERS: [&str; 3] = ["-Infinity", "Infinity", "NaN"];

/// Asks an address for JSON. `field` is the field of the configuration that holds the address.
pub(crate) async fn get(
    surroundings: &Surroundings,
    field: &'static str,
    url: &str,
    headers: &BTreeMap<String, String>,
) -> Result<Value, FeedError> {
    let mut headers: HeaderMap = headers
        .iter()
        .filter_map(|(name, value)| Some((name.parse::<HeaderName>().ok()?, value.parse().ok()?)))
        .collect();
    headers.entry(header::ACCEPT).or_insert(HeaderValue::from_static("application/json"));
    let request = OutboundRequest { headers, ..OutboundRequest::get(url) };
    let answer = surroundings.guard().send(request).await;
    let answer = answer.map_err(|error| FeedError::new(error.code(), error.to_string()).of(field))?;
    let read = document(&answer);
    if !answer.status.is_success() {
        let refused = FeedError::new("status", status_told(answer.status)).of(field);
        // Many say in their JSON what they miss.
        return Err(FeedError { raw: read.ok(), ..refused });
    }
    read.map_err(|error| error.of(field))
}

/// The schema of `headers`.
pub(crate) fn headers_schema() -> Value {
    json!({
        "type": "object", "title": "Headers",
        "description": "Sent with each request. Their values are kept encrypted and never shown again.",
        "additionalProperties": {"type": "string", "writeOnly": true, "maxLength": 4000},
        "maxProperties": 20, "default": {}, "examples": [{"Authorization": "Bearer …"}],
    })
}

/// What the schema cannot say of `headers`.
pub(crate) fn check_headers(config: &Value, _: &Surroundings) -> Vec<ConfigProblem> {
    let headers = config["headers"].as_object().into_iter().flatten();
    let problems = headers.filter_map(|(name, value)| {
        let problem = match HeaderName::from_bytes(name.as_bytes()) {
            Err(_) => "is no name of a header: letters, digits and - only",
            Ok(known) if !Guard::may_send(&known) => "cannot be chosen: PulseBoard sets it itself",
            Ok(_) if HeaderValue::from_str(value.as_str()?).is_err() => {
                "must be one line of visible ASCII characters"
            }
            Ok(_) => return None,
        };
        Some(ConfigProblem::new(format!("headers.{name}"), problem))
    });
    problems.collect()
}

fn status_told(status: StatusCode) -> String {
    let advice = match status.as_u16() {
        401 | 403 => " Check the credentials.",
        404 | 410 => " Check the address.",
        405 => " It does not take GET there.",
        429 => " It wants fewer requests: choose a longer interval.",
        204 | 304 => " There is no data in it.",
        500.. => " The fault is the server's.",
        _ => "",
    };
    let reason = status.canonical_reason().map_or_else(String::new, |reason| format!(" ({reason})"));
    format!("The server answered {}{reason}.{advice}", status.as_u16())
}

/// The answer's body as JSON.
fn document(answer: &OutboundAnswer) -> Result<Value, FeedError> {
    let body = answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&answer.body);
    if body.trim_ascii().is_empty() {
        return Err(FeedError::new("empty", "The answer is empty."));
    }
    serde_json::from_slice(body).map_err(|error| {
        let kind = answer.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_page =
            kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"));
        if is_page || body.trim_ascii_start().starts_with(b"<") {
            let message = "The server answered a web page or XML, not JSON. Look for the address of its API.";
            return FeedError::new("not_json", message);
        }
        let Ok(text) = std::str::from_utf8(body) else {
            let message = "The answer is not in UTF-8, in which JSON has to be written.";
            return FeedError::new("wrong_encoding", message);
        };
        let place = format!("line {}, column {}", error.line(), error.column());
        if let Some(word) = no_number_at(text, error.line(), error.column()) {
            let message = format!("The answer has {word} at {place}, which is no number that JSON knows.");
            return FeedError::new("not_json", message);
        }
        let message = match error.is_eof() {
            true => format!("The answer is not JSON, or it breaks off: it ends at {place}."),
            false => format!("The answer is not JSON: see {place}."),
        };
        FeedError::new("not_json", message)
    })
}

/// The word at which reading stopped, if it is one of those that stand for no number.
fn no_number_at(text: &str, line: usize, column: usize) -> Option<&'static str> {
    let line = text.lines().nth(line.checked_sub(1)?)?.as_bytes();
    let end = line.len().min(column + NO_NUMBERS[0].len());
    let around = &line[column.saturating_sub(2).min(end)..end];
    NO_NUMBERS.into_iter().find(|word| around.windows(word.len()).any(|part| part == word.as_bytes()))
}

/// A text that is a number as JSON writes them, as many send prices: `"69000.12"`.
pub(crate) fn number_in(text: &str) -> Option<Value> {
    let number: Number = serde_json::from_str(text.trim()).ok()?;
    number.as_f64().filter(|number| number.is_finite()).map(|_| Value::Number(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: impl Into<Vec<u8>>, kind: &'static str) -> Result<Value, (&'static str, String)> {
        let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(kind))];
        let answer = OutboundAnswer {
            status: StatusCode::OK,
            headers: headers.into_iter().collect(),
            body: body.into().into(),
        };
        document(&answer).map_err(|error| (error.code, error.message))
    }

    #[test]
    fn what_is_no_json_is_called_by_its_name() {
        for (body, kind, code, told) in [
            ("", "application/json", "empty", "is empty"),
            (" \n", "text/plain", "empty", "is empty"),
            ("<!DOCTYPE html><p>hello", "text/plain", "not_json", "a web page"),
            ("hello", "text/HTML; charset=utf-8", "not_json", "a web page"),
            ("{\"a\": NaN}", "application/json", "not_json", "has NaN at line 1"),
            ("{\"a\":\n -Infinity}", "application/json", "not_json", "has -Infinity at line 2"),
            ("[Infinity]", "application/json", "not_json", "has Infinity at line 1"),
            ("{\"a\": [1, 2", "application/json", "not_json", "breaks off: it ends at line 1, column 11"),
            ("a,b\n1,2", "text/csv", "not_json", "see line 1, column 1"),
            ("{\"a\": 1e999}", "application/json", "not_json", "see line 1"),
        ] {
            let (found, message) = read(body, kind).expect_err(body);
            assert!(found == code && message.contains(told), "{body}: {found} {message}");
        }
        let (code, _) =
            read(b"{\"a\": \"M\xfcnchen\"}", "application/json; charset=iso-8859-1").expect_err("latin");
        assert_eq!(code, "wrong_encoding");
        let deep = "[".repeat(1000);
        assert_eq!(read(deep, "application/json").expect_err("deep").0, "not_json");
    }

    #[test]
    fn json_is_read_whatever_it_is_called() {
        for kind in ["text/html", "text/plain", "application/octet-stream"] {
            assert_eq!(read("\u{feff}{\"a\":1}", kind), Ok(serde_json::json!({"a": 1})));
        }
    }

    #[test]
    fn only_plain_numbers_are_numbers() {
        for (text, number) in [
            ("69000.12", Some("69000.12")),
            (" 7 ", Some("7")),
            ("-1e3", Some("-1000.0")),
            ("NaN", None),
            ("Infinity", None),
            ("1,5", None),
            ("0x10", None),
            ("1e999", None),
            ("", None),
            ("7 apples", None),
        ] {
            assert_eq!(number_in(text).map(|number| number.to_string()).as_deref(), number, "{text}");
        }
    }
}
