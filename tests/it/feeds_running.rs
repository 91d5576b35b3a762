//! Feeds on real worker processes: shared, in time, and going on when one dies or the database was away. The
//! short forms of `make chaos`.

#[path = "../chaos/polling.rs"]
mod polling;

use std::time::Duration;

use polling::{Fault, Size, two_workers};

const SHORT: fn(usize, Fault) -> Size =
    |feeds, fault| Size { feeds, time: Duration::from_secs(6), fault, strict: false };

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_feeds_tick_once_a_second_on_two_workers() {
    // In time, too, where there is nothing else to do: `make chaos` promises it.
    two_workers(SHORT(100, Fault::Nothing)).await.expect_kept();
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_of_a_killed_worker_go_on_at_the_other() {
    two_workers(SHORT(20, Fault::Killed)).await.expect_kept();
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_go_on_when_postgres_is_back() {
    two_workers(SHORT(20, Fault::WithoutPostgres)).await.expect_kept();
}
