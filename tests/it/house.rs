//! The house rules that a compiler cannot see: who may import whom, which tables may meet in one
//! statement, what may come from others and from where, and that `.env.example` tells the truth. Pure: they read files and `cargo metadata`.
//! Each rule is also fed something bad, to show that it can fail.

mod imports;
mod licences;
mod locks;
mod sql;
mod variables;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The crates that have statements or settings of their own. One that is not built yet is no error.
const ROOMS: [&str; 6] = ["src", "core/src", "api/src", "worker/src", "feeds/src", "agent/src"];

/// Directories with a package-lock.json of their own. One that is not built yet is no error.
const NPM_ROOMS: [&str; 3] = ["web", "deploy/check", "sdk/js"];

#[test]
fn crates_import_only_what_their_room_allows() {
    assert_eq!(imports::problems(&metadata()), Vec::<String>::new());
}

#[test]
fn what_comes_from_others_may_be_used_and_passed_on() {
    let mut imports = licences::crates(&metadata());
    let crates = imports.len();
    assert!(crates > 100, "hardly any crate was found: {crates}");
    imports.extend(package_locks().iter().flat_map(|(_, lock)| licences::npm_packages(lock)));
    let problems: Vec<String> = imports.iter().filter_map(licences::Import::problem).collect();
    assert_eq!(problems, Vec::<String>::new());
    println!("licences: {crates} crates and {} npm packages, all on the list", imports.len() - crates);
}

#[test]
fn what_comes_from_others_comes_from_the_registries() {
    let ours: Vec<String> = own_packages(&metadata()).map(|package| text(&package["name"])).collect();
    let mut problems = locks::problems_of_cargo(&read(&root().join("Cargo.lock")), &ours);
    for (room, lock) in package_locks() {
        let found = locks::problems_of_npm(&lock);
        problems.extend(found.iter().map(|problem| format!("{room}: {problem}")));
    }
    assert_eq!(problems, Vec::<String>::new());
}

#[test]
fn unsafe_code_is_forbidden_in_every_crate_of_ours() {
    assert!(locks::forbids_unsafe(&read(&root().join("Cargo.toml"))));
    let metadata = metadata();
    let manifests: Vec<String> =
        own_packages(&metadata).map(|package| text(&package["manifest_path"])).collect();
    assert!(manifests.len() >= 6, "crates of ours are missing: {manifests:?}");
    for manifest in manifests {
        assert!(
            locks::inherits_lints(&read(Path::new(&manifest))),
            "{manifest} lacks [lints] workspace = true"
        );
    }
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

/// What cargo knows of the workspace and of everything it is built from, for this platform only: the
/// crates of others need not be on the machine.
fn metadata() -> Value {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(["metadata", "--format-version=1", "--offline", "--filter-platform"])
        .arg(host())
        .current_dir(root());
    serde_json::from_str(&output_of(command)).expect("JSON")
}

/// The packages that lie in this repository.
fn own_packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    let packages = metadata["packages"].as_array().expect("packages");
    packages.iter().filter(|package| package["source"].is_null())
}

fn package_locks() -> Vec<(&'static str, Value)> {
    let paths = NPM_ROOMS.map(|room| (room, root().join(room).join("package-lock.json")));
    let there = paths.into_iter().filter(|(_, path)| path.exists());
    there.map(|(room, path)| (room, serde_json::from_str(&read(&path)).expect("JSON"))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
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
