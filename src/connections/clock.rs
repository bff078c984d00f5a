//! The time of a frame: handed in from outside, so that a recording, a test and a picture can fix it.

use crate::model::UnixMillis;
use bevy::prelude::Resource;

/// What time it is in this frame.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// Time since the start, ms; it never goes backwards, and stands still in a fixed picture.
    pub running_ms: u64,
    /// Time of day, for ages.
    pub utc: UnixMillis,
    /// The moment at which the sun is drawn.
    pub sun: UnixMillis,
}

impl Clock {
    /// The clock of arcs: `running_ms` modulo 2³².
    #[must_use]
    pub fn arc_ms(&self) -> u32 {
        self.running_ms as u32
    }
}
