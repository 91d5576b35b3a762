//! Debts that processes share: a time in Redis for each, which comes nearer by itself.

use std::sync::LazyLock;
use std::time::Duration;

use redis::Script;
use tokio::time::timeout;

use super::{PATIENCE, RedisBus};
use crate::bus::BusError;

/// Run as a whole, so that processes that add at once all count.
static ADD: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("debts.lua")));

impl RedisBus {
    /// Adds to debts and returns what each then is, with what every process has added.
    pub async fn add_debts(&self, debts: &[(String, Duration)]) -> Result<Vec<Duration>, BusError> {
        let mut call = ADD.prepare_invoke();
        for (key, more) in debts {
            // The braces keep all of them on one node of a cluster.
            call.key(self.name(&format!("{{debts}}:{key}")));
            call.arg(u64::try_from(more.as_micros()).unwrap_or(u64::MAX));
        }
        let mut connection = self.commands.clone();
        match timeout(PATIENCE, call.invoke_async::<Vec<u64>>(&mut connection)).await {
            Ok(Ok(micros)) => Ok(micros.into_iter().map(Duration::from_micros).collect()),
            Ok(Err(error)) => Err(BusError(error.to_string())),
            Err(_) => Err(BusError("no answer in time".into())),
        }
    }
}
