//! Where faults are played: the real binary, a real Postgres and Redis, clients that behave as good
//! ones do, and the account of what they were promised and what they got. Shared by the short forms in
//! `tests/it/durability` and by `make chaos`.

pub mod account;
pub mod balancer;
pub mod frozen;
pub mod gauge;
pub mod installation;
pub mod load;
pub mod outcome;
pub mod place;
pub mod process;
pub mod reader;
pub mod redis;
pub mod source;
pub mod tally;

use std::time::{Duration, Instant};

/// How long a condition may take to come true before a scenario fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again until there is an answer; fails after [`PATIENCE`].
pub async fn until<T>(what: &str, ask: impl AsyncFnMut() -> Option<T>) -> T {
    until_within(PATIENCE, what, ask).await
}

/// The same with another patience.
pub async fn until_within<T>(patience: Duration, what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(started.elapsed() < patience, "{what} did not happen within {patience:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
