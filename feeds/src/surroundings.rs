//! What feeds may use of the world around them, as the operator has set it.

use std::path::PathBuf;

use anyhow::{Context, bail};
use pulseboard_core::config::FeedsConfig;
use pulseboard_core::outbound::Guard;
use serde_json::Value;

use crate::types::git_repo::{Allowed, Mirrors};
use crate::types::system_metrics::Meter;
use crate::{FeedType, Way, all, find};

/// Made once per process and shared by all its feeds.
pub struct Surroundings {
    guard: Guard,
    /// None: all.
    types: Option<Vec<String>>,
    least_interval: u32,
    /// The executables of the type `command`.
    pub(crate) commands: Option<PathBuf>,
    /// The repositories of the type `git_repo`.
    pub(crate) repositories: Allowed,
    pub(crate) mirrors: Mirrors,
    /// This machine, measured once for all feeds.
    pub(crate) meter: Meter,
}

impl Surroundings {
    /// Refuses settings that name what there is not.
    pub fn new(config: &FeedsConfig, guard: Guard) -> anyhow::Result<Self> {
        let types: Vec<String> = entries(&config.types).map(str::to_owned).collect();
        if let Some(unknown) = types.iter().find(|name| find(name).is_none()) {
            let known: Vec<&str> = all().iter().map(|kind| kind.name).collect();
            bail!(
                "PULSEBOARD_FEEDS names {unknown}, which is no type of feeds; there are {}",
                known.join(", ")
            );
        }
        let commands = config.commands.as_ref().map(|directory| {
            let found = directory.canonicalize().ok().filter(|found| found.is_dir());
            found.with_context(|| format!("PULSEBOARD_COMMANDS: {} is no directory", directory.display()))
        });
        Ok(Self {
            guard,
            types: Some(types).filter(|types| !types.is_empty()),
            least_interval: config.least_interval.max(1),
            commands: commands.transpose()?,
            repositories: Allowed::read(&config.git_allow)?,
            mirrors: Mirrors::default(),
            meter: Meter::default(),
        })
    }

    /// The way to URLs that people give.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Why a type cannot be used here, for whoever would like to.
    pub fn unavailable(&self, kind: &FeedType) -> Option<String> {
        let is_allowed = self.types.as_ref().is_none_or(|types| types.iter().any(|name| name == kind.name));
        if !is_allowed {
            return Some("Whoever runs PulseBoard has not enabled this type (PULSEBOARD_FEEDS).".to_owned());
        }
        (kind.needs)(self)
    }

    /// The schema of a type's configuration with the interval that is allowed here.
    pub fn schema(&self, kind: &FeedType) -> Value {
        let mut schema = (kind.schema)();
        if kind.way == Way::Polls {
            let interval = &mut schema["properties"]["interval_sec"];
            let least = u64::from(self.least_interval).max(interval["minimum"].as_u64().unwrap_or(1));
            interval["minimum"] = least.into();
            interval["default"] = least.max(interval["default"].as_u64().unwrap_or(least)).into();
        }
        schema
    }
}

/// The parts of a list that is written with commas.
pub(crate) fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}

#[cfg(test)]
pub(crate) mod tests {
    use pulseboard_core::config::OutboundConfig;

    use super::*;

    /// Surroundings in which loopback may be asked, and everything else is as the operator says.
    pub fn with(change: impl FnOnce(&mut FeedsConfig)) -> Surroundings {
        try_with(change).expect("surroundings")
    }

    pub fn surroundings() -> Surroundings {
        with(|_| {})
    }

    fn try_with(change: impl FnOnce(&mut FeedsConfig)) -> anyhow::Result<Surroundings> {
        let allow = OutboundConfig { allow: "127.0.0.1".parse().expect("an address") };
        let mut config = FeedsConfig { least_interval: 1, ..FeedsConfig::default() };
        change(&mut config);
        Surroundings::new(&config, Guard::new(&allow).expect("a guard"))
    }

    #[test]
    fn a_type_that_there_is_not_is_refused() {
        let error = try_with(|config| config.types = "demo,http".to_owned()).err().expect("an error");
        assert!(error.to_string().starts_with("PULSEBOARD_FEEDS names http, which is no type"), "{error}");
    }

    #[test]
    fn the_shortest_interval_is_the_operators() {
        let slow = with(|config| config.least_interval = 30);
        let schema = slow.schema(find("demo").expect("the type"));
        assert_eq!(schema["properties"]["interval_sec"]["minimum"], 30);
        assert_eq!(schema["properties"]["interval_sec"]["default"], 30);
        let schema = slow.schema(find("http_json").expect("the type"));
        assert_eq!(schema["properties"]["interval_sec"]["default"], 60);
    }
}
