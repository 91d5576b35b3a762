//! Signing in with a password, and confirming it: throttled, in turns, and at the same cost whether or
//! not there is such an account.

use chrono::{DateTime, TimeDelta, Utc};

use crate::db::{Conn, Db, DbError};
use crate::ids::{SessionId, UserId};
use crate::passwords::{Busy, Passwords};
use crate::secrets::Secret;
use crate::sessions::{self, Client, Session};
use crate::sign_in_throttle::{self as throttle, Try};
use crate::users::{self, User};

/// What it takes to check a password.
#[derive(Clone, Copy)]
pub struct Door<'a> {
    pub db: &'a Db,
    pub passwords: &'a Passwords,
    pub secret: &'a Secret,
}

/// Why someone is not let in.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("the address or the password is wrong")]
    Wrong,
    /// Too many failures: try again after this time.
    #[error("too many failures; wait {0}")]
    Wait(TimeDelta),
    #[error(transparent)]
    Busy(#[from] Busy),
    #[error(transparent)]
    Database(#[from] DbError),
    #[error(transparent)]
    Hashing(#[from] anyhow::Error),
}

impl From<diesel::result::Error> for Refused {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Starts a session for whoever knows the password of this (normalised) address; returns it with its
/// first refresh token.
pub async fn sign_in(
    door: Door<'_>,
    email: &str,
    password: String,
    client: &Client,
) -> Result<(User, Session, String), Refused> {
    let asked = Try::at_account(email, client.ip.as_deref());
    let user = door
        .db
        .system(async |conn: &mut Conn| -> Result<_, Refused> {
            refuse_if_too_soon(conn, &asked, crate::now()).await?;
            Ok(users::get_by_email(conn, email).await?)
        })
        .await?;
    let hash = user.as_ref().and_then(|user| user.password_hash.clone());
    check(door, &asked, password, hash.clone()).await?;
    let user = user.ok_or(Refused::Wrong)?;
    let now = crate::now();
    door.db
        .system(async |conn: &mut Conn| -> Result<_, Refused> {
            // The password may have been changed while this one was being checked: whoever came in by
            // the old one would outlive the change.
            if users::lock_password_hash(conn, user.id).await? != hash {
                return Err(Refused::Wrong);
            }
            throttle::forget(conn, &asked).await?;
            let (session, token) = sessions::start(conn, door.secret, user.id, client, now).await?;
            Ok((user, session, token))
        })
        .await
}

/// Makes sure that whoever is signed in knows the password of the account.
pub async fn confirm(
    door: Door<'_>,
    user: UserId,
    session: SessionId,
    password: String,
    client: &Client,
) -> Result<User, Refused> {
    let asked = Try::in_session(session, client.ip.as_deref());
    let user = door
        .db
        .system(async |conn: &mut Conn| -> Result<_, Refused> {
            refuse_if_too_soon(conn, &asked, crate::now()).await?;
            Ok(users::find(conn, user).await?)
        })
        .await?;
    check(door, &asked, password, user.password_hash.clone()).await?;
    door.db
        .system(async |conn: &mut Conn| -> Result<_, Refused> { Ok(throttle::forget(conn, &asked).await?) })
        .await?;
    Ok(user)
}

/// Checks a password in its turn. Whether it is too soon is asked again when the turn has come, and a
/// failure is counted before it is over: of a thousand guesses sent at once only as many get through as
/// of those sent one after the other.
async fn check(door: Door<'_>, asked: &Try, password: String, hash: Option<String>) -> Result<(), Refused> {
    let turn = door.passwords.turn().await?;
    door.db.system(async |conn: &mut Conn| refuse_if_too_soon(conn, asked, crate::now()).await).await?;
    let (fits, turn) = turn.verify(password, hash).await?;
    if fits {
        return Ok(());
    }
    door.db
        .system(async |conn: &mut Conn| -> Result<_, Refused> {
            Ok(throttle::record_failure(conn, asked, crate::now()).await?)
        })
        .await?;
    drop(turn);
    Err(Refused::Wrong)
}

async fn refuse_if_too_soon(conn: &mut Conn, asked: &Try, now: DateTime<Utc>) -> Result<(), Refused> {
    let wait = throttle::required_wait(conn, asked, now).await?;
    if wait > TimeDelta::zero() { Err(Refused::Wait(wait)) } else { Ok(()) }
}
