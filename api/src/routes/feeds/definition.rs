//! What people say of a feed, judged by its type and made ready to be stored.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use pulseboard_core::audit::{Actor, Details};
use pulseboard_core::db::Conn;
use pulseboard_core::feeds::secrets::FeedSecrets;
use pulseboard_core::feeds::{self, Definition, Feed, FeedState};
use pulseboard_core::ids::{FeedId, OrgId};
use pulseboard_core::ingest::MAX_DEPTH;
use pulseboard_core::{json, secrets};
use pulseboard_feeds::{ConfigProblem, FeedType, check, find, split_secrets, unmasked};
use serde_json::Value;

use super::FeedPatch;
use crate::body;
use crate::error::{ApiError, Code};
use crate::state::State;

/// A config that its type takes, with its secret values apart.
pub struct Built {
    pub config: Value,
    pub secrets: FeedSecrets,
    interval_sec: Option<i32>,
    /// As it is run: with secrets in clear.
    pub whole: Value,
}

/// The type of this name, if it may be used here.
pub fn kind(app: &State, name: &str) -> Result<&'static FeedType, ApiError> {
    let kind = find(name).ok_or_else(|| {
        let known: Vec<&str> = pulseboard_feeds::all().iter().map(|kind| kind.name).collect();
        ApiError::field("type", format!("must be one of {}", known.join(", ")))
    })?;
    match app.feeds.surroundings.unavailable(kind) {
        None => Ok(kind),
        Some(reason) => Err(ApiError {
            fields: [("type".into(), reason.clone())].into(),
            ..ApiError::new(Code::InvalidField, reason)
        }),
    }
}

impl Built {
    /// Judges a config as it was sent; `saved` is what is stored of it, for the secrets that were not sent
    /// again.
    pub fn new(
        app: &State,
        kind: &FeedType,
        config: Value,
        saved: Option<(&Value, &FeedSecrets)>,
    ) -> Result<Self, ApiError> {
        if let Err(unfit) = json::check(&config.to_string(), MAX_DEPTH) {
            return Err(ApiError::field("config", unfit.to_string()));
        }
        let stored = saved.map(|(config, secrets)| (config, &secrets.config));
        let config = unmasked(kind, config, stored).map_err(problems)?;
        let checked = check(kind, &config, &app.feeds.surroundings).map_err(problems)?;
        let (public, secret) = split_secrets(kind, checked.config.clone());
        Ok(Self {
            config: public,
            secrets: FeedSecrets {
                config: secret,
                hook_key: saved.and_then(|(_, secrets)| secrets.hook_key.clone()),
            },
            interval_sec: checked.interval.and_then(|interval| i32::try_from(interval.as_secs()).ok()),
            whole: checked.config,
        })
    }

    /// Ready to be stored, the secrets sealed.
    pub fn seal<'a>(
        &'a self,
        app: &State,
        org: OrgId,
        id: FeedId,
        name: &'a str,
        enabled: bool,
    ) -> Definition<'a> {
        Definition {
            name,
            config: &self.config,
            secrets: self.secrets.seal(&app.feeds.secret_box, org, id),
            hook_hash: self.secrets.hook_key.as_ref().map(|key| secrets::hash_token(key).to_vec()),
            enabled,
            interval_sec: self.interval_sec,
        }
    }
}

/// Everything that is wrong, by field of the request.
fn problems(problems: Vec<ConfigProblem>) -> ApiError {
    let field = |problem: &ConfigProblem| match problem.field.as_str() {
        "" => "config".to_owned(),
        field if field.starts_with('[') => format!("config{field}"),
        field => format!("config.{field}"),
    };
    let fields: BTreeMap<_, _> =
        problems.iter().map(|problem| (field(problem).into(), problem.message.clone())).collect();
    let message = problems.first().map(|problem| format!("\"{}\" {}.", field(problem), problem.message));
    ApiError { fields, ..ApiError::new(Code::InvalidField, message.unwrap_or_default()) }
}

/// Gives a feed, which is locked, what has been sent of its new definition.
pub async fn apply(
    app: &State,
    conn: &mut Conn,
    by: &Actor,
    before: &Feed,
    patch: &FeedPatch,
    now: DateTime<Utc>,
) -> Result<(Feed, FeedState), ApiError> {
    let name = match &patch.name {
        Some(name) => body::name("name", name, feeds::NAME_MAX)?,
        None => before.name.clone(),
    };
    let enabled = patch.enabled.unwrap_or(before.enabled);
    let hook_hash = feeds::hooks::get_hash(conn, before.org_id, before.id).await?;
    let Some(config) = &patch.config else {
        // The secrets stay as they are, even if they can't be read.
        let new = Definition {
            name: &name,
            config: &before.config,
            secrets: before.secrets.clone(),
            hook_hash,
            enabled,
            interval_sec: before.interval_sec,
        };
        return Ok(feeds::update(conn, by, before, new, Details::default(), now).await?);
    };
    let kind = kind(app, &before.kind)?;
    let opened =
        FeedSecrets::open(before.secrets.as_deref(), &app.feeds.secret_box, before.org_id, before.id);
    let saved = opened.unwrap_or_default();
    let built = Built::new(app, kind, config.clone(), Some((&before.config, &saved)))?;
    let changed = changed_settings(&before.config, &saved, &built);
    let details = match changed.is_empty() {
        true => Details::default(),
        false => Details::default().with("settings", changed),
    };
    let new = Definition { hook_hash, ..built.seal(app, before.org_id, before.id, &name, enabled) };
    Ok(feeds::update(conn, by, before, new, details, now).await?)
}

/// The names of the settings that differ. Values stay out of the log: among them are secrets.
fn changed_settings(before: &Value, saved: &FeedSecrets, built: &Built) -> Vec<String> {
    let before = pulseboard_feeds::with_secrets(before.clone(), &saved.config);
    let names = |config: &Value| -> Vec<String> {
        config.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
    };
    let mut all = names(&before);
    all.extend(names(&built.whole));
    all.sort();
    all.dedup();
    all.retain(|name| before.get(name) != built.whole.get(name));
    all
}

/// Refuses a feed that nobody asks.
pub fn require_pollable(feed: &Feed) -> Result<(), ApiError> {
    if feed.interval_sec.is_none() {
        return Err(ApiError::new(Code::Conflict, "This feed receives: it is not asked."));
    }
    if !feed.enabled {
        return Err(ApiError::new(Code::Conflict, "This feed is disabled: enable it first."));
    }
    Ok(())
}
