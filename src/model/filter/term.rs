//! One term of a query: what its value must be, and what it asks of a connection.

use super::{
    Facts, QueryError,
    lexer::{Comparison, Piece, Word},
    suggest,
};
use crate::{
    geodesy::DoubtKind,
    model::{AddressScope, Asn, CountryIso, Direction, OwnerMissing, PlaceMissing, Protocol, SocketState},
};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// Every key with an example, in the order in which help shows them.
pub const KEYS: &[(&str, &str)] = &[
    ("process", "process:firefox"),
    ("pid", "pid:2214"),
    ("user", "user:root,1000"),
    ("unit", "unit:sshd"),
    ("ip", "ip:81.2.69.0/24"),
    ("port", "port:443,80"),
    ("proto", "proto:tcp"),
    ("state", "state:established"),
    ("direction", "direction:out"),
    ("country", "country:US,DE"),
    ("city", "city:\"New York\""),
    ("asn", "asn:13335"),
    ("operator", "operator:cloudflare"),
    ("scope", "scope:public"),
    ("age", "age<10s"),
    ("rate", "rate>100k"),
    ("bytes", "bytes>1M"),
    ("rtt", "rtt<20ms"),
    ("flagged", "flagged:place"),
    ("closed", "closed:yes"),
];

/// What `flagged` asks for.
const FLAGS: [(Option<DoubtKind>, &str); 3] =
    [(None, "place"), (Some(DoubtKind::Impossible), "place-impossible"), (Some(DoubtKind::Unlikely), "place-unlikely")];

/// A term: alternatives of one key, or of bare words, of which one must hold (or none, when negated).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    is_negated: bool,
    pub(super) key: Option<&'static str>,
    alternatives: Vec<Condition>,
}

/// What one alternative asks.
#[derive(Clone, Debug, PartialEq)]
enum Condition {
    Anything(Needle),
    Process(String),
    Pid(u32),
    /// The number, where it is one, and the name in lower case.
    User(Option<u32>, String),
    Unit(String),
    Ip(IpNet),
    Port(Comparison, u16),
    Proto(Protocol),
    State(SocketState),
    Direction(Direction),
    Country(CountryIso),
    City(String),
    Asn(Asn),
    Operator(String),
    Scope(AddressScope),
    Age(Comparison, i64),
    /// Bytes per second.
    Rate(Comparison, f64),
    Bytes(Comparison, f64),
    /// Milliseconds.
    Rtt(Comparison, f64),
    Closed(bool),
    /// Any doubt, or one of this kind.
    Flagged(Option<DoubtKind>),
}

/// A bare word: the text to find, and what else it may denote.
#[derive(Clone, Debug, PartialEq)]
struct Needle {
    lower: String,
    net: Option<IpNet>,
    endpoint: Option<SocketAddr>,
    asn: Option<Asn>,
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

    /// Whether what this term asks about is known of this connection, or could be known of another one here.
    pub(super) fn is_measured(&self, facts: &Facts<'_>) -> bool {
        match self.key {
            Some("process" | "pid") => !matches!(
                facts.connection.owner,
                crate::model::Owner::Missing(OwnerMissing::ProcUnavailable | OwnerMissing::NotMeasured)
            ),
            Some("user") => facts.connection.uid.is_some(),
            Some("unit") => facts.connection.unit().is_some(),
            Some("rate" | "bytes" | "rtt" | "flagged") => facts.connection.traffic.is_some(),
            Some("country" | "city") => {
                facts.location.is_some_and(|location| location.place != Err(PlaceMissing::DatabaseUnavailable))
            }
            _ => true,
        }
    }
}

impl Condition {
    fn holds(&self, facts: &Facts<'_>) -> bool {
        let connection = facts.connection;
        let place = || facts.location.and_then(|location| location.place.as_ref().ok());
        match self {
            Self::Anything(needle) => needle.is_found(facts),
            Self::Process(lower) => process_contains(facts, lower),
            Self::Pid(pid) => connection.pids().contains(pid),
            Self::User(uid, lower) => {
                (uid.is_some() && connection.uid == *uid)
                    || connection.user().is_some_and(|name| name.to_lowercase() == *lower)
            }
            Self::Unit(lower) => unit_contains(facts, lower),
            Self::Ip(net) => net.contains(&connection.subject_ip()),
            Self::Port(comparison, port) => {
                let ends = [Some(connection.key.local), connection.key.remote];
                ends.into_iter().flatten().any(|end| match comparison {
                    Comparison::Is => end.port == *port,
                    Comparison::Below => end.port < *port,
                    Comparison::Above => end.port > *port,
                })
            }
            Self::Proto(protocol) => connection.key.protocol == *protocol,
            Self::State(state) => connection.state == *state,
            Self::Direction(direction) => connection.direction == Some(*direction),
            Self::Country(country) => place().is_some_and(|place| place.country_iso == Some(*country)),
            Self::City(lower) => {
                place().and_then(|place| place.city.as_deref()).is_some_and(|city| contains(city, lower))
            }
            Self::Asn(asn) => facts.location.is_some_and(|location| location.asn == Some(*asn)),
            Self::Operator(lower) => operator_contains(facts, lower),
            Self::Scope(scope) => connection.scope() == *scope,
            // Nothing tells the birth of a socket that was there before: it is at least as old as its first sight,
            // which is enough for "older than" and says nothing for "younger than".
            Self::Age(Comparison::Above, ms) => {
                let since = connection.opened_at.unwrap_or(connection.first_seen_at);
                facts.now.0.saturating_sub(since.0) > *ms
            }
            Self::Age(_, ms) => {
                connection.opened_at.is_some_and(|opened_at| facts.now.0.saturating_sub(opened_at.0).max(0) < *ms)
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
            Self::Closed(closed) => facts.closed == *closed,
            Self::Flagged(kind) => facts.doubt.is_some_and(|doubt| kind.is_none_or(|kind| kind == doubt)),
        }
    }
}

impl Comparison {
    fn holds(self, measured: f64, asked: f64) -> bool {
        match self {
            Self::Is => measured == asked,
            Self::Below => measured < asked,
            Self::Above => measured > asked,
        }
    }
}

impl Needle {
    fn new(text: &str) -> Self {
        Self {
            lower: text.to_lowercase(),
            net: parse_address(text),
            endpoint: text.parse().ok(),
            asn: text.get(..2).filter(|start| start.eq_ignore_ascii_case("as")).and_then(|_| parse_asn(text)),
        }
    }

    fn is_found(&self, facts: &Facts<'_>) -> bool {
        let connection = facts.connection;
        let ip = connection.subject_ip();
        let subject = connection.key.remote.unwrap_or(connection.key.local);
        if self.net.is_some_and(|net| net.contains(&ip))
            || self.endpoint.is_some_and(|end| end.ip().to_canonical() == ip && end.port() == subject.port)
            || process_contains(facts, &self.lower)
            || operator_contains(facts, &self.lower)
            || unit_contains(facts, &self.lower)
            || contains(&ip.to_string(), &self.lower)
        {
            return true;
        }
        let Some(location) = facts.location else { return false };
        if self.asn.is_some() && location.asn == self.asn {
            return true;
        }
        let Ok(place) = &location.place else { return false };
        place.city.as_deref().is_some_and(|city| contains(city, &self.lower))
            || place.country_iso.is_some_and(|country| country.as_str().eq_ignore_ascii_case(&self.lower))
            || (self.lower.contains(',') && contains(&place.label(), &self.lower))
    }
}

fn process_contains(facts: &Facts<'_>, lower: &str) -> bool {
    facts.connection.owner.process().is_some_and(|process| {
        contains(&process.name, lower) || process.path.as_deref().is_some_and(|path| contains(path, lower))
    })
}

fn unit_contains(facts: &Facts<'_>, lower: &str) -> bool {
    facts.connection.unit().is_some_and(|unit| contains(unit, lower))
}

fn operator_contains(facts: &Facts<'_>, lower: &str) -> bool {
    facts.location.and_then(|location| location.as_organization.as_deref()).is_some_and(|name| contains(name, lower))
}

/// Whether `lower` (already in lower case) occurs in `text`, whatever the case of `text`.
fn contains(text: &str, lower: &str) -> bool {
    if text.is_ascii() {
        // Allocates nothing: this runs for each connection and each term.
        let (text, lower) = (text.as_bytes(), lower.as_bytes());
        lower.is_empty() || text.windows(lower.len()).any(|window| window.eq_ignore_ascii_case(lower))
    } else {
        text.to_lowercase().contains(lower)
    }
}

/// An address, or a network in CIDR notation. IPv4-mapped addresses become IPv4, as in connections.
pub(super) fn parse_address(text: &str) -> Option<IpNet> {
    match text.parse::<IpAddr>() {
        Ok(ip) => Some(IpNet::from(ip.to_canonical())),
        Err(_) => text.parse::<IpNet>().ok(),
    }
}

fn parse_asn(text: &str) -> Option<Asn> {
    let digits = match text.get(..2) {
        Some(start) if start.eq_ignore_ascii_case("as") => &text[2..],
        _ => text,
    };
    parse_digits(digits).map(Asn)
}

/// A number of digits alone: `str::parse` would take a leading `+`.
fn parse_digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// A duration with one unit of `ms`, `s`, `m`, `h`, `d`, in milliseconds: `500ms`, `1.5h`. Never negative; durations
/// beyond what 64 bits hold become the longest one.
#[must_use]
pub fn parse_duration_ms(text: &str) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, as the documentation says")]
    parse_exact_ms(text).map(|ms| ms.round() as i64)
}

/// The same with parts of a millisecond.
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

/// A number of bytes with a decimal unit or none: `500`, `100k`, `1.5MB`; with `/s` behind it where that is a rate.
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

/// Digits with a point at most: no sign, no exponent, no infinity.
fn parse_decimal(number: &str) -> Option<f64> {
    if !number.starts_with(|c: char| c.is_ascii_digit()) || !number.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    number.parse().ok()
}

fn find_key(key: &Piece) -> Result<&'static str, QueryError> {
    if let Some((known, _)) = KEYS.iter().find(|(known, _)| known.eq_ignore_ascii_case(&key.text)) {
        return Ok(known);
    }
    let hint = suggest::nearest_key(&key.text).map_or("the".to_owned(), |known| format!("did you mean {known}? The"));
    let names: Vec<&str> = KEYS.iter().map(|(known, _)| *known).collect();
    Err(QueryError::new(
        key.span.clone(),
        format!(
            "there is no key {}: {hint} keys are {}; to search for a text with ':', '<' or '>', put it in quotes",
            super::quoted(&key.text),
            names.join(", ")
        ),
    ))
}

fn parse_bare(piece: &Piece, word: &Word) -> Result<Condition, QueryError> {
    if piece.text.is_empty() {
        return Err(QueryError::new(word.span.clone(), "a text was expected here: ',' joins alternatives, a,b"));
    }
    Ok(Condition::Anything(Needle::new(&piece.text)))
}

fn parse_keyed(key: &'static str, comparison: Comparison, piece: &Piece, word: &Word) -> Result<Condition, QueryError> {
    let example = KEYS.iter().find(|(known, _)| *known == key).map_or("", |(_, example)| *example);
    match (key, comparison) {
        ("age", Comparison::Is) => {
            let message = "an age is compared with '<' or '>': age<10s, age>5m";
            return Err(QueryError::new(word.span.clone(), message));
        }
        ("rate" | "bytes" | "rtt", Comparison::Is) => {
            let message = format!("what is measured is compared with '<' or '>': {example}");
            return Err(QueryError::new(word.span.clone(), message));
        }
        ("age" | "port" | "rate" | "bytes" | "rtt", _) | (_, Comparison::Is) => {}
        (_, Comparison::Below | Comparison::Above) => {
            let message = format!(
                "'<' and '>' compare age, port, rate, bytes and rtt; {key} is written with ':', for example {example}"
            );
            return Err(QueryError::new(word.span.clone(), message));
        }
    }
    let text = piece.text.as_str();
    if text.is_empty() {
        let message = format!("{} was expected here, for example {example}", expected_value(key));
        return Err(QueryError::new(word.span.clone(), message));
    }
    let condition = match key {
        "process" => Some(Condition::Process(text.to_lowercase())),
        "pid" => parse_digits(text).map(Condition::Pid),
        "user" => Some(Condition::User(parse_digits(text), text.to_lowercase())),
        "unit" => Some(Condition::Unit(text.to_lowercase())),
        "ip" => parse_address(text).map(Condition::Ip),
        "port" => parse_digits(text).map(|port| Condition::Port(comparison, port)),
        "proto" => named(&[(Protocol::Tcp, "tcp"), (Protocol::Udp, "udp")], text).map(Condition::Proto),
        "state" => named(&SocketState::ALL, text).map(Condition::State),
        "direction" => {
            let all =
                [Direction::In, Direction::Out, Direction::Unknown].map(|direction| (direction, direction.name()));
            named(&all, text).map(Condition::Direction)
        }
        "country" => CountryIso::parse(text).map(Condition::Country),
        "city" => Some(Condition::City(text.to_lowercase())),
        "asn" => parse_asn(text).map(Condition::Asn),
        "operator" => Some(Condition::Operator(text.to_lowercase())),
        "scope" => named(&AddressScope::ALL, text).map(Condition::Scope),
        "age" => parse_duration_ms(text).map(|ms| Condition::Age(comparison, ms)),
        "rate" => parse_bytes(text).map(|rate| Condition::Rate(comparison, rate)),
        "bytes" => parse_bytes(text).map(|bytes| Condition::Bytes(comparison, bytes)),
        "rtt" => parse_exact_ms(text).map(|ms| Condition::Rtt(comparison, ms)),
        "closed" => named(&[(true, "yes"), (false, "no")], text).map(Condition::Closed),
        "flagged" => named(&FLAGS, text).map(Condition::Flagged),
        _ => None,
    };
    condition.ok_or_else(|| {
        let found = super::quoted(text);
        let message = format!("{found} is not {}; for example {example}", expected_value(key));
        QueryError::new(piece.span.clone(), message)
    })
}

fn named<T: Copy>(all: &[(T, &str)], text: &str) -> Option<T> {
    all.iter().find(|(_, name)| name.eq_ignore_ascii_case(text)).map(|(value, _)| *value)
}

/// What the value of a key is, with its article.
fn expected_value(key: &str) -> String {
    let one_of = |names: Vec<&str>| format!("one of {}", names.join(", "));
    match key {
        "process" => "a part of a process name or path".to_owned(),
        "pid" => "a process number".to_owned(),
        "user" => "a user's name or number (uid)".to_owned(),
        "unit" => "a part of the name of a service, scope or container".to_owned(),
        "ip" => "an address or a network like 81.2.69.0/24".to_owned(),
        "port" => "a port from 0 to 65535".to_owned(),
        "proto" => one_of(vec!["tcp", "udp"]),
        "state" => one_of(SocketState::ALL.iter().map(|(_, name)| *name).collect()),
        "direction" => one_of(vec!["in", "out", "unknown"]),
        "country" => "a two-letter country code".to_owned(),
        "city" => "a part of a city's name".to_owned(),
        "asn" => "the number of an autonomous system".to_owned(),
        "operator" => "a part of an operator's name".to_owned(),
        "scope" => one_of(AddressScope::ALL.iter().map(|(_, name)| *name).collect()),
        "age" => "a duration with a unit: ms, s, m, h or d".to_owned(),
        "rate" => "a number of bytes per second: 500, 100k, 1.5M".to_owned(),
        "bytes" => "a number of bytes: 500, 100k, 1.5M".to_owned(),
        "rtt" => "a duration with a unit: ms, s".to_owned(),
        "closed" => one_of(vec!["yes", "no"]),
        "flagged" => one_of(FLAGS.iter().map(|(_, name)| *name).collect()),
        _ => "a value".to_owned(),
    }
}
