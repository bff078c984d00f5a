//! Tests that matching on another thread has the same result as matching at once.

use super::*;
use crate::{
    connections::{ConnectionIndex, ConnectionsPlugin, Inbox},
    model::{Connection, SnapshotDelta, Traffic},
    sampler::hub_scenario,
    view::{ConnectionTable, ViewPlugin},
};
use proptest::prelude::*;
use std::{thread, time::Duration};

const QUERIES: [&str; 6] = ["", "rate>1k", "-rate>1k", "process:nobody", "closed:no", "city:a"];

struct Globe {
    app: App,
    connections: Vec<Connection>,
}

impl Globe {
    fn new() -> Self {
        let mut app = App::new();
        app.add_plugins((TaskPoolPlugin::default(), ConnectionsPlugin, ViewPlugin));
        match_on_another_thread(app.world_mut());
        Self { app, connections: hub_scenario(40, 1, 0.5) }
    }

    fn filter(&self) -> &FilterInForce {
        self.app.world().resource()
    }

    fn set(&mut self, query: &str) {
        self.app.world_mut().resource_mut::<FilterInForce>().set_text(query);
    }

    fn push(&mut self, delta: SnapshotDelta) {
        self.app.world_mut().resource_mut::<Inbox>().push(delta);
    }

    fn open(&mut self, numbers: impl IntoIterator<Item = usize>) {
        let opened = numbers.into_iter().map(|number| self.connections[number].clone()).collect();
        self.push(SnapshotDelta { opened, ..SnapshotDelta::default() });
    }

    fn change(&mut self, number: usize, rate: f32) {
        let mut connection = self.connections[number].clone();
        connection.traffic = Some(Traffic { rate_sent_bytes_per_sec: Some(rate), ..Traffic::default() });
        self.push(SnapshotDelta { changed: vec![connection], ..SnapshotDelta::default() });
    }

    /// Waits until everything is matched and shown.
    fn settle(&mut self) {
        self.app.update();
        for _ in 0..10_000 {
            let is_late = self.filter().is_late() || self.app.world().resource::<ConnectionTable>().is_stale();
            if !is_late {
                return;
            }
            thread::sleep(Duration::from_micros(200));
            self.app.update();
        }
        panic!("there is no answer");
    }

    /// Whether each connection matches, according to the filter, and if it is asked about it now.
    fn matches(&mut self) -> Vec<[bool; 2]> {
        let world = self.app.world_mut();
        let mut all = world.query::<(Entity, &Observed, Option<&ClosedAt>, Option<&Located>, Option<&Flagged>)>();
        let (filter, clock) = (world.resource::<FilterInForce>(), world.resource::<Clock>());
        let both = |item: Item<'_>| [filter.lets_through(item.0), filter.words.matches(&facts(item, clock.data))];
        all.iter(world).map(both).collect()
    }
}

#[test]
fn an_answer_to_another_query_is_ignored() {
    let mut globe = Globe::new();
    globe.open(0..40);
    globe.settle();
    globe.set("process:nobody");
    globe.app.update();
    assert!(globe.filter().is_late(), "it has been asked");
    assert!(globe.matches().iter().all(|[shown, _]| *shown), "the last matches are shown meanwhile");
    // The answer is there when the query changes.
    thread::sleep(Duration::from_millis(100));
    globe.set("rate>1");
    let before = globe.app.world().resource::<Matcher>().ignored;
    let is_any_dark = |globe: &mut Globe| globe.matches().iter().filter(|[shown, _]| !shown).count();
    while globe.filter().is_late() {
        globe.app.update();
        let dark = is_any_dark(&mut globe);
        assert!(dark == 0 || (dark == 20 && !globe.filter().is_late()), "never those of the first query: {dark}");
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(globe.app.world().resource::<Matcher>().ignored, before + 1);
    assert!(globe.matches().iter().all(|[shown, now]| shown == now));
}

#[test]
fn what_changes_before_the_answer_keeps_its_own_match() {
    let mut globe = Globe::new();
    globe.open(0..40);
    globe.settle();
    globe.set("rate>1k");
    globe.app.update();
    // One that would match no longer, one that would, and one that opens.
    for number in [0, 1] {
        globe.change(number, 1e9);
        globe.app.update();
    }
    globe.change(0, 1.0);
    let key = globe.connections[2].key;
    globe.push(SnapshotDelta { closed: vec![key], ..SnapshotDelta::default() });
    globe.settle();
    assert!(globe.matches().iter().all(|[shown, now]| shown == now));
    let index = globe.app.world().resource::<ConnectionIndex>();
    let entities = [0, 1].map(|number| index.get(&globe.connections[number].key).expect("live"));
    assert_eq!(entities.map(|entity| globe.filter().lets_through(entity)), [false, true]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_changes_of_query_and_connections_give_what_matching_at_once_gives(
        steps in proptest::collection::vec((0..40usize, 0..8u32, prop::bool::ANY), 1..60),
    ) {
        let mut globe = Globe::new();
        globe.open(0..20);
        for (number, step, waits) in steps {
            match step {
                0 | 1 => globe.set(QUERIES[number % QUERIES.len()]),
                2 => globe.open([number]),
                3 => {
                    let closed = vec![globe.connections[number].key];
                    globe.push(SnapshotDelta { closed, ..SnapshotDelta::default() });
                }
                4 => globe.app.world_mut().resource_mut::<FilterInForce>().set_hides_rest(waits),
                5 => globe.app.world_mut().resource_mut::<Clock>().run(3_000_000),
                _ => globe.change(number, number as f32 * 100.0),
            }
            globe.app.update();
            if waits {
                thread::sleep(Duration::from_micros(300));
            }
        }
        globe.settle();
        prop_assert!(globe.matches().iter().all(|[shown, now]| shown == now));
        // The table agrees, with the rows as they were when it was built last.
        globe.app.world_mut().resource_mut::<ConnectionTable>().renew();
        globe.app.update();
        let (filter, table) = (globe.filter(), globe.app.world().resource::<ConnectionTable>());
        prop_assert_eq!(table.filter_version, filter.version());
        let matching = table.rows.iter().filter(|row| filter.lets_through(row.entity)).count();
        prop_assert_eq!(table.matching_rows(), matching);
        let mut marked = table.rows.iter().zip(&table.marks);
        prop_assert!(marked.clone().all(|(row, mark)| mark.matches == filter.lets_through(row.entity)));
        prop_assert!(marked.all(|(_, mark)| mark.hidden == (filter.hides_rest && !mark.matches)));
    }
}
