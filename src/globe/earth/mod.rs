//! The earth's surface: built on a thread of its own, shown as soon as it is there.

mod levels;
mod lines;
mod surface;

pub use levels::{EarthTextures, TextureLevels};
pub use surface::SurfaceError;

use super::quality::Quality;
use bevy::prelude::Resource;
use crossbeam_channel::{Receiver, bounded};
use std::thread;

/// Builds the textures, the surface `width` texels wide: 4096, or a half of it. It takes a tenth of a second or more on
/// two threads: call it off the main thread.
///
/// # Errors
/// See [`SurfaceError`].
pub fn build(width: u32) -> Result<EarthTextures, SurfaceError> {
    thread::scope(|scope| {
        let lines = thread::Builder::new().name("earth-lines".to_owned()).spawn_scoped(scope, lines::build)?;
        let surface = surface::build(width)?;
        Ok(EarthTextures { surface, lines: lines.join().map_err(|_| SurfaceError::Stopped)?? })
    })
}

/// The surface on its way to the GPU.
#[derive(Resource, Debug, Default)]
pub struct Earth {
    width: u32,
    anisotropy: u16,
    is_software: bool,
    coming: Option<Receiver<Result<EarthTextures, SurfaceError>>>,
    error: Option<String>,
    is_shown: bool,
}

impl Earth {
    /// Starts to build the surface that suits a tier.
    #[must_use]
    pub fn load(quality: &Quality) -> Self {
        let (width, anisotropy) = (quality.tier.earth_width(), quality.anisotropy());
        let mut earth = Self { width, anisotropy, is_software: quality.is_software, ..Self::default() };
        earth.ask_again();
        earth
    }

    /// Builds the surface of another tier, where it is another one.
    pub fn follow(&mut self, quality: &Quality) {
        let (width, anisotropy) = (quality.tier.earth_width(), quality.anisotropy());
        if (self.width, self.anisotropy) != (width, anisotropy) {
            (self.width, self.anisotropy) = (width, anisotropy);
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
                self.is_shown = false;
            }
            Err(error) => self.error = Some(format!("the earth's surface cannot be built: no thread: {error}")),
        }
    }

    /// The surface, once, when it is there.
    pub fn take_texture(&mut self) -> Option<EarthTextures> {
        let built = self.coming.as_ref()?.try_recv().ok()?;
        self.coming = None;
        match built {
            Ok(texture) => {
                self.is_shown = true;
                Some(texture)
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
        self.is_shown || self.error.is_some()
    }

    /// Why there is no surface.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Whether the CPU draws it.
    #[must_use]
    pub fn is_software(&self) -> bool {
        self.is_software
    }

    /// Samples along a slant that the tier affords.
    #[must_use]
    pub fn anisotropy(&self) -> u16 {
        self.anisotropy
    }
}
