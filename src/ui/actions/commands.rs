//! The table of all commands: the single source of keys, help, tooltips and command lists.

use super::{Action, Focus, Key, Press, Scope, Shortcut, Switch};
use crate::{geodesy::LatLng, ui::columns::Column};
use std::{mem::discriminant, sync::LazyLock};

/// Topic of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The camera.
    Globe,
    /// Connections and their table.
    Connections,
    /// The filter.
    Filter,
    /// The appearance of the picture.
    Picture,
    /// The window and its panels.
    Window,
    /// The time shown.
    Time,
    /// The location of this computer.
    Home,
    /// Help and the program itself.
    Program,
}

impl Group {
    /// All groups with their titles, in the order of the help.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Globe, "Globe"),
        (Self::Connections, "Connections"),
        (Self::Filter, "Filter"),
        (Self::Time, "Time"),
        (Self::Picture, "Picture"),
        (Self::Window, "Window"),
        (Self::Home, "Home"),
        (Self::Program, "Program"),
    ];
}

/// A row of the table.
#[derive(Debug)]
pub struct Command {
    /// The action; with an example value if it needs one.
    pub action: Action,
    /// Its keys.
    pub keys: &'static [Shortcut],
    /// Another gesture for it, such as `Double-click`; empty if there is none.
    pub gesture: &'static str,
    /// Its topic.
    pub group: Group,
    /// What it does.
    pub label: &'static str,
    /// Its name on a button; empty if that is the label.
    pub button: &'static str,
}

const fn command(group: Group, action: Action, keys: &'static [Shortcut], label: &'static str) -> Command {
    Command { action, keys, gesture: "", group, label, button: label }
}

/// A command with a shorter name on a button.
const fn on_button(
    button: &'static str,
    group: Group,
    action: Action,
    keys: &'static [Shortcut],
    label: &'static str,
) -> Command {
    Command { action, keys, gesture: "", group, label, button }
}

const fn by_hand(group: Group, action: Action, gesture: &'static str, label: &'static str) -> Command {
    Command { action, keys: &[], gesture, group, label, button: label }
}

const fn letter(c: char) -> Shortcut {
    Shortcut::free(Key::Char(c))
}

const TOGGLE: Switch = Switch::Toggle;
const SOMEWHERE: LatLng = LatLng { lat: 0.0, lng: 0.0 };

/// All actions, each once unless different values have different keys.
pub static COMMANDS: &[Command] = &[
    by_hand(Group::Globe, Action::Zoom(1.0), "Wheel", "zoom"),
    by_hand(Group::Globe, Action::FlyTo { place: SOMEWHERE, distance: None }, "Double-click", "zoom in on a point"),
    on_button("Whole earth", Group::Globe, Action::WholeEarth, &[Shortcut::free(Key::Home)], "show the whole earth"),
    command(Group::Globe, Action::TurnHome, &[letter('h')], "turn to home"),
    command(Group::Globe, Action::ShowMatching, &[letter('a')], "show all arcs that match the filter"),
    command(Group::Globe, Action::ShowSelected, &[Shortcut::free(Key::Enter)], "show the whole selected arc"),
    command(Group::Globe, Action::Follow(TOGGLE), &[letter('v')], "follow new connections"),
    by_hand(Group::Connections, Action::Select(None), "Click", "select an arc or a row"),
    command(
        Group::Connections,
        Action::CopyRow,
        &[Shortcut::control('c').within(Scope::Control)],
        "copy the selected row",
    ),
    command(Group::Connections, Action::CopyDetails, &[], "copy the details of the selected connection"),
    command(Group::Connections, Action::Table(TOGGLE), &[Shortcut::control('t')], "show or hide the table"),
    command(Group::Connections, Action::AllColumns(TOGGLE), &[], "widen the table to show all columns"),
    by_hand(
        Group::Connections,
        Action::SortBy { column: Column::Age, ascending: true },
        "Click a header",
        "sort by the column; again reverses the order",
    ),
    command(Group::Filter, Action::FocusFilter, &[letter('/')], "type a filter"),
    command(Group::Filter, Action::Filter(String::new()), &[], "filter by a query"),
    command(
        Group::Filter,
        Action::HideRest(TOGGLE),
        &[Shortcut::free(Key::Enter).shifted().within(Scope::Control)],
        "hide or dim what does not match",
    ),
    command(Group::Picture, Action::RealSun(TOGGLE), &[letter('n')], "day and night, or daylight everywhere"),
    command(Group::Picture, Action::PlaceNames(TOGGLE), &[letter('l')], "show or hide names of places"),
    command(Group::Picture, Action::NextQuality, &[letter('g')], "quality: low, medium, high, auto"),
    command(
        Group::Picture,
        Action::NextPalette,
        &[letter('c')],
        "colours: standard, deuteranopia, protanopia, tritanopia, high contrast",
    ),
    command(
        Group::Picture,
        Action::ReducedMotion(TOGGLE),
        &[letter('m')],
        "reduced motion: the earth rests, and arcs have no comets",
    ),
    on_button("Hide panels", Group::Window, Action::Panels(TOGGLE), &[letter('o')], "show or hide the panels"),
    on_button(
        "Full screen",
        Group::Window,
        Action::FullScreen(TOGGLE),
        &[letter('f'), Shortcut::free(Key::F11).within(Scope::Always)],
        "full screen",
    ),
    on_button(
        "Ambient",
        Group::Window,
        Action::Ambient(TOGGLE),
        &[letter('b')],
        "ambient display: full screen, a caption and a slow tour",
    ),
    on_button(
        "Stage mode",
        Group::Window,
        Action::Stage(TOGGLE),
        &[letter('s')],
        "stage mode: mask addresses, paths, names and your location",
    ),
    command(
        Group::Window,
        Action::ChangeUiScale(1),
        &[Shortcut::control('+'), Shortcut::control('=')],
        "larger texts, panels and lines",
    ),
    command(Group::Window, Action::ChangeUiScale(-1), &[Shortcut::control('-')], "smaller texts, panels and lines"),
    command(
        Group::Window,
        Action::ChangeUiScale(0),
        &[Shortcut::control('0')],
        "usual size of texts, panels and lines",
    ),
    on_button("Save picture", Group::Window, Action::SavePicture, &[letter('p')], "save a picture of the window"),
    on_button("Pause", Group::Time, Action::Pause(TOGGLE), &[Shortcut::free(Key::Space)], "pause or continue"),
    on_button("−10 s", Group::Time, Action::StepTime(-10), &[letter('[')], "10 seconds back (demo, recording)"),
    on_button("+10 s", Group::Time, Action::StepTime(10), &[letter(']')], "10 seconds forward (demo, recording)"),
    on_button("−1 min", Group::Time, Action::StepTime(-60), &[letter('{')], "1 minute back (demo, recording)"),
    on_button("+1 min", Group::Time, Action::StepTime(60), &[letter('}')], "1 minute forward (demo, recording)"),
    on_button("½×", Group::Time, Action::ChangeSpeed(-1), &[letter('<')], "half as fast (demo, recording)"),
    on_button("2×", Group::Time, Action::ChangeSpeed(1), &[letter('>')], "twice as fast (demo, recording)"),
    on_button("Set home", Group::Home, Action::PickHome(TOGGLE), &[], "set the home with a click on the globe"),
    command(Group::Home, Action::SetHome(SOMEWHERE), &[], "set the home to a place"),
    on_button("Undo", Group::Home, Action::UndoHome, &[], "undo the last change of the home"),
    on_button("No home", Group::Home, Action::UnsetHome, &[], "show no home"),
    on_button("Use the time zone", Group::Home, Action::HomeFromTimeZone, &[], "take the home from the time zone"),
    on_button("Help", Group::Program, Action::Keys(TOGGLE), &[letter('?')], "help: keys, legend, glossary"),
    command(Group::Program, Action::Legend(TOGGLE), &[], "legend"),
    command(Group::Program, Action::Glossary(TOGGLE), &[], "glossary"),
    on_button("Lessons", Group::Program, Action::Lessons(TOGGLE), &[letter('e')], "lessons"),
    command(Group::Program, Action::BeginLesson(String::new()), &[], "begin a lesson"),
    on_button("Next", Group::Program, Action::LessonStep(1), &[letter('.')], "next step of the lesson"),
    on_button("Back", Group::Program, Action::LessonStep(-1), &[letter(',')], "previous step of the lesson"),
    command(Group::Program, Action::AnswerLesson(0), &[], "answer the question of the lesson"),
    command(Group::Program, Action::EndLesson, &[], "end the lesson"),
    command(Group::Program, Action::Credits(TOGGLE), &[], "credits"),
    command(
        Group::Program,
        Action::StepBack,
        &[Shortcut::free(Key::Escape)],
        "step back: close the help, end the selection, clear the filter, show the whole earth",
    ),
    command(Group::Program, Action::Quit, &[Shortcut::control('q')], "quit"),
];

/// Mouse and key gestures that are not commands, for the help.
pub const GESTURES: &[(Group, &str, &str)] = &[
    (Group::Globe, "Drag", "turn the earth"),
    (Group::Globe, "Hover", "name the country under the pointer"),
    (Group::Connections, "Tab, arrows", "move between controls and rows"),
];

/// The command for a key press, depending on the focus. `Shift` is significant if a key has a separate meaning with it.
#[must_use]
pub fn bound(press: Press, focus: Focus) -> Option<&'static Command> {
    let find =
        |press: Press| COMMANDS.iter().find(|command| command.keys.iter().any(|key| focus.lets(key) && key.is(press)));
    find(press).or_else(|| find(Press { shift: false, ..press }))
}

/// The row of an action: the one with the same value, or else any of the same kind.
#[must_use]
pub fn command_of(action: &Action) -> Option<&'static Command> {
    COMMANDS.get(row_of(action)?)
}

fn row_of(action: &Action) -> Option<usize> {
    let same = COMMANDS.iter().position(|command| command.action == *action);
    same.or_else(|| COMMANDS.iter().position(|command| discriminant(&command.action) == discriminant(action)))
}

/// The name of an action on a button.
pub(in crate::ui) fn short_label(action: &Action) -> &'static str {
    command_of(action).map_or("", |command| command.button)
}

/// For each row, its keys as text, and its label followed by its keys.
static TEXTS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let texts = |command: &Command| {
        let keys = command.keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let hint = if keys.is_empty() { command.label.to_owned() } else { format!("{} ({keys})", command.label) };
        (keys, hint)
    };
    COMMANDS.iter().map(texts).collect()
});

fn texts(action: &Action) -> Option<&'static (String, String)> {
    TEXTS.get(row_of(action)?)
}

/// The keys of an action as text, such as `F, F11`; empty if it has none.
#[must_use]
pub fn keys_text(action: &Action) -> &'static str {
    texts(action).map_or("", |(keys, _)| keys)
}

/// What an action does, followed by its keys: `show or hide the table (Ctrl+T)`.
#[must_use]
pub fn hint(action: &Action) -> &'static str {
    texts(action).map_or("", |(_, hint)| hint)
}
