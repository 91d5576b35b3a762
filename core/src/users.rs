//! People. An account is found by its e-mail address, of which there is one form only.

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
///
/// Lower case and ASCII, so that no two accounts look the same: a domain of other letters becomes what DNS
/// knows it as (`xn--…`, UTS #46), and before the @ there are the letters of RFC 5322's `atext` and no
/// others. Few mail servers take more, and an `а` of another alphabet is told from an `a` by nobody.
pub fn normalise_email(text: &str) -> Option<String> {
    let (local, domain) = text.trim().rsplit_once('@')?;
    let domain = idna::domain_to_ascii_strict(domain).ok()?;
    let is_atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let fits = (1..=64).contains(&local.len()) && local.chars().all(is_atext) && domain.contains('.');
    let email = format!("{}@{domain}", local.to_ascii_lowercase());
    (fits && email.len() <= 254).then_some(email)
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

/// The hash of a person's password, which does not change before the transaction is over.
pub async fn lock_password_hash(conn: &mut Conn, id: UserId) -> QueryResult<Option<String>> {
    users::table.find(id).select(users::password_hash).for_share().first(conn).await
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
        for (text, email) in [
            (" Ann@Example.COM ", "ann@example.com"),
            ("\u{a0}ann@example.com\u{3000}\n", "ann@example.com"),
            ("Ann.O'Lee+pulse@example.com", "ann.o'lee+pulse@example.com"),
            ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
            ("ann@bu\u{308}cher.example", "ann@xn--bcher-kva.example"),
            ("ann@ｅｘａｍｐｌｅ。com", "ann@example.com"),
            // Cyrillic letters in the domain are seen for what they are.
            ("ann@ex\u{430}mple.com", "ann@xn--exmple-4nf.com"),
        ] {
            assert_eq!(normalise_email(text).as_deref(), Some(email), "{text:?}");
        }
        for bad in [
            "",
            "ann",
            "@example.com",
            "ann@",
            "ann@localhost",
            "a b@c.de",
            "a@b.c\r\nBcc: x",
            "a@.de",
            "a@b..de",
            "a@b.de.",
            "a@b_c.de",
            "a@-b.de",
            "a@[127.0.0.1]",
            "a@b@c.de",
            "\"a b\"@c.de",
            "<a@b.de>",
            "a\u{0}@b.de",
            // Before the @: Cyrillic, full width, the Kelvin sign, a zero-width space, right to left.
            "\u{430}nn@example.com",
            "ａnn@example.com",
            "\u{212a}en@example.com",
            "a\u{200b}nn@example.com",
            "\u{202e}nna@example.com",
        ] {
            assert_eq!(normalise_email(bad), None, "{bad:?}");
        }
        let long =
            |local: usize, label: usize| format!("{}@{}.example.com", "x".repeat(local), "y".repeat(label));
        assert!(normalise_email(&long(64, 63)).is_some());
        assert_eq!([normalise_email(&long(65, 63)), normalise_email(&long(64, 64))], [None, None]);
        assert_eq!(normalise_email(&format!("{}@b.de", "x".repeat(1 << 20))), None);
    }
}
