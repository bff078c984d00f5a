//! The commands other than the window, one file each.

#[cfg(feature = "window")]
pub mod autostart;
pub mod bench;
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
