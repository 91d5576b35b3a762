//! The log of operations: appended to, read, and folded into what a dashboard once was.

use std::ops::Bound;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::apply::apply;
use super::board::Board;
use super::op::{AppliedOp, Op, Person, Target};
use crate::db::Conn;
use crate::ids::{DashboardId, OrgId, PanelId, UserId};
use crate::schema::dashboard_ops;

/// Operations that are read at once when a log is folded.
const CHUNK: i64 = 5000;

/// A row of the log.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = dashboard_ops, check_for_backend(diesel::pg::Pg))]
pub(super) struct OpRow {
    dashboard_id: DashboardId,
    seq: i64,
    org_id: OrgId,
    op_id: Uuid,
    batch: Option<Uuid>,
    actor_id: Option<UserId>,
    actor_name: Option<String>,
    at: DateTime<Utc>,
    panel_id: Option<PanelId>,
    field: String,
    value: Value,
    previous: Value,
    undoes: Option<i64>,
}

impl OpRow {
    fn of(org: OrgId, dashboard: DashboardId, op: &AppliedOp) -> Self {
        Self {
            dashboard_id: dashboard,
            seq: op.seq,
            org_id: org,
            op_id: op.op_id,
            batch: op.batch,
            actor_id: op.actor.as_ref().map(|actor| actor.id),
            actor_name: op.actor.as_ref().map(|actor| actor.name.clone()),
            at: op.at,
            panel_id: op.target.panel(),
            field: op.field.clone(),
            value: op.value.clone(),
            previous: op.previous.clone(),
            undoes: op.undoes,
        }
    }
}

impl From<OpRow> for AppliedOp {
    fn from(row: OpRow) -> Self {
        Self {
            seq: row.seq,
            op_id: row.op_id,
            batch: row.batch,
            actor: Person::of(row.actor_id, row.actor_name),
            at: row.at,
            target: row.panel_id.map_or(Target::Dashboard, Target::Panel),
            field: row.field,
            value: row.value,
            previous: row.previous,
            undoes: row.undoes,
        }
    }
}

impl AppliedOp {
    /// As it would be asked for again.
    pub fn as_op(&self) -> Op {
        Op { op_id: self.op_id, target: self.target, field: self.field.clone(), value: self.value.clone() }
    }
}

/// Appends operations that have been done.
pub(super) async fn append(
    conn: &mut Conn,
    org: OrgId,
    dashboard: DashboardId,
    ops: &[AppliedOp],
) -> QueryResult<()> {
    let rows: Vec<OpRow> = ops.iter().map(|op| OpRow::of(org, dashboard, op)).collect();
    // A statement takes 65,535 values.
    for rows in rows.chunks(1000) {
        diesel::insert_into(dashboard_ops::table).values(rows).execute(conn).await?;
    }
    Ok(())
}

/// Those of these operations that have been done already.
pub(super) async fn known(
    conn: &mut Conn,
    org: OrgId,
    dashboard: DashboardId,
    op_ids: &[Uuid],
) -> QueryResult<Vec<AppliedOp>> {
    let rows: Vec<OpRow> = dashboard_ops::table
        .filter(dashboard_ops::org_id.eq(org))
        .filter(dashboard_ops::dashboard_id.eq(dashboard))
        .filter(dashboard_ops::op_id.eq_any(op_ids))
        .select(OpRow::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(AppliedOp::from).collect())
}

/// The operations after a version and up to another one, oldest first and at most so many.
pub async fn between(
    conn: &mut Conn,
    org: OrgId,
    dashboard: DashboardId,
    after: i64,
    up_to: Bound<i64>,
    limit: i64,
) -> QueryResult<Vec<AppliedOp>> {
    let last = match up_to {
        Bound::Included(last) => last,
        Bound::Excluded(end) => end - 1,
        Bound::Unbounded => i64::MAX,
    };
    let rows: Vec<OpRow> = dashboard_ops::table
        .filter(dashboard_ops::org_id.eq(org))
        .filter(dashboard_ops::dashboard_id.eq(dashboard))
        .filter(dashboard_ops::seq.gt(after))
        .filter(dashboard_ops::seq.le(last))
        .order(dashboard_ops::seq)
        .limit(limit)
        .select(OpRow::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(AppliedOp::from).collect())
}

/// A page of the log, newest first: what was done before `before`, and one more than `limit` if there is.
pub async fn history(
    conn: &mut Conn,
    org: OrgId,
    dashboard: DashboardId,
    before: Option<i64>,
    limit: i64,
) -> QueryResult<Vec<AppliedOp>> {
    let rows: Vec<OpRow> = dashboard_ops::table
        .filter(dashboard_ops::org_id.eq(org))
        .filter(dashboard_ops::dashboard_id.eq(dashboard))
        .filter(dashboard_ops::seq.lt(before.unwrap_or(i64::MAX)))
        .order(dashboard_ops::seq.desc())
        .limit(limit + 1)
        .select(OpRow::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(AppliedOp::from).collect())
}

/// The version that a dashboard had at a time; 0 before it was made.
pub async fn version_at(
    conn: &mut Conn,
    org: OrgId,
    dashboard: DashboardId,
    at: DateTime<Utc>,
) -> QueryResult<i64> {
    let newest = dashboard_ops::table
        .filter(dashboard_ops::org_id.eq(org))
        .filter(dashboard_ops::dashboard_id.eq(dashboard))
        .filter(dashboard_ops::at.le(at))
        .select(diesel::dsl::max(dashboard_ops::seq))
        .first::<Option<i64>>(conn)
        .await?;
    Ok(newest.unwrap_or(0))
}

/// What a dashboard was at a version, from its log alone.
pub async fn board_at(
    conn: &mut Conn,
    org: OrgId,
    dashboard: DashboardId,
    version: i64,
) -> QueryResult<Board> {
    let mut board = Board::default();
    let mut done = 0;
    while done < version {
        let ops = between(conn, org, dashboard, done, Bound::Included(version), CHUNK).await?;
        let Some(last) = ops.last() else { break };
        done = last.seq;
        fold(&mut board, dashboard, &ops);
    }
    Ok(board)
}

/// Does again what has been done. What a newer rule would refuse is passed over.
pub fn fold(board: &mut Board, dashboard: DashboardId, ops: &[AppliedOp]) {
    for op in ops {
        if let Err(refused) = apply(board, dashboard, &op.as_op(), op.at) {
            tracing::warn!(%dashboard, seq = op.seq, %refused, "an operation of the log is refused today");
        }
    }
}
