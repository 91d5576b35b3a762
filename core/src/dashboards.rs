//! Dashboards: a board of panels that several people change at the same time.
//!
//! Every change is an operation ([`op::Op`]) that [`apply::apply`] does or refuses and that is appended to
//! the dashboard's log ([`log`]); the rows are what the log comes to. REST and sockets both go through
//! [`operate()`]. History, undo, restoring and playback read the log.

pub mod apply;
pub mod board;
pub mod document;
mod locked;
pub mod log;
pub mod op;
mod operate;
mod options;
mod restore;
mod roles;
mod stars;
pub mod templates;
mod undo;
pub mod values;

#[cfg(test)]
mod apply_tests;
#[cfg(test)]
mod convergence_tests;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::dsl::{count_star, not};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use self::board::{Panel, Variable};
use self::op::{Op, Person};
pub use self::operate::{OpError, Outcome, arrange, operate, topic};
pub use self::restore::restore;
pub use self::roles::{get_role_for_panel_in_all_orgs, get_role_in_all_orgs};
pub use self::stars::{star, starred_by, unstar};
pub use self::undo::{redo, undo};
use crate::audit::{self, Action, Actor, Details};
use crate::bus::Bus;
use crate::db::Conn;
use crate::feeds::{self, Feed, FeedState};
use crate::ids::{DashboardId, FeedId, OrgId, PanelId, ProjectId, UserId};
use crate::projects::Project;
use crate::schema::{dashboard_ops, dashboard_stars, dashboards, panels, projects};

/// Dashboards of one project.
pub const MAX_DASHBOARDS: i64 = 200;

/// A dashboard's row.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = dashboards, check_for_backend(diesel::pg::Pg))]
pub struct DashboardRow {
    pub id: DashboardId,
    pub project_id: ProjectId,
    pub name: String,
    pub description: Option<String>,
    variables: Value,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl DashboardRow {
    /// Of a row that we wrote.
    fn variables(&self) -> Vec<Variable> {
        serde_json::from_value(self.variables.clone()).unwrap_or_default()
    }

    fn target(&self) -> audit::Target<'_> {
        audit::Target { kind: "dashboard", id: self.id.0, name: &self.name }
    }
}

/// A dashboard as lists show it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Dashboard {
    #[schema(value_type = Uuid)]
    pub id: DashboardId,
    #[schema(value_type = Uuid)]
    pub project_id: ProjectId,
    pub name: String,
    pub description: Option<String>,
    pub variables: Vec<Variable>,
    /// How many operations it has seen.
    pub version: i64,
    /// Whether I have starred it.
    pub starred: bool,
    pub panel_count: i64,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    pub created_at: DateTime<Utc>,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    pub updated_at: DateTime<Utc>,
    /// Who changed it last.
    pub updated_by: Option<Person>,
}

/// Why a dashboard could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    #[error("the project has as many dashboards as it may")]
    TooMany,
    #[error(transparent)]
    Op(#[from] OpError),
}

impl From<diesel::result::Error> for CreateError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Op(error.into())
    }
}

impl From<crate::db::DbError> for CreateError {
    fn from(error: crate::db::DbError) -> Self {
        Self::Op(error.into())
    }
}

/// Makes a dashboard by its first operations, which nobody can undo. `said` is what the audit log is to
/// tell of it.
pub async fn create(
    conn: &mut Conn,
    by: &Actor,
    project: &Project,
    ops: Vec<Op>,
    said: Details,
    now: DateTime<Utc>,
) -> Result<DashboardId, CreateError> {
    let org = project.org_id;
    // The project's row lets one be made at a time, so that they can be counted.
    let this = projects::table.find(project.id).filter(projects::org_id.eq(org));
    this.select(projects::id).for_no_key_update().first::<ProjectId>(conn).await?;
    let of_project = dashboards::table.filter(dashboards::project_id.eq(project.id));
    if of_project.count().get_result::<i64>(conn).await? >= MAX_DASHBOARDS {
        return Err(CreateError::TooMany);
    }
    let id = DashboardId::new();
    diesel::insert_into(dashboards::table)
        .values((
            dashboards::id.eq(id),
            dashboards::org_id.eq(org),
            dashboards::project_id.eq(project.id),
            dashboards::name.eq(""),
            dashboards::created_at.eq(now),
            dashboards::updated_at.eq(now),
        ))
        .execute(conn)
        .await?;
    operate::first(conn, org, id, by, ops, now).await?;
    let made = find_row(conn, org, id).await?;
    let said = said.with("project", &project.name);
    audit::record(conn, org, by, Action::DashboardCreated, made.target(), said).await?;
    Ok(id)
}

/// A dashboard's row.
pub async fn find_row(conn: &mut Conn, org: OrgId, id: DashboardId) -> QueryResult<DashboardRow> {
    dashboards::table
        .find(id)
        .filter(dashboards::org_id.eq(org))
        .select(DashboardRow::as_select())
        .first(conn)
        .await
}

/// Deletes a dashboard with its panels and its log.
pub async fn delete(conn: &mut Conn, by: &Actor, org: OrgId, id: DashboardId) -> QueryResult<()> {
    let gone: DashboardRow = diesel::delete(dashboards::table.find(id).filter(dashboards::org_id.eq(org)))
        .returning(DashboardRow::as_returning())
        .get_result(conn)
        .await?;
    audit::record(conn, org, by, Action::DashboardDeleted, gone.target(), Details::default()).await
}

/// Tells whoever shows a dashboard that it has been deleted.
pub async fn announce_deleted(bus: &Bus, id: DashboardId) {
    bus.publish(&topic(id), bytes::Bytes::from_static(br#"{"deleted":true}"#)).await;
}

/// A project's dashboards by name, as this person sees them.
pub async fn list(
    conn: &mut Conn,
    org: OrgId,
    project: ProjectId,
    reader: UserId,
) -> QueryResult<Vec<Dashboard>> {
    let mut rows: Vec<DashboardRow> = dashboards::table
        .filter(dashboards::org_id.eq(org))
        .filter(dashboards::project_id.eq(project))
        .select(DashboardRow::as_select())
        .load(conn)
        .await?;
    rows.sort_by_cached_key(|row| (row.name.to_lowercase(), row.id));
    describe(conn, org, reader, rows).await
}

/// A dashboard as this person sees it.
pub async fn find(conn: &mut Conn, org: OrgId, id: DashboardId, reader: UserId) -> QueryResult<Dashboard> {
    let row = find_row(conn, org, id).await?;
    let found = describe(conn, org, reader, vec![row]).await?;
    found.into_iter().next().ok_or(diesel::result::Error::NotFound)
}

/// A dashboard's panels, from the top left on.
pub async fn panels(conn: &mut Conn, org: OrgId, id: DashboardId) -> QueryResult<Vec<Panel>> {
    panels::table
        .filter(panels::org_id.eq(org))
        .filter(panels::dashboard_id.eq(id))
        .filter(not(panels::deleted))
        .order((panels::position_y, panels::position_x, panels::id))
        .select(Panel::as_select())
        .load(conn)
        .await
}

/// The project's feeds that panels show, each once; those that have gone are left out.
pub async fn feeds(
    conn: &mut Conn,
    org: OrgId,
    project: ProjectId,
    shown: &[Panel],
) -> QueryResult<Vec<(Feed, FeedState)>> {
    let mut ids: Vec<FeedId> = shown.iter().flat_map(Panel::feeds).map(FeedId).collect();
    ids.sort();
    ids.dedup();
    feeds::list_some(conn, org, project, &ids).await
}

/// A panel, also one that has been deleted.
pub async fn find_panel(conn: &mut Conn, org: OrgId, id: PanelId) -> QueryResult<Panel> {
    panels::table.find((org, id)).select(Panel::as_select()).first(conn).await
}

/// Adds to rows what stands elsewhere.
async fn describe(
    conn: &mut Conn,
    org: OrgId,
    reader: UserId,
    rows: Vec<DashboardRow>,
) -> QueryResult<Vec<Dashboard>> {
    let ids: Vec<DashboardId> = rows.iter().map(|row| row.id).collect();
    let counts: Vec<(DashboardId, i64)> = panels::table
        .filter(panels::org_id.eq(org))
        .filter(panels::dashboard_id.eq_any(&ids))
        .filter(not(panels::deleted))
        .group_by(panels::dashboard_id)
        .select((panels::dashboard_id, count_star()))
        .load(conn)
        .await?;
    let counts: HashMap<_, _> = counts.into_iter().collect();
    let starred: Vec<DashboardId> = dashboard_stars::table
        .filter(dashboard_stars::org_id.eq(org))
        .filter(dashboard_stars::user_id.eq(reader))
        .filter(dashboard_stars::dashboard_id.eq_any(&ids))
        .select(dashboard_stars::dashboard_id)
        .load(conn)
        .await?;
    let starred: HashSet<_> = starred.into_iter().collect();
    let newest: Vec<(DashboardId, Option<UserId>, Option<String>)> = dashboards::table
        .inner_join(dashboard_ops::table.on(dashboard_ops::dashboard_id.eq(dashboards::id)))
        .filter(dashboard_ops::seq.eq(dashboards::version))
        .filter(dashboards::org_id.eq(org))
        .filter(dashboards::id.eq_any(&ids))
        .select((dashboards::id, dashboard_ops::actor_id, dashboard_ops::actor_name))
        .load(conn)
        .await?;
    let mut newest: HashMap<_, _> =
        newest.into_iter().map(|(id, actor, name)| (id, Person::of(actor, name))).collect();
    let described = rows.into_iter().map(|row| Dashboard {
        variables: row.variables(),
        starred: starred.contains(&row.id),
        panel_count: counts.get(&row.id).copied().unwrap_or(0),
        updated_by: newest.remove(&row.id).flatten(),
        id: row.id,
        project_id: row.project_id,
        name: row.name,
        description: row.description,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    });
    Ok(described.collect())
}
