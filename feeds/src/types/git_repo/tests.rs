use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

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
