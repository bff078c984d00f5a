//! Layout of the panels: filter and table on the left, details and help on the right, status at the bottom.
//!
//! No panel covers the middle of the window. In a narrow window the table is hidden until the user opens it, and
//! details move to the bottom. In a low window, a panel that the user opens (help, details or table) replaces the
//! others. `Tab` moves through the panels in drawing order: filter, table, details, help, status.

use super::{
    actions::{Action, Switch, hint},
    ambient::{AmbientView, ambient_ui, caption_ui, passive},
    details::details_ui,
    filter_bar::filter_bar_ui,
    help::{LegendView, help_ui},
    lesson::{LessonRow, LessonView, lesson_ui},
    notice::{NoticeView, notice_ui},
    past::{comparison_ui, time_bar_ui},
    state::{NARROW_WINDOW_PT, OverlayState},
    status::{mode_label_ui, quiet_ui, status_ui},
    table::{TableResponse, TableView, connection_table_ui, table_head},
    theme,
    toolbar::{time_ui, toolbar_ui},
    widgets::toggle_button,
};
use crate::{
    language::t,
    model::UnixMillis,
    view::{
        comparison::ComparisonView,
        panels::{ConnectionRow, DetailsView, FilterView, RowMark, StatusView, TableCounts},
        time_bar::TimeBarView,
    },
};
use bevy::prelude::Entity;
use bevy_egui::egui::{self, Align2, Area, Context, Id, Order, Pos2, Rect, Ui, Vec2};

/// A window lower than this, in points, has space for one panel besides the filter.
const LOW_WINDOW_PT: f32 = 440.0;
/// Space between panels, and to the edge of the window, in points.
const GAP: f32 = 16.0;
/// Maximum width of the table with all its columns, in points.
const WIDEST_TABLE: f32 = 884.0;
/// Largest width of the label while two windows of time are compared, in points.
const LABEL_WIDTH: f32 = 460.0;
/// Opacity below which nothing is drawn or clickable.
const INVISIBLE: f32 = 0.02;

/// Content of the overlay in one frame.
#[derive(Clone, Copy, Debug)]
pub struct OverlayViews<'a> {
    /// The filter.
    pub filter: &'a FilterView,
    /// Rows of the table.
    pub rows: &'a [ConnectionRow],
    /// The connection of each row.
    pub entities: &'a [Entity],
    /// What the filter says of each row.
    pub marks: &'a [RowMark],
    /// Changes whenever the rows do.
    pub rows_version: u64,
    /// Changes whenever the filter does.
    pub filter_version: u64,
    /// See [`TableView::marked`].
    pub marked: u64,
    /// Counts of the rows.
    pub counts: TableCounts,
    /// The displayed time, for ages.
    pub now: UnixMillis,
    /// The selected connection.
    pub details: Option<&'a DetailsView>,
    /// Counts and warnings. Its `mode` is shown beside the filter; its `label` stays visible when the overlay fades.
    pub status: &'a StatusView,
    /// The time bar, where there is a history.
    pub time_bar: Option<&'a TimeBarView>,
    /// What differs between two windows of time, while they are compared.
    pub comparison: Option<&'a ComparisonView>,
    /// Colours and motion.
    pub legend: &'a LegendView,
    /// The lessons to choose from.
    pub lessons: &'a [LessonRow],
    /// The step of the lesson that is given.
    pub lesson: Option<&'a LessonView>,
    /// Captions in ambient mode.
    pub ambient: AmbientView<'a>,
    /// The current notice.
    pub notice: Option<&'a NoticeView>,
    /// The connection selected in the table or on the globe.
    pub selected: Option<Entity>,
    /// The connection under the pointer, in the table or on the globe.
    pub hovered: Option<Entity>,
    /// From 0 (invisible) to 1.
    pub opacity: f32,
}

/// Requested actions, and the covered area.
#[derive(Clone, Debug, Default)]
pub struct OverlayResponse {
    /// Actions, in order.
    pub actions: Vec<Action>,
    /// The hovered row.
    pub hovered: Option<Entity>,
    /// Rows of the table that were laid out.
    pub rows_laid_out: usize,
    /// The panels, in points.
    pub panels: Vec<Rect>,
    /// Captions that are drawn while no panel is visible, and the label of a demo, in points.
    pub captions: Vec<Rect>,
}

/// Draws the overlay over the whole window of `ctx`.
pub fn overlay_ui(ctx: &Context, state: &mut OverlayState, views: &OverlayViews<'_>) -> OverlayResponse {
    let mut response = OverlayResponse::default();
    let window = ctx.content_rect();
    let narrow = window.width() < NARROW_WINDOW_PT;
    let opacity = views.opacity.clamp(0.0, 1.0);
    let low = window.height() < LOW_WINDOW_PT;
    let has_table = state.shows_table(narrow);
    let has_right = views.details.is_some() || state.help.is_some();
    if state.hides_panels {
        hidden_panels(ctx, views, window, &mut response);
        return response;
    }
    // In a low window, an open panel replaces the status line.
    let has_status = !low || !(has_right || (narrow && has_table));
    let status_height = if has_status { state.status_height_pt + GAP } else { 0.0 };
    let status_top = window.bottom() - status_height;
    if opacity > INVISIBLE {
        if !(low && narrow && has_right) {
            // Beside the card of a lesson, or above it if there is no room.
            let is_beside =
                views.lesson.is_none() || least_width(window) + lesson_width(window) + 3.0 * GAP <= window.width();
            let bottom = if is_beside { status_top } else { status_top - state.lesson_height_pt - GAP };
            left_column(ctx, state, views, window, bottom, &mut response);
        }
        let lesson = lesson_card(ctx, views, window, status_top, &mut response);
        let bottom = lesson.map_or(status_top, |card| card.top());
        state.lesson_height_pt = lesson.map_or(0.0, |card| card.height());
        right_column(ctx, state, views, window, bottom, &mut response);
    }
    if opacity > INVISIBLE && has_status {
        let width = window.width() - 2.0 * GAP;
        let at = Pos2::new(window.left() + GAP, window.bottom() - GAP);
        let panel = Panel { name: "status", at, pivot: Align2::LEFT_BOTTOM, width, max_height: 200.0, opacity };
        let ((), rect) = panel.show(ctx, |ui| {
            if let Some(bar) = views.time_bar.filter(|_| !low && !narrow) {
                time_bar_ui(ui, bar, &mut response.actions);
            }
            status_ui(ui, views.status, &mut response.actions);
        });
        state.status_height_pt = rect.height();
        response.panels.push(rect);
        // A notice takes its place.
        let (middle, width) = free_span(&response.panels[..response.panels.len() - 1], window);
        let at = Pos2::new(middle, status_top - 12.0);
        let (at, width) = match response.panels.first() {
            // Between wide panels there is no room; beside the filter there is.
            Some(filter) if width >= window.width() && response.panels.len() > 2 && !narrow => {
                let right = if has_right { window.right() - right_width(window) - GAP } else { window.right() };
                (Pos2::new(f32::midpoint(filter.right(), right), filter.bottom()), right - filter.right())
            }
            _ => (at, width),
        };
        match (&views.status.quiet, &views.status.caption) {
            _ if views.notice.is_some() => {}
            (Some(line), _) => quiet_line(ctx, line, at, width, opacity),
            (None, Some(caption)) => {
                caption_ui(ctx, caption, at, width - 2.0 * GAP, opacity);
            }
            (None, None) => {}
        }
    }
    if opacity <= INVISIBLE {
        captions_without_panels(ctx, views, window, &mut response);
    }
    if opacity > INVISIBLE {
        show_notice(ctx, views, window, status_top - 12.0, &mut response);
    }
    // In a narrow window there is no space beside the filter, which also shows the mode while it is visible.
    let said_in_bar = narrow && opacity >= 1.0;
    if let Some(label) = views.status.label.as_ref().filter(|_| !said_in_bar) {
        let offset = if opacity > INVISIBLE { Vec2::ZERO } else { views.ambient.offset };
        let (at, pivot) = if narrow {
            // Moves into the space of a faded status line, to keep the globe uncovered.
            let bottom = egui::lerp((window.bottom() - GAP)..=(status_top - 40.0), opacity);
            (Pos2::new(window.center().x, bottom), Align2::CENTER_BOTTOM)
        } else {
            let (middle, _) = free_span(&response.panels, window);
            (Pos2::new(egui::lerp(window.center().x..=middle, opacity), window.top() + GAP), Align2::CENTER_TOP)
        };
        let shown = passive("mode label", at + offset, pivot).show(ctx, |ui| {
            // It says much more then.
            if views.comparison.is_some() {
                ui.set_max_width(LABEL_WIDTH.min(window.width() - 2.0 * GAP));
            }
            mode_label_ui(ui, label);
        });
        response.captions.push(shown.response.rect);
    }
    response
}

/// Draws what remains when no panel is visible: the captions of ambient mode, or that of a demo.
fn captions_without_panels(ctx: &Context, views: &OverlayViews<'_>, window: Rect, response: &mut OverlayResponse) {
    if views.ambient.is_on {
        response.captions.extend(ambient_ui(ctx, &views.ambient, window));
    } else if let Some(caption) = &views.status.caption {
        // Above the label of a narrow window.
        let bottom = if window.width() < NARROW_WINDOW_PT { 44.0 } else { 0.0 };
        let at = Pos2::new(window.center().x, window.bottom() - GAP - bottom);
        response.captions.push(caption_ui(ctx, caption, at, window.width() - 2.0 * GAP, 1.0));
    }
}

/// Draws only the buttons, and the label of a demo or a recording.
fn hidden_panels(ctx: &Context, views: &OverlayViews<'_>, window: Rect, response: &mut OverlayResponse) {
    let opacity = views.opacity.clamp(0.0, 1.0);
    if opacity > INVISIBLE {
        let width = (window.width() - 2.0 * GAP).min(380.0);
        let at = window.left_top() + Vec2::splat(GAP);
        let panel = Panel { name: "buttons", at, pivot: Align2::LEFT_TOP, width, max_height: 80.0, opacity };
        let ((), rect) = panel.show(ctx, |ui| toolbar_ui(ui, true, &mut response.actions));
        response.panels.push(rect);
        show_notice(ctx, views, window, window.bottom() - GAP, response);
    }
    if opacity <= INVISIBLE || views.notice.is_none() {
        captions_without_panels(ctx, views, window, response);
    }
    if let Some(label) = &views.status.label {
        let at = Pos2::new(window.right() - GAP, window.top() + GAP);
        let (at, pivot) = if window.width() < NARROW_WINDOW_PT {
            (Pos2::new(window.center().x, window.bottom() - GAP), Align2::CENTER_BOTTOM)
        } else {
            (at, Align2::RIGHT_TOP)
        };
        passive("mode label", at, pivot).show(ctx, |ui| mode_label_ui(ui, label));
    }
}

/// Draws the notice, centred above the lower edge.
fn show_notice(ctx: &Context, views: &OverlayViews<'_>, window: Rect, bottom: f32, response: &mut OverlayResponse) {
    let Some(notice) = views.notice else { return };
    let (middle, width) = free_span(&response.panels, window);
    let at = Pos2::new(middle, bottom);
    let area = Area::new(Id::new("netglobe").with("notice")).order(Order::Foreground).fixed_pos(at);
    area.pivot(Align2::CENTER_BOTTOM).fade_in(false).show(ctx, |ui| {
        ui.multiply_opacity(views.opacity.clamp(0.0, 1.0));
        ui.set_max_width((width - 2.0 * GAP).min(560.0));
        notice_ui(ui, notice, &mut response.actions);
    });
}

fn left_column(
    ctx: &Context,
    state: &mut OverlayState,
    views: &OverlayViews<'_>,
    window: Rect,
    bottom: f32,
    response: &mut OverlayResponse,
) {
    let narrow = window.width() < NARROW_WINDOW_PT;
    let opacity = views.opacity.clamp(0.0, 1.0);
    let slim = least_width(window);
    // Leave space for the details, or the card of a lesson.
    let right = if views.lesson.is_some() { lesson_width(window) } else { right_width(window) };
    let room = if narrow { window.width() * 0.6 - 2.0 * GAP } else { window.width() - right - 3.0 * GAP };
    let wide = room.clamp(slim, WIDEST_TABLE);
    let width = if state.show_all_columns { wide } else { slim }.min(window.width() - 2.0 * GAP);
    let at = window.left_top() + Vec2::splat(GAP);

    let panel = Panel {
        name: "filter",
        at,
        pivot: Align2::LEFT_TOP,
        width: slim.min(window.width() - 2.0 * GAP),
        max_height: window.height() * 0.45,
        opacity,
    };
    let ((), rect) = panel.show(ctx, |ui| {
        filter_bar_ui(ui, &mut state.filter, views.filter, &views.status.mode, &mut response.actions);
        // In a small window the table needs the space.
        if !(narrow && window.height() < LOW_WINDOW_PT && state.shows_table(narrow)) {
            ui.add_space(2.0);
            toolbar_ui(ui, false, &mut response.actions);
            // The time bar has the same.
            if views.time_bar.is_none() || narrow {
                time_ui(ui, views.status, &mut response.actions);
            }
        }
        let table = Action::Table(Switch::Toggle);
        if !state.shows_table(narrow) && toggle_button(ui, false, t!("table-button"), &hint(&table)).clicked() {
            response.actions.push(table);
        }
    });
    response.panels.push(rect);

    let top = rect.bottom() + GAP;
    let room = bottom - GAP - top;
    if !state.shows_table(narrow) || room < 90.0 {
        return;
    }
    let panel =
        Panel { name: "table", at: Pos2::new(at.x, top), pivot: Align2::LEFT_TOP, width, max_height: room, opacity };
    let (table, rect) = panel.show(ctx, |ui| {
        if let Some(comparison) = views.comparison.filter(|_| state.shows_comparison) {
            comparison_ui(ui, comparison, &state.filter.text, &mut response.actions);
            return TableResponse::default();
        }
        table_head(ui, state.show_all_columns, &views.counts, &mut response.actions);
        let view = TableView {
            rows: views.rows,
            entities: views.entities,
            marks: views.marks,
            rows_version: views.rows_version,
            filter_version: views.filter_version,
            marked: views.marked,
            counts: views.counts,
            is_filtered: views.filter.matches.is_some(),
            now: views.now,
            selected: views.selected,
            hovered: views.hovered,
        };
        connection_table_ui(ui, &view, &mut state.table)
    });
    response.hovered = table.hovered;
    response.actions.extend(table.actions);
    response.rows_laid_out = table.rows_laid_out;
    response.panels.push(rect);
}

/// Width of the panels on the right, in points.
fn right_width(window: Rect) -> f32 {
    (window.width() * 0.23).clamp(320.0, 420.0).min(window.width() - 2.0 * GAP)
}

/// Width of the panels on the left, without all columns, in points.
fn least_width(window: Rect) -> f32 {
    (window.width() * 0.26).clamp(380.0, 500.0)
}

/// Width of the card of a lesson, in points.
fn lesson_width(window: Rect) -> f32 {
    right_width(window).max(400.0_f32.min(window.width() - 2.0 * GAP))
}

/// Draws the card of a lesson above the status line, at the right.
fn lesson_card(
    ctx: &Context,
    views: &OverlayViews<'_>,
    window: Rect,
    bottom: f32,
    response: &mut OverlayResponse,
) -> Option<Rect> {
    let lesson = views.lesson?;
    let width = lesson_width(window);
    let panel = Panel {
        name: "lesson",
        at: Pos2::new(window.right() - GAP, bottom - GAP),
        pivot: Align2::RIGHT_BOTTOM,
        width,
        max_height: ((bottom - window.top()) * 0.5).min(360.0),
        opacity: views.opacity.clamp(0.0, 1.0),
    };
    let ((), rect) = panel.show(ctx, |ui| lesson_ui(ui, lesson, &mut response.actions));
    response.panels.push(rect);
    Some(rect)
}

fn right_column(
    ctx: &Context,
    state: &OverlayState,
    views: &OverlayViews<'_>,
    window: Rect,
    bottom: f32,
    response: &mut OverlayResponse,
) {
    let (narrow, low) = (window.width() < NARROW_WINDOW_PT, window.height() < LOW_WINDOW_PT);
    let opacity = views.opacity.clamp(0.0, 1.0);
    let width = right_width(window);
    let right = window.right() - GAP;
    let mut top = window.top() + GAP;
    // In a narrow window the card of a lesson leaves room for them only below the filter and without the table.
    let filter_bottom = response.panels.first().map_or(window.top(), Rect::bottom);
    let room = bottom - filter_bottom - 2.0 * GAP;
    let is_crowded = narrow && views.lesson.is_some() && (room < 120.0 || state.shows_table(narrow));
    let is_hidden = is_crowded || ((low || narrow) && state.help.is_some());
    if let Some(details) = views.details.filter(|_| !is_hidden) {
        let (at, pivot, max_height) = match (low, narrow) {
            (true, _) => (Pos2::new(right, top), Align2::RIGHT_TOP, bottom - GAP - top),
            (false, true) => {
                let below_the_middle = bottom - GAP - window.center().y - 1.0;
                let max_height = (window.height() * 0.32).min(below_the_middle).max(100.0);
                let max_height = if views.lesson.is_some() { max_height.min(room) } else { max_height };
                (Pos2::new(right, bottom - GAP), Align2::RIGHT_BOTTOM, max_height)
            }
            (false, false) => {
                // The full height, or most of it above the help.
                let share = if state.help.is_some() { 0.62 } else { 1.0 };
                (Pos2::new(right, top), Align2::RIGHT_TOP, (bottom - GAP - top) * share)
            }
        };
        let panel = Panel { name: "details", at, pivot, width, max_height, opacity };
        let ((), rect) = panel.show(ctx, |ui| details_ui(ui, details, &mut response.actions));
        response.panels.push(rect);
        if !narrow {
            top = rect.bottom() + GAP;
        }
    }
    let Some(tab) = state.help else { return };
    let max_height = (bottom - GAP - top).max(120.0);
    let panel = Panel { name: "help", at: Pos2::new(right, top), pivot: Align2::RIGHT_TOP, width, max_height, opacity };
    let ((), rect) = panel.show(ctx, |ui| help_ui(ui, tab, views.legend, views.lessons, &mut response.actions));
    response.panels.push(rect);
}

/// Middle and width of the space between the panels on both sides, in points; those of the window if there is no space.
fn free_span(panels: &[Rect], window: Rect) -> (f32, f32) {
    let at_side = |panel: &&Rect| panel.width() < window.width() * 0.7;
    let (mut left, mut right) = (window.left(), window.right());
    for panel in panels.iter().filter(at_side) {
        if panel.center().x < window.center().x {
            left = left.max(panel.right());
        } else {
            right = right.min(panel.left());
        }
    }
    if right - left < 240.0 {
        return (window.center().x, window.width());
    }
    (f32::midpoint(left, right), right - left)
}

fn quiet_line(ctx: &Context, line: &str, at: Pos2, width: f32, opacity: f32) {
    passive("quiet", at, Align2::CENTER_BOTTOM).show(ctx, |ui| {
        ui.multiply_opacity(opacity);
        ui.set_max_width((width - 2.0 * GAP).min(620.0));
        quiet_ui(ui, line);
    });
}

/// A panel with a fixed position and width, in points.
struct Panel {
    name: &'static str,
    at: Pos2,
    pivot: Align2,
    width: f32,
    max_height: f32,
    opacity: f32,
}

impl Panel {
    /// Draws the panel. Returns the result of `add_contents` and the rectangle of the panel.
    fn show<R>(self, ctx: &Context, add_contents: impl FnOnce(&mut Ui) -> R) -> (R, Rect) {
        let shown = Area::new(Id::new("netglobe").with(self.name))
            .order(Order::Middle)
            .movable(false)
            .fixed_pos(self.at)
            .pivot(self.pivot)
            .constrain(false)
            .fade_in(false)
            .default_size(Vec2::new(self.width, self.max_height))
            .show(ctx, |ui| {
                ui.multiply_opacity(self.opacity);
                let frame = theme::glass();
                let margin = frame.total_margin().sum();
                frame
                    .show(ui, |ui| {
                        ui.set_width(self.width - margin.x);
                        ui.set_max_height(self.max_height - margin.y);
                        add_contents(ui)
                    })
                    .inner
            });
        (shown.inner, shown.response.rect)
    }
}
