//! Flags of `netglobe autostart`.

use clap::{Args, ValueEnum};

/// `netglobe autostart`.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct AutostartArgs {
    /// What to do
    #[arg(value_enum, value_name = "ACTION")]
    pub wish: AutostartWish,
    /// Record, without a window, instead of showing the window
    #[arg(long)]
    pub record: bool,
}

/// What to do about the start at login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AutostartWish {
    /// Start netglobe at login
    On,
    /// Do not
    Off,
    /// Say which of both it is
    Status,
}
