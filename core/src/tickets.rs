//! Tickets: what opens a live connection where a browser can't send headers.
//!
//! A ticket is good once and for thirty seconds, and stands for a person and their session. It is kept
//! on the bus, so that any process may redeem it. While Redis is away it is kept in the memory of the
//! process that issued it, and says so in its first letter: it is redeemed there or nowhere, so that it
//! can never be used twice. Behind a balancer a client may then have to try again; that is all.

use std::time::Duration;

use crate::bus::{Bus, BusError};
use crate::ids::{SessionId, UserId};
use crate::secrets;

/// How long a ticket is good for.
pub const LIFETIME: Duration = Duration::from_secs(30);
/// Longer than any of ours: not worth asking for.
const MAX_LENGTH: usize = 64;

/// Whom a ticket lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TicketGrant {
    pub user: UserId,
    pub session: SessionId,
}

/// A new ticket, 256 random bits. Fails only when this process already holds too many.
pub async fn issue(bus: &Bus, grant: TicketGrant) -> Result<String, BusError> {
    let token = secrets::random_token();
    let value = format!("{} {}", grant.user, grant.session);
    match bus.put_once(&key(&token), value.clone(), LIFETIME).await {
        Ok(()) => Ok(format!("b{token}")),
        Err(_) => {
            // Not the same one: the first may have arrived after all.
            let token = secrets::random_token();
            bus.put_here(&key(&token), value, LIFETIME)?;
            Ok(format!("h{token}"))
        }
    }
}

/// Uses a ticket up; `None` if it is not good (any more).
pub async fn redeem(bus: &Bus, ticket: &str) -> Result<Option<TicketGrant>, BusError> {
    if ticket.len() > MAX_LENGTH {
        return Ok(None);
    }
    let value = if let Some(token) = ticket.strip_prefix('b') {
        bus.take_once(&key(token)).await?
    } else if let Some(token) = ticket.strip_prefix('h') {
        bus.take_here(&key(token))
    } else {
        None
    };
    Ok(value.as_deref().and_then(parse))
}

/// Only the hash is kept: reading Redis does not let anyone in.
fn key(token: &str) -> String {
    format!("ticket:{}", secrets::encode(&secrets::hash_token(token)))
}

fn parse(value: &str) -> Option<TicketGrant> {
    let (user, session) = value.split_once(' ')?;
    Some(TicketGrant { user: user.parse().ok()?, session: session.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_ticket_lets_in_once() {
        let bus = Bus::local();
        let grant = TicketGrant { user: UserId::new(), session: SessionId::new() };
        let ticket = issue(&bus, grant).await.expect("room");
        assert_eq!(redeem(&bus, &ticket).await.expect("answers"), Some(grant));
        assert_eq!(redeem(&bus, &ticket).await.expect("answers"), None);
    }

    #[tokio::test]
    async fn what_is_no_ticket_lets_nobody_in() {
        let bus = Bus::local();
        for bad in ["", "b", "h", "x", "bé", &"b".repeat(5000)] {
            assert_eq!(redeem(&bus, bad).await.expect("answers"), None, "{bad}");
        }
    }
}
