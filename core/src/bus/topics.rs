//! Who in this process listens to what.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::{broadcast, mpsc};

/// Messages a subscriber may be behind.
const BACKLOG: usize = 256;

/// What a subscriber hears.
#[derive(Clone, Debug)]
pub enum Message {
    Data(Bytes),
    /// Messages may have been missed (a new connection, or this subscriber was too slow).
    Lost,
}

/// The topics someone listens to.
#[derive(Default)]
pub struct Topics {
    listened: Mutex<HashMap<String, broadcast::Sender<Message>>>,
    /// Told when the last subscriber of a topic has gone.
    left: Option<mpsc::UnboundedSender<String>>,
}

impl Topics {
    /// Topics whose end is reported.
    pub fn reporting(left: mpsc::UnboundedSender<String>) -> Self {
        Self { listened: Mutex::default(), left: Some(left) }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, broadcast::Sender<Message>>> {
        self.listened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a subscriber; also says whether it is the topic's first.
    pub fn join(topics: &Arc<Self>, topic: String) -> (Subscription, bool) {
        let mut listened = topics.lock();
        let first = !listened.contains_key(&topic);
        let sender = listened.entry(topic.clone()).or_insert_with(|| broadcast::channel(BACKLOG).0);
        let receiver = sender.subscribe();
        drop(listened);
        (Subscription { topics: Arc::clone(topics), topic, receiver }, first)
    }

    pub fn contains(&self, topic: &str) -> bool {
        self.lock().contains_key(topic)
    }

    pub fn names(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    pub fn deliver(&self, topic: &str, message: Bytes) {
        if let Some(sender) = self.lock().get(topic) {
            let _ = sender.send(Message::Data(message));
        }
    }

    /// Tells the subscribers of one topic that they may have missed something.
    pub fn lost(&self, topic: &str) {
        if let Some(sender) = self.lock().get(topic) {
            let _ = sender.send(Message::Lost);
        }
    }

    /// Tells everyone.
    pub fn all_lost(&self) {
        for sender in self.lock().values() {
            let _ = sender.send(Message::Lost);
        }
    }
}

/// A subscription to one topic; ends when it is dropped.
pub struct Subscription {
    topics: Arc<Topics>,
    topic: String,
    receiver: broadcast::Receiver<Message>,
}

impl Subscription {
    /// The next message. Safe to cancel.
    pub async fn recv(&mut self) -> Message {
        match self.receiver.recv().await {
            Ok(message) => message,
            Err(broadcast::error::RecvError::Lagged(_)) => Message::Lost,
            // Never: the sender stays in the map while we are here.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }

    /// The next message if there is one already.
    pub fn try_recv(&mut self) -> Option<Message> {
        match self.receiver.try_recv() {
            Ok(message) => Some(message),
            Err(broadcast::error::TryRecvError::Lagged(_)) => Some(Message::Lost),
            Err(_) => None,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut listened = self.topics.lock();
        // Our own receiver is still counted.
        let last = listened.get(&self.topic).is_some_and(|sender| sender.receiver_count() <= 1);
        if last {
            listened.remove(&self.topic);
            if let Some(left) = &self.topics.left {
                let _ = left.send(std::mem::take(&mut self.topic));
            }
        }
    }
}
