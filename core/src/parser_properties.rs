//! What holds for every parser whatever it is given: it does not panic, keeps its bounds, and takes back
//! what it wrote. Inputs are generated from a fixed seed; `PROPTEST_CASES=100000` asks for more of them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

mod ingest;

/// The same inputs in every run: a red build is about the change, not about luck.
fn config() -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(20_261_121),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Text of any characters, or of those that mean something to our grammars.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[-a-z0-9:.*\"\\\\ _@/+%]{0,40}",
        vec(prop::sample::select(PIECES.as_slice()), 0..12).prop_map(|pieces| pieces.concat()),
    ]
}

const PIECES: [&str; 34] = [
    "-",
    "--",
    ":",
    "::",
    "*",
    "\"",
    "\\\"",
    "\\",
    " ",
    "\t",
    "\u{3000}",
    "name:",
    "level:",
    "tag.",
    "tag.a:",
    "env:error",
    "//",
    "http://",
    "a",
    "é",
    "0",
    "9223372036854775807",
    "-1",
    "1795252257872",
    "_",
    "0190b5e59a3c7d348a513c5f6a7b8c9d",
    "pb_pub_",
    "pb_sec_",
    "*.",
    "https://",
    "@",
    "example.com",
    ".",
    "\u{0}",
];

mod queries {
    use super::*;
    use crate::event_query::{Field, Term, Test, parse};

    fn field() -> impl Strategy<Value = (String, Field)> {
        let known = prop::sample::select(vec![
            ("type", Field::Type),
            ("name", Field::Name),
            ("user", Field::User),
            ("session", Field::Session),
            ("release", Field::Release),
            ("env", Field::Environment),
            ("environment", Field::Environment),
            ("level", Field::Level),
        ]);
        let tag = "[a-zA-Zé_.-]{1,10}".prop_map(|tag| (format!("tag.{tag}"), Field::Tag(tag)));
        prop_oneof![known.prop_map(|(text, field)| (text.to_owned(), field)), tag]
    }

    fn quoted(text: &str) -> String {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }

    /// A term and one way to write it.
    fn term() -> impl Strategy<Value = (String, Term)> {
        let any_text = "\\PC{1,12}";
        let test = prop_oneof![
            any_text.prop_map(|text| (quoted(&text), Test::Contains(text))),
            (field(), any_text).prop_map(|((name, field), text)| (
                format!("{name}:{}", quoted(&text)),
                Test::Is(field, text)
            )),
            (field(), "[a-z0-9_é]{1,12}")
                .prop_map(|((name, field), text)| (format!("{name}:{text}*"), Test::StartsWith(field, text))),
        ];
        (any::<bool>(), test).prop_map(|(negated, (text, test))| {
            (format!("{}{text}", if negated { "-" } else { "" }), Term { negated, test })
        })
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn whatever_is_asked_is_bounded(text in text()) {
            if let Ok(terms) = parse(&text) {
                prop_assert!(terms.len() <= 20);
                let written: usize = terms.iter().map(|term| match &term.test {
                    Test::Contains(text) | Test::Is(_, text) | Test::StartsWith(_, text) => text.len(),
                }).sum();
                prop_assert!(written <= text.len());
            }
        }

        #[test]
        fn what_is_written_is_read_back(terms in vec(term(), 0..8), spaces in "[ \t]{1,3}") {
            let text = terms.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join(&spaces);
            let expected: Vec<Term> = terms.into_iter().map(|(_, term)| term).collect();
            prop_assert_eq!(parse(&text), Ok(expected), "{}", text);
        }
    }
}

mod cursors {
    use super::*;
    use crate::events::PageCursor;
    use crate::live::Cursor;
    use chrono::{DateTime, Utc};

    /// Any time that RFC 3339 can write, in milliseconds.
    fn time() -> impl Strategy<Value = DateTime<Utc>> {
        (-62_167_219_200_000_i64..=253_402_300_799_999)
            .prop_map(|millis| DateTime::from_timestamp_millis(millis).expect("in the calendar"))
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn live_cursors_are_read_back(seq in 0..=i64::MAX, at in time()) {
            let cursor = Cursor { seq, at };
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn page_cursors_are_read_back(id in any::<u128>(), ts in time()) {
            let cursor = PageCursor { ts, id: uuid::Uuid::from_u128(id) };
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }

        #[test]
        fn any_text_is_a_cursor_within_bounds_or_none(text in text(), left in any::<i64>(), right in any::<i64>()) {
            for text in [text, format!("{left}-{right}"), format!("{left}_{:032x}", right)] {
                if let Ok(cursor) = text.parse::<Cursor>() {
                    prop_assert!(cursor.seq >= 0 && crate::in_calendar(cursor.at).is_some());
                    prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
                }
                if let Ok(cursor) = text.parse::<PageCursor>() {
                    prop_assert!(crate::in_calendar(cursor.ts).is_some());
                    prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
                }
            }
        }
    }
}

mod paths {
    use serde_json::{Value, json};

    use super::*;
    use crate::payload_path::{MAX_LENGTH, MAX_STEPS, Path, Step, parse};

    fn word() -> impl Strategy<Value = String> {
        prop_oneof!["[a-z_][a-z0-9_-]{0,8}", "\\PC{0,10}", "[.\\[\\]\"=$ \\\\]{0,4}", any::<String>()]
    }

    /// A step and one way to write it after others.
    fn step() -> impl Strategy<Value = (String, Step)> {
        let quoted = |text: &str| Value::from(text).to_string();
        prop_oneof![
            "[a-zé_][a-z0-9é_-]{0,8}".prop_map(|key| (format!(".{key}"), Step::Key(key))),
            word().prop_map(move |key| (format!("[{}]", quoted(&key)), Step::Key(key))),
            any::<i64>().prop_map(|index| (format!("[ {index} ]"), Step::Index(index))),
            (word(), word()).prop_map(move |(field, value)| {
                (format!("[{}={}]", quoted(&field), quoted(&value)), Step::Where { field, value })
            }),
        ]
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn whatever_is_written_is_bounded_and_has_one_form(text in text(), odd in "[a-c0-2.\\[\\]\"=$ \\\\-]{0,40}") {
            for text in [text, odd] {
                let Ok(path) = parse(&text) else { continue };
                prop_assert!(path.steps().len() <= MAX_STEPS && text.trim().chars().count() <= MAX_LENGTH);
                let written = path.to_string();
                // Quotes and escapes make the normal form longer than what was typed.
                if written.chars().count() <= MAX_LENGTH {
                    prop_assert_eq!(parse(&written), Ok(path), "{}", written);
                }
            }
        }

        #[test]
        fn what_is_written_is_read_back(steps in vec(step(), 0..8)) {
            let text: String = steps.iter().map(|(text, _)| text.as_str()).collect();
            prop_assume!(text.chars().count() < MAX_LENGTH);
            let expected: Vec<Step> = steps.into_iter().map(|(_, step)| step).collect();
            let path = parse(&format!("${text}")).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(path.steps(), expected.as_slice(), "{}", text);
        }

        #[test]
        fn a_part_is_found_where_it_was_put(steps in vec(step(), 0..8), other in step()) {
            let steps: Vec<Step> = steps.into_iter().map(|(_, step)| step).filter(|step| !matches!(step, Step::Index(n) if n.unsigned_abs() > 50)).collect();
            let document = steps.iter().rev().fold(json!(42), |inner, step| match step {
                Step::Key(key) => json!({ key.as_str(): inner }),
                Step::Index(index) if *index < 0 => {
                    let after = index.unsigned_abs() as usize - 1;
                    Value::from([vec![inner], vec![Value::Null; after]].concat())
                }
                Step::Index(index) => Value::from([vec![Value::Null; *index as usize], vec![inner]].concat()),
                // The object that has the field is the part itself: it can only be the last step.
                Step::Where { field, value } => json!([{"x": 1}, { field.as_str(): value.as_str(), "inner": inner }]),
            });
            let path = steps.iter().fold(Path::default(), |path, step| {
                let path = path.with(step.clone());
                if matches!(step, Step::Where { .. }) { path.with(Step::Key("inner".to_owned())) } else { path }
            });
            let is_hidden = steps.iter().any(|step| matches!(step, Step::Where { field, .. } if field == "inner" || field == "x"));
            if !is_hidden && path.steps().len() <= MAX_STEPS {
                prop_assert_eq!(path.find(&document), Ok(&json!(42)), "{}", path);
                let beyond = path.with(other.1);
                let missing = beyond.find(&document).expect_err("a number has no parts");
                prop_assert_eq!(missing.at, beyond.to_string());
            }
        }
    }
}

mod names {
    use super::*;
    use crate::api_keys::{looks_like_key, looks_public, normalise_origin, origin_allowed};
    use crate::projects::slug;
    use crate::users::normalise_email;

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn keys_have_one_form(text in text(), random in "[a-zA-Z0-9]{32}", kind in "pub|sec") {
            let key = format!("pb_{kind}_{random}");
            prop_assert!(looks_like_key(&key));
            prop_assert_eq!(looks_public(&key), kind == "pub");
            if looks_like_key(&text) {
                prop_assert!(text.len() == key.len() && text.is_ascii());
            }
            // One character more, less or other is no key.
            for bad in [format!("{key}a"), key[..key.len() - 1].to_owned(), format!("{}é", &key[..key.len() - 2])] {
                prop_assert!(!looks_like_key(&bad), "{}", bad);
            }
        }

        #[test]
        fn origins_are_normalised_once(text in text(), host in "[a-zA-Z0-9.-]{1,20}", scheme in "https?") {
            for text in [text, format!("{scheme}://{host}"), format!(" {scheme}://*.{host}/ ")] {
                if let Some(origin) = normalise_origin(&text) {
                    let again = normalise_origin(&origin);
                    prop_assert_eq!(again.as_deref(), Some(origin.as_str()));
                    prop_assert!(origin.bytes().all(|byte| byte.is_ascii_graphic()));
                    prop_assert!(origin_allowed(std::slice::from_ref(&origin), Some(&origin)) || origin.contains("*."));
                }
            }
        }

        #[test]
        fn a_wildcard_lets_only_subdomains_in(domain in "[a-z]{1,8}\\.[a-z]{2,3}", sub in "[a-z0-9]{1,8}", evil in "[a-z.]{1,8}") {
            let allowed: Vec<String> = normalise_origin(&format!("https://*.{domain}")).into_iter().collect();
            let lets = |origin: String| origin_allowed(&allowed, Some(&origin));
            let inside = format!("https://{sub}.{domain}");
            prop_assert!(lets(inside));
            let outside = [
                format!("https://{domain}"), format!("https://{sub}{domain}"), format!("http://{sub}.{domain}"),
                format!("https://{sub}.{domain}.{evil}"), format!("https://{sub}.{domain}/{evil}"), format!("https://.{domain}"),
            ];
            for origin in outside {
                prop_assert!(!lets(origin.clone()), "{}", origin);
            }
        }

        #[test]
        fn addresses_are_normalised_once(text in text(), local in "[a-zA-Z0-9._+-]{1,64}", domain in "[a-zA-Z0-9]{1,20}\\.[a-z]{2,4}") {
            for text in [text.clone(), format!("{text}@{domain}"), format!("{local}@{text}"), format!(" {local}@{domain}\n")] {
                if let Some(email) = normalise_email(&text) {
                    prop_assert!(email.len() <= 254 && !email.chars().any(|c| c.is_control() || c.is_whitespace()));
                    let again = normalise_email(&email);
                    prop_assert_eq!(again.as_deref(), Some(email.as_str()));
                }
            }
            let plain = format!("{local}@{domain}");
            prop_assert_eq!(normalise_email(&plain.to_uppercase()), normalise_email(&plain.to_lowercase()));
        }

        #[test]
        fn slugs_can_stand_in_an_address(name in text()) {
            let slug = slug(&name);
            prop_assert!((1..=60).contains(&slug.len()));
            prop_assert!(slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            prop_assert!(!slug.starts_with('-') && !slug.contains("--"));
        }
    }
}
