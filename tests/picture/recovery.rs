//! Tests of failures of the graphics system: the picture is restored, or there is a clear error.
#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail")]

#[path = "../support/mod.rs"]
mod support;

use bevy::{
    prelude::*,
    render::{render_resource::PollType, renderer::RenderDevice},
    shader::Shader,
};
use image::RgbImage;
use netglobe::{
    app::{Adapter, GpuWish, Overlay, offscreen::OffScreen, quality_for},
    cli::{CameraPose, PictureSize, QualityChoice},
    connections::{Clock, ConnectionIndex, Inbox},
    geo::{Home, HomeSource},
    geodesy::LatLng,
    globe::GlobeStats,
    model::{SnapshotDelta, UnixMillis},
    sampler::hub_scenario,
    view::HomeInForce,
};
use support::not_run;

const ARCS: usize = 150;
const SIZE: PictureSize = PictureSize { width: 960, height: 540 };
/// The left edge with the filter bar and the table, and the globe beside it, px.
const PANELS: [u32; 4] = [16, 16, 300, 300];
const GLOBE: [u32; 4] = [500, 100, 800, 440];

/// The globe with arcs and panels, and with a fixed clock; `None` if there is no adapter.
fn globe(test: &str, quality: QualityChoice) -> Option<OffScreen> {
    let adapter = match Adapter::find(&GpuWish::default()) {
        Ok(adapter) => adapter,
        Err(why) => {
            not_run(&format!("recovery::{test}"), &why.to_string());
            return None;
        }
    };
    let mut off_screen = OffScreen::new(&adapter, quality_for(quality, &adapter), SIZE, 0).expect("small enough");
    let home = LatLng::from_degrees(50.11, 8.68).expect("valid");
    off_screen.look(CameraPose { position: home, distance_radii: 3.85 });
    let mut inbox = Inbox::default().without_limit();
    inbox.push(SnapshotDelta { opened: hub_scenario(ARCS, 1, 0.5), ..SnapshotDelta::default() });
    let mut overlay = Overlay::default();
    overlay.opacity = 1.0;
    let noon = UnixMillis(1_782_043_200_000);
    off_screen
        .app
        .insert_resource(inbox)
        .insert_resource(overlay)
        .insert_resource(HomeInForce { home: Some(Home::at(home, HomeSource::Flag)), missing: String::new() })
        .insert_resource(Clock::fixed(60_000, noon));
    Some(off_screen)
}

fn lose_device(off_screen: &OffScreen) {
    let device = off_screen.app.world().resource::<RenderDevice>().clone();
    device.wgpu_device().destroy();
    // Waits until the loss is reported; the result may itself be that error.
    drop(device.poll(PollType::wait_indefinitely()));
}

fn frames_drawn(off_screen: &OffScreen) -> u64 {
    off_screen.app.world().resource::<GlobeStats>().frames_drawn()
}

/// Number of pixels in a part that are brighter than the sky, and of those that differ visibly.
fn compare(a: &RgbImage, b: &RgbImage, [left, top, right, bottom]: [u32; 4]) -> (usize, usize) {
    let pixels = || (top..bottom).flat_map(|y| (left..right).map(move |x| (x, y)));
    let bright = pixels().filter(|&(x, y)| a.get_pixel(x, y).0.iter().any(|&channel| channel > 40)).count();
    let is_other = |&(x, y): &(u32, u32)| {
        let (a, b) = (a.get_pixel(x, y).0, b.get_pixel(x, y).0);
        a.into_iter().zip(b).any(|(a, b)| a.abs_diff(b) > 12)
    };
    (bright, pixels().filter(is_other).count())
}

#[test]
fn after_a_lost_device_globe_and_overlay_draw_again_and_no_connection_is_lost() {
    const NAME: &str = "after_a_lost_device_globe_and_overlay_draw_again_and_no_connection_is_lost";
    for quality in [QualityChoice::Low, QualityChoice::High] {
        let Some(mut off_screen) = globe(NAME, quality) else { return };
        let before = off_screen.picture().expect("a picture");
        for time in 1..=2 {
            let drawn = frames_drawn(&off_screen);
            lose_device(&off_screen);
            // Advance the clock, so that each frame sends data to the device.
            for frame in 0..500 {
                off_screen.app.world_mut().resource_mut::<Clock>().motion_ms = 60_016 + 16 * frame;
                off_screen.app.update();
                assert_eq!(off_screen.app.should_exit(), None, "{quality:?}: the program goes on");
                if frames_drawn(&off_screen) > drawn + 2 {
                    break;
                }
            }
            assert!(frames_drawn(&off_screen) > drawn + 2, "{quality:?}: it draws again");
            off_screen.app.world_mut().resource_mut::<Clock>().motion_ms = 60_000;
            let after = off_screen.picture().expect("a picture");
            for (what, part) in [("panels", PANELS), ("globe", GLOBE)] {
                let (bright, others) = compare(&before, &after, part);
                assert!(bright > 2_000, "{quality:?}: there is something to compare in the {what}: {bright}");
                assert!(others < 50, "{quality:?}, time {time}: {others} pixels of the {what} are others");
            }
            assert_eq!(off_screen.app.world().resource::<ConnectionIndex>().len(), ARCS);
        }
    }
}

#[test]
fn a_shader_that_does_not_compile_is_a_clear_line_and_no_picture() {
    const NAME: &str = "a_shader_that_does_not_compile_is_a_clear_line_and_no_picture";
    for (file, part, source) in [
        ("arcs.wgsl", "arcs", "fn vertex( {"),
        ("earth.wgsl", "air", "#import netglobe::view::{view}\n@fragment fn disc_fragment() -> f32 { return view; }"),
        ("view.wgsl", "stars", "#define_import_path netglobe::view\nfn nothing() -> u32 { return 1.0; }"),
    ] {
        let Some(mut off_screen) = globe(NAME, QualityChoice::Low) else { return };
        let mut shaders = off_screen.app.world_mut().resource_mut::<Assets<Shader>>();
        let id = shaders.iter().find(|(_, shader)| shader.path == file).map(|(id, _)| id).expect("a shader");
        shaders.insert(id, Shader::from_wgsl(source, file)).expect("replaced");
        let error = off_screen.picture().expect_err("a part is missing").to_string();
        assert!(error.contains(part) && error.contains("does not compile"), "{file}: {error}");
        assert!(!error.contains('\n'), "one line: {error}");
    }
}

#[test]
fn nothing_opens_again_or_jumps_when_the_arc_clock_wraps() {
    const NAME: &str = "nothing_opens_again_or_jumps_when_the_arc_clock_wraps";
    let Some(mut off_screen) = globe(NAME, QualityChoice::Low) else { return };
    let mut opened = hub_scenario(2 * ARCS, 1, 0.5).split_off(ARCS);
    opened.iter_mut().for_each(|connection| connection.opened_at = Some(UnixMillis(1_782_043_200_000)));
    off_screen.app.world_mut().resource_mut::<Inbox>().push(SnapshotDelta { opened, ..SnapshotDelta::default() });
    let mut at = |motion_ms: u64| {
        off_screen.app.world_mut().resource_mut::<Clock>().motion_ms = motion_ms;
        off_screen.picture().expect("a picture")
    };
    // Half of them open now, and are fully open in the next picture.
    at(1_000);
    // Where signed and unsigned numbers wrap, the latter twice.
    for wrap in [1_u64 << 31, 1 << 32, 1 << 33] {
        let before = at(wrap - 8);
        let after = at(wrap + 8);
        let (bright, others) = compare(&before, &after, GLOBE);
        // Comets move by half a pixel in these 16 ms.
        assert!(bright > 2_000 && others < bright / 50, "at {wrap}: {others} of {bright} pixels are others");
    }
}
