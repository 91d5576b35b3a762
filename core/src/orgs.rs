//! Orgs: the tenants.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::audit::{self, Action, Actor, Details, Target};
use crate::db::{self, Conn};
use crate::ids::{OrgId, UserId};
use crate::memberships::{self, Role};
use crate::schema::orgs;

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Org {
    pub id: OrgId,
    pub name: String,
    pub created_at: DateTime<Utc>,
}

pub async fn create(conn: &mut Conn, name: &str) -> QueryResult<Org> {
    diesel::insert_into(orgs::table)
        .values((orgs::id.eq(OrgId::new()), orgs::name.eq(name)))
        .returning(Org::as_returning())
        .get_result(conn)
        .await
}

pub async fn rename(conn: &mut Conn, by: &Actor, org: OrgId, name: &str) -> QueryResult<Org> {
    let before: Org = orgs::table.find(org).select(Org::as_select()).for_update().first(conn).await?;
    let after: Org = diesel::update(orgs::table.find(org))
        .set(orgs::name.eq(name))
        .returning(Org::as_returning())
        .get_result(conn)
        .await?;
    let details = Details::default().changed("name", &before.name, &after.name);
    if !details.is_empty() {
        let target = Target { kind: "org", id: org.0, name: &after.name };
        audit::record(conn, org, by, Action::OrgUpdated, target, details).await?;
    }
    Ok(after)
}

pub async fn find(conn: &mut Conn, org: OrgId) -> QueryResult<Org> {
    orgs::table.find(org).select(Org::as_select()).first(conn).await
}

/// The orgs a person belongs to, oldest first. Begins in system scope, which knows only the memberships;
/// each org is read by its own tenant, so that the transaction ends as the last one.
pub async fn list_of_user_in_all_orgs(
    conn: &mut Conn,
    user: UserId,
) -> QueryResult<Vec<(OrgId, String, Role)>> {
    let mut found = Vec::new();
    for (org, role) in memberships::list_roles_in_all_orgs(conn, user).await? {
        db::enter(conn, org).await?;
        if let Some(org) = find(conn, org).await.optional()? {
            found.push((org.id, org.name, role));
        }
    }
    Ok(found)
}

/// The org's own daily quota of events: nothing for the installation's default, 0 for none.
pub async fn daily_event_quota(conn: &mut Conn, org: OrgId) -> QueryResult<Option<i64>> {
    orgs::table.find(org).select(orgs::daily_event_quota).first(conn).await
}

/// Changes it; returns the org's name. System scope: tenants have no right to.
pub async fn set_daily_event_quota_in_all_orgs(
    conn: &mut Conn,
    org: OrgId,
    quota: Option<i64>,
) -> QueryResult<String> {
    diesel::update(orgs::table.find(org))
        .set(orgs::daily_event_quota.eq(quota))
        .returning(orgs::name)
        .get_result(conn)
        .await
}
