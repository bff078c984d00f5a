//! Sums over the ends that share a dot.

use super::{End, PlaceMark};
use crate::view::GroupId;

/// Ends by kind of location and by group.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub ends: u32,
    marks: [u32; PlaceMark::COUNT],
    shares: Shares,
}

impl Tally {
    /// Adds an end, or takes it away.
    pub(super) fn change(&mut self, end: End, adds: bool) {
        let change = |count: &mut u32| *count = if adds { *count + 1 } else { *count - 1 };
        change(&mut self.ends);
        change(&mut self.marks[end.mark as usize]);
        if adds {
            self.shares.add(end.group, end.color);
        } else {
            self.shares.take(end.group);
        }
    }

    /// The most important kind among its ends.
    pub(super) fn mark(&self) -> PlaceMark {
        let all = PlaceMark::ALL.into_iter().rev();
        all.zip(self.marks.iter().rev()).find(|(_, ends)| **ends > 0).map_or(PlaceMark::City, |(mark, _)| mark)
    }

    /// See [`Shares::color`].
    pub(super) fn color(&self) -> [u8; 3] {
        self.shares.color()
    }
}

/// The number of ends of one group in a dot.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    group: GroupId,
    color: [u8; 3],
    ends: u32,
}

/// Groups whose ends share a dot, in order of arrival. Most dots have one group, which needs no allocation.
#[derive(Debug, Default)]
struct Shares {
    first: Share,
    others: Vec<Share>,
}

impl Shares {
    fn add(&mut self, group: GroupId, color: [u8; 3]) {
        if self.first.ends == 0 || self.first.group == group {
            self.first = Share { group, color, ends: self.first.ends + 1 };
        } else if let Some(share) = self.others.iter_mut().find(|share| share.group == group) {
            *share = Share { group, color, ends: share.ends + 1 };
        } else {
            self.others.push(Share { group, color, ends: 1 });
        }
    }

    fn take(&mut self, group: GroupId) {
        let mut all = std::iter::once(&mut self.first).chain(&mut self.others);
        if let Some(share) = all.find(|share| share.group == group) {
            share.ends = share.ends.saturating_sub(1);
        }
        self.others.retain(|share| share.ends > 0);
        if self.first.ends == 0 && !self.others.is_empty() {
            self.first = self.others.remove(0);
        }
    }

    /// Colour of the known group with most ends, the latest of equals; if there is none, that of the unknown group.
    fn color(&self) -> [u8; 3] {
        let all = std::iter::once(&self.first).chain(&self.others);
        all.max_by_key(|share| (share.group != GroupId::UNKNOWN, share.ends)).map_or([0; 3], |share| share.color)
    }
}
