//! Tests of names that the built-in fonts cannot draw: with a suitable system font, and without.
#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail")]
#![allow(dead_code, reason = "the user can do more than is needed here")]

#[path = "../support/rasterizer.rs"]
mod rasterizer;
#[path = "../support/mod.rs"]
mod support;

use bevy::prelude::*;
use image::RgbImage;
use netglobe::{
    app::{Adapter, GpuWish, Overlay, offscreen::OffScreen, quality_for},
    cli::{PictureSize, QualityChoice},
    connections::Clock,
    model::UnixMillis,
};
use std::{fs, path::Path};
use support::User;

/// Directories of fonts with Chinese characters in Debian and Ubuntu.
const FONTS: [&str; 2] = ["/usr/share/fonts/truetype/wqy", "/usr/share/fonts/opentype/noto"];
const NAME: &str = "fonts::a_name_is_written_in_a_font_of_the_system_or_shown_in_another_way";

/// A recording of one connection of a program with this name.
fn recording(directory: &Path, name: &str) -> String {
    let few = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/recordings/one-arc.ndjson"));
    let few = few.expect("a recording");
    let (before, after) = few.split_once("\"name\":\"").expect("a name");
    let (_, after) = after.split_once('"').expect("its end");
    let path = directory.join("names.ndjson");
    fs::write(&path, format!("{before}\"name\":\"{name}\"{after}")).expect("written");
    format!("replay:{}", path.display())
}

/// A picture of its panels with only the system fonts of this directory, and the log.
fn picture(user: &User, source: &str, fonts: &Path) -> (RgbImage, String) {
    let config = user.home().join("fonts.conf");
    let text = format!("<?xml version=\"1.0\"?><fontconfig><dir>{}</dir></fontconfig>", fonts.display());
    fs::write(&config, text).expect("written");
    let flags = ["-v", "snapshot", "out.png", "--overlay", "--size", "1280x720", "--quality", "low", "--home", "50,8"];
    let mut command = user.netglobe(&flags);
    command.args(["--source", source]).env("FONTCONFIG_FILE", &config);
    command.envs(rasterizer::lavapipe().expect("lavapipe").environment());
    let outcome = support::run(command, support::PATIENCE);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let picture = image::open(user.home().join("out.png")).expect("a picture").into_rgb8();
    (picture, outcome.stderr + &outcome.stdout)
}

#[test]
fn a_name_is_written_in_a_font_of_the_system_or_shown_in_another_way() {
    let font = FONTS.into_iter().map(Path::new).find(|directory| directory.is_dir());
    let (Some(font), Ok(_)) = (font, rasterizer::lavapipe()) else {
        let why = "no Chinese font or no lavapipe (Debian, Ubuntu: apt install fonts-wqy-zenhei mesa-vulkan-drivers)";
        support::not_run(NAME, why);
        return;
    };
    let user = User::new();
    let source = recording(user.home(), "浏览器");
    let nothing = user.home().join("no fonts");
    fs::create_dir(&nothing).expect("made");
    let (with, said) = picture(&user, &source, font);
    assert!(said.contains("joins") && !said.contains("no font has"), "{said}");
    let (without, said) = picture(&user, &source, &nothing);
    assert!(said.contains("no font has 3 characters") && !said.contains("joins"), "{said}");
    let others = with.pixels().zip(without.pixels()).filter(|(a, b)| a != b).count();
    assert!(others > 100, "the names look the same: {others}");
    // Latin names need no other font.
    let latin = recording(user.home(), "browser");
    let (_, said) = picture(&user, &latin, font);
    assert!(!said.contains("joins") && !said.contains("no font has"), "{said}");
    for (name, picture) in [("with", with), ("without", without)] {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fonts-{name}.png"));
        picture.save(path).expect("written");
    }
}

/// Number of image changes announced to the renderer in a frame.
#[derive(Resource, Default)]
struct Announced(usize);

#[test]
fn new_letters_are_there_in_the_frame_that_draws_them_first() {
    let adapter = match Adapter::find(&GpuWish::default()) {
        Ok(adapter) => adapter,
        Err(why) => {
            let name = "fonts::new_letters_are_there_in_the_frame_that_draws_them_first";
            support::not_run(name, &why.to_string());
            return;
        }
    };
    let size = PictureSize { width: 960, height: 540 };
    let mut off_screen =
        OffScreen::new(&adapter, quality_for(QualityChoice::Low, &adapter), size, 0).expect("small enough");
    let mut overlay = Overlay::default();
    overlay.opacity = 1.0;
    off_screen.app.insert_resource(overlay).insert_resource(Clock::fixed(60_000, UnixMillis(1_782_043_200_000)));
    off_screen.app.init_resource::<Announced>().add_systems(
        Last,
        |mut events: MessageReader<'_, '_, AssetEvent<Image>>, mut announced: ResMut<'_, Announced>| {
            announced.0 = events.read().count();
        },
    );
    off_screen.picture().expect("a picture");
    off_screen.frame().expect("drawn");
    assert_eq!(off_screen.app.world().resource::<Announced>().0, 0, "nothing is new");
    // Letters that the panels have not shown before.
    off_screen.app.world_mut().resource_mut::<Overlay>().state.filter.text = "ßØÞ".to_owned();
    off_screen.frame().expect("drawn");
    assert!(off_screen.app.world().resource::<Announced>().0 > 0, "the texture of letters is sent in this frame");
}
