//! A dashboard's variables: `$host` and `${host}` in a text stand for what the reader has chosen. Pure.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::event_query::{Term, Test};

/// Stands for any value.
pub const ANY: &str = "*";
/// Variables of one dashboard, and longest name and value, in characters.
pub const MAX_VARIABLES: usize = 20;
pub const MAX_NAME: usize = 50;
pub const MAX_VALUE: usize = 200;

/// What has been chosen, by the variables' names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Takes what a reader has chosen; the error names what is wrong, and goes on after the field's name.
    pub fn new(chosen: BTreeMap<String, String>) -> Result<Self, String> {
        if chosen.len() > MAX_VARIABLES {
            return Err(format!("must have at most {MAX_VARIABLES} variables"));
        }
        for (name, value) in &chosen {
            if !is_name(name) {
                return Err(format!(
                    "must have names of 1 to {MAX_NAME} letters, digits and _, beginning with a letter or _"
                ));
            }
            if value.chars().count() > MAX_VALUE || value.contains('\0') {
                return Err(format!("must have values of at most {MAX_VALUE} characters, without U+0000"));
            }
        }
        Ok(Self(chosen))
    }

    /// The text with the chosen values in it; nothing if one of them is `*`: then anything goes. What is
    /// not a variable stays as it stands.
    pub fn fill<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        let Some(first) = text.find('$') else { return Some(text.into()) };
        let mut filled = text[..first].to_owned();
        let mut rest = &text[first..];
        while let Some(after) = rest.strip_prefix('$') {
            let (name, end) = name(after);
            match self.0.get(name) {
                Some(value) if value == ANY => return None,
                Some(value) => {
                    filled.push_str(value);
                    rest = &after[end..];
                }
                None => {
                    filled.push('$');
                    rest = after;
                }
            }
            let next = rest.find('$').unwrap_or(rest.len());
            filled.push_str(&rest[..next]);
            rest = &rest[next..];
        }
        Some(filled.into())
    }

    /// Labels with the chosen values; those that may have any are left out.
    pub fn fill_labels(&self, labels: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let filled = labels.iter().filter_map(|(label, value)| Some((label, self.fill(value)?)));
        filled.map(|(label, value)| (label.clone(), value.into_owned())).collect()
    }

    /// Terms of a search with the chosen values; those that anything would meet are left out. The values
    /// are put in after the search has been read, so that they are never taken for a part of its language.
    pub fn fill_terms(&self, terms: Vec<Term>) -> Vec<Term> {
        let owned = |text: String| self.fill(&text).map(Cow::into_owned);
        let filled = terms.into_iter().filter_map(|Term { negated, test }| {
            let test = match test {
                Test::Contains(text) => Test::Contains(owned(text)?),
                Test::Is(field, value) => Test::Is(field, owned(value)?),
                Test::StartsWith(field, value) => Test::StartsWith(field, owned(value)?),
            };
            Some(Term { negated, test })
        });
        filled.collect()
    }
}

/// Whether a text can be a variable's name.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_NAME && length(text) == text.len()
}

/// How many bytes of a text's beginning are a name.
fn length(text: &str) -> usize {
    let is_part =
        |(at, c): &(usize, char)| c.is_ascii_alphabetic() || *c == '_' || (*at > 0 && c.is_ascii_digit());
    text.char_indices().take_while(is_part).count()
}

/// The name after a `$`, in braces or not, and where it ends.
fn name(text: &str) -> (&str, usize) {
    let in_braces = text.strip_prefix('{').and_then(|rest| rest.split_once('}'));
    match in_braces {
        Some((name, _)) => (name, name.len() + 2),
        None => (&text[..length(text)], length(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_query;

    fn chosen(pairs: &[(&str, &str)]) -> Variables {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Variables::new(pairs.collect()).expect("they are fine")
    }

    #[test]
    fn variables_stand_for_what_was_chosen() {
        let chosen = chosen(&[("host", "web-1"), ("zone", "*"), ("money", "$host")]);
        for (text, expected) in [
            ("", Some("")),
            ("plain", Some("plain")),
            ("$host", Some("web-1")),
            ("${host}.cpu", Some("web-1.cpu")),
            ("a$host-$host", Some("aweb-1-web-1")),
            ("$hosts", Some("$hosts")),
            ("${hosts", Some("${hosts")),
            ("$", Some("$")),
            ("$$host", Some("$web-1")),
            ("5 $ é $host", Some("5 $ é web-1")),
            ("$money", Some("$host")),
            ("$zone", None),
            ("x-${zone}", None),
        ] {
            assert_eq!(chosen.fill(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_value_is_never_a_part_of_the_search() {
        let chosen = chosen(&[("host", "a\" level:error"), ("zone", "*")]);
        let terms = event_query::parse("tag.host:$host tag.zone:\"$zone\" -name:$host*").expect("a search");
        let filled = chosen.fill_terms(terms);
        assert_eq!(filled.len(), 2);
        let value = "a\" level:error".to_owned();
        assert_eq!(filled[0].test, Test::Is(event_query::Field::Tag("host".into()), value.clone()));
        assert_eq!(filled[1].test, Test::StartsWith(event_query::Field::Name, value));
    }

    #[test]
    fn names_are_words() {
        for (name, fine) in
            [("a", true), ("_x9", true), ("", false), ("9a", false), ("a b", false), ("é", false)]
        {
            assert_eq!(is_name(name), fine, "{name}");
        }
        let long = [("x".repeat(51), String::new())];
        assert!(Variables::new(long.into()).is_err());
        assert!(Variables::new([("a".into(), "\0".into())].into()).is_err());
    }
}
