//! A private Postgres for `pulseboard up`: found on the machine, made in the data directory,
//! reachable over a Unix socket only, and stopped when PulseBoard stops.
//!
//! Nothing is downloaded. The cluster survives `kill -9` of everything (Postgres replays its log)
//! and of PulseBoard alone (the orphan is adopted at the next start). A supervisor thread starts
//! Postgres again when it dies underneath us.
//!
//! Trust: no TCP port exists, and the socket lies in a directory of mode 0700, so that only the
//! account that runs Postgres (and root) can connect; inside it everybody is believed.
//!
//! Processes are handled by blocking calls on a thread of their own, not by the async runtime:
//! a server must outlive whichever runtime happened to start it.

mod binaries;
mod cluster;
mod home;
mod log;
mod probe;
mod running;
mod supervisor;

use std::path::{Path, PathBuf};

pub use binaries::Binaries;
use cluster::Cluster;
use home::Home;
pub use running::url_of_running;
use supervisor::Supervisor;

/// The oldest major version of Postgres that PulseBoard works with.
pub const OLDEST_SUPPORTED: u32 = 15;

/// The database that [`EmbeddedPostgres::url`] names.
pub const DATABASE: &str = "pulseboard";

/// What may differ from one private Postgres to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `shared_preload_libraries`, for example `timescaledb`. Default: none.
    pub preload: Option<String>,
    /// Whether a commit waits for the disk. Only tests switch it off. Default: true.
    pub durable: bool,
    /// How many connections there may be. Tests share one server among many apps. Default: 60.
    pub connections: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self { preload: None, durable: true, connections: 60 }
    }
}

/// A running private Postgres. [`stop`](Self::stop) ends it in order and tells whether that worked;
/// dropping it does the same and only logs.
#[derive(Debug)]
pub struct EmbeddedPostgres {
    supervisor: Supervisor,
    socket_dir: PathBuf,
    directory: PathBuf,
}

impl EmbeddedPostgres {
    /// Starts the cluster that belongs to `data_dir`, making it first where there is none, and
    /// returns when it accepts connections and the database [`DATABASE`] exists.
    ///
    /// `data_dir` is PulseBoard's own data directory; the cluster takes `postgres/` inside it.
    ///
    /// # Errors
    /// Each [`EmbeddedError`] says in its text what the operator can do.
    pub async fn start(data_dir: &Path, settings: Settings) -> Result<Self, EmbeddedError> {
        let data_dir = data_dir.to_owned();
        tokio::task::spawn_blocking(move || Self::start_blocking(&data_dir, settings))
            .await
            .map_err(|_| EmbeddedError::Interrupted)?
    }

    /// [`start`](Self::start) for callers outside a runtime, such as a test binary's set-up.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_blocking(data_dir: &Path, settings: Settings) -> Result<Self, EmbeddedError> {
        let home = Home::claim(data_dir)?;
        let directory = home.root.clone();
        let socket_dir = home.socket_dir.clone();
        let cluster = Cluster::open(home, &settings)?;
        let supervisor = Supervisor::start(cluster)?;
        // From here on dropping the supervisor stops the server, so that a failure leaves none.
        probe::create_database(&socket_dir, DATABASE)?;
        Ok(Self { supervisor, socket_dir, directory })
    }

    /// The address of the database [`DATABASE`], with the socket's directory percent-encoded as
    /// the host: the form that both tokio-postgres and sqlx read.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of(DATABASE)
    }

    /// The address of another database of the same server.
    #[must_use]
    pub fn url_of(&self, database: &str) -> String {
        socket_url(&self.socket_dir, database)
    }

    /// The process id of the server now; it changes when the supervisor had to start it again.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.supervisor.pid()
    }

    /// Where the cluster, its log and its socket are.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Stops the server: open transactions are rolled back, a checkpoint is written.
    ///
    /// # Errors
    /// [`EmbeddedError::Stop`] when the server is still there afterwards.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        tokio::task::spawn_blocking(move || self.stop_blocking())
            .await
            .map_err(|_| EmbeddedError::Interrupted)?
    }

    /// [`stop`](Self::stop) for callers outside a runtime.
    ///
    /// # Errors
    /// As [`stop`](Self::stop).
    pub fn stop_blocking(mut self) -> Result<(), EmbeddedError> {
        self.supervisor.stop()
    }
}

/// Why there is no private Postgres, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// No server binaries at all.
    #[error(
        "no PostgreSQL server (version {OLDEST_SUPPORTED} or newer) was found on this machine: install one with \
         `apt-get install postgresql` (Debian, Ubuntu), `dnf install postgresql-server` (Fedora) or \
         `brew install postgresql@17` (macOS), or set DATABASE_URL"
    )]
    NoBinaries,
    /// Binaries, but none that is new enough.
    #[error(
        "PostgreSQL {newest} is the newest server on this machine, and PulseBoard needs {OLDEST_SUPPORTED}: \
         install a newer one, or set DATABASE_URL"
    )]
    TooOld {
        /// The newest major version found.
        newest: u32,
    },
    /// The data was written by a major version that is not installed any more.
    #[error(
        "the data in {path} belongs to PostgreSQL {cluster}, but this machine has only {installed}: \
         install PostgreSQL {cluster} again, or move the data over with `pg_dump` and `pg_restore` \
         (docs/self-hosting.md, \"A new version of Postgres\")"
    )]
    OtherVersion {
        /// The cluster's directory.
        path: PathBuf,
        /// Its major version.
        cluster: u32,
        /// The major versions on the machine, as a list to read.
        installed: String,
    },
    /// Root, but no account to step down to.
    #[error(
        "PostgreSQL refuses to run as root, and there is no user `postgres` to run it as: \
         run PulseBoard as an ordinary user, or create that user with `useradd --system postgres`"
    )]
    NoPostgresUser,
    /// A second PulseBoard on one data directory.
    #[error(
        "another PulseBoard{} is using {path}: stop it, or give this one a directory of its own in PULSEBOARD_DATA",
        pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
    )]
    InUse {
        /// The directory both want.
        path: PathBuf,
        /// The other one, when it left its number.
        pid: Option<u32>,
    },
    /// The directory belongs to somebody else.
    #[error(
        "{path} belongs to another user (uid {owner}): run PulseBoard as that user, or choose another directory in PULSEBOARD_DATA"
    )]
    NotOurs {
        /// The directory.
        path: PathBuf,
        /// Who owns it.
        owner: u32,
    },
    /// The file system is full, or nearly.
    #[error("not enough free disk space for {path}: {free_mib} MiB are free, {needed_mib} MiB are needed")]
    NotEnoughDisk {
        /// Where the data would go.
        path: PathBuf,
        /// Free now.
        free_mib: u64,
        /// Needed to begin.
        needed_mib: u64,
    },
    /// A file operation failed.
    #[error("could not {doing} {path}: {source}")]
    File {
        /// The verb, such as "create".
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A program of Postgres could not be run, or failed.
    #[error("`{program}` failed: {output}")]
    Program {
        /// Its name.
        program: String,
        /// What it said, shortened.
        output: String,
    },
    /// The server ended before it was ready.
    #[error("PostgreSQL did not start; the end of its log {log} says:\n{tail}")]
    DidNotStart {
        /// The log file.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// The server runs, but does not become ready.
    #[error("PostgreSQL was not ready after {seconds} s; see its log {log}")]
    NotReady {
        /// The log file.
        log: PathBuf,
        /// How long we waited.
        seconds: u64,
    },
    /// The server answered a statement of ours with an error, or not at all.
    #[error("the private PostgreSQL did not answer as expected: {0}")]
    Answer(String),
    /// The server would not go.
    #[error("PostgreSQL (process {pid}) did not stop: {output}")]
    Stop {
        /// Its process id.
        pid: u32,
        /// What `pg_ctl` said.
        output: String,
    },
    /// The runtime went away while we waited.
    #[error("interrupted while handling the private PostgreSQL")]
    Interrupted,
}

impl EmbeddedError {
    fn file(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { doing, path, source }
    }
}

/// `postgres://postgres@<percent-encoded directory>/<database>`.
fn socket_url(socket_dir: &Path, database: &str) -> String {
    use std::os::unix::ffi::OsStrExt;

    let mut url = String::from("postgres://postgres@");
    for &byte in socket_dir.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url.push('/');
    url.push_str(database);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_directory_is_percent_encoded_as_the_host() {
        assert_eq!(
            socket_url(Path::new("/srv/my data/ü"), "pulseboard"),
            "postgres://postgres@%2Fsrv%2Fmy%20data%2F%C3%BC/pulseboard"
        );
    }

    #[test]
    fn missing_binaries_say_what_to_install_on_one_line() {
        let text = EmbeddedError::NoBinaries.to_string();
        assert!(!text.contains('\n'));
        for word in ["apt-get install", "dnf install", "brew install", "DATABASE_URL"] {
            assert!(text.contains(word), "{word} is missing from: {text}");
        }
    }

    #[test]
    fn a_second_pulseboard_is_named_when_it_is_known() {
        let text = |pid| EmbeddedError::InUse { path: "/d".into(), pid }.to_string();
        assert!(text(Some(7)).starts_with("another PulseBoard (process 7) is using /d"));
        assert!(text(None).starts_with("another PulseBoard is using /d"));
    }
}
