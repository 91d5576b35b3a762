//! Postgres there but silent, and Postgres gone: clean refusals meanwhile, service soon afterwards.

use std::time::Duration;

use crate::stage::account::{Account, Addresses};
use crate::stage::frozen::Frozen;
use crate::stage::gauge::Gauge;
use crate::stage::installation::Installation;
use crate::stage::load::Load;
use crate::stage::outcome::Outcome;
use crate::stage::place::Place;
use crate::stage::process::Process;
use crate::stage::tally::Tally;

/// From the database's return to the first acknowledgement.
const BACK: Duration = Duration::from_secs(5);

/// How hard and how long.
pub struct Size {
    /// Events per second.
    pub rate: usize,
    pub time: Duration,
}

/// Every process of Postgres is stopped in its tracks.
pub async fn frozen(size: Size) -> Outcome {
    let place = Place::new("frozen-postgres");
    let process = Process::up(&place).await;
    let account = Account::create(&Addresses::new([process.base.clone()]), 1).await;
    let gauge = Gauge::start([process.pid()]);
    let load = Load::start(&account, size.rate);
    load.until_acknowledged(2 * size.rate).await;
    gauge.mark();
    let frozen = Frozen::freeze(place.postgres().expect("Postgres runs"));
    tokio::time::sleep(size.time).await;
    drop(frozen);
    let name = format!("Postgres frozen {} s", size.time.as_secs());
    close(&name, load, &account, &gauge, &size).await
}

/// Postgres is stopped and started again later.
pub async fn gone(size: Size) -> Outcome {
    let mut installation = Installation::start("postgres-away", None).await.with_apis(1).await;
    let account = Account::create(&installation.addresses(), 1).await;
    let gauge = Gauge::start(installation.pids());
    let load = Load::start(&account, size.rate);
    load.until_acknowledged(2 * size.rate).await;
    gauge.mark();
    installation.without_postgres(size.time).await;
    let name = format!("Postgres away {} s", size.time.as_secs());
    close(&name, load, &account, &gauge, &size).await
}

async fn close(name: &str, load: Load, account: &Account, gauge: &Gauge, size: &Size) -> Outcome {
    let back = load.until_next().await;
    load.until_acknowledged(2 * size.rate).await;
    let tally = Tally::take(load.stop().await, account).await;
    let mut outcome = Outcome::of(name, &tally, gauge);
    outcome.note(format!("first 202 {} ms after its return", back.as_millis()));
    outcome.promise(back < BACK, "the first 202 comes within 5 s of the return");
    outcome.promise_memory();
    outcome
}
