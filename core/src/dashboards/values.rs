//! Reading the values of operations: each field's own form, and what is wrong with it by name.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::board::{COLUMNS, Layout, MAX_HEIGHT, MAX_Y, Variable, VariableSource};
use super::op::Refused;
use crate::json;
use crate::panel_query::{PanelQuery, PanelType};

/// Longest name of a dashboard, in characters.
pub const MAX_NAME: usize = 200;
/// Longest description, in characters.
pub const MAX_DESCRIPTION: usize = 2000;
/// Longest title of a panel, in characters.
pub const MAX_TITLE: usize = 200;
/// Feeds that one panel names.
pub const MAX_FEEDS: usize = 20;
/// Variables of one dashboard.
pub const MAX_VARIABLES: usize = 20;
/// Values that a variable lists.
pub const MAX_VALUES: usize = 200;
/// Longest name, label or value of a variable, in characters.
const MAX_VARIABLE_TEXT: usize = 200;
/// How deep a value may be nested.
const MAX_DEPTH: usize = 12;
/// Largest value of an operation, in bytes as JSON: what a panel can come to.
const MAX_VALUE: usize = 128 * 1024;

/// A value as it is kept: every number in the form in which the database gives it back, so that who reads
/// it there has the same bytes as who was told. Refuses what no column can hold.
pub fn canonical(field: &str, mut value: Value) -> Result<Value, Refused> {
    let text = value.to_string();
    if text.len() > MAX_VALUE {
        return Err(Refused::field(field, format!("is larger than {MAX_VALUE} bytes")));
    }
    json::check(&text, MAX_DEPTH).map_err(|unfit| Refused::field(field, unfit.to_string()))?;
    settle(&mut value);
    Ok(value)
}

fn settle(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(whole) = whole(number) {
                *value = whole;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(settle),
        Value::Object(fields) => fields.values_mut().for_each(settle),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// A number without a fraction that was written with one, or with an exponent.
fn whole(number: &serde_json::Number) -> Option<Value> {
    let float = number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0)?;
    // Below 2^63 and 2^64 the conversions are exact; what is larger is a float wherever it is read.
    match float {
        -9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0 => Some((float as i64).into()),
        0.0..18_446_744_073_709_551_616.0 => Some((float as u64).into()),
        _ => None,
    }
}

/// One line of text.
pub fn line(field: &str, value: &Value, max: usize, may_be_empty: bool) -> Result<String, Refused> {
    let wrong = || {
        let least = if may_be_empty { "at most".to_owned() } else { "1 to".to_owned() };
        Refused::field(
            field,
            format!("must be a text of {least} {max} characters without control characters"),
        )
    };
    let text = value.as_str().ok_or_else(wrong)?.trim();
    let fits = text.chars().count() <= max && !text.chars().any(char::is_control);
    if fits && (may_be_empty || !text.is_empty()) { Ok(text.to_owned()) } else { Err(wrong()) }
}

/// Text that may have several lines.
pub fn lines(field: &str, value: &Value, max: usize) -> Result<String, Refused> {
    let text = value.as_str().ok_or_else(|| Refused::field(field, "must be a text"))?;
    if text.chars().count() > max {
        return Err(Refused::field(field, format!("must have at most {max} characters")));
    }
    let unwanted = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    match text.chars().any(unwanted) {
        true => Err(Refused::field(field, "must have no control characters but line breaks and tabs")),
        false => Ok(text.to_owned()),
    }
}

/// A description, or none.
pub fn description(value: &Value) -> Result<Option<String>, Refused> {
    match value {
        Value::Null => Ok(None),
        text => {
            lines("description", text, MAX_DESCRIPTION).map(|text| Some(text).filter(|text| !text.is_empty()))
        }
    }
}

/// A whole number within bounds.
pub fn number(field: &str, value: &Value, min: i32, max: i32) -> Result<i32, Refused> {
    let number = value.as_i64().and_then(|number| i32::try_from(number).ok());
    number
        .filter(|number| (min..=max).contains(number))
        .ok_or_else(|| Refused::field(field, format!("must be a whole number from {min} to {max}")))
}

/// An object with no fields but these.
pub fn object<'a>(field: &str, value: &'a Value, known: &[&str]) -> Result<&'a Map<String, Value>, Refused> {
    let object = value.as_object().ok_or_else(|| Refused::field(field, "must be an object"))?;
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(object),
        Some(key) => {
            let key: String = key.chars().take(100).collect();
            let place = if field.is_empty() { key } else { format!("{field}.{key}") };
            Err(Refused::field(place, format!("is not known; known are {}", known.join(", "))))
        }
    }
}

/// The type of a panel.
pub fn panel_type(value: &Value) -> Result<PanelType, Refused> {
    value.as_str().and_then(PanelType::parse).ok_or_else(|| {
        Refused::field("type", "must be timeseries, stat, bar, table, gauge, text or event_list")
    })
}

/// The feeds of a panel, each once.
pub fn feed_ids(value: &Value) -> Result<Vec<Uuid>, Refused> {
    let wrong = || Refused::field("feed_ids", format!("must be a list of at most {MAX_FEEDS} ids of feeds"));
    let items = value.as_array().filter(|items| items.len() <= MAX_FEEDS).ok_or_else(wrong)?;
    let mut ids = Vec::with_capacity(items.len());
    for item in items {
        let id = item.as_str().and_then(|id| Uuid::parse_str(id).ok()).ok_or_else(wrong)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// A query as it is kept: with everything that was left out.
pub fn query(value: &Value) -> Result<Option<Value>, Refused> {
    let query = PanelQuery::read(value)?;
    Ok(query.and_then(|query| serde_json::to_value(query).ok()))
}

/// A place in the grid; fields that are left out are those of `now`. `of` names it in errors.
pub fn layout(of: &str, value: &Value, now: Option<Layout>) -> Result<Layout, Refused> {
    let name = |field: &str| if of.is_empty() { field.to_owned() } else { format!("{of}.{field}") };
    let fields = object(of, value, &["position_x", "position_y", "width", "height"])?;
    let read = |field: &str, min: i32, max: i32, now: Option<i32>| match (fields.get(field), now) {
        (Some(value), _) => number(&name(field), value, min, max),
        (None, Some(now)) => Ok(now),
        (None, None) => Err(Refused::field(name(field), "must not be left out")),
    };
    let layout = Layout {
        position_x: read("position_x", 0, COLUMNS - 1, now.map(|now| now.position_x))?,
        position_y: read("position_y", 0, MAX_Y, now.map(|now| now.position_y))?,
        width: read("width", 1, COLUMNS, now.map(|now| now.width))?,
        height: read("height", 1, MAX_HEIGHT, now.map(|now| now.height))?,
    };
    let free = COLUMNS - layout.position_x;
    if layout.width > free {
        let problem =
            format!("reaches out of the grid: from column {} on there are {free}", layout.position_x);
        return Err(Refused::field(name("width"), problem));
    }
    Ok(layout)
}

/// A dashboard's variables.
pub fn variables(value: &Value) -> Result<Vec<Variable>, Refused> {
    let items = value.as_array().filter(|items| items.len() <= MAX_VARIABLES);
    let items = items
        .ok_or_else(|| Refused::field("variables", format!("must be a list of at most {MAX_VARIABLES}")))?;
    let mut variables: Vec<Variable> = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let variable = variable(&format!("variables.{at}"), item)?;
        if variables.iter().any(|other| other.name == variable.name) {
            return Err(Refused::field(format!("variables.{at}.name"), "is another variable's name already"));
        }
        variables.push(variable);
    }
    Ok(variables)
}

fn variable(place: &str, value: &Value) -> Result<Variable, Refused> {
    let fields = object(place, value, &["name", "label", "source", "default"])?;
    let text = |field: &str, default: &str| match fields.get(field) {
        None | Some(Value::Null) => Ok(default.to_owned()),
        Some(value) => line(&format!("{place}.{field}"), value, MAX_VARIABLE_TEXT, true),
    };
    let name = text("name", "")?;
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty()
        || name.len() > 50
        || !name.chars().all(word)
        || name.starts_with(|c: char| c.is_ascii_digit())
    {
        let problem = "must be 1 to 50 letters (a to z), digits and _, not beginning with a digit";
        return Err(Refused::field(format!("{place}.name"), problem));
    }
    let source = variable_source(&format!("{place}.source"), fields.get("source").unwrap_or(&Value::Null))?;
    Ok(Variable { name, label: text("label", "")?, source, default: text("default", "*")? })
}

fn variable_source(place: &str, value: &Value) -> Result<VariableSource, Refused> {
    let fields = object(place, value, &["kind", "label", "values"])?;
    match fields.get("kind").and_then(Value::as_str) {
        Some("label") => {
            let label = fields.get("label").unwrap_or(&Value::Null);
            Ok(VariableSource::Label {
                label: line(&format!("{place}.label"), label, MAX_VARIABLE_TEXT, false)?,
            })
        }
        Some("values") => {
            let place = format!("{place}.values");
            let values = fields.get("values").and_then(Value::as_array);
            let values = values.filter(|values| values.len() <= MAX_VALUES).ok_or_else(|| {
                Refused::field(place.clone(), format!("must be a list of at most {MAX_VALUES} texts"))
            })?;
            let read = |(at, value)| line(&format!("{place}.{at}"), value, MAX_VARIABLE_TEXT, true);
            Ok(VariableSource::Values {
                values: values.iter().enumerate().map(read).collect::<Result<_, _>>()?,
            })
        }
        _ => Err(Refused::field(format!("{place}.kind"), "must be label or values")),
    }
}
