//! Everything that a user can do, as plain values.
//!
//! A key, a button, a menu and a click on the globe all become an [`Action`], which `app::actions` carries out. An action is
//! data: it can be written to a file and read again, with the names of this module in kebab-case (`"whole-earth"`,
//! `{"filter":"process:=ssh"}`, `{"table":"on"}`). What can be on or off takes a [`Switch`]: a key toggles it, a file states
//! it.
//!
//! [`COMMANDS`] has a row for each of them, from which keys, help and tooltips are made.

mod commands;
mod keys;
#[cfg(test)]
mod tests;

pub(super) use commands::short_label;
pub use commands::{COMMANDS, Command, GESTURES, Group, bound, command_of, hint, keys_text};
pub(super) use keys::is_pressed_in;
pub use keys::{Focus, Key, Press, Scope, Shortcut};

use super::columns::Column;
use crate::geodesy::LatLng;
use bevy::prelude::Entity;
use serde::{Deserialize, Serialize};

/// Something that a user can do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Flies to a place; to this distance where one is given, else at the current distance.
    FlyTo {
        /// The place.
        #[serde(with = "degrees")]
        place: LatLng,
        /// Distance from the centre of the earth, earth radii.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        distance: Option<f64>,
    },
    /// Zooms by notches of a wheel; positive is nearer.
    Zoom(f32),
    /// Shows the whole earth.
    WholeEarth,
    /// Turns to home.
    TurnHome,
    /// Shows all arcs that match the filter.
    ShowMatching,
    /// Shows the selected arc from end to end; without one, all that match the filter.
    ShowSelected,
    /// The camera follows new connections.
    Follow(Switch),
    /// Selects a connection; `None` ends the selection.
    Select(Option<Target>),
    /// Copies the selected row to the clipboard.
    CopyRow,
    /// Copies the details of the selected connection to the clipboard.
    CopyDetails,
    /// Shows the table of connections.
    Table(Switch),
    /// Widens the table to show all its columns.
    AllColumns(Switch),
    /// Sorts the table.
    SortBy {
        /// By this column.
        column: Column,
        /// Whether the smallest comes first.
        ascending: bool,
    },
    /// Sets the filter; after a wrong query the last correct one stays in effect.
    Filter(String),
    /// Moves the keyboard focus to the filter.
    FocusFilter,
    /// Hides what does not match instead of dimming it.
    HideRest(Switch),
    /// Shows day and night.
    RealSun(Switch),
    /// Shows names of places on the globe.
    PlaceNames(Switch),
    /// Takes the next quality: low, medium, high, auto.
    NextQuality,
    /// The earth does not turn by itself.
    ReducedMotion(Switch),
    /// Shows the panels; off, only their buttons are left.
    Panels(Switch),
    /// Full screen.
    FullScreen(Switch),
    /// Saves a picture of the window.
    SavePicture,
    /// Stops time and motion.
    Pause(Switch),
    /// Moves the time shown by so many seconds, where the source has a time of its own; negative is earlier.
    StepTime(i32),
    /// The next click on the globe sets the home.
    PickHome(Switch),
    /// Sets the home and saves it in the configuration.
    SetHome(#[serde(with = "degrees")] LatLng),
    /// Takes back the last change of the home.
    UndoHome,
    /// Shows no home and saves that in the configuration.
    UnsetHome,
    /// Takes the home from the time zone and removes it from the configuration.
    HomeFromTimeZone,
    /// Shows all keys.
    Keys(Switch),
    /// Shows the legend.
    Legend(Switch),
    /// Shows the glossary.
    Glossary(Switch),
    /// Shows whose data and pictures these are.
    Credits(Switch),
    /// Takes back one thing: closes the help, ends the selection, clears the filter, shows the whole earth.
    StepBack,
    /// Ends the program.
    Quit,
}

impl Action {
    /// Whether a control has the keyboard focus afterwards.
    #[must_use]
    pub fn takes_keyboard(&self) -> bool {
        matches!(self, Self::FocusFilter)
    }
}

/// A change of something that can be on or off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// Off if it is on, and on if it is off.
    #[default]
    Toggle,
    /// On.
    On,
    /// Off.
    Off,
}

impl Switch {
    /// The new value, where it is `now`.
    #[must_use]
    pub fn after(self, now: bool) -> bool {
        match self {
            Self::Toggle => !now,
            Self::On => true,
            Self::Off => false,
        }
    }

    /// Changes `value`.
    pub fn apply(self, value: &mut bool) {
        *value = self.after(*value);
    }
}

/// A connection to select.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// By its entity in this run of the program; cannot be written to a file.
    #[serde(skip)]
    Entity(Entity),
    /// The connection that matches this query; the first seen where there are several.
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
