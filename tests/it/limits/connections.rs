//! Connections: too many, too slow, too large.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use super::percentiles;
use crate::app::{Project, TestApp, event, eventually};
use crate::stage::account::{Account, Addresses};
use crate::stage::gauge::Gauge;
use crate::stage::place::Place;
use crate::stage::process::Process;

const MIB: usize = 1024 * 1024;
/// Connections that never finish what they began.
const SLOW: usize = 500;
/// By when they have to be gone, with a margin for a machine that is busy with other tests.
const CLOSED_WITHIN: Duration = Duration::from_secs(12);
const MARGIN: Duration = Duration::from_secs(6);

/// The beginning of a request with a key, which announces a body of so many bytes.
fn head(key: &str, length: usize, headers: &str) -> String {
    format!(
        "POST /ingest HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {key}\r\n{headers}\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
}

/// The real binary with one project.
async fn binary(name: &str) -> (Place, Process, Account) {
    let place = Place::new(name);
    let process = Process::up(&place).await;
    let account = Account::create(&Addresses::new([process.base.clone()]), 1).await;
    (place, process, account)
}

/// Sends events one after the other until told that it is enough; every one has to be accepted.
async fn good_traffic(account: &Account, mut enough: impl AsyncFnMut(usize) -> bool) -> Vec<Duration> {
    let mut times = Vec::new();
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    while !enough(times.len()).await {
        pace.tick().await;
        let request = account.http.post(format!("{}/ingest", account.addresses.pick(0)));
        let sent = Instant::now();
        let answer = request.bearer_auth(&account.projects[0].key).json(&event("good")).send().await;
        assert_eq!(answer.expect("an answer").status(), 202);
        times.push(sent.elapsed());
    }
    times
}

/// Begins a request in one of several ways and never ends it; returns when the server has closed it.
async fn never_finish(address: String, n: usize, key: String) -> Duration {
    let mut stream = TcpStream::connect(address).await.expect("connects");
    let whole = head(&key, 1000, "");
    let (begin, trickle) = match n % 4 {
        // A body that begins and stops, one that trickles, a head that stops, one that trickles.
        0 => (format!("{whole}[{{\"type\":"), false),
        1 => (whole, true),
        2 => (whole[..60].to_owned(), false),
        _ => (whole[..40].to_owned(), true),
    };
    let started = Instant::now();
    stream.write_all(begin.as_bytes()).await.expect("writes");
    let (mut reader, mut writer) = stream.into_split();
    let trickling = tokio::spawn(async move {
        let mut pace = tokio::time::interval(Duration::from_millis(500));
        while !trickle || writer.write_all(b"x").await.is_ok() {
            pace.tick().await;
        }
    });
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(CLOSED_WITHIN + MARGIN, reader.read_to_end(&mut answer)).await;
    trickling.abort();
    let text = String::from_utf8_lossy(&answer);
    assert!(ended.is_ok(), "way {} is still open: {text}", n % 4);
    assert!(text.is_empty() || text.starts_with("HTTP/1.1 408"), "way {}: {text}", n % 4);
    started.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_slow_connections_are_closed_and_good_traffic_goes_on() {
    let (_place, process, account) = binary("slow").await;
    let quiet = good_traffic(&account, async |sent| sent >= 200).await;
    let gauge = Gauge::start([process.pid()]);
    gauge.mark();
    let address = process.base.replace("http://", "");
    let mut slow = JoinSet::new();
    for n in 0..SLOW {
        slow.spawn(never_finish(address.clone(), n, account.projects[0].key.clone()));
    }
    let mut closed = Vec::new();
    let beside = good_traffic(&account, async |_| {
        while let Some(ended) = slow.try_join_next() {
            closed.push(ended.expect("is closed"));
        }
        closed.len() == SLOW
    })
    .await;
    let (before, peak) = gauge.before_and_peak();
    let last = closed.iter().max().expect("some").as_secs_f64();
    println!("quiet:                    {}", percentiles(quiet));
    println!("beside {SLOW} slow ones: {}", percentiles(beside));
    println!("the last was closed after {last:.1} s; memory {before:.0} → {peak:.0} MiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_bombs_at_once_take_little_memory() {
    let (_place, process, account) = binary("bombs").await;
    let zeros = vec![0; 200 * MIB];
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&zeros).expect("compresses");
    let bomb = Arc::new(encoder.finish().expect("compresses"));
    drop(zeros);
    good_traffic(&account, async |sent| sent >= 50).await;
    let gauge = Gauge::start([process.pid()]);
    gauge.mark();
    let mut sending = JoinSet::new();
    for _ in 0..100 {
        let (bomb, http, key) = (Arc::clone(&bomb), account.http.clone(), account.projects[0].key.clone());
        let url = format!("{}/ingest", process.base);
        sending.spawn(async move {
            let request = http.post(url).bearer_auth(key).header("content-encoding", "gzip");
            let answer = request.body(bomb.to_vec()).send().await.expect("an answer");
            answer.status().as_u16()
        });
    }
    let statuses = sending.join_all().await;
    let (before, peak) = gauge.before_and_peak();
    let too_large = statuses.iter().filter(|status| **status == 413).count();
    println!(
        "100 bombs of 200 MiB ({} KiB sent each): {too_large} × 413, {} × 503; memory {before:.0} → {peak:.0} MiB",
        bomb.len() / 1024,
        statuses.len() - too_large
    );
    assert!(statuses.iter().all(|status| [413, 503].contains(status)), "{statuses:?}");
    assert!(too_large > 0);
    assert!(peak - before < 100.0, "{before} → {peak}");
    good_traffic(&account, async |sent| sent >= 10).await;
}

/// Sends nearly all of a large body and stops.
async fn stall(app: &TestApp, shop: &Project) -> TcpStream {
    let mut stream = TcpStream::connect(app.server.address).await.expect("connects");
    stream.write_all(head(&shop.key, MIB, "").as_bytes()).await.expect("writes");
    // The end of it may be refused already.
    let _ = stream.write_all(&vec![b' '; MIB - 1]).await;
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn stalled_large_bodies_use_up_the_room_of_their_own_sender_only() {
    let app = TestApp::new().await;
    let greedy = app.user("greedy").await.project("greedy").await;
    let modest = app.user("modest").await.project("modest").await;
    let stalled: Vec<TcpStream> = futures_util::future::join_all((0..24).map(|_| stall(&app, &greedy))).await;
    let mut refused = None;
    for mut stream in stalled {
        // Those that fit wait for their last byte; one that does not is answered.
        let mut beginning = [0; 1024];
        let reading = tokio::time::timeout(Duration::from_millis(200), stream.read(&mut beginning)).await;
        if let Ok(Ok(read)) = reading {
            refused = Some(String::from_utf8_lossy(&beginning[..read]).to_lowercase());
            modest.ingest(&event("meanwhile")).await;
            break;
        }
    }
    let refused = refused.expect("24 bodies of a megabyte are more than a sender's room");
    assert!(refused.starts_with("http/1.1 503") && refused.contains("retry-after: 1"), "{refused}");
    eventually("there is room again", async || {
        (greedy.send(&event("a")).await.status() == 202).then_some(())
    })
    .await;
}

/// Connects from another address of this machine.
async fn connect_from(from: &str, app: &TestApp) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(format!("{from}:0").parse().expect("an address")).expect("binds");
    socket.connect(app.server.address).await.expect("connects")
}

/// Whether the server answers on this connection.
async fn is_served(stream: &mut TcpStream) -> bool {
    let asked = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n").await;
    let mut beginning = [0; 12];
    asked.is_ok() && stream.read_exact(&mut beginning).await.is_ok() && &beginning == b"HTTP/1.1 200"
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_so_many_connections_and_no_more() {
    const MAX: usize = 20;
    let app = TestApp::with(|config| config.limits.connections_per_address = MAX).await;
    let mut held = Vec::new();
    for _ in 0..MAX {
        let mut stream = connect_from("127.0.0.2", &app).await;
        assert!(is_served(&mut stream).await);
        held.push(stream);
    }
    for _ in 0..5 {
        assert!(!is_served(&mut connect_from("127.0.0.2", &app).await).await, "one too many");
        assert!(is_served(&mut connect_from("127.0.0.3", &app).await).await, "others have their own");
    }
    drop(held);
    eventually("there is room again", async || {
        is_served(&mut connect_from("127.0.0.2", &app).await).await.then_some(())
    })
    .await;
    let behind_proxy = TestApp::with(|config| {
        config.limits.connections_per_address = MAX;
        config.trust_proxy = true;
    })
    .await;
    let mut held = Vec::new();
    for _ in 0..=MAX {
        let mut stream = connect_from("127.0.0.2", &behind_proxy).await;
        assert!(is_served(&mut stream).await, "a proxy is one address");
        held.push(stream);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_and_held_bytes_are_shown() {
    let app = TestApp::new().await;
    let metrics = app.anyone().get("/metrics").await.0.text().await.expect("text");
    for gauge in ["pulseboard_http_connections ", "pulseboard_body_bytes "] {
        assert!(metrics.lines().any(|line| line.starts_with(gauge)), "{gauge}: {metrics}");
    }
    let shown =
        json!(metrics.lines().filter(|line| line.starts_with("pulseboard_events_total")).collect::<Vec<_>>());
    for outcome in ["accepted", "duplicate", "rejected", "rate_limited", "dropped"] {
        assert!(shown.to_string().contains(outcome), "{outcome}: {shown}");
    }
}
