//! Fuzzes `bodies/cgroup_paths.rs`.
#![no_main]

#[path = "../bodies/cgroup_paths.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
