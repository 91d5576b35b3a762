//! The URL table: every address there is, on one page.
//!
//! The canonical base is `/api`; the unprefixed paths of the first design answer as well, by the same
//! table mounted twice. What came later answers below `/api` alone. Who may use a route is said by its handler's signature.

pub mod audit;
pub mod auth;
pub mod dashboard_log;
pub mod dashboards;
pub mod events;
pub mod feeds;
pub mod hooks;
pub mod ingest;
pub mod invitations;
pub mod keys;
pub mod limits;
pub mod members;
pub mod operations;
pub mod orgs;
pub mod panel_data;
pub mod panels;
pub mod passwords;
pub mod projects;
pub mod series;
pub mod sessions;

use actix_web::middleware::Compress;
use actix_web::web::{self, ServiceConfig, delete, get, patch, post, put};

use crate::{live, web_app};

/// Everything, in the order in which it is tried.
pub fn configure(config: &mut ServiceConfig) {
    config
        .route("/healthz", get().to(operations::healthz))
        .route("/readyz", get().to(operations::readyz))
        .route("/metrics", get().to(operations::metrics))
        .service(crate::openapi::swagger_ui())
        .service(web::scope("/api").wrap(Compress::default()).configure(table).configure(newer_table))
        .configure(table)
        .default_service(web::to(web_app::serve));
}

/// The API, without its base.
fn table(config: &mut ServiceConfig) {
    config
        // Ingest, by key. It is asked for most by far, and routes are tried in turn: it stands first.
        .route("/ingest", post().to(ingest::ingest))
        .route("/ingest", web::method(actix_web::http::Method::OPTIONS).to(ingest::preflight))
        .route("/hooks/{hook}", post().to(hooks::receive))
        .route("/events", get().to(events::list_by_key))
        .route("/version", get().to(operations::version))
        // Accounts
        .route("/auth/config", get().to(auth::config))
        .route("/auth/register", post().to(auth::register))
        .route("/auth/login", post().to(auth::login))
        .route("/auth/refresh", post().to(sessions::refresh))
        .route("/auth/logout", post().to(sessions::logout))
        .route("/auth/me", get().to(auth::me))
        .route("/auth/me", patch().to(auth::update_me))
        .route("/auth/password", post().to(passwords::change))
        .route("/auth/sessions", get().to(sessions::list))
        .route("/auth/sessions/{session}", delete().to(sessions::delete))
        // Orgs
        .route("/orgs", get().to(orgs::list))
        .route("/orgs/{org}", patch().to(orgs::update))
        .route("/orgs/{org}/members", get().to(members::list))
        .route("/orgs/{org}/members/{user}", patch().to(members::update))
        .route("/orgs/{org}/members/{user}", delete().to(members::delete))
        .route("/orgs/{org}/invitations", get().to(invitations::list))
        .route("/orgs/{org}/invitations", post().to(invitations::create))
        .route("/orgs/{org}/invitations/{invitation}", delete().to(invitations::delete))
        .route("/orgs/{org}/audit", get().to(audit::list))
        .route("/invitations/{token}", get().to(invitations::show))
        .route("/invitations/{token}/accept", post().to(invitations::accept))
        // Projects and keys
        .route("/projects", get().to(projects::list))
        .route("/projects", post().to(projects::create))
        .route("/projects/{project}", get().to(projects::show))
        .route("/projects/{project}", patch().to(projects::update))
        .route("/projects/{project}", delete().to(projects::delete))
        .route("/projects/{project}/usage", get().to(projects::usage))
        .route("/projects/{project}/limits", get().to(limits::show))
        .route("/projects/{project}/rejections", get().to(projects::rejections))
        .route("/projects/{project}/keys", get().to(keys::list))
        .route("/projects/{project}/keys", post().to(keys::create))
        .route("/projects/{project}/keys/{key}", patch().to(keys::update))
        .route("/projects/{project}/keys/{key}", delete().to(keys::delete))
        // Events and series
        .route("/projects/{project}/events", get().to(events::list))
        .route("/projects/{project}/events", delete().to(projects::clear_events))
        .route("/projects/{project}/events/histogram", get().to(events::histogram))
        .route("/projects/{project}/events/{event}", get().to(events::show))
        .route("/projects/{project}/names", get().to(events::names))
        .route("/projects/{project}/overview", get().to(events::overview))
        .route("/projects/{project}/series", get().to(series::list))
        .route("/projects/{project}/series/query", post().to(series::query))
        // Panels' data
        .route("/projects/{project}/panel-data", post().to(panel_data::show))
        .route("/projects/{project}/labels", get().to(panel_data::labels))
        .route("/projects/{project}/annotations", get().to(panel_data::annotations))
        // Live
        .route("/realtime/tickets", post().to(live::create_ticket))
        .route("/realtime/{project}", get().to(live::socket))
        .route("/realtime/{project}/sse", get().to(live::sse))
        .route("/ws/dashboards/{dashboard}", get().to(live::dashboards::watch));
}

/// What the first design did not have: under `/api` alone. The web app's own pages have such addresses.
fn newer_table(config: &mut ServiceConfig) {
    config
        .route("/feeds", get().to(feeds::list))
        .route("/feeds", post().to(feeds::create))
        .route("/feeds/types", get().to(feeds::types::types))
        .route("/feeds/test", post().to(feeds::testing::unsaved))
        .route("/feeds/{feed}", get().to(feeds::show))
        .route("/feeds/{feed}", patch().to(feeds::update))
        .route("/feeds/{feed}", delete().to(feeds::delete))
        .route("/feeds/{feed}/test", post().to(feeds::testing::saved))
        .route("/feeds/{feed}/refresh", post().to(feeds::refresh))
        .route("/feeds/{feed}/rotate", post().to(feeds::address::rotate))
        .route("/feeds/{feed}/history", get().to(feeds::history::history))
        .route("/dashboards", get().to(dashboards::list))
        .route("/dashboards", post().to(dashboards::create))
        .route("/dashboards/templates", get().to(dashboards::documents::templates))
        .route("/dashboards/import", post().to(dashboards::documents::import))
        .route("/dashboards/{dashboard}", get().to(dashboards::show))
        .route("/dashboards/{dashboard}", put().to(dashboards::update))
        .route("/dashboards/{dashboard}", delete().to(dashboards::delete))
        .route("/dashboards/{dashboard}/export", get().to(dashboards::documents::export))
        .route("/dashboards/{dashboard}/star", put().to(dashboards::star))
        .route("/dashboards/{dashboard}/star", delete().to(dashboards::unstar))
        .route("/dashboards/{dashboard}/ops", post().to(dashboard_log::operate))
        .route("/dashboards/{dashboard}/history", get().to(dashboard_log::history))
        .route("/dashboards/{dashboard}/undo", post().to(dashboard_log::undo))
        .route("/dashboards/{dashboard}/redo", post().to(dashboard_log::redo))
        .route("/dashboards/{dashboard}/restore", post().to(dashboard_log::restore))
        .route("/dashboards/{dashboard}/panels", post().to(panels::create))
        .route("/panels/{panel}", patch().to(panels::update))
        .route("/panels/{panel}", delete().to(panels::delete));
}
