//! The real time, frame by frame.

use crate::{connections::Clock, model::UnixMillis};
use bevy::prelude::*;
use std::time::Instant;

/// The moment now.
#[must_use]
pub fn now() -> UnixMillis {
    UnixMillis(jiff::Timestamp::now().as_millisecond())
}

/// Whether time goes on.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paused(pub bool);

/// Sets the clock of this frame.
pub(super) fn tick(mut clock: ResMut<'_, Clock>, mut start: Local<'_, Option<Instant>>) {
    let start = *start.get_or_insert_with(Instant::now);
    let utc = now();
    let running_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    *clock = Clock { running_ms, utc, sun: utc };
}
