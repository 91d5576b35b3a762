//! A thousand viewers of whom one has frozen, and a hundred people who sign in at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::traffic::{DEFAULT_LIMITS, PACE, Rounds, Traffic, compare, percentile, status};
use crate::stage::account::{Account, Addresses, PASSWORD};
use crate::stage::gauge::Gauge;
use crate::stage::outcome::Outcome;
use crate::stage::place::Place;
use crate::stage::process::Process;
use crate::stage::{PATIENCE, until};

/// Live connections that one person may have.
const OF_ONE_PERSON: usize = 100;
/// 16 bodies of nearly a megabyte: more than the kernel and the queue hold for one who does not read.
const LARGE: usize = 16;
/// Longer than the stall after which a viewer is ended, and the round in which that is noticed.
const FROZEN: Duration = Duration::from_secs(14);
/// The slow reader's own close code.
const TOO_SLOW: &str = "4408";
/// What one frozen viewer may cost the others' p99, and what no noise explains.
const PROMISED: f64 = 1.1;
const BEYOND_NOISE: f64 = 2.0;

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How many and how often.
pub struct Size {
    /// With the frozen one.
    pub viewers: usize,
    pub rounds: usize,
    /// Small events in a round, and the pause between two.
    pub events: usize,
    pub pace: Duration,
}

/// In turn without and with a viewer that takes nothing; the others must not notice.
pub async fn frozen_viewer(size: Size) -> Outcome {
    let place = Place::new("frozen-viewer");
    // Everyone comes from the same address here.
    let limits = [&DEFAULT_LIMITS[..2], &[("PULSEBOARD_CONNECTIONS_PER_ADDRESS", "0")]].concat();
    let process = Process::start(&place, "up", &limits).await;
    let mut account = Account::create(&Addresses::new([process.base.clone()]), 1).await;
    // The owner alone has the one that freezes.
    account.invite(size.viewers.div_ceil(OF_ONE_PERSON)).await;
    let mut viewers = Vec::new();
    for n in 0..size.viewers - 1 {
        viewers.push(Viewer::start(&account, 1 + n / OF_ONE_PERSON).await);
    }
    let gauge = Gauge::start([process.pid()]);
    let mut traffic = Traffic::of(&account);
    let mut answered = Vec::new();
    round(&size, &mut traffic, &viewers, &mut answered).await;
    gauge.mark();

    let (mut without, mut with) = (Rounds::default(), Rounds::default());
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    let mut longest = Duration::ZERO;
    for _ in 0..size.rounds {
        without.add(&round(&size, &mut traffic, &viewers, &mut answered).await);
        let mut frozen = connect(&account, 0, "", true).await;
        let since = tokio::time::Instant::now();
        with.add(&round(&size, &mut traffic, &viewers, &mut answered).await);
        // Within ten seconds the round was over before the frozen one was ended.
        longest = longest.max(since.elapsed());
        tokio::time::sleep_until(since + FROZEN).await;
        let end = tokio::time::timeout(PATIENCE, end_of(&mut frozen)).await;
        *ends.entry(end.unwrap_or_else(|_| "not at all".to_owned())).or_default() += 1;
    }

    let mut outcome = traffic.outcome(&format!("frozen viewer among {}", size.viewers), &gauge).await;
    let ratio = compare(&mut outcome, "delivery after the answer", &without, &with, PROMISED);
    let wrong = viewers.iter().filter(|viewer| !viewer.has_all(answered.len())).count();
    let mut ended = BTreeMap::<String, usize>::new();
    for viewer in viewers.iter_mut().filter(|viewer| viewer.reading.is_finished()) {
        let end = (&mut viewer.reading).await.unwrap_or_else(|error| error.to_string());
        *ended.entry(end).or_default() += 1;
    }
    outcome.note(format!(
        "the frozen ones ended with {ends:?}, their rounds were over after {:.1} s; of the others ended {ended:?}, \
         {wrong} missed something",
        longest.as_secs_f64()
    ));
    outcome.promise(ends.keys().all(|end| end == TOO_SLOW), "a frozen viewer is closed with 4408");
    outcome.promise(wrong == 0 && ended.is_empty(), "the others get everything, once and in order");
    outcome.promise(ratio <= BEYOND_NOISE, "the others' p99 does not double");
    outcome
}

/// Fills up whoever is frozen, then sends small events to everyone. The filling comes in every round, so
/// that rounds differ in the frozen one alone. Returns how long after the answer each event was there.
async fn round(
    size: &Size,
    traffic: &mut Traffic<'_>,
    viewers: &[Viewer],
    answered: &mut Vec<Instant>,
) -> Vec<Duration> {
    let filling = json!({"type": "event", "name": "large", "payload": "x".repeat(60_000)});
    let large = Value::Array(vec![filling; 16]);
    for _ in 0..LARGE {
        traffic.send(&large).await;
    }
    let first = answered.len();
    let mut pace = tokio::time::interval(size.pace);
    for _ in 0..size.events {
        pace.tick().await;
        traffic.send(&json!({"type": "metric", "name": "small", "value": answered.len()})).await;
        answered.push(Instant::now());
    }
    // Those who never get it, or whose connection has ended, are counted at the end.
    let is_done = |viewer: &Viewer| viewer.reading.is_finished() || viewer.seen().len() >= answered.len();
    let all_have = async || viewers.iter().all(is_done).then_some(());
    let _ = tokio::time::timeout(PATIENCE / 2, until("everyone has everything", all_have)).await;
    let times = |viewer: &Viewer| -> Vec<Duration> {
        let seen = viewer.seen();
        let late = seen.iter().filter(|(n, _)| *n >= first).filter_map(|(n, at)| {
            // It may come before the answer.
            answered.get(*n).map(|answered| at.saturating_duration_since(*answered))
        });
        late.collect()
    };
    viewers.iter().flat_map(times).collect()
}

/// Reads small events until it is dropped.
struct Viewer {
    /// Numbers of events, and when they came.
    seen: Arc<Mutex<Vec<(usize, Instant)>>>,
    /// Ends with how the connection did.
    reading: JoinHandle<String>,
}

/// As much of a frame as is looked at.
#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(default)]
    events: Vec<Small>,
}

#[derive(Deserialize)]
struct Small {
    value: f64,
}

impl Viewer {
    async fn start(account: &Account, person: usize) -> Self {
        let stream = connect(account, person, "&name=small", false).await;
        let seen = Arc::new(Mutex::new(Vec::new()));
        Self { seen: Arc::clone(&seen), reading: tokio::spawn(read(stream, seen)) }
    }

    fn seen(&self) -> MutexGuard<'_, Vec<(usize, Instant)>> {
        self.seen.lock().expect("not poisoned")
    }

    fn has_all(&self, count: usize) -> bool {
        self.seen().iter().map(|(n, _)| *n).eq(0..count)
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

async fn read(mut stream: Stream, seen: Arc<Mutex<Vec<(usize, Instant)>>>) -> String {
    loop {
        let message = stream.next().await;
        let now = Instant::now();
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(frame))) => return format!("{frame:?}"),
            Some(Ok(_)) => continue,
            Some(Err(error)) => return error.to_string(),
            None => return "abrupt".to_owned(),
        };
        let frame: Frame = serde_json::from_str(&text).expect("a frame");
        if frame.kind == "ping" {
            let _ = stream.send(Message::text(r#"{"type":"pong"}"#)).await;
        }
        let numbers = frame.events.iter().map(|event| (event.value as usize, now));
        seen.lock().expect("not poisoned").extend(numbers);
    }
}

/// Connects and waits for `ready`. The kernel takes in little for a narrow one.
async fn connect(account: &Account, person: usize, query: &str, narrow: bool) -> Stream {
    let base = account.addresses.pick(0);
    let request = account.http.post(format!("{base}/api/realtime/tickets"));
    let answer = request.bearer_auth(&account.people[person]).send().await.expect("an answer");
    let ticket: Value = answer.json().await.expect("JSON");
    let ticket = ticket["ticket"].as_str().expect("a ticket");
    let address = base.replace("http://", "");
    let url = format!("ws://{address}/api/realtime/{}?ticket={ticket}{query}", account.projects[0].id);
    let socket = TcpSocket::new_v4().expect("a socket");
    if narrow {
        socket.set_recv_buffer_size(4096).expect("a small buffer");
    }
    let connected = socket.connect(address.parse().expect("an address")).await.expect("connects");
    let opened = tokio_tungstenite::client_async(url, MaybeTlsStream::Plain(connected)).await;
    let (mut stream, _) = opened.expect("the socket opens");
    let ready = stream.next().await.expect("a frame").expect("a frame");
    assert!(ready.to_text().expect("text").contains("\"ready\""), "{ready}");
    stream
}

/// Reads to the end: the close code, or that there was none.
async fn end_of(stream: &mut Stream) -> String {
    loop {
        match stream.next().await {
            Some(Ok(Message::Close(Some(frame)))) => return u16::from(frame.code).to_string(),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return "abrupt".to_owned(),
        }
    }
}

/// What may be taken for a hundred sign-ins; hashed all at once they would take 1.9 GiB.
const SIGN_INS_MIB: f64 = 150.0;

/// So many people sign in at the same moment: as one who is let in, and as nobody.
pub async fn sign_ins(people: usize) -> Outcome {
    let place = Place::new("sign-ins");
    let process = Process::start(&place, "up", DEFAULT_LIMITS).await;
    let account = Account::create(&Addresses::new([process.base.clone()]), 1).await;
    let gauge = Gauge::start([process.pid()]);
    let mut traffic = Traffic::of(&account);
    let quiet = traffic.go_on_for(Duration::from_secs(5), PACE).await;
    gauge.mark();

    let mut notes = vec![format!("others' p99 {:.1?} before", percentile(&quiet, 99))];
    let mut unclean = None;
    for (who, expected) in [("ann", "200"), ("nobody", "401")] {
        let started = Instant::now();
        let mut crowd = JoinSet::new();
        for n in 0..people {
            let name = if who == "ann" { who.to_owned() } else { format!("{who}{n}") };
            crowd.spawn(sign_in(account.http.clone(), account.addresses.pick(0), name));
        }
        let mut answers: BTreeMap<String, usize> = BTreeMap::new();
        let times = traffic.go_on(PACE, || {
            while let Some(answer) = crowd.try_join_next() {
                *answers.entry(answer.expect("is answered")).or_default() += 1;
            }
            crowd.is_empty()
        });
        let times = times.await;
        let p99 = percentile(&times, 99);
        let took = started.elapsed();
        notes.push(format!("{people} at once as {who}: {answers:?} in {took:.1?}, others' p99 {p99:.1?}"));
        let clean = [expected, "429", "503"];
        unclean = unclean.or(answers.into_keys().find(|answer| !clean.contains(&answer.as_str())));
    }

    let mut outcome = traffic.outcome(&format!("{people} sign-ins at once"), &gauge).await;
    outcome.notes.extend(notes);
    let unclean = unclean.unwrap_or_default();
    outcome.promise(unclean.is_empty(), &format!("sign-ins are answered cleanly, not with {unclean}"));
    outcome.promise(
        outcome.figures.memory_peak - outcome.figures.memory_before < SIGN_INS_MIB,
        "sign-ins take less than 150 MiB",
    );
    outcome
}

/// The status; with what is wrong about it, if anything.
async fn sign_in(http: reqwest::Client, base: String, name: String) -> String {
    let body = json!({"email": format!("{name}@example.com"), "password": PASSWORD});
    match http.post(format!("{base}/api/auth/login")).json(&body).timeout(PATIENCE).send().await {
        Ok(answer) => status(&answer),
        Err(error) => error.to_string(),
    }
}
