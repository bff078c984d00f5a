//! The graphics adapter, its API, and its device.

mod adapter;
mod backends;
mod choice;
mod ladder;
pub(in crate::app) mod recovery;
mod surface;

pub use adapter::{Adapter, NoAdapter, leave};
pub use choice::GpuWish;
pub(super) use ladder::Ladder;
pub(super) use surface::{Graphics, OwnSurface, Target, check_surface, say_why};

/// A display on whose windows OpenGL must be able to draw: other interfaces learn of it with the window.
pub(super) type OwnedDisplay = std::sync::Arc<dyn wgpu::wgt::WgpuHasDisplayHandle>;
