//! What is open in the overlay, and what actions change of it.

use super::{
    actions::{Action, Switch},
    filter_bar::FilterBarState,
    help::HelpTab,
    table::TableState,
};

/// In a window narrower than this, in points, the table is hidden.
pub const NARROW_WINDOW_PT: f32 = 900.0;

/// State of the overlay between frames.
#[derive(Clone, Debug)]
pub struct OverlayState {
    /// The filter.
    pub filter: FilterBarState,
    /// The table.
    pub table: TableState,
    /// Whether the table is shown in a wide window.
    pub show_table: bool,
    /// Whether it is shown in a narrow window.
    pub show_table_when_narrow: bool,
    /// Whether the table is widened to all its columns.
    pub show_all_columns: bool,
    /// Whether a comparison of two windows of time is listed instead of the connections.
    pub shows_comparison: bool,
    /// The open tab of the help.
    pub help: Option<HelpTab>,
    /// Whether all panels are hidden, except for the buttons.
    pub hides_panels: bool,
    /// Height of the status line in the last frame.
    pub(super) status_height_pt: f32,
    /// Height of the card of a lesson in the frame before; 0 without one.
    pub(super) lesson_height_pt: f32,
}

impl Default for OverlayState {
    fn default() -> Self {
        Self {
            filter: FilterBarState::default(),
            table: TableState::default(),
            show_table: true,
            show_table_when_narrow: false,
            show_all_columns: false,
            shows_comparison: true,
            help: None,
            hides_panels: false,
            status_height_pt: 66.0,
            lesson_height_pt: 0.0,
        }
    }
}

impl OverlayState {
    /// Applies an action for panels, in a window of this width in points. Ignores other actions.
    pub fn act(&mut self, action: &Action, window_width_pt: f32) {
        match action {
            Action::Table(switch) if window_width_pt < NARROW_WINDOW_PT => {
                switch.apply(&mut self.show_table_when_narrow);
            }
            Action::Table(switch) => switch.apply(&mut self.show_table),
            Action::ComparisonList(switch) => switch.apply(&mut self.shows_comparison),
            Action::Compare(_) => self.shows_comparison = true,
            Action::AllColumns(switch) => switch.apply(&mut self.show_all_columns),
            Action::Keys(switch) => self.switch_help(HelpTab::Keys, *switch),
            Action::Legend(switch) => self.switch_help(HelpTab::Legend, *switch),
            Action::Glossary(switch) => self.switch_help(HelpTab::Glossary, *switch),
            Action::Lessons(switch) => self.switch_help(HelpTab::Lessons, *switch),
            Action::Credits(switch) => self.switch_help(HelpTab::Credits, *switch),
            Action::Panels(switch) => self.hides_panels = !switch.after(!self.hides_panels),
            Action::SortBy { column, ascending } => self.table.sort = (*column, *ascending),
            Action::Filter(text) if self.filter.text != *text => self.filter.text.clone_from(text),
            _ => {}
        }
    }

    /// Shows hidden panels, or else closes the help. Returns whether it did either. Part of what `Esc` does.
    pub fn step_back(&mut self) -> bool {
        std::mem::take(&mut self.hides_panels) || self.help.take().is_some()
    }

    fn switch_help(&mut self, tab: HelpTab, switch: Switch) {
        let is_open = self.help == Some(tab);
        if switch.after(is_open) {
            self.help = Some(tab);
        } else if is_open {
            self.help = None;
        }
    }

    /// Whether the table is shown in such a window.
    pub(super) fn shows_table(&self, narrow: bool) -> bool {
        if narrow { self.show_table_when_narrow } else { self.show_table }
    }
}
