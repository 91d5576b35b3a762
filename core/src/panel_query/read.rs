//! Reading a panel's query field by field, so that what is wrong has a name.

use std::collections::BTreeMap;

use pulseboard_wire::Kind;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    MAX_EVENTS, MAX_LABELS, MAX_NAMES, MAX_PATH, MAX_SOURCES, MAX_TEXT, PanelQuery, Problem, Source,
};
use crate::event_query;
use crate::payload_path;
use crate::series::Aggregate;

/// A query, or none.
pub fn query(value: &Value) -> Result<Option<PanelQuery>, Problem> {
    if value.is_null() {
        return Ok(None);
    }
    let object = Object::of(value, "query".into())?;
    object.only(&["sources", "compare", "annotations"])?;
    let sources = object.get("sources").and_then(Value::as_array);
    let sources = sources.ok_or_else(|| object.wrong("sources", "must be a list"))?;
    if sources.len() > MAX_SOURCES {
        return Err(object.wrong("sources", format!("must have at most {MAX_SOURCES} items")));
    }
    let read = |(at, value): (usize, &Value)| source(&Object::of(value, format!("query.sources.{at}"))?);
    Ok(Some(PanelQuery {
        sources: sources.iter().enumerate().map(read).collect::<Result<_, _>>()?,
        compare: object.flag("compare")?,
        annotations: object.flag("annotations")?,
    }))
}

fn source(object: &Object<'_>) -> Result<Source, Problem> {
    Ok(match object.get("kind").and_then(Value::as_str) {
        Some("series") => {
            object.only(&["kind", "name", "labels", "aggregate", "group_by", "title"])?;
            Source::Series {
                name: object.name("name")?,
                labels: object.labels("labels")?,
                aggregate: object.aggregate()?,
                group_by: object.names("group_by")?,
                title: object.text("title", MAX_TEXT)?,
            }
        }
        Some("events") => {
            object.only(&["kind", "type", "name", "title"])?;
            Source::Events {
                kind: object.event_type()?,
                name: object.text("name", MAX_TEXT)?.filter(|name| !name.is_empty()),
                title: object.text("title", MAX_TEXT)?,
            }
        }
        Some("names") => {
            object.only(&["kind", "type", "limit"])?;
            Source::Names { kind: object.event_type()?, limit: object.limit(MAX_NAMES, 10)? }
        }
        Some("feed") => {
            object.only(&["kind", "feed_id", "path", "aggregate", "title"])?;
            let path = object.text("path", MAX_PATH)?.filter(|path| !path.is_empty());
            if let Some(path) = &path {
                payload_path::parse(path).map_err(|error| object.wrong("path", error.to_string()))?;
            }
            Source::Feed {
                feed_id: object.id("feed_id")?,
                path,
                aggregate: object.aggregate()?,
                title: object.text("title", MAX_TEXT)?,
            }
        }
        Some("event_list") => {
            object.only(&["kind", "filter", "limit"])?;
            let filter = object.text("filter", MAX_PATH)?.unwrap_or_default();
            event_query::parse(&filter).map_err(|error| object.wrong("filter", error.to_string()))?;
            Source::EventList { filter, limit: object.limit(MAX_EVENTS, 20)? }
        }
        _ => return Err(object.wrong("kind", "must be series, events, names, feed or event_list")),
    })
}

/// A JSON object and where it stands.
struct Object<'a> {
    fields: &'a Map<String, Value>,
    place: String,
}

impl<'a> Object<'a> {
    fn of(value: &'a Value, place: String) -> Result<Self, Problem> {
        match value.as_object() {
            Some(fields) => Ok(Self { fields, place }),
            None => Err(Problem { field: place, problem: "must be an object".into() }),
        }
    }

    fn wrong(&self, field: &str, problem: impl Into<String>) -> Problem {
        Problem { field: format!("{}.{field}", self.place), problem: problem.into() }
    }

    /// A field that is there and not null.
    fn get(&self, field: &str) -> Option<&'a Value> {
        self.fields.get(field).filter(|value| !value.is_null())
    }

    /// Refuses fields that nobody would look at.
    fn only(&self, known: &[&str]) -> Result<(), Problem> {
        let Some(field) = self.fields.keys().find(|field| !known.contains(&field.as_str())) else {
            return Ok(());
        };
        let shown: String = field.chars().take(MAX_TEXT).collect();
        Err(self.wrong(&shown, format!("is not known; known are {}", known.join(", "))))
    }

    fn flag(&self, field: &str) -> Result<bool, Problem> {
        self.get(field).map_or(Ok(false), |value| {
            value.as_bool().ok_or_else(|| self.wrong(field, "must be true or false"))
        })
    }

    fn text(&self, field: &str, max: usize) -> Result<Option<String>, Problem> {
        self.get(field)
            .map(|value| text(value, max).map_err(|problem| self.wrong(field, problem)))
            .transpose()
    }

    fn name(&self, field: &str) -> Result<String, Problem> {
        self.text(field, MAX_TEXT)?
            .filter(|name| !name.is_empty())
            .ok_or_else(|| self.wrong(field, format!("must be a text of 1 to {MAX_TEXT} characters")))
    }

    fn names(&self, field: &str) -> Result<Option<Vec<String>>, Problem> {
        let Some(value) = self.get(field) else { return Ok(None) };
        let items = value.as_array().filter(|items| items.len() <= MAX_LABELS);
        let items = items
            .ok_or_else(|| self.wrong(field, format!("must be a list of at most {MAX_LABELS} labels")))?;
        let read = |(at, item): (usize, &Value)| {
            text(item, MAX_TEXT).map_err(|problem| self.wrong(&format!("{field}.{at}"), problem))
        };
        items.iter().enumerate().map(read).collect::<Result<_, _>>().map(Some)
    }

    fn labels(&self, field: &str) -> Result<BTreeMap<String, String>, Problem> {
        let Some(value) = self.get(field) else { return Ok(BTreeMap::new()) };
        let labels = value.as_object().filter(|labels| labels.len() <= MAX_LABELS);
        let labels = labels
            .ok_or_else(|| self.wrong(field, format!("must be an object of at most {MAX_LABELS} labels")))?;
        let read = |(label, value): (&String, &Value)| {
            let problem = |problem| self.wrong(&format!("{field}.{label}"), problem);
            check(label, MAX_TEXT).map_err(problem)?;
            Ok((label.clone(), text(value, MAX_TEXT).map_err(problem)?))
        };
        labels.iter().map(read).collect()
    }

    fn aggregate(&self) -> Result<Aggregate, Problem> {
        self.choice("aggregate", "avg, sum, min, max, last, count, p50, p95 or p99")
            .map(|aggregate| aggregate.unwrap_or(Aggregate::Avg))
    }

    fn event_type(&self) -> Result<Option<Kind>, Problem> {
        self.choice("type", "error, event or metric")
    }

    fn choice<T: DeserializeOwned>(&self, field: &str, allowed: &str) -> Result<Option<T>, Problem> {
        let Some(value) = self.get(field) else { return Ok(None) };
        serde_json::from_value(value.clone())
            .map(Some)
            .map_err(|_| self.wrong(field, format!("must be {allowed}")))
    }

    fn limit(&self, max: i64, default: i64) -> Result<i64, Problem> {
        let Some(value) = self.get("limit") else { return Ok(default) };
        value
            .as_i64()
            .filter(|limit| (1..=max).contains(limit))
            .ok_or_else(|| self.wrong("limit", format!("must be a number from 1 to {max}")))
    }

    fn id(&self, field: &str) -> Result<Uuid, Problem> {
        let id = self.get(field).and_then(Value::as_str).and_then(|id| Uuid::parse_str(id).ok());
        id.ok_or_else(|| self.wrong(field, "must be the id of a feed"))
    }
}

fn text(value: &Value, max: usize) -> Result<String, String> {
    let text = value.as_str().ok_or("must be a text")?;
    check(text, max)?;
    Ok(text.to_owned())
}

fn check(text: &str, max: usize) -> Result<(), String> {
    if text.chars().count() > max {
        return Err(format!("must have at most {max} characters"));
    }
    if text.contains('\0') {
        return Err("contains the character U+0000".into());
    }
    Ok(())
}
