//! How much memory the product's processes hold: before the fault, and at most; and what they have worked.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::task::JoinHandle;

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Follows processes until it is dropped. Where several run, the largest counts.
pub struct Gauge {
    state: Arc<Mutex<State>>,
    looking: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    pids: Vec<u32>,
    before: f64,
    peak: f64,
}

impl Gauge {
    pub fn start(pids: impl Into<Vec<u32>>) -> Self {
        let state = Arc::new(Mutex::new(State { pids: pids.into(), ..State::default() }));
        let looking = tokio::spawn({
            let state = Arc::clone(&state);
            async move {
                loop {
                    look(&state);
                    tokio::time::sleep(LOOK).await;
                }
            }
        });
        Self { state, looking }
    }

    /// From now on these processes, in place of those before.
    pub fn follow(&self, pids: impl Into<Vec<u32>>) {
        lock(&self.state).pids = pids.into();
    }

    /// What is held now is what was held before the fault.
    pub fn mark(&self) {
        let mut state = lock(&self.state);
        state.before = largest(&state.pids);
        state.peak = state.before;
    }

    /// MiB before the fault and at most since then.
    pub fn before_and_peak(&self) -> (f64, f64) {
        let state = lock(&self.state);
        (state.before, state.peak)
    }
}

impl Drop for Gauge {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("not poisoned")
}

fn look(state: &Mutex<State>) {
    let mut state = lock(state);
    state.peak = state.peak.max(largest(&state.pids));
}

fn largest(pids: &[u32]) -> f64 {
    pids.iter().filter_map(|pid| resident_mib(*pid)).fold(0.0, f64::max)
}

/// Only where the system shows it as a file; elsewhere memory is not judged.
fn resident_mib(pid: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib / 1024.0)
}

/// Seconds of a processor that a process has used until now; nothing where the system does not show it.
pub fn worked_seconds(pid: u32) -> f64 {
    // In hundredths, after the name in brackets, which may have spaces in it.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    fields.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}
