//! Starting and stopping the HTTP server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServerHandle, Service, ServiceResponse};
use actix_web::middleware::{self, from_fn};
use actix_web::{App, HttpServer, web};
use anyhow::Context;
use pulseboard_core::access_tokens::AccessTokens;
use pulseboard_core::bus::Bus;
use pulseboard_core::config::HttpConfig;
use pulseboard_core::db::Db;
use pulseboard_core::passwords::Passwords;
use pulseboard_core::rate_limits::RateLimits;
use pulseboard_core::secret_box::SecretBox;
use pulseboard_core::secrets::Secret;
use pulseboard_core::writer::Writer;
use pulseboard_feeds::Surroundings;
use tokio::sync::watch;

use crate::body_budget::BodyBudget;
use crate::connections::Connections;
use crate::feeds::Feeds;
use crate::key_cache::KeyCache;
use crate::live::Hub;
use crate::recorder::Recorder;
use crate::routes::operations::COUNTERS;
use crate::state::State;
use crate::{error::ApiError, request_id, routes};

/// How long requests that are under way may take when the server stops.
const DRAIN: Duration = Duration::from_secs(20);
/// Largest time a client may take for the head of a request.
const HEAD_DEADLINE: Duration = Duration::from_secs(10);
/// How long a request's transaction may take; a database that has stopped answering is a 503.
const TRANSACTION_DEADLINE: Duration = Duration::from_secs(10);

/// What the server is made from.
pub struct Options {
    pub config: HttpConfig,
    pub db: Db,
    pub bus: Bus,
    pub secret: Secret,
    /// Where the writer connects to.
    pub writer_url: String,
    /// What feeds may use of the world.
    pub surroundings: Arc<Surroundings>,
    /// What secrets are sealed with.
    pub secret_box: SecretBox,
}

/// A running server.
pub struct Server {
    pub address: SocketAddr,
    handle: ServerHandle,
    running: tokio::task::JoinHandle<std::io::Result<()>>,
    state: State,
    stop: watch::Sender<bool>,
    lanes: Vec<tokio::task::JoinHandle<()>>,
    helpers: Vec<tokio::task::JoinHandle<()>>,
}

impl Server {
    /// Binds the address and starts to serve. Must be called on a multi-threaded runtime.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let listen = options.config.listen.clone();
        let db = options.db.within(TRANSACTION_DEADLINE);
        let (writer, lanes) = Writer::start(&options.writer_url, options.bus.clone());
        let stop = watch::Sender::new(false);
        let state = State {
            hub: Hub::start(db.clone(), options.bus.clone(), stop.subscribe()),
            access_tokens: AccessTokens::new(&options.secret),
            passwords: Passwords::new(),
            keys: KeyCache::default(),
            feeds: Feeds::new(options.surroundings, options.secret_box),
            recorder: Recorder::default(),
            rate_limits: RateLimits::new(&options.config.limits),
            body_budget: BodyBudget::default(),
            connections: Connections::new(&options.config),
            stopping: stop.subscribe(),
            db,
            writer,
            bus: options.bus,
            config: options.config,
            secret: options.secret,
        };
        let helpers = vec![
            tokio::spawn(state.keys.clone().follow(state.bus.clone())),
            tokio::spawn(state.feeds.keys.clone().follow(state.bus.clone())),
            tokio::spawn(state.feeds.received.clone().run(state.db.clone(), state.bus.clone())),
            tokio::spawn(state.recorder.clone().run(state.db.clone())),
            tokio::spawn(state.rate_limits.clone().share(state.bus.clone())),
        ];
        let data = web::Data::new(state.clone());
        let connections = state.connections.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .app_data(web::PathConfig::default().error_handler(|_, _| ApiError::not_found().into()))
                .wrap_fn(|request, service| {
                    let response = service.call(request);
                    async move { response.await.inspect(count) }
                })
                .wrap(from_fn(request_id::assign))
                .wrap(middleware::DefaultHeaders::new().add(("X-Content-Type-Options", "nosniff")))
                .configure(routes::configure)
        })
        .max_connections(state.connections.max)
        .on_connect(move |io, extensions| connections.accept(io, extensions))
        .client_request_timeout(HEAD_DEADLINE)
        .shutdown_timeout(DRAIN.as_secs())
        .disable_signals()
        .bind(&listen)
        .with_context(|| format!("listening on {listen}"))?;
        let address = server.addrs().first().copied().context("no address was bound")?;
        let server = server.run();
        let handle = server.handle();
        let running = tokio::spawn(server);
        Ok(Self { address, handle, running, state, stop, lanes, helpers })
    }

    /// The writer, for whoever writes in this process beside requests. It must be dropped for
    /// [`Server::stop`] to end.
    pub fn writer(&self) -> Writer {
        self.state.writer.clone()
    }

    /// Waits until the server ends by itself, which is a failure.
    pub async fn failed(&mut self) -> anyhow::Error {
        match (&mut self.running).await {
            Ok(Ok(())) => anyhow::anyhow!("the HTTP server stopped"),
            Ok(Err(error)) => error.into(),
            Err(error) => error.into(),
        }
    }

    /// Stops: no longer ready, sockets told to come back, requests finished, the queue written.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        self.handle.stop(true).await;
        for helper in self.helpers {
            helper.abort();
        }
        self.state.recorder.flush(&self.state.db).await;
        self.state.feeds.received.flush(&self.state.db, &self.state.bus).await;
        // The lanes end when the last writer is gone and their queues are written.
        drop(self.state);
        drop(self.running);
        for lane in self.lanes {
            if tokio::time::timeout(DRAIN, lane).await.is_err() {
                tracing::warn!("a writer lane did not finish in time");
            }
        }
    }
}

fn count<B: MessageBody>(response: &ServiceResponse<B>) {
    let class = usize::from(response.status().as_u16() / 100);
    if let Some(counter) = COUNTERS.responses.get(class) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}
