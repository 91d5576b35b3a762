//! What a feed has found, oldest first.

use actix_web::web;
use chrono::{DateTime, TimeDelta, Utc};
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::events::PageCursor;
use pulseboard_core::feeds::Feed;
use pulseboard_core::feeds::history as found;
use pulseboard_core::ids::FeedId;
use pulseboard_core::projects;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use crate::body::{self, Page, Query};
use crate::error::{ApiError, ErrorBody};
use crate::extract::Viewer;
use crate::state::App;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// From this time on; ten minutes ago if it is left out.
    since: Option<String>,
    /// Before this time.
    until: Option<String>,
    /// 1 to 1000; 1000 if left out.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct FeedTickOut {
    #[schema(value_type = Uuid)]
    feed_id: FeedId,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    ts: DateTime<Utc>,
    /// Any JSON.
    #[schema(value_type = Value)]
    payload: Option<Box<RawValue>>,
}

/// What a feed found, oldest first.
#[utoipa::path(get, path = "/api/feeds/{feed}/history", tag = "feeds", params(("feed" = Uuid, Path), HistoryQuery),
    operation_id = "history", responses((status = 200, body = Page<FeedTickOut>), (status = 400, body = ErrorBody),
    (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn history(
    app: App,
    who: Viewer<Feed>,
    query: Query<HistoryQuery>,
) -> Result<web::Json<Page<FeedTickOut>>, ApiError> {
    let now = pulseboard_core::now();
    let since = body::time("since", query.since.as_deref())?.unwrap_or(now - TimeDelta::minutes(10));
    let until = body::time("until", query.until.as_deref())?.unwrap_or(now + TimeDelta::days(1));
    for (field, time) in [("since", since), ("until", until)] {
        pulseboard_core::in_calendar(time)
            .ok_or_else(|| ApiError::query(field, "must lie in the years 0 to 9999"))?;
    }
    let limit = body::number("limit", query.limit.as_deref(), 1..=1000, 1000)?;
    let after = cursor(query.cursor.as_deref())?;
    let mut rows = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            let project = projects::find(conn, who.org, who.of.project_id).await?;
            Ok(found::list(conn, project.store_id, who.of.id, (since, until), after, limit).await?)
        })
        .await?;
    let more = rows.len() as i64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next_cursor = rows.last().filter(|_| more).map(|row| row.cursor().to_string());
    let items = rows.into_iter().map(|row| FeedTickOut {
        feed_id: who.of.id,
        ts: row.ts,
        payload: row.payload.map(|json| json.0),
    });
    Ok(web::Json(Page { items: items.collect(), next_cursor }))
}

fn cursor(text: Option<&str>) -> Result<Option<PageCursor>, ApiError> {
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| text.parse().map_err(|_| ApiError::query("cursor", "is not one of ours"))).transpose()
}
