//! Fuzzes `bodies/proc_texts.rs`.
#![no_main]

#[path = "../bodies/proc_texts.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
