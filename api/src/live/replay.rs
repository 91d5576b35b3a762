//! What a client missed while it was away, read from Postgres.

use std::sync::Arc;

use pulseboard_core::db::{Conn, Db, DbError};
use pulseboard_core::ids::StoreId;
use pulseboard_core::live::{Cursor, MAX_MESSAGE};
use pulseboard_core::{events, stores};
use serde_json::value::RawValue;
use tokio::sync::Semaphore;

use super::ending::Ending;
use super::frames::Delivery;
use super::hub::Watcher;

/// The most events that are replayed; who missed more reads the lists instead.
pub const MAX_REPLAYED: i64 = 10_000;
/// Events in one query, and at most in one frame.
pub const PAGE: usize = 500;

/// Events in commit order.
pub struct Page {
    /// In pieces of a size for one frame, each with the cursor after it.
    pub chunks: Vec<(Vec<Box<RawValue>>, Cursor)>,
    /// Nothing came after them when they were read.
    pub is_last: bool,
}

/// The events after `from`, up to the sequence number `to`.
pub async fn page(conn: &mut Conn, store: StoreId, from: Cursor, to: i64) -> Result<Page, DbError> {
    let rows = events::after(conn, store, from, PAGE as i64).await?;
    let is_last = rows.len() < PAGE || rows.last().is_some_and(|(seq, ..)| *seq >= to);
    let mut chunks: Vec<(Vec<Box<RawValue>>, Cursor)> = Vec::new();
    let mut size = 0;
    for (seq, at, event) in rows.into_iter().take_while(|(seq, ..)| *seq <= to) {
        let cursor = Cursor { seq, at };
        match chunks.last_mut().filter(|_| size + event.get().len() <= MAX_MESSAGE) {
            Some((chunk, last)) => {
                size += event.get().len();
                *last = cursor;
                chunk.push(event);
            }
            None => {
                size = event.get().len();
                chunks.push((vec![event], cursor));
            }
        }
    }
    Ok(Page { chunks, is_last })
}

/// One client's way from where it was to where the hub was when it joined.
pub struct Replay {
    pub db: Db,
    /// Few read at a time: after a deploy everyone comes back at once, and others need the database too.
    pub turns: Arc<Semaphore>,
    pub from: Cursor,
    pub to: Cursor,
}

impl Replay {
    /// Queues everything before the watcher's live frames, as fast as it is read.
    pub async fn run(self, watcher: Arc<Watcher>) {
        let outbox = &watcher.outbox;
        let mut position = self.from;
        while position.seq < self.to.seq {
            let page = match self.page(&watcher, position).await {
                Ok(Some(page)) => page,
                Ok(None) => return outbox.end(Ending::PROJECT_GONE),
                Err(error) => {
                    tracing::warn!(%error, project = %watcher.project, "replaying missed events failed");
                    return outbox.end(Ending::TRY_LATER);
                }
            };
            for (events, cursor) in &page.chunks {
                position = *cursor;
                let framed =
                    Delivery::new(events, *cursor).frame(outbox.format(), outbox.filter().as_deref());
                if let Some(framed) = framed
                    && !outbox.push_replay(framed.bytes).await
                {
                    return;
                }
            }
            if page.is_last {
                break;
            }
        }
        outbox.end_replay();
    }

    /// Within the tenant, which also bounds the time: the cursor's time is the client's word.
    async fn page(&self, watcher: &Watcher, from: Cursor) -> Result<Option<Page>, DbError> {
        let Ok(_turn) = self.turns.acquire().await else { return Ok(None) };
        let (project, to) = (watcher.project, self.to.seq);
        self.db
            .tenant(watcher.org, async |conn: &mut Conn| -> Result<_, DbError> {
                let found = stores::positions(conn, &[project]).await?;
                let Some((_, store, _)) = found.first() else { return Ok(None) };
                Ok(Some(page(conn, *store, from, to).await?))
            })
            .await
    }
}
