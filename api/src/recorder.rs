//! What ingest notes beside the events: counts per day, when keys were used, what was refused.
//!
//! Collected in memory and written every second, so that requests don't wait for it and a flood of
//! refused ones costs no write each. It tells people how things go, and how much of a day's quota is
//! used; events themselves never pass through here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use pulseboard_core::api_keys::{self, KeyGrant};
use pulseboard_core::daily_quota::{DailyUse, Fit};
use pulseboard_core::db::{Conn, Db, DbError};
use pulseboard_core::ids::{ApiKeyId, OrgId, ProjectId};
use pulseboard_core::rejections::{self, NewRejection};
use pulseboard_core::usage::{self, Counts};

use crate::routes::operations::COUNTERS;

/// Pause between writes.
const EVERY: Duration = Duration::from_secs(1);
/// Refused attempts kept per project and write; more of the same teach nobody anything.
const REJECTIONS_PER_PROJECT: usize = 10;
/// And in all.
const REJECTIONS: usize = 500;
/// Refusals by a limit that are kept per project and minute.
const LIMITED_PER_MINUTE: usize = 3;
/// Writes between two readings of how much of the day's quotas is used.
const READ_QUOTAS: u32 = 3;
/// Characters of a refused item that are kept.
const SAMPLE: usize = 300;

#[derive(Clone, Default)]
pub struct Recorder {
    notes: Arc<Mutex<Notes>>,
    /// Held by whoever writes or reads counts, so that no reading finds half of a writing.
    database: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct Notes {
    counts: HashMap<(OrgId, ProjectId, NaiveDate), Counts>,
    used: HashMap<ApiKeyId, DateTime<Utc>>,
    rejections: Vec<NewRejection>,
    /// Since when how many refusals by limits were kept.
    limited: HashMap<ProjectId, (DateTime<Utc>, usize)>,
    daily_use: DailyUse,
}

impl Notes {
    /// Keeps a refused attempt; `false` if the project has so many already, or all together enough.
    fn keep(&mut self, key: &KeyGrant, refusal: &Refusal<'_>, at_most: usize, now: DateTime<Utc>) -> bool {
        let of_project = self.rejections.iter().filter(|kept| kept.project_id == key.project_id).count();
        if of_project >= at_most || self.rejections.len() >= REJECTIONS {
            return false;
        }
        let sample: String = refusal.sample.chars().filter(|c| *c != '\0').take(SAMPLE).collect();
        self.rejections.push(NewRejection {
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
        true
    }
}

/// Room in an org's day for events that are being written; given back when it is dropped.
pub struct Reservation {
    recorder: Recorder,
    org: OrgId,
    events: i64,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.recorder.notes().daily_use.release(self.org, self.events);
    }
}

/// What is being written.
struct Taken {
    counts: HashMap<(OrgId, ProjectId, NaiveDate), Counts>,
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
        COUNTERS.count(&counts);
        let day = now.date_naive();
        let mut notes = self.notes();
        *notes.counts.entry((key.org_id, key.project_id, day)).or_default() += counts;
        notes.used.insert(key.id, now);
        notes.daily_use.count(key.org_id, day, counts.accepted);
    }

    /// Reserves room in the org's day; `Err` if there is none, or if it is not known yet how much
    /// ([`Recorder::learn_quota`]).
    pub fn reserve(
        &self,
        org: OrgId,
        quota: i64,
        events: usize,
        now: DateTime<Utc>,
    ) -> Result<Reservation, Fit> {
        let events = i64::try_from(events).unwrap_or(i64::MAX);
        match self.notes().daily_use.reserve(org, quota, events, now) {
            Fit::Reserved => Ok(Reservation { recorder: self.clone(), org, events }),
            refused => Err(refused),
        }
    }

    /// Learns how much an org has used of its day, unless somebody has just done so.
    pub async fn learn_quota(&self, db: &Db, org: OrgId, now: DateTime<Utc>) -> Result<(), DbError> {
        let _turn = self.database.lock().await;
        if self.notes().daily_use.knows(org, now) {
            return Ok(());
        }
        self.read_quotas(db, &[org], now).await
    }

    /// Reads how much these orgs have used of their day. Nothing may be written meanwhile: what is noted
    /// here is taken for what is not among it.
    async fn read_quotas(&self, db: &Db, orgs: &[OrgId], now: DateTime<Utc>) -> Result<(), DbError> {
        let day = now.date_naive();
        let stored: HashMap<OrgId, i64> = db
            .system(async |conn: &mut Conn| -> Result<_, DbError> {
                Ok(usage::accepted_on_in_all_orgs(conn, orgs, day).await?)
            })
            .await?
            .into_iter()
            .collect();
        let mut notes = self.notes();
        for org in orgs {
            let own = notes.counts.iter().filter(|((of, _, on), _)| of == org && *on == day);
            let unwritten = own.map(|(_, counts)| counts.accepted).sum();
            notes.daily_use.learn(*org, stored.get(org).copied().unwrap_or_default(), unwritten, now);
        }
        Ok(())
    }

    /// Keeps a refusal by a limit, unless there were a few already: the counts tell the rest.
    pub fn refuse_limited(&self, key: &KeyGrant, refusal: &Refusal<'_>, now: DateTime<Utc>) {
        let mut notes = self.notes();
        let kept = notes.limited.get(&key.project_id).map_or(0, |(_, kept)| *kept);
        // Beside the others: a client that sends nonsense is to be told that it sends too much of it.
        let at_most = REJECTIONS_PER_PROJECT + LIMITED_PER_MINUTE;
        if kept < LIMITED_PER_MINUTE && notes.keep(key, refusal, at_most, now) {
            notes.limited.entry(key.project_id).or_insert((now, 0)).1 += 1;
        }
    }

    /// Keeps a refused attempt.
    pub fn refuse(&self, key: &KeyGrant, refusal: &Refusal<'_>, now: DateTime<Utc>) {
        self.notes().keep(key, refusal, REJECTIONS_PER_PROJECT, now);
    }

    /// Writes what has been collected; on failure it is kept for the next time.
    pub async fn flush(&self, db: &Db) {
        let _turn = self.database.lock().await;
        let taken = {
            let mut notes = self.notes();
            let now = pulseboard_core::now();
            notes.limited.retain(|_, (since, _)| now - *since < TimeDelta::minutes(1));
            Taken {
                counts: std::mem::take(&mut notes.counts),
                used: std::mem::take(&mut notes.used),
                rejections: std::mem::take(&mut notes.rejections),
            }
        };
        if taken.counts.is_empty() && taken.used.is_empty() && taken.rejections.is_empty() {
            return;
        }
        let counts: Vec<_> =
            taken.counts.iter().map(|((_, project, day), counts)| (*project, *day, *counts)).collect();
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
        for n in 0_u32.. {
            tick.tick().await;
            self.flush(&db).await;
            let now = pulseboard_core::now();
            let watched = self.notes().daily_use.watched(now);
            // After writing, so that what is read has it.
            if n % READ_QUOTAS != 0 || watched.is_empty() {
                continue;
            }
            let _turn = self.database.lock().await;
            if let Err(error) = self.read_quotas(&db, &watched, now).await {
                tracing::debug!(%error, "how much of the day is used will be read later");
            }
        }
    }
}
