//! Two APIs and two workers on one database: whichever of them is asked, the answer is the same, and
//! the order of a project's events is the order of their commits.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use diesel::sql_types::{BigInt, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::app::{PATIENCE, Project, TestApp, event, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_sent_to_one_is_read_at_the_other() {
    let app = TestApp::new().await;
    let second = app.another().await;
    let workers = Workers::start(&app);
    let shop = app.user("ann").await.project("shop").await;
    let elsewhere = at(&shop, &second);
    shop.ingest(&event("sent to the first")).await;
    assert_eq!(elsewhere.events("").await[0]["name"], "sent to the first");
    elsewhere.ingest(&event("sent to the second")).await;
    assert_eq!(shop.events("").await.len(), 2);

    // A key that one revokes is refused by the other.
    let keys = shop.owner.get(&shop.path("/keys")).await.expect_status(200).await;
    let id = keys["items"][0]["id"].as_str().expect("an id").to_owned();
    shop.owner.delete(&shop.path(&format!("/keys/{id}"))).await.expect_status(204).await;
    let started = Instant::now();
    eventually("the other refuses the key", async || {
        (elsewhere.send(&event("late")).await.status() == 401).then_some(())
    })
    .await;
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    workers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_ids_sent_to_both_at_once_count_once() {
    let app = TestApp::new().await;
    let second = app.another().await;
    let workers = Workers::start(&app);
    let shop = app.user("ann").await.project("shop").await;
    let elsewhere = at(&shop, &second);
    let mut accepted = 0;
    let mut duplicates = 0;
    for round in 0..20 {
        let batch: Vec<Value> = (0..30).map(|n| with_id(round, n)).collect();
        let batch = json!(batch);
        let (one, other, third) =
            tokio::join!(shop.ingest(&batch), elsewhere.ingest(&batch), elsewhere.ingest(&batch));
        for answer in [one, other, third] {
            accepted += answer["accepted"].as_i64().expect("a count");
            duplicates += answer["duplicates"].as_i64().expect("a count");
        }
    }
    assert_eq!((accepted, duplicates), (600, 1200));
    assert_eq!(shop.events("?limit=1000").await.len(), 600);
    assert_eq!(counted(&shop).await, 600);
    assert_eq!(counted(&elsewhere).await, 600);
    workers.stop().await;
}

/// Every form of id, with and without a time.
fn with_id(round: usize, n: usize) -> Value {
    let id = if n.is_multiple_of(2) { Uuid::now_v7() } else { Uuid::new_v4() };
    let mut event = json!({"type": "metric", "name": format!("r{round}"), "value": n, "id": id});
    match n % 3 {
        0 => event["timestamp"] = json!(Utc::now()),
        1 => event["timestamp"] = json!(Utc::now() + TimeDelta::days(1)),
        _ => {}
    }
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn no_hole_ever_appears_behind_a_reader() {
    let app = TestApp::new().await;
    let second = app.another().await;
    let shop = app.user("ann").await.project("shop").await;
    let elsewhere = at(&shop, &second);
    const SENDERS: usize = 8;
    const BATCHES: usize = 40;
    let total: usize = (0..SENDERS * BATCHES).map(|n| n % 7 + 1).sum();

    let store = store(&app, &shop).await;
    let mut readers = JoinSet::new();
    for _ in 0..3 {
        readers.spawn(follow(app.database_url.clone(), store, total));
    }
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let to = if sender % 2 == 0 { shop.clone() } else { elsewhere.clone() };
        senders.spawn(async move {
            for n in 0..BATCHES {
                let size = (sender * BATCHES + n) % 7 + 1;
                let batch: Vec<Value> = (0..size).map(|_| event(&format!("s{sender}"))).collect();
                to.ingest(&json!(batch)).await;
            }
        });
    }
    while let Some(done) = senders.join_next().await {
        done.expect("sent");
    }
    while let Some(polls) = readers.join_next().await {
        let polls = polls.expect("no hole");
        println!("a reader saw {total} events in {polls} polls, in order and without a hole");
    }
    let seqs = seqs_after(&mut connect(&app.database_url).await, store, 0).await;
    assert_eq!(seqs, (1..=total as i64).collect::<Vec<_>>());
    assert_eq!(position(&app.database_url, store).await, total as i64);
    assert_eq!(counted(&shop).await, total as i64);
}

#[tokio::test(flavor = "multi_thread")]
async fn retries_leave_gaps_in_the_order_but_nothing_turns_up_behind_a_reader() {
    let app = TestApp::new().await;
    let second = app.another().await;
    let shop = app.user("ann").await.project("shop").await;
    let elsewhere = at(&shop, &second);
    let store = store(&app, &shop).await;
    let (stop, mut stopped) = watch::channel(false);
    let url = app.database_url.clone();
    let reader = tokio::spawn(async move {
        let mut conn = connect(&url).await;
        let mut seen: Vec<i64> = Vec::new();
        loop {
            let last_time = *stopped.borrow_and_update();
            let last = seen.last().copied().unwrap_or(0);
            seen.extend(seqs_after(&mut conn, store, last).await);
            if last_time {
                return seen;
            }
        }
    });
    let mut senders = JoinSet::new();
    for sender in 0..6_usize {
        let (shop, elsewhere) = (shop.clone(), elsewhere.clone());
        senders.spawn(async move {
            for n in 0..25 {
                let batch: Vec<Value> = (0..5).map(|i| with_id(sender, i)).collect();
                let batch = json!(batch);
                match n % 2 {
                    0 => drop(tokio::join!(shop.ingest(&batch), elsewhere.ingest(&batch))),
                    _ => drop(elsewhere.ingest(&batch).await),
                }
            }
        });
    }
    while let Some(done) = senders.join_next().await {
        done.expect("sent");
    }
    stop.send_replace(true);
    let seen = reader.await.expect("read");
    let all = seqs_after(&mut connect(&app.database_url).await, store, 0).await;
    assert_eq!(all.len(), 6 * 25 * 5);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "numbers are unique");
    assert_eq!(seen, all, "whoever polls for what is new has seen everything");
    assert!(position(&app.database_url, store).await >= *all.last().expect("events"));
    assert_eq!(counted(&shop).await, all.len() as i64);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_projects_written_by_both_at_once_are_never_refused() {
    let app = TestApp::new().await;
    let second = app.another().await;
    let ann = app.user("ann").await;
    let mut projects = Vec::new();
    for n in 0..6 {
        projects.push(ann.project(&format!("p{n}")).await);
    }
    // Batches of several projects lock the same rows in both processes.
    let mut senders = JoinSet::new();
    for sender in 0..24 {
        let project = projects[sender % 6].clone();
        let project = if sender / 6 % 2 == 0 { project } else { at(&project, &second) };
        senders.spawn(async move {
            for n in 0..20 {
                let body = json!([event(&format!("n{n}")), {"type": "metric", "name": "m", "value": n}]);
                assert_eq!(project.ingest(&body).await["accepted"], 2);
            }
        });
    }
    while let Some(done) = senders.join_next().await {
        done.expect("nothing was refused");
    }
    for project in &projects {
        assert_eq!(project.events("?limit=1000").await.len(), 4 * 20 * 2);
        assert_eq!(counted(project).await, 4 * 20 * 2);
    }
}

/// The same project, seen through another process.
fn at(project: &Project, app: &TestApp) -> Project {
    let mut elsewhere = project.clone();
    elsewhere.owner.client.base.clone_from(&app.base);
    elsewhere
}

/// Two workers that do everything a worker does.
struct Workers {
    stop: watch::Sender<bool>,
    running: JoinSet<anyhow::Result<()>>,
}

impl Workers {
    fn start(app: &TestApp) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut running = JoinSet::new();
        for _ in 0..2 {
            let options = pulseboard_worker::Options::new(app.db.clone(), app.database_url.clone());
            let mut stopped = stopped.clone();
            running.spawn(async move {
                let stop = async move { drop(stopped.wait_for(|stop| *stop).await) };
                pulseboard_worker::run(options, stop).await
            });
        }
        Self { stop, running }
    }

    async fn stop(mut self) {
        self.stop.send_replace(true);
        while let Some(worker) = self.running.join_next().await {
            worker.expect("no panic").expect("the worker ends in order");
        }
    }
}

/// Polls for what is new, as a live stream does, and fails at the first hole. Returns how often it asked.
async fn follow(url: String, store: Uuid, total: usize) -> usize {
    let mut conn = connect(&url).await;
    let (mut last, mut polls) = (0, 0);
    let deadline = Instant::now() + PATIENCE;
    while last < total as i64 {
        assert!(Instant::now() < deadline, "only {last} of {total} events came");
        let new = seqs_after(&mut conn, store, last).await;
        let expected: Vec<i64> = (last + 1..=last + new.len() as i64).collect();
        assert_eq!(new, expected, "a hole after {last}");
        last += new.len() as i64;
        polls += 1;
    }
    polls
}

#[derive(diesel::QueryableByName)]
struct Seq {
    #[diesel(sql_type = BigInt)]
    seq: i64,
}

async fn seqs_after(conn: &mut AsyncPgConnection, store: Uuid, last: i64) -> Vec<i64> {
    let query = "select seq from events where store_id = $1 and seq > $2 order by seq";
    let rows: Vec<Seq> = diesel::sql_query(query)
        .bind::<SqlUuid, _>(store)
        .bind::<BigInt, _>(last)
        .load(conn)
        .await
        .expect("reads");
    rows.into_iter().map(|row| row.seq).collect()
}

async fn position(url: &str, store: Uuid) -> i64 {
    let row: Seq = diesel::sql_query("select seq from stores where store_id = $1")
        .bind::<SqlUuid, _>(store)
        .get_result(&mut connect(url).await)
        .await
        .expect("a store");
    row.seq
}

async fn store(app: &TestApp, project: &Project) -> Uuid {
    #[derive(diesel::QueryableByName)]
    struct Store {
        #[diesel(sql_type = SqlUuid)]
        store_id: Uuid,
    }
    let id: Uuid = project.id.parse().expect("a UUID");
    let row: Store = diesel::sql_query("select store_id from stores where project_id = $1")
        .bind::<SqlUuid, _>(id)
        .get_result(&mut connect(&app.database_url).await)
        .await
        .expect("a store");
    row.store_id
}

async fn connect(url: &str) -> AsyncPgConnection {
    AsyncPgConnection::establish(url).await.expect("connects")
}

/// Events counted by the rollups.
async fn counted(project: &Project) -> i64 {
    let time = |minutes| (Utc::now() + TimeDelta::minutes(minutes)).format("%Y-%m-%dT%H:%M:%SZ");
    let path = project.path(&format!("/events/histogram?from={}&to={}&bucket=60", time(-30), time(5)));
    let histogram = project.owner.get(&path).await.expect_status(200).await;
    let count = |bucket: &Value| ["error", "event", "metric"].map(|kind| bucket[kind].as_i64().expect(kind));
    histogram["items"].as_array().expect("buckets").iter().flat_map(count).sum()
}
