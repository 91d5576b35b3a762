//! A dashboard as a document: to be carried to another project or installation, and what templates are.
//!
//! In a document feeds have short names (`f1`) in place of ids, and panels have no ids. Reading one judges
//! all of it, by the function that does operations, before anything is made.

mod references;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use self::references::{is_label, references};
use super::apply::apply;
use super::board::{Board, MAX_PANELS, Panel, Variable};
use super::op::{Op, Refused, Target};
use super::values;
use crate::ids::{DashboardId, PanelId};

/// The form of documents that this version writes and the newest that it reads.
pub const VERSION: i64 = 1;
/// Largest document, in bytes as JSON.
pub const MAX_DOCUMENT: usize = 256 * 1024;
/// Feeds of one document.
const MAX_FEEDS: usize = 60;

/// A feed that panels of a document refer to.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedOfDocument {
    /// How panels call it.
    pub name_here: String,
    pub kind: String,
    pub name: String,
    /// Without secrets.
    pub config: Value,
}

/// A document that has been read and found good.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    pub name: String,
    pub description: Option<String>,
    pub variables: Vec<Variable>,
    pub feeds: Vec<FeedOfDocument>,
    /// As they stand there, with short names of feeds.
    pub panels: Vec<Value>,
}

impl Document {
    /// Reads a document; errors name its fields from `document` on.
    pub fn read(value: &Value) -> Result<Self, Refused> {
        if value.to_string().len() > MAX_DOCUMENT {
            return Err(Refused::field("document", format!("is larger than {MAX_DOCUMENT} bytes")));
        }
        require_kind(value)?;
        let known = ["pulseboard", "name", "description", "variables", "feeds", "panels"];
        let fields = values::object("document", value, &known)?;
        let null = Value::Null;
        let field = |name: &str| fields.get(name).unwrap_or(&null);
        let read = Self {
            name: values::line("name", field("name"), values::MAX_NAME, false).map_err(within)?,
            description: values::description(field("description")).map_err(within)?,
            variables: match field("variables") {
                Value::Null => Vec::new(),
                variables => values::variables(variables).map_err(within)?,
            },
            feeds: feeds(field("feeds"))?,
            panels: list("document.panels", field("panels"), MAX_PANELS)?.to_vec(),
        };
        read.judge()?;
        Ok(read)
    }

    /// Does everything once on an empty board, with feeds that stand for those that are not made yet.
    fn judge(&self) -> Result<(), Refused> {
        let ids: BTreeMap<&str, Uuid> =
            self.feeds.iter().map(|feed| (feed.name_here.as_str(), Uuid::now_v7())).collect();
        let mut board = Board::default();
        for (at, panel) in self.panels.iter().enumerate() {
            let place = |refused: Refused| within_panel(at, refused);
            let value = with_ids(panel, &|name| ids.get(name).copied()).map_err(place)?;
            let op = Op::new(Target::Panel(PanelId::new()), "panel", value);
            apply(&mut board, DashboardId(Uuid::nil()), &op, DateTime::<Utc>::UNIX_EPOCH).map_err(place)?;
        }
        Ok(())
    }

    /// The operations that make a dashboard of it, with these feeds. A panel whose feed is not there says
    /// why in its place.
    pub fn ops(&self, feeds: &BTreeMap<String, Result<Uuid, String>>) -> Vec<Op> {
        let mut ops = vec![Op::new(Target::Dashboard, "name", self.name.as_str())];
        if let Some(description) = &self.description {
            ops.push(Op::new(Target::Dashboard, "description", description.as_str()));
        }
        if !self.variables.is_empty() {
            ops.push(Op::new(Target::Dashboard, "variables", json!(self.variables)));
        }
        for panel in &self.panels {
            let missing = names_in(panel).into_iter().find_map(|name| feeds.get(&name)?.as_ref().err());
            let value = match missing {
                Some(reason) => in_place_of(panel, reason),
                None => with_ids(panel, &|name| feeds.get(name)?.as_ref().ok().copied())
                    .unwrap_or_else(|refused| in_place_of(panel, &refused.message)),
            };
            ops.push(Op::new(Target::Panel(PanelId::new()), "panel", value));
        }
        ops
    }

    /// The document as JSON.
    pub fn write(&self) -> Value {
        let feed = |feed: &FeedOfDocument| json!({"ref": feed.name_here, "type": feed.kind, "name": feed.name, "config": feed.config});
        json!({
            "pulseboard": {"kind": "dashboard", "version": VERSION},
            "name": self.name,
            "description": self.description,
            "variables": self.variables,
            "feeds": self.feeds.iter().map(feed).collect::<Vec<_>>(),
            "panels": self.panels,
        })
    }
}

/// Panels as a document has them: without ids, and with short names of these feeds. What refers to a feed
/// that has gone is left out.
pub fn panels_of(panels: &[Panel], feeds: &BTreeMap<Uuid, String>) -> Vec<Value> {
    panels.iter().map(|panel| with_names(panel, feeds)).collect()
}

/// A text panel where another one can't be.
fn in_place_of(panel: &Value, reason: &str) -> Value {
    let title = panel.get("title").cloned().unwrap_or_default();
    let mut text = json!({"type": "text", "title": title, "options": {"text": reason}});
    for field in ["position_x", "position_y", "width", "height"] {
        text[field] = panel[field].clone();
    }
    text
}

fn require_kind(value: &Value) -> Result<(), Refused> {
    if !value.is_object() {
        return Err(Refused::field("document", "must be a dashboard as it was exported, a JSON object"));
    }
    let about = &value["pulseboard"];
    if about["kind"] != "dashboard" {
        let problem = "must be \"dashboard\": this is not a dashboard that PulseBoard has exported";
        return Err(Refused::field("document.pulseboard.kind", problem));
    }
    match about["version"].as_i64() {
        Some(1..=VERSION) => Ok(()),
        Some(newer) if newer > VERSION => {
            let problem = format!(
                "is {newer}: the document comes from a newer PulseBoard, this one reads up to {VERSION}"
            );
            Err(Refused::field("document.pulseboard.version", problem))
        }
        _ => Err(Refused::field(
            "document.pulseboard.version",
            format!("must be a number from 1 to {VERSION}"),
        )),
    }
}

fn feeds(value: &Value) -> Result<Vec<FeedOfDocument>, Refused> {
    let mut feeds: Vec<FeedOfDocument> = Vec::new();
    for (at, value) in list("document.feeds", value, MAX_FEEDS)?.iter().enumerate() {
        let place = format!("document.feeds.{at}");
        let fields = values::object(&place, value, &["ref", "type", "name", "config"])?;
        let text = |field: &str| {
            values::line(&format!("{place}.{field}"), fields.get(field).unwrap_or(&Value::Null), 100, false)
        };
        let config = fields.get("config").cloned().unwrap_or_else(|| json!({}));
        if !config.is_object() {
            return Err(Refused::field(format!("{place}.config"), "must be an object"));
        }
        let config = values::canonical(&format!("{place}.config"), config)?;
        let feed =
            FeedOfDocument { name_here: text("ref")?, kind: text("type")?, name: text("name")?, config };
        if feeds.iter().any(|other| other.name_here == feed.name_here) {
            return Err(Refused::field(format!("{place}.ref"), "is another feed's already"));
        }
        feeds.push(feed);
    }
    Ok(feeds)
}

fn list<'a>(field: &str, value: &'a Value, max: usize) -> Result<&'a [Value], Refused> {
    match value {
        Value::Null => Ok(&[]),
        Value::Array(items) if items.len() <= max => Ok(items),
        _ => Err(Refused::field(field, format!("must be a list of at most {max}"))),
    }
}

fn within(refused: Refused) -> Refused {
    under("document", refused)
}

fn within_panel(at: usize, refused: Refused) -> Refused {
    under(&format!("document.panels.{at}"), refused)
}

fn under(place: &str, refused: Refused) -> Refused {
    match refused.field {
        Some((field, problem)) if field == "value" || field.is_empty() => Refused::field(place, problem),
        Some((field, problem)) => Refused::field(format!("{place}.{field}"), problem),
        None => refused,
    }
}

/// The short names that a panel of a document uses.
fn names_in(panel: &Value) -> Vec<String> {
    let mut panel = panel.clone();
    references(&mut panel).into_iter().filter_map(|(_, name)| name.as_str().map(str::to_owned)).collect()
}

/// A panel of a document with ids in place of short names.
fn with_ids(panel: &Value, id: &dyn Fn(&str) -> Option<Uuid>) -> Result<Value, Refused> {
    let mut panel = panel.clone();
    for (place, value) in references(&mut panel) {
        match value.as_str().and_then(id) {
            Some(id) => *value = json!(id),
            None if is_label(&place) => {}
            None => {
                let shown: String = value.to_string().chars().take(100).collect();
                return Err(Refused::field(place, format!("is {shown}, which is no feed of the document")));
            }
        }
    }
    Ok(panel)
}

/// A panel as a document has it.
fn with_names(panel: &Panel, feeds: &BTreeMap<Uuid, String>) -> Value {
    let name = |value: &Value| feeds.get(&Uuid::parse_str(value.as_str()?).ok()?).cloned();
    let mut value = panel.as_value();
    if let Some(ids) = value["feed_ids"].as_array_mut() {
        ids.retain(|id| name(id).is_some());
    }
    if let Some(sources) = value["query"].get_mut("sources").and_then(Value::as_array_mut) {
        sources.retain(|source| source["kind"] != "feed" || name(&source["feed_id"]).is_some());
    }
    for (_, reference) in references(&mut value) {
        if let Some(name) = name(reference) {
            *reference = name.into();
        }
    }
    value
}

/// The ids of feeds in the labels of a panel's sources: they are referred to as well.
pub fn feeds_in_labels(panel: &Panel) -> Vec<Uuid> {
    let mut value = panel.as_value();
    let labels = references(&mut value).into_iter().filter(|(place, _)| is_label(place));
    labels.filter_map(|(_, id)| Uuid::parse_str(id.as_str()?).ok()).collect()
}

/// Fields of a template's panel that show how it will look.
pub fn outline(panel: &Value) -> Map<String, Value> {
    let shown = ["type", "title", "position_x", "position_y", "width", "height"];
    shown.iter().map(|field| ((*field).to_owned(), panel[*field].clone())).collect()
}
