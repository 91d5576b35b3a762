//! Who belongs to which org, and as what.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::ids::{OrgId, ProjectId, UserId};
use crate::schema::{memberships, projects};
use crate::text_enum::text_enum;

text_enum! {
    /// What a member may do; each role may do what the ones before it may.
    Role {
        /// Reads.
        Viewer = "viewer",
        /// Also changes dashboards, feeds, rules, issues.
        Editor = "editor",
        /// Also keys, members, settings, deletion.
        Admin = "admin",
    }
}

pub async fn add(conn: &mut Conn, org: OrgId, user: UserId, role: Role) -> QueryResult<()> {
    diesel::insert_into(memberships::table)
        .values((memberships::org_id.eq(org), memberships::user_id.eq(user), memberships::role.eq(role)))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// A person's role in an org. System scope: this decides which tenant the request may enter.
pub async fn get_role_in_all_orgs(conn: &mut Conn, org: OrgId, user: UserId) -> QueryResult<Option<Role>> {
    memberships::table.find((org, user)).select(memberships::role).first(conn).await.optional()
}

/// The org of a project and the person's role in it; nothing if they don't belong there. System scope:
/// this decides which tenant the request may enter, and the project itself is read there.
pub async fn get_role_for_project_in_all_orgs(
    conn: &mut Conn,
    project: ProjectId,
    user: UserId,
) -> QueryResult<Option<(OrgId, Role)>> {
    projects::table
        .inner_join(memberships::table.on(memberships::org_id.eq(projects::org_id)))
        .filter(projects::id.eq(project))
        .filter(memberships::user_id.eq(user))
        .select((memberships::org_id, memberships::role))
        .first(conn)
        .await
        .optional()
}

/// The orgs a person belongs to and their role in each, oldest first. System scope.
pub async fn list_roles_in_all_orgs(conn: &mut Conn, user: UserId) -> QueryResult<Vec<(OrgId, Role)>> {
    memberships::table
        .filter(memberships::user_id.eq(user))
        .order((memberships::created_at, memberships::org_id))
        .select((memberships::org_id, memberships::role))
        .load(conn)
        .await
}

/// Which orgs these people belong to. System scope: the live streams ask it for everyone they serve.
pub async fn list_of_users_in_all_orgs(
    conn: &mut Conn,
    users: &[UserId],
) -> QueryResult<Vec<(UserId, OrgId)>> {
    memberships::table
        .filter(memberships::user_id.eq_any(users))
        .select((memberships::user_id, memberships::org_id))
        .load(conn)
        .await
}
