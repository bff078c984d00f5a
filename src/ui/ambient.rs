//! Captions over the globe: the story of a demo, what is worth knowing in ambient mode, and a clock.

use super::theme;
use bevy_egui::egui::{
    Align2, Area, Color32, Context, CornerRadius, FontId, Frame, Id, Label, Margin, Pos2, Rect, RichText, TextWrapMode,
    Ui, Vec2, WidgetInfo, WidgetType, text::LayoutJob,
};

/// Height of a caption in ambient mode as a fraction of the window's height: readable from a distance of 3 m on a monitor.
const AMBIENT_SIZE: f32 = 1.0 / 24.0;
/// Height of a caption beside panels, in points.
const CAPTION_SIZE: f32 = 16.0;
/// Space to the edge of the window in ambient mode, as a fraction of its height.
const MARGIN: f32 = 0.035;

/// Content of ambient mode in one frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AmbientView<'a> {
    /// Whether it is on: the captions are large, and everything moves by `offset`.
    pub is_on: bool,
    /// What is worth knowing now; escaped.
    pub caption: Option<&'a str>,
    /// The time of day.
    pub clock: Option<&'a str>,
    /// Brightness of the texts, from 0 to 1: text that stands still is dimmed.
    pub brightness: f32,
    /// Offset of the picture, in points, against burn-in.
    pub offset: Vec2,
}

/// A caption whose lower edge is in the middle at `at`, at most this wide, in points.
pub(super) fn caption_ui(ctx: &Context, caption: &str, at: Pos2, width: f32, opacity: f32) -> Rect {
    let area = passive("caption", at, Align2::CENTER_BOTTOM).show(ctx, |ui| {
        ui.multiply_opacity(opacity);
        ui.set_max_width(width.min(760.0));
        Frame::new()
            .fill(theme::GLASS.color())
            .corner_radius(CornerRadius::same(8))
            .inner_margin(Margin::symmetric(16, 9))
            .show(ui, |ui| centred(ui, caption, CAPTION_SIZE, theme::BRIGHT));
    });
    area.response.rect
}

/// The large captions of ambient mode in `window`, in points. Returns the rectangles that they cover.
pub(super) fn ambient_ui(ctx: &Context, view: &AmbientView<'_>, window: Rect) -> Vec<Rect> {
    let size = (window.height() * AMBIENT_SIZE).clamp(16.0, 80.0);
    let margin = window.height() * MARGIN;
    let color = theme::BRIGHT.gamma_multiply(view.brightness.clamp(0.0, 1.0));
    let mut covered = Vec::new();
    if let Some(caption) = view.caption {
        let at = Pos2::new(window.center().x, window.bottom() - margin) + view.offset;
        let area = passive("ambient caption", at, Align2::CENTER_BOTTOM).show(ctx, |ui| {
            ui.set_max_width(window.width() * 0.86);
            centred(ui, caption, size, color);
        });
        covered.push(area.response.rect);
    }
    if let Some(clock) = view.clock {
        let at = Pos2::new(window.right() - margin, window.top() + margin) + view.offset;
        let area = passive("ambient clock", at, Align2::RIGHT_TOP).show(ctx, |ui| {
            ui.add(Label::new(RichText::new(clock).size(size * 1.2).color(color)).wrap_mode(TextWrapMode::Extend));
        });
        covered.push(area.response.rect);
    }
    covered
}

/// Wrapped text, each line in the middle, with a soft shadow so that it is readable over a bright earth.
fn centred(ui: &mut Ui, text: &str, size: f32, color: impl Into<Color32>) {
    let color = color.into();
    // Laid out without a colour, so that dimming does not lay it out again.
    let mut job =
        LayoutJob::simple(text.to_owned(), FontId::proportional(size), Color32::PLACEHOLDER, ui.available_width());
    job.halign = bevy_egui::egui::Align::Center;
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let (rect, response) = ui.allocate_exact_size(galley.size(), bevy_egui::egui::Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, text));
    let at = Pos2::new(rect.center().x, rect.top());
    let shadow = Color32::BLACK.gamma_multiply(0.7 * f32::from(color.a()) / 255.0);
    for offset in [Vec2::new(0.0, 0.06), Vec2::new(0.05, 0.0), Vec2::new(-0.05, 0.0)] {
        ui.painter().galley(at + offset * size, galley.clone(), shadow);
    }
    ui.painter().galley(at, galley, color);
}

/// An area that ignores the pointer.
pub(super) fn passive(name: &str, at: Pos2, pivot: Align2) -> Area {
    Area::new(Id::new("netglobe").with(name)).fixed_pos(at).pivot(pivot).interactable(false).fade_in(false)
}
