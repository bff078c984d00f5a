//! The program in its window, on a desktop for a test.

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

/// The running program.
#[derive(Debug)]
pub struct Program {
    child: Child,
    said: PathBuf,
    /// Window ID of xdotool.
    window: String,
}

/// Position of the window on the screen, px.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

impl Program {
    /// Starts the demo, and waits until it shows the globe with arcs, in daylight and without motion.
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
        // Wait until the window manager has activated the window; before that, it does not manage it or make it fill
        // the screen.
        let start = Instant::now();
        while desktop.xdotool(["getactivewindow"]).trim() != program.window {
            assert!(start.elapsed() < PATIENCE, "the window manager does not activate the window");
            desktop.xdotool(["windowactivate", &program.window]);
            thread::sleep(Duration::from_millis(100));
        }
        // Without rotation and night, so that pictures of a test can be compared.
        let land = program.part(desktop, 700..1_000, 440..640);
        desktop.key("m");
        desktop.key("n");
        desktop.wait_for("the earth is in daylight", |picture| count(picture, &land, is_desert) > 8_000);
        program
    }

    /// A command for the demo on a desktop, with these flags and variables; its log goes to a file.
    pub fn command(desktop: &Desktop, flags: &[&str], variables: &[(&str, &str)]) -> (Command, PathBuf) {
        let (said, file) = desktop.log_file();
        let mut command = desktop.command(env!("CARGO_BIN_EXE_netglobe"));
        command
            .args(["demo", "--seed", "3", "--home", "52.5,13.4", "--quality", "low"])
            .args(flags)
            // A virtual server has no graphics card, even if the machine has one.
            .envs(rasterizer::lavapipe().expect("lavapipe").environment())
            .envs(variables.iter().copied())
            .stderr(file);
        (command, said)
    }

    /// Starts the demo, and waits for its window.
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

    /// The process ID.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Resizes the window, px.
    pub fn resize(&self, desktop: &Desktop, (width, height): (u32, u32)) {
        desktop.xdotool(["windowsize", &self.window, &width.to_string(), &height.to_string()]);
    }

    /// Ends it with a signal, like a terminal.
    pub fn end(mut self) -> String {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ended");
        self.said()
    }

    /// Position of the window.
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

    /// A part of the window in screen coordinates; negative numbers count from the right or lower edge.
    pub fn part(&self, desktop: &Desktop, x: Range<i32>, y: Range<i32>) -> Part {
        let frame = self.frame(desktop);
        let place = |value: i32, start: u32, length: u32| {
            let from = if value < 0 { length.saturating_add_signed(value) } else { value.unsigned_abs().min(length) };
            start + from
        };
        let columns = place(x.start, frame.x, frame.width)..place(x.end, frame.x, frame.width);
        (columns, place(y.start, frame.y, frame.height)..place(y.end, frame.y, frame.height))
    }

    /// The part with the globe, without panels and the white of the home mark.
    pub fn globe(&self, desktop: &Desktop) -> Part {
        self.part(desktop, 410..-10, 60..-110)
    }

    /// Minimises the window, like its button.
    pub fn minimise(&self, desktop: &Desktop) {
        desktop.xdotool(["windowminimize", &self.window]);
    }

    /// Restores it, like a click in a task bar.
    pub fn restore(&self, desktop: &Desktop) {
        desktop.xdotool(["windowactivate", &self.window]);
    }

    /// Waits for a line of the log with these words, after skipping the first `after` ones, and returns it.
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

    /// Quits with the keyboard.
    pub fn quit(self, desktop: &Desktop) {
        self.quit_by(desktop, "ctrl+q");
    }

    /// Quits with this key, which depends on the keyboard layout.
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
        // After a failed test; otherwise it has already ended.
        self.child.kill().unwrap_or_default();
        self.child.wait().ok();
    }
}

/// Number of pixels of a part that satisfy a predicate.
pub fn count(picture: &RgbImage, (columns, rows): &Part, is: fn(&Rgb<u8>) -> bool) -> usize {
    let at = |x, y| picture.get_pixel_checked(x, y).is_some_and(is);
    rows.clone().map(|y| columns.clone().filter(|&x| at(x, y)).count()).sum()
}

/// Violet, turquoise or pink: colours of arcs and dots, but not of the earth, city lights and atmosphere.
pub fn is_arc(&Rgb([r, g, b]): &Rgb<u8>) -> bool {
    let [r, g, b] = [r, g, b].map(i32::from);
    let violet = b > r + 25 && r > g + 12 && b > 150;
    let turquoise = g > r + 70 && g > b + 12 && g > 130;
    let pink = r > g + 50 && b > g + 25 && r > 150;
    violet || turquoise || pink
}

/// Letters: bright and without colour.
pub fn is_letter(&Rgb([r, g, b]): &Rgb<u8>) -> bool {
    r > 150 && g > 155 && b > 165 && b < r.saturating_add(60)
}

/// The Sahara in daylight.
fn is_desert(&Rgb([r, g, b]): &Rgb<u8>) -> bool {
    r > 120 && r > g && g > b.saturating_add(15)
}

/// Whether the upper border of a panel is along the upper edge of a part.
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

/// The line under an invalid word, and the error message.
pub fn is_wrong(&Rgb([r, g, b]): &Rgb<u8>) -> bool {
    r > 200 && (80..140).contains(&g) && (80..140).contains(&b)
}
