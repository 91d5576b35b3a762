//! People. An account is found by its e-mail address, kept in lower case.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::Conn;
use crate::ids::{OrgId, UserId};
use crate::memberships::{self, Role};
use crate::orgs;
use crate::schema::users;

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub password_hash: Option<String>,
    pub created_at: DateTime<Utc>,
}

#[derive(Insertable)]
#[diesel(table_name = users)]
struct NewUser<'a> {
    id: UserId,
    email: &'a str,
    name: &'a str,
    password_hash: &'a str,
}

/// The form in which addresses are stored and compared; `None` if it can't be an address.
pub fn normalise_email(text: &str) -> Option<String> {
    let email = text.trim().to_lowercase();
    let (local, domain) = email.rsplit_once('@')?;
    let fits = !local.is_empty()
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && email.len() <= 254
        && email.chars().all(|c| !c.is_whitespace() && !c.is_control());
    fits.then_some(email)
}

/// Makes the account and, silently, its personal org with the person as admin.
pub async fn register(
    conn: &mut Conn,
    email: &str,
    name: &str,
    password_hash: &str,
) -> QueryResult<(User, orgs::Org)> {
    let user: User = diesel::insert_into(users::table)
        .values(NewUser { id: UserId::new(), email, name, password_hash })
        .returning(User::as_returning())
        .get_result(conn)
        .await?;
    let org = orgs::create(conn, name).await?;
    memberships::add(conn, org.id, user.id, Role::Admin).await?;
    Ok((user, org))
}

/// The account with this (normalised) address.
pub async fn get_by_email(conn: &mut Conn, email: &str) -> QueryResult<Option<User>> {
    users::table.filter(users::email.eq(email)).select(User::as_select()).first(conn).await.optional()
}

pub async fn find(conn: &mut Conn, id: UserId) -> QueryResult<User> {
    users::table.find(id).select(User::as_select()).first(conn).await
}

pub async fn rename(conn: &mut Conn, id: UserId, name: &str) -> QueryResult<User> {
    diesel::update(users::table.find(id))
        .set(users::name.eq(name))
        .returning(User::as_returning())
        .get_result(conn)
        .await
}

pub async fn set_password(conn: &mut Conn, id: UserId, password_hash: &str) -> QueryResult<()> {
    diesel::update(users::table.find(id)).set(users::password_hash.eq(password_hash)).execute(conn).await?;
    Ok(())
}

/// A person's orgs with their role in each, oldest first.
pub async fn orgs_of(conn: &mut Conn, id: UserId) -> QueryResult<Vec<(OrgId, String, Role)>> {
    orgs::list_of_user_in_all_orgs(conn, id).await
}

#[cfg(test)]
mod tests {
    use super::normalise_email;

    #[test]
    fn addresses_are_normalised_or_refused() {
        assert_eq!(normalise_email(" Ann@Example.COM "), Some("ann@example.com".into()));
        for bad in
            ["", "ann", "@example.com", "ann@", "ann@localhost", "a b@c.de", "a@b.c\r\nBcc: x", "a@.de"]
        {
            assert_eq!(normalise_email(bad), None, "{bad:?}");
        }
    }
}
