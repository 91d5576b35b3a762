//! The audit log: who changed what in an org, when and from where.
//!
//! A function that changes something of an org takes the [`Actor`] and records the change in the same
//! transaction: there is no change without its row and no row without its change. Rows are appended and
//! never changed; the role of tenants has no right to.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::db::Conn;
use crate::events::PageCursor;
use crate::ids::{OrgId, UserId};
use crate::memberships::Person;
use crate::schema::{audit_log, users};
use crate::text_enum::text_enum;

text_enum! {
    /// What was done.
    Action {
        OrgUpdated = "org.updated",
        MemberJoined = "member.joined",
        MemberRoleChanged = "member.role_changed",
        MemberRemoved = "member.removed",
        MemberLeft = "member.left",
        InvitationCreated = "invitation.created",
        InvitationWithdrawn = "invitation.withdrawn",
        /// Accepted by someone who was a member already; nothing else has changed.
        InvitationUsed = "invitation.used",
        ProjectCreated = "project.created",
        ProjectUpdated = "project.updated",
        ProjectCleared = "project.cleared",
        ProjectDeleted = "project.deleted",
        KeyCreated = "key.created",
        KeyUpdated = "key.updated",
        KeyRevoked = "key.revoked",
        FeedCreated = "feed.created",
        FeedUpdated = "feed.updated",
        FeedDeleted = "feed.deleted",
        FeedRotated = "feed.rotated",
        DashboardCreated = "dashboard.created",
        DashboardDeleted = "dashboard.deleted",
    }
}

/// Who changes something, and from where.
#[derive(Clone, Debug, Default)]
pub struct Actor {
    /// Nobody: the server itself.
    pub user: Option<UserId>,
    pub ip: Option<String>,
    pub request_id: Option<String>,
}

/// What a change was made to, by the name it had then.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    pub kind: &'static str,
    pub id: Uuid,
    pub name: &'a str,
}

/// What else there is to say of a change. Never a secret.
#[derive(Clone, Debug, Default)]
pub struct Details(Map<String, Value>);

impl Details {
    /// Something to know.
    #[must_use]
    pub fn with(mut self, what: &str, value: impl Serialize) -> Self {
        self.0.insert(what.to_owned(), json!(value));
        self
    }

    /// What it was and what it is now; nothing if that is the same.
    #[must_use]
    pub fn changed<T: Serialize + PartialEq>(self, what: &str, from: T, to: T) -> Self {
        if from == to { self } else { self.with(what, json!({"from": from, "to": to})) }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Appends a row. The actor is named as they are called now, as long as they belong to the org: who
/// leaves it is to be recorded first.
pub async fn record(
    conn: &mut Conn,
    org: OrgId,
    by: &Actor,
    action: Action,
    target: Target<'_>,
    details: Details,
) -> QueryResult<()> {
    let actor: Option<Person> = match by.user {
        Some(user) => Some(users::table.find(user).select(Person::as_select()).first(conn).await?),
        None => None,
    };
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::id.eq(Uuid::now_v7()),
            audit_log::org_id.eq(org),
            audit_log::at.eq(crate::now()),
            (
                audit_log::actor_id.eq(by.user),
                audit_log::actor_email.eq(actor.as_ref().map(|actor| &actor.email)),
                audit_log::actor_name.eq(actor.as_ref().map(|actor| &actor.name)),
            ),
            audit_log::action.eq(action),
            (
                audit_log::target_kind.eq(target.kind),
                audit_log::target_id.eq(target.id),
                audit_log::target_name.eq(target.name),
            ),
            audit_log::details.eq((!details.is_empty()).then_some(Value::Object(details.0))),
            audit_log::ip.eq(&by.ip),
            audit_log::request_id.eq(&by.request_id),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// A row of the log.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = audit_log, check_for_backend(diesel::pg::Pg))]
pub struct AuditEntry {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub actor_id: Option<UserId>,
    pub actor_email: Option<String>,
    pub actor_name: Option<String>,
    /// As text: a newer version may have written what this one does not know.
    pub action: String,
    pub target_kind: String,
    pub target_id: Uuid,
    pub target_name: String,
    pub details: Option<Value>,
    pub ip: Option<String>,
    pub request_id: Option<String>,
}

impl AuditEntry {
    /// Where the next page begins if this is the last row of one.
    pub fn cursor(&self) -> PageCursor {
        PageCursor { ts: self.at, id: self.id }
    }
}

/// Which rows of the log; all of it must hold.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    pub actor: Option<UserId>,
    pub action: Option<Action>,
    /// From then on.
    pub since: Option<DateTime<Utc>>,
    /// Before then.
    pub until: Option<DateTime<Utc>>,
}

/// A page of an org's log, newest first, and one more than `limit` if there are more.
pub async fn list(
    conn: &mut Conn,
    org: OrgId,
    filter: AuditFilter,
    after: Option<PageCursor>,
    limit: i64,
) -> QueryResult<Vec<AuditEntry>> {
    let mut wanted = audit_log::table
        .filter(audit_log::org_id.eq(org))
        .order((audit_log::at.desc(), audit_log::id.desc()))
        .limit(limit + 1)
        .select(AuditEntry::as_select())
        .into_boxed();
    if let Some(actor) = filter.actor {
        wanted = wanted.filter(audit_log::actor_id.eq(actor));
    }
    if let Some(action) = filter.action {
        wanted = wanted.filter(audit_log::action.eq(action));
    }
    if let Some(since) = filter.since {
        wanted = wanted.filter(audit_log::at.ge(since));
    }
    if let Some(until) = filter.until {
        wanted = wanted.filter(audit_log::at.lt(until));
    }
    if let Some(PageCursor { ts, id }) = after {
        wanted = wanted.filter(audit_log::at.le(ts)).filter(audit_log::at.lt(ts).or(audit_log::id.lt(id)));
    }
    wanted.load(conn).await
}
