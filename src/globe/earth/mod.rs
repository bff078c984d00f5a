//! The earth's surface and the shapes on it: built on a thread of their own, shown as soon as they are there.

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

/// Levels of shapes that are there from the start: the whole earth in a window of any size.
const FIRST_LEVELS: usize = 2;

/// How the surface is looked up: what a tier affords, and what draws it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SurfaceFilter {
    /// Samples along a slant.
    pub anisotropy: u16,
    /// Whether the CPU draws.
    pub is_software: bool,
}

impl SurfaceFilter {
    fn of(quality: &Quality) -> Self {
        Self { anisotropy: quality.anisotropy(), is_software: quality.is_software }
    }
}

/// Something that is built on a thread of its own.
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
        // Nobody waits any more when the program has ended.
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

/// Lines and areas for the GPU, and where what is in them.
pub type EarthShapes = (ShapeBuffers, ShapeTables);

/// The surface and the shapes on their way to the GPU.
#[derive(Resource, Debug, Default)]
pub struct Earth {
    width: u32,
    filter: SurfaceFilter,
    surface: Part<TextureLevels>,
    shapes: Part<EarthShapes>,
    /// How many levels of shapes were asked for.
    levels: usize,
    error: Option<String>,
    /// Whether another frame followed the one in which all of it was there: what is drawn of the shapes is known by then.
    is_followed: bool,
}

impl Earth {
    /// Starts to build the surface that suits a tier.
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

    /// Suits another tier. The surface is built anew only where its size is another one; how it is looked up costs nothing.
    pub fn follow(&mut self, quality: &Quality) {
        self.filter = SurfaceFilter::of(quality);
        let width = quality.tier.earth_width();
        if self.width != width {
            self.width = width;
            self.ask_for_surface();
        }
    }

    /// Says that a level of shapes is to be drawn, counted from 0; those that are finer than any before are read.
    pub fn need_level(&mut self, level: usize) {
        if level >= self.levels && self.shapes.coming.is_none() {
            self.levels = level + 1;
            self.ask_for_shapes();
        }
    }

    /// Builds the surface, if it is not being built: at the start, for another tier, and when the GPU has lost it.
    pub fn ask_for_surface(&mut self) {
        let width = self.width;
        if self.surface.coming.is_none() && self.error.is_none() && width > 0 {
            self.is_followed = false;
            let asked = self.surface.ask("earth", move || build(width));
            self.keep_error(asked);
        }
    }

    /// Reads the shapes, if they are not being read.
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

    /// What has come, each once. To be called once a frame.
    pub fn take_parts(&mut self) -> (Option<TextureLevels>, Option<EarthShapes>) {
        self.is_followed = self.surface.is_there && self.shapes.is_there;
        (self.surface.take().and_then(|built| self.kept(built)), self.shapes.take().and_then(|built| self.kept(built)))
    }

    fn kept<T>(&mut self, built: Result<T, SurfaceError>) -> Option<T> {
        built.map_err(|error| self.error = Some(error.to_string())).ok()
    }

    /// Whether the picture has the surface, or never will.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.is_followed || self.error.is_some()
    }

    /// Why there is no surface.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// How it is looked up now.
    #[must_use]
    pub fn filter(&self) -> SurfaceFilter {
        self.filter
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::globe::quality::Tier;

    /// Lets frames go by until all of it is there; how many levels of shapes came last.
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
        // The GPU has lost all of it.
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
