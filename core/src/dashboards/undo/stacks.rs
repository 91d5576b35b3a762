//! Which steps a person can undo and redo, by the log alone.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::Conn;
use crate::ids::{DashboardId, OrgId, UserId};
use crate::schema::dashboard_ops;

/// How many of a person's newest operations can be undone.
const REACH: i64 = 2000;

/// What is needed of an operation to know what undoes what.
#[derive(Clone, Copy, Debug, Queryable)]
pub struct Mark {
    seq: i64,
    batch: Option<Uuid>,
    undoes: Option<i64>,
}

/// The newest operations of a person, oldest first.
pub async fn own(
    conn: &mut Conn,
    org: OrgId,
    dashboard: DashboardId,
    person: UserId,
) -> QueryResult<Vec<Mark>> {
    let mut marks: Vec<Mark> = dashboard_ops::table
        .filter(dashboard_ops::org_id.eq(org))
        .filter(dashboard_ops::dashboard_id.eq(dashboard))
        .filter(dashboard_ops::actor_id.eq(person))
        .order(dashboard_ops::seq.desc())
        .limit(REACH)
        .select((dashboard_ops::seq, dashboard_ops::batch, dashboard_ops::undoes))
        .load(conn)
        .await?;
    marks.reverse();
    Ok(marks)
}

/// Operations that were done together; they follow each other in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub first: i64,
    pub last: i64,
}

/// What a person can undo and redo, the next at the end.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Stacks {
    pub undo: Vec<Step>,
    pub redo: Vec<Step>,
}

impl Stacks {
    pub fn of(marks: &[Mark], dashboard: DashboardId) -> Self {
        let mut stacks = Self::default();
        let together = |a: &Mark, b: &Mark| a.batch.is_some() && a.batch == b.batch;
        for step in marks.chunk_by(together) {
            let (Some(first), Some(last)) = (step.first(), step.last()) else { continue };
            // With these the dashboard was made.
            if first.batch == Some(dashboard.0) {
                continue;
            }
            let made = Step { first: first.seq, last: last.seq };
            // A batch is undone from its end.
            match first.undoes {
                None => {
                    stacks.undo.push(made);
                    stacks.redo.clear();
                }
                Some(undone) if stacks.undo.pop_if(|step| step.last == undone).is_some() => {
                    stacks.redo.push(made)
                }
                Some(undone) if stacks.redo.pop_if(|step| step.last == undone).is_some() => {
                    stacks.undo.push(made)
                }
                // It undid something out of reach.
                Some(_) => {}
            }
        }
        stacks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(seq: i64, batch: Option<u128>, undoes: Option<i64>) -> Mark {
        Mark { seq, batch: batch.map(Uuid::from_u128), undoes }
    }

    fn stacks(marks: &[Mark]) -> (Vec<i64>, Vec<i64>) {
        let stacks = Stacks::of(marks, DashboardId(Uuid::from_u128(99)));
        let seqs = |steps: &[Step]| steps.iter().map(|step| step.first).collect();
        (seqs(&stacks.undo), seqs(&stacks.redo))
    }

    #[test]
    fn what_can_be_undone_and_redone() {
        let one = mark(3, None, None);
        for (marks, expected) in [
            (vec![], (vec![], vec![])),
            (vec![mark(1, Some(99), None), mark(2, Some(99), None)], (vec![], vec![])),
            (vec![one, mark(4, None, None)], (vec![3, 4], vec![])),
            // A batch is one step.
            (vec![one, mark(5, Some(1), None), mark(6, Some(1), None)], (vec![3, 5], vec![])),
            // Undone, and redone, and undone again.
            (vec![one, mark(4, None, Some(3))], (vec![], vec![4])),
            (vec![one, mark(4, None, Some(3)), mark(7, None, Some(4))], (vec![7], vec![])),
            (
                vec![one, mark(4, None, Some(3)), mark(7, None, Some(4)), mark(8, None, Some(7))],
                (vec![], vec![8]),
            ),
            // A batch is undone from its end.
            (
                vec![
                    mark(1, Some(1), None),
                    mark(2, Some(1), None),
                    mark(3, Some(2), Some(2)),
                    mark(4, Some(2), Some(1)),
                ],
                (vec![], vec![3]),
            ),
            // Something new after undoing: there is nothing to redo any more.
            (vec![one, mark(4, None, Some(3)), mark(5, None, None)], (vec![5], vec![])),
            // What was undone lies out of reach.
            (vec![mark(4, None, Some(3))], (vec![], vec![])),
        ] {
            assert_eq!(stacks(&marks), expected, "{marks:?}");
        }
    }
}
