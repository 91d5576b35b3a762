//! The second gate: names become addresses once, and only permitted ones are handed on to be connected to.
//! Nothing looks the name up again, so an answer that changes later (rebinding) changes nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use super::target::is_below;
use super::{AllowList, OutboundError};

/// More addresses than this are not tried.
const MAX_ADDRESSES: usize = 32;
/// A lookup occupies a thread until the system gives up, which can be long after the request has: names
/// that never resolve must not take the threads that hash passwords.
const LOOKUPS_AT_ONCE: usize = 32;

/// Asks another resolver and passes on what may be connected to.
pub(super) struct Permitted {
    pub asked: Arc<dyn Resolve>,
    pub allow: Arc<AllowList>,
}

impl Resolve for Permitted {
    fn resolve(&self, name: Name) -> Resolving {
        let allow = self.allow.clone();
        // This name is no question (RFC 6761): a resolver could answer anything.
        let answer = if is_local(name.as_str()) {
            Box::pin(async { Ok(loopback()) })
        } else {
            self.asked.resolve(name)
        };
        Box::pin(async move {
            let found = answer.await.map_err(|_| OutboundError::UnknownHost)?;
            let found: Vec<IpAddr> = found.take(MAX_ADDRESSES).map(|address| address.ip()).collect();
            if found.is_empty() {
                return Err(OutboundError::UnknownHost.into());
            }
            let permitted: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| allow.permits(*address))
                // The port is the URL's, which has been checked; never the resolver's.
                .map(|address| SocketAddr::new(address, 0))
                .collect();
            if permitted.is_empty() {
                return Err(OutboundError::AddressRefused.into());
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

fn is_local(name: &str) -> bool {
    is_below(name.strip_suffix('.').unwrap_or(name), "localhost")
}

fn loopback() -> Addrs {
    let addresses = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)))
}

/// The system's own resolver: its hosts file, its servers.
pub(super) struct System {
    slots: Arc<Semaphore>,
}

impl System {
    pub fn new() -> Self {
        Self { slots: Arc::new(Semaphore::new(LOOKUPS_AT_ONCE)) }
    }
}

impl Resolve for System {
    fn resolve(&self, name: Name) -> Resolving {
        let slots = self.slots.clone();
        Box::pin(async move {
            let slot = slots.acquire_owned().await?;
            let looking = tokio::task::spawn_blocking(move || {
                let found = (name.as_str(), 0).to_socket_addrs();
                drop(slot);
                found
            });
            Ok(Box::new(looking.await??) as Addrs)
        })
    }
}
