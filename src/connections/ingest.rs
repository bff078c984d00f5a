//! From messages of the sampler to entities: a bounded number of rows a frame, in order, nothing dropped.

use super::{
    Clock, ConnectionIndex, Observed, Phase,
    ghosts::{self, Arrivals},
    lifecycle::{OPEN_MS, Timers},
};
use crate::{
    model::{Connection, ConnectionKey, Degradation, SnapshotDelta},
    sampler::{SamplerMessage, Unseen},
};
use bevy::prelude::*;
use crossbeam_channel::Receiver;
use std::{collections::VecDeque, time::Duration};

/// Rows that a frame takes in at most: about 2 ms of one core.
const ROWS_A_FRAME: usize = 2_000;
/// Ghosts after which a frame takes no further message.
const GHOSTS_A_FRAME: usize = 5_000;

/// What came from the sampler and is not taken in yet.
#[derive(Resource, Debug, Default)]
pub struct Inbox {
    messages: Option<Receiver<SamplerMessage>>,
    rows: VecDeque<Row>,
    /// Rows a frame; `None` for [`ROWS_A_FRAME`].
    budget: Option<usize>,
    /// Connections that were too short for a look.
    ghosts: Arrivals,
    status: Option<Box<SamplerMessage>>,
}

#[derive(Debug)]
enum Row {
    Opened(Box<Connection>),
    Changed(Box<Connection>),
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
    pub fn push_message(&mut self, mut message: SamplerMessage) {
        self.push(std::mem::take(&mut message.delta));
        self.status = Some(Box::new(message));
    }

    /// Puts in what happened. The closings come first: a key may be in use again.
    pub fn push(&mut self, delta: SnapshotDelta) {
        // What is in `finals` is there, and closes next.
        self.rows.extend(delta.finals.into_iter().map(|connection| Row::Changed(Box::new(connection))));
        self.rows.extend(delta.closed.into_iter().map(Row::Closed));
        self.rows.extend(delta.changed.into_iter().map(|connection| Row::Changed(Box::new(connection))));
        self.rows.extend(delta.opened.into_iter().map(|connection| Row::Opened(Box::new(connection))));
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

/// What the sampler said about itself last.
#[derive(Resource, Clone, Debug, Default)]
pub struct SamplerStatus {
    /// Messages so far; 0 while nothing is known.
    pub messages: u64,
    /// Source in use.
    pub source: &'static str,
    /// What to write on every picture; `None` when it is this computer, live.
    pub label: Option<String>,
    /// Whether traffic is measured.
    pub measures_traffic: bool,
    /// Whether connections are invented.
    pub is_simulated: bool,
    /// Deltas merged because the window was slow.
    pub merged: u64,
    /// Connections that came and went between two deltas.
    pub vanished: u64,
    /// Connections that are counted alone.
    pub unseen: Unseen,
    /// Connections too short for a look, since the start.
    pub short: u64,
    /// Those of them that joined another one that rises to the same place.
    pub short_joined: u64,
    /// Those of them that were too many at once to be drawn in any way.
    pub short_not_drawn: u64,
    /// Time between two looks.
    pub period: Duration,
    /// CPU time of the last look, ms.
    pub cpu_ms: Option<f32>,
    /// What does not work.
    pub degradations: Vec<Degradation>,
    /// Whether the sampler's thread has ended although nobody stopped it.
    pub is_lost: bool,
}

impl SamplerStatus {
    fn take_over(&mut self, message: &mut SamplerMessage) {
        self.messages += 1;
        self.source = message.source;
        self.label = message.label.take();
        self.measures_traffic = message.measures_traffic;
        self.is_simulated = message.simulated;
        self.merged = message.merged;
        self.vanished = message.vanished;
        self.unseen = message.unseen;
        self.period = message.period;
        self.cpu_ms = message.cpu_ms;
        self.degradations = std::mem::take(&mut message.degradations);
    }
}

/// Takes in what the sampler sent, within the budget.
pub(super) fn ingest(world: &mut World) {
    world.resource_scope(|world, mut inbox: Mut<'_, Inbox>| {
        receive(world, &mut inbox);
        end_ghosts(world);
        ghosts::raise(world, &mut inbox.ghosts);
        let budget = inbox.budget.unwrap_or(ROWS_A_FRAME).min(inbox.rows.len());
        if budget == 0 {
            return;
        }
        let now_ms = world.resource::<Clock>().running_ms;
        for row in inbox.rows.drain(..budget) {
            match row {
                Row::Opened(connection) | Row::Changed(connection) => store(world, connection, now_ms),
                Row::Closed(key) => close(world, &key, now_ms),
            }
        }
    });
}

fn receive(world: &mut World, inbox: &mut Inbox) {
    if let Some(mut message) = inbox.status.take() {
        world.resource_mut::<SamplerStatus>().take_over(&mut message);
    }
    let Some(messages) = inbox.messages.clone() else { return };
    // While rows wait the channel fills, and the sampler merges: memory stays bounded.
    let mut ghosts = 0;
    while inbox.rows.len() < ROWS_A_FRAME && ghosts < GHOSTS_A_FRAME {
        match messages.try_recv() {
            Ok(mut message) => {
                ghosts += message.delta.ghosts.len();
                world.resource_mut::<SamplerStatus>().take_over(&mut message);
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

/// A connection that is new, or has other values than before.
fn store(world: &mut World, connection: Box<Connection>, now_ms: u64) {
    if let Some(entity) = world.resource::<ConnectionIndex>().get(&connection.key)
        && let Ok(mut entity) = world.get_entity_mut(entity)
    {
        entity.insert(Observed(connection));
        return;
    }
    // What was there before this program started is there at once; only what is seen to open rises.
    let opens = connection.opened_at.is_some();
    let phase = if opens { Phase::Opening { since_ms: now_ms } } else { Phase::Open };
    let entity = world.spawn((Observed(connection), phase)).id();
    if opens {
        world.resource_mut::<Timers>().open_at(now_ms + OPEN_MS, entity);
    }
}

fn close(world: &mut World, key: &ConnectionKey, now_ms: u64) {
    let Some(entity) = world.resource_mut::<ConnectionIndex>().close(key) else { return };
    if let Ok(mut entity) = world.get_entity_mut(entity) {
        entity.insert(Phase::Closing { since_ms: now_ms });
        let entity = entity.id();
        world.resource_mut::<Timers>().despawn_at(now_ms, entity);
    }
}

fn end_ghosts(world: &mut World) {
    let now_ms = world.resource::<Clock>().running_ms;
    while let Some(key) = world.resource_mut::<Timers>().due_ghost(now_ms) {
        close(world, &key, now_ms);
    }
}
