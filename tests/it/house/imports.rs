//! Who may import whom, judged on the graph that cargo has resolved.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Each crate of ours, and those of ours it may name.
const OURS: [(&str, &[&str]); 8] = [
    ("pulseboard-wire", &[]),
    ("pulseboard-core", &["pulseboard-wire"]),
    ("pulseboard-feeds", &["pulseboard-wire", "pulseboard-core"]),
    ("pulseboard-api", &["pulseboard-wire", "pulseboard-core", "pulseboard-feeds"]),
    ("pulseboard-worker", &["pulseboard-wire", "pulseboard-core", "pulseboard-feeds"]),
    ("pulseboard-agent", &["pulseboard-wire"]),
    ("pulseboard-bench", &["pulseboard-wire", "pulseboard-core"]),
    (
        "pulseboard",
        &["pulseboard-wire", "pulseboard-core", "pulseboard-feeds", "pulseboard-api", "pulseboard-worker"],
    ),
];

/// Families of foreign crates, by the start of their names, and who alone may name them.
const FAMILIES: [(&str, &[&str]); 6] = [
    ("actix", &["pulseboard-api"]),
    ("apalis", &["pulseboard-worker"]),
    ("sqlx", &["pulseboard-worker"]),
    ("diesel", &["pulseboard-core", "pulseboard-bench"]),
    ("tokio-postgres", &["pulseboard-core", "pulseboard-bench"]),
    // The only client stands behind the guard of core/src/outbound.rs.
    ("reqwest", &["pulseboard-core", "pulseboard-bench"]),
];

/// What may not even be reached through others.
const OUT_OF_REACH: [(&str, &[&str]); 6] = [
    ("pulseboard-wire", &["diesel", "actix", "tokio"]),
    ("pulseboard-agent", &["diesel", "actix", "sqlx"]),
    ("pulseboard-core", &["actix", "apalis", "sqlx"]),
    ("pulseboard-feeds", &["actix", "apalis", "sqlx"]),
    ("pulseboard-api", &["apalis", "sqlx"]),
    ("pulseboard-worker", &["actix"]),
];

/// A crate's neighbours by name.
#[derive(Default)]
struct Node {
    imports: BTreeSet<String>,
    dev_imports: BTreeSet<String>,
}

/// What breaks a rule, as sentences.
pub fn problems(metadata: &Value) -> Vec<String> {
    let graph = graph(metadata);
    let ours: Vec<&String> = graph.keys().filter(|name| name.starts_with("pulseboard")).collect();
    let mut problems = Vec::new();
    for name in ours {
        let node = &graph[name];
        let Some((_, allowed)) = OURS.iter().find(|(known, _)| known == name) else {
            problems.push(format!("{name} has no rule: say in tests/it/house/imports.rs what it may import"));
            continue;
        };
        // The root's tests see everything; they are what holds the house together.
        let tests_of_others = if name == "pulseboard" { &BTreeSet::new() } else { &node.dev_imports };
        for import in node.imports.union(tests_of_others) {
            let is_ours = import.starts_with("pulseboard");
            let is_foreign_to_it = FAMILIES
                .iter()
                .any(|(family, owners)| import.starts_with(family) && !owners.contains(&name.as_str()));
            if (is_ours && !allowed.contains(&import.as_str())) || is_foreign_to_it {
                problems.push(format!("{name} may not import {import}"));
            }
        }
        for (_, families) in OUT_OF_REACH.iter().filter(|(of, _)| of == name) {
            for reached in reached_from(&graph, name) {
                if families.iter().any(|family| reached.starts_with(family)) {
                    problems.push(format!("{name} may not reach {reached}"));
                }
            }
        }
    }
    problems
}

fn graph(metadata: &Value) -> BTreeMap<String, Node> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let names: BTreeMap<String, String> = list(&metadata["packages"])
        .iter()
        .map(|package| (text(&package["id"]), text(&package["name"])))
        .collect();
    let mut graph = BTreeMap::<String, Node>::new();
    for node in list(&metadata["resolve"]["nodes"]) {
        // Two versions of one crate become one: the rules are about names.
        let entry = graph.entry(names[&text(&node["id"])].clone()).or_default();
        for import in list(&node["deps"]) {
            let name = names[&text(&import["pkg"])].clone();
            let is_dev = list(&import["dep_kinds"]).iter().all(|kind| kind["kind"] == "dev");
            let imports = if is_dev { &mut entry.dev_imports } else { &mut entry.imports };
            imports.insert(name);
        }
    }
    graph
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Everything a crate is built with, directly or not, leaving out tests.
fn reached_from<'a>(graph: &'a BTreeMap<String, Node>, name: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![name];
    while let Some(name) = open.pop() {
        for import in graph.get(name).map(|node| &node.imports).into_iter().flatten() {
            if reached.insert(import.as_str()) {
                open.push(import);
            }
        }
    }
    reached
}

/// A graph as cargo would describe it: crate, kind of dependency, crate.
fn metadata_of(edges: &[(&str, Option<&str>, &str)]) -> Value {
    let names: BTreeSet<&str> = edges.iter().flat_map(|(from, _, to)| [*from, *to]).collect();
    let nodes: Vec<Value> = names
        .iter()
        .map(|name| {
            let deps: Vec<Value> = edges
                .iter()
                .filter(|(from, _, _)| from == name)
                .map(|(_, kind, to)| serde_json::json!({"pkg": to, "dep_kinds": [{"kind": kind}]}))
                .collect();
            serde_json::json!({"id": name, "deps": deps})
        })
        .collect();
    let packages: Vec<Value> =
        names.iter().map(|name| serde_json::json!({"id": name, "name": name})).collect();
    serde_json::json!({"packages": packages, "resolve": {"nodes": nodes}})
}

#[test]
fn each_forbidden_import_is_found() {
    let dev = Some("dev");
    for (edges, expected) in [
        (
            vec![("pulseboard-api", None, "pulseboard-worker")],
            "pulseboard-api may not import pulseboard-worker",
        ),
        (vec![("pulseboard-core", None, "actix-web")], "pulseboard-core may not import actix-web"),
        (vec![("pulseboard-api", dev, "diesel")], "pulseboard-api may not import diesel"),
        (vec![("pulseboard-worker", None, "reqwest")], "pulseboard-worker may not import reqwest"),
        (vec![("pulseboard", None, "diesel-async")], "pulseboard may not import diesel-async"),
        (vec![("pulseboard-api", None, "sqlx-postgres")], "pulseboard-api may not import sqlx-postgres"),
        (vec![("pulseboard-new", None, "serde")], "pulseboard-new has no rule"),
        (
            vec![("pulseboard-wire", None, "reader"), ("reader", None, "tokio")],
            "pulseboard-wire may not reach tokio",
        ),
        (
            vec![("pulseboard-agent", None, "pulseboard-wire"), ("pulseboard-wire", None, "diesel")],
            "pulseboard-agent may not reach diesel",
        ),
    ] {
        let found = problems(&metadata_of(&edges));
        assert!(found.iter().any(|text| text.starts_with(expected)), "{expected}: {found:?}");
    }
}

#[test]
fn what_is_allowed_is_not_found() {
    let dev = Some("dev");
    let edges = [
        ("pulseboard-core", None, "diesel"),
        ("pulseboard-api", None, "pulseboard-core"),
        ("pulseboard-api", None, "actix-web"),
        ("pulseboard-worker", None, "apalis-postgres"),
        ("pulseboard", dev, "diesel"),
        ("pulseboard", dev, "actix-web"),
        ("pulseboard-wire", dev, "tokio"),
    ];
    assert_eq!(problems(&metadata_of(&edges)), Vec::<String>::new());
}
