//! The product, what it stands on and what it is held against, and a round of ingest on them.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use pulseboard_core::embedded_postgres::EmbeddedPostgres;

use crate::account::Account;
use crate::limits::{self, Run};
use crate::load::{Load, Measured};
use crate::options::Options;
use crate::processes::{Meter, Redis, Server};
use crate::report::Report;
use crate::say;

const PROJECTS: usize = 8;
const BATCH: usize = 100;
const BATCHES_IN_FLIGHT: usize = 32;

/// Everything that takes part.
pub struct Stage {
    url: String,
    redis: Option<Redis>,
    product: Server,
    noop: Server,
    account: Account,
    /// Events that the product has acknowledged so far.
    acknowledged: u64,
    postgres_pid: u32,
    /// Runs so far; each takes ids of its own.
    runs: u64,
}

impl Stage {
    pub async fn set(programs: &Path, directory: &Path, postgres: &EmbeddedPostgres) -> anyhow::Result<Self> {
        let url = postgres.url();
        let redis = Redis::start(directory).await?;
        if redis.is_none() {
            say("redis-server is not installed: the product publishes within its process");
        }
        let data = directory.join("product");
        let data = data.to_str().context("a path that is text")?;
        let mut variables = vec![
            ("PULSEBOARD_DATA", data),
            ("PULSEBOARD_LISTEN", "127.0.0.1:0"),
            ("DATABASE_URL", &url),
            // One sender is to have the whole machine.
            ("PULSEBOARD_KEY_RATE", "0"),
            ("PULSEBOARD_PROJECT_RATE", "0"),
            ("PULSEBOARD_DAILY_EVENTS", "0"),
        ];
        if let Some(redis) = &redis {
            variables.push(("REDIS_URL", &redis.url));
        }
        let product = Server::start(&programs.join("pulseboard"), &["up"], &variables, directory).await?;
        let noop: PathBuf = programs.join("examples").join("noop");
        if !noop.exists() {
            bail!("build it first: cargo build --release --examples -p pulseboard-api");
        }
        let noop = Server::start(&noop, &[], &[], directory).await?;
        let account = Account::create(product.address, PROJECTS).await?;
        let postgres_pid = postgres.pid();
        Ok(Self { url, redis, product, noop, account, acknowledged: 0, postgres_pid, runs: 0 })
    }

    /// Measures everything once: each limit next to what it limits.
    pub async fn round(&mut self, options: &Options, round: u64, report: &mut Report) -> anyhow::Result<()> {
        say(&format!("round {round} of {}", options.rounds()));
        limits::prepare(&self.url).await?;
        let meter = self.meter();

        let run = self.run(options);
        let commits = limits::commits(&self.url, run, &meter).await?;
        report.add("commit_p50", commits.percentile(50.0));
        let client = self.product_load(options, 1, 1).await?;
        report.add("client_p50", client.percentile(50.0));
        report.add("client_p99", client.percentile(99.0));
        report.relate("goal4", "client_p50", "commit_p50", |of, to| of - to);

        let noop = self.noop_load(options, 256).await?;
        report.add("noop256_rate", noop.rate());
        report.add("noop256_cpu", noop.micros(noop.used.server));
        let single = self.product_load(options, 256, 1).await?;
        add(report, Names::SINGLE_256, &single);
        report.relate("goal1_256", "single256_rate", "noop256_rate", |of, to| of / to);
        let run = self.run(options);
        let one = limits::one_by_one(&self.url, run, &meter).await?;
        report.add("one_rate", one.rate());
        report.add("one_cpu", one.micros(one.used.postgres));
        report.relate("goal1_one", "single256_rate", "one_rate", |of, to| of / to);

        let noop = self.noop_load(options, 1000).await?;
        report.add("noop1000_rate", noop.rate());
        let many = self.product_load(options, 1000, 1).await?;
        add(report, Names::SINGLE_1000, &many);
        report.relate("goal1_1000", "single1000_rate", "noop1000_rate", |of, to| of / to);

        let run = self.run(options);
        let bulk = limits::bulk(&self.url, run, &meter).await?;
        report.add("bulk_rate", bulk.rate());
        report.add("bulk_cpu", bulk.micros(bulk.used.postgres));
        let batches = self.product_load(options, BATCHES_IN_FLIGHT, BATCH).await?;
        add(report, Names::BATCH, &batches);
        report.relate("goal2", "batch_rate", "bulk_rate", |of, to| of / to);

        self.nothing_lost().await
    }

    /// Compares what was acknowledged with the rows and with what the rollups count.
    async fn nothing_lost(&mut self) -> anyhow::Result<()> {
        let client = limits::connect(&self.url).await?;
        let rows: i64 = client.query_one("select count(*) from events", &[]).await?.get(0);
        let counted = self.account.counted().await?;
        if rows != i64::try_from(self.acknowledged)? || counted != self.acknowledged {
            bail!("acknowledged {}, stored {rows}, counted {counted}", self.acknowledged);
        }
        say(&format!("  {rows} events acknowledged, as many stored, as many counted"));
        Ok(())
    }

    fn meter(&self) -> Meter {
        Meter {
            server: self.product.pid(),
            postgres: Some(self.postgres_pid),
            redis: self.redis.as_ref().and_then(Redis::pid),
        }
    }

    fn run(&mut self, options: &Options) -> Run {
        self.runs += 1;
        Run { warm_up: options.warm_up(), measured: options.measured(), seed: self.runs }
    }

    async fn product_load(
        &mut self,
        options: &Options,
        in_flight: usize,
        events: usize,
    ) -> anyhow::Result<Measured> {
        let load = self.load(options, self.product.address, in_flight, events);
        let measured = load.run(&self.meter()).await?;
        self.acknowledged += measured.acknowledged;
        Ok(measured)
    }

    async fn noop_load(&mut self, options: &Options, in_flight: usize) -> anyhow::Result<Measured> {
        let meter = Meter { server: self.noop.pid(), ..Meter::default() };
        self.load(options, self.noop.address, in_flight, 1).run(&meter).await
    }

    fn load(
        &mut self,
        options: &Options,
        address: std::net::SocketAddr,
        in_flight: usize,
        events_per_body: usize,
    ) -> Load {
        let Run { warm_up, measured, seed } = self.run(options);
        Load { address, keys: self.account.keys(), in_flight, events_per_body, warm_up, measured, seed }
    }

    pub async fn clear(self) -> anyhow::Result<()> {
        self.product.stop().await?;
        self.noop.stop().await?;
        if let Some(redis) = self.redis {
            redis.stop().await?;
        }
        Ok(())
    }
}

/// The keys under which one load's figures stand in the report.
struct Names {
    rate: &'static str,
    p50: &'static str,
    p99: &'static str,
    cpu: &'static str,
    server: &'static str,
    postgres: &'static str,
    redis: &'static str,
}

/// Names of one load from their common beginning.
macro_rules! names {
    ($load:literal) => {
        Names {
            rate: concat!($load, "_rate"),
            p50: concat!($load, "_p50"),
            p99: concat!($load, "_p99"),
            cpu: concat!($load, "_cpu"),
            server: concat!($load, "_server"),
            postgres: concat!($load, "_postgres"),
            redis: concat!($load, "_redis"),
        }
    };
}

impl Names {
    const SINGLE_256: Self = names!("single256");
    const SINGLE_1000: Self = names!("single1000");
    const BATCH: Self = names!("batch");
}

fn add(report: &mut Report, names: Names, measured: &Measured) {
    report.add(names.rate, measured.rate());
    report.add(names.p50, measured.percentile(50.0));
    report.add(names.p99, measured.percentile(99.0));
    report.add(names.cpu, measured.micros(measured.used.all()));
    report.add(names.server, measured.micros(measured.used.server));
    report.add(names.postgres, measured.micros(measured.used.postgres));
    report.add(names.redis, measured.micros(measured.used.redis));
}
