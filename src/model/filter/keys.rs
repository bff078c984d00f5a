//! The keys of the filter language: a table of their names, examples and values.

use super::lexer::Comparison;
use crate::{
    language::t,
    model::{AddressScope, Direction, Protocol, SocketState},
};

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
    /// Whether it opened since a moment.
    Since,
    /// Whether it was there in a window of time.
    During,
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
    Words(fn() -> &'static str),
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
static ROWS: [Row; 22] = [
    row(Key::Process, "process", "process:firefox", Form::Text, Words(|| t!("filter-expected-process"))),
    row(Key::Pid, "pid", "pid:2214", Form::Value, Words(|| t!("filter-expected-pid"))),
    row(Key::User, "user", "user:root,1000", Form::Text, Words(|| t!("filter-expected-user"))),
    row(Key::Unit, "unit", "unit:sshd", Form::Text, Words(|| t!("filter-expected-unit"))),
    row(Key::Ip, "ip", "ip:81.2.69.0/24", Form::Value, Words(|| t!("filter-expected-ip"))),
    row(Key::Port, "port", "port:443,80", Form::Number, Words(|| t!("filter-expected-port"))),
    row(Key::Proto, "proto", "proto:tcp", Form::Value, OneOf(|| Protocol::ALL.map(Protocol::name).to_vec())),
    row(Key::State, "state", "state:established", Form::Value, OneOf(|| SocketState::ALL.map(|(_, name)| name).to_vec())),
    row(Key::Direction, "direction", "direction:out", Form::Value, OneOf(|| Direction::ALL.map(Direction::name).to_vec())),
    row(Key::Country, "country", "country:US,DE", Form::Value, Words(|| t!("filter-expected-country"))),
    row(Key::City, "city", "city:\"New York\"", Form::Text, Words(|| t!("filter-expected-city"))),
    row(Key::Asn, "asn", "asn:13335", Form::Value, Words(|| t!("filter-expected-asn"))),
    row(Key::Operator, "operator", "operator:cloudflare", Form::Text, Words(|| t!("filter-expected-operator"))),
    row(Key::Scope, "scope", "scope:public", Form::Value, OneOf(|| AddressScope::ALL.map(|(_, name)| name).to_vec())),
    row(Key::Age, "age", "age<10s", Form::Ordered, Words(|| t!("filter-expected-age"))),
    row(Key::Since, "since", "since:10:30", Form::Value, Words(|| t!("filter-expected-since"))),
    row(Key::During, "during", "during:2h", Form::Value, Words(|| t!("filter-expected-during"))),
    row(Key::Rate, "rate", "rate>100k", Form::Ordered, Words(|| t!("filter-expected-rate"))),
    row(Key::Bytes, "bytes", "bytes>1M", Form::Ordered, Words(|| t!("filter-expected-bytes"))),
    row(Key::Rtt, "rtt", "rtt<20ms", Form::Ordered, Words(|| t!("filter-expected-rtt"))),
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
            Words(words) => words().to_owned(),
            OneOf(names) => t!("filter-one-of", names = names().join(", ")),
        }
    }

    /// Why the key does not support this comparison, if it does not.
    pub(super) fn refusal(self, comparison: Comparison) -> Option<String> {
        let Row { name, example, form, .. } = self.row();
        match (form, comparison) {
            (Form::Ordered, Comparison::Is | Comparison::Exactly) if self == Self::Age => {
                Some(t!("filter-error-age-comparison").to_owned())
            }
            (Form::Ordered, Comparison::Is | Comparison::Exactly) => {
                Some(t!("filter-error-measured-comparison", example = *example))
            }
            (Form::Text | Form::Value, Comparison::Below | Comparison::Above) => {
                let ordered: Vec<_> =
                    ROWS.iter().filter(|row| matches!(row.form, Form::Ordered | Form::Number)).collect();
                let names: Vec<_> = ordered.iter().map(|row| row.name).collect();
                Some(t!("filter-error-ordered-keys", names = names.join(", "), name = *name, example = *example))
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
