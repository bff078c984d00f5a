//! A connection as a row of the table.

use super::{
    palette,
    panels::ConnectionRow,
    words::{operator_words, owner_reason, place_words},
};
use crate::{
    model::{Connection, Direction, Location, Owner},
    text::escape_untrusted,
};
use bevy::prelude::Entity;

/// The row of a connection.
#[must_use]
pub fn connection_row(
    entity: Entity,
    connection: &Connection,
    location: &Location,
    matches: bool,
    closed: bool,
) -> ConnectionRow {
    ConnectionRow {
        entity,
        process: process_words(&connection.owner),
        pid: connection.owner.process().map(|process| process.pid),
        remote: connection.key.remote.unwrap_or(connection.key.local).to_string(),
        place: place_words(location, connection.scope()),
        operator: operator_words(location),
        protocol: connection.key.protocol.name(),
        state: connection.state.name(),
        direction: connection.direction.map_or("", Direction::name),
        scope: connection.scope().name(),
        first_seen_at: connection.first_seen_at,
        matches,
        closed,
        color: palette::process_color(&connection.owner),
    }
}

/// Name of the process, or why there is none.
pub(super) fn process_words(owner: &Owner) -> String {
    match owner {
        Owner::Process(process) => escape_untrusted(&process.name).into_owned(),
        Owner::Missing(reason) => owner_reason(*reason).to_owned(),
    }
}
