//! A feed's secret values: one ciphertext per feed, bound to the feed and its org.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::db::Conn;
use crate::ids::{FeedId, OrgId};
use crate::schema::feeds;
use crate::secret_box::{Sealed, SecretBox};

/// What a feed keeps secret.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FeedSecrets {
    /// Secret values of the config, by their place in it (a JSON pointer).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<String, Value>,
    /// The key of a webhook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook_key: Option<String>,
}

/// The ciphertext can't be read: it was made with another secret, or is another feed's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "The feed's secret values can't be read: they were encrypted with another PULSEBOARD_SECRET. Enter them \
     again, or give the old secret as PULSEBOARD_PREVIOUS_SECRET."
)]
pub struct Unreadable;

impl FeedSecrets {
    /// Seals the values for this feed; nothing if there are none.
    pub fn seal(&self, boxed: &SecretBox, org: OrgId, feed: FeedId) -> Option<Vec<u8>> {
        if *self == Self::default() {
            return None;
        }
        let text = serde_json::to_vec(self).unwrap_or_default();
        Some(boxed.seal(&text, bound_to(org, feed).as_bytes()).0)
    }

    /// Reads what was sealed for this feed.
    pub fn open(
        sealed: Option<&[u8]>,
        boxed: &SecretBox,
        org: OrgId,
        feed: FeedId,
    ) -> Result<Self, Unreadable> {
        let Some(sealed) = sealed else { return Ok(Self::default()) };
        let text = boxed.open(&Sealed(sealed.to_vec()), bound_to(org, feed).as_bytes());
        serde_json::from_slice(&text.map_err(|_| Unreadable)?).map_err(|_| Unreadable)
    }
}

/// What sealing secrets anew has found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rekeyed {
    /// Sealed with the current secret now.
    pub sealed: usize,
    /// They were already.
    pub current: usize,
    /// Neither the current secret nor the previous one opens them.
    pub unreadable: usize,
}

impl std::ops::AddAssign for Rekeyed {
    fn add_assign(&mut self, other: Self) {
        self.sealed += other.sealed;
        self.current += other.current;
        self.unreadable += other.unreadable;
    }
}

/// Seals with the current secret what was sealed with the previous one: of up to `limit` feeds with ids after
/// this one. Returns the last of them, after which the next batch begins; none when nothing is left. System scope: the operator asks.
pub async fn rekey_in_all_orgs(
    conn: &mut Conn,
    boxed: &SecretBox,
    after: Option<FeedId>,
    limit: i64,
) -> QueryResult<(Rekeyed, Option<FeedId>)> {
    let rows: Vec<(FeedId, OrgId, Option<Vec<u8>>)> = feeds::table
        .filter(feeds::secrets.is_not_null())
        .filter(feeds::id.gt(after.unwrap_or(FeedId(Uuid::nil()))))
        .order(feeds::id)
        .limit(limit)
        .select((feeds::id, feeds::org_id, feeds::secrets))
        .for_no_key_update()
        .load(conn)
        .await?;
    let last = rows.last().map(|(feed, ..)| *feed);
    let mut found = Rekeyed::default();
    for (feed, org, secrets) in rows {
        let Ok(opened) = FeedSecrets::open(secrets.as_deref(), boxed, org, feed) else {
            found.unreadable += 1;
            continue;
        };
        let sealed = Sealed(secrets.unwrap_or_default());
        if boxed.is_current(&sealed, bound_to(org, feed).as_bytes()) {
            found.current += 1;
            continue;
        }
        diesel::update(feeds::table.find(feed))
            .set(feeds::secrets.eq(opened.seal(boxed, org, feed)))
            .execute(conn)
            .await?;
        found.sealed += 1;
    }
    Ok((found, last))
}

/// What a ciphertext is good for, and nothing else.
pub fn bound_to(org: OrgId, feed: FeedId) -> String {
    format!("{org}:feeds:secrets:{feed}")
}

impl std::fmt::Debug for FeedSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FeedSecrets({} values)", self.config.len() + usize::from(self.hook_key.is_some()))
    }
}
