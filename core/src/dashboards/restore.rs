//! Going back to what a dashboard once was: the operations that lead there, as one batch.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::board::{Board, Panel};
use super::locked::{Done, Locked, Wanted};
use super::log;
use super::op::{Op, Target};
use super::operate::OpError;
use crate::audit::Actor;
use crate::db::Conn;
use crate::ids::{DashboardId, OrgId, PanelId};

/// Makes the dashboard what it was at a version.
pub async fn restore(
    conn: &mut Conn,
    org: OrgId,
    dashboard: DashboardId,
    by: &Actor,
    version: i64,
    now: DateTime<Utc>,
) -> Result<Done, OpError> {
    // What was does not change any more: it can be read before anyone has to wait.
    let past = log::board_at(conn, org, dashboard, version).await?;
    let named: Vec<PanelId> = past.panels.keys().copied().collect();
    let locked = Locked::take(conn, org, dashboard, &named).await?;
    if !(1..=locked.row.version).contains(&version) {
        return Err(OpError::NoSuchVersion(locked.row.version));
    }
    let ops = steps(&locked.board, &past);
    let batch = (ops.len() > 1).then(Uuid::now_v7);
    locked.append(conn, by, ops.into_iter().map(Wanted::from).collect(), batch, now).await
}

/// The operations that lead from one state to another. Deleting comes first, so that there is room.
pub fn steps(from: &Board, to: &Board) -> Vec<Op> {
    let mut ops = Vec::new();
    if from.name != to.name {
        ops.push(Op::new(Target::Dashboard, "name", to.name.clone()));
    }
    if from.description != to.description {
        ops.push(Op::new(Target::Dashboard, "description", json!(to.description)));
    }
    if from.variables != to.variables {
        ops.push(Op::new(Target::Dashboard, "variables", json!(to.variables)));
    }
    let there = |board: &Board| -> BTreeSet<PanelId> {
        board.panels.values().filter(|panel| !panel.deleted).map(|panel| panel.id).collect()
    };
    let (now, wanted) = (there(from), there(to));
    ops.extend(now.difference(&wanted).map(|id| Op::new(Target::Panel(*id), "deleted", true)));
    for panel in wanted.iter().filter_map(|id| to.panels.get(id)) {
        match from.panels.get(&panel.id) {
            Some(now) => ops.extend(changes(now, panel)),
            None => ops.push(Op::new(Target::Panel(panel.id), "panel", panel.as_value())),
        }
    }
    ops
}

fn changes(now: &Panel, wanted: &Panel) -> Vec<Op> {
    let target = Target::Panel(now.id);
    let mut ops = Vec::new();
    if now.deleted {
        ops.push(Op::new(target, "deleted", false));
    }
    for (field, differs, value) in [
        ("type", now.kind != wanted.kind, json!(wanted.kind)),
        ("title", now.title != wanted.title, json!(wanted.title)),
        ("feed_ids", now.feed_ids != wanted.feed_ids, json!(wanted.feed_ids)),
        ("query", now.query != wanted.query, json!(wanted.query)),
        ("options", now.options != wanted.options, wanted.options.clone()),
        ("layout", now.layout != wanted.layout, json!(wanted.layout)),
    ] {
        if differs {
            ops.push(Op::new(target, field, value));
        }
    }
    ops
}
