//! One private Postgres for the whole test binary, and a database of its own for each test, cloned
//! from a template that has been migrated once.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use pulseboard_core::db;
use pulseboard_core::embedded_postgres::{EmbeddedPostgres, Settings};

/// Name of a library for `shared_preload_libraries`, to run the suite on TimescaleDB.
const PRELOAD: &str = "PULSEBOARD_TEST_PRELOAD";
const TEMPLATE: &str = "template_migrated";

static CLUSTER: OnceLock<EmbeddedPostgres> = OnceLock::new();
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// The address of a fresh, migrated database.
pub async fn database() -> String {
    let cluster =
        tokio::task::spawn_blocking(|| CLUSTER.get_or_init(start)).await.expect("the cluster starts");
    let name = format!("test_{}", TAKEN.fetch_add(1, Ordering::Relaxed));
    let mut conn = AsyncPgConnection::establish(&cluster.url_of("postgres")).await.expect("connects");
    conn.batch_execute(&format!("create database {name} template {TEMPLATE}"))
        .await
        .expect("clones the template");
    cluster.url_of(&name)
}

fn start() -> EmbeddedPostgres {
    let directory: PathBuf = std::env::temp_dir().join(format!("pulseboard-it-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("makes a directory");
    let preload = std::env::var(PRELOAD).ok().filter(|name| !name.is_empty());
    if preload.is_none() {
        eprintln!("integration tests run on plain Postgres, without TimescaleDB ({PRELOAD} is not set)");
    }
    let settings = Settings { durable: false, preload, connections: 200 };
    let cluster = EmbeddedPostgres::start_blocking(&directory, settings).expect("a private Postgres starts");
    stop_after_this_process(&cluster, &directory);
    make_template(&cluster);
    cluster
}

/// Statics are never dropped, and a killed test binary drops nothing: a small shell waits for our end.
fn stop_after_this_process(cluster: &EmbeddedPostgres, directory: &std::path::Path) {
    let script =
        "while kill -0 $1 2>/dev/null; do sleep 0.2; done; kill -QUIT $2 2>/dev/null; sleep 1; rm -rf \"$3\"";
    let watch = Command::new("sh")
        .args(["-c", script, "sh"])
        .args([std::process::id().to_string(), cluster.pid().to_string()])
        .arg(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    drop(watch.expect("sh exists"));
}

fn make_template(cluster: &EmbeddedPostgres) {
    // Migrations block in place: they need a runtime of several threads, whatever the test has.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut conn = AsyncPgConnection::establish(&cluster.url_of("postgres")).await.expect("connects");
        conn.batch_execute(&format!("create database {TEMPLATE}")).await.expect("makes the template");
        let migrated = db::migrate(&cluster.url_of(TEMPLATE)).await.expect("migrates");
        assert!(!migrated.ran.is_empty(), "a new database runs every migration");
        // A template must have no connection, and TimescaleDB's scheduler is one that comes back.
        let close = format!(
            "alter database {TEMPLATE} with allow_connections false;
             select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{TEMPLATE}'"
        );
        conn.batch_execute(&close).await.expect("closes the template");
    });
    // The runtime's end closes the last connection.
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
}
