//! The limits that ingest keeps for a project, and how much of the day's quota is used.

use actix_web::web;
use chrono::{DateTime, Utc};
use pulseboard_core::daily_quota;
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::projects::Project;
use pulseboard_core::rate_limits::Rate;
use pulseboard_core::{orgs, usage};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{ApiError, ErrorBody};
use crate::extract::Viewer;
use crate::state::App;

#[derive(Serialize, ToSchema)]
pub struct LimitsOut {
    /// For each key alone; null if there is no such limit.
    key: Option<RateOut>,
    /// For all keys of the project together; null if there is no such limit.
    project: Option<RateOut>,
    /// For all projects of the org together; null if there is no such limit.
    daily: Option<DailyOut>,
}

#[derive(Serialize, ToSchema)]
pub struct RateOut {
    #[schema(example = 2000)]
    events_per_second: u32,
    /// So many may come at once.
    #[schema(example = 20_000)]
    burst: u32,
}

#[derive(Serialize, ToSchema)]
pub struct DailyOut {
    /// Events that may be stored in a day.
    quota: i64,
    /// Events that were stored today.
    used: i64,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    resets_at: DateTime<Utc>,
}

impl From<Rate> for RateOut {
    fn from(Rate { events_per_second, burst }: Rate) -> Self {
        Self { events_per_second, burst }
    }
}

/// How much may be sent to a project.
#[utoipa::path(get, path = "/api/projects/{project}/limits", tag = "limits", params(("project" = Uuid, Path)),
    responses((status = 200, body = LimitsOut), (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn show(app: App, who: Viewer<Project>) -> Result<web::Json<LimitsOut>, ApiError> {
    let now = pulseboard_core::now();
    let (own, used) = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            let own = orgs::daily_event_quota(conn, who.org).await?;
            Ok((own, usage::accepted_on(conn, who.org, now.date_naive()).await?))
        })
        .await?;
    let quota = daily_quota::of(own, &app.config.limits);
    Ok(web::Json(LimitsOut {
        key: app.rate_limits.key.map(RateOut::from),
        project: app.rate_limits.project.map(RateOut::from),
        daily: quota.map(|quota| DailyOut { quota, used, resets_at: daily_quota::resets_at(now) }),
    }))
}
