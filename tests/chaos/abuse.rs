//! Connections that never finish, and small bodies that become large ones.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::traffic::{DEFAULT_LIMITS, PACE, Rounds, Size, Traffic, compare, status};
use crate::stage::account::{Account, Addresses};
use crate::stage::gauge::Gauge;
use crate::stage::outcome::Outcome;
use crate::stage::place::Place;
use crate::stage::process::Process;

/// Connections that never finish, by when they have to be gone, and how long they are waited for.
const SLOW: usize = 500;
const CLOSED_WITHIN: Duration = Duration::from_secs(12);
const WAITED_FOR: Duration = Duration::from_secs(30);
/// What they may cost good traffic's p99.
const SLOW_PROMISED: f64 = 2.0;

/// Hundreds of connections that stop, or trickle, in the head or in the body.
pub async fn slow_connections(size: Size) -> Outcome {
    let place = Place::new("slow-connections");
    let process = Process::start(&place, "up", DEFAULT_LIMITS).await;
    let account = Account::create(&Addresses::new([process.base.clone()]), 1).await;
    let gauge = Gauge::start([process.pid()]);
    let mut traffic = Traffic::of(&account);
    traffic.go_on_for(size.time / 2, PACE).await;
    gauge.mark();

    let (mut without, mut with) = (Rounds::default(), Rounds::default());
    let (mut last, mut ends) = (Duration::ZERO, BTreeMap::<String, usize>::new());
    for _ in 0..size.rounds {
        without.add(&traffic.go_on_for(size.time, PACE).await);
        let mut slow = JoinSet::new();
        for n in 0..SLOW {
            slow.spawn(never_finish(process.base.replace("http://", ""), n, account.projects[0].key.clone()));
        }
        let times = traffic.go_on(PACE, || {
            while let Some(ended) = slow.try_join_next() {
                let (end, after) = ended.expect("is watched to its end");
                *ends.entry(end).or_default() += 1;
                last = last.max(after);
            }
            slow.is_empty()
        });
        with.add(&times.await);
    }

    let mut outcome = traffic.outcome(&format!("{SLOW} slow connections"), &gauge).await;
    outcome.note(format!("ended with {ends:?}, the last after {:.1} s", last.as_secs_f64()));
    compare(&mut outcome, "good traffic", &without, &with, SLOW_PROMISED);
    outcome.promise(last <= CLOSED_WITHIN, "slow connections are closed within 12 s");
    let unclean = ends.keys().find(|end| !["", "HTTP/1.1 408"].contains(&end.as_str()));
    outcome.promise(unclean.is_none(), &format!("they are closed, or told 408, and not {unclean:?}"));
    outcome
}

/// Begins a request in one of four ways; returns what the server said and after how long it closed.
async fn never_finish(address: String, n: usize, key: String) -> (String, Duration) {
    let head = format!(
        "POST /ingest HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    );
    let (begin, trickles) = match n % 4 {
        0 => (format!("{head}[{{\"type\":"), false),
        1 => (head, true),
        2 => (head[..60].to_owned(), false),
        _ => (head[..40].to_owned(), true),
    };
    let started = Instant::now();
    let Ok(mut stream) = TcpStream::connect(address).await else {
        return ("no connection".to_owned(), Duration::ZERO);
    };
    let begun = stream.write_all(begin.as_bytes()).await;
    let (mut reader, mut writer) = stream.split();
    let trickling = async {
        let mut pace = tokio::time::interval(Duration::from_millis(500));
        while begun.is_ok() && trickles && writer.write_all(b"x").await.is_ok() {
            pace.tick().await;
        }
        std::future::pending().await
    };
    let mut said = Vec::new();
    let ended = tokio::select! {
        ended = tokio::time::timeout(WAITED_FOR, reader.read_to_end(&mut said)) => ended,
        never = trickling => never,
    };
    let end = match ended {
        Ok(_) => String::from_utf8_lossy(&said).chars().take(12).collect(),
        Err(_) => "nothing, still open".to_owned(),
    };
    (end, started.elapsed())
}

const MIB: usize = 1 << 20;
/// What a small body becomes, how many come at once, and what all of them may take.
const SWELLS_TO: usize = 200 * MIB;
const BOMBS: usize = 100;
const BOMBS_MIB: f64 = 100.0;

/// Small bodies that become large ones when they are decoded.
pub async fn gzip_bombs(size: Size) -> Outcome {
    let place = Place::new("gzip-bombs");
    let process = Process::start(&place, "up", DEFAULT_LIMITS).await;
    let account = Account::create(&Addresses::new([process.base.clone()]), 1).await;
    let bomb = bomb();
    let gauge = Gauge::start([process.pid()]);
    let mut traffic = Traffic::of(&account);
    traffic.go_on_for(size.time / 2, PACE).await;
    gauge.mark();

    let mut answers = BTreeMap::<String, usize>::new();
    for _ in 0..size.rounds {
        let mut bombs = JoinSet::new();
        for _ in 0..BOMBS {
            let (http, url, body) = (account.http.clone(), format!("{}/ingest", process.base), bomb.clone());
            let key = account.projects[0].key.clone();
            bombs.spawn(async move {
                let request = http.post(url).bearer_auth(key).header(CONTENT_ENCODING, "gzip");
                match request.header(CONTENT_TYPE, "application/json").body(body).send().await {
                    Ok(answer) => status(&answer),
                    Err(error) => error.to_string(),
                }
            });
        }
        for answer in bombs.join_all().await {
            *answers.entry(answer).or_default() += 1;
        }
        traffic.go_on_for(size.time, PACE).await;
    }

    let mut outcome = traffic.outcome(&format!("{BOMBS} gzip bombs at once"), &gauge).await;
    let (kib, mib) = (bomb.len() / 1024, SWELLS_TO / MIB);
    outcome.note(format!("{kib} KiB each, {mib} MiB decoded, {} times: {answers:?}", size.rounds));
    let unclean = answers.keys().find(|answer| !["413", "503"].contains(&answer.as_str()));
    outcome.promise(unclean.is_none(), &format!("bombs are answered 413 or 503, not {unclean:?}"));
    let taken = outcome.figures.memory_peak - outcome.figures.memory_before;
    outcome.promise(taken < BOMBS_MIB, "bombs take less than 100 MiB");
    outcome
}

fn bomb() -> Bytes {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0; MIB];
    for _ in 0..SWELLS_TO / MIB {
        encoder.write_all(&zeros).expect("compresses");
    }
    encoder.finish().expect("compresses").into()
}
