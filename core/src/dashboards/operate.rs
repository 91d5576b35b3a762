//! Doing operations: one transaction that locks the dashboard's row, asks [`apply`] and writes what has
//! changed and the log; then everyone who shows the dashboard is told.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::apply::{apply, exists};
use super::board::{Board, Panel, feeds_of_query};
use super::op::{AppliedOp, Op, Person, Refused};
use super::{DashboardRow, log};
use crate::audit::Actor;
use crate::bus::Bus;
use crate::db::{Conn, Db, DbError};
use crate::feeds;
use crate::ids::{DashboardId, FeedId, OrgId, PanelId};
use crate::schema::{dashboards, panels, users};

/// Operations asked for, as they were done.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Outcome {
    /// In the order in which they were asked for.
    pub ops: Vec<AppliedOp>,
    /// The dashboard's version now.
    pub version: i64,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum OpError {
    /// The operation at this place, from 0, is refused; so none is done.
    #[error("operation {at}: {refused}")]
    Refused { at: usize, refused: Refused },
    #[error("there is nothing to undo or redo")]
    NothingToUndo,
    /// Somebody else has changed it since.
    #[error("{message}")]
    ChangedSince { message: String },
    #[error("the version is from 1 to {0}")]
    NoSuchVersion(i64),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<diesel::result::Error> for OpError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}

impl OpError {
    pub(super) fn refused(at: usize) -> impl FnOnce(Refused) -> Self {
        move |refused| Self::Refused { at, refused }
    }
}

/// The topic of the bus on which a dashboard's operations are told: `{"ops": [...], "version"}`, and in the
/// end `{"deleted": true}`.
pub fn topic(dashboard: DashboardId) -> String {
    format!("dashboard:{dashboard}")
}

/// Does operations, all or none, and tells everyone who shows the dashboard. Several are one batch. Those
/// that have been done before are answered as they were then.
pub async fn operate(
    db: &Db,
    bus: &Bus,
    org: OrgId,
    dashboard: DashboardId,
    by: &Actor,
    ops: Vec<Op>,
) -> Result<Outcome, OpError> {
    let now = crate::now();
    arrange(db, bus, org, dashboard, async |conn: &mut Conn| {
        let locked = Locked::take(conn, org, dashboard, &named(&ops)).await?;
        locked.operate(conn, by, ops, now).await
    })
    .await
}

/// Runs what changes a dashboard in a transaction, and tells everyone what was done.
pub async fn arrange(
    db: &Db,
    bus: &Bus,
    org: OrgId,
    dashboard: DashboardId,
    work: impl AsyncFnOnce(&mut Conn) -> Result<Done, OpError>,
) -> Result<Outcome, OpError> {
    let Done { outcome, fresh } = db.tenant(org, work).await?;
    if !fresh.is_empty() {
        let message = json!({"ops": fresh, "version": outcome.version});
        bus.publish(&topic(dashboard), message.to_string().into()).await;
    }
    Ok(outcome)
}

/// The operations that make a dashboard. They are known by the batch, which is the dashboard's own id.
pub(super) async fn first(
    conn: &mut Conn,
    org: OrgId,
    dashboard: DashboardId,
    by: &Actor,
    ops: Vec<Op>,
    now: DateTime<Utc>,
) -> Result<(), OpError> {
    let locked = Locked::take(conn, org, dashboard, &[]).await?;
    let wanted = ops.into_iter().map(Wanted::from).collect();
    locked.append(conn, by, wanted, Some(dashboard.0), now).await?;
    Ok(())
}

fn named(ops: &[Op]) -> Vec<PanelId> {
    ops.iter().filter_map(|op| op.target.panel()).collect()
}

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
    org: OrgId,
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

    /// Does what clients ask for: each operation once.
    async fn operate(
        self,
        conn: &mut Conn,
        by: &Actor,
        ops: Vec<Op>,
        now: DateTime<Utc>,
    ) -> Result<Done, OpError> {
        let ids: Vec<Uuid> = ops.iter().map(|op| op.op_id).collect();
        let known = log::known(conn, self.org, self.row.id, &ids).await?;
        let mut by_id: BTreeMap<Uuid, AppliedOp> = known.into_iter().map(|op| (op.op_id, op)).collect();
        let mut seen: BTreeSet<Uuid> = by_id.keys().copied().collect();
        let mut wanted = Vec::new();
        let mut places = Vec::new();
        for (at, op) in ops.into_iter().enumerate() {
            if seen.insert(op.op_id) {
                places.push(at);
                wanted.push(Wanted::from(op));
            }
        }
        self.require_feeds(conn, &wanted, &places).await?;
        let batch = (wanted.len() > 1).then(Uuid::now_v7);
        let done = self.append(conn, by, wanted, batch, now).await;
        let done = done.map_err(|error| match error {
            OpError::Refused { at, refused } => OpError::Refused { at: places[at], refused },
            other => other,
        })?;
        by_id.extend(done.fresh.iter().map(|op| (op.op_id, op.clone())));
        let ops = ids.iter().filter_map(|id| by_id.get(id).cloned()).collect();
        Ok(Done { outcome: Outcome { ops, ..done.outcome }, fresh: done.fresh })
    }

    /// Refuses feeds that are not the project's, but for those that a panel has already: they may have
    /// gone meanwhile.
    async fn require_feeds(
        &self,
        conn: &mut Conn,
        wanted: &[Wanted],
        places: &[usize],
    ) -> Result<(), OpError> {
        let named: Vec<(usize, &str, Uuid)> = wanted
            .iter()
            .zip(places)
            .flat_map(|(Wanted { op, .. }, at)| {
                let held: Vec<Uuid> = op
                    .target
                    .panel()
                    .and_then(|id| self.board.panels.get(&id))
                    .iter()
                    .flat_map(|panel| panel.feeds())
                    .collect();
                let fresh = feeds_named(op).into_iter().filter(move |(_, id)| !held.contains(id));
                fresh.map(move |(field, id)| (*at, field, id))
            })
            .collect();
        if named.is_empty() {
            return Ok(());
        }
        let ids: Vec<FeedId> = named.iter().map(|(.., id)| FeedId(*id)).collect();
        let found = feeds::list_some(conn, self.org, self.row.project_id, &ids).await?;
        match named.iter().find(|(.., id)| !found.iter().any(|(feed, _)| feed.id.0 == *id)) {
            None => Ok(()),
            Some((at, field, _)) => {
                let refused = Refused::field(*field, "names a feed that this project does not have");
                Err(OpError::Refused { at: *at, refused })
            }
        }
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

/// The feeds that an operation names, each with its field. What can't be read is refused elsewhere.
fn feeds_named(op: &Op) -> Vec<(&'static str, Uuid)> {
    let (ids, query) = match op.field.as_str() {
        "panel" => (&op.value["feed_ids"], &op.value["query"]),
        "feed_ids" => (&op.value, &Value::Null),
        "query" => (&Value::Null, &op.value),
        _ => return Vec::new(),
    };
    let ids = ids.as_array().into_iter().flatten().filter_map(|id| Uuid::parse_str(id.as_str()?).ok());
    let of_query = feeds_of_query(query).into_iter().map(|id| ("query", id));
    ids.map(|id| ("feed_ids", id)).chain(of_query).collect()
}

/// The actor as the log names them.
async fn person(conn: &mut Conn, by: &Actor) -> QueryResult<Option<Person>> {
    let Some(id) = by.user else { return Ok(None) };
    let name: String = users::table.find(id).select(users::name).first(conn).await?;
    Ok(Some(Person { id, name }))
}
