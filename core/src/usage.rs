//! Usage: how much came in per project and day.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Uuid};
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::ids::{OrgId, ProjectId};
use crate::schema::usage_days;

/// Counts of one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub accepted: i64,
    pub duplicates: i64,
    pub rejected: i64,
    /// Refused because more came at once than a key or a project may send.
    pub rate_limited: i64,
    /// Refused because the org's daily quota was used up.
    pub dropped: i64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.duplicates += other.duplicates;
        self.rejected += other.rejected;
        self.rate_limited += other.rate_limited;
        self.dropped += other.dropped;
    }
}

/// One day of a project.
#[derive(Clone, Copy, Debug)]
pub struct UsageDay {
    pub day: NaiveDate,
    pub counts: Counts,
}

/// The days since `from`, oldest first; days without anything are left out.
pub async fn list(
    conn: &mut Conn,
    org: OrgId,
    project: ProjectId,
    from: NaiveDate,
) -> QueryResult<Vec<UsageDay>> {
    let rows: Vec<(NaiveDate, i64, i64, i64, i64, i64)> = usage_days::table
        .filter(usage_days::org_id.eq(org))
        .filter(usage_days::project_id.eq(project))
        .filter(usage_days::day.ge(from))
        .order(usage_days::day)
        .select((
            usage_days::day,
            usage_days::accepted,
            usage_days::duplicates,
            usage_days::rejected,
            usage_days::rate_limited,
            usage_days::dropped,
        ))
        .load(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(day, accepted, duplicates, rejected, rate_limited, dropped)| UsageDay {
            day,
            counts: Counts { accepted, duplicates, rejected, rate_limited, dropped },
        })
        .collect())
}

/// Events that an org's projects took in on one day.
pub async fn accepted_on(conn: &mut Conn, org: OrgId, day: NaiveDate) -> QueryResult<i64> {
    let sums = accepted_on_in_all_orgs(conn, &[org], day).await?;
    Ok(sums.into_iter().map(|(_, accepted)| accepted).sum())
}

/// The same for several orgs at once; those without any are left out.
pub async fn accepted_on_in_all_orgs(
    conn: &mut Conn,
    orgs: &[OrgId],
    day: NaiveDate,
) -> QueryResult<Vec<(OrgId, i64)>> {
    // A sum of `bigint` is `numeric` in Postgres, which a day's events do not need.
    let accepted = diesel::dsl::sql::<BigInt>("sum(accepted)::bigint");
    usage_days::table
        .filter(usage_days::org_id.eq_any(orgs))
        .filter(usage_days::day.eq(day))
        .group_by(usage_days::org_id)
        .select((usage_days::org_id, accepted))
        .load(conn)
        .await
}

/// Adds counts to their days, many at once; projects that are gone are left out, and the others can't go
/// until the transaction ends. System scope.
pub async fn add_in_all_orgs(conn: &mut Conn, counts: &[(ProjectId, NaiveDate, Counts)]) -> QueryResult<()> {
    let column = |pick: fn(&Counts) -> i64| counts.iter().map(|(_, _, c)| pick(c)).collect::<Vec<_>>();
    diesel::sql_query(
        "insert into usage_days as d
             (org_id, project_id, day, accepted, duplicates, rejected, rate_limited, dropped)
         select p.org_id, p.id, u.day, u.accepted, u.duplicates, u.rejected, u.rate_limited, u.dropped
         from unnest($1, $2, $3, $4, $5, $6, $7)
             as u(project_id, day, accepted, duplicates, rejected, rate_limited, dropped)
         join projects p on p.id = u.project_id for key share of p
         on conflict (project_id, day) do update set
             accepted = d.accepted + excluded.accepted,
             duplicates = d.duplicates + excluded.duplicates,
             rejected = d.rejected + excluded.rejected,
             rate_limited = d.rate_limited + excluded.rate_limited,
             dropped = d.dropped + excluded.dropped",
    )
    .bind::<Array<Uuid>, _>(counts.iter().map(|(project, _, _)| *project).collect::<Vec<_>>())
    .bind::<Array<Date>, _>(counts.iter().map(|(_, day, _)| *day).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(column(|c| c.accepted))
    .bind::<Array<BigInt>, _>(column(|c| c.duplicates))
    .bind::<Array<BigInt>, _>(column(|c| c.rejected))
    .bind::<Array<BigInt>, _>(column(|c| c.rate_limited))
    .bind::<Array<BigInt>, _>(column(|c| c.dropped))
    .execute(conn)
    .await?;
    Ok(())
}
