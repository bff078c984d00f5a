//! Formats connections as lines of a table that fits the terminal.
//!
//! All cells are already escaped, so each row is one line. In a terminal the table is cut to its width, starting with
//! the widest flexible column; bytes and round-trip time are omitted if the terminal is too narrow. In a file or a pipe
//! nothing is cut.

use crate::{
    commands::record_json::RecordEvent,
    geodesy::DoubtKind,
    language::t,
    model::{Connection, Direction, Location},
    text::{columns, ellipsize, fit, format_bytes, format_ms},
    words::{doubt_mark, end_words, holder_words, operator_words, place_words},
};

const GAP: &str = "  ";
const COUNT: usize = 12;
/// Number of columns at the end that need a wide terminal.
const OPTIONAL: usize = 3;

/// Title, in the language of the user, minimum width with `--watch`, and the width below which the column is not cut (0:
/// it is never cut).
const COLUMNS: [(fn() -> &'static str, usize, usize); COUNT] = [
    (|| t!("list-column-event"), 7, 0),
    (|| t!("list-column-process"), 15, 8),
    (|| t!("list-column-pid"), 7, 0),
    (|| t!("list-column-proto"), 5, 0),
    (|| t!("list-column-dir"), 7, 0),
    (|| t!("list-column-state"), 11, 0),
    (|| t!("list-column-address"), 21, 15),
    (|| t!("list-column-place"), 18, 8),
    (|| t!("list-column-operator"), 20, 8),
    (|| t!("list-column-sent"), 7, 0),
    (|| t!("list-column-received"), 8, 0),
    (|| t!("list-column-rtt"), 8, 0),
];

/// Content of a cell with an unknown value.
const NOT_MEASURED: &str = "-";

/// The cells of a row, in the order of the columns; the event is empty without `--watch`.
pub(super) type Cells = [String; COUNT];

/// The widths of the columns.
#[derive(Clone, Debug)]
pub(super) struct Table {
    widths: [usize; COUNT],
    terminal_columns: Option<usize>,
}

impl Table {
    /// A table for `rows`. `is_watch` adds a column for the event, and space for later rows.
    pub(super) fn new(rows: &[Cells], is_watch: bool, terminal_columns: Option<usize>) -> Self {
        let mut widths = [0; COUNT];
        for (index, (title, watch_width, _)) in COLUMNS.into_iter().enumerate() {
            let widest = rows.iter().map(|row| columns(&row[index])).max().unwrap_or(0);
            let least = if is_watch { watch_width } else { 0 };
            widths[index] = widest.max(columns(title())).max(least);
        }
        if !is_watch {
            widths[0] = 0;
        }
        if let Some(available) = terminal_columns {
            for index in (COUNT - OPTIONAL..COUNT).rev() {
                if width_cut(&widths) > available {
                    widths[index] = 0;
                }
            }
            shrink(&mut widths, available);
        }
        Self { widths, terminal_columns }
    }

    /// The header.
    pub(super) fn header(&self) -> String {
        self.line(&COLUMNS.map(|(title, ..)| title().to_owned()))
    }

    /// A row, without line break.
    pub(super) fn line(&self, row: &Cells) -> String {
        let mut line = String::new();
        for (cell, &width) in row.iter().zip(&self.widths).filter(|(_, width)| **width > 0) {
            if !line.is_empty() {
                line.push_str(GAP);
            }
            let is_cut = self.terminal_columns.is_some() || columns(cell) <= width;
            line.push_str(&if is_cut { fit(cell, width) } else { cell.clone() });
        }
        line.truncate(line.trim_end().len());
        match self.terminal_columns {
            Some(available) => ellipsize(&line, available).into_owned(),
            None => line,
        }
    }
}

/// Width of a line.
fn width_of(widths: &[usize; COUNT]) -> usize {
    let shown = widths.iter().filter(|width| **width > 0).count();
    widths.iter().sum::<usize>() + shown.saturating_sub(1) * GAP.len()
}

/// Width of a line with each flexible column cut to a readable minimum.
fn width_cut(widths: &[usize; COUNT]) -> usize {
    let mut cut = *widths;
    for (width, (_, usual, least)) in cut.iter_mut().zip(COLUMNS) {
        if least > 0 {
            *width = (*width).min(usual);
        }
    }
    width_of(&cut)
}

fn shrink(widths: &mut [usize; COUNT], available: usize) {
    loop {
        if width_of(widths) <= available {
            return;
        }
        let flexible = |index: &usize| COLUMNS[*index].2 > 0 && widths[*index] > COLUMNS[*index].2;
        let Some(widest) = (0..COUNT).filter(flexible).max_by_key(|index| widths[*index]) else { return };
        widths[widest] -= 1;
    }
}

/// The cells for `connection`.
pub(super) fn cells(
    event: Option<RecordEvent>,
    connection: &Connection,
    location: &Location,
    doubt: Option<DoubtKind>,
) -> Cells {
    let place = place_words(location, connection.scope());
    let process = holder_words(connection);
    let traffic = connection.traffic.unwrap_or_default();
    let bytes = |bytes: Option<u64>| bytes.map_or(NOT_MEASURED.to_owned(), format_bytes);
    [
        event.map_or("", RecordEvent::name).to_owned(),
        process,
        connection.owner.process().map_or(String::new(), |process| process.pid.to_string()),
        connection.key.protocol.name().to_owned(),
        connection.direction.map_or("", Direction::name).to_owned(),
        connection.state.name().to_owned(),
        end_words(connection, connection.key.remote.unwrap_or(connection.key.local)),
        doubt.map_or(place.clone(), |doubt| format!("{} {place}", doubt_mark(doubt))),
        operator_words(location),
        bytes(traffic.bytes_sent),
        bytes(traffic.bytes_received),
        traffic.rtt_ms.map_or(NOT_MEASURED.to_owned(), format_ms),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(process: &str, operator: &str) -> Cells {
        let ends = ["1.50 kB", "2.00 MB", "64.2 ms"];
        let row = ["opened", process, "12", "tcp", "out", "established", "81.2.69.142:443", "London, GB", operator];
        let mut cells = Cells::default();
        row.into_iter().chain(ends).enumerate().for_each(|(index, cell)| cell.clone_into(&mut cells[index]));
        cells
    }

    #[test]
    fn a_table_never_is_wider_than_the_terminal() {
        let rows = [row("firefox", "AS1 A very long name of an operator"), row("x", "AS2 東京都東京都東京都東京都")];
        for available in [0, 1, 20, 60, 80, 100, 200] {
            for is_watch in [false, true] {
                let table = Table::new(&rows, is_watch, Some(available));
                for line in rows.iter().map(|row| table.line(row)).chain([table.header()]) {
                    assert!(columns(&line) <= available, "{available}: {line}");
                }
            }
        }
    }

    #[test]
    fn a_pipe_gets_everything() {
        let table = Table::new(&[], true, None);
        let long = row("a-process-with-a-very-long-name", "AS1 An operator with a very long name indeed");
        let line = table.line(&long);
        assert!(long.iter().all(|cell| line.contains(cell.as_str())), "{line}");
    }

    #[test]
    fn columns_stand_below_their_titles() {
        let rows = [row("firefox", "AS1 A"), row("東京", "AS2 B")];
        let table = Table::new(&rows, false, None);
        assert_eq!(
            table.header(),
            "PROCESS  PID  PROTO  DIR  STATE        ADDRESS          PLACE       OPERATOR  SENT     RECEIVED  RTT"
        );
        assert_eq!(
            table.line(&rows[1]),
            "東京     12   tcp    out  established  81.2.69.142:443  London, GB  AS2 B     1.50 kB  2.00 MB   64.2 ms"
        );
    }

    #[test]
    fn a_narrow_terminal_has_no_bytes_and_a_wide_one_cuts_none() {
        let rows = [row("firefox", "AS1 A very long name of an operator in a very long country")];
        for (available, titles) in
            [(80, ""), (97, "SENT"), (107, "SENT RECEIVED"), (116, "SENT RECEIVED RTT"), (160, "SENT RECEIVED RTT")]
        {
            let table = Table::new(&rows, false, Some(available));
            let header = table.header();
            let shown: Vec<&str> =
                header.split_whitespace().filter(|it| ["SENT", "RECEIVED", "RTT"].contains(it)).collect();
            assert_eq!(shown, titles.split_whitespace().collect::<Vec<_>>(), "{available}: {header}");
            assert!(table.line(&rows[0]).contains("firefox"), "{available}");
            assert_eq!(table.line(&rows[0]).contains("64.2 ms"), titles.ends_with("RTT"), "{available}");
        }
    }
}
