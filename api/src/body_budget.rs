//! How many bytes of bodies this process holds: while they arrive, and of ingest until they are stored.
//!
//! Counted as they come in, not as they are announced: whoever announces a megabyte and sends nothing
//! takes nothing. What goes over it is refused at once, so that memory is bounded whatever is sent.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use pulseboard_core::ids::ProjectId;

use crate::error::{ApiError, Code};

/// Bytes of all bodies together.
const ALL: usize = 64 * 1024 * 1024;
/// Bytes of one sender, so that none keeps the others out.
const ONE: usize = ALL / 4;

/// Whom bytes are counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    /// Whoever sends with a key outside of the body.
    Project(ProjectId),
    /// Everyone else; `None` if there is no address, as over a Unix socket.
    Address(Option<IpAddr>),
}

/// Cheap to clone.
#[derive(Clone, Default)]
pub struct BodyBudget(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    all: usize,
    of_senders: HashMap<Sender, usize>,
}

/// The share of one body; given back when it is dropped.
pub struct Share {
    budget: BodyBudget,
    sender: Sender,
    bytes: usize,
}

impl BodyBudget {
    /// An empty share, for a body that is about to be read.
    pub fn share(&self, sender: Sender) -> Share {
        Share { budget: self.clone(), sender, bytes: 0 }
    }

    /// Bytes that are held now.
    pub fn used(&self) -> usize {
        self.lock().all
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    /// Makes the share so large; refuses if there is no room, and leaves it as it was.
    pub fn resize(&mut self, bytes: usize) -> Result<(), ApiError> {
        let mut held = self.budget.lock();
        let own = held.of_senders.get(&self.sender).copied().unwrap_or_default();
        let (own, all) = (own - self.bytes + bytes, held.all - self.bytes + bytes);
        if bytes > self.bytes && (own > ONE || all > ALL) {
            return Err(no_room());
        }
        match own {
            0 => drop(held.of_senders.remove(&self.sender)),
            _ => drop(held.of_senders.insert(self.sender, own)),
        }
        held.all = all;
        self.bytes = bytes;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // Becoming smaller is never refused.
        let _ = self.resize(0);
    }
}

fn no_room() -> ApiError {
    let message = "Too many large bodies are arriving at once. Try again in a moment.";
    ApiError { retry_after: Some(1), ..ApiError::new(Code::Unavailable, message) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;

    #[test]
    fn a_sender_has_a_quarter_and_all_together_have_a_bound() {
        let budget = BodyBudget::default();
        let project = || Sender::Project(ProjectId::new());
        let greedy = project();
        let mut shares: Vec<Share> = (0..16).map(|_| budget.share(greedy)).collect();
        for share in &mut shares {
            share.resize(MIB).expect("within a quarter");
        }
        assert!(budget.share(greedy).resize(1).is_err());
        let mut others: Vec<Share> = (0..48).map(|_| budget.share(project())).collect();
        for share in &mut others {
            share.resize(MIB).expect("others have room");
        }
        assert_eq!(budget.used(), 64 * MIB);
        let mut late = budget.share(Sender::Address(None));
        assert!(late.resize(1).is_err(), "all is taken");
        shares[0].resize(MIB / 2).expect("smaller is always possible");
        late.resize(MIB / 2).expect("there is room again");
        drop((shares, others, late));
        assert_eq!(budget.used(), 0);
        assert!(budget.lock().of_senders.is_empty(), "nobody is remembered");
    }
}
