//! The program in its window, on a desktop of its own.

use super::{
    desktop::{Desktop, PATIENCE},
    rasterizer,
};
use image::{Rgb, RgbImage};
use std::{
    fs,
    ops::Range,
    path::PathBuf,
    process::{Child, Command, ExitStatus},
    thread,
    time::{Duration, Instant},
};

/// A part of the window: columns and rows, px.
pub type Part = (Range<u32>, Range<u32>);

/// The program, running.
#[derive(Debug)]
pub struct Program {
    child: Child,
    said: PathBuf,
    /// Window, as xdotool names it.
    window: String,
}

/// Where the window is on the screen, px.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Program {
    /// Starts the demo, and waits until it shows the globe with arcs, all of it in daylight and at rest.
    pub fn start(desktop: &Desktop) -> Self {
        Self::start_with(desktop, &[])
    }

    /// The same with more flags.
    pub fn start_with(desktop: &Desktop, flags: &[&str]) -> Self {
        let program = Self::open(desktop, flags, &[]);
        desktop.wait_for("the globe is there", |picture| {
            let frame = program.frame(desktop);
            frame.width > 0 && count(picture, &program.globe(desktop), is_arc) > 300
        });
        // The window manager gives it the keyboard; before that it does not manage the window, nor make it fill the screen.
        let start = Instant::now();
        while desktop.xdotool(["getactivewindow"]).trim() != program.window {
            assert!(start.elapsed() < PATIENCE, "the window manager does not activate the window");
            desktop.xdotool(["windowactivate", &program.window]);
            thread::sleep(Duration::from_millis(100));
        }
        // No drift and no night: pictures of one test can be compared.
        let land = program.part(desktop, 700..1_000, 440..640);
        desktop.key("m");
        desktop.key("n");
        desktop.wait_for("the earth is in daylight", |picture| count(picture, &land, is_desert) > 8_000);
        program
    }

    /// The demo, to be started on a desktop with some flags and variables; what it says goes into a file.
    pub fn command(desktop: &Desktop, flags: &[&str], variables: &[(&str, &str)]) -> (Command, PathBuf) {
        let (said, file) = desktop.log_file();
        let mut command = desktop.command(env!("CARGO_BIN_EXE_netglobe"));
        command
            .args(["demo", "--seed", "3", "--home", "52.5,13.4", "--quality", "low"])
            .args(flags)
            // A server without a screen has no graphics card, whatever this machine has.
            .envs(rasterizer::lavapipe().expect("lavapipe").environment())
            .envs(variables.iter().copied())
            .stderr(file);
        (command, said)
    }

    /// Starts the demo, and waits until its window is there.
    pub fn open(desktop: &Desktop, flags: &[&str], variables: &[(&str, &str)]) -> Self {
        let (mut command, said) = Self::command(desktop, flags, variables);
        let child = command.spawn().expect("netglobe starts");
        let mut program = Self { child, said, window: String::new() };
        let start = Instant::now();
        while program.window.is_empty() {
            assert!(start.elapsed() < PATIENCE, "no window: {}", program.said());
            assert!(matches!(program.child.try_wait(), Ok(None)), "it ended: {}", program.said());
            program.window = desktop
                .xdotool(["search", "--onlyvisible", "--name", "^netglobe$"])
                .lines()
                .next()
                .unwrap_or("")
                .to_owned();
            thread::sleep(Duration::from_millis(100));
        }
        program
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Gives the window another size, px.
    pub fn resize(&self, desktop: &Desktop, (width, height): (u32, u32)) {
        desktop.xdotool(["windowsize", &self.window, &width.to_string(), &height.to_string()]);
    }

    /// Ends it from outside, as a terminal does.
    pub fn end(mut self) -> String {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ended");
        self.said()
    }

    /// Where the window is.
    pub fn frame(&self, desktop: &Desktop) -> Frame {
        let said = desktop.xdotool(["getwindowgeometry", "--shell", &self.window]);
        let value = |name: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.and_then(|value| value.parse().ok()).unwrap_or(0)
        };
        Frame { x: value("X"), y: value("Y"), width: value("WIDTH"), height: value("HEIGHT") }
    }

    /// A point of the window on the screen, px.
    pub fn at(&self, desktop: &Desktop, (x, y): (u32, u32)) -> (u32, u32) {
        let frame = self.frame(desktop);
        (frame.x + x, frame.y + y)
    }

    /// A part of the window on the screen; what is negative counts from the right and the lower edge.
    pub fn part(&self, desktop: &Desktop, x: Range<i32>, y: Range<i32>) -> Part {
        let frame = self.frame(desktop);
        let place = |value: i32, start: u32, length: u32| {
            let from = if value < 0 { length.saturating_add_signed(value) } else { value.unsigned_abs().min(length) };
            start + from
        };
        let columns = place(x.start, frame.x, frame.width)..place(x.end, frame.x, frame.width);
        (columns, place(y.start, frame.y, frame.height)..place(y.end, frame.y, frame.height))
    }

    /// Where the globe is and no panel, nor the home mark's own white.
    pub fn globe(&self, desktop: &Desktop) -> Part {
        self.part(desktop, 410..-10, 60..-110)
    }

    /// Puts the window away, as its button for that does.
    pub fn minimise(&self, desktop: &Desktop) {
        desktop.xdotool(["windowminimize", &self.window]);
    }

    /// Brings it back, as a click in a task bar does.
    pub fn restore(&self, desktop: &Desktop) {
        desktop.xdotool(["windowactivate", &self.window]);
    }

    /// Waits for another line of the log that has these words after so many, and returns it.
    pub fn wait_for_line(&self, words: &str, after: usize) -> String {
        let start = Instant::now();
        loop {
            let said = self.said();
            if let Some(line) = said.lines().filter(|line| line.contains(words)).nth(after) {
                return line.to_owned();
            }
            assert!(start.elapsed() < PATIENCE, "it does not say {words:?}: {said}");
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Ends it by the key for that.
    pub fn quit(self, desktop: &Desktop) {
        self.quit_by(desktop, "ctrl+q");
    }

    /// Ends it by that key, however it has to be named on this keyboard.
    pub fn quit_by(mut self, desktop: &Desktop, key: &str) {
        desktop.key(key);
        let status = self.wait();
        let said = self.said();
        assert!(status.is_some_and(|status| status.success()), "after {key}: {status:?} {said}");
        assert!(!said.contains("panicked") && !said.contains("ERROR"), "{said}");
    }

    fn wait(&mut self) -> Option<ExitStatus> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            thread::sleep(Duration::from_millis(50));
        }
        None
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.said).unwrap_or_default()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // After a test that failed; else it has ended.
        self.child.kill().unwrap_or_default();
        self.child.wait().ok();
    }
}

/// Number of pixels of a part that are of a kind.
pub fn count(picture: &RgbImage, (columns, rows): &Part, is: fn(&Rgb<u8>) -> bool) -> usize {
    let at = |x, y| picture.get_pixel_checked(x, y).is_some_and(is);
    rows.clone().map(|y| columns.clone().filter(|&x| at(x, y)).count()).sum()
}

/// Violet, turquoise or pink: arcs and dots have these colours, the earth, its lights and its air have not.
pub fn is_arc(&Rgb([r, g, b]): &Rgb<u8>) -> bool {
    let [r, g, b] = [r, g, b].map(i32::from);
    let violet = b > r + 25 && r > g + 12 && b > 150;
    let turquoise = g > r + 70 && g > b + 12 && g > 130;
    let pink = r > g + 50 && b > g + 25 && r > 150;
    violet || turquoise || pink
}

/// Letters: bright without colour.
pub fn is_letter(&Rgb([r, g, b]): &Rgb<u8>) -> bool {
    r > 150 && g > 155 && b > 165 && b < r.saturating_add(60)
}

/// The Sahara by day.
fn is_desert(&Rgb([r, g, b]): &Rgb<u8>) -> bool {
    r > 120 && r > g && g > b.saturating_add(15)
}

/// Whether the upper border of a panel goes along the upper edge of a part.
pub fn has_panel(picture: &RgbImage, (columns, rows): &Part) -> bool {
    let border = [38, 52, 86];
    let is_border = |x, y| {
        picture.get_pixel_checked(x, y).is_some_and(|pixel| {
            pixel.0.iter().zip(border).all(|(part, wanted)| i32::from(*part).abs_diff(wanted) <= 14)
        })
    };
    let length = columns.len();
    rows.clone().any(|y| columns.clone().filter(|&x| is_border(x, y)).count() * 10 > length * 9)
}

/// The line under a wrong word, and what is said about it.
pub fn is_wrong(&Rgb([r, g, b]): &Rgb<u8>) -> bool {
    r > 200 && (80..140).contains(&g) && (80..140).contains(&b)
}
