//! What each command does: put the parts together, say what was found, stop in order.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use pulseboard_api::Server;
use pulseboard_core::bus::Bus;
use pulseboard_core::config::Config;
use pulseboard_core::database_address;
use pulseboard_core::db::{self, Db, Migrated};
use pulseboard_core::embedded_postgres::{EmbeddedPostgres, Settings};
use pulseboard_core::outbound::Guard;
use pulseboard_core::secret_box::SecretBox;
use pulseboard_core::secrets::Secret;
use pulseboard_core::writer::Writer;
use pulseboard_feeds::Surroundings;
use pulseboard_worker::feeds;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Everything in one process; a private Postgres unless another one is configured.
pub async fn up(config: Config) -> anyhow::Result<()> {
    say("PulseBoard", env!("CARGO_PKG_VERSION"));
    require_free_address(&config.http.listen)?;
    make_data_dir(&config.data_dir)?;
    let data_dir = config.data_dir.canonicalize().context("finding the data directory")?;
    say("data", data_dir.display());
    let secret = own_secret(&config, &data_dir)?;

    let started = Instant::now();
    let (postgres, url) = match &config.database.url {
        Some(url) => (None, url.clone()),
        None => {
            let postgres = EmbeddedPostgres::start(&data_dir, Settings::default()).await?;
            let url = postgres.url();
            (Some(postgres), url)
        }
    };
    let whose = if postgres.is_some() { "private" } else { "external" };
    let result = async {
        let migrated = update_schema(&url).await?;
        say(
            "database",
            format!("{whose}, {} ({:.1} s)", describe(&migrated), started.elapsed().as_secs_f64()),
        );
        serve(&config, secret, &url, true).await
    }
    .await;
    if let Some(postgres) = postgres {
        postgres.stop().await?;
        say("database", "stopped");
    }
    result
}

/// The API alone.
pub async fn api(config: Config) -> anyhow::Result<()> {
    let url = required_database(&config)?.to_owned();
    let secret = required_secret(&config)?;
    serve(&config, secret, &url, false).await
}

/// The worker alone.
pub async fn worker(config: Config) -> anyhow::Result<()> {
    let url = required_database(&config)?.to_owned();
    let secret = required_secret(&config)?;
    let shared = Shared::new(&config, &secret)?;
    let db = Db::connect(&url, config.database.pool_size)?;
    current_schema(&db, &url).await?;
    let bus = Bus::connect(&config.bus).await?;
    let (writer, lanes) = Writer::start(&writer_url(&config, &url), bus.clone());
    let feeds = shared.for_worker(&config, bus, writer);
    say("worker", "running");
    let (stop, stopping) = watch::channel(false);
    let jobs = tokio::spawn(run_jobs(db, url, feeds, stopping));
    stop_signal().await?;
    let _ = stop.send(true);
    let ended = jobs.await?;
    // The jobs had the last of the writer: what is queued is written now.
    for lane in lanes {
        lane.await?;
    }
    ended
}

/// Brings the schema up to date.
pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    let migrated = update_schema(required_database(config)?).await?;
    say("database", describe(&migrated));
    for version in &migrated.ran {
        say("migrated", version);
    }
    Ok(())
}

/// Asks a running PulseBoard whether it is ready. A few lines of HTTP, so that images need no curl.
pub async fn health(config: &Config) -> anyhow::Result<()> {
    let address = config.http.listen.replace("0.0.0.0:", "127.0.0.1:").replace("[::]:", "[::1]:");
    let ask = async {
        let mut stream = tokio::net::TcpStream::connect(&address).await?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
        let mut answer = Vec::new();
        stream.take(4096).read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer =
        tokio::time::timeout(Duration::from_secs(5), ask).await.context("no answer within 5 s")??;
    if answer.starts_with(b"HTTP/1.1 200") { Ok(()) } else { bail!("not ready") }
}

/// Runs our migrations and the job runner's, so that any process may put jobs into the queue.
async fn update_schema(url: &str) -> anyhow::Result<Migrated> {
    let migrated = db::migrate(url).await?;
    pulseboard_worker::setup(&Db::connect(url, 1)?, url).await.context("making the job queue")?;
    Ok(migrated)
}

/// Serves until a signal comes, then stops in order: no new work, requests, queue, jobs.
async fn serve(config: &Config, secret: Secret, url: &str, with_worker: bool) -> anyhow::Result<()> {
    let db = Db::connect(url, config.database.pool_size)?;
    current_schema(&db, url).await?;
    let bus = Bus::connect(&config.bus).await?;
    say("bus", bus.kind());
    let shared = Shared::new(config, &secret)?;
    let options = pulseboard_api::Options {
        config: config.http.clone(),
        db: db.clone(),
        bus: bus.clone(),
        secret,
        writer_url: writer_url(config, url),
        surroundings: Arc::clone(&shared.surroundings),
        secret_box: shared.secret_box.clone(),
    };
    let mut server = Server::start(options).await?;
    let (stop, stopping) = watch::channel(false);
    let jobs = with_worker.then(|| {
        let feeds = shared.for_worker(config, bus, server.writer());
        tokio::spawn(run_jobs(db, url.to_owned(), feeds, stopping))
    });
    // Scripts wait for this line.
    println!("listening on http://{}", server.address);

    let ended = tokio::select! {
        signal = stop_signal() => signal,
        failure = server.failed() => Err(failure),
    };
    say("stopping", "finishing requests and writing what is queued");
    let _ = stop.send(true);
    // Together: the server's queue is written when the jobs have let go of the writer, too.
    let jobs = async {
        match jobs {
            Some(jobs) => jobs.await,
            None => Ok(Ok(())),
        }
    };
    let ((), jobs) = tokio::join!(server.stop(), jobs);
    jobs??;
    ended
}

async fn run_jobs(
    db: Db,
    database_url: String,
    feeds: feeds::Options,
    mut stopping: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let options = pulseboard_worker::Options::new(db, database_url).with_feeds(feeds);
    let stop = async move {
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    pulseboard_worker::run(options, stop).await
}

/// What the API and the worker have in common.
struct Shared {
    surroundings: Arc<Surroundings>,
    secret_box: SecretBox,
}

impl Shared {
    fn new(config: &Config, secret: &Secret) -> anyhow::Result<Self> {
        let guard = Guard::new(&config.outbound)?;
        let surroundings = Arc::new(Surroundings::new(&config.feeds, guard)?);
        Ok(Self { surroundings, secret_box: secret_box(config, secret)? })
    }

    fn for_worker(&self, config: &Config, bus: Bus, writer: Writer) -> feeds::Options {
        feeds::Options {
            bus,
            writer,
            surroundings: Arc::clone(&self.surroundings),
            least_interval: config.feeds.least_interval,
            secret_box: self.secret_box.clone(),
            limits: config.http.limits,
        }
    }
}

/// What secrets at rest are sealed with.
pub fn secret_box(config: &Config, secret: &Secret) -> anyhow::Result<SecretBox> {
    let previous = config.previous_secret.as_ref().map(Secret::new).transpose();
    Ok(SecretBox::new(secret, previous.context("PULSEBOARD_PREVIOUS_SECRET can't be used")?.as_ref()))
}

fn writer_url(config: &Config, url: &str) -> String {
    config.database.writer_url.clone().unwrap_or_else(|| url.to_owned())
}

async fn stop_signal() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// One line of what was found, for the person who started it.
fn say(what: &str, detail: impl std::fmt::Display) {
    println!("{what:<10} {detail}");
}

fn describe(migrated: &Migrated) -> String {
    let version = migrated.server_version;
    let server = format!("PostgreSQL {}.{}", version / 10_000, version % 10_000);
    let timescale = if migrated.timescale { " with TimescaleDB" } else { "" };
    let schema = match migrated.ran.len() {
        0 => "schema current".to_owned(),
        1 => "1 migration run".to_owned(),
        n => format!("{n} migrations run"),
    };
    format!("{server}{timescale}, {schema}")
}

fn required_database(config: &Config) -> anyhow::Result<&str> {
    config.database.url.as_deref().context(
        "DATABASE_URL is not set: give the address of a Postgres, postgres://user:password@host/database, \
         or use `pulseboard up`, which runs its own",
    )
}

fn required_secret(config: &Config) -> anyhow::Result<Secret> {
    let text = config.secret.as_deref().context(
        "PULSEBOARD_SECRET is not set: use 32 or more random characters, the same for every process, \
         for example from `openssl rand -hex 32`",
    )?;
    Ok(Secret::new(text)?)
}

/// Refuses to work on another version's schema.
async fn current_schema(db: &Db, url: &str) -> anyhow::Result<()> {
    let place = database_address::place(url);
    db.ready().await.with_context(|| format!("the database at {place} can't be used"))
}

/// Says so before anything else is started if the address is taken.
fn require_free_address(listen: &str) -> anyhow::Result<()> {
    match TcpListener::bind(listen) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => bail!(
            "{listen} is taken by another program: stop it, or choose another address with \
             PULSEBOARD_LISTEN=127.0.0.1:8081"
        ),
        Err(error) => Err(error).with_context(|| format!("PULSEBOARD_LISTEN={listen} can't be used")),
    }
}

/// Everyone may pass through the data directory (Postgres runs as another user when we are root); what
/// is private in it has its own mode.
fn make_data_dir(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o711)
        .create(path)
        .with_context(|| format!("making the data directory {}", path.display()))
}

/// The configured secret, or the one in the data directory; none is made.
pub fn existing_secret(config: &Config) -> anyhow::Result<Secret> {
    let kept = || std::fs::read_to_string(config.data_dir.join("secret")).ok();
    let text = config.secret.clone().or_else(kept).context(
        "PULSEBOARD_SECRET is not set, and PULSEBOARD_DATA is not the directory of a `pulseboard up` that has \
         made one",
    )?;
    Ok(Secret::new(text.trim())?)
}

/// The configured secret, or the one in the data directory, which is made if there is none.
fn own_secret(config: &Config, data_dir: &Path) -> anyhow::Result<Secret> {
    match &config.secret {
        Some(text) => Ok(Secret::new(text)?),
        None => kept_secret(data_dir),
    }
}

/// The secret in the data directory, made at the first start.
fn kept_secret(data_dir: &Path) -> anyhow::Result<Secret> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let path = data_dir.join("secret");
    match std::fs::read_to_string(&path) {
        Ok(text) => return Ok(Secret::new(text.trim())?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
    }
    let text = Secret::generate();
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("making {}", path.display()))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(Secret::new(text)?)
}
