//! A thread that answers wishes, so that the window never waits for the disk.

use crate::panics;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use std::thread::Builder;

/// A place for one value; a newer one replaces it.
#[derive(Debug)]
struct Slot<T> {
    put: Sender<T>,
    take: Receiver<T>,
}

impl<T> Slot<T> {
    fn new() -> Self {
        let (put, take) = bounded(1);
        Self { put, take }
    }

    fn put(&self, mut value: T) {
        while let Err(TrySendError::Full(newer)) = self.put.try_send(value) {
            drop(self.take.try_recv());
            value = newer;
        }
    }
}

/// Answers the newest wish; older ones that wait are dropped.
#[derive(Debug)]
pub(in crate::app) struct Worker<W, A> {
    wishes: Slot<W>,
    answers: Receiver<A>,
}

impl<W: Send + 'static, A: Send + 'static> Worker<W, A> {
    /// Starts a thread that calls `work` for each wish, with a function that says whether there is a newer one, and then
    /// `wake`. `None` if it cannot be started.
    pub(in crate::app) fn spawn(
        name: &str,
        wake: impl Fn() + Send + 'static,
        mut work: impl FnMut(W, &dyn Fn() -> bool) -> Option<A> + Send + 'static,
    ) -> Option<Self> {
        let (wishes, answered) = (Slot::new(), Slot::new());
        let (wished, answers) = (wishes.take.clone(), answered.take.clone());
        let its_name = name.to_owned();
        let run = move || {
            // It ends with the window.
            while let Ok(wish) = wished.recv() {
                match panics::catch(|| work(wish, &|| !wished.is_empty())) {
                    Ok(Some(answer)) => {
                        answered.put(answer);
                        wake();
                    }
                    Ok(None) => {}
                    Err(why) => panics::note_failure(&its_name, &why),
                }
            }
        };
        Builder::new().name(name.to_owned()).spawn(run).ok().map(|_| Self { wishes, answers })
    }

    /// Wishes something.
    pub(in crate::app) fn ask(&self, wish: W) {
        self.wishes.put(wish);
    }

    /// The newest answer, if there is one.
    pub(in crate::app) fn answer(&self) -> Option<A> {
        self.answers.try_recv().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_panic_the_next_wish_is_answered_and_the_failure_is_remembered() {
        let (woken, wakes) = bounded(9);
        let work = |wish: u32, _: &dyn Fn() -> bool| {
            assert!(wish != 1, "one is too much");
            Some(wish * 10)
        };
        let worker = Worker::spawn("test-worker", move || woken.send(()).unwrap_or_default(), work).expect("a thread");
        worker.ask(1);
        let failure = || panics::failed_threads().into_iter().find(|thread| thread.name == "test-worker");
        while failure().is_none() {
            std::thread::yield_now();
        }
        assert!(failure().is_some_and(|thread| thread.what.contains("one is too much")));
        worker.ask(2);
        wakes.recv().expect("an answer");
        assert_eq!(worker.answer(), Some(20));
    }

    #[test]
    fn the_newest_wish_is_answered_and_the_work_on_an_older_one_is_told() {
        let (begun, begins) = bounded(9);
        let (woken, wakes) = bounded(9);
        let work = move |wish: u32, is_unwanted: &dyn Fn() -> bool| {
            begun.send(wish).expect("someone listens");
            while wish == 1 && !is_unwanted() {
                std::thread::yield_now();
            }
            (wish != 1).then_some(wish * 10)
        };
        let worker = Worker::spawn("test", move || woken.send(()).expect("someone listens"), work).expect("a thread");
        worker.ask(1);
        assert_eq!(begins.recv(), Ok(1));
        worker.ask(2);
        assert_eq!((begins.recv(), wakes.recv()), (Ok(2), Ok(())));
        assert_eq!((worker.answer(), worker.answer()), (Some(20), None));
    }
}
