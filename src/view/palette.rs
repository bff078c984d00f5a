//! The colours of the picture: a palette maps each group to one by its name, the same in every run, and has one for each
//! mark of the globe. Where two of the busiest groups would have similar colours, [`super::Groups`] gives the less busy one
//! another hue.
//!
//! A palette is a value that can be replaced at any time; everything is then drawn again. Colours do not say what belongs
//! together; [`Group`] does.

use crate::model::Group;
use bevy::prelude::Resource;

/// See the module. All colours are sRGB.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// What it is called.
    pub name: &'static str,
    /// Hues of groups; several groups may have one.
    pub hues: &'static [[u8; 3]],
    /// Nobody is known to hold the socket.
    pub unknown: [u8; 3],
    /// The far end has no place on the earth: it stands on the ring of the LAN, on the shell above the pole, or at home.
    pub no_place: [u8; 3],
    /// A country that is lit: the pointer rests on it, or no more than the country is known.
    pub area: [u8; 3],
    /// The place of the far end is doubted: it is unlikely, or cannot be.
    pub doubt: [u8; 3],
}

impl Default for Palette {
    fn default() -> Self {
        Self::STANDARD
    }
}

impl Palette {
    /// Hues that add up well on a dark earth and stay apart from each other.
    pub const STANDARD: Self = Self {
        name: "standard",
        hues: &[
            [255, 160, 64],
            [46, 222, 186],
            [166, 130, 255],
            [140, 222, 92],
            [72, 168, 255],
            [250, 214, 84],
            [255, 118, 172],
            [96, 222, 255],
            [255, 124, 92],
            [226, 140, 255],
        ],
        unknown: [138, 156, 186],
        no_place: [150, 186, 232],
        area: [176, 204, 255],
        doubt: [255, 176, 32],
    };

    /// Every palette that there is.
    pub const ALL: &'static [Self] = &[Self::STANDARD];

    /// Colour of a group where no busier one has it or a similar one. A program has that of its name, whatever its file.
    #[must_use]
    pub fn group(&self, group: &Group) -> [u8; 3] {
        self.own_hue(group).map_or(self.unknown, |hue| self.hue(hue))
    }

    /// The colour with this index into [`Palette::hues`].
    #[must_use]
    pub(super) fn hue(&self, index: usize) -> [u8; 3] {
        self.hues.get(index).copied().unwrap_or(self.unknown)
    }

    /// Index of the hue that a group has by its name; `None` for the unknown.
    #[must_use]
    pub(super) fn own_hue(&self, group: &Group) -> Option<usize> {
        let hash = match group {
            Group::Program { name, .. } | Group::Unit(name) => fnv_1a(name.as_bytes()),
            Group::User(uid) => fnv_1a(&uid.to_le_bytes()),
            Group::Kernel => fnv_1a(b"kernel"),
            Group::Unknown => return None,
        };
        // The high bits of a product are the well mixed ones (Knuth, TAOCP vol. 3, §6.4).
        let mixed = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Some(((u128::from(mixed) * self.hues.len() as u128) >> 64) as usize)
    }

    /// The hue to use in place of `wanted` beside those `taken`: itself where none of them is similar, else the one that
    /// differs most from all of them.
    #[must_use]
    pub(super) fn hue_beside(&self, wanted: usize, taken: &[usize]) -> usize {
        let nearest =
            |hue: usize| taken.iter().map(|other| distance(self.hue(hue), self.hue(*other))).min().unwrap_or(i32::MAX);
        if nearest(wanted) > SIMILAR {
            return wanted;
        }
        (0..self.hues.len()).rev().max_by_key(|hue| nearest(*hue)).unwrap_or(wanted)
    }

    /// The same colour at the far end: a little lighter, so that the way of an arc can be read.
    #[must_use]
    pub fn far(color: [u8; 3]) -> [u8; 3] {
        color.map(|part| part + (255 - part) / 6)
    }
}

/// Two hues that are not farther apart than this are hard to tell apart, see [`distance`].
const SIMILAR: i32 = 65 * 65;

/// Square of the distance between two colours in sRGB.
fn distance(a: [u8; 3], b: [u8; 3]) -> i32 {
    (0..3).map(|part| (i32::from(a[part]) - i32::from(b[part])).pow(2)).sum()
}

/// FNV-1a of 64 bits (Fowler, Noll and Vo). A hash that is written down keeps a group its colour from version to
/// version and from machine to machine; that of a library may change with either.
fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn program(name: &str) -> Group {
        Group::Program { name: name.into(), path: None }
    }

    fn color(name: &str) -> [u8; 3] {
        Palette::STANDARD.group(&program(name))
    }

    #[test]
    fn programs_are_spread_over_the_hues() {
        let names = ["firefox", "chrome", "sshd", "curl", "ssh", "python3", "code", "spotify", "thunderbird", "node"];
        let colors: HashSet<_> = names.map(color).into();
        assert!(colors.len() >= 6, "{colors:?}");
        let users: HashSet<_> = (0..40).map(|uid| Palette::STANDARD.group(&Group::User(uid))).collect();
        assert!(users.len() >= 6, "{users:?}");
    }

    #[test]
    fn the_hash_is_the_one_that_is_written_down() {
        // From the published test vectors.
        for (text, hash) in
            [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)]
        {
            assert_eq!(fnv_1a(text.as_bytes()), hash, "{text}");
        }
    }

    #[test]
    fn a_program_keeps_its_colour_and_the_unknown_have_none_of_them() {
        let standard = Palette::STANDARD;
        assert_eq!(color("firefox"), standard.hues[4]);
        let path = Some("/usr/lib/firefox".into());
        assert_eq!(standard.group(&Group::Program { name: "firefox".into(), path }), standard.hues[4]);
        assert_eq!(standard.group(&Group::Unknown), standard.unknown);
        for palette in Palette::ALL {
            assert!(!palette.hues.is_empty() && !palette.hues.contains(&palette.unknown), "{}", palette.name);
        }
        let empty = Palette { hues: &[], ..standard };
        assert_eq!(empty.group(&program("firefox")), empty.unknown);
    }
}
