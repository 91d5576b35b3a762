//! One-time values in this process's memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// More values than this are not kept: they live for seconds, so that this many are an attack.
const MAX: usize = 100_000;

/// Values until they are taken or expire.
#[derive(Default)]
pub struct Memory(Mutex<HashMap<String, (Instant, String)>>);

impl Memory {
    /// Keeps a value; `false` if there is no room.
    pub fn put(&self, key: &str, value: String, ttl: Duration) -> bool {
        let now = Instant::now();
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Swept as it doubles, so that a put costs the same however many there are.
        if values.len() >= values.capacity() {
            values.retain(|_, (expires, _)| *expires > now);
        }
        if values.len() >= MAX {
            return false;
        }
        values.insert(key.to_owned(), (now + ttl, value));
        true
    }

    /// Takes a value that has not expired.
    pub fn take(&self, key: &str) -> Option<String> {
        let (expires, value) = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key)?;
        (expires > Instant::now()).then_some(value)
    }
}
