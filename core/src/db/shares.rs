//! Shares: how many connections of a pool one tenant may hold at once, so that who asks for much at the
//! same time waits for himself and not everyone for him.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::ids::OrgId;

/// From so many tenants on, those that hold nothing are forgotten.
const FORGET_FROM: usize = 1024;

/// Who holds how much of a pool.
pub struct Shares {
    /// Connections that one tenant may hold.
    each: usize,
    held: Mutex<HashMap<OrgId, Arc<Semaphore>>>,
}

impl Shares {
    /// Half of a pool for each tenant, at least one connection.
    pub fn of_pool(size: usize) -> Self {
        Self { each: size.div_ceil(2).max(1), held: Mutex::default() }
    }

    /// Waits until the tenant holds less than its share; counts until the permit is dropped.
    pub async fn take(&self, org: OrgId) -> Option<OwnedSemaphorePermit> {
        // Only a closed semaphore gives none, and these are never closed.
        self.share_of(org).acquire_owned().await.ok()
    }

    fn share_of(&self, org: OrgId) -> Arc<Semaphore> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= FORGET_FROM {
            // Who holds a permit, or waits for one, holds the semaphore as well.
            held.retain(|_, share| Arc::strong_count(share) > 1);
        }
        held.entry(org).or_insert_with(|| Arc::new(Semaphore::new(self.each))).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_tenant_that_has_its_share_waits_and_others_do_not() {
        let shares = Shares::of_pool(3);
        let (ann, bob) = (OrgId::new(), OrgId::new());
        let held = [shares.take(ann).await, shares.take(ann).await];
        assert_eq!(shares.share_of(ann).available_permits(), 0);
        assert!(shares.take(bob).await.is_some());
        drop(held);
        assert!(shares.take(ann).await.is_some());
    }

    #[tokio::test]
    async fn only_who_holds_nothing_is_forgotten() {
        let shares = Shares::of_pool(1);
        let ann = OrgId::new();
        let held = shares.take(ann).await;
        for _ in 0..2 * FORGET_FROM {
            drop(shares.take(OrgId::new()).await);
        }
        assert!(shares.held.lock().expect("not poisoned").len() <= FORGET_FROM);
        assert_eq!(shares.share_of(ann).available_permits(), 0);
        drop(held);
        assert_eq!(shares.share_of(ann).available_permits(), 1);
    }
}
