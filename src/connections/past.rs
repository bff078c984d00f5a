//! Closed connections that are shown because they were there in the chosen window of time.
//!
//! Those that close while the window is chosen stay; those that closed before are read from the history and pushed here.
//! At most [`MOST_PAST`] are shown; the earliest leave first, and are counted.

use super::{ClosedAt, ConnectionIndex, KeepClosed, Observed, Phase, stage::Arrival};
use crate::{
    model::{ConnectionKey, TimeWindow, UnixMillis},
    stage::Mask,
};
use bevy::{platform::collections::HashMap, prelude::*};
use std::{collections::BTreeSet, sync::Arc};

/// Maximum number of closed connections of a window.
pub const MOST_PAST: usize = 20_000;
/// Two ends of the same socket this close to each other are one, ms: a source may say it later than another.
const SAME_MS: u64 = 5_000;

/// The chosen window of time, and the closed connections that are shown for it.
#[derive(Resource, Debug, Default)]
pub struct PastShown {
    window: Option<TimeWindow>,
    by_end: BTreeSet<(UnixMillis, Entity)>,
    /// Number that closed in the window and are not shown, because there are too many.
    pub left_out: u64,
    /// Number of jumps in time so far; what had closed before each is not known.
    pub jumps: u64,
}

impl PastShown {
    /// The chosen window.
    #[must_use]
    pub fn window(&self) -> Option<TimeWindow> {
        self.window
    }

    /// Number of closed connections that are shown.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_end.len()
    }

    /// Whether no closed connection is shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_end.is_empty()
    }

    /// Whether what closed at `at` is shown.
    pub(super) fn holds(&self, at: UnixMillis) -> bool {
        self.window.is_some_and(|window| at >= window.from)
    }

    pub(super) fn add(&mut self, closed_at: UnixMillis, entity: Entity) {
        self.by_end.insert((closed_at, entity));
    }

    pub(super) fn forget(&mut self, closed_at: UnixMillis, entity: Entity) {
        self.by_end.remove(&(closed_at, entity));
    }
}

/// Chooses a window of time, or none: what closed before it is not shown any more.
pub fn choose_window(world: &mut World, window: Option<TimeWindow>) {
    world.resource_mut::<PastShown>().window = window;
    let mut closed = world.query::<(Entity, &Phase, &ClosedAt)>();
    let listed: Vec<(Entity, UnixMillis)> =
        closed.iter(world).filter(|(_, phase, _)| **phase == Phase::Closed).map(|(it, _, at)| (it, at.0)).collect();
    for (entity, closed_at) in listed {
        if world.resource::<PastShown>().holds(closed_at) {
            world.resource_mut::<PastShown>().add(closed_at, entity);
            world.entity_mut(entity).insert(Phase::Past);
        }
    }
    if window.is_none() {
        world.resource_mut::<PastShown>().left_out = 0;
    }
}

/// Ends what closed before the window, and the earliest if there are too many.
pub(super) fn end_past(mut past: ResMut<'_, PastShown>, keep: Res<'_, KeepClosed>, mut commands: Commands<'_, '_>) {
    let is_over =
        |past: &PastShown| past.by_end.first().is_some_and(|(at, _)| past.by_end.len() > MOST_PAST || !past.holds(*at));
    if !is_over(&past) {
        return;
    }
    while is_over(&past) {
        let Some((closed_at, entity)) = past.by_end.pop_first() else { break };
        if past.holds(closed_at) {
            past.left_out += 1;
        }
        if keep.pinned == Some(entity) {
            // It stays listed as long as it is selected.
            commands.entity(entity).insert(Phase::Closed);
            commands.queue(move |world: &mut World| world.resource_mut::<super::Timers>().keep_pinned(entity));
        } else {
            commands.entity(entity).despawn();
        }
    }
}

/// Shows connections that had closed, with the moment of it, unless they are there already.
pub(super) fn raise(world: &mut World, arrivals: Vec<(Arrival, UnixMillis)>) {
    let mut known: HashMap<ConnectionKey, Vec<UnixMillis>> = HashMap::default();
    let mut closed = world.query::<(&Observed, &ClosedAt)>();
    for (observed, closed_at) in closed.iter(world) {
        known.entry(observed.0.key).or_default().push(closed_at.0);
    }
    for (arrival, closed_at) in arrivals {
        let key = arrival.connection.key;
        let is_same = |at: &UnixMillis| at.0.abs_diff(closed_at.0) <= SAME_MS;
        // A socket that was lost from sight and found again is still open.
        let is_open = key.identity != 0 && world.resource::<ConnectionIndex>().get(&key).is_some();
        let is_there = is_open || known.get(&key).is_some_and(|ends| ends.iter().any(is_same));
        if is_there || !world.resource::<PastShown>().holds(closed_at) {
            continue;
        }
        let entity = arrival.spawn(world, Phase::Past);
        world.entity_mut(entity).insert(ClosedAt(closed_at));
        world.resource_mut::<PastShown>().add(closed_at, entity);
    }
}

/// Closed connections that wait to be shown.
#[derive(Debug, Default)]
pub(super) struct Waiting(Vec<(Arrival, UnixMillis)>);

impl Waiting {
    pub(super) fn push(&mut self, arrival: Arrival, closed_at: UnixMillis) {
        self.0.push((arrival, closed_at));
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Up to `most` of them, the latest first.
    pub(super) fn take(&mut self, most: usize) -> Vec<(Arrival, UnixMillis)> {
        let rest = self.0.len().saturating_sub(most);
        self.0.split_off(rest)
    }

    pub(super) fn mask(&mut self, mask: &Arc<Mask>) {
        self.0.iter_mut().for_each(|(arrival, _)| arrival.mask(mask));
    }
}
