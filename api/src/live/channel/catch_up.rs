//! Where a project stands and what the bus did not bring, from Postgres.

use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::ids::StoreId;
use pulseboard_core::live::Cursor;
use pulseboard_core::stores;
use tokio::time::Instant;

use super::{Channel, Heard, OVERTAKEN, RETRY};
use crate::live::ending::Ending;
use crate::live::hub::JoinError;
use crate::live::position::Sequence;
use crate::live::replay::{self, MAX_REPLAYED};

impl Channel {
    /// Asks Postgres where the project stands, for the first time.
    pub(super) async fn establish(&mut self) -> Result<Cursor, JoinError> {
        let at = pulseboard_core::now();
        let (_, seq) = self.newest().await?.ok_or(JoinError::ProjectGone)?;
        let position = Cursor { seq, at };
        // What came before is theirs to read.
        self.tell(|| Heard::Gap);
        self.sequence = Some(Sequence::new(position));
        self.newest = seq;
        Ok(position)
    }

    pub(super) async fn catch_up_or_retry(&mut self) {
        match self.catch_up().await {
            Ok(_) => {}
            Err(JoinError::ProjectGone) => self.end_all(Ending::PROJECT_GONE),
            Err(error) => {
                tracing::debug!(?error, project = %self.project, "catching up failed");
                self.read_at = Some(Instant::now() + RETRY);
            }
        }
    }

    /// Reads what is missing from Postgres and delivers it; returns the new position.
    pub(super) async fn catch_up(&mut self) -> Result<Cursor, JoinError> {
        let Some(sequence) = &self.sequence else {
            self.read_at = None;
            return self.establish().await;
        };
        let mut position = sequence.position();
        let result = self.read_missing(&mut position).await;
        // However far it came, that much has been delivered.
        let Some(sequence) = &mut self.sequence else { return Ok(position) };
        self.ready.extend(sequence.advance(position));
        let (position, has_hole) = (sequence.position(), sequence.has_hole());
        self.deliver_ready();
        result?;
        self.read_at = has_hole.then(|| Instant::now() + OVERTAKEN);
        Ok(position)
    }

    async fn read_missing(&self, position: &mut Cursor) -> Result<(), JoinError> {
        let at = pulseboard_core::now();
        let (store, newest) = self.newest().await?.ok_or(JoinError::ProjectGone)?;
        let behind = newest - position.seq;
        if behind > MAX_REPLAYED {
            *position = Cursor { seq: newest, at };
            for watcher in self.watchers.values() {
                watcher.outbox.push_gap(behind.unsigned_abs(), *position);
            }
            self.tell(|| Heard::Gap);
            return Ok(());
        }
        while position.seq < newest {
            let from = *position;
            let page = self
                .db
                .tenant(self.org, async |conn: &mut Conn| -> Result<_, DbError> {
                    replay::page(conn, store, from, i64::MAX).await
                })
                .await?;
            for (events, cursor) in &page.chunks {
                self.deliver(events, *cursor);
                *position = *cursor;
            }
            if page.is_last {
                // What is left of the sequence numbers were duplicates.
                position.seq = position.seq.max(newest);
            }
        }
        Ok(())
    }

    /// The project's open store and last sequence number.
    async fn newest(&self) -> Result<Option<(StoreId, i64)>, DbError> {
        let found = self
            .db
            .tenant(self.org, async |conn: &mut Conn| -> Result<_, DbError> {
                Ok(stores::positions(conn, &[self.project]).await?)
            })
            .await?;
        Ok(found.first().map(|(_, store, seq)| (*store, *seq)))
    }
}
