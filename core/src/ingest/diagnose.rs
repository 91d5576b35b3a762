//! Says which field of an item has the wrong type. Only runs when an item has already been refused.

use serde_json::Value;

use super::ItemError;

/// What each field must be, by name.
const FIELDS: [(&str, Expected); 16] = [
    ("type", Expected::Text),
    ("name", Expected::Text),
    ("id", Expected::Text),
    ("timestamp", Expected::Anything),
    ("payload", Expected::Anything),
    ("value", Expected::Number),
    ("unit", Expected::Text),
    ("level", Expected::Text),
    ("user", Expected::TextOrNumber),
    ("session", Expected::TextOrNumber),
    ("release", Expected::Text),
    ("environment", Expected::Text),
    ("tags", Expected::TextPairs),
    ("stack", Expected::Text),
    ("exception", Expected::Anything),
    ("breadcrumbs", Expected::Anything),
];

enum Expected {
    Text,
    Number,
    TextOrNumber,
    TextPairs,
    Anything,
}

impl Expected {
    fn fits(&self, value: &Value) -> bool {
        match self {
            Expected::Text => value.is_string() || value.is_null(),
            Expected::Number => value.is_number() || value.is_null(),
            Expected::TextOrNumber => value.is_string() || value.is_number() || value.is_null(),
            Expected::TextPairs => {
                value.is_null() || value.as_object().is_some_and(|tags| tags.values().all(Value::is_string))
            }
            Expected::Anything => true,
        }
    }

    fn describe(&self) -> &'static str {
        match self {
            Expected::Text => "a string",
            Expected::Number => "a number between -1.8e308 and 1.8e308",
            Expected::TextOrNumber => "a string or a number",
            Expected::TextPairs => "an object whose values are strings",
            Expected::Anything => "JSON",
        }
    }

    fn code(&self, field: &str) -> &'static str {
        match (field, self) {
            ("type", _) => "invalid_type",
            ("name", _) => "invalid_name",
            ("id", _) => "invalid_id",
            ("value", _) => "invalid_value",
            ("level", _) => "invalid_level",
            ("tags", _) => "invalid_tags",
            _ => "invalid_field",
        }
    }
}

/// The first field of the wrong type, as the reason of a refusal.
pub fn diagnose(json: &str) -> ItemError {
    let item = match serde_json::from_str::<Value>(json) {
        Ok(Value::Object(item)) => item,
        Ok(_) => return ItemError::new("invalid_item", "An event must be a JSON object."),
        // It is JSON, so what is left are numbers that no double can hold.
        Err(_) => return ItemError::new("invalid_value", "The event has a number that is out of range."),
    };
    for (field, expected) in &FIELDS {
        if item.get(*field).is_some_and(|value| !expected.fits(value)) {
            return ItemError::new(
                expected.code(field),
                format!("\"{field}\" must be {}.", expected.describe()),
            );
        }
    }
    ItemError::new("invalid_item", "The event has a field twice.")
}
