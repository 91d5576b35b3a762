//! What was read for a room: taken in, and handed to whom it is for.

use pulseboard_core::db::{DbError, query_error};
use tokio::time::Instant;

use super::{RETRY, Room};
use crate::live::dashboards::feeds::FeedWindows;
use crate::live::dashboards::frames;
use crate::live::dashboards::work::{self, Found};

impl Room {
    pub(super) fn take_in(&mut self, done: Result<Found, DbError>) {
        let worked = self.working.take().unwrap_or_default();
        match done {
            Ok(found) => self.take_in_found(found),
            Err(DbError::Query(query_error::Error::NotFound)) => self.end_deleted(),
            Err(error) => {
                tracing::debug!(%error, dashboard = %self.place.dashboard, "reading for a dashboard failed");
                self.readers.give_back(&worked);
                self.feeds = FeedWindows::default();
                self.reload = true;
                for reader in self.readers.all.values_mut() {
                    reader.asked = false;
                }
                self.rested_at = Instant::now() + RETRY;
            }
        }
    }

    fn take_in_found(&mut self, found: Found) {
        if let Some(board) = found.board {
            self.take_in_board(board);
        }
        for (feed, window) in found.windows {
            self.feeds.fill(feed, window);
        }
        self.take_in_states(&found.asked, &found.states);
        if found.store.is_some() && self.store.is_some() && found.store != self.store {
            // The project has been cleared.
            self.begin_anew();
        }
        self.store = found.store.or(self.store);
        for (ids, dashboard) in found.dashboards {
            let version = dashboard.version();
            let frame = frames::snapshot(&dashboard, version, &self.feeds);
            for id in ids {
                let Some(reader) = self.readers.all.get_mut(&id) else { continue };
                reader.watcher.outbox.push_change(frame.clone());
                reader.version = Some(version);
            }
            // It may be ahead of what the room has heard; the rest follows.
            self.reload |= self.version != Some(version);
        }
        for (work, frame) in found.panels {
            if self.panels.contains(&work.panel) {
                self.readers.deliver(&work, &frame);
            }
        }
    }

    fn take_in_board(&mut self, board: work::BoardFound) {
        match board.ops {
            Some(ops) => {
                for op in ops {
                    if self.version.is_some_and(|version| op.seq > version) {
                        self.pass_on(&op, op.seq, op.target);
                    }
                }
            }
            // Too much has happened, or the database has been restored: everyone begins anew.
            None => {
                self.version = None;
                for reader in self.readers.all.values_mut() {
                    (reader.version, reader.asked) = (None, false);
                }
                self.readers.renew_all();
            }
        }
        self.version = Some(self.version.unwrap_or(board.version).max(board.version));
        for panel in &board.panels {
            let before = self.panels.iter().find(|before| before.id == panel.id);
            if before.is_some_and(|before| before != panel) {
                self.readers.renew(panel.id);
            }
        }
        self.panels = board.panels;
        self.readers.retain(&self.panels);
    }
}
