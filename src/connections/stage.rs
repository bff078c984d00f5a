//! Stage mode: masks the connections that are there and all that arrive. What is masked is not kept: when it ends, the
//! sampler sends everything again.

use super::{ConnectionIndex, Inbox, Located, Observed, Phase, components::LookupAddress, ghosts::Ghosts};
use crate::{
    geo::GeoService,
    model::{Connection, Location},
    stage::Mask,
};
use bevy::prelude::*;
use std::{net::IpAddr, sync::Arc};

/// A connection that arrives, with the address to look up if its own is masked.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) connection: Box<Connection>,
    pub(super) lookup: Option<IpAddr>,
}

impl Arrival {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection: Box::new(connection), lookup: None }
    }

    /// Masks it, once.
    pub(super) fn mask(&mut self, mask: &Mask) {
        if self.lookup.is_none() {
            self.lookup = Some(self.connection.subject_ip());
            mask.connection(&mut self.connection);
        }
    }

    /// An entity of it.
    pub(super) fn spawn(self, world: &mut World, phase: Phase) -> Entity {
        let Self { connection, lookup } = self;
        match lookup {
            None => world.spawn((Observed(connection.into()), phase)).id(),
            Some(address) => world.spawn((Observed(connection.into()), phase, LookupAddress(address))).id(),
        }
    }

    pub(super) fn locate(&self, geo: &GeoService) -> Arc<Location> {
        match (self.lookup, self.connection.stated_location()) {
            (Some(address), None) => geo.locate(address),
            _ => geo.locate_peer(&self.connection),
        }
    }
}

/// Masks all connections, and those that arrive from now on.
pub fn mask_all(world: &mut World, mask: &Arc<Mask>) {
    world.resource_mut::<Inbox>().mask(Some(Arc::clone(mask)));
    world.resource_mut::<Ghosts>().mask(mask);
    // The keys change; hooks enter the new ones.
    world.resource_mut::<ConnectionIndex>().clear();
    let mut scene = world.query::<(Entity, &Observed, Has<Located>)>();
    let masked: Vec<(Entity, Arrival, bool)> = scene
        .iter(world)
        .map(|(entity, observed, is_located)| {
            let mut arrival = Arrival { connection: Box::new(Connection::clone(&observed.0)), lookup: None };
            arrival.mask(mask);
            (entity, arrival, is_located)
        })
        .collect();
    for (entity, Arrival { connection, lookup }, is_located) in masked {
        let Ok(mut entity) = world.get_entity_mut(entity) else { continue };
        if let (Some(address), false) = (lookup, is_located) {
            entity.insert(LookupAddress(address));
        }
        entity.insert(Observed(connection.into()));
    }
}

/// Stops masking. What is masked stays so until the source repeats everything.
pub fn unmask_all(world: &mut World) {
    world.resource_mut::<Inbox>().mask(None);
}
