//! Dashboards as documents: export, import, templates; and the feeds that come with them.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use pulseboard_core::audit::{Actor, Details};
use pulseboard_core::dashboards::document::{self, Document, FeedOfDocument};
use pulseboard_core::dashboards::{self, DashboardRow, templates};
use pulseboard_core::db::{Conn, DbError};
use pulseboard_core::feeds::secrets::FeedSecrets;
use pulseboard_core::feeds::{self, Feed, FeedState, hooks};
use pulseboard_core::ids::{DashboardId, FeedId, ProjectId};
use pulseboard_core::memberships::Role;
use pulseboard_core::projects::Project;
use pulseboard_feeds::{FeedType, MASK, Way, masked};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::feeds::definition::{self, Built};
use super::DashboardFull;
use crate::body::{Json, Page};
use crate::caller::Caller;
use crate::error::{ApiError, ErrorBody};
use crate::extract::{self, Member, SignedIn, Viewer};
use crate::state::App;

#[derive(Deserialize, ToSchema)]
pub struct ImportIn {
    #[schema(value_type = Uuid)]
    project_id: ProjectId,
    /// A dashboard as it was exported, at most 256 KiB.
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>, example = json!({
        "pulseboard": {"kind": "dashboard", "version": 1}, "name": "Production"}))]
    document: Value,
    /// Another name than the document's.
    #[schema(example = "Production")]
    name: Option<String>,
}

/// A dashboard to begin with.
#[derive(Serialize, ToSchema)]
pub struct TemplateOut {
    #[schema(example = "app_health")]
    id: String,
    name: String,
    description: Option<String>,
    feeds: Vec<TemplateFeedOut>,
    panels: Vec<TemplatePanelOut>,
}

/// A feed that a template asks for.
#[derive(Serialize, ToSchema)]
pub struct TemplateFeedOut {
    r#type: String,
    name: String,
}

/// A panel as it will lie.
#[derive(Serialize, ToSchema)]
pub struct TemplatePanelOut {
    /// Its type, title, position_x, position_y, width and height.
    #[serde(flatten)]
    outline: Map<String, Value>,
}

/// Which feeds are made that the project does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Making {
    /// None: their panels say what is missing.
    None,
    /// All, for a template: of a feed of the same type, the same settings are the same feed.
    All,
    /// All, for an import: of a feed of the same type, the same name is the same feed.
    Imported,
}

/// The feeds of a document, by their names there: ids, or why there is none.
type FeedsFound = BTreeMap<String, Result<Uuid, String>>;

/// Dashboards to begin with.
#[utoipa::path(get, path = "/api/dashboards/templates", tag = "dashboards",
    responses((status = 200, body = Page<TemplateOut>)), security(("session" = [])))]
pub async fn templates(_who: SignedIn) -> web::Json<Page<TemplateOut>> {
    let described = templates::ALL.iter().filter_map(|template| {
        let document = template.document()?;
        let feed = |feed: FeedOfDocument| TemplateFeedOut { r#type: feed.kind, name: feed.name };
        let panel = |panel: &Value| TemplatePanelOut { outline: document::outline(panel) };
        Some(TemplateOut {
            id: template.id.to_owned(),
            panels: document.panels.iter().map(panel).collect(),
            name: document.name,
            description: document.description,
            feeds: document.feeds.into_iter().map(feed).collect(),
        })
    });
    web::Json(Page::whole(described.collect()))
}

/// A dashboard as a document, without the secrets of its feeds.
#[utoipa::path(get, path = "/api/dashboards/{dashboard}/export", tag = "dashboards",
    params(("dashboard" = Uuid, Path)), responses((status = 200, body = std::collections::BTreeMap<String, Value>,
    description = "What `POST /api/dashboards/import` takes as `document`."), (status = 404, body = ErrorBody)),
    security(("session" = ["viewer"])))]
pub async fn export(app: App, who: Viewer<DashboardRow>) -> Result<web::Json<Value>, ApiError> {
    let (dashboard, panels, feeds) = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, DbError> {
            let dashboard = dashboards::find(conn, who.org, who.of.id, who.user_id).await?;
            let panels = dashboards::panels(conn, who.org, who.of.id).await?;
            let feeds = feeds::list(conn, who.org, dashboard.project_id).await?;
            Ok((dashboard, panels, feeds))
        })
        .await?;
    let shown = |feed: &Feed| {
        let labels = |panel| document::feeds_in_labels(panel).contains(&feed.id.0);
        panels.iter().any(|panel| panel.feeds().any(|id| id == feed.id.0) || labels(panel))
    };
    let feeds: Vec<Feed> = feeds.into_iter().map(|(feed, _)| feed).filter(shown).collect();
    let names = feeds.iter().enumerate().map(|(at, feed)| (feed.id.0, format!("f{}", at + 1)));
    let names: BTreeMap<Uuid, String> = names.collect();
    let document = Document {
        name: dashboard.name,
        description: dashboard.description,
        variables: dashboard.variables,
        panels: document::panels_of(&panels, &names),
        feeds: feeds.into_iter().map(|feed| described(&app, &names, feed)).collect(),
    };
    Ok(web::Json(document.write()))
}

/// A feed as a document has it: masks stand where it has secrets.
fn described(app: &App, names: &BTreeMap<Uuid, String>, feed: Feed) -> FeedOfDocument {
    let name_here = names.get(&feed.id.0).cloned().unwrap_or_default();
    let sealed = FeedSecrets::open(feed.secrets.as_deref(), &app.feeds.secret_box, feed.org_id, feed.id);
    let config = masked(feed.config, &sealed.unwrap_or_default().config);
    FeedOfDocument { name_here, kind: feed.kind, name: feed.name, config }
}

/// Make a dashboard of a document. Its feeds are the project's of the same type and name; others are made,
/// and those that need a secret are disabled until somebody enters it.
#[utoipa::path(post, path = "/api/dashboards/import", tag = "dashboards", request_body = ImportIn,
    responses((status = 201, body = DashboardFull), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
    (status = 409, body = ErrorBody), (status = 422, body = ErrorBody)), security(("session" = ["editor"])))]
pub async fn import(
    app: App,
    who: SignedIn,
    caller: Caller,
    body: Json<ImportIn>,
) -> Result<HttpResponse, ApiError> {
    let ImportIn { project_id, document, name } = body.0;
    let who = extract::member::<Project>(&app, who, Some(project_id.0), Role::Editor).await?;
    let by = caller.actor(who.user_id);
    let mut document = Document::read(&document)?;
    document.name = name.unwrap_or(document.name);
    let said = Details::default().with("imported_panels", document.panels.len());
    let id = make(&app, &who, &by, &document, Making::Imported, said).await?;
    Ok(HttpResponse::Created().json(DashboardFull::of(&app, &who, id).await?))
}

/// Makes a dashboard with its feeds, or nothing of both.
pub async fn make(
    app: &App,
    who: &Member<Project>,
    by: &Actor,
    document: &Document,
    making: Making,
    said: Details,
) -> Result<DashboardId, ApiError> {
    let now = pulseboard_core::now();
    let (id, made) = app
        .db
        .tenant(who.org, async |conn: &mut Conn| -> Result<_, ApiError> {
            let (found, made) = feeds_of(app, conn, who, by, document, making, now).await?;
            let id = dashboards::create(conn, by, &who.of, document.ops(&found), said, now).await?;
            Ok((id, made))
        })
        .await?;
    for feed in &made {
        super::super::feeds::announce(app, feed, None).await;
    }
    Ok(id)
}

/// The feeds of a document by the names they have there, each as the project's feed or as the reason why
/// there is none; and those that were made for it.
async fn feeds_of(
    app: &App,
    conn: &mut Conn,
    who: &Member<Project>,
    by: &Actor,
    document: &Document,
    making: Making,
    now: DateTime<Utc>,
) -> Result<(FeedsFound, Vec<(Feed, FeedState)>), ApiError> {
    let there = match document.feeds.is_empty() {
        true => Vec::new(),
        false => feeds::list(conn, who.org, who.of.id).await?,
    };
    let (mut found, mut made) = (FeedsFound::new(), Vec::new());
    for wanted in &document.feeds {
        let prepared = prepare(app, wanted);
        let all = there.iter().chain(&made).map(|(feed, _)| feed);
        let same = all.into_iter().find(|feed| is_same(feed, wanted, prepared.as_ref().ok(), making));
        let id = match (same.map(|feed| feed.id), prepared) {
            (Some(id), _) => Ok(id.0),
            (None, Err(reason)) => Err(reason),
            (None, Ok(_)) if making == Making::None => Err(missing(wanted, "it is not there yet")),
            (None, Ok(prepared)) => {
                let id = FeedId::new();
                let new = prepared.built.seal(app, who.org, id, &wanted.name, prepared.enabled);
                made.push(feeds::create(conn, by, &who.of, id, prepared.kind.name, new, now).await?);
                Ok(id.0)
            }
        };
        found.insert(wanted.name_here.clone(), id);
    }
    Ok((found, made))
}

/// A feed of a document that can be made here.
struct Prepared {
    kind: &'static FeedType,
    built: Built,
    enabled: bool,
}

/// Judges a feed of a document as one that somebody makes; or says why there is none, for its panels.
fn prepare(app: &App, wanted: &FeedOfDocument) -> Result<Prepared, String> {
    let kind = definition::kind(app, &wanted.kind).map_err(|error| missing(wanted, &error.message))?;
    let (config, secrets_missing) = without_masks(&wanted.config);
    let built = Built::new(app, kind, config, None);
    let mut built = built.map_err(|error| missing(wanted, &error.message))?;
    built.secrets.hook_key = (kind.way == Way::Receives).then(hooks::new_key);
    // Secrets do not travel: whoever imports enters them, and then enables it.
    Ok(Prepared { kind, built, enabled: !secrets_missing })
}

fn missing(wanted: &FeedOfDocument, reason: &str) -> String {
    let FeedOfDocument { kind, name, .. } = wanted;
    format!("This panel shows the feed **{name}** (type `{kind}`), which could not be set up: {reason}")
}

/// Settings without the masks that stand for secrets, and whether there were any.
fn without_masks(settings: &Value) -> (Value, bool) {
    let Some(fields) = settings.as_object() else { return (settings.clone(), false) };
    let mut masks = false;
    let mut kept = Map::new();
    for (name, value) in fields {
        let (value, had) = without_masks(value);
        masks |= had || value == MASK;
        if value != MASK {
            kept.insert(name.clone(), value);
        }
    }
    (kept.into(), masks)
}

fn is_same(feed: &Feed, wanted: &FeedOfDocument, prepared: Option<&Prepared>, making: Making) -> bool {
    let same_settings = || prepared.is_some_and(|prepared| prepared.built.config == feed.config);
    feed.kind == wanted.kind && (feed.name == wanted.name || (making != Making::Imported && same_settings()))
}
