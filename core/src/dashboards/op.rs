//! Operations: how they are said, how they are told, and how they are refused.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ids::{PanelId, UserId};

/// What an operation is done to: the dashboard, or one of its panels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    Dashboard,
    Panel(PanelId),
}

impl Target {
    pub fn panel(self) -> Option<PanelId> {
        match self {
            Target::Dashboard => None,
            Target::Panel(id) => Some(id),
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Target::Dashboard => f.write_str("dashboard"),
            Target::Panel(id) => id.fmt(f),
        }
    }
}

impl Serialize for Target {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "dashboard" => Ok(Target::Dashboard),
            id => id.parse().map(Target::Panel).map_err(serde::de::Error::custom),
        }
    }
}

/// A change that somebody wants: this field of this thing to have this value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Op {
    /// Made by the client; the same again changes nothing and is answered as it was the first time.
    pub op_id: Uuid,
    /// `dashboard` or the id of a panel.
    #[schema(value_type = String, example = "dashboard")]
    pub target: Target,
    /// Of the dashboard: `name`, `description`, `variables`, `layout`. Of a panel: `panel` (makes it),
    /// `deleted`, `type`, `title`, `feed_ids`, `query`, `options`, `options.<key>`, `layout`, `position_x`,
    /// `position_y`, `width`, `height`.
    #[schema(example = "name")]
    pub field: String,
    /// What the field is to be.
    #[serde(default)]
    #[schema(example = "Production")]
    pub value: Value,
}

impl Op {
    /// One of our own.
    pub fn new(target: Target, field: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { op_id: Uuid::now_v7(), target, field: field.into(), value: value.into() }
    }
}

/// Who did something, as they were called then.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Person {
    #[schema(value_type = Uuid)]
    pub id: UserId,
    pub name: String,
}

impl Person {
    pub(super) fn of(id: Option<UserId>, name: Option<String>) -> Option<Self> {
        id.zip(name).map(|(id, name)| Self { id, name })
    }
}

/// An operation as it was done.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct AppliedOp {
    /// The dashboard's version after it: 1, 2, 3… without holes.
    pub seq: i64,
    pub op_id: Uuid,
    /// The same for operations that were done together and are undone together.
    pub batch: Option<Uuid>,
    /// Nobody: the server itself.
    pub actor: Option<Person>,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    pub at: DateTime<Utc>,
    #[schema(value_type = String, example = "dashboard")]
    pub target: Target,
    #[schema(example = "name")]
    pub field: String,
    pub value: Value,
    /// What the field was before.
    pub previous: Value,
    /// The `seq` of the operation that this one takes back.
    pub undoes: Option<i64>,
}

/// Why an operation is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedCode {
    /// A value that is not allowed.
    InvalidField,
    /// The panel has been deleted; bring it back first.
    PanelDeleted,
    /// The panel to be made is there already.
    PanelExists,
    /// There is no such panel.
    NotFound,
}

impl RefusedCode {
    pub fn as_str(self) -> &'static str {
        match self {
            RefusedCode::InvalidField => "invalid_field",
            RefusedCode::PanelDeleted => "panel_deleted",
            RefusedCode::PanelExists => "panel_exists",
            RefusedCode::NotFound => "not_found",
        }
    }
}

/// An operation that is not done, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    pub code: RefusedCode,
    /// For people.
    pub message: String,
    /// The field that is wrong, and what about it ("must not be empty").
    pub field: Option<(String, String)>,
}

impl Refused {
    /// A field that is wrong; `problem` goes on after its name.
    pub fn field(field: impl Into<String>, problem: impl Into<String>) -> Self {
        let (field, problem) = (field.into(), problem.into());
        let message = format!("\"{field}\" {problem}.");
        Self { code: RefusedCode::InvalidField, message, field: Some((field, problem)) }
    }

    pub fn new(code: RefusedCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None }
    }
}

impl From<crate::panel_query::Problem> for Refused {
    fn from(problem: crate::panel_query::Problem) -> Self {
        Self::field(problem.field, problem.problem)
    }
}
