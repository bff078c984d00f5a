//! Matches all connections on another thread.
//!
//! [`Known`] is a copy of what a query can test of each connection, kept up to date as connections are touched; it shares
//! the connections and locations themselves. A job takes all of it, so that handing it over costs nothing, and gives it
//! back with the answer. What is touched meanwhile is noted, and copied afterwards.

use super::{Item, bits::EntityBits};
use crate::{
    geodesy::DoubtKind,
    model::{
        Connection, Location, UnixMillis,
        filter::{Facts, FilterKey, Query as Words},
    },
};
use bevy::{
    prelude::Entity,
    tasks::{AsyncComputeTaskPool, Task, futures::check_ready, futures_lite::future::yield_now},
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Connections that are matched before other tasks get a turn.
const TURN: usize = 2_048;

/// What a query can test of a connection.
#[derive(Clone, Debug)]
struct Fact {
    entity: Entity,
    connection: Arc<Connection>,
    location: Option<Arc<Location>>,
    doubt: Option<DoubtKind>,
    closed_at: Option<UnixMillis>,
}

impl Fact {
    fn facts(&self, now: UnixMillis) -> Facts<'_> {
        Facts {
            connection: &self.connection,
            location: self.location.as_deref(),
            now,
            closed_at: self.closed_at,
            doubt: self.doubt,
        }
    }
}

/// The facts by index of the entity.
#[derive(Debug, Default)]
pub(super) struct Known {
    facts: Vec<Option<Fact>>,
}

impl Known {
    pub(super) fn put(&mut self, (entity, observed, closed_at, located, flagged): Item<'_>) {
        let fact = Fact {
            entity,
            connection: Arc::clone(&observed.0),
            location: located.map(|located| Arc::clone(&located.0)),
            doubt: flagged.map(|flagged| flagged.0.kind),
            closed_at: closed_at.map(|at| at.0),
        };
        let index = entity.index_u32() as usize;
        if self.facts.len() <= index {
            self.facts.resize(index + 1, None);
        }
        self.facts[index] = Some(fact);
    }

    /// Forgets an entity, unless another one has its index by now.
    pub(super) fn forget(&mut self, entity: Entity) {
        if let Some(place) = self.facts.get_mut(entity.index_u32() as usize) {
            place.take_if(|fact| fact.entity == entity);
        }
        while self.facts.last().is_some_and(Option::is_none) {
            self.facts.pop();
        }
    }
}

/// What a job found out.
#[derive(Debug)]
pub(super) struct Answer {
    pub known: Known,
    /// `None` if it was cancelled.
    pub found: Option<Found>,
}

#[derive(Debug)]
pub(super) struct Found {
    pub unmatched: EntityBits,
    /// Keys that are not measured on this system.
    pub unmeasured: Vec<FilterKey>,
}

/// A query that is being matched.
#[derive(Debug)]
pub(super) struct Job {
    task: Task<Answer>,
    is_cancelled: Arc<AtomicBool>,
    /// When it was asked, as data time.
    pub now: UnixMillis,
    /// The version of the query.
    pub version: u64,
}

impl Job {
    pub(super) fn start(known: Known, words: Words, now: UnixMillis, version: u64) -> Self {
        let is_cancelled = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&is_cancelled);
        let task = AsyncComputeTaskPool::get().spawn(async move {
            let mut unmatched = EntityBits::default();
            for facts in known.facts.chunks(TURN) {
                if flag.load(Ordering::Relaxed) {
                    return Answer { known, found: None };
                }
                for fact in facts.iter().flatten().filter(|fact| !words.matches(&fact.facts(now))) {
                    unmatched.set(fact.entity, true);
                }
                yield_now().await;
            }
            let unmeasured = words.unmeasured_keys(known.facts.iter().flatten().map(|fact| fact.facts(now)));
            Answer { known, found: Some(Found { unmatched, unmeasured }) }
        });
        Self { task, is_cancelled, now, version }
    }

    /// Makes it end soon, because another query is in force.
    pub(super) fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }

    pub(super) fn answer(&mut self) -> Option<Answer> {
        check_ready(&mut self.task)
    }
}
