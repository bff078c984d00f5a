//! Colours, sizes and spacing of the overlay: dark translucent panels over the night sky.
//!
//! All colours of panels are named by their role (bright, normal, faint, warning). The focused control always has a
//! visible ring in [`ACCENT`].

use bevy_egui::egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Frame, Margin, Shadow, Stroke,
    Style, TextStyle, Theme, Vec2,
    style::{ScrollStyle, WidgetVisuals},
};
use std::sync::Arc;

/// Titles and selected items.
pub(super) const BRIGHT: Color32 = Color32::from_rgb(240, 245, 255);
/// Body text.
pub(super) const NORMAL: Color32 = Color32::from_rgb(200, 209, 226);
/// Labels and secondary text.
pub(super) const FAINT: Color32 = Color32::from_rgb(136, 148, 173);
/// Rows that have closed or do not match.
pub(super) const DIMMED: Color32 = Color32::from_rgb(88, 98, 121);
/// Names of cities on the globe.
pub(super) const CITY: Color32 = Color32::from_rgb(176, 190, 214);
/// Links, the query, the focus ring.
pub(super) const ACCENT: Color32 = Color32::from_rgb(0x6c, 0xc8, 0xff);
/// Warnings, and the label of a demo or a recording.
pub(super) const WARNING: Color32 = Color32::from_rgb(0xff, 0xb4, 0x54);
/// The line under an error in a query.
pub(super) const WRONG: Color32 = Color32::from_rgb(0xff, 0x6b, 0x6b);

/// Fill of a panel: rgba(10, 14, 28, 0.96).
pub(super) const GLASS: Color32 = Color32::from_rgba_unmultiplied_const(10, 14, 28, 245);
/// Fill of menus and tooltips, which are drawn over panels.
const SOLID_GLASS: Color32 = Color32::from_rgba_unmultiplied_const(13, 18, 34, 244);
/// Border of a panel.
pub(super) const BORDER: Color32 = Color32::from_rgb(38, 52, 86);
/// Fill of a text field.
const FIELD: Color32 = Color32::from_rgba_unmultiplied_const(22, 32, 52, 230);
/// Fill of a control: idle, hovered, pressed.
const CONTROL: [Color32; 3] = [
    Color32::from_rgba_unmultiplied_const(30, 42, 68, 200),
    Color32::from_rgba_unmultiplied_const(42, 60, 96, 230),
    Color32::from_rgba_unmultiplied_const(36, 56, 92, 240),
];
/// Fill of the selected row, and of a control that is switched on.
pub(super) const SELECTED: Color32 = Color32::from_rgba_unmultiplied_const(44, 72, 108, 190);
/// Fill of the row under the pointer, here or on the globe.
pub(super) const HOVERED: Color32 = Color32::from_rgba_unmultiplied_const(44, 62, 94, 120);

/// Corner radius of panels, in points.
const PANEL_RADIUS: u8 = 8;
/// Corner radius of controls, in points.
const CONTROL_RADIUS: u8 = 4;
/// Padding of a panel, in points: left and right, top and bottom.
pub(super) const PANEL_MARGIN: [i8; 2] = [14, 11];

/// The ring around the focused control.
pub(super) const FOCUS_RING: Stroke = Stroke { width: 2.0, color: ACCENT };

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
    visuals.panel_fill = GLASS;
    visuals.window_fill = SOLID_GLASS;
    visuals.window_stroke = Stroke::new(1.0, BORDER);
    visuals.window_corner_radius = CornerRadius::same(PANEL_RADIUS);
    visuals.menu_corner_radius = CornerRadius::same(PANEL_RADIUS);
    visuals.window_shadow = Shadow::NONE;
    visuals.popup_shadow = Shadow::NONE;
    visuals.extreme_bg_color = FIELD;
    visuals.text_edit_bg_color = Some(FIELD);
    visuals.weak_text_color = Some(FAINT);
    visuals.hyperlink_color = ACCENT;
    visuals.warn_fg_color = WARNING;
    visuals.error_fg_color = WRONG;
    visuals.selection.bg_fill = SELECTED;
    // Stroke of the text field's frame while it has the focus.
    visuals.selection.stroke = FOCUS_RING;

    let widget = |fill: Color32, stroke: Stroke, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
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
    visuals.widgets.active = widget(pressed, FOCUS_RING, BRIGHT);
    visuals.widgets.open = widget(hover, Stroke::new(1.0, BORDER), BRIGHT);
}

/// The frame of a panel.
pub(super) fn glass() -> Frame {
    Frame::new()
        .fill(GLASS)
        .stroke(Stroke::new(1.0, BORDER))
        .corner_radius(CornerRadius::same(PANEL_RADIUS))
        .inner_margin(Margin::symmetric(PANEL_MARGIN[0], PANEL_MARGIN[1]))
}
