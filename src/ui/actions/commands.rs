//! The table of all commands: the single source of keys, help, tooltips and command lists.

use super::{Action, Focus, Key, Press, Scope, Shortcut, Switch};
use crate::{geodesy::LatLng, history::SubjectKind, language::t, ui::Column, view::time_bar::TimeSpan};
use std::mem::discriminant;

/// A text in the language of the moment.
pub(in crate::ui) type Text = fn() -> &'static str;

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
    pub const ALL: [(Self, Text); 8] = [
        (Self::Globe, || t!("action-group-globe")),
        (Self::Connections, || t!("action-group-connections")),
        (Self::Filter, || t!("action-group-filter")),
        (Self::Time, || t!("action-group-time")),
        (Self::Picture, || t!("action-group-picture")),
        (Self::Window, || t!("action-group-window")),
        (Self::Home, || t!("action-group-home")),
        (Self::Program, || t!("action-group-program")),
    ];
}

/// A row of the table.
#[derive(Debug)]
pub struct Command {
    /// The action; with an example value if it needs one.
    pub action: Action,
    /// Its keys.
    pub keys: &'static [Shortcut],
    /// Its topic.
    pub group: Group,
    gesture: Option<Text>,
    label: Text,
    button: Text,
}

impl Command {
    /// Another gesture for it, such as `Double-click`; empty if there is none.
    #[must_use]
    pub fn gesture(&self) -> &'static str {
        self.gesture.map_or("", |gesture| gesture())
    }

    /// What it does.
    #[must_use]
    pub fn label(&self) -> &'static str {
        (self.label)()
    }

    /// Its name on a button: short, or else the label.
    #[must_use]
    pub fn button(&self) -> &'static str {
        (self.button)()
    }
}

const fn command(group: Group, action: Action, keys: &'static [Shortcut], label: Text) -> Command {
    Command { action, keys, gesture: None, group, label, button: label }
}

/// A command with a shorter name on a button.
const fn on_button(button: Text, group: Group, action: Action, keys: &'static [Shortcut], label: Text) -> Command {
    Command { action, keys, gesture: None, group, label, button }
}

const fn by_hand(group: Group, action: Action, gesture: Text, label: Text) -> Command {
    Command { action, keys: &[], gesture: Some(gesture), group, label, button: label }
}

const fn letter(c: char) -> Shortcut {
    Shortcut::free(Key::Char(c))
}

const TOGGLE: Switch = Switch::Toggle;
const SOMEWHERE: LatLng = LatLng { lat: 0.0, lng: 0.0 };

/// All actions, each once unless different values have different keys.
pub static COMMANDS: &[Command] = &[
    by_hand(Group::Globe, Action::Zoom(1.0), || t!("action-gesture-wheel"), || t!("action-zoom")),
    by_hand(
        Group::Globe,
        Action::FlyTo { place: SOMEWHERE, distance: None },
        || t!("action-gesture-double-click"),
        || t!("action-fly-to"),
    ),
    on_button(
        || t!("action-whole-earth-button"),
        Group::Globe,
        Action::WholeEarth,
        &[Shortcut::free(Key::Home)],
        || t!("action-whole-earth"),
    ),
    command(Group::Globe, Action::TurnHome, &[letter('h')], || t!("action-turn-home")),
    command(Group::Globe, Action::ShowMatching, &[letter('a')], || t!("action-show-matching")),
    command(Group::Globe, Action::ShowSelected, &[Shortcut::free(Key::Enter)], || t!("action-show-selected")),
    command(Group::Globe, Action::Follow(TOGGLE), &[letter('v')], || t!("action-follow")),
    by_hand(Group::Connections, Action::Select(None), || t!("action-gesture-click"), || t!("action-select")),
    command(Group::Connections, Action::CopyRow, &[Shortcut::control('c').within(Scope::Control)], || {
        t!("action-copy-row")
    }),
    command(Group::Connections, Action::CopyDetails, &[], || t!("action-copy-details")),
    command(Group::Connections, Action::Table(TOGGLE), &[Shortcut::control('t')], || t!("action-table")),
    command(Group::Connections, Action::AllColumns(TOGGLE), &[], || t!("action-all-columns")),
    by_hand(
        Group::Connections,
        Action::SortBy { column: Column::Age, ascending: true },
        || t!("action-gesture-click-header"),
        || t!("action-sort-by"),
    ),
    command(Group::Filter, Action::FocusFilter, &[letter('/')], || t!("action-focus-filter")),
    command(Group::Filter, Action::Filter(String::new()), &[], || t!("action-filter")),
    on_button(
        || t!("action-since-now-button"),
        Group::Filter,
        Action::SinceNow,
        &[letter('k')],
        || t!("action-since-now"),
    ),
    command(
        Group::Filter,
        Action::HideRest(TOGGLE),
        &[Shortcut::free(Key::Enter).shifted().within(Scope::Control)],
        || t!("action-hide-rest"),
    ),
    command(Group::Picture, Action::RealSun(TOGGLE), &[letter('n')], || t!("action-real-sun")),
    command(Group::Picture, Action::PlaceNames(TOGGLE), &[letter('l')], || t!("action-place-names")),
    command(Group::Picture, Action::NextQuality, &[letter('g')], || t!("action-next-quality")),
    command(Group::Picture, Action::NextPalette, &[letter('c')], || t!("action-next-palette")),
    command(Group::Picture, Action::ReducedMotion(TOGGLE), &[letter('m')], || t!("action-reduced-motion")),
    on_button(
        || t!("action-panels-button"),
        Group::Window,
        Action::Panels(TOGGLE),
        &[letter('o')],
        || t!("action-panels"),
    ),
    on_button(
        || t!("action-full-screen-button"),
        Group::Window,
        Action::FullScreen(TOGGLE),
        &[letter('f'), Shortcut::free(Key::F11).within(Scope::Always)],
        || t!("action-full-screen"),
    ),
    on_button(
        || t!("action-ambient-button"),
        Group::Window,
        Action::Ambient(TOGGLE),
        &[letter('b')],
        || t!("action-ambient"),
    ),
    on_button(
        || t!("action-stage-button"),
        Group::Window,
        Action::Stage(TOGGLE),
        &[letter('s')],
        || t!("action-stage"),
    ),
    command(Group::Window, Action::ChangeUiScale(1), &[Shortcut::control('+'), Shortcut::control('=')], || {
        t!("action-larger")
    }),
    command(Group::Window, Action::ChangeUiScale(-1), &[Shortcut::control('-')], || t!("action-smaller")),
    command(Group::Window, Action::ChangeUiScale(0), &[Shortcut::control('0')], || t!("action-usual-size")),
    on_button(
        || t!("action-save-picture-button"),
        Group::Window,
        Action::SavePicture,
        &[letter('p')],
        || t!("action-save-picture"),
    ),
    on_button(
        || t!("action-pause-button"),
        Group::Time,
        Action::Pause(TOGGLE),
        &[Shortcut::free(Key::Space)],
        || t!("action-pause"),
    ),
    on_button(|| "−10 s", Group::Time, Action::StepTime(-10), &[letter('[')], || t!("action-back-10-s")),
    on_button(|| "+10 s", Group::Time, Action::StepTime(10), &[letter(']')], || t!("action-forward-10-s")),
    on_button(|| "−1 min", Group::Time, Action::StepTime(-60), &[letter('{')], || t!("action-back-1-min")),
    on_button(|| "+1 min", Group::Time, Action::StepTime(60), &[letter('}')], || t!("action-forward-1-min")),
    command(Group::Time, Action::StepChange(-1), &[Shortcut::free(Key::Left)], || t!("action-previous-change")),
    command(Group::Time, Action::StepChange(1), &[Shortcut::free(Key::Right)], || t!("action-next-change")),
    command(Group::Time, Action::StepBin(-1), &[Shortcut::free(Key::Left).shifted()], || t!("action-previous-bin")),
    command(Group::Time, Action::StepBin(1), &[Shortcut::free(Key::Right).shifted()], || t!("action-next-bin")),
    command(Group::Time, Action::ShowTimeSpan(TimeSpan::TenMinutes), &[], || t!("action-show-time-span")),
    command(Group::Time, Action::PlaySpeed(1), &[], || t!("action-play-speed")),
    command(Group::Time, Action::ShowMoment(0), &[], || t!("action-show-moment")),
    by_hand(Group::Time, Action::ChooseTime(None), || t!("action-gesture-shift-drag"), || t!("action-choose-time")),
    command(Group::Time, Action::WindowBegins, &[letter('(')], || t!("action-window-begins")),
    command(Group::Time, Action::WindowEnds, &[letter(')')], || t!("action-window-ends")),
    on_button(
        || t!("action-compare-button"),
        Group::Time,
        Action::Compare(TOGGLE),
        &[letter('=')],
        || t!("action-compare"),
    ),
    on_button(|| t!("action-export-button"), Group::Time, Action::Export, &[letter('x')], || t!("action-export")),
    on_button(
        || t!("action-export-scrubbed-button"),
        Group::Time,
        Action::ExportScrubbed,
        &[letter('w')],
        || t!("action-export-scrubbed"),
    ),
    command(Group::Time, Action::CompareBy(SubjectKind::Process), &[], || t!("action-compare-by")),
    command(Group::Time, Action::ComparisonList(TOGGLE), &[], || t!("action-comparison-list")),
    on_button(
        || t!("action-live-button"),
        Group::Time,
        Action::Live,
        &[Shortcut::free(Key::End)],
        || t!("action-live"),
    ),
    on_button(
        || t!("action-private-button"),
        Group::Time,
        Action::Private(TOGGLE),
        &[letter('i')],
        || t!("action-private"),
    ),
    on_button(|| "½×", Group::Time, Action::ChangeSpeed(-1), &[letter('<')], || t!("action-slower")),
    on_button(|| "2×", Group::Time, Action::ChangeSpeed(1), &[letter('>')], || t!("action-faster")),
    on_button(|| t!("action-pick-home-button"), Group::Home, Action::PickHome(TOGGLE), &[], || t!("action-pick-home")),
    command(Group::Home, Action::SetHome(SOMEWHERE), &[], || t!("action-set-home")),
    on_button(|| t!("action-undo-home-button"), Group::Home, Action::UndoHome, &[], || t!("action-undo-home")),
    on_button(|| t!("action-unset-home-button"), Group::Home, Action::UnsetHome, &[], || t!("action-unset-home")),
    on_button(
        || t!("action-home-from-time-zone-button"),
        Group::Home,
        Action::HomeFromTimeZone,
        &[],
        || t!("action-home-from-time-zone"),
    ),
    on_button(|| t!("action-keys-button"), Group::Program, Action::Keys(TOGGLE), &[letter('?')], || t!("action-keys")),
    command(Group::Program, Action::Legend(TOGGLE), &[], || t!("action-legend")),
    command(Group::Program, Action::Glossary(TOGGLE), &[], || t!("action-glossary")),
    on_button(|| t!("help-lessons"), Group::Program, Action::Lessons(TOGGLE), &[letter('e')], || t!("action-lessons")),
    command(Group::Program, Action::BeginLesson(String::new()), &[], || t!("action-begin-lesson")),
    on_button(
        || t!("action-next-step-button"),
        Group::Program,
        Action::LessonStep(1),
        &[letter('.')],
        || t!("action-next-step"),
    ),
    on_button(
        || t!("action-previous-step-button"),
        Group::Program,
        Action::LessonStep(-1),
        &[letter(',')],
        || t!("action-previous-step"),
    ),
    command(Group::Program, Action::AnswerLesson(0), &[], || t!("action-answer-lesson")),
    command(Group::Program, Action::EndLesson, &[], || t!("action-end-lesson")),
    command(Group::Program, Action::Credits(TOGGLE), &[], || t!("action-credits")),
    command(Group::Program, Action::StepBack, &[Shortcut::free(Key::Escape)], || t!("action-step-back")),
    command(Group::Program, Action::Quit, &[Shortcut::control('q')], || t!("action-quit")),
];

/// Mouse and key gestures that are not commands, for the help.
pub const GESTURES: &[(Group, Text, Text)] = &[
    (Group::Globe, || t!("action-gesture-drag"), || t!("action-turn-earth")),
    (Group::Globe, || t!("action-gesture-hover"), || t!("action-name-country")),
    (Group::Connections, || t!("action-gesture-tab"), || t!("action-move-focus")),
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
    let same = COMMANDS.iter().find(|command| command.action == *action);
    same.or_else(|| COMMANDS.iter().find(|command| discriminant(&command.action) == discriminant(action)))
}

/// The name of an action on a button.
pub(in crate::ui) fn short_label(action: &Action) -> &'static str {
    command_of(action).map_or("", Command::button)
}

/// The keys of an action as text, such as `F, F11`; empty if it has none.
#[must_use]
pub fn keys_text(action: &Action) -> String {
    let keys = command_of(action).map_or(&[][..], |command| command.keys);
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What an action does, followed by its keys: `show or hide the table (Ctrl+T)`.
#[must_use]
pub fn hint(action: &Action) -> String {
    let (label, keys) = (command_of(action).map_or("", Command::label), keys_text(action));
    if keys.is_empty() { label.to_owned() } else { format!("{label} ({keys})") }
}
