//! Feeds that receive: a URL with a key in it takes any JSON.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Text, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::api_keys::{KeyGrant, KeyKind};
use crate::audit::{self, Action, Actor, Details};
use crate::db::Conn;
use crate::feeds::{Feed, claims};
use crate::ids::{ApiKeyId, FeedId, OrgId, ProjectId};
use crate::schema::{feeds, orgs, projects};
use crate::secrets;

/// Random characters in a key: 190 bits.
const RANDOM_CHARACTERS: usize = 32;
const START: &str = "pb_hook_";

/// A new key.
pub fn new_key() -> String {
    format!("{START}{}", secrets::random_alphanumeric(RANDOM_CHARACTERS))
}

/// Whether a text has the form of a key; saves the database from looking up anything else.
pub fn looks_like_key(text: &str) -> bool {
    text.strip_prefix(START).is_some_and(|rest| {
        rest.len() == RANDOM_CHARACTERS && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// What a webhook's key opens.
#[derive(Clone, Debug)]
pub struct HookGrant {
    pub feed_id: FeedId,
    pub name: String,
    pub enabled: bool,
    /// The same as an app's key opens, for the limits: the feed's id stands for the key's.
    pub key: KeyGrant,
}

/// A feed, its project and their org, as they are read for a grant.
type GrantRow = (FeedId, String, bool, OrgId, ProjectId, i32, Option<i64>);

/// What the key with this hash opens. System scope: the key decides the tenant.
pub async fn get_grant_in_all_orgs(conn: &mut Conn, hash: &[u8]) -> QueryResult<Option<HookGrant>> {
    let found: Option<GrantRow> = feeds::table
        .inner_join(projects::table.inner_join(orgs::table))
        .filter(feeds::hook_hash.eq(hash))
        .select((
            feeds::id,
            feeds::name,
            feeds::enabled,
            feeds::org_id,
            feeds::project_id,
            projects::retention_days,
            orgs::daily_event_quota,
        ))
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|(feed_id, name, enabled, org_id, project_id, retention_days, daily_event_quota)| {
        let key = KeyGrant {
            id: ApiKeyId(feed_id.0),
            org_id,
            project_id,
            kind: KeyKind::Public,
            last4: "hook".to_owned(),
            origins: Vec::new(),
            revoked_at: None,
            retention_days,
            daily_event_quota,
        };
        HookGrant { feed_id, name, enabled, key }
    }))
}

/// A feed's hash of its key, by which caches know it.
pub async fn get_hash(conn: &mut Conn, org: OrgId, id: FeedId) -> QueryResult<Option<Vec<u8>>> {
    feeds::table.find(id).filter(feeds::org_id.eq(org)).select(feeds::hook_hash).first(conn).await
}

/// The hashes of all keys of a project.
pub async fn list_hashes(conn: &mut Conn, org: OrgId, project: ProjectId) -> QueryResult<Vec<Vec<u8>>> {
    let hashes: Vec<Option<Vec<u8>>> = feeds::table
        .filter(feeds::org_id.eq(org))
        .filter(feeds::project_id.eq(project))
        .filter(feeds::hook_hash.is_not_null())
        .select(feeds::hook_hash)
        .load(conn)
        .await?;
    Ok(hashes.into_iter().flatten().collect())
}

/// Gives a feed another key; the old one opens nothing any more. `secrets` hold the new one, sealed.
pub async fn rotate(
    conn: &mut Conn,
    by: &Actor,
    feed: &Feed,
    secrets: Vec<u8>,
    hash: &[u8],
    now: DateTime<Utc>,
) -> QueryResult<Feed> {
    let after: Feed = diesel::update(feeds::table.find(feed.id).filter(feeds::org_id.eq(feed.org_id)))
        .set((feeds::secrets.eq(secrets), feeds::hook_hash.eq(hash), feeds::updated_at.eq(now)))
        .returning(Feed::as_returning())
        .get_result(conn)
        .await?;
    audit::record(conn, after.org_id, by, Action::FeedRotated, after.target(), Details::default()).await?;
    Ok(after)
}

/// Notes what feeds have received last, many at once. System
/// scope.
pub async fn note_received_in_all_orgs(
    conn: &mut Conn,
    received: &[(FeedId, DateTime<Utc>, Value)],
) -> QueryResult<()> {
    diesel::sql_query(
        "update feed_states s set last_run = r.ts, last_ok = r.ts, failures = 0, error = null, error_at = null,
             value_ts = r.ts, value = r.value::jsonb
         from unnest($1, $2, $3) as r(feed_id, ts, value)
         where s.feed_id = r.feed_id and (s.value_ts is null or s.value_ts <= r.ts)",
    )
    .bind::<Array<Uuid>, _>(received.iter().map(|(feed, ..)| *feed).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(received.iter().map(|(_, ts, _)| *ts).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(
        received.iter().map(|(.., value)| claims::storable(value)).collect::<Vec<_>>(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_recognised_by_form() {
        assert!(looks_like_key(&new_key()));
        for bad in ["", "pb_hook_", "pb_hook_short", &new_key()[1..], &format!("{}a", new_key())] {
            assert!(!looks_like_key(bad), "{bad}");
        }
    }
}
