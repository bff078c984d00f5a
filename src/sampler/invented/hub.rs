//! Many connections from one hub, for benchmarks, with any number of distinct arcs.

use super::{
    cities::{CITIES, City, CityChooser},
    seeded::Seeded,
};
use crate::{
    geodesy::LatLng,
    model::{
        Asn, Connection, ConnectionKey, Direction, Endpoint, HostId, Owner, Place, Process, Protocol, Simulated,
        SocketRow, SocketState, Traffic, UnixMillis,
    },
};
use std::{
    net::{Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

/// Maximum distance of an end from its city, degrees.
const JITTER_DEG: f64 = 1.2;
/// First seen time of all connections: 2026-06-01T12:00Z.
const SEEN_AT: UnixMillis = UnixMillis(1_780_315_200_000);

/// `n` connections of one process to seeded random cities. Each end is shifted by up to about a hundred kilometres, so that
/// all are distinct. The fraction `active_fraction` (0 to 1, evenly spread) has traffic; the others have no measurements.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "rates need no more than six digits")]
pub fn hub_scenario(n: usize, seed: u64, active_fraction: f32) -> Vec<Connection> {
    let active_fraction = f64::from(active_fraction.clamp(0.0, 1.0));
    let chooser = CityChooser::new();
    let places: Vec<Place> = CITIES.iter().map(City::place).collect();
    let owner = Owner::Process(Arc::new(Process { pid: 1, name: Some("benchmark".into()), path: None }));
    let operator: Arc<str> = Arc::from("Example Cloud");
    let hub = Ipv4Addr::new(192, 168, 1, 23);
    let mut seeded = Seeded::new(seed);
    let mut carried = 0.0;
    let mut connections = Vec::with_capacity(n);
    for (number, low_bits) in (0..n as u64).zip((0..=u16::MAX).cycle()) {
        let mut place = places[chooser.choose(seeded.bits())].clone();
        let mut shift = || seeded.between(-JITTER_DEG, JITTER_DEG);
        let (lat_deg, lng_deg) = (place.position.lat_deg() + shift(), place.position.lng_deg() + shift());
        place.position = LatLng::from_degrees(lat_deg, lng_deg).unwrap_or(place.position);
        // Spreads the active ones evenly, with the exact fraction.
        carried += active_fraction;
        let is_active = carried >= 1.0 - 1e-6;
        if is_active {
            carried -= 1.0;
        }
        let mut rate = || (2_000.0 * 500.0_f64.powf(seeded.unit())) as f32;
        let traffic = is_active.then(|| Traffic {
            rate_sent_bytes_per_sec: Some(rate()),
            rate_received_bytes_per_sec: Some(rate()),
            ..Traffic::default()
        });
        let remote = Ipv6Addr::from((0x2001_0db8 << 96) | u128::from(number + 1));
        let key = ConnectionKey {
            host: HostId::THIS,
            protocol: Protocol::Tcp,
            local: Endpoint::new(hub.into(), low_bits),
            remote: Some(Endpoint::new(remote.into(), 443)),
            identity: number + 1,
        };
        let row = SocketRow {
            key,
            state: SocketState::Established,
            direction: Some(Direction::Out),
            owner: owner.clone(),
            uid: None,
            context: None,
            traffic,
            interface: None,
            simulated: Some(Box::new(Simulated {
                place: Some(place),
                asn: Some(Asn(64_496)),
                as_organization: Some(Arc::clone(&operator)),
            })),
        };
        connections.push(row.seen(SEEN_AT, None));
    }
    connections
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_arc_is_distinct_and_seeded() {
        let rows = hub_scenario(20_000, 3, 1.0);
        assert_eq!(rows.len(), 20_000);
        let ends: HashSet<_> = rows
            .iter()
            .filter_map(|row| row.simulated.as_ref()?.place.as_ref())
            .map(|place| (place.position.lat.to_bits(), place.position.lng.to_bits()))
            .collect();
        assert_eq!(ends.len(), 20_000);
        assert_eq!(rows.iter().map(|row| row.key).collect::<HashSet<_>>().len(), 20_000);
        assert_eq!(rows, hub_scenario(20_000, 3, 1.0));
        assert_ne!(rows, hub_scenario(20_000, 4, 1.0));
        assert_eq!(rows[..100], hub_scenario(100, 3, 1.0), "more arcs are added to the same ones");
    }

    #[test]
    fn just_the_part_asked_for_carries_traffic() {
        for (fraction, active) in [(0.0, 0), (0.1, 100), (0.25, 250), (0.5, 500), (1.0, 1000), (7.0, 1000), (-1.0, 0)] {
            let rows = hub_scenario(1000, 1, fraction);
            assert_eq!(rows.iter().filter(|row| row.traffic.is_some()).count(), active, "{fraction}");
        }
        assert!(hub_scenario(0, 1, 1.0).is_empty());
    }
}
