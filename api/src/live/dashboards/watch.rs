//! What a reader of a dashboard wants to see of its panels, checked. Pure.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use pulseboard_core::ids::PanelId;
use pulseboard_core::panel_data::variables::Variables;
use pulseboard_core::panel_data::{MAX_POINTS, POINTS};
use pulseboard_core::time_range::{self, Range};
use serde::Deserialize;

/// Panels that one reader names.
const MAX_PANELS: usize = 1000;

/// As it is sent.
#[derive(Debug, Deserialize)]
pub struct WatchIn {
    from: String,
    to: String,
    points: Option<i64>,
    #[serde(default)]
    variables: Option<BTreeMap<String, String>>,
    #[serde(default)]
    panels: Option<Vec<PanelId>>,
}

/// A span and choices that several readers may share: what they see is made once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct View {
    pub from: String,
    pub to: String,
    pub points: i64,
    pub variables: Variables,
}

/// A view, and which panels of it are in sight; `None`: all.
#[derive(Clone, Debug)]
pub struct Watch {
    pub view: View,
    pub panels: Option<HashSet<PanelId>>,
}

impl Watch {
    /// Nothing if it can't be watched.
    pub fn checked(sent: WatchIn, now: DateTime<Utc>) -> Option<Self> {
        let WatchIn { from, to, points, variables, panels } = sent;
        time_range::parse(&from, &to, now).ok()?;
        let points = points.unwrap_or(POINTS);
        if !(1..=MAX_POINTS).contains(&points) || panels.as_ref().is_some_and(|ids| ids.len() > MAX_PANELS) {
            return None;
        }
        let variables = Variables::new(variables.unwrap_or_default()).ok()?;
        Some(Self { view: View { from, to, points, variables }, panels: panels.map(HashSet::from_iter) })
    }

    pub fn sees(&self, panel: PanelId) -> bool {
        self.panels.as_ref().is_none_or(|panels| panels.contains(&panel))
    }
}

impl View {
    /// The span as it is then; nothing if it ran out of the calendar.
    pub fn range(&self, now: DateTime<Utc>) -> Option<Range> {
        time_range::parse(&self.from, &self.to, now).ok()
    }

    /// Whether its end moves on with the clock.
    pub fn moves(&self) -> bool {
        time_range::is_relative(&self.to)
    }

    /// Where it ends for good; nothing if it moves. What comes later is not seen in it.
    pub fn end(&self) -> Option<DateTime<Utc>> {
        (!self.moves()).then(|| time_range::time(&self.to, DateTime::UNIX_EPOCH)).flatten()
    }
}
