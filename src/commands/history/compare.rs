//! `netglobe history compare`: what is new, gone, more and less in one window of time than in another.

use super::{HistoryCommandError, file, print};
use crate::{
    cli::{CompareArgs, PastWindow},
    config::Settings,
    history::{Change, Difference, Store, SubjectKind, Sums, WindowSums, compare, of_kind},
    model::{CountryIso, TimeWindow, UnixMillis, country_name},
    sampler::DataClock,
    text::{escape_in_json, escape_untrusted, format_bytes, format_duration},
};
use serde::Serialize;
use std::fmt::Write as _;

/// Number of the schema of [`DifferenceRecord`].
const SCHEMA: u32 = 1;
/// Rows of a kind and a change that are printed as text.
const SHOWN: usize = 10;

/// A line of `history compare --json`, schema 1.
#[derive(Serialize)]
struct DifferenceRecord<'a> {
    schema: u32,
    kind: SubjectKind,
    name: &'a str,
    change: Change,
    before: SumsRecord,
    after: SumsRecord,
}

#[derive(Serialize)]
struct SumsRecord {
    /// Connections that were there when the window or recording in it began.
    present: u64,
    opened: u64,
    bytes_sent: u64,
    bytes_received: u64,
}

pub(super) fn run(args: &CompareArgs, settings: &Settings) -> Result<(), HistoryCommandError> {
    let store = Store::open_for_reading(file(settings)?)?;
    let now = DataClock::default().now();
    let (before, after) = (window(args.before, now)?, window(args.after, now)?);
    let (then, later) = (store.sums(before)?, store.sums(after)?);
    let differences = compare(&then, &later);
    if args.json {
        return differences.iter().try_for_each(|difference| {
            let line = serde_json::to_string(&record(difference));
            let line = line.map_err(|error| HistoryCommandError::Output(error.into()))?;
            print(&(escape_in_json(&line).into_owned() + "\n"))
        });
    }
    print(&words((before, &then), (after, &later), &differences))
}

fn window(window: PastWindow, now: UnixMillis) -> Result<TimeWindow, HistoryCommandError> {
    let (from, to) = (window.from.moment(now), window.to.moment(now));
    if from >= to {
        return Err(HistoryCommandError::EmptyWindow { from, to });
    }
    Ok(TimeWindow { from, to })
}

fn record(difference: &Difference) -> DifferenceRecord<'_> {
    let sums = |sums: &Sums| SumsRecord {
        present: sums.present,
        opened: sums.opened,
        bytes_sent: sums.sent,
        bytes_received: sums.received,
    };
    DifferenceRecord {
        schema: SCHEMA,
        kind: difference.subject.kind,
        name: &difference.subject.name,
        change: difference.change,
        before: sums(&difference.before),
        after: sums(&difference.after),
    }
}

fn words(before: (TimeWindow, &WindowSums), after: (TimeWindow, &WindowSums), all: &[Difference]) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        if writeln!(text, "{}", escape_untrusted(&line)).is_err() {
            // Writing to memory cannot fail.
        }
    };
    for (name, (window, sums)) in [("before", before), ("after", after)] {
        let recorded = format_duration(sums.recorded_ms as f64 / 1000.0);
        line(format!("# {name}: {} to {}, {recorded} of it recorded", window.from, window.to));
    }
    for (kind, title) in [
        (SubjectKind::Process, "processes"),
        (SubjectKind::Country, "countries"),
        (SubjectKind::Operator, "operators"),
        (SubjectKind::Port, "ports"),
    ] {
        line(format!("{title:<34}{:>20}{:>20}", "connections", "bytes"));
        for change in Change::ALL {
            let rows: Vec<&Difference> = of_kind(all, kind).filter(|it| it.change == change).collect();
            for row in rows.iter().take(SHOWN) {
                line(row_words(row));
            }
            if rows.len() > SHOWN {
                line(format!("  {:<6} and {} more (--json prints all)", change_words(change), rows.len() - SHOWN));
            }
        }
    }
    text
}

fn row_words(row: &Difference) -> String {
    let name = match (row.subject.kind, CountryIso::parse(&row.subject.name)) {
        (SubjectKind::Country, Some(country)) => country_name(country).unwrap_or(&row.subject.name),
        _ => &row.subject.name,
    };
    let connections = format!("{} → {}", row.before.connections(), row.after.connections());
    let bytes = |sums: &Sums| format_bytes(sums.sent + sums.received);
    let bytes = format!("{} → {}", bytes(&row.before), bytes(&row.after));
    format!("  {:<6} {:<25}{connections:>20}{bytes:>20}", change_words(row.change), crate::text::ellipsize(name, 24))
}

fn change_words(change: Change) -> &'static str {
    match change {
        Change::New => "new",
        Change::Gone => "gone",
        Change::More => "more",
        Change::Less => "less",
        Change::Same => "same",
    }
}
