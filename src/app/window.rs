//! The live globe in a window.

use super::{
    Adapter, GlobeCamera, HomeWriter, Mode, NoAdapter, Overlay,
    actions::Sampler,
    auto_quality::{self, AutoQuality},
    battery::Battery,
    build, camera_bundle, display, input, pointed_country,
    power::{self, Power},
    quality_for,
    time::{self, DataTime},
    visibility,
};
use crate::{
    config::Settings,
    connections::{FrameSystems, Inbox, Places},
    geo::{GeoError, GeoService},
    geodesy::subsolar_point,
    globe::orbit::OrbitCamera,
    sampler::{SamplerConfig, SamplerHandle},
    view::HomeInForce,
};
use bevy::{
    camera::RenderTarget,
    prelude::*,
    window::{PresentMode, WindowRef, WindowResizeConstraints, WindowResolution},
    winit::{EventLoopProxyWrapper, WinitUserEvent},
};
use std::{
    panic,
    sync::{Arc, atomic::Ordering},
};

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WindowError {
    /// There is no display.
    #[error("{0}")]
    NoDisplay(String),
    /// Nothing can draw.
    #[error(transparent)]
    NoAdapter(#[from] NoAdapter),
    /// The database named by `--geo-db` cannot be used.
    #[error(transparent)]
    Geo(#[from] GeoError),
    /// The program ended because of an error that was logged.
    #[error("the window closed because the graphics system failed; try --quality low, or see netglobe doctor")]
    Failed,
}

impl WindowError {
    /// Whether the connections can be shown in another way.
    #[must_use]
    pub fn leaves_the_list(&self) -> bool {
        matches!(self, Self::NoDisplay(_) | Self::NoAdapter(_))
    }
}

/// The window library panics where a display that is named does not answer in the end; that is an error like others.
fn without_panic(build: impl FnOnce() -> App) -> Result<App, WindowError> {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let built = panic::catch_unwind(panic::AssertUnwindSafe(build));
    panic::set_hook(usual);
    built.map_err(|_| WindowError::NoDisplay(display::no_answer()))
}

/// Opens the window and runs until it closes. The sampler is stopped afterwards.
///
/// # Errors
/// See [`WindowError`].
pub fn run(settings: &Settings) -> Result<(), WindowError> {
    match prepare(settings)?.run() {
        AppExit::Success => Ok(()),
        AppExit::Error(_) => Err(WindowError::Failed),
    }
}

/// The program that opens the window, not started. To be called on the main thread.
///
/// # Errors
/// See [`WindowError`].
pub fn prepare(settings: &Settings) -> Result<App, WindowError> {
    if let Some(why) = display::why_no_window() {
        return Err(WindowError::NoDisplay(why));
    }
    let adapter = Adapter::find()?;
    let geo = GeoService::open(settings.geo_options())?;
    let window = Window {
        title: "netglobe".to_owned(),
        name: Some("netglobe".to_owned()),
        resolution: WindowResolution::new(1280, 800),
        // In less than this the panels would lie on each other.
        resize_constraints: WindowResizeConstraints { min_width: 480.0, min_height: 360.0, ..default() },
        present_mode: PresentMode::AutoVsync,
        ..Window::default()
    };
    let quality = quality_for(settings.quality, &adapter).at_scale(settings.render_scale);
    let auto = AutoQuality::new(&adapter, settings);
    let mut app = without_panic(|| build(Mode::Window(Box::new(window)), &adapter, quality, settings.verbose))?;
    app.world_mut().spawn(camera_bundle(RenderTarget::Window(WindowRef::Primary)));

    let wake = app.world().get_resource::<EventLoopProxyWrapper>().map(|proxy| (**proxy).clone());
    let can_wait = Arc::clone(&app.world().resource::<Power>().can_wait);
    let wake = move || {
        // What nobody can see can wait for a second, and what the next frame shows for that.
        if can_wait.load(Ordering::SeqCst) {
            return;
        }
        // The window may have closed.
        wake.iter().for_each(|proxy| proxy.send_event(WinitUserEvent::WakeUp).unwrap_or_default());
    };
    let mut overlay = Overlay::new(1.0, settings);
    overlay.home_writer = HomeWriter::new(settings.config_path.clone(), wake.clone());
    let config = SamplerConfig { interval: settings.interval, adaptive: settings.is_interval_adaptive };
    let fallback = !settings.is_source_explicit;
    let source = settings.source.clone().unwrap_or_default();
    let sampler = SamplerHandle::spawn(source, fallback, config, Box::new(wake));
    let home = HomeInForce::from(settings.home());
    let (position, distance) = match &home.home {
        Some(home) => GlobeCamera::above(home.position),
        None => GlobeCamera::over_the_dusk(subsolar_point(sampler.clock().now().0)),
    };
    let camera = GlobeCamera::moving(OrbitCamera::new(position, distance));
    app.insert_resource(Inbox::from_channel(sampler.receiver().clone()))
        .insert_resource(Places::new(geo))
        .insert_resource(home)
        .insert_resource(camera)
        .insert_resource(DataTime(sampler.clock().clone()))
        .insert_resource(Sampler(sampler))
        .insert_resource(Battery::watch())
        .insert_resource(overlay)
        .add_systems(
            Update,
            (time::tick, visibility::follow_visibility, power::count_frames).chain().in_set(FrameSystems::Read),
        )
        .add_systems(Last, power::pace)
        .add_plugins((input::plugin, pointed_country::plugin, auto_quality::plugin));
    app.insert_resource(auto);
    Ok(app)
}
