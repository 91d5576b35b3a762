//! What holds for the parameters of a URL whatever is asked. Inputs are generated from a fixed seed;
//! `PROPTEST_CASES=100000` asks for more of them.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::body::{name, number, time};
use crate::openapi::methods_at;

pub fn config() -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(20_261_121),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn times_are_read_back_with_the_plus_escaped_or_not(millis in -62_167_219_200_000_i64..=253_402_300_799_999, hours in -12..=14_i32) {
        let utc = DateTime::from_timestamp_millis(millis).expect("in the calendar");
        let zone = chrono::FixedOffset::east_opt(hours * 3600).expect("a zone");
        let local = utc.with_timezone(&zone).to_rfc3339();
        // A time of the year 0 may lie in the year before it elsewhere, which RFC 3339 can't write.
        prop_assume!(!local.starts_with(['-', '+']));
        for text in [local.replace('+', " "), local] {
            let read = time("since", Some(&text)).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(read, Some(utc));
        }
    }

    #[test]
    fn any_text_is_a_time_a_number_a_name_or_an_error_that_names_the_field(text in any::<String>(), digits in "-?[0-9]{0,22}") {
        for text in [&text, &digits] {
            match time("since", Some(text)) {
                Ok(read) => prop_assert!(read.is_some() != text.is_empty()),
                Err(error) => prop_assert!(error.fields.contains_key("since")),
            }
            match number("limit", Some(text), 1..=1000, 50) {
                Ok(read) => prop_assert!((1..=1000).contains(&read)),
                Err(error) => prop_assert!(error.fields.contains_key("limit")),
            }
            match name("name", text, 20) {
                Ok(read) => {
                    prop_assert!((1..=20).contains(&read.chars().count()) && !read.chars().any(char::is_control));
                    prop_assert_eq!(name("name", &read, 20).ok(), Some(read));
                }
                Err(error) => prop_assert!(error.fields.contains_key("name")),
            }
        }
    }

    #[test]
    fn numbers_within_bounds_are_read_and_no_others(value in any::<i64>(), low in -100..100_i64, more in 0..100_i64) {
        let allowed = low..=low + more;
        for value in [value, value % 200] {
            let read = number("n", Some(&value.to_string()), allowed.clone(), 0).ok();
            prop_assert_eq!(read, Some(value).filter(|value| allowed.contains(value)));
        }
        let nothing: Option<DateTime<Utc>> = time("t", None).ok().flatten();
        prop_assert_eq!((number("n", None, allowed, 7).ok(), nothing), (Some(7), None));
    }

    #[test]
    fn any_path_has_some_methods_or_none(path in "(/[a-z{}%.0-9-]{0,12}){0,6}") {
        prop_assert!(methods_at(&path).len() <= 5);
    }
}
