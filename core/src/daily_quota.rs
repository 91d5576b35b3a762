//! The daily quota: how many events an org may have stored per day of UTC.
//!
//! What is used up is the sum that Postgres has, read every few seconds, and what this process has taken
//! in since; what is being written counts as stored. So one process never goes over the quota; several
//! do by what the others take in between two readings.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};

use crate::config::LimitsConfig;
use crate::ids::OrgId;

/// An org's quota: its own, or the installation's; none for 0.
pub fn of(own: Option<i64>, config: &LimitsConfig) -> Option<i64> {
    Some(own.unwrap_or(config.daily_events.into())).filter(|quota| *quota > 0)
}

/// When the day of `now` ends.
pub fn resets_at(now: DateTime<Utc>) -> DateTime<Utc> {
    let midnight = now.date_naive().and_time(NaiveTime::MIN).and_utc();
    midnight.checked_add_days(Days::new(1)).unwrap_or(now + TimeDelta::days(1))
}

/// What this process knows of the orgs that have a quota.
#[derive(Debug, Default)]
pub struct DailyUse(HashMap<OrgId, OrgDay>);

#[derive(Debug)]
struct OrgDay {
    day: NaiveDate,
    /// What Postgres had.
    stored: i64,
    /// What was taken in here and was not among it.
    since: i64,
    /// What is being written.
    under_way: i64,
    asked_at: DateTime<Utc>,
}

/// The answer to whether some events still fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// They do, and count from now on as under way.
    Reserved,
    UsedUp,
    /// Nothing is known of this org and day yet: [`DailyUse::learn`] first.
    Unknown,
}

/// An org is not read about any more when nothing came for it for so long.
const IDLE: TimeDelta = TimeDelta::minutes(1);

impl DailyUse {
    /// Reserves room for events.
    pub fn reserve(&mut self, org: OrgId, quota: i64, events: i64, now: DateTime<Utc>) -> Fit {
        let Some(known) = self.0.get_mut(&org).filter(|known| known.day == now.date_naive()) else {
            return Fit::Unknown;
        };
        known.asked_at = now;
        if known.stored + known.since + known.under_way + events > quota {
            return Fit::UsedUp;
        }
        known.under_way += events;
        Fit::Reserved
    }

    /// Whether something is known of the org's day.
    pub fn knows(&self, org: OrgId, now: DateTime<Utc>) -> bool {
        self.0.get(&org).is_some_and(|known| known.day == now.date_naive())
    }

    /// Gives room back, when the events that it was for are written or refused.
    pub fn release(&mut self, org: OrgId, events: i64) {
        if let Some(known) = self.0.get_mut(&org) {
            // A reservation may be from the evening and end in the morning.
            known.under_way = (known.under_way - events).max(0);
        }
    }

    /// Counts what was stored.
    pub fn count(&mut self, org: OrgId, day: NaiveDate, accepted: i64) {
        if let Some(known) = self.0.get_mut(&org).filter(|known| known.day == day) {
            known.since += accepted;
        }
    }

    /// Takes over what Postgres has; `unwritten` is what this process has not written there yet.
    pub fn learn(&mut self, org: OrgId, stored: i64, unwritten: i64, now: DateTime<Utc>) {
        let day = now.date_naive();
        let known =
            self.0.entry(org).or_insert(OrgDay { day, stored, since: 0, under_way: 0, asked_at: now });
        (known.day, known.stored, known.since) = (day, stored, unwritten);
    }

    /// The orgs to read about; the others are forgotten.
    pub fn watched(&mut self, now: DateTime<Utc>) -> Vec<OrgId> {
        self.0.retain(|_, known| known.under_way > 0 || now - known.asked_at < IDLE);
        self.0.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    #[test]
    fn a_day_ends_at_midnight_of_utc() {
        assert_eq!(resets_at(time("2026-02-28T23:59:59.999Z")), time("2026-03-01T00:00:00Z"));
        assert_eq!(resets_at(time("2026-02-28T00:00:00Z")), time("2026-03-01T00:00:00Z"));
    }

    #[test]
    fn an_orgs_own_quota_goes_before_the_default() {
        let config = LimitsConfig { daily_events: 100, ..LimitsConfig::NONE };
        assert_eq!(of(None, &config), Some(100));
        assert_eq!(of(Some(7), &config), Some(7));
        assert_eq!(of(Some(0), &config), None);
        assert_eq!(of(None, &LimitsConfig::NONE), None);
    }

    #[test]
    fn a_quota_is_never_passed_whatever_is_under_way() {
        let (mut known, org, now) = (DailyUse::default(), OrgId::new(), time("2026-02-28T12:00:00Z"));
        assert_eq!(known.reserve(org, 10, 1, now), Fit::Unknown);
        known.learn(org, 4, 2, now);
        assert_eq!(known.reserve(org, 10, 5, now), Fit::UsedUp);
        assert_eq!(known.reserve(org, 10, 4, now), Fit::Reserved);
        assert_eq!(known.reserve(org, 10, 1, now), Fit::UsedUp, "four are under way");
        // Two of them were duplicates.
        known.count(org, now.date_naive(), 2);
        known.release(org, 4);
        assert_eq!(known.reserve(org, 10, 2, now), Fit::Reserved);
        // Another reading does not lose what is under way.
        known.learn(org, 8, 0, now);
        assert_eq!(known.reserve(org, 10, 1, now), Fit::UsedUp);
        known.release(org, 2);
        assert_eq!(known.reserve(org, 10, 2, now), Fit::Reserved);
        assert_eq!(known.reserve(org, 20, 10, now), Fit::Reserved, "the quota was raised");
    }

    #[test]
    fn a_new_day_begins_with_nothing_and_idle_orgs_are_forgotten() {
        let (mut known, org) = (DailyUse::default(), OrgId::new());
        let (evening, morning) = (time("2026-02-28T23:59:59Z"), time("2026-03-01T00:00:01Z"));
        known.learn(org, 10, 0, evening);
        assert_eq!(known.reserve(org, 10, 1, evening), Fit::UsedUp);
        assert_eq!(known.reserve(org, 10, 1, morning), Fit::Unknown);
        known.learn(org, 0, 0, morning);
        known.count(org, evening.date_naive(), 5);
        assert_eq!(known.reserve(org, 10, 10, morning), Fit::Reserved);
        assert_eq!(known.watched(morning + TimeDelta::hours(1)), [org], "something is under way");
        known.release(org, 10);
        assert_eq!(known.watched(morning + TimeDelta::hours(1)), []);
    }
}
