//! A temporary notice about an event, with actions to respond to it.

use super::{
    actions::{Action, hint, short_label},
    theme,
};
use bevy_egui::egui::{Align, Button, CornerRadius, Frame, Label, Layout, Margin, RichText, Stroke, Ui};

/// Content of a notice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NoticeView {
    /// One or two sentences; escaped.
    pub text: String,
    /// Possible responses, with a button for each.
    pub actions: Vec<Action>,
    /// Whether it reports a problem.
    pub is_warning: bool,
}

/// Draws a notice; adds requested actions to `actions`.
pub(super) fn notice_ui(ui: &mut Ui, notice: &NoticeView, actions: &mut Vec<Action>) {
    let (text, edge) =
        if notice.is_warning { (theme::WARNING, theme::WARNING) } else { (theme::BRIGHT, theme::ACCENT) };
    Frame::new()
        .fill(theme::GLASS.color())
        .stroke(Stroke::new(1.0, edge.gamma_multiply(0.6)))
        .corner_radius(CornerRadius::same(6))
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.with_layout(Layout::top_down(Align::Center), |ui| {
                ui.add(Label::new(RichText::new(&notice.text).color(text)).wrap());
                if notice.actions.is_empty() {
                    return;
                }
                ui.horizontal(|ui| {
                    for action in &notice.actions {
                        let button = ui.add(Button::new(short_label(action)).small());
                        if button.on_hover_text(hint(action)).clicked() {
                            actions.push(action.clone());
                        }
                    }
                });
            });
        });
}
