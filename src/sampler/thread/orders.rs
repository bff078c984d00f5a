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
    /// Where to go, until the thread goes there.
    seek: Mutex<Option<Seek>>,
}

/// A moment to go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seek {
    /// This one.
    To(UnixMillis),
    /// So many ms after the one that is shown; before it where negative.
    By(i64),
}

impl Seek {
    /// The moment, where `now` is shown.
    pub(super) fn moment(self, now: UnixMillis) -> UnixMillis {
        match self {
            Self::To(moment) => moment,
            Self::By(ms) => now.plus_ms(ms),
        }
    }
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
        *self.seek.lock().unwrap_or_else(PoisonError::into_inner) = Some(Seek::To(to));
    }

    /// Goes by so many ms from where it was asked to go, else from where it is.
    pub(super) fn seek_by(&self, ms: i64) {
        let mut seek = self.seek.lock().unwrap_or_else(PoisonError::into_inner);
        *seek = Some(match *seek {
            None => Seek::By(ms),
            Some(Seek::By(before)) => Seek::By(before.saturating_add(ms)),
            Some(Seek::To(moment)) => Seek::To(moment.plus_ms(ms)),
        });
    }

    /// The moment asked for since the last call.
    pub(super) fn take_seek(&self) -> Option<Seek> {
        self.seek.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_add_up_until_the_thread_goes_there() {
        let orders = Orders::default();
        let now = UnixMillis(100_000);
        let taken = |orders: &Orders| orders.take_seek().map(|seek| seek.moment(now));
        orders.seek_by(10_000);
        orders.seek_by(-60_000);
        orders.seek_by(10_000);
        assert_eq!(taken(&orders), Some(UnixMillis(60_000)));
        assert_eq!(taken(&orders), None);
        orders.seek(UnixMillis(5_000));
        orders.seek_by(10_000);
        assert_eq!(taken(&orders), Some(UnixMillis(15_000)));
    }
}
