//! What Postgres keeps on disk: making the cluster, its settings, and the file in which a running
//! server says who and how it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::home::Home;
use super::{Binaries, EmbeddedError, Settings};

/// Free space below which a new cluster is not begun: initdb takes 40 MiB, the log grows next.
const NEEDED_MIB: u64 = 512;

/// A cluster that is ready to be started.
#[derive(Debug)]
pub(super) struct Cluster {
    pub home: Home,
    pub binaries: Binaries,
    /// Whether the settings differ from those the last server was started with.
    pub settings_changed: bool,
}

impl Cluster {
    /// Finds the cluster in `home` or makes it, and writes its settings.
    pub fn open(home: Home, settings: &Settings) -> Result<Self, EmbeddedError> {
        let path = home.cluster();
        let binaries = match version_on_disk(&path)? {
            Some(major) => Binaries::find_for(major, &path)?,
            None => {
                let binaries = Binaries::find()?;
                make(&home, &binaries, settings)?;
                binaries
            }
        };
        let file = path.join("postgresql.conf");
        let is_tuned = path.join("local.conf").exists();
        let text = settings_file(&home.socket_dir, settings, is_tuned);
        let settings_changed = fs::read_to_string(&file).ok().as_deref() != Some(&text);
        if settings_changed {
            // The file exists already and keeps its owner.
            fs::write(&file, text).map_err(EmbeddedError::file("write", &file))?;
        }
        Ok(Self { home, binaries, settings_changed })
    }

    /// `pg_ctl stop` in the given mode; waits up to `seconds`.
    pub fn stop_command(&self, mode: &str, seconds: u32) -> Command {
        let mut command = self.home.command(&self.binaries.program("pg_ctl"));
        command
            .args(["stop", "--silent", "--mode", mode, "--timeout"])
            .arg(seconds.to_string())
            .arg("--pgdata")
            .arg(self.home.cluster());
        command
    }

    /// What the server says of itself, if there is one or there was one that did not clean up.
    pub fn pid_file(&self) -> Option<PidFile> {
        PidFile::parse(&fs::read_to_string(self.pid_file_path()).ok()?)
    }

    /// The file above.
    pub fn pid_file_path(&self) -> PathBuf {
        self.home.cluster().join("postmaster.pid")
    }

    /// Whether the process in the file is this cluster's server, and not another process that
    /// got the same number after a crash or a restart of the machine.
    pub fn is_running(&self, pid: u32) -> bool {
        let process = PathBuf::from(format!("/proc/{pid}"));
        if Path::new("/proc/self").exists() {
            let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
            // The server's working directory is its data directory.
            return name.trim_end() == "postgres"
                && fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == self.home.cluster());
        }
        let shown = Command::new("ps").args(["-ww", "-o", "command=", "-p", &pid.to_string()]).output();
        let cluster = self.home.cluster();
        shown
            .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(&*cluster.to_string_lossy()))
    }
}

/// The first lines of `postmaster.pid`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PidFile {
    /// The server's process id.
    pub pid: u32,
    /// Whether it accepts connections.
    pub ready: bool,
}

impl PidFile {
    /// Line 1 is the process id, line 8 the state, padded with spaces.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok()?;
        let ready = lines.nth(6).is_some_and(|state| state.trim() == "ready");
        Some(Self { pid, ready })
    }
}

/// The major version that wrote the cluster, or nothing where there is no cluster.
fn version_on_disk(cluster: &Path) -> Result<Option<u32>, EmbeddedError> {
    let file = cluster.join("PG_VERSION");
    match fs::read_to_string(&file) {
        Ok(text) => match text.trim().parse() {
            Ok(major) => Ok(Some(major)),
            Err(_) => Err(EmbeddedError::File {
                doing: "read the version in",
                path: file,
                source: std::io::ErrorKind::InvalidData.into(),
            }),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(EmbeddedError::file("read", &file)(error)),
    }
}

/// Makes the cluster beside its final place and renames it when it is complete: a `kill -9` in
/// between leaves nothing half-made under the final name.
fn make(home: &Home, binaries: &Binaries, settings: &Settings) -> Result<(), EmbeddedError> {
    if let Some(free_mib) = free_mib(&home.root)
        && free_mib < NEEDED_MIB
    {
        return Err(EmbeddedError::NotEnoughDisk {
            path: home.root.clone(),
            free_mib,
            needed_mib: NEEDED_MIB,
        });
    }
    let new = home.root.join("cluster.new");
    if new.exists() {
        fs::remove_dir_all(&new).map_err(EmbeddedError::file("remove", &new))?;
    }
    tracing::info!(
        directory = %home.root.display(),
        version = binaries.major,
        "making a private PostgreSQL"
    );
    // Sorting by bytes is quick and never changes with the system's libraries; letters beyond
    // ASCII are still letters, where the system knows C.UTF-8.
    let mut output = initdb(home, binaries, settings, &new, "C.UTF-8")?;
    if !output.status.success() && text_of(&output).contains("invalid locale name") {
        output = initdb(home, binaries, settings, &new, "C")?;
    }
    if !output.status.success() {
        let text = text_of(&output);
        // initdb removes what it made; a rest would only be in the way of the next attempt.
        let _ = fs::remove_dir_all(&new);
        return Err(EmbeddedError::Program { program: "initdb".to_owned(), output: text.trim().to_owned() });
    }
    let cluster = home.cluster();
    fs::rename(&new, &cluster).map_err(EmbeddedError::file("create", &cluster))
}

fn initdb(
    home: &Home,
    binaries: &Binaries,
    settings: &Settings,
    directory: &Path,
    ctype: &str,
) -> Result<Output, EmbeddedError> {
    let mut command = home.command(&binaries.program("initdb"));
    command
        .args(["--username=postgres", "--encoding=UTF8", "--locale=C"])
        .arg(format!("--lc-ctype={ctype}"))
        .args(["--auth-local=trust", "--auth-host=reject"])
        .args(["--no-instructions", "--pgdata"])
        .arg(directory);
    if !settings.durable {
        command.arg("--no-sync");
    }
    command
        .output()
        .map_err(|source| EmbeddedError::Program { program: "initdb".to_owned(), output: source.to_string() })
}

/// The whole of `postgresql.conf`. Sized for a machine that PulseBoard shares with other things;
/// `local.conf` in the cluster's directory, where it exists, is read last and is the operator's.
fn settings_file(socket_dir: &Path, settings: &Settings, is_tuned: bool) -> String {
    let socket_dir = quoted(&socket_dir.to_string_lossy());
    let preload = settings.preload.as_deref().unwrap_or_default();
    let durable = if settings.durable { "on" } else { "off" };
    let mut text = format!(
        "# Written by PulseBoard at each start. Put your own settings into local.conf beside this\n\
         # file: they win and are kept.\n\
         listen_addresses = ''\n\
         port = 5432\n\
         unix_socket_directories = {socket_dir}\n\
         unix_socket_permissions = 0700\n\
         max_connections = {}\n\
         shared_preload_libraries = {}\n\
         \n\
         shared_buffers = 128MB\n\
         huge_pages = off\n\
         work_mem = 8MB\n\
         maintenance_work_mem = 64MB\n\
         effective_cache_size = 512MB\n\
         max_parallel_workers_per_gather = 1\n\
         jit = off\n\
         \n\
         fsync = {durable}\n\
         synchronous_commit = {durable}\n\
         full_page_writes = {durable}\n\
         wal_compression = off\n\
         min_wal_size = 128MB\n\
         max_wal_size = 4GB\n\
         checkpoint_timeout = 20min\n\
         \n\
         autovacuum_max_workers = 2\n\
         autovacuum_naptime = 30s\n\
         \n\
         timezone = 'UTC'\n\
         log_timezone = 'UTC'\n\
         logging_collector = off\n\
         log_destination = 'stderr'\n\
         log_line_prefix = '%m [%p] '\n\
         log_checkpoints = off\n",
        settings.connections,
        quoted(preload),
    );
    if preload.contains("timescaledb") {
        text.push_str("\nmax_worker_processes = 16\ntimescaledb.telemetry_level = off\n");
    }
    if is_tuned {
        text.push_str("\ninclude 'local.conf'\n");
    }
    text
}

/// A value for `postgresql.conf`.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
}

/// Free space by `df`, the one way that every Unix has and that needs no unsafe code.
pub(super) fn free_mib(directory: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg(directory).env("LC_ALL", "C").output().ok()?;
    free_mib_in(&String::from_utf8_lossy(&output.stdout))
}

/// Reads `df -Pk`: the fields of the last line from its end are mount point, use in percent, and
/// then the free KiB. The first field may contain spaces, the mount point too: the percent sign
/// is what is looked for.
fn free_mib_in(shown: &str) -> Option<u64> {
    let fields: Vec<&str> = shown.lines().nth(1)?.split_whitespace().collect();
    let used = fields
        .iter()
        .position(|field| field.strip_suffix('%').is_some_and(|number| number.parse::<u32>().is_ok()))?;
    let free_kib: u64 = fields.get(used.checked_sub(1)?)?.parse().ok()?;
    Some(free_kib / 1024)
}

/// What a program said, in both streams.
pub(super) fn text_of(output: &Output) -> String {
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pid_file_tells_the_process_and_whether_it_is_ready() {
        let text =
            |state| format!("4711\n/d/cluster\n1763660000\n5432\n/d/run\n\n  5432001    131072\n{state}\n");
        let parsed = |state| PidFile::parse(&text(state)).unwrap();
        assert_eq!(parsed("ready   "), PidFile { pid: 4711, ready: true });
        assert!(!parsed("starting").ready);
        assert!(!parsed("stopping").ready);
    }

    #[test]
    fn a_pid_file_that_is_still_being_written_is_not_ready() {
        assert_eq!(PidFile::parse(""), None);
        assert!(!PidFile::parse("12\n/d\n").unwrap().ready);
    }

    #[test]
    fn free_space_is_read_from_odd_tables_too() {
        let head = "Filesystem     1024-blocks     Used Available Capacity Mounted on\n";
        for (line, expected) in [
            ("/dev/vda 263174212 13000000 82000000 14% /", Some(80_078)),
            ("//nas/my share 1000 0 2048 1% /mnt/my share", Some(2)),
            ("garbage", None),
        ] {
            assert_eq!(free_mib_in(&format!("{head}{line}\n")), expected, "{line}");
        }
        assert_eq!(free_mib_in(""), None);
    }

    #[test]
    fn settings_are_quoted_and_follow_the_switches() {
        let text = settings_file(Path::new("/it's here/run"), &Settings::default(), true);
        assert!(text.contains("unix_socket_directories = '/it''s here/run'\n"));
        assert!(text.contains("listen_addresses = ''\n"));
        assert!(text.contains("\nfsync = on\n"));
        assert!(text.contains("max_wal_size = 4GB"));
        assert!(text.ends_with("include 'local.conf'\n"));

        let quick =
            Settings { preload: Some("timescaledb".to_owned()), durable: false, ..Settings::default() };
        let text = settings_file(Path::new("/d/run"), &quick, false);
        assert!(!text.contains("include"));
        assert!(text.contains("shared_preload_libraries = 'timescaledb'\n"));
        assert!(text.contains("\nfsync = off\n"));
        assert!(text.contains("timescaledb.telemetry_level = off\n"));
    }
}
