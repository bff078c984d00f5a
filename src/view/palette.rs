//! Every colour of the globe's marks, and what it means: a process has one, the same in every run.

use crate::model::Owner;
use std::hash::{BuildHasher, Hasher};

/// Hues that add up well on a dark earth and stay apart from each other, sRGB.
pub const HUES: [[u8; 3]; 7] =
    [[64, 224, 190], [255, 170, 70], [178, 142, 255], [88, 178, 255], [255, 122, 112], [164, 222, 92], [255, 132, 200]];
/// Nobody is known to hold the socket.
pub const UNKNOWN: [u8; 3] = [138, 156, 186];

/// Colour of the process that holds a socket, sRGB.
#[must_use]
pub fn process_color(owner: &Owner) -> [u8; 3] {
    let Some(process) = owner.process() else { return UNKNOWN };
    // The hasher has no seed: a process keeps its colour from run to run.
    let mut hasher = bevy::platform::hash::FixedHasher.build_hasher();
    hasher.write(process.name.as_bytes());
    HUES[(hasher.finish() % HUES.len() as u64) as usize]
}

/// The same colour at the far end: a little lighter, so that the way of an arc can be read.
#[must_use]
pub fn remote_color(color: [u8; 3]) -> [u8; 3] {
    color.map(|part| part + (255 - part) / 4)
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
        assert!(colors.len() >= 4, "{colors:?}");
    }

    #[test]
    fn a_process_keeps_its_colour_and_nobody_has_none_of_them() {
        assert_eq!(color("firefox"), color("firefox"));
        assert_eq!(process_color(&Owner::Missing(OwnerMissing::NotFound)), UNKNOWN);
        assert!(!HUES.contains(&UNKNOWN));
    }
}
