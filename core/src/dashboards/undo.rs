//! Undo and redo, per person, over the log.
//!
//! To undo is to append operations that give the fields of one's newest batch their previous values; to
//! redo is the same with a batch that undid. Nothing is taken out of the log, and what somebody else has
//! changed since is left to them.

mod stacks;

use std::collections::BTreeMap;
use std::ops::Bound;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use self::stacks::{Stacks, Step, own};
use super::board::Board;
use super::locked::{Done, Locked, Wanted};
use super::log;
use super::op::{AppliedOp, Op, Target};
use super::operate::OpError;
use crate::audit::Actor;
use crate::db::Conn;
use crate::ids::{DashboardId, OrgId, PanelId, UserId};

/// How many operations of others may have come since.
const MOST_SINCE: i64 = 20_000;

/// Takes back the newest of what this person did and has not taken back.
pub async fn undo(
    conn: &mut Conn,
    org: OrgId,
    dashboard: DashboardId,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<Done, OpError> {
    take_back(conn, org, dashboard, by, now, |stacks| stacks.undo.pop()).await
}

/// Does again what this person undid last, unless they have done something else since.
pub async fn redo(
    conn: &mut Conn,
    org: OrgId,
    dashboard: DashboardId,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<Done, OpError> {
    take_back(conn, org, dashboard, by, now, |stacks| stacks.redo.pop()).await
}

async fn take_back(
    conn: &mut Conn,
    org: OrgId,
    dashboard: DashboardId,
    by: &Actor,
    now: DateTime<Utc>,
    choose: impl FnOnce(&mut Stacks) -> Option<Step>,
) -> Result<Done, OpError> {
    let person = by.user.ok_or(OpError::NothingToUndo)?;
    // The lock first: what is undone is decided by the log as it then is. Which panels that concerns is
    // not known before; they are few, and read with the rest.
    Locked::take(conn, org, dashboard, &[]).await?;
    let mut stacks = Stacks::of(&own(conn, org, dashboard, person).await?, dashboard);
    let step = choose(&mut stacks).ok_or(OpError::NothingToUndo)?;
    let up_to = Bound::Included(step.last);
    let ops = log::between(conn, org, dashboard, step.first - 1, up_to, step.last - step.first + 1).await?;
    let since = log::between(conn, org, dashboard, step.last, Bound::Unbounded, MOST_SINCE).await?;
    let named: Vec<PanelId> = ops.iter().filter_map(|op| op.target.panel()).collect();
    let locked = Locked::take(conn, org, dashboard, &named).await?;
    require_untouched(&locked.board, &ops, &since, person)?;
    let wanted: Vec<Wanted> =
        ops.iter().rev().map(|op| Wanted { op: inverse(op), undoes: Some(op.seq) }).collect();
    let batch = (wanted.len() > 1).then(Uuid::now_v7);
    locked.append(conn, by, wanted, batch, now).await.map_err(|error| match error {
        // What was possible then is not any more: others have taken the room or the place.
        OpError::Refused { refused, .. } => OpError::ChangedSince { message: refused.message },
        other => other,
    })
}

/// The operation that takes another one back.
fn inverse(op: &AppliedOp) -> Op {
    match op.field.as_str() {
        "panel" => Op::new(op.target, "deleted", true),
        field => Op::new(op.target, field, op.previous.clone()),
    }
}

/// A place that an operation wrote to: of a panel or the dashboard, a field or a part of one.
type Place = (Target, String);

/// The places that an operation wrote to, with what it wrote.
fn written(op: &AppliedOp) -> Vec<(Place, Value)> {
    let parts = |target: Target, layout: &Value| -> Vec<(Place, Value)> {
        let fields = layout.as_object().into_iter().flatten();
        fields.map(|(field, value)| ((target, field.clone()), value.clone())).collect()
    };
    match (op.target, op.field.as_str()) {
        (target, "panel") => vec![((target, "deleted".into()), false.into())],
        (Target::Panel(_), "layout") => parts(op.target, &op.value),
        (Target::Dashboard, "layout") => {
            let panels = op.value.as_object().into_iter().flatten();
            let panel = |(id, layout): (&String, &Value)| match id.parse() {
                Ok(id) => parts(Target::Panel(id), layout),
                Err(_) => Vec::new(),
            };
            panels.flat_map(panel).collect()
        }
        (target, field) => vec![((target, field.to_owned()), op.value.clone())],
    }
}

/// Whether one place is the other or a part of it: `options.unit` of `options`.
fn overlap(a: &Place, b: &Place) -> bool {
    let within = |part: &str, whole: &str| {
        part.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    a.0 == b.0 && (within(&a.1, &b.1) || within(&b.1, &a.1))
}

/// What a place holds now.
fn current(board: &Board, (target, field): &Place) -> Value {
    let panel = match target {
        Target::Dashboard => {
            return match field.as_str() {
                "name" => json!(board.name),
                "description" => json!(board.description),
                _ => json!(board.variables),
            };
        }
        Target::Panel(id) => board.panels.get(id),
    };
    let Some(panel) = panel else { return Value::Null };
    match (field.as_str(), field.strip_prefix("options.")) {
        ("deleted", _) => panel.deleted.into(),
        (_, Some(key)) => panel.options[key].clone(),
        (field, None) => panel.as_value()[field].clone(),
    }
}

/// Refuses to undo what somebody else has written over since, or deleted.
fn require_untouched(
    board: &Board,
    ops: &[AppliedOp],
    since: &[AppliedOp],
    person: UserId,
) -> Result<(), OpError> {
    let mut places: BTreeMap<Place, Value> = BTreeMap::new();
    for op in ops {
        places.extend(written(op));
    }
    for (place, left) in &places {
        let gone = (place.0, "deleted".to_owned());
        let is_gone = place.1 != "deleted" && current(board, &gone) == Value::Bool(true);
        let touches = |op: &&AppliedOp| {
            let others = op.actor.as_ref().is_none_or(|actor| actor.id != person);
            let wrote = written(op);
            others && wrote.iter().any(|(other, _)| overlap(place, other) || (is_gone && *other == gone))
        };
        let Some(op) = since.iter().rev().find(touches) else { continue };
        if is_gone || current(board, place) != *left {
            return Err(OpError::ChangedSince { message: told(board, place, op, is_gone) });
        }
    }
    Ok(())
}

/// Who was it, as a person would say it.
fn told(board: &Board, place: &Place, op: &AppliedOp, is_gone: bool) -> String {
    let who = op.actor.as_ref().map_or("PulseBoard itself", |actor| actor.name.as_str());
    let did = if is_gone { "deleted" } else { "changed" };
    let what = match place.0 {
        Target::Dashboard => format!("the dashboard's {}", place.1),
        Target::Panel(id) => match board.panels.get(&id).map(|panel| panel.title.as_str()) {
            None | Some("") => "this panel".into(),
            Some(title) => format!("the panel \"{title}\""),
        },
    };
    format!("{who} {did} {what} since.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_overlaps_its_whole() {
        let panel = Target::Panel(PanelId(Uuid::from_u128(1)));
        let place = |field: &str| (panel, field.to_owned());
        assert!(overlap(&place("options"), &place("options.unit")));
        assert!(overlap(&place("options.unit"), &place("options")));
        assert!(overlap(&place("title"), &place("title")));
        assert!(!overlap(&place("options.min"), &place("options.unit")));
        assert!(!overlap(&place("options.m"), &place("options.min")));
        assert!(!overlap(&place("title"), &(Target::Dashboard, "title".into())));
    }
}
