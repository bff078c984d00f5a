//! What the panels show, as plain values: panels read these and neither query the ECS nor decide anything.

use crate::{
    geodesy::DoubtKind,
    model::{AddressScope, Degradation, Direction, Group, Protocol, SocketState, UnixMillis},
    sampler::SamplerReport,
};
use bevy::prelude::Entity;
use std::{ops::Range, sync::Arc};

/// One row of the connection table: the twin of one arc (or of one connection that has none).
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionRow {
    /// The connection's entity: what hover and selection speak of.
    pub entity: Entity,
    /// Process name, or a short word for why there is none. Escaped.
    pub process: String,
    /// Process number.
    pub pid: Option<u32>,
    /// `81.2.69.142:443`, or the local end of a listener.
    pub remote: String,
    /// `London, GB`, `LAN`, `this machine`, `no place`; `London, GB ×58` where the row stands for so many. Escaped.
    pub place: String,
    /// `AS29518 Bredband2 AB`, or empty. Escaped.
    pub operator: String,
    /// Transport protocol.
    pub protocol: Protocol,
    /// State of the socket.
    pub state: SocketState,
    /// Which end opened it; `None` for listeners.
    pub direction: Option<Direction>,
    /// Whether it is a socket that waits for peers, and no connection.
    pub is_listener: bool,
    /// Class of the address.
    pub scope: AddressScope,
    /// Payload in both directions, bytes per second; `None` where it is not measured.
    pub rate_bytes_per_sec: Option<f32>,
    /// Payload sent so far, bytes; `None` where it is not counted.
    pub bytes_sent: Option<u64>,
    /// Payload received so far, bytes; `None` where it is not counted.
    pub bytes_received: Option<u64>,
    /// Smoothed round-trip time, ms; `None` where it is not measured.
    pub rtt_ms: Option<f32>,
    /// When the row was first seen.
    pub first_seen_at: UnixMillis,
    /// Whether the filter in force lets it through.
    pub matches: bool,
    /// Whether it has closed; it stays listed for a while.
    pub closed: bool,
    /// Whether it is drawn dimmed: it does not match the filter, or it has closed and the filter does not ask for that.
    pub dimmed: bool,
    /// Whether the filter hides it: no table shows it.
    pub hidden: bool,
    /// Who holds it: rows of one known group belong together.
    pub group: Group,
    /// Colour of that group, and of its arc, sRGB.
    pub color: [u8; 3],
    /// Whether its other end has a place on the earth.
    pub has_place: bool,
    /// Why the place is doubted, if it is: `place` begins with its mark then.
    pub doubt: Option<DoubtKind>,
}

impl ConnectionRow {
    /// Makes it the row of a connection that has closed: nothing flows in it.
    pub fn close(&mut self) {
        self.closed = true;
        self.state = SocketState::Closed;
        self.rate_bytes_per_sec = None;
    }
}

/// How many connections match the query in force, and how many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MatchCounts {
    /// Open connections: those that match, and all.
    pub connections: [usize; 2],
    /// Listening sockets: those that match, and all.
    pub listeners: [usize; 2],
    /// Closed connections that are still listed: those that match, and all.
    pub closed: [usize; 2],
}

impl MatchCounts {
    /// Whether nothing matches.
    #[must_use]
    pub fn is_none(&self) -> bool {
        [self.connections, self.listeners, self.closed].iter().all(|[matching, _]| *matching == 0)
    }

    /// How many do not match.
    #[must_use]
    pub fn others(&self) -> usize {
        [self.connections, self.listeners, self.closed]
            .iter()
            .map(|[matching, all]| all.saturating_sub(*matching))
            .sum()
    }
}

/// What the rows of the table are, for its title.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableCounts {
    /// Open connections.
    pub connections: usize,
    /// Listening sockets.
    pub listeners: usize,
    /// Closed connections that are still listed.
    pub closed: usize,
    /// Of all these, rows that the filter hides.
    pub hidden: usize,
    /// Of all these, rows that match the filter.
    pub matching: usize,
}

/// The query bar: what is typed and what is in force.
#[derive(Clone, Debug, Default)]
pub struct FilterView {
    /// What is wrong with the text in the bar, if anything is.
    pub error: Option<FilterErrorView>,
    /// Something to know about the query in force, for instance a key that is not measured here.
    pub note: Option<String>,
    /// How many match the query in force; `None` where there is no query, or connections cannot be read.
    pub matches: Option<MatchCounts>,
    /// Whether what does not match is hidden instead of dimmed.
    pub hides_rest: bool,
    /// Whether there is anything that does not match.
    pub has_others: bool,
    /// The programs that hold most connections, the busiest first.
    pub processes: Vec<ProcessCount>,
}

/// A program by which the connections can be filtered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessCount {
    /// Its name; escaped.
    pub name: String,
    /// What names it and no other program: its name, or its path where others have that name; escaped.
    pub exact: String,
    /// Connections of its processes.
    pub connections: usize,
    /// Colour of their arcs, sRGB.
    pub color: [u8; 3],
}

/// Where the query is wrong, and what was expected there.
#[derive(Clone, Debug, PartialEq)]
pub struct FilterErrorView {
    /// Bytes of the text that are wrong.
    pub span: Range<usize>,
    /// One sentence.
    pub message: String,
}

/// One labelled line of the details panel.
#[derive(Clone, Debug, PartialEq)]
pub struct DetailLine {
    /// What it is, `operator`.
    pub label: &'static str,
    /// The value; escaped. Where it is unknown, the reason.
    pub value: String,
    /// Whether the value is a reason instead of a value: drawn fainter.
    pub is_reason: bool,
    /// Whether something is wrong: drawn in the colour of warnings.
    pub is_warning: bool,
}

/// The details panel of one selected connection.
#[derive(Clone, Debug, PartialEq)]
pub struct DetailsView {
    /// `firefox → 104.16.1.1:443`.
    pub title: String,
    /// `New York, US · city`.
    pub subtitle: String,
    /// One sentence: who communicates with whom.
    pub summary: String,
    /// Everything else.
    pub lines: Vec<DetailLine>,
    /// `closed 34 s ago`; empty where it is open.
    pub closed: String,
}

impl DetailsView {
    /// With a line that says how many more short-lived connections, too many to be drawn one by one, it represents.
    #[must_use]
    pub fn with_others(mut self, others: u64) -> Self {
        if others > 0 {
            let value = format!("{others} more short-lived connections to the same place");
            self.lines.insert(0, DetailLine { label: "represents", value, is_reason: false, is_warning: false });
        }
        self
    }

    /// With a line that says how many more arcs are drawn in one bundle with its own; `whose` names their owner, or is
    /// empty where none is known.
    #[must_use]
    pub fn with_bundle(mut self, others: usize, whose: &str) -> Self {
        if others > 0 {
            let value = if whose.is_empty() {
                format!("in one bundle with {others} others to this place whose owners are unknown")
            } else {
                format!("in one bundle with {others} others of {whose} to this place")
            };
            self.lines.push(DetailLine { label: "drawn", value, is_reason: false, is_warning: false });
        }
        self
    }
}

/// A number of things that are not shown one by one, or were not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissedCount {
    /// How many since the start, or for what is queued, now.
    pub count: u64,
    /// What they are, `close events lost`.
    pub what: &'static str,
    /// One or two sentences about it.
    pub meaning: &'static str,
}

/// Counts and health for the status line.
#[derive(Clone, Debug, Default)]
pub struct StatusView {
    /// `LIVE`, `DEMO everyday, seed 7`, `REPLAY file`.
    pub mode: String,
    /// What the sampler says about itself.
    pub report: Arc<SamplerReport>,
    /// Whether connections could be read at all: without that the counts say nothing.
    pub is_known: bool,
    /// Connections to public addresses.
    pub public: usize,
    /// Connections to private, link-local and carrier NAT addresses.
    pub lan: usize,
    /// Connections within this machine.
    pub this_machine: usize,
    /// Listening sockets.
    pub listeners: usize,
    /// Of the public ones, those without a place.
    pub without_place: usize,
    /// What is not shown one by one, or was not seen; empty when nothing was missed.
    pub missed: Vec<MissedCount>,
    /// How the home is known, `home: Berlin, from the time zone; could be 400 km off`.
    pub home: String,
    /// Whether there is a home.
    pub has_home: bool,
    /// Frames a second over the last second.
    pub frames_per_second: f32,
    /// Why that many, `traffic moves`.
    pub power_reason: &'static str,
    /// Quality in force and who chose it, `low (auto: software rasterizer)`.
    pub quality: String,
    /// UTC time of the sun, `14:32 UTC`.
    pub clock: String,
    /// Whether pictures and window are labelled as not live (demo, replay).
    pub label: Option<String>,
    /// What does not work, and what to do.
    pub degradations: Vec<Degradation>,
    /// One line that says why the globe is quiet; `None` when there are arcs.
    pub quiet: Option<String>,
}
