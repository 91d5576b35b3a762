//! Invitations to an org. One grants nothing until it is accepted, by registering with its token or by
//! a signed-in person; only the hash of the token is kept.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::audit::{self, Action, Actor, Details, Target};
use crate::db::{self, Conn};
use crate::ids::{InvitationId, OrgId, UserId};
use crate::memberships::{self, MembersError, Person, Role, Roles};
use crate::schema::{invitations, users};
use crate::{orgs, secrets};

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

impl Invitation {
    fn target(&self) -> Target<'_> {
        Target { kind: "invitation", id: self.id.0, name: &self.email }
    }
}

/// Invites an address; returns who invites, and the token that the link carries, which is not kept. What
/// was pending for the same address is replaced: its link opens nothing any more.
pub async fn create(
    conn: &mut Conn,
    by: &Actor,
    org: OrgId,
    email: &str,
    role: Role,
    now: DateTime<Utc>,
) -> Result<(Invitation, Option<Person>, String), MembersError> {
    // One at a time, so that there is no other pending one when this is written.
    Roles::lock(conn, org).await?.require_admin(by)?;
    if memberships::has_email(conn, org, email).await? {
        return Err(MembersError::AlreadyMember);
    }
    let pending = invitations::table.filter(invitations::org_id.eq(org)).filter(invitations::email.eq(email));
    let replaced =
        diesel::delete(pending.filter(invitations::accepted_at.is_null())).execute(conn).await? > 0;
    let token = secrets::random_token();
    let invitation = diesel::insert_into(invitations::table)
        .values((
            invitations::id.eq(InvitationId::new()),
            invitations::org_id.eq(org),
            invitations::email.eq(email),
            invitations::role.eq(role),
            invitations::token_hash.eq(secrets::hash_token(&token).as_slice()),
            invitations::invited_by.eq(by.user),
            invitations::created_at.eq(now),
            invitations::expires_at.eq(now + VALID_FOR),
        ))
        .returning(Invitation::as_returning())
        .get_result(conn)
        .await?;
    let details = Details::default().with("role", role);
    let details = if replaced { details.with("replaces_earlier", true) } else { details };
    audit::record(conn, org, by, Action::InvitationCreated, invitation.target(), details).await?;
    let invited_by = match by.user {
        Some(user) => Some(memberships::find(conn, org, user).await?.person),
        None => None,
    };
    Ok((invitation, invited_by, token))
}

/// An org's pending invitations, newest first, with who made each; nobody if they have left.
pub async fn list(
    conn: &mut Conn,
    org: OrgId,
    now: DateTime<Utc>,
) -> QueryResult<Vec<(Invitation, Option<Person>)>> {
    invitations::table
        .left_join(users::table)
        .filter(invitations::org_id.eq(org))
        .filter(invitations::accepted_at.is_null())
        .filter(invitations::expires_at.gt(now))
        .order((invitations::created_at.desc(), invitations::id.desc()))
        .select((Invitation::as_select(), Option::<Person>::as_select()))
        .load(conn)
        .await
}

/// Takes a pending invitation back.
pub async fn withdraw(conn: &mut Conn, by: &Actor, org: OrgId, id: InvitationId) -> QueryResult<()> {
    let this = invitations::table.find(id).filter(invitations::org_id.eq(org));
    let invitation: Invitation = diesel::delete(this.filter(invitations::accepted_at.is_null()))
        .returning(Invitation::as_returning())
        .get_result(conn)
        .await?;
    let details = Details::default().with("role", invitation.role);
    audit::record(conn, org, by, Action::InvitationWithdrawn, invitation.target(), details).await
}

/// An invitation that can still be accepted, and the name of its org. Begins in system scope, as whoever
/// holds the token may ask, and ends as the org's tenant.
pub async fn get_open_in_all_orgs(
    conn: &mut Conn,
    token: &str,
    now: DateTime<Utc>,
) -> QueryResult<Option<(Invitation, String)>> {
    let found: Option<Invitation> = invitations::table
        .filter(invitations::token_hash.eq(secrets::hash_token(token).to_vec()))
        .filter(invitations::accepted_at.is_null())
        .filter(invitations::expires_at.gt(now))
        .select(Invitation::as_select())
        .first(conn)
        .await
        .optional()?;
    let Some(invitation) = found else { return Ok(None) };
    db::enter(conn, invitation.org_id).await?;
    let org = orgs::find(conn, invitation.org_id).await?;
    Ok(Some((invitation, org.name)))
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

/// Uses an invitation up and makes the person a member; who is one already keeps the role they have.
/// `None`: unknown, expired or used. System scope: the person does not belong to the org yet.
pub async fn accept_in_all_orgs(
    conn: &mut Conn,
    by: &Actor,
    token: &str,
    user: UserId,
    now: DateTime<Utc>,
) -> QueryResult<Option<Invitation>> {
    let accepted: Option<Invitation> = diesel::update(
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
    let Some(invitation) = accepted else { return Ok(None) };
    let org = invitation.org_id;
    if memberships::add(conn, org, user, invitation.role).await? {
        let person: Person = users::table.find(user).select(Person::as_select()).first(conn).await?;
        // The link lets in whoever has it: which address it was made for is worth knowing.
        let details = Details::default().with("role", invitation.role).with("invited_as", &invitation.email);
        audit::record(conn, org, by, Action::MemberJoined, person.target(), details).await?;
    } else {
        let target = invitation.target();
        audit::record(conn, org, by, Action::InvitationUsed, target, Details::default()).await?;
    }
    Ok(Some(invitation))
}
