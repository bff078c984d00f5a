//! Replaces everything private in a recording that is given to others.
//!
//! Addresses, names and paths get the substitutes of stage mode, with a key that is made for this recording and thrown away.
//! Beyond that, names of programs, numbers of processes, users and sockets, ports chosen at random, cities and operators are
//! replaced or left out, and all times are moved so that the recording begins at a fixed moment. What stays: the class of
//! each address, the country of each peer, ports of services, states, numbers of bytes, and times between events.

use crate::{
    geo::country_centre,
    model::{
        Connection, ConnectionKey, Final, Location, Owner, OwnerContext, Place, PlaceKind, Process, Simulated,
        UnixMillis,
    },
    sampler::{HomeThen, SamplerReport},
    stage::Mask,
};
use std::sync::Arc;

/// The moment at which every scrubbed recording begins: 2001-01-01T00:00:00Z.
const BEGIN: UnixMillis = UnixMillis(978_307_200_000);
/// Ports from this on are chosen at random for one end of a connection (RFC 6335 §6: the dynamic range begins later, but
/// Linux uses this one).
const EPHEMERAL: u16 = 32_768;

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct Scrub {
    mask: Mask,
    shift_ms: i64,
}

impl Scrub {
    /// Replaces with a random key.
    #[must_use]
    pub fn with_random_key() -> Self {
        Self { mask: Mask::with_random_key(), shift_ms: 0 }
    }

    /// Moves times so that `first` is the moment at which every scrubbed recording begins.
    pub fn begin_at(&mut self, first: UnixMillis) {
        self.shift_ms = BEGIN.0.wrapping_sub(first.0);
    }

    /// The substitute for a moment.
    #[must_use]
    pub fn moment(&self, at: UnixMillis) -> UnixMillis {
        at.plus_ms(self.shift_ms)
    }

    /// The substitute for a text.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        if text.is_empty() { String::new() } else { self.mask.name("label", text) }
    }

    /// The substitute for a connection.
    #[must_use]
    pub fn connection(&self, mut connection: Connection) -> Connection {
        let (location, key, is_simulated) =
            (connection.stated_location(), connection.key, connection.simulated.is_some());
        self.mask.connection(&mut connection);
        connection.key = self.key(key);
        if let Owner::Process(process) = &mut connection.owner {
            *process = Arc::new(Process {
                pid: self.pid(process.pid),
                name: process.name.as_ref().map(|name| self.mask.name("program", name).into()),
                path: None,
            });
        }
        connection.uid = connection.uid.map(|uid| self.mask.small_number("uid", u64::from(uid), 60_000));
        connection.context = connection.context.as_ref().map(|context| {
            let OwnerContext { unit, user, pids } = &**context;
            let pids = pids.iter().map(|pid| self.pid(*pid)).collect();
            Arc::new(OwnerContext { unit: unit.clone(), user: user.clone(), pids })
        });
        connection.first_seen_at = self.moment(connection.first_seen_at);
        connection.opened_at = connection.opened_at.map(|at| self.moment(at));
        let country = location.map(|location| country_only(&location));
        connection.simulated = country.as_ref().filter(|_| is_simulated).map(|country| {
            Box::new(Simulated { place: country.place.as_ref().ok().cloned(), asn: None, as_organization: None })
        });
        connection.recorded_location = country.filter(|_| !is_simulated).map(Arc::new);
        connection
    }

    /// The substitute for a key.
    #[must_use]
    pub fn key(&self, mut key: ConnectionKey) -> ConnectionKey {
        self.mask.key(&mut key);
        key.identity = u64::from(self.mask.small_number("socket", key.identity, u32::MAX));
        key.local.port = self.port(key.local.port);
        if let Some(remote) = &mut key.remote {
            remote.port = self.port(remote.port);
        }
        key
    }

    fn pid(&self, pid: u32) -> u32 {
        1 + self.mask.small_number("pid", u64::from(pid), 4_000_000)
    }

    fn port(&self, port: u16) -> u16 {
        if port < EPHEMERAL {
            return port;
        }
        let range = u32::from(u16::MAX - EPHEMERAL);
        EPHEMERAL + u16::try_from(self.mask.small_number("port", u64::from(port), range)).unwrap_or(0)
    }

    /// The substitute for the counters of a connection that has closed.
    #[must_use]
    pub fn last(&self, mut last: Final) -> Final {
        let key = self.key(last.key);
        self.mask.last(&mut last);
        Final { key, ..last }
    }

    /// The substitute for a home: none, because it is the most private of all.
    #[must_use]
    pub fn home(&self, _home: &HomeThen) -> HomeThen {
        HomeThen::Unknown
    }

    /// The substitute for what the sampler said about itself: what it measured, and whether it was a demo.
    #[must_use]
    pub fn report(&self, report: &SamplerReport) -> SamplerReport {
        SamplerReport {
            source: report.source,
            label: report.label.as_ref().map(|label| self.text(label)),
            capabilities: report.capabilities,
            unseen: report.unseen,
            ..SamplerReport::default()
        }
    }
}

/// The country of a location, and why it has no place.
fn country_only(location: &Location) -> Location {
    let place = match &location.place {
        Ok(place) => match place.country_iso.and_then(|country| Some((country, country_centre(country)?))) {
            Some((country, (position, radius_km))) => Ok(Place {
                kind: PlaceKind::Country,
                position,
                country_iso: Some(country),
                city: None,
                accuracy_radius_km: Some(radius_km),
            }),
            None => Err(crate::model::PlaceMissing::NoLocation),
        },
        Err(missing) => Err(*missing),
    };
    Location { place, asn: None, as_organization: None, anycast_reason: None, database: None }
}
