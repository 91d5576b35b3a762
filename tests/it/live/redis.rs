//! Live streams while Redis is killed, frozen and back again. Needs a `redis-server` on the path.

use std::time::{Duration, Instant};

use pulseboard_core::bus::{Bus, Message};
use pulseboard_core::config::BusConfig;

use super::client::Socket;
use crate::app::{TestApp, event, eventually};
use crate::stage::redis::Redis;

/// A bus of a process's own, by this Redis.
pub async fn bus(redis: &Redis) -> Bus {
    let config = BusConfig { redis_url: Some(redis.url()), redis_prefix: "it".into() };
    Bus::connect(&config).await.expect("connects")
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_hear_each_other_through_redis_and_hear_of_what_they_lost() {
    let Some(mut redis) = Redis::start() else { return };
    let (here, there) = (bus(&redis).await, bus(&redis).await);
    let mut subscription = here.subscribe("topic").await;
    let mut second = here.subscribe("topic").await;
    // The first connection counts as new: what came before it may be lost.
    there.publish("topic", "one".into()).await;
    for subscription in [&mut subscription, &mut second] {
        while !matches!(subscription.recv().await, Message::Data(data) if data == "one") {}
    }
    there.put_once("key", "value".into(), Duration::from_secs(30)).await.expect("keeps");
    assert_eq!(here.take_once("key").await.expect("answers").as_deref(), Some("value"));
    assert_eq!(there.take_once("key").await.expect("answers"), None);

    redis.kill();
    eventually("not ready", async || here.ready().await.err()).await;
    let asked = Instant::now();
    there.publish("topic", "dropped".into()).await;
    let mut late = here.subscribe("late").await;
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    redis.run().expect("starts again");
    assert!(matches!(subscription.recv().await, Message::Lost));
    eventually("ready again", async || there.ready().await.ok()).await;
    assert!(matches!(late.recv().await, Message::Lost));
    there.publish("late", "two".into()).await;
    while !matches!(late.recv().await, Message::Data(data) if data == "two") {}

    redis.signal("-STOP");
    let asked = Instant::now();
    there.publish("topic", "while frozen".into()).await;
    assert!(here.ready().await.is_err());
    assert!(here.take_once("key").await.is_err());
    assert!(asked.elapsed() < Duration::from_millis(1500), "three times 250 ms: {:?}", asked.elapsed());
    redis.signal("-CONT");
    eventually("thawed", async || here.ready().await.ok()).await;

    drop((subscription, second));
    let mut again = here.subscribe("topic").await;
    there.publish("topic", "three".into()).await;
    while !matches!(again.recv().await, Message::Data(data) if data == "three") {}
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_have_no_hole_while_redis_is_killed_and_frozen() {
    let Some(mut redis) = Redis::start() else { return };
    let app = TestApp::on_bus(bus(&redis).await).await;
    let other = app.another_on_bus(bus(&redis).await).await;
    let shop = app.user("ann").await.project("shop").await;
    let mut there = shop.clone();
    there.owner.client.base = other.base.clone();
    let (mut here_socket, mut there_socket) = (Socket::open(&shop, "").await, Socket::open(&there, "").await);
    let mut sent = 0;
    for phase in ["up", "killed", "back", "frozen", "thawed"] {
        match phase {
            "killed" => redis.kill(),
            "back" => redis.run().expect("starts again"),
            "frozen" => redis.signal("-STOP"),
            "thawed" => redis.signal("-CONT"),
            _ => {}
        }
        let started = Instant::now();
        let mut slowest = Duration::ZERO;
        for n in 0..20 {
            let project = if n % 2 == 0 { &shop } else { &there };
            let asked = Instant::now();
            project.ingest(&event(&format!("n{sent}"))).await;
            slowest = slowest.max(asked.elapsed());
            sent += 1;
        }
        let expected: Vec<_> = (sent - 20..sent).map(|n| format!("n{n}")).collect();
        assert_eq!(here_socket.names(20).await, expected, "{phase}");
        assert_eq!(there_socket.names(20).await, expected, "{phase}");
        eprintln!("{phase}: slowest answer {slowest:?}, all seen after {:?}", started.elapsed());
        assert!(slowest < Duration::from_secs(2), "{phase}: an answer waited for Redis: {slowest:?}");
    }

    // Tickets work while it is away, and still only once.
    redis.kill();
    let mut socket = Socket::open(&shop, "&since=0-0").await;
    assert_eq!(socket.names(100).await.len(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_to_watch_a_project_that_nobody_watched_misses_nothing() {
    let Some(redis) = Redis::start() else { return };
    let app = TestApp::on_bus(bus(&redis).await).await;
    let shop = app.user("ann").await.project("shop").await;
    // The writer learns that nobody listens, and from then on publishes only how far it has come.
    for n in 0..3 {
        shop.ingest(&event(&format!("unwatched {n}"))).await;
    }
    let mut socket = Socket::open(&shop, "").await;
    let asked = Instant::now();
    shop.ingest(&event("watched")).await;
    assert_eq!(socket.names(1).await, ["watched"]);
    eprintln!("the first event was seen after {:?}", asked.elapsed());
    shop.ingest(&event("and again")).await;
    assert_eq!(socket.names(1).await, ["and again"]);
}
