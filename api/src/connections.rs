//! Who is connected: so many connections in all, and so many from one address.
//!
//! What is over that is closed as soon as it is accepted, which costs less than any answer. Peers that
//! are gone without a word, or that take nothing, are given up by the kernel.

use std::any::Any;
use std::collections::HashMap;
use std::net::{IpAddr, Shutdown};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use pulseboard_core::config::HttpConfig;
use pulseboard_core::subscriber::subscriber;
use socket2::SockRef;

/// How long a peer may leave what we sent without taking it.
const TAKEN_WITHIN: Duration = Duration::from_secs(30);
/// Files beside the connections: databases, Redis, the log, what is being opened.
const OTHER_FILES: usize = 128;

/// The connections of this process. Cheap to clone.
#[derive(Clone)]
pub struct Connections {
    /// In all.
    pub max: usize,
    max_per_address: Option<usize>,
    open: Arc<Mutex<Open>>,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A connection that is counted until it is dropped, which happens when it ends.
struct Counted {
    connections: Connections,
    address: IpAddr,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut open = self.connections.lock();
        open.all -= 1;
        if let Some(count) = open.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.by_address.remove(&self.address);
            }
        }
    }
}

impl Connections {
    pub fn new(config: &HttpConfig) -> Self {
        let mut max = config.limits.connections;
        if let Some(files) = open_files_allowed()
            && max + OTHER_FILES > files
        {
            max = files.saturating_sub(OTHER_FILES).max(files / 2);
            tracing::info!(connections = max, files, "fewer connections are taken, as few files may be open");
        }
        // Behind a proxy they all come from one address.
        let per_address = Some(config.limits.connections_per_address);
        let max_per_address = per_address.filter(|max| *max > 0 && !config.trust_proxy);
        Self { max, max_per_address, open: Arc::default() }
    }

    /// Counts a connection that was just accepted, or closes it.
    pub fn accept(&self, io: &dyn Any, extensions: &mut Extensions) {
        let Some(stream) = io.downcast_ref::<TcpStream>() else { return };
        let socket = SockRef::from(stream);
        let counted = stream.peer_addr().ok().and_then(|peer| self.count(subscriber(peer.ip())));
        match counted {
            Some(counted) => drop(extensions.insert(counted)),
            // It is gone if this fails.
            None => drop(socket.shutdown(Shutdown::Both)),
        }
        #[cfg(target_os = "linux")]
        if let Err(error) = socket.set_tcp_user_timeout(Some(TAKEN_WITHIN)) {
            tracing::debug!(%error, "a connection has no time limit of its own");
        }
    }

    fn count(&self, address: IpAddr) -> Option<Counted> {
        let mut open = self.lock();
        let own = open.by_address.get(&address).copied().unwrap_or_default();
        if open.all >= self.max || self.max_per_address.is_some_and(|max| own >= max) {
            return None;
        }
        open.all += 1;
        open.by_address.insert(address, own + 1);
        Some(Counted { connections: self.clone(), address })
    }

    /// Connections that are open now.
    pub fn open(&self) -> usize {
        self.lock().all
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many files this process may open, where the system tells.
fn open_files_allowed() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(max: usize, max_per_address: Option<usize>) -> Connections {
        Connections { max, max_per_address, open: Arc::default() }
    }

    #[test]
    fn each_address_and_all_together_have_a_bound() {
        let connections = connections(5, Some(3));
        let [one, other] = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse().expect("an address"));
        let mut held: Vec<_> = (0..3).map(|_| connections.count(one).expect("room")).collect();
        assert!(connections.count(one).is_none(), "an address has its bound");
        held.extend((0..2).map(|_| connections.count(other).expect("room")));
        assert!(connections.count(other).is_none(), "all together have one");
        held.clear();
        assert_eq!(connections.open(), 0);
        assert!(connections.lock().by_address.is_empty(), "nobody is remembered");
        drop(connections.count(one).expect("room again"));
    }
}
