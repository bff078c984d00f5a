//! The keys of the filter language: a table of their names, examples and values.

use super::lexer::Comparison;
use crate::model::{AddressScope, Direction, Protocol, SocketState};

/// A key of the filter language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FilterKey {
    /// Name or path of the process.
    Process,
    /// ID of any process that owns the socket.
    Pid,
    /// Name or ID of the user.
    User,
    /// Service, scope or container.
    Unit,
    /// Address of the other end, optionally with its port.
    Ip,
    /// Port of either end.
    Port,
    /// Transport protocol.
    Proto,
    /// State of the socket.
    State,
    /// Which end opened it.
    Direction,
    /// Country of the other end.
    Country,
    /// City of the other end.
    City,
    /// AS number of the operator.
    Asn,
    /// Name of the operator.
    Operator,
    /// Class of the address.
    Scope,
    /// Time since it opened.
    Age,
    /// Payload bytes per second.
    Rate,
    /// Total payload bytes.
    Bytes,
    /// Round-trip time.
    Rtt,
    /// Why its place is doubtful.
    Flagged,
    /// Whether it has closed.
    Closed,
}

/// Which comparisons a key supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `:` finds a substring, `:=` the whole text.
    Text,
    /// `:`, and the equivalent `:=`.
    Value,
    /// `<` and `>`.
    Ordered,
    /// All of them.
    Number,
}

/// Description of the value of a key, for messages.
enum Expected {
    Words(&'static str),
    OneOf(fn() -> Vec<&'static str>),
}

struct Row {
    key: FilterKey,
    name: &'static str,
    example: &'static str,
    form: Form,
    expected: Expected,
}

const fn row(key: FilterKey, name: &'static str, example: &'static str, form: Form, expected: Expected) -> Row {
    Row { key, name, example, form, expected }
}

use Expected::{OneOf, Words};
use FilterKey as Key;

/// All keys, in the order of help and of [`FilterKey`].
#[rustfmt::skip]
static ROWS: [Row; 20] = [
    row(Key::Process, "process", "process:firefox", Form::Text, Words("a part of a process name or path")),
    row(Key::Pid, "pid", "pid:2214", Form::Value, Words("a process number")),
    row(Key::User, "user", "user:root,1000", Form::Text, Words("a user's name or number (uid)")),
    row(Key::Unit, "unit", "unit:sshd", Form::Text, Words("a part of the name of a service, scope or container")),
    row(Key::Ip, "ip", "ip:81.2.69.0/24", Form::Value, Words("an address, with a port or without, or a network like 81.2.69.0/24")),
    row(Key::Port, "port", "port:443,80", Form::Number, Words("a port from 0 to 65535")),
    row(Key::Proto, "proto", "proto:tcp", Form::Value, OneOf(|| Protocol::ALL.map(Protocol::name).to_vec())),
    row(Key::State, "state", "state:established", Form::Value, OneOf(|| SocketState::ALL.map(|(_, name)| name).to_vec())),
    row(Key::Direction, "direction", "direction:out", Form::Value, OneOf(|| Direction::ALL.map(Direction::name).to_vec())),
    row(Key::Country, "country", "country:US,DE", Form::Value, Words("a two-letter country code")),
    row(Key::City, "city", "city:\"New York\"", Form::Text, Words("a part of a city's name")),
    row(Key::Asn, "asn", "asn:13335", Form::Value, Words("the number of an autonomous system")),
    row(Key::Operator, "operator", "operator:cloudflare", Form::Text, Words("a part of an operator's name")),
    row(Key::Scope, "scope", "scope:public", Form::Value, OneOf(|| AddressScope::ALL.map(|(_, name)| name).to_vec())),
    row(Key::Age, "age", "age<10s", Form::Ordered, Words("a duration with a unit: ms, s, m, h or d")),
    row(Key::Rate, "rate", "rate>100k", Form::Ordered, Words("a number of bytes per second: 500, 100k, 1.5M")),
    row(Key::Bytes, "bytes", "bytes>1M", Form::Ordered, Words("a number of bytes: 500, 100k, 1.5M")),
    row(Key::Rtt, "rtt", "rtt<20ms", Form::Ordered, Words("a duration with a unit: ms, s")),
    row(Key::Flagged, "flagged", "flagged:place", Form::Value, OneOf(|| super::term::FLAGS.map(|(_, name)| name).to_vec())),
    row(Key::Closed, "closed", "closed:yes", Form::Value, OneOf(|| super::term::YES_NO.map(|(_, name)| name).to_vec())),
];

impl FilterKey {
    /// All keys, in the order of help.
    #[must_use]
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        ROWS.iter().map(|row| row.key)
    }

    /// The key with this name, case-insensitive.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.name.eq_ignore_ascii_case(name)).map(|row| row.key)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// An example word of a query.
    #[must_use]
    pub fn example(self) -> &'static str {
        self.row().example
    }

    /// Whether the value is text: `:` then finds a substring, and `:=` the whole text.
    #[must_use]
    pub fn is_text(self) -> bool {
        self.row().form == Form::Text
    }

    /// Description of its value, with an article.
    pub(super) fn expected(self) -> String {
        match self.row().expected {
            Words(words) => words.to_owned(),
            OneOf(names) => format!("one of {}", names().join(", ")),
        }
    }

    /// Why the key does not support this comparison, if it does not.
    pub(super) fn refusal(self, comparison: Comparison) -> Option<String> {
        let Row { name, example, form, .. } = self.row();
        match (form, comparison) {
            (Form::Ordered, Comparison::Is | Comparison::Exactly) if self == Self::Age => {
                Some("an age is compared with '<' or '>': age<10s, age>5m".to_owned())
            }
            (Form::Ordered, Comparison::Is | Comparison::Exactly) => {
                Some(format!("what is measured is compared with '<' or '>': {example}"))
            }
            (Form::Text | Form::Value, Comparison::Below | Comparison::Above) => {
                let ordered: Vec<_> =
                    ROWS.iter().filter(|row| matches!(row.form, Form::Ordered | Form::Number)).collect();
                let names: Vec<_> = ordered.iter().map(|row| row.name).collect();
                let names = names.join(", ");
                Some(format!("'<' and '>' compare {names}; {name} is written with ':', for example {example}"))
            }
            _ => None,
        }
    }

    fn row(self) -> &'static Row {
        // A test checks that the table has the order of the enum.
        &ROWS[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_order_of_the_type() {
        for (index, row) in ROWS.iter().enumerate() {
            assert_eq!(row.key as usize, index, "{}", row.name);
            assert_eq!(FilterKey::named(&row.name.to_uppercase()), Some(row.key));
            assert!(row.example.starts_with(row.name), "{}", row.example);
            assert!(!row.key.expected().is_empty());
        }
        assert_eq!(FilterKey::named("volume"), None);
    }
}
