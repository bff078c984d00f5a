//! Tests that each action has its effect, wherever it comes from.

use super::*;
use crate::app::data::time::Paused;
use crate::{
    app::data::source::WindowSource,
    connections::{ConnectionsPlugin, Inbox, SamplerStatus},
    globe::GlobePlugin,
    model::{Connection, SnapshotDelta},
    sampler::{SamplerConfig, SourceSpec, hub_scenario},
    ui::{HelpTab, actions::COMMANDS},
    view::ViewPlugin,
};
use std::time::{Duration, Instant};

/// The program with these connections, without window and renderer.
fn app(connections: Vec<Connection>) -> App {
    let mut app = App::new();
    app.add_plugins((TaskPoolPlugin::default(), ConnectionsPlugin, ViewPlugin, GlobePlugin))
        .init_resource::<Actions>()
        .init_resource::<GlobeCamera>()
        .init_resource::<Overlay>()
        .init_resource::<Repaint>()
        .init_resource::<Paused>()
        .add_systems(Update, apply_actions);
    app.world_mut().spawn((Window::default(), PrimaryWindow));
    let delta = SnapshotDelta { opened: connections, ..SnapshotDelta::default() };
    app.world_mut().resource_mut::<Inbox>().push(delta);
    app.update();
    app
}

fn act(app: &mut App, action: Action) {
    app.world_mut().resource_mut::<Actions>().push(action);
    app.world_mut().resource_mut::<Repaint>().0 = false;
    app.update();
    assert!(app.world().resource::<Repaint>().0, "what was done is drawn");
    assert!(app.world().resource::<Actions>().0.is_empty());
}

#[test]
fn nothing_that_can_be_asked_for_needs_more_than_there_is() {
    // An offscreen program has no sampler, no window and no automatic quality.
    let mut bare = World::new();
    bare.init_resource::<Actions>();
    for command in COMMANDS {
        bare.resource_mut::<Actions>().push(command.action.clone());
        apply_actions(&mut bare);
        assert!(bare.resource::<Actions>().0.is_empty());
    }
    let mut app = app(hub_scenario(3, 1, 0.0));
    for command in COMMANDS {
        act(&mut app, command.action.clone());
    }
    for odd in
        [Action::Zoom(f32::NAN), Action::FlyTo { place: crate::geodesy::LatLng::default(), distance: Some(f64::NAN) }]
    {
        act(&mut app, odd);
        let (_, distance) = app.world().resource::<GlobeCamera>().orbit.pose();
        assert!(distance.is_finite());
    }
}

type State = fn(&mut World) -> bool;
type Make = fn(Switch) -> Action;

#[test]
fn what_can_be_switched_is_switched() {
    let mut app = app(Vec::new());
    let cases: [(Make, State); 15] = [
        (Action::Follow, |world| world.resource::<GlobeCamera>().follows),
        (Action::ReducedMotion, |world| !world.resource::<GlobeCamera>().orbit.spins),
        (Action::HideRest, |world| world.resource::<FilterInForce>().hides_rest),
        (Action::RealSun, |world| world.resource::<Lighting>().is_real_sun),
        (Action::PlaceNames, |world| world.resource::<Overlay>().shows_labels),
        (Action::Pause, |world| world.resource::<Paused>().0),
        (Action::PickHome, |world| world.resource::<Overlay>().is_setting_home),
        (Action::Table, |world| world.resource::<Overlay>().state.show_table),
        (Action::AllColumns, |world| world.resource::<Overlay>().state.show_all_columns),
        (Action::Panels, |world| !world.resource::<Overlay>().state.hides_panels),
        (Action::Keys, |world| world.resource::<Overlay>().state.help == Some(HelpTab::Keys)),
        (Action::Legend, |world| world.resource::<Overlay>().state.help == Some(HelpTab::Legend)),
        (Action::Glossary, |world| world.resource::<Overlay>().state.help == Some(HelpTab::Glossary)),
        (Action::Credits, |world| world.resource::<Overlay>().state.help == Some(HelpTab::Credits)),
        (Action::FullScreen, |world| {
            let mut windows = world.query::<&Window>();
            windows.single(world).expect("a window").mode != WindowMode::Windowed
        }),
    ];
    app.world_mut().resource_mut::<CameraView>().viewport_px = Vec2::new(1280.0, 720.0);
    for (action, look) in cases {
        let name = format!("{:?}", action(Switch::Toggle));
        let before = look(app.world_mut());
        for (switch, expected) in [
            (Switch::Toggle, !before),
            (Switch::Toggle, before),
            (Switch::On, true),
            (Switch::On, true),
            (Switch::Off, false),
            (Switch::Off, false),
        ] {
            act(&mut app, action(switch));
            assert_eq!(look(app.world_mut()), expected, "{name} {switch:?}");
        }
    }
}

#[test]
fn a_query_selects_the_connection_that_was_seen_first() {
    let mut connections = hub_scenario(3, 1, 0.0);
    for (connection, seen) in connections.iter_mut().zip([30, 10, 20]) {
        connection.first_seen_at = crate::model::UnixMillis(seen);
    }
    let first = connections[1].key;
    let mut app = app(connections);
    let selected = |app: &App| {
        let entity = app.world().resource::<Selection>().selected;
        entity.and_then(|entity| app.world().get::<Observed>(entity)).map(|observed| observed.0.key)
    };
    for (query, expected) in
        [("proto:tcp", Some(first)), ("pid:4000000", None), ("proto:tcp", Some(first)), ("wrong:", None)]
    {
        act(&mut app, Action::Select(Some(Target::Query(query.to_owned()))));
        assert_eq!(selected(&app), expected, "{query}");
    }
    act(&mut app, Action::Select(Some(Target::Query("proto:tcp".to_owned()))));
    act(&mut app, Action::Select(Some(Target::Entity(Entity::PLACEHOLDER))));
    assert_eq!(selected(&app), Some(first), "what is not there cannot be selected");
    act(&mut app, Action::Select(None));
    assert_eq!(selected(&app), None);
}

#[test]
fn a_filter_stands_in_the_bar_and_is_in_force() {
    let mut app = app(hub_scenario(2, 1, 0.0));
    act(&mut app, Action::Filter("port:443".to_owned()));
    act(&mut app, Action::Filter("port:x".to_owned()));
    let filter = app.world().resource::<FilterInForce>();
    assert_eq!(filter.words().text(), "port:443", "a wrong query leaves the last good one in force");
    assert!(filter.error.is_some());
    assert_eq!(app.world().resource::<Overlay>().state.filter.text, "port:x");
}

#[test]
fn a_step_back_undoes_one_thing_at_a_time() {
    let mut app = app(hub_scenario(1, 1, 0.0));
    for action in [
        Action::FullScreen(Switch::On),
        Action::Follow(Switch::On),
        Action::Filter("proto:tcp".to_owned()),
        Action::Select(Some(Target::Query("proto:tcp".to_owned()))),
        Action::Keys(Switch::On),
        Action::Panels(Switch::Off),
        Action::PickHome(Switch::On),
    ] {
        act(&mut app, action);
    }
    let left = |app: &mut App| {
        let overlay = app.world().resource::<Overlay>();
        let overlay = [overlay.is_setting_home, overlay.state.hides_panels, overlay.state.help.is_some()];
        let selected = app.world().resource::<Selection>().selected.is_some();
        let filter = !app.world().resource::<FilterInForce>().words().text().is_empty();
        let follows = app.world().resource::<GlobeCamera>().follows;
        let mut windows = app.world_mut().query::<&Window>();
        let full = windows.single(app.world()).expect("a window").mode != WindowMode::Windowed;
        [overlay.as_slice(), &[selected, filter, follows, full]].concat()
    };
    assert_eq!(left(&mut app), [true; 7]);
    for undone in 1..=7 {
        act(&mut app, Action::StepBack);
        let expected = [0, 1, 2, 3, 4, 5, 6].map(|index| index >= undone);
        assert_eq!(left(&mut app), expected);
    }
    // A zoomed camera is reset before full screen ends.
    act(&mut app, Action::FullScreen(Switch::On));
    act(&mut app, Action::Zoom(4.0));
    act(&mut app, Action::StepBack);
    assert!(app.world().resource::<GlobeCamera>().orbit.shows_whole_earth() && left(&mut app)[6]);
}

#[test]
fn a_lesson_has_its_own_data_waits_for_connections_and_gives_back_what_was_shown() {
    let mut app = app(Vec::new());
    let own: SourceSpec = "demo:everyday".parse().expect("a source");
    let source = WindowSource::new(own.clone(), false, own, SamplerConfig::default(), None, || {});
    let sampler = source.start();
    app.world_mut().resource_mut::<Inbox>().follow(sampler.receiver().clone());
    app.insert_resource(source).insert_resource(Sampler(sampler)).add_plugins(lesson::plugin);
    let label = |app: &mut App, expected: &str| {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            app.update();
            let label = app.world().resource::<SamplerStatus>().report.label.clone().unwrap_or_default();
            if label.contains(expected) {
                return;
            }
            assert!(Instant::now() < deadline, "{label} is not {expected}");
            std::thread::yield_now();
        }
    };
    label(&mut app, "everyday");
    act(&mut app, Action::BeginLesson("connection".to_owned()));
    label(&mut app, "web-page");
    let view = |app: &App| app.world().resource::<lesson::GivenLesson>().view().cloned();
    assert_eq!(view(&app).map(|view| view.step.0), Some(1));
    // The first step waits for a program that asks for an address after some seconds.
    act(&mut app, Action::StepTime(15));
    let deadline = Instant::now() + Duration::from_mins(1);
    while !view(&app).and_then(|view| view.wait).is_some_and(|wait| wait.has_happened) {
        assert!(Instant::now() < deadline, "{:?}", view(&app));
        app.world_mut().resource_mut::<Clock>().run(16);
        app.update();
        std::thread::yield_now();
    }
    act(&mut app, Action::LessonStep(1));
    let filter = app.world().resource::<FilterInForce>().words().text().to_owned();
    assert_eq!(filter, "process:name-resolver", "what it looks at");
    assert!(app.world().resource::<Paused>().0);
    act(&mut app, Action::AnswerLesson(1));
    app.update();
    assert!(view(&app).and_then(|view| view.ask?.answer).is_some());
    act(&mut app, Action::EndLesson);
    app.update();
    assert_eq!(view(&app), None);
    assert!(!app.world().resource::<Paused>().0 && app.world().resource::<FilterInForce>().words().is_empty());
    label(&mut app, "everyday");
}
