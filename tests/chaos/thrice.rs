//! Nothing is broken, but clients and proxies repeat themselves: one request in ten comes three times,
//! the second and the third at the same moment at two apis.

use crate::stage::account::Account;
use crate::stage::gauge::Gauge;
use crate::stage::installation::Installation;
use crate::stage::load::Load;
use crate::stage::outcome::Outcome;
use crate::stage::tally::Tally;

/// How hard and how long.
pub struct Size {
    /// Events per second.
    pub rate: usize,
    pub events: usize,
}

pub async fn sent(size: Size) -> Outcome {
    let installation = Installation::start("thrice", None).await.with_apis(2).await;
    let account = Account::create(&installation.addresses(), 2).await;
    let gauge = Gauge::start(installation.pids());
    let load = Load::start(&account, size.rate);
    load.until_acknowledged(size.rate).await;
    gauge.mark();
    load.until_acknowledged(size.events).await;
    let tally = Tally::take(load.stop().await, &account).await;
    let mut outcome = Outcome::of("one in ten sent three times", &tally, &gauge);
    outcome.note(format!("rollups count {}", tally.counted));
    outcome
}
