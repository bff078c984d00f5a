//! Connections within this machine that were recently reported as closed, so that the other end is not reported as well.
//!
//! Two sets take turns, so that what is old is forgotten all at once: a burst takes no more than twice [`MOST`] entries,
//! about 4 MB. Both ends of a connection end within moments of each other.

use super::known_sockets::Line;
use std::collections::HashSet;

/// Ends after which the older ones are forgotten.
const MOST: usize = 32_768;
/// Samples after which the older ones are forgotten.
const SAMPLES: u64 = 16;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct RecentEnds {
    young: HashSet<Line>,
    old: HashSet<Line>,
    turned_at: u64,
}

impl RecentEnds {
    /// To be called once a sample, with its number.
    pub(super) fn begin(&mut self, sample: u64) {
        if sample >= self.turned_at + SAMPLES {
            self.turned_at = sample;
            self.turn();
        }
    }

    /// The end of this connection was reported, from this end.
    pub(super) fn note(&mut self, line: Line) {
        if self.young.len() >= MOST {
            self.turn();
        }
        self.young.insert(line);
    }

    /// Whether the other end of this connection was reported lately; it has but one.
    pub(super) fn take_other_end(&mut self, (protocol, local, remote): Line) -> bool {
        let seen_from_there = (protocol, remote, local);
        self.young.remove(&seen_from_there) || self.old.remove(&seen_from_there)
    }

    fn turn(&mut self) {
        std::mem::swap(&mut self.young, &mut self.old);
        self.young.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Endpoint, Protocol};

    fn end(port: u16) -> Endpoint {
        Endpoint::new([127, 0, 0, 1].into(), port)
    }

    #[test]
    fn the_other_end_is_known_once_and_for_a_while() {
        let mut ends = RecentEnds::default();
        let (tcp, udp) = (Protocol::Tcp, Protocol::Udp);
        ends.note((tcp, end(1), end(2)));
        assert!(!ends.take_other_end((udp, end(2), end(1))), "another protocol is another connection");
        assert!(!ends.take_other_end((tcp, end(1), end(2))), "this end is not the other one");
        assert!(ends.take_other_end((tcp, end(2), end(1))));
        assert!(!ends.take_other_end((tcp, end(2), end(1))), "the next one with these ports");
        for (samples, is_known) in [(SAMPLES, true), (2 * SAMPLES, false)] {
            let mut ends = RecentEnds::default();
            ends.note((tcp, end(1), end(2)));
            (1..=samples).for_each(|sample| ends.begin(sample));
            assert_eq!(ends.take_other_end((tcp, end(2), end(1))), is_known, "{samples} samples later");
        }
    }

    #[test]
    fn a_burst_is_not_kept() {
        let mut ends = RecentEnds::default();
        for number in 0..200_000_u32 {
            let remote = Endpoint::new(std::net::Ipv4Addr::from(number).into(), 443);
            ends.note((Protocol::Tcp, end(1), remote));
        }
        assert!(ends.young.len() + ends.old.len() <= 2 * MOST);
    }
}
