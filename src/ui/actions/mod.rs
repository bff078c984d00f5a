//! Everything that a person can do, as plain values.
//!
//! A key, a button, a menu and a click on the globe all end in an [`Action`]; `app::actions` is the one place that does
//! what it says. An action is data: it can be written to a file and read again, with the names of this module in
//! kebab-case (`"whole-earth"`, `{"filter":"process:=ssh"}`, `{"table":"on"}`). What can be switched takes a [`Switch`],
//! so that a key turns it over and a file says how it shall be.
//!
//! [`COMMANDS`] has a row for each of them, from which keys, legend and tooltips are made.

mod commands;
mod keys;
#[cfg(test)]
mod tests;

pub use commands::{COMMANDS, Command, GESTURES, Group, bound, command_of, hint, keys_text};
pub(super) use keys::is_pressed_in;
pub use keys::{Key, Press, Scope, Shortcut};

use super::columns::Column;
use crate::geodesy::LatLng;
use bevy::prelude::Entity;
use serde::{Deserialize, Serialize};

/// One thing that a person can do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Flies to a place; with a distance (earth radii from the centre) the camera ends there, else where it is.
    FlyTo {
        /// The place.
        #[serde(with = "degrees")]
        place: LatLng,
        /// Earth radii from the earth's centre.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        distance: Option<f64>,
    },
    /// Zooms by notches of a wheel; positive is nearer.
    Zoom(f32),
    /// Shows the whole earth.
    WholeEarth,
    /// Turns to home.
    TurnHome,
    /// Shows all arcs that the filter lets through.
    ShowMatching,
    /// Shows the selected arc from end to end; without one, all that the filter lets through.
    ShowSelected,
    /// The camera goes to what opens.
    Follow(Switch),
    /// Selects a connection; `None` ends the selection.
    Select(Option<Target>),
    /// Puts the selected row on the clipboard.
    CopyRow,
    /// Puts the details of the selected connection on the clipboard.
    CopyDetails,
    /// Shows the table of connections.
    Table(Switch),
    /// Gives the table the room that all its columns need.
    AllColumns(Switch),
    /// Sorts the table.
    SortBy {
        /// By this column.
        column: Column,
        /// Whether the smallest comes first.
        ascending: bool,
    },
    /// Puts a query into the filter bar and in force; a wrong one leaves the last good one in force.
    Filter(String),
    /// Gives the filter bar the keyboard.
    FocusFilter,
    /// Hides what does not match instead of dimming it.
    HideRest(Switch),
    /// Lights the earth by the real sun.
    RealSun(Switch),
    /// Names places on the globe.
    PlaceNames(Switch),
    /// Takes the next quality: low, medium, high, auto.
    NextQuality,
    /// The earth does not turn by itself.
    ReducedMotion(Switch),
    /// Covers the screen.
    FullScreen(Switch),
    /// Holds everything as it is.
    Pause(Switch),
    /// The next click on the globe sets the home.
    PickHome(Switch),
    /// Sets the home, and keeps it in the configuration.
    SetHome(#[serde(with = "degrees")] LatLng),
    /// Shows the legend with all keys.
    Legend(Switch),
    /// Shows whose data and pictures these are.
    Credits(Switch),
    /// Undoes one thing: what was asked for last comes first.
    StepBack,
    /// Ends the program.
    Quit,
}

impl Action {
    /// Whether a control has the keyboard afterwards.
    #[must_use]
    pub fn takes_keyboard(&self) -> bool {
        matches!(self, Self::FocusFilter)
    }
}

/// What is to become of something that can be on or off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// The other one of the two.
    #[default]
    Toggle,
    /// On.
    On,
    /// Off.
    Off,
}

impl Switch {
    /// What becomes of `now`.
    #[must_use]
    pub fn after(self, now: bool) -> bool {
        match self {
            Self::Toggle => !now,
            Self::On => true,
            Self::Off => false,
        }
    }

    /// Switches `value`.
    pub fn apply(self, value: &mut bool) {
        *value = self.after(*value);
    }
}

/// What is to be selected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// What a row or an arc stands for in this run of the program; it cannot be written to a file.
    #[serde(skip)]
    Entity(Entity),
    /// The connection that this query lets through; the one first seen where there are several.
    Query(String),
}

/// Places as latitude and longitude in degrees: `[51.5, -0.1]`.
mod degrees {
    use super::LatLng;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(place: &LatLng, serializer: S) -> Result<S::Ok, S::Error> {
        [place.lat_deg(), place.lng_deg()].serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LatLng, D::Error> {
        let [lat_deg, lng_deg] = <[f64; 2]>::deserialize(deserializer)?;
        LatLng::from_degrees(lat_deg, lng_deg)
            .ok_or_else(|| D::Error::custom("a latitude from -90 to 90 and a longitude from -180 to 180 were expected"))
    }
}
