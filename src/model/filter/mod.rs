//! The filter language, which selects connections.
//!
//! Words are joined by AND; `,` inside a word is OR; `-` before a word negates it; in quotes, spaces, `-`, `,`, `:`,
//! `<` and `>` are literal. A word `key:value` tests one property. A bare word is searched in process, unit, host,
//! place and operator, case-insensitively. In quotes, `""` is a literal quote. Details of the keys:
//!
//! * `process` is a substring of the name or path of the process; `unit`, `city`, `operator` a substring of the name;
//!   `user` the whole name, or the ID. `pid` is the ID of any process known to own the socket.
//! * `:=` instead of `:` requires the whole text, case-sensitively: `process:=ssh` does not match `sshd`. A process has
//!   two such texts, its name and its full path.
//! * `ip` and the host of a bare word refer to the remote end, or to the local one of a listener. The value is a
//!   network (CIDR), or an address in any form in which it may be copied: with a port, in brackets, with a zone
//!   (`[fe80::1%eth0]:22`).
//! * `port` is the port of either end, so `port:443` finds connections to and from port 443, `port>1024` those with any
//!   end above 1024, and `-port>1024` those with none.
//! * `age<10s` matches only if the opening was seen; `age>5m` also matches a connection first seen that long ago.
//! * `rate` and `bytes` are the payload of both directions together, `rtt` is the smoothed round-trip time. Units are
//!   decimal.
//! * `during:2h` and `during:10:00..10:30` match what was there at any time in that window, as far as it is known.
//! * `flagged:place` matches places that contradict the speed of light, `flagged:place-impossible` and
//!   `flagged:place-unlikely` those of one kind.
//! * Unknown properties never match, so a negated word keeps the connection.
//!
//! Unknown keys are errors; they are never ignored.

mod during;
mod keys;
mod lexer;
mod since;
mod suggest;
mod term;

pub use during::during_word;
pub use keys::FilterKey;
pub use term::{parse_byte_count, parse_duration_ms};

use super::{Connection, Location, TimeWindow, UnixMillis};
use crate::{geodesy::DoubtKind, language::t};
use std::{fmt, ops::Range, str::FromStr};
use term::Term;

/// The properties of a connection that a query can test.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The connection.
    pub connection: &'a Connection,
    /// Its place and operator; `None` until they are looked up.
    pub location: Option<&'a Location>,
    /// Time at which ages are calculated.
    pub now: UnixMillis,
    /// When it closed; `None` if it is open.
    pub closed_at: Option<UnixMillis>,
    /// Why its place is doubtful, if it is.
    pub doubt: Option<DoubtKind>,
}

/// A parsed query. The empty query matches everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    text: String,
    terms: Vec<Term>,
}

/// An error in a query: its position, and what was expected there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// Byte range of the error in the query's text; never empty, always on character boundaries.
    pub span: Range<usize>,
    /// What is wrong and what was expected, on one line.
    pub message: String,
}

impl QueryError {
    fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }
}

impl Query {
    /// Parses `text`. Whitespace only is the empty query.
    ///
    /// # Errors
    /// If a word is invalid: which one, and what was expected.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let terms = lexer::split(text)?.iter().map(Term::parse).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), terms })
    }

    /// Whether all words match.
    #[must_use]
    pub fn matches(&self, facts: &Facts<'_>) -> bool {
        self.terms.iter().all(|term| term.matches(facts))
    }

    /// Whether it is empty, and so matches everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The text from which it was parsed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it contains words without a key.
    #[must_use]
    pub fn has_free_text(&self) -> bool {
        self.terms.iter().any(|term| term.key.is_none())
    }

    /// The keys it uses, in order, without duplicates.
    #[must_use]
    pub fn keys(&self) -> Vec<FilterKey> {
        let mut keys = Vec::new();
        for key in self.terms.iter().filter_map(|term| term.key) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    /// The windows of time of its first word `during:` that is not negated, if it is `now` now.
    #[must_use]
    pub fn time_windows(&self, now: UnixMillis) -> Vec<TimeWindow> {
        self.terms.iter().map(|term| term.time_windows(now)).find(|windows| !windows.is_empty()).unwrap_or_default()
    }

    /// Whether its answer changes with the time, although the connections do not change.
    #[must_use]
    pub fn moves(&self) -> bool {
        self.terms.iter().any(Term::moves)
    }

    /// Its text without the words with this key, except negated ones.
    #[must_use]
    pub fn without(&self, key: FilterKey) -> String {
        let Ok(words) = lexer::split(&self.text) else { return self.text.clone() };
        let is_meant = |word: &lexer::Word| {
            let its_key = word.key.as_ref().and_then(|(key, _)| FilterKey::named(&key.text));
            its_key == Some(key) && !word.is_negated
        };
        let rest = words.iter().filter(|word| !is_meant(word));
        rest.filter_map(|word| self.text.get(word.span.clone())).collect::<Vec<_>>().join(" ")
    }

    /// The keys it uses that are not measured on this system: no connection of `all` has, or could have, data for them.
    /// Empty if `all` is empty, because then nothing is known about the system.
    #[must_use]
    pub fn unmeasured_keys<'a>(&self, all: impl IntoIterator<Item = Facts<'a>>) -> Vec<FilterKey> {
        let mut unmeasured: Vec<&Term> = self.terms.iter().filter(|term| term.key.is_some()).collect();
        let mut is_empty = true;
        for facts in all {
            is_empty = false;
            unmeasured.retain(|term| !term.is_measured(&facts));
            if unmeasured.is_empty() {
                break;
            }
        }
        if is_empty {
            return Vec::new();
        }
        self.keys().into_iter().filter(|key| unmeasured.iter().any(|term| term.key == Some(*key))).collect()
    }
}

/// Why the key `key` of [`Query::unmeasured_keys`] matches nothing: even if the source measures traffic, there may be
/// no connection with traffic at the moment.
#[must_use]
pub fn lack_words(key: FilterKey, measures_traffic: bool) -> String {
    match key {
        FilterKey::Flagged if measures_traffic => t!("filter-lack-rtt").to_owned(),
        FilterKey::Rate | FilterKey::Bytes | FilterKey::Rtt if measures_traffic => {
            t!("filter-lack-value", key = key.name())
        }
        _ => t!("filter-lack-unmeasured", key = key.name()),
    }
}

/// The word of a query that matches exactly this text, such as `process:=ssh`, quoted if necessary; `None` if the
/// values of `key` are not text, or if `text` is empty, which no query can match.
#[must_use]
pub fn exact_word(key: FilterKey, text: &str) -> Option<String> {
    if !key.is_text() || text.is_empty() {
        return None;
    }
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '+' | '@');
    let name = key.name();
    Some(if text.chars().all(is_plain) {
        format!("{name}:={text}")
    } else {
        format!("{name}:=\"{}\"", text.replace('"', "\"\""))
    })
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Query {
    type Err = QueryError;
    fn from_str(text: &str) -> Result<Self, QueryError> {
        Self::parse(text)
    }
}

/// `text` in quotes for a message: at most 40 characters, without invisible ones.
fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

#[cfg(test)]
mod tests;
