//! Combines all other modules.
//!
//! [`window`] runs the globe in a window, [`offscreen`] draws pictures without a display. Both use `build`, like
//! tests and benchmarks.

mod actions;
mod ambient;
mod awake;
mod camera;
mod data;
mod graphics;
mod input;
#[cfg(test)]
mod order;
mod overlay;
mod pace;
mod pictures;
#[cfg(target_os = "linux")]
pub mod wallpaper;
pub mod window;

pub use actions::Actions;
pub use ambient::Ambient;
pub use camera::GlobeCamera;
pub use data::{home::HomeKeeper, home_writer::HomeWriter, stage, time};
pub use graphics::{Adapter, GpuWish, NoAdapter, leave, recovery::renew_surfaces};
pub use overlay::{Notice, Overlay, Repaint, free_area::Fit};
pub use pictures::offscreen;
pub use window::{
    end::{start_again, why_no_window},
    environment::quiet_graphics_libraries,
};

use crate::{
    connections::{ConnectionsPlugin, FrameSystems},
    globe::{
        GlobeGraph, GlobePlugin, Motion,
        earth::Earth,
        quality::{AdapterKind, Quality, Tier},
    },
    language::t,
    view::{Palette, ViewPlugin},
};
use bevy::{
    asset::AssetPlugin,
    camera::{Hdr, RenderTarget},
    core_pipeline::{
        CorePipelinePlugin,
        tonemapping::{DebandDither, Tonemapping},
    },
    ecs::schedule::SingleThreadedExecutor,
    log::{Level, LogPlugin},
    post_process::bloom::{Bloom, BloomCompositeMode, BloomPlugin, BloomPrefilter},
    prelude::*,
    render::{ExtractSchedule, RenderApp, RenderPlugin, camera::CameraRenderGraph, settings::RenderCreation},
    window::{ExitCondition, WindowPlugin},
    winit::DisplayHandleWrapper,
};
use bevy_egui::{EguiContext, EguiGlobalSettings, EguiPlugin, PrimaryEguiContext};
use data::lesson;
use graphics::{Ladder, recovery};
use overlay::{fonts, keys as overlay_keys};
use pace::auto_quality;

/// Colour of the sky, linear: almost black, slightly blue.
const SKY: LinearRgba = LinearRgba::new(0.0011, 0.0016, 0.0036, 1.0);

/// What to build.
#[derive(Clone, Debug)]
pub enum Mode {
    /// A window.
    Window(Box<Window>),
    /// Pictures without a display.
    OffScreen,
    /// Pictures without a display, with timestamps of the graphics adapter.
    Measured,
}

/// The log on standard error: by default only errors of this program.
#[must_use]
fn log_plugin(verbose: u8) -> LogPlugin {
    let (level, filter) = match verbose {
        0 => (Level::ERROR, "off,netglobe=error"),
        1 => (Level::INFO, "info,wgpu=warn,naga=warn"),
        _ => (Level::DEBUG, "debug,wgpu=info,naga=info"),
    };
    LogPlugin { level, filter: filter.to_owned(), ..LogPlugin::default() }
}

/// The program without connections, drawing with a device of `adapter`. The caller adds a source, a home and a clock.
pub(crate) fn build(mode: Mode, adapter: &Adapter, creation: RenderCreation, quality: Quality, verbose: u8) -> App {
    let mut app = begin(mode, verbose);
    draw_with(&mut app, adapter, creation, quality);
    app
}

/// The part that needs no device: time, input, and the window if there is one. Panics if that cannot open.
fn begin(mode: Mode, verbose: u8) -> App {
    let mut app = App::new();
    let is_window = matches!(mode, Mode::Window(_));
    let is_measured = matches!(mode, Mode::Measured);
    let window = match mode {
        Mode::Window(window) => WindowPlugin { primary_window: Some(*window), ..default() },
        Mode::OffScreen | Mode::Measured => {
            WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() }
        }
    };
    app.add_plugins((
        log_plugin(verbose),
        TaskPoolPlugin::default(),
        bevy::diagnostic::FrameCountPlugin,
        bevy::time::TimePlugin,
        bevy::diagnostic::DiagnosticsPlugin,
        bevy::input::InputPlugin,
        window,
        bevy::a11y::AccessibilityPlugin,
        AssetPlugin::default(),
    ));
    if is_window {
        app.add_plugins(bevy::winit::WinitPlugin::default());
    }
    if is_measured {
        app.init_resource::<IsMeasured>();
    }
    app
}

/// Whether the graphics adapter measures times.
#[derive(Resource, Default)]
struct IsMeasured;

/// The other part.
fn draw_with(app: &mut App, adapter: &Adapter, creation: RenderCreation, quality: Quality) {
    add_engine(app, creation);
    add_globe(app, adapter, quality);
}

/// What Bevy and egui bring.
fn add_engine(app: &mut App, creation: RenderCreation) {
    app.add_plugins((
        RenderPlugin {
            render_creation: creation,
            // Delay the first frame rather than show it without the earth.
            synchronous_pipeline_compilation: true,
            ..default()
        },
        ImagePlugin::default(),
        bevy::mesh::MeshPlugin,
        CorePipelinePlugin,
        BloomPlugin,
        EguiPlugin::default(),
    ));
    if app.world().contains_resource::<DisplayHandleWrapper>() {
        // Not earlier: if there is no window, the list handles Ctrl-C.
        app.add_plugins(bevy::app::TerminalCtrlCHandlerPlugin);
    }
    if app.world().contains_resource::<IsMeasured>() {
        app.add_plugins(bevy::render::diagnostic::RenderDiagnosticsPlugin);
    }
}

/// What this program brings.
fn add_globe(app: &mut App, adapter: &Adapter, quality: Quality) {
    app.insert_resource(ClearColor(SKY.into()))
        .insert_resource(EguiGlobalSettings {
            auto_create_primary_context: false,
            input_system_settings: overlay_keys::instead_of_own(),
            ..default()
        })
        .insert_resource(Earth::load(&quality))
        .insert_resource(quality)
        .insert_resource(CanBloom(adapter.has_bloom()))
        .add_plugins((
            ConnectionsPlugin,
            ViewPlugin,
            GlobePlugin,
            camera::plugin,
            fonts::plugin,
            (overlay::plugin, overlay_keys::plugin, ambient::plugin, lesson::plugin),
            recovery::plugin,
        ))
        .add_systems(Update, follow_quality.in_set(FrameSystems::Draw))
        .add_plugins(OneThread);
}

/// Runs every schedule of both worlds on the thread that calls it: the systems of a frame take microseconds each, and using
/// other threads would cost more than it saves. It runs after all plugins, because they add schedules.
struct OneThread;

impl Plugin for OneThread {
    fn build(&self, _: &mut App) {}

    fn cleanup(&self, app: &mut App) {
        run_on_one_thread(app.world_mut());
        if let Some(render_app) = app.get_sub_app_mut(RenderApp) {
            run_on_one_thread(render_app.world_mut());
        }
    }
}

fn run_on_one_thread(world: &mut World) {
    let mut schedules = world.resource_mut::<Schedules>();
    for (_, schedule) in schedules.iter_mut() {
        schedule.set_executor(SingleThreadedExecutor::new());
    }
    // What it extracts is applied in a later step of the renderer.
    if let Some(extract) = schedules.get_mut(ExtractSchedule) {
        extract.set_apply_final_deferred(false);
    }
}

/// The camera that draws the globe and the overlay.
fn camera_bundle(target: RenderTarget) -> impl Bundle {
    (
        Camera::default(),
        target,
        CameraRenderGraph::new(GlobeGraph),
        Projection::default(),
        Msaa::Off,
        Tonemapping::None,
        DebandDither::Disabled,
        EguiContext::default(),
        PrimaryEguiContext,
    )
}

/// Whether the adapter supports bloom.
#[derive(Resource)]
struct CanBloom(bool);

/// Only colours brighter than the screen can show get bloom, so that the sky stays dark.
fn glow() -> Bloom {
    Bloom {
        intensity: 0.16,
        prefilter: BloomPrefilter { threshold: 0.9, threshold_softness: 0.6 },
        composite_mode: BloomCompositeMode::Additive,
        ..Bloom::NATURAL
    }
}

/// Switches HDR and bloom with the quality.
fn follow_quality(
    quality: Res<'_, Quality>,
    can_bloom: Res<'_, CanBloom>,
    cameras: Query<'_, '_, (Entity, Has<Hdr>, Has<Bloom>), With<Camera>>,
    mut commands: Commands<'_, '_>,
) {
    let wants_hdr = quality.tier.is_hdr();
    let wants_bloom = wants_hdr && quality.has_bloom && can_bloom.0;
    for (camera, is_hdr, has_bloom) in &cameras {
        let mut camera = commands.entity(camera);
        match (wants_hdr, is_hdr) {
            (true, false) => drop(camera.insert(Hdr)),
            (false, true) => drop(camera.remove::<Hdr>()),
            _ => {}
        }
        match (wants_bloom, has_bloom) {
            (true, false) => drop(camera.insert(glow())),
            (false, true) => drop(camera.remove::<Bloom>()),
            _ => {}
        }
    }
}

/// Describes the graphics adapter in use, its quality, and the other adapters.
///
/// # Errors
/// Why no adapter can be used.
pub fn describe_graphics(settings: &crate::config::Settings) -> Result<String, NoAdapter> {
    let mut ladder = Ladder::new(GpuWish::new(settings), None)?;
    let adapter = ladder.next_that(|_| Ok(()))?;
    let (tier, why) = Tier::for_adapter(adapter.kind);
    let mut said = format!("{}; quality auto is {} ({why})", adapter.name, tier.name());
    if let Some(why) = ladder.why(&adapter) {
        said = format!("{said}; {why}");
    }
    let names: Vec<&str> = ladder.rest().map(|other| other.name.as_str()).collect();
    if !names.is_empty() {
        said = format!("{said}; not used: {}", names.join(", "));
    }
    Ok(said)
}

/// Applies the settings of the picture that need no window: palette and reduced motion.
pub fn apply_picture_settings(world: &mut World, settings: &crate::config::Settings) {
    use crate::cli::PaletteChoice::{Deuteranopia, HighContrast, Protanopia, Standard, Tritanopia};
    let palette = match settings.window.palette.unwrap_or_default() {
        Standard => Palette::STANDARD,
        Deuteranopia => Palette::DEUTERANOPIA,
        Protanopia => Palette::PROTANOPIA,
        Tritanopia => Palette::TRITANOPIA,
        HighContrast => Palette::HIGH_CONTRAST,
    };
    world.insert_resource(palette);
    world.insert_resource(Motion { is_reduced: settings.window.reduced_motion == Some(true) });
}

/// The chosen tier, or the one for the adapter, with the reason.
#[must_use]
pub fn quality_for(choice: crate::cli::QualityChoice, adapter: &Adapter) -> Quality {
    use crate::cli::QualityChoice::{Auto, High, Low, Medium};
    let is_software = adapter.kind == AdapterKind::Software;
    let quality = |tier, reason: String| Quality { tier, reason, is_software, ..Quality::default() };
    let chosen = |tier| quality(tier, t!("quality-chosen").to_owned());
    match choice {
        Low => chosen(Tier::Low),
        Medium => chosen(Tier::Medium),
        High => chosen(Tier::High),
        Auto => {
            let (tier, _) = Tier::for_adapter(adapter.kind);
            quality(tier, t!("quality-auto", why = auto_quality::adapter_words(adapter.kind)))
        }
    }
}
