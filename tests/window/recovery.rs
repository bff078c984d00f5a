//! Tests that the real window recovers when it loses its graphics device, and its surface; that OpenGL draws when Vulkan
//! rejects a command, loses the device twice or gives no pictures; and that the window closes with the reason when OpenGL
//! rejects a command, too. The same of the background of the desktop.
//!
//! Without the standard harness, because a window needs the main thread. The test restarts itself on its own desktop;
//! the second process opens the window and breaks it in one of the ways of [`Scene`].
#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail")]
#![allow(dead_code, reason = "the desktop can do more than is needed here")]

#[path = "../support/window/desktop.rs"]
mod desktop;
#[path = "../support/rasterizer.rs"]
mod rasterizer;
#[path = "../support/not_run.rs"]
mod said;

use bevy::{
    prelude::*,
    render::{
        ExtractSchedule, MainWorld, Render, RenderApp,
        render_resource::PollType,
        renderer::RenderDevice,
        view::{WindowSurfaces, create_surfaces, prepare_windows},
    },
};
use clap::Parser;
use desktop::{Desktop, PATIENCE};
use image::RgbImage;
use netglobe::{
    app::{Overlay, renew_surfaces, window},
    cli::Cli,
    config::Settings,
    connections::ConnectionIndex,
    files::Directories,
    globe::GlobeStats,
    ui::HelpTab,
};
use said::not_run;
use std::{
    env, fs,
    path::PathBuf,
    process::{Child, ExitCode},
    thread,
    time::{Duration, Instant},
};
use wgpu::{ShaderModuleDescriptor, ShaderSource};

/// What happens to a window: the name of the test, the failures, and what shows the recovery.
#[derive(Clone, Copy)]
struct Scene {
    name: &'static str,
    steps: &'static [Step],
}

const RECOVERS: Scene =
    Scene { name: "a_window_draws_again_after_its_device_or_its_surface_is_lost", steps: &RECOVERY_STEPS };
const LOST_TWICE: Scene =
    Scene { name: "a_device_that_is_lost_twice_is_not_opened_a_third_time", steps: &LOST_TWICE_STEPS };
const NO_PICTURES: Scene =
    Scene { name: "where_a_surface_gives_no_pictures_another_adapter_draws", steps: &NO_PICTURES_STEPS };
const BACKGROUND: Scene =
    Scene { name: "the_background_draws_again_and_steps_down_as_a_window_does", steps: &BACKGROUND_STEPS };
const SCENES: [Scene; 4] = [RECOVERS, LOST_TWICE, NO_PICTURES, BACKGROUND];

/// The name of the scene for the second process.
const INSIDE: &str = "NETGLOBE_TEST_WINDOW";
/// The file with which a test asks for the last step, in the home of the desktop; the variable with its path.
const ASKED: &str = "NETGLOBE_TEST_ASKED";
/// Number of frames between two steps.
const PICTURES: u64 = 12;

fn main() -> ExitCode {
    // Handles arguments for listing tests.
    let asked: Vec<String> = env::args().skip(1).collect();
    if asked.iter().any(|word| word == "--list") {
        SCENES.iter().for_each(|scene| println!("{}: test", scene.name));
        return ExitCode::SUCCESS;
    }
    if let Ok(name) = env::var(INSIDE) {
        return inside(SCENES.into_iter().find(|scene| scene.name == name).expect("a scene"));
    }
    let names: Vec<&String> = asked.iter().filter(|word| !word.starts_with('-')).collect();
    let is_asked = |scene: &Scene| names.is_empty() || names.iter().any(|name| scene.name.contains(name.as_str()));
    for scene in SCENES.into_iter().filter(is_asked) {
        let name = format!("window_recovery::{}", scene.name);
        match (desktop::why_none(), rasterizer::lavapipe()) {
            (None, Ok(lavapipe)) if scene.name == RECOVERS.name => recovers(lavapipe),
            (None, Ok(lavapipe)) if scene.name == BACKGROUND.name => background_recovers(lavapipe),
            (None, Ok(lavapipe)) => steps_down(scene, lavapipe),
            (Some(why), _) => {
                not_run(&name, &why);
                continue;
            }
            (None, Err(why)) => {
                not_run(&name, why);
                continue;
            }
        }
        println!("test {name} ... ok");
    }
    ExitCode::SUCCESS
}

/// Opens the window of a scene, and returns it with the file of its log.
fn open(scene: Scene, desktop: &Desktop, lavapipe: &rasterizer::Lavapipe) -> (Running, PathBuf) {
    let (said, file) = desktop.log_file();
    let program = desktop
        .command(env::current_exe().expect("a path"))
        .env(INSIDE, scene.name)
        .env(ASKED, desktop.home().join(ASKED))
        .envs(lavapipe.environment())
        .env_remove("WGPU_BACKEND")
        .stderr(file)
        .spawn()
        .expect("it starts again");
    (Running(program), said)
}

/// Waits until the window has said something.
fn wait_for_words(program: &mut Running, said: impl Fn() -> String, words: &str) {
    let start = Instant::now();
    while !said().contains(words) {
        assert!(start.elapsed() < PATIENCE, "it does not say {words:?}: {}", said());
        assert!(matches!(program.0.try_wait(), Ok(None)), "it ended before {words:?}: {}", said());
        thread::sleep(Duration::from_millis(100));
    }
}

/// Vulkan fails in a way that opening it again does not mend: OpenGL draws, and the window says why.
fn steps_down(scene: Scene, lavapipe: &rasterizer::Lavapipe) {
    let desktop = Desktop::start();
    let (mut program, said) = open(scene, &desktop, lavapipe);
    let said = || fs::read_to_string(&said).unwrap_or_default();
    wait_for_words(&mut program, said, "drew on: opened");
    let before = desktop.wait_for(&format!("globe and panels: {}", scene.name), |picture| {
        letters(picture) > 600 && coloured(picture) > 60_000
    });
    wait_for_words(&mut program, said, "drew on: another adapter");
    desktop.wait_for(&format!("another adapter draws: {}", scene.name), |picture| {
        letters(picture) > letters(&before) + 250 && coloured(picture) > 60_000 && changed(&before, picture) > 5_000
    });
    let said = said();
    let line = said.lines().find(|line| line.contains("drew on: another adapter")).expect("found before");
    assert!(line.contains("OpenGL draws:") && line.contains("Vulkan"), "the reason is given: {said}");
    let reason = if scene.name == LOST_TWICE.name { "lost" } else { "no pictures" };
    assert!(line.contains(reason), "{reason:?} is given: {said}");
    let losses = said.matches("the test loses the device").count();
    assert!(scene.name != LOST_TWICE.name || losses >= 2, "after the first loss it is opened again: {said}");
    assert!(!said.contains("panicked"), "{said}");
}

/// Checks the screen after each failure: the legend appears and disappears, and the earth turns.
fn recovers(lavapipe: &rasterizer::Lavapipe) {
    let desktop = Desktop::start();
    let (mut program, said) = open(RECOVERS, &desktop, lavapipe);
    let said = || fs::read_to_string(&said).unwrap_or_default();
    let mut before = RgbImage::new(Desktop::SIZE.0, Desktop::SIZE.1);
    let steps = [
        ("opened", 600),
        ("device lost", 250),
        ("surface lost", -250),
        ("command rejected", 250),
        ("device lost with OpenGL", -250),
    ];
    for (step, letters_more) in steps {
        wait_for_words(&mut program, said, &format!("drew on: {step}"));
        before = desktop.wait_for(&format!("globe and panels are new: {step}"), |picture| {
            let more = letters(picture) as i64 - letters(&before) as i64;
            let panels_are_new = if letters_more > 0 { more > letters_more } else { more < letters_more };
            panels_are_new && coloured(picture) > 60_000 && changed(&before, picture) > 5_000
        });
    }
    let status = program.0.wait().expect("it ends");
    assert_eq!(status.code(), Some(1), "none is left: {}", said());
    let said = said();
    assert!(!said.contains("panicked"), "{said}");
    let words = |step: &str| said.lines().find(|line| line.contains(&format!("drew on: {step},"))).unwrap_or_default();
    assert!(!words("surface lost").contains("draws:"), "the best one draws, and nothing is said: {said}");
    for step in ["command rejected", "device lost with OpenGL"] {
        let words = words(step);
        assert!(words.contains("OpenGL draws:") && words.contains("Vulkan rejected a command"), "{said}");
    }
    let last = said.lines().last().unwrap_or_default();
    assert!(last.contains("OpenGL rejected a command"), "the reason is given: {said}");
}

/// Checks the screen after each failure: the earth turns. When none is left, the process says why and ends.
fn background_recovers(lavapipe: &rasterizer::Lavapipe) {
    let desktop = Desktop::start();
    let (mut program, said) = open(BACKGROUND, &desktop, lavapipe);
    let said = || fs::read_to_string(&said).unwrap_or_default();
    let mut before = RgbImage::new(Desktop::SIZE.0, Desktop::SIZE.1);
    for step in ["opened", "device lost", "another adapter"] {
        wait_for_words(&mut program, said, &format!("drew on: {step}"));
        before = desktop.wait_for(&format!("the earth turns on the background: {step}"), |picture| {
            coloured(picture) > 60_000 && changed(&before, picture) > 2_000
        });
    }
    fs::write(desktop.home().join(ASKED), "").expect("written");
    let status = program.0.wait().expect("it ends");
    assert_eq!(status.code(), Some(1), "none is left: {}", said());
    let said = said();
    assert!(!said.contains("panicked"), "{said}");
    let words = |step: &str| said.lines().find(|line| line.contains(step)).unwrap_or_default().to_owned();
    assert!(!words("drew on: device lost").contains("draws:"), "the best one draws, and nothing is said: {said}");
    let stepped = words("drew on: another adapter");
    assert!(stepped.contains("OpenGL draws:") && stepped.contains("Vulkan rejected a command"), "{said}");
    assert!(words("cannot draw: ").contains("OpenGL rejected a command"), "the reason is given: {said}");
}

/// Number of pixels around the middle of the screen that differ visibly.
fn changed(a: &RgbImage, b: &RgbImage) -> usize {
    let pixels = (200..700).flat_map(|y| (600..1_200).map(move |x| (x, y)));
    let is_other = |&(x, y): &(u32, u32)| {
        let (a, b) = (a.get_pixel(x, y).0, b.get_pixel(x, y).0);
        a.into_iter().zip(b).any(|(a, b)| a.abs_diff(b) > 8)
    };
    pixels.filter(is_other).count()
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap_or_default();
        self.0.wait().ok();
    }
}

/// Number of pixels of the earth: blue, green or brown.
fn coloured(picture: &RgbImage) -> usize {
    let is = |pixel: &&image::Rgb<u8>| {
        let (least, most) = (pixel.0.iter().min().copied(), pixel.0.iter().max().copied());
        most > least.map(|least| least.saturating_add(24)) && most > Some(50)
    };
    picture.pixels().filter(is).count()
}

fn letters(picture: &RgbImage) -> usize {
    picture.pixels().filter(|pixel| pixel.0.iter().all(|&channel| channel > 150)).count()
}

/// Steps are separated by a second of frames.
const RECOVERY_STEPS: [Step; 19] = [
    Step::Say("drew on: opened"),
    Step::LoseDevice,
    Step::ShowLegend(true),
    Step::Say("drew on: device lost"),
    Step::LoseSurface,
    Step::ShowLegend(false),
    Step::Say("drew on: surface lost"),
    Step::Wait,
    Step::Reject,
    Step::ShowLegend(true),
    Step::Wait,
    Step::Say("drew on: command rejected"),
    Step::Wait,
    Step::LoseDevice,
    Step::ShowLegend(false),
    Step::Say("drew on: device lost with OpenGL"),
    Step::Wait,
    Step::Wait,
    Step::Reject,
];

const LOST_TWICE_STEPS: [Step; 4] = [
    Step::Say("drew on: opened"),
    // Only a loss soon after another one counts, and this machine may be slow.
    Step::LoseDeviceUntilOpenGl,
    Step::ShowLegend(true),
    Step::Say("drew on: another adapter"),
];

const BACKGROUND_STEPS: [Step; 9] = [
    Step::Say("drew on: opened"),
    Step::LoseDeviceAfterError,
    Step::Wait,
    Step::Say("drew on: device lost"),
    Step::Wait,
    Step::Reject,
    Step::Wait,
    Step::Say("drew on: another adapter"),
    Step::RejectWhenAsked,
];

const NO_PICTURES_STEPS: [Step; 4] = [
    Step::Say("drew on: opened"),
    Step::GiveNoPicturesUntilOpenGl,
    Step::ShowLegend(true),
    Step::Say("drew on: another adapter"),
];

#[derive(Clone, Copy)]
enum Step {
    Say(&'static str),
    LoseDevice,
    /// The device is lost, and has said something else in the same frame.
    LoseDeviceAfterError,
    LoseDeviceUntilOpenGl,
    LoseSurface,
    GiveNoPicturesUntilOpenGl,
    ShowLegend(bool),
    /// A shader with an error.
    Reject,
    /// The same, as soon as there is the file [`ASKED`].
    RejectWhenAsked,
    Wait,
}

#[derive(Resource, Default)]
struct Surfaces {
    /// Whether they must be recreated.
    are_lost: bool,
    /// Whether they give no pictures.
    are_empty: bool,
}

/// Whether the surfaces give no pictures, for the renderer.
#[derive(Resource, Default)]
struct NoPictures(bool);

/// The steps of the scene.
#[derive(Resource)]
struct Steps(&'static [Step]);

fn inside(scene: Scene) -> ExitCode {
    let recording = concat!("replay:", env!("CARGO_MANIFEST_DIR"), "/tests/data/recordings/few.ndjson");
    // Connections that come and go in every frame want new memory of a device that is lost.
    let source = if scene.name == LOST_TWICE.name { "demo:everyday,3" } else { recording };
    let cli = Cli::parse_from(["netglobe", "--source", source, "--home=-25,135", "--quality", "low"]);
    let settings = Settings::load(&cli.global, Directories::default()).expect("settings");
    if scene.name == BACKGROUND.name {
        return inside_background(scene);
    }
    let mut app = window::prepare(&settings).expect("a window");
    app.init_resource::<Surfaces>().insert_resource(Steps(scene.steps)).add_systems(Last, go_on);
    break_later(&mut app);
    let render_app = app.get_sub_app_mut(RenderApp).expect("a renderer");
    let empty = |is_so: Res<'_, NoPictures>, mut surfaces: ResMut<'_, WindowSurfaces>| {
        if is_so.0 {
            *surfaces = WindowSurfaces::default();
        }
    };
    render_app.add_systems(Render, empty.after(create_surfaces).before(prepare_windows));
    match app.run() {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(_) => ExitCode::FAILURE,
    }
}

/// Does in the renderer what a step asks for.
fn break_later(app: &mut App) {
    let render_app = app.get_sub_app_mut(RenderApp).expect("a renderer");
    render_app.init_resource::<NoPictures>().add_systems(ExtractSchedule, |render: &mut World| {
        let mut main = render.resource_mut::<MainWorld>();
        let mut surfaces = main.resource_mut::<Surfaces>();
        let (are_lost, are_empty) = (std::mem::take(&mut surfaces.are_lost), surfaces.are_empty);
        render.resource_mut::<NoPictures>().0 = are_empty;
        if are_lost {
            renew_surfaces(render);
        }
    });
}

/// Draws on the background of the desktop.
#[cfg(target_os = "linux")]
fn inside_background(scene: Scene) -> ExitCode {
    let flags = ["netglobe", "--source", "demo:everyday,3", "--quality", "low", "--wallpaper", "--monitor", "1"];
    let settings = Settings::load(&Cli::parse_from(flags).global, Directories::default()).expect("settings");
    let drawn = netglobe::app::wallpaper::run_with(&settings, |app| {
        app.init_resource::<Surfaces>().insert_resource(Steps(scene.steps)).add_systems(Last, go_on);
    });
    match drawn {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot draw: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn inside_background(_: Scene) -> ExitCode {
    ExitCode::SUCCESS
}

fn go_on(
    (stats, index): (Res<'_, GlobeStats>, Res<'_, ConnectionIndex>),
    device: Res<'_, RenderDevice>,
    mut overlay: ResMut<'_, Overlay>,
    (steps, mut surfaces): (Res<'_, Steps>, ResMut<'_, Surfaces>),
    mut next: Local<'_, (usize, u64)>,
) {
    let (step, pictures) = &mut *next;
    let is_opengl = overlay.degradations.iter().any(|it| it.what.contains("OpenGL draws:"));
    surfaces.are_empty &= !is_opengl;
    if stats.frames_drawn() < *pictures + PICTURES || index.is_empty() {
        return;
    }
    *pictures = stats.frames_drawn();
    match steps.0.get(*step).copied().unwrap_or(Step::Wait) {
        Step::Say(words) => {
            let why: Vec<&str> = overlay.degradations.iter().map(|it| it.what.as_str()).collect();
            eprintln!("{words}, {} connections, {}", index.len(), why.join("; "));
        }
        Step::LoseDeviceUntilOpenGl if is_opengl => {}
        Step::GiveNoPicturesUntilOpenGl if is_opengl => {}
        Step::RejectWhenAsked if !env::var_os(ASKED).is_some_and(|path| fs::exists(path).unwrap_or(false)) => return,
        Step::LoseDevice => lose(&device),
        Step::LoseDeviceUntilOpenGl => {
            lose(&device);
            return;
        }
        Step::GiveNoPicturesUntilOpenGl => {
            surfaces.are_empty = true;
            return;
        }
        Step::LoseDeviceAfterError => {
            reject(&device);
            lose(&device);
        }
        Step::LoseSurface => surfaces.are_lost = true,
        Step::ShowLegend(is_shown) => overlay.state.help = is_shown.then_some(HelpTab::Legend),
        Step::Reject | Step::RejectWhenAsked => reject(&device),
        Step::Wait => {}
    }
    *step += 1;
}

fn reject(device: &RenderDevice) {
    let source = ShaderSource::Wgsl("this is no shader".into());
    drop(device.wgpu_device().create_shader_module(ShaderModuleDescriptor { label: None, source }));
}

fn lose(device: &RenderDevice) {
    eprintln!("the test loses the device");
    device.wgpu_device().destroy();
    drop(device.poll(PollType::wait_indefinitely()));
}
