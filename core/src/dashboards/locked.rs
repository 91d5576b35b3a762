//! A dashboard while it is being changed: its row locked, its panels read, and what has changed written with
//! the log.

use chrono::{DateTime, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use serde_json::json;
use uuid::Uuid;

use super::apply::{apply, exists};
use super::board::{Board, Panel};
use super::op::{AppliedOp, Op, Person};
use super::operate::{OpError, Outcome};
use super::{DashboardRow, log};
use crate::audit::Actor;
use crate::db::Conn;
use crate::ids::{DashboardId, OrgId, PanelId};
use crate::schema::{dashboards, panels, users};

/// What was done, and what of it is new.
pub struct Done {
    pub outcome: Outcome,
    pub(super) fresh: Vec<AppliedOp>,
}

/// An operation to be done, and which one it takes back.
pub(super) struct Wanted {
    pub op: Op,
    pub undoes: Option<i64>,
}

impl From<Op> for Wanted {
    fn from(op: Op) -> Self {
        Self { op, undoes: None }
    }
}

/// A dashboard that nobody else changes before the transaction is over.
pub(super) struct Locked {
    pub org: OrgId,
    pub row: DashboardRow,
    pub board: Board,
}

impl Locked {
    /// Takes the lock and reads the panels: those that are there, and of the deleted ones those named.
    pub async fn take(
        conn: &mut Conn,
        org: OrgId,
        id: DashboardId,
        deleted: &[PanelId],
    ) -> QueryResult<Self> {
        let this = dashboards::table.find(id).filter(dashboards::org_id.eq(org));
        let row: DashboardRow = this.select(DashboardRow::as_select()).for_update().first(conn).await?;
        let found: Vec<Panel> = panels::table
            .filter(panels::org_id.eq(org))
            .filter(panels::dashboard_id.eq(id))
            .filter(not(panels::deleted).or(panels::id.eq_any(deleted)))
            .select(Panel::as_select())
            .load(conn)
            .await?;
        let board = Board {
            name: row.name.clone(),
            description: row.description.clone(),
            variables: row.variables(),
            panels: found.into_iter().map(|panel| (panel.id, panel)).collect(),
        };
        Ok(Self { org, row, board })
    }

    /// Does operations, all or none, and writes them down.
    pub async fn append(
        mut self,
        conn: &mut Conn,
        by: &Actor,
        wanted: Vec<Wanted>,
        batch: Option<Uuid>,
        now: DateTime<Utc>,
    ) -> Result<Done, OpError> {
        let version = self.row.version;
        if wanted.is_empty() {
            return Ok(Done { outcome: Outcome { ops: Vec::new(), version }, fresh: Vec::new() });
        }
        let actor = person(conn, by).await?;
        let before = self.board.clone();
        let mut fresh = Vec::with_capacity(wanted.len());
        for (at, Wanted { op, undoes }) in wanted.into_iter().enumerate() {
            let applied = apply(&mut self.board, self.row.id, &op, now).map_err(OpError::refused(at))?;
            fresh.push(AppliedOp {
                seq: version + 1 + at as i64,
                op_id: op.op_id,
                batch,
                actor: actor.clone(),
                at: now,
                target: op.target,
                field: op.field,
                value: applied.value,
                previous: applied.previous,
                undoes,
            });
        }
        let version = version + fresh.len() as i64;
        self.write_panels(conn, &before, &fresh).await?;
        self.write_row(conn, version, now).await?;
        log::append(conn, self.org, self.row.id, &fresh).await?;
        Ok(Done { outcome: Outcome { ops: fresh.clone(), version }, fresh })
    }

    async fn write_row(&self, conn: &mut Conn, version: i64, now: DateTime<Utc>) -> QueryResult<()> {
        let Board { name, description, variables, .. } = &self.board;
        diesel::update(dashboards::table.find(self.row.id).filter(dashboards::org_id.eq(self.org)))
            .set((
                dashboards::name.eq(name),
                dashboards::description.eq(description),
                dashboards::variables.eq(json!(variables)),
                dashboards::version.eq(version),
                dashboards::updated_at.eq(now),
            ))
            .execute(conn)
            .await?;
        Ok(())
    }

    async fn write_panels(&self, conn: &mut Conn, before: &Board, ops: &[AppliedOp]) -> Result<(), OpError> {
        let (changed, new): (Vec<&Panel>, Vec<&Panel>) = self
            .board
            .panels
            .values()
            .filter(|panel| before.panels.get(&panel.id) != Some(panel))
            .partition(|panel| before.panels.contains_key(&panel.id));
        let rows = |panels: &[&Panel]| -> Vec<_> {
            panels.iter().map(|panel| ((*panel).clone(), panels::org_id.eq(self.org))).collect()
        };
        if !new.is_empty() {
            let added = diesel::insert_into(panels::table)
                .values(rows(&new))
                .on_conflict_do_nothing()
                .returning(panels::id)
                .get_results::<PanelId>(conn)
                .await?;
            // Another dashboard of the org has a panel with this id.
            let taken = |op: &AppliedOp| {
                op.field == "panel" && op.target.panel().is_some_and(|id| !added.contains(&id))
            };
            if let Some(at) = ops.iter().position(taken) {
                return Err(OpError::Refused { at, refused: exists() });
            }
        }
        if !changed.is_empty() {
            diesel::insert_into(panels::table)
                .values(rows(&changed))
                .on_conflict((panels::org_id, panels::id))
                .do_update()
                .set((
                    panels::kind.eq(excluded(panels::kind)),
                    panels::title.eq(excluded(panels::title)),
                    panels::feed_ids.eq(excluded(panels::feed_ids)),
                    panels::query.eq(excluded(panels::query)),
                    panels::options.eq(excluded(panels::options)),
                    panels::position_x.eq(excluded(panels::position_x)),
                    panels::position_y.eq(excluded(panels::position_y)),
                    panels::width.eq(excluded(panels::width)),
                    panels::height.eq(excluded(panels::height)),
                    panels::deleted.eq(excluded(panels::deleted)),
                    panels::updated_at.eq(excluded(panels::updated_at)),
                ))
                .execute(conn)
                .await?;
        }
        Ok(())
    }
}

/// The actor as the log names them.
async fn person(conn: &mut Conn, by: &Actor) -> QueryResult<Option<Person>> {
    let Some(id) = by.user else { return Ok(None) };
    let name: String = users::table.find(id).select(users::name).first(conn).await?;
    Ok(Some(Person { id, name }))
}
