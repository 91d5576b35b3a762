//! Live readers as a browser has them: connect with a ticket, go on from the last cursor whenever the
//! connection ends, and note every event that comes.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use super::account::{Account, Addresses};

/// The pause before connecting again, and how much longer it may be by chance.
const PAUSE: u64 = 100;
const JITTER: u64 = 400;
/// A connection on which nothing comes for so long, not even a sign of life, is dead.
const SILENCE: Duration = Duration::from_secs(45);

/// The two ways to read live.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Socket,
    Sse,
}

/// What a reader has seen.
#[derive(Default)]
pub struct Seen {
    pub ids: HashSet<Uuid>,
    /// Events that came more than once.
    pub repeats: usize,
    /// Events it was told it missed.
    pub missed: u64,
    /// How its connections ended: close codes, or `abrupt`.
    pub ends: BTreeMap<String, usize>,
    pub connections: usize,
    cursor: String,
}

/// Reads until it is dropped.
pub struct Reader {
    pub project: usize,
    seen: Arc<Mutex<Seen>>,
    reading: JoinHandle<()>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl Reader {
    /// The n-th reader of a project, from its beginning.
    pub fn start(account: &Account, project: usize, n: usize, way: Way) -> Self {
        let seen = Arc::new(Mutex::new(Seen { cursor: "0-0".to_owned(), ..Seen::default() }));
        let client = Client {
            http: account.http.clone(),
            // A stream has no end: no time limit for the whole.
            streams: reqwest::Client::builder().no_proxy().build().expect("a client"),
            addresses: account.addresses.clone(),
            token: account.people[n % account.people.len()].clone(),
            project: account.projects[project].id.clone(),
            seen: Arc::clone(&seen),
        };
        Self { project, seen, reading: tokio::spawn(client.run(n, way)) }
    }

    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("not poisoned")
    }
}

struct Client {
    http: reqwest::Client,
    streams: reqwest::Client,
    addresses: Addresses,
    token: String,
    project: String,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Deserialize)]
struct Ticket {
    ticket: String,
}

/// As much of a frame as is noted.
#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    cursor: Option<&'a str>,
    #[serde(default)]
    events: Vec<Event>,
    #[serde(default)]
    missed: u64,
}

#[derive(Deserialize)]
struct Event {
    id: Uuid,
}

impl Client {
    async fn run(self, n: usize, way: Way) {
        for attempt in n.. {
            let base = self.addresses.pick(attempt);
            let end = match way {
                Way::Socket => self.socket(&base).await,
                Way::Sse => self.sse(&base).await,
            };
            if let Some(end) = end {
                *self.lock().ends.entry(end).or_default() += 1;
            }
            let jitter = Uuid::new_v4().as_u128() as u64 % JITTER;
            tokio::time::sleep(Duration::from_millis(PAUSE + jitter)).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("not poisoned")
    }

    async fn ticket(&self, base: &str) -> Option<String> {
        let request = self.http.post(format!("{base}/api/realtime/tickets")).bearer_auth(&self.token);
        let response = request.send().await.ok().filter(|response| response.status() == 201)?;
        response.json::<Ticket>().await.ok().map(|answer| answer.ticket)
    }

    /// Reads one connection to its end; nothing if there was none.
    async fn socket(&self, base: &str) -> Option<String> {
        let (ticket, since) = (self.ticket(base).await?, self.lock().cursor.clone());
        let base = base.replace("http://", "ws://");
        let url = format!("{base}/api/realtime/{}?ticket={ticket}&since={since}", self.project);
        let (mut stream, _) = tokio_tungstenite::connect_async(url).await.ok()?;
        self.lock().connections += 1;
        loop {
            match tokio::time::timeout(SILENCE, stream.next()).await {
                Err(_) => return Some("silent".to_owned()),
                Ok(Some(Ok(Message::Text(text)))) => {
                    if self.note(&text) == "ping" {
                        let _ = stream.send(Message::text(r#"{"type":"pong"}"#)).await;
                    }
                }
                Ok(Some(Ok(Message::Close(frame)))) => {
                    return Some(
                        frame.map_or("without code".to_owned(), |frame| u16::from(frame.code).to_string()),
                    );
                }
                Ok(Some(Ok(_))) => {}
                Ok(Some(Err(_)) | None) => return Some("abrupt".to_owned()),
            }
        }
    }

    async fn sse(&self, base: &str) -> Option<String> {
        let (ticket, since) = (self.ticket(base).await?, self.lock().cursor.clone());
        let url = format!("{base}/api/realtime/{}/sse?ticket={ticket}", self.project);
        let response = self.streams.get(url).header("last-event-id", since).send().await.ok()?;
        let response = response.error_for_status().ok()?;
        self.lock().connections += 1;
        let mut chunks = response.bytes_stream();
        let mut text = Vec::new();
        let mut told = None;
        loop {
            match tokio::time::timeout(SILENCE, chunks.next()).await {
                Err(_) => return Some("silent".to_owned()),
                Ok(Some(Ok(chunk))) => text.extend_from_slice(&chunk),
                Ok(Some(Err(_)) | None) => return told.or_else(|| Some("abrupt".to_owned())),
            }
            while let Some(end) = text.windows(2).position(|two| two == b"\n\n") {
                let block: Vec<u8> = text.drain(..end + 2).collect();
                let block = String::from_utf8(block).expect("UTF-8");
                told = told.or_else(|| self.note_block(&block));
            }
        }
    }

    /// Notes one server-sent event; returns the code if it says why the stream ends.
    fn note_block(&self, block: &str) -> Option<String> {
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
        let (kind, data) = (field("event: ")?, field("data: ")?);
        if kind == "close" {
            let code = serde_json::from_str::<serde_json::Value>(data).ok()?["code"].to_string();
            return Some(code);
        }
        self.note(data);
        None
    }

    fn note<'a>(&self, text: &'a str) -> &'a str {
        let frame: Frame<'a> = serde_json::from_str(text).expect("a frame");
        let mut seen = self.lock();
        for event in &frame.events {
            if !seen.ids.insert(event.id) {
                seen.repeats += 1;
            }
        }
        seen.missed += frame.missed;
        // `ready` names where we already are, or where a gap has set us.
        if let Some(cursor) = frame.cursor {
            cursor.clone_into(&mut seen.cursor);
        }
        frame.kind
    }
}
