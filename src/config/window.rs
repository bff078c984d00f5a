//! Settings of the window.

use crate::cli::{MonitorChoice, PaletteChoice, WindowArgs};

/// Settings of the window, from flags, file and defaults.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WindowSettings {
    /// Whether it starts in ambient mode.
    pub ambient: bool,
    /// Whether it draws on the background of the desktop.
    pub wallpaper: bool,
    /// Name or path of the lesson that begins.
    pub lesson: Option<String>,
    /// Whether ambient mode shows the time of day.
    pub clock: bool,
    /// Monitor for full screen; `None` for the one on which the window is.
    pub monitor: Option<MonitorChoice>,
    /// Whether the screen may turn off while the globe is visible in full screen.
    pub may_sleep: bool,
    /// Whether it also stays on when the computer runs on battery.
    pub stays_on_battery: bool,
    /// Colours of the picture; `None` if the desktop decides.
    pub palette: Option<PaletteChoice>,
    /// Whether nothing moves by itself; `None` if the desktop decides.
    pub reduced_motion: Option<bool>,
    /// Size of texts, panels and lines, from 0.75 to 2.5.
    pub ui_scale: f32,
    /// Maximum CPU time, percent of one core; `None` for no limit.
    pub cpu_limit: Option<f32>,
}

/// What the configuration file says about the window; `None` for missing keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WindowConfig {
    /// Whether ambient mode shows the time of day.
    pub clock: Option<bool>,
    /// Monitor for full screen.
    pub monitor: Option<MonitorChoice>,
    /// Whether the screen stays on while the globe is visible in full screen.
    pub inhibit: Option<bool>,
    /// Whether it also stays on when the computer runs on battery.
    pub inhibit_on_battery: Option<bool>,
    /// Colours of the picture.
    pub palette: Option<PaletteChoice>,
    /// Whether nothing moves by itself.
    pub reduced_motion: Option<bool>,
    /// Size of texts, panels and lines.
    pub ui_scale: Option<f32>,
    /// Maximum CPU time, percent of one core.
    pub cpu_limit: Option<f32>,
}

impl WindowSettings {
    /// Merges flags and file; flags have precedence.
    #[must_use]
    pub fn merge(flags: &WindowArgs, file: WindowConfig) -> Self {
        Self {
            ambient: flags.ambient,
            wallpaper: flags.wallpaper,
            lesson: None,
            clock: flags.clock || file.clock.unwrap_or(false),
            monitor: flags.monitor.clone().or(file.monitor),
            may_sleep: flags.no_inhibit || !file.inhibit.unwrap_or(true),
            stays_on_battery: file.inhibit_on_battery.unwrap_or(false),
            palette: flags.palette.or(file.palette),
            reduced_motion: flags.reduced_motion.then_some(true).or(file.reduced_motion),
            ui_scale: flags.ui_scale.or(file.ui_scale).unwrap_or(1.0),
            cpu_limit: flags.cpu_limit.or(file.cpu_limit),
        }
    }
}
