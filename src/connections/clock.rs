//! The time of a frame, set from outside, so that recordings, tests and pictures can fix it.
//!
//! There are two clocks. *Data time* is the displayed time: the current time for a live source, the time of the
//! recording for a recording. Ages and the sun follow it, and it can go backwards. *Motion time* drives animations: it
//! never goes backwards, and stops while the program is paused. Input and the camera use the frame time, which never
//! stops.

use crate::model::UnixMillis;
use bevy::prelude::Resource;

/// The time in this frame.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// Data time: the displayed time, used for ages and all data about connections.
    pub data: UnixMillis,
    /// Time for the position of the sun: the data time, unless another one was requested.
    pub sun: UnixMillis,
    /// Motion time, ms: for animations. It never goes backwards, and stops while paused and in a picture.
    pub motion_ms: u64,
    /// Frame time, ms since the start: for input, the camera and periodic updates. It continues while paused.
    pub frame_ms: u64,
    /// Whether the program is paused.
    pub is_held: bool,
}

impl Clock {
    /// A clock with this data time, and with motion and frame time at `ms`.
    #[must_use]
    pub fn fixed(ms: u64, moment: UnixMillis) -> Self {
        Self { data: moment, sun: moment, motion_ms: ms, frame_ms: ms, is_held: false }
    }

    /// Advances motion and frame time by this many ms; the data time stays.
    pub fn run(&mut self, ms: u64) {
        self.motion_ms += ms;
        self.frame_ms += ms;
    }

    /// The clock of arcs in shaders: motion time modulo 2³².
    #[must_use]
    pub fn arc_ms(&self) -> u32 {
        self.motion_ms as u32
    }
}
