//! Slows down guessing of passwords, by account and by address; nobody is ever locked out.
//!
//! After [`FREE_FAILURES`] failures in a row each further try has to wait, doubling up to a minute.
//! Kept in Postgres so that all processes and restarts agree.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::schema::sign_in_failures;

/// Tries that cost nothing: people mistype.
const FREE_FAILURES: i32 = 5;
/// An address may serve a whole office.
const FREE_FAILURES_PER_ADDRESS: i32 = 30;
const LONGEST_WAIT_SECONDS: i64 = 60;
/// Failures are forgotten after this long without another.
const FORGOTTEN_AFTER: TimeDelta = TimeDelta::minutes(15);

/// Who is being throttled.
pub fn subjects(email: &str, ip: Option<&str>) -> Vec<String> {
    let mut subjects = vec![format!("account:{email}")];
    subjects.extend(ip.map(|ip| format!("address:{ip}")));
    subjects
}

fn wait(subject: &str, failures: i32, last_at: DateTime<Utc>, now: DateTime<Utc>) -> TimeDelta {
    let free = if subject.starts_with("address:") { FREE_FAILURES_PER_ADDRESS } else { FREE_FAILURES };
    if failures < free || now - last_at > FORGOTTEN_AFTER {
        return TimeDelta::zero();
    }
    let exponent = (failures - free).min(6) as u32;
    let pause = TimeDelta::seconds(2_i64.pow(exponent).min(LONGEST_WAIT_SECONDS));
    (last_at + pause - now).max(TimeDelta::zero())
}

/// How long this sign-in must wait; zero if it may go on now.
pub async fn required_wait(
    conn: &mut Conn,
    subjects: &[String],
    now: DateTime<Utc>,
) -> QueryResult<TimeDelta> {
    let rows: Vec<(String, i32, DateTime<Utc>)> = sign_in_failures::table
        .filter(sign_in_failures::subject.eq_any(subjects))
        .select((sign_in_failures::subject, sign_in_failures::failures, sign_in_failures::last_at))
        .load(conn)
        .await?;
    Ok(rows
        .iter()
        .map(|(subject, failures, last_at)| wait(subject, *failures, *last_at, now))
        .max()
        .unwrap_or_default())
}

/// Counts a failed try.
pub async fn record_failure(conn: &mut Conn, subjects: &[String], now: DateTime<Utc>) -> QueryResult<()> {
    for subject in subjects {
        diesel::insert_into(sign_in_failures::table)
            .values((
                sign_in_failures::subject.eq(subject),
                sign_in_failures::failures.eq(1),
                sign_in_failures::last_at.eq(now),
            ))
            .on_conflict(sign_in_failures::subject)
            .do_update()
            .set((
                sign_in_failures::failures.eq(sign_in_failures::failures + 1),
                sign_in_failures::last_at.eq(now),
            ))
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// Forgets the account's failures after a success.
pub async fn forget(conn: &mut Conn, email: &str) -> QueryResult<()> {
    diesel::delete(sign_in_failures::table.find(format!("account:{email}"))).execute(conn).await?;
    Ok(())
}

/// Deletes rows that no longer slow anyone down.
pub async fn delete_forgotten(conn: &mut Conn, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(sign_in_failures::table.filter(sign_in_failures::last_at.lt(now - FORGOTTEN_AFTER)))
        .execute(conn)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute_and_are_forgotten() {
        let now = crate::now();
        let seconds =
            |failures, ago| wait("account:a@b.c", failures, now - TimeDelta::seconds(ago), now).num_seconds();
        assert_eq!(seconds(4, 0), 0);
        assert_eq!([seconds(5, 0), seconds(6, 0), seconds(7, 0)], [1, 2, 4]);
        assert_eq!(seconds(500, 0), 60);
        assert_eq!(seconds(500, 59), 1);
        assert_eq!(seconds(500, 16 * 60), 0);
        assert_eq!(wait("address:1.2.3.4", 20, now, now), TimeDelta::zero());
    }
}
