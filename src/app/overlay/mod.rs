//! The overlay in the window: draws the panels and passes on the actions that they request.

pub(in crate::app) mod accessibility;
pub(in crate::app) mod fonts;
pub(in crate::app) mod free_area;
pub(in crate::app) mod keys;
pub(in crate::app) mod panels;

use crate::app::{
    Ambient,
    actions::{Actions, apply_actions},
    data::{
        comparison::Comparing, home::HomeKeeper, home_writer::HomeWriter, lesson::GivenLesson, time::Paused,
        time_bar::TimeBar,
    },
    pace::power::Power,
};
use crate::{
    config::Settings,
    connections::{Clock, FrameSystems},
    globe::{
        arcs::{ArcCounts, ArcStore},
        spaces::CameraView,
    },
    lessons::lessons,
    model::Degradation,
    stage::Mask,
    ui::{
        HelpTab, LessonRow, NoticeView, OverlayState, OverlayViews, install, labels_ui, overlay_ui, set_high_contrast,
    },
    view::{
        CityNames, ConnectionTable, HomeInForce, Palette, PlaceLabels, PointedCountry, Selection,
        panels::{DetailsView, StatusView, TableCounts},
    },
};
use bevy::{asset::AssetEventSystems, prelude::*};
use bevy_egui::{
    EguiContexts, EguiInput, EguiPostUpdateSet, EguiPreUpdateSet, EguiPrimaryContextPass,
    egui::{Event, Modifiers, Pos2, Rect},
};
use fonts::Fonts;
use free_area::Fit;
use panels::{ArcPaths, Panels, place_labels, spot_labels};
use std::sync::{Arc, LazyLock};

/// Time for which a notice is shown, ms.
const NOTICE_MS: u64 = 10_000;
/// The same for a notice with buttons, ms.
const NOTICE_WITH_BUTTONS_MS: u64 = 20_000;

/// The lessons that are built in, read when they are first shown.
static LESSONS: LazyLock<Vec<LessonRow>> = LazyLock::new(lessons);

/// State of the overlay.
#[derive(Resource, Debug)]
pub struct Overlay {
    /// State of the panels.
    pub state: OverlayState,
    /// From 0 (invisible) to 1; the label of a demo or a recording stays visible.
    pub opacity: f32,
    /// Whether the next click on the globe sets the home.
    pub is_setting_home: bool,
    /// Whether names of places are shown on the globe.
    pub shows_labels: bool,
    /// Whether they stay visible without panels, as in ambient mode and in films.
    pub keeps_labels: bool,
    /// Rectangles of the panels, in points.
    pub panels: Vec<Rect>,
    /// How the globe is fitted between them.
    pub fit: Fit,
    /// Degradations other than those of the source and the databases.
    pub degradations: Vec<Degradation>,
    /// Saves and undoes changes of the home.
    pub home: HomeKeeper,
    /// The current notice.
    pub notice: Option<Notice>,
    /// Whether the status line shows only where the home comes from, not its location.
    pub hides_home: bool,
    /// Masks texts in stage mode.
    pub(super) mask: Option<Arc<Mask>>,
    /// Rectangles of captions without panels, in points.
    captions: Vec<Rect>,
    is_installed: bool,
    /// Size of the window, in points, when the globe was last fitted, and whether panels were visible.
    fitted: (Rect, bool),
}

/// A notice that is shown for a limited time.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its content.
    pub view: NoticeView,
    /// When it was first shown, ms of [`Clock::frame_ms`].
    since_ms: Option<u64>,
}

/// Requests one more frame because something other than a connection has changed the picture.
#[derive(Resource, Debug, Default)]
pub struct Repaint(pub bool);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Overlay>()
        .init_resource::<Repaint>()
        .init_resource::<Paused>()
        .init_resource::<Power>()
        .init_resource::<Actions>()
        .add_systems(
            PreUpdate,
            forget_repeated_modifiers.after(EguiPreUpdateSet::ProcessInput).before(EguiPreUpdateSet::BeginPass),
        )
        // Write new glyphs to their texture before its change is announced, otherwise they are drawn a frame late.
        .configure_sets(PostUpdate, EguiPostUpdateSet::PostProcessOutput.before(AssetEventSystems))
        .add_systems(Update, (take_outcome, end_notice).chain().in_set(FrameSystems::Read))
        .add_systems(Update, follow_contrast.run_if(resource_changed::<Palette>).in_set(FrameSystems::Read))
        .add_systems(EguiPrimaryContextPass, (draw_overlay, apply_actions).chain())
        .add_plugins(panels::plugin);
}

/// Drops repeated reports of modifier keys: they arrive in every frame while a key is down, and egui repaints after any
/// event, so the window would never be idle.
fn forget_repeated_modifiers(mut inputs: Query<'_, '_, &mut EguiInput>, mut before: Local<'_, Modifiers>) {
    for mut input in &mut inputs {
        input.0.events.retain(|event| match event {
            Event::ModifiersChanged(now) => std::mem::replace(&mut *before, *now) != *now,
            _ => true,
        });
    }
}

/// Gives the panels the contrast of the palette.
fn follow_contrast(palette: Res<'_, Palette>, mut contexts: EguiContexts<'_, '_>) {
    if let Ok(ctx) = contexts.ctx_mut() {
        set_high_contrast(ctx, *palette == Palette::HIGH_CONTRAST);
    }
}

/// Reports the outcome of saving a home.
fn take_outcome(mut overlay: ResMut<'_, Overlay>, mut repaint: ResMut<'_, Repaint>) {
    if let Some(kept) = overlay.home.writer.outcome() {
        overlay.report_home_kept(kept);
        repaint.0 = true;
    }
}

/// Removes a notice after its time.
fn end_notice(clock: Res<'_, Clock>, mut overlay: ResMut<'_, Overlay>, mut repaint: ResMut<'_, Repaint>) {
    let overlay = overlay.bypass_change_detection();
    let Some(notice) = &mut overlay.notice else { return };
    let since_ms = *notice.since_ms.get_or_insert(clock.frame_ms);
    let shown_ms = if notice.view.actions.is_empty() { NOTICE_MS } else { NOTICE_WITH_BUTTONS_MS };
    if clock.frame_ms >= since_ms + shown_ms {
        overlay.notice = None;
        repaint.0 = true;
    }
}

impl Default for Overlay {
    fn default() -> Self {
        Self {
            state: OverlayState::default(),
            opacity: 0.0,
            is_setting_home: false,
            shows_labels: false,
            keeps_labels: false,
            panels: Vec::new(),
            fit: Fit::default(),
            degradations: Vec::new(),
            home: HomeKeeper::default(),
            notice: None,
            hides_home: false,
            mask: None,
            captions: Vec::new(),
            is_installed: false,
            fitted: (Rect::NOTHING, false),
        }
    }
}

impl Overlay {
    /// An overlay with this opacity, for these settings.
    #[must_use]
    pub fn new(opacity: f32, settings: &Settings) -> Self {
        Self {
            opacity,
            shows_labels: opacity > 0.0,
            degradations: settings.degradations.clone(),
            home: HomeKeeper::new(settings, HomeWriter::new(settings.config_path.clone(), || {})),
            ..Self::default()
        }
    }

    /// Stores the rectangles of panels in a window of this size, points.
    fn set_panels(&mut self, panels: Vec<Rect>, window: Rect) {
        // The buttons that remain when panels are hidden take no space.
        let is_there = self.opacity > 0.5 && !self.state.hides_panels;
        if self.panels == panels && self.fitted == (window, is_there) {
            return;
        }
        self.fit = Fit::between(if is_there { &panels } else { &[] }, window);
        self.fitted = (window, is_there);
        self.panels = panels;
    }

    /// Whether a panel covers a point of the window, in points.
    #[must_use]
    pub fn covers(&self, at: Vec2) -> bool {
        self.opacity > 0.0 && self.panels.iter().any(|panel| panel.contains(Pos2::new(at.x, at.y)))
    }

    /// Shows a notice, replacing the previous one.
    pub(super) fn notify(&mut self, mut view: NoticeView) {
        if let Some(mask) = &self.mask {
            view.text = mask.text(&view.text).into_owned();
        }
        self.notice = Some(Notice { view, since_ms: None });
    }
}

/// Passes on texts outside of the table that may need another font.
fn note_texts(fonts: &mut Fonts, query: &str, details: Option<&DetailsView>, status: &StatusView) {
    fonts.note(query);
    if let Some(details) = details {
        let values = details.lines.iter().map(|line| &line.value);
        values.chain([&details.title, &details.subtitle, &details.summary]).for_each(|text| fonts.note(text));
    }
    let said = status.degradations.iter().flat_map(|it| [&it.what, &it.remedy]);
    said.chain(status.quiet.as_ref())
        .chain(status.caption.as_ref())
        .chain([&status.mode, &status.home])
        .for_each(|text| fonts.note(text));
}

#[expect(clippy::too_many_arguments, reason = "a system names what it reads")]
fn draw_overlay(
    mut contexts: EguiContexts<'_, '_>,
    mut overlay: ResMut<'_, Overlay>,
    (table, clock, shown): (Res<'_, ConnectionTable>, Res<'_, Clock>, Panels<'_>),
    mut selection: ResMut<'_, Selection>,
    (mut repaint, mut asked, mut fonts): (ResMut<'_, Repaint>, ResMut<'_, Actions>, ResMut<'_, Fonts>),
    (places, cities, view, mut arc_paths): (
        Res<'_, PlaceLabels>,
        Res<'_, CityNames>,
        Res<'_, CameraView>,
        Local<'_, ArcPaths>,
    ),
    (ambient, lesson): (Res<'_, Ambient>, Res<'_, GivenLesson>),
    (time_bar, comparing): (Option<Res<'_, TimeBar>>, Option<Res<'_, Comparing>>),
    (home, arcs, pointed): (Res<'_, HomeInForce>, Res<'_, ArcStore>, Res<'_, PointedCountry>),
) -> Result {
    let context = contexts.ctx_mut()?;
    // Where panels, captions and the label of a demo were drawn in the frame before.
    let is_covered = overlay.opacity > 0.0;
    let panels_before = overlay.panels.iter().filter(|_| is_covered);
    let covered: Vec<Rect> = panels_before.chain(&overlay.captions).copied().collect();
    let Overlay { state, opacity, shows_labels, keeps_labels, notice, is_installed, .. } = &mut *overlay;
    if !*is_installed {
        install(context);
        *is_installed = true;
    }
    note_texts(&mut fonts, &state.filter.text, shown.details.view.as_ref(), &shown.status.view);
    notice.iter().for_each(|notice| fonts.note(&notice.view.text));
    fonts.install_new(context);
    let views = OverlayViews {
        filter: &shown.filter.view,
        rows: &table.rows,
        entities: &table.entities,
        marks: &table.marks,
        rows_version: table.version,
        marked: table.marked,
        filter_version: table.filter_version,
        counts: TableCounts {
            connections: table.counts.connections(),
            listeners: table.counts.listeners,
            closed: table.closed,
            hidden: table.hidden,
            matching: table.matching_rows(),
        },
        now: clock.data,
        details: shown.details.view.as_ref(),
        status: &shown.status.view,
        comparison: comparing.as_ref().and_then(|comparing| comparing.view()),
        time_bar: time_bar.as_ref().and_then(|bar| bar.view()),
        legend: &shown.legend.view,
        lessons: if state.help == Some(HelpTab::Lessons) { &LESSONS } else { &[] },
        lesson: lesson.view(),
        ambient: ambient.view(view.scale_factor),
        notice: notice.as_ref().map(|notice| &notice.view),
        selected: selection.selected,
        hovered: selection.hovered,
        opacity: *opacity,
    };
    if *shows_labels {
        let mut labels = place_labels(&places, &cities, &view);
        // Only a few arcs to the same place are drawn; count all that match.
        let (drawn, counts) = (arcs.counts(), &table.matching);
        let all = |drawn: usize, count: usize| if drawn > 0 { count } else { 0 };
        let spots = ArcCounts {
            all: 0,
            moving: 0,
            lan: all(drawn.lan, counts.lan),
            loops: all(drawn.loops, counts.this_machine),
            shell: all(drawn.shell, counts.without_place),
        };
        labels.extend(spot_labels(&view, home.direction(), spots, *pointed));
        let lines = arc_paths.below(&places, home.direction(), &view);
        let label_opacity = if *keeps_labels || ambient.is_on() { 1.0 } else { *opacity };
        labels_ui(context, &labels, &covered, lines, label_opacity);
    }
    let response = overlay_ui(context, state, &views);
    if response.hovered.is_some() && selection.hovered != response.hovered {
        selection.hovered = response.hovered;
        repaint.0 = true;
    }
    response.actions.into_iter().for_each(|action| asked.push(action));
    let window = context.content_rect();
    overlay.captions = response.captions;
    overlay.set_panels(response.panels, window);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{geodesy::LatLng, model::DegradationKind};
    use std::{
        fs, thread,
        time::{Duration, Instant},
    };

    #[test]
    fn a_home_that_cannot_be_saved_is_used_and_the_window_says_why() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("config.toml");
        fs::write(&path, "home = [").expect("written");
        let mut overlay = Overlay::default();
        overlay.home.writer = HomeWriter::new(Some(path), || {});
        let mut home = HomeInForce::default();
        overlay.set_home(LatLng::default(), &mut home);
        assert!(home.home.is_some() && overlay.degradations.is_empty(), "the disk has not answered yet");
        let mut app = App::new();
        app.insert_resource(overlay).init_resource::<Repaint>().add_systems(Update, take_outcome);
        let deadline = Instant::now() + Duration::from_mins(1);
        while app.world().resource::<Overlay>().degradations.is_empty() {
            assert!(Instant::now() < deadline, "nothing is said");
            thread::yield_now();
            app.update();
        }
        let told = &app.world().resource::<Overlay>().degradations[0];
        assert!(told.kind == DegradationKind::Config && told.what.contains("config.toml"), "{told:?}");
        assert!(app.world().resource::<Repaint>().0, "and it is drawn");
    }
}
