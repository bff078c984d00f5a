//! Tests that the real window recovers when it loses its graphics device, and its surface; that OpenGL draws when Vulkan
//! rejects a command; and that the window closes with the reason when OpenGL rejects one, too.
//!
//! Without the standard harness, because a window needs the main thread. The test restarts itself on its own desktop;
//! the second process opens the window and breaks it.
#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail")]
#![allow(dead_code, reason = "the desktop can do more than is needed here")]

#[path = "window/desktop.rs"]
mod desktop;
#[path = "golden/rasterizer.rs"]
mod rasterizer;
#[path = "support/not_run.rs"]
mod said;

use bevy::{
    prelude::*,
    render::{ExtractSchedule, MainWorld, RenderApp, render_resource::PollType, renderer::RenderDevice},
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
    process::{Child, ExitCode},
    thread,
    time::{Duration, Instant},
};
use wgpu::{ShaderModuleDescriptor, ShaderSource};

const NAME: &str = "window_recovery: a_window_draws_again_after_its_device_or_its_surface_is_lost";
const INSIDE: &str = "NETGLOBE_TEST_WINDOW";
/// Number of frames between two steps.
const PICTURES: u64 = 12;

fn main() -> ExitCode {
    // Handles arguments for listing tests.
    let asked: Vec<String> = env::args().skip(1).collect();
    if asked.iter().any(|word| word == "--list") {
        println!("{NAME}: test");
        return ExitCode::SUCCESS;
    }
    if env::var_os(INSIDE).is_some() {
        return inside();
    }
    match (desktop::why_none(), rasterizer::lavapipe()) {
        (None, Ok(lavapipe)) => outside(lavapipe),
        (Some(why), _) => not_run(NAME, &why),
        (None, Err(why)) => not_run(NAME, why),
    }
    ExitCode::SUCCESS
}

/// Opens the window, and checks the screen after each failure: the legend appears and disappears, and the earth turns.
fn outside(lavapipe: &rasterizer::Lavapipe) {
    let desktop = Desktop::start();
    let (said, file) = desktop.log_file();
    let program = desktop
        .command(env::current_exe().expect("a path"))
        .env(INSIDE, "1")
        .envs(lavapipe.environment())
        .env_remove("WGPU_BACKEND")
        .stderr(file)
        .spawn()
        .expect("it starts again");
    let mut program = Running(program);
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
        let start = Instant::now();
        while !said().contains(&format!("drew on: {step}")) {
            assert!(start.elapsed() < PATIENCE, "it does not draw on after {step}: {}", said());
            assert!(matches!(program.0.try_wait(), Ok(None)), "it ended after {step}: {}", said());
            thread::sleep(Duration::from_millis(100));
        }
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
    println!("test {NAME} ... ok");
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

/// The failures, and what shows the recovery, separated by a second of frames.
const STEPS: [Step; 19] = [
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

#[derive(Clone, Copy)]
enum Step {
    Say(&'static str),
    LoseDevice,
    LoseSurface,
    ShowLegend(bool),
    /// A shader with an error.
    Reject,
    Wait,
}

/// Whether the surfaces must be recreated.
#[derive(Resource, Default)]
struct Surfaces {
    are_lost: bool,
}

fn inside() -> ExitCode {
    let recording = concat!("replay:", env!("CARGO_MANIFEST_DIR"), "/tests/data/recordings/few.ndjson");
    let cli = Cli::parse_from(["netglobe", "--source", recording, "--home=-25,135", "--quality", "low"]);
    let settings = Settings::load(&cli.global, Directories::default()).expect("settings");
    let mut app = window::prepare(&settings).expect("a window");
    app.init_resource::<Surfaces>().add_systems(Last, go_on);
    let render_app = app.get_sub_app_mut(RenderApp).expect("a renderer");
    render_app.add_systems(ExtractSchedule, |render: &mut World| {
        let mut main = render.resource_mut::<MainWorld>();
        if std::mem::take(&mut main.resource_mut::<Surfaces>().are_lost) {
            renew_surfaces(render);
        }
    });
    match app.run() {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(_) => ExitCode::FAILURE,
    }
}

fn go_on(
    (stats, index): (Res<'_, GlobeStats>, Res<'_, ConnectionIndex>),
    device: Res<'_, RenderDevice>,
    mut overlay: ResMut<'_, Overlay>,
    mut surfaces: ResMut<'_, Surfaces>,
    mut next: Local<'_, (usize, u64)>,
) {
    let (step, pictures) = &mut *next;
    if stats.frames_drawn() < *pictures + PICTURES || index.is_empty() {
        return;
    }
    *pictures = stats.frames_drawn();
    match STEPS.get(*step).copied().unwrap_or(Step::Wait) {
        Step::Say(words) => {
            let why: Vec<&str> = overlay.degradations.iter().map(|it| it.what.as_str()).collect();
            eprintln!("{words}, {} connections, {}", index.len(), why.join("; "));
        }
        Step::LoseDevice => {
            device.wgpu_device().destroy();
            drop(device.poll(PollType::wait_indefinitely()));
        }
        Step::LoseSurface => surfaces.are_lost = true,
        Step::ShowLegend(is_shown) => overlay.state.help = is_shown.then_some(HelpTab::Legend),
        Step::Reject => {
            let source = ShaderSource::Wgsl("this is no shader".into());
            drop(device.wgpu_device().create_shader_module(ShaderModuleDescriptor { label: None, source }));
        }
        Step::Wait => {}
    }
    *step += 1;
}
