//! Tests that a filter matched on another thread leads to the same globe as one matched at once.

use super::*;
use crate::{
    connections::{Observed, Phase},
    view::{FilterInForce, PlaceLabel, PlaceLabels, match_on_another_thread},
};
use proptest::prelude::*;
use std::{collections::BTreeMap, thread, time::Duration};

const QUERIES: [&str; 6] = ["", "rate>1k", "process:curl", "process:nobody", "country:FR", "port>30"];
const PLACES: [(PlaceKind, f64); 3] = [(PlaceKind::City, 48.9), (PlaceKind::City, -20.0), (PlaceKind::Country, 46.8)];

fn connection(number: u16, rate: f32) -> Connection {
    let (kind, lat_deg) = PLACES[usize::from(number) % 2 + usize::from(number.is_multiple_of(5))];
    let mut connection = peer(number, "198.51.100.8", Some(stated(kind, at(lat_deg, 2.3), 10.0)));
    let name = if number.is_multiple_of(3) { "curl" } else { "ssh" };
    connection.uid = None;
    connection.owner = Owner::Process(Arc::new(Process { pid: 7, name: Some(name.into()), path: None }));
    connection.key.local.port = number;
    connection.traffic = Some(Traffic { rate_sent_bytes_per_sec: Some(rate), ..Traffic::default() });
    connection
}

/// What can be seen, whichever of equal connections are drawn.
#[derive(Debug, PartialEq)]
struct Seen {
    /// Number of arcs by end, flags of the end, group, and whether they are bright.
    arcs: BTreeMap<(u32, u32, bool), usize>,
    counts: ArcCounts,
    dots: Vec<(u32, u32, u32, bool)>,
    dot_count: usize,
    lit: Vec<CountryIso>,
    labels: Vec<PlaceLabel>,
    rows: [usize; 3],
}

fn seen(app: &mut App) -> Seen {
    // What the table shows is renewed at a limited rate.
    app.world_mut().resource_mut::<ConnectionTable>().renew();
    app.update();
    let world = app.world_mut();
    let (arcs, table) = (world.resource::<ArcStore>(), world.resource::<ConnectionTable>());
    let mut by_look: BTreeMap<_, usize> = BTreeMap::new();
    for (slot, arc) in arcs.iter() {
        *by_look.entry((arc.end, arc.start_color, arcs.is_lit(slot))).or_default() += 1;
    }
    let hides_rest = arcs.hides_rest();
    let counts = ArcCounts { moving: 0, ..arcs.counts() };
    let labels = world.resource::<PlaceLabels>().labels.clone();
    let rows = [table.matching_rows(), table.hidden, table.rows.len()];
    let lit: Vec<CountryIso> = world.resource::<AreaStore>().lit().collect();
    let mut dots = world.resource_mut::<DotStore>();
    let instances = dots.instances_mut().as_slice().to_vec();
    let is_lit: Vec<bool> = (0..instances.len() as u32).map(|slot| dots.lit_mut().get(slot)).collect();
    let drawn = instances.iter().zip(is_lit).filter(|(dot, lit)| dot.radius_and_kind > 0 && (*lit || !hides_rest));
    let mut shown: Vec<_> = drawn
        .map(|(dot, lit)| {
            // Of groups with as many ends, the one that came last has the colour, which hiding changes.
            let color = if hides_rest { 0 } else { dot.color };
            (dot.direction, dot.radius_and_kind, color, lit)
        })
        .collect();
    shown.sort_unstable();
    Seen { arcs: by_look, counts, dots: shown, dot_count: dots.len(), lit, labels, rows }
}

fn settle(app: &mut App) {
    for _ in 0..10_000 {
        app.update();
        if !app.world().resource::<FilterInForce>().is_late() && !app.world().resource::<ArcStore>().is_late() {
            return;
        }
        thread::sleep(Duration::from_micros(200));
    }
    panic!("there is no answer");
}

/// Checks that arcs which can be picked are not hidden.
fn assert_no_hidden_arc_can_be_picked(app: &App) {
    let world = app.world();
    let (filter, selection) = (world.resource::<FilterInForce>(), world.resource::<Selection>());
    let shared = world.resource::<ArcStore>().shared();
    for (slot, _) in shared.iter() {
        let entity = shared.entity(slot).expect("a connection");
        assert!(!filter.hides(entity, selection.selected) && world.get::<Observed>(entity).is_some());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_changes_lead_to_the_globe_that_matching_at_once_leads_to(
        steps in proptest::collection::vec((0..40u16, 0..9u32, prop::bool::ANY), 1..50),
    ) {
        let mut apps = [app(), app()];
        for app in &mut apps {
            // A picture waits for everything, so these do not wait for places: all are stated.
            app.insert_resource(Places::default());
            open(app, (0..30).map(|number| connection(number, 0.0)).collect());
        }
        match_on_another_thread(apps[1].world_mut());
        for (number, step, flag) in steps {
            for app in &mut apps {
                let world = app.world_mut();
                let key = connection(number, 0.0).key;
                let entity = world.resource::<ConnectionIndex>().get(&key);
                let mut delta = SnapshotDelta::default();
                match step {
                    0..=2 => world.resource_mut::<FilterInForce>().set_text(QUERIES[usize::from(number) % QUERIES.len()]),
                    3 => world.resource_mut::<FilterInForce>().set_hides_rest(flag),
                    4 => world.resource_mut::<Selection>().selected = entity.filter(|_| flag),
                    5 => delta.closed = vec![key],
                    6 => world.resource_mut::<Clock>().run(5_000),
                    _ => delta.changed = vec![connection(number, f32::from(number) * 100.0)],
                }
                world.resource_mut::<Inbox>().push(delta);
                app.update();
                assert_no_hidden_arc_can_be_picked(app);
            }
            if flag {
                thread::sleep(Duration::from_micros(200));
            }
        }
        let [one, other] = apps.each_mut().map(|app| {
            settle(app);
            // Which of equal connections are drawn depends on their order, and what is selected is drawn in addition.
            app.world_mut().resource_mut::<Selection>().selected = None;
            app.world_mut().resource_mut::<Clock>().run(5_000);
            app.update();
            app.update();
            settle(app);
            seen(app)
        });
        prop_assert_eq!(one, other);
    }
}

#[test]
fn a_change_of_the_filter_uploads_one_bit_for_each_arc_and_no_instance() {
    let mut app = app();
    let spread = |number: u16| Some(stated(PlaceKind::City, at(f64::from(number % 50), f64::from(number / 50)), 10.0));
    open(&mut app, (0..2_000).map(|number| peer(number, "198.51.100.8", spread(number))).collect());
    app.insert_resource(Places::default());
    match_on_another_thread(app.world_mut());
    uploads(&mut app);
    app.world_mut().resource_mut::<ArcStore>().lit_mut().words_mut().take_changes();
    for (query, hides_rest) in [("process:nobody", false), ("", false), ("process:nobody", true), ("", true)] {
        let mut filter = app.world_mut().resource_mut::<FilterInForce>();
        filter.set_text(query);
        filter.set_hides_rest(hides_rest);
        settle(&mut app);
        let words = app.world_mut().resource_mut::<ArcStore>().lit_mut().words_mut().take_changes().items;
        assert_eq!((words.len(), uploads(&mut app)), (2_000_usize.div_ceil(32), 0), "{query} {hides_rest}");
    }
    let phases = app.world_mut().query::<&Phase>().iter(app.world()).count();
    assert_eq!((phases, app.world().resource::<ArcStore>().len()), (2_000, 2_000));
}
