//! Starting the server, watching it, starting it again when it dies, and stopping it.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::cluster::{Cluster, free_mib, text_of};
use super::{EmbeddedError, log};

/// How often the files of a server that starts are looked at.
const TICK: Duration = Duration::from_millis(20);
/// How often a running server is looked at.
const WATCH: Duration = Duration::from_millis(250);
/// How often a full disk is looked at.
const LOOK_FOR_ROOM: Duration = Duration::from_secs(1);
/// How long replaying the log may take after a crash. With `max_wal_size` at 4 GB a slow disk
/// needs minutes, and giving up would only begin the same work again.
const RECOVERY: Duration = Duration::from_secs(15 * 60);
/// How long the processes of a killed server may take to notice and go.
const REMAINS: Duration = Duration::from_secs(30);
/// How long an orderly stop may take before the server is told to drop everything.
const STOP_SECONDS: u32 = 30;
/// Free space below which a start that failed is blamed on the disk: four files of the write-ahead
/// log.
const NEEDED_TO_START_MIB: u64 = 64;

/// The thread that owns the server.
#[derive(Debug)]
pub(super) struct Supervisor {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Result<(), EmbeddedError>>>,
}

#[derive(Debug, Default)]
struct Shared {
    pid: AtomicU32,
    stopping: Mutex<bool>,
    wake: Condvar,
}

/// A server that runs: our child, or one that an earlier PulseBoard left behind.
#[derive(Debug)]
enum Server {
    Child(Child),
    Adopted(u32),
}

impl Supervisor {
    /// Starts the cluster's server or adopts it, and returns when it accepts connections.
    pub fn start(mut cluster: Cluster) -> Result<Self, EmbeddedError> {
        let mut server = match adopt(&cluster)? {
            Some(pid) => Server::Adopted(pid),
            None => Server::Child(launch(&cluster)?),
        };
        // Whoever starts it again later, starts it with the settings it has now.
        cluster.settings_changed = false;
        let shared = Arc::new(Shared::default());
        shared.pid.store(server.pid(), Ordering::Relaxed);
        let thread = {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name("postgres".to_owned())
                .spawn(move || watch(&cluster, &mut server, &shared))
        };
        match thread {
            Ok(thread) => Ok(Self { shared, thread: Some(thread) }),
            Err(_) => Err(EmbeddedError::Interrupted),
        }
    }

    pub fn pid(&self) -> u32 {
        self.shared.pid.load(Ordering::Relaxed)
    }

    /// Stops the server and waits for its end.
    pub fn stop(&mut self) -> Result<(), EmbeddedError> {
        self.ask_to_stop();
        match self.thread.take() {
            Some(thread) => thread.join().map_err(|_| EmbeddedError::Interrupted)?,
            None => Ok(()),
        }
    }

    fn ask_to_stop(&self) {
        *self.shared.stopping.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.wake.notify_all();
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        // Waits, although a drop should not: a process that ends right after would leave the
        // server behind. A fast shutdown takes tens of milliseconds.
        if let Err(error) = self.stop() {
            tracing::error!(%error, "PostgreSQL was not stopped");
        }
    }
}

impl Shared {
    /// Sleeps for `time`, or less when it is time to stop; says whether it is.
    fn stops_within(&self, time: Duration) -> bool {
        let stopping = self.stopping.lock().unwrap_or_else(PoisonError::into_inner);
        *self
            .wake
            .wait_timeout_while(stopping, time, |stopping| !*stopping)
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }
}

impl Server {
    fn pid(&self) -> u32 {
        match self {
            Self::Child(child) => child.id(),
            Self::Adopted(pid) => *pid,
        }
    }

    /// Whether it still runs. Asking also lets the system forget a child that has ended.
    fn runs(&mut self, cluster: &Cluster) -> bool {
        match self {
            Self::Child(child) => matches!(child.try_wait(), Ok(None)),
            Self::Adopted(pid) => cluster.is_running(*pid),
        }
    }
}

/// The thread: looks after the server until it is time to stop, then stops it.
fn watch(cluster: &Cluster, server: &mut Server, shared: &Shared) -> Result<(), EmbeddedError> {
    let mut log_checked = Instant::now();
    while !shared.stops_within(WATCH) {
        if log_checked.elapsed() > Duration::from_secs(60) {
            log_checked = Instant::now();
            log::cut(&cluster.home.log());
        }
        if server.runs(cluster) {
            continue;
        }
        tracing::error!(pid = server.pid(), "PostgreSQL ended by itself; starting it again");
        let Some(child) = launch_until_it_runs(cluster, shared) else { return Ok(()) };
        shared.pid.store(child.id(), Ordering::Relaxed);
        tracing::info!(pid = child.id(), "PostgreSQL runs again");
        *server = Server::Child(child);
    }
    stop(cluster, server)
}

/// Tries again and again; nothing when it is time to stop.
fn launch_until_it_runs(cluster: &Cluster, shared: &Shared) -> Option<Child> {
    let mut pause = Duration::from_millis(500);
    loop {
        let error = match launch(cluster) {
            Ok(child) => return Some(child),
            Err(error) => error,
        };
        tracing::error!(%error, "PostgreSQL could not be started again");
        // On a full disk every start fails, and writes to the disk: looking for room costs nothing, and
        // finds it sooner.
        let was_full = lacks_room(cluster);
        while was_full && lacks_room(cluster) {
            if shared.stops_within(LOOK_FOR_ROOM) {
                return None;
            }
        }
        if was_full {
            continue;
        }
        if shared.stops_within(pause) {
            return None;
        }
        pause = (pause * 2).min(Duration::from_secs(30));
    }
}

/// Whether the disk is too full for a start.
fn lacks_room(cluster: &Cluster) -> bool {
    free_mib(&cluster.home.root).is_some_and(|free| free < NEEDED_TO_START_MIB)
}

/// The server that an earlier PulseBoard left running, when it can be used as it is.
fn adopt(cluster: &Cluster) -> Result<Option<u32>, EmbeddedError> {
    let deadline = Instant::now() + RECOVERY;
    loop {
        let Some(found) = cluster.pid_file() else {
            return Ok(None);
        };
        if !cluster.is_running(found.pid) {
            // Postgres trusts any living process with this number to be a server, and after a
            // restart of the machine there often is one.
            let path = cluster.pid_file_path();
            fs::remove_file(&path).map_err(EmbeddedError::file("remove", &path))?;
            return Ok(None);
        }
        if found.ready && cluster.settings_changed {
            stop(cluster, &mut Server::Adopted(found.pid))?;
            return Ok(None);
        }
        if found.ready {
            tracing::info!(pid = found.pid, "took over the PostgreSQL that was still running");
            return Ok(Some(found.pid));
        }
        if Instant::now() > deadline {
            return Err(EmbeddedError::NotReady { log: cluster.home.log(), seconds: RECOVERY.as_secs() });
        }
        // It is starting or stopping: both end.
        thread::sleep(TICK);
    }
}

/// Starts a server and waits until it is ready.
fn launch(cluster: &Cluster) -> Result<Child, EmbeddedError> {
    let deadline = Instant::now() + REMAINS;
    loop {
        let file = log::open(&cluster.home.log())?;
        let log_start = file.metadata().map_or(0, |metadata| metadata.len());
        let mut child = spawn(cluster, file)?;
        if wait_until_ready(cluster, &mut child)? {
            return Ok(child);
        }
        let said = log::read_from(&cluster.home.log(), log_start);
        // The processes of a server that was killed are still there; they end by themselves.
        let remains = said.contains("is still in use") || said.contains("already exists");
        if !remains || Instant::now() > deadline {
            return Err(did_not_start(cluster, &said));
        }
        thread::sleep(TICK * 5);
    }
}

fn spawn(cluster: &Cluster, log: File) -> Result<Child, EmbeddedError> {
    let program = cluster.binaries.program("postgres");
    let mut command = cluster.home.command(&program);
    command
        .arg("-D")
        .arg(cluster.home.cluster())
        .stdout(Stdio::null())
        .stderr(log)
        // Ctrl-C in a terminal goes to a whole process group. Postgres must outlive it, until
        // what is queued has been written.
        .process_group(0);
    command.spawn().map_err(|source| EmbeddedError::Program {
        program: program.display().to_string(),
        output: source.to_string(),
    })
}

/// Waits for the state in the pid file. False: the server ended instead.
fn wait_until_ready(cluster: &Cluster, child: &mut Child) -> Result<bool, EmbeddedError> {
    let begun = Instant::now();
    let mut told = begun;
    loop {
        if let Some(found) = cluster.pid_file()
            && found.pid == child.id()
            && found.ready
        {
            return Ok(true);
        }
        if !matches!(child.try_wait(), Ok(None)) {
            return Ok(false);
        }
        if begun.elapsed() > RECOVERY {
            stop(cluster, &mut Server::Adopted(child.id()))?;
            return Err(EmbeddedError::NotReady { log: cluster.home.log(), seconds: RECOVERY.as_secs() });
        }
        if told.elapsed() > Duration::from_secs(10) {
            told = Instant::now();
            tracing::info!(
                seconds = begun.elapsed().as_secs(),
                "PostgreSQL is replaying its log after a crash"
            );
        }
        thread::sleep(TICK);
    }
}

/// Fast shutdown: sessions are ended, a checkpoint is written. When that takes too long, an
/// immediate one, after which the next start replays the log: nothing committed is lost by it.
fn stop(cluster: &Cluster, server: &mut Server) -> Result<(), EmbeddedError> {
    let mut output = String::new();
    for mode in ["fast", "immediate"] {
        if !server.runs(cluster) {
            return Ok(());
        }
        match cluster.stop_command(mode, STOP_SECONDS).output() {
            Ok(done) => output = text_of(&done),
            Err(error) => output = error.to_string(),
        }
        // `pg_ctl` waits for the pid file to go; the process itself follows at once.
        let deadline = Instant::now() + Duration::from_secs(5);
        while server.runs(cluster) && Instant::now() < deadline {
            thread::sleep(TICK);
        }
    }
    if server.runs(cluster) {
        return Err(EmbeddedError::Stop { pid: server.pid(), output: output.trim().to_owned() });
    }
    Ok(())
}

/// Turns what a server said before it ended into the error an operator can act on.
fn did_not_start(cluster: &Cluster, said: &str) -> EmbeddedError {
    // On a full disk the log may be unable to say so.
    let free_mib = free_mib(&cluster.home.root).unwrap_or(NEEDED_TO_START_MIB);
    if free_mib < NEEDED_TO_START_MIB || said.contains("No space left on device") {
        return EmbeddedError::NotEnoughDisk {
            path: cluster.home.root.clone(),
            free_mib,
            needed_mib: NEEDED_TO_START_MIB,
        };
    }
    let lines: Vec<&str> = said.lines().collect();
    EmbeddedError::DidNotStart {
        log: cluster.home.log(),
        tail: lines[lines.len().saturating_sub(12)..].join("\n"),
    }
}
