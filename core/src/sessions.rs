//! Sessions: families of refresh tokens that are used once each.
//!
//! A successor is derived from its predecessor (HMAC under the installation's secret), so that two tabs
//! that refresh at the same moment get the same one without it being stored anywhere. Using a token
//! again later than [`GRACE`] means that someone else has it: the family ends (RFC 9700, 4.14.2).
//!
//! What is stored of a token is its HMAC under the same secret. So a new secret ends every session, which
//! is what a secret that may have leaked calls for: whoever knows it could derive successors.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::ids::{SessionId, UserId};
use crate::schema::{refresh_tokens, sessions};
use crate::secrets::{self, Secret};

/// How long a used token still answers the same successor.
pub const GRACE: TimeDelta = TimeDelta::seconds(10);
/// How long a session lives after its last use.
pub const LIFETIME: TimeDelta = TimeDelta::days(30);

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Session {
    pub id: SessionId,
    pub user_id: UserId,
    pub user_agent: Option<String>,
    pub ip: Option<String>,
    pub created_at: DateTime<Utc>,
    pub last_used_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Where a session was used last, as the client says.
#[derive(Clone, Debug, Default)]
pub struct Client {
    pub user_agent: Option<String>,
    pub ip: Option<String>,
}

/// What presenting a refresh token leads to.
#[derive(Debug)]
pub enum Refreshed {
    /// The successor, and whose session it is.
    Next { session: Session, token: String },
    /// Used before: the whole family has been revoked.
    Reused,
    /// Unknown, expired or revoked.
    Invalid,
}

/// Starts a session; returns it with its first refresh token.
pub async fn start(
    conn: &mut Conn,
    secret: &Secret,
    user: UserId,
    client: &Client,
    now: DateTime<Utc>,
) -> QueryResult<(Session, String)> {
    let session: Session = diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(SessionId::new()),
            sessions::user_id.eq(user),
            sessions::user_agent.eq(client.user_agent.as_deref()),
            sessions::ip.eq(client.ip.as_deref()),
            sessions::created_at.eq(now),
            sessions::last_used_at.eq(now),
            sessions::expires_at.eq(now + LIFETIME),
        ))
        .returning(Session::as_returning())
        .get_result(conn)
        .await?;
    let token = secrets::random_token();
    insert_token(conn, stored(secret, &token), session.id, now).await?;
    Ok((session, token))
}

/// What is stored of a token.
fn stored(secret: &Secret, token: &str) -> Vec<u8> {
    secret.derive("refresh-token-stored", token.as_bytes()).to_vec()
}

async fn insert_token(
    conn: &mut Conn,
    stored: Vec<u8>,
    session: SessionId,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::token_hash.eq(stored),
            refresh_tokens::session_id.eq(session),
            refresh_tokens::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// Exchanges a refresh token for its successor.
///
/// The session's row is locked first, so that parallel refreshes of one token see each other.
pub async fn refresh(
    conn: &mut Conn,
    secret: &Secret,
    token: &str,
    client: &Client,
    now: DateTime<Utc>,
) -> QueryResult<Refreshed> {
    let hash = stored(secret, token);
    let found: Option<Session> = sessions::table
        .filter(
            sessions::id
                .nullable()
                .eq(refresh_tokens::table.find(&hash).select(refresh_tokens::session_id).single_value()),
        )
        .select(Session::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    let Some(session) = found else { return Ok(Refreshed::Invalid) };
    if session.revoked_at.is_some() || session.expires_at <= now {
        return Ok(Refreshed::Invalid);
    }
    let used_at: Option<DateTime<Utc>> =
        refresh_tokens::table.find(&hash).select(refresh_tokens::used_at).first(conn).await?;
    let successor = secrets::encode(&secret.derive("refresh-token", token.as_bytes()));
    match used_at {
        Some(used_at) if now - used_at > GRACE => {
            revoke(conn, session.id, now).await?;
            return Ok(Refreshed::Reused);
        }
        Some(_) => {}
        None => {
            diesel::update(refresh_tokens::table.find(&hash))
                .set(refresh_tokens::used_at.eq(now))
                .execute(conn)
                .await?;
            insert_token(conn, stored(secret, &successor), session.id, now).await?;
            diesel::update(sessions::table.find(session.id))
                .set((
                    sessions::last_used_at.eq(now),
                    sessions::expires_at.eq(now + LIFETIME),
                    sessions::user_agent.eq(client.user_agent.as_deref()),
                    sessions::ip.eq(client.ip.as_deref()),
                ))
                .execute(conn)
                .await?;
        }
    }
    Ok(Refreshed::Next { session, token: successor })
}

/// Ends a session; its tokens are worthless from now on.
pub async fn revoke(conn: &mut Conn, session: SessionId, now: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(sessions::table.find(session).filter(sessions::revoked_at.is_null()))
        .set(sessions::revoked_at.eq(now))
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends the session a refresh token belongs to, if there is one.
pub async fn revoke_by_token(
    conn: &mut Conn,
    secret: &Secret,
    token: &str,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let hash = stored(secret, token);
    let session: Option<SessionId> =
        refresh_tokens::table.find(hash).select(refresh_tokens::session_id).first(conn).await.optional()?;
    match session {
        Some(session) => revoke(conn, session, now).await,
        None => Ok(()),
    }
}

/// Ends one session of a person; NotFound if it is not theirs.
pub async fn revoke_of_user(
    conn: &mut Conn,
    user: UserId,
    session: SessionId,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let found: SessionId = sessions::table
        .find(session)
        .filter(sessions::user_id.eq(user))
        .select(sessions::id)
        .first(conn)
        .await?;
    revoke(conn, found, now).await
}

/// Ends all sessions of a person but one.
pub async fn revoke_others(
    conn: &mut Conn,
    user: UserId,
    keep: SessionId,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::update(
        sessions::table
            .filter(sessions::user_id.eq(user))
            .filter(sessions::id.ne(keep))
            .filter(sessions::revoked_at.is_null()),
    )
    .set(sessions::revoked_at.eq(now))
    .execute(conn)
    .await
}

/// Whether access tokens of this session are still honoured; only its own person's are.
pub async fn is_active(
    conn: &mut Conn,
    user: UserId,
    session: SessionId,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        sessions::table
            .find(session)
            .filter(sessions::user_id.eq(user))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(now)),
    ))
    .get_result(conn)
    .await
}

/// Those of these sessions whose access tokens are still honoured.
pub async fn list_active(
    conn: &mut Conn,
    ids: &[SessionId],
    now: DateTime<Utc>,
) -> QueryResult<Vec<SessionId>> {
    sessions::table
        .filter(sessions::id.eq_any(ids))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .select(sessions::id)
        .load(conn)
        .await
}

/// A person's live sessions, last used first.
pub async fn list(conn: &mut Conn, user: UserId, now: DateTime<Utc>) -> QueryResult<Vec<Session>> {
    sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .order(sessions::last_used_at.desc())
        .select(Session::as_select())
        .load(conn)
        .await
}

/// Deletes what can no longer be used. Used tokens of a live session are kept for reuse detection.
pub async fn delete_expired(conn: &mut Conn, now: DateTime<Utc>) -> QueryResult<usize> {
    let long_ago = now - TimeDelta::days(1);
    diesel::delete(
        sessions::table.filter(sessions::expires_at.lt(long_ago).or(sessions::revoked_at.lt(long_ago))),
    )
    .execute(conn)
    .await
}
