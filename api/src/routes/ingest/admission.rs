//! Who may send, and how much: the key, how fast it is used, and what is left of its org's day.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::header;
use actix_web::{HttpRequest, web};
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use pulseboard_core::api_keys::KeyGrant;
use pulseboard_core::daily_quota::{self, Fit};
use pulseboard_core::rate_limits::TooFast;
use pulseboard_core::usage::Counts;
use pulseboard_core::writer;

use super::unknown_key;
use crate::error::{ApiError, Code};
use crate::recorder::{Refusal, Reservation};
use crate::state::State;

/// A refused body of this size is read to its end, so that the connection can be used again.
const PASSED_OVER: usize = 64 * 1024;
/// But no longer than this.
const PASSING_OVER: Duration = Duration::from_secs(1);
/// Whoever has used up the day is told to ask again within this time: the quota may be raised.
const ASK_AGAIN: i64 = 3600;

/// A known key, on its way to storing something.
pub struct Admission {
    pub grant: Arc<KeyGrant>,
    /// What the database has already taken of the time it has for this request.
    waited: Duration,
}

impl Admission {
    /// Looks the key up; unknown ones are refused.
    pub async fn of(app: &State, key: &str) -> Result<Self, ApiError> {
        let asked = Instant::now();
        let grant = app.keys.look_up(&app.db, key).await?.ok_or_else(|| unknown_key(key))?;
        Ok(Self { grant, waited: asked.elapsed() })
    }

    /// A key that has been looked up, which took so long.
    pub fn known(grant: Arc<KeyGrant>, waited: Duration) -> Self {
        Self { grant, waited }
    }

    /// What is left of the time that the database has for this request.
    pub fn patience(&self) -> Duration {
        writer::DEADLINE.saturating_sub(self.waited)
    }

    /// Refuses if not even one event would be let through, for before the body is read.
    pub fn check_rate(&self, app: &State, now: DateTime<Utc>) -> Result<(), ApiError> {
        let checked = app.rate_limits.check(self.grant.id, self.grant.project_id, Instant::now());
        checked.map_err(|too_fast| self.too_fast(app, too_fast, 1, now))
    }

    /// Takes so many events from what the key and the project may send.
    pub fn take_rate(&self, app: &State, events: usize, now: DateTime<Utc>) -> Result<(), ApiError> {
        let taken = app.rate_limits.take(self.grant.id, self.grant.project_id, events, Instant::now());
        taken.map_err(|too_fast| self.too_fast(app, too_fast, events, now))
    }

    fn too_fast(&self, app: &State, too_fast: TooFast, events: usize, now: DateTime<Utc>) -> ApiError {
        let whose = if too_fast.of_key { "this key" } else { "this project" };
        let seconds = too_fast.wait.as_secs() + 1;
        let message = format!(
            "More is sent than {whose} may: {} events per second, {} at once. Send it again in {seconds} s.",
            too_fast.rate.events_per_second, too_fast.rate.burst
        );
        let counts = Counts { rate_limited: events as i64, ..Counts::default() };
        self.limited(app, counts, Code::RateLimited, message, seconds, now)
    }

    /// Reserves room for events in the org's day, if it has a quota.
    pub async fn reserve(
        &mut self,
        app: &State,
        events: usize,
        now: DateTime<Utc>,
    ) -> Result<Option<Reservation>, ApiError> {
        let Some(quota) = daily_quota::of(self.grant.daily_event_quota, &app.config.limits) else {
            return Ok(None);
        };
        let org = self.grant.org_id;
        let mut reserved = app.recorder.reserve(org, quota, events, now);
        if matches!(reserved, Err(Fit::Unknown)) {
            let asked = Instant::now();
            let learning = app.recorder.learn_quota(&app.db, org, now);
            tokio::time::timeout(self.patience(), learning).await.map_err(|_| ApiError::unavailable())??;
            self.waited += asked.elapsed();
            reserved = app.recorder.reserve(org, quota, events, now);
        }
        reserved.map(Some).map_err(|_| {
            let left = (daily_quota::resets_at(now) - now).num_seconds() + 1;
            let message = format!("The organisation's quota of {quota} events per day (UTC) is used up.");
            let counts = Counts { dropped: events.max(1) as i64, ..Counts::default() };
            let seconds = left.min(ASK_AGAIN).unsigned_abs();
            self.limited(app, counts, Code::QuotaExceeded, message, seconds, now)
        })
    }

    /// Counts and keeps a refusal by a limit.
    fn limited(
        &self,
        app: &State,
        counts: Counts,
        code: Code,
        message: String,
        seconds: u64,
        now: DateTime<Utc>,
    ) -> ApiError {
        app.recorder.count(&self.grant, counts, now);
        let status = code.status().as_u16();
        let refusal = Refusal { status, code: code.as_str(), message: &message, sample: "" };
        app.recorder.refuse_limited(&self.grant, &refusal, now);
        ApiError { retry_after: Some(seconds), ..ApiError::new(code, message) }
    }
}

/// Reads over a small body that nobody will look at. After a larger one the connection is closed, once
/// the client has had time to read the answer.
pub async fn pass_over(request: &HttpRequest, mut payload: web::Payload) {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if length.and_then(|text| text.parse::<usize>().ok()).is_some_and(|length| length <= PASSED_OVER) {
        let reading = async { while let Some(Ok(_)) = payload.next().await {} };
        let _ = tokio::time::timeout(PASSING_OVER, reading).await;
    }
}
