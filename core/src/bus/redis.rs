//! The bus through Redis (or Valkey): one connection for commands, one for what is subscribed to.

mod debts;
mod subscriber;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::TcpSettings;
use redis::{Client, FromRedisValue, IntoConnectionInfo, ProtocolVersion, RedisResult};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use super::memory::Memory;
use super::topics::{Subscription, Topics};
use super::{BusError, PATIENCE};
use subscriber::{Change, Subscriber};

/// How long the first connection may take.
const FIRST_CONNECT: Duration = Duration::from_secs(5);
/// How long later ones may take, in the background.
const RECONNECT: Duration = Duration::from_secs(2);
/// Bytes of messages on their way to Redis; more is dropped, so that its absence costs no memory.
const IN_FLIGHT: usize = 16 * 1024 * 1024;
/// At most one complaint about undelivered messages in this time.
const COMPLAIN_EVERY: Duration = Duration::from_secs(10);

/// Reaches every process that is connected to the same Redis with the same prefix.
pub struct RedisBus {
    prefix: String,
    commands: ConnectionManager,
    topics: Arc<Topics>,
    changes: mpsc::UnboundedSender<Change>,
    in_flight: Semaphore,
    dropped: AtomicU64,
    complained: Mutex<Option<Instant>>,
    pub(super) memory: Memory,
}

impl RedisBus {
    /// Connects, and asks for a command that tells whether the server is new enough.
    pub async fn connect(url: &str, prefix: &str) -> anyhow::Result<Self> {
        let info = url.into_connection_info().context("REDIS_URL is not a Redis address")?;
        let info = info.set_tcp_settings(tcp_settings());
        let client = Client::open(info.clone()).context("REDIS_URL can't be used")?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(RECONNECT))
            .set_response_timeout(Some(PATIENCE))
            .set_pipeline_buffer_size(1024);
        let mut commands = timeout(FIRST_CONNECT, ConnectionManager::new_with_config(client, config))
            .await
            .context("Redis did not answer within 5 s")?
            .context("cannot connect to Redis")?;
        redis::cmd("GETDEL")
            .arg(format!("{prefix}:hello"))
            .query_async::<Option<String>>(&mut commands)
            .await
            .context("Redis refuses GETDEL: PulseBoard needs Redis 6.2 or newer, or Valkey")?;

        // Messages arrive between answers only in the newer protocol.
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(settings)).context("REDIS_URL can't be used")?;
        let (changes, queue) = mpsc::unbounded_channel();
        let (left_sender, left) = mpsc::unbounded_channel();
        let topics = Arc::new(Topics::reporting(left_sender));
        tokio::spawn(Subscriber::new(client, Arc::downgrade(&topics)).run(queue, left));
        Ok(Self {
            prefix: prefix.to_owned(),
            commands,
            topics,
            changes,
            in_flight: Semaphore::new(IN_FLIGHT),
            dropped: AtomicU64::new(0),
            complained: Mutex::new(None),
            memory: Memory::default(),
        })
    }

    fn name(&self, key: &str) -> String {
        format!("{}:{key}", self.prefix)
    }

    async fn command<T: FromRedisValue>(&self, command: &redis::Cmd) -> Result<T, BusError> {
        // A clone shares the connection: commands of many callers are in flight at once.
        let mut connection = self.commands.clone();
        let answer: Result<RedisResult<T>, _> = timeout(PATIENCE, command.query_async(&mut connection)).await;
        match answer {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(BusError(error.to_string())),
            Err(_) => Err(BusError("no answer in time".into())),
        }
    }

    /// What Redis does not take reaches at least this process.
    pub async fn publish(&self, topic: &str, message: Bytes) -> Option<u64> {
        let name = self.name(topic);
        match self.send(&name, &message).await {
            Ok(heard) => Some(heard),
            Err(error) => {
                self.topics.deliver(&name, message);
                self.complain(&error);
                None
            }
        }
    }

    async fn send(&self, name: &str, message: &Bytes) -> Result<u64, BusError> {
        let size = u32::try_from(message.len().clamp(1, IN_FLIGHT)).unwrap_or(u32::MAX);
        let room = self.in_flight.try_acquire_many(size);
        let _room = room.map_err(|_| BusError("too much is waiting".into()))?;
        self.command(redis::cmd("PUBLISH").arg(name).arg(&message[..])).await
    }

    fn complain(&self, error: &BusError) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
        let mut complained = self.complained.lock().unwrap_or_else(PoisonError::into_inner);
        if complained.is_none_or(|at| at.elapsed() > COMPLAIN_EVERY) {
            *complained = Some(Instant::now());
            let dropped = self.dropped.swap(0, Ordering::Relaxed);
            tracing::warn!(%error, dropped, "messages did not reach other processes; readers catch up by themselves");
        }
    }

    pub async fn subscribe(&self, topic: &str) -> Subscription {
        let name = self.name(topic);
        let (subscription, first) = Topics::join(&self.topics, name.clone());
        if first {
            let (done, confirmed) = oneshot::channel();
            let _ = self.changes.send(Change { topic: name, done });
            // If it takes longer, the subscriber task says `Lost` when it has succeeded.
            let _ = timeout(PATIENCE, confirmed).await;
        }
        subscription
    }

    pub async fn put_once(&self, key: &str, value: String, ttl: Duration) -> Result<(), BusError> {
        let mut command = redis::cmd("SET");
        let millis = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1);
        command.arg(self.name(key)).arg(value).arg("PX").arg(millis);
        self.command(&command).await
    }

    pub async fn take_once(&self, key: &str) -> Result<Option<String>, BusError> {
        self.command(redis::cmd("GETDEL").arg(self.name(key))).await
    }

    pub async fn ping(&self) -> Result<(), BusError> {
        self.command(&redis::cmd("PING")).await
    }
}

/// A peer that is gone without a word is noticed by the kernel, not after its quarter of an hour.
fn tcp_settings() -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true);
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(Duration::from_secs(10));
    settings
}
