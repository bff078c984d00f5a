//! The time of a frame, set from outside, so that a recording, a test or a picture can fix it.
//!
//! There are two clocks. *Data time* is the time shown: the current time for a live source, the time of the recording for a
//! recording. Ages and the sun follow it, and it can go backwards. *Motion time* drives animations: it never goes
//! backwards and stops while the program is paused. Input and the camera use the time of frames, which goes on.

use crate::model::UnixMillis;
use bevy::prelude::Resource;

/// The time in this frame.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// Data time: the time shown, for ages and for everything that is said about connections.
    pub data: UnixMillis,
    /// Time for the position of the sun: the data time, unless another one was requested.
    pub sun: UnixMillis,
    /// Motion time, ms: for animations. It never goes backwards, and stops while paused and in a picture.
    pub motion_ms: u64,
    /// Time of frames, ms since the start: for input, the camera and periodic updates. It goes on while paused.
    pub frame_ms: u64,
    /// Whether the program is paused.
    pub is_held: bool,
}

impl Clock {
    /// A clock that shows `moment` after so many ms of motion and frames.
    #[must_use]
    pub fn fixed(ms: u64, moment: UnixMillis) -> Self {
        Self { data: moment, sun: moment, motion_ms: ms, frame_ms: ms, is_held: false }
    }

    /// Advances motion and frames by so many ms; the time shown stays.
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
