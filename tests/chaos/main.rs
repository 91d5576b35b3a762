//! `make chaos`: the promises of docs/trust.md at full size. Real parts are broken under load; each
//! scenario prints a line, a table closes, and the run fails when a promise was broken.
//!
//! `make chaos ARGS="--quick"` plays short forms, `ARGS="--only redis"` those whose name contains a
//! word. `PULSEBOARD_TEST_BINARY` names another binary to be broken.

#[path = "../stage/stage.rs"]
#[expect(dead_code, reason = "the short forms in the integration tests use other parts of it")]
mod stage;

mod abuse;
mod away;
mod crowd;
mod flood;
mod full;
mod killed;
mod polling;
mod rolling;
mod thrice;
mod traffic;
mod watched;
mod workers;

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use stage::outcome::Outcome;
use watched::{Fault, Phase};

/// Breaks what PulseBoard stands on, under load, and counts what is lost.
#[derive(Parser)]
struct Options {
    /// Short forms: a few seconds each.
    #[arg(long)]
    quick: bool,
    /// Only scenarios whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Events per second where the promise names no other rate.
    #[arg(long, default_value_t = 2000)]
    rate: usize,
    /// Where the figures go.
    #[arg(long, default_value = concat!(env!("CARGO_TARGET_TMPDIR"), "/../chaos.json"))]
    json: PathBuf,
}

type Playing = Pin<Box<dyn Future<Output = Outcome>>>;
type Scenario = (&'static str, Playing);

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    // Whatever ends the run also ends the processes: they stop when they are dropped.
    let local = tokio::task::LocalSet::new();
    tokio::select! {
        kept = local.run_until(play(&options)) => if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE },
        _ = tokio::signal::ctrl_c() => ExitCode::FAILURE,
    }
}

/// Plays everything that was asked for; whether every promise was kept.
async fn play(options: &Options) -> bool {
    let begun = Instant::now();
    let mut outcomes = Vec::new();
    for (name, playing) in scenarios(options) {
        if options.only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        println!("── {name}");
        let started = Instant::now();
        // A task of its own: what panics is a broken promise, and the others are played all the same.
        let mut task = tokio::task::JoinSet::new();
        task.spawn_local(playing);
        let outcome = match task.join_next().await {
            Some(Ok(outcome)) => outcome,
            Some(Err(error)) => broken_off(name, &error.to_string()),
            None => broken_off(name, "it never began"),
        };
        println!("{} ({} s)", outcome.line(), started.elapsed().as_secs());
        for promise in &outcome.broken {
            println!("BROKEN: {promise}");
        }
        outcomes.push(outcome);
    }
    println!("\n{}", table(&outcomes));
    let broken: usize = outcomes.iter().map(|outcome| outcome.broken.len()).sum();
    println!("{} scenarios in {} s, {broken} promises broken", outcomes.len(), begun.elapsed().as_secs());
    write(&options.json, &outcomes);
    broken == 0 && !outcomes.is_empty()
}

fn broken_off(name: &str, why: &str) -> Outcome {
    let mut outcome = Outcome::not_run(name, "it broke off");
    outcome.promise(false, why);
    outcome
}

fn scenarios(options: &Options) -> Vec<Scenario> {
    let quick = options.quick;
    let rate = options.rate;
    let pick = |full: usize, short: usize| if quick { short } else { full };
    let seconds = |full: u64, short: u64| Duration::from_secs(if quick { short } else { full });
    let blows = pick(5, 2);
    let killed = || killed::Size { rate, blows, between: 2 * rate };
    let full = |left_mib| full::Size { rate, time: seconds(20, 5), left_mib };
    let watched = watched::Size { rate: 500, readers: 8, blows, between: 1500 };
    let phase = |fault, seconds| Phase { fault, seconds };
    let redis = watched::RedisSize {
        rate: 500,
        readers: 8,
        phases: vec![
            phase(Fault::Nothing, pick(10, 3)),
            phase(Fault::Killed, pick(30, 3)),
            phase(Fault::Flushed, pick(10, 3)),
            phase(Fault::Frozen, pick(10, 3)),
            phase(Fault::Killed, pick(60, 3)),
            phase(Fault::Nothing, pick(5, 2)),
        ],
        least_rate: Some(0.9),
    };
    let rolling = rolling::Size { rate: 1000, projects: 10, sockets: pick(500, 60), people: 10 };
    let workers = workers::Size { kills: pick(20, 4), cleared: pick(24, 6), events: pick(30_000, 20_000) };
    let crowd = crowd::Size {
        viewers: pick(1000, 100),
        rounds: pick(3, 1),
        events: pick(70, 40),
        pace: Duration::from_millis(100),
    };
    let polling = |fault, feeds| {
        Box::pin(polling::two_workers(polling::Size { feeds, time: seconds(60, 10), fault, strict: !quick }))
    };
    let abuse = |full, short| traffic::Size { rounds: pick(3, 1), time: seconds(full, short) };
    vec![
        ("postgres killed", Box::pin(killed::postgres(killed()))),
        ("binary killed", Box::pin(killed::itself(killed()))),
        ("both killed", Box::pin(killed::both(killed()))),
        ("postgres frozen", Box::pin(away::frozen(away::Size { rate, time: seconds(20, 5) }))),
        ("postgres away", Box::pin(away::gone(away::Size { rate, time: seconds(60, 5) }))),
        ("disk full", Box::pin(full::disk(full(0)))),
        ("disk full for the log", Box::pin(full::disk(full(15)))),
        ("redis away", Box::pin(watched::redis_away(redis))),
        ("watched api killed", Box::pin(watched::api_killed(watched))),
        ("workers killed", Box::pin(workers::killed(workers))),
        ("feeds on two workers", polling(polling::Fault::Nothing, 100)),
        ("feeds, a worker killed", polling(polling::Fault::Killed, 100)),
        ("feeds, postgres restarted", polling(polling::Fault::WithoutPostgres, 100)),
        ("rolling restart", Box::pin(rolling::restart(rolling))),
        ("sent three times", Box::pin(thrice::sent(thrice::Size { rate, events: pick(10, 3) * rate }))),
        ("frozen viewer", Box::pin(crowd::frozen_viewer(crowd))),
        ("flood", Box::pin(flood::ten_times(abuse(10, 4)))),
        ("slow connections", Box::pin(abuse::slow_connections(abuse(10, 4)))),
        ("gzip bombs", Box::pin(abuse::gzip_bombs(abuse(4, 2)))),
        ("sign-ins", Box::pin(crowd::sign_ins(100))),
    ]
}

fn table(outcomes: &[Outcome]) -> String {
    let mut lines = vec![
        "| scenario | acknowledged | stored | missing | duplicates | longest outage | memory before → peak | |".to_owned(),
        "|---|--:|--:|--:|--:|--:|--:|---|".to_owned(),
    ];
    for Outcome { name, figures, broken, notes } in outcomes {
        let verdict = match (broken.is_empty(), figures.acknowledged) {
            (false, _) => broken.join("; "),
            // Not played: the line says why.
            (true, 0) => notes.join("; "),
            (true, _) => "kept".to_owned(),
        };
        lines.push(format!(
            "| {name} | {} | {} | {} | {} | {:.1} s | {:.0} → {:.0} MiB | {verdict} |",
            figures.acknowledged,
            figures.stored,
            figures.missing,
            figures.duplicates,
            figures.outage_ms as f64 / 1000.0,
            figures.memory_before,
            figures.memory_peak,
        ));
    }
    lines.join("\n")
}

fn write(path: &Path, outcomes: &[Outcome]) {
    let all: Vec<_> = outcomes.iter().map(Outcome::json).collect();
    let text = format!("{:#}\n", serde_json::Value::Array(all));
    match std::fs::write(path, text) {
        Ok(()) => {
            let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
            println!("All figures: {}", path.display());
        }
        Err(error) => println!("{} could not be written: {error}", path.display()),
    }
}
