//! Under which licences others' code may come to us. Expressions are read by the `spdx` crate; what they
//! allow together is judged here: of `A OR B` one is enough, of `A AND B` both count.

use std::path::Path;

use serde_json::Value;
use spdx::{Expression, ParseMode};

/// Ask nothing but to be named. This goes for everything that is built into what we ship.
const PERMISSIVE: [&str; 15] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "OFL-1.1",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Fine for a tool that we only run, too: they ask something of who passes the tool itself on.
const FOR_TOOLS: [&str; 3] = ["BlueOak-1.0.0", "MPL-2.0", "Python-2.0"];

/// Crates whose manifest points to a file instead of naming a licence: how that file begins.
const BY_FILE: [(&str, &str); 1] = [("apalis-postgres", "MIT License\n")];

/// Something that comes from others, and what it says of its licence.
pub struct Import {
    pub name: String,
    pub licence: Option<String>,
    /// Only run here, not part of what we ship.
    pub is_tool: bool,
}

impl Import {
    /// A sentence when it may not come in.
    pub fn problem(&self) -> Option<String> {
        let Self { name, licence, is_tool } = self;
        let Some(licence) = licence else {
            return Some(format!("{name} names no licence"));
        };
        let Ok(expression) = Expression::parse_mode(licence, ParseMode::LAX) else {
            return Some(format!("{name}: \"{licence}\" is no licence that SPDX knows"));
        };
        let allowed = expression.evaluate(|required| {
            let required = required.to_string();
            PERMISSIVE.contains(&required.as_str()) || (*is_tool && FOR_TOOLS.contains(&required.as_str()))
        });
        (!allowed).then(|| format!("{name} comes under {licence}, which is not on the list"))
    }
}

/// The crates of others, as `cargo metadata` tells of them. Rust's tools may end in the binary by a feature,
/// so none is taken for a mere tool.
pub fn crates(metadata: &Value) -> Vec<Import> {
    let packages = metadata["packages"].as_array().expect("packages");
    let foreign = packages.iter().filter(|package| !package["source"].is_null());
    foreign
        .map(|package| Import {
            name: format!("{} {}", text(&package["name"]), text(&package["version"])),
            licence: package["license"].as_str().map(str::to_owned).or_else(|| licence_by_file(package)),
            is_tool: false,
        })
        .collect()
}

fn licence_by_file(package: &Value) -> Option<String> {
    let (_, beginning) = BY_FILE.iter().find(|(name, _)| package["name"] == *name)?;
    let manifest = Path::new(package["manifest_path"].as_str()?);
    let file = manifest.parent()?.join(package["license_file"].as_str()?);
    let is_known = std::fs::read_to_string(file).ok()?.starts_with(beginning);
    is_known.then(|| beginning.trim_end().trim_end_matches(" License").to_owned())
}

/// The packages of a package-lock.json.
pub fn npm_packages(lock: &Value) -> Vec<Import> {
    let packages = lock["packages"].as_object().expect("packages");
    let foreign = packages.iter().filter(|(path, _)| !path.is_empty());
    foreign
        .map(|(path, package)| Import {
            name: path.clone(),
            licence: package["license"].as_str().map(str::to_owned),
            is_tool: package["dev"] == true,
        })
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn import(licence: Option<&str>, is_tool: bool) -> Import {
    Import { name: "reader".into(), licence: licence.map(str::to_owned), is_tool }
}

#[test]
fn each_licence_that_asks_for_more_is_found() {
    for (licence, expected) in [
        (Some("GPL-3.0-only"), "reader comes under GPL-3.0-only, which is not on the list"),
        (Some("AGPL-3.0"), "reader comes under AGPL-3.0, which is not on the list"),
        (Some("MPL-2.0"), "reader comes under MPL-2.0, which is not on the list"),
        (Some("MIT AND MPL-2.0"), "reader comes under MIT AND MPL-2.0, which is not on the list"),
        (
            Some("Apache-2.0 WITH Classpath-exception-2.0"),
            "reader comes under Apache-2.0 WITH Classpath-exception-2.0, which is not on the list",
        ),
        (Some("(MIT OR ISC) AND SSPL-1.0"), "reader comes under (MIT OR ISC) AND SSPL-1.0, which is not on"),
        (Some("SEE LICENSE IN secret.txt"), "reader: \"SEE LICENSE IN secret.txt\" is no licence"),
        (Some("UNLICENSED"), "reader: \"UNLICENSED\" is no licence that SPDX knows"),
        (Some(""), "reader: \"\" is no licence that SPDX knows"),
        (None, "reader names no licence"),
    ] {
        let found = import(licence, false).problem().unwrap_or_default();
        assert!(found.starts_with(expected), "{licence:?}: {found}");
    }
    assert!(import(Some("GPL-3.0-only"), true).problem().is_some(), "not even as a tool");
}

#[test]
fn permissive_ones_are_not_found_in_any_spelling() {
    for licence in [
        "MIT",
        "MIT/Apache-2.0",
        "Apache-2.0 / MIT",
        "GPL-2.0 OR MIT",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception OR GPL-3.0-only",
    ] {
        assert_eq!(import(Some(licence), false).problem(), None, "{licence}");
    }
    assert_eq!(import(Some("MPL-2.0"), true).problem(), None);
}

#[test]
fn locks_and_metadata_are_read() {
    let lock = serde_json::json!({"packages": {
        "": {"license": "Secret"},
        "node_modules/tool": {"license": "MPL-2.0", "dev": true},
        "node_modules/part": {"license": "MPL-2.0"},
        "node_modules/bare": {},
    }});
    let found: Vec<_> = npm_packages(&lock).iter().filter_map(Import::problem).collect();
    let expected = [
        "node_modules/bare names no licence",
        "node_modules/part comes under MPL-2.0, which is not on the list",
    ];
    assert_eq!(found, expected);

    let metadata = serde_json::json!({"packages": [
        {"name": "ours", "version": "0.1.0", "source": null, "license": null},
        {"name": "bare", "version": "1.0.0", "source": "registry", "license": null, "license_file": "LICENSE",
            "manifest_path": "/nowhere/Cargo.toml"},
    ]});
    let found: Vec<_> = crates(&metadata).iter().filter_map(Import::problem).collect();
    assert_eq!(found, ["bare 1.0.0 names no licence"]);
}
