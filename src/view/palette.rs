//! Every colour of the globe's marks, and what it means: a process has one, the same in every run.

use crate::model::Owner;

/// Hues that add up well on a dark earth and stay apart from each other, sRGB.
pub const HUES: [[u8; 3]; 10] = [
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
];
/// Nobody is known to hold the socket.
pub const UNKNOWN: [u8; 3] = [138, 156, 186];

/// The far end has no place on the earth: it stands on the ring of the LAN, on the shell above the pole, or at home.
pub const NO_PLACE: [u8; 3] = [150, 186, 232];
/// A country that is lit: the pointer rests on it, or no more than the country is known.
pub const AREA: [u8; 3] = [176, 204, 255];
/// The place of the far end is doubted: it is unlikely, or cannot be.
pub const DOUBT: [u8; 3] = [255, 176, 32];

/// Colour of the process that holds a socket, sRGB.
#[must_use]
pub fn process_color(owner: &Owner) -> [u8; 3] {
    let Some(process) = owner.process() else { return UNKNOWN };
    // The high bits of a product are the well mixed ones (Knuth, TAOCP vol. 3, §6.4).
    let mixed = fnv_1a(process.name.as_bytes()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    HUES[((u128::from(mixed) * HUES.len() as u128) >> 64) as usize]
}

/// FNV-1a of 64 bits (Fowler, Noll and Vo). A hash that is written down keeps a process its colour from version to
/// version and from machine to machine; that of a library may change with either.
fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The same colour at the far end: a little lighter, so that the way of an arc can be read.
#[must_use]
pub fn remote_color(color: [u8; 3]) -> [u8; 3] {
    color.map(|part| part + (255 - part) / 6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{OwnerMissing, Process};
    use std::{collections::HashSet, sync::Arc};

    fn color(name: &str) -> [u8; 3] {
        process_color(&Owner::Process(Arc::new(Process { pid: 1, name: Arc::from(name), path: None })))
    }

    #[test]
    fn processes_are_spread_over_the_hues() {
        let names = ["firefox", "chrome", "sshd", "curl", "ssh", "python3", "code", "spotify", "thunderbird", "node"];
        let colors: HashSet<_> = names.map(color).into();
        assert!(colors.len() >= 6, "{colors:?}");
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
    fn a_process_keeps_its_colour_and_nobody_has_none_of_them() {
        assert_eq!(color("firefox"), HUES[4]);
        assert_eq!(process_color(&Owner::Missing(OwnerMissing::NotFound)), UNKNOWN);
        assert!(!HUES.contains(&UNKNOWN));
    }
}
