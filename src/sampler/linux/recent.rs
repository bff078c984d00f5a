//! Recently reported ends of connections, so that they and their other ends are not reported again.
//!
//! Two sets alternate, so that old entries are dropped all at once: a burst needs at most twice [`MOST`] entries, about
//! 4 MB.

use super::known_sockets::Line;
use rustc_hash::FxHashSet;
use std::hash::Hash;

/// Number of entries after which the older ones are dropped.
const MOST: usize = 32_768;

/// See the module documentation.
#[derive(Debug)]
pub(super) struct Recent<T> {
    young: FxHashSet<T>,
    old: FxHashSet<T>,
    turned_at: u32,
    samples: u32,
}

impl<T: Eq + Hash> Recent<T> {
    /// Remembers each entry for at least `samples` samples, and at most twice as many.
    pub(super) fn new(samples: u32) -> Self {
        Self { young: FxHashSet::default(), old: FxHashSet::default(), turned_at: 0, samples }
    }

    /// Call it once per sample, with its number.
    pub(super) fn begin(&mut self, sample: u32) {
        if sample >= self.turned_at.saturating_add(self.samples) {
            self.turned_at = sample;
            self.turn();
        }
    }

    pub(super) fn note(&mut self, entry: T) {
        if self.young.len() >= MOST {
            self.turn();
        }
        self.young.insert(entry);
    }

    /// Removes an entry, and returns whether it was recent.
    pub(super) fn take(&mut self, entry: &T) -> bool {
        self.young.remove(entry) || self.old.remove(entry)
    }

    fn turn(&mut self) {
        std::mem::swap(&mut self.young, &mut self.old);
        self.young = FxHashSet::default();
    }
}

impl Recent<Line> {
    /// Whether the other end of this connection was recent; removes it, because there is only one.
    pub(super) fn take_other_end(&mut self, (protocol, local, remote): Line) -> bool {
        self.take(&(protocol, remote, local))
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
        const SAMPLES: u32 = 16;
        let mut ends = Recent::new(SAMPLES);
        let (tcp, udp) = (Protocol::Tcp, Protocol::Udp);
        ends.note((tcp, end(1), end(2)));
        assert!(!ends.take_other_end((udp, end(2), end(1))), "another protocol is another connection");
        assert!(!ends.take_other_end((tcp, end(1), end(2))), "this end is not the other one");
        assert!(ends.take_other_end((tcp, end(2), end(1))));
        assert!(!ends.take_other_end((tcp, end(2), end(1))), "the next one with these ports");
        for (samples, is_known) in [(SAMPLES, true), (2 * SAMPLES, false)] {
            let mut ends = Recent::new(SAMPLES);
            ends.note((tcp, end(1), end(2)));
            (1..=samples).for_each(|sample| ends.begin(sample));
            assert_eq!(ends.take_other_end((tcp, end(2), end(1))), is_known, "{samples} samples later");
        }
    }

    #[test]
    fn a_burst_is_not_kept() {
        let mut ends = Recent::new(16);
        (0..200_000_u32).for_each(|number| ends.note(number));
        assert!(ends.young.len() + ends.old.len() <= 2 * MOST);
    }
}
