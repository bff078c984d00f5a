//! Tests which changes rebuild which panels, without renderer and window.

use super::*;
use crate::{
    app::{GlobeCamera, Overlay, data::time::Paused, pace::power::Power},
    connections::{CLOSE_MS, Clock, ConnectionIndex, ConnectionsPlugin, Inbox, KeepClosed, OPEN_MS, Phase, Places},
    geo::{GeoOptions, GeoService, Home, HomeSource},
    geodesy::LatLng,
    globe::{GlobePlugin, arcs::ArcStore, areas::AreaStore, dots::DotStore, earth::Earth, rings::RingStore},
    model::{Connection, Degradation, DegradationKind, SnapshotDelta, UnixMillis},
    sampler::hub_scenario,
    ui::HelpTab,
    view::{
        ConnectionTable, FilterInForce, HomeInForce, Palette, PlaceLabels, Selection, ViewPlugin, panels::MatchCounts,
    },
};

/// Number of times each panel was rebuilt: details, filter, legend, status.
type Built = [u64; 4];

struct Window {
    app: App,
    connections: Vec<Connection>,
}

impl Window {
    /// This many connections of one program to one place, with the first one selected and the legend open.
    fn with(count: usize) -> Self {
        let mut app = App::new();
        app.add_plugins((TaskPoolPlugin::default(), ConnectionsPlugin, ViewPlugin, GlobePlugin, super::plugin))
            .init_resource::<Paused>()
            .init_resource::<Power>()
            .init_resource::<GlobeCamera>()
            .init_resource::<Earth>();
        let geo = GeoService::open_blocking(GeoOptions::default()).expect("databases in the program");
        let mut overlay = Overlay::default();
        overlay.state.help = Some(HelpTab::Legend);
        app.insert_resource(Places::new(geo).in_the_same_frame())
            .insert_resource(overlay)
            .insert_resource(Clock::fixed(100_000, UnixMillis(500)));
        let mut connections = hub_scenario(count, 1, 0.0);
        let simulated = connections[0].simulated.clone();
        connections.iter_mut().for_each(|connection| connection.simulated.clone_from(&simulated));
        let mut window = Self { app, connections };
        window.push(SnapshotDelta { opened: window.connections.clone(), ..SnapshotDelta::default() });
        // Places are looked up in one frame, and the resulting changes are shown in the next.
        window.built();
        window.resource_mut::<Selection>().selected = window.entity(0);
        window.built();
        window.built();
        window
    }

    fn entity(&self, index: usize) -> Option<Entity> {
        self.app.world().resource::<ConnectionIndex>().get(&self.connections[index].key)
    }

    fn resource_mut<T: Resource<Mutability = bevy::ecs::component::Mutable>>(&mut self) -> Mut<'_, T> {
        self.app.world_mut().resource_mut::<T>()
    }

    fn push(&mut self, delta: SnapshotDelta) {
        self.resource_mut::<Inbox>().push(delta);
    }

    /// Draws one frame, and returns the number of rebuilds since the start.
    fn built(&mut self) -> Built {
        self.app.update();
        let world = self.app.world();
        [
            world.resource::<DetailsPanel>().built,
            world.resource::<FilterPanel>().built,
            world.resource::<LegendPanel>().built,
            world.resource::<StatusPanel>().built,
        ]
    }

    /// Which panels are rebuilt in the frame after a change.
    fn after(&mut self, change: impl FnOnce(&mut Self)) -> [bool; 4] {
        let before = self.built();
        change(self);
        let after = self.built();
        [0, 1, 2, 3].map(|panel| after[panel] > before[panel])
    }

    fn changed(&mut self, index: usize) {
        let mut connection = self.connections[index].clone();
        connection.uid = Some(connection.uid.map_or(1, |uid| uid + 1));
        self.connections[index] = connection.clone();
        self.push(SnapshotDelta { changed: vec![connection], ..SnapshotDelta::default() });
    }

    fn line(&self, label: &str) -> Option<String> {
        let view = self.app.world().resource::<DetailsPanel>().view.as_ref()?;
        view.lines.iter().find(|line| line.label == label).map(|line| line.value.clone())
    }

    fn status(&self) -> &crate::view::panels::StatusView {
        &self.app.world().resource::<StatusPanel>().view
    }
}

fn home() -> HomeInForce {
    let position = LatLng::from_degrees(52.5, 13.4).expect("valid");
    HomeInForce { home: Some(Home::at(position, HomeSource::Clicked)), missing: String::new() }
}

#[test]
fn nothing_is_made_anew_while_nothing_changes() {
    let mut window = Window::with(5);
    let first = window.built();
    assert!(first.iter().all(|built| *built > 0), "{first:?}");
    for _ in 0..30 {
        window.resource_mut::<Clock>().run(16);
        window.resource_mut::<Clock>().data.0 += 16;
        window.resource_mut::<Power>().frames_per_second += 1.0;
        assert_eq!(window.built(), first);
    }
    assert!(window.status().frames_per_second >= 30.0, "what is a number goes on");
}

#[test]
fn each_panel_follows_what_it_shows_and_nothing_else() {
    let mut window = Window::with(5);
    let (no, yes) = (false, true);
    assert_eq!(window.after(|it| it.resource_mut::<Clock>().data.0 += 1_000), [yes, no, no, no], "an age");
    assert_eq!(window.after(|it| it.resource_mut::<Clock>().run(1_000)), [no, no, no, yes], "ages of databases");
    assert_eq!(window.after(|it| it.resource_mut::<Clock>().sun.0 += 60_000), [no, no, no, yes], "the minute");
    assert_eq!(window.after(|it| it.changed(0)), [yes; 4], "the selected one");
    assert_eq!(window.after(|it| it.changed(1)), [no, yes, yes, yes], "another one");
    assert_eq!(window.after(|it| it.resource_mut::<Paused>().0 = true), [no, no, no, yes]);
    assert_eq!(window.status().mode, "PAUSED");
    assert_eq!(window.after(|it| it.resource_mut::<GlobeCamera>().follows = true), [no, no, no, yes]);
    assert_eq!(window.status().mode, "PAUSED · following");
    assert_eq!(window.after(|it| *it.resource_mut::<HomeInForce>() = home()), [yes, yes, no, yes]);
    assert_eq!(window.status().home, "home: 52.50° N, 13.40° E, from a click on the globe");
    window.resource_mut::<Overlay>().hides_home = true;
    assert_eq!(window.after(|it| *it.resource_mut::<HomeInForce>() = home()), [yes, yes, no, yes]);
    assert_eq!(window.status().home, "home: from a click on the globe");
    assert_eq!(window.after(|it| it.resource_mut::<FilterInForce>().set_text("contry:US")), [no, yes, no, no]);
    assert!(window.app.world().resource::<FilterPanel>().view.error.is_some());
    let palette = Palette { hues: &[[1, 2, 3]], ..Palette::STANDARD };
    assert_eq!(window.after(|it| *it.resource_mut::<Palette>() = palette), [no, yes, yes, yes], "rows have colours");
    assert_eq!(window.app.world().resource::<LegendPanel>().view.entries[0].0, [1, 2, 3]);
    let fault = Degradation::new(DegradationKind::Config, "not kept", "");
    assert_eq!(window.after(|it| it.resource_mut::<Overlay>().degradations.push(fault.clone())), [no, no, no, yes]);
    assert!(window.status().degradations.contains(&fault));
    assert_eq!(window.after(|it| it.resource_mut::<Overlay>().is_setting_home = true), [no, no, no, yes]);
    assert!(window.status().quiet.as_ref().is_some_and(|line| line.starts_with("click the location")));
}

#[test]
fn the_details_say_whose_rope_it_is_and_go_with_the_selection() {
    let mut window = Window::with(5);
    assert_eq!(window.line("drawn").as_deref(), Some("in one bundle with 4 others of benchmark to this place"));
    let closed = vec![window.connections[4].key];
    window.push(SnapshotDelta { closed, ..SnapshotDelta::default() });
    window.built();
    assert_eq!(window.line("drawn").as_deref(), Some("in one bundle with 3 others of benchmark to this place"));
    window.resource_mut::<Selection>().selected = None;
    window.built();
    assert!(window.app.world().resource::<DetailsPanel>().view.is_none());
}

#[test]
fn a_closed_connection_can_be_studied() {
    let mut window = Window::with(3);
    window.resource_mut::<KeepClosed>().for_ms = 60_000;
    let (selected, key) = (window.entity(0), window.connections[0].key);
    let other = window.connections[1].key;
    window.push(SnapshotDelta { at: UnixMillis(900), closed: vec![key, other], ..SnapshotDelta::default() });
    window.built();
    window.resource_mut::<Clock>().run(CLOSE_MS);
    window.built();
    window.built();
    let world = window.app.world();
    assert_eq!(world.get::<Phase>(selected.expect("selected")), Some(&Phase::Closed));
    assert_eq!((world.resource::<ArcStore>().len(), world.resource::<DotStore>().len()), (1, 1), "arcs fade as ever");
    let table = world.resource::<ConnectionTable>();
    assert_eq!((table.counts.total(), table.closed, table.rows.len()), (1, 2, 3));
    assert!(table.rows.iter().zip(&table.marks).all(|(row, mark)| mark.dimmed == row.closed));

    // A query for closed connections shows them bright and counts them.
    window.resource_mut::<FilterInForce>().set_text("closed:yes");
    window.built();
    let matches = window.app.world().resource::<FilterPanel>().view.matches;
    let expected = MatchCounts { connections: [0, 1], listeners: [0, 0], closed: [2, 2] };
    assert_eq!(matches, Some(expected));
    let table = window.app.world().resource::<ConnectionTable>();
    assert!(table.rows.iter().zip(&table.marks).all(|(row, mark)| mark.dimmed != row.closed));
    assert_eq!(window.status().quiet.as_deref().map(|line| line.contains("filter")), None, "two match");

    // The other one is removed after its time; the selected one stays until it is deselected.
    window.resource_mut::<Clock>().data = UnixMillis(35_900);
    window.resource_mut::<Clock>().run(600_000);
    window.built();
    window.built();
    let view = window.app.world().resource::<DetailsPanel>().view.clone().expect("its details");
    assert_eq!(view.closed, "closed 35 s ago");
    assert_eq!(window.app.world().resource::<ConnectionTable>().rows.len(), 2);
    window.resource_mut::<Selection>().selected = None;
    window.built();
    window.built();
    window.built();
    assert!(window.app.world().resource::<DetailsPanel>().view.is_none());
    assert_eq!(window.app.world().resource::<ConnectionTable>().rows.len(), 1);
    let line = window.status().quiet.clone().unwrap_or_default();
    assert_eq!(line, "nothing matches the filter closed:yes");
}

#[test]
fn hiding_others_hides_them_everywhere() {
    let mut window = Window::with(4);
    // A connection in the LAN has a ring, and one with only a country highlights it.
    window.connections[1].simulated = None;
    window.connections[1].key.remote = Some(crate::model::Endpoint::new([192, 168, 1, 7].into(), 443));
    window.connections[1].key.identity = 77;
    window.connections[2].key.identity = 78;
    if let Some(place) = window.connections[2].simulated.as_mut().and_then(|peer| peer.place.as_mut()) {
        place.kind = crate::model::PlaceKind::Country;
        place.country_iso = crate::model::CountryIso::parse("FR");
    }
    let opened = vec![window.connections[1].clone(), window.connections[2].clone()];
    window.push(SnapshotDelta { opened, ..SnapshotDelta::default() });
    window.resource_mut::<Selection>().selected = None;
    *window.resource_mut::<HomeInForce>() = home();
    window.built();
    window.built();
    window.resource_mut::<Clock>().run(OPEN_MS);
    let there = |window: &mut Window| {
        window.built();
        window.built();
        let world = window.app.world();
        let table = world.resource::<ConnectionTable>();
        let rows = table.marks.iter().filter(|mark| !mark.hidden).count();
        let labels = world.resource::<PlaceLabels>().labels.len();
        let lit = world.resource::<AreaStore>().lit().count();
        let (arcs, dots) = (world.resource::<ArcStore>(), world.resource::<DotStore>());
        let rings = world.resource::<RingStore>().len();
        ([rows, table.matching.lan, labels, lit], [arcs.iter().count(), dots.len(), rings])
    };
    let (texts, marks) = there(&mut window);
    assert!(texts[0] == 6 && texts.iter().chain(&marks).all(|count| *count > 0), "{texts:?} {marks:?}");
    window.resource_mut::<FilterInForce>().set_text("process:nobody");
    let (dimmed, dimmed_marks) = there(&mut window);
    assert_eq!((dimmed[0], dimmed_marks), (6, marks), "they are dimmed");
    assert!(window.app.world().resource::<FilterPanel>().view.has_others);
    window.resource_mut::<FilterInForce>().set_hides_rest(true);
    assert_eq!(there(&mut window), ([0; 4], [0; 3]), "they are hidden");
    window.resource_mut::<Selection>().selected = window.entity(1);
    let (texts, marks) = there(&mut window);
    assert_eq!((texts[0], marks), (1, [1, 1, 1]), "what is selected is shown");
    window.resource_mut::<FilterInForce>().set_text("");
    assert_eq!(there(&mut window).0[0], 6);
    assert!(!window.app.world().resource::<FilterPanel>().view.has_others, "there is nothing to hide");
}

#[test]
fn a_recording_tells_the_second_that_it_shows() {
    let clock = Clock::fixed(0, UnixMillis(1_782_052_325_999));
    let texts = [false, true].map(|is_other_time| status::Moment::of(&clock, is_other_time).text());
    assert_eq!(texts, ["14:32 UTC", "2026-06-21 14:32:05 UTC"]);
}

#[test]
fn a_legend_that_nobody_sees_is_not_made() {
    let mut window = Window::with(2);
    window.resource_mut::<Overlay>().state.help = None;
    assert_eq!(window.after(|it| it.changed(0)), [true, true, false, true]);
    assert_eq!(
        window.after(|it| it.resource_mut::<Overlay>().state.help = Some(HelpTab::Legend)),
        [false, false, true, false]
    );
}
