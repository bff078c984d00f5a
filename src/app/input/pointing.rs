//! Finds what is under the pointer without delaying a frame.
//!
//! A small number of arcs is searched synchronously, a larger one on another thread. That result arrives a frame later,
//! and is valid only if the connection still has its arc.

use crate::globe::{
    arcs::{ArcStore, SharedArcs},
    picking::pick,
    spaces::CameraView,
};
use bevy::{
    prelude::*,
    tasks::{AsyncComputeTaskPool, Task, futures::check_ready},
};

/// Maximum number of arcs to search synchronously, which takes less than a millisecond.
const AT_ONCE: usize = 10_000;

/// Purpose of a pick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Purpose {
    /// The pointer hovers.
    Hover,
    /// The button was clicked.
    Select,
}

/// A pick to perform.
#[derive(Clone, Copy, Debug)]
pub(in crate::app) struct Question {
    pub purpose: Purpose,
    pub view: CameraView,
    pub pointer_px: Vec2,
    /// What was under the pointer before.
    pub held: Option<Entity>,
}

/// The current pick, if there is one.
#[derive(Resource, Debug, Default)]
pub(in crate::app) struct Pointing {
    open: Option<(Purpose, Task<Option<Entity>>)>,
    answer: Option<(Purpose, Option<Entity>)>,
}

impl Pointing {
    /// Whether a pick is running.
    pub(in crate::app) fn is_busy(&self) -> bool {
        self.open.is_some()
    }

    /// Starts a pick, and cancels the previous one.
    pub(in crate::app) fn ask(&mut self, question: Question, arcs: &ArcStore) {
        self.open = None;
        let held = question.held.and_then(|entity| arcs.slot(entity));
        let shared = arcs.shared();
        if arcs.len() <= AT_ONCE {
            self.answer = Some((question.purpose, find(&question, &shared, held)));
        } else {
            self.answer = None;
            let task = AsyncComputeTaskPool::get().spawn(async move { find(&question, &shared, held) });
            self.open = Some((question.purpose, task));
        }
    }

    /// Takes the result, if it is ready.
    pub(in crate::app) fn take(&mut self, arcs: &ArcStore) -> Option<(Purpose, Option<Entity>)> {
        if let Some((purpose, task)) = &mut self.open
            && let Some(found) = check_ready(task)
        {
            self.answer = Some((*purpose, found));
            self.open = None;
        }
        let (purpose, found) = self.answer.take()?;
        Some((purpose, found.filter(|entity| arcs.is_shown(*entity))))
    }
}

fn find(question: &Question, arcs: &SharedArcs, held: Option<u32>) -> Option<Entity> {
    pick(&question.view, question.pointer_px, arcs.iter(), held).and_then(|slot| arcs.entity(slot))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        geodesy::LatLng,
        globe::arcs::{ArcInstance, flag, pack_direction},
    };
    use bevy::tasks::TaskPool;
    use std::{thread, time::Duration};

    fn entity(number: u32) -> Entity {
        Entity::from_raw_u32(number).expect("a number")
    }

    fn arc(lat_deg: f64, lng_deg: f64) -> ArcInstance {
        let at = |lat, lng| pack_direction(LatLng::from_degrees(lat, lng).expect("valid").to_unit().as_vec3());
        ArcInstance {
            start: at(0.0, 0.0),
            end: at(lat_deg, lng_deg),
            shape: ArcInstance::pack_shape(1.0, 1.0, 0, 0),
            flags_and_rates: flag::LIVE,
            ..ArcInstance::default()
        }
    }

    /// This many arcs, of which exactly one ends in the east.
    fn arcs(count: u32) -> ArcStore {
        let mut store = ArcStore::default();
        store.set(entity(1), arc(0.0, 30.0), true);
        for number in 2..=count {
            store.set(entity(number), arc(-10.0 - f64::from(number % 40), -50.0), true);
        }
        store
    }

    fn question(purpose: Purpose) -> Question {
        let view = CameraView::default();
        let east = LatLng::from_degrees(0.0, 30.0).expect("valid").to_unit().as_vec3();
        Question { purpose, view, pointer_px: view.project(east * 1.001).expect("in front"), held: None }
    }

    fn answer(pointing: &mut Pointing, arcs: &ArcStore) -> (Purpose, Option<Entity>) {
        for _ in 0..30_000 {
            if let Some(answer) = pointing.take(arcs) {
                return answer;
            }
            thread::sleep(Duration::from_millis(2));
        }
        panic!("there is no answer");
    }

    #[test]
    fn few_arcs_are_answered_at_once_and_many_later() {
        AsyncComputeTaskPool::get_or_init(TaskPool::new);
        let mut pointing = Pointing::default();
        for (count, is_busy) in [(AT_ONCE as u32, false), (AT_ONCE as u32 + 1, true)] {
            let arcs = arcs(count);
            pointing.ask(question(Purpose::Hover), &arcs);
            assert_eq!(pointing.is_busy(), is_busy, "{count}");
            assert_eq!(answer(&mut pointing, &arcs), (Purpose::Hover, Some(entity(1))));
            assert_eq!((pointing.is_busy(), pointing.take(&arcs)), (false, None), "an answer comes once");
        }
    }

    #[test]
    fn what_is_gone_when_the_answer_comes_is_not_it() {
        AsyncComputeTaskPool::get_or_init(TaskPool::new);
        let mut pointing = Pointing::default();
        let mut arcs = arcs(AT_ONCE as u32 + 1);
        pointing.ask(question(Purpose::Select), &arcs);
        arcs.remove(entity(1));
        // Its slot is reused.
        arcs.set(entity(70_000), arc(-20.0, -50.0), true);
        assert_eq!(answer(&mut pointing, &arcs), (Purpose::Select, None));
    }
}
