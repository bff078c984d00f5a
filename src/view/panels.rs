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
    /// Class of the address.
    pub scope: AddressScope,
    /// Payload in both directions, bytes per second; `None` where it is not measured.
    pub rate_bytes_per_sec: Option<f32>,
    /// Smoothed round-trip time, ms; `None` where it is not measured.
    pub rtt_ms: Option<f32>,
    /// When the row was first seen.
    pub first_seen_at: UnixMillis,
    /// Whether the filter in force lets it through.
    pub matches: bool,
    /// Whether it has closed and is fading.
    pub closed: bool,
    /// Who holds it: rows of one known group belong together.
    pub group: Group,
    /// Colour of that group, and of its arc, sRGB.
    pub color: [u8; 3],
    /// Whether its other end has a place on the earth.
    pub has_place: bool,
    /// Why the place is doubted, if it is: `place` begins with its mark then.
    pub doubt: Option<DoubtKind>,
}

/// The query bar: what is typed and what is in force.
#[derive(Clone, Debug, Default)]
pub struct FilterView {
    /// What is wrong with the text in the bar, if anything is.
    pub error: Option<FilterErrorView>,
    /// Something to know about the query in force, for instance a key that is not measured here.
    pub note: Option<String>,
    /// Connections that match, and all; `None` where they cannot be read.
    pub shown_of: Option<[usize; 2]>,
    /// Whether what does not match is hidden instead of dimmed.
    pub hides_rest: bool,
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
    /// Everything else.
    pub lines: Vec<DetailLine>,
    /// Whether it has closed.
    pub closed: bool,
}

impl DetailsView {
    /// With a line that says for how many more connections, too short and too many to rise by themselves, it stands.
    #[must_use]
    pub fn with_others(mut self, others: u64) -> Self {
        if others > 0 {
            let value = format!("and {others} more like it: to the same place, too many at once to draw each");
            self.lines.insert(0, DetailLine { label: "short ones", value, is_reason: false, is_warning: false });
        }
        self
    }

    /// With a line that says how many more arcs are drawn as one with its own; `whose` says to whom they belong, or is
    /// empty where nobody is known.
    #[must_use]
    pub fn with_rope(mut self, others: usize, whose: &str) -> Self {
        if others > 0 {
            let value = if whose.is_empty() {
                format!("as one rope with {others} others to this place, of which no owner is known either")
            } else {
                format!("as one rope with {others} others of {whose} to this place")
            };
            self.lines.push(DetailLine { label: "drawn", value, is_reason: false, is_warning: false });
        }
        self
    }
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
    /// Connections by scope: public, LAN (private, link-local, carrier NAT), this machine; then other.
    pub public: usize,
    /// Private, link-local and carrier NAT peers.
    pub lan: usize,
    /// Loopback.
    pub this_machine: usize,
    /// Listening sockets.
    pub listeners: usize,
    /// Public peers that have no place.
    pub without_place: usize,
    /// What the sampler merged because the window could not keep up, and the like; empty when nothing was missed.
    pub missed: String,
    /// How the home is known, `home: Berlin, from the time zone; could be 400 km off`.
    pub home: String,
    /// Whether there is a home.
    pub has_home: bool,
    /// Frames a second over the last second.
    pub frames_per_second: f32,
    /// Why that many, `30 fps: ambient`.
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
