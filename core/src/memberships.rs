//! Who belongs to which org, and as what.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::audit::{self, Action, Actor, Details, Target};
use crate::db::Conn;
use crate::ids::{OrgId, ProjectId, UserId};
use crate::schema::{memberships, projects, users};
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

/// What members see of each other.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct Person {
    pub id: UserId,
    pub email: String,
    pub name: String,
}

/// A person as a member of an org.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = memberships, check_for_backend(diesel::pg::Pg))]
pub struct Member {
    #[diesel(embed)]
    pub person: Person,
    pub role: Role,
    #[diesel(column_name = created_at)]
    pub joined_at: DateTime<Utc>,
}

/// Why the members of an org stay as they are.
#[derive(Debug, thiserror::Error)]
pub enum MembersError {
    #[error("an org keeps at least one admin")]
    LastAdmin,
    #[error("a member already")]
    AlreadyMember,
    #[error("needs the role admin")]
    NotAdmin(Role),
    #[error(transparent)]
    Query(#[from] diesel::result::Error),
}

/// Makes a person a member, unless they are one; says whether they have become one now.
pub async fn add(conn: &mut Conn, org: OrgId, user: UserId, role: Role) -> QueryResult<bool> {
    let added = diesel::insert_into(memberships::table)
        .values((memberships::org_id.eq(org), memberships::user_id.eq(user), memberships::role.eq(role)))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(added > 0)
}

/// An org's members, by name.
pub async fn list(conn: &mut Conn, org: OrgId) -> QueryResult<Vec<Member>> {
    let mut members: Vec<Member> = memberships::table
        .inner_join(users::table)
        .filter(memberships::org_id.eq(org))
        .select(Member::as_select())
        .load(conn)
        .await?;
    members.sort_by_cached_key(|member| (member.person.name.to_lowercase(), member.person.id));
    Ok(members)
}

pub async fn find(conn: &mut Conn, org: OrgId, user: UserId) -> QueryResult<Member> {
    memberships::table
        .inner_join(users::table)
        .filter(memberships::org_id.eq(org))
        .filter(memberships::user_id.eq(user))
        .select(Member::as_select())
        .first(conn)
        .await
}

/// The roles in an org, which nobody else changes before the transaction is over.
pub struct Roles(Vec<(UserId, Role)>);

impl Roles {
    /// Takes the lock. Rows are locked in one order, so that two who do this wait for each other and
    /// the second sees what the first has done.
    pub async fn lock(conn: &mut Conn, org: OrgId) -> QueryResult<Self> {
        let roles = memberships::table
            .filter(memberships::org_id.eq(org))
            .order(memberships::user_id)
            .select((memberships::user_id, memberships::role))
            .for_update()
            .load(conn)
            .await?;
        Ok(Self(roles))
    }

    fn of(&self, user: UserId) -> QueryResult<Role> {
        let found = self.0.iter().find(|(member, _)| *member == user);
        found.map(|(_, role)| *role).ok_or(diesel::result::Error::NotFound)
    }

    /// Refuses who is not an admin: they were when they asked, and may have lost it since.
    pub fn require_admin(&self, by: &Actor) -> Result<(), MembersError> {
        match by.user.map(|user| self.of(user)).transpose()? {
            Some(role) if role < Role::Admin => Err(MembersError::NotAdmin(role)),
            _ => Ok(()),
        }
    }

    /// Refuses to let go of the last admin.
    fn require_other_admin(&self, user: UserId) -> Result<(), MembersError> {
        let other = self.0.iter().any(|(member, role)| *member != user && *role == Role::Admin);
        if other || self.of(user)? < Role::Admin { Ok(()) } else { Err(MembersError::LastAdmin) }
    }
}

/// Gives a member another role.
pub async fn change_role(
    conn: &mut Conn,
    by: &Actor,
    org: OrgId,
    user: UserId,
    role: Role,
) -> Result<Member, MembersError> {
    let roles = Roles::lock(conn, org).await?;
    roles.require_admin(by)?;
    let member = find(conn, org, user).await?;
    if member.role == role {
        return Ok(member);
    }
    roles.require_other_admin(user)?;
    diesel::update(memberships::table.find((org, user)))
        .set(memberships::role.eq(role))
        .execute(conn)
        .await?;
    let details = Details::default().changed("role", member.role, role);
    audit::record(conn, org, by, Action::MemberRoleChanged, member.person.target(), details).await?;
    Ok(Member { role, ..member })
}

/// Ends a membership: an admin that of anyone, everyone their own.
pub async fn remove(conn: &mut Conn, by: &Actor, org: OrgId, user: UserId) -> Result<(), MembersError> {
    let leaves = by.user == Some(user);
    let roles = Roles::lock(conn, org).await?;
    if !leaves {
        roles.require_admin(by)?;
    }
    let member = find(conn, org, user).await?;
    roles.require_other_admin(user)?;
    let action = if leaves { Action::MemberLeft } else { Action::MemberRemoved };
    let details = Details::default().with("role", member.role);
    // First, as who has left is not seen from here any more.
    audit::record(conn, org, by, action, member.person.target(), details).await?;
    diesel::delete(memberships::table.find((org, user))).execute(conn).await?;
    Ok(())
}

impl Person {
    /// As something that was changed.
    pub fn target(&self) -> Target<'_> {
        Target { kind: "member", id: self.id.0, name: &self.name }
    }
}

/// Whether someone with this (normalised) address is a member.
pub async fn has_email(conn: &mut Conn, org: OrgId, email: &str) -> QueryResult<bool> {
    let members = memberships::table
        .inner_join(users::table)
        .filter(memberships::org_id.eq(org))
        .filter(users::email.eq(email))
        .select(memberships::user_id);
    diesel::select(diesel::dsl::exists(members)).get_result(conn).await
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
