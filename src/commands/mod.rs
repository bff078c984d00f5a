//! The commands other than the window, one file each.

#[cfg(feature = "window")]
pub mod autostart;
#[cfg(feature = "window")]
pub mod bench;
#[cfg(feature = "window")]
pub mod bench_filter;
pub mod bench_history;
#[cfg(feature = "window")]
pub mod bench_month;
pub mod bench_sampler;
pub mod credits;
#[cfg(feature = "window")]
pub mod demo;
pub mod doctor;
#[cfg(feature = "window")]
pub mod film;
pub mod history;
#[cfg(feature = "window")]
pub mod lesson;
pub mod list;
pub mod lookup;
pub mod record_json;
#[cfg(feature = "window")]
mod scene;
#[cfg(feature = "window")]
pub mod snapshot;
