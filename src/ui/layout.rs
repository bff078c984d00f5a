//! Where panels sit: query and table at the left, details and legend at the right, status at the bottom.
//!
//! The middle belongs to the globe: no panel covers it, whatever the size of the window. In a narrow window the table is
//! folded away until it is asked for, and details move to the bottom. In a low one what was asked for takes the place of the
//! rest: legend, details or table. Panels are drawn in the order in which `Tab` goes
//! through them: filter, table, details, legend, status.

use super::{
    actions::{Action, Switch, hint},
    connection_table::{TableState, connection_table_ui},
    details::details_ui,
    filter_bar::{FilterBarState, filter_bar_ui},
    legend::{LegendView, credits_ui, heading, legend_ui},
    status::{mode_label_ui, quiet_ui, status_ui},
    theme,
    widgets::{close_button, faint, toggle_button},
};
use crate::{
    model::UnixMillis,
    view::panels::{ConnectionRow, DetailsView, FilterView, StatusView},
};
use bevy::prelude::Entity;
use bevy_egui::egui::{self, Align, Align2, Area, Context, Id, Layout, Order, Pos2, Rect, ScrollArea, Ui, Vec2};

/// A window narrower than this, in points, folds the table away.
pub const NARROW_WINDOW_PX: f32 = 900.0;
/// A window lower than this, in points, has room for one panel beside the filter.
const LOW_WINDOW_PX: f32 = 440.0;
/// Space between panels and to the window's edge, in points.
const GAP: f32 = 16.0;
/// Below this opacity nothing is drawn, nor can it be clicked.
const INVISIBLE: f32 = 0.02;

/// What the overlay remembers between frames.
#[derive(Clone, Debug)]
pub struct OverlayState {
    /// The query bar.
    pub filter: FilterBarState,
    /// The table.
    pub table: TableState,
    /// Whether the table shows where there is room for it.
    pub show_table: bool,
    /// Whether it shows in a narrow window too.
    pub show_table_when_narrow: bool,
    /// Whether the table takes the room that all its columns need.
    pub show_all_columns: bool,
    /// Whether legend and keys show.
    pub show_legend: bool,
    /// Whether credits show.
    pub show_credits: bool,
    status_height_px: f32,
}

impl Default for OverlayState {
    fn default() -> Self {
        Self {
            filter: FilterBarState::default(),
            table: TableState::default(),
            show_table: true,
            show_table_when_narrow: false,
            show_all_columns: false,
            show_legend: false,
            show_credits: false,
            status_height_px: 66.0,
        }
    }
}

impl OverlayState {
    /// Does what an action asks of the panels in a window of this width, in points; the rest is not theirs.
    pub fn act(&mut self, action: &Action, window_width_px: f32) {
        match action {
            Action::Table(switch) if window_width_px < NARROW_WINDOW_PX => {
                switch.apply(&mut self.show_table_when_narrow);
            }
            Action::Table(switch) => switch.apply(&mut self.show_table),
            Action::AllColumns(switch) => switch.apply(&mut self.show_all_columns),
            Action::Legend(switch) => switch.apply(&mut self.show_legend),
            Action::Credits(switch) => switch.apply(&mut self.show_credits),
            Action::SortBy { column, ascending } => self.table.sort = (*column, *ascending),
            Action::Filter(text) if self.filter.text != *text => self.filter.text.clone_from(text),
            _ => {}
        }
    }

    /// Closes what was opened over the globe, if anything was; returns whether it did. One step of `Esc`.
    pub fn step_back(&mut self) -> bool {
        let open = self.show_legend || self.show_credits;
        self.show_legend = false;
        self.show_credits = false;
        open
    }

    fn shows_table(&self, narrow: bool) -> bool {
        if narrow { self.show_table_when_narrow } else { self.show_table }
    }
}

/// Everything that the overlay shows in one frame.
#[derive(Clone, Copy, Debug)]
pub struct OverlayViews<'a> {
    /// The query.
    pub filter: &'a FilterView,
    /// Rows of the table.
    pub rows: &'a [ConnectionRow],
    /// Another number whenever the rows are others.
    pub rows_version: u64,
    /// Rows that have not closed.
    pub open_rows: usize,
    /// Now, for ages.
    pub now: UnixMillis,
    /// The selected connection.
    pub details: Option<&'a DetailsView>,
    /// Counts and health; its `mode` stands in the query bar, its `label` stays when the overlay fades.
    pub status: &'a StatusView,
    /// Colours and motion.
    pub legend: &'a LegendView,
    /// Selected here or on the globe.
    pub selected: Option<Entity>,
    /// Under the pointer, here or on the globe.
    pub hovered: Option<Entity>,
    /// 1 is there, 0 is faded away.
    pub opacity: f32,
}

/// What the person did, and what the overlay covered.
#[derive(Clone, Debug, Default)]
pub struct OverlayResponse {
    /// What the person asked for, in order.
    pub actions: Vec<Action>,
    /// The row under the pointer.
    pub hovered: Option<Entity>,
    /// Rows of the table that were laid out.
    pub rows_laid_out: usize,
    /// Panels drawn, in points.
    pub panels: Vec<Rect>,
}

/// Draws the overlay over the whole window of `ctx`.
pub fn overlay_ui(ctx: &Context, state: &mut OverlayState, views: &OverlayViews<'_>) -> OverlayResponse {
    let mut response = OverlayResponse::default();
    let window = ctx.content_rect();
    let narrow = window.width() < NARROW_WINDOW_PX;
    let opacity = views.opacity.clamp(0.0, 1.0);
    let low = window.height() < LOW_WINDOW_PX;
    let has_table = state.shows_table(narrow);
    let has_right = views.details.is_some() || state.show_legend || state.show_credits;
    // What is asked for in a low window takes the status line's place.
    let has_status = !low || !(has_right || (narrow && has_table));
    let status_height = if has_status { state.status_height_px + GAP } else { 0.0 };
    let status_top = window.bottom() - status_height;
    if opacity > INVISIBLE {
        if !(low && narrow && has_right) {
            left_column(ctx, state, views, window, status_top, &mut response);
        }
        right_column(ctx, state, views, window, status_top, &mut response);
    }
    if opacity > INVISIBLE && has_status {
        let width = window.width() - 2.0 * GAP;
        let at = Pos2::new(window.left() + GAP, window.bottom() - GAP);
        let panel = Panel { name: "status", at, pivot: Align2::LEFT_BOTTOM, width, max_height: 200.0, opacity };
        let ((), rect) = panel.show(ctx, |ui| status_ui(ui, views.status, &mut response.actions));
        state.status_height_px = rect.height();
        response.panels.push(rect);
        if let Some(line) = &views.status.quiet {
            let (middle, width) = free_span(&response.panels[..response.panels.len() - 1], window);
            quiet_line(ctx, line, Pos2::new(middle, status_top - 12.0), width, opacity);
        }
    }
    // In a narrow window there is no room beside the query bar, which says it as well while it is there.
    let said_in_bar = narrow && opacity >= 1.0;
    if let Some(label) = views.status.label.as_ref().filter(|_| !said_in_bar) {
        let (at, pivot) = if narrow {
            // Where the status line was once it has faded, so that the label does not cover the globe.
            let bottom = egui::lerp((window.bottom() - GAP)..=(status_top - 40.0), opacity);
            (Pos2::new(window.center().x, bottom), Align2::CENTER_BOTTOM)
        } else {
            let (middle, _) = free_span(&response.panels, window);
            (Pos2::new(egui::lerp(window.center().x..=middle, opacity), window.top() + GAP), Align2::CENTER_TOP)
        };
        passive("mode label", at, pivot).show(ctx, |ui| mode_label_ui(ui, label));
    }
    response
}

fn left_column(
    ctx: &Context,
    state: &mut OverlayState,
    views: &OverlayViews<'_>,
    window: Rect,
    bottom: f32,
    response: &mut OverlayResponse,
) {
    let narrow = window.width() < NARROW_WINDOW_PX;
    let opacity = views.opacity.clamp(0.0, 1.0);
    let slim = (window.width() * 0.26).clamp(380.0, 500.0);
    let wide = (window.width() * 0.6 - 2.0 * GAP).clamp(slim, 724.0);
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
        let table = Action::Table(Switch::Toggle);
        if !state.shows_table(narrow) && toggle_button(ui, false, "table", hint(&table)).clicked() {
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
        table_head(ui, state, views, &mut response.actions);
        connection_table_ui(
            ui,
            views.rows,
            views.rows_version,
            views.now,
            &mut state.table,
            views.selected,
            views.hovered,
        )
    });
    response.hovered = table.hovered;
    response.actions.extend(table.actions);
    response.rows_laid_out = table.rows_laid_out;
    response.panels.push(rect);
}

/// The title of the panel, and its button to close; returns whether it was pressed.
fn legend_head(ui: &mut Ui, title: &str) -> bool {
    ui.horizontal(|ui| {
        heading(ui, title);
        let right = Layout::right_to_left(Align::Center);
        ui.with_layout(right, |ui| close_button(ui, "Close the legend").clicked()).inner
    })
    .inner
}

fn table_head(ui: &mut Ui, state: &OverlayState, views: &OverlayViews<'_>, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let open = views.open_rows;
        let fading = views.rows.len().saturating_sub(open);
        let count = if open == 1 { "1 connection".to_owned() } else { format!("{open} connections") };
        let count = if fading > 0 { format!("{count}, {fading} just closed") } else { count };
        ui.label(faint(count));
        let right = Layout::right_to_left(Align::Center);
        ui.with_layout(right, |ui| {
            if close_button(ui, "Hide the table").clicked() {
                actions.push(Action::Table(Switch::Toggle));
            }
            let all_columns = Action::AllColumns(Switch::Toggle);
            if toggle_button(ui, state.show_all_columns, "all columns", hint(&all_columns)).clicked() {
                actions.push(all_columns);
            }
        });
    });
    ui.add_space(2.0);
}

fn right_column(
    ctx: &Context,
    state: &OverlayState,
    views: &OverlayViews<'_>,
    window: Rect,
    bottom: f32,
    response: &mut OverlayResponse,
) {
    let (narrow, low) = (window.width() < NARROW_WINDOW_PX, window.height() < LOW_WINDOW_PX);
    let opacity = views.opacity.clamp(0.0, 1.0);
    let width = (window.width() * 0.23).clamp(320.0, 420.0).min(window.width() - 2.0 * GAP);
    let right = window.right() - GAP;
    let mut top = window.top() + GAP;
    let has_legend = state.show_legend || state.show_credits;
    if let Some(details) = views.details.filter(|_| !(low && has_legend)) {
        let (at, pivot, max_height) = match (low, narrow) {
            (true, _) => (Pos2::new(right, top), Align2::RIGHT_TOP, bottom - GAP - top),
            (false, true) => (Pos2::new(right, bottom - GAP), Align2::RIGHT_BOTTOM, window.height() * 0.32),
            (false, false) => (Pos2::new(right, top), Align2::RIGHT_TOP, (bottom - top) * 0.62),
        };
        let panel = Panel { name: "details", at, pivot, width, max_height, opacity };
        let ((), rect) = panel.show(ctx, |ui| details_ui(ui, details, &mut response.actions));
        response.panels.push(rect);
        if !narrow {
            top = rect.bottom() + GAP;
        }
    }
    if !has_legend {
        return;
    }
    let max_height = (bottom - GAP - top).max(120.0);
    let panel =
        Panel { name: "legend", at: Pos2::new(right, top), pivot: Align2::RIGHT_TOP, width, max_height, opacity };
    let (closed, rect) = panel.show(ctx, |ui| {
        let title = if state.show_legend { "Legend" } else { "Credits" };
        let closed = legend_head(ui, title);
        ScrollArea::vertical().id_salt("legend").auto_shrink([false, true]).show(ui, |ui| {
            if state.show_legend {
                legend_ui(ui, views.legend);
            }
            if state.show_credits {
                if state.show_legend {
                    ui.add_space(6.0);
                    heading(ui, "Credits");
                }
                credits_ui(ui);
            }
        });
        closed
    });
    if closed {
        response.actions.extend([Action::Legend(Switch::Off), Action::Credits(Switch::Off)]);
    }
    response.panels.push(rect);
}

/// Where the middle of the room between the panels at the sides is, and how wide it is, in points; the window's own where
/// they leave none.
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

/// An area that the pointer goes through.
fn passive(name: &str, at: Pos2, pivot: Align2) -> Area {
    Area::new(Id::new("netglobe").with(name)).fixed_pos(at).pivot(pivot).interactable(false).fade_in(false)
}

/// A pane of glass at a fixed place and of a fixed width, all in points.
struct Panel {
    name: &'static str,
    at: Pos2,
    pivot: Align2,
    width: f32,
    max_height: f32,
    opacity: f32,
}

impl Panel {
    /// Draws the panel, and returns what it holds returned and its rectangle.
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
