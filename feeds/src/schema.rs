//! Judges a configuration by the schema of its type, and fills in what it leaves out.
//!
//! This is the part of JSON Schema that our own schemas use, no more: a whole validator would be another
//! megabyte of program, and its messages are for programmers. `KEYWORDS` is that part; a test holds every
//! schema to it. Two formats have a meaning of ours: `uri` may be asked by the outbound guard, `feed-path` is
//! a path.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::{FeedType, Surroundings, Way, path};

/// Longest interval of a feed, in seconds.
pub const MAX_INTERVAL: u64 = 86_400;
/// Largest configuration, as JSON.
const MAX_CONFIG: usize = 32 * 1024;

/// What is wrong with a field of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// `url`, `headers.X`, `args[0]`; empty for the configuration as a whole.
    pub field: String,
    /// A sentence without its subject: `must be a whole number from 1 to 86400`.
    pub message: String,
}

impl ConfigProblem {
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// A configuration that a feed can run with.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// With the defaults of everything that was left out.
    pub config: Value,
    /// How often it is to be sampled; none for feeds that receive.
    pub interval: Option<Duration>,
}

/// Judges a configuration, secrets in clear. All problems are told at once.
pub fn check(
    kind: &FeedType,
    config: &Value,
    surroundings: &Surroundings,
) -> Result<Checked, Vec<ConfigProblem>> {
    if config.to_string().len() > MAX_CONFIG {
        return Err(vec![ConfigProblem::new("", "is larger than 32 KiB")]);
    }
    let mut judge = Judge { surroundings, problems: Vec::new() };
    let config = judge.value(&surroundings.schema(kind), config, "");
    if judge.problems.is_empty() {
        judge.problems = (kind.also)(&config, surroundings);
    }
    if !judge.problems.is_empty() {
        return Err(judge.problems);
    }
    let interval = match kind.way {
        Way::Polls => config["interval_sec"].as_u64().map(Duration::from_secs),
        Way::Receives => None,
    };
    Ok(Checked { config, interval })
}

struct Judge<'a> {
    surroundings: &'a Surroundings,
    problems: Vec<ConfigProblem>,
}

impl Judge<'_> {
    fn refuse(&mut self, field: &str, message: impl Into<String>) {
        self.problems.push(ConfigProblem::new(field, message));
    }

    /// The value in its normal form: with defaults, whole numbers without a fraction.
    fn value(&mut self, schema: &Value, value: &Value, field: &str) -> Value {
        match (schema["type"].as_str().unwrap_or_default(), value) {
            ("object", Value::Object(fields)) => self.object(schema, fields, field),
            ("array", Value::Array(items)) => self.list(schema, items, field),
            ("string", Value::String(text)) if self.is_text(schema, text, field) => value.clone(),
            ("boolean", Value::Bool(_)) => value.clone(),
            ("integer", Value::Number(number)) if number.as_f64().is_some_and(|n| n.fract() == 0.0) => {
                self.number(schema, number.as_f64().unwrap_or_default(), field);
                number.as_i64().or(number.as_f64().map(|n| n as i64)).map_or(Value::Null, Value::from)
            }
            ("number", Value::Number(number)) => {
                self.number(schema, number.as_f64().unwrap_or_default(), field);
                value.clone()
            }
            // A text that said itself what is wrong with it.
            ("string", Value::String(_)) => value.clone(),
            _ => {
                self.refuse(field, format!("must be {}", expected(schema)));
                value.clone()
            }
        }
    }

    fn object(&mut self, schema: &Value, fields: &Map<String, Value>, field: &str) -> Value {
        let known = schema["properties"].as_object();
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut judged = Map::new();
        for (name, property) in known.into_iter().flatten() {
            let field = below(field, name);
            // An emptied field of a form is one that was left out.
            match fields.get(name).filter(|value| !value.is_null()) {
                Some(value) => drop(judged.insert(name.clone(), self.value(property, value, &field))),
                None if required.contains(&name.as_str()) => {
                    self.refuse(&field, format!("is required: {}", expected(property)));
                }
                None => {
                    if let Some(default) = property.get("default") {
                        judged.insert(name.clone(), default.clone());
                    }
                }
            }
        }
        let others = &schema["additionalProperties"];
        let mut count = 0;
        for (name, value) in fields {
            if known.is_some_and(|known| known.contains_key(name)) {
                continue;
            }
            count += 1;
            let field = below(field, name);
            if others.is_object() {
                judged.insert(name.clone(), self.value(others, value, &field));
            } else {
                let names: Vec<&str> = known.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
                self.refuse(&field, format!("is not known; there are {}", names.join(", ")));
            }
        }
        if schema["maxProperties"].as_u64().is_some_and(|most| count > most) {
            self.refuse(field, format!("must be {}", expected(schema)));
        }
        Value::Object(judged)
    }

    fn list(&mut self, schema: &Value, items: &[Value], field: &str) -> Value {
        if schema["maxItems"].as_u64().is_some_and(|most| items.len() as u64 > most) {
            self.refuse(field, format!("must be {}", expected(schema)));
            return Value::Array(items.to_vec());
        }
        let judged = items.iter().enumerate();
        judged.map(|(at, item)| self.value(&schema["items"], item, &format!("{field}[{at}]"))).collect()
    }

    fn number(&mut self, schema: &Value, number: f64, field: &str) {
        let is_low = schema["minimum"].as_f64().is_some_and(|least| number < least);
        let is_high = schema["maximum"].as_f64().is_some_and(|most| number > most);
        if is_low || is_high {
            self.refuse(field, format!("must be {}", expected(schema)));
        }
    }

    /// Whether the text is one that the schema allows; says why not.
    fn is_text(&mut self, schema: &Value, text: &str, field: &str) -> bool {
        let length = text.chars().count() as u64;
        let is_short = schema["minLength"].as_u64().is_some_and(|least| length < least);
        let is_long = schema["maxLength"].as_u64().is_some_and(|most| length > most);
        let is_other = schema["enum"].as_array().is_some_and(|known| !known.contains(&Value::from(text)));
        if is_short || is_long || is_other || text.contains('\0') {
            self.refuse(field, format!("must be {}", expected(schema)));
            return false;
        }
        let wrong = match schema["format"].as_str() {
            Some("uri") => {
                let refused = self.surroundings.guard().check(text).err().map(|error| error.to_string());
                refused.map(|reason| format!("cannot be used: {}", reason.trim_end_matches('.')))
            }
            Some("feed-path") => path::parse(text).err().map(|error| error.to_string()),
            _ => None,
        };
        match wrong {
            Some(message) => self.refuse(field, message),
            None => return true,
        }
        false
    }
}

/// The name of a field within another.
pub(crate) fn below(field: &str, name: &str) -> String {
    if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") }
}

/// What a schema allows, as the end of a sentence: `a whole number from 1 to 86400`.
pub(crate) fn expected(schema: &Value) -> String {
    if let Some(known) = schema["enum"].as_array() {
        let names: Vec<&str> = known.iter().filter_map(Value::as_str).collect();
        return format!("one of {}", names.join(", "));
    }
    let bound = |key: &str| schema[key].as_f64();
    let between = |from: Option<f64>, to: Option<f64>| match (from, to) {
        (Some(from), Some(to)) => format!(" from {from} to {to}"),
        (Some(from), None) => format!(" from {from}"),
        (None, Some(to)) => format!(" up to {to}"),
        (None, None) => String::new(),
    };
    let at_most = |key: &str| bound(key).map_or_else(String::new, |most| format!(" of at most {most}"));
    match schema["type"].as_str().unwrap_or_default() {
        "string" if schema["format"] == "uri" => "an address like https://example.com/data".to_owned(),
        "string" => match (bound("minLength"), bound("maxLength")) {
            (Some(from), Some(to)) => format!("a text of {from} to {to} characters"),
            (None, Some(to)) => format!("a text of at most {to} characters"),
            _ => "a text".to_owned(),
        },
        "integer" => format!("a whole number{}", between(bound("minimum"), bound("maximum"))),
        "number" => format!("a number{}", between(bound("minimum"), bound("maximum"))),
        "boolean" => "true or false".to_owned(),
        "array" => format!("a list{} {}", at_most("maxItems"), plural(&schema["items"])),
        _ if schema["additionalProperties"].is_object() => {
            format!("an object{} {}", at_most("maxProperties"), plural(&schema["additionalProperties"]))
        }
        _ => "an object".to_owned(),
    }
}

fn plural(schema: &Value) -> &'static str {
    match schema["type"].as_str() {
        Some("string") => "texts",
        Some("integer" | "number") => "numbers",
        _ => "items",
    }
}

#[cfg(test)]
mod tests;
