//! Several processes keep one limit. Needs a `redis-server` on the path.

use std::time::Duration;

use pulseboard_core::bus::Bus;
use pulseboard_core::config::{BusConfig, LimitsConfig};

use super::events;
use crate::app::{Project, TestApp};
use crate::stage::redis::Redis;

/// Events in a body, and the pause between two of a sender.
const BODY: usize = 10;
const PACE: Duration = Duration::from_millis(20);
/// What a key may send at once; the rate is so small that it doesn't count.
const BURST: usize = 1000;

async fn process(first: Option<&TestApp>, redis: &Redis) -> TestApp {
    let config = BusConfig { redis_url: Some(redis.url()), redis_prefix: "it".into() };
    let bus = Bus::connect(&config).await.expect("connects");
    let limits = LimitsConfig { key_rate: 1, ..LimitsConfig::NONE };
    match first {
        Some(first) => first.another_on_bus_with(bus, |config| config.limits = limits).await,
        None => TestApp::on_bus_with(bus, |config| config.limits = limits).await,
    }
}

/// Sends to one process until it refuses; returns how many events it took.
async fn send_until_refused(project: &Project, app: &TestApp) -> usize {
    let mut project = project.clone();
    project.owner.client.base.clone_from(&app.base);
    let mut pace = tokio::time::interval(PACE);
    let mut accepted = 0;
    loop {
        pace.tick().await;
        let answer = project.send(&events(BODY)).await;
        match answer.status().as_u16() {
            202 => accepted += BODY,
            429 => return accepted,
            other => panic!("{other}"),
        }
        assert!(accepted <= 2 * BURST, "a process lets no more through than alone");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_keep_one_limit_and_without_redis_each_its_own() {
    let Some(mut redis) = Redis::start() else { return };
    let first = process(None, &redis).await;
    let second = process(Some(&first), &redis).await;
    let ann = first.user("ann").await;
    let together = async |project: &Project| {
        let (one, other) =
            tokio::join!(send_until_refused(project, &first), send_until_refused(project, &second));
        println!("a burst of {BURST} over two processes: {one} and {other} were let through");
        one + other
    };
    let shared = together(&ann.project("shared").await).await;
    assert!((BURST..=BURST * 3 / 2).contains(&shared), "{shared}");

    redis.kill();
    let alone = together(&ann.project("alone").await).await;
    assert!(alone >= 2 * BURST, "each has its own: {alone}");

    redis.run().expect("starts again");
    crate::app::eventually("Redis is back", async || {
        (first.bus.ready().await.is_ok() && second.bus.ready().await.is_ok()).then_some(())
    })
    .await;
    let again = together(&ann.project("again").await).await;
    assert!((BURST..=BURST * 3 / 2).contains(&again), "{again}");
    redis.flush();
    let flushed = together(&ann.project("flushed").await).await;
    assert!((BURST..=BURST * 3 / 2).contains(&flushed), "{flushed}");
}
