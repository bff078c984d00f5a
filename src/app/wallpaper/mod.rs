//! The globe on the background of the desktop.
//!
//! One process draws on one monitor, so that each has its own size and rate and rests by itself while a full-screen window covers
//! it. Without `--monitor`, the first process starts one for each monitor, and others as monitors come; the process of a
//! monitor that goes ends by itself, and one that fails is started again. Surfaces are this program's own, because the window library opens windows only:
//! `wayland` uses the layer shell, `x11` a window of the type desktop, which lies below all others.

mod picture;
mod wayland;
mod x11;

use crate::app::window::WindowError;
use crate::{cli::MonitorChoice, config::Settings, text::escape_untrusted};
use bevy::{app::App, math::UVec2};
use picture::Picture;
use raw_window_handle::{RawDisplayHandle, RawWindowHandle};
use std::{
    collections::BTreeMap,
    env, io,
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

/// Says to a process that it draws for another one, with which it ends.
const IS_PART: &str = "NETGLOBE_WALLPAPER_PART";
/// Time between two looks for monitors.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// Maximum time until a process that has failed is started again.
const MOST_REST: Duration = Duration::from_mins(5);

/// The background of one monitor.
trait Background {
    /// Its size, px.
    fn size_px(&self) -> UVec2;

    /// Pixels per point.
    fn scale(&self) -> f32 {
        1.0
    }

    /// For the graphics system. They are valid as long as this exists.
    fn handles(&self) -> (RawDisplayHandle, RawWindowHandle);

    /// Waits for events, for at most this time, and no longer when that changes what is wanted.
    ///
    /// # Errors
    /// Why the display cannot be used any more; `None` if the monitor has gone.
    fn wait(&mut self, at_most: Duration) -> Result<(), Option<String>>;

    /// Whether a frame would be visible now.
    fn is_wanted(&mut self) -> bool;

    /// Called before a frame is shown.
    fn will_show(&mut self);
}

/// The desktop.
enum Desktop {
    Wayland,
    X11,
}

impl Desktop {
    fn find() -> Result<Self, String> {
        match crate::app::window::display::find()? {
            crate::app::window::display::Display::Wayland { .. } => Ok(Self::Wayland),
            crate::app::window::display::Display::X11 { .. } => Ok(Self::X11),
            crate::app::window::display::Display::System => Err("this system has no background to draw on".to_owned()),
        }
    }

    /// Names of the monitors, from left to right.
    fn monitors(&self) -> Result<Vec<String>, String> {
        match self {
            Self::Wayland => wayland::monitors(),
            Self::X11 => x11::monitors(),
        }
    }

    fn background(&self, monitor: &str) -> Result<Box<dyn Background>, String> {
        Ok(match self {
            Self::Wayland => Box::new(wayland::Layer::open(monitor)?),
            Self::X11 => Box::new(x11::DesktopWindow::open(monitor)?),
        })
    }
}

/// Draws on the background of the desktop until it is ended.
///
/// # Errors
/// If the desktop has no background to draw on, or nothing can draw.
pub fn run(settings: &Settings) -> Result<(), WindowError> {
    run_with(settings, |_| {})
}

/// The same, with a change of what draws on a monitor.
///
/// # Errors
/// See [`run`].
pub fn run_with(settings: &Settings, change: impl FnOnce(&mut App)) -> Result<(), WindowError> {
    let desktop = Desktop::find().map_err(WindowError::NoDisplay)?;
    if env::var_os(IS_PART).is_some() {
        end_with_parent();
    }
    let Some(wish) = &settings.window.monitor else { return keep_all(&desktop) };
    let monitors = desktop.monitors().map_err(WindowError::Failed)?;
    let monitor = match wish {
        MonitorChoice::Number(number) => number.checked_sub(1).and_then(|index| monitors.get(index)),
        MonitorChoice::Name(name) => monitors.iter().find(|known| known.eq_ignore_ascii_case(name)),
    };
    let Some(monitor) = monitor else {
        let known = monitors.iter().map(|name| escape_untrusted(name)).collect::<Vec<_>>().join(", ");
        return Err(WindowError::Failed(format!("there is no such monitor; here are: {known}")));
    };
    let background = desktop.background(monitor).map_err(WindowError::Failed)?;
    let mut picture = Picture::new(settings, background)?;
    change(&mut picture.app);
    picture.run().map_err(WindowError::Failed)
}

/// The process of a monitor.
struct Part {
    /// `None` after it has failed.
    process: Option<Child>,
    /// When it began or failed.
    since: Instant,
    /// Number of times in a row that it failed soon after it had begun.
    failures: u32,
}

/// Time after which a process that has failed so many times in a row is started again.
fn rest(failures: u32) -> Duration {
    (LOOK_EVERY * 2_u32.pow(failures.saturating_sub(1).min(8))).min(MOST_REST)
}

/// Keeps a process for each monitor.
fn keep_all(desktop: &Desktop) -> Result<(), WindowError> {
    let mut parts: BTreeMap<String, Part> = BTreeMap::new();
    // What cannot be drawn at once is an error of the program.
    let mut has_started = false;
    loop {
        let monitors = desktop.monitors().map_err(WindowError::Failed)?;
        parts.retain(|monitor, part| part.process.is_some() || monitors.contains(monitor));
        for monitor in &monitors {
            let failures = match parts.get(monitor) {
                None => 0,
                Some(part) if part.process.is_none() && part.since.elapsed() >= rest(part.failures) => part.failures,
                Some(_) => continue,
            };
            let process = start_part(monitor).map_err(|error| WindowError::Failed(error.to_string()))?;
            parts.insert(monitor.clone(), Part { process: Some(process), since: Instant::now(), failures });
        }
        thread::sleep(LOOK_EVERY);
        let mut failed = None;
        parts.retain(|_, part| match part.process.as_mut().map(Child::try_wait) {
            None | Some(Ok(None)) => true,
            Some(Ok(Some(status))) if !status.success() => {
                failed = Some(status);
                let failures = if part.since.elapsed() > MOST_REST { 1 } else { part.failures + 1 };
                *part = Part { process: None, since: Instant::now(), failures };
                true
            }
            // Its monitor has gone.
            Some(_) => false,
        });
        match failed {
            // It has said why.
            Some(status) if !has_started => {
                return Err(WindowError::Failed(format!("the background cannot be drawn: {status}")));
            }
            _ => has_started |= !parts.is_empty(),
        }
    }
}

fn start_part(monitor: &str) -> io::Result<Child> {
    Command::new(env::current_exe()?)
        .args(env::args_os().skip(1))
        .args(["--monitor", monitor])
        .env(IS_PART, "1")
        .spawn()
}

/// Ends this process when its parent does.
fn end_with_parent() {
    // If that cannot be set, it goes on, and ends with the session.
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM)).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_again_and_again_is_started_less_and_less_often() {
        let rests_s: Vec<u64> = (1..11).map(|failures| rest(failures).as_secs()).collect();
        assert_eq!(rests_s, [3, 6, 12, 24, 48, 96, 192, 300, 300, 300]);
    }
}
