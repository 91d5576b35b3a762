//! The newest refused attempts of a project, so that a person sees why nothing arrives.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::ids::{OrgId, ProjectId};
use crate::schema::{projects, rejections};

/// How long they are kept.
const KEPT: TimeDelta = TimeDelta::days(7);

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Rejection {
    pub at: DateTime<Utc>,
    pub status: i32,
    pub code: String,
    pub message: String,
    pub key_last4: Option<String>,
    /// The beginning of what was sent.
    pub sample: Option<String>,
}

#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = rejections)]
pub struct NewRejection {
    pub id: uuid::Uuid,
    pub org_id: OrgId,
    pub project_id: ProjectId,
    pub at: DateTime<Utc>,
    pub status: i32,
    pub code: String,
    pub message: String,
    pub key_last4: Option<String>,
    pub sample: Option<String>,
}

/// The newest first, after `since` if given.
pub async fn list(
    conn: &mut Conn,
    org: OrgId,
    project: ProjectId,
    since: Option<DateTime<Utc>>,
    limit: i64,
) -> QueryResult<Vec<Rejection>> {
    let mut query = rejections::table
        .filter(rejections::org_id.eq(org))
        .filter(rejections::project_id.eq(project))
        .order(rejections::at.desc())
        .limit(limit)
        .select(Rejection::as_select())
        .into_boxed();
    if let Some(since) = since {
        query = query.filter(rejections::at.gt(since));
    }
    query.load(conn).await
}

/// Keeps some attempts, but for those at projects that are gone: nobody is left to be told. System scope.
pub async fn record_in_all_orgs(conn: &mut Conn, attempts: &[NewRejection]) -> QueryResult<()> {
    // Locked, so that none goes before the insert: that would undo the whole transaction.
    let there: Vec<ProjectId> = projects::table
        .filter(projects::id.eq_any(attempts.iter().map(|attempt| attempt.project_id)))
        .select(projects::id)
        .for_key_share()
        .load(conn)
        .await?;
    let kept: Vec<&NewRejection> =
        attempts.iter().filter(|attempt| there.contains(&attempt.project_id)).collect();
    diesel::insert_into(rejections::table).values(kept).execute(conn).await?;
    Ok(())
}

/// Deletes those that are too old to matter.
pub async fn delete_old(conn: &mut Conn, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(rejections::table.filter(rejections::at.lt(now - KEPT))).execute(conn).await
}
