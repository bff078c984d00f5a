//! Counts what happened: openings, closings and bytes in bins of time, connections by process, country, operator and port
//! in each hour, and when a process first reached a country or an operator.
//!
//! Listeners are not connections, so they are not counted.

use super::{
    HistoryError,
    codec::{Decoder, Moment},
    store::{ActivityBin, ActivityLevel, SpanRow, Store, Subject, SubjectKind},
};
use crate::model::{
    Connection, ConnectionKey, Direction, Holder, Location, Protocol, SnapshotDelta, Traffic, UnixMillis,
};
use rustc_hash::FxHashMap;
use std::{collections::BTreeMap, sync::Arc};

/// Length of an hour, ms.
pub const HOUR_MS: i64 = 3_600_000;
/// Length of a day (UTC), ms.
pub const DAY_MS: i64 = 86_400_000;
/// Times over which connections are summed, ms: the shorter ones are exact enough to begin and end anywhere, the longer ones
/// make sums over a year quick.
pub(super) const SPANS_MS: [i64; 2] = [HOUR_MS, DAY_MS];

/// After a jump over more spans than this, nothing is counted for those between: two years of hours.
const MOST_SPANS: i64 = 17_600;
/// A damaged file may jump to and fro in time. In one block, at most this many connections are counted at the beginnings of
/// spans, and none if there are this many sums already.
const MOST_FILLED: usize = 4_000_000;

/// Number of a subject in a tally.
type SubjectId = u32;

/// Sums over connections, see the module documentation.
#[derive(Debug, Default)]
pub struct Tally {
    live: FxHashMap<ConnectionKey, Counted>,
    open: u64,
    bins: BTreeMap<i64, ActivityBin>,
    /// By span, its number since 1970, and subject.
    spans: FxHashMap<(i64, i64, SubjectId), Sums>,
    /// How many connections of this block were counted at the beginnings of spans.
    filled: usize,
    /// The moment of the last change.
    at: Option<UnixMillis>,
    firsts: FxHashMap<(SubjectId, SubjectId), UnixMillis>,
    names: FxHashMap<Subject, SubjectId>,
    subjects: Vec<Subject>,
}

/// An open connection.
#[derive(Clone, Copy, Debug)]
struct Counted {
    subjects: [Option<SubjectId>; 4],
    is_listener: bool,
    sent: u64,
    received: u64,
}

/// Connections and bytes of a subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Connections that were there at the beginning.
    pub present: u64,
    /// Connections that opened.
    pub opened: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
}

impl Sums {
    /// Adds a later time, whose connections at its beginning are counted already.
    pub fn add_later(&mut self, later: &Self) {
        self.opened += later.opened;
        self.sent = self.sent.saturating_add(later.sent);
        self.received = self.received.saturating_add(later.received);
    }

    /// Connections that were there at any time.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.present + self.opened
    }
}

/// The name by which connections of the same owner are counted: that of the process, or else of the unit, the user or the
/// kernel; `None` if the owner is unknown.
#[must_use]
pub fn owner_name(connection: &Connection) -> Option<Arc<str>> {
    match connection.holder() {
        Holder::Process(process) => match process.visible_name() {
            Some(name) => Some(name.into()),
            None => process.path.as_ref().map(|path| path.rsplit('/').next().unwrap_or(path).into()),
        },
        Holder::Unit(unit) => Some(unit.into()),
        Holder::User { name: Some(name), .. } => Some(name.into()),
        Holder::User { uid, name: None } => Some(format!("uid {uid}").into()),
        Holder::Kernel => Some("kernel".into()),
        Holder::Unknown(_) => None,
    }
}

/// The port of the service: the local one of an incoming connection, else the remote one.
#[must_use]
pub fn service_port(connection: &Connection) -> Option<(u16, Protocol)> {
    let port = match (connection.direction, connection.key.remote) {
        (Some(Direction::In), _) => connection.key.local.port,
        (_, Some(remote)) => remote.port,
        (_, None) => return None,
    };
    Some((port, connection.key.protocol))
}

/// What a connection is counted by, in the order of [`SubjectKind::ALL`].
fn subjects_of(connection: &Connection) -> [Option<Subject>; 4] {
    let location = connection.stated_location();
    subjects_at(connection, location.as_deref())
}

/// The process, country, operator and port of a connection to `location`, as far as they are known.
#[must_use]
pub fn subjects_at(connection: &Connection, location: Option<&Location>) -> [Option<Subject>; 4] {
    let place = location.as_ref().and_then(|location| location.place.as_ref().ok());
    let country = place.and_then(|place| place.country_iso).map(|country| country.as_str().into());
    let operator = location.as_ref().and_then(|location| match (&location.as_organization, location.asn) {
        (Some(name), _) => Some(Arc::clone(name)),
        (None, Some(asn)) => Some(asn.to_string().into()),
        (None, None) => None,
    });
    let port = service_port(connection).map(|(port, protocol)| format!("{port}/{}", protocol.name()).into());
    let subject = |kind, name: Option<Arc<str>>| name.map(|name| Subject { kind, name });
    [
        subject(SubjectKind::Process, owner_name(connection)),
        subject(SubjectKind::Country, country),
        subject(SubjectKind::Operator, operator),
        subject(SubjectKind::Port, port),
    ]
}

impl Tally {
    /// Begins with the connections that are there at `at`. `are_new` says that they are not counted in this hour yet.
    pub fn begin<'a>(&mut self, at: UnixMillis, connections: impl IntoIterator<Item = &'a Connection>, are_new: bool) {
        // At a full hour, they are counted for the hour that begins.
        let spans = SPANS_MS.into_iter().filter(|span_ms| are_new || at.0.rem_euclid(*span_ms) == 0);
        let spans: Vec<i64> = spans.collect();
        for connection in connections {
            let counted = self.count(connection);
            if !counted.is_listener {
                for span_ms in &spans {
                    for subject in counted.subjects.into_iter().flatten() {
                        self.spans.entry((*span_ms, at.0.div_euclid(*span_ms), subject)).or_default().present += 1;
                    }
                }
                if are_new {
                    self.note_first(at, &counted);
                }
            }
            self.insert(connection.key, counted);
        }
        self.bin(at);
        self.at = Some(at);
    }

    /// Goes on with other connections, as after a gap; see [`Tally::begin`].
    pub fn restart<'a>(
        &mut self,
        at: UnixMillis,
        connections: impl IntoIterator<Item = &'a Connection>,
        are_new: bool,
    ) {
        self.live.clear();
        (self.open, self.filled) = (0, 0);
        self.begin(at, connections, are_new);
    }

    /// Counts the changes of `delta`, which is not a reset.
    pub fn apply(&mut self, delta: &SnapshotDelta) {
        let at = delta.at;
        self.move_to(at);
        for last in &delta.finals {
            self.add_bytes(at, &last.key, Some(&last.traffic));
        }
        for key in &delta.closed {
            if let Some(counted) = self.live.remove(key)
                && !counted.is_listener
            {
                self.open -= 1;
                self.bin(at).closed += 1;
            }
        }
        for connection in &delta.changed {
            if !self.live.contains_key(&connection.key) {
                self.appear(connection, at);
            }
            self.add_bytes(at, &connection.key, connection.traffic.as_ref());
            self.find_owner(connection);
        }
        for connection in &delta.opened {
            self.appear(connection, at);
        }
        for ghost in &delta.ghosts {
            self.appear(ghost, at);
            if self.live.remove(&ghost.key).is_some_and(|counted| !counted.is_listener) {
                self.open -= 1;
                self.bin(at).closed += 1;
            }
        }
        if !(delta.opened.is_empty() && delta.closed.is_empty()) {
            self.bin(at);
        }
    }

    /// Counts everything in a block that ends at `last`.
    ///
    /// # Errors
    /// If the block is damaged; what precedes the damage is counted.
    pub fn block(&mut self, content: Vec<u8>, last: UnixMillis) -> Result<(), super::codec::DecodeError> {
        let mut block = Decoder::new(content)?;
        let are_new = !block.continues();
        self.restart(block.at(), block.connections(), are_new);
        while let Some(Moment { delta, .. }) = block.step()? {
            self.apply(&delta);
        }
        if last > block.at() {
            self.move_to(last.plus_ms(-1));
        }
        Ok(())
    }

    /// Counts connections that are there at the beginning of each hour and day.
    pub fn move_to(&mut self, at: UnixMillis) {
        let Some(before) = self.at.replace(at) else { return };
        for span_ms in SPANS_MS {
            let (first, last) = (before.0.div_euclid(span_ms) + 1, at.0.div_euclid(span_ms));
            if last < first || last - first > MOST_SPANS {
                continue;
            }
            let spans = usize::try_from(last - first).unwrap_or(usize::MAX).saturating_add(1);
            self.filled = self.filled.saturating_add(spans.saturating_mul(self.live.len().max(1)));
            if self.filled > MOST_FILLED || self.spans.len() > MOST_FILLED {
                continue;
            }
            let mut present: FxHashMap<SubjectId, u64> = FxHashMap::default();
            for counted in self.live.values() {
                counted.subjects.iter().flatten().for_each(|subject| *present.entry(*subject).or_default() += 1);
            }
            for number in first..=last {
                for (subject, count) in &present {
                    self.spans.entry((span_ms, number, *subject)).or_default().present += count;
                }
            }
        }
    }

    /// A connection that is new here.
    fn appear(&mut self, connection: &Connection, at: UnixMillis) {
        let mut counted = self.count(connection);
        if !counted.is_listener {
            let has_opened = connection.opened_at.is_some();
            self.sums(at, &counted, |sums| if has_opened { sums.opened += 1 } else { sums.present += 1 });
            self.note_first(at, &counted);
            if has_opened {
                let (sent, received) = (counted.sent, counted.received);
                (counted.sent, counted.received) = (0, 0);
                self.bin(at).opened += 1;
                self.insert(connection.key, counted);
                self.add(at, &connection.key, sent, received);
                return;
            }
        }
        self.insert(connection.key, counted);
    }

    fn insert(&mut self, key: ConnectionKey, counted: Counted) {
        let is_connection = !counted.is_listener;
        if self.live.insert(key, counted).is_none_or(|before| before.is_listener) {
            self.open += u64::from(is_connection);
        }
    }

    fn count(&mut self, connection: &Connection) -> Counted {
        let is_listener = connection.is_listener();
        let subjects = if is_listener { Default::default() } else { subjects_of(connection) };
        let subjects = subjects.map(|subject| subject.map(|subject| self.number(subject)));
        let (sent, received) = bytes(connection.traffic.as_ref());
        Counted { subjects, is_listener, sent, received }
    }

    fn number(&mut self, subject: Subject) -> SubjectId {
        if let Some(number) = self.names.get(&subject) {
            return *number;
        }
        let number = self.subjects.len() as SubjectId;
        self.subjects.push(subject.clone());
        self.names.insert(subject, number);
        number
    }

    /// A process may be found after its connection has opened.
    fn find_owner(&mut self, connection: &Connection) {
        let Some(counted) = self.live.get(&connection.key).filter(|counted| !counted.is_listener) else { return };
        if counted.subjects[0].is_none()
            && let Some(name) = owner_name(connection)
        {
            let number = self.number(Subject { kind: SubjectKind::Process, name });
            if let Some(counted) = self.live.get_mut(&connection.key) {
                counted.subjects[0] = Some(number);
            }
        }
    }

    fn add_bytes(&mut self, at: UnixMillis, key: &ConnectionKey, traffic: Option<&Traffic>) {
        let Some(counted) = self.live.get(key) else { return };
        let (sent, received) = bytes(traffic);
        let (more_sent, more_received) = (sent.saturating_sub(counted.sent), received.saturating_sub(counted.received));
        if more_sent > 0 || more_received > 0 {
            self.add(at, key, more_sent, more_received);
        }
    }

    fn add(&mut self, at: UnixMillis, key: &ConnectionKey, sent: u64, received: u64) {
        let Some(counted) = self.live.get_mut(key) else { return };
        counted.sent += sent;
        counted.received += received;
        let counted = *counted;
        self.sums(at, &counted, |sums| {
            sums.sent = sums.sent.saturating_add(sent);
            sums.received = sums.received.saturating_add(received);
        });
        let bin = self.bin(at);
        bin.sent = bin.sent.saturating_add(sent);
        bin.received = bin.received.saturating_add(received);
    }

    fn sums(&mut self, at: UnixMillis, counted: &Counted, change: impl Fn(&mut Sums)) {
        for span_ms in SPANS_MS {
            for subject in counted.subjects.into_iter().flatten() {
                change(self.spans.entry((span_ms, at.0.div_euclid(span_ms), subject)).or_default());
            }
        }
    }

    fn note_first(&mut self, at: UnixMillis, counted: &Counted) {
        let [Some(process), country, operator, _] = counted.subjects else { return };
        for other in [country, operator].into_iter().flatten() {
            self.firsts.entry((process, other)).or_insert(at);
        }
    }

    fn bin(&mut self, at: UnixMillis) -> &mut ActivityBin {
        let number = at.0.div_euclid(ActivityLevel::TenSeconds.bin_ms());
        let bin = self.bins.entry(number).or_insert_with(|| ActivityBin { bin: number, ..ActivityBin::default() });
        bin.most_open = bin.most_open.max(self.open);
        bin
    }

    /// When a process first reached a country or an operator, in the order of time.
    #[must_use]
    pub fn firsts(&self) -> Vec<(UnixMillis, Subject, Subject)> {
        let subject = |number: &SubjectId| self.subjects.get(*number as usize).cloned();
        let firsts = self.firsts.iter();
        let mut all: Vec<_> =
            firsts.filter_map(|((process, other), at)| Some((*at, subject(process)?, subject(other)?))).collect();
        all.sort();
        all
    }

    /// The bins, of ten seconds each.
    pub fn bins(&self) -> impl Iterator<Item = &ActivityBin> {
        self.bins.values()
    }

    /// The sums by subject over all hours.
    #[must_use]
    pub fn by_subject(&self) -> FxHashMap<Subject, Sums> {
        let mut all: FxHashMap<Subject, Sums> = FxHashMap::default();
        let mut hours: Vec<_> = self.spans.iter().filter(|((span_ms, ..), _)| *span_ms == HOUR_MS).collect();
        hours.sort_unstable_by_key(|((_, hour, _), _)| *hour);
        for ((.., subject), sums) in hours {
            let Some(subject) = self.subjects.get(*subject as usize) else { continue };
            match all.get_mut(subject) {
                Some(sum) => {
                    sum.present += sums.present.saturating_sub(sum.connections());
                    sum.add_later(sums);
                }
                None => {
                    all.insert(subject.clone(), *sums);
                }
            }
        }
        all
    }

    /// Adds everything to the tables of a history.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn store(&self, store: &Store) -> Result<(), HistoryError> {
        for level in ActivityLevel::ALL {
            let ratio = level.bin_ms() / ActivityLevel::TenSeconds.bin_ms();
            let mut sum: Option<ActivityBin> = None;
            for bin in self.bins.values() {
                let number = bin.bin.div_euclid(ratio);
                if let Some(full) = sum.take_if(|sum| sum.bin != number) {
                    store.add_activity(level, &full)?;
                }
                sum.get_or_insert(ActivityBin { bin: number, ..ActivityBin::default() }).add(bin);
            }
            if let Some(last) = sum {
                store.add_activity(level, &last)?;
            }
        }
        for ((span_ms, number, subject), sums) in &self.spans {
            let Some(subject) = self.subjects.get(*subject as usize).cloned() else { continue };
            let Sums { present, opened, sent, received } = *sums;
            let row = SpanRow { number: *number, subject, present, opened, sent, received };
            store.add_span(*span_ms, &row)?;
        }
        for ((process, other), at) in &self.firsts {
            let pair = (self.subjects.get(*process as usize), self.subjects.get(*other as usize));
            if let (Some(process), Some(other)) = pair {
                store.add_first(process, other, *at)?;
            }
        }
        Ok(())
    }
}

fn bytes(traffic: Option<&Traffic>) -> (u64, u64) {
    traffic.map_or((0, 0), |traffic| (traffic.bytes_sent.unwrap_or(0), traffic.bytes_received.unwrap_or(0)))
}
