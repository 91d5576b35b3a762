//! Mirrors of repositories: bare, of commits without files, in a private directory that goes with the
//! process.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex as StdMutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, Utc};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::Mutex;

use super::allowed::Repository;
use crate::FeedError;
use crate::program::{self, Failure, Outcome};

/// How far back a mirror goes, in generations of commits. More than 90 days of nearly every project.
const MAX_DEPTH: &str = "--depth=5000";
/// Most commits that are counted.
const MAX_COMMITS: &str = "--max-count=20000";
/// Most bytes of a log.
const MAX_LOG: usize = 4 * 1024 * 1024;
/// Largest file that git may write, in blocks of 512 bytes (1 KiB in some shells).
const MAX_FILE: &str = "262144";
/// A mirror is made anew after so many updates, as each leaves a little behind.
const MAX_UPDATES: u32 = 500;
/// A mirror that nobody asks for so long goes: its feed is gone, as no interval is longer than a day.
const FORGOTTEN: Duration = Duration::from_secs(26 * 3600);
/// Branch of the mirror.
const OURS: &str = "refs/heads/feed";

/// git's settings, instead of the machine's and the user's.
const SETTINGS: &str = "\
[safe]
\tdirectory = *
[core]
\thooksPath = /dev/null
\taskPass =
\tfsmonitor = false
[credential]
\thelper =
[http]
\tfollowRedirects = false
\tlowSpeedLimit = 1000
\tlowSpeedTime = 20
[uploadpack]
\tallowFilter = true
[gc]
\tauto = 0
[maintenance]
\tauto = false
[log]
\tmailmap = false
\tshowSignature = false
[submodule]
\trecurse = false
";

/// Whether the program is there.
pub(super) fn has_git() -> bool {
    static THERE: OnceLock<bool> = OnceLock::new();
    *THERE
        .get_or_init(|| program::PATH.split(':').any(|directory| Path::new(directory).join("git").is_file()))
}

/// The mirrors of a process, by repository and branch.
#[derive(Default)]
pub(crate) struct Mirrors(StdMutex<HashMap<(Repository, String), Place>>);

/// Where a mirror is kept; one user at a time takes it out.
type Place = Arc<Mutex<Option<Mirror>>>;

struct Mirror {
    /// With git's settings, its home, and the mirror itself.
    directory: TempDir,
    updates: u32,
    used: Instant,
}

impl Mirrors {
    /// Brings a mirror up to date, and lists its commits since a time: `<seconds> <author>` each.
    pub(super) async fn log(
        &self,
        repository: &Repository,
        branch: &str,
        since: DateTime<Utc>,
    ) -> Result<String, FeedError> {
        let key = (repository.clone(), branch.to_owned());
        let place = {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Those that failed hold nothing, and those in use are locked by their users.
            known.retain(|_, place| match place.try_lock() {
                Ok(held) => held.as_ref().is_some_and(|mirror| mirror.used.elapsed() < FORGOTTEN),
                Err(_) => true,
            });
            known.entry(key).or_default().clone()
        };
        let mut place = place.lock().await;
        let mut mirror = match place.take() {
            Some(mirror) if mirror.updates < MAX_UPDATES => mirror,
            _ => Mirror::make().await?,
        };
        mirror.update(repository, branch).await?;
        let log = mirror.log(since).await?;
        // What failed half way, or was given up, is not used again.
        mirror.used = Instant::now();
        *place = Some(mirror);
        Ok(log)
    }
}

impl Mirror {
    async fn make() -> Result<Self, FeedError> {
        let directory = tempfile::Builder::new().prefix("pulseboard-git-").tempdir().and_then(|directory| {
            std::fs::write(directory.path().join("settings"), SETTINGS)?;
            Ok(directory)
        });
        let directory = directory.map_err(|error| {
            tracing::warn!(%error, "no directory for a mirror");
            FeedError::new(
                "no_space",
                "There is no place for a mirror of the repository on PulseBoard's machine.",
            )
        })?;
        let mirror = Self { directory, updates: 0, used: Instant::now() };
        let made = mirror.run("none", &["init", "--quiet", "--bare", "--template="]).await?;
        if made.is_success { Ok(mirror) } else { Err(complaint(&made, "")) }
    }

    async fn update(&mut self, repository: &Repository, branch: &str) -> Result<(), FeedError> {
        self.updates += 1;
        let (protocols, source) = match repository {
            Repository::Directory(path) => ("file", path.to_str().unwrap_or_default()),
            Repository::Url(url) => ("https:http", url.as_str()),
        };
        let from = if branch.is_empty() { "HEAD".to_owned() } else { format!("refs/heads/{branch}") };
        let source = format!("remote.source.url={source}");
        let refspec = format!("+{from}:{OURS}");
        let arguments = [
            "-c",
            &source,
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            "--no-auto-maintenance",
            "--filter=tree:0",
            MAX_DEPTH,
            "source",
            &refspec,
        ];
        let fetched = self.run(protocols, &arguments).await?;
        if fetched.is_success { Ok(()) } else { Err(complaint(&fetched, branch)) }
    }

    async fn log(&self, since: DateTime<Utc>) -> Result<String, FeedError> {
        let since = format!("--since={}", since.to_rfc3339_opts(SecondsFormat::Secs, true));
        let arguments = ["log", "--format=%ct %an", MAX_COMMITS, &since, OURS, "--"];
        let listed = self.run("none", &arguments).await?;
        if !listed.is_success {
            return Err(complaint(&listed, ""));
        }
        Ok(String::from_utf8_lossy(&listed.output).into_owned())
    }

    /// Runs git within the mirror. `protocols` are those by which it may ask.
    async fn run(&self, protocols: &str, arguments: &[&str]) -> Result<Outcome, FeedError> {
        let home = self.directory.path();
        let mut command: Command = program::command("/bin/sh");
        // Nothing else bounds what a server can make git write.
        command.args(["-c", &format!("ulimit -f {MAX_FILE} && exec git \"$@\""), "git"]);
        command
            .args(arguments)
            .current_dir(home)
            .env("HOME", home)
            .env("LC_ALL", "C")
            .env("GIT_DIR", home.join("mirror.git"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_ATTR_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", home.join("settings"))
            .env("GIT_ALLOW_PROTOCOL", protocols)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ASKPASS", "/bin/false")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("GIT_OPTIONAL_LOCKS", "0");
        program::run(command, MAX_LOG).await.map_err(|failure| {
            tracing::warn!(?failure, "git could not be run");
            match failure {
                Failure::TooMuch => {
                    FeedError::new("too_many_commits", "The repository has too many commits to count.")
                }
                _ => FeedError::new("git_missing", "The program git cannot be run where PulseBoard runs."),
            }
        })
    }
}

/// What git's complaint means. Its words are for the log: they hold addresses.
fn complaint(outcome: &Outcome, branch: &str) -> FeedError {
    let said = outcome.complaint.to_ascii_lowercase();
    tracing::debug!(ending = outcome.ending, said = outcome.complaint, "git complained");
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let of_repository = |code, message: &str| FeedError::new(code, message).of("repository");
    if has(&["couldn't find remote ref"]) {
        let message = match branch {
            "" => "The repository has no commits yet.".to_owned(),
            branch => format!("The repository has no branch {branch}."),
        };
        FeedError::new("no_branch", message).of(if branch.is_empty() { "repository" } else { "branch" })
    } else if has(&["could not read username", "authentication failed", "error: 401", "error: 403"]) {
        of_repository(
            "not_public",
            "The repository is not there, or it is private: it is read without credentials.",
        )
    } else if has(&[
        "error: 404",
        "not found",
        "not appear to be a git repository",
        "is this a git repository",
        "not a git repository",
    ]) {
        of_repository("no_repository", "There is no git repository at this place.")
    } else if has(&["dumb http"]) {
        of_repository(
            "old_protocol",
            "The server speaks only git's old protocol over HTTP, which cannot leave files out.",
        )
    } else if has(&["redirect", "error: 301", "error: 302", "error: 307", "error: 308"]) {
        of_repository(
            "redirected",
            "The server sends elsewhere by a redirect, which is not followed. Give the final address.",
        )
    } else if has(&[
        "could not resolve",
        "failed to connect",
        "couldn't connect",
        "connection refused",
        "timed out",
        "too slow",
    ]) {
        of_repository("unreachable", "The server of the repository cannot be reached.")
    } else if has(&["ssl", "certificate"]) {
        of_repository("tls_failed", "A secure connection to the server of the repository could not be made.")
    } else if has(&["file size limit", "file too large", "index-pack died"]) || outcome.ending == "signal 25"
    {
        of_repository("too_large", "The repository is too large: its commits alone are more than 128 MiB.")
    } else if outcome.ending == "exit status 127" {
        FeedError::new("git_missing", "The program git is not installed where PulseBoard runs.")
    } else {
        of_repository("unreadable", "The repository cannot be read by git.")
    }
}
