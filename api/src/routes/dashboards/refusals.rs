//! What the domain refuses of dashboards, as clients see it.

use pulseboard_core::dashboards::op::{Refused, RefusedCode};
use pulseboard_core::dashboards::{CreateError, MAX_DASHBOARDS, OpError};

use crate::error::{ApiError, Code};

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        let code = match refused.code {
            RefusedCode::InvalidField => Code::InvalidField,
            RefusedCode::PanelDeleted => Code::PanelDeleted,
            RefusedCode::PanelExists => Code::PanelExists,
            RefusedCode::NotFound => return Self::not_found(),
        };
        let fields = refused.field.into_iter().map(|(field, problem)| (field.into(), problem)).collect();
        Self { fields, ..Self::new(code, refused.message) }
    }
}

impl From<OpError> for ApiError {
    fn from(error: OpError) -> Self {
        match error {
            OpError::Refused { refused, .. } => refused.into(),
            OpError::NothingToUndo => {
                Self::new(Code::NothingToUndo, "There is nothing of yours to take back.")
            }
            OpError::ChangedSince { message } => Self::new(Code::ChangedSince, message),
            OpError::NoSuchVersion(newest) => {
                Self::field("version", format!("must be a version of this dashboard, 1 to {newest}"))
            }
            OpError::Db(error) => error.into(),
        }
    }
}

impl From<CreateError> for ApiError {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::TooMany => Self::new(
                Code::TooManyDashboards,
                format!("A project has at most {MAX_DASHBOARDS} dashboards. Delete one first."),
            ),
            CreateError::Op(error) => error.into(),
        }
    }
}

/// The same where one of several operations is refused: the field says which.
pub fn of_several(error: OpError) -> ApiError {
    match error {
        OpError::Refused { at, mut refused } => {
            if let Some((field, problem)) = refused.field.take() {
                refused = Refused::field(format!("ops[{at}].{field}"), problem);
            }
            refused.into()
        }
        other => other.into(),
    }
}
