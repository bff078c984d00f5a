//! The columns of the connection table: their content, width and sort order.

pub use crate::actions::Column;

use crate::{
    language::t,
    model::{Direction, UnixMillis, parse_address_text},
    text::{format_bytes, format_ms_number},
    ui::format::{age_text, rate_text},
    view::panels::{ConnectionRow, RowMark},
};
use std::{borrow::Cow, cmp::Ordering, net::IpAddr};

/// Space between two columns, in points.
const GAP: f32 = 8.0;

impl Column {
    /// All columns, in the order of the table.
    pub const ALL: [Self; 12] = [
        Self::Process,
        Self::Remote,
        Self::Place,
        Self::Operator,
        Self::State,
        Self::Rate,
        Self::Sent,
        Self::Received,
        Self::RoundTrip,
        Self::Age,
        Self::Direction,
        Self::Protocol,
    ];

    /// Priority of columns if the table is too narrow for all of them, the most important first.
    const WANTED: [Self; 12] = [
        Self::Process,
        Self::Place,
        Self::Rate,
        Self::RoundTrip,
        Self::Age,
        Self::Remote,
        Self::Sent,
        Self::Received,
        Self::Operator,
        Self::State,
        Self::Direction,
        Self::Protocol,
    ];

    /// The header of the column.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Process => t!("table-title-process"),
            Self::Remote => t!("table-title-remote"),
            Self::Place => t!("table-title-place"),
            Self::Operator => t!("table-title-operator"),
            Self::State => t!("table-title-state"),
            Self::Rate => t!("table-title-rate"),
            Self::Sent => t!("table-title-sent"),
            Self::Received => t!("table-title-received"),
            Self::RoundTrip => t!("table-title-round-trip"),
            Self::Age => t!("table-title-age"),
            Self::Direction => t!("table-title-direction"),
            Self::Protocol => t!("table-title-protocol"),
        }
    }

    /// The name of the column, and a description of its content.
    #[must_use]
    pub fn explain(self) -> (&'static str, &'static str) {
        match self {
            Self::Process => (t!("table-column-process"), t!("table-column-process-meaning")),
            Self::Remote => (t!("table-column-remote"), t!("table-column-remote-meaning")),
            Self::Place => (t!("table-column-place"), t!("table-column-place-meaning")),
            Self::Operator => (t!("table-column-operator"), t!("table-column-operator-meaning")),
            Self::State => (t!("table-column-state"), t!("table-column-state-meaning")),
            Self::Rate => (t!("table-column-rate"), t!("table-column-rate-meaning")),
            Self::Sent => (t!("table-column-sent"), t!("table-column-sent-meaning")),
            Self::Received => (t!("table-column-received"), t!("table-column-received-meaning")),
            Self::RoundTrip => (t!("table-column-round-trip"), t!("table-column-round-trip-meaning")),
            Self::Age => (t!("table-column-age"), t!("table-column-age-meaning")),
            Self::Direction => (t!("table-column-direction"), t!("table-column-direction-meaning")),
            Self::Protocol => (t!("table-column-protocol"), t!("table-column-protocol-meaning")),
        }
    }

    /// The label under which the glossary explains what is in the column.
    pub(in crate::ui) fn term(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Remote => "remote",
            Self::Place => "place",
            Self::Operator => "operator",
            Self::State => "socket",
            Self::Rate => "traffic",
            Self::Sent => "sent",
            Self::Received => "received",
            Self::RoundTrip => "round-trip time",
            Self::Age => "open for",
            Self::Direction => "opened by",
            Self::Protocol => "protocol",
        }
    }

    /// Whether the first click on the header sorts the smallest first; for traffic, the largest comes first.
    #[must_use]
    pub fn starts_ascending(self) -> bool {
        !matches!(self, Self::Rate | Self::Sent | Self::Received)
    }

    /// Minimum width in points, and the fraction of the remaining width for this column.
    fn width(self) -> (f32, f32) {
        match self {
            Self::Process => (66.0, 1.0),
            Self::Remote => (116.0, 1.0),
            Self::Place => (84.0, 1.4),
            Self::Operator => (106.0, 2.0),
            Self::State => (66.0, 0.2),
            Self::Rate | Self::Sent => (50.0, 0.0),
            Self::Received => (58.0, 0.0),
            Self::RoundTrip => (44.0, 0.0),
            Self::Age => (38.0, 0.0),
            Self::Direction => (28.0, 0.0),
            Self::Protocol => (30.0, 0.0),
        }
    }

    /// Text of the column for a row at the time `now`.
    #[must_use]
    pub(super) fn cell(self, row: &ConnectionRow, now: UnixMillis) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Process => &row.process,
            Self::Remote => &row.remote,
            Self::Place => &row.place,
            Self::Operator => operator_name(&row.operator),
            Self::State => row.state.name(),
            Self::Rate => return row.rate_bytes_per_sec.map_or(NOT_MEASURED, |rate| Cow::Owned(rate_text(rate))),
            Self::Sent => return row.bytes_sent.map_or(NOT_MEASURED, |bytes| Cow::Owned(format_bytes(bytes))),
            Self::Received => return row.bytes_received.map_or(NOT_MEASURED, |bytes| Cow::Owned(format_bytes(bytes))),
            Self::RoundTrip => return row.rtt_ms.map_or(NOT_MEASURED, |ms| Cow::Owned(format_ms_number(ms))),
            Self::Age => return Cow::Owned(age_text(now, row.first_seen_at)),
            Self::Direction => match row.direction {
                None => "",
                Some(Direction::Unknown) => "?",
                Some(direction) => direction.name(),
            },
            Self::Protocol => row.protocol.name(),
        })
    }

    /// Compares `a` with `b` in this column; for ages, the younger is less. Remotes compare as numbers, and those that
    /// are not addresses come last.
    fn compare(self, a: &Keyed<'_>, b: &Keyed<'_>) -> Ordering {
        match self {
            Self::Process => text(&a.row.process, &b.row.process),
            Self::Remote => match (a.address, b.address) {
                (Some(a), Some(b)) => a.cmp(&b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => text(&a.row.remote, &b.row.remote),
            },
            // Ignore the mark of doubtful places.
            Self::Place => text(a.row.place.trim_start_matches(['?', ' ']), b.row.place.trim_start_matches(['?', ' '])),
            Self::Operator => text(operator_name(&a.row.operator), operator_name(&b.row.operator)),
            Self::State => a.row.state.name().cmp(b.row.state.name()),
            Self::Rate => number(a.row.rate_bytes_per_sec).total_cmp(&number(b.row.rate_bytes_per_sec)),
            Self::Sent => a.row.bytes_sent.cmp(&b.row.bytes_sent),
            Self::Received => a.row.bytes_received.cmp(&b.row.bytes_received),
            Self::RoundTrip => number(a.row.rtt_ms).total_cmp(&number(b.row.rtt_ms)),
            Self::Age => b.row.first_seen_at.cmp(&a.row.first_seen_at),
            Self::Direction => a.row.direction.cmp(&b.row.direction),
            Self::Protocol => a.row.protocol.cmp(&b.row.protocol),
        }
    }

    /// Whether a row has no value in this column; such rows come last in both sort directions.
    fn is_empty(self, row: &ConnectionRow) -> bool {
        match self {
            Self::Operator => row.operator.is_empty(),
            Self::Direction => row.direction.is_none(),
            Self::Rate => row.rate_bytes_per_sec.is_none(),
            Self::Sent => row.bytes_sent.is_none(),
            Self::Received => row.bytes_received.is_none(),
            Self::RoundTrip => row.rtt_ms.is_none(),
            _ => false,
        }
    }
}

/// A row with values that are parsed once per sort instead of once per comparison.
struct Keyed<'a> {
    row: &'a ConnectionRow,
    address: Option<(IpAddr, Option<u16>)>,
    index: u32,
}

/// The name of an operator without the number before it, if it has a name.
fn operator_name(operator: &str) -> &str {
    let number = operator.strip_prefix("AS").map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    number.and_then(|rest| rest.strip_prefix(' ')).filter(|name| !name.is_empty()).unwrap_or(operator)
}

/// Text of a cell with an unknown value.
const NOT_MEASURED: Cow<'static, str> = Cow::Borrowed("–");

/// 0 for unknown values, which are sorted separately.
fn number(measured: Option<f32>) -> f32 {
    measured.unwrap_or(0.0)
}

/// Case-insensitive comparison without allocation.
fn text(a: &str, b: &str) -> Ordering {
    a.bytes().map(|b| b.to_ascii_lowercase()).cmp(b.bytes().map(|b| b.to_ascii_lowercase()))
}

/// Indices of the `rows`, closed ones last, then by `column`, whatever the filter matches. The sort is stable.
#[must_use]
pub(super) fn sorted_order(rows: &[ConnectionRow], column: Column, ascending: bool) -> Vec<u32> {
    let all = (0..).zip(rows);
    let mut keyed: Vec<Keyed<'_>> = all.map(|(index, row)| Keyed { row, address: None, index }).collect();
    if column == Column::Remote {
        for item in &mut keyed {
            item.address = parse_address_text(&item.row.remote).map(|address| (address.ip, address.port));
        }
    }
    keyed.sort_by(|a, b| {
        let in_column = column.compare(a, b);
        let in_column = if ascending { in_column } else { in_column.reverse() };
        a.row.closed.cmp(&b.row.closed).then(column.is_empty(a.row).cmp(&column.is_empty(b.row))).then(in_column)
    });
    keyed.into_iter().map(|item| item.index).collect()
}

/// Those of the rows in this order that are not hidden, in display order: rows that match the filter first.
#[must_use]
pub(super) fn shown_order(marks: &[RowMark], order: &[u32]) -> Vec<u32> {
    let (mut shown, mut others) = (Vec::with_capacity(order.len()), Vec::new());
    for &index in order {
        match marks.get(index as usize) {
            Some(RowMark { hidden: false, matches: true, .. }) => shown.push(index),
            Some(RowMark { hidden: false, matches: false, .. }) => others.push(index),
            _ => {}
        }
    }
    shown.append(&mut others);
    shown
}

/// A column with its offset from the left and its width, in points.
pub(super) type PlacedColumn = (Column, f32, f32);

/// Lays out columns in `width` points, with a margin of `left` points. Drops the least important columns if not all
/// fit.
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
        assert_eq!(place_columns(842.0, 14.0).len(), Column::ALL.len());
    }

    #[test]
    fn an_operator_is_shown_by_its_name() {
        for (operator, name) in [
            ("AS2856 British Telecommunications PLC", "British Telecommunications PLC"),
            ("AS2856", "AS2856"),
            ("ASUSTeK", "ASUSTeK"),
            ("", ""),
        ] {
            assert_eq!(operator_name(operator), name);
        }
    }

    #[test]
    fn a_narrow_table_keeps_the_most_important_columns() {
        let names = |width| place_columns(width, 14.0).into_iter().map(|p| p.0).collect::<Vec<_>>();
        assert_eq!(names(352.0), [Column::Process, Column::Place, Column::Rate, Column::RoundTrip, Column::Age]);
        assert_eq!(names(200.0), [Column::Process, Column::Place]);
    }
}
