//! Tests that no user action in the window makes its main thread wait for the disk.

use super::{
    a_row, click_an_arc,
    desktop::{Desktop, PATIENCE},
    disk_watch::DiskWatch,
    program::{Part, Program, count, has_panel, is_arc, is_letter},
    set_home,
    turn::{not_run, turn},
};
use image::RgbImage;
use std::{
    fs,
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

#[test]
fn the_main_thread_never_touches_the_disk() {
    const NAME: &str = "window::the_main_thread_never_touches_the_disk";
    let Some(_turn) = turn(NAME) else { return };
    if let Err(why) = see_a_write() {
        return not_run(NAME, &format!("a program cannot be traced here: {why}"));
    }
    let desktop = Desktop::start();
    let program = Program::start(&desktop);
    let (globe, right) = (program.globe(&desktop), program.part(&desktop, -320..-30, 12..24));
    let has_details = |picture: &RgbImage| has_panel(picture, &right);
    let arcs = |picture: &RgbImage| count(picture, &globe, is_arc);
    let watch = DiskWatch::of_main_thread(program.pid()).expect("another program could be traced");

    click_an_arc(&desktop, &program, "disk: details of an arc", has_details);
    desktop.point(program.at(&desktop, (1_255, 640)));
    desktop.key("Escape");
    desktop.wait_for("disk: no details", |picture| !has_details(picture));
    desktop.click(a_row(&desktop, &program));
    desktop.wait_for("disk: details of a row", has_details);
    desktop.point(program.at(&desktop, (1_255, 640)));
    desktop.key("Escape");
    desktop.wait_for("disk: no details again", |picture| !has_details(picture));

    let all = arcs(&desktop.picture());
    desktop.key("slash");
    desktop.write("process:nobody");
    desktop.wait_for("disk: a filter", |picture| arcs(picture) * 4 < all);
    desktop.key_times("BackSpace", 20);
    desktop.key("Escape");
    desktop.wait_for("disk: no filter", |picture| arcs(picture) * 10 > all * 6);

    // Nothing else may change the picture while the quality changes.
    desktop.key("space");
    let mut still = desktop.picture();
    desktop.wait_for("disk: paused", |picture| {
        let is_still = difference(&still, picture, &globe) == 0;
        still = picture.clone();
        is_still
    });
    for quality in ["medium", "high"] {
        desktop.key("g");
        let what = format!("disk: quality {quality}");
        still = desktop.wait_for(&what, |picture| difference(&still, picture, &globe) > 1_000);
    }
    desktop.key("space");

    desktop.key("question");
    desktop.wait_for("disk: the legend", has_details);
    desktop.key("Escape");
    desktop.wait_for("disk: no legend", |picture| !has_details(picture));
    let table = program.part(&desktop, 20..380, 240..660);
    let letters = |picture: &RgbImage| count(picture, &table, is_letter);
    let rows = letters(&desktop.picture());
    desktop.key("ctrl+t");
    desktop.wait_for("disk: no table", |picture| letters(picture) * 4 < rows);
    desktop.key("ctrl+t");
    desktop.wait_for("disk: the table", |picture| letters(picture) * 2 > rows);
    desktop.key("F11");
    desktop.wait_for("disk: full screen", |_| program.frame(&desktop).width == Desktop::SIZE.0);
    desktop.key("F11");
    desktop.wait_for("disk: a window again", |picture| {
        let status = program.part(&desktop, 30..-30, -92..-70);
        program.frame(&desktop).width < Desktop::SIZE.0 && has_panel(picture, &status)
    });

    set_home(&desktop, &program);
    for key in ["l", "n", "h", "a", "v", "Home"] {
        desktop.key(key);
    }
    program.minimise(&desktop);
    desktop.wait_for("disk: minimised", |picture| arcs(picture) == 0);
    program.restore(&desktop);
    desktop.wait_for("disk: restored", |picture| arcs(picture) > 100);

    let seen = watch.end();
    assert!(seen.calls > 500, "few system calls: {}", seen.calls);
    assert!(seen.disk.is_empty(), "of {} system calls: {:#?}", seen.calls, seen.disk);
    program.quit(&desktop);
}

/// Checks that a watch of a program that writes a file reports the write.
///
/// # Errors
/// Why programs cannot be traced on this machine.
fn see_a_write() -> Result<(), String> {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("written");
    let script = format!("while :; do echo > '{}'; /bin/true; done", file.display());
    let shell = Shell(Command::new("sh").args(["-c", &script]).spawn().expect("a shell"));
    wait_until("the shell writes", || file.exists());
    let watch = DiskWatch::of_main_thread(shell.0.id())?;
    fs::remove_file(&file).expect("removed");
    wait_until("the shell writes again", || file.exists());
    let seen = watch.end();
    let expected = file.display().to_string();
    assert!(seen.disk.iter().any(|call| call.ends_with(&expected)), "{seen:?}");
    Ok(())
}

struct Shell(Child);

impl Drop for Shell {
    fn drop(&mut self) {
        self.0.kill().unwrap_or_default();
        self.0.wait().ok();
    }
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Number of pixels of a part that differ.
fn difference(a: &RgbImage, b: &RgbImage, (columns, rows): &Part) -> usize {
    let points = rows.clone().flat_map(|y| columns.clone().map(move |x| (x, y)));
    points.filter(|&(x, y)| a.get_pixel_checked(x, y) != b.get_pixel_checked(x, y)).count()
}
