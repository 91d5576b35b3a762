//! What feeds bring: their numbers over time, and their newest payloads.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Jsonb, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::lines::{self, Wanted, problem};
use super::{Asked, Latest, PanelData};
use crate::db::Conn;
use crate::feeds;
use crate::ids::{FeedId, OrgId, ProjectId, StoreId};
use crate::json::RawJson;
use crate::panel_query::Source;
use crate::payload_path::{self, Path, Step};
use crate::series::Named;

/// A feed as it is now.
#[derive(Clone, Debug)]
pub struct FeedNow {
    pub name: String,
    /// Why it fails, while it does.
    pub error: Option<String>,
}

/// The feeds of a project that still exist, by their ids.
pub type Feeds = BTreeMap<Uuid, FeedNow>;

/// Those of the project's feeds that have one of these ids.
pub async fn feeds_now(conn: &mut Conn, org: OrgId, project: ProjectId, ids: &[Uuid]) -> QueryResult<Feeds> {
    if ids.is_empty() {
        return Ok(Feeds::new());
    }
    let ids: Vec<FeedId> = ids.iter().copied().map(FeedId).collect();
    let found = feeds::list_some(conn, org, project, &ids).await?;
    let now = |(feed, state): (feeds::Feed, feeds::FeedState)| {
        let error = state.error.filter(|_| feed.enabled && state.failures > 0);
        (feed.id.0, FeedNow { name: feed.name, error })
    };
    Ok(found.into_iter().map(now).collect())
}

/// Adds what a feed brings.
pub async fn feed(
    conn: &mut Conn,
    store: StoreId,
    feeds: &Feeds,
    asked: &Asked<'_>,
    at: usize,
    source: &Source,
    data: &mut PanelData,
) -> QueryResult<()> {
    let Source::Feed { feed_id, path, aggregate, title } = source else { return Ok(()) };
    match feeds.get(feed_id) {
        None => {
            let message = "The feed has been deleted: choose another one.".into();
            data.problems.push(problem(at, "feed_gone", message));
        }
        Some(FeedNow { name, error: Some(error) }) => {
            data.problems.push(problem(at, "feed_failing", format!("{name}: {error}")));
        }
        Some(_) => {}
    }
    // What a feed that is gone has brought is still there.
    let path = path.as_deref().and_then(|path| payload_path::parse(path).ok()).unwrap_or_default();
    if asked.kind.shows_latest() {
        return latest(conn, store, asked, at, *feed_id, &path, data).await;
    }
    let Some(name) = name_of(&path) else {
        let message = "A path with a condition or from the end has no values over time. Name a field, or show it as a table.";
        data.problems.push(problem(at, "not_a_number", message.into()));
        return Ok(());
    };
    let wanted = Wanted {
        name: Named::Beneath(name),
        labels: [("feed".to_owned(), feed_id.to_string())].into(),
        aggregate: *aggregate,
        group_by: None,
        title: title.as_deref(),
    };
    let any = lines::numbers(conn, store, asked, at, wanted, data).await?;
    let is_whole = asked.window.buckets.from <= asked.window.range.from;
    if !any && is_whole && feeds.contains_key(feed_id) {
        nothing_there(conn, store, asked, at, *feed_id, &path, data).await?;
    }
    Ok(())
}

/// The name under which the numbers at a path are stored; of the whole document, none.
fn name_of(path: &Path) -> Option<Option<String>> {
    let fixed = |step: &Step| match step {
        Step::Key(_) => true,
        Step::Index(index) => *index >= 0,
        Step::Where { .. } => false,
    };
    path.steps().iter().all(fixed).then(|| (!path.is_root()).then(|| path.to_string()))
}

#[derive(QueryableByName)]
struct PayloadRow {
    #[diesel(sql_type = Timestamptz)]
    ts: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    payload: Option<RawJson>,
}

/// The newest payload of a feed before a time, and its own time.
pub async fn newest(
    conn: &mut Conn,
    store: StoreId,
    feed_id: Uuid,
    before: DateTime<Utc>,
) -> QueryResult<Option<(DateTime<Utc>, Option<Box<RawValue>>)>> {
    let row: Option<PayloadRow> = diesel::sql_query(
        "select ts, payload from events where store_id = $1 and feed_id = $2 and ts < $3
         order by ts desc limit 1",
    )
    .bind::<SqlUuid, _>(store)
    .bind::<SqlUuid, _>(feed_id)
    .bind::<Timestamptz, _>(before)
    .get_result(conn)
    .await
    .optional()?;
    Ok(row.map(|row| (row.ts, row.payload.map(|payload| payload.0))))
}

async fn latest(
    conn: &mut Conn,
    store: StoreId,
    asked: &Asked<'_>,
    at: usize,
    feed_id: Uuid,
    path: &Path,
    data: &mut PanelData,
) -> QueryResult<()> {
    let (ts, payload) = newest(conn, store, feed_id, asked.window.range.to).await?.unzip();
    let (ts, payload) = (ts.map(|ts| ts.timestamp_millis()), payload.flatten());
    let payload = match payload {
        Some(payload) if !path.is_root() => match part(&payload, path) {
            Ok(part) => Some(part),
            Err(message) => {
                data.problems.push(problem(at, "nothing_at_path", message));
                None
            }
        },
        whole => whole,
    };
    data.latest.push(Latest { source: at, feed_id, ts, payload });
    Ok(())
}

fn part(payload: &RawValue, path: &Path) -> Result<Box<RawValue>, String> {
    let unreadable = |_| "the payload can't be read".to_owned();
    let document: Value = serde_json::from_str(payload.get()).map_err(unreadable)?;
    // A payload that is a number itself is charted by this name.
    if document.is_number() && path.to_string() == "value" {
        return Ok(payload.to_owned());
    }
    let found = path.find(&document).map_err(|missing| missing.to_string())?;
    serde_json::value::to_raw_value(found).map_err(unreadable)
}

/// Says why a feed that exists shows no line, if its newest payload tells.
async fn nothing_there(
    conn: &mut Conn,
    store: StoreId,
    asked: &Asked<'_>,
    at: usize,
    feed_id: Uuid,
    path: &Path,
    data: &mut PanelData,
) -> QueryResult<()> {
    let newest = newest(conn, store, feed_id, asked.window.range.to).await?;
    let Some(payload) = newest.and_then(|(_, payload)| payload) else { return Ok(()) };
    match part(&payload, path) {
        Err(message) => data.problems.push(problem(at, "nothing_at_path", message)),
        Ok(part) if !part.get().contains(|c: char| c.is_ascii_digit()) => {
            let message = "There is no number there: show it as a table.".into();
            data.problems.push(problem(at, "not_a_number", message));
        }
        Ok(_) => {}
    }
    Ok(())
}
