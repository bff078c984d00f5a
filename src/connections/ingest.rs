//! Converts messages of the sampler to entities: a limited number of rows per frame, in order, without dropping any.

use super::{
    Clock, ClosedAt, ConnectionIndex, Ghost, Observed, Phase,
    ghosts::{self, Arrivals, Ghosts},
    lifecycle::{OPEN_MS, Timers},
    past::{self, PastShown},
    stage::Arrival,
};
use crate::{
    model::{Connection, ConnectionKey, Final, SnapshotDelta, UnixMillis},
    sampler::{SamplerMessage, SamplerReport},
    stage::Mask,
};
use bevy::{platform::collections::HashSet, prelude::*};
use crossbeam_channel::Receiver;
use std::{collections::VecDeque, sync::Arc};

/// Maximum number of rows per frame: about 2 ms of one core.
const ROWS_PER_FRAME: usize = 2_000;
/// After this many ghosts, a frame reads no further message.
const GHOSTS_PER_FRAME: usize = 5_000;

/// Messages of the sampler that have not been processed yet.
#[derive(Resource, Debug, Default)]
pub struct Inbox {
    messages: Option<Receiver<SamplerMessage>>,
    /// Set after a jump in time: all connections except these are removed before the rows are processed.
    reset: Option<(UnixMillis, HashSet<ConnectionKey>)>,
    rows: VecDeque<Row>,
    /// Rows per frame; `None` for [`ROWS_PER_FRAME`].
    budget: Option<usize>,
    /// Connections that closed between two samples.
    ghosts: Arrivals,
    /// Connections that had closed and were there in the chosen window of time.
    past: past::Waiting,
    report: Option<Arc<SamplerReport>>,
    /// Whether messages wait.
    is_held: bool,
    /// Masks connections as they arrive.
    mask: Option<Arc<Mask>>,
}

#[derive(Debug)]
enum Row {
    /// It was already open at the first sample.
    Present(Arrival),
    /// It has just opened.
    Opened(Arrival),
    Changed(Arrival),
    /// Final counters; its closing follows.
    Ended(Box<Final>),
    /// It had closed at this time.
    Closed(ConnectionKey, UnixMillis),
}

impl Row {
    /// The key of a connection that is there after this row.
    fn key(&self) -> Option<ConnectionKey> {
        match self {
            Self::Present(arrival) | Self::Opened(arrival) | Self::Changed(arrival) => Some(arrival.connection.key),
            Self::Ended(_) | Self::Closed(..) => None,
        }
    }
}

fn masked_key(mask: &Mask, mut key: ConnectionKey) -> ConnectionKey {
    mask.key(&mut key);
    key
}

impl Inbox {
    /// An inbox that reads from a channel.
    #[must_use]
    pub fn from_channel(messages: Receiver<SamplerMessage>) -> Self {
        Self { messages: Some(messages), ..Self::default() }
    }

    /// Reads from another channel from now on, and forgets all connections.
    pub fn follow(&mut self, messages: Receiver<SamplerMessage>) {
        self.messages = Some(messages);
        self.report = None;
        self.push(SnapshotDelta::reset_to(UnixMillis(0), Vec::new()));
    }

    /// Reads from another channel from now on, whose first message is a complete state: what is in both stays.
    pub fn follow_softly(&mut self, messages: Receiver<SamplerMessage>) {
        self.messages = Some(messages);
        self.report = None;
        self.rows.clear();
        self.past.clear();
        self.ghosts.forget();
    }

    /// Adds connections that had closed when the present state was reported, with the moment of it, the earliest first.
    pub fn push_past(&mut self, closed: impl IntoIterator<Item = (Connection, UnixMillis)>) {
        self.past.clear();
        for (connection, closed_at) in closed {
            let mut arrival = Arrival::new(connection);
            self.mask.iter().for_each(|mask| arrival.mask(mask));
            self.past.push(arrival, closed_at);
        }
    }

    /// Lets messages wait, or go on. What waits is merged by the sampler.
    pub fn hold(&mut self, is_held: bool) {
        self.is_held = is_held;
    }

    /// Removes the limit of rows per frame, for pictures.
    #[must_use]
    pub fn without_limit(mut self) -> Self {
        self.budget = Some(usize::MAX);
        self
    }

    /// Masks everything that arrives from now on, and what is queued.
    pub(super) fn mask(&mut self, mask: Option<Arc<Mask>>) {
        self.mask = mask;
        let Some(mask) = &self.mask else { return };
        if let Some((at, whole)) = self.reset.take() {
            self.reset = Some((at, whole.into_iter().map(|key| masked_key(mask, key)).collect()));
        }
        self.past.mask(mask);
        for row in &mut self.rows {
            match row {
                Row::Present(arrival) | Row::Opened(arrival) | Row::Changed(arrival) => arrival.mask(mask),
                Row::Ended(last) => mask.last(last),
                Row::Closed(key, _) => mask.key(key),
            }
        }
        self.ghosts.mask(mask);
    }

    /// Adds a message without a channel.
    pub fn push_message(&mut self, message: SamplerMessage) {
        self.push(message.delta);
        self.report = Some(message.report);
    }

    /// Adds a delta. Closed connections come first, because their keys may be reused. A reset drops queued rows.
    pub fn push(&mut self, mut delta: SnapshotDelta) {
        let mask = self.mask.clone();
        let arrival = |connection| {
            let mut arrival = Arrival::new(connection);
            mask.iter().for_each(|mask| arrival.mask(mask));
            arrival
        };
        if let Some(mask) = &mask {
            delta.closed.iter_mut().for_each(|key| mask.key(key));
            delta.finals.iter_mut().for_each(|last| mask.last(last));
        }
        let opened = std::mem::take(&mut delta.opened).into_iter().map(|connection| {
            let was_there = delta.was_there(&connection);
            if was_there { Row::Present(arrival(connection)) } else { Row::Opened(arrival(connection)) }
        });
        let opened: Vec<Row> = opened.collect();
        if delta.reset.is_some() {
            self.rows.clear();
            self.ghosts.forget();
            self.past.clear();
            self.reset = Some((delta.at, opened.iter().filter_map(Row::key).collect()));
        }
        self.rows.extend(delta.finals.into_iter().map(|last| Row::Ended(Box::new(last))));
        self.rows.extend(delta.closed.into_iter().map(|key| Row::Closed(key, delta.at)));
        self.rows.extend(delta.changed.into_iter().map(|connection| Row::Changed(arrival(connection))));
        self.rows.extend(opened);
        delta.ghosts.into_iter().for_each(|connection| self.ghosts.push(arrival(connection)));
    }

    /// Number of queued rows.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.rows.len() + self.ghosts.len() + self.past.len()
    }

    /// Whether there is a message in the channel.
    #[must_use]
    pub fn has_message(&self) -> bool {
        !self.is_held && self.messages.as_ref().is_some_and(|messages| !messages.is_empty())
    }
}

/// The state of the sampler, and counts of connections that were not shown individually.
#[derive(Resource, Clone, Debug, Default)]
pub struct SamplerStatus {
    /// Number of messages so far.
    pub messages: u64,
    /// Its last report about itself.
    pub report: Arc<SamplerReport>,
    /// Number of connections that opened and closed between two samples, since the start.
    pub short: u64,
    /// Of these, the number that were grouped with another one to the same place.
    pub short_joined: u64,
    /// Of these, the number that were not drawn because there were too many at once.
    pub short_not_drawn: u64,
    /// Number of closed connections that left the list early, because too many others closed after them.
    pub closed_dropped: u64,
    /// Whether the thread of the sampler has ended unexpectedly.
    pub is_lost: bool,
}

impl SamplerStatus {
    fn take_over(&mut self, report: Arc<SamplerReport>) {
        self.messages += 1;
        self.report = report;
    }
}

/// Processes messages of the sampler, within the limit.
pub(super) fn ingest(world: &mut World) {
    world.resource_scope(|world, mut inbox: Mut<'_, Inbox>| {
        receive(world, &mut inbox);
        let has_jumped = inbox.reset.is_some();
        if let Some((at, whole)) = inbox.reset.take() {
            reset(world, at, &whole);
        }
        end_ghosts(world);
        ghosts::raise(world, &mut inbox.ghosts);
        // A jump in time is shown as a whole.
        let budget = if has_jumped { usize::MAX } else { inbox.budget.unwrap_or(ROWS_PER_FRAME) };
        if inbox.past.len() > 0 {
            past::raise(world, inbox.past.take(budget.min(ROWS_PER_FRAME)));
        }
        let budget = budget.min(inbox.rows.len());
        if budget == 0 {
            return;
        }
        let now_ms = world.resource::<Clock>().motion_ms;
        for row in inbox.rows.drain(..budget) {
            match row {
                Row::Present(arrival) => store(world, arrival, false, now_ms),
                Row::Opened(arrival) => store(world, arrival, true, now_ms),
                // The message with its opening may be missing.
                Row::Changed(arrival) => {
                    let opens = arrival.connection.opened_at.is_some();
                    store(world, arrival, opens, now_ms);
                }
                Row::Ended(last) => end(world, *last),
                Row::Closed(key, at) => close(world, &key, at, now_ms),
            }
        }
    });
}

fn receive(world: &mut World, inbox: &mut Inbox) {
    if let Some(report) = inbox.report.take() {
        world.resource_mut::<SamplerStatus>().take_over(report);
    }
    let Some(messages) = inbox.messages.clone().filter(|_| !inbox.is_held) else { return };
    // While rows are queued, the channel fills up and the sampler merges deltas, so that memory is bounded.
    let mut ghosts = 0;
    while inbox.rows.len() < ROWS_PER_FRAME && ghosts < GHOSTS_PER_FRAME {
        match messages.try_recv() {
            Ok(message) => {
                ghosts += message.delta.ghosts.len();
                world.resource_mut::<SamplerStatus>().take_over(message.report);
                inbox.push(message.delta);
            }
            Err(error) => {
                if error.is_disconnected() {
                    world.resource_mut::<SamplerStatus>().is_lost = true;
                    inbox.messages = None;
                }
                return;
            }
        }
    }
}

/// Handles a jump in time to `at`: removes connections that are not in `whole`, and ends the animations of the others.
/// Those that had closed before, and are shown for the chosen window of time, stay.
fn reset(world: &mut World, at: UnixMillis, whole: &HashSet<ConnectionKey>) {
    world.resource_mut::<PastShown>().jumps += 1;
    world.resource_mut::<Timers>().clear();
    world.resource_mut::<Ghosts>().clear();
    let mut scene = world.query::<(Entity, &Observed, &Phase, Option<&ClosedAt>, Has<Ghost>)>();
    let (mut vanished, mut still) = (Vec::new(), Vec::new());
    for (entity, observed, phase, closed_at, is_ghost) in scene.iter(world) {
        let stays = *phase == Phase::Past
            && closed_at.is_some_and(|closed_at| closed_at.0 <= at)
            && !whole.contains(&observed.0.key);
        if stays {
            continue;
        }
        if is_ghost || phase.is_closed() || !whole.contains(&observed.0.key) {
            vanished.push(entity);
        } else if *phase != Phase::Open {
            still.push(entity);
        }
    }
    for entity in vanished {
        if let Some(closed_at) = world.get::<ClosedAt>(entity).map(|closed_at| closed_at.0) {
            world.resource_mut::<PastShown>().forget(closed_at, entity);
        }
        world.despawn(entity);
    }
    for entity in still {
        world.entity_mut(entity).insert(Phase::Open);
    }
}

/// Stores the final counters of a connection; its closing follows.
fn end(world: &mut World, last: Final) {
    let Some(entity) = world.resource::<ConnectionIndex>().get(&last.key) else { return };
    if let Ok(mut entity) = world.get_entity_mut(entity)
        && let Some(Observed(connection)) = entity.get()
    {
        let mut connection = Connection::clone(connection);
        connection.traffic = Some(last.traffic);
        entity.insert(Observed(Arc::new(connection)));
    }
}

/// Stores a new or changed connection; the arc of a new one grows if `opens`.
fn store(world: &mut World, arrival: Arrival, opens: bool, now_ms: u64) {
    if let Some(entity) = world.resource::<ConnectionIndex>().get(&arrival.connection.key)
        && let Ok(mut entity) = world.get_entity_mut(entity)
    {
        entity.insert(Observed(arrival.connection.into()));
        return;
    }
    let phase = if opens { Phase::Opening { since_ms: now_ms } } else { Phase::Open };
    let entity = arrival.spawn(world, phase);
    if opens {
        world.resource_mut::<Timers>().open_at(now_ms + OPEN_MS, entity);
    }
}

fn close(world: &mut World, key: &ConnectionKey, at: UnixMillis, now_ms: u64) {
    if let Some(entity) = world.resource_mut::<ConnectionIndex>().close(key) {
        fade(world, entity, at, now_ms);
    }
}

fn fade(world: &mut World, entity: Entity, at: UnixMillis, now_ms: u64) {
    if let Ok(mut entity) = world.get_entity_mut(entity) {
        entity.insert((ClosedAt(at), Phase::Closing { since_ms: now_ms }));
        let entity = entity.id();
        world.resource_mut::<Timers>().fade_from(now_ms, entity);
    }
}

fn end_ghosts(world: &mut World) {
    let now_ms = world.resource::<Clock>().motion_ms;
    while let Some(ghost) = world.resource_mut::<Timers>().due_ghost(now_ms) {
        // A ghost was first seen when it had closed.
        let at = world.get::<Observed>(ghost).map(|observed| observed.0.first_seen_at);
        fade(world, ghost, at.unwrap_or_default(), now_ms);
    }
}
