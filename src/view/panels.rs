//! Content of the panels, as plain values: panels read these, and neither query the ECS nor make decisions.

use crate::{
    geodesy::DoubtKind,
    language::t,
    model::{AddressScope, Degradation, Direction, Group, Protocol, SocketState, UnixMillis},
    sampler::SamplerReport,
};
use bevy::prelude::Entity;
use std::{ops::Range, sync::Arc};

/// A row of the connection table, for a connection with or without an arc.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionRow {
    /// The connection's entity, used for hover and selection.
    pub entity: Entity,
    /// Process name, or a short reason why it is unknown. Escaped.
    pub process: String,
    /// Process ID.
    pub pid: Option<u32>,
    /// `81.2.69.142:443`, or the local end of a listener.
    pub remote: String,
    /// `London, GB`, `LAN`, `this machine`, `no place`; `London, GB ×58` if the row represents that many. Escaped.
    pub place: String,
    /// `AS29518 Bredband2 AB`, or empty. Escaped.
    pub operator: String,
    /// Transport protocol.
    pub protocol: Protocol,
    /// State of the socket.
    pub state: SocketState,
    /// Which end opened it; `None` for listeners.
    pub direction: Option<Direction>,
    /// Whether it is a listening socket.
    pub is_listener: bool,
    /// Class of the address.
    pub scope: AddressScope,
    /// Payload in both directions, bytes per second; `None` if it is not measured.
    pub rate_bytes_per_sec: Option<f32>,
    /// Payload sent so far, bytes; `None` if it is not counted.
    pub bytes_sent: Option<u64>,
    /// Payload received so far, bytes; `None` if it is not counted.
    pub bytes_received: Option<u64>,
    /// Smoothed round-trip time, ms; `None` if it is not measured.
    pub rtt_ms: Option<f32>,
    /// When the connection was first seen.
    pub first_seen_at: UnixMillis,
    /// Whether it has closed; it stays in the list for some time.
    pub closed: bool,
    /// Group of its owner; rows with the same known group belong together.
    pub group: Group,
    /// Colour of the group and of the arc, sRGB.
    pub color: [u8; 3],
    /// Whether its other end has a location.
    pub has_place: bool,
    /// Why the place is doubtful, if it is; `place` then starts with a mark.
    pub doubt: Option<DoubtKind>,
}

/// What the filter says of a row. Apart from the rows, so that a change of the filter touches little memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowMark {
    /// Whether it matches the current filter.
    pub matches: bool,
    /// Whether it is dimmed: it does not match the filter, or it has closed and the filter does not ask for that.
    pub dimmed: bool,
    /// Whether the filter hides it from the table.
    pub hidden: bool,
}

impl Default for RowMark {
    /// That of an open connection without a filter.
    fn default() -> Self {
        Self { matches: true, dimmed: false, hidden: false }
    }
}

impl ConnectionRow {
    /// Changes it into the row of a closed connection, without rates.
    pub fn close(&mut self) {
        self.closed = true;
        self.state = SocketState::Closed;
        self.rate_bytes_per_sec = None;
    }
}

/// Number of connections that match the current query, and of all connections.
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

    /// Number of those that do not match.
    #[must_use]
    pub fn others(&self) -> usize {
        [self.connections, self.listeners, self.closed]
            .iter()
            .map(|[matching, all]| all.saturating_sub(*matching))
            .sum()
    }
}

/// Counts of the rows, for the title of the table.
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

/// Content of the query bar.
#[derive(Clone, Debug, Default)]
pub struct FilterView {
    /// The error in the text of the bar, if there is one.
    pub error: Option<FilterErrorView>,
    /// A note about the current query, such as a key that is not measured on this system.
    pub note: Option<String>,
    /// Number of matches of the current query; `None` if there is no query, or connections cannot be read.
    pub matches: Option<MatchCounts>,
    /// Whether connections that do not match are hidden instead of dimmed.
    pub hides_rest: bool,
    /// Whether there are connections that do not match.
    pub has_others: bool,
    /// The programs with the most connections, the busiest first.
    pub processes: Vec<ProcessCount>,
}

/// A program as a filter for connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessCount {
    /// Its name; escaped.
    pub name: String,
    /// Text that identifies the program: its name, or its path if others have the same name; escaped.
    pub exact: String,
    /// Connections of its processes.
    pub connections: usize,
    /// Colour of their arcs, sRGB.
    pub color: [u8; 3],
}

/// An error in a query: its position, and what was expected there.
#[derive(Clone, Debug, PartialEq)]
pub struct FilterErrorView {
    /// Byte range of the error.
    pub span: Range<usize>,
    /// One sentence.
    pub message: String,
}

/// A line with a label in the details panel.
#[derive(Clone, Debug, PartialEq)]
pub struct DetailLine {
    /// Identifies it: the English label, such as `operator`; see [`DetailLine::shown_label`].
    pub label: &'static str,
    /// The value, or the reason why it is unknown; escaped.
    pub value: String,
    /// Whether the value is a reason; drawn fainter.
    pub is_reason: bool,
    /// Whether the value is a warning; drawn in the warning colour.
    pub is_warning: bool,
}

impl DetailLine {
    /// Its label in the language of the window.
    #[must_use]
    pub fn shown_label(&self) -> &'static str {
        match self.label {
            "process" => t!("details-label-process"),
            "program" => t!("details-label-program"),
            "shared by" => t!("details-label-shared-by"),
            "unit" => t!("details-label-unit"),
            "user" => t!("details-label-user"),
            "remote" => t!("details-label-remote"),
            "local" => t!("details-label-local"),
            "interface" => t!("details-label-interface"),
            "socket" => t!("details-label-socket"),
            "opened by" => t!("details-label-opened-by"),
            "address type" => t!("details-label-address-type"),
            "place" => t!("details-label-place"),
            "accuracy" => t!("details-label-accuracy"),
            "distance" => t!("details-label-distance"),
            "on the globe" => t!("details-label-on-the-globe"),
            "operator" => t!("details-label-operator"),
            "anycast" => t!("details-label-anycast"),
            "database" => t!("details-label-database"),
            "location check" => t!("details-label-location-check"),
            "was open for" => t!("details-label-was-open-for"),
            "open for" => t!("details-label-open-for"),
            "opened" => t!("details-label-opened"),
            "note" => t!("details-label-note"),
            "traffic" => t!("details-label-traffic"),
            "send rate" => t!("details-label-send-rate"),
            "receive rate" => t!("details-label-receive-rate"),
            "sent" => t!("details-label-sent"),
            "received" => t!("details-label-received"),
            "round-trip time" => t!("details-label-round-trip-time"),
            "delivery rate" => t!("details-label-delivery-rate"),
            "retransmitted" => t!("details-label-retransmitted"),
            "represents" => t!("details-label-represents"),
            "drawn" => t!("details-label-drawn"),
            other => other,
        }
    }
}

/// Content of the details panel.
#[derive(Clone, Debug, PartialEq)]
pub struct DetailsView {
    /// `firefox → 104.16.1.1:443`.
    pub title: String,
    /// `New York, US · city`.
    pub subtitle: String,
    /// A sentence saying who communicates with whom.
    pub summary: String,
    /// All other lines.
    pub lines: Vec<DetailLine>,
    /// `closed 34 s ago`; empty if it is open.
    pub closed: String,
}

impl DetailsView {
    /// Adds a line with the number of further short-lived connections that it represents, if there were too many to
    /// draw them individually.
    #[must_use]
    pub fn with_others(mut self, others: u64) -> Self {
        if others > 0 {
            let value = t!("details-represents", others = others);
            self.lines.insert(0, DetailLine { label: "represents", value, is_reason: false, is_warning: false });
        }
        self
    }

    /// Adds a line with the number of further arcs in its bundle; `whose` names their owner, and is empty if it is
    /// unknown.
    #[must_use]
    pub fn with_bundle(mut self, others: usize, whose: &str) -> Self {
        if others > 0 {
            let value = if whose.is_empty() {
                t!("details-bundle-unknown", others = others)
            } else {
                t!("details-bundle", others = others, owner = whose)
            };
            self.lines.push(DetailLine { label: "drawn", value, is_reason: false, is_warning: false });
        }
        self
    }
}

/// A number of items that are not shown individually, or were not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissedCount {
    /// Number since the start, or currently for queued items.
    pub count: u64,
    /// Label, such as `close events lost`.
    pub what: &'static str,
    /// Explanation in one or two sentences.
    pub meaning: &'static str,
}

/// Content of the status line.
#[derive(Clone, Debug, Default)]
pub struct StatusView {
    /// `LIVE`, `DEMO everyday, seed 7`, `REPLAY file`.
    pub mode: String,
    /// Whether time and motion are paused.
    pub is_paused: bool,
    /// Whether connections are recorded, and what that means; `None` where nothing can be recorded.
    pub recording: Option<(&'static str, &'static str)>,
    /// Whether nothing is recorded although it could be.
    pub is_recording_warning: bool,
    /// The sampler's report about itself.
    pub report: Arc<SamplerReport>,
    /// Whether connections could be read; otherwise the counts are meaningless.
    pub is_known: bool,
    /// Connections to public addresses.
    pub public: usize,
    /// Connections to private, link-local and carrier-grade NAT addresses.
    pub lan: usize,
    /// Connections within this machine.
    pub this_machine: usize,
    /// Listening sockets.
    pub listeners: usize,
    /// Of the public ones, those without a place.
    pub without_place: usize,
    /// Items that are not shown individually or were not seen; empty if there are none.
    pub missed: Vec<MissedCount>,
    /// The home and where it comes from: `home: Berlin, from the time zone; could be 400 km off`.
    pub home: String,
    /// Whether there is a home.
    pub has_home: bool,
    /// Number of frames in the last second.
    pub frames_per_second: f32,
    /// Measured CPU time of the program, and its limit, percent of one core; `None` before the first measurement.
    pub cpu_percent: Option<f32>,
    /// See [`StatusView::cpu_percent`].
    pub cpu_limit_percent: Option<f32>,
    /// Reason for the frame rate, such as `traffic moves`.
    pub power_reason: &'static str,
    /// Current quality with its reason, such as `low (auto: software rasterizer)`.
    pub quality: String,
    /// UTC time of the sun, `14:32 UTC`.
    pub clock: String,
    /// What a demo tells about this moment; escaped.
    pub caption: Option<String>,
    /// Label for pictures and window if they are not live (demo, replay).
    pub label: Option<String>,
    /// What does not work, with remedies.
    pub degradations: Vec<Degradation>,
    /// A line that says why there are no arcs; `None` if there are some.
    pub quiet: Option<String>,
}
