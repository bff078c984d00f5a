//! Explains why there are no arcs.

use crate::{language::t, model::Counts};

/// One line that says why there are no arcs, or where arcs start if no home is set; `None` if there is nothing to
/// explain. `without_home` says the latter; `None` if there is a home.
#[must_use]
pub fn quiet_reason(counts: &Counts, without_home: Option<&str>, arcs: usize) -> Option<String> {
    if arcs > 0 {
        return without_home.map(str::to_owned);
    }
    if counts.total() == 0 {
        return Some(t!("quiet-no-sockets").to_owned());
    }
    if counts.public > 0 {
        // A peer with a location has an arc, or will get one in this frame.
        return (counts.without_place == counts.public).then(|| unplaced_reason(counts));
    }
    let mut others = Vec::new();
    if counts.lan > 0 {
        others.push(t!("quiet-lan", count = counts.lan));
    }
    if counts.this_machine > 0 {
        others.push(t!("quiet-this-computer", count = counts.this_machine));
    }
    if counts.other > 0 {
        others.push(t!("quiet-other", count = counts.other));
    }
    if counts.listeners > 0 {
        others.push(t!("quiet-listening", count = counts.listeners));
    }
    Some(t!("quiet-not-public", others = others.join(", ")))
}

/// Why none of the public addresses has a location.
fn unplaced_reason(counts: &Counts) -> String {
    let peers = t!("quiet-unplaced", count = counts.public);
    if counts.without_database == counts.public {
        return t!("quiet-no-database", peers = peers);
    }
    t!("quiet-see-table", peers = peers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Location, Owner, PlaceMissing};

    #[test]
    fn a_quiet_globe_says_why() {
        let none = Counts::default();
        let lan = Counts { lan: 3, this_machine: 12, ..none };
        let unplaced = Counts { public: 2, without_place: 2, ..none };
        let unasked = Counts { without_database: 2, ..unplaced };
        let placed = Counts { public: 2, without_place: 1, ..none };
        let one = Counts { public: 1, without_place: 1, ..none };
        for (counts, has_home, arcs, expected) in [
            (none, true, 0, Some("no socket is open")),
            (lan, true, 0, Some("no public connections; 3 on the LAN, 12 on this computer")),
            (unplaced, true, 0, Some("the locations of all 2 public addresses are unknown; the table")),
            (
                unasked,
                true,
                0,
                Some("the locations of all 2 public addresses are unknown: no location database is loaded"),
            ),
            (placed, true, 0, None),
            (one, false, 0, Some("the location of the only public address is unknown")),
            (one, false, 1, Some("ring beside the globe")),
            (one, true, 1, None),
        ] {
            let said = quiet_reason(&counts, (!has_home).then_some("a ring beside the globe"), arcs);
            match expected {
                Some(words) => assert!(said.as_ref().is_some_and(|said| said.contains(words)), "{counts:?}: {said:?}"),
                None => assert_eq!(said, None),
            }
        }
    }

    #[test]
    fn a_connection_is_counted_once() {
        let mut counts = Counts::default();
        for connection in crate::sampler::hub_scenario(4, 1, 0.0) {
            counts.add(&connection, &Location::missing(crate::model::PlaceMissing::NotInDatabase));
        }
        assert_eq!((counts.public, counts.without_place, counts.total()), (4, 4, 4));
        assert_eq!((counts.without_database, counts.without_owner), (0, 0));
    }

    #[test]
    fn what_is_not_known_is_counted() {
        let mut counts = Counts::default();
        for mut connection in crate::sampler::hub_scenario(2, 1, 0.0) {
            connection.owner = Owner::Missing(crate::model::OwnerMissing::NotPermitted);
            counts.add(&connection, &Location::missing(PlaceMissing::DatabaseUnavailable));
        }
        assert_eq!((counts.without_database, counts.without_place, counts.without_owner), (2, 2, 2));
    }
}
