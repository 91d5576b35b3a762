use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::find;
use crate::surroundings::tests::with;

const NOW: &str = "2026-11-21T12:00:00Z";

/// A repository of the test's own, in a directory that is allowed.
struct Shop {
    home: TempDir,
    surroundings: Arc<Surroundings>,
}

impl Shop {
    fn new() -> Self {
        let home = TempDir::new().expect("a directory");
        let list = home.path().display().to_string();
        let shop = Self { surroundings: Arc::new(with(|config| config.git_allow = list)), home };
        shop.git(&["init", "--quiet", "--initial-branch=main", "."], None);
        shop
    }

    fn git(&self, arguments: &[&str], commit: Option<(&str, &str)>) {
        let (author, day) = commit.unwrap_or(("Ana", NOW));
        let mut git = std::process::Command::new("git");
        git.args(arguments).current_dir(self.home.path()).env_clear().env("PATH", crate::program::PATH);
        git.env("HOME", self.home.path()).env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), author).env(format!("GIT_{who}_EMAIL"), "a@example.com");
            git.env(format!("GIT_{who}_DATE"), day);
        }
        let output = git.output().expect("git runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn commit(&self, author: &str, at: &str) {
        self.git(&["commit", "--quiet", "--allow-empty", "-m", "a change"], Some((author, at)));
    }

    fn path(&self) -> String {
        self.home.path().display().to_string()
    }

    async fn run(&self, config: Value) -> Result<Value, FeedError> {
        let mut whole = json!({"repository": self.path(), "branch": "", "days": 3, "interval_sec": 300});
        for (name, value) in config.as_object().into_iter().flatten() {
            whole[name] = value.clone();
        }
        let given = Given {
            config: whole,
            surroundings: self.surroundings.clone(),
            now: NOW.parse().expect("a time"),
        };
        let kind = find("git_repo").expect("the type");
        kind.run(given).await.map(|mut sample| sample.payloads.remove(0))
    }
}

#[tokio::test]
async fn commits_are_counted_by_day_and_author() {
    let shop = Shop::new();
    shop.commit("Old", "2026-10-01T12:00:00Z");
    shop.commit("Bo", "2026-11-19T00:00:00Z");
    shop.commit("Ana", "2026-11-21T01:00:00+02:00");
    shop.commit("Ana", "2026-11-21T08:00:00Z");
    let counted = shop.run(json!({})).await.expect("counted");
    assert_eq!(
        counted,
        json!({
            "commits": 3, "today": 1, "authors": 2, "by_author": {"Ana": 2, "Bo": 1},
            "by_day": [{"day": "2026-11-19", "commits": 1}, {"day": "2026-11-20", "commits": 1},
                {"day": "2026-11-21", "commits": 1}],
        })
    );
    // The mirror follows, also where history was rewritten, and other branches.
    shop.commit("Ana", "2026-11-21T09:00:00Z");
    assert_eq!(shop.run(json!({})).await.expect("counted")["today"], 2);
    shop.git(&["reset", "--quiet", "--hard", "HEAD~2"], None);
    assert_eq!(shop.run(json!({})).await.expect("counted")["today"], 0);
    shop.git(&["switch", "--quiet", "-c", "feature/x"], None);
    shop.commit("Zoë Ünal", "2026-11-21T10:00:00Z");
    shop.git(&["switch", "--quiet", "main"], None);
    let other = shop.run(json!({"branch": "feature/x", "days": 1})).await.expect("counted");
    assert_eq!((&other["by_author"], &other["commits"]), (&json!({"Zoë Ünal": 1}), &json!(1)));
    assert_eq!(shop.run(json!({"days": 1})).await.expect("counted")["commits"], 0);
}

#[tokio::test]
async fn what_cannot_be_read_is_told() {
    let shop = Shop::new();
    let empty = shop.run(json!({})).await.expect_err("no commits");
    assert_eq!((empty.code, empty.message.as_str()), ("no_branch", "The repository has no commits yet."));
    shop.commit("Ana", NOW);
    std::fs::create_dir(shop.home.path().join("bare")).expect("a directory");
    let below = |name: &str| format!("{}/{name}", shop.path());
    for (config, code, field) in [
        (json!({"branch": "gone"}), "no_branch", "branch"),
        (json!({"branch": "--upload-pack=x"}), "no_branch", "branch"),
        (json!({"repository": below("gone")}), "not_allowed", "repository"),
        (json!({"repository": below("bare")}), "no_repository", "repository"),
        (json!({"repository": "/etc"}), "not_allowed", "repository"),
    ] {
        let error = shop.run(config.clone()).await.expect_err("refused");
        assert_eq!((error.code, error.field.as_deref()), (code, Some(field)), "{config}: {}", error.message);
        assert!(!error.message.contains(&shop.path()), "{}", error.message);
    }
}

#[tokio::test]
async fn nothing_of_the_repository_is_run() {
    let shop = Shop::new();
    shop.commit("Ana", NOW);
    let mark = shop.home.path().join("ran");
    let touch = format!("touch {}", mark.display());
    let hooks = shop.home.path().join(".git/hooks");
    std::fs::create_dir_all(&hooks).expect("a directory");
    for hook in ["post-checkout", "pre-auto-gc", "reference-transaction", "post-index-change"] {
        executable(&hooks.join(hook), &touch);
    }
    let evil = shop.home.path().join("evil");
    executable(&evil, &touch);
    let evil = evil.display().to_string();
    for setting in [
        "uploadpack.packObjectsHook",
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "gpg.program",
        "core.alternateRefsCommand",
    ] {
        shop.git(&["config", setting, &evil], None);
    }
    shop.git(&["config", "log.showSignature", "true"], None);
    let _ = std::fs::remove_file(&mark);
    assert_eq!(shop.run(json!({})).await.expect("counted")["commits"], 1);
    assert!(!mark.exists(), "something of the repository was run");
}

fn executable(path: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, format!("#!/bin/sh\n{script}\n")).expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("marked");
}

#[test]
fn names_of_branches_are_plain() {
    for name in ["", "main", "feature/x-1", "v1.2", "größe", "a_b+c#d"] {
        assert!(is_branch(name), "{name}");
    }
    for name in [
        "-x", "a b", "a:b", "+a:b\n", "a..b", "/a", "a/", "a~1", "a^", "a@{1}", "*", "a.lock", ".a", "a\\b",
        "?",
    ] {
        assert!(!is_branch(name), "{name}");
    }
}

#[test]
fn clocks_and_names_that_are_odd_are_counted_all_the_same() {
    let now: DateTime<Utc> = NOW.parse().expect("a time");
    let log = format!(
        "{} Ana\n{} \nrubbish\n1 Old\n{} A\u{7}B\n",
        now.timestamp() + 90_000,
        now.timestamp(),
        now.timestamp()
    );
    let counted = counted(&log, now.date_naive(), now);
    assert_eq!(counted["by_author"], json!({"Ana": 1, "?": 1, "AB": 1}));
    assert_eq!((&counted["today"], &counted["commits"]), (&json!(3), &json!(3)));
    let many: String = (0..30).map(|n| format!("{} author {n}\n", now.timestamp())).collect();
    let counted = super::counted(&many, now.date_naive(), now);
    assert_eq!(counted["authors"], 30);
    assert_eq!(counted["by_author"].as_object().map(Map::len), Some(MAX_AUTHORS));
}

/// A server that speaks git's smart protocol over a repository, or answers everything with one status.
async fn serving(
    repository: std::path::PathBuf,
    status: Option<&'static str>,
) -> (String, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/shop.git", listener.local_addr().expect("an address"));
    let serving = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (head, body) = request(&mut stream).await;
            let answer = match status {
                Some(status) => {
                    format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                        .into_bytes()
                }
                None => answer(&repository, &head, body).await,
            };
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
        }
    });
    (url, serving)
}

async fn request(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let mut read = Vec::new();
    let end = loop {
        if let Some(at) = read.windows(4).position(|part| part == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
            return (String::new(), Vec::new());
        }
    };
    let mut body = read.split_off(end);
    let head = String::from_utf8_lossy(&read).to_ascii_lowercase();
    let length =
        head.split_once("content-length: ").and_then(|(_, rest)| rest.split("\r\n").next()?.parse().ok());
    while body.len() < length.unwrap_or(0) && stream.read_buf(&mut body).await.unwrap_or(0) > 0 {}
    (head, body)
}

async fn answer(repository: &Path, head: &str, body: Vec<u8>) -> Vec<u8> {
    let is_first = head.starts_with("get /shop.git/info/refs?service=git-upload-pack");
    let mut git = tokio::process::Command::new("git");
    git.args(["upload-pack", "--stateless-rpc"]).args(is_first.then_some("--advertise-refs")).arg(repository);
    // As servers have it that know partial clones.
    git.env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "uploadpack.allowFilter")
        .env("GIT_CONFIG_VALUE_0", "true");
    git.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut git = git.spawn().expect("git runs");
    git.stdin.take().expect("an input").write_all(&body).await.expect("written");
    let said = git.wait_with_output().await.expect("git ends").stdout;
    let (kind, prefix) = match is_first {
        true => ("advertisement", "001e# service=git-upload-pack\n0000"),
        false => ("result", ""),
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-{kind}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{prefix}",
        prefix.len() + said.len()
    );
    [head.into_bytes(), said].concat()
}

#[tokio::test]
async fn a_repository_is_read_by_http() {
    let mut shop = Shop::new();
    for day in ["19", "20", "21"] {
        shop.commit("Ana", &format!("2026-11-{day}T08:00:00Z"));
    }
    let (url, server) = serving(shop.home.path().to_owned(), None).await;
    let list = url.clone();
    shop.surroundings = Arc::new(with(|config| config.git_allow = list));
    assert_eq!(shop.run(json!({"repository": url})).await.expect("counted")["by_author"], json!({"Ana": 3}));
    shop.commit("Bo", "2026-11-21T09:00:00Z");
    assert_eq!(shop.run(json!({"repository": url})).await.expect("counted")["commits"], 4);
    let error = shop.run(json!({"repository": url, "branch": "gone"})).await.expect_err("no branch");
    assert_eq!(error.code, "no_branch");
    server.abort();
    let _ = server.await;
    let error = shop.run(json!({"repository": url})).await.expect_err("nobody there");
    assert_eq!(error.code, "unreachable", "{}", error.message);
}

#[tokio::test]
async fn what_a_server_answers_instead_is_told() {
    for (status, code) in [
        (
            "302 Found\r\nLocation: http://127.0.0.1:1/shop.git/info/refs?service=git-upload-pack",
            "redirected",
        ),
        ("401 Unauthorized\r\nWWW-Authenticate: Basic realm=x", "not_public"),
        ("403 Forbidden", "not_public"),
        ("404 Not Found", "no_repository"),
        ("500 Internal Server Error", "unreadable"),
    ] {
        let mut shop = Shop::new();
        let (url, server) = serving(shop.home.path().to_owned(), Some(status)).await;
        let list = url.clone();
        shop.surroundings = Arc::new(with(|config| config.git_allow = list));
        let error = shop.run(json!({"repository": url})).await.expect_err(status);
        assert_eq!(error.code, code, "{status}: {}", error.message);
        assert!(!error.message.contains("127.0.0.1"), "{}", error.message);
        server.abort();
    }
}
