//! Programs of others that are run for a feed: with nothing of our environment, bounded in what they may say,
//! and ended with everything they started, whether they are done, fail or are given up.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

/// What is kept of the error output.
const MAX_COMPLAINT: usize = 4 * 1024;
/// How often a program is started that somebody is just writing.
const STARTS: usize = 10;

/// How a program ended.
pub(crate) struct Outcome {
    pub is_success: bool,
    /// `exit status 3`, `signal 9`.
    pub ending: String,
    pub output: Vec<u8>,
    /// The beginning of its error output.
    pub complaint: String,
}

/// Why there is no outcome.
#[derive(Debug)]
pub(crate) enum Failure {
    NotStarted(io::Error),
    /// It said more than it may.
    TooMuch,
    /// Its output broke off.
    Lost,
}

/// Where programs are looked for.
pub(crate) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A command with an empty environment and no input.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", PATH).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).kill_on_drop(true);
    command
}

/// Runs it. It may write `max` bytes. Dropping the future ends it.
pub(crate) async fn run(mut command: Command, max: usize) -> Result<Outcome, Failure> {
    let mut child = started(&mut command).await.map_err(Failure::NotStarted)?;
    let group = Group::of(&child);
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(Failure::Lost);
    };
    let ending = async {
        let status = child.wait().await.map_err(|_| Failure::Lost);
        // What it left behind would hold the output open.
        drop(group);
        status
    };
    let (output, complaint, status) =
        tokio::try_join!(everything(stdout, max), beginning(stderr, MAX_COMPLAINT), ending)?;
    Ok(Outcome {
        is_success: status.success(),
        ending: told(status),
        output,
        complaint: String::from_utf8_lossy(&complaint).into_owned(),
    })
}

/// A file that is open for writing cannot be started. Installing a program takes a moment.
async fn started(command: &mut Command) -> io::Result<Child> {
    for _ in 1..STARTS {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            result => return result,
        }
    }
    command.spawn()
}

async fn everything(from: impl AsyncRead + Unpin, max: usize) -> Result<Vec<u8>, Failure> {
    let mut read = Vec::new();
    let limit = max as u64 + 1;
    from.take(limit).read_to_end(&mut read).await.map_err(|_| Failure::Lost)?;
    if read.len() > max { Err(Failure::TooMuch) } else { Ok(read) }
}

async fn beginning(mut from: impl AsyncRead + Unpin, max: usize) -> Result<Vec<u8>, Failure> {
    let mut kept = Vec::new();
    let mut chunk = [0; 1024];
    loop {
        match from.read(&mut chunk).await.map_err(|_| Failure::Lost)? {
            0 => return Ok(kept),
            read => kept.extend_from_slice(&chunk[..read.min(max - kept.len())]),
        }
    }
}

fn told(status: std::process::ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "no status".to_owned(),
    }
}

/// A program with all that it started, unless that left the group by itself. Ended when this is dropped.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Nobody is left in most cases.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
