//! The task that owns the subscribing connection, and makes a new one whenever it breaks.

use std::sync::{Arc, Weak};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, PushInfo, PushKind, RedisResult, Value};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::bus::topics::Topics;

/// A connection that does not answer this long is given up.
const ANSWER: Duration = Duration::from_secs(2);
/// How often the connection is asked whether it is alive: a frozen server sends nothing either way.
const HEARTBEAT: Duration = Duration::from_secs(3);
/// Pauses between attempts to connect grow from the first to the last.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// Topics in one command.
const CHUNK: usize = 500;

/// A topic is listened to from now on.
pub struct Change {
    pub topic: String,
    /// Told once Redis has confirmed.
    pub done: oneshot::Sender<()>,
}

pub struct Subscriber {
    client: Client,
    topics: Weak<Topics>,
    broken: Arc<Notify>,
}

impl Subscriber {
    pub fn new(client: Client, topics: Weak<Topics>) -> Self {
        Self { client, topics, broken: Arc::default() }
    }

    /// Runs until the bus is dropped.
    pub async fn run(
        mut self,
        mut changes: mpsc::UnboundedReceiver<Change>,
        mut left: mpsc::UnboundedReceiver<String>,
    ) {
        let mut pause = PAUSE.0;
        let mut complained = false;
        while !changes.is_closed() {
            match self.connect().await {
                Ok(mut connection) => {
                    if complained {
                        tracing::info!("Redis is back");
                    }
                    (pause, complained) = (PAUSE.0, false);
                    if self.listen(&mut connection, &mut changes, &mut left).await.is_none() {
                        return;
                    }
                }
                Err(error) if !complained => {
                    complained = true;
                    tracing::warn!(%error, "Redis is away; live streams read Postgres until it is back");
                }
                Err(_) => {}
            }
            sleep(pause.mul_f64(rand::random_range(0.5..1.0))).await;
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    /// A connection that is subscribed to everything that is listened to. Whoever listens is told that
    /// there may be a hole before it.
    async fn connect(&mut self) -> RedisResult<MultiplexedConnection> {
        self.broken = Arc::default();
        let (topics, broken) = (self.topics.clone(), Arc::clone(&self.broken));
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(ANSWER))
            .set_response_timeout(Some(ANSWER))
            .set_push_sender(move |push| receive(&topics, &broken, push));
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let names = self.topics.upgrade().map(|topics| topics.names()).unwrap_or_default();
        for names in names.chunks(CHUNK) {
            connection.subscribe(names).await?;
        }
        if let Some(topics) = self.topics.upgrade() {
            topics.all_lost();
        }
        Ok(connection)
    }

    /// Follows what is listened to until the connection breaks; `None` when the bus is gone.
    async fn listen(
        &self,
        connection: &mut MultiplexedConnection,
        changes: &mut mpsc::UnboundedReceiver<Change>,
        left: &mut mpsc::UnboundedReceiver<String>,
    ) -> Option<()> {
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let result = tokio::select! {
                () = self.broken.notified() => return Some(()),
                change = changes.recv() => self.follow(connection, change?).await,
                topic = left.recv() => self.leave(connection, topic?).await,
                _ = heartbeat.tick() => ping(connection).await,
            };
            if let Err(error) = result {
                tracing::debug!(%error, "the subscribing connection broke");
                return Some(());
            }
        }
    }

    async fn follow(&self, connection: &mut MultiplexedConnection, change: Change) -> RedisResult<()> {
        connection.subscribe(&change.topic).await?;
        let in_time = change.done.send(()).is_ok();
        if let Some(topics) = self.topics.upgrade().filter(|_| !in_time) {
            topics.lost(&change.topic);
        }
        Ok(())
    }

    async fn leave(&self, connection: &mut MultiplexedConnection, topic: String) -> RedisResult<()> {
        // Somebody may have come back to it meanwhile.
        match self.topics.upgrade().is_some_and(|topics| topics.contains(&topic)) {
            true => Ok(()),
            false => connection.unsubscribe(&topic).await,
        }
    }
}

async fn ping(connection: &mut MultiplexedConnection) -> RedisResult<()> {
    match timeout(ANSWER, redis::cmd("PING").query_async::<()>(connection)).await {
        Ok(result) => result,
        Err(_) => Err((redis::ErrorKind::Io, "no answer to PING").into()),
    }
}

/// Called by the connection for everything that is not an answer; must not block.
fn receive(topics: &Weak<Topics>, broken: &Notify, push: PushInfo) -> Result<(), ()> {
    match push.kind {
        PushKind::Message => {
            let mut data = push.data.into_iter();
            if let (Some(topics), Some(Value::BulkString(topic)), Some(Value::BulkString(message))) =
                (topics.upgrade(), data.next(), data.next())
                && let Ok(topic) = std::str::from_utf8(&topic)
            {
                topics.deliver(topic, message.into());
            }
        }
        PushKind::Disconnection => broken.notify_one(),
        _ => {}
    }
    Ok(())
}
