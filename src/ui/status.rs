//! The status line: what is counted, where home is, what does not work, and what a frame costs and why.

use super::{
    actions::{Action, Switch, hint},
    theme,
    widgets::{faint, named_button},
};
use crate::{model::Degradation, sampler::SourceKind, view::panels::StatusView};
use bevy_egui::egui::{
    Align, Button, CornerRadius, Frame, Label, Layout, Margin, Popup, PopupCloseBehavior, RectAlign, RichText,
    ScrollArea, Stroke, Ui, WidgetInfo, WidgetType,
};

/// Below this width, in points, both halves of the line flow instead of standing left and right.
const FLOW_BELOW: f32 = 1000.0;
/// Width and height of the list of degradations, in points.
const LIST_SIZE: [f32; 2] = [440.0, 300.0];

/// Draws the line in the width of `ui`. What the person asks for is added to `actions`.
pub fn status_ui(ui: &mut Ui, view: &StatusView, actions: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.y = 3.0;
    both_sides(ui, |ui| counts_ui(ui, view), |ui, order| home_ui(ui, view, order, actions));
    both_sides(ui, |ui| health_ui(ui, view), |ui, order| cost_ui(ui, view, order, actions));
}

/// In which order the right half is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Forward,
    Backward,
}

/// One row: `left` from the left, `right` against the right edge, or both flowing where there is little room.
fn both_sides(ui: &mut Ui, left: impl FnOnce(&mut Ui), right: impl FnOnce(&mut Ui, Order)) {
    if ui.available_width() < FLOW_BELOW {
        ui.horizontal_wrapped(|ui| {
            left(ui);
            right(ui, Order::Forward);
        });
    } else {
        ui.horizontal(|ui| {
            left(ui);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| right(ui, Order::Backward));
        });
    }
}

fn counts_ui(ui: &mut Ui, view: &StatusView) {
    let counts = [
        (view.public, "public", "peers on the public internet"),
        (view.lan, "LAN", "private, link-local and carrier NAT peers: they have no place on the earth"),
        (view.this_machine, "this machine", "both ends are on this machine"),
        (view.listeners, "listening", "sockets that wait for peers"),
        (
            view.without_place,
            "without a place",
            "public peers that the place database does not locate: they are in the table",
        ),
    ];
    for (count, what, meaning) in counts {
        let color = if count == 0 { theme::FAINT } else { theme::NORMAL };
        let count = if view.is_known { count.to_string() } else { "–".to_owned() };
        ui.label(RichText::new(format!("{count} {what}")).size(theme::SMALL_SIZE).color(color)).on_hover_text(meaning);
        ui.add_space(4.0);
    }
}

fn home_ui(ui: &mut Ui, view: &StatusView, order: Order, actions: &mut Vec<Action>) {
    let pick = Action::PickHome(Switch::Toggle);
    let button = |ui: &mut Ui, actions: &mut Vec<Action>| {
        let button = ui.add(Button::new(RichText::new("Set home").size(theme::SMALL_SIZE)).small());
        if button.on_hover_text(hint(&pick)).clicked() {
            actions.push(pick);
        }
    };
    let color = if view.has_home { theme::FAINT } else { theme::WARNING };
    let text = Label::new(faint(view.home.as_str()).color(color)).truncate();
    if order == Order::Backward {
        button(ui, actions);
        ui.add(text);
    } else {
        ui.add(text);
        button(ui, actions);
    }
}

fn health_ui(ui: &mut Ui, view: &StatusView) {
    degradations_ui(ui, &view.degradations);
    if let Some(source) = view.report.source {
        ui.label(faint(sampling_text(source, view)))
            .on_hover_text("where connections come from, how often it is asked, and what one answer takes of a core");
    }
    if !view.missed.is_empty() {
        ui.label(RichText::new(&view.missed).size(theme::SMALL_SIZE).color(theme::WARNING));
    }
}

/// `sock-diag, every 0.25 s, 2.4 ms each`; what is not live has no cost to watch.
fn sampling_text(source: SourceKind, view: &StatusView) -> String {
    let cost_ms = view.report.cpu_ms.filter(|_| view.label.is_none());
    let cost = cost_ms.map_or(String::new(), |ms| match ms {
        ms if ms < 9.95 => format!(", {ms:.1} ms each"),
        ms => format!(", {ms:.0} ms each"),
    });
    format!("{source}, every {} s{cost}", (view.report.period.as_secs_f32() * 100.0).round() / 100.0)
}

/// The amber count and, when asked for, the list with what to do.
fn degradations_ui(ui: &mut Ui, degradations: &[Degradation]) {
    if degradations.is_empty() {
        return;
    }
    let count = degradations.len();
    let text = RichText::new(format!("! {count} degraded")).size(theme::SMALL_SIZE).color(theme::WARNING);
    let button = ui.add(Button::new(text).small().stroke(Stroke::new(1.0, theme::WARNING.gamma_multiply(0.5))));
    button.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, format!("{count} degraded: what to do")));
    let button = button.on_hover_text("what does not work here, and what to do");
    Popup::from_toggle_button_response(&button)
        .align(RectAlign::TOP_START)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| {
            ui.set_width(LIST_SIZE[0].min(ui.ctx().content_rect().width() - 48.0));
            ScrollArea::vertical().max_height(LIST_SIZE[1]).auto_shrink([false, true]).show(ui, |ui| {
                for degradation in degradations {
                    ui.add(Label::new(RichText::new(&degradation.what).color(theme::NORMAL)).wrap());
                    if !degradation.remedy.is_empty() {
                        let remedy = format!("what to do: {}", degradation.remedy);
                        ui.add(Label::new(RichText::new(remedy).size(12.0).color(theme::WARNING)).wrap());
                    }
                    ui.add_space(6.0);
                }
            });
        });
}

fn cost_ui(ui: &mut Ui, view: &StatusView, order: Order, actions: &mut Vec<Action>) {
    let frames = if view.frames_per_second <= 0.0 {
        // A single picture has no rate.
        String::new()
    } else if view.power_reason.is_empty() {
        format!("{:.0} fps", view.frames_per_second)
    } else {
        format!("{:.0} fps ({})", view.frames_per_second, view.power_reason)
    };
    let texts = [
        (frames, "frames drawn in the last second, and why as many"),
        (view.quality.clone(), "quality of the picture, and who chose it"),
        (view.clock.clone(), "the moment that is shown, with its sun"),
    ];
    let text = |ui: &mut Ui, (text, meaning): &(String, &str)| {
        if !text.is_empty() {
            ui.label(faint(text.as_str())).on_hover_text(*meaning);
        }
    };
    if order == Order::Forward {
        texts.iter().for_each(|t| text(ui, t));
    }
    let (first, second) = match order {
        Order::Forward => ("Credits", "?"),
        Order::Backward => ("?", "Credits"),
    };
    for shown in [first, second] {
        let (name, action) = match shown {
            "?" => ("Legend and keys", Action::Legend(Switch::Toggle)),
            _ => ("Credits", Action::Credits(Switch::Toggle)),
        };
        if named_button(ui, RichText::new(shown).size(theme::SMALL_SIZE), name).clicked() {
            actions.push(action);
        }
    }
    // From the right edge inwards, the last is drawn first.
    if order == Order::Backward {
        texts.iter().rev().for_each(|t| text(ui, t));
    }
}

/// One line that says why the globe is quiet; it may lie over the globe.
pub fn quiet_ui(ui: &mut Ui, line: &str) {
    Frame::new().fill(theme::GLASS).corner_radius(CornerRadius::same(6)).inner_margin(Margin::symmetric(12, 6)).show(
        ui,
        |ui| {
            ui.vertical_centered(|ui| {
                ui.add(Label::new(RichText::new(line).size(14.0).color(theme::NORMAL)).wrap());
            });
        },
    );
}

/// The label of what is not live: `DEMO everyday, seed 7`, `REPLAY file`. It stays when the overlay fades.
pub fn mode_label_ui(ui: &mut Ui, label: &str) {
    Frame::new()
        .fill(theme::GLASS)
        .stroke(Stroke::new(1.0, theme::WARNING.gamma_multiply(0.6)))
        .corner_radius(CornerRadius::same(4))
        .inner_margin(Margin::symmetric(10, 4))
        .show(ui, |ui| {
            ui.label(RichText::new(label).size(theme::SMALL_SIZE).strong().color(theme::WARNING));
        });
}
