//! Doing operations: one transaction that locks the dashboard's row, asks [`super::apply`] and writes what has
//! changed and the log; then everyone who shows the dashboard is told.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::board::feeds_of_query;
use super::locked::{Done, Locked, Wanted};
use super::log;
use super::op::{AppliedOp, Op, Refused};
use crate::audit::Actor;
use crate::bus::Bus;
use crate::db::{Conn, Db, DbError};
use crate::feeds;
use crate::ids::{DashboardId, FeedId, OrgId, PanelId};

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

impl Locked {
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
