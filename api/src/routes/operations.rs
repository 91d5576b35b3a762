//! For those who run it: health, readiness, metrics, version.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use pulseboard_core::db;
use pulseboard_core::usage::Counts;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{ApiError, Code, ErrorBody};
use crate::extract::bearer;
use crate::state::App;

#[derive(Serialize, ToSchema)]
pub struct VersionOut {
    version: &'static str,
    commit: &'static str,
}

/// Which version this is.
#[utoipa::path(get, path = "/api/version", tag = "operations", responses((status = 200, body = VersionOut)))]
pub async fn version() -> web::Json<VersionOut> {
    web::Json(VersionOut {
        version: env!("CARGO_PKG_VERSION"),
        commit: option_env!("PULSEBOARD_COMMIT").unwrap_or("unknown"),
    })
}

/// Whether the process runs.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200)))]
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).body("ok\n")
}

#[derive(Serialize, ToSchema)]
pub struct ReadyOut {
    /// `ok`, or what is wrong.
    database: String,
    bus: String,
}

/// Whether it can serve: the database answers with the right schema, the bus answers, no shutdown.
#[utoipa::path(get, path = "/readyz", tag = "operations", responses((status = 200, body = ReadyOut),
    (status = 503, body = ReadyOut)))]
pub async fn readyz(app: App) -> HttpResponse {
    let database = match app.db.ready().await {
        Ok(()) => "ok".to_owned(),
        Err(db::DbError::Unavailable(reason)) if reason.contains("migrat") => reason,
        Err(error) => {
            tracing::warn!(%error, "not ready: the database");
            "does not answer".to_owned()
        }
    };
    // Losing the bus makes things late, not wrong: it is shown, and the process stays in service.
    let bus = match app.bus.ready().await {
        Ok(()) => "ok".to_owned(),
        Err(error) => {
            tracing::debug!(%error, "the bus does not answer");
            "does not answer; live updates come from the database".to_owned()
        }
    };
    let ready = database == "ok" && !*app.stopping.borrow();
    let mut response = if ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.insert_header((header::CACHE_CONTROL, "no-store")).json(ReadyOut { database, bus })
}

/// Counters of this process since its start.
pub struct Counters {
    pub events_accepted: AtomicU64,
    pub events_duplicate: AtomicU64,
    pub events_rejected: AtomicU64,
    pub events_rate_limited: AtomicU64,
    pub events_dropped: AtomicU64,
    /// Answers by the first digit of their status.
    pub responses: [AtomicU64; 6],
}

impl Counters {
    /// Counts what one ingest request brought.
    pub fn count(&self, counts: &Counts) {
        let counts = [
            (&self.events_accepted, counts.accepted),
            (&self.events_duplicate, counts.duplicates),
            (&self.events_rejected, counts.rejected),
            (&self.events_rate_limited, counts.rate_limited),
            (&self.events_dropped, counts.dropped),
        ];
        for (counter, count) in counts {
            counter.fetch_add(count.unsigned_abs(), Ordering::Relaxed);
        }
    }
}

pub static COUNTERS: Counters = Counters {
    events_accepted: AtomicU64::new(0),
    events_duplicate: AtomicU64::new(0),
    events_rejected: AtomicU64::new(0),
    events_rate_limited: AtomicU64::new(0),
    events_dropped: AtomicU64::new(0),
    responses: [const { AtomicU64::new(0) }; 6],
};

/// Counters and gauges in Prometheus' text format. From this machine, or with the configured token.
#[utoipa::path(get, path = "/metrics", tag = "operations", responses((status = 200, content_type = "text/plain", body = String),
    (status = 401, body = ErrorBody)), security(("metrics" = [])))]
pub async fn metrics(app: App, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let allowed = match &app.config.metrics_token {
        Some(token) => bearer(&request)
            .is_some_and(|given| subtle::ConstantTimeEq::ct_eq(given.as_bytes(), token.as_bytes()).into()),
        // Behind a trusted proxy every request comes from nearby; only a token tells them apart.
        None => !app.config.trust_proxy && request.peer_addr().is_some_and(|peer| peer.ip().is_loopback()),
    };
    if !allowed {
        let message = "Send PULSEBOARD_METRICS_TOKEN as a bearer token.";
        return Err(ApiError::new(Code::Unauthenticated, message));
    }
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(render(&app)))
}

fn render(app: &App) -> String {
    let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let mut text = String::new();
    let mut metric = |name: &str, kind: &str, help: &str, values: &[(String, u64)]| {
        text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
        for (labels, value) in values {
            text.push_str(&format!("{name}{labels} {value}\n"));
        }
    };
    let outcome = |name: &str| format!("{{outcome=\"{name}\"}}");
    metric(
        "pulseboard_events_total",
        "counter",
        "Events by outcome.",
        &[
            (outcome("accepted"), load(&COUNTERS.events_accepted)),
            (outcome("duplicate"), load(&COUNTERS.events_duplicate)),
            (outcome("rejected"), load(&COUNTERS.events_rejected)),
            (outcome("rate_limited"), load(&COUNTERS.events_rate_limited)),
            (outcome("dropped"), load(&COUNTERS.events_dropped)),
        ],
    );
    let responses: Vec<_> =
        (1..6).map(|class| (format!("{{class=\"{class}xx\"}}"), load(&COUNTERS.responses[class]))).collect();
    metric("pulseboard_http_responses_total", "counter", "Answers by class of status.", &responses);
    metric(
        "pulseboard_http_connections",
        "gauge",
        "Open connections.",
        &[(String::new(), app.connections.open() as u64)],
    );
    let census = app.hub.census();
    let kind = |kind: &str, count: usize| (format!("{{kind=\"{kind}\"}}"), count as u64);
    metric(
        "pulseboard_live_connections",
        "gauge",
        "Open sockets and streams.",
        &[(String::new(), census.connections as u64)],
    );
    metric(
        "pulseboard_live_connections_ended",
        "gauge",
        "Sockets and streams that are over and whose peer has not taken the last frame.",
        &[(String::new(), census.ended as u64)],
    );
    metric(
        "pulseboard_dashboard_connections",
        "gauge",
        "Open sockets of dashboards.",
        &[kind("live", census.in_rooms), kind("playback", census.playbacks)],
    );
    metric(
        "pulseboard_dashboard_rooms",
        "gauge",
        "Dashboards that somebody looks at.",
        &[(String::new(), census.rooms as u64)],
    );
    let reads = app.hub.meter().panel_reads().map(|(reader, count)| (format!("{{for=\"{reader}\"}}"), count));
    metric("pulseboard_panel_queries_total", "counter", "Panels whose data was read, by for whom.", &reads);
    let held = app.body_budget.used() as u64;
    metric(
        "pulseboard_body_bytes",
        "gauge",
        "Bytes of request bodies held in memory.",
        &[(String::new(), held)],
    );
    let queue = app.writer.queued_bytes() as u64;
    metric(
        "pulseboard_writer_queued_bytes",
        "gauge",
        "Bytes of events that wait to be written.",
        &[(String::new(), queue)],
    );
    metric(
        "process_resident_memory_bytes",
        "gauge",
        "Resident memory.",
        &[(String::new(), resident_memory())],
    );
    text
}

/// Resident memory of this process in bytes; 0 where it can't be told.
fn resident_memory() -> u64 {
    use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System};
    static SYSTEM: LazyLock<Option<Mutex<System>>> = LazyLock::new(|| System::new().ok().map(Mutex::new));
    let (Ok(pid), Some(system)) = (sysinfo::get_current_pid(), SYSTEM.as_ref()) else { return 0 };
    let mut system = system.lock().unwrap_or_else(PoisonError::into_inner);
    let memory = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, memory);
    system.process(pid).map_or(0, sysinfo::Process::memory)
}
