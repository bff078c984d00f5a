//! Draws the globe with its captions and the tour on a background, at the rate that its motion needs and the limit allows.
//!
//! The renderer of the panels draws in one pixel format only, which few displays take. So the picture is drawn into an image, and
//! copied to the background. After the recovery of a lost device, or with another adapter, that begins anew.

use super::Background;
use crate::{
    app::{
        Ambient, GlobeCamera, GpuWish, Mode, Overlay,
        actions::Sampler,
        apply_picture_settings, build, camera_bundle,
        data::home,
        graphics::{
            Graphics, Ladder, OwnSurface, OwnedDisplay, Target,
            recovery::{Misses, device_since, give_up_surface, is_being_replaced},
            say_why,
        },
        stage,
        time::{self, DataTime},
        window::{WindowError, end::Ending},
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
    ecs::change_detection::Tick,
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
    CommandEncoderDescriptor, CurrentSurfaceTexture, Device, PresentMode, Surface, SurfaceConfiguration,
    SurfaceTexture, TextureViewDescriptor, util::TextureBlitter,
};

/// Frames per second: the picture moves slowly.
const RATE: f64 = 20.0;
/// The same where the CPU draws.
const SOFTWARE_RATE: f64 = 8.0;
/// Time between two updates while nothing is visible.
const HIDDEN: Duration = Duration::from_secs(4);

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

/// What is copied to, with a device.
struct Screen {
    surface: Surface<'static>,
    config: SurfaceConfiguration,
    copier: TextureBlitter,
    device: Device,
    device_since: Option<Tick>,
}

impl Screen {
    /// The background, for what draws now.
    ///
    /// # Errors
    /// If it cannot draw there.
    fn open(world: &World, background: &dyn Background) -> Result<Self, String> {
        let adapter = world.resource::<Graphics>().current();
        let cannot = || t!("graphics-no-surface", adapter = adapter.name.as_str());
        let surface = world.non_send::<OwnSurface>().of(adapter).ok_or_else(cannot)?;
        let size = background.size_px();
        let mut config = surface.get_default_config(&adapter.adapter, size.x, size.y).ok_or_else(cannot)?;
        let capabilities = surface.get_capabilities(&adapter.adapter);
        if let Some(format) = capabilities.formats.iter().find(|format| format.is_srgb()) {
            config.format = *format;
        }
        // Frames come only when they are asked for; waiting would block while the picture is hidden.
        if capabilities.present_modes.contains(&PresentMode::Mailbox) {
            config.present_mode = PresentMode::Mailbox;
        }
        let device = world.resource::<RenderDevice>().wgpu_device().clone();
        let copier = TextureBlitter::new(&device, config.format);
        surface.configure(&device, &config);
        Ok(Self { surface, config, copier, device, device_since: device_since(world) })
    }

    fn size_px(&self) -> UVec2 {
        UVec2::new(self.config.width, self.config.height)
    }
}

/// The globe on a background.
pub(super) struct Picture {
    pub(super) app: App,
    /// Before the background, which it uses. `None` until there is one for a new device.
    screen: Option<Screen>,
    image: Handle<Image>,
    camera: Entity,
    background: Box<dyn Background>,
    /// Size of texts relative to what the desktop asks for.
    ui_scale: f32,
    /// Maximum CPU time, as a share of one core.
    limit: Option<f64>,
    /// CPU time of a frame, seconds, smoothed.
    cost_s: f64,
    /// Frames in a row that could not be shown.
    misses: Misses,
}

impl Picture {
    /// Builds the program for a background.
    pub(super) fn new(settings: &Settings, background: Box<dyn Background>) -> Result<Self, WindowError> {
        let display = OfBackground::new(background.handles().0);
        let adapters = Ladder::new(GpuWish::new(settings), display.map(|it| -> OwnedDisplay { Arc::new(it) }))?;
        #[expect(unsafe_code, reason = "the background exists longer than what draws on it, see the fields of Picture")]
        // SAFETY: `Picture` drops the background after the app and the screen.
        let target = unsafe { OwnSurface::new(background.handles()) };
        let (graphics, creation) = Graphics::open(adapters, settings, Target::Own(target))?;
        let (quality, _) = graphics.quality();
        let mut app = build(Mode::OffScreen, graphics.current(), creation, quality, settings.verbose);
        if let Some(why) = graphics.why() {
            bevy::log::info!("{}", why.what);
        }
        app.init_resource::<Ending>().insert_resource(graphics).add_systems(PreUpdate, say_why);
        app.world_mut().insert_non_send(target);
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
        let limit = settings.window.cpu_limit.map(|percent| f64::from(percent) / 100.0);
        let screen = Screen::open(app.world(), &*background).map_err(WindowError::Failed)?;
        Ok(Self {
            app,
            screen: Some(screen),
            image,
            camera,
            background,
            ui_scale: settings.window.ui_scale,
            limit,
            cost_s: 0.0,
            misses: Misses::default(),
        })
    }

    /// Frames per second, without a limit.
    fn rate(&self) -> f64 {
        let kind = self.app.world().resource::<Graphics>().current().kind;
        if kind == AdapterKind::Software { SOFTWARE_RATE } else { RATE }
    }

    /// Draws until the display or the monitor goes.
    ///
    /// # Errors
    /// If the display has gone, or nothing is left that can draw.
    pub(super) fn run(mut self) -> Result<(), String> {
        let mut last = Instant::now();
        let mut is_shown = self.background.is_wanted();
        loop {
            let pace = self.limit.map_or(0.0, |limit| self.cost_s / limit).max(1.0 / self.rate());
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
            self.set_active(is_shown);
            self.app.update();
            if self.app.should_exit().is_some() {
                let reason = self.app.world().resource::<Ending>().reason();
                return Err(reason.unwrap_or_else(|| "the graphics system has ended".to_owned()));
            }
            if is_shown {
                self.show()?;
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

    /// Sets the screen up again, for the size of the background and the device that draws now.
    fn set_up(&mut self) -> Result<(), String> {
        let size = self.background.size_px();
        match &mut self.screen {
            Some(screen) if screen.device_since == device_since(self.app.world()) => {
                let is_other_size = screen.size_px() != size;
                (screen.config.width, screen.config.height) = (size.x, size.y);
                screen.surface.configure(&screen.device, &screen.config);
                if !is_other_size {
                    return Ok(());
                }
            }
            _ => {
                // Two surfaces cannot have the same background.
                self.screen = None;
                self.screen = Some(Screen::open(self.app.world(), &*self.background)?);
            }
        }
        self.image = new_image(&mut self.app, size);
        let scale_factor = self.background.scale() * self.ui_scale;
        let target = ImageRenderTarget { handle: self.image.clone(), scale_factor };
        self.app.world_mut().entity_mut(self.camera).insert(RenderTarget::Image(target));
        Ok(())
    }

    /// What is shown next; `None` if nothing can be shown now.
    fn texture(&mut self) -> Result<Option<SurfaceTexture>, String> {
        let Some(screen) = &self.screen else { return Ok(None) };
        match screen.surface.get_current_texture() {
            CurrentSurfaceTexture::Success(texture) => return Ok(Some(texture)),
            CurrentSurfaceTexture::Suboptimal(_) | CurrentSurfaceTexture::Outdated | CurrentSurfaceTexture::Lost => {}
            _ => return Ok(None),
        }
        self.set_up()?;
        Ok(match self.screen.as_ref().map(|screen| screen.surface.get_current_texture()) {
            Some(CurrentSurfaceTexture::Success(texture) | CurrentSurfaceTexture::Suboptimal(texture)) => Some(texture),
            _ => None,
        })
    }

    /// Shows the picture that was drawn.
    fn show(&mut self) -> Result<(), String> {
        let world = self.app.world();
        if is_being_replaced(world) {
            return Ok(());
        }
        let is_set_up = |screen: &Screen| {
            screen.device_since == device_since(world) && screen.size_px() == self.background.size_px()
        };
        if !self.screen.as_ref().is_some_and(is_set_up) {
            // There is nothing in the new image yet.
            return self.set_up();
        }
        let Some(texture) = self.texture()? else {
            if self.misses.is_one_too_many(Instant::now()) {
                if self.misses.is_in_vain() {
                    self.misses = Misses::default();
                    if let Some(render) = self.app.get_sub_app_mut(RenderApp) {
                        give_up_surface(render.world_mut());
                    }
                } else {
                    // The display may have lost a frame, and waits for it.
                    self.misses.renew();
                    return self.set_up();
                }
            }
            return Ok(());
        };
        self.misses = Misses::default();
        let images =
            self.app.get_sub_app(RenderApp).and_then(|app| app.world().get_resource::<RenderAssets<GpuImage>>());
        let image = images.and_then(|images| images.get(&self.image));
        let (Some(image), Some(screen)) = (image, &self.screen) else { return Ok(()) };
        let mut commands = screen.device.create_command_encoder(&CommandEncoderDescriptor::default());
        let target = texture.texture.create_view(&TextureViewDescriptor::default());
        screen.copier.copy(&screen.device, &mut commands, &image.texture_view, &target);
        self.app.world().resource::<RenderQueue>().submit([commands.finish()]);
        self.background.will_show();
        texture.present();
        Ok(())
    }
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
