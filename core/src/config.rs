//! Configuration: read once in main, from the environment (and `.env`), and passed down.
//!
//! Each field documents its variable and default; `.env.example` lists the same variables, which a
//! test checks.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::outbound::AllowList;

/// Everything that `api`, `worker` and `up` share.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Where PulseBoard keeps its private Postgres and its secret when it runs on its own.
    #[arg(long = "data", env = "PULSEBOARD_DATA", default_value = "./.pulseboard")]
    pub data_dir: PathBuf,

    /// Signs sessions and encrypts secrets: 32 characters or more. `up` makes and keeps one by itself.
    #[arg(long, env = "PULSEBOARD_SECRET", hide_env_values = true)]
    pub secret: Option<String>,

    /// The secret before `PULSEBOARD_SECRET` was changed: still opens what was encrypted with it, until
    /// `pulseboard rekey` has been run.
    #[arg(long, env = "PULSEBOARD_PREVIOUS_SECRET", hide_env_values = true)]
    pub previous_secret: Option<String>,

    /// `text` for people, `json` for log collectors.
    #[arg(long, env = "PULSEBOARD_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    /// What is logged: a level, or `target=level` pairs.
    #[arg(long, env = "PULSEBOARD_LOG", default_value = "info")]
    pub log: String,

    #[command(flatten)]
    pub database: DatabaseConfig,

    #[command(flatten)]
    pub bus: BusConfig,

    #[command(flatten)]
    pub http: HttpConfig,

    #[command(flatten)]
    pub outbound: OutboundConfig,

    #[command(flatten)]
    pub feeds: FeedsConfig,
}

impl Config {
    /// An empty variable, as compose files and `.env` files leave them, means the same as none.
    #[must_use]
    pub fn without_empty_values(mut self) -> Self {
        let optional = [
            &mut self.secret,
            &mut self.previous_secret,
            &mut self.database.url,
            &mut self.database.writer_url,
            &mut self.bus.redis_url,
            &mut self.http.public_url,
            &mut self.http.metrics_token,
        ];
        for value in optional {
            if value.as_deref().is_some_and(|text| text.trim().is_empty()) {
                *value = None;
            }
        }
        if self.feeds.commands.as_ref().is_some_and(|path| path.as_os_str().is_empty()) {
            self.feeds.commands = None;
        }
        self
    }
}

/// Where the truth lives.
#[derive(Args, Clone, Debug)]
pub struct DatabaseConfig {
    /// Postgres 15 or newer, `postgres://user:password@host/database`. Without it, `up` runs its own.
    #[arg(long = "database-url", env = "DATABASE_URL", hide_env_values = true)]
    pub url: Option<String>,

    /// Another address for the event writer, where a pooler or a distributed database needs one.
    #[arg(long = "writer-database-url", env = "WRITER_DATABASE_URL", hide_env_values = true)]
    pub writer_url: Option<String>,

    /// Connections for requests and jobs, beside one per writer lane.
    #[arg(long = "db-pool", env = "PULSEBOARD_DB_POOL", default_value_t = 10)]
    pub pool_size: usize,
}

/// How processes tell each other what happened.
#[derive(Args, Clone, Debug)]
pub struct BusConfig {
    /// Redis or Valkey, `redis://host`. Without it the process works alone, which is right for one.
    #[arg(long = "redis-url", env = "REDIS_URL", hide_env_values = true)]
    pub redis_url: Option<String>,

    /// Put before every Redis channel and key, so that installations can share a server.
    #[arg(long = "redis-prefix", env = "PULSEBOARD_REDIS_PREFIX", default_value = "pulseboard")]
    pub redis_prefix: String,
}

/// The outside.
#[derive(Args, Clone, Debug)]
pub struct HttpConfig {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, env = "PULSEBOARD_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: String,

    /// The address people use, for links and to check `Origin`: `https://pulse.example.com`.
    #[arg(long, env = "PULSEBOARD_PUBLIC_URL")]
    pub public_url: Option<String>,

    /// Who may make an account.
    #[arg(long, env = "PULSEBOARD_SIGN_UP", value_enum, default_value_t = SignUp::Open)]
    pub sign_up: SignUp,

    /// Whether a proxy in front sets `X-Forwarded-For` and `X-Forwarded-Proto` and may be believed.
    #[arg(long, env = "PULSEBOARD_TRUST_PROXY", default_value_t = false, action = clap::ArgAction::Set)]
    pub trust_proxy: bool,

    /// Bearer token for `GET /metrics`; without it only loopback may read them.
    #[arg(long, env = "PULSEBOARD_METRICS_TOKEN", hide_env_values = true)]
    pub metrics_token: Option<String>,

    #[command(flatten)]
    pub limits: LimitsConfig,
}

/// What one tenant may take. docs/limits.md tells what is answered beyond it.
#[derive(Args, Clone, Copy, Debug)]
pub struct LimitsConfig {
    /// Events per second that one key may send, over all processes; ten seconds' worth, at least 1000,
    /// may come at once. 0: as many as it likes.
    #[arg(long, env = "PULSEBOARD_KEY_RATE", default_value_t = 2000)]
    pub key_rate: u32,

    /// Events per second that one project may take in, with all its keys. 0: as many as it likes.
    #[arg(long, env = "PULSEBOARD_PROJECT_RATE", default_value_t = 4000)]
    pub project_rate: u32,

    /// Events per day (UTC) that one org may have stored, where `pulseboard quota` says nothing else.
    /// 0: as many as it likes.
    #[arg(long, env = "PULSEBOARD_DAILY_EVENTS", default_value_t = 0)]
    pub daily_events: u32,

    /// Connections that one process takes; fewer where it may open fewer files.
    #[arg(long, env = "PULSEBOARD_CONNECTIONS", default_value_t = 10000)]
    pub connections: usize,

    /// Connections of one address (of IPv6: one /64) among them. 0: as many as there are. Not counted
    /// behind a proxy.
    #[arg(long, env = "PULSEBOARD_CONNECTIONS_PER_ADDRESS", default_value_t = 1000)]
    pub connections_per_address: usize,
}

impl LimitsConfig {
    /// No limit on events.
    pub const NONE: Self = Self {
        key_rate: 0,
        project_rate: 0,
        daily_events: 0,
        connections: 10_000,
        connections_per_address: 0,
    };
}

/// Where feeds and webhooks may go.
#[derive(Args, Clone, Debug, Default)]
pub struct OutboundConfig {
    /// Networks that may be asked although they are not public: `10.0.0.0/8,192.168.1.5/32`.
    #[arg(long = "outbound-allow", env = "PULSEBOARD_OUTBOUND_ALLOW", default_value = "")]
    pub allow: AllowList,
}

/// Which feeds there may be, and what they may touch of the machine. docs/feeds.md
#[derive(Args, Clone, Debug, Default)]
pub struct FeedsConfig {
    /// Types of feeds that may be used, separated by commas: `http_json,webhook`. Empty: all.
    #[arg(long = "feeds", env = "PULSEBOARD_FEEDS", default_value = "")]
    pub types: String,

    /// The shortest interval of a feed in seconds, 1 to 86400.
    #[arg(
        long = "feed-interval",
        env = "PULSEBOARD_FEED_INTERVAL",
        default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=86_400)
    )]
    pub least_interval: u32,

    /// Directory of the executables that feeds of the type `command` may run. Without it there are none.
    #[arg(long = "commands", env = "PULSEBOARD_COMMANDS")]
    pub commands: Option<PathBuf>,

    /// Repositories that feeds of the type `git_repo` may read: directories and URLs, separated by commas,
    /// each with everything below it: `/srv/git,https://github.com/example/`. Empty: none.
    #[arg(long = "git-allow", env = "PULSEBOARD_GIT_ALLOW", default_value = "")]
    pub git_allow: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SignUp {
    /// Anyone.
    Open,
    /// Whoever an admin has invited.
    Invitation,
    /// Nobody.
    Closed,
}
