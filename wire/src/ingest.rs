//! What `POST /ingest` answers.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Sent only after the commit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct IngestAnswer {
    /// Items stored by this request.
    pub accepted: usize,
    /// Items that were stored before, by an earlier try.
    pub duplicates: usize,
    /// Items that were refused; the others are not affected.
    pub rejected: Vec<Rejected>,
    /// The event's id, when the body was a single event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
}

/// Why one item was refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rejected {
    /// The item's place in the request, from 0.
    pub index: usize,
    #[schema(value_type = String)]
    pub code: Cow<'static, str>,
    pub message: String,
}
