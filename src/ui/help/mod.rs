//! Help: keys, the legend, a glossary, and credits, each on a tab.

mod glossary;
mod keys;
mod legend;
mod legend_marks;

pub(super) use glossary::{meaning_of, meanings_in, with_meaning_of};
pub use legend::{LegendView, PaceEntry};

use super::{
    actions::{Action, Switch, Text, hint},
    lesson::{LessonRow, lessons_ui},
    theme,
    widgets::{close_button, toggle_button},
};
use crate::language::t;
use bevy_egui::egui::{Label, RichText, ScrollArea, Ui};

/// A tab of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelpTab {
    /// Keys and mouse gestures.
    Keys,
    /// Explanation of the picture.
    Legend,
    /// Explanations of terms.
    Glossary,
    /// The list of lessons.
    Lessons,
    /// Credits for data and pictures.
    Credits,
}

impl HelpTab {
    /// All tabs with their titles, in order.
    const ALL: [(Self, Text); 5] = [
        (Self::Keys, || t!("help-keys")),
        (Self::Legend, || t!("help-legend")),
        (Self::Glossary, || t!("help-glossary")),
        (Self::Lessons, || t!("help-lessons")),
        (Self::Credits, || t!("help-credits")),
    ];

    /// The action that opens or closes it.
    #[must_use]
    pub fn action(self, switch: Switch) -> Action {
        match self {
            Self::Keys => Action::Keys(switch),
            Self::Legend => Action::Legend(switch),
            Self::Glossary => Action::Glossary(switch),
            Self::Lessons => Action::Lessons(switch),
            Self::Credits => Action::Credits(switch),
        }
    }
}

/// Draws the help in the width of `ui`; scrolls if it is too high.
pub(super) fn help_ui(ui: &mut Ui, tab: HelpTab, view: &LegendView, lessons: &[LessonRow], actions: &mut Vec<Action>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (other, title) in HelpTab::ALL {
            let open = other.action(Switch::On);
            if toggle_button(ui, other == tab, title(), &hint(&open)).clicked() {
                actions.push(open);
            }
        }
        if close_button(ui, t!("help-close")).clicked() {
            actions.push(tab.action(Switch::Off));
        }
    });
    ui.add_space(2.0);
    let id = ("help", tab as u8);
    ScrollArea::vertical().id_salt(id).auto_shrink([false, true]).show(ui, |ui| match tab {
        HelpTab::Keys => keys::keys_ui(ui),
        HelpTab::Legend => legend::legend_ui(ui, view),
        HelpTab::Glossary => glossary::glossary_ui(ui),
        HelpTab::Lessons => lessons_ui(ui, lessons, actions),
        HelpTab::Credits => legend::credits_ui(ui),
    });
}

/// A paragraph in the width of `ui`.
fn sentence(ui: &mut Ui, text: &str) {
    ui.add(Label::new(RichText::new(text).size(12.0).color(theme::NORMAL)).wrap());
}
