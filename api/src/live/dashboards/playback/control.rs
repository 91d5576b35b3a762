//! Where a playback begins, and what its buttons do.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use pulseboard_core::time_range;
use serde::Deserialize;
use tokio::sync::Notify;

use crate::live::dashboards::watch::Watch;

/// How much faster than time it may run.
pub const SPEEDS: std::ops::RangeInclusive<f64> = 1.0..=3600.0;

/// What the player's buttons do; what is left out stays as it is.
#[derive(Default, Deserialize)]
pub struct Control {
    #[serde(default)]
    pub(super) at: Option<String>,
    #[serde(default)]
    pub(super) speed: Option<f64>,
    #[serde(default)]
    pub(super) playing: Option<bool>,
    #[serde(skip)]
    pub(super) watch: Option<Watch>,
}

impl Control {
    /// Other panels are in sight, or another span.
    pub fn watching(watch: Watch) -> Self {
        Self { watch: Some(watch), ..Self::default() }
    }
}

/// What has been asked for and not been done yet: of each button only the newest counts, so that however
/// fast they are pressed nothing piles up.
#[derive(Default)]
pub struct Controls {
    waiting: Mutex<Control>,
    told: Notify,
}

impl Controls {
    pub fn tell(&self, control: Control) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let Control { at, speed, playing, watch } = control;
        waiting.at = at.or(waiting.at.take());
        waiting.speed = speed.or(waiting.speed);
        waiting.playing = playing.or(waiting.playing);
        waiting.watch = watch.or(waiting.watch.take());
        drop(waiting);
        self.told.notify_one();
    }

    /// Waits until something has been asked for.
    pub async fn told(&self) {
        self.told.notified().await;
    }

    pub fn take(&self) -> Control {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Where a playback begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Start {
    pub at: DateTime<Utc>,
    pub speed: f64,
}

impl Start {
    /// Reads the parameters of a URL; the error names the one that is wrong.
    pub fn read(
        at: &str,
        speed: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Self, (&'static str, &'static str)> {
        let at = time_range::time(at, now).filter(|at| *at < now);
        let at = at.ok_or(("at", "must be a time in the past: RFC 3339 or now-1h"))?;
        let speed = speed.filter(|text| !text.is_empty()).map_or(Some(1.0), |text| text.parse().ok());
        let speed = speed.filter(|speed| SPEEDS.contains(speed));
        Ok(Self { at, speed: speed.ok_or(("speed", "must be a number from 1 to 3600"))? })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_playback_begins_in_the_past() {
        let now: DateTime<Utc> = "2026-06-01T12:00:00Z".parse().expect("a time");
        let hour = Start { at: now - TimeDelta::hours(1), speed: 1.0 };
        assert_eq!(Start::read("now-1h", None, now), Ok(hour));
        assert_eq!(Start::read("2026-06-01T11:00:00Z", Some("60"), now), Ok(Start { speed: 60.0, ..hour }));
        for (at, speed, field) in [
            ("now", None, "at"),
            ("", None, "at"),
            ("2027-01-01T00:00:00Z", None, "at"),
            ("now-1h", Some("0"), "speed"),
            ("now-1h", Some("NaN"), "speed"),
            ("now-1h", Some("3601"), "speed"),
        ] {
            assert_eq!(Start::read(at, speed, now).map_err(|(field, _)| field), Err(field), "{at} {speed:?}");
        }
    }

    #[test]
    fn of_each_button_the_newest_counts() {
        let controls = Controls::default();
        for n in 0..1000 {
            controls.tell(Control { at: Some(format!("now-{n}s")), ..Control::default() });
            controls.tell(Control { playing: Some(n % 2 == 0), ..Control::default() });
        }
        let waiting = controls.take();
        assert_eq!(
            (waiting.at.as_deref(), waiting.speed, waiting.playing),
            (Some("now-999s"), None, Some(false))
        );
        assert!(controls.take().at.is_none(), "once");
    }
}
