//! Ghosts: connections that opened and closed between two samples. Some are drawn individually; in a burst, many to the
//! same place are drawn as one.
//!
//! At most [`SINGLE_PER_SECOND`] ghosts per second are drawn individually. Each further one joins a ghost that is being
//! drawn to the same address or, once its location is known, to the same place; if there is none, one is drawn for all
//! of them. Waiting ghosts are stored by address, so that a burst needs memory only for its addresses, and for at most
//! [`MOST_ADDRESSES`]. Every ghost is counted, whether drawn or not.

use super::{
    Clock, Located, Observed, Phase, Places, SamplerStatus, Touched,
    components::LookupAddress,
    index,
    lifecycle::{OPEN_MS, Timers},
    stage::Arrival,
};
use crate::{geo::GeoService, geodesy::PlaceCell, model::Location, stage::Mask};
use bevy::{
    platform::collections::HashMap,
    prelude::*,
    tasks::{AsyncComputeTaskPool, Task, block_on, futures::check_ready},
};
use std::{net::IpAddr, sync::Arc};

/// Maximum number of ghosts drawn individually per second.
const SINGLE_PER_SECOND: usize = 200;
/// Maximum number of ghosts drawn for a place per second.
const PLACES_PER_SECOND: usize = 200;
/// Maximum number of waiting addresses; ghosts to further ones are counted but not drawn.
const MOST_ADDRESSES: usize = 4_096;

/// Marks a connection that had already closed when it was reported.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[component(immutable, on_insert = index::note_written)]
pub struct Ghost {
    /// Number of further ghosts to the same place that it represents.
    pub others: u64,
}

/// The grid cell of a location, if it is known.
fn place_cell(location: &Location) -> Option<PlaceCell> {
    Some(location.place.as_ref().ok()?.position.cell())
}

/// Ghosts with the same value are drawn as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Spot {
    Address(IpAddr),
    Cell(PlaceCell),
}

impl Spot {
    fn of(location: &Location, address: IpAddr) -> Self {
        place_cell(location).map_or(Self::Address(address), Self::Cell)
    }
}

/// Ghosts to one address.
#[derive(Debug)]
struct Crowd {
    first: Arrival,
    count: u64,
}

/// Waiting ghosts, and those being drawn.
#[derive(Resource, Debug, Default)]
pub(super) struct Ghosts {
    crowds: HashMap<IpAddr, Crowd>,
    rising: HashMap<Spot, Entity>,
    tasks: Vec<Task<Vec<(Crowd, Arc<Location>)>>>,
    /// Start of the second to which the counts below apply, ms.
    since_ms: u64,
    alone: usize,
    places: usize,
}

/// Ghosts received for the next frame.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    alone: Vec<Arrival>,
    crowds: HashMap<IpAddr, Crowd>,
    count: u64,
    uncounted: u64,
}

impl Arrivals {
    pub(super) fn push(&mut self, arrival: Arrival) {
        self.count += 1;
        if self.alone.len() < SINGLE_PER_SECOND {
            self.alone.push(arrival);
        } else {
            self.uncounted += join_crowd(&mut self.crowds, arrival.connection.subject_ip(), 1, || arrival);
        }
    }

    /// Masks all of them.
    pub(super) fn mask(&mut self, mask: &Mask) {
        self.alone.iter_mut().for_each(|arrival| arrival.mask(mask));
        mask_crowds(&mut self.crowds, mask);
    }

    /// Drops waiting ghosts; they stay counted.
    pub(super) fn forget(&mut self) {
        self.uncounted += self.alone.drain(..).len() as u64;
        self.uncounted += self.crowds.drain().map(|(_, crowd)| crowd.count).sum::<u64>();
    }

    pub(super) fn len(&self) -> usize {
        self.alone.len() + self.crowds.len()
    }
}

fn mask_crowds(crowds: &mut HashMap<IpAddr, Crowd>, mask: &Mask) {
    let masked = crowds.drain().map(|(address, mut crowd)| {
        crowd.first.mask(mask);
        (mask.ip(address), crowd)
    });
    *crowds = masked.collect::<Vec<_>>().into_iter().collect();
}

/// Adds `count` ghosts to those waiting for `address`. Returns the number that do not fit.
fn join_crowd(
    crowds: &mut HashMap<IpAddr, Crowd>,
    address: IpAddr,
    count: u64,
    first: impl FnOnce() -> Arrival,
) -> u64 {
    if let Some(crowd) = crowds.get_mut(&address) {
        crowd.count += count;
    } else if crowds.len() < MOST_ADDRESSES {
        crowds.insert(address, Crowd { first: first(), count });
    } else {
        return count;
    }
    0
}

impl Ghosts {
    /// Number of waiting addresses and of pending lookups.
    pub(super) fn waiting(&self) -> usize {
        self.crowds.len() + self.tasks.len()
    }

    /// Masks those that wait. Those whose lookup is under way are lost from the picture; they stay counted.
    pub(super) fn mask(&mut self, mask: &Mask) {
        mask_crowds(&mut self.crowds, mask);
        self.rising.clear();
        self.tasks.clear();
    }

    /// Removes all of them.
    pub(super) fn clear(&mut self) {
        let Self { crowds, rising, tasks, since_ms: _, alone: _, places: _ } = self;
        crowds.clear();
        rising.clear();
        tasks.clear();
    }

    fn begin_second(&mut self, world: &World, now_ms: u64) {
        if now_ms >= self.since_ms + 1_000 {
            (self.since_ms, self.alone, self.places) = (now_ms, 0, 0);
            self.rising.retain(|_, entity| rises(world, *entity));
        }
    }
}

fn rises(world: &World, entity: Entity) -> bool {
    world.get::<Phase>(entity).is_some_and(|phase| matches!(phase, Phase::Opening { .. }))
}

/// Draws ghosts that have arrived, and groups those over the limit.
pub(super) fn raise(world: &mut World, arrivals: &mut Arrivals) {
    world.resource_scope(|world, mut ghosts: Mut<'_, Ghosts>| {
        let ghosts = &mut *ghosts;
        if arrivals.count == 0 && ghosts.waiting() == 0 {
            return;
        }
        let now_ms = world.resource::<Clock>().motion_ms;
        ghosts.begin_second(world, now_ms);
        let mut not_drawn = std::mem::take(&mut arrivals.uncounted);
        for arrival in arrivals.alone.drain(..) {
            let address = arrival.connection.subject_ip();
            if ghosts.alone < SINGLE_PER_SECOND {
                ghosts.alone += 1;
                let entity = rise(world, arrival, 0, None, now_ms);
                ghosts.rising.insert(Spot::Address(address), entity);
            } else {
                not_drawn += join_crowd(&mut ghosts.crowds, address, 1, || arrival);
            }
        }
        for (address, crowd) in arrivals.crowds.drain() {
            not_drawn += join_crowd(&mut ghosts.crowds, address, crowd.count, || crowd.first);
        }
        let mut joined = Joined::default();
        let mut placed = located(world, ghosts);
        ghosts.crowds.retain(|address, crowd| {
            let entity = ghosts.rising.get(&Spot::Address(*address)).copied().filter(|it| rises(world, *it));
            entity.map(|entity| joined.add(entity, crowd.count)).is_none()
        });
        ask(world, ghosts, &mut placed);
        for (crowd, location) in placed {
            let spot = Spot::of(&location, crowd.first.connection.subject_ip());
            let risen = ghosts.rising.get(&spot).copied().filter(|it| rises(world, *it));
            if let Some(entity) = risen {
                joined.add(entity, crowd.count);
            } else if ghosts.places < PLACES_PER_SECOND {
                ghosts.places += 1;
                joined.count += crowd.count - 1;
                let entity = rise(world, crowd.first, crowd.count - 1, Some(location), now_ms);
                ghosts.rising.insert(spot, entity);
            } else {
                not_drawn += crowd.count;
            }
        }
        let joined = joined.write(world);
        let mut status = world.resource_mut::<SamplerStatus>();
        status.short += std::mem::take(&mut arrivals.count);
        status.short_joined += joined;
        status.short_not_drawn += not_drawn;
    });
}

/// Number of ghosts that join each entity in this frame, so that each is written once.
#[derive(Default)]
struct Joined {
    by_entity: HashMap<Entity, u64>,
    count: u64,
}

impl Joined {
    fn add(&mut self, entity: Entity, count: u64) {
        *self.by_entity.entry(entity).or_default() += count;
        self.count += count;
    }

    fn write(self, world: &mut World) -> u64 {
        for (entity, count) in self.by_entity {
            let others = world.get::<Ghost>(entity).map_or(0, |ghost| ghost.others);
            if let Ok(mut entity) = world.get_entity_mut(entity) {
                entity.insert(Ghost { others: others + count });
            }
        }
        self.count
    }
}

/// Spawns a ghost: its arc grows, and then closes.
fn rise(world: &mut World, arrival: Arrival, others: u64, location: Option<Arc<Location>>, now_ms: u64) -> Entity {
    let Arrival { connection, lookup } = arrival;
    let mut entity = world.spawn((Observed(connection.into()), Phase::Opening { since_ms: now_ms }, Ghost { others }));
    if let Some(address) = lookup {
        entity.insert(LookupAddress(address));
    }
    if let Some(location) = location {
        entity.insert(Located(location));
    }
    let entity = entity.id();
    world.resource_mut::<Timers>().end_ghost_at(now_ms + OPEN_MS, entity);
    entity
}

/// Finished lookups.
fn located(world: &World, ghosts: &mut Ghosts) -> Vec<(Crowd, Arc<Location>)> {
    let waits = world.resource::<Places>().waits_for_answers();
    let mut placed = Vec::new();
    ghosts.tasks.retain_mut(|task| {
        let answers = if waits { Some(block_on(task)) } else { check_ready(task) };
        let is_done = answers.is_some();
        placed.extend(answers.into_iter().flatten());
        !is_done
    });
    placed
}

/// Looks up the locations of crowds; those available immediately go to `placed`.
fn ask(world: &World, ghosts: &mut Ghosts, placed: &mut Vec<(Crowd, Arc<Location>)>) {
    let places = world.resource::<Places>();
    let Some(geo) = places.geo() else {
        // Without databases, ghosts are grouped by address.
        let nowhere = Arc::new(Location::missing(crate::model::PlaceMissing::DatabaseUnavailable));
        placed.extend(ghosts.crowds.drain().map(|(_, crowd)| {
            let location = crowd.first.connection.stated_location().unwrap_or_else(|| Arc::clone(&nowhere));
            (crowd, location)
        }));
        return;
    };
    if !geo.is_ready() || ghosts.crowds.is_empty() {
        return;
    }
    let crowds: Vec<Crowd> = ghosts.crowds.drain().map(|(_, crowd)| crowd).collect();
    if places.waits_for_answers() {
        placed.extend(locate_all(crowds, geo));
    } else {
        let geo = geo.clone();
        ghosts.tasks.push(AsyncComputeTaskPool::get().spawn(async move { locate_all(crowds, &geo) }));
    }
}

fn locate_all(crowds: Vec<Crowd>, geo: &GeoService) -> Vec<(Crowd, Arc<Location>)> {
    crowds
        .into_iter()
        .map(|crowd| (crowd.first.locate(geo), crowd))
        .map(|(location, crowd)| (crowd, location))
        .collect()
}

/// Records the places of ghosts being drawn once they are known.
pub(super) fn note_places(
    touched: Res<'_, Touched>,
    located: Query<'_, '_, (&Phase, &Located), With<Ghost>>,
    mut ghosts: ResMut<'_, Ghosts>,
) {
    for &entity in &touched.written {
        if let Ok((Phase::Opening { .. }, location)) = located.get(entity)
            && let Some(cell) = place_cell(&location.0)
        {
            ghosts.rising.entry(Spot::Cell(cell)).or_insert(entity);
        }
    }
}
