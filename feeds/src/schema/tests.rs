use serde_json::json;

use super::*;
use crate::find;
use crate::surroundings::tests::{surroundings, with};

/// What is said of a configuration, as `field message`.
fn problems(name: &str, config: Value) -> Vec<String> {
    let kind = find(name).expect("a type");
    let problems = check(kind, &config, &surroundings()).expect_err("refused");
    problems.iter().map(|problem| format!("{} {}", problem.field, problem.message)).collect()
}

#[test]
fn each_problem_names_its_field_and_what_is_allowed() {
    let interval = "interval_sec must be a whole number from 1 to 86400";
    for (config, expected) in [
        (json!({"interval_sec": 0}), interval),
        (json!({"interval_sec": -1}), interval),
        (json!({"interval_sec": 1.5}), interval),
        (json!({"interval_sec": 86_401}), interval),
        (json!({"interval_sec": 1e300}), interval),
        (json!({"interval_sec": "10"}), interval),
        (json!({"interval_sec": [10]}), interval),
        (
            json!({"shape": "circle"}),
            "shape must be one of wave, random_walk, traffic, host, errors, orders, steps, saw",
        ),
        (
            json!({"shape": 5}),
            "shape must be one of wave, random_walk, traffic, host, errors, orders, steps, saw",
        ),
        (json!({"colour": 5}), "colour is not known; there are interval_sec, period_sec, seed, shape"),
        (json!("wave"), " must be an object"),
        (json!(null), " must be an object"),
        (json!({"shape": "x".repeat(40_000)}), " is larger than 32 KiB"),
    ] {
        assert_eq!(problems("demo", config.clone()), [expected], "{config}");
    }
    for (config, expected) in [
        (json!({}), "url is required: an address like https://example.com/data"),
        (json!({"url": ""}), "url must be an address like https://example.com/data"),
        (json!({"url": null}), "url is required: an address like https://example.com/data"),
        (
            json!({"url": "example.com"}),
            "url cannot be used: This is not a complete address. Write it as https://example.com/path",
        ),
        (
            json!({"url": "https://a.example/", "path": "a["}),
            "path ends too early: an index, a quoted name or field=value is missing",
        ),
        (
            json!({"url": "https://a.example/", "headers": {"a b": "c"}}),
            "headers.a b is no name of a header: letters, digits and - only",
        ),
        (
            json!({"url": "https://a.example/", "headers": {"Host": "c"}}),
            "headers.Host cannot be chosen: PulseBoard sets it itself",
        ),
        (
            json!({"url": "https://a.example/", "headers": {"A": "c\r\nB: d"}}),
            "headers.A must be one line of visible ASCII characters",
        ),
        (
            json!({"url": "https://a.example/", "headers": {"A": 5}}),
            "headers.A must be a text of at most 4000 characters",
        ),
        (
            json!({"url": "https://a.example/", "headers": "A: b"}),
            "headers must be an object of at most 20 texts",
        ),
    ] {
        assert_eq!(problems("http_json", config.clone()), [expected], "{config}");
    }
    let private = problems("http_json", json!({"url": "http://10.0.0.1/"}));
    assert!(private[0].starts_with("url cannot be used: This address leads into a private"), "{private:?}");
    // All at once.
    let many = problems("http_json", json!({"path": "a[", "interval_sec": 0, "x": 1}));
    assert_eq!(many.len(), 4, "{many:?}");
}

#[test]
fn defaults_are_filled_in_and_whole_numbers_made_whole() {
    let kind = find("http_json").expect("a type");
    let config = json!({"url": "https://a.example/", "interval_sec": 5.0, "path": null});
    let checked = check(kind, &config, &surroundings()).expect("fine");
    let expected = json!({"url": "https://a.example/", "interval_sec": 5, "path": "", "headers": {}});
    assert_eq!(checked.config, expected);
    assert_eq!(checked.interval, Some(Duration::from_secs(5)));
}

#[test]
fn the_operators_floor_is_named() {
    let kind = find("demo").expect("a type");
    let slow = with(|config| config.least_interval = 10);
    let problems = check(kind, &json!({"interval_sec": 5}), &slow).expect_err("too often");
    assert_eq!(problems, [ConfigProblem::new("interval_sec", "must be a whole number from 10 to 86400")]);
    assert_eq!(
        check(kind, &json!({}), &slow).map(|checked| checked.interval),
        Ok(Some(Duration::from_secs(10)))
    );
}
