//! Good input, damaged a little: the same entry points as the fuzz targets, a bounded number of times and
//! the same way in every run.

use std::collections::BTreeSet;

#[path = "../../../fuzz/entries.rs"]
mod entries;

/// Changes bytes at random, the same way in every run.
pub struct Mutations(pub u64);

impl Mutations {
    pub fn random(&mut self, below: usize) -> usize {
        // Xorshift: no need for anything better.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below as u64) as usize
    }

    /// One to three changes: cut, inserted, removed, replaced, repeated.
    pub fn change(&mut self, good: &[u8]) -> Vec<u8> {
        const BYTES: &[u8] = b"\x00\x01\n\"\\{}[],:0-eE.+utfn/ \x80\xc3\xed\xff";
        let mut bytes = good.to_vec();
        for _ in 0..=self.random(3) {
            let at = self.random(bytes.len());
            let byte = BYTES[self.random(BYTES.len())];
            match self.random(5) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes.insert(at, byte),
                2 => drop(bytes.remove(at)),
                3 => bytes[at] = byte,
                _ => {
                    let part = bytes[at..].to_vec();
                    bytes.extend(part);
                }
            }
            if bytes.is_empty() {
                bytes.push(byte);
            }
        }
        bytes
    }

    /// A change of one good text, with a piece of another put in now and then.
    fn cross(&mut self, good: &[&str]) -> Vec<u8> {
        let one = self.random(good.len());
        let mut bytes = self.change(good[one].as_bytes());
        if self.random(3) == 0 {
            let other = good[self.random(good.len())].as_bytes();
            let from = self.random(other.len());
            let to = from + self.random(other.len() - from) + 1;
            let at = self.random(bytes.len());
            bytes.splice(at..at, other[from..to].iter().copied());
        }
        bytes
    }
}

/// An entry point by the name of its fuzz target, how often it is called, and what is damaged for it.
type Entry = (&'static str, fn(&[u8]), usize, &'static [&'static str]);

const ENTRIES: [Entry; 6] = [
    ("ingest_body", entries::ingest_body, 10_000, &BODIES),
    ("event_query", entries::event_query, 20_000, &QUERIES),
    ("cursor", entries::cursor, 20_000, &CURSORS),
    ("path", entries::path, 2_000, &PATHS),
    ("payload_path", entries::payload_path, 20_000, &PAYLOAD_PATHS),
    ("feed_payload", entries::feed_payload, 20_000, &FEED_PAYLOADS),
];

const PAYLOAD_PATHS: [&str; 8] = [
    "$.a[0].name",
    "a[name=b].c",
    "[\"\"][\"e.f\"].größe",
    "a[-1][ \"x\\u0041\" = \"y z\" ].0",
    "cities[name=Berlin].temp[0]\n{\"cities\":[{\"name\":5},{\"name\":\"Berlin\",\"temp\":[1.5,null]}]}",
    "a[-1]\n{\"a\":[[[[[1]]]],true]}",
    "$[9223372036854775807][-9223372036854775808]\n[[1]]",
    "a[ok=true][n=1e3].x\n{\"a\":[{\"ok\":true},{\"ok\":true,\"n\":1000.0}]}",
];

const FEED_PAYLOADS: [&str; 7] = [
    r#"{"cpu":42.5,"disk":{"free":7,"":0},"cores":[1,2.5,[3]],"host":"a","ok":true,"none":null}"#,
    r#"{"a.b":1,"c\"d":2,"e\\f":3,"g[0]":4,"h=i":5," ":6,"größe":7,"0":8,"-1":9,"value":10,"\n":11}"#,
    r#"{"a\u0000b":1,"x":"\ud83d\ude00\u0000","y":1e308,"z":-1e-320,"w":12345678901234567890}"#,
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    r#"[{"n":1},{"n":2},{"n":3},{"n":4},{"n":5},{"n":6},{"n":7},{"n":8},{"n":9},{"n":10},{"n":11},{"n":12}]"#,
    "69000.12",
    r#"{"$":1,"$.a":2,"[":3,"]":4,"\"":5,"'":6,"a":{"$":{"b":7}}}"#,
];

const BODIES: [&str; 5] = [
    r#"{"apiKey":"pb_pub_x","type":"error","name":"class@anonymous\u0000/a","payload":{"a":[1,2.5e3,null,"\ud83d\ude00"]},"level":"warn"}"#,
    r#"{"events":[{"type":"metric","name":"cpu","value":-1.5e3,"unit":"%","tags":{"a":"b"},"user":7}],"sent_at":"2024-10-04T00:00:00Z"}"#,
    r#"[{"type":"event","name":"é","id":"0190b5e5-9a3c-7d34-8a51-3c5f6a7b8c9d","timestamp":"2024-10-03T12:00:00.5+02:00"},{"type":"event"}]"#,
    "{\"type\":\"event\",\"name\":\"a\",\"timestamp\":1727950000000}\n{\"type\":\"event\",\"name\":\"b\",\"timestamp\":1727950000}\n",
    r#"{"type":"error","name":"x","stack":"at a\nat b","exception":{"type":"T","frames":[{"line":1}]},"breadcrumbs":[{"m":"x"}],"session":"s"}"#,
];

const QUERIES: [&str; 5] = [
    "level:error release:1.2 -name:test* tag.os:ios \"two words\"",
    r#"name:"a \"b\" \\c" -"not this" env:prod user:u_1"#,
    "http://x.example/a:b 12:30 NullPointer: - --x -* * :",
    "type:metric session:abc* -tag.a.b:\"\"",
    "a b c d e f g h i j k l m n o p q r s t u v",
];

const CURSORS: [&str; 6] = [
    "42-1795252257872",
    "9223372036854775807-253402300799999",
    "1795252257872_0190b5e59a3c7d348a513c5f6a7b8c9d",
    "https://*.shop.example:8443/",
    "capacitor://localhost",
    " Ann.O'Lee+pulse@Bücher.example ",
];

const PATHS: [&str; 5] = [
    "/api/projects/0190b5e5-9a3c-7d34-8a51-3c5f6a7b8c9d/events/histogram",
    "/api/orgs/x/invitations",
    "/ingest",
    "/projects//keys/..%2f/",
    "/realtime/x/sse",
];

#[test]
fn damaged_input_breaks_no_promise_at_any_entry() {
    for (name, entry, times, good) in ENTRIES {
        let mut mutations = Mutations(0x2026_1121);
        let mut different = BTreeSet::new();
        for text in good {
            entry(text.as_bytes());
        }
        for _ in 0..times {
            let bytes = mutations.cross(good);
            entry(&bytes);
            different.insert(bytes);
        }
        println!("{name}: {times} executions, {} different inputs", different.len());
        assert!(different.len() > times / 2);
    }
}

#[test]
fn every_fuzz_target_has_its_bounded_run_here() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/fuzz_targets");
    let files = std::fs::read_dir(directory).expect("the targets").flatten();
    let targets: BTreeSet<String> =
        files.map(|file| file.file_name().to_string_lossy().trim_end_matches(".rs").to_owned()).collect();
    let here: BTreeSet<String> = ENTRIES.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(targets, here);
}
