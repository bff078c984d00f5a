//! The overlay in the window: builds the plain values that panels show, and does what the person asked for.

use super::{
    GlobeCamera,
    actions::{Actions, apply_actions},
    globe_labels::globe_labels,
    home_writer::HomeWriter,
    labels::label_views,
    power::Power,
    time::Paused,
};
use crate::{
    config::Settings,
    connections::{Clock, Ghost, Inbox, Located, Observed, Phase, Places, SamplerStatus},
    geo::{GeoService, Home, HomeSource},
    geodesy::LatLng,
    globe::{
        GlobeStats,
        arcs::{ArcCounts, ArcStore, Bundles, STRANDS, pace},
        earth::Earth,
        quality::Quality,
        spaces::CameraView,
    },
    model::{Degradation, DegradationKind, Location, PlaceMissing, filter::FilterKey},
    text::escape_untrusted,
    ui::{LegendView, OverlayState, OverlayViews, PaceEntry, install, labels_ui, overlay_ui},
    view::{
        CityNames, ConnectionTable, FilterInForce, HomeInForce, Palette, PlaceLabels, PointedCountry, Selection,
        counts::quiet_reason,
        details::details_view,
        group_counts::{busiest_programs, legend_entries},
        panels::{DetailsView, FilterView, StatusView},
    },
    words::group_words,
};
use bevy::prelude::*;
use bevy_egui::{
    EguiContexts, EguiInput, EguiPreUpdateSet, EguiPrimaryContextPass,
    egui::{Event, Modifiers, Pos2, Rect},
};
use std::sync::Arc;

/// Entries of the legend at most.
const LEGEND_ENTRIES: usize = 8;

/// Processes that have a button in the query bar.
const PROCESS_BUTTONS: usize = 5;

/// What the overlay shows and remembers.
#[derive(Resource, Debug, Default)]
pub struct Overlay {
    /// What the panels remember.
    pub state: OverlayState,
    /// 1 is there, 0 is faded away; a label that says "not live" stays.
    pub opacity: f32,
    /// The next click on the globe sets the home.
    pub is_setting_home: bool,
    /// Whether places are named on the globe.
    pub shows_labels: bool,
    /// Where panels are, in points.
    pub panels: Vec<Rect>,
    /// What did not work at the start, or later in the window.
    pub degradations: Vec<Degradation>,
    /// Where a new home is kept.
    pub home_writer: HomeWriter,
    is_installed: bool,
    status: StatusView,
    filter: FilterView,
    pub(super) details: Option<DetailsView>,
    legend: LegendView,
    legend_version: u64,
}

/// Something else than a connection changed what the picture shows: one more frame is due.
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
        .add_systems(EguiPrimaryContextPass, (take_outcome, build_views, draw_overlay, apply_actions).chain());
}

/// In each frame it is said anew which modifier keys are down, and egui draws again after any event: without this the
/// window would never rest.
fn forget_repeated_modifiers(mut inputs: Query<'_, '_, &mut EguiInput>, mut before: Local<'_, Modifiers>) {
    for mut input in &mut inputs {
        input.0.events.retain(|event| match event {
            Event::ModifiersChanged(now) => std::mem::replace(&mut *before, *now) != *now,
            _ => true,
        });
    }
}

/// Takes in what became of a home that was set.
fn take_outcome(mut overlay: ResMut<'_, Overlay>, mut repaint: ResMut<'_, Repaint>) {
    if let Some(kept) = overlay.home_writer.outcome() {
        overlay.tell_home_kept(kept);
        repaint.0 = true;
    }
}

impl Overlay {
    /// An overlay of this opacity, for these settings.
    #[must_use]
    pub fn new(opacity: f32, settings: &Settings) -> Self {
        Self {
            opacity,
            shows_labels: opacity > 0.0,
            degradations: settings.degradations.clone(),
            home_writer: HomeWriter::new(settings.config_path.clone(), || {}),
            ..Self::default()
        }
    }

    /// Where the middle of the room between the panels is, in half widths right of the window's middle. Panels that
    /// take most of the width leave it where it is.
    #[must_use]
    pub fn free_middle(&self, width_pt: f32) -> f32 {
        let panels = self.panels.iter().filter(|panel| self.opacity > 0.5 && panel.width() < width_pt * 0.5);
        let (mut left, mut right) = (0.0_f32, 0.0_f32);
        for panel in panels {
            if panel.center().x < width_pt * 0.5 {
                left = left.max(panel.right());
            } else {
                right = right.max(width_pt - panel.left());
            }
        }
        if left + right < width_pt * 0.75 { (left - right) / width_pt } else { 0.0 }
    }

    /// Whether a panel is at a point of the window, in points.
    #[must_use]
    pub fn covers(&self, at: Vec2) -> bool {
        self.opacity > 0.0 && self.panels.iter().any(|panel| panel.contains(Pos2::new(at.x, at.y)))
    }

    /// Takes a point as the home, and keeps it in the configuration.
    pub(super) fn set_home(&mut self, position: LatLng, home: &mut HomeInForce) {
        self.is_setting_home = false;
        home.home = Some(Home::at(position, HomeSource::Clicked));
        home.missing.clear();
        let begun = self.home_writer.keep(position);
        self.degradations.retain(|it| it.kind != DegradationKind::Config);
        self.tell_home_kept(begun);
    }

    /// Says so where a home is not kept.
    fn tell_home_kept(&mut self, kept: Result<(), String>) {
        if let Err(error) = kept {
            let what = format!("the new home is in force, but not kept: {error}");
            self.degradations.push(Degradation::new(DegradationKind::Config, what, "make the file writable"));
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "a system names what it reads")]
fn build_views(
    mut overlay: ResMut<'_, Overlay>,
    (clock, paused, power, quality): (Res<'_, Clock>, Res<'_, Paused>, Res<'_, Power>, Res<'_, Quality>),
    (sampler, inbox): (Res<'_, SamplerStatus>, Res<'_, Inbox>),
    (table, filter, selection): (Res<'_, ConnectionTable>, Res<'_, FilterInForce>, Res<'_, Selection>),
    (home, camera): (Res<'_, HomeInForce>, Res<'_, GlobeCamera>),
    (places, earth, stats): (Res<'_, Places>, Res<'_, Earth>, Res<'_, GlobeStats>),
    (arcs, bundles, palette): (Res<'_, ArcStore>, Res<'_, Bundles>, Res<'_, Palette>),
    (connections, ghosts): (Query<'_, '_, (&Observed, &Phase, Option<&Located>)>, Query<'_, '_, &Ghost>),
) {
    let overlay = &mut *overlay;
    let report = &sampler.report;
    overlay.details = selection.selected.and_then(|entity| Some((entity, connections.get(entity).ok()?))).map(|it| {
        let (entity, (observed, phase, located)) = it;
        let unlocated = Location::missing(PlaceMissing::DatabaseUnavailable);
        let location = located.map_or(&unlocated, |located| &located.0);
        let mut details = details_view(
            &observed.0,
            location,
            home.home.as_ref(),
            clock.data,
            phase.is_closing(),
            report.capabilities,
        )
        .with_others(ghosts.get(entity).map_or(0, |ghost| ghost.others));
        let rope = Some(bundles.size(entity)).filter(|rope| *rope > STRANDS);
        details = details.with_rope(rope.map_or(0, |rope| rope - 1), &group_words(&observed.0));
        details
    });
    let is_known = sampler.messages > 0 && report.has_source();
    overlay.filter = FilterView {
        error: filter.error.clone(),
        note: overlay.filter.note.take(),
        shown_of: (is_known || sampler.messages == 0).then(|| [table.matching, table.counts.total()]),
        hides_rest: filter.hides_rest,
        processes: std::mem::take(&mut overlay.filter.processes),
    };
    let counts = &table.counts;
    let mut late = Vec::new();
    if let Some(error) = earth.error() {
        let what = format!("the earth has no surface: {error}");
        late.push(Degradation::new(DegradationKind::Graphics, what, "install netglobe again"));
    }
    if let Some(problem) = stats.problem() {
        late.push(Degradation::new(DegradationKind::Graphics, problem, "bring the graphics driver up to date"));
    }
    if sampler.is_lost {
        let what = "connections are not watched any more: the sampler has ended";
        late.push(Degradation::new(DegradationKind::Sampling, what.to_owned(), "start netglobe again"));
    }
    let geo = places.geo().map(GeoService::degradations).unwrap_or_default();
    let degradations = Degradation::gather([overlay.degradations.as_slice(), &report.degradations, &geo, &late]);
    // The name of a recording is somebody's words.
    let label = report.label.as_deref().map(|label| escape_untrusted(label).into_owned());
    let mut mode = match (&label, paused.0) {
        (None, false) if sampler.messages > 0 && !is_known => "NOT LIVE".to_owned(),
        (Some(label), false) => label.clone(),
        (Some(label), true) => format!("{label} · PAUSED"),
        (None, false) => "LIVE".to_owned(),
        (None, true) => "PAUSED".to_owned(),
    };
    if camera.follows {
        mode.push_str(" · following");
    }
    let missed: Vec<String> = [
        (sampler.short_joined, "short ones drawn together"),
        (sampler.short_not_drawn, "short ones not drawn"),
        (report.unseen.aborted, "aborted"),
        (report.vanished, "came and went unseen"),
        (report.unseen.missed, "closings not heard"),
        (inbox.waiting() as u64, "changes wait"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, words)| format!("{count} {words}"))
    .collect();
    let missed = missed.join(", ");
    let unread = (sampler.messages > 0 && !is_known).then(|| unread_reason(&report.degradations));
    overlay.status = StatusView {
        mode,
        report: Arc::clone(report),
        public: counts.public,
        lan: counts.lan,
        this_machine: counts.this_machine,
        listeners: counts.listeners,
        without_place: counts.without_place,
        missed,
        home: match &home.home {
            Some(home) => format!("home: {}", home.describe()),
            None => format!("no home: {}", home.missing),
        },
        has_home: home.home.is_some(),
        frames_per_second: power.frames_per_second,
        power_reason: power.reason.to_owned(),
        quality: quality.describe(),
        clock: clock_text(&clock, report.own_time.is_some()),
        label,
        is_known,
        degradations,
        quiet: unread
            .or_else(|| is_known.then(|| quiet_reason(counts, home.home.is_some(), arcs.to_places())).flatten()),
    };
    if overlay.is_setting_home {
        overlay.status.quiet = Some("click on the globe where this computer is; Esc leaves it as it was".to_owned());
    }
    // These ask every connection: only when rows or the filter are others.
    if overlay.legend_version != table.version || filter.is_changed() || home.is_changed() {
        overlay.filter.note = unmeasured_note(&filter, &sampler, &connections, &clock);
        if home.home.is_none() && filter.words().keys().contains(&FilterKey::Flagged) {
            overlay.filter.note = Some("without a home no place can be checked, so flagged matches nothing".to_owned());
        }
    }
    if overlay.legend_version != table.version {
        overlay.legend_version = table.version;
        overlay.legend.entries = legend_entries(&table.rows, LEGEND_ENTRIES);
        overlay.filter.processes = busiest_programs(&table.rows, PROCESS_BUTTONS);
    }
    if overlay.legend.pace.is_empty() {
        overlay.legend.pace = pace_entries();
    }
    overlay.legend.palette = *palette;
    overlay.legend.capabilities = report.capabilities;
}

/// Why no connection can be read.
fn unread_reason(degradations: &[Degradation]) -> String {
    let is_meant = |it: &&Degradation| matches!(it.kind, DegradationKind::Sampling | DegradationKind::Source);
    match degradations.iter().find(is_meant) {
        Some(degradation) => format!("the connections of this computer cannot be read: {}", degradation.what),
        None => "the connections of this computer cannot be read".to_owned(),
    }
}

/// `14:32 UTC`, for which the sun is drawn; of a demo and a recording the moment that is shown, `2026-06-21 14:32:05 UTC`.
fn clock_text(clock: &Clock, is_other_time: bool) -> String {
    if is_other_time {
        let seconds: String = clock.data.to_string().chars().take(19).collect();
        return format!("{} UTC", seconds.replace('T', " "));
    }
    let minutes = clock.sun.0.div_euclid(60_000);
    format!("{:02}:{:02} UTC", minutes.div_euclid(60).rem_euclid(24), minutes.rem_euclid(60))
}

/// The scale of the lights, as the globe draws them.
fn pace_entries() -> Vec<PaceEntry> {
    let rates = [("1 B/s", 1.0), ("1 kB/s", 1e3), ("1 MB/s", 1e6), ("10 GB/s", 1e10)];
    let entry = |(rate, bytes_per_sec): (&str, f32)| {
        let (lap_s, brightness) = pace(bytes_per_sec)?;
        Some(PaceEntry { rate: rate.to_owned(), lap_s, brightness })
    };
    rates.into_iter().filter_map(entry).collect()
}

/// A key that has no data here matches nothing, and the person is told why.
fn unmeasured_note(
    filter: &FilterInForce,
    sampler: &SamplerStatus,
    connections: &Query<'_, '_, (&Observed, &Phase, Option<&Located>)>,
    clock: &Clock,
) -> Option<String> {
    if filter.words().is_empty() || sampler.messages == 0 {
        return None;
    }
    let facts = connections.iter().map(|(observed, phase, located)| crate::model::filter::Facts {
        connection: &observed.0,
        location: located.map(|located| &*located.0),
        now: clock.data,
        closed: phase.is_closing(),
        doubt: None,
    });
    let keys = filter.words().unmeasured_keys(facts);
    let words: Vec<String> = keys
        .into_iter()
        .map(|key| crate::model::filter::lack_words(key, sampler.report.capabilities.measures_traffic))
        .collect();
    (!words.is_empty()).then(|| format!("{}, so it matches nothing", words.join("; ")))
}

#[expect(clippy::too_many_arguments, reason = "a system names what it reads")]
fn draw_overlay(
    mut contexts: EguiContexts<'_, '_>,
    mut overlay: ResMut<'_, Overlay>,
    table: Res<'_, ConnectionTable>,
    clock: Res<'_, Clock>,
    mut selection: ResMut<'_, Selection>,
    (mut repaint, mut asked): (ResMut<'_, Repaint>, ResMut<'_, Actions>),
    (places, cities, view): (Res<'_, PlaceLabels>, Res<'_, CityNames>, Res<'_, CameraView>),
    (home, arcs, pointed): (Res<'_, HomeInForce>, Res<'_, ArcStore>, Res<'_, PointedCountry>),
) -> Result {
    let context = contexts.ctx_mut()?;
    let Overlay {
        state,
        opacity,
        shows_labels,
        panels,
        is_installed,
        status,
        filter: filter_view,
        details,
        legend,
        ..
    } = &mut *overlay;
    if !*is_installed {
        install(context);
        *is_installed = true;
    }
    let views = OverlayViews {
        filter: filter_view,
        rows: &table.rows,
        rows_version: table.version,
        now: clock.data,
        details: details.as_ref(),
        status,
        legend,
        selected: selection.selected,
        hovered: selection.hovered,
        opacity: *opacity,
    };
    if *shows_labels {
        let home = home.home.as_ref().map(|home| home.position.to_unit().as_vec3());
        let mut labels = label_views(&places, &cities, &view);
        // Of arcs that lie on each other few are drawn, and all count.
        let (drawn, counts) = (arcs.counts(), &table.counts);
        let all = |drawn: usize, count: usize| if drawn > 0 { count.max(drawn) } else { 0 };
        let spots = ArcCounts {
            moving: 0,
            lan: all(drawn.lan, counts.lan),
            loops: all(drawn.loops, counts.this_machine),
            shell: all(drawn.shell, counts.without_place),
        };
        labels.extend(globe_labels(&view, home, spots, *pointed));
        labels_ui(context, &labels, panels, *opacity);
    }
    let response = overlay_ui(context, state, &views);
    if response.hovered.is_some() && selection.hovered != response.hovered {
        selection.hovered = response.hovered;
        repaint.0 = true;
    }
    response.actions.into_iter().for_each(|action| asked.push(action));
    overlay.panels = response.panels;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        fs, thread,
        time::{Duration, Instant},
    };

    #[test]
    fn a_home_that_cannot_be_kept_is_in_force_and_the_window_says_why() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("config.toml");
        fs::write(&path, "home = [").expect("written");
        let mut overlay = Overlay { home_writer: HomeWriter::new(Some(path), || {}), ..Overlay::default() };
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
