//! Invitations to an org. One grants nothing until it is accepted, by registering with its token or by
//! a signed-in person; only the hash of the token is kept.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::ids::{InvitationId, OrgId, UserId};
use crate::memberships::{self, Role};
use crate::schema::invitations;
use crate::secrets;

/// How long an invitation can be accepted.
const VALID_FOR: TimeDelta = TimeDelta::days(7);

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Invitation {
    pub id: InvitationId,
    pub org_id: OrgId,
    pub email: String,
    pub role: Role,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub accepted_at: Option<DateTime<Utc>>,
}

/// Invites an address; returns the token that its link carries, which is not kept.
pub async fn create(
    conn: &mut Conn,
    org: OrgId,
    email: &str,
    role: Role,
    invited_by: UserId,
    now: DateTime<Utc>,
) -> QueryResult<(Invitation, String)> {
    let token = secrets::random_token();
    let invitation = diesel::insert_into(invitations::table)
        .values((
            invitations::id.eq(InvitationId::new()),
            invitations::org_id.eq(org),
            invitations::email.eq(email),
            invitations::role.eq(role),
            invitations::token_hash.eq(secrets::hash_token(&token).as_slice()),
            invitations::invited_by.eq(invited_by),
            invitations::created_at.eq(now),
            invitations::expires_at.eq(now + VALID_FOR),
        ))
        .returning(Invitation::as_returning())
        .get_result(conn)
        .await?;
    Ok((invitation, token))
}

/// Whether an invitation can still be accepted. System scope: whoever holds the token may ask.
pub async fn is_open_in_all_orgs(conn: &mut Conn, token: &str, now: DateTime<Utc>) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        invitations::table
            .filter(invitations::token_hash.eq(secrets::hash_token(token).to_vec()))
            .filter(invitations::accepted_at.is_null())
            .filter(invitations::expires_at.gt(now)),
    ))
    .get_result(conn)
    .await
}

/// Uses an invitation up and adds the person to its org. `None`: unknown, expired or used.
/// System scope: the person does not belong to the org yet.
pub async fn accept_in_all_orgs(
    conn: &mut Conn,
    token: &str,
    user: UserId,
    now: DateTime<Utc>,
) -> QueryResult<Option<Invitation>> {
    let invitation: Option<Invitation> = diesel::update(
        invitations::table
            .filter(invitations::token_hash.eq(secrets::hash_token(token).to_vec()))
            .filter(invitations::accepted_at.is_null())
            .filter(invitations::expires_at.gt(now)),
    )
    .set(invitations::accepted_at.eq(now))
    .returning(Invitation::as_returning())
    .get_result(conn)
    .await
    .optional()?;
    if let Some(invitation) = &invitation {
        memberships::add(conn, invitation.org_id, user, invitation.role).await?;
    }
    Ok(invitation)
}
