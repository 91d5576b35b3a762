//! What ingest notes beside the events: counts per day, when keys were used, what was refused.
//!
//! Collected in memory and written every second, so that requests don't wait for it. It tells people
//! how things go; events themselves never pass through here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use pulseboard_core::api_keys::{self, KeyGrant};
use pulseboard_core::db::{Conn, Db, DbError};
use pulseboard_core::ids::{ApiKeyId, ProjectId};
use pulseboard_core::rejections::{self, NewRejection};
use pulseboard_core::usage::{self, Counts};

/// Pause between writes.
const EVERY: Duration = Duration::from_secs(1);
/// Refused attempts kept per project and write; more of the same teach nobody anything.
const REJECTIONS_PER_PROJECT: usize = 10;
/// And in all.
const REJECTIONS: usize = 500;
/// Characters of a refused item that are kept.
const SAMPLE: usize = 300;

#[derive(Clone, Default)]
pub struct Recorder {
    notes: Arc<Mutex<Notes>>,
}

#[derive(Default)]
struct Notes {
    counts: HashMap<(ProjectId, NaiveDate), Counts>,
    used: HashMap<ApiKeyId, DateTime<Utc>>,
    rejections: Vec<NewRejection>,
}

/// One refusal, as it was told to the client.
pub struct Refusal<'a> {
    pub status: u16,
    pub code: &'a str,
    pub message: &'a str,
    /// What was sent.
    pub sample: &'a str,
}

impl Recorder {
    fn notes(&self) -> std::sync::MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts what a request brought.
    pub fn count(&self, key: &KeyGrant, counts: Counts, now: DateTime<Utc>) {
        let mut notes = self.notes();
        *notes.counts.entry((key.project_id, now.date_naive())).or_default() += counts;
        notes.used.insert(key.id, now);
    }

    /// Keeps a refused attempt.
    pub fn refuse(&self, key: &KeyGrant, refusal: &Refusal<'_>, now: DateTime<Utc>) {
        let mut notes = self.notes();
        let of_project = notes.rejections.iter().filter(|kept| kept.project_id == key.project_id).count();
        if of_project >= REJECTIONS_PER_PROJECT || notes.rejections.len() >= REJECTIONS {
            return;
        }
        let sample: String = refusal.sample.chars().filter(|c| *c != '\0').take(SAMPLE).collect();
        notes.rejections.push(NewRejection {
            id: uuid::Uuid::now_v7(),
            org_id: key.org_id,
            project_id: key.project_id,
            at: now,
            status: refusal.status.into(),
            code: refusal.code.to_owned(),
            message: refusal.message.to_owned(),
            key_last4: Some(key.last4.clone()),
            sample: (!sample.is_empty()).then_some(sample),
        });
    }

    /// Writes what has been collected; on failure it is kept for the next time.
    pub async fn flush(&self, db: &Db) {
        let taken = std::mem::take(&mut *self.notes());
        if taken.counts.is_empty() && taken.used.is_empty() && taken.rejections.is_empty() {
            return;
        }
        let counts: Vec<_> =
            taken.counts.iter().map(|((project, day), counts)| (*project, *day, *counts)).collect();
        let used: Vec<_> = taken.used.iter().map(|(key, at)| (*key, *at)).collect();
        let written = db
            .system(async |conn: &mut Conn| -> Result<(), DbError> {
                // Projects are locked before their keys, as by whoever deletes one.
                usage::add_in_all_orgs(conn, &counts).await?;
                rejections::record_in_all_orgs(conn, &taken.rejections).await?;
                Ok(api_keys::touch_in_all_orgs(conn, &used).await?)
            })
            .await;
        if let Err(error) = written {
            tracing::debug!(%error, "usage will be written later");
            let mut notes = self.notes();
            for (key, counts) in taken.counts {
                *notes.counts.entry(key).or_default() += counts;
            }
            for (key, at) in taken.used {
                notes.used.entry(key).or_insert(at);
            }
            notes.rejections.extend(taken.rejections);
            notes.rejections.truncate(REJECTIONS);
        }
    }

    /// Writes every second, for as long as the server runs.
    pub async fn run(self, db: Db) {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            self.flush(&db).await;
        }
    }
}
