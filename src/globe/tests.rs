//! Tests from connections to the contents of the globe, without a renderer.

mod filter;

use super::{
    GlobePlugin,
    arcs::{ArcCounts, ArcInstance, ArcStore, Bundles, DRAWN_PER_BUNDLE, pack_color},
    areas::AreaStore,
    dots::{DotStore, mark},
    rings::RingStore,
    spaces::CameraView,
};
use crate::{
    connections::{Clock, ConnectionIndex, ConnectionsPlugin, Inbox, Places},
    geo::{GeoOptions, GeoService, Home, HomeSource},
    geodesy::LatLng,
    model::{
        Connection, CountryIso, Endpoint, Group, Owner, OwnerMissing, Place, PlaceKind, Process, Simulated,
        SnapshotDelta, Traffic,
    },
    sampler::hub_scenario,
    view::{ConnectionTable, HomeInForce, Palette, PointedCountry, Selection, ViewPlugin},
};
use bevy::{
    math::{DVec3, Vec2, Vec3},
    prelude::*,
};
use std::sync::Arc;

fn at(lat_deg: f64, lng_deg: f64) -> LatLng {
    LatLng::from_degrees(lat_deg, lng_deg).expect("valid")
}

fn app() -> App {
    let mut app = App::new();
    app.add_plugins((TaskPoolPlugin::default(), ConnectionsPlugin, ViewPlugin, GlobePlugin));
    let geo = GeoService::open(GeoOptions::default()).expect("databases in the program");
    let home = Home::at(at(52.5, 13.4), HomeSource::Flag);
    app.insert_resource(Places::new(geo).in_the_same_frame())
        .insert_resource(HomeInForce { home: Some(home), missing: String::new() })
        .insert_resource(Clock { motion_ms: 100_000, ..Clock::default() });
    app
}

/// A connection to an address; simulated, with its stated location, if `simulated` is set.
fn peer(number: u16, ip: &str, simulated: Option<Simulated>) -> Connection {
    let mut connection = hub_scenario(1, 1, 0.0).remove(0);
    connection.key.remote = Some(Endpoint::new(ip.parse().expect("an address"), 443));
    connection.key.identity = u64::from(number);
    connection.simulated = simulated.map(Box::new);
    connection
}

const NOWHERE: Simulated = Simulated { place: None, asn: None, as_organization: None };

fn stated(kind: PlaceKind, position: LatLng, radius_km: f32) -> Simulated {
    let country_iso = CountryIso::parse("FR");
    let place = Place { kind, position, country_iso, city: None, accuracy_radius_km: Some(radius_km) };
    Simulated { place: Some(place), ..NOWHERE }
}

fn open(app: &mut App, opened: Vec<Connection>) {
    app.world_mut().resource_mut::<Inbox>().push(SnapshotDelta { opened, ..SnapshotDelta::default() });
    // Places are looked up in one frame and drawn in the next.
    app.update();
    app.update();
}

/// Number of instances that the renderer would copy now.
fn uploads(app: &mut App) -> usize {
    let world = app.world_mut();
    let arcs = world.resource_mut::<ArcStore>().instances_mut().take_changes().items.len();
    let dots = world.resource_mut::<DotStore>().instances_mut().take_changes().items.len();
    let rings = world.resource_mut::<RingStore>().instances_mut().take_changes().items.len();
    let areas = world.resource_mut::<AreaStore>().instances_mut().map(|list| list.take_changes().items.len());
    arcs + dots + rings + areas[0] + areas[1]
}

#[test]
fn what_has_no_place_stands_in_its_spot_and_takes_part_like_others() {
    let mut app = app();
    let peers = [
        peer(1, "192.168.1.7", None),
        peer(2, "fe80::9", None),
        peer(3, "127.0.0.1", None),
        peer(4, "198.51.100.7", Some(NOWHERE)),
        peer(5, "198.51.100.8", Some(stated(PlaceKind::City, at(48.9, 2.3), 10.0))),
        peer(6, "224.0.0.251", None),
    ];
    open(&mut app, peers.into());
    let arcs = app.world().resource::<ArcStore>();
    assert_eq!(arcs.counts(), ArcCounts { all: 5, moving: 0, lan: 2, loops: 1, shell: 1 });
    assert_eq!((arcs.len(), arcs.to_places()), (5, 1));
    // Two on the LAN, one above the pole, one in Paris; the loop has no dot.
    assert_eq!(app.world().resource::<DotStore>().len(), 4);
    assert_eq!(app.world().resource::<RingStore>().len(), 2, "the ring of the LAN and that of the shell");
    assert!(uploads(&mut app) > 0);
    app.update();
    assert_eq!(uploads(&mut app), 0, "nothing changed");
}

#[test]
fn a_place_that_cannot_be_is_marked_at_its_dot_and_its_arc() {
    let mut app = app();
    let paris = || Some(stated(PlaceKind::City, at(48.9, 2.3), 10.0));
    let mut near = peer(1, "198.51.100.8", paris());
    near.traffic = Some(Traffic { min_rtt_ms: Some(1.0), ..Traffic::default() });
    let key = near.key;
    open(&mut app, vec![peer(2, "198.51.100.9", paris()), near]);
    app.update();
    let world = app.world();
    let entity = world.resource::<ConnectionIndex>().get(&key).expect("live");
    let arc = world.resource::<ArcStore>().get(entity).expect("an arc");
    assert_eq!(arc.end_color & 0xff_ffff, pack_color(Palette::STANDARD.doubt, 0));
    let mut dots = app.world_mut().resource_mut::<DotStore>();
    let mut kinds = dots.instances_mut().as_slice().iter().map(|dot| dot.radius_and_kind >> 16);
    assert!(kinds.any(|kind| kind == mark::IMPOSSIBLE));
}

#[test]
fn circles_and_areas_come_with_who_looks_and_go_again() {
    let mut app = app();
    let unsure = peer(1, "198.51.100.8", Some(stated(PlaceKind::City, at(48.9, 2.3), 30.0)));
    let country = peer(2, "198.51.100.9", Some(stated(PlaceKind::Country, at(46.8, 2.4), 30.0)));
    let keys = [unsure.key, country.key];
    open(&mut app, vec![unsure]);
    let state = |app: &App| {
        let lit: Vec<String> = app.world().resource::<AreaStore>().lit().map(|iso| iso.to_string()).collect();
        (app.world().resource::<RingStore>().len(), lit.join(" "))
    };
    assert_eq!(state(&app), (0, String::new()), "small from afar, and nobody looks");
    let entity = app.world().resource::<ConnectionIndex>().get(&keys[0]);
    app.world_mut().resource_mut::<Selection>().hovered = entity;
    app.update();
    assert_eq!(state(&app), (1, "FR".to_owned()));
    app.world_mut().resource_mut::<Selection>().hovered = None;
    app.update();
    assert_eq!(state(&app), (0, String::new()));
    let near = CameraView::new(at(48.9, 2.3).to_unit(), 1.2, Vec2::new(1280.0, 720.0), 1.0);
    app.insert_resource(near);
    app.update();
    assert_eq!(state(&app), (1, String::new()), "large from near");
    app.insert_resource(CameraView::new(DVec3::Z, 3.85, Vec2::new(1280.0, 720.0), 1.0));
    open(&mut app, vec![country]);
    assert_eq!(state(&app), (0, "FR".to_owned()), "no more than the country is known");
    let closed = vec![keys[1]];
    app.world_mut().resource_mut::<Inbox>().push(SnapshotDelta { closed, ..SnapshotDelta::default() });
    app.update();
    app.world_mut().resource_mut::<Clock>().motion_ms += 10_000;
    app.update();
    app.update();
    assert_eq!(state(&app), (0, String::new()));
    app.world_mut().resource_mut::<PointedCountry>().0 = CountryIso::parse("CH").map(|iso| (iso, Vec3::Z));
    app.update();
    assert_eq!(state(&app), (0, "CH".to_owned()));
}

/// A connection to Paris by a program with this name; with unknown owner if it is empty.
fn held_by(number: u16, name: &str) -> Connection {
    let mut connection = peer(number, "198.51.100.8", Some(stated(PlaceKind::City, at(48.9, 2.3), 10.0)));
    connection.uid = None;
    connection.owner = if name.is_empty() {
        Owner::Missing(OwnerMissing::NotPermitted)
    } else {
        Owner::Process(Arc::new(Process { pid: 7, name: Some(name.into()), path: None }))
    };
    connection
}

fn hue(name: &str) -> [u8; 3] {
    Palette::STANDARD.group(&Group::Program { name: name.into(), path: None })
}

/// The arc of a connection, if it is drawn, and the size of its bundle.
fn drawn(app: &App, connection: &Connection) -> (Option<ArcInstance>, usize) {
    let world = app.world();
    let entity = world.resource::<ConnectionIndex>().get(&connection.key).expect("live");
    (world.resource::<ArcStore>().get(entity).copied(), world.resource::<Bundles>().size(entity))
}

#[test]
fn strangers_of_one_hue_are_neither_a_rope_nor_lit_together() {
    let mut app = app();
    app.insert_resource(Palette { hues: &[[90, 200, 160]], ..Palette::STANDARD });
    let names = ["curl", "sshd", ""];
    let all: Vec<Vec<Connection>> =
        (0..3).map(|group| (0..4).map(|i| held_by(group * 4 + i + 1, names[usize::from(group)])).collect()).collect();
    open(&mut app, all.concat());
    for group in &all {
        let drawn: Vec<_> = group.iter().map(|connection| drawn(&app, connection)).collect();
        assert!(drawn.iter().all(|(_, size)| *size == 4), "{drawn:?}");
        assert_eq!(drawn.iter().filter(|(arc, _)| arc.is_some()).count(), DRAWN_PER_BUNDLE);
    }
    let first = all.iter().map(|group| drawn(&app, &group[0]).0.expect("the first is drawn"));
    let looks: Vec<(u32, u16)> = first.map(|arc| (arc.start_color & 0xff_ffff, arc.group_tag())).collect();
    assert_eq!(looks[0].0, looks[1].0, "one hue");
    assert!(looks[0].1 != looks[1].1 && looks[0].1 > 0 && looks[1].1 > 0, "{looks:?}");
    assert_eq!(looks[2], (pack_color(Palette::STANDARD.unknown, 0), 0), "nothing belongs to the unknown");
}

#[test]
fn arc_rope_dot_and_row_change_when_the_owner_becomes_known() {
    let mut app = app();
    let unknown = held_by(1, "");
    open(&mut app, vec![unknown.clone(), held_by(2, "curl")]);
    let known = held_by(1, "curl");
    let changed = vec![known.clone()];
    app.world_mut().resource_mut::<Inbox>().push(SnapshotDelta { changed, ..SnapshotDelta::default() });
    app.update();
    let (arc, size) = drawn(&app, &known);
    let arc = arc.expect("an arc");
    assert_eq!((arc.start_color & 0xff_ffff, size), (pack_color(hue("curl"), 0), 2));
    assert_eq!(arc.group_tag(), drawn(&app, &held_by(2, "curl")).0.expect("an arc").group_tag());
    assert!(app.world().resource::<ConnectionTable>().rows.iter().all(|row| row.color == hue("curl")));
    let mut dots = app.world_mut().resource_mut::<DotStore>();
    let color = pack_color(Palette::far(hue("curl")), 255);
    assert!(dots.instances_mut().as_slice().iter().any(|dot| dot.color == color));
}

#[test]
fn another_palette_colours_everything_anew_and_changes_no_rope() {
    let mut app = app();
    let all = [held_by(1, "curl"), held_by(2, "curl"), held_by(3, "ssh")];
    open(&mut app, all.to_vec());
    let before: Vec<_> = all.iter().map(|it| drawn(&app, it)).collect();
    app.insert_resource(Palette { hues: &[[1, 2, 3]], ..Palette::STANDARD });
    app.update();
    for (connection, (arc, size)) in all.iter().zip(before) {
        let (now, size_now) = drawn(&app, connection);
        let (now, arc) = (now.expect("an arc"), arc.expect("an arc"));
        assert_eq!((now.start_color & 0xff_ffff, size_now), (0x03_0201, size));
        assert_eq!(now.group_tag(), arc.group_tag());
    }
    let far = pack_color(Palette::far([1, 2, 3]), 255);
    assert!(app.world_mut().resource_mut::<DotStore>().instances_mut().as_slice().iter().any(|dot| dot.color == far));
    assert!(app.world().resource::<ConnectionTable>().rows.iter().all(|row| row.color == [1, 2, 3]));
    uploads(&mut app);
    app.update();
    assert_eq!(uploads(&mut app), 0, "once");
}
