//! Connections as lines of a table that fits the terminal.
//!
//! Every cell is escaped before it gets here, so one row is one line. A terminal's table is cut to its width, the widest
//! of the flexible columns first; into a file or a pipe nothing is cut.

use crate::{
    commands::record_json::RecordEvent,
    geodesy::DoubtKind,
    model::{Connection, Direction, Location},
    text::{columns, ellipsize, fit},
    words::{doubt_mark, end_words, holder_words, operator_words, place_words},
};

const GAP: &str = "  ";
const COUNT: usize = 9;

/// Title, width that a watch starts with, and the width below which the column is not cut (0: it is never cut).
const COLUMNS: [(&str, usize, usize); COUNT] = [
    ("EVENT", 7, 0),
    ("PROCESS", 15, 8),
    ("PID", 7, 0),
    ("PROTO", 5, 0),
    ("DIR", 7, 0),
    ("STATE", 11, 0),
    ("ADDRESS", 21, 15),
    ("PLACE", 18, 8),
    ("OPERATOR", 20, 8),
];

/// The cells of one row, in the order of the columns; the event is empty when nothing is watched.
pub(super) type Cells = [String; COUNT];

/// How wide each column is.
#[derive(Clone, Debug)]
pub(super) struct Table {
    widths: [usize; COUNT],
    terminal_columns: Option<usize>,
}

impl Table {
    /// A table for `rows`. `is_watch` makes a column for the event, and room for rows that come later.
    pub(super) fn new(rows: &[Cells], is_watch: bool, terminal_columns: Option<usize>) -> Self {
        let mut widths = [0; COUNT];
        for (index, (title, watch_width, _)) in COLUMNS.into_iter().enumerate() {
            let widest = rows.iter().map(|row| columns(&row[index])).max().unwrap_or(0);
            let least = if is_watch { watch_width } else { 0 };
            widths[index] = widest.max(title.len()).max(least);
        }
        if !is_watch {
            widths[0] = 0;
        }
        if let Some(available) = terminal_columns {
            shrink(&mut widths, available);
        }
        Self { widths, terminal_columns }
    }

    /// The line of titles.
    pub(super) fn header(&self) -> String {
        self.line(&COLUMNS.map(|(title, ..)| title.to_owned()))
    }

    /// The line of one row, without its line break.
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

fn shrink(widths: &mut [usize; COUNT], available: usize) {
    loop {
        let shown = widths.iter().filter(|width| **width > 0).count();
        if widths.iter().sum::<usize>() + shown.saturating_sub(1) * GAP.len() <= available {
            return;
        }
        let flexible = |index: &usize| COLUMNS[*index].2 > 0 && widths[*index] > COLUMNS[*index].2;
        let Some(widest) = (0..COUNT).filter(flexible).max_by_key(|index| widths[*index]) else { return };
        widths[widest] -= 1;
    }
}

/// The row of `connection`.
pub(super) fn cells(
    event: Option<RecordEvent>,
    connection: &Connection,
    location: &Location,
    doubt: Option<DoubtKind>,
) -> Cells {
    let place = place_words(location, connection.scope());
    let process = holder_words(connection);
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
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(process: &str, operator: &str) -> Cells {
        ["opened", process, "12", "tcp", "out", "established", "81.2.69.142:443", "London, GB", operator]
            .map(str::to_owned)
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
        assert_eq!(table.header(), "PROCESS  PID  PROTO  DIR  STATE        ADDRESS          PLACE       OPERATOR");
        assert_eq!(table.line(&rows[1]), "東京     12   tcp    out  established  81.2.69.142:443  London, GB  AS2 B");
    }
}
