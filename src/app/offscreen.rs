//! Pictures without a display.

use super::{Adapter, GlobeCamera, Mode, NoAdapter, Overlay, build, camera_bundle, fonts::Fonts};
use crate::{
    cli::{CameraPose, PictureSize},
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
};
use image::RgbImage;
use std::{
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
}

#[derive(Resource, Default)]
struct Captured(Option<Image>);

impl OffScreen {
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
        app.init_resource::<Captured>();
        while app.plugins_state() == PluginsState::Adding {
            bevy::tasks::tick_global_task_pools_on_main_thread();
        }
        app.finish();
        app.cleanup();
        Ok(Self { app, target })
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
        self.check()?;
        self.capture(start)
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
                return image
                    .try_into_dynamic()
                    .map(image::DynamicImage::into_rgb8)
                    .map_err(|_| PictureError::NoAnswer);
            }
            if start.elapsed() > PATIENCE || self.app.should_exit().is_some() {
                return Err(PictureError::NoAnswer);
            }
        }
    }
}
