//! What the program does besides the window, one file a command.

#[cfg(feature = "window")]
pub mod bench;
pub mod bench_sampler;
pub mod doctor;
pub mod list;
pub mod lookup;
pub mod record_json;
#[cfg(feature = "window")]
pub mod snapshot;
