//! Where others' code comes from: from the two public registries, each archive with a checksum; and our own
//! crates forbid unsafe code.

use serde_json::Value;

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// What in a Cargo.lock comes from elsewhere than crates.io. `ours` are the names without a source.
pub fn problems_of_cargo(lock: &str, ours: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    for package in lock.split("[[package]]").skip(1) {
        let value = |key: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""));
            line.and_then(|rest| rest.strip_suffix('"'))
        };
        let name = value("name").unwrap_or("a package without a name");
        match value("source") {
            None if ours.iter().any(|own| own == name) => {}
            None => problems.push(format!("{name} lies on this disk and is no crate of ours")),
            Some(CRATES_IO) if value("checksum").is_none_or(|sum| sum.len() != 64) => {
                problems.push(format!("{name} has no checksum"));
            }
            Some(CRATES_IO) => {}
            Some(source) => problems.push(format!("{name} comes from {source}")),
        }
    }
    problems
}

/// What in a package-lock.json comes from elsewhere than the registry. By our .npmrc the registry's own
/// addresses are left out, so an address that is written is another one.
pub fn problems_of_npm(lock: &Value) -> Vec<String> {
    let packages = lock["packages"].as_object().expect("packages");
    let mut problems = Vec::new();
    for (path, package) in packages.iter().filter(|(path, _)| !path.is_empty()) {
        let is_checked = package["integrity"].as_str().is_some_and(|sum| sum.starts_with("sha512-"));
        let resolved = package["resolved"].as_str();
        if package["link"] == true || resolved.is_some() {
            problems.push(format!("{path} comes from {}", resolved.unwrap_or("this disk")));
        } else if !is_checked {
            problems.push(format!("{path} has no checksum"));
        }
    }
    problems
}

/// Whether a manifest takes the workspace's lints over, among which unsafe code is forbidden.
pub fn inherits_lints(manifest: &str) -> bool {
    section(manifest, "[lints]").any(|line| line == "workspace = true")
}

/// Whether the workspace forbids unsafe code; what is forbidden cannot be allowed again further down.
pub fn forbids_unsafe(manifest: &str) -> bool {
    section(manifest, "[workspace.lints.rust]").any(|line| line == "unsafe_code = \"forbid\"")
}

fn section<'a>(manifest: &'a str, title: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = manifest.lines().map(str::trim).skip_while(move |line| *line != title).skip(1);
    lines.take_while(|line| !line.starts_with('['))
}

#[test]
fn each_foreign_source_is_found() {
    let sum = "a".repeat(64);
    let lock = format!(
        "version = 4\n\n[[package]]\nname = \"ours\"\nversion = \"1\"\n\n\
         [[package]]\nname = \"good\"\nsource = \"{CRATES_IO}\"\nchecksum = \"{sum}\"\n\n\
         [[package]]\nname = \"bare\"\nsource = \"{CRATES_IO}\"\n\n\
         [[package]]\nname = \"forked\"\nsource = \"git+https://example.com/forked#abc\"\n\n\
         [[package]]\nname = \"copied\"\nversion = \"1\"\n"
    );
    assert_eq!(
        problems_of_cargo(&lock, &["ours".into()]),
        [
            "bare has no checksum",
            "forked comes from git+https://example.com/forked#abc",
            "copied lies on this disk and is no crate of ours",
        ]
    );

    let lock = serde_json::json!({"packages": {
        "": {},
        "a": {"integrity": "sha512-a"},
        "b": {},
        "c": {"integrity": "sha1-c"},
        "d": {"resolved": "git+ssh://example.com/d", "integrity": "sha512-d"},
        "e": {"link": true},
    }});
    assert_eq!(
        problems_of_npm(&lock),
        [
            "b has no checksum",
            "c has no checksum",
            "d comes from git+ssh://example.com/d",
            "e comes from this disk",
        ]
    );
}

#[test]
fn manifests_without_the_lints_are_found() {
    assert!(inherits_lints("[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n"));
    for bad in [
        "[package]\nname = \"a\"\n",
        "[lints]\n\n[dependencies]\nworkspace = true\n",
        "[lints.rust]\nunsafe_code = \"allow\"\n",
        "[lints]\n#workspace = true\n",
    ] {
        assert!(!inherits_lints(bad), "{bad}");
    }
    assert!(forbids_unsafe("[workspace.lints.rust]\nunsafe_code = \"forbid\"\n"));
    assert!(!forbids_unsafe("[workspace.lints.rust]\nunsafe_code = \"deny\"\n"));
}
