//! The OpenAPI document, made from the handlers, and Swagger UI to read it.
//!
//! `openapi.json` beside this crate is a snapshot of it, from which the dashboard's types are made; a
//! test fails when it is stale.

mod errors;

use std::sync::LazyLock;

use utoipa::openapi::Paths;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_swagger_ui::SwaggerUi;

use self::errors::SharedErrors;
use crate::live;
use crate::routes::{
    audit, auth, dashboard_log, dashboards, events, feeds, hooks, ingest, invitations, keys, limits, members,
    operations, orgs, panel_data, panels, passwords, projects, series, sessions,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "PulseBoard", description = "Real-time observability that one person can host.\n\n\
        Sessions use `Authorization: Bearer <access token>`; apps use keys. Errors are always \
        `{\"error\": {\"code\", \"message\", \"fields\"?, \"request_id\"}}`. Lists are `{\"items\", \"next_cursor\"}`. \
        Times are RFC 3339 in UTC with milliseconds."),
    paths(
        auth::config, auth::register, auth::login, sessions::refresh, sessions::logout, auth::me, auth::update_me,
        passwords::change, sessions::list, sessions::delete,
        orgs::list, orgs::update,
        members::list, members::update, members::delete,
        invitations::list, invitations::create, invitations::delete, invitations::show, invitations::accept,
        audit::list,
        projects::list, projects::create, projects::show, projects::update, projects::delete,
        projects::clear_events, projects::usage, projects::rejections,
        keys::list, keys::create, keys::update, keys::delete,
        limits::show,
        ingest::ingest, events::list_by_key,
        events::list, events::show, events::histogram, events::names, events::overview,
        series::list, series::query,
        panel_data::show, panel_data::labels, panel_data::annotations,
        dashboards::list, dashboards::create, dashboards::show, dashboards::update, dashboards::delete,
        dashboards::star, dashboards::unstar,
        dashboards::documents::templates, dashboards::documents::import, dashboards::documents::export,
        dashboard_log::operate, dashboard_log::history, dashboard_log::undo, dashboard_log::redo,
        dashboard_log::restore,
        panels::create, panels::update, panels::delete,
        feeds::list, feeds::create, feeds::types::types, feeds::testing::unsaved, feeds::show, feeds::update,
        feeds::delete, feeds::testing::saved, feeds::refresh, feeds::address::rotate, feeds::history::history, hooks::receive,
        live::create_ticket, live::socket, live::sse, live::dashboards::watch,
        operations::version, operations::healthz, operations::readyz, operations::metrics,
    ),
    modifiers(&Credentials, &OperationIds, &SharedErrors),
)]
struct Document;

/// The kinds of credential. What an operation's `security` lists beside one is the least it must be worth:
/// a role in the org that the path or body names, or the kind of key.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = |description: &str| {
            let http = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(description));
            SecurityScheme::Http(http.build())
        };
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("session", bearer("An access token from signing in or refreshing."));
        let ticket = "From `POST /api/realtime/tickets`, for one live connection.";
        components.add_security_scheme(
            "ticket",
            SecurityScheme::ApiKey(ApiKey::Query(ApiKeyValue::with_description("ticket", ticket))),
        );
        components.add_security_scheme("key", bearer("An API key, pb_pub_… or pb_sec_…"));
        components.add_security_scheme("metrics", bearer("PULSEBOARD_METRICS_TOKEN"));
    }
}

/// Handlers of different nouns share their names; the document's ids say both.
struct OperationIds;

impl Modify for OperationIds {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        for path in openapi.paths.paths.values_mut() {
            let operations =
                [&mut path.get, &mut path.post, &mut path.patch, &mut path.put, &mut path.delete];
            for operation in operations.into_iter().flatten() {
                let tag = operation.tags.iter().flatten().next().cloned();
                if let (Some(tag), Some(id)) = (tag, &mut operation.operation_id) {
                    *id = format!("{tag}_{id}");
                }
            }
        }
    }
}

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// The document as the snapshot has it.
pub fn snapshot() -> String {
    let mut json = document().to_pretty_json().unwrap_or_default();
    json.push('\n');
    json
}

/// The methods that are answered at a path of the API, whichever base it has; none if nothing is there.
pub fn methods_at(path: &str) -> Vec<&'static str> {
    static PATHS: LazyLock<Paths> = LazyLock::new(|| document().paths);
    fn parts(path: &str) -> std::str::Split<'_, char> {
        path.strip_prefix("/api").unwrap_or(path).split('/')
    }
    let here = |template: &str| {
        let fits =
            |(part, found): (&str, &str)| part == found || (part.starts_with('{') && !found.is_empty());
        parts(template).count() == parts(path).count() && parts(template).zip(parts(path)).all(fits)
    };
    let items = PATHS.paths.iter().filter(|(template, _)| here(template)).map(|(_, item)| item);
    let methods = items.flat_map(|item| {
        [
            ("GET", &item.get),
            ("POST", &item.post),
            ("PUT", &item.put),
            ("PATCH", &item.patch),
            ("DELETE", &item.delete),
        ]
    });
    methods.filter(|(_, operation)| operation.is_some()).map(|(name, _)| name).collect()
}

/// Swagger UI at `/api/docs`, the document at `/api/openapi.json`.
pub fn swagger_ui() -> SwaggerUi {
    SwaggerUi::new("/api/docs/{_:.*}").url("/api/openapi.json", document())
}
