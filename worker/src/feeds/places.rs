//! The places for samples that are under way: bounded in all, and for each tenant.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use pulseboard_core::feeds::claims::Room;
use pulseboard_core::ids::OrgId;

/// Samples at the same time; most of them wait for somebody's answer.
const PLACES: usize = 512;
/// Samples of one org among them.
const PER_ORG: usize = PLACES / 2;

/// Cheap to clone.
#[derive(Clone, Default)]
pub struct Places(Arc<Mutex<HashMap<OrgId, usize>>>);

/// A place that is taken; free again when it is dropped.
pub struct Place {
    places: Places,
    org: OrgId,
}

impl Places {
    /// Takes a place; whether there is one has been asked before.
    pub fn take(&self, org: OrgId) -> Place {
        *self.lock().entry(org).or_default() += 1;
        Place { places: self.clone(), org }
    }

    /// What can be taken on; nothing if all places are taken.
    pub fn room(&self) -> Option<Room> {
        let taken = self.lock();
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let free = PLACES.saturating_sub(taken.values().sum());
        (free > 0).then(|| Room {
            free: number(free),
            per_org: number(PER_ORG),
            running: taken.iter().map(|(org, n)| (*org, number(*n))).collect(),
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<OrgId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        match taken.get_mut(&self.org) {
            Some(n) if *n > 1 => *n -= 1,
            _ => drop(taken.remove(&self.org)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_and_come_free() {
        let (places, org) = (Places::default(), OrgId::new());
        let mut taken: Vec<Place> = (0..3).map(|_| places.take(org)).collect();
        let room = places.room().expect("room");
        assert_eq!((room.free, room.running), (PLACES as i64 - 3, vec![(org, 3)]));
        taken.extend((3..PLACES).map(|_| places.take(OrgId::new())));
        assert!(places.room().is_none());
        drop(taken);
        assert_eq!(places.room().map(|room| (room.free, room.running)), Some((PLACES as i64, vec![])));
    }
}
