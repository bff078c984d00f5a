//! The earth's surface and the shapes on it: built on separate threads, and shown when they are ready.

mod levels;
mod surface;

pub use levels::TextureLevels;
pub use surface::SurfaceError;

use super::{
    quality::Quality,
    shapes::{self, ShapeBuffers, ShapeTables},
};
use bevy::prelude::Resource;
use crossbeam_channel::{Receiver, bounded};
use std::thread;
use surface::build;

/// Number of levels of shapes to load at the start: enough for the whole earth in a window of any size.
const FIRST_LEVELS: usize = 2;

/// How the surface is sampled, depending on tier and adapter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SurfaceFilter {
    /// Maximum anisotropy of the sampler.
    pub anisotropy: u16,
    /// Whether the adapter is a software rasterizer.
    pub is_software: bool,
}

impl SurfaceFilter {
    fn of(quality: &Quality) -> Self {
        Self { anisotropy: quality.anisotropy(), is_software: quality.is_software }
    }
}

/// Data that is built on a separate thread.
#[derive(Debug)]
struct Part<T> {
    coming: Option<Receiver<Result<T, SurfaceError>>>,
    is_there: bool,
}

impl<T> Default for Part<T> {
    fn default() -> Self {
        Self { coming: None, is_there: false }
    }
}

impl<T: Send + 'static> Part<T> {
    fn ask(
        &mut self,
        name: &str,
        build: impl FnOnce() -> Result<T, SurfaceError> + Send + 'static,
    ) -> Result<(), SurfaceError> {
        let (sender, coming) = bounded(1);
        // Nobody receives it if the program has ended.
        thread::Builder::new().name(name.to_owned()).spawn(move || sender.send(build()).unwrap_or_default())?;
        (self.coming, self.is_there) = (Some(coming), false);
        Ok(())
    }

    fn take(&mut self) -> Option<Result<T, SurfaceError>> {
        let built = self.coming.as_ref()?.try_recv().ok()?;
        self.coming = None;
        self.is_there = built.is_ok();
        Some(built)
    }
}

/// Lines and areas for the GPU, and tables of their contents.
pub type EarthShapes = (ShapeBuffers, ShapeTables);

/// The surface and the shapes, from building to upload.
#[derive(Resource, Debug, Default)]
pub struct Earth {
    width: u32,
    filter: SurfaceFilter,
    surface: Part<TextureLevels>,
    shapes: Part<EarthShapes>,
    /// Number of requested levels of shapes.
    levels: usize,
    error: Option<String>,
    /// Whether a frame has followed the one in which everything was ready: the shapes to draw are known only then.
    is_followed: bool,
}

impl Earth {
    /// Starts to build the surface for a tier.
    #[must_use]
    pub fn load(quality: &Quality) -> Self {
        let mut earth = Self {
            width: quality.tier.earth_width(),
            filter: SurfaceFilter::of(quality),
            levels: FIRST_LEVELS,
            ..Self::default()
        };
        earth.ask_for_surface();
        earth.ask_for_shapes();
        earth
    }

    /// Changes to another tier. Rebuilds the surface only if its size differs; a change of the filter is cheap.
    pub fn follow(&mut self, quality: &Quality) {
        self.filter = SurfaceFilter::of(quality);
        let width = quality.tier.earth_width();
        if self.width != width {
            self.width = width;
            self.ask_for_surface();
        }
    }

    /// Requests a level of shapes, counted from 0; finer levels than before are loaded.
    pub fn need_level(&mut self, level: usize) {
        if level >= self.levels && self.shapes.coming.is_none() {
            self.levels = level + 1;
            self.ask_for_shapes();
        }
    }

    /// Builds the surface, unless that is in progress: at the start, for another tier, and after the GPU has lost it.
    pub fn ask_for_surface(&mut self) {
        let width = self.width;
        if self.surface.coming.is_none() && self.error.is_none() && width > 0 {
            self.is_followed = false;
            let asked = self.surface.ask("earth", move || build(width));
            self.keep_error(asked);
        }
    }

    /// Loads the shapes, unless that is in progress.
    pub fn ask_for_shapes(&mut self) {
        let levels = self.levels;
        if self.shapes.coming.is_none() && self.error.is_none() && levels > 0 {
            self.is_followed = false;
            let asked = self.shapes.ask("earth-shapes", move || Ok(shapes::decode(shapes::BUILT_IN, levels)?));
            self.keep_error(asked);
        }
    }

    fn keep_error(&mut self, asked: Result<(), SurfaceError>) {
        if let Err(error) = asked {
            self.error = Some(error.to_string());
        }
    }

    /// Takes the parts that are ready, each once. Call it once per frame.
    pub fn take_parts(&mut self) -> (Option<TextureLevels>, Option<EarthShapes>) {
        self.is_followed = self.surface.is_there && self.shapes.is_there;
        (self.surface.take().and_then(|built| self.kept(built)), self.shapes.take().and_then(|built| self.kept(built)))
    }

    fn kept<T>(&mut self, built: Result<T, SurfaceError>) -> Option<T> {
        built.map_err(|error| self.error = Some(error.to_string())).ok()
    }

    /// Whether the picture has the surface, or never will have it.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.is_followed || self.error.is_some()
    }

    /// Why there is no surface.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// The current filter.
    #[must_use]
    pub fn filter(&self) -> SurfaceFilter {
        self.filter
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::globe::quality::Tier;

    /// Runs frames until everything is ready; returns the number of levels of shapes that were loaded last.
    fn wait(earth: &mut Earth) -> usize {
        let mut levels = 0;
        while !earth.is_settled() {
            if let (_, Some((buffers, tables))) = earth.take_parts() {
                assert_eq!(buffers.0.len(), tables.levels.len());
                levels = buffers.0.len();
            }
            thread::yield_now();
        }
        assert_eq!(earth.error(), None);
        levels
    }

    #[test]
    fn the_finer_levels_of_shapes_are_read_when_they_are_needed() {
        let mut earth = Earth::load(&Quality::default());
        assert_eq!(wait(&mut earth), FIRST_LEVELS);
        earth.need_level(FIRST_LEVELS - 1);
        assert!(earth.is_settled(), "they are there");
        earth.need_level(FIRST_LEVELS);
        assert!(!earth.is_settled());
        assert_eq!(wait(&mut earth), FIRST_LEVELS + 1);
        // As after a loss of the GPU's memory.
        earth.ask_for_shapes();
        assert_eq!(wait(&mut earth), FIRST_LEVELS + 1);
    }

    #[test]
    fn another_tier_looks_the_surface_up_otherwise_and_does_not_build_it_again() {
        let quality = |tier| Quality { tier, ..Quality::default() };
        let mut earth = Earth::load(&quality(Tier::Low));
        wait(&mut earth);
        let before = earth.filter();
        for tier in [Tier::High, Tier::Low, Tier::Medium] {
            earth.follow(&quality(tier));
            assert!(earth.surface.coming.is_none() && earth.is_settled(), "{tier:?}");
        }
        assert_eq!((before.anisotropy, earth.filter().anisotropy), (1, 8));
    }
}
