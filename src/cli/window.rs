//! Flags of the window, and the types of their values.

use clap::{Args, ValueEnum};

/// Flags of the window. They may stand before or after the command.
#[derive(Clone, Debug, Default, PartialEq, Args)]
#[command(next_help_heading = "Window options")]
pub struct WindowArgs {
    /// Ambient display: full screen without panels, a caption, and a slow tour of the busiest places after some time
    /// without input
    #[arg(long, global = true)]
    pub ambient: bool,
    /// Draw on the background of the desktop, on each monitor or on the one of --monitor
    #[arg(long, global = true, conflicts_with = "ambient")]
    pub wallpaper: bool,
    /// Show the time of day in ambient mode
    #[arg(long, global = true)]
    pub clock: bool,
    /// Monitor for full screen: its name, or its number from 1
    #[arg(long, global = true, value_name = "NAME|N", value_parser = parse_monitor)]
    pub monitor: Option<MonitorChoice>,
    /// Let the screen saver start and the screen turn off while the globe is visible in full screen
    #[arg(long, global = true)]
    pub no_inhibit: bool,
    /// Size of texts, panels and lines relative to what the desktop asks for, from 0.75 to 2.5 [default: 1]
    #[arg(long, global = true, value_name = "F", value_parser = parse_ui_scale, allow_hyphen_values = true)]
    pub ui_scale: Option<f32>,
    /// Colours of the arcs [default: standard]
    #[arg(long, global = true, value_name = "NAME", value_enum, ignore_case = true)]
    pub palette: Option<PaletteChoice>,
    /// The earth does not turn, and nothing moves by itself; comets become steady arcs
    #[arg(long, global = true)]
    pub reduced_motion: bool,
    /// Maximum CPU time of the program, in percent of one core, for example 10%; the frame rate follows
    #[arg(long, global = true, value_name = "N%", value_parser = parse_cpu_limit, allow_hyphen_values = true)]
    pub cpu_limit: Option<f32>,
}

/// The colours of the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PaletteChoice {
    /// Hues that add up well on a dark earth
    #[default]
    Standard,
    /// Distinct without green cones
    Deuteranopia,
    /// Distinct without red cones
    Protanopia,
    /// Distinct without blue cones
    Tritanopia,
    /// Few bright colours
    HighContrast,
}

/// The name of a palette, as on the command line.
///
/// # Errors
/// What was expected.
pub fn parse_palette(text: &str) -> Result<PaletteChoice, String> {
    PaletteChoice::from_str(text, true)
        .map_err(|_| "expected standard, deuteranopia, protanopia, tritanopia or high-contrast".to_owned())
}

/// A monitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MonitorChoice {
    /// By its number, from 1.
    Number(usize),
    /// By its name, such as `HDMI-A-1`.
    Name(String),
}

/// A monitor: its name, or its number from 1.
///
/// # Errors
/// What was expected.
pub fn parse_monitor(text: &str) -> Result<MonitorChoice, String> {
    match text.trim() {
        "" => Err("expected the name of a monitor, for example HDMI-A-1, or its number from 1".to_owned()),
        "0" => Err("monitors are numbered from 1".to_owned()),
        text => Ok(text.parse().map_or_else(|_| MonitorChoice::Name(text.to_owned()), MonitorChoice::Number)),
    }
}

/// A share of one core: `10%` or `10`, from 1 to 1600.
///
/// # Errors
/// What was expected.
pub fn parse_cpu_limit(text: &str) -> Result<f32, String> {
    let number = text.trim().trim_end_matches('%').trim_end();
    match number.parse::<f32>() {
        Ok(percent) if (1.0..=1600.0).contains(&percent) => Ok(percent),
        _ => Err("expected a percentage of one core, from 1% to 1600%, for example 10%".to_owned()),
    }
}

/// Size of texts, panels and lines, from 0.75 to 2.5.
///
/// # Errors
/// What was expected.
pub fn parse_ui_scale(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(scale) if (0.75..=2.5).contains(&scale) => Ok(scale),
        _ => Err("expected a number from 0.75 to 2.5".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monitors_have_names_or_numbers_from_1() {
        assert_eq!(parse_monitor("2"), Ok(MonitorChoice::Number(2)));
        assert_eq!(parse_monitor("HDMI-A-1"), Ok(MonitorChoice::Name("HDMI-A-1".to_owned())));
        assert!(parse_monitor("0").is_err() && parse_monitor(" ").is_err());
    }

    #[test]
    fn a_limit_is_a_percentage_of_a_core() {
        assert_eq!(parse_cpu_limit("10%"), Ok(10.0));
        assert_eq!(parse_cpu_limit("2.5"), Ok(2.5));
        for text in ["", "%", "0", "-5%", "nan", "2000%", "ten"] {
            assert!(parse_cpu_limit(text).is_err(), "{text}");
        }
    }
}
