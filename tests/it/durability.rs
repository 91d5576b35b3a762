//! What is acknowledged is stored, once, whatever is killed, full or restarted: the real binary under
//! load. The short forms of `make chaos`, whose scenarios they share.
//!
//! Each test prints what it counted: `acknowledged N, stored N, missing 0, duplicates 0, outage … ms`.

#[path = "../chaos/full.rs"]
mod full;
#[path = "../chaos/killed.rs"]
mod killed;
#[path = "../chaos/rolling.rs"]
mod rolling;
mod starting;
#[path = "../chaos/watched.rs"]
mod watched;

use std::time::{Duration, Instant};

use watched::{Fault, Phase};

use crate::stage::account::{Account, Addresses};
use crate::stage::gauge::Gauge;
use crate::stage::load::Load;
use crate::stage::outcome::Outcome;
use crate::stage::place::Place;
use crate::stage::process::{Process, is_running, kill};
use crate::stage::tally::Tally;

/// Events per second, and acknowledged between one blow and the next.
const RATE: usize = 1000;
const BETWEEN: usize = 400;

const TWICE: fn() -> killed::Size = || killed::Size { rate: RATE, blows: 2, between: BETWEEN };

#[tokio::test(flavor = "multi_thread")]
async fn its_postgres_killed_twice_under_load_loses_and_doubles_nothing() {
    killed::postgres(TWICE()).await.expect_kept();
}

#[tokio::test(flavor = "multi_thread")]
async fn itself_killed_twice_under_load_loses_and_doubles_nothing() {
    killed::itself(TWICE()).await.expect_kept();
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_killed_at_once_under_load_loses_and_doubles_nothing() {
    killed::both(TWICE()).await.expect_kept();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_a_clean_503_and_loses_nothing() {
    full::disk(full::Size { rate: RATE, time: Duration::from_secs(1), left_mib: 0 }).await.expect_kept();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_restart_under_load_loses_nothing_and_sends_every_socket_back() {
    let size = rolling::Size { rate: 400, projects: 4, sockets: 40, people: 2 };
    rolling::restart(size).await.expect_kept();
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_flushed_and_killed_under_load_loses_nothing_for_anyone() {
    let phase = |fault| Phase { fault, seconds: 1 };
    let phases = [Fault::Nothing, Fault::Flushed, Fault::Killed, Fault::Frozen, Fault::Nothing];
    let phases = phases.map(phase).into();
    let size = watched::RedisSize { rate: BETWEEN, readers: 4, phases, least_rate: None };
    watched::redis_away(size).await.expect_kept();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_killed_twice_while_it_is_watched_leaves_no_hole() {
    let size = watched::Size { rate: BETWEEN, readers: 4, blows: 2, between: BETWEEN };
    watched::api_killed(size).await.expect_kept();
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_under_load_it_stops_in_order_and_keeps_everything() {
    let place = Place::new("terminate");
    let mut process = Process::up(&place).await;
    let account = Account::create(&Addresses::new([process.base.clone()]), 1).await;
    let gauge = Gauge::start([process.pid()]);
    let load = Load::start(&account, RATE);
    load.until_acknowledged(BETWEEN).await;
    gauge.mark();
    let postgres = place.postgres().expect("Postgres runs");
    let started = Instant::now();
    kill(process.pid(), "TERM");
    let status = process.ended(Duration::from_secs(30)).await;
    println!("stopped under load within {} ms", started.elapsed().as_millis());
    assert!(status.success(), "{status}: {}", place.log());
    assert!(!is_running(postgres), "its Postgres is stopped");
    assert!(!place.pid_file().exists(), "and was stopped in order");

    let process = Process::up(&place).await;
    account.addresses.set([process.base.clone()]);
    gauge.follow([process.pid()]);
    load.until_acknowledged(BETWEEN).await;
    let tally = Tally::take(load.stop().await, &account).await;
    Outcome::of("SIGTERM", &tally, &gauge).expect_kept();
}
