//! The private Postgres: it starts, and comes back from every kind of sudden end.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use pulseboard_core::embedded_postgres::{Binaries, EmbeddedError, EmbeddedPostgres, Settings};

/// Set for a copy of this test binary that holds a cluster until it is killed.
const HOLD: &str = "PULSEBOARD_TEST_HOLD_CLUSTER";

#[tokio::test]
async fn it_is_private_and_keeps_its_data_from_one_start_to_the_next() {
    let place = Place::new("keeps");
    let postgres = start(&place).await;
    run(&postgres.url(), "create table kept as select 1 as n").await;
    assert_eq!(mode(&postgres.directory().join("run")), 0o700);
    assert_eq!(mode(postgres.directory()), 0o700);
    let pid = postgres.pid();
    postgres.stop().await.expect("stops");
    assert!(!is_running(pid));

    let postgres = start(&place).await;
    run(&postgres.url(), "insert into kept values (2)").await;
    // The database of another name is reached by the same address.
    run(&postgres.url_of("postgres"), "select 1").await;
    postgres.stop().await.expect("stops");
}

#[tokio::test]
async fn a_second_one_on_the_same_directory_is_refused_and_harms_nothing() {
    let place = Place::new("second");
    let first = start(&place).await;
    let refused = EmbeddedPostgres::start(&place.0, quick()).await;
    assert!(matches!(refused, Err(EmbeddedError::InUse { pid: Some(pid), .. }) if pid == std::process::id()));
    run(&first.url(), "select 1").await;
    first.stop().await.expect("stops");
}

#[tokio::test]
async fn killed_alone_pulseboard_finds_its_postgres_again_and_stops_it() {
    let place = Place::new("orphan");
    let mut holder = Holder::start(&place);
    holder.kill();
    assert!(is_running(holder.postgres), "the orphan goes on");

    let postgres = start_durable(&place.0).await;
    assert_eq!(postgres.pid(), holder.postgres, "it is taken over, not replaced");
    run(&postgres.url(), "select 1").await;
    postgres.stop().await.expect("stops");
    assert!(!is_running(holder.postgres));
}

#[tokio::test]
async fn an_orphan_with_other_settings_is_replaced() {
    let place = Place::new("settings");
    let mut holder = Holder::start(&place);
    holder.kill();

    let postgres = start(&place).await;
    assert_ne!(postgres.pid(), holder.postgres);
    run(&postgres.url(), "do $$ begin assert current_setting('fsync') = 'off'; end $$").await;
    postgres.stop().await.expect("stops");
}

#[tokio::test]
async fn everything_killed_at_once_is_no_obstacle_to_the_next_start() {
    let place = Place::new("killed");
    let mut holder = Holder::start(&place);
    run(&holder.url, "create table kept as select 1 as n").await;
    run(&holder.url, "checkpoint; insert into kept values (2)").await;
    holder.kill();
    kill(holder.postgres);

    let postgres = start_durable(&place.0).await;
    run(&postgres.url(), "do $$ begin assert (select count(*) from kept) = 2; end $$").await;
    postgres.stop().await.expect("stops");
}

#[tokio::test]
async fn a_postgres_that_dies_is_started_again() {
    let place = Place::new("dies");
    let postgres = start(&place).await;
    let first = postgres.pid();
    kill(first);
    until("another server runs", || postgres.pid() != first);
    run(&postgres.url(), "select 1").await;
    postgres.stop().await.expect("stops");
}

#[tokio::test]
async fn a_number_that_now_belongs_to_another_process_is_not_taken_for_postgres() {
    let place = Place::new("reused");
    let postgres = start(&place).await;
    let file = postgres.directory().join("cluster/postmaster.pid");
    postgres.stop().await.expect("stops");
    // As a crash of the machine leaves it, after which the number went to somebody else: us.
    std::fs::write(&file, format!("{}\n/elsewhere\n", std::process::id())).expect("writes");
    let postgres = start(&place).await;
    postgres.stop().await.expect("stops");
}

#[tokio::test]
async fn data_of_another_version_is_left_alone_and_the_way_out_is_named() {
    let place = Place::new("version");
    let postgres = start(&place).await;
    let file = postgres.directory().join("cluster/PG_VERSION");
    postgres.stop().await.expect("stops");
    std::fs::write(&file, "9\n").expect("writes");
    let refused = EmbeddedPostgres::start(&place.0, quick()).await;
    let text = refused.expect_err("refused").to_string();
    assert!(text.contains("belongs to PostgreSQL 9"), "{text}");
    let installed = Binaries::find().expect("installed").major.to_string();
    assert!(text.contains(&installed), "{text}");
}

#[tokio::test]
async fn a_directory_with_a_very_long_path_gets_a_short_socket() {
    let place = Place::new("long");
    let long = place.0.join("d".repeat(120));
    let postgres = EmbeddedPostgres::start(&long, quick()).await.expect("starts");
    run(&postgres.url(), "select 1").await;
    postgres.stop().await.expect("stops");
}

/// Not a test: what [`Holder`] runs. In an ordinary run it returns at once.
#[tokio::test]
async fn holds_a_cluster_until_it_is_killed() {
    let Some(directory) = std::env::var_os(HOLD) else {
        return;
    };
    let directory = PathBuf::from(directory);
    let postgres = start_durable(&directory).await;
    let told = format!("{}\n{}\n", postgres.pid(), postgres.url());
    let unfinished = directory.join("told.new");
    std::fs::write(&unfinished, told).expect("writes");
    std::fs::rename(unfinished, directory.join("told")).expect("renames");
    std::future::pending::<()>().await;
}

/// Another process that runs a private Postgres, so that it can be killed.
struct Holder {
    process: Child,
    postgres: u32,
    url: String,
}

impl Holder {
    fn start(place: &Place) -> Self {
        let process = Command::new(std::env::current_exe().expect("this binary"))
            .args(["--exact", "embedded_postgres::holds_a_cluster_until_it_is_killed"])
            .env(HOLD, &place.0)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts itself");
        let told = place.0.join("told");
        until("the other process has a cluster", || told.exists());
        let told = std::fs::read_to_string(told).expect("readable");
        let (pid, url) = told.trim().split_once('\n').expect("two lines");
        Self { process, postgres: pid.parse().expect("a number"), url: url.to_owned() }
    }

    /// `kill -9`, for the process alone.
    fn kill(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("gone");
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A data directory that goes away with the test, and with it a server that is still there.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let name = format!("pb-it-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Only after a failure is somebody still there.
        let pid_file = self.0.join("postgres/cluster/postmaster.pid");
        if let Ok(text) = std::fs::read_to_string(pid_file)
            && let Some(Ok(pid)) = text.lines().next().map(str::parse)
            && pid != std::process::id()
        {
            kill(pid);
        }
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn quick() -> Settings {
    Settings { durable: false, ..Settings::default() }
}

async fn start(place: &Place) -> EmbeddedPostgres {
    EmbeddedPostgres::start(&place.0, quick()).await.expect("starts")
}

async fn start_durable(directory: &Path) -> EmbeddedPostgres {
    EmbeddedPostgres::start(directory, Settings::default()).await.expect("starts")
}

/// Runs statements as the driver of the product does, by the address it is given.
async fn run(url: &str, statements: &str) {
    let mut connection = AsyncPgConnection::establish(url).await.expect("connects");
    connection.batch_execute(statements).await.expect("runs");
}

fn kill(pid: u32) {
    let status = Command::new("kill").args(["-9", &pid.to_string()]).status();
    assert!(status.expect("kill is there").success());
    until("the process is gone", || !is_running(pid));
}

/// Whether the process exists and is more than an entry that waits for its parent.
fn is_running(pid: u32) -> bool {
    let shown =
        Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().expect("ps is there");
    let state = String::from_utf8_lossy(&shown.stdout);
    !state.trim().is_empty() && !state.starts_with('Z')
}

fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    let metadata = std::fs::metadata(path).expect("exists");
    metadata.permissions().mode() & 0o777
}
