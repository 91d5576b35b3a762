//! A hundred people who sign in at the same moment, at the real binary.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use serde_json::json;
use tokio::task::JoinSet;

use crate::app::PASSWORD;
use crate::stage::gauge::Gauge;
use crate::stage::place::Place;
use crate::stage::process::Process;

const CROWD: usize = 100;
/// One hash takes 19 MiB; without turns a hundred of them would take 1.9 GiB.
const MOST_MIB: f64 = 150.0;

/// Asks for something else until `done`; returns how long each answer took, the longest last.
async fn others(client: Client, url: String, done: Arc<AtomicBool>) -> Vec<Duration> {
    let mut times = Vec::new();
    while !done.load(Ordering::Relaxed) {
        let started = Instant::now();
        let answer = client.get(&url).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        times.push(started.elapsed());
    }
    times.sort();
    times
}

/// Everyone signs in at once; returns the statuses, and what others waited meanwhile.
async fn all_at_once(base: &str, email: impl Fn(usize) -> String) -> (Vec<StatusCode>, Vec<Duration>) {
    let client = Client::builder().no_proxy().build().expect("a client");
    let done = Arc::new(AtomicBool::new(false));
    let others = tokio::spawn(others(client.clone(), format!("{base}/readyz"), Arc::clone(&done)));
    let mut crowd = JoinSet::new();
    for n in 0..CROWD {
        let body = json!({"email": email(n), "password": PASSWORD});
        let request = client.post(format!("{base}/api/auth/login")).json(&body);
        crowd.spawn(async move { request.send().await.expect("an answer").status() });
    }
    let statuses = crowd.join_all().await;
    done.store(true, Ordering::Relaxed);
    (statuses, others.await.expect("answers"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_sign_ins_at_once_take_turns_and_not_memory() {
    let place = Place::new("crowd");
    let process = Process::up(&place).await;
    let client = Client::builder().no_proxy().build().expect("a client");
    let body = json!({"email": "ann@example.com", "password": PASSWORD, "name": "Ann"});
    let made = client.post(format!("{}/api/auth/register", process.base)).json(&body).send().await;
    assert_eq!(made.expect("an answer").status(), StatusCode::CREATED);

    let gauge = Gauge::start([process.pid()]);
    gauge.mark();
    for (who, email) in [("the same person", None), ("nobody", Some("nobody"))] {
        let started = Instant::now();
        let email =
            |n: usize| email.map_or("ann@example.com".into(), |name: &str| format!("{name}{n}@example.com"));
        let (statuses, meanwhile) = all_at_once(&process.base, email).await;
        let took = started.elapsed();
        let (before, peak) = gauge.before_and_peak();
        let count = |status: u16| statuses.iter().filter(|found| found.as_u16() == status).count();
        println!(
            "{CROWD} sign-ins at once ({who}): {} let in, {} wrong, {} slowed down in {took:?}; {before:.1} MiB before, \
             {peak:.1} MiB at most; {} other requests meanwhile, median {:?}, slowest {:?}",
            count(200),
            count(401),
            count(429),
            meanwhile.len(),
            meanwhile[meanwhile.len() / 2],
            meanwhile[meanwhile.len() - 1],
        );
        assert!(peak - before < MOST_MIB, "{:.1} MiB more", peak - before);
        match who {
            "nobody" => assert_eq!(count(401) + count(429), CROWD),
            _ => assert_eq!(count(200), CROWD),
        }
    }
}
