//! Counts rows by group, for the program buttons and the legend.

use super::panels::{ConnectionRow, ProcessCount};
use crate::{language::t, model::Group, text::escape_untrusted};
use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

/// The rows of one group.
#[derive(Clone, Copy, Debug)]
struct Tally<'a> {
    group: &'a Group,
    /// Any of them: all have the same colour and owner.
    row: &'a ConnectionRow,
    rows: usize,
}

/// `rows` by group, the largest first.
fn tally<'a>(rows: impl Iterator<Item = &'a ConnectionRow>) -> Vec<Tally<'a>> {
    let mut groups: HashMap<&Group, Tally<'a>> = HashMap::new();
    for row in rows {
        groups.entry(&row.group).or_insert(Tally { group: &row.group, row, rows: 0 }).rows += 1;
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_unstable_by(|a, b| {
        (Reverse(a.rows), &a.row.process, a.group).cmp(&(Reverse(b.rows), &b.row.process, b.group))
    });
    groups
}

/// Names shared by several programs of `groups`.
fn shared_names<'a>(groups: &[Tally<'a>]) -> HashSet<&'a str> {
    let (mut seen, mut shared) = (HashSet::new(), HashSet::new());
    for group in groups {
        if let Group::Program { name, .. } = group.group
            && !seen.insert(&**name)
        {
            shared.insert(&**name);
        }
    }
    shared
}

/// The programs with the most `rows`, at most `most` of them; listeners and closed connections do not count. Excludes
/// programs that cannot be distinguished from others with the same name.
#[must_use]
pub fn busiest_programs(rows: &[ConnectionRow], most: usize) -> Vec<ProcessCount> {
    let groups = tally(rows.iter().filter(|row| !row.closed && row.direction.is_some()));
    let shared = shared_names(&groups);
    let count = |it: &Tally<'_>| {
        let Group::Program { name, path } = it.group else { return None };
        let exact = match (shared.contains(&**name), path) {
            (false, _) => name,
            (true, Some(path)) => path,
            (true, None) => return None,
        };
        let [name, exact] = [name, exact].map(|text| escape_untrusted(text).into_owned());
        Some(ProcessCount { name, exact, connections: it.rows, color: it.row.color })
    };
    groups.iter().filter_map(count).take(most).collect()
}

/// The groups with the most arcs to places, at most `most` of them, each with its colour and its name; finally the
/// unknown owners, if there are any, which are not one group.
#[must_use]
pub fn legend_entries(rows: &[ConnectionRow], most: usize) -> Vec<([u8; 3], String)> {
    let mut groups = tally(rows.iter().filter(|row| row.has_place && row.direction.is_some()));
    let unknown = groups.iter().position(|it| !it.group.is_known()).map(|at| groups.remove(at));
    let shared = shared_names(&groups);
    let entry = |it: &Tally<'_>| match it.group {
        Group::Program { name, path: Some(path) } if shared.contains(&**name) => {
            (it.row.color, format!("{} ({})", it.row.process, escape_untrusted(path)))
        }
        _ => (it.row.color, it.row.process.clone()),
    };
    let unknown = unknown.map(|it| (it.row.color, t!("legend-unknown-owners").to_owned()));
    groups.iter().take(most).map(entry).chain(unknown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Owner, OwnerMissing, Process},
        sampler::hub_scenario,
        view::{Palette, rows::connection_row},
    };
    use bevy::prelude::Entity;
    use std::sync::Arc;

    fn row(owner: Owner) -> ConnectionRow {
        let mut connection = hub_scenario(1, 1, 0.0).remove(0);
        connection.owner = owner;
        let location = connection.stated_location().expect("invented");
        let color = Palette::STANDARD.group(&Group::of(&connection));
        connection_row(Entity::PLACEHOLDER, &connection, &location, None, color)
    }

    fn of(name: &str, path: Option<&str>) -> ConnectionRow {
        row(Owner::Process(Arc::new(Process { pid: 3, name: Some(name.into()), path: path.map(Arc::from) })))
    }

    fn unknown(reason: OwnerMissing) -> ConnectionRow {
        row(Owner::Missing(reason))
    }

    fn counts(rows: &[ConnectionRow], most: usize) -> Vec<(String, String, usize)> {
        busiest_programs(rows, most).into_iter().map(|it| (it.name, it.exact, it.connections)).collect()
    }

    fn count(name: &str, exact: &str, connections: usize) -> (String, String, usize) {
        (name.to_owned(), exact.to_owned(), connections)
    }

    #[test]
    fn programs_are_counted_without_what_waits_or_has_closed() {
        let mut rows = vec![of("curl", None), of("ssh", None), of("ssh", None), of("ssh", None), of("ssh", None)];
        rows[1].closed = true;
        rows[2].direction = None;
        assert_eq!(counts(&rows, 9), [count("ssh", "ssh", 2), count("curl", "curl", 1)]);
        assert_eq!(counts(&rows, 1).len(), 1);
    }

    #[test]
    fn unknown_owners_are_no_process_and_programs_of_one_name_are_not_one() {
        let refused = || unknown(OwnerMissing::NotPermitted);
        let rows = [
            refused(),
            refused(),
            refused(),
            unknown(OwnerMissing::NotFound),
            of("python3", Some("/usr/bin/python3")),
            of("python3", Some("/usr/bin/python3")),
            of("python3", Some("/opt/python3")),
            of("python3", None),
            of("curl", None),
        ];
        let expected =
            [count("python3", "/usr/bin/python3", 2), count("curl", "curl", 1), count("python3", "/opt/python3", 1)];
        assert_eq!(counts(&rows, 9), expected, "nothing could tell the one without a path from the others");
        let names: Vec<String> = legend_entries(&rows, 9).into_iter().map(|(_, name)| name).collect();
        let expected = ["python3 (/usr/bin/python3)", "curl", "python3", "python3 (/opt/python3)", "unknown owners"];
        assert_eq!(names, expected, "the unknown come last, however many they are, and once");
        assert_eq!(legend_entries(&rows, 2).len(), 3);
    }

    #[test]
    fn the_legend_speaks_of_arcs_to_places() {
        let mut rows = [of("curl", None), of("ssh", None), of("ssh", None)];
        rows[1].has_place = false;
        rows[2].direction = None;
        assert_eq!(legend_entries(&rows, 9), [(rows[0].color, "curl".to_owned())]);
        assert!(legend_entries(&[], 9).is_empty());
    }
}
