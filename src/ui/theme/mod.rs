//! Colours, sizes and spacing of the overlay: dark translucent panels over the night sky.
//!
//! All colours of panels are named by their role (bright, normal, faint, warning). The focused control always has a
//! visible ring in [`ACCENT`].

mod ink;

pub(super) use ink::{
    ACCENT, BORDER, BRIGHT, CITY, DIMMED, FAINT, FIELD, GLASS, HOVERED, Ink, NORMAL, SELECTED, WARNING, WRONG,
};
use ink::{CONTROL, SOLID_GLASS};

use bevy_egui::egui::{
    Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Frame, Margin, Shadow, Stroke, Style,
    TextStyle, Theme, Vec2,
    style::{ScrollStyle, WidgetVisuals},
};
use std::sync::Arc;

/// Corner radius of panels, in points.
const PANEL_RADIUS: u8 = 8;
/// Corner radius of controls, in points.
const CONTROL_RADIUS: u8 = 4;
/// Padding of a panel, in points: left and right, top and bottom.
pub(super) const PANEL_MARGIN: [i8; 2] = [14, 11];

/// The ring around the focused control.
pub(super) fn focus_ring() -> Stroke {
    Stroke::new(2.0, ACCENT)
}

/// Size of small text, in points.
pub(super) const SMALL_SIZE: f32 = 11.5;
/// Size of body text, in points.
pub(super) const BODY_SIZE: f32 = 13.0;
/// Size of titles, in points.
const HEADING_SIZE: f32 = 20.0;

/// Applies fonts and style to `ctx`. Idempotent.
pub fn install(ctx: &Context) {
    ctx.set_fonts(fonts(&[]));
    ctx.set_theme(Theme::Dark);
    // The same keys change the size of everything.
    ctx.options_mut(|options| options.zoom_with_keyboard = false);
    ctx.all_styles_mut(apply);
}

/// Uses the colours for high contrast, or the usual ones, from the next frame on.
pub fn set_high_contrast(ctx: &Context, is_on: bool) {
    if ink::is_high_contrast() != is_on {
        ink::set_high_contrast(is_on);
        ctx.all_styles_mut(apply);
        ctx.request_repaint();
    }
}

/// The built-in fonts, with the monospaced one as a fallback for body text because it contains arrows; followed by
/// `others`, by name.
#[must_use]
pub fn fonts(others: &[(String, Arc<FontData>)]) -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let spare = fonts.families.get(&FontFamily::Monospace).cloned().unwrap_or_default();
    let names = fonts.families.entry(FontFamily::Proportional).or_default();
    for name in spare {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    for (name, data) in others {
        fonts.font_data.insert(name.clone(), Arc::clone(data));
        fonts.families.values_mut().for_each(|names| names.push(name.clone()));
    }
    fonts
}

fn apply(style: &mut Style) {
    let proportional = |size| FontId::new(size, FontFamily::Proportional);
    style.text_styles = [
        (TextStyle::Small, proportional(SMALL_SIZE)),
        (TextStyle::Body, proportional(BODY_SIZE)),
        (TextStyle::Button, proportional(12.5)),
        (TextStyle::Heading, proportional(HEADING_SIZE)),
        (TextStyle::Monospace, FontId::new(12.0, FontFamily::Monospace)),
    ]
    .into();

    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(8.0, 4.0);
    spacing.button_padding = Vec2::new(8.0, 3.0);
    spacing.interact_size.y = 20.0;
    spacing.menu_margin = Margin::same(8);
    spacing.scroll = ScrollStyle { bar_width: 8.0, floating_width: 3.0, ..ScrollStyle::thin() };
    style.interaction.selectable_labels = false;

    let visuals = &mut style.visuals;
    visuals.dark_mode = true;
    visuals.panel_fill = GLASS.color();
    visuals.window_fill = SOLID_GLASS.color();
    visuals.window_stroke = Stroke::new(1.0, BORDER);
    visuals.window_corner_radius = CornerRadius::same(PANEL_RADIUS);
    visuals.menu_corner_radius = CornerRadius::same(PANEL_RADIUS);
    visuals.window_shadow = Shadow::NONE;
    visuals.popup_shadow = Shadow::NONE;
    visuals.extreme_bg_color = FIELD.color();
    visuals.text_edit_bg_color = Some(FIELD.color());
    visuals.weak_text_color = Some(FAINT.color());
    visuals.hyperlink_color = ACCENT.color();
    visuals.warn_fg_color = WARNING.color();
    visuals.error_fg_color = WRONG.color();
    visuals.selection.bg_fill = SELECTED.color();
    // Stroke of the text field's frame while it has the focus.
    visuals.selection.stroke = focus_ring();

    let widget = |fill: Ink, stroke: Stroke, text: Ink| WidgetVisuals {
        bg_fill: fill.color(),
        weak_bg_fill: fill.color(),
        bg_stroke: stroke,
        corner_radius: CornerRadius::same(CONTROL_RADIUS),
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    let [rest, hover, pressed] = CONTROL;
    visuals.widgets.noninteractive = widget(GLASS, Stroke::new(1.0, BORDER), NORMAL);
    visuals.widgets.inactive = widget(rest, Stroke::new(1.0, BORDER), NORMAL);
    visuals.widgets.hovered = widget(hover, Stroke::new(1.0, ACCENT.gamma_multiply(0.6)), BRIGHT);
    // egui uses "active" both for pressed and for focused controls.
    visuals.widgets.active = widget(pressed, focus_ring(), BRIGHT);
    visuals.widgets.open = widget(hover, Stroke::new(1.0, BORDER), BRIGHT);
}

/// The frame of a panel.
pub(super) fn glass() -> Frame {
    Frame::new()
        .fill(GLASS.color())
        .stroke(Stroke::new(1.0, BORDER))
        .corner_radius(CornerRadius::same(PANEL_RADIUS))
        .inner_margin(Margin::symmetric(PANEL_MARGIN[0], PANEL_MARGIN[1]))
}
