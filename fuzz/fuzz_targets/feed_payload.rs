#![no_main]

#[path = "../entries.rs"]
#[expect(dead_code, reason = "the other targets use the rest")]
mod entries;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entries::feed_payload(bytes));
