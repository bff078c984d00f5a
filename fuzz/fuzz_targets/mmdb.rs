//! Fuzzes `bodies/mmdb.rs`.
#![no_main]

#[path = "../bodies/mmdb.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
