//! Jobs that fail, panic or take too long.

use std::time::Duration;

use pulseboard_worker::backoff::Backoff;
use pulseboard_worker::schedule::Job;

use super::{Place, asked, leave_trace};

#[tokio::test]
async fn a_failing_job_is_tried_again_after_a_pause_and_becomes_a_dead_letter() {
    let place = Place::with_queue().await;
    let job = asked("fail", |context, _| {
        Box::pin(async move {
            leave_trace(&context.db).await?;
            anyhow::bail!("no luck")
        })
    });
    // Longer than the worker's look at the queue, or else it would prove nothing.
    let pause = Duration::from_millis(1600);
    let worker = place.worker_that_rests(vec![job], Backoff { first: pause, longest: pause });
    place.ask("fail", 3).await;
    let letter = place.dead_letter().await;
    worker.stop().await;

    assert_eq!((letter.job.as_str(), letter.attempts), ("fail", 3));
    assert!(letter.error.expect("a reason").contains("no luck"));
    assert!(letter.at.is_some());
    assert_eq!(place.count("traces").await, 3);
    let gaps =
        "(select at - lag(at) over (order by at) as gap from traces) as gaps where gap < interval '0.8 s'";
    assert_eq!(place.count(gaps).await, 0, "at least half the pause lies between two tries");
}

#[tokio::test]
async fn a_panic_is_a_failure_and_hurts_no_other_job() {
    let place = Place::with_queue().await;
    let worker = place.worker(vec![
        asked("panic", |_, _| Box::pin(async { panic!("boom") })),
        asked("leave_trace", |context, _| Box::pin(async move { leave_trace(&context.db).await })),
    ]);
    place.ask("panic", 2).await;
    place.ask("leave_trace", 2).await;
    place.eventually_counts("traces", 1).await;
    let letter = place.dead_letter().await;
    assert_eq!((letter.job.as_str(), letter.attempts), ("panic", 2));
    assert!(letter.error.expect("a reason").contains("it panicked: boom"));
    assert_eq!(place.count("apalis.jobs where status = 'Running'").await, 0);
    assert_eq!(place.count("apalis.jobs where status = 'Done'").await, 1);
    worker.stop().await;
}

#[tokio::test]
async fn a_job_that_takes_too_long_is_cut_off() {
    let place = Place::with_queue().await;
    let job = asked("hang", |_, _| Box::pin(std::future::pending()));
    let worker = place.worker(vec![Job { time_limit: Duration::from_millis(100), ..job }]);
    place.ask("hang", 2).await;
    let letter = place.dead_letter().await;
    assert!(letter.error.expect("a reason").contains("longer than 100ms"));
    worker.stop().await;
}

#[tokio::test]
async fn an_error_that_postgres_cannot_hold_is_kept_without_that() {
    let place = Place::with_queue().await;
    let job = asked("fail", |_, _| Box::pin(async { anyhow::bail!("nul \0 and {}", "x".repeat(100_000)) }));
    let worker = place.worker(vec![job]);
    place.ask("fail", 1).await;
    assert!(place.dead_letter().await.error.expect("a reason").contains("nul  and xxx"));
    worker.stop().await;
}
