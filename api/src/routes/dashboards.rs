//! Dashboards: list, make, show, change, delete, star. Every change is an operation of its log.

pub mod documents;
pub mod refusals;

use actix_web::{HttpResponse, web};
use pulseboard_core::audit::Details;
use pulseboard_core::dashboards::board::{Layout, Panel, Variable};
use pulseboard_core::dashboards::document::Document;
use pulseboard_core::dashboards::op::{Op, Target};
use pulseboard_core::dashboards::templates::{self, Template};
use pulseboard_core::dashboards::{self, Dashboard, DashboardRow};
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::ids::{DashboardId, OrgId, ProjectId, UserId};
use pulseboard_core::memberships::Role;
use pulseboard_core::projects::Project;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use self::documents::Making;
use super::feeds::brief::FeedBrief;
use crate::body::{Json, Page};
use crate::caller::Caller;
use crate::error::{ApiError, ErrorBody};
use crate::extract::{self, Editor, Member, SignedIn, Viewer};
use crate::state::App;

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "the right reads it from the query string")]
pub struct DashboardsQuery {
    /// The project whose dashboards are wanted.
    #[param(value_type = Uuid)]
    project: String,
}

#[derive(Deserialize, ToSchema)]
pub struct DashboardIn {
    #[schema(value_type = Uuid)]
    project_id: ProjectId,
    #[schema(example = "Production")]
    name: String,
    description: Option<String>,
    /// One of `GET /api/dashboards/templates` to begin with.
    #[schema(example = json!(null))]
    template: Option<String>,
    /// Whether to make the feeds that the template asks for and the project does not have; true if it is
    /// left out.
    create_feeds: Option<bool>,
}

#[derive(Deserialize, ToSchema)]
pub struct DashboardPut {
    #[schema(example = "Production")]
    name: String,
    /// Left out: none.
    description: Option<String>,
    /// Places by the ids of panels; panels that are left out stay where they are.
    #[schema(value_type = Option<std::collections::BTreeMap<String, Layout>>)]
    layout: Option<Value>,
    /// Left out: they stay as they are.
    #[schema(value_type = Option<Vec<Variable>>)]
    variables: Option<Value>,
}

/// A dashboard with everything on it.
#[derive(Serialize, ToSchema)]
pub struct DashboardFull {
    #[serde(flatten)]
    dashboard: Dashboard,
    /// From the top left on.
    panels: Vec<Panel>,
    /// Those that its panels show; what a panel refers to and is not here has gone.
    feeds: Vec<FeedBrief>,
    /// My role in its org.
    role: Role,
}

impl DashboardFull {
    /// A dashboard as this person sees it, from one moment.
    pub async fn find(
        conn: &mut Conn,
        org: OrgId,
        id: DashboardId,
        reader: UserId,
        role: Role,
    ) -> Result<Self, DbError> {
        let dashboard = dashboards::find(conn, org, id, reader).await?;
        let panels = dashboards::panels(conn, org, id).await?;
        let feeds = dashboards::feeds(conn, org, dashboard.project_id, &panels).await?;
        let feeds = feeds.into_iter().map(FeedBrief::from).collect();
        Ok(Self { dashboard, panels, feeds, role })
    }

    pub fn version(&self) -> i64 {
        self.dashboard.version
    }

    pub async fn of<T>(app: &App, who: &Member<T>, id: DashboardId) -> Result<Self, ApiError> {
        let found = app.db.tenant(who.org, async |conn: &mut Conn| {
            Self::find(conn, who.org, id, who.user_id, who.role).await
        });
        Ok(found.await?)
    }
}

/// A project's dashboards by name.
#[utoipa::path(get, path = "/api/dashboards", tag = "dashboards", params(DashboardsQuery),
    responses((status = 200, body = Page<Dashboard>), (status = 400, body = ErrorBody),
    (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn list(app: App, who: Viewer<Project>) -> Result<web::Json<Page<Dashboard>>, ApiError> {
    let dashboards = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(dashboards::list(conn, who.org, who.of.id, who.user_id).await?)
        })
        .await?;
    Ok(web::Json(Page::whole(dashboards)))
}

/// Make a dashboard.
#[utoipa::path(post, path = "/api/dashboards", tag = "dashboards", request_body = DashboardIn,
    responses((status = 201, body = DashboardFull), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 422, body = ErrorBody)), security(("session" = ["editor"])))]
pub async fn create(
    app: App,
    who: SignedIn,
    caller: Caller,
    body: Json<DashboardIn>,
) -> Result<HttpResponse, ApiError> {
    let DashboardIn { project_id, name, description, template, create_feeds } = body.0;
    let who = extract::member::<Project>(&app, who, Some(project_id.0), Role::Editor).await?;
    let by = caller.actor(who.user_id);
    let (document, said) = beginning(name, description, template.as_deref())?;
    let make = if create_feeds.unwrap_or(true) { Making::All } else { Making::None };
    let id = documents::make(&app, &who, &by, &document, make, said).await?;
    Ok(HttpResponse::Created().json(DashboardFull::of(&app, &who, id).await?))
}

/// What a dashboard begins with, and what the audit log is told of it.
fn beginning(
    name: String,
    description: Option<String>,
    template: Option<&str>,
) -> Result<(Document, Details), ApiError> {
    let Some(id) = template else {
        let empty = Document { name, description, ..Document::default() };
        return Ok((empty, Details::default()));
    };
    let document = Template::find(id).and_then(Template::document).ok_or_else(|| {
        let known: Vec<&str> = templates::ALL.iter().map(|template| template.id).collect();
        ApiError::field("template", format!("must be one of {}", known.join(", ")))
    })?;
    let document = Document { name, description: description.or(document.description), ..document };
    Ok((document, Details::default().with("template", id)))
}

/// A dashboard with its panels and their feeds.
#[utoipa::path(get, path = "/api/dashboards/{dashboard}", tag = "dashboards", params(("dashboard" = Uuid, Path)),
    responses((status = 200, body = DashboardFull), (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn show(app: App, who: Viewer<DashboardRow>) -> Result<web::Json<DashboardFull>, ApiError> {
    Ok(web::Json(DashboardFull::of(&app, &who, who.of.id).await?))
}

/// Change a dashboard's name, description, layout and variables.
#[utoipa::path(put, path = "/api/dashboards/{dashboard}", tag = "dashboards", params(("dashboard" = Uuid, Path)),
    request_body = DashboardPut, responses((status = 200, body = DashboardFull), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 422, body = ErrorBody)), security(("session" = ["editor"])))]
pub async fn update(
    app: App,
    who: Editor<DashboardRow>,
    caller: Caller,
    body: Json<DashboardPut>,
) -> Result<web::Json<DashboardFull>, ApiError> {
    let (by, ops) = (caller.actor(who.user_id), changes(&who.of, body.0));
    if !ops.is_empty() {
        dashboards::operate(&app.db, &app.bus, who.org, who.of.id, &by, ops).await?;
    }
    Ok(web::Json(DashboardFull::of(&app, &who, who.of.id).await?))
}

/// What a `PUT` changes; what it only repeats is left to whoever changes it meanwhile.
fn changes(now: &DashboardRow, wanted: DashboardPut) -> Vec<Op> {
    let DashboardPut { name, description, layout, variables } = wanted;
    let description = description.filter(|text| !text.is_empty());
    let mut ops = Vec::new();
    if name != now.name {
        ops.push(Op::new(Target::Dashboard, "name", name));
    }
    if description != now.description {
        ops.push(Op::new(Target::Dashboard, "description", description));
    }
    ops.extend(variables.map(|variables| Op::new(Target::Dashboard, "variables", variables)));
    ops.extend(layout.map(|layout| Op::new(Target::Dashboard, "layout", layout)));
    ops
}

/// Delete a dashboard with its panels and its history.
#[utoipa::path(delete, path = "/api/dashboards/{dashboard}", tag = "dashboards", params(("dashboard" = Uuid, Path)),
    responses((status = 204), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)),
    security(("session" = ["editor"])))]
pub async fn delete(app: App, who: Editor<DashboardRow>, caller: Caller) -> Result<HttpResponse, ApiError> {
    let by = caller.actor(who.user_id);
    app.db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(dashboards::delete(conn, &by, who.org, who.of.id).await?)
        })
        .await?;
    dashboards::announce_deleted(&app.bus, who.of.id).await;
    Ok(HttpResponse::NoContent().finish())
}

/// Star a dashboard, for myself.
#[utoipa::path(put, path = "/api/dashboards/{dashboard}/star", tag = "dashboards", params(("dashboard" = Uuid, Path)),
    responses((status = 204), (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn star(app: App, who: Viewer<DashboardRow>) -> Result<HttpResponse, ApiError> {
    app.db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(dashboards::star(conn, who.org, who.of.id, who.user_id).await?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take my star off a dashboard.
#[utoipa::path(delete, path = "/api/dashboards/{dashboard}/star", tag = "dashboards",
    params(("dashboard" = Uuid, Path)), responses((status = 204), (status = 404, body = ErrorBody)),
    security(("session" = ["viewer"])))]
pub async fn unstar(app: App, who: Viewer<DashboardRow>) -> Result<HttpResponse, ApiError> {
    app.db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(dashboards::unstar(conn, who.org, who.of.id, who.user_id).await?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
