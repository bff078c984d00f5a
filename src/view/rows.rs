//! Converts a connection to a row of the table.

use super::panels::ConnectionRow;
use crate::{
    geodesy::DoubtKind,
    model::{Connection, Group, Location, Traffic},
    words::{doubt_mark, end_words, holder_words, operator_words, place_words},
};
use bevy::prelude::Entity;

/// The row of an open connection that matches the filter, in the colour `color`.
#[must_use]
pub fn connection_row(
    entity: Entity,
    connection: &Connection,
    location: &Location,
    doubt: Option<DoubtKind>,
    color: [u8; 3],
) -> ConnectionRow {
    let traffic = connection.traffic.as_ref();
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
        is_listener: connection.is_listener(),
        rate_bytes_per_sec: traffic.and_then(Traffic::rate_bytes_per_sec),
        bytes_sent: traffic.and_then(|traffic| traffic.bytes_sent),
        bytes_received: traffic.and_then(|traffic| traffic.bytes_received),
        rtt_ms: traffic.and_then(|traffic| traffic.rtt_ms),
        first_seen_at: connection.first_seen_at,
        closed: false,
        color,
        group: Group::of(connection),
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
        view::Palette,
    };
    use std::sync::Arc;

    fn row(connection: &Connection, location: &Location) -> ConnectionRow {
        connection_row(Entity::PLACEHOLDER, connection, location, None, Palette::STANDARD.group(&Group::of(connection)))
    }

    #[test]
    fn a_row_holds_nothing_raw_from_outside() {
        let mut connection = hub_scenario(1, 1, 0.0).remove(0);
        let mut place = connection.stated_location().expect("invented").place.clone().expect("a place");
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
        assert_eq!((row.process.as_str(), row.pid, row.direction), ("(no permission)", None, None));
        assert_eq!((row.color, row.group, row.has_place), (Palette::STANDARD.unknown, Group::Unknown, false));
    }
}
