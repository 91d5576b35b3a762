//! The bus: how processes tell each other what happened, and where one-time values are kept.
//!
//! With Redis it reaches every process, without it this one; an enum of two, not a trait. A message is
//! a hint and may be lost, which is said ([`Message::Lost`]): the truth is in Postgres. Nobody waits
//! for Redis longer than [`PATIENCE`].

mod memory;
mod redis;
mod topics;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::config::BusConfig;
use memory::Memory;
use redis::RedisBus;
use topics::Topics;
pub use topics::{Message, Subscription};

/// The longest that Redis may hold up anyone.
pub const PATIENCE: Duration = Duration::from_millis(250);

/// The bus did not answer in time, or not at all.
#[derive(Debug, thiserror::Error)]
#[error("the bus does not answer: {0}")]
pub struct BusError(String);

/// Cheap to clone.
#[derive(Clone)]
pub enum Bus {
    Local(Arc<LocalBus>),
    Redis(Arc<RedisBus>),
}

/// The bus of a process that is alone.
#[derive(Default)]
pub struct LocalBus {
    topics: Arc<Topics>,
    memory: Memory,
}

impl Bus {
    /// The bus that the configuration asks for. Redis has to answer once, so that a wrong address is an
    /// error at the start; whatever happens to it later heals by itself.
    pub async fn connect(config: &BusConfig) -> anyhow::Result<Bus> {
        match &config.redis_url {
            Some(url) => Ok(Bus::Redis(Arc::new(RedisBus::connect(url, &config.redis_prefix).await?))),
            None => Ok(Bus::local()),
        }
    }

    /// A bus within this process.
    pub fn local() -> Bus {
        Bus::Local(Arc::default())
    }

    /// Tells everyone who is subscribed now. Never fails for the caller: what Redis does not take in time
    /// reaches this process only (and is logged, now and then); the others find out by themselves. In
    /// that case a message may arrive twice.
    ///
    /// Returns how many processes heard it, if Redis said so. Of several Redis nodes only one is asked:
    /// a zero is a hint, too.
    pub async fn publish(&self, topic: &str, message: Bytes) -> Option<u64> {
        match self {
            Bus::Local(bus) => {
                bus.topics.deliver(topic, message);
                None
            }
            Bus::Redis(bus) => bus.publish(topic, message).await,
        }
    }

    /// Whether publishing on this topic can reach anyone.
    pub fn wanted(&self, topic: &str) -> bool {
        match self {
            Bus::Local(bus) => bus.topics.contains(topic),
            Bus::Redis(_) => true,
        }
    }

    /// Subscribes; what is published after the return is received, or [`Message::Lost`] is. Ends when
    /// the subscription is dropped. However many there are, Redis sees one per topic and process.
    pub async fn subscribe(&self, topic: &str) -> Subscription {
        match self {
            Bus::Local(bus) => Topics::join(&bus.topics, topic.to_owned()).0,
            Bus::Redis(bus) => bus.subscribe(topic).await,
        }
    }

    /// Keeps a value until it is taken, but no longer than `ttl`; every process can take it.
    pub async fn put_once(&self, key: &str, value: String, ttl: Duration) -> Result<(), BusError> {
        match self {
            Bus::Local(_) => self.put_here(key, value, ttl),
            Bus::Redis(bus) => bus.put_once(key, value, ttl).await,
        }
    }

    /// Takes a value that [`Bus::put_once`] keeps. Of several who try, one gets it.
    pub async fn take_once(&self, key: &str) -> Result<Option<String>, BusError> {
        match self {
            Bus::Local(_) => Ok(self.take_here(key)),
            Bus::Redis(bus) => bus.take_once(key).await,
        }
    }

    /// Adds to debts that all processes share and that shrink with time; returns what each then is. Nothing
    /// in a process that is alone.
    pub async fn add_debts(&self, debts: &[(String, Duration)]) -> Result<Option<Vec<Duration>>, BusError> {
        match self {
            Bus::Local(_) => Ok(None),
            Bus::Redis(_) if debts.is_empty() => Ok(None),
            Bus::Redis(bus) => bus.add_debts(debts).await.map(Some),
        }
    }

    /// Like [`Bus::put_once`], but only this process can take it.
    pub fn put_here(&self, key: &str, value: String, ttl: Duration) -> Result<(), BusError> {
        self.memory().put(key, value, ttl).then_some(()).ok_or_else(|| BusError("too many values".into()))
    }

    /// Takes a value that [`Bus::put_here`] keeps.
    pub fn take_here(&self, key: &str) -> Option<String> {
        self.memory().take(key)
    }

    fn memory(&self) -> &Memory {
        match self {
            Bus::Local(bus) => &bus.memory,
            Bus::Redis(bus) => &bus.memory,
        }
    }

    /// Whether the bus answers.
    pub async fn ready(&self) -> Result<(), BusError> {
        match self {
            Bus::Local(_) => Ok(()),
            Bus::Redis(bus) => bus.ping().await,
        }
    }

    /// What it is, for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Bus::Local(_) => "in process",
            Bus::Redis(_) => "redis",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(message: Message) -> Bytes {
        match message {
            Message::Data(bytes) => bytes,
            Message::Lost => panic!("lost"),
        }
    }

    #[tokio::test]
    async fn everyone_who_is_subscribed_hears_and_nobody_else() {
        let bus = Bus::local();
        assert!(!bus.wanted("a"));
        let (mut one, mut two) = (bus.subscribe("a").await, bus.subscribe("a").await);
        let mut other = bus.subscribe("b").await;
        assert!(bus.wanted("a"));
        bus.publish("a", Bytes::from_static(b"x")).await;
        bus.publish("b", Bytes::from_static(b"y")).await;
        assert_eq!(data(one.recv().await), "x");
        assert_eq!(data(two.recv().await), "x");
        assert_eq!(data(other.recv().await), "y");
        assert!(one.try_recv().is_none());
        drop(one);
        assert!(bus.wanted("a"));
        drop(two);
        assert!(!bus.wanted("a"));
        assert!(bus.wanted("b"));
    }

    #[tokio::test]
    async fn who_is_too_slow_is_told_and_hears_the_rest() {
        let bus = Bus::local();
        let mut slow = bus.subscribe("a").await;
        for n in 0..1000_u32 {
            bus.publish("a", Bytes::from(n.to_string())).await;
        }
        assert!(matches!(slow.recv().await, Message::Lost));
        let mut last = Bytes::new();
        while let Some(message) = slow.try_recv() {
            last = data(message);
        }
        assert_eq!(last, "999");
    }

    #[tokio::test]
    async fn a_value_is_taken_once() {
        let bus = Bus::local();
        bus.put_once("k", "v".into(), Duration::from_secs(30)).await.expect("room");
        assert_eq!(bus.take_once("k").await.expect("answers").as_deref(), Some("v"));
        assert_eq!(bus.take_once("k").await.expect("answers"), None);
        bus.put_once("k", "v".into(), Duration::ZERO).await.expect("room");
        assert_eq!(bus.take_once("k").await.expect("answers"), None, "it has expired");
    }
}
