//! One item: into an event, or a reason why not.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use pulseboard_wire::{Kind, Level};
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::diagnose::diagnose;
use super::{
    MAX_AHEAD, MAX_DEPTH, MAX_NAME, MAX_PAYLOAD, MAX_TAG_VALUE, MAX_TAGS, MAX_TEXT, MAX_UNIT, NewEvent,
    NewSample, series_id,
};
use crate::json::{self, Unfit};

/// What an item is judged by, beside itself.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    pub now: DateTime<Utc>,
    pub sent_at: Option<DateTime<Utc>>,
    pub retention_days: i32,
}

/// Why an item was refused: a stable code and a sentence that names the field and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemError {
    pub code: &'static str,
    pub message: String,
}

impl ItemError {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// An item as it is written. Anything with another type fails here and is diagnosed field by field.
#[derive(Deserialize)]
struct Item<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    name: Option<String>,
    id: Option<String>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    value: Option<f64>,
    unit: Option<String>,
    level: Option<String>,
    user: Option<TextOrNumber>,
    session: Option<TextOrNumber>,
    release: Option<String>,
    environment: Option<String>,
    tags: Option<BTreeMap<String, String>>,
    stack: Option<String>,
    #[serde(borrow)]
    exception: Option<&'a RawValue>,
    #[serde(borrow)]
    breadcrumbs: Option<&'a RawValue>,
}

/// Ids of users are numbers in many systems.
#[derive(Deserialize)]
#[serde(untagged)]
enum TextOrNumber {
    Text(String),
    Number(serde_json::Number),
}

impl TextOrNumber {
    fn into_text(self) -> String {
        match self {
            TextOrNumber::Text(text) => text,
            TextOrNumber::Number(number) => number.to_string(),
        }
    }
}

/// Judges one item. `None` stands for a line that is not JSON.
pub fn normalise(item: Option<&RawValue>, door: &Door) -> Result<NewEvent, ItemError> {
    let Some(raw) = item else {
        return Err(ItemError::new("invalid_json", "This line is not valid JSON."));
    };
    let json = storable(raw.get())?;
    let item: Item<'_> = serde_json::from_str(&json).map_err(|_| diagnose(&json))?;

    let kind = kind(item.kind)?;
    let name = name(item.name)?;
    let value = item.value;
    if kind == Kind::Metric && value.is_none() {
        return Err(ItemError::new("missing_value", "A metric needs \"value\", a number."));
    }
    let when = when(item.id.as_deref(), item.timestamp, door)?;
    let tags = tags(item.tags)?;
    let unit = text("unit", item.unit, MAX_UNIT)?;
    let samples = match (kind, value) {
        (Kind::Metric, Some(value)) => {
            let labels = tags.clone().unwrap_or_else(|| "{}".into());
            vec![NewSample {
                series_id: series_id(&name, &labels),
                name: name.clone(),
                labels,
                unit: unit.clone(),
                value,
            }]
        }
        _ => Vec::new(),
    };
    Ok(NewEvent {
        id: when.id,
        client_id: item.id.is_some(),
        by_id: when.by_id,
        ts: when.ts,
        sent_at: door.sent_at,
        clamped: when.clamped,
        kind,
        level: level(item.level, kind)?,
        user: text("user", item.user.map(TextOrNumber::into_text), MAX_TEXT)?,
        session: text("session", item.session.map(TextOrNumber::into_text), MAX_TEXT)?,
        release: text("release", item.release, MAX_TEXT)?,
        environment: text("environment", item.environment, MAX_TEXT)?,
        tags,
        value,
        unit,
        payload: blob("payload", item.payload)?.map(ToOwned::to_owned),
        error: error_details(item.stack, item.exception, item.breadcrumbs)?,
        feed_id: None,
        samples,
        name,
    })
}

/// The item as it can be stored: checked, and characters that no text column can hold replaced.
fn storable(raw: &str) -> Result<Cow<'_, str>, ItemError> {
    // The item itself is one level around its payload.
    let check = |json| json::check(json, MAX_DEPTH + 1);
    let judged = match check(raw) {
        Err(Unfit::Nul | Unfit::LoneSurrogate) => {
            let repaired = json::repair(raw);
            check(&repaired).map(|()| Cow::Owned(repaired))
        }
        judged => judged.map(|()| Cow::Borrowed(raw)),
    };
    match judged {
        Ok(json) => Ok(json),
        Err(Unfit::TooDeep(_)) => {
            Err(ItemError::new("too_deep", format!("The event is nested deeper than {MAX_DEPTH} levels.")))
        }
        // Texts have been mended: what is left are numbers.
        Err(unfit) => Err(ItemError::new("invalid_number", format!("The event {unfit}."))),
    }
}

fn kind(given: Option<String>) -> Result<Kind, ItemError> {
    const ALLOWED: &str = "\"type\" must be \"error\", \"event\" or \"metric\".";
    match given {
        None => Err(ItemError::new("missing_type", ALLOWED)),
        Some(text) => Kind::parse(&text).ok_or_else(|| ItemError::new("invalid_type", ALLOWED)),
    }
}

fn name(given: Option<String>) -> Result<String, ItemError> {
    let Some(name) = given else {
        return Err(ItemError::new("missing_name", "\"name\" is required: 1 to 200 characters."));
    };
    let name = if name.trim().len() == name.len() { name } else { name.trim().to_owned() };
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(ItemError::new(
            "invalid_name",
            format!("\"name\" must have 1 to {MAX_NAME} characters and no control characters."),
        ));
    }
    Ok(name)
}

fn level(given: Option<String>, kind: Kind) -> Result<Option<Level>, ItemError> {
    match given {
        Some(text) => Level::parse(&text).map(Some).ok_or_else(|| {
            ItemError::new("invalid_level", "\"level\" must be debug, info, warning, error or fatal.")
        }),
        None => Ok((kind == Kind::Error).then_some(Level::Error)),
    }
}

fn text(field: &'static str, given: Option<String>, max: usize) -> Result<Option<String>, ItemError> {
    match given {
        Some(text) if text.is_empty() => Ok(None),
        Some(text) if text.chars().count() > max => {
            Err(ItemError::new("invalid_field", format!("\"{field}\" has more than {max} characters.")))
        }
        other => Ok(other),
    }
}

fn tags(given: Option<BTreeMap<String, String>>) -> Result<Option<String>, ItemError> {
    let Some(tags) = given.filter(|tags| !tags.is_empty()) else { return Ok(None) };
    if tags.len() > MAX_TAGS {
        return Err(ItemError::new(
            "too_many_tags",
            format!("\"tags\" has {} entries; at most {MAX_TAGS} are allowed.", tags.len()),
        ));
    }
    let too_long = tags.iter().any(|(key, value)| {
        key.is_empty() || key.chars().count() > MAX_TEXT || value.chars().count() > MAX_TAG_VALUE
    });
    if too_long {
        return Err(ItemError::new(
            "invalid_tags",
            format!(
                "A tag's name must have 1 to {MAX_TEXT} characters and its value at most {MAX_TAG_VALUE}."
            ),
        ));
    }
    Ok(serde_json::to_string(&tags).ok())
}

fn blob<'a>(field: &'static str, given: Option<&'a RawValue>) -> Result<Option<&'a RawValue>, ItemError> {
    match given.filter(|json| json.get() != "null") {
        Some(json) if json.get().len() > MAX_PAYLOAD => Err(ItemError::new(
            "payload_too_large",
            format!("\"{field}\" has {} bytes; at most {MAX_PAYLOAD} are allowed.", json.get().len()),
        )),
        given => Ok(given),
    }
}

fn error_details(
    stack: Option<String>,
    exception: Option<&RawValue>,
    breadcrumbs: Option<&RawValue>,
) -> Result<Option<String>, ItemError> {
    let mut parts = Vec::new();
    if let Some(stack) = stack.filter(|stack| !stack.is_empty()) {
        if stack.len() > MAX_PAYLOAD {
            return Err(ItemError::new(
                "payload_too_large",
                format!("\"stack\" has more than {MAX_PAYLOAD} bytes."),
            ));
        }
        parts.push(("stack", Cow::Owned(serde_json::Value::String(stack).to_string())));
    }
    for (field, given) in [("exception", exception), ("breadcrumbs", breadcrumbs)] {
        parts.extend(blob(field, given)?.map(|json| (field, Cow::Borrowed(json.get()))));
    }
    if parts.is_empty() {
        return Ok(None);
    }
    let fields: Vec<String> = parts.iter().map(|(field, json)| format!("\"{field}\":{json}")).collect();
    Ok(Some(format!("{{{}}}", fields.join(","))))
}

/// An event's place: its id and time, and whether the two are the same on a retry.
struct When {
    id: Uuid,
    ts: DateTime<Utc>,
    clamped: bool,
    by_id: bool,
}

fn when(id: Option<&str>, timestamp: Option<&RawValue>, door: &Door) -> Result<When, ItemError> {
    let id = match id {
        None => None,
        Some(text) => Some(Uuid::parse_str(text).ok().filter(|id| !id.is_nil()).ok_or_else(|| {
            ItemError::new(
                "invalid_id",
                "\"id\" must be a UUID, such as 0190b5e5-9a3c-7d34-8a51-3c5f6a7b8c9d.",
            )
        })?),
    };
    let given = timestamp.filter(|raw| raw.get() != "null").map(parse_timestamp).transpose()?;
    let latest = door.now + MAX_AHEAD;
    let earliest = door.now - TimeDelta::days(door.retention_days.into());
    if given.is_some_and(|ts| ts < earliest) {
        return Err(ItemError::new(
            "too_old",
            format!("\"timestamp\" is older than this project keeps events ({} days).", door.retention_days),
        ));
    }
    let clamped = given.is_some_and(|ts| ts > latest);
    // A UUIDv7 carries the time it was made: the same on every try.
    let stable = given.filter(|_| !clamped).or_else(|| {
        id.filter(|_| given.is_none()).and_then(v7_time).filter(|ts| (earliest..=latest).contains(ts))
    });
    Ok(When {
        id: id.unwrap_or_else(Uuid::now_v7),
        ts: stable.unwrap_or(door.now),
        clamped,
        by_id: id.is_some() && stable.is_none(),
    })
}

fn v7_time(id: Uuid) -> Option<DateTime<Utc>> {
    if id.get_version_num() != 7 {
        return None;
    }
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    DateTime::from_timestamp(seconds.try_into().ok()?, nanos).map(|ts| ts.trunc_subsecs(3))
}

/// RFC 3339, or Unix time in milliseconds or (below 10^11) in seconds.
fn parse_timestamp(raw: &RawValue) -> Result<DateTime<Utc>, ItemError> {
    let invalid = || {
        ItemError::new(
            "invalid_timestamp",
            "\"timestamp\" must be an RFC 3339 time such as 2026-01-31T12:00:00.000Z, or Unix time in milliseconds.",
        )
    };
    let parsed = match raw.get().as_bytes() {
        [b'"', ..] => serde_json::from_str::<Cow<'_, str>>(raw.get())
            .ok()
            .and_then(|text| DateTime::parse_from_rfc3339(&text).ok())
            .map(|ts| ts.with_timezone(&Utc)),
        _ => serde_json::from_str::<f64>(raw.get()).ok().and_then(|number| {
            let millis = if number.abs() < 1e11 { number * 1000.0 } else { number };
            (millis.abs() < 8e15).then(|| DateTime::from_timestamp_millis(millis as i64)).flatten()
        }),
    };
    // Postgres's range is narrower than chrono's; both are far wider than retention.
    parsed
        .filter(|ts| (1970..=9999).contains(&chrono::Datelike::year(ts)))
        .map(|ts| ts.trunc_subsecs(3))
        .ok_or_else(invalid)
}

#[cfg(test)]
#[path = "item_tests.rs"]
mod tests;
