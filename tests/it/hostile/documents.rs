//! JSON by construction: valid, invalid, and what parsers may disagree about.
//!
//! The corpus is built from the grammar (RFC 8259), production by production, so that a case is a rule
//! kept or broken and not an anecdote.

mod broken;

/// What a parser has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Valid,
    Invalid,
    /// The grammar allows it; limits and meaning are each parser's own.
    Either,
}

/// One document: a JSON value, or what would like to be one.
#[derive(Clone, Debug)]
pub struct Document {
    pub bytes: Vec<u8>,
    pub verdict: Verdict,
}

impl Document {
    /// As text, if it is one.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    /// The beginning, to be shown.
    pub fn start(&self) -> String {
        String::from_utf8_lossy(&self.bytes[..self.bytes.len().min(60)]).escape_debug().to_string()
    }
}

/// Everything, in a fixed order.
pub fn corpus() -> Vec<Document> {
    let texts = |verdict, texts: Vec<String>| {
        texts.into_iter().map(move |text| Document { bytes: text.into_bytes(), verdict })
    };
    let bytes = |verdict, all: Vec<Vec<u8>>| all.into_iter().map(move |bytes| Document { bytes, verdict });
    let mut corpus: Vec<Document> = Vec::new();
    corpus.extend(texts(Verdict::Valid, numbers()));
    corpus.extend(texts(Verdict::Valid, strings()));
    corpus.extend(texts(Verdict::Valid, structures()));
    corpus.extend(texts(Verdict::Invalid, broken::numbers()));
    corpus.extend(texts(Verdict::Invalid, broken::strings()));
    corpus.extend(texts(Verdict::Invalid, broken::structures()));
    corpus.extend(texts(Verdict::Invalid, broken::truncated()));
    corpus.extend(bytes(Verdict::Invalid, broken::encodings()));
    corpus.extend(texts(Verdict::Either, debatable()));
    corpus
}

/// Sign, integer, fraction, exponent: every combination of a few of each.
fn numbers() -> Vec<String> {
    let mut numbers = Vec::new();
    for sign in ["", "-"] {
        for integer in ["0", "7", "10", "9007199254740993", "123456789012345678901234567890"] {
            for fraction in ["", ".0", ".5", ".000001"] {
                for exponent in ["", "e0", "E2", "e-3", "E+1"] {
                    numbers.push(format!("{sign}{integer}{fraction}{exponent}"));
                }
            }
        }
    }
    numbers
}

/// Every escape, and every kind of character that needs none.
fn strings() -> Vec<String> {
    let escapes = r#"\" \\ \/ \b \f \n \r \t \u0041 \u00e9 \u00E9 \u2028 \uffff \ufdd0 \ud83d\ude00 \u007f"#;
    let mut strings: Vec<String> = escapes.split(' ').map(|escape| format!("\"a{escape}z\"")).collect();
    let unescaped = [
        '\u{7f}',
        '\u{80}',
        '\u{9f}',
        '\u{a0}',
        '\u{ad}',
        '\u{300}',
        '\u{600}',
        '\u{e000}',
        '\u{fdd0}',
        '\u{feff}',
        '\u{fffd}',
        '\u{fffe}',
        '\u{ffff}',
        '\u{10000}',
        '\u{1f600}',
        '\u{1ffff}',
        '\u{e0001}',
        '\u{10ffff}',
        '\u{2028}',
        '\u{2029}',
        '\u{202e}',
        '\u{200d}',
        '/',
        '\'',
    ];
    strings.extend(unescaped.map(|c| format!("\"a{c}z\"")));
    strings.extend(["\"\"".into(), "\" \"".into(), r#""\\u0000""#.into(), r#""\\\\""#.into()]);
    strings.push(format!("\"{}\"", "x".repeat(60_000)));
    strings.push(format!("\"{}\"", "\\u00e9".repeat(5_000)));
    strings
}

fn structures() -> Vec<String> {
    let mut structures: Vec<String> =
        ["[]", "{}", "true", "false", "[null]", r#"{"":0}"#, r#"{"a":{"a":{}}}"#]
            .into_iter()
            .map(str::to_owned)
            .collect();
    // Whitespace is these four, between any two tokens and around everything.
    for space in [" ", "\t", "\n", "\r", " \n\t\r "] {
        let tokens = ["", "{", "\"a\"", ":", "[", "1", ",", "true", ",", "{", "}", "]", "}", ""];
        structures.push(tokens.join(space));
    }
    for depth in [1, 2, 8, 31, 32] {
        structures.push(format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
        structures.push(format!("{}0{}", r#"{"a":"#.repeat(depth), "}".repeat(depth)));
    }
    for count in [2, 1000, 10_000] {
        structures.push(format!("[{}]", vec!["0"; count].join(",")));
    }
    let keys: Vec<String> = (0..3000).map(|n| format!("\"k{n}\":{n}")).collect();
    structures.push(format!("{{{}}}", keys.join(",")));
    structures.push(format!("{{\"{}\":1}}", "k".repeat(60_000)));
    structures.push(r#"{"\u0061\n\"":1,"__proto__":{"x":1},"constructor":null,"toString":[]}"#.into());
    structures
}

/// Allowed by the grammar; beyond a limit of ours, or without an agreed meaning.
fn debatable() -> Vec<String> {
    let mut debatable: Vec<String> = Vec::new();
    for depth in [33, 34, 100, 127, 128, 129, 500, 10_000, 100_000] {
        debatable.push(format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
        debatable.push(format!("{}0{}", r#"{"a":"#.repeat(depth), "}".repeat(depth)));
    }
    for number in [
        "1e308",
        "1e309",
        "-1e309",
        "1e999",
        "-1e999",
        "1e-999",
        "123e-10000000",
        "1e99999",
        "1E999999999999999999999",
        "-0",
        "-0.0e-9",
    ] {
        debatable.push(number.to_owned());
        debatable.push(format!("[{number},{{\"a\":{number}}}]"));
    }
    for digits in [400, 5_000, 60_000, 200_000] {
        debatable.push("9".repeat(digits));
        debatable.push(format!("0.{}1", "0".repeat(digits)));
    }
    for escape in [
        r"\u0000",
        r"\ud800",
        r"\udbff",
        r"\udc00",
        r"\udfff",
        r"\ud800\ud800",
        r"\ude00\ud83d",
        r"\ud83d\n",
        r"\ud83dx",
        r"\ud83d\u0041",
        r"\ud83d\\ude00",
        r"\uD83D",
        r"\u0000\u0000",
    ] {
        debatable.push(format!("\"{escape}\""));
        debatable.push(format!("\"a{escape}z\""));
        debatable.push(format!("{{\"{escape}\":1}}"));
        debatable.push(format!("[{{\"a\":[\"{escape}\"]}}]"));
    }
    for keys in [
        r#""a":1,"a":2"#,
        r#""a":1,"\u0061":2"#,
        r#""a":1,"a":1"#,
        r#""":1,"":2"#,
        r#""a":{"b":1},"a":{"c":2}"#,
    ] {
        debatable.push(format!("{{{keys}}}"));
    }
    debatable.push("null".into());
    debatable.push("\u{feff}[]".into());
    debatable.push("\u{feff}{\"a\":1}".into());
    for size in [64 * 1024 - 2, 64 * 1024 - 1, 64 * 1024, 200_000] {
        debatable.push(format!("\"{}\"", "x".repeat(size)));
        debatable.push(format!("{{\"{}\":1}}", "k".repeat(size)));
    }
    debatable
}
