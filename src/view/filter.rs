//! The current query, and which connections match it.
//!
//! If a text is invalid, the last valid query stays in effect. Only touched connections are matched again; all are when
//! the query changes, and once per second of data time if it contains a duration.
//!
//! *Many connections* are matched on another thread, see [`job`]. The answer comes some frames later, and is ignored if
//! the query has changed meanwhile. Until then the last matches are shown, except of connections that are touched, which
//! are matched at once.

mod bits;
mod job;
#[cfg(test)]
mod tests;

use super::{Flagged, Restyled, panels::FilterErrorView};
use crate::{
    connections::{Clock, ClosedAt, Located, Observed, Places, Touched},
    model::{
        UnixMillis,
        filter::{Facts, FilterKey, Query as Words},
    },
};
use bevy::prelude::*;
use bits::EntityBits;
use job::{Found, Job, Known};

/// Data time between two evaluations of a query with a duration, ms.
const TICK_MS: u64 = 1_000;
/// Up to this number of connections, all are matched in the same frame, which takes about a millisecond.
const AT_ONCE: usize = 4_000;

/// See the module documentation.
#[derive(Resource, Debug, Default)]
pub struct FilterInForce {
    words: Words,
    /// The error in the text of the bar, if there is one.
    pub error: Option<FilterErrorView>,
    /// Whether connections that do not match are hidden instead of dimmed.
    pub hides_rest: bool,
    /// Changes whenever the query or `hides_rest` does.
    version: u64,
    /// Changes whenever the query does.
    words_version: u64,
    unmatched: EntityBits,
    /// Whether the query changed since all connections were matched, or asked for.
    is_stale: bool,
    /// Whether an answer is awaited.
    is_asked: bool,
    matched_at_once: u64,
    is_spread: bool,
    /// Keys of the query that are not measured, if all connections were matched on another thread.
    unmeasured: Option<Vec<FilterKey>>,
    /// Data time when all connections were last matched.
    matched_at: UnixMillis,
}

impl FilterInForce {
    /// Sets the query.
    pub fn set(&mut self, words: Words) {
        self.error = None;
        if self.words != words {
            self.words = words;
            self.is_stale = true;
            self.version += 1;
            self.words_version += 1;
        }
    }

    /// Sets the query to a text, or sets the error.
    pub fn set_text(&mut self, text: &str) {
        match Words::parse(text) {
            Ok(words) => self.set(words),
            Err(error) => {
                self.error = Some(FilterErrorView { span: error.span.clone(), message: error.message.clone() });
            }
        }
    }

    /// Sets whether connections that do not match are hidden instead of dimmed.
    pub fn set_hides_rest(&mut self, hides_rest: bool) {
        if self.hides_rest != hides_rest {
            self.hides_rest = hides_rest;
            self.version += 1;
        }
    }

    /// The current query.
    #[must_use]
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// Changes whenever the query or `hides_rest` does.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether not all connections have been matched yet since the query changed.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.is_stale || self.is_asked
    }

    /// Whether there are so many connections that what follows from a change is spread over several frames.
    #[must_use]
    pub fn is_spread(&self) -> bool {
        self.is_spread
    }

    /// Changes whenever matches have changed that were found on another thread, and are not among [`Restyled`].
    #[must_use]
    pub fn matched_at_once(&self) -> u64 {
        self.matched_at_once
    }

    /// Keys of the query that are not measured on this system, if that is known without looking at all connections.
    #[must_use]
    pub fn unmeasured_keys(&self) -> Option<&[FilterKey]> {
        self.unmeasured.as_deref()
    }

    /// Whether a connection is hidden everywhere: it does not match, such connections are hidden, and it is not
    /// selected.
    #[must_use]
    pub fn hides(&self, entity: Entity, selected: Option<Entity>) -> bool {
        self.hides_rest && selected != Some(entity) && !self.lets_through(entity)
    }

    /// Whether the query asks for closed connections.
    #[must_use]
    pub fn asks_for_closed(&self) -> bool {
        self.words.keys().iter().any(|key| matches!(key, FilterKey::Closed | FilterKey::During))
    }

    /// Whether a connection matches the query.
    #[must_use]
    pub fn lets_through(&self, entity: Entity) -> bool {
        !self.unmatched.contains(entity)
    }

    /// Takes the answer for all connections except for those `touched` since it was asked, which have been matched.
    fn take(&mut self, mut found: Found, touched: &[Entity]) {
        for &entity in touched {
            found.unmatched.set(entity, self.unmatched.contains(entity));
        }
        self.unmeasured = Some(found.unmeasured);
        if self.unmatched != found.unmatched {
            self.unmatched = found.unmatched;
            self.matched_at_once += 1;
        }
    }
}

/// The job that matches all connections, and what it needs.
#[derive(Resource, Debug, Default)]
pub(super) struct Matcher {
    /// Empty while the job has it.
    known: Known,
    job: Option<Job>,
    /// Entities written or removed since the job has started.
    touched: Vec<Entity>,
    /// Number of answers that were ignored.
    ignored: u64,
    /// Whether any number is matched on another thread.
    #[cfg(test)]
    is_never_at_once: bool,
}

/// Matches any number of connections on another thread.
#[cfg(test)]
pub(crate) fn match_on_another_thread(world: &mut World) {
    world.resource_mut::<Matcher>().is_never_at_once = true;
}

type Item<'a> = (Entity, &'a Observed, Option<&'a ClosedAt>, Option<&'a Located>, Option<&'a Flagged>);

fn facts((_, observed, closed_at, located, flagged): Item<'_>, now: UnixMillis) -> Facts<'_> {
    Facts {
        connection: &observed.0,
        location: located.map(|located| &*located.0),
        now,
        closed_at: closed_at.map(|at| at.0),
        doubt: flagged.map(|flagged| flagged.0.kind),
    }
}

pub(super) fn apply_filter(
    (clock, places): (Res<'_, Clock>, Res<'_, Places>),
    touched: Res<'_, Touched>,
    connections: Query<'_, '_, (Entity, &Observed, Option<&ClosedAt>, Option<&Located>, Option<&Flagged>)>,
    (mut filter, mut matcher): (ResMut<'_, FilterInForce>, ResMut<'_, Matcher>),
    mut restyled: ResMut<'_, Restyled>,
) {
    let is_due = clock.data.0.abs_diff(filter.matched_at.0) >= TICK_MS && filter.words.moves();
    if !filter.is_stale && !is_due && touched.is_empty() && matcher.job.is_none() {
        return;
    }
    let filter = filter.bypass_change_detection();
    let matcher = matcher.bypass_change_detection();
    for &entity in &touched.removed {
        filter.unmatched.set(entity, false);
        matcher.known.forget(entity);
    }
    // Pictures wait for everything.
    let is_at_once = places.waits_for_answers() || connections.iter().len() <= AT_ONCE;
    #[cfg(test)]
    let is_at_once = is_at_once && !matcher.is_never_at_once;
    filter.is_spread = !is_at_once;
    let is_all = is_at_once && (filter.is_stale || is_due);
    let mut look = |item: Item<'_>| {
        let matches = filter.words.matches(&facts(item, clock.data));
        if filter.unmatched.set(item.0, !matches) {
            restyled.entities.push(item.0);
        }
    };
    for item in touched.written.iter().filter_map(|entity| connections.get(*entity).ok()) {
        if matcher.job.is_none() {
            matcher.known.put(item);
        }
        if !is_all {
            look(item);
        }
    }
    if is_all {
        connections.iter().for_each(&mut look);
        (filter.is_stale, filter.is_asked, filter.matched_at) = (false, false, clock.data);
        filter.unmeasured = None;
        matcher.job.iter().for_each(Job::cancel);
    }
    if let Some(job) = &mut matcher.job {
        matcher.touched.extend(touched.removed.iter().chain(&touched.written));
        let is_other = job.version != filter.words_version || !filter.is_asked;
        if is_other {
            job.cancel();
        }
        let Some(answer) = job.answer() else { return };
        let now = job.now;
        matcher.job = None;
        matcher.known = answer.known;
        let touched = std::mem::take(&mut matcher.touched);
        for &entity in &touched {
            match connections.get(entity) {
                Ok(item) => matcher.known.put(item),
                Err(_) => matcher.known.forget(entity),
            }
        }
        match answer.found.filter(|_| !is_other) {
            Some(found) => {
                filter.take(found, &touched);
                (filter.is_asked, filter.matched_at) = (false, now);
            }
            None => matcher.ignored += 1,
        }
    }
    if !is_at_once && (filter.is_stale || is_due) {
        let known = std::mem::take(&mut matcher.known);
        matcher.job = Some(Job::start(known, filter.words.clone(), clock.data, filter.words_version));
        (filter.is_stale, filter.is_asked, filter.matched_at) = (false, true, clock.data);
    }
}
