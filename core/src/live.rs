//! What the writer tells the live streams: one message per project and batch, after the commit.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::ids::ProjectId;

/// A message that would be larger than this names only its place; whoever wants it reads Postgres.
pub const MAX_MESSAGE: usize = 512 * 1024;

/// The bus topic of a project's events.
pub fn topic(project: ProjectId) -> String {
    format!("events:{project}")
}

/// How far a reader of a project's events has come. Opaque outside, `seq-milliseconds` inside: the
/// number is exact (see `stores`), the time only bounds the search for what came after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub seq: i64,
    pub at: DateTime<Utc>,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.seq, self.at.timestamp_millis())
    }
}

/// The text is not a cursor of ours.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a cursor from an earlier frame")]
pub struct BadCursor;

impl std::str::FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let (seq, millis) = text.split_once('-').ok_or(BadCursor)?;
        let seq = seq.parse().ok().filter(|seq: &i64| *seq >= 0).ok_or(BadCursor)?;
        let millis = millis.parse().map_err(|_| BadCursor)?;
        let at = DateTime::from_timestamp_millis(millis).and_then(crate::in_calendar).ok_or(BadCursor)?;
        Ok(Self { seq, at })
    }
}

/// The events of one commit of one project. Sequence numbers run from `prev + 1` to `last`; a reader
/// whose position is not `prev` has missed something and reads it from Postgres.
#[derive(Debug, Serialize, Deserialize)]
pub struct EventBatch {
    pub prev: i64,
    pub last: i64,
    pub at: DateTime<Utc>,
    /// Each as in `GET /events`; `None` if the message would have been too large.
    pub events: Option<Vec<Box<RawValue>>>,
}

impl EventBatch {
    pub fn cursor(&self) -> Cursor {
        Cursor { seq: self.last, at: self.at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_survive_being_text() {
        let cursor = Cursor { seq: 42, at: crate::now() };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for bad in [
            "",
            "42",
            "-1-5",
            "x-y",
            "1-",
            "1-99999999999999999999",
            "9-9223372036854775807",
            "0--8334601228800000",
        ] {
            assert_eq!(bad.parse::<Cursor>(), Err(BadCursor), "{bad}");
        }
    }
}
