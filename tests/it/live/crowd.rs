//! One reader among many has frozen: the others' events come as fast as before.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::client::{Closed, Socket};
use crate::app::{Project, TestApp, User};
#[cfg(target_os = "linux")]
use crate::stage::until;

/// Readers beside the frozen one; those of one person are at most a hundred.
const PEOPLE: usize = 2;
const READERS: usize = 100;
/// Events that everyone gets, and the pause between two.
const EVENTS: usize = 60;
const PACE: Duration = Duration::from_millis(50);
/// Bodies for the frozen one alone.
const LARGE_BODIES: usize = 16;
/// The stall after which it is ended, and the round in which that is noticed.
const NOTICED: Duration = Duration::from_secs(14);

/// When each event was answered, by its number.
type Answered = Arc<Mutex<Vec<Option<Instant>>>>;

/// Reads so many small events and says how long after the answer each came.
async fn read(mut socket: Socket, answered: Answered, count: usize) -> (Socket, Vec<Duration>) {
    let mut times = Vec::new();
    while times.len() < count {
        let events = socket.frame_of_events().await.0;
        let now = Instant::now();
        for event in events {
            let n = event["value"].as_f64().expect("its number") as usize;
            // It may come before the answer.
            let sent = answered.lock().expect("not poisoned")[n];
            times.push(sent.map(|at| now.saturating_duration_since(at)).unwrap_or_default());
        }
    }
    (socket, times)
}

/// Sends small events at a pace, for everyone; returns the crowd and how late each event was for each.
async fn round(shop: &Project, crowd: Vec<Socket>) -> (Vec<Socket>, Vec<Duration>) {
    let answered: Answered = Arc::new(Mutex::new(vec![None; EVENTS]));
    let mut reading = JoinSet::new();
    for socket in crowd {
        reading.spawn(read(socket, Arc::clone(&answered), EVENTS));
    }
    let mut pace = tokio::time::interval(PACE);
    for n in 0..EVENTS {
        pace.tick().await;
        shop.ingest(&json!({"type": "metric", "name": "small", "value": n})).await;
        answered.lock().expect("not poisoned")[n] = Some(Instant::now());
    }
    let (sockets, times): (Vec<_>, Vec<_>) = reading.join_all().await.into_iter().unzip();
    (sockets, times.into_iter().flatten().collect())
}

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    format!("p50 {:.1?}, p99 {:.1?}, last {:.1?}", at(50), at(99), at(100))
}

async fn crowd_of(shop: &Project, people: &[User]) -> Vec<Socket> {
    let mut crowd = Vec::new();
    for person in people {
        let place = Project { owner: person.clone(), ..shop.clone() };
        for _ in 0..READERS {
            crowd.push(Socket::open(&place, "&name=small").await);
        }
    }
    crowd
}

/// More than the kernel and the queue hold for a reader that does not read.
async fn flood(shop: &Project) {
    let filling = json!({"type": "event", "name": "large", "payload": "x".repeat(60_000)});
    let large = Value::Array(vec![filling; 16]);
    for _ in 0..LARGE_BODIES {
        shop.ingest(&large).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_reader_among_two_hundred_is_ended_and_nobody_else_notices() {
    let app = TestApp::new().await;
    let ann = app.user("ann").await;
    let shop = ann.project("shop").await;
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        people.push(ann.colleague(&app, &format!("viewer{n}"), "viewer").await);
    }
    let crowd = crowd_of(&shop, &people).await;
    let (crowd, before) = round(&shop, crowd).await;

    let mut frozen = Socket::open_narrow(&shop).await;
    let stalled = Instant::now();
    flood(&shop).await;
    let (mut crowd, mut beside) = round(&shop, crowd).await;
    while stalled.elapsed() < NOTICED {
        let (again, more) = round(&shop, crowd).await;
        crowd = again;
        beside.extend(more);
    }
    println!("{} readers:               {}", crowd.len(), percentiles(before));
    println!("{} readers and a frozen: {}", crowd.len(), percentiles(beside));
    assert_eq!(frozen.closed().await, Closed::With(4408));
}

/// Live connections that an app holds.
#[cfg(target_os = "linux")]
async fn connections(app: &TestApp) -> u64 {
    let metrics = app.anyone().get("/metrics").await.0.text().await.expect("text");
    let value = metrics.lines().find_map(|line| line.strip_prefix("pulseboard_live_connections "));
    value.expect("is shown").parse().expect("a number")
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_never_reads_again_does_not_hold_its_connection_for_ever() {
    let app = TestApp::new().await;
    let shop = app.user("ann").await.project("shop").await;
    let frozen = Socket::open_narrow(&shop).await;
    flood(&shop).await;
    assert_eq!(connections(&app).await, 1);
    let stalled = Instant::now();
    until("its connection is gone", async || (connections(&app).await == 0).then_some(())).await;
    println!("a peer that takes nothing was given up after {:.0} s", stalled.elapsed().as_secs_f64());
    drop(frozen);
}
