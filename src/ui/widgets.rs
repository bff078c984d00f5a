//! Widgets shared by panels: buttons with an accessible name, and truncated text.

use super::theme;
use bevy_egui::egui::{
    Align2, Button, Color32, CornerRadius, FontId, Label, Pos2, Rect, Response, RichText, Sense, StrokeKind, Ui,
    WidgetInfo, WidgetText, WidgetType,
    text::{LayoutJob, TextWrapping},
};

/// A button with the label `text`; `name` is its tooltip and its name for screen readers.
pub(super) fn named_button(ui: &mut Ui, text: impl Into<RichText>, name: &str) -> Response {
    let response = ui.add(Button::new(text.into()).small());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, ui.is_enabled(), name));
    response.on_hover_text(name)
}

/// A close button with the name `name`.
pub(super) fn close_button(ui: &mut Ui, name: &str) -> Response {
    named_button(ui, RichText::new("×").size(16.0), name)
}

/// A toggle button with the label `text`.
pub(super) fn toggle_button(ui: &mut Ui, on: bool, text: &str, tooltip: &str) -> Response {
    ui.add(Button::selectable(on, text).frame_when_inactive(true).small()).on_hover_text(tooltip)
}

/// Explains what `response` shows, under the pointer and, for the keyboard, while it has the focus.
pub(super) fn explain(ui: &Ui, response: Response, meaning: impl FnOnce() -> String) -> Response {
    if response.has_focus() {
        let ring = response.rect.expand(2.0);
        ui.painter().rect_stroke(ring, CornerRadius::same(3), theme::focus_ring(), StrokeKind::Inside);
        response.show_tooltip_text(meaning());
        return response;
    }
    response.on_hover_ui(|ui| {
        ui.label(meaning());
    })
}

/// A label that takes the focus, so that [`explain`] works for the keyboard.
pub(super) fn focusable(text: impl Into<WidgetText>) -> Label {
    Label::new(text).sense(Sense::focusable_noninteractive())
}

/// Paints one line of text at the left of `rect`, vertically centred, and truncated with `…` if it is too wide. Returns
/// whether it was truncated.
pub(super) fn cut_text(ui: &Ui, rect: Rect, text: &str, size: f32, color: impl Into<Color32>) -> bool {
    if text.is_empty() {
        return false;
    }
    let color = color.into();
    let mut job = LayoutJob::simple_singleline(text.to_owned(), FontId::proportional(size), color);
    job.wrap = TextWrapping::truncate_at_width(rect.width());
    let galley = ui.painter().layout_job(job);
    let position = Align2::LEFT_CENTER.anchor_size(Pos2::new(rect.left(), rect.center().y), galley.size());
    let elided = galley.elided;
    ui.painter().galley(position.min, galley, color);
    elided
}

/// The same for an address with a port: only the address is truncated.
pub(super) fn cut_address(ui: &Ui, rect: Rect, text: &str, size: f32, color: impl Into<Color32>) -> bool {
    let color = color.into();
    let font = FontId::proportional(size);
    let width = ui.painter().layout_no_wrap(text.to_owned(), font.clone(), color).size().x;
    let Some(colon) = text.rfind(':').filter(|_| width > rect.width()) else {
        return cut_text(ui, rect, text, size, color);
    };
    let at = if text[..colon].ends_with(']') { colon - 1 } else { colon };
    let port = ui.painter().layout_no_wrap(text[at..].to_owned(), font, color);
    let mut job = LayoutJob::simple_singleline(text[..at].to_owned(), FontId::proportional(size), color);
    job.wrap = TextWrapping::truncate_at_width((rect.width() - port.size().x).max(0.0));
    let address = ui.painter().layout_job(job);
    let top = Align2::LEFT_CENTER.anchor_size(Pos2::new(rect.left(), rect.center().y), address.size()).min;
    let after = Pos2::new(top.x + address.size().x, top.y);
    ui.painter().galley(top, address, color);
    ui.painter().galley(after, port, color);
    true
}

/// Width of one line of text, in points.
pub(super) fn text_width(ui: &Ui, text: &str, size: f32) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), FontId::proportional(size), Color32::WHITE).size().x
}

/// Width of a button that shows this text, in points.
pub(super) fn button_width(ui: &Ui, text: &str, size: f32) -> f32 {
    text_width(ui, text, size) + 2.0 * ui.spacing().button_padding.x
}

/// One line of faint small text.
pub(super) fn faint(text: impl Into<String>) -> RichText {
    RichText::new(text).color(theme::FAINT).size(theme::SMALL_SIZE)
}
