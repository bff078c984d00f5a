//! Rendering statistics and errors.

use bevy::prelude::Resource;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU32, AtomicU64, Ordering},
};

/// Counters since the start.
#[derive(Resource, Clone, Debug, Default)]
pub struct GlobeStats {
    /// Bytes copied to the GPU for arcs, dots and the view; not the earth's texture.
    pub uploaded_bytes: u64,
    /// Part of it for arcs.
    pub uploaded_arc_bytes: u64,
    pub(super) drawn: Arc<Drawn>,
}

/// Counters of the render world.
#[derive(Debug, Default)]
pub(super) struct Drawn {
    pub calls: AtomicU32,
    pub frames: AtomicU64,
    pub problem: Mutex<Option<String>>,
}

impl GlobeStats {
    /// Draw calls of the globe in the last frame: stars, air, earth, arcs, dots.
    #[must_use]
    pub fn draw_calls(&self) -> u32 {
        self.drawn.calls.load(Ordering::Relaxed)
    }

    /// Number of frames drawn so far.
    #[must_use]
    pub fn frames_drawn(&self) -> u64 {
        self.drawn.frames.load(Ordering::Relaxed)
    }

    /// Why a part of the picture cannot be drawn.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.drawn.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
