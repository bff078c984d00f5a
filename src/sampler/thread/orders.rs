//! What a person wants of the sampler's thread: that it rests, and that it goes to a moment.

use crate::model::UnixMillis;
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Orders {
    is_paused: AtomicBool,
    /// The moment asked for last, until the thread goes there.
    seek: Mutex<Option<UnixMillis>>,
}

impl Orders {
    /// Rests, or goes on. True where it did not before.
    pub(super) fn pause(&self, is_paused: bool) -> bool {
        self.is_paused.swap(is_paused, Ordering::SeqCst) != is_paused
    }

    pub(super) fn is_paused(&self) -> bool {
        self.is_paused.load(Ordering::SeqCst)
    }

    pub(super) fn seek(&self, to: UnixMillis) {
        *self.seek.lock().unwrap_or_else(PoisonError::into_inner) = Some(to);
    }

    /// The moment asked for since the last call.
    pub(super) fn take_seek(&self) -> Option<UnixMillis> {
        self.seek.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
