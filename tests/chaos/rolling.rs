//! A rolling restart of two apis behind a balancer, under load and with sockets connected.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::watched::judge_readers;
use crate::stage::account::{Account, Addresses};
use crate::stage::balancer::Balancer;
use crate::stage::gauge::Gauge;
use crate::stage::installation::Installation;
use crate::stage::load::Load;
use crate::stage::outcome::Outcome;
use crate::stage::process::kill;
use crate::stage::reader::{Reader, Way};
use crate::stage::redis::Redis;
use crate::stage::tally::Tally;
use crate::stage::until;

/// The promise is 30 s, and a little for a busy machine.
const STOPS_WITHIN: Duration = Duration::from_secs(35);
/// WebSocket: the server is restarting, come back.
const RESTARTING: &str = "1012";

/// How hard.
pub struct Size {
    /// Events per second, over all projects.
    pub rate: usize,
    pub projects: usize,
    pub sockets: usize,
    pub people: usize,
}

/// Each api in turn is told to stop and started again; clients know the balancer alone.
pub async fn restart(size: Size) -> Outcome {
    let name = format!("rolling restart, {} sockets", size.sockets);
    let Some(redis) = Redis::start() else {
        return Outcome::not_run(&name, "there is no redis-server");
    };
    let mut installation = Installation::start("rolling", Some(redis)).await.with_apis(2).await;
    let balancer = Balancer::start().await;
    balancer.forward_to(installation.bases());
    let mut account = Account::create(&Addresses::new([balancer.base.clone()]), size.projects).await;
    account.invite(size.people - 1).await;
    let gauge = Gauge::start(installation.pids());
    let start = |n: usize| Reader::start(&account, n % size.projects, n / size.projects, Way::Socket);
    let readers: Vec<Reader> = (0..size.sockets).map(start).collect();
    let connected = |times: usize| readers.iter().all(|reader| reader.seen().connections >= times);
    until("every socket is connected", async || connected(1).then_some(())).await;
    let load = Load::start(&account, size.rate);
    load.until_acknowledged(2 * size.rate).await;
    gauge.mark();

    let mut longest = Duration::ZERO;
    let mut in_order = true;
    for n in 0..2 {
        let told = Instant::now();
        kill(installation.apis[n].pid(), "TERM");
        let status = installation.apis[n].ended(STOPS_WITHIN).await;
        longest = longest.max(told.elapsed());
        in_order &= status.success();
        installation.apis[n] = installation.process("api").await;
        balancer.forward_to(installation.bases());
        gauge.follow(installation.pids());
        load.until_acknowledged(2 * size.rate).await;
    }

    let tally = Tally::take(load.stop().await, &account).await;
    let mut outcome = Outcome::of(&name, &tally, &gauge);
    judge_readers(&mut outcome, &readers, &tally).await;
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    for reader in &readers {
        for (end, count) in &reader.seen().ends {
            *ends.entry(end.clone()).or_default() += count;
        }
    }
    outcome.note(format!("connections ended with {ends:?}"));
    outcome.note(format!("an api stopped within {} ms", longest.as_millis()));
    outcome.promise(in_order, "each api stops in order");
    outcome.promise(ends.keys().all(|end| end == RESTARTING), "sockets are closed with 1012 alone");
    outcome.promise(ends.values().sum::<usize>() >= size.sockets, "every socket was told to come back");
    outcome
}
