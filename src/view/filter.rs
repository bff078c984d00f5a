//! The current query, and which connections match it.
//!
//! If a text is invalid, the last valid query stays in effect. Only touched connections are matched again; all are when
//! the query changes, and once per second of data time if it contains a duration.

use super::{Flagged, Restyled, panels::FilterErrorView};
use crate::{
    connections::{Clock, ClosedAt, Located, Observed, Touched},
    model::{
        UnixMillis,
        filter::{Facts, FilterKey, Query as Words},
    },
};
use bevy::{ecs::entity::EntityHashSet, prelude::*};

/// Data time between two evaluations of a query with a duration, ms.
const TICK_MS: u64 = 1_000;

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
    unmatched: EntityHashSet,
    is_stale: bool,
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
            self.is_stale = true;
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
        !self.unmatched.contains(&entity)
    }
}

type Item<'a> = (Entity, &'a Observed, Option<&'a ClosedAt>, Option<&'a Located>, Option<&'a Flagged>);

pub(super) fn apply_filter(
    clock: Res<'_, Clock>,
    touched: Res<'_, Touched>,
    connections: Query<'_, '_, (Entity, &Observed, Option<&ClosedAt>, Option<&Located>, Option<&Flagged>)>,
    mut filter: ResMut<'_, FilterInForce>,
    mut restyled: ResMut<'_, Restyled>,
) {
    let is_due = clock.data.0.abs_diff(filter.matched_at.0) >= TICK_MS && filter.words.moves();
    if !filter.is_stale && !is_due && touched.is_empty() {
        return;
    }
    let filter = filter.bypass_change_detection();
    for entity in &touched.removed {
        filter.unmatched.remove(entity);
    }
    let is_stale = std::mem::take(&mut filter.is_stale);
    let mut look = |(entity, observed, closed_at, located, flagged): Item<'_>| {
        let matches = filter.words.matches(&Facts {
            connection: &observed.0,
            location: located.map(|located| &*located.0),
            now: clock.data,
            closed_at: closed_at.map(|at| at.0),
            doubt: flagged.map(|flagged| flagged.0.kind),
        });
        let changed = if matches { filter.unmatched.remove(&entity) } else { filter.unmatched.insert(entity) };
        if changed || is_stale {
            restyled.entities.push(entity);
        }
    };
    if is_stale || is_due {
        connections.iter().for_each(&mut look);
        filter.matched_at = clock.data;
    } else {
        touched.written.iter().filter_map(|entity| connections.get(*entity).ok()).for_each(&mut look);
    }
}
