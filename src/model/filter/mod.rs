//! The filter language: which connections a query means.
//!
//! Words are joined by AND; `,` inside a word is OR; `-` before a word negates it; quotes hold spaces and take the
//! meaning from `-`, `,`, `:`, `<` and `>`. A word `key:value` asks one thing, a bare word is searched in process,
//! unit, host, place and operator, ignoring case. In quotes, `""` is one quote. The exact meaning of a key:
//!
//! * `process` is a part of the process's name or path; `unit`, `city`, `operator` a part of the name; `user` the whole
//!   name, or the number. `pid` is any process that is known to hold the socket.
//! * `:=` in place of `:` asks of a text that it is this one, letter for letter: `process:=ssh` is not `sshd`. A process
//!   has two such texts, its name and its whole path.
//! * `ip` and the host of a bare word are the remote end's, or the local one's of a listener: a network (CIDR), or an address
//!   in any form in which one can be copied: with a port, in brackets, with a zone (`[fe80::1%eth0]:22`).
//! * `port` is the port of either end, so `port:443` finds connections to and from port 443, `port>1024` those with any
//!   end above 1024, and `-port>1024` those with none.
//! * `age<10s` asks for an opening that was seen; `age>5m` is also true of a connection first seen that long ago.
//! * `rate` and `bytes` are payload in both directions together, `rtt` the smoothed round-trip time. Units are decimal.
//! * `flagged:place` means places that the speed of light speaks against, `flagged:place-impossible` and
//!   `flagged:place-unlikely` those of one kind.
//! * What is not known of a connection matches nothing, so a negated word keeps it.
//!
//! A key that the program has no data for does not exist here: it is a wrong query, never one that is ignored.

mod keys;
mod lexer;
mod suggest;
mod term;

pub use keys::FilterKey;
pub use term::parse_duration_ms;

use super::{Connection, Location, UnixMillis};
use crate::geodesy::DoubtKind;
use std::{fmt, ops::Range, str::FromStr};
use term::Term;

/// All that a query may ask about one connection.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The connection.
    pub connection: &'a Connection,
    /// Its place and operator; `None` while they are not looked up.
    pub location: Option<&'a Location>,
    /// The moment from which ages are counted.
    pub now: UnixMillis,
    /// Whether it has closed.
    pub closed: bool,
    /// Why its place is doubted, if it is.
    pub doubt: Option<DoubtKind>,
}

/// A query that can be asked of any number of connections. The empty one matches all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    text: String,
    terms: Vec<Term>,
}

/// Where a query is wrong, and what was expected there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// Bytes of the query's text that are wrong; never empty, and always on character boundaries.
    pub span: Range<usize>,
    /// What is wrong and what was expected, in one line.
    pub message: String,
}

impl QueryError {
    fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }
}

impl Query {
    /// Reads `text`. Nothing but whitespace is the empty query.
    ///
    /// # Errors
    /// When a word is wrong: which one, and what was expected.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let terms = lexer::split(text)?.iter().map(Term::parse).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), terms })
    }

    /// Whether every word holds.
    #[must_use]
    pub fn matches(&self, facts: &Facts<'_>) -> bool {
        self.terms.iter().all(|term| term.matches(facts))
    }

    /// Whether it asks nothing and so matches everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The text it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The keys it uses, in order, each once.
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

    /// The keys it uses of which nothing is measured on this system: no connection of `all` has, or could have, data
    /// for them. Empty when `all` is, because then nothing is known about the system.
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

/// Why the key `key` of [`Query::unmeasured_keys`] matches nothing: a source that counts traffic may have no connection
/// to count at the moment.
#[must_use]
pub fn lack_words(key: FilterKey, measures_traffic: bool) -> String {
    match key {
        FilterKey::Flagged if measures_traffic => "no connection has a round-trip time now".to_owned(),
        FilterKey::Rate | FilterKey::Bytes | FilterKey::Rtt if measures_traffic => {
            format!("no connection has {} now", key.name())
        }
        _ => format!("{} is not measured on this system", key.name()),
    }
}

/// The word of a query that asks for exactly this text, `process:=ssh`, in quotes where it needs them; `None` where `key`
/// asks for no text, or `text` is empty, which cannot be asked for.
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

/// `text` in quotes for a message: at most 40 characters, nothing in it invisible.
fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

#[cfg(test)]
mod tests;
