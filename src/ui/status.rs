//! The status line: counts, home, degradations, and the frame rate with its reason. All items have tooltips and are
//! drawn in reading order, which is also the order of `Tab`.

use super::{
    actions::{Action, Switch, hint, short_label},
    help::with_meaning_of,
    theme,
    widgets::{button_width, explain, faint, focusable, named_button, text_width},
};
use crate::{
    language::{Value, t},
    model::Degradation,
    sampler::SourceKind,
    view::panels::{MissedCount, StatusView},
};
use bevy_egui::egui::{
    Button, CornerRadius, Frame, Label, Margin, Popup, PopupCloseBehavior, RectAlign, RichText, ScrollArea, Stroke, Ui,
    WidgetInfo, WidgetType,
};

/// Below this width, in points, both halves of the line flow instead of being left- and right-aligned.
const FLOW_BELOW: f32 = 1000.0;
/// Width and height of the list of degradations, in points.
const LIST_SIZE: [f32; 2] = [440.0, 300.0];

/// Draws the line in the width of `ui`. Adds requested actions to `actions`.
pub fn status_ui(ui: &mut Ui, view: &StatusView, actions: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.y = 3.0;
    let home_width = text_width(ui, &view.home, theme::SMALL_SIZE) + home_buttons_width(ui, view);
    both_sides(ui, home_width, |ui| counts_ui(ui, view), |ui| home_ui(ui, view, actions));
    let cost = cost_texts(view);
    let gap = ui.spacing().item_spacing.x;
    let texts_width: f32 = cost.iter().map(|(text, _)| text_width(ui, text, theme::SMALL_SIZE) + gap).sum();
    let cost_width = texts_width - gap + buttons_width(ui, &[t!("help-lessons"), t!("help-credits"), HELP]);
    both_sides(ui, cost_width, |ui| health_ui(ui, view), |ui| cost_ui(ui, &cost, actions));
}

const HELP: &str = "?";
const SET_HOME: Action = Action::PickHome(Switch::Toggle);

/// Width of the buttons beside the home, including the space before each, in points.
fn home_buttons_width(ui: &Ui, view: &StatusView) -> f32 {
    let buttons = [short_label(&SET_HOME), short_label(&Action::UnsetHome)];
    buttons_width(ui, if view.has_home { &buttons } else { &buttons[..1] })
}

/// Width of small buttons, including the space before each, in points.
fn buttons_width(ui: &Ui, texts: &[&str]) -> f32 {
    let gap = ui.spacing().item_spacing.x;
    texts.iter().map(|text| gap + button_width(ui, text, theme::SMALL_SIZE)).sum()
}

/// One row: `left` is left-aligned, `right` (of this width in points) is right-aligned; both flow if there is little
/// space.
fn both_sides(ui: &mut Ui, right_width: f32, left: impl FnOnce(&mut Ui), right: impl FnOnce(&mut Ui)) {
    if ui.available_width() < FLOW_BELOW {
        ui.horizontal_wrapped(|ui| {
            left(ui);
            right(ui);
        });
    } else {
        ui.horizontal(|ui| {
            left(ui);
            ui.add_space((ui.available_width() - right_width.ceil()).max(0.0));
            right(ui);
        });
    }
}

fn counts_ui(ui: &mut Ui, view: &StatusView) {
    let shown = |count: usize| if view.is_known { Value::from(count) } else { Value::from("–") };
    let counts = [
        (view.public, t!("status-public", count = shown(view.public)), t!("status-public-meaning"), "remote"),
        (view.lan, t!("status-lan", count = shown(view.lan)), t!("status-lan-meaning"), "LAN"),
        (
            view.this_machine,
            t!("status-this-computer", count = shown(view.this_machine)),
            t!("status-this-computer-meaning"),
            "this computer",
        ),
        (
            view.listeners,
            t!("status-listening", count = shown(view.listeners)),
            t!("status-listening-meaning"),
            "listening",
        ),
        (
            view.without_place,
            t!("status-without-place", count = shown(view.without_place)),
            t!("status-without-place-meaning"),
            "without location",
        ),
    ];
    for (count, text, meaning, term) in counts {
        let color = if count == 0 { theme::FAINT } else { theme::NORMAL };
        let label = ui.add(focusable(RichText::new(text).size(theme::SMALL_SIZE).color(color)));
        explain(ui, label, || with_meaning_of(meaning, term));
        ui.add_space(4.0);
    }
}

fn home_ui(ui: &mut Ui, view: &StatusView, actions: &mut Vec<Action>) {
    let color = if view.has_home { theme::FAINT } else { theme::WARNING };
    let text = focusable(faint(view.home.as_str()).color(color)).truncate();
    let meaning = t!("status-home-meaning");
    if ui.layout().main_wrap {
        let label = ui.add(text);
        explain(ui, label, || with_meaning_of(meaning, "home"));
    } else {
        // Keep the buttons visible.
        let width = (ui.available_width() - home_buttons_width(ui, view)).max(40.0);
        ui.scope(|ui| {
            ui.set_max_width(width);
            let label = ui.add(text);
            explain(ui, label, || with_meaning_of(meaning, "home"));
        });
    }
    let button = |action: &Action| Button::new(RichText::new(short_label(action)).size(theme::SMALL_SIZE)).small();
    if ui.add(button(&SET_HOME)).on_hover_text(hint(&SET_HOME)).clicked() {
        actions.push(SET_HOME);
    }
    let unset = Action::UnsetHome;
    // In a narrow window there is no space; the notice after a change also has this button.
    let is_offered = view.has_home && !ui.layout().main_wrap;
    if is_offered && ui.add(button(&unset)).on_hover_text(hint(&unset)).clicked() {
        actions.push(unset);
    }
}

fn health_ui(ui: &mut Ui, view: &StatusView) {
    degradations_ui(ui, &view.degradations);
    if let Some(source) = view.report.source {
        let label = ui.add(focusable(faint(sampling_text(source, view))));
        explain(ui, label, || with_meaning_of(t!("status-sampling-meaning"), "source"));
    }
    if let Some((text, meaning)) = view.recording {
        let color = if view.is_recording_warning { theme::WARNING } else { theme::FAINT };
        let label = ui.add(focusable(RichText::new(text).size(theme::SMALL_SIZE).color(color)));
        explain(ui, label, || meaning.to_owned());
    }
    for MissedCount { count, what, meaning } in &view.missed {
        let text = RichText::new(format!("{count} {what}")).size(theme::SMALL_SIZE).color(theme::WARNING);
        let label = ui.add(focusable(text));
        explain(ui, label, || (*meaning).to_owned());
    }
}

/// `sock-diag, every 0.25 s, 2.4 ms per sample`; a demo or a recording has no sampling cost.
fn sampling_text(source: SourceKind, view: &StatusView) -> String {
    let source = source.to_string();
    if view.report.period.is_zero() {
        return source;
    }
    let period = ((view.report.period.as_secs_f32() * 100.0).round() / 100.0).to_string();
    match view.report.cpu_ms.filter(|_| view.label.is_none()) {
        None => t!("status-sampling", source = source, period = period),
        Some(ms) => {
            let cost = if ms < 9.95 { format!("{ms:.1}") } else { format!("{ms:.0}") };
            t!("status-sampling-cost", source = source, period = period, cost = cost)
        }
    }
}

/// The number of degradations and, if opened, the list with remedies.
fn degradations_ui(ui: &mut Ui, degradations: &[Degradation]) {
    if degradations.is_empty() {
        return;
    }
    let limitations = t!("status-limitations", count = degradations.len());
    let text = RichText::new(format!("! {limitations}")).size(theme::SMALL_SIZE).color(theme::WARNING);
    let button = ui.add(Button::new(text).small().stroke(Stroke::new(1.0, theme::WARNING.gamma_multiply(0.5))));
    button.widget_info(|| {
        let name = t!("status-limitations-name", limitations = limitations.as_str());
        WidgetInfo::labeled(WidgetType::Button, true, name)
    });
    let button = button.on_hover_text(t!("status-limitations-meaning"));
    Popup::from_toggle_button_response(&button)
        .align(RectAlign::TOP_START)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| {
            ui.set_width(LIST_SIZE[0].min(ui.ctx().content_rect().width() - 48.0));
            ScrollArea::vertical().max_height(LIST_SIZE[1]).auto_shrink([false, true]).show(ui, |ui| {
                for degradation in degradations {
                    ui.add(Label::new(RichText::new(&degradation.what).color(theme::NORMAL)).wrap());
                    if !degradation.remedy.is_empty() {
                        let remedy = t!("status-remedy", remedy = degradation.remedy.as_str());
                        ui.add(Label::new(RichText::new(remedy).size(12.0).color(theme::WARNING)).wrap());
                    }
                    ui.add_space(6.0);
                }
            });
        });
}

/// Frame rate, quality and time, with descriptions.
fn cost_texts(view: &StatusView) -> Vec<(String, &'static str)> {
    let frames = if view.frames_per_second <= 0.0 {
        // A single picture has no frame rate.
        String::new()
    } else if view.power_reason.is_empty() {
        format!("{:.0} fps", view.frames_per_second)
    } else {
        format!("{:.0} fps ({})", view.frames_per_second, view.power_reason)
    };
    let cpu = match (view.cpu_percent, view.cpu_limit_percent) {
        (None, _) => String::new(),
        (Some(used), None) => format!("{} CPU", percent(used)),
        (Some(used), Some(limit)) => t!("status-cpu-of-limit", used = percent(used), limit = percent(limit)),
    };
    let texts = [
        (cpu, t!("status-cpu-meaning")),
        (frames, t!("status-frames-meaning")),
        (view.quality.clone(), t!("status-quality-meaning")),
        (view.clock.clone(), t!("status-clock-meaning")),
    ];
    texts.into_iter().filter(|(text, _)| !text.is_empty()).collect()
}

/// `0.4 %`, `12 %`.
fn percent(share: f32) -> String {
    if share < 9.95 { format!("{share:.1} %") } else { format!("{share:.0} %") }
}

fn cost_ui(ui: &mut Ui, texts: &[(String, &str)], actions: &mut Vec<Action>) {
    for (text, meaning) in texts {
        let label = ui.add(focusable(faint(text.as_str())));
        explain(ui, label, || (*meaning).to_owned());
    }
    for (shown, name, action) in [
        (t!("help-lessons"), t!("help-lessons"), Action::Lessons(Switch::Toggle)),
        (t!("help-credits"), t!("help-credits"), Action::Credits(Switch::Toggle)),
        (HELP, t!("status-help"), Action::Keys(Switch::Toggle)),
    ] {
        if named_button(ui, RichText::new(shown).size(theme::SMALL_SIZE), name).clicked() {
            actions.push(action);
        }
    }
}

/// A line over the globe that says why there are no arcs.
pub fn quiet_ui(ui: &mut Ui, line: &str) {
    Frame::new()
        .fill(theme::GLASS.color())
        .corner_radius(CornerRadius::same(6))
        .inner_margin(Margin::symmetric(12, 6))
        .show(ui, |ui| {
            ui.vertical_centered(|ui| {
                ui.add(Label::new(RichText::new(line).size(14.0).color(theme::NORMAL)).wrap());
            });
        });
}

/// The label of a demo or a recording: `DEMO everyday, seed 7`, `REPLAY file`. It stays visible when the overlay fades.
pub fn mode_label_ui(ui: &mut Ui, label: &str) {
    Frame::new()
        .fill(theme::GLASS.color())
        .stroke(Stroke::new(1.0, theme::WARNING.gamma_multiply(0.6)))
        .corner_radius(CornerRadius::same(4))
        .inner_margin(Margin::symmetric(10, 4))
        .show(ui, |ui| {
            ui.label(RichText::new(label).size(theme::SMALL_SIZE).strong().color(theme::WARNING));
        });
}
