//! Looks up the locations of peers in batches, off the main thread.
//!
//! The main thread sends addresses and receives answers without blocking. While databases are being opened, addresses
//! are queued, so that connections are not first shown without a location. Simulated connections already have a
//! location, and need no lookup.

use super::{Located, Observed, Touched, components::LookupAddress};
use crate::{geo::GeoService, model::Location};
use bevy::{
    prelude::*,
    tasks::{AsyncComputeTaskPool, Task, block_on, futures::check_ready},
};
use std::{net::IpAddr, sync::Arc};

/// Lookups per task: enough to justify a task, but few enough to use several cores.
const BATCH: usize = 2_048;

type Answers = Vec<(Entity, Arc<Location>)>;

/// The databases, and pending lookups.
#[derive(Resource, Debug, Default)]
pub struct Places {
    geo: Option<GeoService>,
    waiting: Vec<(Entity, IpAddr)>,
    tasks: Vec<Task<Answers>>,
    waits_for_answers: bool,
    answers: u64,
}

impl Places {
    /// Lookups in these databases.
    #[must_use]
    pub fn new(geo: GeoService) -> Self {
        Self { geo: Some(geo), ..Self::default() }
    }

    /// Waits for answers within the same frame, for pictures and tests.
    #[must_use]
    pub fn in_the_same_frame(mut self) -> Self {
        self.waits_for_answers = true;
        self
    }

    /// The databases, if they are set.
    #[must_use]
    pub fn geo(&self) -> Option<&GeoService> {
        self.geo.as_ref()
    }

    /// Whether it waits for answers within the same frame.
    #[must_use]
    pub fn waits_for_answers(&self) -> bool {
        self.waits_for_answers
    }

    /// Number of batches answered so far.
    #[must_use]
    pub fn answers(&self) -> u64 {
        self.answers
    }

    /// Whether lookups are pending.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !self.waiting.is_empty() || !self.tasks.is_empty()
    }
}

pub(super) fn locate(
    mut places: ResMut<'_, Places>,
    touched: Res<'_, Touched>,
    unlocated: Query<'_, '_, (&Observed, Option<&LookupAddress>), Without<Located>>,
    mut commands: Commands<'_, '_>,
) {
    let places = &mut *places;
    for &entity in &touched.written {
        let Ok((Observed(connection), lookup)) = unlocated.get(entity) else { continue };
        match connection.stated_location() {
            Some(location) => {
                commands.entity(entity).insert(Located(location));
            }
            // A connection that was written twice may be looked up twice, with the same result.
            None => {
                let address = lookup.map_or_else(|| connection.subject_ip(), |lookup| lookup.0);
                places.waiting.push((entity, address));
            }
        }
    }
    let Some(geo) = &places.geo else { return };
    if places.waits_for_answers && !places.waiting.is_empty() {
        geo.wait_ready();
    }
    if geo.is_ready() && !places.waiting.is_empty() {
        let pool = AsyncComputeTaskPool::get();
        let waiting = std::mem::take(&mut places.waiting);
        places.tasks.extend(waiting.chunks(BATCH).map(|batch| {
            let (batch, geo) = (batch.to_vec(), geo.clone());
            pool.spawn(async move { batch.into_iter().map(|(entity, ip)| (entity, geo.locate(ip))).collect() })
        }));
    }
    let Places { tasks, answers: batches, waits_for_answers: waits, .. } = places;
    tasks.retain_mut(|task| {
        let answers = if *waits { Some(block_on(task)) } else { check_ready(task) };
        let is_done = answers.is_some();
        for (entity, location) in answers.into_iter().flatten() {
            // The connection may have been removed.
            if let Ok(mut entity) = commands.get_entity(entity) {
                entity.try_insert(Located(location)).try_remove::<LookupAddress>();
            }
        }
        *batches += u64::from(is_done);
        !is_done
    });
}
