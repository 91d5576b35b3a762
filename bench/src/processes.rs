//! The processes beside us: starting, watching for their readiness, stopping, and what they use.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Linux counts processor time for readers in hundredths of a second on every architecture we build for.
const TICKS_PER_SECOND: f64 = 100.0;
/// How long a process may take to begin or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server of ours that says `listening on http://address` when it is ready.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts a program and waits for its line. Its variables are only those given, so that nothing of
    /// the shell's reaches it.
    pub async fn start(
        program: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
        directory: &Path,
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(variables.iter().copied()).current_dir(directory);
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("starting {}", program.display()))?;
        let stdout = child.stdout.take().context("its output")?;
        let mut lines = BufReader::new(stdout).lines();
        let waiting = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(address) = line.strip_prefix("listening on http://") {
                    return Ok(address.trim().parse()?);
                }
            }
            bail!("{} ended before it was ready", program.display())
        };
        let address = tokio::time::timeout(PATIENCE, waiting).await.context("it did not become ready")??;
        // Nobody reads on: what it says at the end must not block it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, address })
    }

    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends it in order.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        terminate(&mut self.child).await
    }
}

/// A Redis of our own, without persistence.
pub struct Redis {
    child: Child,
    pub url: String,
}

impl Redis {
    /// `None` where Redis is not installed.
    pub async fn start(directory: &Path) -> anyhow::Result<Option<Self>> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let spawned = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .arg("--dir")
            .arg(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let child = match spawned {
            Ok(child) => child,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).context("starting redis-server"),
        };
        let connected = async {
            while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, connected).await.context("redis-server did not become ready")?;
        Ok(Some(Self { child, url: format!("redis://127.0.0.1:{port}") }))
    }

    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends it in order.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        terminate(&mut self.child).await
    }
}

/// SIGTERM by the tool for it: the standard library knows only SIGKILL.
async fn terminate(child: &mut Child) -> anyhow::Result<()> {
    let Some(pid) = child.id() else { return Ok(()) };
    Command::new("kill").arg(pid.to_string()).status().await.context("running kill")?;
    tokio::time::timeout(PATIENCE, child.wait()).await.context("it did not end")??;
    Ok(())
}

/// Processor seconds (user and system) of the parts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Used {
    pub server: f64,
    pub postgres: f64,
    pub redis: f64,
}

impl Used {
    pub fn all(&self) -> f64 {
        self.server + self.postgres + self.redis
    }

    pub fn since(&self, before: &Self) -> Self {
        Self {
            server: self.server - before.server,
            postgres: self.postgres - before.postgres,
            redis: self.redis - before.redis,
        }
    }
}

/// Reads what the trees of some processes have used.
#[derive(Clone, Copy, Default)]
pub struct Meter {
    pub server: Option<u32>,
    pub postgres: Option<u32>,
    pub redis: Option<u32>,
}

impl Meter {
    pub fn read(&self) -> anyhow::Result<Used> {
        let all = stats()?;
        let of = |root: Option<u32>| {
            let ticks: u64 = tree(&all, root).iter().filter_map(|pid| all.get(pid)).map(|s| s.ticks).sum();
            ticks as f64 / TICKS_PER_SECOND
        };
        Ok(Used { server: of(self.server), postgres: of(self.postgres), redis: of(self.redis) })
    }
}

/// Memory of a process and its descendants in MiB: each one's share of what they share (PSS) where the
/// kernel tells, otherwise what is resident (RSS).
pub fn memory(root: u32) -> anyhow::Result<f64> {
    let all = stats()?;
    let kib: u64 = tree(&all, Some(root)).iter().filter_map(|pid| kib_of(*pid)).sum();
    Ok(kib as f64 / 1024.0)
}

fn kib_of(pid: u32) -> Option<u64> {
    let field = |file: &str, name: &str| {
        let text = std::fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    field("smaps_rollup", "Pss:").or_else(|| field("status", "VmRSS:"))
}

/// The children of a process.
pub fn children(pid: u32) -> anyhow::Result<Vec<u32>> {
    let all = stats()?;
    Ok(all.iter().filter(|(_, stat)| stat.parent == pid).map(|(pid, _)| *pid).collect())
}

#[derive(Debug, PartialEq)]
struct Stat {
    parent: u32,
    /// Its own and those of children that have ended.
    ticks: u64,
}

fn stats() -> anyhow::Result<HashMap<u32, Stat>> {
    let entries = std::fs::read_dir("/proc").context("this needs Linux's /proc")?;
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    // A process may end while we look.
    let read = |pid| Some((pid, parse_stat(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?));
    Ok(pids.filter_map(read).collect())
}

/// Reads a line of proc(5)'s `stat`; the name in parentheses may contain anything.
fn parse_stat(line: &str) -> Option<Stat> {
    let fields: Vec<&str> = line[line.rfind(')')? + 1..].split_whitespace().collect();
    let ticks = fields.get(11..15)?.iter().filter_map(|field| field.parse::<u64>().ok()).sum();
    Some(Stat { parent: fields.get(1)?.parse().ok()?, ticks })
}

fn tree(all: &HashMap<u32, Stat>, root: Option<u32>) -> Vec<u32> {
    let mut found: Vec<u32> = root.into_iter().collect();
    let mut looked_at = 0;
    while let Some(parent) = found.get(looked_at).copied() {
        looked_at += 1;
        found.extend(all.iter().filter(|(_, stat)| stat.parent == parent).map(|(pid, _)| *pid));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_line_is_read_past_a_wild_name() {
        let line = "12 (a) b (c)) S 7 1 1 0 -1 4194560 1 2 3 4 10 20 30 40 20 0 1 0 5 6 7";
        assert_eq!(parse_stat(line), Some(Stat { parent: 7, ticks: 100 }));
        assert_eq!(parse_stat("nonsense"), None);
    }

    #[test]
    fn a_tree_is_its_root_and_all_below() {
        let stat = |parent| Stat { parent, ticks: 0 };
        let all = HashMap::from([(1, stat(0)), (2, stat(1)), (3, stat(2)), (4, stat(0))]);
        assert_eq!(tree(&all, Some(1)), [1, 2, 3]);
        assert_eq!(tree(&all, None), [0; 0]);
    }
}
