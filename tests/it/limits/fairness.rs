//! One tenant far over its limit, and another that goes about its business.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::{events, limited, percentiles};
use crate::app::{Project, event};

/// Events per second that a key may send.
const RATE: u32 = 200;
/// Events in a body of the flood, and its bodies per second: ten times the rate.
const BODY: usize = 20;
const BODIES_PER_SECOND: u32 = 100;
/// Requests of the other tenant, and the pause between them.
const REQUESTS: usize = 300;
const PAUSE: Duration = Duration::from_millis(10);

/// Sends one event after the other; none may be refused. Returns how long each took.
async fn go_about(project: &Project) -> Vec<Duration> {
    let mut pace = tokio::time::interval(PAUSE);
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut times = Vec::new();
    for _ in 0..REQUESTS {
        pace.tick().await;
        let sent = Instant::now();
        project.ingest(&event("modest")).await;
        times.push(sent.elapsed());
    }
    times
}

/// Sends ten times as much as it may until it is told to stop; returns accepted and refused bodies.
async fn flood(project: Project, mut stopped: watch::Receiver<bool>) -> (usize, usize) {
    let mut pace = tokio::time::interval(Duration::from_secs(1) / BODIES_PER_SECOND);
    let (mut accepted, mut refused) = (0, 0);
    loop {
        tokio::select! {
            _ = pace.tick() => {}
            _ = stopped.wait_for(|stop| *stop) => return (accepted, refused),
        }
        let answer = project.send(&events(BODY)).await;
        match answer.status().as_u16() {
            202 => accepted += 1,
            429 => refused += 1,
            other => panic!("{other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_times_its_quota_gets_a_tenant_nothing_and_costs_the_others_nothing() {
    let app = limited(RATE, 2 * RATE, 0).await;
    let greedy = app.user("greedy").await.project("greedy").await;
    let modest = app.user("modest").await.project("modest").await;
    let alone = go_about(&modest).await;
    // What may be sent at once is used up; from here on it is the rate alone.
    for _ in 0..2 {
        greedy.ingest(&events(1000)).await;
    }
    let (stop, stopped) = watch::channel(false);
    let flooding = tokio::spawn(flood(greedy.clone(), stopped));
    let beside = go_about(&modest).await;
    stop.send(true).expect("floods");
    let (accepted, refused) = flooding.await.expect("floods");
    println!("alone:            {}", percentiles(alone));
    println!("beside the flood: {}", percentiles(beside));
    println!("of the flood's bodies {accepted} were accepted, {refused} refused");
    assert!(refused > 4 * accepted, "{accepted} accepted, {refused} refused");
    assert_eq!(modest.events("?limit=1000").await.len(), 2 * REQUESTS, "none was refused, none lost");
}
