//! Fuzzes `bodies/history_blocks.rs`.
#![no_main]

#[path = "../bodies/history_blocks.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
