//! Fuzzes `bodies/lesson.rs`.
#![no_main]

#[path = "../bodies/lesson.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
