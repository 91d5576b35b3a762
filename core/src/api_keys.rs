//! API keys: `pb_pub_…` may only write and is safe inside an app, `pb_sec_…` reads and writes.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::audit::{self, Action, Actor, Details, Target};
use crate::db::Conn;
use crate::ids::{ApiKeyId, OrgId, ProjectId};
use crate::projects::Project;
use crate::schema::{api_keys, orgs, projects};
use crate::secrets;
use crate::text_enum::text_enum;

/// Random characters in a key: 190 bits.
const RANDOM_CHARACTERS: usize = 32;
/// How much of a key is shown: `pb_pub_ab12`.
const PREFIX_LENGTH: usize = 11;
/// Longest name, in characters.
pub const NAME_MAX: usize = 100;
/// Most origins on one key.
pub const ORIGINS_MAX: usize = 50;

text_enum! {
    /// What a key may do.
    KeyKind {
        /// Only writes.
        Public = "public",
        /// Writes and reads.
        Secret = "secret",
    }
}

impl KeyKind {
    fn start(self) -> &'static str {
        match self {
            KeyKind::Public => "pb_pub_",
            KeyKind::Secret => "pb_sec_",
        }
    }
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub project_id: ProjectId,
    pub kind: KeyKind,
    pub name: String,
    /// The whole key, for public ones.
    pub public_key: Option<String>,
    pub prefix: String,
    pub last4: String,
    /// Browser origins that may use it; empty means any.
    pub origins: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

#[derive(AsChangeset, Debug, Default)]
#[diesel(table_name = api_keys)]
pub struct ApiKeyChanges {
    pub name: Option<String>,
    pub origins: Option<Vec<String>>,
}

/// What a key opens.
#[derive(Clone, Debug, Queryable)]
pub struct KeyGrant {
    pub id: ApiKeyId,
    pub org_id: OrgId,
    pub project_id: ProjectId,
    pub kind: KeyKind,
    pub last4: String,
    pub origins: Vec<String>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub retention_days: i32,
    /// The org's own daily quota, where it has one.
    pub daily_event_quota: Option<i64>,
}

/// Whether a text has the form of a key; saves the database from looking up anything else.
pub fn looks_like_key(text: &str) -> bool {
    [KeyKind::Public, KeyKind::Secret].into_iter().any(|kind| {
        text.strip_prefix(kind.start()).is_some_and(|rest| {
            rest.len() == RANDOM_CHARACTERS && rest.bytes().all(|b| b.is_ascii_alphanumeric())
        })
    })
}

/// Whether a text has the form of a public key.
pub fn looks_public(text: &str) -> bool {
    text.starts_with(KeyKind::Public.start())
}

impl ApiKey {
    fn target(&self) -> Target<'_> {
        Target { kind: "key", id: self.id.0, name: &self.name }
    }
}

/// Makes a key; returns its row and the whole key, which for a secret exists only now.
pub async fn create(
    conn: &mut Conn,
    by: &Actor,
    org: OrgId,
    project: &Project,
    kind: KeyKind,
    name: &str,
    origins: &[String],
) -> QueryResult<(ApiKey, String)> {
    let key = format!("{}{}", kind.start(), secrets::random_alphanumeric(RANDOM_CHARACTERS));
    let row: ApiKey = diesel::insert_into(api_keys::table)
        .values((
            api_keys::id.eq(ApiKeyId::new()),
            api_keys::org_id.eq(org),
            api_keys::project_id.eq(project.id),
            api_keys::kind.eq(kind),
            api_keys::name.eq(name),
            api_keys::hash.eq(secrets::hash_token(&key).to_vec()),
            api_keys::public_key.eq((kind == KeyKind::Public).then_some(&key)),
            api_keys::prefix.eq(&key[..PREFIX_LENGTH]),
            api_keys::last4.eq(&key[key.len() - 4..]),
            api_keys::origins.eq(origins),
            api_keys::created_by.eq(by.user),
        ))
        .returning(ApiKey::as_returning())
        .get_result(conn)
        .await?;
    let details = Details::default().with("project", &project.name).with("kind", kind);
    audit::record(conn, org, by, Action::KeyCreated, row.target(), details).await?;
    Ok((row, key))
}

/// A project's keys, newest first, revoked ones last.
pub async fn list(conn: &mut Conn, org: OrgId, project: ProjectId) -> QueryResult<Vec<ApiKey>> {
    api_keys::table
        .filter(api_keys::org_id.eq(org))
        .filter(api_keys::project_id.eq(project))
        .order((api_keys::revoked_at.is_not_null(), api_keys::created_at.desc()))
        .select(ApiKey::as_select())
        .load(conn)
        .await
}

/// The key, which nobody else changes before the transaction is over.
async fn lock(conn: &mut Conn, org: OrgId, project: ProjectId, key: ApiKeyId) -> QueryResult<ApiKey> {
    let this =
        api_keys::table.find(key).filter(api_keys::org_id.eq(org)).filter(api_keys::project_id.eq(project));
    this.select(ApiKey::as_select()).for_update().first(conn).await
}

pub async fn update(
    conn: &mut Conn,
    by: &Actor,
    org: OrgId,
    project: &Project,
    key: ApiKeyId,
    changes: ApiKeyChanges,
) -> QueryResult<ApiKey> {
    let before = lock(conn, org, project.id, key).await?;
    if changes.name.is_none() && changes.origins.is_none() {
        return Ok(before);
    }
    let after: ApiKey = diesel::update(api_keys::table.find(key).filter(api_keys::org_id.eq(org)))
        .set(changes)
        .returning(ApiKey::as_returning())
        .get_result(conn)
        .await?;
    let details = Details::default().changed("name", &before.name, &after.name).changed(
        "origins",
        &before.origins,
        &after.origins,
    );
    if !details.is_empty() {
        let details = details.with("project", &project.name);
        audit::record(conn, org, by, Action::KeyUpdated, after.target(), details).await?;
    }
    Ok(after)
}

/// Revokes a key; returns its hash, so that caches can be told. Revoking twice is fine.
pub async fn revoke(
    conn: &mut Conn,
    by: &Actor,
    org: OrgId,
    project: &Project,
    key: ApiKeyId,
    now: DateTime<Utc>,
) -> QueryResult<Vec<u8>> {
    let row = lock(conn, org, project.id, key).await?;
    if row.revoked_at.is_none() {
        diesel::update(api_keys::table.find(key).filter(api_keys::org_id.eq(org)))
            .set(api_keys::revoked_at.eq(now))
            .execute(conn)
            .await?;
        let details = Details::default().with("project", &project.name).with("kind", row.kind);
        audit::record(conn, org, by, Action::KeyRevoked, row.target(), details).await?;
    }
    hash(conn, org, key).await
}

/// A key's hash, by which caches know it.
pub async fn hash(conn: &mut Conn, org: OrgId, key: ApiKeyId) -> QueryResult<Vec<u8>> {
    api_keys::table.find(key).filter(api_keys::org_id.eq(org)).select(api_keys::hash).first(conn).await
}

/// The hashes of all keys of a project.
pub async fn hashes(conn: &mut Conn, org: OrgId, project: ProjectId) -> QueryResult<Vec<Vec<u8>>> {
    api_keys::table
        .filter(api_keys::org_id.eq(org))
        .filter(api_keys::project_id.eq(project))
        .select(api_keys::hash)
        .load(conn)
        .await
}

/// What a key opens, revoked ones included. System scope: the key decides the tenant.
pub async fn get_grant_in_all_orgs(conn: &mut Conn, hash: &[u8]) -> QueryResult<Option<KeyGrant>> {
    api_keys::table
        .inner_join(projects::table.inner_join(orgs::table))
        .filter(api_keys::hash.eq(hash))
        .select((
            api_keys::id,
            api_keys::org_id,
            api_keys::project_id,
            api_keys::kind,
            api_keys::last4,
            api_keys::origins,
            api_keys::revoked_at,
            projects::retention_days,
            orgs::daily_event_quota,
        ))
        .first(conn)
        .await
        .optional()
}

/// Notes when keys were last used, many at once. System scope.
pub async fn touch_in_all_orgs(conn: &mut Conn, used: &[(ApiKeyId, DateTime<Utc>)]) -> QueryResult<()> {
    use diesel::sql_types::{Array, Timestamptz, Uuid};
    let (ids, times): (Vec<ApiKeyId>, Vec<DateTime<Utc>>) = used.iter().copied().unzip();
    diesel::sql_query(
        "update api_keys k set last_used_at = greatest(k.last_used_at, u.at)
         from unnest($1, $2) as u(id, at) where k.id = u.id",
    )
    .bind::<Array<Uuid>, _>(ids)
    .bind::<Array<Timestamptz>, _>(times)
    .execute(conn)
    .await?;
    Ok(())
}

/// A browser origin in its one form, `https://example.com` (no path, no default port); `*.` may stand
/// for any subdomain.
pub fn normalise_origin(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('/').to_lowercase();
    let (scheme, host) = text.split_once("://")?;
    let fits = matches!(scheme, "http" | "https" | "capacitor" | "ionic" | "app")
        && !host.is_empty()
        && host.len() <= 255
        && host
            .strip_prefix("*.")
            .unwrap_or(host)
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-.:[]".contains(c));
    fits.then_some(text)
}

/// Whether a key with these origins may be used from `origin`; without an origin (not a browser) it may.
pub fn origin_allowed(origins: &[String], origin: Option<&str>) -> bool {
    let Some(origin) = origin else { return true };
    origins.is_empty()
        || origins.iter().any(|allowed| match allowed.split_once("*.") {
            Some((scheme, domain)) => origin
                .strip_prefix(scheme)
                .and_then(|host| host.strip_suffix(domain))
                .is_some_and(|sub| sub.len() > 1 && sub.ends_with('.')),
            None => allowed == origin,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_recognised_by_form() {
        let random = "a".repeat(32);
        assert!(looks_like_key(&format!("pb_pub_{random}")));
        assert!(looks_like_key(&format!("pb_sec_{random}")));
        for bad in ["", "pb_pub_", "pb_pub_short", &format!("pb_xxx_{random}"), &format!("pb_pub_{random}a")]
        {
            assert!(!looks_like_key(bad), "{bad}");
        }
    }

    #[test]
    fn origins_match_exactly_or_by_subdomain() {
        let origins: Vec<String> = ["https://shop.example", "https://*.example.com"]
            .iter()
            .filter_map(|o| normalise_origin(o))
            .collect();
        for (origin, allowed) in [
            (None, true),
            (Some("https://shop.example"), true),
            (Some("http://shop.example"), false),
            (Some("https://a.example.com"), true),
            (Some("https://example.com"), false),
            (Some("https://evilexample.com"), false),
            (Some("https://a.example.com.evil.org"), false),
        ] {
            assert_eq!(origin_allowed(&origins, origin), allowed, "{origin:?}");
        }
        assert!(origin_allowed(&[], Some("https://anything.example")));
        for bad in ["example.com", "javascript://x", "https://a/b", "https://"] {
            assert_eq!(normalise_origin(bad), None, "{bad}");
        }
    }
}
