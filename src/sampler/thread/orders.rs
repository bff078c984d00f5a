//! Orders of the user to the sampler thread: pause, seek, and repeat everything.

use super::readers::Reader;
use crate::{geodesy::LatLng, model::UnixMillis};
use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

/// See the module documentation.
#[derive(Debug, Default)]
pub(super) struct Orders {
    is_paused: AtomicBool,
    /// Whether the thread is to end.
    is_stopped: AtomicBool,
    /// Whether the complete state is to be sent again.
    repeats: AtomicBool,
    /// A pending seek.
    seek: Mutex<Option<Seek>>,
    /// A pending step to the next or previous change.
    step: Mutex<Option<bool>>,
    /// New readers.
    readers: Mutex<Vec<Reader>>,
    /// A new home that was not taken yet.
    home: Mutex<Option<NewHome>>,
}

/// A new location of this computer.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewHome(pub(super) Option<LatLng>);

/// Target of a seek.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seek {
    /// An absolute moment.
    To(UnixMillis),
    /// Milliseconds after the current moment; negative is backward.
    By(i64),
}

impl Seek {
    /// The target, if `now` is the current moment.
    pub(super) fn moment(self, now: UnixMillis) -> UnixMillis {
        match self {
            Self::To(moment) => moment,
            Self::By(ms) => now.plus_ms(ms),
        }
    }
}

impl Orders {
    /// Pauses or resumes. Returns true if this was a change.
    pub(super) fn pause(&self, is_paused: bool) -> bool {
        self.is_paused.swap(is_paused, Ordering::SeqCst) != is_paused
    }

    pub(super) fn is_paused(&self) -> bool {
        self.is_paused.load(Ordering::SeqCst)
    }

    pub(super) fn stop(&self) {
        self.is_stopped.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::SeqCst)
    }

    pub(super) fn repeat(&self) {
        self.repeats.store(true, Ordering::SeqCst);
    }

    /// Takes the order to send the complete state again.
    pub(super) fn take_repeat(&self) -> bool {
        self.repeats.swap(false, Ordering::SeqCst)
    }

    pub(super) fn seek(&self, to: UnixMillis) {
        *self.seek.lock().unwrap_or_else(PoisonError::into_inner) = Some(Seek::To(to));
    }

    /// Seeks by `ms` from the pending target, or else from the current moment.
    pub(super) fn seek_by(&self, ms: i64) {
        let mut seek = self.seek.lock().unwrap_or_else(PoisonError::into_inner);
        *seek = Some(match *seek {
            None => Seek::By(ms),
            Some(Seek::By(before)) => Seek::By(before.saturating_add(ms)),
            Some(Seek::To(moment)) => Seek::To(moment.plus_ms(ms)),
        });
    }

    /// Steps to the next change, or to the previous one. Of several pending steps, one is done.
    pub(super) fn step(&self, is_forward: bool) {
        *self.step.lock().unwrap_or_else(PoisonError::into_inner) = Some(is_forward);
    }

    /// Takes the pending step.
    pub(super) fn take_step(&self) -> Option<bool> {
        self.step.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn add_reader(&self, reader: Reader) {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
    }

    /// Takes the new readers.
    pub(super) fn take_readers(&self) -> Vec<Reader> {
        std::mem::take(&mut *self.readers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sets the location of this computer.
    pub(super) fn set_home(&self, home: Option<LatLng>) {
        *self.home.lock().unwrap_or_else(PoisonError::into_inner) = Some(NewHome(home));
    }

    /// Takes the new home, if it was set.
    pub(super) fn take_home(&self) -> Option<NewHome> {
        self.home.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Takes the pending seek.
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
