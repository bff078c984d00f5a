//! Places that contradict the speed of light. They are rechecked when a connection or its place was touched, and all of
//! them when the home moved.
//!
//! A flag appears when the minimum round-trip time falls. It does not disappear again, because the minimum is kept.

use super::HomeInForce;
use crate::{
    connections::{Located, Observed, Touched},
    geo::place_doubt,
    geodesy::PlaceDoubt,
};
use bevy::{
    ecs::{lifecycle::HookContext, world::DeferredWorld},
    prelude::*,
};

/// Why the place of a connection's other end is doubtful. Absent if it is plausible or cannot be checked.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
#[component(immutable, on_insert = note_flagged)]
pub struct Flagged(pub PlaceDoubt);

fn note_flagged(mut world: DeferredWorld<'_>, context: HookContext) {
    if let Some(mut touched) = world.get_resource_mut::<Touched>() {
        touched.written.push(context.entity);
    }
}

pub(super) fn doubt_places(
    home: Res<'_, HomeInForce>,
    mut touched: ResMut<'_, Touched>,
    connections: Query<'_, '_, (Entity, &Observed, &Located, Option<&Flagged>)>,
    mut commands: Commands<'_, '_>,
) {
    if !home.is_changed() && touched.is_empty() {
        return;
    }
    let mut cleared = Vec::new();
    let mut look = |(entity, observed, located, flagged): (Entity, &Observed, &Located, Option<&Flagged>)| {
        let doubt = place_doubt(&observed.0, &located.0, home.home.as_ref());
        match (doubt, flagged) {
            (Some(doubt), flagged) if flagged != Some(&Flagged(doubt)) => {
                commands.entity(entity).insert(Flagged(doubt));
            }
            (None, Some(_)) => {
                commands.entity(entity).remove::<Flagged>();
                cleared.push(entity);
            }
            _ => {}
        }
    };
    if home.is_changed() {
        connections.iter().for_each(&mut look);
    } else {
        touched.written.iter().filter_map(|entity| connections.get(*entity).ok()).for_each(&mut look);
    }
    if !cleared.is_empty() {
        touched.written.extend(cleared);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        connections::{ConnectionsPlugin, Inbox, Places},
        geo::{GeoOptions, GeoService, Home, HomeSource},
        geodesy::{DoubtKind, LatLng},
        model::{Connection, SnapshotDelta, Traffic},
        sampler::hub_scenario,
        view::{FilterInForce, ViewPlugin},
    };

    struct Globe(App);

    impl Globe {
        fn new() -> Self {
            let mut app = App::new();
            app.add_plugins((TaskPoolPlugin::default(), ConnectionsPlugin, ViewPlugin));
            let geo = GeoService::open(GeoOptions::default()).unwrap();
            app.insert_resource(Places::new(geo).in_the_same_frame());
            Self(app)
        }

        fn set_home(&mut self, lat_deg: f64, lng_deg: f64) {
            let home = Home::at(LatLng::from_degrees(lat_deg, lng_deg).unwrap(), HomeSource::Clicked);
            self.0.world_mut().resource_mut::<HomeInForce>().home = Some(home);
        }

        fn push(&mut self, delta: SnapshotDelta) {
            self.0.world_mut().resource_mut::<Inbox>().push(delta);
        }

        /// Kinds of the doubts after a frame, and number of connections that match the filter.
        fn frame(&mut self) -> (Vec<DoubtKind>, usize) {
            self.0.update();
            let world = self.0.world_mut();
            let doubts = world.query::<&Flagged>().iter(world).map(|flagged| flagged.0.kind).collect();
            let entities: Vec<Entity> = world.query_filtered::<Entity, With<Observed>>().iter(world).collect();
            let filter = world.resource::<FilterInForce>();
            (doubts, entities.into_iter().filter(|entity| filter.lets_through(*entity)).count())
        }
    }

    fn measured(mut connection: Connection, min_rtt_ms: f32) -> Connection {
        connection.traffic = Some(Traffic { min_rtt_ms: Some(min_rtt_ms), ..Traffic::default() });
        connection
    }

    #[test]
    fn a_flag_comes_with_a_shorter_round_trip_and_goes_when_the_home_moves() {
        let mut globe = Globe::new();
        globe.0.world_mut().resource_mut::<FilterInForce>().set_text("flagged:place");
        let hub = hub_scenario(1, 1, 0.0).remove(0);
        let place = hub.stated_location().unwrap().place.as_ref().unwrap().position;
        globe.push(SnapshotDelta { opened: vec![measured(hub.clone(), 300.0)], ..SnapshotDelta::default() });
        assert_eq!(globe.frame(), (vec![], 0), "no home is known");
        // The antipode.
        globe.set_home(-place.lat_deg(), place.lng_deg() - 180.0);
        assert_eq!(globe.frame(), (vec![], 0), "so much time is enough for any way");
        for (min_rtt_ms, kind) in [(180.0, DoubtKind::Unlikely), (20.0, DoubtKind::Impossible)] {
            let changed = vec![measured(hub.clone(), min_rtt_ms)];
            globe.push(SnapshotDelta { changed, ..SnapshotDelta::default() });
            assert_eq!(globe.frame(), (vec![kind], 1), "{min_rtt_ms} ms");
        }
        globe.set_home(place.lat_deg(), place.lng_deg());
        assert_eq!(globe.frame(), (vec![], 0), "it is next door");
    }
}
