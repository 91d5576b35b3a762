//! Who may do what to a dashboard or panel, asked before it is known whose it is.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::ids::{DashboardId, OrgId, PanelId, UserId};
use crate::memberships::Role;
use crate::schema::{dashboards, memberships, panels};

/// The org of a dashboard and the person's role in it; nothing if they don't belong there. System scope:
/// this decides which tenant the request may enter.
pub async fn get_role_in_all_orgs(
    conn: &mut Conn,
    id: DashboardId,
    user: UserId,
) -> QueryResult<Option<(OrgId, Role)>> {
    dashboards::table
        .inner_join(memberships::table.on(memberships::org_id.eq(dashboards::org_id)))
        .filter(dashboards::id.eq(id))
        .filter(memberships::user_id.eq(user))
        .select((memberships::org_id, memberships::role))
        .first(conn)
        .await
        .optional()
}

/// The same for a panel. Clients make the ids of panels, so that two orgs may have the same one: who
/// belongs to both means the older.
pub async fn get_role_for_panel_in_all_orgs(
    conn: &mut Conn,
    id: PanelId,
    user: UserId,
) -> QueryResult<Option<(OrgId, Role)>> {
    panels::table
        .inner_join(memberships::table.on(memberships::org_id.eq(panels::org_id)))
        .filter(panels::id.eq(id))
        .filter(memberships::user_id.eq(user))
        .order((panels::created_at, panels::org_id))
        .select((memberships::org_id, memberships::role))
        .first(conn)
        .await
        .optional()
}
