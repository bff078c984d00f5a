//! From messages of the sampler to entities: a bounded number of rows a frame, in order, nothing dropped.

use super::{
    Clock, ConnectionIndex, Ghost, Observed, Phase,
    ghosts::{self, Arrivals, Ghosts},
    lifecycle::{OPEN_MS, Timers},
};
use crate::{
    model::{Connection, ConnectionKey, Final, SnapshotDelta},
    sampler::{SamplerMessage, SamplerReport},
};
use bevy::{platform::collections::HashSet, prelude::*};
use crossbeam_channel::Receiver;
use std::{collections::VecDeque, sync::Arc};

/// Rows that a frame takes in at most: about 2 ms of one core.
const ROWS_A_FRAME: usize = 2_000;
/// Ghosts after which a frame takes no further message.
const GHOSTS_A_FRAME: usize = 5_000;

/// What came from the sampler and is not taken in yet.
#[derive(Resource, Debug, Default)]
pub struct Inbox {
    messages: Option<Receiver<SamplerMessage>>,
    /// The scene is that of another moment: all vanishes but these. The rows come after it.
    reset: Option<HashSet<ConnectionKey>>,
    rows: VecDeque<Row>,
    /// Rows a frame; `None` for [`ROWS_A_FRAME`].
    budget: Option<usize>,
    /// Connections that were too short for a look.
    ghosts: Arrivals,
    report: Option<Arc<SamplerReport>>,
}

#[derive(Debug)]
enum Row {
    /// It was there before anybody looked.
    Present(Box<Connection>),
    /// It is seen to open.
    Opened(Box<Connection>),
    Changed(Box<Connection>),
    /// Last counters; the closing comes next.
    Ended(Box<Final>),
    Closed(ConnectionKey),
}

impl Inbox {
    /// An inbox that is filled from a channel.
    #[must_use]
    pub fn from_channel(messages: Receiver<SamplerMessage>) -> Self {
        Self { messages: Some(messages), ..Self::default() }
    }

    /// Lifts the limit of rows a frame, for pictures of one moment.
    #[must_use]
    pub fn without_limit(mut self) -> Self {
        self.budget = Some(usize::MAX);
        self
    }

    /// Puts in one message, without a channel.
    pub fn push_message(&mut self, message: SamplerMessage) {
        self.push(message.delta);
        self.report = Some(message.report);
    }

    /// Puts in what happened. The closings come first: a key may be in use again. A reset forgets what waits.
    pub fn push(&mut self, mut delta: SnapshotDelta) {
        if delta.reset.is_some() {
            self.rows.clear();
            self.ghosts.forget();
            self.reset = Some(delta.opened.iter().map(|connection| connection.key).collect());
        }
        let opened = std::mem::take(&mut delta.opened).into_iter().map(|connection| {
            let was_there = delta.was_there(&connection);
            let connection = Box::new(connection);
            if was_there { Row::Present(connection) } else { Row::Opened(connection) }
        });
        let opened: Vec<Row> = opened.collect();
        self.rows.extend(delta.finals.into_iter().map(|last| Row::Ended(Box::new(last))));
        self.rows.extend(delta.closed.into_iter().map(Row::Closed));
        self.rows.extend(delta.changed.into_iter().map(|connection| Row::Changed(Box::new(connection))));
        self.rows.extend(opened);
        delta.ghosts.into_iter().for_each(|connection| self.ghosts.push(connection));
    }

    /// Rows that wait for their frame.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.rows.len() + self.ghosts.len()
    }

    /// Whether a message lies in the channel.
    #[must_use]
    pub fn has_message(&self) -> bool {
        self.messages.as_ref().is_some_and(|messages| !messages.is_empty())
    }
}

/// What is known of the sampler, and of what became of what it told.
#[derive(Resource, Clone, Debug, Default)]
pub struct SamplerStatus {
    /// Messages so far; 0 while nothing is known.
    pub messages: u64,
    /// What it said of itself last.
    pub report: Arc<SamplerReport>,
    /// Connections too short for a look, since the start.
    pub short: u64,
    /// Those of them that joined another one that rises to the same place.
    pub short_joined: u64,
    /// Those of them that were too many at once to be drawn in any way.
    pub short_not_drawn: u64,
    /// Whether the sampler's thread has ended although nobody stopped it.
    pub is_lost: bool,
}

impl SamplerStatus {
    fn take_over(&mut self, report: Arc<SamplerReport>) {
        self.messages += 1;
        self.report = report;
    }
}

/// Takes in what the sampler sent, within the budget.
pub(super) fn ingest(world: &mut World) {
    world.resource_scope(|world, mut inbox: Mut<'_, Inbox>| {
        receive(world, &mut inbox);
        if let Some(whole) = inbox.reset.take() {
            reset(world, &whole);
        }
        end_ghosts(world);
        ghosts::raise(world, &mut inbox.ghosts);
        let budget = inbox.budget.unwrap_or(ROWS_A_FRAME).min(inbox.rows.len());
        if budget == 0 {
            return;
        }
        let now_ms = world.resource::<Clock>().motion_ms;
        for row in inbox.rows.drain(..budget) {
            match row {
                Row::Present(connection) => store(world, connection, false, now_ms),
                Row::Opened(connection) => store(world, connection, true, now_ms),
                // Whoever follows from the middle has not seen it open.
                Row::Changed(connection) => {
                    let opens = connection.opened_at.is_some();
                    store(world, connection, opens, now_ms);
                }
                Row::Ended(last) => end(world, *last),
                Row::Closed(key) => close(world, &key, now_ms),
            }
        }
    });
}

fn receive(world: &mut World, inbox: &mut Inbox) {
    if let Some(report) = inbox.report.take() {
        world.resource_mut::<SamplerStatus>().take_over(report);
    }
    let Some(messages) = inbox.messages.clone() else { return };
    // While rows wait the channel fills, and the sampler merges: memory stays bounded.
    let mut ghosts = 0;
    while inbox.rows.len() < ROWS_A_FRAME && ghosts < GHOSTS_A_FRAME {
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

/// The scene is that of another moment: what is not in the whole of it vanishes, and what is stands still.
fn reset(world: &mut World, whole: &HashSet<ConnectionKey>) {
    world.resource_mut::<Timers>().clear();
    world.resource_mut::<Ghosts>().clear();
    let mut scene = world.query::<(Entity, &Observed, &Phase, Has<Ghost>)>();
    let (mut vanished, mut still) = (Vec::new(), Vec::new());
    for (entity, observed, phase, is_ghost) in scene.iter(world) {
        if is_ghost || phase.is_closing() || !whole.contains(&observed.0.key) {
            vanished.push(entity);
        } else if *phase != Phase::Open {
            still.push(entity);
        }
    }
    for entity in vanished {
        world.despawn(entity);
    }
    for entity in still {
        world.entity_mut(entity).insert(Phase::Open);
    }
}

/// The last counters of a connection that closes next.
fn end(world: &mut World, last: Final) {
    let Some(entity) = world.resource::<ConnectionIndex>().get(&last.key) else { return };
    if let Ok(mut entity) = world.get_entity_mut(entity)
        && let Some(Observed(connection)) = entity.get()
    {
        let mut connection = connection.clone();
        connection.traffic = Some(last.traffic);
        entity.insert(Observed(connection));
    }
}

/// A connection that is new, or has other values than before; a new one rises where it is seen to open.
fn store(world: &mut World, connection: Box<Connection>, opens: bool, now_ms: u64) {
    if let Some(entity) = world.resource::<ConnectionIndex>().get(&connection.key)
        && let Ok(mut entity) = world.get_entity_mut(entity)
    {
        entity.insert(Observed(connection));
        return;
    }
    let phase = if opens { Phase::Opening { since_ms: now_ms } } else { Phase::Open };
    let entity = world.spawn((Observed(connection), phase)).id();
    if opens {
        world.resource_mut::<Timers>().open_at(now_ms + OPEN_MS, entity);
    }
}

fn close(world: &mut World, key: &ConnectionKey, now_ms: u64) {
    if let Some(entity) = world.resource_mut::<ConnectionIndex>().close(key) {
        fade(world, entity, now_ms);
    }
}

fn fade(world: &mut World, entity: Entity, now_ms: u64) {
    if let Ok(mut entity) = world.get_entity_mut(entity) {
        entity.insert(Phase::Closing { since_ms: now_ms });
        let entity = entity.id();
        world.resource_mut::<Timers>().despawn_at(now_ms, entity);
    }
}

fn end_ghosts(world: &mut World) {
    let now_ms = world.resource::<Clock>().motion_ms;
    while let Some(ghost) = world.resource_mut::<Timers>().due_ghost(now_ms) {
        fade(world, ghost, now_ms);
    }
}
