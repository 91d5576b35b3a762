//! Projects: make, list, change, clear, delete; and how much comes in.

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Days, NaiveDate, Utc};
use pulseboard_core::api_keys::{self, KeyKind};
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::event_counts::{self, Summary};
use pulseboard_core::feeds::hooks;
use pulseboard_core::ids::{OrgId, ProjectId};
use pulseboard_core::memberships::{self, Role};
use pulseboard_core::projects::{self, Project, ProjectChanges};
use pulseboard_core::{rejections, usage};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::body::{self, Json, Page, Query};
use crate::caller::Caller;
use crate::error::{ApiError, Code, ErrorBody};
use crate::extract::{Admin, SignedIn, Viewer};
use crate::state::App;

#[derive(Deserialize, ToSchema)]
pub struct ProjectIn {
    #[schema(example = "Mobile app")]
    name: String,
    /// The org it belongs to; the personal one if it is left out.
    #[schema(value_type = Option<Uuid>)]
    org_id: Option<OrgId>,
}

#[derive(Deserialize, ToSchema)]
pub struct ProjectPatch {
    name: Option<String>,
    /// 1 to 365; older events are deleted.
    retention_days: Option<i32>,
}

#[derive(Serialize, ToSchema)]
pub struct ProjectOut {
    #[schema(value_type = Uuid)]
    id: ProjectId,
    num: i32,
    #[schema(value_type = Uuid)]
    org_id: OrgId,
    name: String,
    slug: String,
    retention_days: i32,
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    created_at: DateTime<Utc>,
    /// My role in its org.
    role: Role,
    /// A public key to begin with; only in the answer to making the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<String>,
    /// The last 24 hours; only in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<SummaryOut>,
}

/// A project's last 24 hours.
#[derive(Serialize, ToSchema)]
pub struct SummaryOut {
    events_24h: i64,
    errors_24h: i64,
    #[serde(serialize_with = "pulseboard_wire::time::serialize_option")]
    last_event_at: Option<DateTime<Utc>>,
    /// Events per hour, oldest first.
    sparkline: Vec<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct UsageOut {
    #[schema(example = "2026-01-31")]
    day: String,
    accepted: i64,
    duplicates: i64,
    rejected: i64,
    /// Events refused because more came at once than the key or the project may send.
    rate_limited: i64,
    /// Events refused because the org's daily quota was used up.
    dropped: i64,
}

#[derive(Serialize, ToSchema)]
pub struct RejectionOut {
    #[serde(serialize_with = "pulseboard_wire::time::serialize")]
    at: DateTime<Utc>,
    /// HTTP status of the answer; 202 if other items of the request were accepted.
    status: i32,
    code: String,
    message: String,
    key_last4: Option<String>,
    /// The beginning of what was sent.
    sample: Option<String>,
}

impl ProjectOut {
    fn new(project: Project, role: Role) -> Self {
        Self {
            id: project.id,
            num: project.num,
            org_id: project.org_id,
            name: project.name,
            slug: project.slug,
            retention_days: project.retention_days,
            created_at: project.created_at,
            role,
            api_key: None,
            summary: None,
        }
    }
}

impl From<Summary> for SummaryOut {
    fn from(summary: Summary) -> Self {
        Self {
            events_24h: summary.counts.total(),
            errors_24h: summary.counts.error,
            last_event_at: summary.last_event_at,
            sparkline: summary.sparkline,
        }
    }
}

/// All projects of all my orgs, with their last 24 hours.
#[utoipa::path(get, path = "/api/projects", tag = "projects", responses((status = 200, body = Page<ProjectOut>)),
    security(("session" = [])))]
pub async fn list(app: App, who: SignedIn) -> Result<web::Json<Page<ProjectOut>>, ApiError> {
    let (projects, mut summaries) = app
        .db
        .system(async |conn: &mut Conn| -> Result<_, DbError> {
            let projects = projects::list_of_user_in_all_orgs(conn, who.user_id).await?;
            let stores: Vec<_> = projects.iter().map(|(project, _)| project.store_id).collect();
            let summaries = event_counts::summaries(conn, &stores, pulseboard_core::now()).await?;
            Ok((projects, summaries))
        })
        .await?;
    let items = projects.into_iter().map(|(project, role)| {
        let summary = summaries.remove(&project.store_id).unwrap_or_default();
        ProjectOut { summary: Some(summary.into()), ..ProjectOut::new(project, role) }
    });
    Ok(web::Json(Page::whole(items.collect())))
}

/// Make a project, with a public key to begin with.
#[utoipa::path(post, path = "/api/projects", tag = "projects", request_body = ProjectIn, responses(
    (status = 201, body = ProjectOut), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 422, body = ErrorBody)), security(("session" = ["admin"])))]
pub async fn create(
    app: App,
    who: SignedIn,
    caller: Caller,
    body: Json<ProjectIn>,
) -> Result<HttpResponse, ApiError> {
    let name = body::name("name", &body.0.name, projects::NAME_MAX)?;
    let org = org_for_new_project(&app, who, body.0.org_id).await?;
    let by = caller.actor(who.user_id);
    let (project, key) = app
        .db
        .tenant(org, async |conn: &mut Conn| -> Result<_, DbError> {
            let project = projects::create(conn, &by, org, &name).await?;
            let (_, key) =
                api_keys::create(conn, &by, org, &project, KeyKind::Public, "Default", &[]).await?;
            Ok((project, key))
        })
        .await?;
    Ok(HttpResponse::Created()
        .json(ProjectOut { api_key: Some(key), ..ProjectOut::new(project, Role::Admin) }))
}

/// The org a new project goes to: the one asked for, or the person's own; as admin either way.
async fn org_for_new_project(app: &App, who: SignedIn, asked: Option<OrgId>) -> Result<OrgId, ApiError> {
    let orgs = app
        .db
        .system(async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(memberships::list_roles_in_all_orgs(conn, who.user_id).await?)
        })
        .await?;
    let org = match asked {
        Some(asked) => Some(*orgs.iter().find(|(org, _)| *org == asked).ok_or_else(ApiError::not_found)?),
        None => orgs.into_iter().find(|(_, role)| *role == Role::Admin),
    };
    org.filter(|(_, role)| *role == Role::Admin)
        .map(|(org, _)| org)
        .ok_or_else(|| ApiError::new(Code::Forbidden, "Making a project needs the role admin in its org."))
}

/// One project.
#[utoipa::path(get, path = "/api/projects/{project}", tag = "projects", params(("project" = Uuid, Path)),
    responses((status = 200, body = ProjectOut), (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn show(who: Viewer<Project>) -> web::Json<ProjectOut> {
    let Viewer(member) = who;
    web::Json(ProjectOut::new(member.of, member.role))
}

/// Change a project.
#[utoipa::path(patch, path = "/api/projects/{project}", tag = "projects", params(("project" = Uuid, Path)),
    request_body = ProjectPatch, responses((status = 200, body = ProjectOut), (status = 403, body = ErrorBody),
    (status = 404, body = ErrorBody), (status = 422, body = ErrorBody)), security(("session" = ["admin"])))]
pub async fn update(
    app: App,
    who: Admin<Project>,
    caller: Caller,
    body: Json<ProjectPatch>,
) -> Result<web::Json<ProjectOut>, ApiError> {
    let ProjectPatch { name, retention_days } = body.0;
    let name = name.map(|name| body::name("name", &name, projects::NAME_MAX)).transpose()?;
    if retention_days.is_some_and(|days| !projects::RETENTION_DAYS.contains(&days)) {
        return Err(ApiError::field("retention_days", "must be a number from 1 to 365"));
    }
    let by = caller.actor(who.user_id);
    let changes = ProjectChanges { name: name.as_deref(), retention_days };
    let project = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(projects::update(conn, &by, who.org, who.of.id, changes).await?)
        })
        .await?;
    Ok(web::Json(ProjectOut::new(project, who.role)))
}

/// Delete a project with everything in it.
#[utoipa::path(delete, path = "/api/projects/{project}", tag = "projects", params(("project" = Uuid, Path)),
    responses((status = 204), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)), security(("session" = ["admin"])))]
pub async fn delete(app: App, who: Admin<Project>, caller: Caller) -> Result<HttpResponse, ApiError> {
    let by = caller.actor(who.user_id);
    let keys = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            let mut keys = api_keys::hashes(conn, who.org, who.of.id).await?;
            keys.extend(hooks::list_hashes(conn, who.org, who.of.id).await?);
            projects::delete(conn, &by, who.org, who.of.id, pulseboard_core::now()).await?;
            Ok(keys)
        })
        .await?;
    for hash in keys {
        app.keys.announce(&app.bus, &hash).await;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Delete all events of a project. From now on reads show none of them; the rows go in the background.
#[utoipa::path(delete, path = "/api/projects/{project}/events", tag = "projects", params(("project" = Uuid, Path)),
    responses((status = 202), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)), security(("session" = ["admin"])))]
pub async fn clear_events(app: App, who: Admin<Project>, caller: Caller) -> Result<HttpResponse, ApiError> {
    let by = caller.actor(who.user_id);
    app.db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(projects::clear_events(conn, &by, who.org, who.of.id, pulseboard_core::now()).await?)
        })
        .await?;
    Ok(HttpResponse::Accepted().json(serde_json::json!({})))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UsageQuery {
    /// How many days back, 1 to 365; 14 if left out.
    #[param(value_type = Option<i64>)]
    days: Option<String>,
}

/// What came in per day, days without anything left out.
#[utoipa::path(get, path = "/api/projects/{project}/usage", tag = "projects",
    params(("project" = Uuid, Path), UsageQuery), responses((status = 200, body = Page<UsageOut>),
    (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn usage(
    app: App,
    who: Viewer<Project>,
    query: Query<UsageQuery>,
) -> Result<web::Json<Page<UsageOut>>, ApiError> {
    let days = body::number("days", query.days.as_deref(), 1..=365, 14)?;
    let from: NaiveDate = pulseboard_core::now().date_naive() - Days::new(days.unsigned_abs() - 1);
    let usage = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(usage::list(conn, who.org, who.of.id, from).await?)
        })
        .await?;
    let out = usage.into_iter().map(|day| UsageOut {
        day: day.day.to_string(),
        accepted: day.counts.accepted,
        duplicates: day.counts.duplicates,
        rejected: day.counts.rejected,
        rate_limited: day.counts.rate_limited,
        dropped: day.counts.dropped,
    });
    Ok(web::Json(Page::whole(out.collect())))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RejectionsQuery {
    /// Only attempts after this time.
    since: Option<String>,
    /// 1 to 200; 50 if left out.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
}

/// The newest attempts that were refused, with the reason.
#[utoipa::path(get, path = "/api/projects/{project}/rejections", tag = "projects",
    params(("project" = Uuid, Path), RejectionsQuery), responses((status = 200, body = Page<RejectionOut>),
    (status = 404, body = ErrorBody)), security(("session" = ["viewer"])))]
pub async fn rejections(
    app: App,
    who: Viewer<Project>,
    query: Query<RejectionsQuery>,
) -> Result<web::Json<Page<RejectionOut>>, ApiError> {
    let since = body::time("since", query.since.as_deref())?;
    let limit = body::number("limit", query.limit.as_deref(), 1..=200, 50)?;
    let rejections = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            Ok(rejections::list(conn, who.org, who.of.id, since, limit).await?)
        })
        .await?;
    let out = rejections.into_iter().map(|rejection| RejectionOut {
        at: rejection.at,
        status: rejection.status,
        code: rejection.code,
        message: rejection.message,
        key_last4: rejection.key_last4,
        sample: rejection.sample,
    });
    Ok(web::Json(Page::whole(out.collect())))
}
