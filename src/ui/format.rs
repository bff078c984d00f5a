//! Formats ages and rates, and text for the clipboard.

use super::{actions::Action, details::details_as_text};
use crate::{
    model::{Direction, UnixMillis},
    text::{format_bytes, format_ms_number},
    view::panels::{ConnectionRow, DetailsView},
};
use bevy::prelude::Entity;

/// Time since `first_seen_at` in one unit, rounded down: `0 s`, `59 s`, `3 min`, `5 h`, `12 d`. If the clock stepped
/// backwards, `0 s`.
#[must_use]
pub fn age_text(now: UnixMillis, first_seen_at: UnixMillis) -> String {
    let seconds = now.seconds_since(first_seen_at) as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// Bytes per second in short form: `0`, `12.0 kB`.
#[must_use]
pub(super) fn rate_text(bytes_per_sec: f32) -> String {
    let rounded = bytes_per_sec.round().max(0.0) as u64;
    if rounded == 0 { "0".to_owned() } else { format_bytes(rounded) }
}

/// A row as one line of tab-separated text: process, pid, remote, place, operator, protocol, state, direction, scope,
/// bytes per second, round-trip time in ms, first seen (RFC 3339, UTC), age, bytes sent and bytes received. Unknown
/// values are empty.
#[must_use]
pub fn row_as_text(row: &ConnectionRow, now: UnixMillis) -> String {
    let pid = row.pid.map(|pid| pid.to_string()).unwrap_or_default();
    let first_seen = row.first_seen_at.to_string();
    let age = age_text(now, row.first_seen_at);
    let rate = row.rate_bytes_per_sec.map(|rate| format!("{rate:.0}")).unwrap_or_default();
    let round_trip = row.rtt_ms.map(format_ms_number).unwrap_or_default();
    let bytes = |bytes: Option<u64>| bytes.map(|bytes| bytes.to_string()).unwrap_or_default();
    [
        row.process.as_str(),
        &pid,
        &row.remote,
        &row.place,
        &row.operator,
        row.protocol.name(),
        row.state.name(),
        row.direction.map_or("", Direction::name),
        row.scope.name(),
        &rate,
        &round_trip,
        &first_seen,
        &age,
        &bytes(row.bytes_sent),
        &bytes(row.bytes_received),
    ]
    .join("\t")
}

/// Text that an action copies to the clipboard; `None` if it copies nothing, or nothing is selected.
#[must_use]
pub fn copied_text(
    action: &Action,
    rows: &[ConnectionRow],
    selected: Option<Entity>,
    details: Option<&DetailsView>,
    now: UnixMillis,
) -> Option<String> {
    match action {
        Action::CopyRow => rows.iter().find(|row| Some(row.entity) == selected).map(|row| row_as_text(row, now)),
        Action::CopyDetails => details.map(details_as_text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_numbers_are_short() {
        for (rate, expected) in [(0.0, "0"), (0.4, "0"), (12_000.0, "12.0 kB"), (-1.0, "0")] {
            assert_eq!(rate_text(rate), expected);
        }
    }

    #[test]
    fn an_age_has_one_unit_and_is_never_negative() {
        for (ms, expected) in [
            (-5_000, "0 s"),
            (0, "0 s"),
            (999, "0 s"),
            (59_999, "59 s"),
            (60_000, "1 min"),
            (3_599_999, "59 min"),
            (3_600_000, "1 h"),
            (86_399_999, "23 h"),
            (86_400_000, "1 d"),
            (864_000_000, "10 d"),
        ] {
            assert_eq!(age_text(UnixMillis(1_000_000).plus_ms(ms), UnixMillis(1_000_000)), expected, "{ms} ms");
        }
    }
}
