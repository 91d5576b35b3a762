//! What is acknowledged is stored, once, whatever is killed: the real binary under load.
//!
//! Each test prints what it counted: `acknowledged N, stored N, missing 0, duplicates 0, outage … ms`.

mod binary;
mod load;
mod starting;

use std::time::{Duration, Instant};

use binary::{Binary, Place, is_running, kill};
use load::Load;

/// Events acknowledged between one blow and the next.
const BETWEEN: usize = 400;

#[tokio::test(flavor = "multi_thread")]
async fn its_postgres_killed_twice_under_load_loses_and_doubles_nothing() {
    let place = Place::new("kill-postgres");
    let binary = Binary::start(&place).await;
    let load = Load::start(&binary).await;
    for _ in 0..2 {
        load.until_acknowledged(BETWEEN).await;
        let postgres = binary.postgres();
        kill(postgres, "KILL");
        load.until_acknowledged(BETWEEN).await;
        assert_ne!(binary.postgres(), postgres, "another server runs");
    }
    load.finish("Postgres killed 2×").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn itself_killed_twice_under_load_loses_and_doubles_nothing() {
    let place = Place::new("kill-itself");
    let mut binary = Binary::start(&place).await;
    let load = Load::start(&binary).await;
    for _ in 0..2 {
        load.until_acknowledged(BETWEEN).await;
        let postgres = binary.postgres();
        binary.kill().await;
        assert!(is_running(postgres), "the orphan goes on");
        binary = Binary::start(&place).await;
        assert_eq!(binary.postgres(), postgres, "it is taken over");
        load.go_on_at(&binary);
    }
    load.until_acknowledged(BETWEEN).await;
    load.finish("the binary killed 2×").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_killed_at_once_under_load_loses_and_doubles_nothing() {
    let place = Place::new("kill-both");
    let mut binary = Binary::start(&place).await;
    let load = Load::start(&binary).await;
    for _ in 0..2 {
        load.until_acknowledged(BETWEEN).await;
        let postgres = binary.postgres();
        // Postgres first: the other way round it could still finish what it was given.
        kill(postgres, "KILL");
        binary.kill().await;
        binary = Binary::start(&place).await;
        load.go_on_at(&binary);
    }
    load.until_acknowledged(BETWEEN).await;
    load.finish("both killed 2×").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_under_load_it_stops_in_order_and_keeps_everything() {
    let place = Place::new("terminate");
    let mut binary = Binary::start(&place).await;
    let load = Load::start(&binary).await;
    load.until_acknowledged(BETWEEN).await;
    let postgres = binary.postgres();
    let started = Instant::now();
    kill(binary.pid(), "TERM");
    let status = binary.ended(Duration::from_secs(30)).await;
    println!("stopped under load within {} ms", started.elapsed().as_millis());
    assert!(status.success(), "{status}: {}", place.log());
    assert!(!is_running(postgres), "its Postgres is stopped");
    assert!(!place.0.join("data/postgres/cluster/postmaster.pid").exists(), "and was stopped in order");

    let binary = Binary::start(&place).await;
    load.go_on_at(&binary);
    load.until_acknowledged(BETWEEN).await;
    load.finish("SIGTERM").await;
}
