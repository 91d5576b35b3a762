//! Everyone who may ask for something, and what they are told about it.

use chrono::TimeDelta;
use pulseboard_core::access_tokens::AccessTokens;
use pulseboard_core::secrets::Secret;
use serde_json::json;

use super::world::{Side, World};
use crate::app::{Client, User, secret};
use crate::url_table::Operation;

/// What a caller's credential is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Worth {
    Nothing,
    /// A session; where its person is a member, and as what.
    Session(Option<(Side, &'static str)>),
    /// A key, and its kind.
    Key(&'static str),
}

pub struct Caller {
    pub name: &'static str,
    pub client: Client,
    pub worth: Worth,
    /// Whose data they may see.
    pub at_home: Option<Side>,
    /// Their own session, and their id.
    pub person: Option<User>,
}

/// Roles and kinds of keys, each worth more than the ones before it.
const RANKS: [&str; 3] = ["viewer", "editor", "admin"];
const KINDS: [&str; 2] = ["public", "secret"];

impl Caller {
    /// Whether the credential is worth what the operation asks for at least, of this org.
    pub fn suffices(&self, operation: &Operation, of: Side) -> Option<bool> {
        let least = operation.needs.as_deref().expect("declared");
        let (ranks, held) = match &self.worth {
            Worth::Nothing => return None,
            Worth::Session(member) => {
                let (_, role) = member.filter(|(side, _)| *side == of)?;
                (&RANKS[..], role)
            }
            Worth::Key(kind) => (&KINDS[..], *kind),
        };
        let rank = |name: &str| ranks.iter().position(|known| *known == name);
        let needed =
            rank(least).unwrap_or_else(|| panic!("{operation} asks for {least}, which is none of {ranks:?}"));
        Some(rank(held).expect("a rank") >= needed)
    }
}

/// All of them.
pub async fn callers(world: &World) -> Vec<Caller> {
    let World { app, ann, eve } = world;
    // Each with an empty cookie jar: the header is the only credential.
    let with = |token: &str| Client { token: Some(token.to_owned()), ..app.anyone() };
    let person = |name, user: &User, home: Option<(Side, &'static str)>| Caller {
        name,
        client: with(user.token.as_deref().expect("a token")),
        worth: Worth::Session(home),
        at_home: home.map(|(side, _)| side),
        person: Some(user.clone()),
    };
    let nobody = |name, token: &str| Caller {
        name,
        client: with(token),
        worth: Worth::Nothing,
        at_home: None,
        person: None,
    };
    let key = |name, key: &str, kind, side| Caller {
        name,
        client: with(key),
        worth: Worth::Key(kind),
        at_home: Some(side),
        person: None,
    };
    let claims =
        AccessTokens::new(&secret()).verify(ann.admin.token.as_deref().expect("a token")).expect("valid");
    let sign = |secret: &Secret, minutes_ago| {
        let at = pulseboard_core::now() - TimeDelta::minutes(minutes_ago);
        AccessTokens::new(secret).sign(claims.sub, claims.sid, at).expect("signs")
    };
    let forged = sign(&Secret::new(Secret::generate()).expect("strong"), 0);
    vec![
        Caller { client: app.anyone(), ..nobody("anyone", "") },
        nobody("a forged token", &forged),
        nobody("an expired token", &sign(&secret(), 11)),
        nobody("an ended session", &ended_session(world).await),
        nobody("a revoked key", &ann.revoked_key),
        nobody("a key of a deleted project", &ann.dead_key),
        person("a viewer", &ann.viewer, Some((Side::Ann, "viewer"))),
        person("an editor", &ann.editor, Some((Side::Ann, "editor"))),
        person("an admin", &ann.admin, Some((Side::Ann, "admin"))),
        person("a removed member", &ann.removed, None),
        person("an admin of another org", &eve.admin, Some((Side::Eve, "admin"))),
        key("a public key", &ann.shop.key, "public", Side::Ann),
        key("a secret key", &ann.secret_key, "secret", Side::Ann),
        key("a foreign public key", &eve.shop.key, "public", Side::Eve),
        key("a foreign secret key", &eve.secret_key, "secret", Side::Eve),
    ]
}

/// The token of a session that Ann's admin has ended: a second one, so that the first goes on.
async fn ended_session(world: &World) -> String {
    let device = world.app.anyone();
    let body = json!({"email": world.ann.admin.email, "password": crate::app::PASSWORD});
    let answer = device.post("/api/auth/login", &body).await.expect_status(200).await;
    device.post("/api/auth/logout", &json!({})).await.expect_status(204).await;
    answer["access_token"].as_str().expect("a token").to_owned()
}
