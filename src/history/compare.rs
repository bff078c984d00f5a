//! Compares two windows of time: what is new, gone, more and less, by process, country, operator and port.

use super::{Subject, SubjectKind, Sums, WindowSums};
use std::{cmp::Reverse, collections::BTreeSet};

/// A ratio of what happens per hour from which on it is more or less.
const CLEARLY: f64 = 1.5;
/// Bytes per hour below which a difference means nothing.
const FEW_BYTES: f64 = 100_000.0;

/// How something has changed from the first window to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It is only in the second.
    New,
    /// It is only in the first.
    Gone,
    /// There is more of it per hour.
    More,
    /// There is less of it per hour.
    Less,
    /// There is about as much of it.
    Same,
}

impl Change {
    /// All of them in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::New, Self::Gone, Self::More, Self::Less, Self::Same];
}

/// A process, country, operator or port in two windows.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// What it is.
    pub subject: Subject,
    /// How it has changed.
    pub change: Change,
    /// The first window.
    pub before: Sums,
    /// The second window.
    pub after: Sums,
}

/// What differs between two windows: by kind, then by change, then the largest first.
#[must_use]
pub fn compare(before: &WindowSums, after: &WindowSums) -> Vec<Difference> {
    let subjects: BTreeSet<&Subject> = before.subjects.keys().chain(after.subjects.keys()).collect();
    let sums = |window: &WindowSums, subject: &Subject| window.subjects.get(subject).copied().unwrap_or_default();
    let mut all: Vec<Difference> = subjects
        .into_iter()
        .map(|subject| {
            let (then, now) = (sums(before, subject), sums(after, subject));
            let change = change(&then, hours(before), &now, hours(after));
            Difference { subject: subject.clone(), change, before: then, after: now }
        })
        .filter(|it| it.before.connections() + it.after.connections() > 0)
        .collect();
    let size = |it: &Difference| it.before.connections().max(it.after.connections());
    all.sort_by_key(|it| (it.subject.kind, it.change, Reverse(size(it)), it.subject.name.clone()));
    all
}

fn hours(window: &WindowSums) -> f64 {
    (window.recorded_ms as f64 / 3_600_000.0).max(1.0 / 3_600.0)
}

fn change(before: &Sums, hours_before: f64, after: &Sums, hours_after: f64) -> Change {
    match (before.connections(), after.connections()) {
        (0, _) => return Change::New,
        (_, 0) => return Change::Gone,
        _ => {}
    }
    let per_hour = |sums: &Sums, hours: f64| sums.present as f64 + sums.opened as f64 / hours;
    let bytes = |sums: &Sums, hours: f64| (sums.sent + sums.received) as f64 / hours;
    let ratio = |then: f64, now: f64, few: f64| {
        if then.max(now) < few { 1.0 } else { (now + few / 100.0) / (then + few / 100.0) }
    };
    let connections = ratio(per_hour(before, hours_before), per_hour(after, hours_after), 2.0);
    let traffic = ratio(bytes(before, hours_before), bytes(after, hours_after), FEW_BYTES);
    // Traffic decides where it differs more.
    let clearest = if traffic.ln().abs() > connections.ln().abs() { traffic } else { connections };
    if clearest >= CLEARLY {
        Change::More
    } else if clearest <= 1.0 / CLEARLY {
        Change::Less
    } else {
        Change::Same
    }
}

/// The differences of one kind.
pub fn of_kind(all: &[Difference], kind: SubjectKind) -> impl Iterator<Item = &Difference> {
    all.iter().filter(move |it| it.subject.kind == kind)
}
