//! Slows down guessing of passwords; nobody is ever locked out.
//!
//! Failures are counted three ways. *At one account from one place*: after [`FREE_FAILURES`] each further
//! try has to wait, doubling up to a minute. *From one place at whatever account*: the same, later. *At
//! one account from everywhere*: this stops nobody by itself, or a stranger could keep its owner out;
//! but while there are many of them, each place has one free failure only. So the right password from a
//! place that has not failed is let in at once, whatever others do.
//!
//! A place is an IPv4 address or the /64 of an IPv6 one, which is what a single line is given. Kept in
//! Postgres so that all processes and restarts agree.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::ids::SessionId;
use crate::schema::sign_in_failures;
use crate::subscriber::subscriber;

/// Tries that cost nothing: people mistype.
pub const FREE_FAILURES: i32 = 5;
/// A place may serve a whole office.
pub const FREE_FAILURES_PER_PLACE: i32 = 30;
/// From so many failures on an account is being attacked.
pub const ATTACK: i32 = 50;
const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(60);
/// Failures are forgotten after this long without another.
const FORGOTTEN_AFTER: TimeDelta = TimeDelta::minutes(15);

/// What a try is counted for, and so what may make it wait.
#[derive(Clone, Debug)]
pub struct Try {
    /// Who is tried from where: forgotten after a success.
    own: String,
    place: String,
    /// The account from everywhere.
    account: Option<String>,
}

impl Try {
    /// Signing in to an account, which need not exist.
    pub fn at_account(email: &str, ip: Option<&str>) -> Self {
        let place = place(ip);
        Self {
            own: format!("account:{email} from {place}"),
            place: format!("address:{place}"),
            account: Some(format!("account:{email}")),
        }
    }

    /// Confirming one's password in a session. Counted by session: whoever has stolen one can't make the
    /// owner wait in another.
    pub fn in_session(session: SessionId, ip: Option<&str>) -> Self {
        let place = place(ip);
        Self { own: format!("session:{session}"), place: format!("address:{place}"), account: None }
    }

    /// Asking by sign-up whether an address is registered. Counted by place alone, and apart from
    /// sign-ins, so that neither stops the other.
    pub fn at_sign_up(ip: Option<&str>) -> Self {
        let place = format!("sign-up:{}", place(ip));
        Self { own: place.clone(), place, account: None }
    }

    fn subjects(&self) -> Vec<&str> {
        let mut subjects = vec![self.own.as_str(), self.place.as_str()];
        subjects.extend(self.account.as_deref());
        // In one order, so that two tries never wait for each other's rows.
        subjects.sort_unstable();
        subjects.dedup();
        subjects
    }

    /// How long it has to wait, given how often and when each of its subjects failed last.
    fn wait(&self, failures: &[Failures], now: DateTime<Utc>) -> TimeDelta {
        let of = |subject: &str| {
            let found = failures.iter().find(|one| one.subject == subject);
            found.filter(|one| now - one.last_at <= FORGOTTEN_AFTER)
        };
        let attacked = self.account.as_deref().and_then(of).is_some_and(|one| one.failures >= ATTACK);
        let own = of(&self.own).map(|one| {
            one.left(if attacked { LONGEST_WAIT } else { pause(one.failures - FREE_FAILURES) }, now)
        });
        let place = of(&self.place).map(|one| one.left(pause(one.failures - FREE_FAILURES_PER_PLACE), now));
        // A subject that is both is judged as a place.
        let own = own.filter(|_| self.own != self.place);
        own.into_iter().chain(place).max().unwrap_or_default()
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sign_in_failures, check_for_backend(diesel::pg::Pg))]
struct Failures {
    subject: String,
    failures: i32,
    last_at: DateTime<Utc>,
}

impl Failures {
    fn left(&self, pause: TimeDelta, now: DateTime<Utc>) -> TimeDelta {
        (self.last_at + pause - now).max(TimeDelta::zero())
    }
}

/// How long to pause after so many failures more than are free.
fn pause(beyond: i32) -> TimeDelta {
    match u32::try_from(beyond) {
        Ok(beyond) => TimeDelta::seconds(1 << beyond.min(6)).min(LONGEST_WAIT),
        Err(_) => TimeDelta::zero(),
    }
}

/// Where a client is, as far as it matters: whoever has one IPv6 address has 2⁶⁴ of them.
fn place(ip: Option<&str>) -> String {
    match ip.and_then(|ip| ip.parse().ok()).map(subscriber) {
        Some(IpAddr::V4(ip)) => ip.to_string(),
        Some(IpAddr::V6(ip)) => format!("{ip}/64"),
        None => "nowhere".into(),
    }
}

/// How long this try must wait; zero if it may go on now.
pub async fn required_wait(conn: &mut Conn, asked: &Try, now: DateTime<Utc>) -> QueryResult<TimeDelta> {
    let failures: Vec<Failures> = sign_in_failures::table
        .filter(sign_in_failures::subject.eq_any(asked.subjects()))
        .select(Failures::as_select())
        .load(conn)
        .await?;
    Ok(asked.wait(&failures, now))
}

/// Counts a failed try.
pub async fn record_failure(conn: &mut Conn, failed: &Try, now: DateTime<Utc>) -> QueryResult<()> {
    for subject in failed.subjects() {
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

/// Forgets, after a success, that the same person failed at the same place before. What others did at
/// the account or at the place is not made good by it.
pub async fn forget(conn: &mut Conn, succeeded: &Try) -> QueryResult<()> {
    diesel::delete(sign_in_failures::table.find(&succeeded.own)).execute(conn).await?;
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

    /// Seconds that a try has to wait when its subjects failed so often, so many seconds ago.
    fn wait(asked: &Try, failed: &[(&str, i32)], ago: i64) -> i64 {
        let now = crate::now();
        let failures = |(subject, failures): &(&str, i32)| Failures {
            subject: (*subject).to_owned(),
            failures: *failures,
            last_at: now - TimeDelta::seconds(ago),
        };
        asked.wait(&failed.iter().map(failures).collect::<Vec<_>>(), now).num_seconds()
    }

    #[test]
    fn waits_double_up_to_a_minute_and_are_forgotten() {
        let ann = Try::at_account("a@b.c", Some("192.0.2.1"));
        let wait = |failures, ago| wait(&ann, &[("account:a@b.c from 192.0.2.1", failures)], ago);
        assert_eq!(wait(4, 0), 0);
        assert_eq!([wait(5, 0), wait(6, 0), wait(7, 0)], [1, 2, 4]);
        assert_eq!([wait(500, 0), wait(i32::MAX, 0)], [60, 60]);
        assert_eq!(wait(500, 59), 1);
        assert_eq!(wait(500, 16 * 60), 0);
    }

    #[test]
    fn an_office_has_more_tries_and_sign_up_its_own() {
        let ann = Try::at_account("a@b.c", Some("192.0.2.1"));
        let wait = |asked: &Try, subject: &str, failures| wait(asked, &[(subject, failures)], 0);
        assert_eq!(wait(&ann, "address:192.0.2.1", 29), 0);
        assert_eq!(wait(&ann, "address:192.0.2.1", 31), 2);
        let sign_up = Try::at_sign_up(Some("192.0.2.1"));
        assert_eq!(wait(&sign_up, "address:192.0.2.1", 500), 0);
        assert_eq!(wait(&ann, "sign-up:192.0.2.1", 500), 0);
        assert_eq!([29, 30].map(|failures| wait(&sign_up, "sign-up:192.0.2.1", failures)), [0, 1]);
    }

    #[test]
    fn failures_elsewhere_never_stop_a_place_that_has_not_failed() {
        let ann = Try::at_account("a@b.c", Some("192.0.2.1"));
        let (here, everywhere) = ("account:a@b.c from 192.0.2.1", "account:a@b.c");
        assert_eq!(wait(&ann, &[(everywhere, 1_000_000)], 0), 0);
        assert_eq!(wait(&ann, &[(everywhere, ATTACK - 1), (here, 1)], 0), 0);
        assert_eq!(wait(&ann, &[(everywhere, ATTACK), (here, 1)], 0), 60, "one free failure only");
    }

    #[test]
    fn one_line_is_one_place() {
        let places =
            ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:DB8:1:2:0:0:0:7"].map(|ip| place(Some(ip)));
        assert_eq!(places, ["2001:db8:1:2::/64", "2001:db8:1:2::/64", "2001:db8:1:2::/64"]);
        assert_ne!(place(Some("2001:db8:1:3::1")), places[0]);
        assert_eq!(place(Some("::ffff:192.0.2.1")), "192.0.2.1");
        assert_eq!([place(None), place(Some("unix"))], ["nowhere", "nowhere"]);
    }
}
