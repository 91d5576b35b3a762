//! JSON by construction: valid, invalid, and what parsers may disagree about.
//!
//! The corpus is built from the grammar (RFC 8259), production by production, so that a case is a rule
//! kept or broken and not an anecdote.

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
    corpus.extend(texts(Verdict::Invalid, broken_numbers()));
    corpus.extend(texts(Verdict::Invalid, broken_strings()));
    corpus.extend(texts(Verdict::Invalid, broken_structures()));
    corpus.extend(texts(Verdict::Invalid, truncated()));
    corpus.extend(bytes(Verdict::Invalid, broken_encodings()));
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

/// Each rule of the number broken, in each of a few numbers.
fn broken_numbers() -> Vec<String> {
    let mut broken: Vec<String> = Vec::new();
    for number in ["1", "12.5", "1e5"] {
        for (before, after) in [
            ("+", ""),
            ("00", ""),
            ("-0", ""),
            (".", ""),
            ("--", ""),
            ("- ", ""),
            ("\u{2212}", ""),
            ("0x", ""),
            ("$", ""),
            ("", "."),
            ("", ".e1"),
            ("", "e"),
            ("", "e+"),
            ("", "E-"),
            ("", "e1.5"),
            ("", "..1"),
            ("", "x"),
            ("", "f"),
            ("", "n"),
            ("", " 1"),
            ("", "_0"),
            ("", "'0"),
            ("", "+1"),
            ("", "-1"),
        ] {
            broken.push(format!("[{before}{number}{after}]"));
        }
    }
    let others = [
        "-",
        "+",
        ".",
        "e5",
        "-e5",
        "NaN",
        "-NaN",
        "Infinity",
        "-Infinity",
        "inf",
        "1/2",
        "½",
        "١",
        "１",
        "0b1",
        "0o7",
        "1,5",
        "1e5e5",
        "2.",
        ".5",
        "-.5",
        "0.e1",
        "1 000",
    ];
    // A comma in a list is a second number, so these stand alone in an object.
    broken.extend(others.map(|number| format!("{{\"a\":{number}}}")));
    broken
}

/// Every escape that is none, every control character, every way to end too early.
fn broken_strings() -> Vec<String> {
    let mut broken: Vec<String> = Vec::new();
    let known = "\"\\/bfnrtu";
    let escapes = (' '..='~').filter(|c| !known.contains(*c)).chain(['é', '\u{7f}', '\u{1f600}']);
    broken.extend(escapes.map(|c| format!("[\"\\{c}\"]")));
    broken.extend((0..0x20_u8).map(|byte| format!("[\"a{}z\"]", char::from(byte))));
    broken.extend((0..0x20_u8).map(|byte| format!("[\"\\{}\"]", char::from(byte))));
    for hex in ["", "0", "00", "004", "g000", "0g00", "000g", "+041", " 041", "0x41", "{41}", "００４１"]
    {
        broken.push(format!("[\"\\u{hex}\"]"));
    }
    for text in [
        "[\"",
        "[\"a",
        "[\"\\",
        "[\"\\\"",
        "[\"\\u",
        "['a']",
        "[`a`]",
        "[“a”]",
        "[a]",
        "[\"a\"b]",
        "[\"a\"\"b\"]",
    ] {
        broken.push(text.to_owned());
    }
    broken
}

fn broken_structures() -> Vec<String> {
    let mut broken: Vec<String> = [
        "",
        "[",
        "]",
        "{",
        "}",
        "[}",
        "{]",
        "[[]",
        "[]]",
        "{}}",
        "{{}}",
        "[{]}",
        ",",
        ":",
        "[,]",
        "[1,]",
        "[,1]",
        "[1,,2]",
        "[1 2]",
        "[1:2]",
        "[1;2]",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,\"a\":1}",
        "{\"a\":1,,\"b\":2}",
        "{:1}",
        "{\"a\"::1}",
        "{\"a\" 1}",
        "{\"a\",1}",
        "{\"a\"=1}",
        "{\"a\"=>1}",
        "{a:1}",
        "{'a':1}",
        "{1:1}",
        "{null:1}",
        "{[]:1}",
        "{{}:1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1;\"b\":2}",
        "{\"a\":(1)}",
        "{\"a\":1}{\"b\":2}",
        "[][]",
        "1 2",
        "// a\n1",
        "1 // a",
        "/* a */ 1",
        "1 /* a",
        "# a\n1",
        "-- a",
        "<a/>",
        "a=b",
        "undefined",
        "void 0",
        "new Date()",
        "[...]",
        "{...}",
        "*",
        "\\",
        "@",
        "&amp;",
        "()",
    ]
    .into_iter()
    .map(str::to_owned)
    .collect();
    // Words are written in one way.
    for word in ["true", "false", "null"] {
        broken.extend((1..word.len()).map(|length| format!("[{}]", &word[..length])));
        let capital = format!("{}{}", word[..1].to_uppercase(), &word[1..]);
        broken.extend([
            word.to_uppercase(),
            capital,
            format!("{word}{word}"),
            format!("{word}1"),
            format!("\\{word}"),
        ]);
    }
    // Whitespace of other languages is none.
    for space in [
        '\u{b}', '\u{c}', '\u{85}', '\u{a0}', '\u{1680}', '\u{2000}', '\u{2028}', '\u{3000}', '\u{200b}',
        '\u{0}',
    ] {
        broken.push(format!("[{space}1]"));
        broken.push(format!("{{\"a\"{space}:1}}"));
    }
    for rest in
        ["]", "}", ",", ":", "\"", "x", "0 0", "{}", "[]", "null", "#", "//", "\u{0}", "\u{1a}", "\u{feff}"]
    {
        broken.push(format!("{{\"a\":[1]}} {rest}"));
    }
    broken.push("[".repeat(100_000));
    broken.push(r#"{"a":"#.repeat(100_000));
    broken.push(r#"[{"a":"#.repeat(50_000));
    broken.push(format!("{}{}", "[".repeat(5_000), "]".repeat(4_999)));
    broken
}

/// Every beginning of a document that has a bit of everything.
fn truncated() -> Vec<String> {
    let whole =
        r#"{"a":[1,-2.5e+3,true,null,"x\n\u00e9\ud83d\ude00é😀",{},[]],"b":{"c":{"d":""}},"e":false}"#;
    whole.char_indices().skip(1).map(|(at, _)| whole[..at].to_owned()).collect()
}

/// What is not UTF-8, and what is another encoding altogether.
fn broken_encodings() -> Vec<Vec<u8>> {
    let sequences: [&[u8]; 26] = [
        b"\x80",
        b"\xbf",
        b"\x80\xbf\x80",
        b"\xc0\x80",
        b"\xc0\xaf",
        b"\xc1\xbf",
        b"\xc3",
        b"\xc3\x28",
        b"\xe2\x82",
        b"\xe2\x28\xa1",
        b"\xe0\x80\xaf",
        b"\xe0\x9f\xbf",
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xed\xa0\xbd\xed\xb8\x80",
        b"\xf0\x9f\x98",
        b"\xf0\x80\x80\x80",
        b"\xf0\x8f\xbf\xbf",
        b"\xf4\x90\x80\x80",
        b"\xf5\x80\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xfc\x84\x80\x80\x80\x80",
        b"\xfe",
        b"\xff",
        b"\xff\xff",
        b"\xe9",
    ];
    let mut broken: Vec<Vec<u8>> = Vec::new();
    for sequence in sequences {
        broken.push([b"[\"a", sequence, b"z\"]"].concat());
        broken.push([b"{\"", sequence, b"\":1}"].concat());
        broken.push([sequence, b"[]"].concat());
        broken.push([b"[]", sequence].concat());
    }
    let text = r#"{"a":["é"]}"#;
    let utf16: Vec<u16> = text.encode_utf16().collect();
    let little: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    broken.push([b"\xff\xfe", little.as_slice()].concat());
    broken.push([b"\xfe\xff", big.as_slice()].concat());
    broken.extend([little, big]);
    broken.push(text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect());
    broken.push(text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect());
    broken.push(b"+AHsAIgBh-".to_vec());
    broken.push(b"\xef\xbb[]".to_vec());
    broken
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
