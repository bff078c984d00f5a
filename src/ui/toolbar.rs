//! Buttons without another place: the camera, the window, and the time of a demo or a recording.

use super::{
    actions::{Action, Switch, hint, short_label},
    theme,
};
use crate::{language::t, sampler::SourceKind, view::panels::StatusView};
use bevy_egui::egui::{Button, RichText, Ui};

/// Steps of time with a button, seconds.
const STEPS_S: [i32; 4] = [-60, -10, 10, 60];

/// Draws the buttons in the width of `ui`; `are_hidden` says whether all other panels are hidden.
pub(super) fn toolbar_ui(ui: &mut Ui, are_hidden: bool, actions: &mut Vec<Action>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        action_button(ui, Action::WholeEarth, None, actions);
        let panels = are_hidden.then(|| t!("toolbar-show-panels"));
        action_button(ui, Action::Panels(Switch::Toggle), panels, actions);
        action_button(ui, Action::FullScreen(Switch::Toggle), None, actions);
        action_button(ui, Action::SavePicture, None, actions);
    });
}

/// Draws the steps of time, if the source has its own time.
pub(super) fn time_ui(ui: &mut Ui, status: &StatusView, actions: &mut Vec<Action>) {
    if status.report.own_time.is_none() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        for step in STEPS_S {
            action_button(ui, Action::StepTime(step), None, actions);
        }
        action_button(ui, Action::ChangeSpeed(-1), None, actions);
        action_button(ui, Action::ChangeSpeed(1), None, actions);
        let pause = status.is_paused.then(|| t!("toolbar-continue"));
        action_button(ui, Action::Pause(Switch::Toggle), pause, actions);
        if status.report.source == Some(SourceKind::History) {
            action_button(ui, Action::Live, None, actions);
        }
    });
}

fn action_button(ui: &mut Ui, action: Action, text: Option<&'static str>, actions: &mut Vec<Action>) {
    let text = RichText::new(text.unwrap_or_else(|| short_label(&action))).size(theme::SMALL_SIZE);
    if ui.add(Button::new(text).small()).on_hover_text(hint(&action)).clicked() {
        actions.push(action);
    }
}
