//! What every handler can reach. Made once, cheap to clone.

use actix_web::web;
use pulseboard_core::access_tokens::AccessTokens;
use pulseboard_core::bus::Bus;
use pulseboard_core::config::HttpConfig;
use pulseboard_core::db::Db;
use pulseboard_core::passwords::Passwords;
use pulseboard_core::rate_limits::RateLimits;
use pulseboard_core::secrets::Secret;
use pulseboard_core::writer::Writer;
use tokio::sync::watch;

use crate::body_budget::BodyBudget;
use crate::connections::Connections;
use crate::feeds::Feeds;
use crate::key_cache::KeyCache;
use crate::live::Hub;
use crate::recorder::Recorder;

/// The parts of the running server.
#[derive(Clone)]
pub struct State {
    pub db: Db,
    pub writer: Writer,
    pub bus: Bus,
    pub hub: Hub,
    pub config: HttpConfig,
    pub secret: Secret,
    pub access_tokens: AccessTokens,
    pub passwords: Passwords,
    pub keys: KeyCache,
    pub feeds: Feeds,
    pub recorder: Recorder,
    pub rate_limits: RateLimits,
    pub body_budget: BodyBudget,
    pub connections: Connections,
    /// The server is stopping: no longer ready for new work.
    pub stopping: watch::Receiver<bool>,
}

/// How handlers take it.
pub type App = web::Data<State>;
