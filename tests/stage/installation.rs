//! An installation of several processes: a Postgres of the scenario's own, a Redis perhaps, apis, workers.

use std::time::Duration;

use diesel_async::{AsyncConnection, AsyncPgConnection};
use pulseboard_core::embedded_postgres::{EmbeddedPostgres, Settings};

use super::account::Addresses;
use super::place::Place;
use super::process::{Process, command};
use super::redis::Redis;

/// Ends with its owner: the processes first, then the database, then the directory.
pub struct Installation {
    pub apis: Vec<Process>,
    pub redis: Option<Redis>,
    postgres: Option<EmbeddedPostgres>,
    pub url: String,
    pub place: Place,
}

impl Installation {
    /// A migrated database and nothing on it yet.
    pub async fn start(name: &str, redis: Option<Redis>) -> Self {
        let place = Place::new(name);
        let postgres = start_postgres(&place).await;
        let url = postgres.url();
        let migrated = command(&place.data()).arg("migrate").env("DATABASE_URL", &url).output().await;
        let migrated = migrated.expect("the binary runs");
        assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
        Self { apis: Vec::new(), redis, postgres: Some(postgres), url, place }
    }

    pub async fn with_apis(mut self, count: usize) -> Self {
        for _ in 0..count {
            let api = self.process("api").await;
            self.apis.push(api);
        }
        self
    }

    /// One more process.
    pub async fn process(&self, subcommand: &str) -> Process {
        let redis = self.redis.as_ref().map(Redis::url).unwrap_or_default();
        let variables = [
            ("DATABASE_URL", self.url.as_str()),
            ("REDIS_URL", redis.as_str()),
            ("PULSEBOARD_SECRET", "the same for every process 0123456789"),
            // What feeds ask is on this machine.
            ("PULSEBOARD_OUTBOUND_ALLOW", "127.0.0.1/32"),
        ];
        Process::start(&self.place, subcommand, &variables).await
    }

    pub fn addresses(&self) -> Addresses {
        Addresses::new(self.bases())
    }

    pub fn bases(&self) -> Vec<String> {
        self.apis.iter().map(|api| api.base.clone()).collect()
    }

    pub fn pids(&self) -> Vec<u32> {
        self.apis.iter().map(Process::pid).collect()
    }

    /// Stops the database in order, waits, and starts it again.
    pub async fn without_postgres(&mut self, time: Duration) {
        if let Some(postgres) = self.postgres.take() {
            postgres.stop().await.expect("stops");
        }
        tokio::time::sleep(time).await;
        self.postgres = Some(start_postgres(&self.place).await);
    }

    /// A connection past the product.
    pub async fn database(&self) -> AsyncPgConnection {
        AsyncPgConnection::establish(&self.url).await.expect("connects")
    }
}

async fn start_postgres(place: &Place) -> EmbeddedPostgres {
    EmbeddedPostgres::start(&place.data(), Settings::default()).await.expect("a private Postgres starts")
}
