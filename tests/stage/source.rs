//! Somewhere that feeds ask: a server on loopback that answers with a number and counts who asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Ends when it is dropped.
pub struct Source {
    pub url: String,
    asked: Arc<AtomicUsize>,
    answering: JoinHandle<()>,
}

impl Source {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let asked = Arc::new(AtomicUsize::new(0));
        let counting = Arc::clone(&asked);
        let answering = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let n = counting.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(answer(stream, n));
            }
        });
        Self { url, asked, answering }
    }

    /// How often it has been asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.answering.abort();
    }
}

async fn answer(mut stream: TcpStream, n: usize) {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request).await;
    let body = format!(r#"{{"load": {n}, "queues": {{"mail": 3}}}}"#);
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
    let answer = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}
