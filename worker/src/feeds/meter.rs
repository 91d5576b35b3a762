//! What feeds take of their org's day, and what they brought, counted like what is sent.
//!
//! Counts are collected in memory and written every second. How much of a day is used is read only for
//! orgs that have a quota.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::NaiveDate;
use pulseboard_core::config::LimitsConfig;
use pulseboard_core::daily_quota::{self, DailyUse, Fit};
use pulseboard_core::db::{Conn, Db, DbError};
use pulseboard_core::feeds::claims::Claim;
use pulseboard_core::ids::{OrgId, ProjectId};
use pulseboard_core::usage::{self, Counts};

/// Pause between writes.
const EVERY: Duration = Duration::from_secs(1);
/// Writes between two readings of how much of the day's quotas is used.
const READ_QUOTAS: u32 = 3;

/// Cheap to clone.
#[derive(Clone)]
pub struct Meter {
    db: Db,
    limits: LimitsConfig,
    notes: Arc<Mutex<Notes>>,
    /// Held by whoever writes or reads counts, so that no reading finds half of a writing.
    database: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct Notes {
    counts: HashMap<(OrgId, ProjectId, NaiveDate), Counts>,
    daily_use: DailyUse,
}

/// Room in an org's day for events that are being written; given back when it is dropped.
pub struct Taken {
    meter: Meter,
    org: OrgId,
    events: i64,
}

/// Why there is no room.
pub enum NoRoom {
    /// The database did not tell how much there is.
    Unknown,
    /// There is none; the reason for people.
    UsedUp(String),
}

impl Drop for Taken {
    fn drop(&mut self) {
        if self.events > 0 {
            self.meter.notes().daily_use.release(self.org, self.events);
        }
    }
}

impl Meter {
    pub fn new(db: Db, limits: LimitsConfig) -> Self {
        Self { db, limits, notes: Arc::default(), database: Arc::default() }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes room for events in the org's day.
    pub async fn take(&self, claim: &Claim, events: usize) -> Result<Taken, NoRoom> {
        let org = claim.org_id;
        let Some(quota) = daily_quota::of(claim.daily_event_quota, &self.limits) else {
            return Ok(Taken { meter: self.clone(), org, events: 0 });
        };
        let now = pulseboard_core::now();
        let events = i64::try_from(events).unwrap_or(i64::MAX);
        let mut fit = self.notes().daily_use.reserve(org, quota, events, now);
        if fit == Fit::Unknown {
            if let Err(error) = self.read(&[org]).await {
                tracing::debug!(%error, "how much of the day is used can't be read");
            }
            fit = self.notes().daily_use.reserve(org, quota, events, now);
        }
        match fit {
            Fit::Reserved => Ok(Taken { meter: self.clone(), org, events }),
            Fit::Unknown => Err(NoRoom::Unknown),
            Fit::UsedUp => {
                self.add(claim, Counts { dropped: events, ..Counts::default() });
                let reason = format!("The organisation's quota of {quota} events per day (UTC) is used up.");
                Err(NoRoom::UsedUp(reason))
            }
        }
    }

    /// Counts what was stored.
    pub fn count(&self, claim: &Claim, stored: usize) {
        self.add(claim, Counts { accepted: i64::try_from(stored).unwrap_or(i64::MAX), ..Counts::default() });
    }

    fn add(&self, claim: &Claim, counts: Counts) {
        let day = pulseboard_core::now().date_naive();
        let mut notes = self.notes();
        *notes.counts.entry((claim.org_id, claim.project_id, day)).or_default() += counts;
        notes.daily_use.count(claim.org_id, day, counts.accepted);
    }

    /// Reads how much these orgs have used of their day. Nothing may be written meanwhile: what is noted
    /// here is taken for what is not among it.
    async fn read(&self, orgs: &[OrgId]) -> Result<(), DbError> {
        let _turn = self.database.lock().await;
        let now = pulseboard_core::now();
        let day = now.date_naive();
        let stored: HashMap<OrgId, i64> = self
            .db
            .system(async |conn: &mut Conn| {
                Ok::<_, DbError>(usage::accepted_on_in_all_orgs(conn, orgs, day).await?)
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

    /// Writes what has been counted; on failure it is kept for the next time.
    pub async fn flush(&self) {
        let _turn = self.database.lock().await;
        let counts = std::mem::take(&mut self.notes().counts);
        if counts.is_empty() {
            return;
        }
        let rows: Vec<_> =
            counts.iter().map(|((_, project, day), counts)| (*project, *day, *counts)).collect();
        let written = self
            .db
            .system(async |conn: &mut Conn| Ok::<_, DbError>(usage::add_in_all_orgs(conn, &rows).await?))
            .await;
        if let Err(error) = written {
            tracing::debug!(%error, "usage of feeds will be written later");
            let mut notes = self.notes();
            for (key, counts) in counts {
                *notes.counts.entry(key).or_default() += counts;
            }
        }
    }

    /// Writes every second, until it is cut off.
    pub async fn run(self) {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        for n in 0_u32.. {
            tick.tick().await;
            self.flush().await;
            let watched = self.notes().daily_use.watched(pulseboard_core::now());
            // After writing, so that what is read has it.
            if n % READ_QUOTAS == 0
                && !watched.is_empty()
                && let Err(error) = self.read(&watched).await
            {
                tracing::debug!(%error, "how much of the day is used will be read later");
            }
        }
    }
}
