//! The addresses of feeds that receive.

use actix_web::web;
use pulseboard_core::audit::Actor;
use pulseboard_core::db::Conn;
use pulseboard_core::feeds::secrets::FeedSecrets;
use pulseboard_core::feeds::{self, Feed, FeedState, hooks};
use pulseboard_core::ids::{FeedId, OrgId};
use pulseboard_core::secrets;
use pulseboard_feeds::{Way, find};

use super::announce;
use super::answer::FeedOut;
use crate::caller::Caller;
use crate::error::{ApiError, Code, ErrorBody};
use crate::extract::Editor;
use crate::state::{App, State};

/// Give a webhook a new address. The old one takes nothing any more.
#[utoipa::path(post, path = "/api/feeds/{feed}/rotate", tag = "feeds", params(("feed" = Uuid, Path)), responses(
    (status = 200, body = FeedOut), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody)), security(("session" = ["editor"])))]
pub async fn rotate(app: App, who: Editor<Feed>, caller: Caller) -> Result<web::Json<FeedOut>, ApiError> {
    if find(&who.of.kind).is_none_or(|kind| kind.way != Way::Receives) {
        return Err(ApiError::new(Code::Conflict, "This feed polls: it has no address of its own."));
    }
    let by = caller.actor(who.user_id);
    let (found, old) = app
        .db
        .tenant(who.org, async |conn: &mut Conn| new_address(&app, conn, &by, who.org, who.of.id).await)
        .await?;
    announce(&app, &found, old).await;
    Ok(web::Json(FeedOut::new(&app, found, who.role)))
}

/// Gives a feed another key; returns it with the hash of the one before.
async fn new_address(
    app: &State,
    conn: &mut Conn,
    by: &Actor,
    org: OrgId,
    id: FeedId,
) -> Result<((Feed, FeedState), Option<Vec<u8>>), ApiError> {
    let before = feeds::lock(conn, org, id).await?;
    let old = hooks::get_hash(conn, org, id).await?;
    let boxed = &app.feeds.secret_box;
    let opened = FeedSecrets::open(before.secrets.as_deref(), boxed, org, id);
    let (key, now) = (hooks::new_key(), pulseboard_core::now());
    let hash = secrets::hash_token(&key);
    let kept = FeedSecrets { hook_key: Some(key), ..opened.unwrap_or_default() };
    let sealed = kept.seal(boxed, org, id).unwrap_or_default();
    let after = hooks::rotate(conn, by, &before, sealed, &hash, now).await?;
    Ok(((after, feeds::find_state(conn, org, id).await?), old))
}
