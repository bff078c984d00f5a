//! The substitutes for parts of a connection and for the home.

use super::text;
use crate::{
    geo::{Home, country_at, country_centre},
    language::{current, t},
    model::{
        Connection, ConnectionKey, Owner, OwnerContext, Process, SocketRow, Traffic, classify_address, country_name_in,
        masked_address, masked_scope,
    },
};
use siphasher::sip128::SipHasher24;
use std::{borrow::Cow, fmt, hash::Hasher, net::IpAddr, sync::Arc};

/// Round-trip times are rounded up to a multiple of this, ms: about 5,000 km of fibre and back.
const RTT_STEP_MS: f32 = 50.0;
/// User IDs below this belong to the system on every computer.
const SYSTEM_UIDS: u32 = 1000;

/// Replaces what identifies a computer, its users and its peers.
#[derive(Clone)]
pub struct Mask {
    key: [u8; 16],
    /// Names of this computer and its user in lower case, and what each is called.
    names: Vec<(String, &'static str)>,
}

impl Mask {
    /// The mask of this computer.
    #[must_use]
    pub fn of_this_computer() -> Self {
        Self::new(text::machine_key().unwrap_or_else(text::random_key), text::own_names())
    }

    /// A mask with a key that nobody knows, for what is given to others.
    #[must_use]
    pub fn with_random_key() -> Self {
        Self::new(text::random_key(), text::own_names())
    }

    /// A mask with this key; `names` are names to replace in texts, and what each is called (`user`, `host`).
    #[must_use]
    pub fn new(key: [u8; 16], names: impl IntoIterator<Item = (String, &'static str)>) -> Self {
        // The longest first, because one may contain another.
        let mut names: Vec<_> = names.into_iter().map(|(name, kind)| (name.to_lowercase(), kind)).collect();
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Self { key, names }
    }

    /// A number for `value`, the same each time.
    fn number(&self, kind: &str, value: &[u8]) -> u64 {
        let mut hasher = SipHasher24::new_with_key(&self.key);
        hasher.write(kind.as_bytes());
        hasher.write_u8(0);
        hasher.write(value);
        hasher.finish()
    }

    /// A number below `end` for `value`, the same each time.
    #[must_use]
    pub fn small_number(&self, kind: &str, value: u64, end: u32) -> u32 {
        (self.number(kind, &value.to_le_bytes()) % u64::from(end.max(1))) as u32
    }

    /// `KIND-` and eight digits.
    #[must_use]
    pub fn name(&self, kind: &str, value: &str) -> String {
        format!("{kind}-{:08x}", self.number(kind, value.as_bytes()) as u32)
    }

    /// The substitute for an address, in 2001:db8::/32. It has the same class.
    #[must_use]
    pub fn ip(&self, ip: IpAddr) -> IpAddr {
        if masked_scope(ip).is_some() {
            return ip;
        }
        let ip = ip.to_canonical();
        let number = match ip {
            IpAddr::V4(ip) => self.number("ip", &ip.octets()),
            IpAddr::V6(ip) => self.number("ip", &ip.octets()),
        };
        masked_address(classify_address(ip), number)
    }

    /// Masks the addresses of a key.
    pub fn key(&self, key: &mut ConnectionKey) {
        key.local.ip = self.ip(key.local.ip);
        if let Some(remote) = &mut key.remote {
            remote.ip = self.ip(remote.ip);
        }
    }

    /// Coarsens round-trip times, because they tell how far away the peers are, and so where this computer is.
    fn traffic(traffic: &mut Traffic) {
        for rtt_ms in [&mut traffic.rtt_ms, &mut traffic.min_rtt_ms] {
            *rtt_ms = rtt_ms.map(|ms| (ms / RTT_STEP_MS).ceil().max(1.0) * RTT_STEP_MS);
        }
    }

    /// Masks a row. Does nothing to one that is masked already.
    pub fn row(&self, row: &mut SocketRow) {
        if masked_scope(row.key.local.ip).is_some() {
            return;
        }
        self.key(&mut row.key);
        if let Owner::Process(process) = &mut row.owner {
            *process = Arc::new(self.process(process));
        }
        if let Some(uid) = row.uid.filter(|uid| *uid >= SYSTEM_UIDS) {
            row.uid = Some(10_000 + (self.number("uid", &uid.to_le_bytes()) % 50_000) as u32);
        }
        if let Some(context) = &mut row.context {
            *context = Arc::new(self.context(context));
        }
        if let Some(interface) = &mut row.interface {
            *interface = self.name("interface", interface).into();
        }
        if let Some(traffic) = &mut row.traffic {
            Self::traffic(traffic);
        }
    }

    /// Masks a connection. Does nothing to one that is masked already.
    pub fn connection(&self, connection: &mut Connection) {
        self.row(&mut connection.row);
    }

    /// The name of a program stays, unless it contains a name of this computer or its user.
    fn process(&self, process: &Process) -> Process {
        let name = process.name.as_ref().map(|name| match self.text(name) {
            Cow::Borrowed(_) => Arc::clone(name),
            Cow::Owned(_) => self.name("program", name).into(),
        });
        let path = process.path.as_ref().map(|path| self.name("path", path).into());
        Process { pid: process.pid, name, path }
    }

    /// The names that an owner with this name could have: of a program, a unit, or a user.
    #[must_use]
    pub fn owner_names(&self, name: &str) -> Vec<String> {
        let mut names = Vec::new();
        match self.text(name) {
            Cow::Borrowed(_) => names.push(name.to_owned()),
            Cow::Owned(_) => names.push(self.name("program", name)),
        }
        names.push(self.unit(name));
        names.push(self.name("user", name));
        names
    }

    fn unit(&self, unit: &str) -> String {
        let kind = unit.rsplit_once('.').map(|(_, kind)| kind);
        match kind.filter(|kind| ["service", "scope", "slice", "socket"].contains(kind)) {
            Some(kind) => format!("{}.{kind}", self.name("unit", unit)),
            None => self.name("unit", unit),
        }
    }

    fn context(&self, context: &OwnerContext) -> OwnerContext {
        let unit = context.unit.as_ref().map(|unit| self.unit(unit).into());
        let user = context.user.as_ref().map(|user| self.name("user", user).into());
        OwnerContext { unit, user, pids: context.pids.clone() }
    }

    /// Masks the last counters of a connection.
    pub fn last(&self, last: &mut crate::model::Final) {
        if masked_scope(last.key.local.ip).is_none() {
            self.key(&mut last.key);
            Self::traffic(&mut last.traffic);
        }
    }

    /// The home in the middle of its country, with the radius of the country; `None` if it is in no country.
    #[must_use]
    pub fn home(home: &Home) -> Option<Home> {
        let country = country_at(home.position)?;
        let (position, radius_km) = country_centre(country)?;
        let name = t!("stage-somewhere-in", country = country_name_in(current(), country).unwrap_or(country.as_str()));
        Some(Home { position, name, uncertainty_km: Some(radius_km), ..home.clone() })
    }

    /// A text without addresses, paths, and names of this computer and its user.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        // The label of a recording is the name of its file.
        if let Some(recording) = text.strip_prefix("REPLAY ") {
            return Cow::Owned(format!("REPLAY {}", self.name("recording", recording)));
        }
        text::masked(self, &self.names, text)
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Key and names are secret.
        f.debug_struct("Mask").finish_non_exhaustive()
    }
}
