//! A term of a query: parses its values and tests connections.

use super::{
    Facts, FilterKey, QueryError,
    during::During,
    lexer::{Comparison, Piece, Word},
    since::Since,
    suggest,
};
use crate::{
    geodesy::DoubtKind,
    language::t,
    model::{
        AddressScope, AddressText, Asn, CountryIso, Direction, OwnerMissing, PlaceMissing, Protocol, SocketState,
        TimeWindow, UnixMillis, countries_named, parse_address_text,
    },
};
use ipnet::IpNet;

/// Values of `flagged`.
pub(super) const FLAGS: [(Option<DoubtKind>, &str); 3] =
    [(None, "place"), (Some(DoubtKind::Impossible), "place-impossible"), (Some(DoubtKind::Unlikely), "place-unlikely")];

/// Values of `closed`.
pub(super) const YES_NO: [(bool, &str); 2] = [(true, "yes"), (false, "no")];

/// A term: alternatives for one key, or bare words. At least one must match (none if negated).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    is_negated: bool,
    pub(super) key: Option<FilterKey>,
    alternatives: Vec<Condition>,
}

/// The condition of one alternative.
#[derive(Clone, Debug, PartialEq)]
enum Condition {
    Anything(Needle),
    Process(Sought),
    Pid(u32),
    /// The ID if the value is a number, and the name.
    User(Option<u32>, Sought),
    Unit(Sought),
    Ip(Addresses),
    Port(Comparison, u16),
    Proto(Protocol),
    State(SocketState),
    Direction(Direction),
    Country(Vec<CountryIso>),
    City(Sought),
    Asn(Asn),
    Operator(Sought),
    Scope(AddressScope),
    Age(Comparison, i64),
    Since(Since),
    During(During),
    /// Bytes per second.
    Rate(Comparison, f64),
    Bytes(Comparison, f64),
    /// Milliseconds.
    Rtt(Comparison, f64),
    Closed(bool),
    /// Any doubt, or only this kind.
    Flagged(Option<DoubtKind>),
}

/// Addresses to match.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Addresses {
    /// All addresses of a network.
    Net(IpNet),
    /// One address, optionally with a port.
    One(AddressText),
}

/// A text to match.
#[derive(Clone, Debug, PartialEq)]
enum Sought {
    /// A substring, in lower case; case-insensitive.
    Part(String),
    /// The whole text, in lower case; case-insensitive.
    Whole(String),
    /// The whole text, case-sensitive.
    Exactly(String),
}

/// A bare word: the text to find, and other possible meanings.
#[derive(Clone, Debug, PartialEq)]
struct Needle {
    lower: String,
    addresses: Option<Addresses>,
    asn: Option<Asn>,
    countries: Vec<CountryIso>,
}

impl Term {
    pub(super) fn parse(word: &Word) -> Result<Self, QueryError> {
        let key = match &word.key {
            None => None,
            Some((key, comparison)) => Some((find_key(key)?, *comparison)),
        };
        let mut alternatives = Vec::with_capacity(word.alternatives.len());
        for piece in &word.alternatives {
            let condition = match key {
                None => parse_bare(piece, word)?,
                Some((key, comparison)) => parse_keyed(key, comparison, piece, word)?,
            };
            alternatives.push(condition);
        }
        Ok(Self { is_negated: word.is_negated, key: key.map(|(key, _)| key), alternatives })
    }

    pub(super) fn matches(&self, facts: &Facts<'_>) -> bool {
        self.alternatives.iter().any(|condition| condition.holds(facts)) != self.is_negated
    }

    /// The windows of time that it names, unless it is negated.
    pub(super) fn time_windows(&self, now: UnixMillis) -> Vec<TimeWindow> {
        let windows = self.alternatives.iter().filter_map(|condition| match condition {
            Condition::During(during) if !self.is_negated => Some(during.window(now)),
            _ => None,
        });
        windows.collect()
    }

    /// Whether it depends on the time.
    pub(super) fn moves(&self) -> bool {
        self.alternatives.iter().any(|condition| match condition {
            Condition::Age(..) => true,
            Condition::Since(since) => !matches!(since, Since::At(_)),
            Condition::During(during) => during.moves(),
            _ => false,
        })
    }

    /// Whether the property that this term tests is known for this connection, or could be known for others on this
    /// system.
    pub(super) fn is_measured(&self, facts: &Facts<'_>) -> bool {
        use FilterKey as Key;
        let Some(key) = self.key else { return true };
        match key {
            Key::Process | Key::Pid => !matches!(
                facts.connection.owner,
                crate::model::Owner::Missing(OwnerMissing::ProcUnavailable | OwnerMissing::NotMeasured)
            ),
            Key::User => facts.connection.uid.is_some(),
            Key::Unit => facts.connection.unit().is_some(),
            Key::Rate | Key::Bytes | Key::Rtt | Key::Flagged => facts.connection.traffic.is_some(),
            Key::Country | Key::City => {
                facts.location.is_some_and(|location| location.place != Err(PlaceMissing::DatabaseUnavailable))
            }
            Key::Ip
            | Key::Port
            | Key::Proto
            | Key::State
            | Key::Direction
            | Key::Asn
            | Key::Operator
            | Key::Scope
            | Key::Age
            | Key::Since
            | Key::During
            | Key::Closed => true,
        }
    }
}

impl Condition {
    fn holds(&self, facts: &Facts<'_>) -> bool {
        let connection = facts.connection;
        let place = || facts.location.and_then(|location| location.place.as_ref().ok());
        match self {
            Self::Anything(needle) => needle.is_found(facts),
            Self::Process(sought) => is_process(facts, |text| sought.is_in(text)),
            Self::Pid(pid) => connection.pids().contains(pid),
            Self::User(uid, sought) => {
                (uid.is_some() && connection.uid == *uid) || connection.user().is_some_and(|name| sought.is_in(name))
            }
            Self::Unit(sought) => connection.unit().is_some_and(|unit| sought.is_in(unit)),
            Self::Ip(addresses) => addresses.hold(facts),
            Self::Port(comparison, port) => {
                let ends = [Some(connection.key.local), connection.key.remote];
                ends.into_iter().flatten().any(|end| match comparison {
                    Comparison::Is | Comparison::Exactly => end.port == *port,
                    Comparison::Below => end.port < *port,
                    Comparison::Above => end.port > *port,
                })
            }
            Self::Proto(protocol) => connection.key.protocol == *protocol,
            Self::State(state) => connection.state == *state,
            Self::Direction(direction) => connection.direction == Some(*direction),
            Self::Country(countries) => {
                place().and_then(|place| place.country_iso).is_some_and(|country| countries.contains(&country))
            }
            Self::City(sought) => {
                place().and_then(|place| place.city.as_deref()).is_some_and(|city| sought.is_in(city))
            }
            Self::Asn(asn) => facts.location.is_some_and(|location| location.asn == Some(*asn)),
            Self::Operator(sought) => is_operator(facts, |name| sought.is_in(name)),
            Self::Scope(scope) => connection.scope() == *scope,
            // No system reports when an existing socket was opened: its age is at least the time since it was first
            // seen, which can satisfy "older than" but never "younger than".
            Self::Age(Comparison::Above, ms) => {
                let since = connection.opened_at.unwrap_or(connection.first_seen_at);
                facts.now.0.saturating_sub(since.0) > *ms
            }
            Self::Age(_, ms) => {
                connection.opened_at.is_some_and(|opened_at| facts.now.0.saturating_sub(opened_at.0).max(0) < *ms)
            }
            Self::Since(since) => {
                let moment = since.moment(facts.now);
                connection.opened_at.is_some_and(|opened_at| opened_at >= moment)
            }
            Self::During(during) => {
                let since = connection.opened_at.unwrap_or(connection.first_seen_at);
                during.window(facts.now).touches(since, facts.closed_at)
            }
            Self::Rate(comparison, rate) => {
                let measured = connection.traffic.and_then(|traffic| traffic.rate_bytes_per_sec());
                measured.is_some_and(|measured| comparison.holds(f64::from(measured), *rate))
            }
            Self::Bytes(comparison, bytes) => {
                let measured = connection.traffic.and_then(|traffic| traffic.bytes());
                measured.is_some_and(|measured| comparison.holds(measured as f64, *bytes))
            }
            Self::Rtt(comparison, ms) => {
                let measured = connection.traffic.and_then(|traffic| traffic.rtt_ms);
                measured.is_some_and(|measured| comparison.holds(f64::from(measured), *ms))
            }
            Self::Closed(closed) => facts.closed_at.is_some() == *closed,
            Self::Flagged(kind) => facts.doubt.is_some_and(|doubt| kind.is_none_or(|kind| kind == doubt)),
        }
    }
}

impl Comparison {
    fn holds(self, measured: f64, asked: f64) -> bool {
        match self {
            Self::Is | Self::Exactly => measured == asked,
            Self::Below => measured < asked,
            Self::Above => measured > asked,
        }
    }
}

impl Addresses {
    /// Parses a network in CIDR notation, or an address in any form in which it may be copied. Converts IPv4-mapped
    /// addresses to IPv4, as in connections.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match parse_address_text(text) {
            Some(address) => Some(Self::One(address)),
            None => text.parse().ok().map(Self::Net),
        }
    }

    /// Whether they include the other end, or the local end of a listener.
    fn hold(&self, facts: &Facts<'_>) -> bool {
        let connection = facts.connection;
        let end = connection.key.remote.unwrap_or(connection.key.local);
        match self {
            Self::Net(net) => net.contains(&end.ip),
            Self::One(AddressText { ip, zone, port }) => {
                // Not every source reports the interface; if it is missing, ignore the zone.
                let is_other = |zone: &str| connection.interface.as_deref().is_some_and(|interface| interface != zone);
                *ip == end.ip && port.is_none_or(|port| port == end.port) && !zone.as_deref().is_some_and(is_other)
            }
        }
    }
}

impl Sought {
    fn new(comparison: Comparison, text: &str) -> Self {
        if comparison == Comparison::Exactly { Self::Exactly(text.to_owned()) } else { Self::Part(text.to_lowercase()) }
    }

    fn is_in(&self, text: &str) -> bool {
        match self {
            Self::Part(lower) => contains(text, lower),
            Self::Whole(lower) => text.to_lowercase() == *lower,
            Self::Exactly(whole) => text == whole,
        }
    }
}

impl Needle {
    fn new(text: &str) -> Self {
        Self {
            lower: text.to_lowercase(),
            addresses: Addresses::parse(text),
            asn: text.get(..2).filter(|start| start.eq_ignore_ascii_case("as")).and_then(|_| parse_asn(text)),
            countries: countries(text).unwrap_or_default(),
        }
    }

    fn is_found(&self, facts: &Facts<'_>) -> bool {
        let connection = facts.connection;
        if self.addresses.as_ref().is_some_and(|addresses| addresses.hold(facts))
            || is_process(facts, |text| contains(text, &self.lower))
            || is_operator(facts, |name| contains(name, &self.lower))
            || connection.unit().is_some_and(|unit| contains(unit, &self.lower))
            || contains(&connection.subject_ip().to_string(), &self.lower)
        {
            return true;
        }
        let Some(location) = facts.location else { return false };
        if self.asn.is_some() && location.asn == self.asn {
            return true;
        }
        let Ok(place) = &location.place else { return false };
        place.city.as_deref().is_some_and(|city| contains(city, &self.lower))
            || place.country_iso.is_some_and(|country| self.countries.contains(&country))
            || (self.lower.contains(',') && contains(&place.label(), &self.lower))
    }
}

/// The country with this code, or those with this name; `None` if there are none.
fn countries(text: &str) -> Option<Vec<CountryIso>> {
    let named = || Some(countries_named(text)).filter(|named| !named.is_empty());
    CountryIso::parse(text).map(|iso| vec![iso]).or_else(named)
}

/// Whether the name or the path of the process matches.
fn is_process(facts: &Facts<'_>, is_sought: impl Fn(&str) -> bool) -> bool {
    let process = facts.connection.owner.process();
    process.is_some_and(|process| is_sought(&process.shown_name()) || process.path.as_deref().is_some_and(&is_sought))
}

fn is_operator(facts: &Facts<'_>, is_sought: impl Fn(&str) -> bool) -> bool {
    facts.location.and_then(|location| location.as_organization.as_deref()).is_some_and(is_sought)
}

/// Whether `text` contains `lower` (already in lower case), case-insensitively.
fn contains(text: &str, lower: &str) -> bool {
    if text.is_ascii() {
        // Does not allocate: this runs for each connection and each term.
        let (text, lower) = (text.as_bytes(), lower.as_bytes());
        lower.is_empty() || text.windows(lower.len()).any(|window| window.eq_ignore_ascii_case(lower))
    } else {
        text.to_lowercase().contains(lower)
    }
}

fn parse_asn(text: &str) -> Option<Asn> {
    let digits = match text.get(..2) {
        Some(start) if start.eq_ignore_ascii_case("as") => &text[2..],
        _ => text,
    };
    parse_digits(digits).map(Asn)
}

/// A number with digits only: `str::parse` would accept a leading `+`.
fn parse_digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// A duration in milliseconds, from a number with one of the units `ms`, `s`, `m`, `h`, `d`: `500ms`, `1.5h`. Never
/// negative; saturates at the maximum of 64 bits.
#[must_use]
pub fn parse_duration_ms(text: &str) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, as the documentation says")]
    parse_exact_ms(text).map(|ms| ms.round() as i64)
}

/// The same with fractions of a millisecond.
fn parse_exact_ms(text: &str) -> Option<f64> {
    let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic())?);
    let unit_ms = match unit {
        "ms" => 1.0,
        "s" => 1000.0,
        "m" | "min" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        _ => return None,
    };
    parse_decimal(number).map(|number| number * unit_ms)
}

/// A whole number of bytes with an optional decimal unit: `500`, `100k`, `1.5MB`.
#[must_use]
pub fn parse_byte_count(text: &str) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is not negative, and the cast saturates"
    )]
    parse_bytes(text).map(|bytes| bytes.round() as u64)
}

/// A number of bytes with an optional decimal unit: `500`, `100k`, `1.5MB`; with `/s` at the end for rates.
fn parse_bytes(text: &str) -> Option<f64> {
    let text = text.strip_suffix("/s").unwrap_or(text);
    let text = text.strip_suffix(['b', 'B']).unwrap_or(text);
    let (number, factor) = match text.bytes().last()? {
        b'k' | b'K' => (&text[..text.len() - 1], 1e3),
        b'm' | b'M' => (&text[..text.len() - 1], 1e6),
        b'g' | b'G' => (&text[..text.len() - 1], 1e9),
        b't' | b'T' => (&text[..text.len() - 1], 1e12),
        _ => (text, 1.0),
    };
    parse_decimal(number).map(|number| number * factor)
}

/// Digits with at most one decimal point: no sign, no exponent, no infinity.
fn parse_decimal(number: &str) -> Option<f64> {
    if !number.starts_with(|c: char| c.is_ascii_digit()) || !number.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    number.parse().ok()
}

fn find_key(key: &Piece) -> Result<FilterKey, QueryError> {
    if let Some(known) = FilterKey::named(&key.text) {
        return Ok(known);
    }
    let typed = super::quoted(&key.text);
    let names = FilterKey::all().map(FilterKey::name).collect::<Vec<_>>().join(", ");
    let message = match suggest::nearest_key(&key.text) {
        Some(meant) => t!("filter-error-unknown-key-meant", key = typed, meant = meant.name(), names = names),
        None => t!("filter-error-unknown-key", key = typed, names = names),
    };
    Err(QueryError::new(key.span.clone(), message))
}

fn parse_bare(piece: &Piece, word: &Word) -> Result<Condition, QueryError> {
    if piece.text.is_empty() {
        return Err(QueryError::new(word.span.clone(), t!("filter-error-text-expected")));
    }
    Ok(Condition::Anything(Needle::new(&piece.text)))
}

fn parse_keyed(key: FilterKey, comparison: Comparison, piece: &Piece, word: &Word) -> Result<Condition, QueryError> {
    use FilterKey as Key;
    if let Some(refusal) = key.refusal(comparison) {
        return Err(QueryError::new(word.span.clone(), refusal));
    }
    let text = piece.text.as_str();
    if text.is_empty() {
        let message = t!("filter-error-value-expected", expected = key.expected(), example = key.example());
        return Err(QueryError::new(word.span.clone(), message));
    }
    let sought = || Sought::new(comparison, text);
    let condition = match key {
        Key::Process => Some(Condition::Process(sought())),
        Key::Pid => parse_digits(text).map(Condition::Pid),
        Key::User => Some(Condition::User(
            parse_digits(text),
            if comparison == Comparison::Exactly { sought() } else { Sought::Whole(text.to_lowercase()) },
        )),
        Key::Unit => Some(Condition::Unit(sought())),
        Key::Ip => Addresses::parse(text).map(Condition::Ip),
        Key::Port => parse_digits(text).map(|port| Condition::Port(comparison, port)),
        Key::Proto => named(&Protocol::ALL.map(|protocol| (protocol, protocol.name())), text).map(Condition::Proto),
        Key::State => named(&SocketState::ALL, text).map(Condition::State),
        Key::Direction => {
            named(&Direction::ALL.map(|direction| (direction, direction.name())), text).map(Condition::Direction)
        }
        Key::Country => countries(text).map(Condition::Country),
        Key::City => Some(Condition::City(sought())),
        Key::Asn => parse_asn(text).map(Condition::Asn),
        Key::Operator => Some(Condition::Operator(sought())),
        Key::Scope => named(&AddressScope::ALL, text).map(Condition::Scope),
        Key::Age => parse_duration_ms(text).map(|ms| Condition::Age(comparison, ms)),
        Key::Since => Since::parse(text).map(Condition::Since),
        Key::During => During::parse(text).map(Condition::During),
        Key::Rate => parse_bytes(text).map(|rate| Condition::Rate(comparison, rate)),
        Key::Bytes => parse_bytes(text).map(|bytes| Condition::Bytes(comparison, bytes)),
        Key::Rtt => parse_exact_ms(text).map(|ms| Condition::Rtt(comparison, ms)),
        Key::Closed => named(&YES_NO, text).map(Condition::Closed),
        Key::Flagged => named(&FLAGS, text).map(Condition::Flagged),
    };
    condition.ok_or_else(|| {
        let found = super::quoted(text);
        let message = t!("filter-error-value-wrong", found = found, expected = key.expected(), example = key.example());
        QueryError::new(piece.span.clone(), message)
    })
}

fn named<T: Copy>(all: &[(T, &str)], text: &str) -> Option<T> {
    all.iter().find(|(_, name)| name.eq_ignore_ascii_case(text)).map(|(value, _)| *value)
}
