//! What a feed has found, as it stands among the project's events.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::Conn;
use crate::events::PageCursor;
use crate::ids::{FeedId, StoreId};
use crate::json::RawJson;
use crate::schema::events;

/// A payload and the tick it was found at.
#[derive(Clone, Debug, Queryable)]
pub struct Found {
    pub feed_id: Option<Uuid>,
    pub ts: DateTime<Utc>,
    pub id: Uuid,
    pub payload: Option<RawJson>,
}

impl Found {
    /// Where the next page begins if this is the last row of one.
    pub fn cursor(&self) -> PageCursor {
        PageCursor { ts: self.ts, id: self.id }
    }
}

/// What a feed found from `since` and before `until`, oldest first, after `after`; and one more than
/// `limit` if there are more.
pub async fn list(
    conn: &mut Conn,
    store: StoreId,
    feed: FeedId,
    (since, until): (DateTime<Utc>, DateTime<Utc>),
    after: Option<PageCursor>,
    limit: i64,
) -> QueryResult<Vec<Found>> {
    let mut wanted = events::table
        .filter(events::store_id.eq(store))
        .filter(events::feed_id.eq(feed.0))
        .filter(events::ts.ge(since))
        .filter(events::ts.lt(until))
        .order((events::ts, events::id))
        .limit(limit + 1)
        .select((events::feed_id, events::ts, events::id, events::payload))
        .into_boxed();
    if let Some(PageCursor { ts, id }) = after {
        wanted = wanted.filter(events::ts.ge(ts)).filter(events::ts.gt(ts).or(events::id.gt(id)));
    }
    wanted.load(conn).await
}

/// The newest `limit` payloads of each of these feeds since then, oldest first, feed by feed.
pub async fn recent(
    conn: &mut Conn,
    store: StoreId,
    feeds: &[FeedId],
    since: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<Found>> {
    let mut found = Vec::new();
    for feed in feeds {
        let mut newest: Vec<Found> = events::table
            .filter(events::store_id.eq(store))
            .filter(events::feed_id.eq(feed.0))
            .filter(events::ts.ge(since))
            .order((events::ts.desc(), events::id.desc()))
            .limit(limit)
            .select((events::feed_id, events::ts, events::id, events::payload))
            .load(conn)
            .await?;
        newest.reverse();
        found.append(&mut newest);
    }
    Ok(found)
}
