//! Who asks: the right is in a handler's signature.
//!
//! [`SignedIn`] is anyone with a session; [`Viewer`], [`Editor`] and [`Admin`] are members of the org
//! that what the path names belongs to, with at least that role. What belongs to another tenant
//! is not there (404); what needs a higher role is 403. System scope tells only which org to enter and
//! the role there; the thing itself is read by its tenant.
//!
//! Who asks is judged before what they say: bodies and query strings wait for it ([`rights_judged`]).

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use pulseboard_core::access_tokens::TokenError;
use pulseboard_core::dashboards::board::Panel;
use pulseboard_core::dashboards::{self, DashboardRow};
use pulseboard_core::db::query_error::Error as QueryError;
use pulseboard_core::db::{self, Conn};
use pulseboard_core::feeds::{self, Feed};
use pulseboard_core::ids::{DashboardId, FeedId, OrgId, PanelId, ProjectId, SessionId, UserId};
use pulseboard_core::memberships::{self, Role};
use pulseboard_core::projects::{self, Project};
use pulseboard_core::{orgs, sessions};
use tokio::sync::watch;
use uuid::Uuid;

use crate::error::{ApiError, Code};
use crate::state::{App, State};

pub type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

/// Says when the rights have been judged, to what else the handler takes.
#[derive(Clone)]
struct Judged(watch::Receiver<bool>);

/// Judges a right. In a handler's signature it stands before bodies and query strings: they are not
/// looked at, nor even read, until it is granted.
pub fn judge<T>(
    request: &HttpRequest,
    judging: impl Future<Output = Result<T, ApiError>> + 'static,
) -> Extracting<T> {
    let (judged, waiting) = watch::channel(false);
    request.extensions_mut().insert(Judged(waiting));
    Box::pin(async move {
        let granted = judging.await?;
        judged.send_replace(true);
        Ok(granted)
    })
}

/// Waits until the right that the handler asks for is granted; at once if it asks for none. If it is
/// refused this never ends: the refusal is the answer.
pub fn rights_judged(request: &HttpRequest) -> impl Future<Output = ()> + 'static {
    let judged = request.extensions().get::<Judged>().cloned();
    async move {
        if let Some(Judged(mut judged)) = judged
            && judged.wait_for(|granted| *granted).await.is_err()
        {
            std::future::pending::<()>().await;
        }
    }
}

/// What every handler can reach.
pub fn state(request: &HttpRequest) -> Result<App, ApiError> {
    let state = request.app_data::<App>().cloned();
    state.ok_or_else(|| ApiError::internal(&"the application has no state"))
}

/// The bearer token of a request.
pub fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Anyone with a session.
#[derive(Clone, Copy, Debug)]
pub struct SignedIn {
    pub user_id: UserId,
    pub session_id: SessionId,
}

impl SignedIn {
    /// The person a valid token names. Whether their session has not been ended is still to be asked.
    pub fn claimed(state: &State, token: Option<&str>) -> Result<Self, ApiError> {
        let token = token.ok_or_else(ApiError::unauthenticated)?;
        let claims = state.access_tokens.verify(token).map_err(|error| match error {
            TokenError::Expired => {
                ApiError::new(Code::TokenExpired, "The access token has expired: refresh it.")
            }
            TokenError::Invalid => ApiError::new(Code::Unauthenticated, "The access token is not valid."),
        })?;
        Ok(Self { user_id: claims.sub, session_id: claims.sid })
    }

    /// Refuses a person whose session has ended. System scope.
    async fn require_active(self, conn: &mut Conn) -> Result<(), ApiError> {
        if sessions::is_active(conn, self.user_id, self.session_id, pulseboard_core::now()).await? {
            return Ok(());
        }
        Err(ApiError::new(Code::SessionRevoked, "This session has ended. Sign in again."))
    }
}

impl FromRequest for SignedIn {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (state, token) = (state(request), bearer(request).map(str::to_owned));
        judge(request, async move {
            let state = state?;
            let who = SignedIn::claimed(&state, token.as_deref())?;
            state.db.system(async |conn: &mut Conn| who.require_active(conn).await).await?;
            Ok(who)
        })
    }
}

/// What a role is held in: found by its id in the path or, where a list has none there, in the query string.
pub trait Scope: Sized + 'static {
    /// The id's name there.
    const PARAM: &'static str;

    /// The org it belongs to and the person's role there; nothing if they have none. System scope.
    fn role_in_all_orgs(
        conn: &mut Conn,
        id: Uuid,
        user: UserId,
    ) -> impl Future<Output = Result<Option<(OrgId, Role)>, QueryError>>;

    /// The thing, as its tenant sees it.
    fn find(conn: &mut Conn, org: OrgId, id: Uuid) -> impl Future<Output = Result<Self, QueryError>>;
}

impl Scope for Project {
    const PARAM: &'static str = "project";

    async fn role_in_all_orgs(
        conn: &mut Conn,
        id: Uuid,
        user: UserId,
    ) -> Result<Option<(OrgId, Role)>, QueryError> {
        memberships::get_role_for_project_in_all_orgs(conn, ProjectId(id), user).await
    }

    async fn find(conn: &mut Conn, org: OrgId, id: Uuid) -> Result<Self, QueryError> {
        projects::find(conn, org, ProjectId(id)).await
    }
}

impl Scope for Feed {
    const PARAM: &'static str = "feed";

    async fn role_in_all_orgs(
        conn: &mut Conn,
        id: Uuid,
        user: UserId,
    ) -> Result<Option<(OrgId, Role)>, QueryError> {
        feeds::get_role_in_all_orgs(conn, FeedId(id), user).await
    }

    async fn find(conn: &mut Conn, org: OrgId, id: Uuid) -> Result<Self, QueryError> {
        feeds::find(conn, org, FeedId(id)).await
    }
}

impl Scope for OrgId {
    const PARAM: &'static str = "org";

    async fn role_in_all_orgs(
        conn: &mut Conn,
        id: Uuid,
        user: UserId,
    ) -> Result<Option<(OrgId, Role)>, QueryError> {
        let org = OrgId(id);
        let role = memberships::get_role_in_all_orgs(conn, org, user).await?;
        Ok(role.map(|role| (org, role)))
    }

    async fn find(conn: &mut Conn, org: OrgId, _: Uuid) -> Result<Self, QueryError> {
        Ok(orgs::find(conn, org).await?.id)
    }
}

impl Scope for DashboardRow {
    const PARAM: &'static str = "dashboard";

    async fn role_in_all_orgs(
        conn: &mut Conn,
        id: Uuid,
        user: UserId,
    ) -> Result<Option<(OrgId, Role)>, QueryError> {
        dashboards::get_role_in_all_orgs(conn, DashboardId(id), user).await
    }

    async fn find(conn: &mut Conn, org: OrgId, id: Uuid) -> Result<Self, QueryError> {
        dashboards::find_row(conn, org, DashboardId(id)).await
    }
}

impl Scope for Panel {
    const PARAM: &'static str = "panel";

    async fn role_in_all_orgs(
        conn: &mut Conn,
        id: Uuid,
        user: UserId,
    ) -> Result<Option<(OrgId, Role)>, QueryError> {
        dashboards::get_role_for_panel_in_all_orgs(conn, PanelId(id), user).await
    }

    async fn find(conn: &mut Conn, org: OrgId, id: Uuid) -> Result<Self, QueryError> {
        dashboards::find_panel(conn, org, PanelId(id)).await
    }
}

/// A member in the scope of what the path names.
#[derive(Clone, Debug)]
pub struct Member<T> {
    pub user_id: UserId,
    pub org: OrgId,
    pub role: Role,
    /// The project or org the path names.
    pub of: T,
}

/// The person as a member, with at least this role, in the scope of what has this id. Without an id, as
/// of a path that has none, there is nothing.
pub async fn member<T: Scope>(
    state: &State,
    who: SignedIn,
    id: Option<Uuid>,
    at_least: Role,
) -> Result<Member<T>, ApiError> {
    let SignedIn { user_id, .. } = who;
    state
        .db
        .system(async |conn: &mut Conn| -> Result<_, ApiError> {
            who.require_active(conn).await?;
            let id = id.ok_or_else(ApiError::not_found)?;
            let held = T::role_in_all_orgs(conn, id, user_id).await?;
            let (org, role) = held.ok_or_else(ApiError::not_found)?;
            if role < at_least {
                let (needed, held) = (at_least.as_str(), role.as_str());
                let message = format!("This needs the role {needed}; yours is {held}.");
                return Err(ApiError::new(Code::Forbidden, message));
            }
            db::enter(conn, org).await?;
            Ok(Member { user_id, org, role, of: T::find(conn, org, id).await? })
        })
        .await
}

/// What a request names.
enum Named {
    /// Nothing can be found by a text that is no id.
    Id(Option<Uuid>),
    Nowhere,
}

/// The id in the path or, where the path has none, in the query string.
fn named(request: &HttpRequest, param: &str) -> Named {
    let read = |id: &str| Named::Id(Uuid::parse_str(id).ok());
    if let Some(id) = request.match_info().get(param) {
        return read(id);
    }
    let query = web::Query::<HashMap<String, String>>::from_query(request.query_string());
    query.ok().and_then(|query| query.get(param).map(|id| read(id))).unwrap_or(Named::Nowhere)
}

impl SignedIn {
    /// What is said to somebody who does not name what they ask of.
    async fn without(self, state: &State, param: &'static str) -> ApiError {
        let active = state.db.system(async |conn: &mut Conn| self.require_active(conn).await).await;
        let problem = format!("must be the id of the {param} whose things are wanted");
        active.err().unwrap_or_else(|| ApiError::query(param, problem))
    }
}

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        pub struct $name<T>(pub Member<T>);

        impl<T> std::ops::Deref for $name<T> {
            type Target = Member<T>;
            fn deref(&self) -> &Member<T> {
                &self.0
            }
        }

        impl<T: Scope> FromRequest for $name<T> {
            type Error = ApiError;
            type Future = Extracting<Self>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let (state, token) = (state(request), bearer(request).map(str::to_owned));
                let id = named(request, T::PARAM);
                judge(request, async move {
                    let state = state?;
                    let who = SignedIn::claimed(&state, token.as_deref())?;
                    let id = match id {
                        Named::Id(id) => id,
                        Named::Nowhere => return Err(who.without(&state, T::PARAM).await),
                    };
                    Ok(Self(member(&state, who, id, Role::$name).await?))
                })
            }
        }
    )+};
}

roles! {
    /// May read.
    Viewer;
    /// May also change feeds, dashboards and panels.
    Editor;
    /// May also change keys, members and settings, and delete.
    Admin;
}
