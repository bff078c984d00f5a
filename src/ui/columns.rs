//! The columns of the connection table: what each shows, how wide it is, and how rows compare in it.

use super::format::{age_text, rate_text, round_trip_text, shown_state};
use crate::{
    model::{Direction, UnixMillis, parse_address_text},
    view::panels::ConnectionRow,
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, cmp::Ordering, net::IpAddr};

/// A column of the connection table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Column {
    /// Name of the process.
    Process,
    /// The other end, or the local end of a listener.
    Remote,
    /// Where the other end is.
    Place,
    /// Who operates the other end's network.
    Operator,
    /// State of the socket.
    State,
    /// Measured payload per second, both directions.
    Rate,
    /// Measured round-trip time.
    RoundTrip,
    /// Time since it was first seen.
    Age,
    /// Which end opened it.
    Direction,
    /// Transport protocol.
    Protocol,
}

/// Space between two columns, in points.
const GAP: f32 = 8.0;

impl Column {
    /// Every column, in the order of the table.
    pub const ALL: [Self; 10] = [
        Self::Process,
        Self::Remote,
        Self::Place,
        Self::Operator,
        Self::State,
        Self::Rate,
        Self::RoundTrip,
        Self::Age,
        Self::Direction,
        Self::Protocol,
    ];

    /// Which columns a table too narrow for all of them keeps, the most wanted first.
    const WANTED: [Self; 10] = [
        Self::Process,
        Self::Place,
        Self::Rate,
        Self::RoundTrip,
        Self::Age,
        Self::Remote,
        Self::State,
        Self::Operator,
        Self::Direction,
        Self::Protocol,
    ];

    /// The head of the column.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Process => "Process",
            Self::Remote => "Remote",
            Self::Place => "Place",
            Self::Operator => "Operator",
            Self::State => "State",
            Self::Rate => "Rate /s",
            Self::RoundTrip => "RTT ms",
            Self::Age => "Age",
            Self::Direction => "Dir",
            Self::Protocol => "Prot",
        }
    }

    /// The name of the column, and what it holds.
    #[must_use]
    pub fn explain(self) -> (&'static str, &'static str) {
        match self {
            Self::Process => ("process", "the program that holds the socket"),
            Self::Remote => ("remote", "address and port of the other end; of this end for a listener"),
            Self::Place => (
                "place",
                "where the other end is, as the place database has it; ! unlikely, !! impossible at the speed of light",
            ),
            Self::Operator => ("operator", "who operates the other end's network (autonomous system)"),
            Self::State => ("state", "state of the socket"),
            Self::Rate => ("rate", "payload a second, both ways; – where it is not measured"),
            Self::RoundTrip => ("round trip", "smoothed round-trip time, ms; – where it is not measured"),
            Self::Age => ("age", "time since it was first seen here"),
            Self::Direction => ("direction", "which end opened it: out is this machine, in is the other"),
            Self::Protocol => ("protocol", "transport protocol"),
        }
    }

    /// Least width in points, and the share of the width left over that the column takes.
    fn width(self) -> (f32, f32) {
        match self {
            Self::Process => (66.0, 1.0),
            Self::Remote => (106.0, 1.0),
            Self::Place => (84.0, 1.4),
            Self::Operator => (80.0, 2.0),
            Self::State => (68.0, 0.2),
            Self::Rate => (50.0, 0.0),
            Self::RoundTrip => (44.0, 0.0),
            Self::Age => (38.0, 0.0),
            Self::Direction => (28.0, 0.0),
            Self::Protocol => (26.0, 0.0),
        }
    }

    /// What the column shows of a row at the time `now`.
    #[must_use]
    pub(super) fn cell(self, row: &ConnectionRow, now: UnixMillis) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Process => &row.process,
            Self::Remote => &row.remote,
            Self::Place => &row.place,
            Self::Operator => &row.operator,
            Self::State => shown_state(row).name(),
            Self::Rate => return row.rate_bytes_per_sec.map_or(NOT_MEASURED, |rate| Cow::Owned(rate_text(rate))),
            Self::RoundTrip => return row.rtt_ms.map_or(NOT_MEASURED, |ms| Cow::Owned(round_trip_text(ms))),
            Self::Age => return Cow::Owned(age_text(now, row.first_seen_at)),
            Self::Direction => match row.direction {
                None => "",
                Some(Direction::Unknown) => "?",
                Some(direction) => direction.name(),
            },
            Self::Protocol => row.protocol.name(),
        })
    }

    /// How `a` compares with `b` in this column. Age compares youngest first, rate busiest first. Remotes compare as numbers, and those
    /// that are not an address come after those that are.
    fn compare(self, a: &Keyed<'_>, b: &Keyed<'_>) -> Ordering {
        match self {
            Self::Process => text(&a.row.process, &b.row.process),
            Self::Remote => match (a.address, b.address) {
                (Some(a), Some(b)) => a.cmp(&b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => text(&a.row.remote, &b.row.remote),
            },
            // The mark of a doubt is no letter of the name.
            Self::Place => text(a.row.place.trim_start_matches(['!', ' ']), b.row.place.trim_start_matches(['!', ' '])),
            Self::Operator => text(&a.row.operator, &b.row.operator),
            Self::State => shown_state(a.row).name().cmp(shown_state(b.row).name()),
            Self::Rate => number(b.row.rate_bytes_per_sec).total_cmp(&number(a.row.rate_bytes_per_sec)),
            Self::RoundTrip => number(a.row.rtt_ms).total_cmp(&number(b.row.rtt_ms)),
            Self::Age => b.row.first_seen_at.cmp(&a.row.first_seen_at),
            Self::Direction => a.row.direction.cmp(&b.row.direction),
            Self::Protocol => a.row.protocol.cmp(&b.row.protocol),
        }
    }

    /// Whether a row has nothing to show here; such rows come last, whichever way the column is sorted.
    fn is_empty(self, row: &ConnectionRow) -> bool {
        match self {
            Self::Operator => row.operator.is_empty(),
            Self::Direction => row.direction.is_none(),
            Self::Rate => row.rate_bytes_per_sec.is_none(),
            Self::RoundTrip => row.rtt_ms.is_none(),
            _ => false,
        }
    }
}

/// A row with what is parsed once per sort instead of once per comparison.
struct Keyed<'a> {
    row: &'a ConnectionRow,
    address: Option<(IpAddr, Option<u16>)>,
    index: u32,
}

/// What a cell shows of which nothing is known.
const NOT_MEASURED: Cow<'static, str> = Cow::Borrowed("–");

/// What is not measured is in no order.
fn number(measured: Option<f32>) -> f32 {
    measured.unwrap_or(0.0)
}

/// Letters compare without case, and without an allocation.
fn text(a: &str, b: &str) -> Ordering {
    a.bytes().map(|b| b.to_ascii_lowercase()).cmp(b.bytes().map(|b| b.to_ascii_lowercase()))
}

/// Indexes of `rows` in the order that the table shows: what matches the filter first, then by `column`; rows that are
/// equal there keep the order of `rows`.
#[must_use]
pub(super) fn sorted_order(rows: &[ConnectionRow], column: Column, ascending: bool) -> Vec<u32> {
    let mut keyed: Vec<Keyed<'_>> = (0..).zip(rows).map(|(index, row)| Keyed { row, address: None, index }).collect();
    if column == Column::Remote {
        for item in &mut keyed {
            item.address = parse_address_text(&item.row.remote).map(|address| (address.ip, address.port));
        }
    }
    keyed.sort_by(|a, b| {
        let in_column = column.compare(a, b);
        b.row.matches.cmp(&a.row.matches).then(column.is_empty(a.row).cmp(&column.is_empty(b.row))).then(if ascending {
            in_column
        } else {
            in_column.reverse()
        })
    });
    keyed.into_iter().map(|item| item.index).collect()
}

/// A column with its place in a table: offset from the left and width, in points.
pub(super) type PlacedColumn = (Column, f32, f32);

/// Lays out columns in `width` points, leaving `left` free at the left. The most wanted columns that fit are there.
#[must_use]
pub(super) fn place_columns(width: f32, left: f32) -> Vec<PlacedColumn> {
    let mut used = left - GAP;
    let mut kept = [false; Column::ALL.len()];
    for column in Column::WANTED {
        let (least, _) = column.width();
        if used + GAP + least > width && kept.contains(&true) {
            break;
        }
        used += GAP + least;
        kept[column as usize] = true;
    }
    let columns = || Column::ALL.into_iter().filter(|column| kept[*column as usize]);
    let shares: f32 = columns().map(|column| column.width().1).sum();
    let spare = (width - used).max(0.0) / shares.max(f32::EPSILON);
    let mut x = left;
    columns()
        .map(|column| {
            let (least, share) = column.width();
            let placed = (column, x, least + share * spare);
            x += placed.2 + GAP;
            placed
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_never_overlap_nor_leave_the_table() {
        for width in [80.0, 200.0, 340.0, 460.0, 640.0, 2000.0] {
            let placed = place_columns(width, 14.0);
            assert!(!placed.is_empty());
            for pair in placed.windows(2) {
                assert!(pair[0].1 + pair[0].2 <= pair[1].1, "{width}: {pair:?}");
            }
            let (_, x, w) = placed[placed.len() - 1];
            assert!(x + w <= width.max(84.0) + 0.01, "{width}: ends at {}", x + w);
        }
        assert_eq!(place_columns(686.0, 14.0).len(), Column::ALL.len());
    }

    #[test]
    fn a_narrow_table_keeps_what_is_most_wanted() {
        let names = |width| place_columns(width, 14.0).into_iter().map(|p| p.0).collect::<Vec<_>>();
        assert_eq!(names(352.0), [Column::Process, Column::Place, Column::Rate, Column::RoundTrip, Column::Age]);
        assert_eq!(names(200.0), [Column::Process, Column::Place]);
    }
}
