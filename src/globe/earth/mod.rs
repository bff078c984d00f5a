//! The earth's surface and the shapes on it: built on a thread of their own, shown as soon as they are there.

mod levels;
mod surface;

pub use levels::{EarthParts, TextureLevels};
pub use surface::SurfaceError;

use super::{quality::Quality, shapes};
use bevy::prelude::Resource;
use crossbeam_channel::{Receiver, bounded};
use std::thread;

/// Builds all of it, the surface `width` texels wide: 4096, or a half of it. It takes a tenth of a second or more on
/// some threads: call it off the main thread.
///
/// # Errors
/// See [`SurfaceError`].
pub fn build(width: u32) -> Result<EarthParts, SurfaceError> {
    thread::scope(|scope| {
        let decode = || shapes::decode(shapes::BUILT_IN);
        let shapes = thread::Builder::new().name("earth-shapes".to_owned()).spawn_scoped(scope, decode)?;
        let surface = surface::build(width)?;
        let (shapes, tables) = shapes.join().map_err(|_| SurfaceError::Stopped)??;
        Ok(EarthParts { surface, shapes, tables })
    })
}

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

/// The surface on its way to the GPU.
#[derive(Resource, Debug, Default)]
pub struct Earth {
    width: u32,
    filter: SurfaceFilter,
    coming: Option<Receiver<Result<EarthParts, SurfaceError>>>,
    error: Option<String>,
    is_shown: bool,
    /// Whether another frame followed the one in which it came: what is drawn of the shapes is known by then.
    is_followed: bool,
}

impl Earth {
    /// Starts to build the surface that suits a tier.
    #[must_use]
    pub fn load(quality: &Quality) -> Self {
        let mut earth =
            Self { width: quality.tier.earth_width(), filter: SurfaceFilter::of(quality), ..Self::default() };
        earth.ask_again();
        earth
    }

    /// Suits another tier. The surface is built anew only where its size is another one; how it is looked up costs nothing.
    pub fn follow(&mut self, quality: &Quality) {
        self.filter = SurfaceFilter::of(quality);
        let width = quality.tier.earth_width();
        if self.width != width {
            self.width = width;
            self.ask_again();
        }
    }

    /// Builds the surface again, if it is not being built: the GPU has lost it.
    pub fn ask_again(&mut self) {
        if self.coming.is_some() || self.error.is_some() || self.width == 0 {
            return;
        }
        let (sender, coming) = bounded(1);
        let width = self.width;
        let built = thread::Builder::new().name("earth".to_owned()).spawn(move || {
            // Nobody waits any more when the program has ended.
            sender.send(build(width)).unwrap_or_default();
        });
        match built {
            Ok(_) => {
                self.coming = Some(coming);
                (self.is_shown, self.is_followed) = (false, false);
            }
            Err(error) => self.error = Some(format!("the earth's surface cannot be built: no thread: {error}")),
        }
    }

    /// All of it, once, when it is there. To be called once a frame.
    pub fn take_parts(&mut self) -> Option<EarthParts> {
        self.is_followed = self.is_shown;
        let built = self.coming.as_ref()?.try_recv().ok()?;
        self.coming = None;
        match built {
            Ok(parts) => {
                self.is_shown = true;
                Some(parts)
            }
            Err(error) => {
                self.error = Some(error.to_string());
                None
            }
        }
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

    #[test]
    fn another_tier_looks_the_surface_up_otherwise_and_does_not_build_it_again() {
        let quality = |tier| Quality { tier, ..Quality::default() };
        let mut earth = Earth::load(&quality(Tier::Low));
        let built = earth.coming.take().expect("it is being built").recv().expect("an answer");
        assert!(built.is_ok());
        (earth.is_shown, earth.is_followed) = (true, true);
        let before = earth.filter();
        for tier in [Tier::High, Tier::Low, Tier::Medium] {
            earth.follow(&quality(tier));
            assert!(earth.coming.is_none() && earth.is_settled(), "{tier:?}");
        }
        assert_eq!((before.anisotropy, earth.filter().anisotropy), (1, 8));
    }
}
