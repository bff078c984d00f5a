//! A connection as a row of the table.

use super::{
    palette,
    panels::{ConnectionRow, ProcessCount},
};
use crate::{
    geodesy::DoubtKind,
    model::{Connection, Direction, Location, Traffic},
    words::{doubt_mark, holder_words, operator_words, place_words},
};
use bevy::prelude::Entity;
use std::collections::HashMap;

/// The processes that hold most of `rows`, at most `most` of them; listeners and what has closed do not count.
#[must_use]
pub fn busiest_processes(rows: &[ConnectionRow], most: usize) -> Vec<ProcessCount> {
    let mut counts: HashMap<&str, (usize, [u8; 3])> = HashMap::new();
    for row in rows.iter().filter(|row| !row.closed && row.pid.is_some() && !row.direction.is_empty()) {
        counts.entry(&row.process).or_insert((0, row.color)).0 += 1;
    }
    let mut processes: Vec<_> = counts
        .into_iter()
        .map(|(name, (connections, color))| ProcessCount { name: name.to_owned(), connections, color })
        .collect();
    processes.sort_by(|a, b| b.connections.cmp(&a.connections).then_with(|| a.name.cmp(&b.name)));
    processes.truncate(most);
    processes
}

/// The row of a connection.
#[must_use]
pub fn connection_row(
    entity: Entity,
    connection: &Connection,
    location: &Location,
    matches: bool,
    closed: bool,
    doubt: Option<DoubtKind>,
) -> ConnectionRow {
    let mut place = place_words(location, connection.scope());
    if let Some(doubt) = doubt {
        place = format!("{} {place}", doubt_mark(doubt));
    }
    ConnectionRow {
        entity,
        process: holder_words(connection),
        pid: connection.owner.process().map(|process| process.pid),
        remote: connection.key.remote.unwrap_or(connection.key.local).to_string(),
        place,
        operator: operator_words(location),
        protocol: connection.key.protocol.name(),
        state: connection.state.name(),
        direction: connection.direction.map_or("", Direction::name),
        scope: connection.scope().name(),
        rate_bytes_per_sec: connection.traffic.as_ref().and_then(Traffic::rate_bytes_per_sec),
        rtt_ms: connection.traffic.as_ref().and_then(|traffic| traffic.rtt_ms),
        first_seen_at: connection.first_seen_at,
        matches,
        closed,
        color: palette::process_color(&connection.owner),
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
        connection_row(Entity::PLACEHOLDER, connection, location, true, false, None)
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
        connection.owner = Owner::Process(Arc::new(Process { pid: 3, name: Arc::from("cu\nrl"), path: None }));
        let row = row(&connection, &location);
        assert_eq!((row.process.as_str(), row.pid), (r"cu\nrl", Some(3)));
        assert_eq!(Some(row.remote), connection.key.remote.map(|remote| remote.to_string()));
        assert!(row.place.starts_with(r"Lon\u{202e}don") && row.operator == r"An\u{1b}[31m operator");
    }

    #[test]
    fn processes_are_counted_without_what_waits_or_has_closed() {
        let connections = hub_scenario(5, 1, 1.0);
        let location = connections[0].stated_location().expect("invented");
        let mut rows: Vec<_> = connections.iter().map(|connection| row(connection, &location)).collect();
        assert!(rows[0].rate_bytes_per_sec.is_some() && rows[0].rtt_ms.is_none());
        rows[0].process = "curl".to_owned();
        rows[1].closed = true;
        rows[2].direction = "";
        let counts = |most| {
            let processes = busiest_processes(&rows, most).into_iter();
            processes.map(|it| (it.name, it.connections)).collect::<Vec<_>>()
        };
        assert_eq!(counts(9), [("benchmark".to_owned(), 2), ("curl".to_owned(), 1)]);
        assert_eq!(counts(1).len(), 1);
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
        assert_eq!((row.process.as_str(), row.pid, row.direction), ("(other user)", None, ""));
        assert_eq!(row.color, palette::UNKNOWN);
    }
}
