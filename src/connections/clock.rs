//! The time of a frame: handed in from outside, so that a recording, a test and a picture can fix it.
//!
//! Two clocks. *Data time* is the moment that is shown: now for this computer, live; a moment of the recording for a
//! recording. Ages and the sun follow it, and it may be set back. *Motion time* is what growth, fading and comets run by:
//! it never goes backwards, and stands still while a person holds the picture. What the person does meanwhile is timed by
//! the frames, which go on.

use crate::model::UnixMillis;
use bevy::prelude::Resource;

/// What time it is in this frame.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// Data time: the moment that is shown, for ages and for what is said of connections.
    pub data: UnixMillis,
    /// The moment at which the sun is drawn: the data time, unless another one was asked for.
    pub sun: UnixMillis,
    /// Motion time, ms: for what grows, fades and runs. It never goes backwards; it stands still while it is held, and in
    /// a fixed picture.
    pub motion_ms: u64,
    /// Time of the frames, ms since the start: for what a person does, for the camera, and for how often something is
    /// made anew. It goes on while motion is held.
    pub frame_ms: u64,
    /// A person holds everything still.
    pub is_held: bool,
}

impl Clock {
    /// A clock at `moment`, with so many ms of motion and frames behind it.
    #[must_use]
    pub fn fixed(ms: u64, moment: UnixMillis) -> Self {
        Self { data: moment, sun: moment, motion_ms: ms, frame_ms: ms, is_held: false }
    }

    /// Motion and frames go on by so many ms; the moment that is shown stays.
    pub fn run(&mut self, ms: u64) {
        self.motion_ms += ms;
        self.frame_ms += ms;
    }

    /// The clock of arcs: motion time modulo 2³².
    #[must_use]
    pub fn arc_ms(&self) -> u32 {
        self.motion_ms as u32
    }
}
