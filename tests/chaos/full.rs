//! The disk is full, and has room again.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use crate::stage::account::{Account, Addresses};
use crate::stage::gauge::Gauge;
use crate::stage::load::Load;
use crate::stage::outcome::Outcome;
use crate::stage::place::Place;
use crate::stage::process::Process;
use crate::stage::tally::Tally;
use crate::stage::until;

/// A new cluster wants half a gigabyte free.
const DISK_MIB: usize = 640;
/// From room on the disk to the first acknowledgement.
const BACK: Duration = Duration::from_secs(5);

/// How hard and how long.
pub struct Size {
    /// Events per second.
    pub rate: usize,
    /// How long nothing fits any more.
    pub time: Duration,
    /// What is left free. With nothing, tables can't grow; with less than a file of the write-ahead log,
    /// 16 MiB, tables can and the log can't, which is the end of a Postgres.
    pub left_mib: u64,
}

/// The data directory is a small file system that something else fills.
pub async fn disk(size: Size) -> Outcome {
    let name = format!("disk full but for {} MiB", size.left_mib);
    let Some(place) = Place::small(&format!("disk-full-{}", size.left_mib), DISK_MIB) else {
        return Outcome::not_run(&name, "no right to mount a small file system");
    };
    let mut process = Process::up(&place).await;
    let account = Account::create(&Addresses::new([process.base.clone()]), 1).await;
    let gauge = Gauge::start([process.pid()]);
    let load = Load::start(&account, size.rate);
    load.until_acknowledged(size.rate).await;
    gauge.mark();

    let ballast = place.data().join("ballast");
    let mut servers = vec![place.postgres()];
    let filled = tokio::time::Instant::now();
    fill(&ballast, size.left_mib);
    // What was set aside before is used up first; then nothing is acknowledged any more.
    until("nothing fits any more", async || {
        let before = load.acknowledged();
        tokio::time::sleep(Duration::from_secs(1)).await;
        (load.acknowledged() == before).then_some(())
    })
    .await;
    let full = tokio::time::Instant::now();
    while full.elapsed() < size.time {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let server = place.postgres();
        if server.is_some() && servers.last() != Some(&server) {
            servers.push(server);
        }
        let health = account.http.get(format!("{}/healthz", process.base)).send().await;
        assert_eq!(health.expect("the process is there").status(), 200);
    }
    std::fs::remove_file(&ballast).expect("makes room");
    let back = load.until_next().await;
    load.until_acknowledged(size.rate).await;
    let is_another = place.postgres() != servers[0];

    let tally = Tally::take(load.stop().await, &account).await;
    let mut outcome = Outcome::of(&name, &tally, &gauge);
    outcome.note(format!("full {} s after it was filled", (full - filled).as_secs()));
    outcome.note(format!("Postgres started {}× meanwhile", servers.len() - 1));
    outcome.note(if is_another { "another Postgres since" } else { "the same Postgres since" }.to_owned());
    outcome.note(format!("first 202 {} ms after there was room", back.as_millis()));
    outcome.promise(back < BACK, "the first 202 comes within 5 s of room");
    outcome.promise(servers.len() <= 6, "no crash loop");
    outcome.promise_memory();
    crate::stage::process::kill(process.pid(), "TERM");
    let status = process.ended(Duration::from_secs(30)).await;
    outcome.promise(status.success(), "the binary never fell and stops in order");
    outcome
}

/// Writes until nothing fits, and gives back what is to be left.
fn fill(path: &Path, left_mib: u64) {
    let mut file = File::options().create(true).append(true).open(path).expect("a file");
    for piece in [vec![1; 1 << 20], vec![1; 4096]] {
        while file.write_all(&piece).is_ok() {}
    }
    let length = file.metadata().expect("a length").len();
    file.set_len(length.saturating_sub(left_mib << 20)).expect("gives back");
}
