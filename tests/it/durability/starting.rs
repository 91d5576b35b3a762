//! A start that can't succeed says why, in words that help, and ends with 1.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use tokio::process::Command;

use crate::cluster;
use crate::stage::place::Place;
use crate::stage::process::{Process, command};

/// Runs what must fail; returns what it said.
async fn refused(command: &mut Command) -> String {
    let started = Instant::now();
    let output = tokio::time::timeout(Duration::from_secs(30), command.output()).await;
    let output = output.expect("it ends by itself").expect("the binary runs");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    let last = text.lines().last().unwrap_or_default().to_owned();
    println!("after {} ms: {last}", started.elapsed().as_millis());
    assert!(last.starts_with("pulseboard: "), "{text}");
    last
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_one_on_the_address_or_the_data_of_the_first_is_told_so() {
    let place = Place::new("twice");
    let first = Process::up(&place).await;
    let address = first.base.strip_prefix("http://").expect("an address").to_owned();

    let other = Place::new("twice-other");
    let said = refused(command(&other.data()).arg("up").env("PULSEBOARD_LISTEN", &address)).await;
    assert!(said.contains(&format!("{address} is taken")), "{said}");
    assert!(said.contains("PULSEBOARD_LISTEN="), "{said}");
    assert!(!other.data().exists(), "nothing was made before");

    let said = refused(command(&place.data()).arg("up")).await;
    assert!(said.contains(&format!("another PulseBoard (process {})", first.pid())), "{said}");
    assert!(said.contains("PULSEBOARD_DATA"), "{said}");

    // Whatever holds the address, and for the API alone too.
    let holder = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = holder.local_addr().expect("an address").to_string();
    let said = refused(command(&other.data()).arg("up").env("PULSEBOARD_LISTEN", &taken)).await;
    assert!(said.contains("is taken"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_short_or_absent_does_not_start() {
    let place = Place::new("secret");
    let said = refused(command(&place.data()).arg("up").env("PULSEBOARD_SECRET", "too short")).await;
    assert!(said.contains("32"), "{said}");
    assert!(!said.contains("too short\""), "{said}");
    let url = "postgres://nobody@127.0.0.1:1/none";
    let said = refused(command(&place.data()).arg("api").env("DATABASE_URL", url)).await;
    assert!(said.contains("PULSEBOARD_SECRET is not set"), "{said}");
    let said = refused(command(&place.data()).arg("api").env("PULSEBOARD_SECRET", "x".repeat(40))).await;
    assert!(said.contains("DATABASE_URL is not set"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_can_not_be_reached_is_named_as_the_reason() {
    let place = Place::new("unreachable");
    for (url, named) in [
        ("postgres://nobody:hunter2@127.0.0.1:1/none", "127.0.0.1:1"),
        ("postgres://nobody:hunter2@%2Fnowhere/none", "/nowhere"),
    ] {
        for subcommand in ["up", "migrate", "api", "worker"] {
            let mut command = command(&place.data());
            command.env("DATABASE_URL", url);
            command.env("PULSEBOARD_SECRET", "5b0c9d7e1f2a48369b8d7c6e5f4a3b2c1d0e9f8a");
            let said = refused(command.arg(subcommand)).await;
            assert!(said.contains("the database at") && said.contains(named), "{subcommand}: {said}");
            assert!(!said.contains("hunter2"), "{said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_version_is_left_alone() {
    let place = Place::new("newer");
    let url = cluster::database().await;
    let mut conn = AsyncPgConnection::establish(&url).await.expect("connects");
    conn.batch_execute("insert into __diesel_schema_migrations (version) values ('29991231000000')")
        .await
        .expect("inserts");
    for subcommand in ["up", "api", "worker", "migrate"] {
        let mut command = command(&place.data());
        command
            .arg(subcommand)
            .env("DATABASE_URL", &url)
            .env("PULSEBOARD_SECRET", "5b0c9d7e1f2a48369b8d7c6e5f4a3b2c1d0e9f8a");
        let said = refused(&mut command).await;
        assert!(said.contains("newer PulseBoard"), "{subcommand}: {said}");
    }
}

/// Only where a process may hide a directory from itself: packages are found outside of PATH as well.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_postgres_it_says_what_to_install() {
    let place = Place::new("nothing-installed");
    let hide = "mount -t tmpfs none /usr/lib/postgresql && exec \"$@\"";
    let can_hide = Command::new("unshare").args(["--mount", "sh", "-c", hide, "sh", "true"]).output().await;
    if !can_hide.is_ok_and(|output| output.status.success()) {
        println!("not tried: no right to hide the installed Postgres from a process");
        return;
    }
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", hide, "sh", env!("CARGO_BIN_EXE_pulseboard"), "up"]);
    // Just what the shell needs.
    command.env_clear().env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
    command.env("PULSEBOARD_DATA", place.data()).env("PULSEBOARD_LISTEN", "127.0.0.1:0");
    command.current_dir(&place.path).kill_on_drop(true);
    let said = refused(&mut command).await;
    for part in ["no PostgreSQL server", "apt-get install postgresql", "DATABASE_URL"] {
        assert!(said.contains(part), "{said}");
    }
}
