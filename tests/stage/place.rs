//! A directory for one scenario.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::process::{is_running, kill};

/// A directory that goes away with its scenario, and with it a Postgres that is still there.
pub struct Place {
    pub path: PathBuf,
    /// Whether it is a small file system of its own.
    mounted: bool,
}

impl Place {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("pb-it-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("makes a directory");
        Self { path, mounted: false }
    }

    /// Its data is on a file system of so many MiB; nothing where we have no right to mount one.
    pub fn small(name: &str, mib: usize) -> Option<Self> {
        let mut place = Self::new(name);
        let data = place.data();
        std::fs::create_dir(&data).expect("makes a directory");
        let size = format!("size={mib}m,mode=0711");
        let mounting = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "none"]).arg(&data).output();
        place.mounted = mounting.is_ok_and(|output| output.status.success());
        place.mounted.then_some(place)
    }

    /// The data directory of the processes here.
    pub fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// The file that a private Postgres writes its number to.
    pub fn pid_file(&self) -> PathBuf {
        self.data().join("postgres/cluster/postmaster.pid")
    }

    /// The process of the private Postgres now.
    pub fn postgres(&self) -> Option<u32> {
        pid_in(&self.pid_file())
    }

    /// The end of what the processes logged.
    pub fn log(&self) -> String {
        let log = std::fs::read_to_string(self.path.join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// Whether any process has logged this.
    pub fn logged(&self, text: &str) -> bool {
        std::fs::read_to_string(self.path.join("log")).unwrap_or_default().contains(text)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(pid) = self.postgres()
            && is_running(pid)
        {
            kill(pid, "QUIT");
            let deadline = Instant::now() + Duration::from_secs(5);
            while is_running(pid) && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        if self.mounted {
            let _ = Command::new("umount").arg("--lazy").arg(self.data()).status();
        }
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

fn pid_in(file: &Path) -> Option<u32> {
    std::fs::read_to_string(file).ok()?.lines().next()?.trim().parse().ok()
}
