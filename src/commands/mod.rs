//! The commands other than the window, one file each.

#[cfg(feature = "window")]
pub mod bench;
pub mod bench_sampler;
pub mod doctor;
pub mod list;
pub mod lookup;
pub mod record_json;
#[cfg(feature = "window")]
pub mod snapshot;
