//! The grammar. Plain words are taken generously (`my key.x` needs no quotes); what would be ambiguous is
//! quoted like a JSON text.

use std::iter::Peekable;
use std::str::Chars;

use super::{MAX_LENGTH, MAX_STEPS, PathError, Step};

/// The steps of a path.
pub(super) fn path(text: &str) -> Result<Vec<Step>, PathError> {
    let text = text.trim();
    if text.chars().count() > MAX_LENGTH {
        return Err(PathError::TooLong);
    }
    let mut reader = Reader { rest: text.chars().peekable(), at: 0 };
    let mut steps = Vec::new();
    let rooted = reader.takes('$');
    while let Some(sign) = reader.rest.peek().copied() {
        let step = match sign {
            '[' => {
                reader.next();
                reader.bracket()?
            }
            '.' if rooted || !steps.is_empty() => {
                reader.next();
                // `$.["a"]` and `a.[0]` are what some tools write.
                if reader.rest.peek() == Some(&'[') {
                    continue;
                }
                Step::Key(reader.key()?)
            }
            _ if steps.is_empty() && !rooted => Step::Key(reader.key()?),
            found => return Err(reader.unexpected(found, "`.` or `[`")),
        };
        if steps.len() == MAX_STEPS {
            return Err(PathError::TooManySteps);
        }
        steps.push(step);
    }
    Ok(steps)
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    /// Characters that have been read.
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.next();
        self.at += usize::from(next.is_some());
        next
    }

    fn takes(&mut self, sign: char) -> bool {
        let is_next = self.rest.peek() == Some(&sign);
        if is_next {
            self.next();
        }
        is_next
    }

    fn unexpected(&self, found: char, expected: &'static str) -> PathError {
        PathError::Unexpected { found, at: self.at + 1, expected }
    }

    fn expect(&mut self, sign: char, expected: &'static str) -> Result<(), PathError> {
        match self.rest.peek().copied() {
            Some(next) if next == sign => {
                self.next();
                Ok(())
            }
            Some(found) => Err(self.unexpected(found, expected)),
            None => Err(PathError::EndsEarly(expected)),
        }
    }

    /// The name of a field as it stands between dots.
    fn key(&mut self) -> Result<String, PathError> {
        self.word("the name of a field", |sign| matches!(sign, '.' | '[' | ']' | '"' | '='))
    }

    /// Characters up to one that ends the word, without spaces around it.
    fn word(&mut self, expected: &'static str, ends: fn(char) -> bool) -> Result<String, PathError> {
        let mut word = String::new();
        while let Some(sign) = self.rest.peek().copied().filter(|sign| !ends(*sign)) {
            if sign.is_control() {
                return Err(self.unexpected(sign, expected));
            }
            word.push(sign);
            self.next();
        }
        let word = word.trim();
        match (word.is_empty(), self.rest.peek().copied()) {
            (false, _) => Ok(word.to_owned()),
            (true, Some(found)) => Err(self.unexpected(found, expected)),
            (true, None) => Err(PathError::EndsEarly(expected)),
        }
    }

    fn skip_spaces(&mut self) {
        while self.rest.peek().is_some_and(|sign| *sign == ' ') {
            self.next();
        }
    }

    /// What stands in brackets, with the closing one.
    fn bracket(&mut self) -> Result<Step, PathError> {
        let inside = "an index, a quoted name or field=value";
        self.skip_spaces();
        let is_quoted = self.rest.peek() == Some(&'"');
        let begins = self.at;
        let name = if is_quoted {
            self.quoted()?
        } else {
            self.word(inside, |sign| matches!(sign, '[' | ']' | '"' | '='))?
        };
        self.skip_spaces();
        if self.takes('=') {
            self.skip_spaces();
            let value = if self.rest.peek() == Some(&'"') {
                self.quoted()?
            } else {
                self.word("a value", |sign| matches!(sign, '[' | ']' | '"'))?
            };
            self.skip_spaces();
            self.expect(']', "`]`")?;
            return Ok(Step::Where { field: name, value });
        }
        self.expect(']', "`]`")?;
        if is_quoted {
            return Ok(Step::Key(name));
        }
        name.parse().map(Step::Index).map_err(|_| {
            let found = name.chars().next().unwrap_or(']');
            PathError::Unexpected { found, at: begins + 1, expected: inside }
        })
    }

    /// A text in quotes, with the escapes of JSON.
    fn quoted(&mut self) -> Result<String, PathError> {
        let begins = self.at;
        let mut json = String::from("\"");
        self.next();
        let mut escaped = false;
        loop {
            let sign = self.next().ok_or(PathError::EndsEarly("the closing quote"))?;
            json.push(sign);
            match sign {
                '"' if !escaped => break,
                _ => escaped = sign == '\\' && !escaped,
            }
        }
        let expected = "a text as JSON writes it";
        serde_json::from_str(&json).map_err(|_| PathError::Unexpected {
            found: '"',
            at: begins + 1,
            expected,
        })
    }
}
