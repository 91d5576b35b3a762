//! JSON as it came: validated, never rebuilt.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::sql_types::Jsonb;
use serde_json::value::RawValue;

/// A jsonb column as text, handed on without being parsed into a tree.
#[derive(Clone, Debug, AsExpression, FromSqlRow)]
#[diesel(sql_type = Jsonb)]
pub struct RawJson(pub Box<RawValue>);

impl FromSql<Jsonb, Pg> for RawJson {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        // The binary form of jsonb is a version byte (1) and the text.
        let text = match value.as_bytes() {
            [1, text @ ..] => std::str::from_utf8(text)?,
            _ => return Err("unknown version of jsonb".into()),
        };
        Ok(Self(RawValue::from_string(text.to_owned())?))
    }
}

/// What Postgres's jsonb would refuse, or what we refuse to carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("is nested deeper than {0} levels")]
    TooDeep(usize),
    #[error("contains the character U+0000, which no text column can hold")]
    Nul,
    #[error("has numbers of more than {0} digits when written out")]
    TooManyDigits(usize),
    #[error("contains half of a surrogate pair (\\ud800–\\udfff), which is not a character")]
    LoneSurrogate,
}

/// The same JSON with U+FFFD in place of what no text column can hold: U+0000, which PHP puts into the
/// names of anonymous classes, and halves of surrogate pairs, which JavaScript leaves when it cuts a text
/// within an emoji. Whoever looks for a crash is served better by a crash with one odd character than by
/// none. All these escapes have six bytes, so that nothing else moves.
pub fn repair(json: &str) -> String {
    let escape = |at: usize| json.as_bytes().get(at..at + 6).filter(|bytes| bytes.starts_with(b"\\u"));
    let code = |at: usize| escape(at).map(|bytes| hex4(&bytes[2..]));
    let mut repaired = String::with_capacity(json.len());
    let mut rest = 0;
    // Outside of strings JSON has no backslash.
    while let Some(found) = json[rest..].find('\\') {
        let at = rest + found;
        repaired.push_str(&json[rest..at]);
        let length = match code(at) {
            Some(0 | 0xdc00..=0xdfff) => 0,
            Some(0xd800..=0xdbff) => match code(at + 6) {
                Some(0xdc00..=0xdfff) => 12,
                _ => 0,
            },
            Some(_) => 6,
            None => 2,
        };
        rest = if length == 0 { at + 6 } else { at + length };
        repaired.push_str(if length == 0 { "\\ufffd" } else { &json[at..rest] });
    }
    repaired.push_str(&json[rest..]);
    repaired
}

/// How many digits exponents may add to a text. jsonb keeps `1e100000` in a few bytes and prints every
/// digit of it, so that a small payload of such numbers would be a bomb for everyone who reads it.
const MAX_EXPONENTS: usize = 64 * 1024;

/// Judges valid JSON text in one pass, without building anything.
pub fn check(json: &str, max_depth: usize) -> Result<(), Unfit> {
    let bytes = json.as_bytes();
    let mut depth = 0;
    let mut exponents: usize = 0;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            // Not the one of `true` or `false`.
            b'e' | b'E' if at > 0 && bytes[at - 1].is_ascii_digit() => {
                exponents = exponents.saturating_add(exponent(&bytes[at + 1..]));
                if exponents > MAX_EXPONENTS {
                    return Err(Unfit::TooManyDigits(MAX_EXPONENTS));
                }
            }
            b'{' | b'[' => {
                depth += 1;
                if depth > max_depth {
                    return Err(Unfit::TooDeep(max_depth));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => at = check_string(bytes, at + 1)?,
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// Judges a string from after its opening quote; returns the place of its closing one.
fn check_string(bytes: &[u8], mut at: usize) -> Result<usize, Unfit> {
    let mut high_surrogate = false;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => break,
            b'\\' if bytes.get(at + 1) == Some(&b'u') => {
                let code = hex4(bytes.get(at + 2..at + 6).unwrap_or_default());
                match code {
                    0 => return Err(Unfit::Nul),
                    0xd800..=0xdbff if !high_surrogate => high_surrogate = true,
                    0xdc00..=0xdfff if high_surrogate => high_surrogate = false,
                    0xd800..=0xdfff => return Err(Unfit::LoneSurrogate),
                    _ if high_surrogate => return Err(Unfit::LoneSurrogate),
                    _ => {}
                }
                at += 6;
            }
            _ if high_surrogate => return Err(Unfit::LoneSurrogate),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    if high_surrogate { Err(Unfit::LoneSurrogate) } else { Ok(at) }
}

/// The size of an exponent, whatever its sign.
fn exponent(text: &[u8]) -> usize {
    let digits = text.strip_prefix(b"+").or(text.strip_prefix(b"-")).unwrap_or(text);
    let digits = digits.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number, digit| number.saturating_mul(10).saturating_add((digit - b'0').into()))
}

fn hex4(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |code, digit| code * 16 + (*digit as char).to_digit(16).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_containers_and_not_text() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(check(&nested(32), 32), Ok(()));
        assert_eq!(check(&nested(33), 32), Err(Unfit::TooDeep(32)));
        assert_eq!(check(r#"["[[[[[{{{{{\"[["]"#, 1), Ok(()));
        assert_eq!(check(r#"[[1],[2],[3]]"#, 2), Ok(()));
    }

    #[test]
    fn numbers_may_not_print_longer_than_a_payload() {
        let many = |number: &str| format!("[{}]", vec![number; 100].join(","));
        for (json, fits) in [
            ("[1e400, -1E-400, 1.5e+3]".to_owned(), true),
            (many("1e655"), true),
            (many("1e656"), false),
            (many("1E-656"), false),
            ("1e+65536".to_owned(), true),
            ("1e65537".to_owned(), false),
            ("[1e99999999999999999999999]".to_owned(), false),
            (r#"["1e99999999", true, false, {"9e99999":0}]"#.to_owned(), true),
        ] {
            assert_eq!(check(&json, 32).is_ok(), fits, "{json:.60}");
        }
    }

    #[test]
    fn nul_and_lone_surrogates_are_found_only_where_they_are() {
        for (json, expected) in [
            (r#""a\u0000b""#, Err(Unfit::Nul)),
            (r#"{"\u0000":1}"#, Err(Unfit::Nul)),
            (r#""a\\u0000b""#, Ok(())),
            (r#""a\\\u0000b""#, Err(Unfit::Nul)),
            (r#""\ud83d\ude00""#, Ok(())),
            (r#""\ud83d""#, Err(Unfit::LoneSurrogate)),
            (r#""\ud83dx""#, Err(Unfit::LoneSurrogate)),
            (r#""\ude00""#, Err(Unfit::LoneSurrogate)),
            (r#""\ud83d\n\ude00""#, Err(Unfit::LoneSurrogate)),
            (r#""\ud83d\ud83d""#, Err(Unfit::LoneSurrogate)),
            (r#""""#, Ok(())),
            (r#""\"""#, Ok(())),
        ] {
            assert_eq!(check(json, 32), expected, "{json}");
        }
    }

    #[test]
    fn only_what_can_not_be_stored_is_replaced() {
        for (json, repaired) in [
            (r#""a\u0000b""#, r#""a\ufffdb""#),
            (r#"{"\u0000":["\ud800"]}"#, r#"{"\ufffd":["\ufffd"]}"#),
            (r#""\\u0000 \\\u0000""#, r#""\\u0000 \\\ufffd""#),
            (r#""\ud83d\ude00\ude00\ud83d""#, r#""\ud83d\ude00\ufffd\ufffd""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\uD83D\n\u00e9é\"""#, r#""\ufffd\n\u00e9é\"""#),
            (r#"[1,"a"]"#, r#"[1,"a"]"#),
        ] {
            assert_eq!(repair(json), repaired);
            assert_eq!(check(repaired, 32), Ok(()));
        }
    }
}
