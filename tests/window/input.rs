//! Tests of the real window, with real keyboard and mouse input on a virtual X server.
//!
//! The pictures of the steps are saved in the target's `tmp` directory as `window-*.png`.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]
#![allow(dead_code, reason = "the desktop can do more than is needed here")]
#![allow(clippy::reversed_empty_ranges, reason = "below zero they count from the far edge")]

#[path = "../support/window/desktop.rs"]
mod desktop;
#[path = "input/disk.rs"]
mod disk;
#[path = "input/disk_watch.rs"]
mod disk_watch;
#[path = "../support/window/program.rs"]
mod program;
#[path = "../support/rasterizer.rs"]
mod rasterizer;
#[path = "../support/window/turn.rs"]
mod turn;

use desktop::Desktop;
use image::RgbImage;
use program::{Part, Program, count, has_panel, is_arc, is_letter, is_wrong};
use std::{
    fs, thread,
    time::{Duration, Instant},
};
use turn::turn;

#[test]
fn a_filter_dims_the_rest_and_a_wrong_one_changes_nothing() {
    let Some(_turn) = turn("window::a_filter_dims_the_rest_and_a_wrong_one_changes_nothing") else { return };
    let desktop = Desktop::start();
    let program = Program::start(&desktop);
    // Only the line of the text field: below it are program names in their own colours.
    let (globe, bar) = (program.globe(&desktop), program.part(&desktop, 16..260, 50..84));
    let arcs = |picture: &RgbImage| count(picture, &globe, is_arc);
    let all = arcs(&desktop.wait_for("arcs are bright", |picture| arcs(picture) > 300));

    desktop.key("slash");
    desktop.write("process:nobody");
    desktop.wait_for("a filter dims all arcs", |picture| arcs(picture) * 4 < all);
    desktop.write(" country:U$");
    let picture = desktop.wait_for("a wrong word is marked", |picture| count(picture, &bar, is_wrong) > 15);
    assert!(arcs(&picture) * 4 < all, "the last good filter is in force: {} of {all}", arcs(&picture));

    desktop.key_times("BackSpace", 40);
    desktop.wait_for("without a filter all arcs are bright", |picture| {
        arcs(picture) * 10 > all * 6 && count(picture, &bar, is_wrong) == 0
    });
    desktop.key("Escape");
    program.quit(&desktop);
}

#[test]
fn hiding_others_leaves_nothing_of_them_on_the_globe_and_in_the_table() {
    let Some(_turn) = turn("window::hiding_others_leaves_nothing_of_them_on_the_globe_and_in_the_table") else {
        return;
    };
    let desktop = Desktop::start();
    let program = Program::start(&desktop);
    let (globe, table) = (program.globe(&desktop), program.part(&desktop, 20..380, 340..660));
    let arcs = |picture: &RgbImage| count(picture, &globe, is_arc);
    let letters = |picture: &RgbImage| count(picture, &table, is_letter);
    let all = arcs(&desktop.wait_for("arcs are bright", |picture| arcs(picture) > 300 && letters(picture) > 200));
    desktop.key("slash");
    desktop.write("country:ZZ");
    desktop.wait_for("a filter dims all arcs", |picture| arcs(picture) * 4 < all);
    desktop.key("shift+Return");
    desktop.wait_for("there is no row and no arc", |picture| letters(picture) < 30 && arcs(picture) * 10 < all);
    desktop.key_times("BackSpace", 20);
    desktop.wait_for("arcs are bright again", |picture| arcs(picture) * 10 > all * 6 && letters(picture) > 200);
    program.quit(&desktop);
}

#[test]
fn a_click_on_an_arc_or_a_row_shows_details_and_a_key_the_legend() {
    let Some(_turn) = turn("window::a_click_on_an_arc_or_a_row_shows_details_and_a_key_the_legend") else { return };
    let desktop = Desktop::start();
    let program = Program::start(&desktop);
    let right = program.part(&desktop, -320..-30, 12..24);
    let has_panel = |picture: &RgbImage| has_panel(picture, &right);
    assert!(!has_panel(&desktop.picture()), "there are no details before something is selected");

    click_an_arc(&desktop, &program, "a click on an arc shows details", has_panel);
    // The sky beside the globe, below the details.
    desktop.click(program.at(&desktop, (1_255, 640)));
    desktop.wait_for("a click on the sky ends the selection", |picture| !has_panel(picture));

    desktop.click(a_row(&desktop, &program));
    desktop.wait_for("a click on a row shows details", has_panel);
    desktop.point(program.at(&desktop, (1_255, 640)));
    desktop.key("Escape");
    desktop.wait_for("Escape ends the selection", |picture| !has_panel(picture));

    desktop.key("question");
    desktop.wait_for("the legend is there", has_panel);
    desktop.key("Escape");
    desktop.wait_for("Escape closes the legend", |picture| !has_panel(picture));
    program.quit(&desktop);
}

#[test]
fn a_full_screen_covers_the_screen_and_its_overlay_fades_until_a_touch() {
    let Some(_turn) = turn("window::a_full_screen_covers_the_screen_and_its_overlay_fades_until_a_touch") else {
        return;
    };
    let desktop = Desktop::start();
    let program = Program::start(&desktop);
    let before = program.frame(&desktop);
    assert!(before.width < Desktop::SIZE.0, "{before:?}");
    let touched = Instant::now();
    desktop.key("F11");
    let covers = |program: &Program| {
        let frame = program.frame(&desktop);
        (frame.x, frame.y, frame.width, frame.height) == (0, 0, Desktop::SIZE.0, Desktop::SIZE.1)
    };
    desktop.wait_for("F11 covers the screen", |_| covers(&program));
    let bar: Part = (30..380, 12..24);
    let has_overlay = |picture: &RgbImage| has_panel(picture, &bar);
    desktop.wait_for("the overlay is there on a full screen", has_overlay);
    // The label moves to the middle while the panels fade. Where they were are only stars then.
    let panels: Part = (20..400, 16..780);
    let is_visible: fn(&image::Rgb<u8>) -> bool = |pixel| pixel.0.iter().any(|part| *part > 36);
    let picture = desktop.wait_for("the overlay has faded", |picture| count(picture, &panels, is_visible) < 300);
    assert!(touched.elapsed().as_secs() >= 2, "it fades after a while, not at once");
    // No higher than the label: an arc behind it has few pixels there.
    let label: Part = (700..900, 18..38);
    let is_amber: fn(&image::Rgb<u8>) -> bool = |pixel| pixel[0] > 200 && pixel[1] > 140 && pixel[2] < 130;
    assert!(count(&picture, &label, is_amber) > 150, "what is not live is labelled, overlay or not");
    desktop.point((800, 450));
    desktop.wait_for("a touch brings the overlay back", has_overlay);

    desktop.key("Escape");
    desktop.wait_for("Escape gives the window back", |picture| {
        program.frame(&desktop) == before && has_panel(picture, &program.part(&desktop, 30..-30, -92..-70))
    });
    program.quit(&desktop);
}

#[test]
fn a_click_on_the_globe_sets_the_home_and_keeps_it() {
    let Some(_turn) = turn("window::a_click_on_the_globe_sets_the_home_and_keeps_it") else { return };
    let desktop = Desktop::start();
    let program = Program::start(&desktop);
    let (text, middle) = set_home(&desktop, &program);
    let value = text.split('"').nth(1).expect("a value in quotes");
    let home = netglobe::cli::parse_lat_lng(value).expect("a place");
    let (lat, lng) = (home.lat_deg(), home.lng_deg());
    assert!((lat - 42.0).abs() < 1.5 && (lng - 13.4).abs() < 1.5, "{lat}, {lng}");
    let mark = (middle.0 - 3..middle.0 + 4, middle.1 - 3..middle.1 + 4);
    desktop.wait_for("the mark of home is where the click was", |picture| count(picture, &mark, is_letter) > 8);
    program.quit(&desktop);
}

#[test]
fn a_key_saves_a_picture_of_the_window_and_the_window_says_where() {
    let Some(_turn) = turn("window::a_key_saves_a_picture_of_the_window_and_the_window_says_where") else { return };
    let desktop = Desktop::start();
    let pictures = desktop.home().join("Bilder");
    fs::write(desktop.home().join("user-dirs.dirs"), "XDG_PICTURES_DIR=\"$HOME/Bilder\"\n").expect("written");
    let program = Program::start(&desktop);
    let frame = program.frame(&desktop);
    let place = program.part(&desktop, 420..900, -170..-84);
    let letters = |picture: &RgbImage| count(picture, &place, is_letter);
    let before = letters(&desktop.picture());
    let saved = || {
        let files = fs::read_dir(&pictures).into_iter().flatten().flatten().map(|entry| entry.path());
        files.filter(|path| path.extension().is_some_and(|end| end == "png")).collect::<Vec<_>>()
    };
    for number in 1..=2 {
        desktop.key("p");
        desktop.wait_for("the picture is saved", |_| saved().len() == number);
        desktop.wait_for("it is said where the picture is", |picture| letters(picture) > before + 150);
    }
    for path in saved() {
        let picture = image::open(path).expect("a whole picture").into_rgb8();
        assert_eq!(picture.dimensions(), (frame.width, frame.height));
        let bar = (20..396, 12..24);
        assert!(has_panel(&picture, &bar), "the panels are in the picture");
        assert!(count(&picture, &(410..frame.width - 10, 60..frame.height - 110), is_arc) > 300, "so is the globe");
    }
    program.quit(&desktop);
}

#[test]
fn shortcuts_work_on_keyboards_without_latin_letters() {
    let Some(_turn) = turn("shortcuts_work_on_keyboards_without_latin_letters") else { return };
    // X key codes for the positions of Q, T, A and / on a US keyboard.
    let (q, t, a, slash) = ("24", "28", "38", "61");
    let desktop = Desktop::start();
    let program = Program::start(&desktop);
    let (globe, table) = (program.globe(&desktop), program.part(&desktop, 20..380, 240..660));
    let arcs = |picture: &RgbImage| count(picture, &globe, is_arc);
    let letters = |picture: &RgbImage| count(picture, &table, is_letter);
    let all = arcs(&desktop.wait_for("arcs are bright", |picture| arcs(picture) > 300));
    let rows = letters(&desktop.wait_for("the table is there", |picture| letters(picture) > 200));

    for layout in ["ru", "ua", "gr", "il", "ara"] {
        desktop.set_keyboard(layout);
        desktop.key(&format!("ctrl+{t}"));
        desktop.wait_for(&format!("{layout}: Ctrl+T hides the table"), |picture| letters(picture) * 4 < rows);
        desktop.key(&format!("ctrl+{t}"));
        desktop.wait_for(&format!("{layout}: and shows it again"), |picture| letters(picture) * 2 > rows);
    }
    // The Arabic letter on that key is not typed into the filter; the text field handles selecting and replacing.
    desktop.key(slash);
    desktop.set_keyboard("us");
    desktop.write("process:nobody");
    desktop.wait_for("a filter dims all arcs", |picture| arcs(picture) * 4 < all);
    desktop.set_keyboard("ru");
    // Both chords may be in one frame. Without a selection, only the last character would be deleted.
    desktop.xdotool(["key", "--delay", "0", &format!("ctrl+{a}"), "BackSpace"]);
    desktop.wait_for("without a filter all arcs are bright", |picture| arcs(picture) * 10 > all * 6);
    desktop.key("Escape");
    program.quit_by(&desktop, &format!("ctrl+{q}"));
}

#[test]
fn a_minimised_window_draws_nothing_goes_on_sampling_and_draws_again_at_once() {
    let Some(_turn) = turn("window::a_minimised_window_draws_nothing_goes_on_sampling_and_draws_again_at_once") else {
        return;
    };
    let desktop = Desktop::start();
    let program = Program::start_with(&desktop, &["-v"]);
    let globe = program.globe(&desktop);
    // Hide it for longer each time, until something was sampled in the meantime.
    for times in 0.. {
        program.minimise(&desktop);
        program.wait_for_line("the window is hidden", times);
        desktop.wait_for("the window is gone", |picture| count(picture, &globe, is_arc) == 0);
        // A hidden window shows nothing to wait for.
        thread::sleep(Duration::from_secs(2 << times));
        program.restore(&desktop);
        let line = program.wait_for_line("the window is back", times);
        let numbers = line.split_once("back after").expect("the words").1.split_whitespace();
        let numbers: Vec<u64> = numbers.filter_map(|word| word.parse().ok()).collect();
        let [_, frames, messages] = numbers[..] else { panic!("{line}") };
        assert_eq!(frames, 0, "{line}");
        desktop.wait_for("the globe is there again", |picture| count(picture, &globe, is_arc) > 300);
        if messages > 0 {
            break;
        }
        assert!(times < 4, "sampling goes on: {line}");
    }
    program.quit(&desktop);
}

#[test]
fn space_holds_everything_still_and_lets_it_go_on() {
    let Some(_turn) = turn("space_holds_everything_still_and_lets_it_go_on") else { return };
    let desktop = Desktop::start();
    let program = Program::start(&desktop);
    let bar = program.part(&desktop, 16..396, 12..60);
    let is_amber: fn(&image::Rgb<u8>) -> bool = |pixel| pixel[0] > 180 && pixel[1] > 120 && pixel[2] < 130;
    let amber = |picture: &RgbImage| count(picture, &bar, is_amber);
    // The globe, and the table with its rates and ages; the status line counts frames.
    let parts = [program.globe(&desktop), program.part(&desktop, 16..396, 190..-130)];
    let others = |a: &RgbImage, b: &RgbImage| -> usize {
        let points =
            parts.iter().flat_map(|(columns, rows)| rows.clone().flat_map(|y| columns.clone().map(move |x| (x, y))));
        points.filter(|&(x, y)| a.get_pixel_checked(x, y) != b.get_pixel_checked(x, y)).count()
    };
    let mut before = desktop.picture();
    desktop.wait_for("traffic moves", |picture| others(&before, picture) > 200);
    let without = amber(&desktop.picture());
    desktop.key("space");
    desktop.wait_for("it says that it is paused", |picture| amber(picture) > without + 20);
    // A change just before the pause may still be drawn, and pictures between two slow frames are the same.
    let mut same = 0;
    let held = desktop.wait_for("nothing moves", |picture| {
        same = if others(&before, picture) == 0 { same + 1 } else { 0 };
        before = picture.clone();
        same >= 20
    });
    // Comets would move after a frame, rates and ages would change after a second.
    for _ in 0..8 {
        thread::sleep(Duration::from_millis(250));
        assert_eq!(others(&held, &desktop.picture()), 0, "something moves although it is paused");
    }
    desktop.key("space");
    desktop.wait_for("it goes on", |picture| others(&held, picture) > 200 && amber(picture) <= without);
    program.quit(&desktop);
}

/// Sets the home with a click in the middle of the area without panels, which is the centre of the view. Returns the
/// configuration file with the home, and the position of the click, px.
fn set_home(desktop: &Desktop, program: &Program) -> (String, (u32, u32)) {
    let frame = program.frame(desktop);
    // The centre of the view: the middle of the area beside the table and above the status line.
    let middle = (frame.x + u32::midpoint(396, frame.width), frame.y + (frame.height - 83) / 2);
    let (status, hint) = (program.part(desktop, -300..-25, -76..-46), program.part(desktop, 400..880, -114..-88));
    let config = desktop.home().join("netglobe/config.toml");
    // If place names appear in the area of the hint, the click is too early.
    for _ in 0..10 {
        let mut button = None;
        desktop.wait_for("the status line has a button", |picture| {
            button = a_button(picture, &status);
            button.is_some()
        });
        let letters = count(&desktop.picture(), &hint, is_letter);
        desktop.click(button.expect("found"));
        let clicked = Instant::now();
        while clicked.elapsed() < Duration::from_secs(6) && count(&desktop.picture(), &hint, is_letter) < letters + 150
        {
            thread::sleep(Duration::from_millis(100));
        }
        desktop.click(middle);
        let clicked = Instant::now();
        while clicked.elapsed() < Duration::from_secs(6) {
            match fs::read_to_string(&config) {
                Ok(text) if text.contains("home") => return (text, middle),
                _ => thread::sleep(Duration::from_millis(50)),
            }
        }
        desktop.key("Escape");
    }
    panic!("the home is not kept");
}

/// Clicks an arc, and then others until there are details: an arc in the picture may have disappeared.
fn click_an_arc(desktop: &Desktop, program: &Program, what: &str, has_details: impl Fn(&RgbImage) -> bool) {
    let globe = program.globe(desktop);
    let mut clicked: Option<Instant> = None;
    desktop.wait_for(what, |picture| {
        let is_due = clicked.is_none_or(|at| at.elapsed() > Duration::from_secs(4));
        if is_due
            && !has_details(picture)
            && let Some(arc) = an_arc(picture, &globe)
        {
            desktop.click(arc);
            clicked = Some(Instant::now());
        }
        has_details(picture)
    });
}

/// A point on a row of the table, px.
fn a_row(desktop: &Desktop, program: &Program) -> (u32, u32) {
    program.at(desktop, (70, 340))
}

/// A point on an arc, px: where most neighbouring pixels have an arc's colour, and not near the lower edge.
fn an_arc(picture: &RgbImage, (columns, rows): &Part) -> Option<(u32, u32)> {
    let (inner_columns, inner_rows) = (columns.start + 40..columns.end - 340, rows.start + 40..rows.end - 60);
    let weight = |x: u32, y: u32| count(picture, &(x - 2..x + 3, y - 2..y + 3), is_arc);
    let on_arc = |x: u32, y: u32| picture.get_pixel_checked(x, y).is_some_and(is_arc);
    let points = inner_rows.flat_map(|y| inner_columns.clone().map(move |x| (x, y)));
    points.filter(|&(x, y)| on_arc(x, y)).max_by_key(|&(x, y)| weight(x, y))
}

/// The middle of the first button of a panel, px: a run of pixels in the colour of controls.
fn a_button(picture: &RgbImage, (columns, rows): &Part) -> Option<(u32, u32)> {
    let is_control = |x: u32, y: u32| {
        picture.get_pixel_checked(x, y).is_some_and(|pixel| {
            let [r, g, b] = pixel.0.map(i32::from);
            (18..38).contains(&r) && (28..52).contains(&g) && (46..76).contains(&b)
        })
    };
    for y in rows.clone() {
        let mut run = 0;
        for x in columns.clone() {
            run = if is_control(x, y) { run + 1 } else { 0 };
            if run >= 30 {
                return Some((x - 5, y + 8));
            }
        }
    }
    None
}
