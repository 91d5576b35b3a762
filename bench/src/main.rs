//! `make bench`: the limits of what PulseBoard stands on and PulseBoard itself, in turn, in one run.
//!
//! It starts a Postgres and a Redis of its own and the release binary beside itself, and prints ratios:
//! absolute figures drift from machine to machine. A report, not a test; docs/performance.md reads it.

mod account;
mod footprint;
mod limits;
mod load;
mod options;
mod panels;
mod processes;
mod report;
mod requests;
mod stage;

use std::path::Path;

use anyhow::Context;
use clap::Parser;
use options::{Options, Part};
use panels::Panels;
use pulseboard_core::embedded_postgres::{EmbeddedPostgres, Settings};
use report::Report;
use stage::Stage;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let here = std::env::current_exe()?;
    let programs = here.parent().context("a directory beside this program")?;
    let target = programs.parent().context("a directory above it")?;
    // On the disk of the build, as temporary directories are often in memory, where a commit costs nothing.
    let directory = target.join(format!("bench-{}", std::process::id()));
    open_directory(&directory)?;
    let mut report = Report::default();
    // Whatever ends the measuring also ends the servers: they stop when they are dropped.
    let done = tokio::select! {
        done = measure(&options, programs, &directory, &mut report) => done,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
    };
    let _ = std::fs::remove_dir_all(&directory);
    done?;
    println!("\n{}", report.table());
    let file = target.join("bench.json");
    report.write(&file)?;
    println!("All figures: {}", file.display());
    Ok(())
}

/// Everyone may pass through: Postgres runs as another user when we are root.
fn open_directory(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o711).create(path);
    made.with_context(|| format!("making {}", path.display()))
}

async fn measure(
    options: &Options,
    programs: &Path,
    directory: &Path,
    report: &mut Report,
) -> anyhow::Result<()> {
    if options.wants(Part::Ingest) {
        ingest(options, programs, directory, report).await?;
    }
    if options.wants(Part::Panels) {
        panels(options, &directory.join("panels"), report).await?;
    }
    if options.wants(Part::Footprint) {
        say("footprint");
        footprint::measure(&programs.join("pulseboard"), directory, report).await?;
    }
    Ok(())
}

async fn ingest(
    options: &Options,
    programs: &Path,
    directory: &Path,
    report: &mut Report,
) -> anyhow::Result<()> {
    say("starting Postgres, Redis and the product");
    let postgres = EmbeddedPostgres::start(directory, Settings::default()).await?;
    let result = match Stage::set(programs, directory, &postgres).await {
        Ok(mut stage) => {
            let mut result = Ok(());
            for round in 1..=options.rounds() {
                result = stage.round(options, round, report).await;
                if result.is_err() {
                    break;
                }
            }
            result.and(stage.clear().await)
        }
        Err(error) => Err(error),
    };
    postgres.stop().await?;
    result
}

async fn panels(options: &Options, directory: &Path, report: &mut Report) -> anyhow::Result<()> {
    say(&format!("filling a database with {} events for panels", options.rows()));
    open_directory(directory)?;
    let postgres = EmbeddedPostgres::start(directory, Settings::default()).await?;
    let measured = async {
        let panels = Panels::fill(&postgres.url(), options.rows()).await?;
        for round in 1..=options.rounds() {
            say(&format!("panels, round {round} of {}", options.rounds()));
            panels.round(options, report).await?;
        }
        anyhow::Ok(())
    };
    let result = measured.await;
    postgres.stop().await?;
    // Gigabytes that nobody needs any more.
    let _ = std::fs::remove_dir_all(directory);
    result
}

fn say(text: &str) {
    println!("{text}");
}
