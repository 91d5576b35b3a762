//! Lists: names by count, events, and when releases were first seen.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;
use pulseboard_wire::Kind;

use super::{Annotation, Asked, PanelData, PanelName};
use crate::db::Conn;
use crate::event_counts::{self, NamesQuery};
use crate::event_query;
use crate::events::{self, EventRow, Filter};
use crate::ids::StoreId;
use crate::time_range::Range;

/// Releases in one answer: the newest.
const MAX_RELEASES: i64 = 100;

/// Adds the most frequent names.
pub async fn names(
    conn: &mut Conn,
    store: StoreId,
    range: Range,
    at: usize,
    kind: Option<Kind>,
    limit: i64,
    data: &mut PanelData,
) -> QueryResult<()> {
    let query =
        NamesQuery { from: range.from, to: range.to, kind: kind.map(Kind::as_str), text: None, limit };
    let found = event_counts::names(conn, store, query).await?;
    data.names.extend(found.into_iter().map(|name| PanelName {
        source: at,
        name: name.name,
        kind: name.kind,
        count: name.count,
    }));
    Ok(())
}

/// Adds the newest events.
pub async fn events(
    conn: &mut Conn,
    store: StoreId,
    asked: &Asked<'_>,
    filter: &str,
    limit: i64,
    data: &mut PanelData,
) -> QueryResult<()> {
    let Range { from, to } = asked.window.range;
    // It was read before it was stored.
    let terms = asked.variables.fill_terms(event_query::parse(filter).unwrap_or_default());
    let filter = Filter { terms, since: Some(from), until: Some(to) };
    let mut rows = events::list(conn, store, filter, None, limit).await?;
    rows.truncate(usize::try_from(limit).unwrap_or(0));
    data.events.extend(rows.into_iter().map(EventRow::into_event));
    Ok(())
}

#[derive(QueryableByName)]
struct ReleaseRow {
    #[diesel(sql_type = Text)]
    release: String,
    #[diesel(sql_type = Timestamptz)]
    first_seen: DateTime<Utc>,
}

/// The releases first seen within a span, oldest first.
pub async fn releases(conn: &mut Conn, store: StoreId, range: Range) -> QueryResult<Vec<Annotation>> {
    let mut rows: Vec<ReleaseRow> = diesel::sql_query(
        "select release, first_seen from releases
         where store_id = $1 and first_seen >= $2 and first_seen < $3 order by first_seen desc, release limit $4",
    )
    .bind::<Uuid, _>(store)
    .bind::<Timestamptz, _>(range.from)
    .bind::<Timestamptz, _>(range.to)
    .bind::<BigInt, _>(MAX_RELEASES)
    .load(conn)
    .await?;
    rows.reverse();
    let annotation = |row: ReleaseRow| Annotation {
        ts: row.first_seen.timestamp_millis(),
        kind: "release",
        text: row.release,
    };
    Ok(rows.into_iter().map(annotation).collect())
}
