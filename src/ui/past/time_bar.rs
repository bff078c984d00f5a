//! The time bar: what happened when, a cursor to move through the past, and buttons to play it.

use super::comparison::color as side_color;
use crate::{
    language::t,
    model::{TimeWindow, UnixMillis},
    text::{format_bytes, format_duration},
    ui::{
        actions::{Action, Switch, hint, short_label},
        theme,
        widgets::{explain, faint, toggle_button},
    },
    view::{
        comparison::Side,
        time_bar::{TimeBarView, TimeSpan},
    },
};
use bevy_egui::egui::{
    Button, Color32, FontId, Label, Pos2, Rect, Response, RichText, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo,
    WidgetType,
};

/// Height of the bar, points.
const BAR_HEIGHT: f32 = 30.0;
/// Size of the times below it, points.
const TIMES_SIZE: f32 = 10.0;
/// Smallest distance between two times, points.
const TIMES_APART: f32 = 80.0;
/// Speeds with a button.
const SPEEDS: [u8; 4] = [1, 4, 16, 60];
/// Distance between the lines of a gap, points.
const HATCH: f32 = 5.0;

/// Draws the bar in the width of `ui`.
pub(in crate::ui) fn time_bar_ui(ui: &mut Ui, view: &TimeBarView, actions: &mut Vec<Action>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        buttons_ui(ui, view, actions);
    });
    let size = Vec2::new(ui.available_width(), BAR_HEIGHT + TIMES_SIZE + 4.0);
    let (area, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let rect = Rect::from_min_size(area.min, Vec2::new(area.width(), BAR_HEIGHT));
    let chosen = choose(ui, view, rect, &response, actions);
    let value = view.cursor.to_string();
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(WidgetType::Slider, true, t!("time-bar"));
        info.current_text_value = Some(value.clone());
        info
    });
    paint(ui, view, chosen, rect);
    let pointed = response.interact_pointer_pos().or_else(|| response.hover_pos());
    let moment = pointed.map(|at| view.moment((at.x - rect.left()) / rect.width().max(1.0)));
    if let Some(moment) = moment.filter(|_| chosen.is_none() && (response.dragged() || response.clicked())) {
        actions.push(Action::Pause(Switch::On));
        actions.push(Action::ShowMoment(moment.0));
    }
    explain_moment(ui, view, moment.unwrap_or(view.cursor), response);
    ui.add_space(2.0);
}

/// Chooses a window of time by dragging with Shift; returns the one that is being chosen.
fn choose(
    ui: &Ui,
    view: &TimeBarView,
    rect: Rect,
    response: &Response,
    actions: &mut Vec<Action>,
) -> Option<TimeWindow> {
    let id = response.id.with("choosing");
    let (origin, is_shifted) = ui.input(|input| (input.pointer.press_origin(), input.modifiers.shift));
    if response.drag_started() && is_shifted {
        ui.data_mut(|data| data.insert_temp(id, origin.map_or(rect.left(), |at| at.x)));
    }
    let from = ui.data(|data| data.get_temp::<f32>(id))?;
    // To the second.
    let moment = |x: f32| {
        let at = view.moment((x - rect.left()) / rect.width().max(1.0));
        UnixMillis(at.0.div_euclid(1_000) * 1_000)
    };
    let to = response.interact_pointer_pos().map_or(from, |at| at.x);
    let window = TimeWindow { from: moment(from.min(to)), to: moment(from.max(to)) };
    if !response.dragged() {
        ui.data_mut(|data| data.remove_temp::<f32>(id));
        if window.to > window.from {
            actions.push(Action::ChooseTime(Some(window)));
        }
    }
    Some(window)
}

fn buttons_ui(ui: &mut Ui, view: &TimeBarView, actions: &mut Vec<Action>) {
    let recorded_ms = view.recorded.1.0 - view.recorded.0.0;
    for span in TimeSpan::ALL {
        let action = Action::ShowTimeSpan(span);
        ui.add_enabled_ui(span.is_useful(recorded_ms), |ui| {
            if toggle_button(ui, view.span == span, span.name(), &hint(&action)).clicked() {
                actions.push(action);
            }
        });
    }
    ui.add_space(8.0);
    let button = |ui: &mut Ui, action: Action, text: &str, actions: &mut Vec<Action>| {
        let text = RichText::new(text).size(theme::SMALL_SIZE);
        if ui.add(Button::new(text).small()).on_hover_text(hint(&action)).clicked() {
            actions.push(action);
        }
    };
    button(ui, Action::StepChange(-1), "◀", actions);
    let pause = Action::Pause(Switch::Toggle);
    let text = if view.is_paused { t!("toolbar-continue") } else { short_label(&pause) };
    button(ui, pause, text, actions);
    button(ui, Action::StepChange(1), "▶", actions);
    if !view.is_live {
        for speed in SPEEDS {
            let is_on = (view.speed - f64::from(speed)).abs() < 0.01;
            let action = Action::PlaySpeed(speed);
            if toggle_button(ui, is_on, &format!("{speed}×"), &hint(&action)).clicked() {
                actions.push(action);
            }
        }
        button(ui, Action::Live, short_label(&Action::Live), actions);
    }
    ui.add_space(8.0);
    chosen_ui(ui, view, actions);
    let shown = view.cursor.to_second();
    let color = if view.is_live { theme::FAINT } else { theme::WARNING };
    ui.add(Label::new(faint(shown).color(color)).extend());
}

/// The chosen windows of time, and the button to compare.
fn chosen_ui(ui: &mut Ui, view: &TimeBarView, actions: &mut Vec<Action>) {
    for (index, window) in view.first.iter().chain(&view.chosen).enumerate() {
        let is_second = view.first.is_some() && index > 0;
        if is_second {
            // The first one is still in the filter.
            break;
        }
        let text = RichText::new(format!("{} ×", window.to_words())).size(theme::SMALL_SIZE).color(edge(view, index));
        let window = t!("time-bar-chosen", from = window.from.to_second(), to = window.to.to_second());
        let meaning = format!("{window}\n{}", t!("time-bar-chosen-end"));
        if ui.add(Button::new(text).small()).on_hover_text(meaning).clicked() {
            actions.push(Action::ChooseTime(None));
        }
    }
    if !view.chosen.is_empty() {
        let compare = Action::Compare(Switch::Toggle);
        let is_on = view.is_comparing || view.first.is_some();
        if toggle_button(ui, is_on, short_label(&compare), &hint(&compare)).clicked() {
            actions.push(compare);
        }
    }
    if !view.chosen.is_empty() || !view.is_live {
        for action in [Action::Export, Action::ExportScrubbed] {
            let text = RichText::new(short_label(&action)).size(theme::SMALL_SIZE);
            if ui.add(Button::new(text).small()).on_hover_text(hint(&action)).clicked() {
                actions.push(action);
            }
        }
    }
}

/// Colour of the edges of a chosen window.
fn edge(view: &TimeBarView, index: usize) -> Color32 {
    match (view.is_comparing || view.first.is_some(), index) {
        (false, _) => theme::ACCENT.color(),
        (true, 0) => side_color(Some(Side::Before)),
        (true, _) => side_color(Some(Side::After)),
    }
}

fn paint(ui: &Ui, view: &TimeBarView, chosen: Option<TimeWindow>, rect: Rect) {
    let painter = ui.painter().with_clip_rect(rect);
    let x = |at: UnixMillis| rect.left() + view.share(at) * rect.width();
    painter.rect_filled(rect, 4.0, theme::FIELD.color());
    for gap in view.gaps.iter().filter(|gap| gap.reason.is_whole()) {
        let (left, right) = (x(gap.from).max(rect.left()), x(gap.to).max(x(gap.from) + 1.0).min(rect.right()));
        if right > rect.left() && left < rect.right() {
            let area = Rect::from_min_max(Pos2::new(left, rect.top()), Pos2::new(right, rect.bottom()));
            hatch(&painter.with_clip_rect(area), area);
        }
    }
    let bins = &view.activity.bins;
    let most_opened = bins.iter().map(|bin| bin.opened).max().unwrap_or(0).max(4) as f32;
    let most_bytes = bins.iter().map(|bin| bin.sent + bin.received).max().unwrap_or(0).max(1) as f32;
    let most_open = bins.iter().map(|bin| bin.most_open).max().unwrap_or(0).max(1) as f32;
    let mut open: Vec<Pos2> = Vec::new();
    for bin in bins {
        let (from, to) = (bin.bin * view.activity.bin_ms, (bin.bin + 1) * view.activity.bin_ms);
        let (left, right) = (x(UnixMillis(from)), x(UnixMillis(to)));
        let width = (right - left - 1.0).max(1.0);
        let column = |share: f32, top: f32| {
            let height = (share.sqrt() * (rect.height() - top)).max(if share > 0.0 { 1.0 } else { 0.0 });
            Rect::from_min_size(Pos2::new(left, rect.bottom() - height), Vec2::new(width, height))
        };
        let bytes = (bin.sent + bin.received) as f32 / most_bytes;
        painter.rect_filled(column(bytes, 4.0), 0.0, theme::ACCENT.gamma_multiply(0.3));
        painter.rect_filled(column(bin.opened as f32 / most_opened, 4.0), 0.0, theme::ACCENT.gamma_multiply(0.85));
        let height = bin.most_open as f32 / most_open * (rect.height() - 6.0);
        open.push(Pos2::new(f32::midpoint(left, right), rect.bottom() - height));
    }
    painter.add(Shape::line(open, Stroke::new(1.0, theme::NORMAL.gamma_multiply(0.5))));
    for mark in &view.marks {
        let at = x(mark.at);
        let triangle =
            vec![Pos2::new(at - 3.0, rect.top()), Pos2::new(at + 3.0, rect.top()), Pos2::new(at, rect.top() + 5.0)];
        painter.add(Shape::convex_polygon(triangle, theme::WARNING.color(), Stroke::NONE));
    }
    let windows: Vec<TimeWindow> = match (view.first, chosen) {
        (first, Some(chosen)) => first.into_iter().chain([chosen]).collect(),
        (_, None) => view.chosen.clone(),
    };
    for (index, window) in windows.iter().enumerate() {
        let (left, right) = (x(window.from).max(rect.left()), x(window.to).min(rect.right()));
        if left >= right {
            continue;
        }
        let color = edge(view, index);
        let area = Rect::from_min_max(Pos2::new(left, rect.top()), Pos2::new(right, rect.bottom()));
        painter.rect_filled(area, 0.0, color.gamma_multiply(0.25));
        // The first has a line above, the second below, for those who do not see the colours.
        let y = if index == 0 { rect.top() + 1.0 } else { rect.bottom() - 1.0 };
        painter.hline(left..=right, y, Stroke::new(2.0, color));
        for edge in [left, right] {
            painter.vline(edge, rect.y_range(), Stroke::new(1.0, color));
        }
    }
    times(ui, view, rect);
    let at = x(view.cursor).clamp(rect.left() + 1.0, rect.right() - 1.0);
    let color: Color32 = if view.is_live { theme::BRIGHT.color() } else { theme::WARNING.color() };
    painter.vline(at, rect.y_range(), Stroke::new(2.0, color));
}

/// Times below the bar.
fn times(ui: &Ui, view: &TimeBarView, bar: Rect) {
    let (font, color) = (FontId::proportional(TIMES_SIZE), theme::FAINT.color());
    let step_ms = tick_ms(view.to.0 - view.from.0, bar.width() / TIMES_APART);
    let mut at = UnixMillis((view.from.0.div_euclid(step_ms) + 1) * step_ms);
    let mut day = String::new();
    while at < view.to {
        let x = bar.left() + view.share(at) * bar.width();
        let text = at.to_string();
        let (its_day, time) = (text.get(5..10).unwrap_or_default(), text.get(11..16).unwrap_or_default());
        // The day, where it begins.
        let is_new_day = day != its_day;
        let text = match (step_ms >= 86_400_000, is_new_day) {
            (true, _) => text.get(..10).unwrap_or_default().to_owned(),
            (false, true) => format!("{its_day} {time}"),
            (false, false) => time.to_owned(),
        };
        its_day.clone_into(&mut day);
        let painter = ui.painter();
        painter.vline(x, (bar.bottom() - 4.0)..=bar.bottom(), Stroke::new(1.0, color));
        let galley = painter.layout_no_wrap(text, font.clone(), color);
        let left = (x - galley.size().x / 2.0).clamp(bar.left(), bar.right() - galley.size().x);
        painter.galley(Pos2::new(left, bar.bottom() + 1.0), galley, color);
        at = at.plus_ms(step_ms);
    }
}

/// Time between two labels, ms, if there is room for `most` of them in `span_ms`.
fn tick_ms(span_ms: i64, most: f32) -> i64 {
    const MINUTE: i64 = 60_000;
    const DAY: i64 = 1_440 * MINUTE;
    let steps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880].map(|minutes| minutes * MINUTE);
    let least = (span_ms as f32 / most.max(1.0)) as i64;
    steps.into_iter().find(|step| *step >= least).unwrap_or_else(|| (least / DAY + 1) * DAY)
}

/// Slanted lines: nothing is known.
fn hatch(painter: &bevy_egui::egui::Painter, area: Rect) {
    let stroke = Stroke::new(1.0, theme::FAINT.gamma_multiply(0.6));
    let mut left = area.left() - area.height();
    while left < area.right() {
        painter.line_segment([Pos2::new(left, area.bottom()), Pos2::new(left + area.height(), area.top())], stroke);
        left += HATCH;
    }
}

/// Says what happened at the moment under the pointer.
fn explain_moment(ui: &Ui, view: &TimeBarView, moment: UnixMillis, response: Response) {
    let text = || {
        let mut lines = vec![moment.to_second()];
        if let Some(gap) = view.gap_at(moment) {
            lines.push(t!("time-bar-gap", reason = gap.reason.words()));
        }
        let bin = view
            .activity
            .bins
            .iter()
            .find(|bin| view.activity.bin_ms > 0 && moment.0.div_euclid(view.activity.bin_ms) == bin.bin);
        if let Some(bin) = bin {
            lines.push(t!(
                "time-bar-bin",
                span = format_duration(view.activity.bin_ms as f64 / 1000.0),
                opened = bin.opened as usize,
                closed = bin.closed as usize,
                open = bin.most_open as usize,
                bytes = format_bytes(bin.sent + bin.received)
            ));
        }
        let near_ms = (view.to.0 - view.from.0) / 100;
        let marks = view.marks.iter().filter(|mark| (mark.at.0 - moment.0).abs() <= near_ms);
        lines.extend(marks.take(6).map(|mark| mark.text.clone()));
        lines.push(t!("time-bar-help").to_owned());
        lines.join("\n")
    };
    if response.has_focus() {
        explain(ui, response, text);
    } else {
        response.on_hover_ui_at_pointer(|ui| {
            ui.label(text());
        });
    }
}
