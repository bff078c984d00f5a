//! Pictures without a display.

use crate::app::{
    Adapter, GlobeCamera, GpuWish, Ladder, Mode, NoAdapter, Overlay, build, camera_bundle,
    overlay::fonts::Fonts,
    quality_for,
    window::end::{one_line, without_panic},
};
use crate::{
    cli::{CameraPose, PictureSize},
    config::Settings,
    connections::{Inbox, Places},
    globe::{GlobeStats, earth::Earth, orbit::OrbitCamera, quality::Quality},
};
use bevy::{
    app::PluginsState,
    camera::{ImageRenderTarget, RenderTarget},
    image::Image,
    prelude::*,
    render::{
        render_resource::{PollType, TextureFormat},
        renderer::RenderDevice,
        view::screenshot::{Screenshot, ScreenshotCaptured},
    },
    time::TimeUpdateStrategy,
};
use image::RgbImage;
use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

/// Maximum time to wait for a picture.
const PATIENCE: Duration = Duration::from_mins(1);

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The picture is larger than the adapter can draw.
    #[error(
        "the picture {width}x{height} is too large: {adapter} draws up to {max} pixels per side; use a smaller --size"
    )]
    TooLarge {
        /// Requested width, px.
        width: u32,
        /// Requested height, px.
        height: u32,
        /// Maximum side, px.
        max: u32,
        /// Name of the adapter.
        adapter: String,
    },
    /// The picture has more pixels than can be read back at once.
    #[error(
        "the picture {width}x{height} has too many pixels: {adapter} can read back up to {max_megapixels} million; use a \
         smaller --size"
    )]
    TooMuch {
        /// Requested width, px.
        width: u32,
        /// Requested height, px.
        height: u32,
        /// Maximum number of pixels that can be read back, millions.
        max_megapixels: u64,
        /// Name of the adapter.
        adapter: String,
    },
    /// The renderer stopped.
    #[error(
        "the picture could not be drawn: the graphics system does not respond; try --quality low, or run netglobe doctor"
    )]
    NoAnswer,
    /// The adapter cannot be used.
    #[error(transparent)]
    NoDevice(#[from] NoAdapter),
    /// A part of the picture cannot be drawn.
    #[error("{0}; update the graphics driver, or run netglobe doctor")]
    Incomplete(String),
}

/// An app that renders to an image.
pub struct OffScreen {
    /// The app, ready to be updated.
    pub app: App,
    target: Handle<Image>,
    /// Frames of a film that were drawn, and returned.
    film: (u64, u64),
    frame_s: Option<f64>,
}

/// Frames of a film that were read back, by number.
#[derive(Resource, Default)]
struct FilmFrames(BTreeMap<u64, Image>);

/// A frame of a film as it was read back.
#[derive(Debug)]
pub struct FilmFrame(Image);

impl FilmFrame {
    /// Its picture; `None` if it has no pixels.
    #[must_use]
    pub fn into_rgb(self) -> Option<RgbImage> {
        rgb_of(&self.0)
    }
}

/// Number of frames of a film that may be drawn before the first of them is read back.
const FRAMES_BETWEEN: u64 = 4;

#[derive(Resource, Default)]
struct Captured(Option<Image>);

impl OffScreen {
    /// Builds it, as [`Self::new`] does, on the best adapter that draws an empty picture in the quality of the settings.
    /// Also says which one that is, if others before it did not.
    ///
    /// # Errors
    /// If the picture is too large for the adapter, or no adapter can be used.
    pub fn on_best(settings: &Settings, size: PictureSize) -> Result<(Self, Option<String>), PictureError> {
        let mut ladder = Ladder::new(GpuWish::new(settings), None)?;
        let (off_screen, adapter) = first_that_draws(&mut ladder, settings.verbose > 0, |adapter| {
            let quality = quality_for(settings.quality, adapter).at_scale(settings.render_scale);
            let mut off_screen = Self::new(adapter, quality, size, settings.verbose)?;
            off_screen.frame()?;
            Ok(off_screen)
        })?;
        let why = ladder.has_failures().then(|| ladder.why(&adapter)).flatten();
        Ok((off_screen, why))
    }

    /// Builds it without connections, with the default camera.
    ///
    /// # Errors
    /// If the picture is too large for the adapter, or the adapter cannot be used.
    pub fn new(adapter: &Adapter, quality: Quality, size: PictureSize, verbose: u8) -> Result<Self, PictureError> {
        Self::build(Mode::OffScreen, adapter, quality, size, verbose)
    }

    /// The same, with timestamps of the graphics adapter.
    ///
    /// # Errors
    /// If the picture is too large for the adapter, or the adapter cannot be used.
    pub fn measured(adapter: &Adapter, quality: Quality, size: PictureSize, verbose: u8) -> Result<Self, PictureError> {
        Self::build(Mode::Measured, adapter, quality, size, verbose)
    }

    fn build(
        mode: Mode,
        adapter: &Adapter,
        quality: Quality,
        size: PictureSize,
        verbose: u8,
    ) -> Result<Self, PictureError> {
        let PictureSize { width, height } = size;
        // The picture is read back in one buffer with padded rows.
        let buffer_bytes = u64::from(width * 4).next_multiple_of(256) * u64::from(height);
        if width.max(height) <= adapter.max_side_px && buffer_bytes > adapter.max_buffer_bytes {
            let max_megapixels = adapter.max_buffer_bytes / 4_000_000;
            return Err(PictureError::TooMuch { width, height, max_megapixels, adapter: adapter.name.clone() });
        }
        if width.max(height) > adapter.max_side_px {
            let (max, adapter) = (adapter.max_side_px, adapter.name.clone());
            return Err(PictureError::TooLarge { width, height, max, adapter });
        }
        let mut app = build(mode, adapter, adapter.open()?, quality, verbose);
        let image = Image::new_target_texture(width, height, TextureFormat::Rgba8UnormSrgb, None);
        let target = app.world_mut().resource_mut::<Assets<Image>>().add(image);
        let image = ImageRenderTarget { handle: target.clone(), scale_factor: 1.0 };
        app.world_mut().spawn(camera_bundle(RenderTarget::Image(image)));
        app.init_resource::<Captured>().init_resource::<FilmFrames>();
        while app.plugins_state() == PluginsState::Adding {
            bevy::tasks::tick_global_task_pools_on_main_thread();
        }
        app.finish();
        app.cleanup();
        Ok(Self { app, target, film: (0, 0), frame_s: None })
    }

    /// Moves the camera.
    pub fn look(&mut self, pose: CameraPose) {
        let camera = OrbitCamera::new(pose.position, pose.distance_radii);
        self.app.insert_resource(GlobeCamera::still(camera));
    }

    /// Draws frames until everything is loaded, then returns the picture.
    ///
    /// # Errors
    /// If the renderer does not respond.
    pub fn picture(&mut self) -> Result<RgbImage, PictureError> {
        let start = Instant::now();
        self.settle()?;
        self.capture(start)
    }

    /// Draws frames until everything is loaded.
    ///
    /// # Errors
    /// If the renderer does not respond.
    pub fn settle(&mut self) -> Result<(), PictureError> {
        let start = Instant::now();
        // Panels need a few frames for their layout.
        let mut frames_to_settle = if self.app.world().resource::<Overlay>().opacity > 0.0 { 4 } else { 2 };
        while frames_to_settle > 0 {
            self.app.update();
            let world = self.app.world();
            let is_busy = world.resource::<Inbox>().waiting() > 0
                || world.resource::<Places>().is_busy()
                || !world.resource::<Earth>().is_settled()
                || world.resource::<Fonts>().is_busy();
            if is_busy {
                thread::sleep(Duration::from_millis(2));
            } else {
                frames_to_settle -= 1;
            }
            if start.elapsed() > PATIENCE || self.app.should_exit().is_some() {
                return Err(PictureError::NoAnswer);
            }
        }
        self.check()
    }

    /// Sets the time from one frame to the next, seconds, so that animations of panels do not depend on the clock.
    pub fn run_at(&mut self, frame_s: f64) {
        self.frame_s = Some(frame_s);
        self.app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_secs_f64(frame_s)));
    }

    /// Draws one frame of a film, which [`next_of_film`](Self::next_of_film) returns later.
    ///
    /// # Errors
    /// If the renderer has stopped.
    pub fn draw_into_film(&mut self) -> Result<(), PictureError> {
        let number = self.film.0;
        self.film.0 += 1;
        self.app.world_mut().spawn(Screenshot::image(self.target.clone())).observe(
            move |mut captured: On<'_, '_, ScreenshotCaptured>, mut frames: ResMut<'_, FilmFrames>| {
                frames.0.insert(number, std::mem::take(&mut captured.image));
            },
        );
        self.app.update();
        if self.app.should_exit().is_some() { Err(PictureError::NoAnswer) } else { Ok(()) }
    }

    /// The next frame of a film, in the order in which they were drawn; `None` if it is not there yet and others may be
    /// drawn meanwhile. With `is_last`, waits until there are no more.
    ///
    /// # Errors
    /// If the renderer does not respond.
    pub fn next_of_film(&mut self, is_last: bool) -> Result<Option<FilmFrame>, PictureError> {
        let start = Instant::now();
        let (drawn, next) = self.film;
        if next == drawn {
            return Ok(None);
        }
        loop {
            if let Some(image) = self.app.world_mut().resource_mut::<FilmFrames>().0.remove(&next) {
                self.film.1 += 1;
                return Ok(Some(FilmFrame(image)));
            }
            if !is_last && drawn - next < FRAMES_BETWEEN {
                return Ok(None);
            }
            // Time stands still in a frame that is not part of the film.
            self.app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::ZERO));
            self.app.update();
            self.run_at(self.frame_s.unwrap_or_default());
            if start.elapsed() > PATIENCE || self.app.should_exit().is_some() {
                return Err(PictureError::NoAnswer);
            }
        }
    }

    /// Checks that all parts of the picture have been drawn.
    ///
    /// # Errors
    /// If one cannot be drawn.
    pub fn check(&self) -> Result<(), PictureError> {
        self.app
            .world()
            .resource::<GlobeStats>()
            .problem()
            .map_or(Ok(()), |problem| Err(PictureError::Incomplete(problem)))
    }

    /// Draws one frame, and waits until the graphics adapter has finished it.
    ///
    /// # Errors
    /// If the renderer has stopped.
    pub fn frame(&mut self) -> Result<(), PictureError> {
        self.app.update();
        let is_done = self.app.world().resource::<RenderDevice>().poll(PollType::wait_indefinitely()).is_ok();
        if is_done && self.app.should_exit().is_none() { Ok(()) } else { Err(PictureError::NoAnswer) }
    }

    fn capture(&mut self, start: Instant) -> Result<RgbImage, PictureError> {
        self.app.world_mut().spawn(Screenshot::image(self.target.clone())).observe(
            |captured: On<'_, '_, ScreenshotCaptured>, mut result: ResMut<'_, Captured>| {
                result.0 = Some(captured.image.clone());
            },
        );
        loop {
            self.app.update();
            if let Some(image) = self.app.world_mut().resource_mut::<Captured>().0.take() {
                return rgb_of(&image).ok_or(PictureError::NoAnswer);
            }
            if start.elapsed() > PATIENCE || self.app.should_exit().is_some() {
                return Err(PictureError::NoAnswer);
            }
        }
    }
}

/// What `draw` makes with the first adapter with which it neither panics nor stays without an answer, as some drivers let
/// it do; and that adapter.
fn first_that_draws<T>(
    ladder: &mut Ladder,
    is_verbose: bool,
    mut draw: impl FnMut(&Adapter) -> Result<T, PictureError>,
) -> Result<(T, Adapter), PictureError> {
    loop {
        let adapter = ladder.next_that(|_| Ok(()))?;
        let why = match without_panic(is_verbose, |_| {}, || draw(&adapter)) {
            Ok(Ok(drawn)) => return Ok((drawn, adapter)),
            // It would be the same with any other.
            Ok(Err(error @ (PictureError::TooLarge { .. } | PictureError::TooMuch { .. }))) => return Err(error),
            Ok(Err(error)) => error.to_string(),
            Err(panic) => panic,
        };
        ladder.note_failure(format!("{}: {}", adapter.name, one_line(&why)));
    }
}

/// The picture in a target with four bytes per pixel, without its alpha channel.
fn rgb_of(image: &Image) -> Option<RgbImage> {
    let size = image.texture_descriptor.size;
    let rgba = image.data.as_ref()?;
    let mut rgb = vec![0; rgba.len() / 4 * 3];
    for (to, from) in rgb.chunks_exact_mut(3).zip(rgba.chunks_exact(4)) {
        [to[0], to[1], to[2]] = [from[0], from[1], from[2]];
    }
    RgbImage::from_raw(size.width, size.height, rgb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_that_panics_or_does_not_answer_is_left_for_the_next_one() {
        let Ok(mut ladder) = Ladder::new(GpuWish::default(), None) else { return };
        let mut tried = Vec::new();
        let end = first_that_draws(&mut ladder, false, |adapter| -> Result<(), PictureError> {
            tried.push(adapter.name.clone());
            if tried.len() % 2 == 1 { panic!("planted {}", tried.len()) } else { Err(PictureError::NoAnswer) }
        });
        let error = end.expect_err("none draws").to_string();
        let mut again = Ladder::new(GpuWish::default(), None).expect("as before");
        if let Some(last) = tried.last() {
            assert!(error.contains("planted 1") && error.contains(last), "{error}");
            let (index, adapter) = first_that_draws(&mut again, false, |adapter| {
                if adapter.name == *last { Ok(tried.len()) } else { panic!("planted") }
            })
            .expect("the last one draws");
            assert_eq!((index, &adapter.name), (tried.len(), last));
            assert_eq!(again.why(&adapter).is_some_and(|why| why.contains("planted")), tried.len() > 1);
        }
    }

    #[test]
    fn a_picture_that_is_too_large_is_no_reason_for_another_adapter() {
        let Ok(mut ladder) = Ladder::new(GpuWish::default(), None) else { return };
        let mut tries = 0;
        let end = first_that_draws(&mut ladder, false, |_| -> Result<(), PictureError> {
            tries += 1;
            Err(PictureError::TooMuch { width: 1, height: 1, max_megapixels: 0, adapter: String::new() })
        });
        assert!(tries == 0 || matches!(end, Err(PictureError::TooMuch { .. })) && tries == 1);
    }
}
