//! The table of all that can be done: the one source of keys, legend, tooltips and of any list of commands.

use super::{Action, Key, Press, Scope, Shortcut, Switch};
use crate::{geodesy::LatLng, ui::columns::Column};
use std::{mem::discriminant, sync::LazyLock};

/// What commands have to do with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Where the camera looks.
    Globe,
    /// Connections and their table.
    Connections,
    /// The query.
    Filter,
    /// How the picture looks.
    Picture,
    /// The program.
    Program,
}

impl Group {
    /// Every group, in the order of the legend, with its title.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Globe, "Globe"),
        (Self::Connections, "Connections"),
        (Self::Filter, "Filter"),
        (Self::Picture, "Picture"),
        (Self::Program, "Program"),
    ];
}

/// A row of the table.
#[derive(Debug)]
pub struct Command {
    /// What is done. Where it needs a value this is an example of one.
    pub action: Action,
    /// The keys that do it.
    pub keys: &'static [Shortcut],
    /// What else does it, `Double-click`; empty where nothing does.
    pub gesture: &'static str,
    /// What it has to do with.
    pub group: Group,
    /// What it does, in plain words, as one would ask for it.
    pub label: &'static str,
}

const fn command(group: Group, action: Action, keys: &'static [Shortcut], label: &'static str) -> Command {
    Command { action, keys, gesture: "", group, label }
}

const fn by_hand(group: Group, action: Action, gesture: &'static str, label: &'static str) -> Command {
    Command { action, keys: &[], gesture, group, label }
}

const fn letter(c: char) -> Shortcut {
    Shortcut::free(Key::Char(c))
}

const TOGGLE: Switch = Switch::Toggle;
const SOMEWHERE: LatLng = LatLng { lat: 0.0, lng: 0.0 };

/// Every action, each once.
pub static COMMANDS: &[Command] = &[
    by_hand(Group::Globe, Action::Zoom(1.0), "Wheel", "zoom"),
    by_hand(Group::Globe, Action::FlyTo { place: SOMEWHERE, distance: None }, "Double-click", "fly there"),
    command(Group::Globe, Action::WholeEarth, &[Shortcut::free(Key::Home)], "show the whole earth"),
    command(Group::Globe, Action::TurnHome, &[letter('h')], "turn to home"),
    command(Group::Globe, Action::ShowMatching, &[letter('a')], "show all arcs that match"),
    command(
        Group::Globe,
        Action::ShowSelected,
        &[Shortcut::free(Key::Enter)],
        "show the selected arc, from end to end",
    ),
    command(Group::Globe, Action::Follow(TOGGLE), &[letter('v')], "follow what opens"),
    by_hand(Group::Connections, Action::Select(None), "Click", "select an arc or a row"),
    command(
        Group::Connections,
        Action::CopyRow,
        &[Shortcut::control('c').within(Scope::Control)],
        "copy the selected row",
    ),
    command(Group::Connections, Action::CopyDetails, &[], "copy the details of the selected connection"),
    command(Group::Connections, Action::Table(TOGGLE), &[Shortcut::control('t')], "show or hide the table"),
    command(Group::Connections, Action::AllColumns(TOGGLE), &[], "give the table the room that all its columns need"),
    by_hand(
        Group::Connections,
        Action::SortBy { column: Column::Age, ascending: true },
        "Click a head",
        "sort the table by this column; once more turns it round",
    ),
    command(Group::Filter, Action::FocusFilter, &[letter('/')], "type a filter"),
    command(Group::Filter, Action::Filter(String::new()), &[], "filter by a query"),
    command(
        Group::Filter,
        Action::HideRest(TOGGLE),
        &[Shortcut::free(Key::Enter).shifted().within(Scope::Control)],
        "hide what does not match, or dim it again",
    ),
    command(Group::Picture, Action::RealSun(TOGGLE), &[letter('n')], "night and day lighting"),
    command(Group::Picture, Action::PlaceNames(TOGGLE), &[letter('l')], "names of places"),
    command(Group::Picture, Action::NextQuality, &[letter('g')], "quality: low, medium, high, auto"),
    command(Group::Picture, Action::ReducedMotion(TOGGLE), &[letter('m')], "reduced motion"),
    command(
        Group::Picture,
        Action::FullScreen(TOGGLE),
        &[letter('f'), Shortcut::free(Key::F11).within(Scope::Always)],
        "full screen",
    ),
    command(Group::Program, Action::Pause(TOGGLE), &[Shortcut::free(Key::Space)], "pause"),
    command(Group::Program, Action::PickHome(TOGGLE), &[], "set the home with a click on the globe"),
    command(Group::Program, Action::SetHome(SOMEWHERE), &[], "set the home to a place"),
    command(Group::Program, Action::Legend(TOGGLE), &[letter('?')], "legend and keys"),
    command(Group::Program, Action::Credits(TOGGLE), &[], "credits"),
    command(Group::Program, Action::StepBack, &[Shortcut::free(Key::Escape)], "one step back"),
    command(Group::Program, Action::Quit, &[Shortcut::control('q')], "quit"),
];

/// What a hand does that is no command, for the legend.
pub const GESTURES: &[(Group, &str, &str)] = &[
    (Group::Globe, "Drag", "turn the earth"),
    (Group::Globe, "Rest", "the country under the pointer"),
    (Group::Connections, "Tab, arrows", "move between controls and rows"),
];

/// The command that a press asks for. `is_free` says that no control has the keyboard. `Shift` counts where a key has
/// a meaning of its own with it.
#[must_use]
pub fn bound(press: Press, is_free: bool) -> Option<&'static Command> {
    let find = |press: Press| {
        let counts = |key: &Shortcut| match key.scope {
            Scope::Always => true,
            Scope::Free => is_free,
            Scope::Control => false,
        };
        COMMANDS.iter().find(|command| command.keys.iter().any(|key| counts(key) && key.is(press)))
    };
    find(press).or_else(|| find(Press { shift: false, ..press }))
}

/// The row of an action, whatever its value.
#[must_use]
pub fn command_of(action: &Action) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| discriminant(&command.action) == discriminant(action))
}

/// The keys of each row as people read them, and what it does with its keys behind it.
static TEXTS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let texts = |command: &Command| {
        let keys = command.keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let hint = if keys.is_empty() { command.label.to_owned() } else { format!("{} ({keys})", command.label) };
        (keys, hint)
    };
    COMMANDS.iter().map(texts).collect()
});

fn texts(action: &Action) -> Option<&'static (String, String)> {
    TEXTS.get(COMMANDS.iter().position(|command| discriminant(&command.action) == discriminant(action))?)
}

/// The keys of an action as people read them, `F, F11`; empty where it has none.
#[must_use]
pub fn keys_text(action: &Action) -> &'static str {
    texts(action).map_or("", |(keys, _)| keys)
}

/// What an action does, with its keys: `show or hide the table (Ctrl+T)`.
#[must_use]
pub fn hint(action: &Action) -> &'static str {
    texts(action).map_or("", |(_, hint)| hint)
}
