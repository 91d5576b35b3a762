//! What workers ask: which feeds are due, whether a claim still stands, and how it went.
//!
//! A claim is a lease. Its end is also its name: who comes later has another one, and whoever changes a
//! feed ends the claim, so that nothing is written for a definition that is no more. All of it is done
//! for many feeds at once, and in system scope.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz, Uuid};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::db::Conn;
use crate::ids::{FeedId, OrgId, ProjectId};
use crate::schema::feed_states;

/// A feed that is to be asked.
#[derive(Clone, Debug, QueryableByName)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Claim {
    #[diesel(sql_type = Uuid)]
    pub feed_id: FeedId,
    #[diesel(sql_type = Uuid)]
    pub org_id: OrgId,
    #[diesel(sql_type = Uuid)]
    pub project_id: ProjectId,
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = diesel::sql_types::Jsonb)]
    pub config: Value,
    #[diesel(sql_type = Nullable<diesel::sql_types::Binary>)]
    pub secrets: Option<Vec<u8>>,
    #[diesel(sql_type = Integer)]
    pub interval_sec: i32,
    #[diesel(sql_type = Timestamptz)]
    pub due_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    pub claimed_until: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub last_ok: Option<DateTime<Utc>>,
    /// In a row, before this.
    #[diesel(sql_type = Integer)]
    pub failures: i32,
    #[diesel(sql_type = Nullable<Text>)]
    pub error: Option<String>,
    /// The org's own daily quota, where it has one.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub daily_event_quota: Option<i64>,
}

/// A claim's feed, and its name: the time at which it ends.
pub type Name = (FeedId, DateTime<Utc>);

/// How much a worker can take on.
#[derive(Clone, Debug)]
pub struct Room {
    /// Feeds in all.
    pub free: i64,
    /// Feeds of one org, what is running included.
    pub per_org: i64,
    /// What is running of each org.
    pub running: Vec<(OrgId, i64)>,
}

/// Claims what is due until `horizon` and nobody has, one feed of each org by turns. In a transaction: the
/// definitions are read when nobody else can claim or change the feeds' states any more, as a feed that is
/// edited meanwhile would else be asked once more as it was.
pub async fn claim_in_all_orgs(
    conn: &mut Conn,
    room: &Room,
    now: DateTime<Utc>,
    horizon: DateTime<Utc>,
    until: DateTime<Utc>,
) -> QueryResult<Vec<Claim>> {
    let (orgs, running): (Vec<OrgId>, Vec<i64>) = room.running.iter().copied().unzip();
    let claimed: Vec<Standing> = diesel::sql_query(
        "with turns as (
             select s.feed_id, coalesce(r.n, 0) + row_number() over (partition by s.org_id order by s.due_at) as turn
             from feed_states s left join unnest($1, $2) as r(org_id, n) on r.org_id = s.org_id
             where s.due_at <= $3 and (s.claimed_until is null or s.claimed_until <= $4)),
         mine as (
             select s.feed_id from feed_states s
             where s.feed_id = any(array(select feed_id from turns where turn <= $5 order by turn limit $6))
                 and s.due_at <= $3 and (s.claimed_until is null or s.claimed_until <= $4)
             for update skip locked)
         update feed_states s set claimed_until = $7 from mine where s.feed_id = mine.feed_id
         returning s.feed_id",
    )
    .bind::<Array<Uuid>, _>(orgs)
    .bind::<Array<BigInt>, _>(running)
    .bind::<Timestamptz, _>(horizon)
    .bind::<Timestamptz, _>(now)
    .bind::<BigInt, _>(room.per_org)
    .bind::<BigInt, _>(room.free)
    .bind::<Timestamptz, _>(until)
    .load(conn)
    .await?;
    let claimed: Vec<FeedId> = claimed.into_iter().map(|row| row.feed_id).collect();
    match claimed.is_empty() {
        true => Ok(Vec::new()),
        false => list_claimed(conn, &claimed).await,
    }
}

async fn list_claimed(conn: &mut Conn, claimed: &[FeedId]) -> QueryResult<Vec<Claim>> {
    diesel::sql_query(
        "select s.feed_id, s.org_id, f.project_id, f.kind, f.name, f.config, f.secrets, f.interval_sec,
             s.due_at, s.claimed_until, s.last_ok, s.failures, s.error, o.daily_event_quota
         from feed_states s join feeds f on f.id = s.feed_id join orgs o on o.id = f.org_id
         where s.feed_id = any($1) and s.due_at is not null and f.enabled and f.interval_sec is not null",
    )
    .bind::<Array<Uuid>, _>(claimed)
    .load(conn)
    .await
}

/// A claim that stands.
#[derive(QueryableByName)]
struct Standing {
    #[diesel(sql_type = Uuid)]
    feed_id: FeedId,
}

/// Those of these claims that still stand: nobody has changed the feed or taken it over.
pub async fn list_standing_in_all_orgs(conn: &mut Conn, claims: &[Name]) -> QueryResult<Vec<FeedId>> {
    let (feeds, names): (Vec<FeedId>, Vec<DateTime<Utc>>) = claims.iter().copied().unzip();
    let standing: Vec<Standing> = diesel::sql_query(
        "select s.feed_id from unnest($1, $2) as c(feed_id, claimed_until)
         join feed_states s on s.feed_id = c.feed_id and s.claimed_until = c.claimed_until",
    )
    .bind::<Array<Uuid>, _>(feeds)
    .bind::<Array<Timestamptz>, _>(names)
    .load(conn)
    .await?;
    Ok(standing.into_iter().map(|row| row.feed_id).collect())
}

/// Prolongs a claim, which has a new name then; `false` if it does not stand any more.
pub async fn renew_in_all_orgs(
    conn: &mut Conn,
    feed: FeedId,
    before: DateTime<Utc>,
    until: DateTime<Utc>,
) -> QueryResult<bool> {
    let this = feed_states::table.find(feed).filter(feed_states::claimed_until.eq(before));
    let renewed = diesel::update(this).set(feed_states::claimed_until.eq(until)).execute(conn).await?;
    Ok(renewed > 0)
}

/// How a claim ended.
#[derive(Clone, Debug)]
pub struct Ended {
    pub feed_id: FeedId,
    pub claimed_until: DateTime<Utc>,
    /// When the feed was asked.
    pub ran_at: DateTime<Utc>,
    /// When it is due again.
    pub due_at: DateTime<Utc>,
    pub outcome: Result<Option<(DateTime<Utc>, Value)>, String>,
}

/// Notes how claims ended and gives the feeds free; those that do not stand any more are passed over. Returns
/// the feeds of the others.
pub async fn finish_in_all_orgs(conn: &mut Conn, ended: &[Ended]) -> QueryResult<Vec<FeedId>> {
    let value = |one: &Ended| one.outcome.as_ref().ok().and_then(Option::as_ref).cloned();
    let (feeds, names): (Vec<_>, Vec<_>) = ended.iter().map(|one| (one.feed_id, one.claimed_until)).unzip();
    let (ran, due): (Vec<_>, Vec<_>) = ended.iter().map(|one| (one.ran_at, one.due_at)).unzip();
    let errors: Vec<Option<String>> =
        ended.iter().map(|one| one.outcome.as_ref().err().map(|text| text.replace('\0', ""))).collect();
    let (value_ts, values): (Vec<Option<DateTime<Utc>>>, Vec<Option<String>>) =
        ended.iter().map(|one| value(one).map(|(ts, value)| (ts, storable(&value))).unzip()).unzip();
    let noted: Vec<Standing> = diesel::sql_query(
        "update feed_states s set
             claimed_until = null, due_at = e.due_at, last_run = e.ran_at,
             last_ok = case when e.error is null then e.ran_at else s.last_ok end,
             failures = case when e.error is null then 0 else least(s.failures, 1000000) + 1 end,
             error_at = case when e.error is null then null else e.ran_at end,
             error = e.error,
             value_ts = coalesce(e.value_ts, s.value_ts),
             value = coalesce(e.value::jsonb, s.value)
         from unnest($1, $2, $3, $4, $5, $6, $7)
             as e(feed_id, claimed_until, ran_at, due_at, error, value_ts, value)
         where s.feed_id = e.feed_id and s.claimed_until = e.claimed_until
         returning s.feed_id",
    )
    .bind::<Array<Uuid>, _>(feeds)
    .bind::<Array<Timestamptz>, _>(names)
    .bind::<Array<Timestamptz>, _>(ran)
    .bind::<Array<Timestamptz>, _>(due)
    .bind::<Array<Nullable<Text>>, _>(errors)
    .bind::<Array<Nullable<Timestamptz>>, _>(value_ts)
    .bind::<Array<Nullable<Text>>, _>(values)
    .load(conn)
    .await?;
    Ok(noted.into_iter().map(|row| row.feed_id).collect())
}

/// Gives claims back as they were, for a worker that stops: another one may have the feeds at once.
pub async fn release_in_all_orgs(conn: &mut Conn, claims: &[Name]) -> QueryResult<usize> {
    let (feeds, names): (Vec<FeedId>, Vec<DateTime<Utc>>) = claims.iter().copied().unzip();
    diesel::sql_query(
        "update feed_states s set claimed_until = null
         from unnest($1, $2) as c(feed_id, claimed_until)
         where s.feed_id = c.feed_id and s.claimed_until = c.claimed_until",
    )
    .bind::<Array<Uuid>, _>(feeds)
    .bind::<Array<Timestamptz>, _>(names)
    .execute(conn)
    .await
}

/// JSON as jsonb takes it: what no text column can hold is replaced, as in the event.
pub(super) fn storable(value: &Value) -> String {
    let text = value.to_string();
    match crate::json::check(&text, usize::MAX) {
        Err(_) => crate::json::repair(&text),
        Ok(()) => text,
    }
}
