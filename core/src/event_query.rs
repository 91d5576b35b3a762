//! The search language of the events list: `level:error release:1.2 -name:test* tag.os:ios "two words"`.
//!
//! Words are looked for in name, payload and what an error carries; `field:value` compares a field; a leading `-` negates; a
//! trailing `*` makes a prefix. All terms must hold. There is nothing else: no parentheses, no
//! expressions of unbounded cost.

/// Most terms in one query.
const MAX_TERMS: usize = 20;
/// Longest query, in characters.
const MAX_LENGTH: usize = 500;

/// A field that can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    Type,
    Name,
    User,
    Session,
    Release,
    Environment,
    Level,
    Tag(String),
}

impl Field {
    fn parse(text: &str) -> Option<Field> {
        Some(match text {
            "type" => Field::Type,
            "name" => Field::Name,
            "user" => Field::User,
            "session" => Field::Session,
            "release" => Field::Release,
            "environment" | "env" => Field::Environment,
            "level" => Field::Level,
            _ => Field::Tag(text.strip_prefix("tag.").filter(|tag| !tag.is_empty())?.to_owned()),
        })
    }
}

/// What is compared with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// The text stands somewhere in name, payload, stack, exception or breadcrumbs, whatever its case.
    Contains(String),
    /// The field has this value.
    Is(Field, String),
    /// The field begins so.
    StartsWith(Field, String),
}

/// One term of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    pub negated: bool,
    pub test: Test,
}

/// Why a query was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    #[error("is longer than {MAX_LENGTH} characters")]
    TooLong,
    #[error("has more than {MAX_TERMS} terms")]
    TooManyTerms,
    #[error("has a quotation mark that is not closed")]
    OpenQuote,
    #[error("has \"{0}:\" without a value")]
    NoValue(String),
    #[error(
        "asks for the unknown field \"{0}\"; known are type, name, user, session, release, environment, level, tag.<name>"
    )]
    UnknownField(String),
}

/// Reads a query; an empty one has no terms.
pub fn parse(text: &str) -> Result<Vec<Term>, QueryError> {
    if text.chars().count() > MAX_LENGTH {
        return Err(QueryError::TooLong);
    }
    let mut terms = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (term, after) = term(rest)?;
        terms.extend(term);
        if terms.len() > MAX_TERMS {
            return Err(QueryError::TooManyTerms);
        }
        rest = after.trim_start();
    }
    Ok(terms)
}

fn term(text: &str) -> Result<(Option<Term>, &str), QueryError> {
    let (negated, text) = match text.strip_prefix('-') {
        Some(rest) if !rest.is_empty() && !rest.starts_with(char::is_whitespace) => (true, rest),
        _ => (false, text),
    };
    let field_end = text.find(|c: char| c == ':' || c == '"' || c.is_whitespace());
    if let Some(end) = field_end
        && text[end..].starts_with(':')
        && end > 0
    {
        let name = &text[..end];
        // A word with a colon in it, such as a URL, is a word.
        let looks_like_field = name.starts_with("tag.") || name.chars().all(|c| c.is_ascii_lowercase());
        let value = &text[end + 1..];
        if looks_like_field && !value.starts_with("//") {
            let field = Field::parse(name).ok_or_else(|| QueryError::UnknownField(name.to_owned()))?;
            let (value, quoted, after) = word(value)?;
            if value.is_empty() && !quoted {
                return Err(QueryError::NoValue(name.to_owned()));
            }
            let test = match value.strip_suffix('*') {
                Some(prefix) if !quoted => Test::StartsWith(field, prefix.to_owned()),
                _ => Test::Is(field, value),
            };
            return Ok((Some(Term { negated, test }), after));
        }
    }
    let (word, quoted, after) = word(text)?;
    let word = if quoted { word } else { word.trim_end_matches('*').to_owned() };
    let term = (!word.is_empty()).then_some(Term { negated, test: Test::Contains(word) });
    Ok((term, after))
}

/// A word or a quoted text (`\"` and `\\` are escapes within), whether it was quoted, and what follows.
fn word(text: &str) -> Result<(String, bool, &str), QueryError> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        return Ok((text[..end].to_owned(), false, &text[end..]));
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((value, true, &quoted[at + 1..])),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            _ => value.push(c),
        }
    }
    Err(QueryError::OpenQuote)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(field: Field, value: &str) -> Test {
        Test::Is(field, value.into())
    }

    #[test]
    fn queries_are_read_term_by_term() {
        let contains = |text: &str| Test::Contains(text.into());
        for (text, expected) in [
            ("", vec![]),
            ("  timeout  ", vec![(false, contains("timeout"))]),
            (
                "level:error release:1.2",
                vec![(false, is(Field::Level, "error")), (false, is(Field::Release, "1.2"))],
            ),
            (
                "-name:test* x",
                vec![(true, Test::StartsWith(Field::Name, "test".into())), (false, contains("x"))],
            ),
            (
                r#"name:"two words" "a \"b\"""#,
                vec![(false, is(Field::Name, "two words")), (false, contains("a \"b\""))],
            ),
            (
                "tag.os:ios env:prod",
                vec![(false, is(Field::Tag("os".into()), "ios")), (false, is(Field::Environment, "prod"))],
            ),
            ("http://x.example/a:b", vec![(false, contains("http://x.example/a:b"))]),
            (
                "12:30 NullPointer: -",
                vec![(false, contains("12:30")), (false, contains("NullPointer:")), (false, contains("-"))],
            ),
            (r#"user:"""#, vec![(false, is(Field::User, ""))]),
            (r#"name:"a*""#, vec![(false, is(Field::Name, "a*"))]),
        ] {
            let terms =
                parse(text).map(|terms| terms.into_iter().map(|t| (t.negated, t.test)).collect::<Vec<_>>());
            assert_eq!(terms, Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_says_why() {
        assert_eq!(parse("colour:red"), Err(QueryError::UnknownField("colour".into())));
        assert_eq!(parse("level:"), Err(QueryError::NoValue("level".into())));
        assert_eq!(parse("\"open"), Err(QueryError::OpenQuote));
        assert_eq!(parse(&"x".repeat(501)), Err(QueryError::TooLong));
        assert_eq!(parse(&"x ".repeat(21)), Err(QueryError::TooManyTerms));
    }
}
