//! What a dashboard is, apart from where it is kept: the value that operations change.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ids::{DashboardId, PanelId};
use crate::panel_query::{PanelQuery, PanelType};
use crate::schema::panels;

/// Columns of the grid.
pub const COLUMNS: i32 = 12;
/// The lowest row that a panel may begin at.
pub const MAX_Y: i32 = 10_000;
/// The tallest panel, in rows.
pub const MAX_HEIGHT: i32 = 50;
/// Panels of one dashboard that are not deleted.
pub const MAX_PANELS: usize = 60;

/// A dashboard's state. Before its first operation it is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Board {
    pub name: String,
    pub description: Option<String>,
    pub variables: Vec<Variable>,
    /// With those that are deleted.
    pub panels: BTreeMap<PanelId, Panel>,
}

impl Board {
    /// The panels that are there, from the top left on.
    pub fn shown(&self) -> Vec<&Panel> {
        let mut shown: Vec<&Panel> = self.panels.values().filter(|panel| !panel.deleted).collect();
        shown.sort_by_key(|panel| (panel.layout.position_y, panel.layout.position_x, panel.id));
        shown
    }
}

/// Something to choose above a dashboard. `$name` and `${name}` stand for it in titles, texts, labels'
/// values and filters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Variable {
    #[schema(example = "host")]
    pub name: String,
    /// What people read; the name if it is empty.
    #[serde(default)]
    pub label: String,
    pub source: VariableSource,
    /// `*` means any.
    #[serde(default = "any")]
    #[schema(default = "*")]
    pub default: String,
}

fn any() -> String {
    "*".into()
}

/// What a variable can be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum VariableSource {
    /// The values that a label has.
    Label { label: String },
    /// These.
    Values { values: Vec<String> },
}

/// A place in the grid.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable,
)]
#[diesel(table_name = panels, check_for_backend(diesel::pg::Pg))]
pub struct Layout {
    /// Column, 0 to 11.
    #[schema(minimum = 0, maximum = 11)]
    pub position_x: i32,
    /// Row, 0 to 10000.
    #[schema(minimum = 0, maximum = 10000)]
    pub position_y: i32,
    /// Columns, 1 to 12.
    #[schema(minimum = 1, maximum = 12, example = 4)]
    pub width: i32,
    /// Rows, 1 to 50.
    #[schema(minimum = 1, maximum = 50, example = 4)]
    pub height: i32,
}

/// A panel, as its row and as its readers have it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, Queryable, Selectable, Insertable)]
#[diesel(table_name = panels, check_for_backend(diesel::pg::Pg))]
pub struct Panel {
    #[schema(value_type = Uuid)]
    pub id: PanelId,
    #[schema(value_type = Uuid)]
    pub dashboard_id: DashboardId,
    #[serde(rename = "type")]
    pub kind: PanelType,
    pub title: String,
    pub feed_ids: Vec<Uuid>,
    /// `null`: the whole of its feeds.
    #[schema(value_type = Option<PanelQuery>)]
    pub query: Option<Value>,
    /// How it looks; what is left out has the renderer's default.
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>)]
    pub options: Value,
    #[serde(flatten)]
    #[diesel(embed)]
    pub layout: Layout,
    #[serde(skip)]
    pub deleted: bool,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    pub created_at: DateTime<Utc>,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    pub updated_at: DateTime<Utc>,
}

impl Panel {
    /// The feeds that it shows: those it names and those of its query.
    pub fn feeds(&self) -> impl Iterator<Item = Uuid> + '_ {
        self.feed_ids.iter().copied().chain(self.query.iter().flat_map(feeds_of_query))
    }
}

/// The feeds that the sources of a query name.
pub fn feeds_of_query(query: &Value) -> Vec<Uuid> {
    PanelQuery::read(query).ok().flatten().map(|query| query.feed_ids().collect()).unwrap_or_default()
}
