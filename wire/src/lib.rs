//! What crosses a network: ingest answers, events as readers see them, live frames.
//!
//! Plain serde types (with their OpenAPI schema), shared by the server, by agents and by tests. This
//! crate imports none of ours and knows neither the database nor the HTTP server.

pub mod event;
pub mod ingest;
pub mod live;
pub mod time;

pub use event::{Event, Kind, Level};
pub use ingest::{IngestAnswer, Rejected};
