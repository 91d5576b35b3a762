//! Feeds: where a project's data comes from by itself, and how each of them is doing.
//!
//! A feed is two rows: what people say of it (`feeds`), and what changes with every tick
//! (`feed_states`). What it may be made of is the business of the crate `feeds`; here a config is JSON
//! that has been checked. Secret values stand apart from it, encrypted ([`secrets`]).

pub mod claims;
pub mod history;
pub mod hooks;
pub mod secrets;
pub mod ticks;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::audit::{self, Action, Actor, Details, Target};
use crate::db::Conn;
use crate::ids::{FeedId, OrgId, ProjectId, UserId};
use crate::memberships::Role;
use crate::projects::Project;
use crate::schema::{feed_states, feeds, memberships, projects};
use crate::text_enum::text_enum;

/// Longest name, in characters: it names the feed's events.
pub const NAME_MAX: usize = 100;
/// Most feeds of one project.
pub const FEEDS_MAX: i64 = 200;

/// What people say of a feed.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = feeds, check_for_backend(diesel::pg::Pg))]
pub struct Feed {
    pub id: FeedId,
    pub org_id: OrgId,
    pub project_id: ProjectId,
    /// The name of its type.
    pub kind: String,
    pub name: String,
    /// Without its secret values.
    pub config: Value,
    /// The secret values, sealed.
    pub secrets: Option<Vec<u8>>,
    pub enabled: bool,
    /// `None`: it receives.
    pub interval_sec: Option<i32>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// How a feed is doing.
#[derive(Clone, Debug, Default, Queryable, Selectable)]
#[diesel(table_name = feed_states, check_for_backend(diesel::pg::Pg))]
pub struct FeedState {
    /// When it is asked next.
    pub due_at: Option<DateTime<Utc>>,
    pub last_run: Option<DateTime<Utc>>,
    pub last_ok: Option<DateTime<Utc>>,
    /// In a row, since it last went well.
    pub failures: i32,
    pub error_at: Option<DateTime<Utc>>,
    pub error: Option<String>,
    pub value_ts: Option<DateTime<Utc>>,
    /// The newest payload, kept while it fails.
    pub value: Option<Value>,
}

text_enum! {
    /// How a feed is doing, in a word.
    FeedHealth {
        Ok = "ok",
        Failing = "failing",
        /// Nothing has come yet.
        Waiting = "waiting",
        Disabled = "disabled",
    }
}

impl FeedState {
    /// In a word; `enabled` is the feed's.
    pub fn health(&self, enabled: bool) -> FeedHealth {
        match (enabled, self.failures, self.last_ok) {
            (false, ..) => FeedHealth::Disabled,
            (_, 1.., _) => FeedHealth::Failing,
            (_, _, None) => FeedHealth::Waiting,
            _ => FeedHealth::Ok,
        }
    }
}

/// A feed to be made or the new definition of one: checked, and its secrets sealed.
#[derive(Clone, Debug)]
pub struct Definition<'a> {
    pub name: &'a str,
    pub config: &'a Value,
    pub secrets: Option<Vec<u8>>,
    /// The hash of a webhook's key.
    pub hook_hash: Option<Vec<u8>>,
    pub enabled: bool,
    pub interval_sec: Option<i32>,
}

/// Why a feed could not be made.
#[derive(Debug, thiserror::Error)]
pub enum FeedsError {
    #[error("the project has as many feeds as it may")]
    TooMany,
    #[error(transparent)]
    Query(#[from] diesel::result::Error),
}

impl Feed {
    fn target(&self) -> Target<'_> {
        Target { kind: "feed", id: self.id.0, name: &self.name }
    }
}

/// Makes a feed; it is due at once.
pub async fn create(
    conn: &mut Conn,
    by: &Actor,
    project: &Project,
    id: FeedId,
    kind: &str,
    new: Definition<'_>,
    now: DateTime<Utc>,
) -> Result<(Feed, FeedState), FeedsError> {
    // The project's row lets one be made at a time, so that they can be counted.
    let this = projects::table.find(project.id).filter(projects::org_id.eq(project.org_id));
    this.select(projects::id).for_no_key_update().first::<ProjectId>(conn).await?;
    let of_project = feeds::table.filter(feeds::project_id.eq(project.id));
    if of_project.count().get_result::<i64>(conn).await? >= FEEDS_MAX {
        return Err(FeedsError::TooMany);
    }
    let feed: Feed = diesel::insert_into(feeds::table)
        .values((
            feeds::id.eq(id),
            feeds::org_id.eq(project.org_id),
            feeds::project_id.eq(project.id),
            feeds::kind.eq(kind),
            feeds::name.eq(new.name),
            feeds::config.eq(new.config),
            feeds::secrets.eq(new.secrets),
            feeds::hook_hash.eq(new.hook_hash),
            feeds::enabled.eq(new.enabled),
            feeds::interval_sec.eq(new.interval_sec),
            feeds::created_at.eq(now),
            feeds::updated_at.eq(now),
        ))
        .returning(Feed::as_returning())
        .get_result(conn)
        .await?;
    let due_at = (feed.enabled && feed.interval_sec.is_some()).then_some(now);
    let state = diesel::insert_into(feed_states::table)
        .values((
            feed_states::feed_id.eq(id),
            feed_states::org_id.eq(project.org_id),
            feed_states::due_at.eq(due_at),
        ))
        .returning(FeedState::as_returning())
        .get_result(conn)
        .await?;
    let details = Details::default().with("project", &project.name).with("type", kind);
    audit::record(conn, project.org_id, by, Action::FeedCreated, feed.target(), details).await?;
    Ok((feed, state))
}

/// A project's feeds by name, with how each is doing.
pub async fn list(conn: &mut Conn, org: OrgId, project: ProjectId) -> QueryResult<Vec<(Feed, FeedState)>> {
    feeds::table
        .inner_join(feed_states::table)
        .filter(feeds::org_id.eq(org))
        .filter(feeds::project_id.eq(project))
        .order((feeds::name, feeds::id))
        .select((Feed::as_select(), FeedState::as_select()))
        .load(conn)
        .await
}

/// Those of a project's feeds that have one of these ids, with how each is doing; others are left out.
pub async fn list_some(
    conn: &mut Conn,
    org: OrgId,
    project: ProjectId,
    ids: &[FeedId],
) -> QueryResult<Vec<(Feed, FeedState)>> {
    feeds::table
        .inner_join(feed_states::table)
        .filter(feeds::org_id.eq(org))
        .filter(feeds::project_id.eq(project))
        .filter(feeds::id.eq_any(ids))
        .order((feeds::name, feeds::id))
        .select((Feed::as_select(), FeedState::as_select()))
        .load(conn)
        .await
}

pub async fn find(conn: &mut Conn, org: OrgId, id: FeedId) -> QueryResult<Feed> {
    feeds::table.find(id).filter(feeds::org_id.eq(org)).select(Feed::as_select()).first(conn).await
}

/// The feed, which nobody else changes before the transaction is over.
pub async fn lock(conn: &mut Conn, org: OrgId, id: FeedId) -> QueryResult<Feed> {
    let this = feeds::table.find(id).filter(feeds::org_id.eq(org));
    this.select(Feed::as_select()).for_update().first(conn).await
}

/// How a feed is doing.
pub async fn find_state(conn: &mut Conn, org: OrgId, id: FeedId) -> QueryResult<FeedState> {
    feed_states::table
        .find(id)
        .filter(feed_states::org_id.eq(org))
        .select(FeedState::as_select())
        .first(conn)
        .await
}

/// Gives a feed its new definition. What an older one is still finding is not written any more, and the
/// new one is due at once; errors of the older one are forgotten.
///
/// `details` says for the audit log what of the config has changed, without values.
pub async fn update(
    conn: &mut Conn,
    by: &Actor,
    before: &Feed,
    new: Definition<'_>,
    details: Details,
    now: DateTime<Utc>,
) -> QueryResult<(Feed, FeedState)> {
    let this = feeds::table.find(before.id).filter(feeds::org_id.eq(before.org_id));
    let after: Feed = diesel::update(this)
        .set((
            feeds::name.eq(new.name),
            feeds::config.eq(new.config),
            feeds::secrets.eq(new.secrets),
            feeds::hook_hash.eq(new.hook_hash),
            feeds::enabled.eq(new.enabled),
            feeds::interval_sec.eq(new.interval_sec),
            feeds::updated_at.eq(now),
        ))
        .returning(Feed::as_returning())
        .get_result(conn)
        .await?;
    let state = start_anew(conn, &after, now).await?;
    let details =
        details.changed("name", &before.name, &after.name).changed("enabled", before.enabled, after.enabled);
    if !details.is_empty() {
        audit::record(conn, after.org_id, by, Action::FeedUpdated, after.target(), details).await?;
    }
    Ok((after, state))
}

/// Makes a feed due now without its past errors, and whatever is being found for it void.
async fn start_anew(conn: &mut Conn, feed: &Feed, now: DateTime<Utc>) -> QueryResult<FeedState> {
    let due_at = (feed.enabled && feed.interval_sec.is_some()).then_some(now);
    diesel::update(feed_states::table.find(feed.id).filter(feed_states::org_id.eq(feed.org_id)))
        .set((
            feed_states::due_at.eq(due_at),
            feed_states::claimed_until.eq(None::<DateTime<Utc>>),
            feed_states::failures.eq(0),
            feed_states::error_at.eq(None::<DateTime<Utc>>),
            feed_states::error.eq(None::<String>),
        ))
        .returning(FeedState::as_returning())
        .get_result(conn)
        .await
}

/// Makes a feed due now, unless it is being asked already.
pub async fn refresh(conn: &mut Conn, org: OrgId, id: FeedId, now: DateTime<Utc>) -> QueryResult<()> {
    let free = feed_states::claimed_until.is_null().or(feed_states::claimed_until.le(now));
    diesel::update(feed_states::table.find(id).filter(feed_states::org_id.eq(org)))
        .filter(feed_states::due_at.is_not_null())
        .filter(free)
        .set(feed_states::due_at.eq(now))
        .execute(conn)
        .await?;
    Ok(())
}

/// Deletes a feed. What it has found stays.
pub async fn delete(conn: &mut Conn, by: &Actor, feed: &Feed) -> QueryResult<()> {
    let this = feeds::table.find(feed.id).filter(feeds::org_id.eq(feed.org_id));
    if diesel::delete(this).execute(conn).await? == 0 {
        return Err(diesel::result::Error::NotFound);
    }
    let details = Details::default().with("type", &feed.kind);
    audit::record(conn, feed.org_id, by, Action::FeedDeleted, feed.target(), details).await
}

/// The org of a feed and the person's role in it; nothing if they don't belong there. System scope: this
/// decides which tenant the request may enter, and the feed itself is read there.
pub async fn get_role_in_all_orgs(
    conn: &mut Conn,
    id: FeedId,
    user: UserId,
) -> QueryResult<Option<(OrgId, Role)>> {
    feeds::table
        .inner_join(memberships::table.on(memberships::org_id.eq(feeds::org_id)))
        .filter(feeds::id.eq(id))
        .filter(memberships::user_id.eq(user))
        .select((memberships::org_id, memberships::role))
        .first(conn)
        .await
        .optional()
}

/// Bus topic on which it is said that some feed is due sooner than was known.
pub const WAKE: &str = "feeds";

/// Bus topic on which changes of how a project's feeds are doing are told, as
/// `{"feed_id", "state", "last_error", "next_run"}`.
pub fn topic(project: ProjectId) -> String {
    format!("feeds:{project}")
}

/// The message for [`topic`].
pub fn state_message(id: FeedId, enabled: bool, state: &FeedState) -> Value {
    let time = |time: Option<DateTime<Utc>>| {
        time.map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
    };
    let last_error = state.error.as_ref().map(|message| {
        serde_json::json!({"at": time(state.error_at), "message": message, "failures": state.failures})
    });
    serde_json::json!({"feed_id": id, "state": state.health(enabled), "last_error": last_error,
        "next_run": time(state.due_at)})
}
