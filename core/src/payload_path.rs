//! Paths into JSON: how a person points at the part of a document they want.
//!
//! `a.b[0].c`, `["odd.key"]`, `[-1]` for the last item, `[name=Berlin]` for the first object of a list whose
//! field equals; `$` or `$.` may stand in front. The empty path and `$` are the document itself.

mod parse;

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

/// Longest path, in characters.
pub const MAX_LENGTH: usize = 500;
/// Most steps of a path.
pub const MAX_STEPS: usize = 32;
/// Names that are told when one is missing, and how much of each.
const TOLD: usize = 5;
const TOLD_LENGTH: usize = 30;

/// A path that has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    steps: Vec<Step>,
}

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The field of an object. Digits alone are also the item of a list, as some write `a.0`.
    Key(String),
    /// The item of a list, from 0; negative counts from the end.
    Index(i64),
    /// The first object in a list whose field has this value, as text.
    Where { field: String, value: String },
}

/// Why a text is no path. The message is for the person who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    #[error("is longer than {MAX_LENGTH} characters")]
    TooLong,
    #[error("has more than {MAX_STEPS} steps")]
    TooManySteps,
    #[error("ends too early: {0} is missing")]
    EndsEarly(&'static str),
    #[error("has {found:?} at character {at}, where {expected} should be")]
    Unexpected { found: char, at: usize, expected: &'static str },
}

/// A path that led nowhere: how far it came, and what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The path with the step that failed.
    pub at: String,
    /// What there is instead, as a sentence.
    pub reason: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing at `{}`: {}", self.at, self.reason)
    }
}

/// Reads a path.
pub fn parse(text: &str) -> Result<Path, PathError> {
    parse::path(text).map(|steps| Path { steps })
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        parse(text)
    }
}

impl Path {
    /// Whether it is the document itself.
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The part of a document, or where the way there ended.
    pub fn find<'a>(&self, document: &'a Value) -> Result<&'a Value, Missing> {
        let mut here = document;
        for (done, step) in self.steps.iter().enumerate() {
            here = step.from(here).ok_or_else(|| self.missing(done, here))?;
        }
        Ok(here)
    }

    fn missing(&self, done: usize, here: &Value) -> Missing {
        let place = match done {
            0 => "the document".to_owned(),
            _ => format!("`{}`", written(&self.steps[..done])),
        };
        let reason = match (&self.steps[done], here) {
            (Step::Where { field, value }, Value::Array(_)) => {
                format!("no item of {place} has {field} = {value}")
            }
            _ => format!("{place} {}", told(here)),
        };
        Missing { at: written(&self.steps[..=done]), reason }
    }

    /// One step further down.
    #[must_use]
    pub fn with(&self, step: Step) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self { steps }
    }
}

impl Step {
    fn from<'a>(&self, here: &'a Value) -> Option<&'a Value> {
        match (self, here) {
            (Self::Key(key), Value::Object(fields)) => fields.get(key),
            (Self::Key(key), Value::Array(items)) if key.bytes().all(|byte| byte.is_ascii_digit()) => {
                items.get(key.parse::<usize>().ok()?)
            }
            (Self::Index(index), Value::Array(items)) => match usize::try_from(*index) {
                Ok(index) => items.get(index),
                Err(_) => {
                    items.len().checked_sub(index.unsigned_abs().try_into().ok()?).map(|index| &items[index])
                }
            },
            (Self::Where { field, value }, Value::Array(items)) => {
                items.iter().find(|item| item.get(field).is_some_and(|found| equals(found, value)))
            }
            _ => None,
        }
    }
}

fn equals(found: &Value, value: &str) -> bool {
    match found {
        Value::String(text) => text == value,
        Value::Number(number) => number.to_string() == value,
        Value::Bool(is) => value == if *is { "true" } else { "false" },
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

/// What a value is, to someone who looked for something below it.
fn told(value: &Value) -> String {
    match value {
        Value::Null => "is null".to_owned(),
        Value::Bool(_) => "is true or false".to_owned(),
        Value::Number(_) => "is a number".to_owned(),
        Value::String(_) => "is a text".to_owned(),
        Value::Array(items) => match items.len() {
            1 => "is a list of 1 item".to_owned(),
            many => format!("is a list of {many} items"),
        },
        Value::Object(fields) if fields.is_empty() => "is an empty object".to_owned(),
        Value::Object(fields) => {
            let names: Vec<String> = fields.keys().take(TOLD).map(|name| shortened(name)).collect();
            let more = match fields.len().saturating_sub(TOLD) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("has {}{more}", names.join(", "))
        }
    }
}

fn shortened(name: &str) -> String {
    let mut short: String = name.chars().filter(|sign| !sign.is_control()).take(TOLD_LENGTH).collect();
    if name.chars().nth(TOLD_LENGTH).is_some() {
        short.push('…');
    }
    format!("`{short}`")
}

/// In the normal form, which `parse` takes back.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(&self.steps))
    }
}

fn written(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Key(key) if is_plain(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(key);
            }
            Step::Key(key) => text.push_str(&format!("[{}]", quoted(key))),
            Step::Index(index) => text.push_str(&format!("[{index}]")),
            Step::Where { field, value } => {
                let [field, value] =
                    [field, value].map(|word| if is_plain(word) { word.clone() } else { quoted(word) });
                text.push_str(&format!("[{field}={value}]"));
            }
        }
    }
    text
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Whether a name can stand without quotes, anywhere.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|sign| sign.is_alphanumeric() || matches!(sign, '_' | '-'))
}

#[cfg(test)]
mod tests;
