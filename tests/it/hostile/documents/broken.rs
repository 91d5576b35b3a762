//! JSON with one rule broken at a time.

/// Each rule of the number broken, in each of a few numbers.
pub fn numbers() -> Vec<String> {
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
pub fn strings() -> Vec<String> {
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

pub fn structures() -> Vec<String> {
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
pub fn truncated() -> Vec<String> {
    let whole =
        r#"{"a":[1,-2.5e+3,true,null,"x\n\u00e9\ud83d\ude00é😀",{},[]],"b":{"c":{"d":""}},"e":false}"#;
    whole.char_indices().skip(1).map(|(at, _)| whole[..at].to_owned()).collect()
}

/// What is not UTF-8, and what is another encoding altogether.
pub fn encodings() -> Vec<Vec<u8>> {
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
