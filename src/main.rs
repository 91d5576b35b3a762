//! `pulseboard`: the one binary. `up` is everything in one process; `api` and `worker` are its parts for
//! installations of several processes.

mod quota;
mod rekey;
mod run;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use pulseboard_core::config::{Config, LogFormat};
use tracing_subscriber::EnvFilter;

/// Real-time observability that one person can host.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    config: Config,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything in one process: API, worker, dashboard, and a private Postgres unless DATABASE_URL is set.
    Up,
    /// Run the API and the dashboard. Needs DATABASE_URL and PULSEBOARD_SECRET.
    Api,
    /// Run the background jobs. Needs DATABASE_URL.
    Worker,
    /// Bring the database's schema up to date and exit.
    Migrate,
    /// Ask a running PulseBoard at PULSEBOARD_LISTEN whether it is ready; for health checks of containers.
    Health,
    /// Show how many events an org may have stored per day, or change it.
    Quota(quota::Quota),
    /// Encrypt stored secrets with PULSEBOARD_SECRET that were encrypted with PULSEBOARD_PREVIOUS_SECRET.
    Rekey,
    /// Print the OpenAPI document.
    Openapi,
}

#[tokio::main]
async fn main() -> ExitCode {
    // Before anything makes a TLS connection; the only provider that is built in.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let _ = dotenvy::dotenv();
    let Cli { command, config } = Cli::parse();
    let config = config.without_empty_values();
    log_to_stderr(&config);
    let done = match command {
        Command::Up => run::up(config).await,
        Command::Api => run::api(config).await,
        Command::Worker => run::worker(config).await,
        Command::Migrate => run::migrate(&config).await,
        Command::Health => run::health(&config).await,
        Command::Quota(quota) => quota::run(&config, quota).await,
        Command::Rekey => rekey::run(&config).await,
        Command::Openapi => {
            print!("{}", pulseboard_api::openapi::snapshot());
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pulseboard: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Libraries that tell of their own comings and goings; ours says what matters of it.
const QUIET: &str = "actix_server=warn,sqlx=warn,apalis=warn,apalis_core=warn,apalis_postgres=warn";

fn log_to_stderr(config: &Config) {
    let asked = EnvFilter::try_new(format!("{QUIET},{}", config.log));
    let filter = asked.unwrap_or_else(|_| EnvFilter::new(format!("{QUIET},info")));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Json => log.json().flatten_event(true).init(),
        LogFormat::Text => log.with_target(false).with_ansi(std::io::stderr().is_terminal()).init(),
    }
}
