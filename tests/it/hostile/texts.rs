//! Texts that mean something to somebody, or look like nothing at all.

/// At most this many characters in any of them, so that each fits every text field of an event.
pub const MAX: usize = 200;

/// Our own collection, part by construction; none contains U+0000, and none is longer than [`MAX`].
pub fn naughty() -> Vec<String> {
    let mut texts: Vec<String> =
        [MEANINGFUL.as_slice(), &WORDS, &LANGUAGES, &EMOJI].concat().into_iter().map(str::to_owned).collect();
    texts.extend(controls());
    texts.extend(invisible());
    texts.extend(formulas());
    texts.extend(injections());
    texts.extend(paths());
    texts.extend(long());
    texts.sort();
    texts.dedup();
    texts
}

/// Means something to a database, a shell, a template, a log, a page.
const MEANINGFUL: [&str; 57] = [
    "'; drop table events; --",
    "\" or \"\"=\"",
    "' or '1'='1",
    "1;select pg_sleep(10)",
    "') union select null--",
    "$1",
    "$$",
    ":name",
    "?",
    "??",
    "E'\\n'",
    "\\N",
    "\\.",
    "%s%n%x%d",
    "%00",
    "%p%p%p%p",
    "{0}",
    "{}",
    "{{7*7}}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "{%25 raw %25}",
    "${jndi:ldap://x}",
    "$(touch x)",
    "`id`",
    "| id",
    "; id",
    "&& id",
    "!!",
    "~",
    "\\",
    "\\\\",
    "\\u0000",
    "\\x00",
    "&#0;",
    "&lt;&#0;",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "data:text/html,x",
    "<!--",
    "-->",
    "]]>",
    "<![CDATA[x]]>",
    "<?xml version=\"1.0\"?>",
    "/* */ -- #",
    "{\"a\":1}",
    "[1,2",
    "\"quoted\"",
    "'",
    "\"",
    "*",
    "%",
    "_",
    "-",
    "--",
];

/// Words that become something else on the way.
const WORDS: [&str; 44] = [
    "undefined",
    "null",
    "NULL",
    "Null",
    "nil",
    "None",
    "none",
    "void",
    "true",
    "True",
    "TRUE",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "NaN",
    "nan",
    "Infinity",
    "-Infinity",
    "1e400",
    "0x1p-2",
    "0",
    "-0",
    "00",
    "1.0",
    "1_000",
    "1,000",
    "0755",
    "1e3",
    "2026-01-31",
    "12:30",
    "31/12/2026",
    "toString",
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "prototype",
    "length",
    "type",
    "name:value",
    "tag.os:ios",
    "a:b:c",
    "http://x.example/a:b",
];

/// Scripts, directions, cases and widths.
const LANGUAGES: [&str; 28] = [
    "مرحبا بالعالم",
    "שלום",
    "田中さん",
    "한국어",
    "ᄒ\u{1161}\u{11ab}",
    "ไทย",
    "हिन्दी",
    "Ελληνικά",
    "Русский",
    "ქართული",
    "አማርኛ",
    "ᚠᛇᚻ",
    "𐎀𐎁",
    "Ω≈ç√∫˜µ≤≥÷",
    "İstanbul ı",
    "ﬀ ß ẞ",
    "Ǆ",
    "ſ",
    "Ⅷ",
    "１２３",
    "١٢٣",
    "½",
    "𝕿𝖍𝖊 𝖖𝖚𝖎𝖈𝖐",
    "𠜎𠜱𠝹",
    "e\u{301} \u{e9}",
    "ಠ_ಠ",
    "аpple (а is Cyrillic)",
    "ͣ",
];

/// Modified, joined, in families, and flags; and some that are only a part of one.
const EMOJI: [&str; 14] =
    ["😀", "👩‍👩‍👧‍👦", "👍🏿", "🏳️‍🌈", "🧑🏽‍💻", "🇩🇪🇺🇸", "🇩", "❤️", "❤︎", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "0️⃣", "\u{200d}", "🏿", "\u{fe0f}"];

/// Every control character, alone and within.
fn controls() -> Vec<String> {
    let controls = (1..0x20_u32).chain(0x7f..0xa0).filter_map(char::from_u32);
    let mut texts: Vec<String> = controls.map(|c| format!("a{c}z")).collect();
    texts.extend(
        ["\r\n", "\n", "\t", "tab\t", "\u{1b}[31mred\u{1b}[0m", "bell\u{7}", "back\u{8}space"]
            .map(str::to_owned),
    );
    texts
}

/// Spaces, directions, joiners, tags, private use, and what is no character: all invisible, or nearly.
fn invisible() -> Vec<String> {
    let ranges = [
        0xa0..=0xa0,
        0xad..=0xad,
        0x34f..=0x34f,
        0x61c..=0x61c,
        0x115f..=0x1160,
        0x1680..=0x1680,
        0x17b4..=0x17b5,
        0x180b..=0x180e,
        0x2000..=0x200f,
        0x2028..=0x202f,
        0x205f..=0x206f,
        0x2800..=0x2800,
        0x3000..=0x3000,
        0x3164..=0x3164,
        0xe000..=0xe000,
        0xfdd0..=0xfdd1,
        0xfe00..=0xfe01,
        0xfeff..=0xfeff,
        0xfff9..=0xffff_u32,
    ];
    let far = [0x1d173, 0x1fffe, 0x1ffff, 0xe0001, 0xe0020, 0xf0000, 0x10fffe, 0x10ffff];
    let characters = ranges.into_iter().flatten().chain(far).filter_map(char::from_u32);
    let mut texts: Vec<String> = characters.flat_map(|c| [c.to_string(), format!("a{c}z")]).collect();
    texts.extend(
        ["\u{202e}txt.exe\u{202c}", "\u{2066}a\u{2069}", " leading and trailing ", " ", "   ", ""]
            .map(str::to_owned),
    );
    texts
}

/// What a spreadsheet would calculate.
fn formulas() -> Vec<String> {
    let begins = ["=", "+", "-", "@", "\t=", "\r=", " =", "\"="];
    let rests = ["1+1", "SUM(A1)", "cmd|' /C calc'!A0", "HYPERLINK(\"http://x\",\"y\")"];
    begins
        .iter()
        .flat_map(|begin| rests.map(|rest| format!("{begin}{rest}")))
        .chain(["a,b;c\td".into()])
        .collect()
}

/// A second header, a second line of a log, a second message.
fn injections() -> Vec<String> {
    let breaks = ["\r\n", "\n", "\r", "%0d%0a", "\\r\\n", "\u{85}", "\u{2028}"];
    let rests = ["Set-Cookie: a=b", "Bcc: x@example.com", "\nHTTP/1.1 200 OK", "data: {}", "ERROR faked"];
    breaks.iter().flat_map(|line| rests.map(|rest| format!("x{line}{rest}"))).collect()
}

/// Up, down and out of every directory.
fn paths() -> Vec<String> {
    let ups = ["../", "..\\", "..%2f", "%2e%2e/", "..%c0%af", "....//", "/"];
    let mut texts: Vec<String> = ups.iter().map(|up| format!("{}etc/passwd", up.repeat(4))).collect();
    texts.extend(
        [
            "C:\\con\\aux",
            "\\\\host\\share",
            "file:///etc/passwd",
            ".",
            "..",
            "/",
            "//",
            "~root",
            "nul",
            ".env",
            "a/b",
            "a%2fb",
        ]
        .map(str::to_owned),
    );
    texts
}

/// As long as it may be, in one way or another.
fn long() -> Vec<String> {
    let zalgo = "pulse".chars().flat_map(|c| std::iter::once(c).chain(('\u{300}'..'\u{327}').take(38)));
    let mut texts = vec![zalgo.take(MAX).collect()];
    texts.extend(["9", "é", "\u{10ffff}", "😀", "\"", "\\", "%", "\u{202e}"].map(|text| text.repeat(MAX)));
    texts.push("👩‍👩‍👧‍👦".repeat(MAX / 7));
    texts.push("ก็".repeat(MAX / 2));
    texts.push("- ".repeat(MAX / 2 - 1));
    texts
}
