//! What drawing costs, counted where it happens.

use bevy::prelude::Resource;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

/// Counters since the start.
#[derive(Resource, Clone, Debug, Default)]
pub struct GlobeStats {
    /// Bytes copied to the GPU for arcs, dots and the view; not the earth's texture.
    pub uploaded_bytes: u64,
    pub(super) draw_calls: Arc<AtomicU32>,
}

impl GlobeStats {
    /// Draw calls of the globe in the last frame: stars, air, earth, arcs, dots.
    #[must_use]
    pub fn draw_calls(&self) -> u32 {
        self.draw_calls.load(Ordering::Relaxed)
    }
}
