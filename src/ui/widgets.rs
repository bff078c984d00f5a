//! Small pieces that several panels draw: buttons with a spoken name, and text cut to a width.

use super::theme;
use bevy_egui::egui::{
    Align2, Button, Color32, FontId, Pos2, Rect, Response, RichText, Ui, WidgetInfo, WidgetType,
    text::{LayoutJob, TextWrapping},
};

/// A button that shows `text` and is called `name` by a screen reader and in its tooltip.
pub(super) fn named_button(ui: &mut Ui, text: impl Into<RichText>, name: &str) -> Response {
    let response = ui.add(Button::new(text.into()).small());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, ui.is_enabled(), name));
    response.on_hover_text(name)
}

/// A small cross called `name`.
pub(super) fn close_button(ui: &mut Ui, name: &str) -> Response {
    named_button(ui, RichText::new("×").size(16.0), name)
}

/// A button that stays down while `on`; `name` is its tooltip, `text` is what it is called.
pub(super) fn toggle_button(ui: &mut Ui, on: bool, text: &str, tooltip: &str) -> Response {
    ui.add(Button::selectable(on, text).frame_when_inactive(true).small()).on_hover_text(tooltip)
}

/// Paints one line of text at the left of `rect`, centred in its height and cut with `…` where it is too wide.
/// Returns whether it was cut.
pub(super) fn cut_text(ui: &Ui, rect: Rect, text: &str, size: f32, color: Color32) -> bool {
    if text.is_empty() {
        return false;
    }
    let mut job = LayoutJob::simple_singleline(text.to_owned(), FontId::proportional(size), color);
    job.wrap = TextWrapping::truncate_at_width(rect.width());
    let galley = ui.painter().layout_job(job);
    let position = Align2::LEFT_CENTER.anchor_size(Pos2::new(rect.left(), rect.center().y), galley.size());
    let elided = galley.elided;
    ui.painter().galley(position.min, galley, color);
    elided
}

/// One line of faint small text.
pub(super) fn faint(text: impl Into<String>) -> RichText {
    RichText::new(text).color(theme::FAINT).size(theme::SMALL_SIZE)
}
