//! What the program knows about a connection over time.

use super::{Location, SocketRow, UnixMillis};
use serde::{Deserialize, Serialize};
use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

/// A connection (or listener): the row that a source read last, and what is known from earlier samples. Dereferences to
/// the row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    /// The row that was read last; its rates also depend on earlier samples.
    #[serde(flatten)]
    pub row: SocketRow,
    /// When this program first saw it.
    #[serde(default)]
    pub first_seen_at: UnixMillis,
    /// When it opened; `None` if the opening was not seen.
    #[serde(default)]
    pub opened_at: Option<UnixMillis>,
    /// The location of its peer as it was known when it was recorded; `None` for live connections, whose peer is looked
    /// up now.
    #[serde(skip)]
    pub recorded_location: Option<Arc<Location>>,
}

impl SocketRow {
    /// The connection of this row, first seen at `first_seen_at`, and opened at `opened_at` if the opening was seen.
    #[must_use]
    pub fn seen(self, first_seen_at: UnixMillis, opened_at: Option<UnixMillis>) -> Connection {
        Connection { row: self, first_seen_at, opened_at, recorded_location: None }
    }
}

impl Connection {
    /// Whether `other` is equal except for traffic.
    #[must_use]
    pub fn is_same_but_for_traffic(&self, other: &Self) -> bool {
        let Self { row, first_seen_at, opened_at, recorded_location } = self;
        row.is_same_but_for_traffic(&other.row)
            && *first_seen_at == other.first_seen_at
            && *opened_at == other.opened_at
            && *recorded_location == other.recorded_location
    }

    /// The location of the far end, if no lookup is needed: as it was recorded, or else as in
    /// [`SocketRow::stated_location`].
    #[must_use]
    pub fn stated_location(&self) -> Option<Arc<Location>> {
        self.recorded_location.clone().or_else(|| self.row.stated_location().map(Arc::new))
    }
}

impl Deref for Connection {
    type Target = SocketRow;

    fn deref(&self) -> &SocketRow {
        &self.row
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut SocketRow {
        &mut self.row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_one_object_and_a_recording_without_times_is_read() {
        let old = r#"{"key":{"protocol":"tcp","local":{"ip":"10.0.0.1","port":1},"remote":null,"identity":7},
            "state":"listen","direction":null,"owner":{"missing":"not-permitted"},"uid":0}"#;
        let mut connection: Connection = serde_json::from_str(old).expect("a connection");
        assert_eq!((connection.uid, connection.opened_at), (Some(0), None));
        (connection.first_seen_at, connection.opened_at) = (UnixMillis(5), Some(UnixMillis(5)));
        let value = serde_json::to_value(&connection).expect("a value");
        assert_eq!((&value["first_seen_at"], &value["key"]["identity"]), (&5.into(), &7.into()), "{value}");
        assert_eq!(serde_json::from_value::<Connection>(value).expect("a connection"), connection);
    }
}
