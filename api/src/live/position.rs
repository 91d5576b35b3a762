//! How far the hub has come in a project's events, and what a batch means there. Pure.

use std::collections::BTreeMap;

use pulseboard_core::live::{Cursor, EventBatch};

/// Batches that wait for the one before them.
const MAX_PARKED: usize = 64;

/// What to do with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on where we are.
    Deliver,
    /// We have been there.
    Drop,
    /// Something before it, or a part of it, has to be read from Postgres.
    CatchUp,
}

/// Judges a batch by the sequence number we have come to.
pub fn judge(position: i64, batch: &EventBatch) -> Verdict {
    if batch.last <= position {
        Verdict::Drop
    } else if batch.prev == position && batch.events.is_some() {
        Verdict::Deliver
    } else {
        Verdict::CatchUp
    }
}

/// The position, and batches that overtook others on the bus: two processes that write one project
/// commit in order but may publish out of it, and waiting a moment is cheaper than a query.
#[derive(Debug)]
pub struct Sequence {
    position: Cursor,
    parked: BTreeMap<i64, EventBatch>,
}

impl Sequence {
    pub fn new(position: Cursor) -> Self {
        Self { position, parked: BTreeMap::new() }
    }

    pub fn position(&self) -> Cursor {
        self.position
    }

    /// Whether something is missing before what has arrived.
    pub fn has_hole(&self) -> bool {
        !self.parked.is_empty()
    }

    /// Takes a batch in; returns what can be delivered now, in order.
    pub fn offer(&mut self, batch: EventBatch) -> Vec<EventBatch> {
        match judge(self.position.seq, &batch) {
            Verdict::Drop => return Vec::new(),
            Verdict::Deliver => {
                self.position = batch.cursor();
                let mut ready = vec![batch];
                ready.extend(self.unpark());
                return ready;
            }
            Verdict::CatchUp => {}
        }
        // With no room the first one stays: it says that there is a hole.
        if self.parked.len() < MAX_PARKED {
            self.parked.insert(batch.prev, batch);
        }
        Vec::new()
    }

    /// Everything up to `cursor` has been read elsewhere; returns what can be delivered after it.
    pub fn advance(&mut self, cursor: Cursor) -> Vec<EventBatch> {
        if cursor.seq >= self.position.seq {
            self.position = cursor;
        }
        self.unpark()
    }

    fn unpark(&mut self) -> Vec<EventBatch> {
        let mut ready = Vec::new();
        while let Some(first) = self.parked.first_entry() {
            match judge(self.position.seq, first.get()) {
                Verdict::Drop => {
                    first.remove();
                }
                Verdict::Deliver => {
                    let batch = first.remove();
                    self.position = batch.cursor();
                    ready.push(batch);
                }
                Verdict::CatchUp => break,
            }
        }
        ready
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(prev: i64, last: i64) -> EventBatch {
        EventBatch { prev, last, at: pulseboard_core::now(), events: Some(Vec::new()) }
    }

    fn at(seq: i64) -> Cursor {
        Cursor { seq, at: pulseboard_core::now() }
    }

    #[test]
    fn a_batch_is_judged_by_where_we_are() {
        for (position, prev, last, verdict) in [
            (5, 5, 8, Verdict::Deliver),
            (5, 0, 5, Verdict::Drop),
            (5, 2, 4, Verdict::Drop),
            (5, 6, 8, Verdict::CatchUp),
            (5, 3, 8, Verdict::CatchUp),
        ] {
            assert_eq!(judge(position, &batch(prev, last)), verdict, "{position}: {prev}..{last}");
        }
        let large = EventBatch { events: None, ..batch(5, 8) };
        assert_eq!(judge(5, &large), Verdict::CatchUp, "its events are only in Postgres");
    }

    #[test]
    fn batches_that_overtook_others_wait_for_them() {
        let mut sequence = Sequence::new(at(0));
        assert!(sequence.offer(batch(7, 9)).is_empty());
        assert!(sequence.offer(batch(2, 7)).is_empty());
        assert!(sequence.has_hole());
        let places: Vec<_> = sequence.offer(batch(0, 2)).iter().map(|b| (b.prev, b.last)).collect();
        assert_eq!(places, [(0, 2), (2, 7), (7, 9)]);
        assert!(!sequence.has_hole());
        assert_eq!(sequence.position().seq, 9);
        assert!(sequence.offer(batch(2, 7)).is_empty(), "a repeat is dropped");
    }

    #[test]
    fn what_was_read_from_postgres_is_not_delivered_again() {
        let mut sequence = Sequence::new(at(0));
        for (prev, last) in [(3, 5), (5, 8), (8, 10)] {
            assert!(sequence.offer(batch(prev, last)).is_empty());
        }
        let places: Vec<_> = sequence.advance(at(8)).iter().map(|b| (b.prev, b.last)).collect();
        assert_eq!(places, [(8, 10)]);
        assert!(!sequence.has_hole());
    }

    #[test]
    fn a_hole_stays_one_however_much_arrives_behind_it() {
        let mut sequence = Sequence::new(at(0));
        for n in 1..1000 {
            assert!(sequence.offer(batch(n, n + 1)).is_empty());
        }
        assert!(sequence.has_hole());
        assert!(sequence.parked.len() <= MAX_PARKED);
        sequence.advance(at(2000));
        assert!(!sequence.has_hole());
        assert_eq!(sequence.position().seq, 2000);
    }
}
