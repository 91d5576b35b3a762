//! Commits per day and author, from a repository that the operator allows.
//!
//! A private bare mirror is kept for each repository, of commits only, and asked by the git program. Nothing
//! that lies in a repository is run: there are no hooks, no checkouts, no submodules, no settings but ours.

mod allowed;
mod mirror;

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub(crate) use self::allowed::Allowed;
pub(crate) use self::mirror::Mirrors;
use super::{interval, read};
use crate::{ConfigProblem, FeedError, FeedType, Given, Sample, Surroundings, Way};

/// Authors that are named; the others are counted.
const MAX_AUTHORS: usize = 20;

pub(super) const TYPE: FeedType = FeedType {
    name: "git_repo",
    title: "Git repository",
    description: "Counts the commits of a repository per day and author.",
    way: Way::Polls,
    schema,
    example: || json!({"repository": "https://git.example.com/shop.git", "days": 14, "interval_sec": 300}),
    payload: || {
        json!({
            "commits": 7, "today": 2, "authors": 2, "by_author": {"Ana": 5, "Bo": 2},
            "by_day": [{"day": "2026-11-20", "commits": 5}, {"day": "2026-11-21", "commits": 2}],
        })
    },
    time: Duration::from_secs(120),
    needs: |surroundings| {
        if surroundings.repositories.is_empty() {
            Some("Whoever runs PulseBoard has allowed no repository (PULSEBOARD_GIT_ALLOW).".to_owned())
        } else if !mirror::has_git() {
            Some("The program git is not installed where PulseBoard runs.".to_owned())
        } else {
            None
        }
    },
    also: check,
    sample: |given| Box::pin(sample(given)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    repository: String,
    branch: String,
    days: u32,
    #[serde(rename = "interval_sec")]
    _interval: u64,
}

fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["repository"],
        "additionalProperties": false,
        "properties": {
            "repository": {
                "type": "string", "title": "Repository", "minLength": 1, "maxLength": 500,
                "description": "A URL (https) or the directory of a repository, among those that whoever runs \
                    PulseBoard has allowed. It is read without credentials.",
                "examples": ["https://git.example.com/shop.git", "/srv/git/shop.git"],
            },
            "branch": {
                "type": "string", "title": "Branch", "maxLength": 200, "default": "", "examples": ["main"],
                "description": "Empty for the one that the repository points at.",
            },
            "days": {
                "type": "integer", "title": "Days", "minimum": 1, "maximum": 90, "default": 30, "examples": [14],
                "description": "How many days are counted, with today, by UTC.",
            },
            "interval_sec": interval(10, 300),
        },
    })
}

fn check(config: &Value, surroundings: &Surroundings) -> Vec<ConfigProblem> {
    let text = |name: &str| config[name].as_str().unwrap_or_default();
    let repository = surroundings.repositories.check(text("repository")).err();
    let repository = repository.map(|problem| ConfigProblem::new("repository", problem));
    let branch =
        (!is_branch(text("branch"))).then(|| ConfigProblem::new("branch", "must be the name of a branch"));
    repository.into_iter().chain(branch).collect()
}

/// Names that git would take, and a few less: nothing that has a meaning in a refspec or on a command line.
fn is_branch(name: &str) -> bool {
    let is_sign = |sign: char| sign.is_alphanumeric() || matches!(sign, '-' | '_' | '.' | '/' | '+' | '#');
    name.chars().all(is_sign)
        && !name.starts_with(['-', '/', '.'])
        && !name.ends_with(['/', '.'])
        && !["..", "//", "/.", ".lock"].iter().any(|part| name.contains(part))
}

async fn sample(given: Given) -> Result<Sample, FeedError> {
    let config: Config = read(given.config)?;
    let repository = given.surroundings.repositories.find(&config.repository);
    let repository = repository.map_err(|problem| {
        FeedError::new("not_allowed", format!("The repository {problem}.")).of("repository")
    })?;
    if !is_branch(&config.branch) {
        return Err(FeedError::new("no_branch", "This is not the name of a branch.").of("branch"));
    }
    let first = given.now.date_naive() - TimeDelta::days(i64::from(config.days) - 1);
    let since = first.and_time(chrono::NaiveTime::MIN).and_utc();
    let log = given.surroundings.mirrors.log(&repository, &config.branch, since).await?;
    Ok(Sample::one(counted(&log, first, given.now)))
}

/// Counts lines of `<committer's time in seconds> <author>`.
fn counted(log: &str, first: NaiveDate, now: DateTime<Utc>) -> Value {
    let today = now.date_naive();
    let mut by_day: BTreeMap<NaiveDate, u64> =
        first.iter_days().take_while(|day| *day <= today).map(|day| (day, 0)).collect();
    let mut by_author = BTreeMap::<&str, u64>::new();
    let commits = log.lines().filter_map(|line| {
        let (seconds, author) = line.split_once(' ')?;
        Some((DateTime::from_timestamp(seconds.parse().ok()?, 0)?.date_naive(), author.trim()))
    });
    for (day, author) in commits {
        // Clocks that go wrong make commits of tomorrow.
        let Some(count) = by_day.get_mut(&day.min(today)) else { continue };
        *count += 1;
        *by_author.entry(if author.is_empty() { "?" } else { author }).or_default() += 1;
    }
    let mut authors: Vec<(&str, u64)> = by_author.iter().map(|(author, count)| (*author, *count)).collect();
    authors.sort_by_key(|(author, count)| (std::cmp::Reverse(*count), *author));
    let named = authors.iter().take(MAX_AUTHORS);
    let named: Map<String, Value> =
        named.map(|(author, count)| (shortened(author), Value::from(*count))).collect();
    let days = by_day.iter().map(|(day, count)| json!({"day": day.to_string(), "commits": count}));
    json!({
        "commits": by_day.values().sum::<u64>(),
        "today": by_day.get(&today),
        "authors": authors.len(),
        "by_author": named,
        "by_day": days.collect::<Vec<_>>(),
    })
}

fn shortened(author: &str) -> String {
    author.chars().filter(|sign| !sign.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests;
