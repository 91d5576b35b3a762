//! The outside world: places that listen on loopback and behave as told, and names that lead where told.

use std::collections::VecDeque;
use std::future::Future;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pulseboard_core::config::OutboundConfig;
use pulseboard_core::outbound::{Guard, Limits, Resolve};
use reqwest::dns::{Addrs, Name, Resolving};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Something that listens on loopback and counts who comes. It goes with the test.
pub struct Place {
    pub port: u16,
    /// Whether it listens on `::1` as well.
    pub has_ipv6: bool,
    hits: Arc<AtomicUsize>,
    heard: Arc<Mutex<String>>,
    listening: Vec<JoinHandle<()>>,
}

impl Place {
    /// What nobody may reach: answers whoever comes with a secret.
    pub async fn canary() -> Self {
        Self::answering("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret").await
    }

    /// Answers every request with these bytes and hangs up.
    pub async fn answering(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::serving(move |mut stream| {
            let bytes = bytes.clone();
            async move {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
            }
        })
        .await
    }

    /// Answers with a head and then with the same bytes again and again, until nobody listens any more.
    pub async fn repeating(head: &'static str, again: impl Into<Vec<u8>>, pause: Duration) -> Self {
        let again = again.into();
        Self::serving(move |mut stream| {
            let again = again.clone();
            async move {
                let mut alive = stream.write_all(head.as_bytes()).await.is_ok();
                while alive {
                    alive = stream.write_all(&again).await.is_ok();
                    tokio::time::sleep(pause).await;
                }
            }
        })
        .await
    }

    /// Takes the connection and says nothing.
    pub async fn silent() -> Self {
        Self::serving(|mut stream| async move {
            let _ = stream.read_to_end(&mut Vec::new()).await;
        })
        .await
    }

    async fn serving<F>(answer: impl Fn(TcpStream) -> F + Clone + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let ipv4 = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = ipv4.local_addr().expect("an address").port();
        let ipv6 = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await.ok();
        let has_ipv6 = ipv6.is_some();
        let hits = Arc::new(AtomicUsize::new(0));
        let heard = Arc::new(Mutex::new(String::new()));
        let listening = [Some(ipv4), ipv6]
            .into_iter()
            .flatten()
            .map(|listener| tokio::spawn(listen(listener, answer.clone(), hits.clone(), heard.clone())))
            .collect();
        Self { port, has_ipv6, hits, heard, listening }
    }

    pub fn url(&self) -> String {
        self.at("127.0.0.1")
    }

    /// Its URL by another host.
    pub fn at(&self, host: &str) -> String {
        format!("http://{host}:{}/latest/meta-data/", self.port)
    }

    /// How many connections have come.
    pub fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }

    /// The last request, in lower case.
    pub fn heard(&self) -> String {
        self.heard.lock().expect("no panic").clone()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.listening.iter().for_each(JoinHandle::abort);
    }
}

async fn listen<F>(
    listener: TcpListener,
    answer: impl Fn(TcpStream) -> F,
    hits: Arc<AtomicUsize>,
    heard: Arc<Mutex<String>>,
) where
    F: Future<Output = ()> + Send + 'static,
{
    while let Ok((mut stream, _)) = listener.accept().await {
        hits.fetch_add(1, Ordering::SeqCst);
        let request = request(&mut stream).await;
        *heard.lock().expect("no panic") = request;
        tokio::spawn(answer(stream));
    }
}

/// Reads a request with its body, or the beginning of whatever comes instead: a TLS handshake starts with
/// 22. Hanging up with something unread would take the answer back.
async fn request(stream: &mut TcpStream) -> String {
    let mut request = String::new();
    let mut chunk = [0; 4096];
    while request.is_empty() || (request.starts_with(char::is_alphabetic) && !is_whole(&request)) {
        match stream.read(&mut chunk).await {
            Ok(read) if read > 0 => request += &String::from_utf8_lossy(&chunk[..read]).to_lowercase(),
            _ => break,
        }
    }
    request
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().expect("a number"))
}

/// A resolver that answers as told: one list after the other, the last one for ever.
#[derive(Default)]
pub struct Names {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Names {
    pub fn answering(answers: &[&[&str]]) -> Arc<Self> {
        let parsed = answers.iter().map(|list| list.iter().map(|text| address(text)).collect());
        Arc::new(Self { answers: Mutex::new(parsed.collect()), asked: AtomicUsize::new(0) })
    }

    /// Knows no name.
    pub fn none() -> Arc<Self> {
        Arc::default()
    }

    /// How many questions have come.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

impl Resolve for Names {
    fn resolve(&self, _: Name) -> Resolving {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().expect("no panic");
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        // Port 7 is an attempt to choose the port, too.
        let found: Option<Vec<SocketAddr>> =
            answer.map(|list| list.into_iter().map(|ip| SocketAddr::new(ip, 7)).collect());
        Box::pin(async move {
            let found = found.ok_or_else(|| std::io::Error::other("no such name"))?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// A resolver that never answers.
pub struct Silence;

impl Resolve for Silence {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(std::future::pending())
    }
}

/// A guard that knows no names.
pub fn guard(allowed: &str) -> Guard {
    guard_with(allowed, Names::none())
}

pub fn guard_with(allowed: &str, names: Arc<dyn Resolve>) -> Guard {
    limited(allowed, names, Limits::default())
}

pub fn limited(allowed: &str, names: Arc<dyn Resolve>, limits: Limits) -> Guard {
    let config = OutboundConfig { allow: allowed.parse().expect("networks") };
    Guard::with(&config, names, limits).expect("a guard")
}
