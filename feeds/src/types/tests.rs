use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::schema::expected;
use crate::surroundings::tests::with;
use crate::{Way, check, numbers};

/// The part of JSON Schema that `schema.rs` judges by, and what only forms and docs read.
const KEYWORDS: [&str; 20] = [
    "type",
    "properties",
    "required",
    "additionalProperties",
    "enum",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "items",
    "maxItems",
    "maxProperties",
    "format",
    "default",
    "writeOnly",
    "title",
    "description",
    "examples",
    "$schema",
    "readOnly",
];

#[test]
fn names_are_words_and_used_once() {
    let names: BTreeSet<&str> = all().iter().map(|kind| kind.name).collect();
    assert_eq!(names.len(), all().len());
    for kind in all() {
        assert!(kind.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{}", kind.name);
        assert!(!kind.title.is_empty() && kind.description.ends_with('.'), "{}", kind.name);
        assert_eq!(find(kind.name).map(|found| found.title), Some(kind.title));
    }
}

#[test]
fn schemas_use_only_what_is_judged() {
    fn walk(schema: &Value, place: &str) {
        for (keyword, inner) in schema.as_object().expect(place) {
            assert!(KEYWORDS.contains(&keyword.as_str()), "{place}: {keyword}");
            match keyword.as_str() {
                "properties" => {
                    for (name, property) in inner.as_object().expect(place) {
                        walk(property, &format!("{place}.{name}"));
                    }
                }
                "items" => walk(inner, place),
                "additionalProperties" if inner.is_object() => walk(inner, place),
                "format" => {
                    assert!(["uri", "feed-path"].iter().any(|known| inner == known), "{place}: {inner}")
                }
                _ => {}
            }
        }
    }
    for kind in all() {
        walk(&(kind.schema)(), kind.name);
    }
}

#[test]
fn schemas_say_enough_for_a_form() {
    for kind in all() {
        let schema = (kind.schema)();
        assert_eq!(schema["additionalProperties"], json!(false), "{}", kind.name);
        for (name, property) in schema["properties"].as_object().expect(kind.name) {
            let place = format!("{}.{name}", kind.name);
            for keyword in ["title", "description", "type", "examples"] {
                assert!(!property[keyword].is_null(), "{place} lacks {keyword}");
            }
            let is_required = schema["required"].as_array().is_some_and(|names| names.contains(&json!(name)));
            assert!(is_required != property.get("default").is_some(), "{place}: required, or a default");
        }
        let polls = kind.way == Way::Polls;
        assert_eq!(!schema["properties"]["interval_sec"].is_null(), polls, "{}", kind.name);
    }
}

#[test]
fn every_example_passes_its_check_and_every_payload_has_numbers() {
    let commands = tempfile::TempDir::new().expect("a directory");
    let probe = commands.path().join("queue-length");
    std::fs::write(&probe, "#!/bin/sh\n").expect("written");
    std::fs::set_permissions(&probe, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("marked");
    let surroundings = with(|config| {
        config.git_allow = "https://git.example.com".to_owned();
        config.commands = Some(commands.path().to_owned());
    });
    for kind in all() {
        assert_eq!(surroundings.unavailable(kind), None, "{}", kind.name);
        let checked = check(kind, &(kind.example)(), &surroundings);
        let checked = checked.unwrap_or_else(|problems| panic!("{}: {problems:?}", kind.name));
        assert_eq!(checked.interval.is_some(), kind.way == Way::Polls, "{}", kind.name);
        // What has been checked passes again, and nothing is added.
        assert_eq!(check(kind, &checked.config, &surroundings).as_ref(), Ok(&checked), "{}", kind.name);
        assert!(!numbers(&(kind.payload)()).is_empty(), "{}", kind.name);
        if let Some(example) = (kind.example)().as_object() {
            let properties = (kind.schema)()["properties"].clone();
            assert!(example.keys().all(|name| properties.get(name).is_some()), "{}", kind.name);
        }
    }
}

#[test]
fn the_operator_says_which_types_there_are() {
    let few = with(|config| config.types = "demo, ".to_owned());
    for kind in all() {
        let reason = few.unavailable(kind);
        assert_eq!(reason.is_none(), kind.name == "demo", "{}: {reason:?}", kind.name);
    }
}

/// The settings of a type, as docs/feeds.md shows them.
fn table(kind: &FeedType) -> String {
    let schema = (kind.schema)();
    let properties = schema["properties"].as_object().expect(kind.name);
    let mut table = format!("<!-- settings: {} -->\n", kind.name);
    if properties.is_empty() {
        table.push_str("It has no settings.\n");
    } else {
        table.push_str("| setting | | default | |\n|---|---|---|---|\n");
    }
    for (name, property) in properties {
        let default = match property.get("default") {
            None => "required".to_owned(),
            Some(default) if default == "" => "empty".to_owned(),
            Some(default) => format!("`{default}`"),
        };
        let told = property["description"].as_str().expect(name);
        table.push_str(&format!("| `{name}` | {} | {default} | {told} |\n", expected(property)));
    }
    table.push_str(&format!("\nPayload: `{}`\n", (kind.payload)()));
    table
}

#[test]
fn the_docs_show_every_type_as_it_is() {
    let docs = include_str!("../../../docs/feeds.md");
    for kind in all() {
        assert!(
            docs.contains(&format!("### `{}`\n", kind.name)),
            "docs/feeds.md has no section on {}",
            kind.name
        );
        let table = table(kind);
        assert!(
            docs.contains(&table),
            "docs/feeds.md is not as the schema of {} says; put there:\n{table}",
            kind.name
        );
    }
}
