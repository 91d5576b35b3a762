//! The options of panels: one table of all there are, each with its form.

use serde_json::{Map, Value};

use super::op::Refused;
use super::values;

/// Largest options of a panel, in bytes as JSON.
pub const MAX_OPTIONS: usize = 32 * 1024;
const MAX_TEXT: usize = 20_000;
const MAX_THRESHOLDS: usize = 10;
const MAX_COLUMNS: usize = 50;

/// The form of an option.
enum Form {
    Flag,
    Number,
    Whole(i32, i32),
    Line(usize),
    Text,
    Choice(&'static [&'static str]),
    Thresholds,
    Columns,
}

/// Every option, for whatever panel.
const OPTIONS: [(&str, Form); 16] = [
    ("unit", Form::Line(20)),
    ("decimals", Form::Whole(0, 10)),
    ("min", Form::Number),
    ("max", Form::Number),
    ("thresholds", Form::Thresholds),
    ("legend", Form::Flag),
    ("style", Form::Choice(&["line", "area", "bars"])),
    ("stack", Form::Flag),
    ("connect_nulls", Form::Flag),
    ("sparkline", Form::Flag),
    ("trend", Form::Flag),
    ("good", Form::Choice(&["up", "down"])),
    ("columns", Form::Columns),
    ("text", Form::Text),
    ("limit", Form::Whole(1, 1000)),
    ("reduce", Form::Choice(&["last", "avg", "min", "max", "sum"])),
];

/// Options as they are kept; those that are null are left out.
pub fn read(value: &Value) -> Result<Value, Refused> {
    let given = value.as_object().ok_or_else(|| Refused::field("options", "must be an object"))?;
    let mut options = Map::new();
    for (key, value) in given {
        if let Some(value) = read_one(key, value)? {
            options.insert(key.clone(), value);
        }
    }
    let options = Value::Object(options);
    check_size(&options)?;
    Ok(options)
}

/// One option as it is kept; nothing if it is null.
pub fn read_one(key: &str, value: &Value) -> Result<Option<Value>, Refused> {
    let Some((key, form)) = OPTIONS.iter().find(|(name, _)| *name == key) else {
        let known: Vec<&str> = OPTIONS.iter().map(|(name, _)| *name).collect();
        let key: String = key.chars().take(100).collect();
        let problem = format!("is not known; known are {}", known.join(", "));
        return Err(Refused::field(format!("options.{key}"), problem));
    };
    if value.is_null() {
        return Ok(None);
    }
    form.read(&format!("options.{key}"), value).map(Some)
}

/// Refuses options that have become too large together.
pub fn check_size(options: &Value) -> Result<(), Refused> {
    if options.to_string().len() > MAX_OPTIONS {
        return Err(Refused::field("options", format!("is larger than {MAX_OPTIONS} bytes")));
    }
    Ok(())
}

impl Form {
    fn read(&self, place: &str, value: &Value) -> Result<Value, Refused> {
        match self {
            Form::Flag if value.is_boolean() => Ok(value.clone()),
            Form::Flag => Err(Refused::field(place, "must be true or false")),
            Form::Number if value.is_number() => Ok(value.clone()),
            Form::Number => Err(Refused::field(place, "must be a number")),
            Form::Whole(min, max) => values::number(place, value, *min, *max).map(Value::from),
            Form::Line(max) => values::line(place, value, *max, true).map(Value::from),
            Form::Text => values::lines(place, value, MAX_TEXT).map(Value::from),
            Form::Choice(choices) => match value.as_str().filter(|value| choices.contains(value)) {
                Some(choice) => Ok(choice.into()),
                None => Err(Refused::field(place, format!("must be one of {}", choices.join(", ")))),
            },
            Form::Thresholds => list(place, value, MAX_THRESHOLDS, threshold),
            Form::Columns => list(place, value, MAX_COLUMNS, |place, value| {
                values::line(place, value, 200, false).map(Value::from)
            }),
        }
    }
}

fn list(
    place: &str,
    value: &Value,
    max: usize,
    read: impl Fn(&str, &Value) -> Result<Value, Refused>,
) -> Result<Value, Refused> {
    let items = value.as_array().filter(|items| items.len() <= max);
    let items = items.ok_or_else(|| Refused::field(place, format!("must be a list of at most {max}")))?;
    let read = |(at, item)| read(&format!("{place}.{at}"), item);
    items.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>().map(Value::from)
}

fn threshold(place: &str, value: &Value) -> Result<Value, Refused> {
    let fields = values::object(place, value, &["value", "color"])?;
    if !fields.get("value").is_some_and(Value::is_number) {
        return Err(Refused::field(format!("{place}.value"), "must be a number"));
    }
    let color = fields.get("color").and_then(Value::as_str);
    if !color.is_some_and(|color| ["ok", "warn", "error"].contains(&color)) {
        return Err(Refused::field(format!("{place}.color"), "must be ok, warn or error"));
    }
    Ok(value.clone())
}
