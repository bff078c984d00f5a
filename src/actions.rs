//! All user actions, as plain values.
//!
//! A key, a button, a menu and a click on the globe are all converted to an [`Action`], which the window executes; the steps
//! of a lesson are actions, too. Actions can be serialized, with the names of this module in kebab-case (`"whole-earth"`,
//! `{"filter":"process:=ssh"}`, `{"table":"on"}`). Actions for an on/off state take a [`Switch`]: a key toggles it, a
//! file sets it.

use crate::{geodesy::LatLng, history::SubjectKind, model::TimeWindow};
#[cfg(feature = "window")]
use bevy::prelude::Entity;
use serde::{Deserialize, Serialize};

/// A user action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Flies to a place, at the given or the current distance.
    FlyTo {
        /// The place.
        #[serde(with = "degrees")]
        place: LatLng,
        /// Distance from the centre of the earth, earth radii.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        distance: Option<f64>,
    },
    /// Zooms by wheel notches; positive is closer.
    Zoom(f32),
    /// Shows the whole earth.
    WholeEarth,
    /// Turns the camera to home.
    TurnHome,
    /// Shows all arcs that match the filter.
    ShowMatching,
    /// Shows the selected arc completely; without a selection, all that match the filter.
    ShowSelected,
    /// Makes the camera follow new connections.
    Follow(Switch),
    /// Selects a connection; `None` clears the selection.
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
        /// Whether the smallest value comes first.
        ascending: bool,
    },
    /// Sets the filter; if the query is invalid, the last valid one stays in effect.
    Filter(String),
    /// Moves the keyboard focus to the filter.
    FocusFilter,
    /// Shows only connections that open from now on.
    SinceNow,
    /// Hides connections that do not match instead of dimming them.
    HideRest(Switch),
    /// Shows day and night.
    RealSun(Switch),
    /// Shows names of places on the globe.
    PlaceNames(Switch),
    /// Switches to the next quality: low, medium, high, auto.
    NextQuality,
    /// Switches to the next palette: standard, for three colour vision deficiencies, high contrast.
    NextPalette,
    /// Stops the rotation of the earth.
    ReducedMotion(Switch),
    /// Shows the panels; if off, only their buttons remain.
    Panels(Switch),
    /// Full screen.
    FullScreen(Switch),
    /// Ambient mode: full screen, no panels, a caption, and a slow tour.
    Ambient(Switch),
    /// Stage mode: masks addresses, paths, names and the home; ending it must be requested twice.
    Stage(Switch),
    /// Makes texts, panels and lines larger by this many steps, or smaller if negative; 0 is back to the usual size.
    ChangeUiScale(i8),
    /// Saves a screenshot of the window.
    SavePicture,
    /// Pauses time and motion.
    Pause(Switch),
    /// Changes the displayed time by this many seconds, if the source has its own time; negative is earlier.
    StepTime(i32),
    /// Changes the speed of a source with its own time by this many steps of a factor of two; negative is slower, and 0
    /// is back to normal.
    ChangeSpeed(i8),
    /// Shows the next change, or the previous one if negative, and pauses.
    StepChange(i8),
    /// Shows this moment, ms since 1970: of a source with its own time, or else of the history.
    ShowMoment(i64),
    /// Shows the moment so many bins of the time bar later, or earlier if negative, and pauses.
    StepBin(i8),
    /// Shows so much time in the time bar.
    ShowTimeSpan(TimeSpan),
    /// Plays the past, a demo or a recording at this speed, from 1 to 64; 1 is that of the wall clock.
    PlaySpeed(u8),
    /// Shows only what was there in this window of time, or everything.
    ChooseTime(Option<TimeWindow>),
    /// Lets the chosen window of time begin at the moment shown.
    WindowBegins,
    /// Lets the chosen window of time end at the moment shown.
    WindowEnds,
    /// Compares two windows of time, which are chosen one after the other.
    Compare(Switch),
    /// Compares them by process, country, operator or port.
    CompareBy(SubjectKind),
    /// Lists what differs between two windows of time, instead of the connections.
    ComparisonList(Switch),
    /// Exports the chosen windows of time, or what is in view, as a recording.
    Export,
    /// The same with everything private replaced, so that it can be given to others.
    ExportScrubbed,
    /// Returns to the present.
    Live,
    /// Private mode: nothing is recorded.
    Private(Switch),
    /// Lets the next click on the globe set the home.
    PickHome(Switch),
    /// Sets the home and saves it in the configuration.
    SetHome(#[serde(with = "degrees")] LatLng),
    /// Undoes the last change of the home.
    UndoHome,
    /// Disables the home and saves that in the configuration.
    UnsetHome,
    /// Uses the home from the time zone and removes the saved one from the configuration.
    HomeFromTimeZone,
    /// Shows all keys.
    Keys(Switch),
    /// Shows the legend.
    Legend(Switch),
    /// Shows the glossary.
    Glossary(Switch),
    /// Shows the list of lessons.
    Lessons(Switch),
    /// Begins a lesson, by its name or the path of its file.
    BeginLesson(String),
    /// Goes to the next step of the lesson, or the previous one if negative.
    LessonStep(i8),
    /// Chooses an answer to the question of the step, counted from 0, and shows the right one.
    AnswerLesson(u8),
    /// Ends the lesson.
    EndLesson,
    /// Shows the credits for data and pictures.
    Credits(Switch),
    /// Cancels one thing: closes the help, clears the selection or the filter, shows the whole earth.
    StepBack,
    /// Quits the program.
    Quit,
}

impl Action {
    /// Whether a lesson may do it: it changes only what is shown, and nothing that lasts.
    #[must_use]
    pub fn is_for_lessons(&self) -> bool {
        matches!(
            self,
            Self::FlyTo { .. }
                | Self::WholeEarth
                | Self::TurnHome
                | Self::ShowMatching
                | Self::ShowSelected
                | Self::Follow(_)
                | Self::Select(_)
                | Self::Table(_)
                | Self::AllColumns(_)
                | Self::SortBy { .. }
                | Self::Filter(_)
                | Self::HideRest(_)
                | Self::RealSun(_)
                | Self::PlaceNames(_)
                | Self::Panels(_)
                | Self::Pause(_)
                | Self::StepTime(_)
                | Self::ChangeSpeed(_)
                | Self::Keys(_)
                | Self::Legend(_)
                | Self::Glossary(_)
        )
    }

    /// Whether a control gets the keyboard focus.
    #[must_use]
    pub fn takes_keyboard(&self) -> bool {
        matches!(self, Self::FocusFilter)
    }
}

/// A change of an on/off state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// Toggles it.
    #[default]
    Toggle,
    /// On.
    On,
    /// Off.
    Off,
}

impl Switch {
    /// The new state, if the current one is `now`.
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
    /// By its entity in this run of the program; cannot be serialized.
    #[cfg(feature = "window")]
    #[serde(skip)]
    Entity(Entity),
    /// The connection that matches this query; the one seen first if there are several.
    Query(String),
}

/// A column of the connection table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Column {
    /// Name of the process.
    Process,
    /// The other end, or the local end of a listener.
    Remote,
    /// The location of the other end.
    Place,
    /// The operator of the other end's network.
    Operator,
    /// State of the socket.
    State,
    /// Measured payload per second, both directions.
    Rate,
    /// Payload sent so far.
    Sent,
    /// Payload received so far.
    Received,
    /// Measured round-trip time.
    RoundTrip,
    /// Time since it was first seen.
    Age,
    /// Which end opened it.
    Direction,
    /// Transport protocol.
    Protocol,
}

/// How much time the bar shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeSpan {
    /// Ten minutes.
    #[default]
    TenMinutes,
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week.
    Week,
    /// Everything that is recorded.
    All,
}

/// Serializes places as latitude and longitude in degrees: `[51.5, -0.1]`.
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
