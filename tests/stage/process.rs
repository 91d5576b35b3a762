//! The real binary, run as its users run it.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::place::Place;

/// Initialising a cluster takes a second or two; much longer on a machine that is busy with tests.
const START: Duration = Duration::from_secs(60);
/// Another binary than the one that was built with these tests.
const OTHER_BINARY: &str = "PULSEBOARD_TEST_BINARY";

/// A running `pulseboard`.
pub struct Process {
    child: Child,
    /// Kept open, as a pipe that nobody reads would end the process when it writes.
    _stdout: Lines<BufReader<ChildStdout>>,
    /// `http://127.0.0.1:port`; empty for a worker.
    pub base: String,
}

impl Process {
    /// Everything in one process, with a private Postgres.
    pub async fn up(place: &Place) -> Self {
        Self::start(place, "up", &[]).await
    }

    /// Starts one of its commands on a free port and waits until it says that it is ready.
    pub async fn start(place: &Place, subcommand: &str, variables: &[(&str, &str)]) -> Self {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(place.path.join("log"));
        let mut child = command(&place.data())
            .arg(subcommand)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log.expect("a log"))
            .spawn()
            .expect("the binary runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let ready = tokio::time::timeout(START, async {
            while let Some(line) = stdout.next_line().await.expect("readable") {
                if let Some(base) = line.strip_prefix("listening on ") {
                    return Some(base.to_owned());
                }
                if subcommand == "worker" && line.starts_with("worker ") {
                    return Some(String::new());
                }
            }
            None
        });
        let base = ready.await.ok().flatten();
        let base = base.unwrap_or_else(|| panic!("{subcommand} does not start: {}", place.log()));
        Self { child, _stdout: stdout, base }
    }

    pub fn pid(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// `kill -9`, for it alone.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("killed");
    }

    /// Waits for its end.
    pub async fn ended(&mut self, within: Duration) -> ExitStatus {
        let ended = tokio::time::timeout(within, self.child.wait()).await;
        ended.unwrap_or_else(|_| panic!("it still runs after {within:?}")).expect("waits")
    }
}

/// The binary with nothing in its environment that belongs to the developer's own, and without limits
/// on how much one client may send: here one client plays many.
pub fn command(data: &Path) -> Command {
    let other = std::env::var_os(OTHER_BINARY).filter(|path| !path.is_empty());
    let mut command =
        Command::new(other.map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_pulseboard")), PathBuf::from));
    for name in ["DATABASE_URL", "WRITER_DATABASE_URL", "REDIS_URL", "PULSEBOARD_SECRET", "PULSEBOARD_LOG"] {
        command.env_remove(name);
    }
    // No `.env` of the repository either.
    command.current_dir(std::env::temp_dir());
    for limit in ["PULSEBOARD_KEY_RATE", "PULSEBOARD_PROJECT_RATE", "PULSEBOARD_CONNECTIONS_PER_ADDRESS"] {
        command.env(limit, "0");
    }
    command.env("PULSEBOARD_DATA", data).env("PULSEBOARD_LISTEN", "127.0.0.1:0").kill_on_drop(true);
    command
}

/// Sends a signal.
pub fn kill(pid: u32, signal: &str) {
    let status = std::process::Command::new("kill").args([format!("-{signal}"), pid.to_string()]).status();
    assert!(status.expect("kill is there").success(), "no process {pid}");
}

/// Whether the process exists and is more than an entry that waits for its parent.
pub fn is_running(pid: u32) -> bool {
    let shown = std::process::Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output();
    let state = String::from_utf8_lossy(&shown.expect("ps is there").stdout).into_owned();
    !state.trim().is_empty() && !state.starts_with('Z')
}
