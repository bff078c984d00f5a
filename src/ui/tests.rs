//! Tests of the panels with simulated pointer and keyboard input.

mod cut_off;
mod layout;
mod panels;
mod status;
mod table;

use super::{
    actions::{Action, COMMANDS, Switch, Target, keys_text},
    *,
};
use crate::{
    model::{AddressScope, Degradation, DegradationKind, Direction, Group, Protocol, SocketState, UnixMillis},
    sampler::{Capabilities, OwnTime, SamplerReport, SourceKind},
    view::{
        comparison::ComparisonView,
        panels::{
            ConnectionRow, DetailLine, DetailsView, FilterErrorView, FilterView, MatchCounts, MissedCount,
            ProcessCount, RowMark, StatusView, TableCounts,
        },
        time_bar::TimeBarView,
    },
};
use bevy::prelude::Entity;
use bevy_egui::egui::{self, Id, Key, Modifiers, Shape, Vec2};
use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable},
};
use std::{sync::Arc, time::Duration};

const NOW: UnixMillis = UnixMillis(1_780_000_000_000);

fn entity(number: u32) -> Entity {
    Entity::from_raw_u32(number).expect("a small number")
}

fn row(number: u32, process: &str, remote: &str) -> ConnectionRow {
    ConnectionRow {
        entity: entity(number),
        process: process.to_owned(),
        pid: Some(1000 + number),
        remote: remote.to_owned(),
        place: "London, GB".to_owned(),
        operator: "AS2856 British Telecommunications PLC".to_owned(),
        protocol: Protocol::Tcp,
        state: SocketState::Established,
        direction: Some(Direction::Out),
        is_listener: false,
        scope: AddressScope::Public,
        rate_bytes_per_sec: (number > 1).then_some(1_000.0 * number as f32),
        bytes_sent: (number > 1).then_some(100 * u64::from(number)),
        bytes_received: (number > 1).then_some(2_000 * u64::from(number)),
        rtt_ms: (number > 1).then_some(20.0 / number as f32),
        first_seen_at: NOW.plus_ms(-i64::from(number) * 1000),
        closed: false,
        group: Group::Program { name: process.into(), path: None },
        color: [120, 220, 200],
        has_place: true,
        doubt: None,
    }
}

fn three_rows() -> Vec<ConnectionRow> {
    vec![row(1, "firefox", "100.2.3.4:443"), row(2, "curl", "9.9.9.9:53"), row(3, "sshd", "[2001:218::1]:22")]
}

/// A panel under test: its input, and its responses so far.
#[derive(Default)]
struct World {
    overlay: OverlayState,
    rows: Vec<ConnectionRow>,
    rows_version: u64,
    filter_version: u64,
    selected: Option<Entity>,
    filter: FilterView,
    details: Option<DetailsView>,
    status: StatusView,
    legend: LegendView,
    notice: Option<NoticeView>,
    lessons: Vec<LessonRow>,
    lesson: Option<LessonView>,
    /// Captions in ambient mode, and whether it is on.
    ambient: Option<(String, String)>,
    asked: Vec<Action>,
    opacity: f32,
    last: OverlayResponse,
    edits: usize,
    hides: usize,
    copied: Vec<String>,
    /// Rows of which the filter says something else than of most.
    marked: std::collections::HashMap<usize, RowMark>,
    comparison: Option<ComparisonView>,
    time_bar: Option<TimeBarView>,
    home_wishes: usize,
}

impl World {
    fn new(rows: Vec<ConnectionRow>) -> Self {
        let status = StatusView {
            mode: "LIVE".to_owned(),
            is_known: true,
            report: Arc::new(SamplerReport {
                source: Some(SourceKind::SockDiag),
                period: Duration::from_secs(1),
                ..SamplerReport::default()
            }),
            public: 12,
            lan: 3,
            this_machine: 40,
            listeners: 9,
            without_place: 2,
            home: "home: Berlin, from the time zone; could be 400 km off".to_owned(),
            has_home: true,
            frames_per_second: 30.0,
            power_reason: "ambient",
            quality: "low (auto: software rasterizer)".to_owned(),
            clock: "14:32 UTC".to_owned(),
            ..StatusView::default()
        };
        Self { rows, status, opacity: 1.0, ..Self::default() }
    }

    /// The counts of the rows, as the program computes them.
    fn counts(&self) -> TableCounts {
        let count = |is_counted: fn(&&ConnectionRow) -> bool| self.rows.iter().filter(is_counted).count();
        TableCounts {
            connections: count(|row| !row.closed && !row.is_listener),
            listeners: count(|row| !row.closed && row.is_listener),
            closed: count(|row| row.closed),
            hidden: self.marks().iter().filter(|mark| mark.hidden).count(),
            matching: self.marks().iter().filter(|mark| mark.matches).count(),
        }
    }

    /// What the filter says of each row.
    fn marks(&self) -> Vec<RowMark> {
        (0..self.rows.len()).map(|row| self.marked.get(&row).copied().unwrap_or_default()).collect()
    }

    fn mark(&mut self, row: usize) -> &mut RowMark {
        self.marked.entry(row).or_default()
    }

    /// Handles the responses as the program does.
    fn frame(&mut self, ctx: &egui::Context) {
        let marks = self.marks();
        let entities: Vec<Entity> = self.rows.iter().map(|row| row.entity).collect();
        let views = OverlayViews {
            entities: &entities,
            marks: &marks,
            comparison: self.comparison.as_ref(),
            time_bar: self.time_bar.as_ref(),
            lessons: &self.lessons,
            lesson: self.lesson.as_ref(),
            filter: &self.filter,
            rows: &self.rows,
            rows_version: self.rows_version,
            filter_version: self.filter_version,
            marked: 0,
            counts: self.counts(),
            now: NOW,
            details: self.details.as_ref(),
            status: &self.status,
            legend: &self.legend,
            ambient: self.ambient.as_ref().map_or(AmbientView::default(), |(caption, clock)| AmbientView {
                is_on: true,
                caption: Some(caption),
                clock: Some(clock),
                brightness: 1.0,
                offset: egui::Vec2::ZERO,
            }),
            notice: self.notice.as_ref(),
            selected: self.selected,
            hovered: None,
            opacity: self.opacity,
        };
        self.last = overlay_ui(ctx, &mut self.overlay, &views);
        for action in self.last.actions.clone() {
            self.overlay.act(&action, ctx.content_rect().width());
            self.asked.push(action.clone());
            self.copied.extend(copied_text(&action, &self.rows, self.selected, self.details.as_ref(), NOW));
            match action {
                Action::Select(Some(Target::Entity(row))) => {
                    self.selected = Some(row);
                    let process = self.rows.iter().find(|it| it.entity == row).map(|it| it.process.clone());
                    self.details = Some(details(&process.unwrap_or_default()));
                }
                Action::Select(_) => (self.selected, self.details) = (None, None),
                Action::Filter(_) => self.edits += 1,
                Action::HideRest(_) => self.hides += 1,
                Action::PickHome(_) => self.home_wishes += 1,
                _ => {}
            }
        }
    }
}

fn details(process: &str) -> DetailsView {
    let line =
        |label, value: &str, is_reason| DetailLine { label, value: value.to_owned(), is_reason, is_warning: false };
    DetailsView {
        title: format!("{process} → 81.2.69.142:443"),
        subtitle: "London, GB · city".to_owned(),
        lines: vec![
            line("operator", "AS2856 British Telecommunications PLC", false),
            line("round-trip time", "not measured by this source", true),
        ],
        summary: format!("{process} on this computer is connected to port 443 of 81.2.69.142."),
        closed: String::new(),
    }
}

fn harness(world: World, size: Vec2) -> Harness<'static, World> {
    let mut installed = false;
    let mut harness = Harness::builder().with_size(size).with_max_steps(30).build_ui_state(
        move |ui, world: &mut World| {
            let ctx = ui.ctx().clone();
            if !installed {
                installed = true;
                install(&ctx);
            }
            world.frame(&ctx);
        },
        world,
    );
    harness.run();
    harness
}

fn window(world: World) -> Harness<'static, World> {
    harness(world, Vec2::new(1280.0, 720.0))
}

fn order(harness: &Harness<'_, World>) -> Vec<u32> {
    harness.state().overlay.table.order().to_vec()
}

/// The rectangle of the row whose name starts with `name`.
fn row_rect(harness: &Harness<'_, World>, name: &str) -> egui::Rect {
    let is_it = |label: Option<String>| label.is_some_and(|label| label.starts_with(name));
    harness.get_by(|node| node.role() == egui::accesskit::Role::Row && is_it(node.label())).rect()
}

/// Presses `Tab` until `name` has the focus; returns the number of presses, or fails after 40.
fn tab_to(harness: &mut Harness<'_, World>, name: &str) -> usize {
    for presses in 1..=40 {
        harness.key_press(Key::Tab);
        harness.run();
        if harness.query_by_label(name).is_some_and(|node| node.is_focused()) {
            return presses;
        }
    }
    panic!("{name} cannot be reached with Tab");
}

/// The pieces of text that are underlined.
fn underlined(harness: &Harness<'_, World>) -> Vec<String> {
    fn visit(shape: &Shape, found: &mut Vec<String>) {
        match shape {
            Shape::Text(text) => {
                let job = &text.galley.job;
                let marked = job.sections.iter().filter(|section| section.format.underline.width > 0.0);
                found.extend(marked.map(|s| job.text[s.byte_range.start.0..s.byte_range.end.0].to_owned()));
            }
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| visit(shape, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    harness.output().shapes.iter().for_each(|clipped| visit(&clipped.shape, &mut found));
    found
}
