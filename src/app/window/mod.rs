//! The globe in a window.

pub(in crate::app) mod desktop_settings;
pub(in crate::app) mod display;
pub(in crate::app) mod end;
pub(in crate::app) mod environment;
pub(in crate::app) mod monitors;
pub(in crate::app) mod size;
mod termination;
pub(in crate::app) mod ui_scale;
pub(in crate::app) mod visibility;

use crate::app::{
    Actions, Ambient, GlobeCamera, GpuWish, HomeWriter, Mode, NoAdapter, Overlay,
    actions::Sampler,
    apply_picture_settings,
    awake::{self, Awake},
    begin, camera_bundle,
    data::{
        comparison::{self, Comparing},
        dropped,
        export::{self, Exporter},
        history::{self, Recording},
        home, lesson,
        source::WindowSource,
        stage,
        time::{self, DataTime},
        time_bar::{self, TimeBar},
        time_window::{self, ChosenTime},
    },
    draw_with,
    graphics::{Graphics, Ladder, OwnedDisplay, Target, check_surface, leave, say_why},
    input::{self, pointed_country},
    overlay::accessibility,
    pace::{
        auto_quality,
        battery::Battery,
        cpu_limit::{self, CpuLimit},
        power::{self, Power},
    },
    pictures::picture_writer::{self, PictureWriter},
};
use crate::{
    config::Settings,
    connections::{FrameSystems, Inbox, KeepClosed, Places},
    geo::{GeoError, GeoService, Home},
    geodesy::subsolar_point,
    globe::orbit::OrbitCamera,
    lessons::lesson_named,
    sampler::SamplerConfig,
    ui::actions::{Action, Switch},
    view::HomeInForce,
};
use bevy::{
    camera::RenderTarget,
    prelude::*,
    window::{PresentMode, WindowRef, WindowResolution},
    winit::{DisplayHandleWrapper, EventLoopProxyWrapper, WinitUserEvent},
};
use desktop_settings::DesktopSettings;
use display::Display;
#[cfg(target_os = "linux")]
use display::{UnusualDepth, XServer, look_for_pictures};
use end::{Ending, one_line, without_panic};
use monitors::ChosenMonitor;
use size::WorkArea;
use std::sync::{Arc, atomic::Ordering};
use termination::Termination;
use ui_scale::UiScale;

/// Why the window cannot open or closed early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WindowError {
    /// There is no display.
    #[error("{0}")]
    NoDisplay(String),
    /// No graphics adapter can be used.
    #[error(transparent)]
    NoAdapter(#[from] NoAdapter),
    /// The database named by `--geo-db` cannot be used.
    #[error(transparent)]
    Geo(#[from] GeoError),
    /// The display or the graphics system failed while the window was opening or later.
    #[error("{0}")]
    Failed(String),
}

impl WindowError {
    /// Whether the list can be shown instead.
    #[must_use]
    pub fn leaves_the_list(&self) -> bool {
        !matches!(self, Self::Geo(_))
    }

    /// Whether that needs a restart of the program, because parts of the window may remain.
    #[must_use]
    pub fn needs_a_new_start(&self) -> bool {
        matches!(self, Self::Failed(_))
    }
}

/// Opens the window and runs until it closes. The sampler is stopped afterwards.
///
/// # Errors
/// See [`WindowError`].
pub fn run(settings: &Settings) -> Result<(), WindowError> {
    let termination = Termination::listen();
    let mut app = prepare(settings)?;
    termination.follow(&mut app);
    let ending = Ending::with_a_new_start();
    app.insert_resource(ending.clone()).add_systems(Last, end_at_once);
    let at_once = {
        let ending = ending.clone();
        // Exit without cleaning up, which could fail as well.
        move |panic: &str| ending.because(failed(panic))
    };
    match without_panic(settings.verbose > 0, at_once, || app.run()) {
        Ok(AppExit::Success) => Ok(()),
        Ok(AppExit::Error(_)) => {
            let lost = "the display or the graphics system failed".to_owned();
            Err(WindowError::Failed(ending.reason().unwrap_or(lost)))
        }
        Err(panic) => Err(WindowError::Failed(ending.reason().unwrap_or_else(|| failed(&panic)))),
    }
}

/// Ends the program at the user's request, without running destructors that may crash in a driver.
fn end_at_once(
    mut exits: MessageReader<'_, '_, AppExit>,
    mut overlay: ResMut<'_, Overlay>,
    (pictures, exporter): (Option<ResMut<'_, PictureWriter>>, Option<ResMut<'_, Exporter>>),
    recording: Option<ResMut<'_, Recording>>,
) {
    if exits.read().any(AppExit::is_success) {
        // Dropping these waits for unfinished writes.
        drop(std::mem::take(&mut overlay.home.writer));
        if let Some(mut pictures) = pictures {
            pictures.finish();
        }
        if let Some(mut exporter) = exporter {
            exporter.finish();
        }
        if let Some(mut recording) = recording {
            recording.stop();
        }
        leave(false);
    }
}

/// The message of a library that failed.
fn failed(panic: &str) -> String {
    format!("a library failed: {}", one_line(panic))
}

/// The error for a display that responds but cannot be used.
fn no_display(display: &Display, panic: &str) -> WindowError {
    let libraries = display::libraries_named(panic);
    WindowError::NoDisplay(if libraries.is_empty() {
        format!("{}, and cannot be used: {}", display.describe(), failed(panic))
    } else {
        format!("a library for the window is missing: {}", libraries.join(", "))
    })
}

/// Builds the program without starting it. Must be called on the main thread.
///
/// # Errors
/// See [`WindowError`].
pub fn prepare(settings: &Settings) -> Result<App, WindowError> {
    let display = display::find().map_err(WindowError::NoDisplay)?;
    #[cfg(target_os = "linux")]
    if matches!(display, Display::X11 { .. }) {
        environment::leave_wayland();
    }
    let geo = GeoService::open(settings.geo_options())?;
    let window = Window {
        title: "netglobe".to_owned(),
        name: Some("netglobe".to_owned()),
        resolution: WindowResolution::new(size::LEAST.x as u32, size::LEAST.y as u32),
        // The window is shown once its size is known.
        visible: false,
        present_mode: PresentMode::AutoVsync,
        transparent: needs_deep_pixels(&display),
        ..Window::default()
    };
    let mode = Mode::Window(Box::new(window));
    let mut app = without_panic(settings.verbose > 0, |_| {}, || begin(mode, settings.verbose))
        .map_err(|panic| no_display(&display, &panic))?;
    let handle =
        app.world().get_resource::<DisplayHandleWrapper>().map(|handle| -> OwnedDisplay { Arc::new(handle.0.clone()) });
    let (graphics, creation) =
        Graphics::open(Ladder::new(GpuWish::new(settings), handle)?, settings, Target::Window(None))?;
    let adapter = graphics.current().clone();
    let (quality, auto) = graphics.quality();
    let mut app = without_panic(
        settings.verbose > 0,
        |_| {},
        || {
            draw_with(&mut app, &adapter, creation, quality);
            app
        },
    )
    .map_err(|panic| no_display(&display, &panic))?;
    #[cfg(target_os = "linux")]
    if matches!(display, Display::X11 { .. }) {
        display::list_when_the_server_goes();
        app.add_systems(Startup, display::pass_on_monitor_events);
    }
    #[cfg(target_os = "linux")]
    if let Display::X11 { server: XServer { depth, .. }, .. } = display
        && depth != 24
    {
        app.insert_resource(UnusualDepth(depth)).add_systems(PreUpdate, look_for_pictures.after(check_surface));
    }
    app.world_mut().spawn(camera_bundle(RenderTarget::Window(WindowRef::Primary)));

    let wake = app.world().get_resource::<EventLoopProxyWrapper>().map(|proxy| (**proxy).clone());
    let can_wait = Arc::clone(&app.world().resource::<Power>().can_wait);
    let wake = move || {
        // While the window is hidden or the next frame is soon, it need not be woken.
        if can_wait.load(Ordering::SeqCst) {
            return;
        }
        // The window may have closed.
        wake.iter().for_each(|proxy| proxy.send_event(WinitUserEvent::WakeUp).unwrap_or_default());
    };
    let mut overlay = Overlay::new(1.0, settings);
    overlay.home.writer = HomeWriter::new(settings.config_path.clone(), wake.clone());
    let pictures = PictureWriter::new(settings.directories.pictures.clone(), wake.clone());
    let home_in_force = HomeInForce::from(settings.home().map(Home::named_by_place));
    let follows_motion = settings.window.reduced_motion.is_none();
    let desktop = DesktopSettings::follow(follows_motion, settings.window.palette.is_none(), wake.clone());
    let config = SamplerConfig {
        interval: settings.interval,
        adaptive: settings.is_interval_adaptive,
        is_frugal: false,
        home: home_in_force.home.as_ref().map(|home| home.position),
    };
    let own = settings.source.clone().unwrap_or_default();
    // A lesson with data of its own begins with them. It was checked before.
    let given = settings.window.lesson.as_deref().and_then(|name| lesson_named(name).ok());
    let current = given.as_ref().and_then(lesson::demo_of).unwrap_or_else(|| own.clone());
    let history = settings.history_file.clone();
    let source = WindowSource::new(own, !settings.is_source_explicit, current.clone(), config, history, wake.clone());
    let sampler = source.start();
    let recording = Recording::start(settings, &sampler, &current, geo.clone(), wake.clone());
    let exporter_wake = wake.clone();
    let (time_bar, chosen, comparing) =
        (TimeBar::read(wake.clone()), ChosenTime::read(wake.clone()), Comparing::read(wake));
    let clock = source.clock(&sampler);
    let shown_home = if settings.stage { home_in_force.masked() } else { home_in_force.clone() };
    let (position, distance) = match &shown_home.home {
        Some(home) => GlobeCamera::above(home.position),
        None => GlobeCamera::over_the_dusk(subsolar_point(sampler.clock().now().0)),
    };
    let camera = GlobeCamera::moving(OrbitCamera::new(position, distance));
    app.insert_resource(Inbox::from_channel(sampler.receiver().clone()))
        .insert_resource(Places::new(geo))
        .insert_resource(KeepClosed {
            for_ms: u64::try_from(settings.keep_closed.as_millis()).unwrap_or(u64::MAX),
            pinned: None,
        })
        .insert_resource(home_in_force)
        .insert_resource(camera)
        .insert_resource(DataTime(clock))
        .insert_resource(recording)
        .insert_resource(time_bar)
        .insert_resource(chosen)
        .insert_resource(comparing)
        .insert_resource(Exporter::new(exporter_wake))
        .insert_resource(Sampler(sampler))
        .insert_resource(source)
        .insert_resource(Battery::watch())
        .insert_resource(Awake::new(!settings.window.may_sleep, settings.window.stays_on_battery))
        .insert_resource(desktop)
        .insert_resource(UiScale::new(settings.window.ui_scale))
        .insert_resource(CpuLimit::new(settings.window.cpu_limit))
        .insert_resource(ChosenMonitor::new(settings.window.monitor.clone(), &display))
        .insert_resource(overlay)
        .insert_resource(pictures)
        .add_systems(
            Update,
            (time::tick, visibility::follow_visibility, power::count_frames).chain().in_set(FrameSystems::Read),
        )
        .init_resource::<Ending>()
        .insert_resource(graphics)
        .insert_resource(work_area(&display))
        .add_systems(PreUpdate, (check_surface, say_why.after(check_surface), (size::fit, size::hold_limit).chain()))
        .add_systems(Update, home::tell_sampler.in_set(FrameSystems::Read))
        .add_systems(Last, power::pace)
        .add_systems(Update, ui_scale::apply_ui_scale.in_set(FrameSystems::Read))
        .add_plugins((
            accessibility::plugin,
            awake::plugin,
            cpu_limit::plugin,
            desktop_settings::plugin,
            (
                dropped::plugin,
                history::plugin,
                time_bar::plugin,
                time_window::plugin,
                comparison::plugin,
                export::plugin,
            ),
            input::plugin,
            monitors::plugin,
            picture_writer::plugin,
            pointed_country::plugin,
            auto_quality::plugin,
        ));
    app.insert_resource(auto);
    app.init_resource::<stage::OwnMask>();
    if settings.stage {
        stage::enter(app.world_mut());
    }
    apply_picture_settings(app.world_mut(), settings);
    let mut ambient = app.world_mut().resource_mut::<Ambient>();
    ambient.shows_clock = settings.window.clock;
    let mut actions = app.world_mut().resource_mut::<Actions>();
    if settings.window.reduced_motion == Some(true) {
        actions.push(Action::ReducedMotion(Switch::On));
    }
    if settings.window.ambient {
        actions.push(Action::Ambient(Switch::On));
    }
    if let Some(given) = given {
        lesson::start(app.world_mut(), given);
    }
    Ok(app)
}

/// On X11 a window with an alpha channel has 32 bits per pixel, at any depth of the screen.
fn needs_deep_pixels(display: &Display) -> bool {
    match display {
        #[cfg(target_os = "linux")]
        Display::X11 { server, .. } => server.needs_deep_pixels(),
        _ => false,
    }
}

/// The work area, as reported by the desktop.
fn work_area(display: &Display) -> WorkArea {
    match display {
        #[cfg(target_os = "linux")]
        Display::X11 { server, .. } => WorkArea(server.work_area),
        _ => WorkArea::default(),
    }
}

/// Describes the display on which a window opens.
///
/// # Errors
/// Why no window can open.
pub fn describe_display() -> Result<String, String> {
    display::find().map(|display| display.describe())
}
