//! Several senders that behave as good clients do: ids and times of their own, and every batch sent
//! again until it is acknowledged. What was acknowledged is noted and compared with what is stored.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::binary::Binary;
use crate::app::{Answer, Client, PASSWORD, PATIENCE, eventually};

const SENDERS: usize = 6;
const BATCH: usize = 10;

pub struct Load {
    shared: Arc<Shared>,
    senders: JoinSet<()>,
    stop: watch::Sender<bool>,
    client: Client,
    project: String,
}

struct Shared {
    base: RwLock<String>,
    key: String,
    acknowledged: Mutex<Acknowledged>,
}

struct Acknowledged {
    ids: HashSet<Uuid>,
    last: Instant,
    /// The longest time in which nothing was acknowledged.
    outage: Duration,
}

impl Load {
    /// Makes an account and a project, and begins to send.
    pub async fn start(binary: &Binary) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build();
        let mut client = Client { http: http.expect("a client"), base: binary.base.clone(), token: None };
        let body = json!({"email": "ann@example.com", "password": PASSWORD, "name": "Ann"});
        let ann = client.post("/api/auth/register", &body).await.expect_status(201).await;
        client.token = ann["access_token"].as_str().map(str::to_owned);
        let shop = client.post("/api/projects", &json!({"name": "shop"})).await.expect_status(201).await;
        let text = |value: &Value| value.as_str().expect("a string").to_owned();
        let shared = Arc::new(Shared {
            base: RwLock::new(binary.base.clone()),
            key: text(&shop["api_key"]),
            acknowledged: Mutex::new(Acknowledged {
                ids: HashSet::new(),
                last: Instant::now(),
                outage: Duration::ZERO,
            }),
        });
        let (stop, stopped) = watch::channel(false);
        let mut senders = JoinSet::new();
        for sender in 0..SENDERS {
            senders.spawn(send(Arc::clone(&shared), client.http.clone(), stopped.clone(), sender));
        }
        Self { shared, senders, stop, client, project: text(&shop["id"]) }
    }

    /// Goes on with another process.
    pub fn go_on_at(&self, binary: &Binary) {
        binary.base.clone_into(&mut self.shared.base.write().expect("not poisoned"));
    }

    /// Waits until so many more events are acknowledged.
    pub async fn until_acknowledged(&self, more: usize) {
        let count = || self.shared.acknowledged.lock().expect("not poisoned").ids.len();
        let wanted = count() + more;
        eventually("more events are acknowledged", async || (count() >= wanted).then_some(())).await;
    }

    /// Stops sending and compares; fails when an acknowledged event is missing or one is there twice.
    pub async fn finish(mut self, what: &str) {
        let _ = self.stop.send(true);
        while let Some(ended) = self.senders.join_next().await {
            ended.expect("a sender's own checks hold");
        }
        self.client.base = self.shared.base.read().expect("not poisoned").clone();
        let (acknowledged, outage) = {
            let acknowledged = self.shared.acknowledged.lock().expect("not poisoned");
            (acknowledged.ids.clone(), acknowledged.outage)
        };
        let stored = self.stored().await;
        let distinct: HashSet<&Uuid> = stored.iter().collect();
        let missing = acknowledged.iter().filter(|id| !distinct.contains(id)).count();
        let duplicates = stored.len() - distinct.len();
        println!(
            "{what}: acknowledged {}, stored {}, missing {missing}, duplicates {duplicates}, outage {} ms",
            acknowledged.len(),
            stored.len(),
            outage.as_millis()
        );
        assert_eq!((missing, duplicates), (0, 0));
        assert_eq!(self.counted().await, stored.len() as i64, "rollups count what is stored");
        // Only the batches under way at the end may be stored without having been acknowledged.
        assert!(stored.len() <= acknowledged.len() + SENDERS * BATCH, "stored {}", stored.len());
        assert!(outage < PATIENCE, "{outage:?}");
    }

    /// The ids of all events that the list shows, page by page.
    async fn stored(&self) -> Vec<Uuid> {
        let mut ids = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/api/projects/{}/events?limit=1000&cursor={cursor}", self.project);
            let page = self.client.get(&path).await.expect_status(200).await;
            for event in page["items"].as_array().expect("items") {
                ids.push(event["id"].as_str().expect("an id").parse().expect("a UUID"));
            }
            match page["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return ids,
            }
        }
    }

    /// What the rollups say.
    async fn counted(&self) -> i64 {
        let time = |minutes| (Utc::now() + TimeDelta::minutes(minutes)).format("%Y-%m-%dT%H:%M:%SZ");
        let path = format!(
            "/api/projects/{}/events/histogram?from={}&to={}&bucket=60",
            self.project,
            time(-30),
            time(5)
        );
        let histogram = self.client.get(&path).await.expect_status(200).await;
        let buckets = histogram["items"].as_array().expect("buckets").iter();
        let count =
            |bucket: &Value| ["error", "event", "metric"].map(|kind| bucket[kind].as_i64().expect(kind));
        buckets.flat_map(count).sum()
    }
}

/// One sender: batch after batch, each until it is acknowledged; every tenth is sent twice.
async fn send(shared: Arc<Shared>, http: reqwest::Client, mut stopped: watch::Receiver<bool>, sender: usize) {
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for n in 0.. {
        let ids: Vec<Uuid> =
            (0..BATCH).map(|i| if i % 2 == 0 { Uuid::now_v7() } else { Uuid::new_v4() }).collect();
        let event = |id: &Uuid| {
            let kind = ["error", "event"][n % 2];
            json!({"type": kind, "name": format!("load {sender}"), "id": id, "timestamp": Utc::now(), "payload": {"n": n}})
        };
        let batch: Value = ids.iter().map(event).collect();
        let mut times = if n % 10 == 9 { 2 } else { 1 };
        while times > 0 {
            tokio::select! {
                _ = pace.tick() => {}
                _ = stopped.wait_for(|stop| *stop) => return,
            }
            let url = format!("{}/ingest", shared.base.read().expect("not poisoned"));
            let Ok(response) = http.post(url).bearer_auth(&shared.key).json(&batch).send().await else {
                continue;
            };
            if response.status() == 202 {
                times -= 1;
                // The status is the acknowledgement; the body may still break off.
                acknowledge(&shared, &ids);
                let Ok(answer) = response.json::<Value>().await else { continue };
                let counts = answer["accepted"].as_u64().zip(answer["duplicates"].as_u64());
                assert_eq!(counts.map(|(a, d)| a + d), Some(BATCH as u64), "{answer}");
            } else {
                let retry = response.headers().contains_key("retry-after");
                let answer = Answer(response);
                assert_eq!(answer.status(), 503, "only a 503 is an answer to a good batch");
                assert!(retry, "a 503 says when to come back");
            }
        }
    }
}

fn acknowledge(shared: &Shared, ids: &[Uuid]) {
    let mut acknowledged = shared.acknowledged.lock().expect("not poisoned");
    let pause = acknowledged.last.elapsed();
    acknowledged.outage = acknowledged.outage.max(pause);
    acknowledged.last = Instant::now();
    acknowledged.ids.extend(ids);
}
