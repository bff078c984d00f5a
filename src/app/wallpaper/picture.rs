//! Draws the globe with its captions and the tour on a background, at the rate that its motion needs and the limit allows.
//!
//! The renderer of the panels draws in one pixel format only, which few displays take. So the picture is drawn into an image, and
//! copied to the background.

use super::{Background, cannot_draw};
use crate::{
    app::{
        Ambient, GlobeCamera, GpuWish, Mode, Overlay,
        actions::Sampler,
        apply_picture_settings, build, camera_bundle,
        data::home,
        graphics::{Adapter, Ladder, OwnedDisplay},
        quality_for, stage,
        time::{self, DataTime},
        window::WindowError,
    },
    config::Settings,
    connections::{FrameSystems, Inbox, Places},
    geo::{GeoService, Home},
    geodesy::subsolar_point,
    globe::{orbit::OrbitCamera, quality::AdapterKind},
    language::t,
    sampler::{SamplerConfig, SamplerHandle, process_cpu_time},
    view::HomeInForce,
};
use bevy::{
    app::PluginsState,
    camera::{Camera, ImageRenderTarget, RenderTarget},
    prelude::*,
    render::{
        RenderApp,
        render_asset::RenderAssets,
        render_resource::TextureFormat,
        renderer::{RenderDevice, RenderQueue},
        texture::GpuImage,
    },
};
use raw_window_handle::{
    DisplayHandle, HandleError, HasDisplayHandle, RawDisplayHandle, WaylandDisplayHandle, XlibDisplayHandle,
};
use std::{
    ffi::c_void,
    ptr::NonNull,
    sync::Arc,
    time::{Duration, Instant},
};
use wgpu::{
    CommandEncoderDescriptor, CurrentSurfaceTexture, PresentMode, Surface, SurfaceConfiguration, SurfaceTargetUnsafe,
    SurfaceTexture, TextureViewDescriptor, util::TextureBlitter,
};

/// Frames per second: the picture moves slowly.
const RATE: f64 = 20.0;
/// The same where the CPU draws.
const SOFTWARE_RATE: f64 = 8.0;
/// After this many frames in a row that could not be shown, the surface is set up again.
const PATIENCE_FRAMES: u32 = 5;
/// Time between two updates while nothing is visible.
const HIDDEN: Duration = Duration::from_secs(1);

/// The display of a background, which exists as long as the process draws on it.
#[derive(Clone, Copy, Debug)]
enum OfBackground {
    /// Address of the display of libwayland.
    Wayland(usize),
    /// Address of the display of Xlib, and the number of the screen.
    X11(usize, i32),
}

impl OfBackground {
    fn new(handle: RawDisplayHandle) -> Option<Self> {
        match handle {
            RawDisplayHandle::Wayland(handle) => Some(Self::Wayland(handle.display.as_ptr().expose_provenance())),
            RawDisplayHandle::Xlib(handle) => {
                Some(Self::X11(handle.display?.as_ptr().expose_provenance(), handle.screen))
            }
            _ => None,
        }
    }
}

impl HasDisplayHandle for OfBackground {
    fn display_handle(&self) -> Result<DisplayHandle<'_>, HandleError> {
        let pointer = |address| NonNull::new(std::ptr::with_exposed_provenance_mut::<c_void>(address));
        let handle = match *self {
            Self::Wayland(address) => {
                WaylandDisplayHandle::new(pointer(address).ok_or(HandleError::Unavailable)?).into()
            }
            Self::X11(address, screen) => XlibDisplayHandle::new(pointer(address), screen).into(),
        };
        #[expect(unsafe_code, reason = "the background exists longer than what draws on it, see the fields of Picture")]
        // SAFETY: the display is open as long as the background, which `Picture` drops last.
        Ok(unsafe { DisplayHandle::borrow_raw(handle) })
    }
}

/// The globe on a background.
pub(super) struct Picture {
    app: App,
    /// Before the background, which it uses.
    surface: Surface<'static>,
    config: SurfaceConfiguration,
    copier: TextureBlitter,
    image: Handle<Image>,
    camera: Entity,
    background: Box<dyn Background>,
    /// Size of texts relative to what the desktop asks for.
    ui_scale: f32,
    rate: f64,
    /// Maximum CPU time, as a share of one core.
    limit: Option<f64>,
    /// CPU time of a frame, seconds, smoothed.
    cost_s: f64,
    /// Frames in a row that could not be shown.
    not_shown: u32,
}

impl Picture {
    /// Builds the program for a background.
    pub(super) fn new(settings: &Settings, background: Box<dyn Background>) -> Result<Self, WindowError> {
        let display = OfBackground::new(background.handles().0);
        let mut adapters = Ladder::new(GpuWish::new(settings), display.map(|it| -> OwnedDisplay { Arc::new(it) }))?;
        let mut unusable = String::new();
        let (adapter, surface, mut config) = loop {
            let Some(adapter) = adapters.next() else { return Err(cannot_draw(&unusable)) };
            if let Some((surface, config)) = surface_of(&adapter, &*background) {
                break (adapter, surface, config);
            }
            adapters.note_failure(t!("graphics-no-surface", adapter = adapter.name.as_str()));
            unusable.clone_from(&adapter.name);
        };
        let capabilities = surface.get_capabilities(&adapter.adapter);
        if let Some(format) = capabilities.formats.iter().find(|format| format.is_srgb()) {
            config.format = *format;
        }
        // Frames come only when they are asked for; waiting would block while the picture is hidden.
        if capabilities.present_modes.contains(&PresentMode::Mailbox) {
            config.present_mode = PresentMode::Mailbox;
        }
        let quality = quality_for(settings.quality, &adapter).at_scale(settings.render_scale);
        let creation = adapter.open()?;
        let mut app = build(Mode::OffScreen, &adapter, creation, quality, settings.verbose);
        if let Some(why) = adapters.why(&adapter) {
            bevy::log::info!("{why}");
        }
        let image = new_image(&mut app, background.size_px());
        let scale_factor = background.scale() * settings.window.ui_scale;
        let target = ImageRenderTarget { handle: image.clone(), scale_factor };
        let camera = app.world_mut().spawn(camera_bundle(RenderTarget::Image(target))).id();
        while app.plugins_state() == PluginsState::Adding {
            bevy::tasks::tick_global_task_pools_on_main_thread();
        }
        app.finish();
        app.cleanup();
        show_connections(&mut app, settings)?;
        let rate = if adapter.kind == AdapterKind::Software { SOFTWARE_RATE } else { RATE };
        let limit = settings.window.cpu_limit.map(|percent| f64::from(percent) / 100.0);
        let device = app.world().resource::<RenderDevice>().wgpu_device();
        let copier = TextureBlitter::new(device, config.format);
        surface.configure(device, &config);
        let ui_scale = settings.window.ui_scale;
        Ok(Self {
            app,
            surface,
            config,
            copier,
            image,
            camera,
            background,
            ui_scale,
            rate,
            limit,
            cost_s: 0.0,
            not_shown: 0,
        })
    }

    /// Draws until the display or the monitor goes.
    pub(super) fn run(mut self) -> Result<(), String> {
        let mut last = Instant::now();
        let mut is_shown = false;
        loop {
            let pace = self.limit.map_or(0.0, |limit| self.cost_s / limit).max(1.0 / self.rate);
            let pace = Duration::from_secs_f64(pace);
            let rest = if is_shown { pace } else { HIDDEN }.saturating_sub(last.elapsed());
            match self.background.wait(rest) {
                Ok(()) => {}
                Err(None) => return Ok(()),
                Err(Some(why)) => return Err(why),
            }
            is_shown = self.background.is_wanted();
            if last.elapsed() < if is_shown { pace } else { HIDDEN } {
                continue;
            }
            last = Instant::now();
            let before = process_cpu_time();
            if is_shown {
                self.frame();
            } else {
                self.set_active(false);
                self.app.update();
            }
            if let (Some(before), Some(after), true) = (before, process_cpu_time(), is_shown) {
                self.cost_s += (after.saturating_sub(before).as_secs_f64() - self.cost_s) * 0.1;
            }
        }
    }

    fn set_active(&mut self, is_active: bool) {
        let world = self.app.world_mut();
        for mut camera in world.query::<&mut Camera>().iter_mut(world) {
            if camera.is_active != is_active {
                camera.is_active = is_active;
            }
        }
    }

    /// Follows the size of the background.
    fn configure(&mut self) {
        let size = self.background.size_px();
        if size != UVec2::new(self.config.width, self.config.height) {
            (self.config.width, self.config.height) = (size.x, size.y);
            self.image = new_image(&mut self.app, size);
            let scale_factor = self.background.scale() * self.ui_scale;
            let target = ImageRenderTarget { handle: self.image.clone(), scale_factor };
            self.app.world_mut().entity_mut(self.camera).insert(RenderTarget::Image(target));
        }
        let device = self.app.world().resource::<RenderDevice>();
        self.surface.configure(device.wgpu_device(), &self.config);
    }

    /// What is shown next; `None` if nothing can be shown now.
    fn texture(&mut self) -> Option<SurfaceTexture> {
        match self.surface.get_current_texture() {
            CurrentSurfaceTexture::Success(texture) => Some(texture),
            CurrentSurfaceTexture::Suboptimal(_) | CurrentSurfaceTexture::Outdated | CurrentSurfaceTexture::Lost => {
                self.configure();
                match self.surface.get_current_texture() {
                    CurrentSurfaceTexture::Success(texture) | CurrentSurfaceTexture::Suboptimal(texture) => {
                        Some(texture)
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn frame(&mut self) {
        if self.background.size_px() != UVec2::new(self.config.width, self.config.height) {
            self.configure();
        }
        self.set_active(true);
        self.app.update();
        let Some(texture) = self.texture() else {
            self.not_shown += 1;
            if self.not_shown.is_multiple_of(PATIENCE_FRAMES) {
                // The display may have lost a frame, and waits for it.
                self.configure();
            }
            return;
        };
        self.not_shown = 0;
        let world = self.app.world();
        let (device, queue) = (world.resource::<RenderDevice>().wgpu_device(), world.resource::<RenderQueue>());
        let images =
            self.app.get_sub_app(RenderApp).and_then(|app| app.world().get_resource::<RenderAssets<GpuImage>>());
        let Some(image) = images.and_then(|images| images.get(&self.image)) else { return };
        let mut commands = device.create_command_encoder(&CommandEncoderDescriptor::default());
        let target = texture.texture.create_view(&TextureViewDescriptor::default());
        self.copier.copy(device, &mut commands, &image.texture_view, &target);
        queue.submit([commands.finish()]);
        self.background.will_show();
        texture.present();
    }
}

/// A surface on the background, and its settings; `None` if the adapter cannot draw there.
fn surface_of(adapter: &Adapter, background: &dyn Background) -> Option<(Surface<'static>, SurfaceConfiguration)> {
    let (display, window) = background.handles();
    let target = SurfaceTargetUnsafe::RawHandle { raw_display_handle: Some(display), raw_window_handle: window };
    #[expect(unsafe_code, reason = "the background exists longer than the surface, see the order of the fields")]
    // SAFETY: `Picture` drops the background after the surface.
    let surface = unsafe { adapter.instance.create_surface_unsafe(target) }.ok()?;
    let config = surface.get_default_config(&adapter.adapter, background.size_px().x, background.size_px().y)?;
    Some((surface, config))
}

fn new_image(app: &mut App, size: UVec2) -> Handle<Image> {
    let image = Image::new_target_texture(size.x, size.y, TextureFormat::Rgba8UnormSrgb, None);
    app.world_mut().resource_mut::<Assets<Image>>().add(image)
}

/// Adds a source, a home, a clock, captions and the tour.
fn show_connections(app: &mut App, settings: &Settings) -> Result<(), WindowError> {
    let geo = GeoService::open(settings.geo_options())?;
    let home_in_force = HomeInForce::from(settings.home().map(Home::named_by_place));
    let shown_home = if settings.stage { home_in_force.masked() } else { home_in_force.clone() };
    let config = SamplerConfig {
        interval: settings.interval,
        adaptive: settings.is_interval_adaptive,
        is_frugal: false,
        home: home_in_force.home.as_ref().map(|home| home.position),
    };
    let source = settings.source.clone().unwrap_or_default();
    let sampler = SamplerHandle::spawn(source, !settings.is_source_explicit, config, Box::new(|| {}));
    let (position, distance) = match &shown_home.home {
        Some(home) => GlobeCamera::above(home.position),
        None => GlobeCamera::over_the_dusk(subsolar_point(sampler.clock().now().0)),
    };
    let mut camera = GlobeCamera::moving(OrbitCamera::new(position, distance));
    camera.orbit.spins = settings.window.reduced_motion != Some(true);
    let mut overlay = Overlay::new(0.0, settings);
    (overlay.shows_labels, overlay.keeps_labels) = (true, true);
    app.insert_resource(Inbox::from_channel(sampler.receiver().clone()))
        .insert_resource(Places::new(geo))
        .insert_resource(home_in_force)
        .insert_resource(camera)
        .insert_resource(overlay)
        .insert_resource(DataTime(sampler.clock().clone()))
        .insert_resource(Sampler(sampler))
        .add_systems(Update, (time::tick, home::tell_sampler).chain().in_set(FrameSystems::Read));
    apply_picture_settings(app.world_mut(), settings);
    if settings.stage {
        stage::enter(app.world_mut());
    }
    let mut ambient = app.world_mut().resource_mut::<Ambient>();
    ambient.shows_clock = settings.window.clock;
    ambient.switch(true, 0);
    Ok(())
}
