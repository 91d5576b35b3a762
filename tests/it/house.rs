//! The house rules that a compiler cannot see: who may import whom, which tables may meet in one
//! statement, and that `.env.example` tells the truth. Pure: they read files and `cargo metadata`.
//! Each rule is also fed something bad, to show that it can fail.

mod imports;
mod sql;
mod variables;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The crates that have statements or settings of their own. One that is not built yet is no error.
const ROOMS: [&str; 6] = ["src", "core/src", "api/src", "worker/src", "feeds/src", "agent/src"];

#[test]
fn crates_import_only_what_their_room_allows() {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // For this platform only: the crates of others need not be on the machine.
    command
        .args(["metadata", "--format-version=1", "--offline", "--filter-platform"])
        .arg(host())
        .current_dir(root());
    let metadata = serde_json::from_str(&output_of(command)).expect("JSON");
    assert_eq!(imports::problems(&metadata), Vec::<String>::new());
}

#[test]
fn no_statement_names_a_time_series_table_and_one_that_belongs_to_an_org() {
    let tables = sql::Tables::from_migrations(&all_text(&root().join("migrations"), "up.sql"));
    let known = [
        (&tables.time_series, ["events", "samples", "stores", "event_counts_minute"]),
        (&tables.of_orgs, ["orgs", "projects", "api_keys", "memberships"]),
    ];
    for (found, expected) in known {
        for table in expected {
            assert!(found.contains(table), "{table} is not found in the migrations: {found:?}");
        }
    }

    let mut problems = Vec::new();
    let mut of_time_series = 0;
    for path in files_in_rooms(".rs") {
        let source = read(&path);
        for statement in sql::statements(&source) {
            let named = sql::tables_named(&statement);
            if named.iter().any(|name| tables.time_series.contains(name)) {
                of_time_series += 1;
            }
            problems.extend(tables.problem(&statement).map(|text| format!("{}: {text}", path.display())));
        }
    }
    problems.extend(tables.problems_in_schema(&read(&root().join("core/src/schema.rs"))));
    assert_eq!(problems, Vec::<String>::new());
    assert!(of_time_series > 0, "no statement was found at all: the search is broken");
}

#[test]
fn env_example_and_the_code_name_the_same_variables_with_the_same_defaults() {
    let in_code: Vec<_> =
        files_in_rooms(".rs").iter().flat_map(|path| variables::in_code(&read(path))).collect();
    assert!(in_code.len() >= 10, "hardly any variable was found: {in_code:?}");
    let in_example = variables::in_example(&read(&root().join(".env.example")));
    assert_eq!(variables::problems(&in_code, &in_example), Vec::<String>::new());
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The platform that this compiler compiles for.
fn host() -> String {
    let mut command = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    command.arg("-vV");
    let shown = output_of(command);
    let host = shown.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc names its host").to_owned()
}

fn output_of(mut command: Command) -> String {
    let output = command.output().expect("runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files_in_rooms(ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for room in ROOMS {
        collect(&root().join(room), ending, &mut found);
    }
    found
}

/// Everything below `directory` whose name ends so, as one text, in order.
fn all_text(directory: &Path, ending: &str) -> String {
    let mut found = Vec::new();
    collect(directory, ending, &mut found);
    found.iter().map(|path| read(path)).collect()
}

fn collect(directory: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}
