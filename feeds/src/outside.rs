//! The outside world of the tests: places on loopback that answer as told and remember what they heard.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::surroundings::tests::surroundings;
use crate::{FeedError, Given, Sample, check, find};

/// Something that listens on loopback. It goes with the test.
pub struct Place {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    listening: JoinHandle<()>,
}

impl Place {
    /// Answers 200 with JSON.
    pub async fn telling(json: impl ToString) -> Self {
        Self::saying("200 OK", "Content-Type: application/json\r\n", json.to_string()).await
    }

    /// Answers with a status line, headers and a body.
    pub async fn saying(status: &str, headers: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let head = format!(
            "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        Self::answering([head.into_bytes(), body].concat()).await
    }

    /// Answers every request with these bytes and hangs up.
    pub async fn answering(bytes: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let remembered = heard.clone();
        let listening = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 8192];
                let read = stream.read(&mut request).await.unwrap_or(0);
                let text = String::from_utf8_lossy(&request[..read]).into_owned();
                remembered.lock().expect("the lock").push(text);
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
            }
        });
        Self { port, heard, listening }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The requests so far.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("the lock").clone()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Checks a configuration and takes a sample with it, where loopback may be asked.
pub async fn sampled(name: &str, config: Value) -> Result<Sample, FeedError> {
    let kind = find(name).expect("a type");
    let surroundings = Arc::new(surroundings());
    let checked =
        check(kind, &config, &surroundings).unwrap_or_else(|problems| panic!("{config}: {problems:?}"));
    let now = "2026-11-21T12:00:00Z".parse().expect("a time");
    kind.run(Given { config: checked.config, surroundings, now }).await
}
