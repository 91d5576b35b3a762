//! Reading events: a page, one of them, and what came after a live cursor.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_async::RunQueryDsl;
use pulseboard_wire::{Event, Kind, Level};
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::db::Conn;
use crate::event_query::{Field, Term, Test};
use crate::ids::StoreId;
use crate::json::RawJson;
use crate::live::Cursor;
use crate::schema::events;

/// How far clocks of our own processes may be apart, and how long a write may take.
const CLOCK_MARGIN: TimeDelta = TimeDelta::seconds(60);

/// Which events are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub terms: Vec<Term>,
    pub since: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}

/// A place in the list, newest first: what comes after this event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageCursor {
    pub ts: DateTime<Utc>,
    pub id: Uuid,
}

impl std::fmt::Display for PageCursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}_{}", self.ts.timestamp_millis(), self.id.simple())
    }
}

impl std::str::FromStr for PageCursor {
    type Err = crate::live::BadCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (millis, id) = text.split_once('_').ok_or(crate::live::BadCursor)?;
        let ts = millis.parse().ok().and_then(DateTime::from_timestamp_millis);
        let ts = ts.and_then(crate::in_calendar).ok_or(crate::live::BadCursor)?;
        let id = id.parse().map_err(|_| crate::live::BadCursor)?;
        Ok(Self { ts, id })
    }
}

/// A row as it is read.
#[derive(Queryable, Selectable)]
#[diesel(table_name = events, check_for_backend(Pg))]
pub struct EventRow {
    id: Uuid,
    ts: DateTime<Utc>,
    received_at: DateTime<Utc>,
    seq: i64,
    kind: String,
    name: String,
    level: Option<String>,
    user_id: Option<String>,
    session: Option<String>,
    release: Option<String>,
    environment: Option<String>,
    tags: Option<RawJson>,
    value: Option<f64>,
    unit: Option<String>,
    payload: Option<RawJson>,
    error: Option<RawJson>,
    issue_id: Option<Uuid>,
    feed_id: Option<Uuid>,
}

#[derive(Deserialize, Default)]
struct Details {
    stack: Option<String>,
    exception: Option<Box<RawValue>>,
    breadcrumbs: Option<Box<RawValue>>,
}

impl EventRow {
    /// Where the list goes on after this row.
    pub fn cursor(&self) -> PageCursor {
        PageCursor { ts: self.ts, id: self.id }
    }

    /// As it is shown.
    pub fn into_event(self) -> Event<'static> {
        let tags: BTreeMap<String, String> =
            self.tags.and_then(|tags| serde_json::from_str(tags.0.get()).ok()).unwrap_or_default();
        let details: Details =
            self.error.and_then(|error| serde_json::from_str(error.0.get()).ok()).unwrap_or_default();
        Event {
            id: self.id,
            kind: Kind::parse(&self.kind).unwrap_or(Kind::Event),
            name: Cow::Owned(self.name),
            timestamp: self.ts,
            received_at: self.received_at,
            level: self.level.as_deref().and_then(Level::parse),
            user: self.user_id.map(Cow::Owned),
            session: self.session.map(Cow::Owned),
            release: self.release.map(Cow::Owned),
            environment: self.environment.map(Cow::Owned),
            tags: Cow::Owned(tags),
            value: self.value,
            unit: self.unit.map(Cow::Owned),
            payload: self.payload.map(|payload| Cow::Owned(payload.0)),
            issue_id: self.issue_id,
            feed_id: self.feed_id,
            stack: details.stack.map(Cow::Owned),
            exception: details.exception.map(Cow::Owned),
            breadcrumbs: details.breadcrumbs.map(Cow::Owned),
        }
    }
}

type Condition = Box<dyn BoxableExpression<events::table, Pg, SqlType = Bool>>;

/// A user's text as a pattern that matches only itself.
fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// A user's text as it stands within a JSON string.
fn escape_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn condition(test: Test) -> Condition {
    let (field, value, prefix) = match test {
        Test::Contains(text) => {
            // Within JSON the text may stand as it is (`"price": 5`) or escaped (`say \"hello\"`).
            let plain = format!("%{}%", escape_like(&text));
            let within_string = format!("%{}%", escape_like(&escape_json(&text)));
            return Box::new(
                sql::<Bool>("(name ilike ")
                    .bind::<Text, _>(plain.clone())
                    .sql(" or concat_ws(' ', payload::text, error::text) ilike any (array[")
                    .bind::<Text, _>(plain)
                    .sql(", ")
                    .bind::<Text, _>(within_string)
                    .sql("]))"),
            );
        }
        Test::Is(field, value) => (field, value, false),
        Test::StartsWith(field, value) => (field, value, true),
    };
    let value = match field {
        Field::Level => Level::parse(&value).map_or(value, |level| level.as_str().to_owned()),
        _ => value,
    };
    let pattern = if prefix { format!("{}%", escape_like(&value)) } else { escape_like(&value) };
    // Absent counts as empty, so that a negation holds for what has no such field.
    let column = match field {
        Field::Type => "kind",
        Field::Name => "name",
        Field::User => "coalesce(user_id, '')",
        Field::Session => "coalesce(session, '')",
        Field::Release => "coalesce(release, '')",
        Field::Environment => "coalesce(environment, '')",
        Field::Level => "coalesce(level, '')",
        Field::Tag(tag) => {
            let tag = sql::<Bool>("coalesce(tags ->> ").bind::<Text, _>(tag);
            return Box::new(tag.sql(", '') like ").bind::<Text, _>(pattern));
        }
    };
    Box::new(sql::<Bool>(&format!("{column} like ")).bind::<Text, _>(pattern))
}

/// Everything a filter asks for, as one condition.
fn wanted(store: StoreId, filter: Filter) -> Condition {
    let mut all: Condition = Box::new(events::store_id.eq(store));
    if let Some(since) = filter.since {
        all = Box::new(all.and(events::ts.ge(since)));
    }
    if let Some(until) = filter.until {
        all = Box::new(all.and(events::ts.lt(until)));
    }
    for Term { negated, test } in filter.terms {
        let term = condition(test);
        all = if negated { Box::new(all.and(diesel::dsl::not(term))) } else { Box::new(all.and(term)) };
    }
    all
}

/// A page of events, newest first, and one more than `limit` if there are more.
pub async fn list(
    conn: &mut Conn,
    store: StoreId,
    filter: Filter,
    after: Option<PageCursor>,
    limit: i64,
) -> QueryResult<Vec<EventRow>> {
    let mut wanted = wanted(store, filter);
    if let Some(PageCursor { ts, id }) = after {
        wanted = Box::new(wanted.and(events::ts.le(ts)).and(events::ts.lt(ts).or(events::id.lt(id))));
    }
    events::table
        .filter(wanted)
        .order((events::ts.desc(), events::id.desc()))
        .limit(limit + 1)
        .select(EventRow::as_select())
        .load(conn)
        .await
}

/// Counts of matching events per bucket and kind.
pub async fn count_per_bucket(
    conn: &mut Conn,
    store: StoreId,
    buckets: crate::event_counts::Buckets,
    filter: Filter,
) -> QueryResult<Vec<(DateTime<Utc>, String, i64)>> {
    use diesel::sql_types::{BigInt, Timestamptz};
    // The width is a number of ours, so that the same text stands in select and group by.
    let bucket = format!("date_bin('{} seconds', ts, timestamptz 'epoch')", buckets.seconds);
    events::table
        .group_by((sql::<Timestamptz>(&bucket), sql::<Text>("kind")))
        .filter(wanted(store, filter))
        .select((sql::<Timestamptz>(&bucket), sql::<Text>("kind"), sql::<BigInt>("count(*)")))
        .load(conn)
        .await
}

/// One event. With its time it is found at once; without, the whole store is looked through.
pub async fn find(
    conn: &mut Conn,
    store: StoreId,
    id: Uuid,
    ts: Option<DateTime<Utc>>,
) -> QueryResult<EventRow> {
    let by_id = events::table.filter(events::store_id.eq(store)).filter(events::id.eq(id));
    // Ids of ours and of good clients carry a time close to the event's.
    let near = ts.or_else(|| {
        let (seconds, nanos) = id.get_timestamp().filter(|_| id.get_version_num() == 7)?.to_unix();
        DateTime::from_timestamp(seconds.try_into().ok()?, nanos)
    });
    if let Some(near) = near {
        let minutes = TimeDelta::minutes(10);
        let found = by_id
            .filter(events::ts.between(near - minutes, near + minutes))
            .select(EventRow::as_select())
            .first(conn)
            .await
            .optional()?;
        if let Some(row) = found {
            return Ok(row);
        }
    }
    by_id.select(EventRow::as_select()).first(conn).await
}

/// Events that were committed after a live cursor, in commit order: sequence number, arrival, JSON.
pub async fn after(
    conn: &mut Conn,
    store: StoreId,
    cursor: Cursor,
    limit: i64,
) -> QueryResult<Vec<(i64, DateTime<Utc>, Box<RawValue>)>> {
    let rows: Vec<EventRow> = events::table
        .filter(events::store_id.eq(store))
        .filter(events::received_at.ge(cursor.at - CLOCK_MARGIN))
        .filter(events::seq.gt(cursor.seq))
        .order(events::seq)
        .limit(limit)
        .select(EventRow::as_select())
        .load(conn)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let (seq, received_at) = (row.seq, row.received_at);
            Some((seq, received_at, serde_json::value::to_raw_value(&row.into_event()).ok()?))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_cursors_survive_being_text() {
        let cursor = PageCursor { ts: crate::now(), id: Uuid::now_v7() };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        let far = "-8334601228800000_0190b5e59a3c7d348a513c5f6a7b8c9d";
        for bad in ["", "5", "5_", "x_0190b5e59a3c7d348a513c5f6a7b8c9d", far] {
            assert!(bad.parse::<PageCursor>().is_err(), "{bad}");
        }
    }
}
