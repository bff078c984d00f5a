//! The graphics processor, its interface, and the device opened on it.

mod adapter;
mod backends;
mod choice;
mod surface;

pub use adapter::{Adapter, NoAdapter, leave};
pub use choice::GpuWish;
pub(super) use surface::{Graphics, check_surface};
