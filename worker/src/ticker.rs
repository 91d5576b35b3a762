//! Puts periodic jobs into the queue when their time has come.
//!
//! Every worker does, and the key `name:tick` lets one of them succeed. A tick lives on in the queue: a
//! worker that dies in the middle does not lose it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use pulseboard_core::db::Conn;
use pulseboard_core::jobs;
use tokio::sync::watch;

use crate::Context;
use crate::schedule::{Job, When};

/// How often the clock is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// The pause after the database did not answer.
const AWAY: Duration = Duration::from_secs(5);

/// Ticks until told to stop.
pub async fn run(context: Context, jobs: Vec<Job>, mut stop: watch::Receiver<bool>) {
    let mut ticked: Vec<Option<DateTime<Utc>>> = vec![None; jobs.len()];
    let mut away = false;
    while !*stop.borrow() {
        match tick_due(&context, &jobs, &mut ticked).await {
            Ok(()) if away => {
                tracing::info!("periodic jobs go on");
                away = false;
            }
            Ok(()) => {}
            // Told once, not at every try.
            Err(error) if away => tracing::debug!(error = format!("{error:#}"), "periodic jobs still wait"),
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "periodic jobs wait for the database");
                away = true;
            }
        }
        let pause = if away { AWAY } else { LOOK };
        // An error means that the worker is gone: the loop would end as well.
        let _stopped = tokio::time::timeout(pause, stop.wait_for(|stop| *stop)).await;
    }
}

async fn tick_due(
    context: &Context,
    jobs: &[Job],
    ticked: &mut [Option<DateTime<Utc>>],
) -> anyhow::Result<()> {
    for (job, ticked) in jobs.iter().zip(ticked) {
        let Some(tick) = job.when.period().and_then(|period| tick_of(Utc::now(), period)) else { continue };
        if *ticked == Some(tick) {
            continue;
        }
        let due = match job.when {
            When::EveryIf(_, anything) => anything(context.clone()).await?,
            When::Every(_) | When::Asked => true,
        };
        if due {
            let work = async |conn: &mut Conn| anyhow::Ok(jobs::enqueue_tick(conn, job.name, tick).await?);
            context.db.system(work).await?;
        }
        *ticked = Some(tick);
    }
    Ok(())
}

/// The tick that a moment belongs to: the same for all workers.
fn tick_of(now: DateTime<Utc>, period: Duration) -> Option<DateTime<Utc>> {
    let period = i64::try_from(period.as_millis()).ok().filter(|period| *period > 0)?;
    let now = now.timestamp_millis();
    DateTime::from_timestamp_millis(now - now.rem_euclid(period))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_one_period_share_a_tick() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a time");
        let hour = Duration::from_secs(3600);
        for (now, period, expected) in [
            ("2026-11-20T19:00:00Z", hour, "2026-11-20T19:00:00Z"),
            ("2026-11-20T19:59:59.999Z", hour, "2026-11-20T19:00:00Z"),
            ("2026-11-20T20:00:00Z", hour, "2026-11-20T20:00:00Z"),
            ("2026-11-20T19:00:03.5Z", Duration::from_secs(2), "2026-11-20T19:00:02Z"),
            ("1969-12-31T23:59:59Z", hour, "1969-12-31T23:00:00Z"),
        ] {
            assert_eq!(tick_of(at(now), period), Some(at(expected)), "{now}");
        }
        assert_eq!(tick_of(at("2026-11-20T19:00:00Z"), Duration::ZERO), None);
    }
}
