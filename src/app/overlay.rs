//! The overlay in the window: draws what the panels show, and does what the person asked for.

use super::{
    actions::{Actions, apply_actions},
    fonts::Fonts,
    home_writer::HomeWriter,
    panels::{self, Panels, place_labels, spot_labels},
    power::Power,
    time::Paused,
};
use crate::{
    config::Settings,
    connections::{Clock, FrameSystems},
    geo::{Home, HomeSource},
    geodesy::LatLng,
    globe::{
        arcs::{ArcCounts, ArcStore},
        spaces::CameraView,
    },
    model::{Degradation, DegradationKind},
    ui::{OverlayState, OverlayViews, install, labels_ui, overlay_ui},
    view::{
        CityNames, ConnectionTable, HomeInForce, PlaceLabels, PointedCountry, Selection,
        panels::{DetailsView, StatusView},
    },
};
use bevy::prelude::*;
use bevy_egui::{
    EguiContexts, EguiInput, EguiPreUpdateSet, EguiPrimaryContextPass,
    egui::{Event, Modifiers, Pos2, Rect},
};

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
        .add_systems(Update, take_outcome.in_set(FrameSystems::Read))
        .add_systems(EguiPrimaryContextPass, (draw_overlay, apply_actions).chain())
        .add_plugins(panels::plugin);
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

/// Texts from outside of the table that may need a font.
fn note_texts(fonts: &mut Fonts, query: &str, details: Option<&DetailsView>, status: &StatusView) {
    fonts.note(query);
    if let Some(details) = details {
        let values = details.lines.iter().map(|line| &line.value);
        values.chain([&details.title, &details.subtitle]).for_each(|text| fonts.note(text));
    }
    let said = status.degradations.iter().flat_map(|it| [&it.what, &it.remedy]);
    said.chain(status.quiet.as_ref()).chain([&status.mode, &status.home]).for_each(|text| fonts.note(text));
}

fn draw_overlay(
    mut contexts: EguiContexts<'_, '_>,
    mut overlay: ResMut<'_, Overlay>,
    (table, clock, shown): (Res<'_, ConnectionTable>, Res<'_, Clock>, Panels<'_>),
    mut selection: ResMut<'_, Selection>,
    (mut repaint, mut asked, mut fonts): (ResMut<'_, Repaint>, ResMut<'_, Actions>, ResMut<'_, Fonts>),
    (places, cities, view): (Res<'_, PlaceLabels>, Res<'_, CityNames>, Res<'_, CameraView>),
    (home, arcs, pointed): (Res<'_, HomeInForce>, Res<'_, ArcStore>, Res<'_, PointedCountry>),
) -> Result {
    let context = contexts.ctx_mut()?;
    let Overlay { state, opacity, shows_labels, panels, is_installed, .. } = &mut *overlay;
    if !*is_installed {
        install(context);
        *is_installed = true;
    }
    note_texts(&mut fonts, &state.filter.text, shown.details.view.as_ref(), &shown.status.view);
    fonts.install_new(context);
    let views = OverlayViews {
        filter: &shown.filter.view,
        rows: &table.rows,
        rows_version: table.version,
        open_rows: table.counts.total(),
        now: clock.data,
        details: shown.details.view.as_ref(),
        status: &shown.status.view,
        legend: &shown.legend.view,
        selected: selection.selected,
        hovered: selection.hovered,
        opacity: *opacity,
    };
    if *shows_labels {
        let mut labels = place_labels(&places, &cities, &view);
        // Of arcs that lie on each other few are drawn, and all count.
        let (drawn, counts) = (arcs.counts(), &table.counts);
        let all = |drawn: usize, count: usize| if drawn > 0 { count.max(drawn) } else { 0 };
        let spots = ArcCounts {
            moving: 0,
            lan: all(drawn.lan, counts.lan),
            loops: all(drawn.loops, counts.this_machine),
            shell: all(drawn.shell, counts.without_place),
        };
        labels.extend(spot_labels(&view, home.direction(), spots, *pointed));
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
