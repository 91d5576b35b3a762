//! Stars: which dashboards a person wants to find first. Theirs alone, and no change of the dashboard.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::ids::{DashboardId, OrgId, UserId};
use crate::schema::dashboard_stars;

pub async fn star(conn: &mut Conn, org: OrgId, id: DashboardId, user: UserId) -> QueryResult<()> {
    diesel::insert_into(dashboard_stars::table)
        .values((
            dashboard_stars::dashboard_id.eq(id),
            dashboard_stars::user_id.eq(user),
            dashboard_stars::org_id.eq(org),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn unstar(conn: &mut Conn, org: OrgId, id: DashboardId, user: UserId) -> QueryResult<()> {
    let mine = dashboard_stars::table.find((id, user)).filter(dashboard_stars::org_id.eq(org));
    diesel::delete(mine).execute(conn).await?;
    Ok(())
}

/// Which of these people have starred a dashboard.
pub async fn starred_by(
    conn: &mut Conn,
    org: OrgId,
    id: DashboardId,
    users: &[UserId],
) -> QueryResult<HashSet<UserId>> {
    let users: Vec<UserId> = dashboard_stars::table
        .filter(dashboard_stars::org_id.eq(org))
        .filter(dashboard_stars::dashboard_id.eq(id))
        .filter(dashboard_stars::user_id.eq_any(users))
        .select(dashboard_stars::user_id)
        .load(conn)
        .await?;
    Ok(users.into_iter().collect())
}
