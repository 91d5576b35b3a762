//! The newest refused attempts of a project, so that a person sees why nothing arrives.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::ids::{OrgId, ProjectId};
use crate::schema::rejections;

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

/// Keeps some attempts. System scope.
pub async fn record_in_all_orgs(conn: &mut Conn, attempts: &[NewRejection]) -> QueryResult<()> {
    for attempt in attempts {
        let kept = diesel::insert_into(rejections::table).values(attempt).execute(conn).await;
        match kept {
            // The project was deleted meanwhile: nobody is left to be told.
            Err(diesel::result::Error::DatabaseError(
                diesel::result::DatabaseErrorKind::ForeignKeyViolation,
                _,
            )) => return Ok(()),
            other => other?,
        };
    }
    Ok(())
}

/// Deletes those that are too old to matter.
pub async fn delete_old(conn: &mut Conn, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(rejections::table.filter(rejections::at.lt(now - KEPT))).execute(conn).await
}
