//! The plugin door: an executable of the operator's that prints JSON, a payload per line.
//!
//! Off unless the operator names a directory. What lies in it can be run by whoever may edit feeds, with any
//! arguments: as the user that the worker runs as, with nothing of its environment.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::SecondsFormat;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{interval, read};
use crate::program::{self, Failure};
use crate::{ConfigProblem, FeedError, FeedType, Given, MAX_PAYLOADS, Sample, Surroundings, Way};

/// Most bytes that a command may print.
const MAX_OUTPUT: usize = 1024 * 1024;
/// How much of what it complains of is shown.
const MAX_SHOWN: usize = 500;
/// Names that are told when there is none of the one that was asked for.
const TOLD: usize = 20;

pub(super) const TYPE: FeedType = FeedType {
    name: "command",
    title: "Command",
    description: "Runs a program that whoever runs PulseBoard has put in place; it prints JSON, a payload per line.",
    way: Way::Polls,
    schema,
    example: || json!({"command": "queue-length", "args": ["--queue", "mail"], "interval_sec": 60}),
    payload: || json!({"queue": "mail", "waiting": 12}),
    time: Duration::from_secs(65),
    needs: |surroundings| {
        surroundings.commands.is_none().then(|| {
            "Whoever runs PulseBoard has named no directory of commands (PULSEBOARD_COMMANDS).".to_owned()
        })
    },
    also: check,
    sample: |given| Box::pin(sample(given)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    command: String,
    args: Vec<String>,
    timeout_sec: u64,
    #[serde(rename = "interval_sec")]
    _interval: u64,
}

fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["command"],
        "additionalProperties": false,
        "properties": {
            "command": {
                "type": "string", "title": "Command", "minLength": 1, "maxLength": 100,
                "description": "The name of an executable in the directory of commands.",
                "examples": ["queue-length"],
            },
            "args": {
                "type": "array", "title": "Arguments", "maxItems": 20,
                "description": "Given to it as they are, one by one; there is no shell in between.",
                "items": {"type": "string", "maxLength": 1000}, "default": [], "examples": [["--queue", "mail"]],
            },
            "interval_sec": interval(1, 60),
            "timeout_sec": {
                "type": "integer", "title": "Time limit (s)", "minimum": 1, "maximum": 60, "default": 10,
                "examples": [10],
                "description": "Then it is ended, with everything it has started.",
            },
        },
    })
}

fn check(config: &Value, surroundings: &Surroundings) -> Vec<ConfigProblem> {
    let name = config["command"].as_str().unwrap_or_default();
    // Without a directory the type is unavailable, which is told elsewhere.
    let found = surroundings.commands.as_ref().map(|directory| executable(directory, name));
    match found {
        Some(Err(problem)) => vec![ConfigProblem::new("command", problem)],
        _ => Vec::new(),
    }
}

/// The executable of this name, or why there is none.
fn executable(directory: &Path, name: &str) -> Result<PathBuf, String> {
    let is_plain = !name.starts_with('.') && !name.contains(['/', '\0']);
    if !is_plain {
        return Err("must be the plain name of a file in the directory of commands".to_owned());
    }
    let found = directory.join(name).canonicalize().ok().filter(|path| is_executable(path));
    let found = found.ok_or_else(|| match names(directory).join(", ") {
        none if none.is_empty() => "is not there: the directory of commands has no executable".to_owned(),
        names => format!("is no executable in the directory of commands; there are {names}"),
    })?;
    // What a link leads to outside was perhaps not meant to be run by strangers.
    if found.starts_with(directory) {
        Ok(found)
    } else {
        Err("must not lead out of the directory of commands".to_owned())
    }
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| is_executable(&entry.path()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names.truncate(TOLD);
    names
}

async fn sample(given: Given) -> Result<Sample, FeedError> {
    let config: Config = read(given.config)?;
    let Some(directory) = &given.surroundings.commands else {
        return Err(FeedError::new("unavailable", "There is no directory of commands."));
    };
    let path = executable(directory, &config.command).map_err(|problem| {
        FeedError::new("no_command", format!("`{}` {problem}.", config.command)).of("command")
    })?;
    let mut command = program::command(path);
    command
        .args(&config.args)
        .current_dir(directory)
        .env("LANG", "C.UTF-8")
        .env("PULSEBOARD_TICK", given.now.to_rfc3339_opts(SecondsFormat::Millis, true));
    let limit = Duration::from_secs(config.timeout_sec);
    let Ok(ran) = tokio::time::timeout(limit, program::run(command, MAX_OUTPUT)).await else {
        let message = format!("The command took longer than {} seconds and was ended.", config.timeout_sec);
        return Err(FeedError::new("timed_out", message));
    };
    let outcome = ran.map_err(|failure| told(&failure))?;
    if !outcome.is_success {
        let complaint = shortened(&outcome.complaint);
        let said = if complaint.is_empty() {
            "It said nothing.".to_owned()
        } else {
            format!("It said: {complaint}")
        };
        return Err(FeedError::new(
            "command_failed",
            format!("The command ended with {}. {said}", outcome.ending),
        ));
    }
    payloads(&outcome.output).map(|payloads| Sample { payloads, raw: None })
}

fn told(failure: &Failure) -> FeedError {
    match failure {
        Failure::NotStarted(error) => {
            tracing::debug!(%error, "a command could not be started");
            let message = "The command cannot be started. Is it a program of this machine, or a script whose first \
                line names its interpreter (#!/bin/sh)?";
            FeedError::new("not_started", message).of("command")
        }
        Failure::TooMuch => {
            FeedError::new("too_much_output", "The command printed more than 1 MiB and was ended.")
        }
        Failure::Lost => FeedError::new("output_lost", "The command's output broke off."),
    }
}

/// A payload per line; or the whole output as one, for those who print JSON over several lines.
fn payloads(output: &[u8]) -> Result<Vec<Value>, FeedError> {
    let Ok(text) = std::str::from_utf8(output) else {
        return Err(FeedError::new("wrong_encoding", "The command printed something that is not UTF-8."));
    };
    let lines: Vec<(usize, &str)> =
        (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).collect();
    if lines.is_empty() {
        return Err(FeedError::new("empty", "The command printed nothing. Print JSON, a payload per line."));
    }
    let mut payloads = Vec::new();
    for (number, line) in lines {
        if payloads.len() == MAX_PAYLOADS {
            let message = format!("The command printed more than {MAX_PAYLOADS} payloads.");
            return Err(FeedError::new("payload_count", message));
        }
        match serde_json::from_str::<Value>(line) {
            Ok(payload) => payloads.push(payload),
            Err(_) => {
                return serde_json::from_str(text).map(|whole| vec![whole]).map_err(|_| {
                    let message =
                        format!("Line {number} of what the command printed is not JSON: {}", shortened(line));
                    FeedError::new("not_json", message)
                });
            }
        }
    }
    Ok(payloads)
}

/// What a program said, on one line and not too long.
fn shortened(text: &str) -> String {
    let words =
        text.split(|sign: char| sign.is_whitespace() || sign.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests;
