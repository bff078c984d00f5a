//! The connection table: a row for each connection, with or without an arc.
//!
//! *Performance.* Only visible rows are laid out, so 100,000 rows cost as much as 30. Rows are sorted once per version
//! of the rows and per click on a header, not per frame (ages grow, but keep their order), nor when the filter changes.
//! While the pointer is over the rows, none of them moves: removed rows leave an empty line, and new rows fill such lines
//! or are appended, until the pointer leaves or the filter changes.
//!
//! *Keyboard.* The table is one `Tab` stop, not one per row: arrows, page keys, `Home` and `End` move the selection
//! while it has the focus, and `Ctrl+C` copies the selected row. A click on a row does not take the focus, so the
//! single-key shortcuts of the globe keep working.

use super::columns::{Column, PlacedColumn, place_columns, shown_order, sorted_order};
use crate::{
    language::t,
    model::{Direction, SocketState, UnixMillis},
    ui::{
        actions::{Action, Target},
        help::{meanings_in, with_meaning_of},
        theme,
        widgets::{cut_address, cut_text, explain, faint},
    },
    view::panels::{ConnectionRow, RowMark, TableCounts},
};
use bevy::prelude::Entity;
use bevy_egui::egui::{
    self, Color32, CornerRadius, Event, EventFilter, Id, Key, Modifiers, Pos2, Rect, Response, ScrollArea, Sense,
    Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, WidgetType, accesskit::Role,
};
use std::collections::HashMap;

/// Name of the table's id: `egui::Id::new(TABLE_ID)` has the focus when the table has.
pub const TABLE_ID: &str = "netglobe connections";
/// Height of a row, in points.
const ROW_HEIGHT: f32 = 22.0;
/// Height of the header, in points.
const HEADER_HEIGHT: f32 = 20.0;
/// Space for the arc's colour to the left of the first column, in points.
const CHIP_WIDTH: f32 = 14.0;
/// Space for the scroll bar to the right of the last column, in points.
const SCROLL_BAR_WIDTH: f32 = 8.0;
/// Placeholder for a row that was removed while the pointer is on the table.
const GONE: u32 = u32::MAX;

/// Content of the table in one frame.
#[derive(Clone, Copy, Debug)]
pub struct TableView<'a> {
    /// A row for each connection, in arbitrary order.
    pub rows: &'a [ConnectionRow],
    /// The connection of each row.
    pub entities: &'a [Entity],
    /// What the filter says of each row.
    pub marks: &'a [RowMark],
    /// Changes whenever the rows do.
    pub rows_version: u64,
    /// Changes whenever what the filter matches among them does.
    pub marked: u64,
    /// Changes whenever the filter does.
    pub filter_version: u64,
    /// Counts of the rows.
    pub counts: TableCounts,
    /// Whether there is a filter.
    pub is_filtered: bool,
    /// The current time, for ages.
    pub now: UnixMillis,
    /// Selected here or on the globe; a selection on the globe is scrolled into view once.
    pub selected: Option<Entity>,
    /// Hovered here or on the globe.
    pub hovered: Option<Entity>,
}

/// Inputs of the sort order.
#[derive(Clone, Copy, Debug, PartialEq)]
struct SortedFor {
    rows_version: u64,
    rows: usize,
    marked: u64,
    filter_version: u64,
    sort: (Column, bool),
}

impl SortedFor {
    /// What the order of all rows depends on, shown or not.
    fn all(self) -> Self {
        Self { marked: 0, filter_version: 0, ..self }
    }
}

/// Sort order and scroll position.
#[derive(Clone, Debug)]
pub struct TableState {
    /// Column to sort by, and whether the smallest value comes first.
    pub sort: (Column, bool),
    order: Vec<u32>,
    /// All rows in the order of the column, and for what they were sorted.
    in_column: (Vec<u32>, Option<SortedFor>),
    /// The entities of the sorted rows.
    entities: Vec<Option<Entity>>,
    sorted_for: Option<SortedFor>,
    /// Rectangle of the rows in the previous frame, in points.
    rows_rect: Rect,
    /// Whether the order was kept although the rows changed.
    is_kept: bool,
    /// The selection that was last scrolled into view.
    shown: Option<Entity>,
    offset_pt: f32,
    view_height_pt: f32,
}

impl Default for TableState {
    fn default() -> Self {
        Self {
            sort: (Column::Age, true),
            order: Vec::new(),
            in_column: (Vec::new(), None),
            entities: Vec::new(),
            sorted_for: None,
            rows_rect: Rect::NOTHING,
            is_kept: false,
            shown: None,
            offset_pt: 0.0,
            view_height_pt: 0.0,
        }
    }
}

impl TableState {
    /// Rows in the order of the last frame, as indices; `u32::MAX` for an empty line.
    #[must_use]
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Updates the order; if `is_held`, no existing row moves.
    fn sort_rows(&mut self, view: &TableView<'_>, is_held: bool) {
        let TableView { rows, entities, marks, rows_version, marked, filter_version, .. } = *view;
        let wanted = SortedFor { rows_version, rows: rows.len(), marked, filter_version, sort: self.sort };
        let is_same_sort = self
            .sorted_for
            .is_some_and(|before| (before.sort, before.filter_version) == (wanted.sort, wanted.filter_version));
        if self.sorted_for == Some(wanted) && (is_held || !self.is_kept) {
            return;
        }
        if self.in_column.1 != Some(wanted.all()) {
            self.in_column = (sorted_order(rows, self.sort.0, self.sort.1), Some(wanted.all()));
        }
        let sorted = shown_order(marks, &self.in_column.0);
        self.is_kept = is_held && is_same_sort;
        self.order = if self.is_kept { self.kept_order(entities, sorted) } else { sorted };
        self.entities = self.order.iter().map(|&index| entities.get(index as usize).copied()).collect();
        self.sorted_for = Some(wanted);
    }

    /// Keeps existing rows in their positions; new rows of `sorted` fill the gaps and are appended.
    fn kept_order(&self, entities: &[Entity], sorted: Vec<u32>) -> Vec<u32> {
        let shown = sorted.iter().map(|&index| (entities[index as usize], index));
        let mut at: HashMap<Entity, u32> = shown.collect();
        let mut order: Vec<u32> =
            self.entities.iter().map(|entity| entity.and_then(|entity| at.remove(&entity)).unwrap_or(GONE)).collect();
        let mut new = sorted.into_iter().filter(|&index| at.contains_key(&entities[index as usize]));
        for gap in order.iter_mut().filter(|index| **index == GONE) {
            let Some(index) = new.next() else { break };
            *gap = index;
        }
        order.extend(new);
        while order.last() == Some(&GONE) {
            order.pop();
        }
        order
    }

    fn position_of(&self, entity: Entity) -> Option<usize> {
        self.entities.iter().position(|&there| there == Some(entity))
    }

    /// The scroll offset that brings the row at `position` into view; `None` if it is in view.
    fn offset_showing(&self, position: usize) -> Option<f32> {
        let top = position as f32 * ROW_HEIGHT;
        let in_view = top >= self.offset_pt && top + ROW_HEIGHT <= self.offset_pt + self.view_height_pt;
        (!in_view).then(|| (top - (self.view_height_pt - ROW_HEIGHT) * 0.5).max(0.0))
    }
}

/// Result of drawing the table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableResponse {
    /// The hovered row.
    pub hovered: Option<Entity>,
    /// Requested actions.
    pub actions: Vec<Action>,
    /// Number of rows that were laid out: only the visible ones.
    pub rows_laid_out: usize,
}

impl TableResponse {
    fn select(&mut self, row: Entity) {
        self.actions.push(Action::Select(Some(Target::Entity(row))));
    }
}

/// Draws the table in the width and height of `ui`.
pub fn connection_table_ui(ui: &mut Ui, view: &TableView<'_>, state: &mut TableState) -> TableResponse {
    let mut response = TableResponse::default();
    let TableView { rows, now, selected, hovered, .. } = *view;
    let width = ui.available_width();
    let columns = place_columns(width - SCROLL_BAR_WIDTH, CHIP_WIDTH);
    ui.spacing_mut().item_spacing.y = 0.0;
    let header = header_ui(ui, width, &columns, state.sort, &mut response.actions);
    // Uses the current pointer position, not that of the previous frame: on a slow machine it may have moved far.
    let is_held = ui.rect_contains_pointer(state.rows_rect);
    state.sort_rows(view, is_held);
    if let Some(note) = empty_note(view) {
        ui.label(faint(note).color(theme::NORMAL));
    }

    let id = Id::new(TABLE_ID);
    let mut scroll_to = None;
    let mut moved_to = None;
    if ui.memory(|memory| memory.has_focus(id)) {
        let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        if let Some(position) = moved_by_keys(ui, state, selected) {
            moved_to = state.order.get(position).and_then(|&i| rows.get(i as usize)).map(|row| row.entity);
            moved_to.into_iter().for_each(|row| response.select(row));
            state.shown = moved_to;
            scroll_to = state.offset_showing(position);
        }
    }
    // Scroll only after the first frame, when the height of the view is known.
    if moved_to.is_none() && selected != state.shown && state.view_height_pt >= ROW_HEIGHT {
        state.shown = selected;
        scroll_to = selected.and_then(|e| state.position_of(e)).and_then(|at| state.offset_showing(at));
    }

    let mut area = ScrollArea::vertical().id_salt(TABLE_ID).auto_shrink([false, true]).min_scrolled_height(ROW_HEIGHT);
    if let Some(offset) = scroll_to {
        area = area.vertical_scroll_offset(offset);
    }
    let output = area.show_rows(ui, ROW_HEIGHT, state.order.len(), |ui, range| {
        for &index in state.order.get(range).unwrap_or_default() {
            let Some(row) = rows.get(index as usize) else {
                ui.allocate_space(Vec2::new(ui.available_width(), ROW_HEIGHT));
                continue;
            };
            let mark = view.marks.get(index as usize).copied().unwrap_or_default();
            let (selected, hovered) = (selected == Some(row.entity), hovered == Some(row.entity));
            let marks = RowMarks { mark, selected, hovered };
            row_ui(ui, row, now, &columns, marks, &mut response);
        }
    });
    state.offset_pt = output.state.offset.y;
    state.view_height_pt = output.inner_rect.height();
    // The rows may be lower than the view.
    let mut rows_rect = output.inner_rect;
    rows_rect.set_height(rows_rect.height().min(output.content_size.y));
    state.rows_rect = rows_rect;

    let whole = header.union(rows_rect);
    let table = ui.interact(whole, id, Sense::focusable_noninteractive());
    table.widget_info(|| WidgetInfo::labeled(WidgetType::Other, true, t!("table-name")));
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_role(Role::Table);
        node.set_row_count(state.order.len());
    });
    if table.has_focus() {
        ui.painter().rect_stroke(whole, CornerRadius::same(3), theme::focus_ring(), StrokeKind::Inside);
    }
    copy_by_keys(ui, &table, selected, &mut response);
    response
}

/// The text to show if there are no rows, or none that match.
fn empty_note(view: &TableView<'_>) -> Option<String> {
    let TableCounts { hidden, matching, .. } = view.counts;
    match (view.rows.is_empty(), view.is_filtered && matching == 0) {
        (true, _) => Some(t!("table-empty").to_owned()),
        (false, true) if hidden > 0 => Some(t!("table-no-match-hidden", hidden = hidden)),
        (false, true) => Some(t!("table-no-match").to_owned()),
        (false, false) => None,
    }
}

/// `Ctrl+C` copies the selected row while the table, or nothing, has the focus.
fn copy_by_keys(ui: &Ui, table: &Response, selected: Option<Entity>, response: &mut TableResponse) {
    let mine = table.has_focus() || ui.memory(|memory| memory.focused().is_none());
    let is_asked = || ui.input(|input| input.events.iter().any(|event| matches!(event, Event::Copy)));
    if mine && selected.is_some() && is_asked() {
        response.actions.push(Action::CopyRow);
    }
}

/// The new position of the selection in the order, if keys of this frame moved it.
fn moved_by_keys(ui: &Ui, state: &TableState, selected: Option<Entity>) -> Option<usize> {
    let page = ((state.view_height_pt / ROW_HEIGHT) as usize).max(2) - 1;
    let keys = [Key::ArrowDown, Key::ArrowUp, Key::PageDown, Key::PageUp, Key::Home, Key::End];
    let key = ui.input_mut(|input| keys.into_iter().find(|key| input.consume_key(Modifiers::NONE, *key)))?;
    // Skips empty lines.
    let rows_at: Vec<usize> = (0..state.order.len()).filter(|&position| state.order[position] != GONE).collect();
    let last = rows_at.len().checked_sub(1)?;
    let position = selected.and_then(|entity| state.position_of(entity));
    let at = position.and_then(|position| rows_at.binary_search(&position).ok());
    let to = match key {
        Key::ArrowDown => at.map_or(0, |at| (at + 1).min(last)),
        Key::ArrowUp => at.map_or(last, |at| at.saturating_sub(1)),
        Key::PageDown => at.map_or(0, |at| (at + page).min(last)),
        Key::PageUp => at.map_or(0, |at| at.saturating_sub(page)),
        Key::Home => 0,
        _ => last,
    };
    rows_at.get(to).copied()
}

fn header_ui(
    ui: &mut Ui,
    width: f32,
    columns: &[PlacedColumn],
    sort: (Column, bool),
    actions: &mut Vec<Action>,
) -> Rect {
    let (_, header) = ui.allocate_space(Vec2::new(width, HEADER_HEIGHT));
    for &(column, x, column_width) in columns {
        let rect = Rect::from_min_size(header.min + Vec2::new(x, 0.0), Vec2::new(column_width, HEADER_HEIGHT));
        let head = ui.interact(rect, Id::new(TABLE_ID).with(("column", column)), Sense::click());
        let (sorted, ascending) = (sort.0 == column, sort.1);
        let (name, meaning) = column.explain();
        head.widget_info(|| {
            let label = match (sorted, ascending) {
                (false, _) => t!("table-sort", column = name),
                (true, true) => t!("table-sort-ascending", column = name),
                (true, false) => t!("table-sort-descending", column = name),
            };
            WidgetInfo::labeled(WidgetType::Button, true, label)
        });
        let color = if head.hovered() || head.has_focus() || sorted { theme::BRIGHT } else { theme::FAINT };
        cut_text(ui, rect, column.title(), theme::SMALL_SIZE, color);
        if sorted {
            let text_width = ui
                .painter()
                .layout_no_wrap(column.title().to_owned(), egui::FontId::proportional(theme::SMALL_SIZE), color.color())
                .size()
                .x;
            let x = (rect.left() + text_width + 7.0).min(rect.right() - 4.0);
            ui.painter().add(arrow(Pos2::new(x, rect.center().y), ascending, theme::ACCENT));
        }
        if head.clicked() {
            let ascending = if sorted { !ascending } else { column.starts_ascending() };
            actions.push(Action::SortBy { column, ascending });
        }
        explain(ui, head, || with_meaning_of(meaning, column.term()));
    }
    ui.painter().hline(header.x_range(), header.bottom(), Stroke::new(1.0, theme::BORDER));
    header
}

/// A small triangle that points up if the smallest value comes first.
fn arrow(center: Pos2, ascending: bool, color: theme::Ink) -> Shape {
    let tip = if ascending { -3.0 } else { 3.0 };
    let points = [Vec2::new(-3.5, -tip * 0.7), Vec2::new(3.5, -tip * 0.7), Vec2::new(0.0, tip)];
    Shape::convex_polygon(points.map(|offset| center + offset).to_vec(), color, Stroke::NONE)
}

/// Highlights of a row.
#[derive(Clone, Copy)]
struct RowMarks {
    mark: RowMark,
    selected: bool,
    hovered: bool,
}

fn row_ui(
    ui: &mut Ui,
    row: &ConnectionRow,
    now: UnixMillis,
    columns: &[PlacedColumn],
    marks: RowMarks,
    out: &mut TableResponse,
) {
    let (_, rect) = ui.allocate_space(Vec2::new(ui.available_width(), ROW_HEIGHT));
    out.rows_laid_out += 1;
    let id = Id::new(TABLE_ID).with(("row", row.entity));
    let response = ui.interact(rect, id, Sense::CLICK);
    response.widget_info(|| {
        WidgetInfo::selected(WidgetType::SelectableLabel, true, marks.selected, row_name(row, marks.mark))
    });
    ui.ctx().accesskit_node_builder(id, |node| node.set_role(Role::Row));

    if marks.selected || marks.hovered || response.hovered() {
        let fill = if marks.selected { theme::SELECTED } else { theme::HOVERED };
        ui.painter().rect_filled(rect, CornerRadius::same(3), fill);
    }
    let [r, g, b] = row.color;
    let chip = Color32::from_rgb(r, g, b).gamma_multiply(if marks.mark.dimmed { 0.35 } else { 1.0 });
    let chip_at = Pos2::new(rect.left() + 5.0, rect.center().y);
    if row.is_listener {
        // It has no arc.
        ui.painter().circle_stroke(chip_at, 2.5, Stroke::new(1.2, chip));
    } else {
        ui.painter().circle_filled(chip_at, 3.0, chip);
    }

    let mut cut = false;
    for &(column, x, width) in columns {
        let cell = Rect::from_min_size(rect.min + Vec2::new(x, 0.0), Vec2::new(width, ROW_HEIGHT));
        let color = match column {
            _ if marks.selected => theme::BRIGHT,
            // On the fill of the row under the pointer, dimmed text would be unreadable.
            _ if marks.mark.dimmed && !marks.hovered => theme::DIMMED,
            Column::Process | Column::Place => theme::NORMAL,
            _ => theme::FAINT,
        };
        let text = column.cell(row, now);
        cut |= match column {
            Column::Remote => cut_address(ui, cell, &text, theme::SMALL_SIZE, color),
            _ => cut_text(ui, cell, &text, theme::SMALL_SIZE, color),
        };
    }

    if response.hovered() {
        out.hovered = Some(row.entity);
    }
    if response.clicked() || response.secondary_clicked() {
        out.select(row.entity);
    }
    response.context_menu(|ui| {
        if ui.button(t!("table-copy-row")).clicked() {
            out.select(row.entity);
            out.actions.push(Action::CopyRow);
            ui.close();
        }
    });
    if response.hovered() && (cut || columns.len() < Column::ALL.len()) {
        let terms = meanings_in(&format!("{} {}", row.protocol.name(), row.state.name()));
        response.on_hover_text_at_pointer(format!("{}\n\n{terms}", row_name(row, marks.mark)).trim_end());
    }
}

/// Text of the row for screen readers and for its tooltip.
fn row_name(row: &ConnectionRow, mark: RowMark) -> String {
    let mut name = format!("{}, {}, {}", row.process, row.remote, row.place);
    let operator = (!row.operator.is_empty()).then_some(row.operator.as_str());
    let state = Some(row.state).filter(|state| *state != SocketState::Unknown).map(SocketState::name);
    let direction = row.direction.filter(|direction| *direction != Direction::Unknown).map(Direction::name);
    for part in [operator, Some(row.protocol.name()), state, direction].into_iter().flatten() {
        name.push_str(", ");
        name.push_str(part);
    }
    if row.doubt.is_some() {
        name.push_str(", ");
        name.push_str(t!("details-doubtful"));
    }
    if !mark.matches {
        name.push_str(", ");
        name.push_str(t!("table-row-no-match"));
    }
    name
}
