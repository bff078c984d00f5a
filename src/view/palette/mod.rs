//! The colours of the picture. A palette maps the name of each group to a colour, the same in every run, and has a
//! colour for each mark on the globe. If two of the busiest groups would have similar colours, [`super::Groups`] gives
//! the less busy one another hue.
//!
//! A palette is a value that can be replaced at any time; everything is then redrawn. Colours do not determine which
//! connections belong together; [`Group`] does.

use crate::{language::t, model::Group};
use bevy::prelude::Resource;

/// See the module documentation. All colours are sRGB.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Identifies it; see [`Palette::shown_name`].
    pub name: &'static str,
    /// Hues of groups; several groups may share one.
    pub hues: &'static [[u8; 3]],
    /// Colour of an unknown owner.
    pub unknown: [u8; 3],
    /// Colour of a far end without a location: on the LAN ring, on the shell above the pole, or at home.
    pub no_place: [u8; 3],
    /// Colour of a highlighted country: under the pointer, or the most precise location known.
    pub area: [u8; 3],
    /// Colour of a doubtful place, unlikely or impossible.
    pub doubt: [u8; 3],
}

impl Default for Palette {
    fn default() -> Self {
        Self::STANDARD
    }
}

impl Palette {
    /// Hues that add up well on a dark earth and are distinguishable.
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

    /// For deuteranopia (no green cones): any two hues differ by at least [`Palette::LEAST_DISTANCE`], also for others.
    pub const DEUTERANOPIA: Self = Self {
        name: "deuteranopia",
        hues: &[
            [0, 254, 165],
            [234, 255, 28],
            [251, 3, 120],
            [29, 123, 255],
            [138, 190, 1],
            [55, 141, 151],
            [152, 248, 255],
            [243, 117, 255],
        ],
        ..Self::SAFE
    };

    /// For protanopia (no red cones).
    pub const PROTANOPIA: Self = Self {
        name: "protanopia",
        hues: &[
            [236, 255, 230],
            [195, 161, 8],
            [96, 182, 162],
            [248, 254, 85],
            [188, 103, 141],
            [225, 168, 249],
            [211, 0, 255],
            [254, 32, 33],
        ],
        ..Self::SAFE
    };

    /// For tritanopia (no blue cones).
    pub const TRITANOPIA: Self = Self {
        name: "tritanopia",
        hues: &[
            [149, 101, 251],
            [237, 4, 254],
            [25, 153, 22],
            [200, 250, 18],
            [240, 182, 172],
            [152, 128, 51],
            [255, 0, 0],
            [6, 202, 254],
        ],
        ..Self::SAFE
    };

    /// Few bright colours.
    pub const HIGH_CONTRAST: Self = Self {
        name: "high contrast",
        hues: &[
            [255, 97, 195],
            [239, 255, 8],
            [147, 143, 255],
            [35, 230, 255],
            [253, 230, 228],
            [224, 135, 22],
            [63, 179, 95],
        ],
        unknown: [210, 214, 222],
        no_place: [255, 255, 255],
        area: [255, 255, 255],
        doubt: [255, 220, 0],
    };

    /// What palettes for colour vision deficiencies have in common: their marks differ in brightness and shape.
    const SAFE: Self = Self {
        name: "",
        hues: &[],
        unknown: [150, 156, 168],
        no_place: [190, 200, 214],
        area: [214, 224, 255],
        doubt: [255, 214, 90],
    };

    /// Smallest distance of two hues of a palette for a deficiency, in CAM02-UCS (Luo, Cui and Li, 2006), with normal
    /// vision and with the simulated deficiency (Machado, Oliveira and Fernandes, 2009).
    pub const LEAST_DISTANCE: f64 = 20.0;

    /// All palettes.
    pub const ALL: &'static [Self] =
        &[Self::STANDARD, Self::DEUTERANOPIA, Self::PROTANOPIA, Self::TRITANOPIA, Self::HIGH_CONTRAST];

    /// Its name in the language of the window.
    #[must_use]
    pub fn shown_name(&self) -> &'static str {
        match self.name {
            "standard" => t!("palette-standard"),
            "deuteranopia" => t!("palette-deuteranopia"),
            "protanopia" => t!("palette-protanopia"),
            "tritanopia" => t!("palette-tritanopia"),
            "high contrast" => t!("palette-high-contrast"),
            other => other,
        }
    }

    /// The palette after this one.
    #[must_use]
    pub fn next(&self) -> Self {
        let at = Self::ALL.iter().position(|palette| palette.name == self.name).map_or(0, |at| at + 1);
        Self::ALL[at % Self::ALL.len()]
    }

    /// Colour of a group, unless a busier one has the same or a similar one. The colour of a program depends on its
    /// name, not on its file.
    #[must_use]
    pub fn group(&self, group: &Group) -> [u8; 3] {
        self.own_hue(group).map_or(self.unknown, |hue| self.hue(hue))
    }

    /// The colour with this index into [`Palette::hues`].
    #[must_use]
    pub(super) fn hue(&self, index: usize) -> [u8; 3] {
        self.hues.get(index).copied().unwrap_or(self.unknown)
    }

    /// Index of the hue for the name of a group; `None` if it is unknown.
    #[must_use]
    pub(super) fn own_hue(&self, group: &Group) -> Option<usize> {
        let hash = match group {
            Group::Program { name, .. } | Group::Unit(name) => fnv_1a(name.as_bytes()),
            Group::User(uid) => fnv_1a(&uid.to_le_bytes()),
            Group::Kernel => fnv_1a(b"kernel"),
            Group::Unknown => return None,
        };
        // The high bits of a product are well mixed (Knuth, TAOCP vol. 3, §6.4).
        let mixed = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Some(((u128::from(mixed) * self.hues.len() as u128) >> 64) as usize)
    }

    /// The hue to use instead of `wanted`, given those already `taken`: itself if none of them is similar, otherwise
    /// the one that differs most from all of them.
    #[must_use]
    pub(super) fn hue_beside(&self, wanted: usize, taken: &[usize]) -> usize {
        let nearest =
            |hue: usize| taken.iter().map(|other| distance(self.hue(hue), self.hue(*other))).min().unwrap_or(i32::MAX);
        if nearest(wanted) > SIMILAR {
            return wanted;
        }
        (0..self.hues.len()).rev().max_by_key(|hue| nearest(*hue)).unwrap_or(wanted)
    }

    /// The colour at the far end: slightly lighter, to show the direction of an arc.
    #[must_use]
    pub fn far(color: [u8; 3]) -> [u8; 3] {
        color.map(|part| part + (255 - part) / 6)
    }
}

/// Squared distance up to which two hues are hard to distinguish, see [`distance`].
const SIMILAR: i32 = 65 * 65;

/// Squared distance between two colours in sRGB.
fn distance(a: [u8; 3], b: [u8; 3]) -> i32 {
    (0..3).map(|part| (i32::from(a[part]) - i32::from(b[part])).pow(2)).sum()
}

/// 64-bit FNV-1a (Fowler, Noll and Vo). Implemented here so that colours of groups are the same in all versions and on
/// all machines; the hash of a library may change.
fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod vision;

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
    fn every_palette_has_a_name() {
        assert!(Palette::ALL.iter().all(|palette| palette.shown_name() == palette.name));
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
        // Published test vectors.
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
