//! The least a balancer does: one address, several servers behind it, and on to the next one when a
//! server refuses.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Listens until it is dropped.
pub struct Balancer {
    /// `http://127.0.0.1:port`
    pub base: String,
    servers: Arc<RwLock<Vec<String>>>,
    accepting: JoinHandle<()>,
}

impl Balancer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("an address");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let servers = Arc::new(RwLock::new(Vec::new()));
        let accepting = tokio::spawn(accept(listener, Arc::clone(&servers)));
        Self { base, servers, accepting }
    }

    /// From now on to these servers, each `http://address`.
    pub fn forward_to(&self, bases: impl IntoIterator<Item = String>) {
        let addresses = bases.into_iter().map(|base| base.replace("http://", "")).collect();
        *self.servers.write().expect("not poisoned") = addresses;
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, servers: Arc<RwLock<Vec<String>>>) {
    let turn = Arc::new(AtomicUsize::new(0));
    loop {
        let Ok((mut client, _)) = listener.accept().await else { continue };
        let (servers, turn) = (Arc::clone(&servers), Arc::clone(&turn));
        tokio::spawn(async move {
            let addresses = servers.read().expect("not poisoned").clone();
            let first = turn.fetch_add(1, Ordering::Relaxed);
            for n in 0..addresses.len() {
                let Ok(mut server) = TcpStream::connect(&addresses[(first + n) % addresses.len()]).await
                else {
                    continue;
                };
                let _ = server.set_nodelay(true).and(client.set_nodelay(true));
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                return;
            }
        });
    }
}
