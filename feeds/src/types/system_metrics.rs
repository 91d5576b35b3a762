//! The machine on which the feed runs: processor, memory, disk, network.

use std::sync::{Arc, Mutex, TryLockError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sysinfo::{Disk, DiskRefreshKind, Disks, MINIMUM_CPU_UPDATE_INTERVAL, Networks, System};

use super::{interval, no_more, nothing};
use crate::{FeedError, FeedType, Given, Sample, Way};

/// Feeds that ask within this time get the same measurement.
const FRESH: Duration = Duration::from_millis(500);
/// File systems that are no disks: they are full by nature, or in memory.
const NO_DISKS: [&str; 7] = ["squashfs", "tmpfs", "devtmpfs", "overlay", "iso9660", "erofs", "ramfs"];

pub(super) const TYPE: FeedType = FeedType {
    name: "system_metrics",
    title: "This machine",
    description: "Processor, memory, disk and network of the machine on which PulseBoard's worker runs.",
    way: Way::Polls,
    schema: || {
        json!({
            "type": "object", "additionalProperties": false,
            "properties": {"interval_sec": interval(1, 10)},
        })
    },
    example: || json!({"interval_sec": 10}),
    payload: || {
        json!({
            "cpu": 42.3, "ram": 68.1, "swap": 0.0, "disk": 71.5, "net_rx": 18_340, "net_tx": 9_120,
            "load": 1.25, "cores": 4, "ram_used": 11_400_000_000_u64, "ram_total": 16_700_000_000_u64,
            "disk_used": 71_500_000_000_u64, "disk_total": 100_000_000_000_u64, "uptime": 864_000,
        })
    },
    time: Duration::from_secs(10),
    needs: nothing,
    also: no_more,
    sample: |given| Box::pin(sample(given)),
};

async fn sample(given: Given) -> Result<Sample, FeedError> {
    let meter = given.surroundings.meter.clone();
    let measured = tokio::task::spawn_blocking(move || meter.measure()).await;
    measured.unwrap_or_else(|_| Err(unreadable())).map(Sample::one)
}

fn unreadable() -> FeedError {
    FeedError::new("unreadable", "The machine does not tell its measurements.")
}

/// Measures the machine for all feeds of a process: loads and rates are differences, so that two who
/// measure would have to wait for each.
#[derive(Clone, Default)]
pub(crate) struct Meter(Arc<Mutex<Option<Readings>>>);

struct Readings {
    system: System,
    networks: Networks,
    disks: Disks,
    /// When, and bytes received and sent until then.
    at: Instant,
    traffic: (u64, u64),
    newest: Option<Value>,
}

impl Meter {
    /// The first one takes a quarter of a second, as there is nothing yet to compare with.
    fn measure(&self) -> Result<Value, FeedError> {
        let mut readings = match self.0.try_lock() {
            Ok(readings) => readings,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            // A network disk that hangs: whoever waited here would hang with it.
            Err(TryLockError::WouldBlock) => return self.wait_for_other(),
        };
        let readings = match &mut *readings {
            Some(readings) => readings,
            none => {
                let first = none.insert(Readings::begin().ok_or_else(unreadable)?);
                std::thread::sleep(MINIMUM_CPU_UPDATE_INTERVAL + Duration::from_millis(50));
                first
            }
        };
        match &readings.newest {
            Some(newest) if readings.at.elapsed() < FRESH => Ok(newest.clone()),
            _ => Ok(readings.next()),
        }
    }

    /// Another feed is measuring, which takes a moment; its result will do.
    fn wait_for_other(&self) -> Result<Value, FeedError> {
        for _ in 0..40 {
            std::thread::sleep(Duration::from_millis(50));
            if let Ok(readings) = self.0.try_lock() {
                if let Some(newest) = readings.as_ref().and_then(|readings| readings.newest.clone()) {
                    return Ok(newest);
                }
                break;
            }
        }
        Err(FeedError::new("busy", "The machine is still being measured: a disk may not be answering."))
    }
}

impl Readings {
    fn begin() -> Option<Self> {
        let mut system = System::new().ok()?;
        system.refresh_cpu_usage();
        let networks = Networks::new_with_refreshed_list().ok()?;
        let disks = Disks::new().ok()?;
        Some(Self { traffic: traffic(&networks), system, networks, disks, at: Instant::now(), newest: None })
    }

    fn next(&mut self) -> Value {
        self.system.refresh_cpu_usage();
        self.system.refresh_memory();
        self.networks.refresh(true);
        self.disks.refresh_specifics(true, DiskRefreshKind::nothing().with_storage());
        let now = Instant::now();
        let seconds = now.duration_since(self.at).as_secs_f64().max(0.001);
        let (received, sent) = traffic(&self.networks);
        // Counters begin anew when an interface goes or comes.
        let rate = |now: u64, before: u64| (now.saturating_sub(before) as f64 / seconds).round() as u64;
        let rates = (rate(received, self.traffic.0), rate(sent, self.traffic.1));
        self.traffic = (received, sent);
        self.at = now;
        let measured = self.told(rates);
        self.newest = Some(measured.clone());
        measured
    }

    fn told(&self, (net_rx, net_tx): (u64, u64)) -> Value {
        let system = &self.system;
        let mut told = json!({
            "cpu": rounded(f64::from(system.global_cpu_usage()).clamp(0.0, 100.0)),
            "ram": percent(system.used_memory(), system.total_memory()),
            "swap": percent(system.used_swap(), system.total_swap()),
            "net_rx": net_rx, "net_tx": net_tx,
            "cores": system.cpus().len(),
            "ram_used": system.used_memory(), "ram_total": system.total_memory(),
        });
        if let Ok(load) = System::load_average() {
            told["load"] = rounded(load.one).into();
        }
        if let Ok(uptime) = System::uptime() {
            told["uptime"] = uptime.into();
        }
        if let Some(disk) = main_disk(&self.disks) {
            let used = disk.total_space().saturating_sub(disk.available_space());
            told["disk"] = percent(used, disk.total_space()).into();
            told["disk_used"] = used.into();
            told["disk_total"] = disk.total_space().into();
        }
        told
    }
}

/// The disk that holds the root; where that is no real disk, as in containers, the largest one.
fn main_disk(disks: &[Disk]) -> Option<&Disk> {
    let is_real = |disk: &&Disk| {
        disk.total_space() > 0 && !NO_DISKS.iter().any(|name| disk.file_system().eq_ignore_ascii_case(name))
    };
    let real = || disks.iter().filter(is_real);
    real()
        .find(|disk| disk.mount_point() == "/")
        .or_else(|| real().max_by_key(|disk| disk.total_space()))
        .or_else(|| disks.iter().find(|disk| disk.mount_point() == "/" && disk.total_space() > 0))
}

/// Bytes received and sent by all interfaces but the machine's own loop.
fn traffic(networks: &Networks) -> (u64, u64) {
    let real = networks.iter().filter(|(name, _)| !name.to_string_lossy().starts_with("lo"));
    real.fold((0, 0), |(received, sent), (_, network)| {
        (received + network.total_received(), sent + network.total_transmitted())
    })
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { rounded(part as f64 / whole as f64 * 100.0) }
}

fn rounded(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_measurement_is_one_and_all_share_it() {
        let meter = Meter::default();
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let meter = meter.clone();
                std::thread::spawn(move || meter.measure())
            })
            .collect();
        let all: Vec<Value> =
            threads.into_iter().map(|thread| thread.join().expect("ends").expect("measured")).collect();
        assert!(all.iter().all(|other| *other == all[0]), "{all:?}");
        for name in ["cpu", "ram", "swap", "disk"] {
            let percent = all[0][name].as_f64().unwrap_or(-1.0);
            assert!((0.0..=100.0).contains(&percent), "{name}: {}", all[0]);
        }
        assert!(all[0]["ram"] != 0.0 && all[0]["ram_total"].as_u64() > all[0]["ram_used"].as_u64());
        assert!(
            all[0]["cores"].as_u64() >= Some(1) && all[0]["net_rx"].is_u64() && all[0]["net_tx"].is_u64()
        );
        let mut shown: Vec<&String> = all[0].as_object().expect("an object").keys().collect();
        let example = (TYPE.payload)();
        shown.retain(|name| example.get(name.as_str()).is_none());
        assert!(shown.is_empty(), "not in the example: {shown:?}");
    }

    #[test]
    fn a_busy_processor_is_seen() {
        let meter = Meter::default();
        meter.measure().expect("measured");
        let until = Instant::now() + FRESH + Duration::from_millis(100);
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        let busy = meter.measure().expect("measured");
        assert!(busy["cpu"].as_f64() > Some(1.0), "{busy}");
    }
}
