//! The real binary, run as its users run it.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// Initialising a cluster takes a second or two; much longer on a machine that is busy with tests.
const START: Duration = Duration::from_secs(60);

/// A running `pulseboard up` with a private Postgres.
pub struct Binary {
    process: Child,
    /// Kept open, as a pipe that nobody reads would end the process when it writes.
    _stdout: Lines<BufReader<ChildStdout>>,
    pid_file: PathBuf,
    /// `http://127.0.0.1:port`
    pub base: String,
}

impl Binary {
    /// Starts it on a free port and waits until it says that it listens.
    pub async fn start(place: &Place) -> Self {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(place.0.join("log"));
        let mut process = command(&place.data())
            .arg("up")
            .stdout(Stdio::piped())
            .stderr(log.expect("a log"))
            .spawn()
            .expect("the binary runs");
        let mut stdout = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let listening = tokio::time::timeout(START, async {
            while let Some(line) = stdout.next_line().await.expect("readable") {
                if let Some(base) = line.strip_prefix("listening on ") {
                    return Some(base.to_owned());
                }
            }
            None
        });
        let base = listening.await.ok().flatten();
        let base = base.unwrap_or_else(|| panic!("it does not listen: {}", place.log()));
        let pid_file = place.data().join("postgres/cluster/postmaster.pid");
        Self { process, _stdout: stdout, pid_file, base }
    }

    pub fn pid(&self) -> u32 {
        self.process.id().expect("it runs")
    }

    /// The process of its Postgres now.
    pub fn postgres(&self) -> u32 {
        pid_in(&self.pid_file).expect("Postgres runs")
    }

    /// `kill -9`, for it alone.
    pub async fn kill(&mut self) {
        self.process.kill().await.expect("killed");
    }

    /// Waits for its end.
    pub async fn ended(&mut self, within: Duration) -> ExitStatus {
        let ended = tokio::time::timeout(within, self.process.wait()).await;
        ended.unwrap_or_else(|_| panic!("it still runs after {within:?}")).expect("waits")
    }
}

/// The binary with nothing in its environment that belongs to the developer's own.
pub fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pulseboard"));
    for name in ["DATABASE_URL", "WRITER_DATABASE_URL", "REDIS_URL", "PULSEBOARD_SECRET", "PULSEBOARD_LOG"] {
        command.env_remove(name);
    }
    // No `.env` of the repository either.
    command.current_dir(std::env::temp_dir());
    command.env("PULSEBOARD_DATA", data).env("PULSEBOARD_LISTEN", "127.0.0.1:0").kill_on_drop(true);
    command
}

/// A directory that goes away with the test, and with it a Postgres that is still there.
pub struct Place(pub PathBuf);

impl Place {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("pb-it-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("makes a directory");
        Self(path)
    }

    pub fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    /// The end of what the binary logged.
    pub fn log(&self) -> String {
        let log = std::fs::read_to_string(self.0.join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(pid) = pid_in(&self.data().join("postgres/cluster/postmaster.pid"))
            && is_running(pid)
        {
            kill(pid, "QUIT");
            let deadline = Instant::now() + Duration::from_secs(5);
            while is_running(pid) && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn pid_in(file: &Path) -> Option<u32> {
    std::fs::read_to_string(file).ok()?.lines().next()?.trim().parse().ok()
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
