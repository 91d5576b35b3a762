//! Projects: what is observed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::audit::{self, Action, Actor, Details, Target};
use crate::db::{self, Conn};
use crate::ids::{OrgId, ProjectId, StoreId, UserId};
use crate::memberships::{self, Role};
use crate::schema::projects;
use crate::stores;

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Project {
    pub id: ProjectId,
    /// Small number, unique in the installation, for protocols that need one.
    pub num: i32,
    pub org_id: OrgId,
    pub name: String,
    pub slug: String,
    /// Where its events are filed now; clearing the project changes it.
    pub store_id: StoreId,
    pub retention_days: i32,
    pub created_at: DateTime<Utc>,
}

#[derive(Insertable)]
#[diesel(table_name = projects)]
struct NewProject<'a> {
    id: ProjectId,
    org_id: OrgId,
    name: &'a str,
    slug: &'a str,
    store_id: StoreId,
}

#[derive(AsChangeset, Debug, Default)]
#[diesel(table_name = projects)]
pub struct ProjectChanges<'a> {
    pub name: Option<&'a str>,
    pub retention_days: Option<i32>,
}

/// Longest project name, in characters.
pub const NAME_MAX: usize = 100;
/// Allowed days of retention.
pub const RETENTION_DAYS: std::ops::RangeInclusive<i32> = 1..=365;

/// The name as it stands in an address: lower-case letters, digits and single dashes.
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "project".into() } else { slug.chars().take(60).collect() }
}

impl Project {
    fn target(&self) -> Target<'_> {
        Target { kind: "project", id: self.id.0, name: &self.name }
    }
}

/// Makes a project with an empty store. A slug that is taken in the org gets a number.
pub async fn create(conn: &mut Conn, by: &Actor, org: OrgId, name: &str) -> QueryResult<Project> {
    let base = slug(name);
    let taken: Vec<String> = projects::table
        .filter(projects::org_id.eq(org))
        .filter(projects::slug.like(format!("{base}%")))
        .select(projects::slug)
        .load(conn)
        .await?;
    let slug = std::iter::once(base.clone())
        .chain((2..).map(|n| format!("{base}-{n}")))
        .find(|slug| !taken.contains(slug))
        .unwrap_or(base);
    let id = ProjectId::new();
    let store_id = StoreId(id.0);
    let project: Project = diesel::insert_into(projects::table)
        .values(NewProject { id, org_id: org, name, slug: &slug, store_id })
        .returning(Project::as_returning())
        .get_result(conn)
        .await?;
    // After the project: a store is its tenant's through it.
    stores::open(conn, store_id, id, 0).await?;
    audit::record(conn, org, by, Action::ProjectCreated, project.target(), Details::default()).await?;
    Ok(project)
}

/// All projects of all orgs a person belongs to, by name. Begins in system scope, which knows only the
/// memberships; projects are read by their own tenant, so that the transaction ends as the last one.
pub async fn list_of_user_in_all_orgs(conn: &mut Conn, user: UserId) -> QueryResult<Vec<(Project, Role)>> {
    let mut found = Vec::new();
    for (org, role) in memberships::list_roles_in_all_orgs(conn, user).await? {
        db::enter(conn, org).await?;
        found.extend(list(conn, org).await?.into_iter().map(|project| (project, role)));
    }
    found.sort_by_cached_key(|(project, _)| (project.name.to_lowercase(), project.id));
    Ok(found)
}

/// The projects of an org.
async fn list(conn: &mut Conn, org: OrgId) -> QueryResult<Vec<Project>> {
    projects::table.filter(projects::org_id.eq(org)).select(Project::as_select()).load(conn).await
}

pub async fn find(conn: &mut Conn, org: OrgId, id: ProjectId) -> QueryResult<Project> {
    projects::table.find(id).filter(projects::org_id.eq(org)).select(Project::as_select()).first(conn).await
}

/// The project, which nobody else changes before the transaction is over.
async fn lock(conn: &mut Conn, org: OrgId, id: ProjectId) -> QueryResult<Project> {
    let this = projects::table.find(id).filter(projects::org_id.eq(org));
    this.select(Project::as_select()).for_update().first(conn).await
}

pub async fn update(
    conn: &mut Conn,
    by: &Actor,
    org: OrgId,
    id: ProjectId,
    changes: ProjectChanges<'_>,
) -> QueryResult<Project> {
    let before = lock(conn, org, id).await?;
    if changes.name.is_none() && changes.retention_days.is_none() {
        return Ok(before);
    }
    let after: Project = diesel::update(projects::table.find(id).filter(projects::org_id.eq(org)))
        .set(changes)
        .returning(Project::as_returning())
        .get_result(conn)
        .await?;
    let details = Details::default().changed("name", &before.name, &after.name).changed(
        "retention_days",
        before.retention_days,
        after.retention_days,
    );
    if !details.is_empty() {
        audit::record(conn, org, by, Action::ProjectUpdated, after.target(), details).await?;
    }
    Ok(after)
}

/// Puts everything stored so far out of sight at once; a job deletes the rows.
pub async fn clear_events(
    conn: &mut Conn,
    by: &Actor,
    org: OrgId,
    id: ProjectId,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let fresh = StoreId::new();
    // The project's row first: it lets one clear or delete at a time.
    let project: Project = diesel::update(projects::table.find(id).filter(projects::org_id.eq(org)))
        .set(projects::store_id.eq(fresh))
        .returning(Project::as_returning())
        .get_result(conn)
        .await?;
    let seq = stores::retire(conn, id, now).await?;
    stores::open(conn, fresh, id, seq).await?;
    audit::record(conn, org, by, Action::ProjectCleared, project.target(), Details::default()).await
}

/// Deletes the project with its keys; a job deletes its events, and the audit log keeps what it says.
pub async fn delete(
    conn: &mut Conn,
    by: &Actor,
    org: OrgId,
    id: ProjectId,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    // Locked first, as clearing does; gone last, as its store is the tenant's only through it.
    let project = lock(conn, org, id).await?;
    stores::retire(conn, id, now).await?;
    diesel::delete(projects::table.find(id).filter(projects::org_id.eq(org))).execute(conn).await?;
    audit::record(conn, org, by, Action::ProjectDeleted, project.target(), Details::default()).await
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn slugs_are_plain() {
        for (name, expected) in
            [("Mobile App", "mobile-app"), ("  --Ünï  code!! ", "n-code"), ("日本語", "project"), ("a", "a")]
        {
            assert_eq!(slug(name), expected, "{name}");
        }
        assert_eq!(slug(&"x".repeat(500)).len(), 60);
    }
}
