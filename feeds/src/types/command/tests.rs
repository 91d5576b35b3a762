use std::sync::Arc;
use std::time::Instant;

use tempfile::TempDir;

use super::*;
use crate::surroundings::tests::with;
use crate::{check as checked, find};

/// A directory of commands with one script in it.
struct Commands {
    directory: TempDir,
    surroundings: Arc<Surroundings>,
}

impl Commands {
    fn with_script(script: &str) -> Self {
        let directory = TempDir::new().expect("a directory");
        write(&directory.path().join("probe"), script, 0o755);
        let path = directory.path().to_owned();
        let surroundings = Arc::new(with(|config| config.commands = Some(path)));
        Self { directory, surroundings }
    }

    async fn run(&self, config: Value) -> Result<Vec<Value>, (&'static str, String)> {
        let kind = find("command").expect("the type");
        let mut whole = json!({"command": "probe", "args": [], "interval_sec": 60, "timeout_sec": 10});
        for (name, value) in config.as_object().into_iter().flatten() {
            whole[name] = value.clone();
        }
        let now = "2026-11-21T12:00:00Z".parse().expect("a time");
        let given = Given { config: whole, surroundings: self.surroundings.clone(), now };
        kind.run(given).await.map(|sample| sample.payloads).map_err(|error| (error.code, error.message))
    }
}

fn write(path: &Path, script: &str, mode: u32) {
    std::fs::write(path, format!("#!/bin/sh\n{script}\n")).expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("marked");
}

#[tokio::test]
async fn each_line_is_a_payload() {
    let commands = Commands::with_script(r#"echo '{"a": 1}'; echo; echo "[\"$1\", \"$2\"]"; echo 7"#);
    let ran = commands.run(json!({"args": ["x y", "$(id)"]})).await;
    assert_eq!(ran, Ok(vec![json!({"a": 1}), json!(["x y", "$(id)"]), json!(7)]));
    let whole = Commands::with_script("printf '{\\n  \"a\": [\\n 1]\\n}\\n'");
    assert_eq!(whole.run(json!({})).await, Ok(vec![json!({"a": [1]})]));
}

#[tokio::test]
async fn it_sees_nothing_of_our_environment() {
    let commands = Commands::with_script(
        r#"env | cut -d= -f1 | sort | tr '\n' ' ' | sed 's/.*/"&"/'; printf '\n"%s"' "$PULSEBOARD_TICK""#,
    );
    let ran = commands.run(json!({})).await.expect("ran");
    let names = ran[0].as_str().expect("a text").split_whitespace().collect::<Vec<_>>();
    let allowed = ["LANG", "PATH", "PULSEBOARD_TICK", "PWD", "OLDPWD", "SHLVL", "_"];
    assert!(names.iter().all(|name| allowed.contains(name)), "{names:?}");
    assert_eq!(ran[1], "2026-11-21T12:00:00.000Z");
}

#[tokio::test]
async fn what_goes_wrong_is_told() {
    for (script, code, told) in [
        ("exit 3", "command_failed", "ended with exit status 3. It said nothing."),
        ("echo no such queue >&2; exit 1", "command_failed", "exit status 1. It said: no such queue"),
        ("kill -9 $$", "command_failed", "ended with signal 9."),
        (":", "empty", "printed nothing"),
        (
            "echo '{\"a\": 1}'; echo hello",
            "not_json",
            "Line 2 of what the command printed is not JSON: hello",
        ),
        ("echo NaN", "not_json", "Line 1"),
        ("printf '\"\\377\"'", "wrong_encoding", "not UTF-8"),
        ("seq 101", "payload_count", "more than 100 payloads"),
        ("yes", "too_much_output", "more than 1 MiB"),
        ("yes no >&2 & sleep 0.2; kill $!; exit 2", "command_failed", "It said: no no no"),
    ] {
        let (found, message) = Commands::with_script(script).run(json!({})).await.expect_err(script);
        assert!(found == code && message.contains(told), "{script}: {found} {message}");
        assert!(message.len() < 700, "{script}: {} bytes", message.len());
    }
}

#[tokio::test]
async fn it_ends_with_all_that_it_started() {
    let slow = Commands::with_script("sleep 60 & echo $! > child; sleep 61");
    let begun = Instant::now();
    let (code, message) = slow.run(json!({"timeout_sec": 1})).await.expect_err("too slow");
    assert!(code == "timed_out" && message.contains("1 seconds"), "{message}");
    assert!(begun.elapsed() < Duration::from_secs(20));
    ended(&slow).await;

    // One that is done at once, and leaves somebody behind who holds its output.
    let leaving = Commands::with_script("sleep 60 & echo $! > child; echo 1");
    let begun = Instant::now();
    assert_eq!(leaving.run(json!({})).await, Ok(vec![json!(1)]));
    assert!(begun.elapsed() < Duration::from_secs(5));
    ended(&leaving).await;
}

/// Waits until the process whose number the script wrote is gone.
async fn ended(commands: &Commands) {
    let child = std::fs::read_to_string(commands.directory.path().join("child")).expect("a number");
    let about = PathBuf::from(format!("/proc/{}/stat", child.trim()));
    let is_alive = || std::fs::read_to_string(&about).is_ok_and(|stat| !stat.contains(") Z "));
    let until = Instant::now() + Duration::from_secs(10);
    while is_alive() {
        assert!(Instant::now() < until, "{} is alive", child.trim());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[test]
fn only_executables_of_the_directory_are_run() {
    let outside = TempDir::new().expect("a directory");
    write(&outside.path().join("evil"), "echo 1", 0o755);
    let commands = Commands::with_script("echo 1");
    let here = commands.directory.path();
    write(&here.join("plain"), "echo 1", 0o644);
    write(&here.join(".hidden"), "echo 1", 0o755);
    std::fs::create_dir(here.join("below")).expect("a directory");
    write(&here.join("below/deep"), "echo 1", 0o755);
    std::os::unix::fs::symlink(outside.path().join("evil"), here.join("out")).expect("a link");
    std::os::unix::fs::symlink(here.join("probe"), here.join("alias")).expect("a link");
    let kind = find("command").expect("the type");
    for (name, expected) in [
        ("probe", None),
        ("alias", None),
        ("out", Some("must not lead out of the directory of commands")),
        ("plain", Some("is no executable in the directory of commands; there are alias, out, probe")),
        ("below", Some("is no executable in the directory of commands; there are alias, out, probe")),
        ("gone", Some("is no executable in the directory of commands; there are alias, out, probe")),
        ("below/deep", Some("must be the plain name of a file in the directory of commands")),
        ("../evil", Some("must be the plain name of a file in the directory of commands")),
        ("/bin/sh", Some("must be the plain name of a file in the directory of commands")),
        ("..", Some("must be the plain name of a file in the directory of commands")),
        (".hidden", Some("must be the plain name of a file in the directory of commands")),
    ] {
        let found = checked(kind, &json!({"command": name}), &commands.surroundings);
        let problem = found.err().map(|problems| problems[0].message.clone());
        assert_eq!(problem.as_deref(), expected, "{name}");
    }
}

#[test]
fn without_a_directory_there_are_no_commands() {
    let kind = find("command").expect("the type");
    let reason = with(|_| {}).unavailable(kind);
    assert!(reason.is_some_and(|reason| reason.contains("PULSEBOARD_COMMANDS")));
}
