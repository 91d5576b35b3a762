//! The one function that changes a dashboard. Pure: the time is an argument, and whether feeds are there is
//! asked before.
//!
//! Who shows a dashboard while it is being edited follows these rules, and ends with the same bytes as
//! everyone else:
//!
//! - Keep the *confirmed* state with its version, and the *pending* operations in the order they were made.
//!   Show `pending` folded over `confirmed`; a pending operation that does not apply is passed over.
//! - Send each pending operation once per connection, in order; after a reconnect all that are left, in
//!   order, with their old ids.
//! - Of what is heard, apply the operation with `seq = version + 1` to the confirmed state; keep later ones
//!   until their turn comes, and pass over earlier ones. If a hole stays, fetch the state anew: it replaces
//!   the confirmed one, never the pending ones.
//! - A pending operation goes when its id is heard, whatever its `seq`, or when it is refused.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::board::{Board, Layout, MAX_PANELS, Panel};
use super::op::{Op, Refused, RefusedCode, Target};
use super::{options, values};
use crate::ids::{DashboardId, PanelId};

/// What has become of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The value as it is kept.
    pub value: Value,
    /// What the field was before.
    pub previous: Value,
}

/// Does one operation, or refuses it and leaves the board as it is.
pub fn apply(
    board: &mut Board,
    dashboard: DashboardId,
    op: &Op,
    at: DateTime<Utc>,
) -> Result<Applied, Refused> {
    let value = values::canonical(name_of_value(&op.field), op.value.clone())?;
    match op.target {
        Target::Dashboard => apply_to_dashboard(board, &op.field, value, at),
        Target::Panel(id) if op.field == "panel" => create(board, dashboard, id, &value, at),
        Target::Panel(id) => apply_to_panel(board, id, &op.field, value, at),
    }
}

/// How a value that is wrong as a whole is called.
fn name_of_value(field: &str) -> &str {
    if field == "panel" { "value" } else { field }
}

fn apply_to_dashboard(
    board: &mut Board,
    field: &str,
    value: Value,
    at: DateTime<Utc>,
) -> Result<Applied, Refused> {
    match field {
        "name" => {
            let name = values::line("name", &value, values::MAX_NAME, false)?;
            let previous = std::mem::replace(&mut board.name, name);
            Ok(Applied { value: board.name.clone().into(), previous: previous.into() })
        }
        "description" => {
            let description = values::description(&value)?;
            let previous = std::mem::replace(&mut board.description, description);
            Ok(Applied { value: board.description.clone().into(), previous: previous.into() })
        }
        "variables" => {
            let variables = values::variables(&value)?;
            let previous = std::mem::replace(&mut board.variables, variables);
            Ok(Applied { value: json!(board.variables), previous: json!(previous) })
        }
        "layout" => arrange(board, &value, at),
        _ => Err(unknown_field(field, "name, description, variables, layout")),
    }
}

/// Moves several panels at once. Panels that have gone meanwhile are passed over.
fn arrange(board: &mut Board, value: &Value, at: DateTime<Utc>) -> Result<Applied, Refused> {
    let wrong = || Refused::field("layout", "must be an object of places by the ids of panels");
    let given = value.as_object().ok_or_else(wrong)?;
    let mut moves: Vec<(PanelId, Layout)> = Vec::new();
    for (id, place) in given {
        let id: PanelId = id.parse().map_err(|_| wrong())?;
        let now = board.panels.get(&id).filter(|panel| !panel.deleted).map(|panel| panel.layout);
        if let Some(now) = now {
            moves.push((id, values::layout(&format!("layout.{id}"), place, Some(now))?));
        }
    }
    let (mut after, mut before) = (Map::new(), Map::new());
    for (id, layout) in moves {
        if let Some(panel) = board.panels.get_mut(&id) {
            before.insert(id.to_string(), json!(panel.layout));
            after.insert(id.to_string(), json!(layout));
            (panel.layout, panel.updated_at) = (layout, at);
        }
    }
    Ok(Applied { value: after.into(), previous: before.into() })
}

const PANEL_FIELDS: [&str; 9] =
    ["type", "title", "feed_ids", "query", "options", "position_x", "position_y", "width", "height"];

/// Makes a panel.
fn create(
    board: &mut Board,
    dashboard: DashboardId,
    id: PanelId,
    value: &Value,
    at: DateTime<Utc>,
) -> Result<Applied, Refused> {
    match board.panels.get(&id) {
        Some(panel) if panel.deleted => return Err(deleted()),
        Some(_) => return Err(exists()),
        None => require_room(board)?,
    }
    let fields = values::object("", value, &PANEL_FIELDS)?;
    let given = |field: &str| fields.get(field).cloned().unwrap_or(Value::Null);
    let place = ["position_x", "position_y", "width", "height"];
    let place: Map<_, _> = fields
        .iter()
        .filter(|(name, _)| place.contains(&name.as_str()))
        .map(|(n, v)| (n.clone(), v.clone()))
        .collect();
    let or = |value: Value, default: Value| if value.is_null() { default } else { value };
    let panel = Panel {
        id,
        dashboard_id: dashboard,
        kind: values::panel_type(&given("type"))?,
        title: values::line("title", &or(given("title"), "".into()), values::MAX_TITLE, true)?,
        feed_ids: values::feed_ids(&or(given("feed_ids"), json!([])))?,
        query: values::query(&given("query"))?,
        options: options::read(&or(given("options"), json!({})))?,
        layout: values::layout("", &place.into(), None)?,
        deleted: false,
        created_at: at,
        updated_at: at,
    };
    let value = panel.as_value();
    board.panels.insert(id, panel);
    Ok(Applied { value, previous: Value::Null })
}

impl Panel {
    /// What makes this panel, as the value of an operation.
    pub fn as_value(&self) -> Value {
        let Layout { position_x, position_y, width, height } = self.layout;
        json!({"type": self.kind, "title": self.title, "feed_ids": self.feed_ids, "query": self.query,
            "options": self.options, "position_x": position_x, "position_y": position_y,
            "width": width, "height": height})
    }
}

fn apply_to_panel(
    board: &mut Board,
    id: PanelId,
    field: &str,
    value: Value,
    at: DateTime<Utc>,
) -> Result<Applied, Refused> {
    let panel = board.panels.get(&id).ok_or_else(unknown_panel)?;
    if field == "deleted" {
        return delete(board, id, &value, at);
    }
    if panel.deleted {
        return Err(deleted());
    }
    let mut changed = panel.clone();
    let applied = change(&mut changed, field, value)?;
    changed.updated_at = at;
    board.panels.insert(id, changed);
    Ok(applied)
}

/// Deletes a panel or brings it back.
fn delete(board: &mut Board, id: PanelId, value: &Value, at: DateTime<Utc>) -> Result<Applied, Refused> {
    let wanted = value.as_bool().ok_or_else(|| Refused::field("deleted", "must be true or false"))?;
    let is = board.panels.get(&id).is_some_and(|panel| panel.deleted);
    match (is, wanted) {
        (true, true) => return Err(deleted()),
        (true, false) => require_room(board)?,
        (false, _) => {}
    }
    if let Some(panel) = board.panels.get_mut(&id).filter(|_| is != wanted) {
        (panel.deleted, panel.updated_at) = (wanted, at);
    }
    Ok(Applied { value: wanted.into(), previous: is.into() })
}

/// Changes one field of a panel that is there.
fn change(panel: &mut Panel, field: &str, value: Value) -> Result<Applied, Refused> {
    let (previous, value) = match field {
        "type" => (json!(std::mem::replace(&mut panel.kind, values::panel_type(&value)?)), json!(panel.kind)),
        "title" => {
            let title = values::line("title", &value, values::MAX_TITLE, true)?;
            (json!(std::mem::replace(&mut panel.title, title)), json!(panel.title))
        }
        "feed_ids" => {
            let ids = values::feed_ids(&value)?;
            (json!(std::mem::replace(&mut panel.feed_ids, ids)), json!(panel.feed_ids))
        }
        "query" => {
            let query = values::query(&value)?;
            (json!(std::mem::replace(&mut panel.query, query)), json!(panel.query))
        }
        "options" => {
            let options = options::read(&value)?;
            (std::mem::replace(&mut panel.options, options), panel.options.clone())
        }
        "layout" => {
            let layout = values::layout("layout", &value, Some(panel.layout))?;
            (json!(std::mem::replace(&mut panel.layout, layout)), json!(layout))
        }
        "position_x" | "position_y" | "width" | "height" => {
            let layout = values::layout("", &json!({ field: value }), Some(panel.layout))?;
            let previous = std::mem::replace(&mut panel.layout, layout);
            (json!(previous)[field].clone(), json!(layout)[field].clone())
        }
        _ => match field.strip_prefix("options.") {
            Some(key) => change_option(panel, key, &value)?,
            None => {
                return Err(unknown_field(
                    field,
                    "panel, deleted, type, title, feed_ids, query, options, \
                options.<key>, layout, position_x, position_y, width, height",
                ));
            }
        },
    };
    Ok(Applied { value, previous })
}

/// Changes one option; the previous value first.
fn change_option(panel: &mut Panel, key: &str, value: &Value) -> Result<(Value, Value), Refused> {
    let value = options::read_one(key, value)?;
    let mut options = panel.options.as_object().cloned().unwrap_or_default();
    let previous = match value.clone() {
        Some(value) => options.insert(key.to_owned(), value),
        None => options.remove(key),
    };
    let options = Value::Object(options);
    options::check_size(&options)?;
    panel.options = options;
    Ok((previous.unwrap_or_default(), value.unwrap_or_default()))
}

fn require_room(board: &Board) -> Result<(), Refused> {
    if board.panels.values().filter(|panel| !panel.deleted).count() < MAX_PANELS {
        return Ok(());
    }
    Err(Refused::field("panel", format!("is one too many: a dashboard has at most {MAX_PANELS} panels")))
}

fn unknown_field(field: &str, known: &str) -> Refused {
    let shown: String = field.chars().take(100).collect();
    Refused::field("field", format!("is \"{shown}\", but must be one of {known}"))
}

fn unknown_panel() -> Refused {
    Refused::new(RefusedCode::NotFound, "There is no such panel on this dashboard.")
}

fn deleted() -> Refused {
    Refused::new(RefusedCode::PanelDeleted, "This panel has been deleted. Bring it back first.")
}

/// The id of a panel to be made is one that exists.
pub fn exists() -> Refused {
    Refused::new(RefusedCode::PanelExists, "A panel with this id exists already.")
}
