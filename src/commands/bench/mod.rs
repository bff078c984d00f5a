//! The benches: what the program costs, measured by itself.

#[cfg(feature = "window")]
pub mod filter;
#[cfg(feature = "window")]
pub mod frames;
#[cfg(feature = "window")]
mod heap;
pub mod history;
#[cfg(feature = "window")]
mod long_run;
#[cfg(feature = "window")]
pub mod month;
pub mod sampler;
#[cfg(feature = "window")]
pub mod soak;
