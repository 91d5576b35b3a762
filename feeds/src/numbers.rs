//! The numbers of a payload: what is charted of it.

use serde_json::Value;

use crate::path::{Path, Step};

/// Most numbers of one payload. Further ones are left out.
pub const MAX_NUMBERS: usize = 100;
/// Longest path of a number, in characters. What lies deeper in names is left out.
pub const MAX_NAME: usize = 200;
/// The name of a number that is the whole payload.
pub const BARE: &str = "value";

/// The numeric fields of a payload by their path, sorted: `cpu`, `disk.free`, `cores[0]`. A payload that is a
/// number itself is called `value`.
pub fn numbers(payload: &Value) -> Vec<(String, f64)> {
    let mut found = Vec::new();
    match payload {
        Value::Number(_) => found.extend(finite(payload).map(|number| (BARE.to_owned(), number))),
        _ => collect(payload, &Path::default(), &mut found),
    }
    found.sort_by(|(left, _), (right, _)| left.cmp(right));
    found
}

/// The part of a payload that the name of a number, or any path, points at.
pub fn part<'a>(payload: &'a Value, path: &Path) -> Result<&'a Value, crate::path::Missing> {
    match path.find(payload) {
        Err(_) if payload.is_number() && path.to_string() == BARE => Ok(payload),
        found => found,
    }
}

fn collect(value: &Value, path: &Path, found: &mut Vec<(String, f64)>) {
    if found.len() == MAX_NUMBERS || path.steps().len() > crate::path::MAX_STEPS {
        return;
    }
    match value {
        Value::Number(_) => {
            let name = path.to_string();
            if name.chars().count() <= MAX_NAME {
                found.extend(finite(value).map(|number| (name, number)));
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                collect(value, &path.with(Step::Key(name.clone())), found);
            }
        }
        Value::Array(items) => {
            for (at, value) in (0..).zip(items) {
                collect(value, &path.with(Step::Index(at)), found);
            }
        }
        _ => {}
    }
}

fn finite(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_found_wherever_they_are() {
        let payload = json!({
            "cpu": 1.5, "disk": {"free": 2, "name": "sda"}, "cores": [3, "x", {"t": 4}],
            "odd.key": 5, "text": "6", "none": null, "yes": true,
        });
        let expected = [
            ("[\"odd.key\"]", 5.0),
            ("cores[0]", 3.0),
            ("cores[2].t", 4.0),
            ("cpu", 1.5),
            ("disk.free", 2.0),
        ];
        assert_eq!(numbers(&payload), expected.map(|(name, number)| (name.to_owned(), number)));
        for (name, number) in numbers(&payload) {
            let path = crate::path::parse(&name).expect("a path");
            assert_eq!(part(&payload, &path).ok().and_then(Value::as_f64), Some(number), "{name}");
        }
    }

    #[test]
    fn a_bare_number_is_called_value() {
        assert_eq!(numbers(&json!(7)), [("value".to_owned(), 7.0)]);
        let path = crate::path::parse("value").expect("a path");
        assert_eq!(part(&json!(7), &path), Ok(&json!(7)));
        assert!(part(&json!("7"), &path).is_err());
        assert_eq!(numbers(&json!("7")), []);
    }

    #[test]
    fn there_is_an_end_to_them() {
        let many = Value::from((0..1000).collect::<Vec<_>>());
        assert_eq!(numbers(&many).len(), MAX_NUMBERS);
        let long = json!({"a".repeat(201): 1, "b".repeat(200): 2});
        assert_eq!(numbers(&long).len(), 1);
        let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(numbers(&deep), []);
    }
}
