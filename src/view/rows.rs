//! A connection as a row of the table.

use super::{Palette, panels::ConnectionRow};
use crate::{
    geodesy::DoubtKind,
    model::{Connection, Group, Location, Traffic},
    words::{doubt_mark, end_words, holder_words, operator_words, place_words},
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
    doubt: Option<DoubtKind>,
    palette: &Palette,
) -> ConnectionRow {
    let group = Group::of(connection);
    let mut place = place_words(location, connection.scope());
    if let Some(doubt) = doubt {
        place = format!("{} {place}", doubt_mark(doubt));
    }
    ConnectionRow {
        entity,
        process: holder_words(connection),
        pid: connection.owner.process().map(|process| process.pid),
        remote: end_words(connection, connection.key.remote.unwrap_or(connection.key.local)),
        place,
        operator: operator_words(location),
        protocol: connection.key.protocol,
        state: connection.state,
        direction: connection.direction,
        scope: connection.scope(),
        rate_bytes_per_sec: connection.traffic.as_ref().and_then(Traffic::rate_bytes_per_sec),
        rtt_ms: connection.traffic.as_ref().and_then(|traffic| traffic.rtt_ms),
        first_seen_at: connection.first_seen_at,
        matches,
        closed,
        color: palette.group(&group),
        group,
        has_place: location.place.is_ok(),
        doubt,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Owner, OwnerMissing, Process, SocketState},
        sampler::hub_scenario,
    };
    use std::sync::Arc;

    fn row(connection: &Connection, location: &Location) -> ConnectionRow {
        connection_row(Entity::PLACEHOLDER, connection, location, true, false, None, &Palette::STANDARD)
    }

    #[test]
    fn a_row_holds_nothing_raw_from_outside() {
        let mut connection = hub_scenario(1, 1, 0.0).remove(0);
        let mut place = connection.stated_location().expect("invented").place.expect("a place");
        place.city = Some(Arc::from("Lon\u{202e}don"));
        let location = Location {
            place: Ok(place),
            asn: None,
            as_organization: Some(Arc::from("An\x1b[31m operator")),
            anycast_reason: None,
            database: None,
        };
        connection.owner = Owner::Process(Arc::new(Process { pid: 3, name: Some("cu\nrl".into()), path: None }));
        let row = row(&connection, &location);
        assert_eq!((row.process.as_str(), row.pid), (r"cu\nrl", Some(3)));
        assert_eq!(Some(row.remote), connection.key.remote.map(|remote| remote.to_string()));
        assert!(row.place.starts_with(r"Lon\u{202e}don") && row.operator == r"An\u{1b}[31m operator");
    }

    #[test]
    fn a_listener_shows_its_own_end_and_an_unknown_owner_its_reason() {
        let mut connection = hub_scenario(1, 1, 0.0).remove(0);
        connection.key.remote = None;
        connection.direction = None;
        connection.state = SocketState::Listen;
        connection.simulated = None;
        (connection.owner, connection.uid) = (Owner::Missing(OwnerMissing::NotPermitted), None);
        let row = row(&connection, &Location::missing(crate::model::PlaceMissing::NotPublic));
        assert_eq!(row.remote, connection.key.local.to_string());
        assert_eq!((row.process.as_str(), row.pid, row.direction), ("(not permitted)", None, None));
        assert_eq!((row.color, row.group, row.has_place), (Palette::STANDARD.unknown, Group::Unknown, false));
    }
}
