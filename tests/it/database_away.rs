//! Postgres frozen, stopped, and back: clean refusals meanwhile, and service at once afterwards.
//!
//! Each test has a private Postgres of its own, as the shared one belongs to every other test too.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use pulseboard_core::bus::Bus;
use pulseboard_core::config::BusConfig;
use pulseboard_core::db;
use pulseboard_core::embedded_postgres::{EmbeddedPostgres, Settings};
use pulseboard_core::ids::ProjectId;
use pulseboard_core::ingest::{Door, NewEvent, normalise, parse_body};
use pulseboard_core::writer::{WriteError, Writer};
use serde_json::json;

use crate::app::{Answer, Project, TestApp, event, eventually};
use crate::stage::frozen::Frozen;

/// The promise is an answer within the deadline of three seconds, and a little for a busy machine.
const CLEAN_REFUSAL: Duration = Duration::from_secs(5);
/// The key is known when most of that is over.
const LATE: Duration = Duration::from_millis(2400);
/// From the database's return to the first event that is stored.
const BACK: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_database_is_a_clean_503_and_service_comes_back_with_it() {
    let place = Place::new("frozen");
    let (postgres, app) = place.app().await;
    let shop = app.user("ann").await.project("shop").await;
    shop.ingest(&event("before")).await;
    assert_eq!(app.anyone().get("/readyz").await.status(), 200);

    let frozen = Frozen::freeze(postgres.pid());
    // With the key in the cache, with the key forgotten, and many at once.
    for _ in 0..3 {
        refused_cleanly(&shop).await;
    }
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let shop = shop.clone();
        sending.spawn(async move { refused_cleanly(&shop).await });
    }
    while let Some(done) = sending.join_next().await {
        done.expect("refused cleanly");
    }
    let started = Instant::now();
    let ready = app.anyone().get("/readyz").await;
    assert_eq!(ready.status(), 503);
    assert!(started.elapsed() < CLEAN_REFUSAL, "{:?}", started.elapsed());
    assert_eq!(ready.json().await["database"], "does not answer");
    let started = Instant::now();
    let list = shop.owner.get(&shop.path("/events")).await;
    assert!(started.elapsed() < CLEAN_REFUSAL, "{:?}", started.elapsed());
    assert!(list.header("retry-after").is_some());
    list.expect_error(503, "unavailable").await;
    assert_eq!(app.anyone().get("/healthz").await.status(), 200, "the process itself is well");

    drop(frozen);
    first_accepted(&shop, "thawed").await;
    eventually("ready again", async || (app.anyone().get("/readyz").await.status() == 200).then_some(()))
        .await;
    assert!(shop.events("?limit=1000").await.len() >= 2);
    postgres.stop().await.expect("stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_database_is_a_clean_503_and_service_comes_back_with_it() {
    let place = Place::new("stopped");
    let (mut postgres, app) = place.app().await;
    let shop = app.user("ann").await.project("shop").await;
    for _ in 0..2 {
        shop.ingest(&event("before")).await;
        postgres.stop().await.expect("stops");
        for _ in 0..2 {
            refused_cleanly(&shop).await;
        }
        let ready = app.anyone().get("/readyz").await;
        assert_eq!(ready.status(), 503);
        assert_eq!(ready.json().await["database"], "does not answer");
        postgres = place.start().await;
        first_accepted(&shop, "started again").await;
    }
    eventually("ready again", async || (app.anyone().get("/readyz").await.status() == 200).then_some(()))
        .await;
    assert_eq!(shop.events("?name=before").await.len(), 2);
    postgres.stop().await.expect("stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_under_way_when_the_database_freezes_end_as_well() {
    let place = Place::new("under-way");
    let (postgres, app) = place.app().await;
    let shop = app.user("ann").await.project("shop").await;
    shop.ingest(&event("before")).await;
    let mut asking = tokio::task::JoinSet::new();
    let (answered, mut answers) = tokio::sync::mpsc::unbounded_channel();
    for n in 0..16 {
        let (shop, answered) = (shop.clone(), answered.clone());
        asking.spawn(async move {
            loop {
                let started = Instant::now();
                let answer = match n % 4 {
                    0 => shop.send(&event("under load")).await,
                    _ => shop.owner.get(&shop.path("/events")).await,
                };
                if answer.status() == 503 {
                    return started.elapsed();
                }
                assert!(answer.status().is_success(), "{}", answer.status());
                let _ = answered.send(());
            }
        });
    }
    for _ in 0..50 {
        answers.recv().await.expect("an answer");
    }
    let _frozen = Frozen::freeze(postgres.pid());
    let mut longest = Duration::ZERO;
    while let Some(took) = asking.join_next().await {
        longest = longest.max(took.expect("refused cleanly"));
    }
    println!("the last of the requests under way was refused after {} ms", longest.as_millis());
    // Ten seconds is the limit of any request's transaction.
    assert!(longest < Duration::from_secs(13), "{longest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_table_is_a_clean_503_too() {
    for table in ["api_keys", "stores", "events", "event_counts_minute"] {
        let app = TestApp::new().await;
        let shop = app.user("ann").await.project("shop").await;
        let mut locker = AsyncPgConnection::establish(&app.database_url).await.expect("connects");
        let lock = format!("begin; lock table {table} in access exclusive mode");
        locker.batch_execute(&lock).await.expect("locks");
        refused_cleanly(&shop).await;
        locker.batch_execute("rollback").await.expect("unlocks");
        first_accepted(&shop, table).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_key_and_a_slow_write_share_one_deadline() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let mut lockers = Vec::new();
    for table in ["events", "api_keys"] {
        let mut locker = AsyncPgConnection::establish(&app.database_url).await.expect("connects");
        let lock = format!("begin; lock table {table} in access exclusive mode");
        locker.batch_execute(&lock).await.expect("locks");
        lockers.push(locker);
    }
    let started = Instant::now();
    let sending = tokio::spawn({
        let shop = shop.clone();
        async move { shop.send(&event("late")).await }
    });
    eventually("most of the time is over", async || (started.elapsed() > LATE).then_some(())).await;
    assert!(!sending.is_finished(), "the key is still waited for");
    let mut keys = lockers.pop().expect("a connection");
    keys.batch_execute("rollback").await.expect("unlocks");
    let answer = sending.await.expect("an answer");
    println!("a slow key and a slow write were refused after {} ms", started.elapsed().as_millis());
    assert!(started.elapsed() < CLEAN_REFUSAL, "{:?}", started.elapsed());
    answer.expect_error(503, "unavailable").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses_at_once_and_holds_no_more_than_it_may() {
    let place = Place::new("queue");
    let postgres = place.start().await;
    db::migrate(&postgres.url()).await.expect("migrates");
    let frozen = Frozen::freeze(postgres.pid());
    let memory = BusConfig { redis_url: None, redis_prefix: "away".into() };
    let bus = Bus::connect(&memory).await.expect("a bus");
    let project = ProjectId::new();
    let mut writers = Vec::new();

    // Many small ones fill the number of places, few large ones the bytes.
    for (text, count) in [(String::new(), 6000), ("x".repeat(60_000), 3000)] {
        let (writer, _lanes) = Writer::start(&postgres.url(), bus.clone());
        writers.push(writer.clone());
        let event = normalised(&text);
        let started = Instant::now();
        let mut writing = tokio::task::JoinSet::new();
        for _ in 0..count {
            let (writer, event) = (writer.clone(), event.clone());
            writing.spawn(async move {
                let begun = Instant::now();
                (writer.write(project, vec![event]).await, begun.elapsed())
            });
        }
        let (mut busy, mut unavailable) = (0, 0);
        let (mut most, mut slowest_busy) = (0, Duration::ZERO);
        while let Some(done) = writing.join_next().await {
            most = most.max(writer.queued_bytes());
            match done.expect("answered") {
                (Err(WriteError::Busy), took) => {
                    busy += 1;
                    slowest_busy = slowest_busy.max(took);
                }
                (Err(WriteError::Unavailable), _) => unavailable += 1,
                (other, _) => panic!("{other:?}"),
            }
        }
        println!(
            "{count} events of {} bytes: {unavailable} waited in vain, {busy} were refused within {slowest_busy:?}, \
             at most {} MiB were queued",
            text.len(),
            most / 1024 / 1024
        );
        assert!(busy > 0 && unavailable > 0);
        assert!(slowest_busy < Duration::from_millis(500), "{slowest_busy:?}");
        assert!(most <= 64 * 1024 * 1024, "{most}");
        assert!(started.elapsed() < CLEAN_REFUSAL, "{:?}", started.elapsed());
    }
    drop(frozen);
    // Those who gave up were told so: nothing of theirs holds up what comes now.
    let back = Instant::now();
    let empty = || writers.iter().all(|writer| writer.queued_bytes() == 0);
    eventually("the queues are empty", async || empty().then_some(())).await;
    println!("the queues were empty {} ms after the return", back.elapsed().as_millis());
    assert!(back.elapsed() < BACK, "{:?}", back.elapsed());
    postgres.stop().await.expect("stops");
}

fn normalised(text: &str) -> NewEvent {
    let body = json!({"type": "event", "name": "waits", "payload": text}).to_string();
    let body = parse_body(body.as_bytes(), pulseboard_core::ingest::Format::Json).expect("a body");
    let door = Door { now: chrono::Utc::now(), sent_at: None, retention_days: 30 };
    normalise(body.items[0], &door).expect("an event")
}

/// A 503 with the time to come back, within the deadline.
async fn refused_cleanly(shop: &Project) {
    let started = Instant::now();
    let answer = shop.send(&event("meanwhile")).await;
    let took = started.elapsed();
    let retry: Option<u64> = answer.header("retry-after").and_then(|seconds| seconds.parse().ok());
    assert!(retry.is_some_and(|seconds| (1..=10).contains(&seconds)), "{retry:?} {}", answer.status());
    answer.expect_error(503, "unavailable").await;
    assert!(took < CLEAN_REFUSAL, "{took:?}");
}

/// Sends as a patient client does, and expects to be served soon.
async fn first_accepted(shop: &Project, what: &str) {
    let back = Instant::now();
    eventually("an event is stored again", async || {
        let answer: Answer = shop.send(&event("after")).await;
        assert!(answer.status() == 202 || answer.status() == 503, "{}", answer.status());
        (answer.status() == 202).then_some(())
    })
    .await;
    println!("{what}: first 202 after {} ms", back.elapsed().as_millis());
    assert!(back.elapsed() < BACK, "{:?}", back.elapsed());
}

/// A data directory that goes away with the test.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("pb-it-{}-away-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    async fn start(&self) -> EmbeddedPostgres {
        let settings = Settings { durable: false, ..Settings::default() };
        EmbeddedPostgres::start(&self.0, settings).await.expect("a private Postgres starts")
    }

    /// A server and an app on it.
    async fn app(&self) -> (EmbeddedPostgres, TestApp) {
        let postgres = self.start().await;
        db::migrate(&postgres.url()).await.expect("migrates");
        let app = TestApp::at(postgres.url()).await;
        (postgres, app)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
