//! Fuzzes `bodies/recording_file.rs`.
#![no_main]

#[path = "../bodies/recording_file.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
