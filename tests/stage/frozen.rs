//! A Postgres that has stopped answering, without having ended.

use std::process::Command;

/// Every process of a server, stopped with SIGSTOP until this is dropped.
pub struct Frozen(Vec<u32>);

impl Frozen {
    pub fn freeze(postmaster: u32) -> Self {
        let mut frozen = Self(Vec::new());
        // First the one that makes others, then those it has made.
        signal("STOP", &[postmaster]);
        frozen.0.push(postmaster);
        let shown = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output().expect("ps is there");
        for line in String::from_utf8_lossy(&shown.stdout).lines() {
            let mut numbers = line.split_whitespace().filter_map(|number| number.parse::<u32>().ok());
            if let (Some(pid), Some(parent)) = (numbers.next(), numbers.next())
                && parent == postmaster
            {
                signal("STOP", &[pid]);
                frozen.0.push(pid);
            }
        }
        assert!(frozen.0.len() > 3, "a server has several processes");
        frozen
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        signal("CONT", &self.0);
    }
}

fn signal(name: &str, pids: &[u32]) {
    // One that has ended meanwhile is no failure.
    let _ = Command::new("kill").arg(format!("-{name}")).args(pids.iter().map(u32::to_string)).status();
}
