//! What holds for positions and for the heads of frames whatever comes in. Inputs are generated from a
//! fixed seed; `PROPTEST_CASES=100000` asks for more of them.

use proptest::collection::vec;
use proptest::prelude::*;
use pulseboard_core::live::{Cursor, EventBatch};

use super::position::{Sequence, Verdict, judge};
use crate::parser_properties::config;

fn batch(prev: i64, last: i64) -> EventBatch {
    EventBatch { prev, last, at: pulseboard_core::now(), events: Some(Vec::new()) }
}

/// Where a commit begins and where it ends.
type Commit = (i64, i64);

/// Commits of these sizes, one after the other.
fn commits(sizes: &[i64]) -> Vec<Commit> {
    let ends = sizes.iter().scan(0, |at, size| {
        let prev = *at;
        *at += size;
        Some((prev, *at))
    });
    ends.collect()
}

/// Commits in the order in which a bus may tell of them: any, and some more than once.
fn told() -> impl Strategy<Value = (Vec<Commit>, Vec<Commit>)> {
    vec(1..5_i64, 1..40).prop_flat_map(|sizes| {
        let commits = commits(&sizes);
        let repeats = vec(prop::sample::select(commits.clone()), 0..10);
        (Just(commits), repeats).prop_flat_map(|(commits, repeats)| {
            let all = [commits.clone(), repeats].concat();
            (Just(commits), Just(all).prop_shuffle())
        })
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_the_order_each_commit_is_delivered_once_and_in_turn((commits, told) in told()) {
        let mut sequence = Sequence::new(Cursor { seq: 0, at: pulseboard_core::now() });
        let mut delivered = Vec::new();
        for (prev, last) in told {
            delivered.extend(sequence.offer(batch(prev, last)).iter().map(|batch| (batch.prev, batch.last)));
            prop_assert_eq!(sequence.position().seq, delivered.last().map_or(0, |(_, last)| *last));
        }
        prop_assert_eq!(delivered, commits);
        prop_assert!(!sequence.has_hole());
    }

    #[test]
    fn what_was_read_elsewhere_is_never_delivered((commits, told) in told(), read_up_to in 0..40_usize, after in 0..50_usize) {
        let read = commits[..read_up_to.min(commits.len())].last().map_or(0, |(_, last)| *last);
        let mut sequence = Sequence::new(Cursor { seq: 0, at: pulseboard_core::now() });
        let mut delivered: Vec<Commit> = Vec::new();
        for (n, (prev, last)) in told.into_iter().enumerate() {
            let mut ready = sequence.offer(batch(prev, last));
            if n == after {
                let before = sequence.position().seq;
                ready.extend(sequence.advance(Cursor { seq: read, at: pulseboard_core::now() }));
                // What was read is as good as delivered.
                delivered.extend(commits.iter().filter(|(prev, last)| *prev >= before && *last <= read));
            }
            delivered.extend(ready.iter().map(|batch| (batch.prev, batch.last)));
        }
        delivered.sort_unstable();
        prop_assert_eq!(delivered, commits);
        prop_assert!(!sequence.has_hole());
    }

    #[test]
    fn a_verdict_follows_from_the_numbers(position in 0..100_i64, prev in 0..100_i64, size in 1..50_i64) {
        let last = prev + size;
        let expected = if last <= position { Verdict::Drop } else if prev == position { Verdict::Deliver } else { Verdict::CatchUp };
        prop_assert_eq!(judge(position, &batch(prev, last)), expected);
    }
}
