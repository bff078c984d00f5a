//! A demo scenario: the programs, operators and connections of a simulated computer, and captions that tell the story.
//!
//! Scenarios are TOML files (`data/scenarios`, whose README explains every key). `file` reads and checks them,
//! [`library`] has those that are built in.

mod file;
mod library;
mod rows;

pub(super) use file::context;
pub use library::{ScenarioInfo, check_scenario, check_scenario_file, scenarios};

use crate::model::{Direction, OwnerContext, Place, Process, Protocol, UnixMillis};
use std::sync::Arc;

/// Start of a scenario that states none: noon in June, 2026-06-21T12:00:00Z.
pub(in crate::sampler) const DEFAULT_START: UnixMillis = UnixMillis(1_782_043_200_000);

/// A scenario that was read and checked.
#[derive(Clone, Debug)]
pub(super) struct Scenario {
    /// One line: what is shown.
    pub(super) title: String,
    /// Data time of its start.
    pub(super) begins_at: UnixMillis,
    /// The story starts anew after this many seconds; `None` if it is told once.
    pub(super) repeats_s: Option<f64>,
    pub(super) programs: Vec<Program>,
    pub(super) operators: Vec<Operator>,
    /// Cities by index: those known to the program, then those of the file.
    pub(super) places: Vec<Place>,
    pub(super) roles: Vec<Role>,
    pub(super) listeners: Vec<Listener>,
    /// In ascending order.
    pub(super) captions: Vec<Caption>,
}

/// A simulated program.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) process: Arc<Process>,
    pub(super) context: Arc<OwnerContext>,
    /// 0 for a program of the system, 1000 for one of the user.
    pub(super) uid: u32,
}

/// A simulated operator.
#[derive(Clone, Debug)]
pub(super) struct Operator {
    /// AS number.
    pub(super) asn: u32,
    pub(super) name: Arc<str>,
}

/// A text that is shown from a moment of the story on.
#[derive(Clone, Debug)]
pub(super) struct Caption {
    /// Seconds after the start of the story.
    pub(super) at_s: f64,
    pub(super) text: Arc<str>,
}

/// A simulated listener.
#[derive(Clone, Debug)]
pub(super) struct Listener {
    /// Index into [`Scenario::programs`].
    pub(super) program: usize,
    pub(super) protocol: Protocol,
    pub(super) port: u16,
    /// Whether it listens on the loopback interface only.
    pub(super) is_local: bool,
}

/// Location of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    /// Always in the same city, chosen by the seed.
    Somewhere,
    /// In a random city for each connection.
    Anywhere,
    /// In this city; index into [`Scenario::places`].
    City(usize),
    /// On the internet, with unknown location.
    Unlocated,
    /// On the local network, 192.168.1.x.
    Lan(u8),
    /// This computer itself.
    ThisComputer,
}

/// Lifetime of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Life {
    /// Always open.
    Always,
    /// Opens and closes about every `period_s` seconds, and is open for a random fraction of that time, within `share`.
    Comes { period_s: f64, share: (f64, f64) },
    /// Belongs to the page in this browser tab: 6 to 12 connections at once, one page after another.
    Page { tab: u64 },
    /// A part of the story: the connections open one after another from `from_s` on, within `spread_s`, and each stays
    /// open for about `for_s` (0.9 to 1 times).
    Story { from_s: f64, spread_s: f64, for_s: f64 },
}

/// Traffic of a connection; rates are bytes per second.
#[derive(Clone, Copy, Debug)]
pub(super) enum Flow {
    /// A web page: much traffic at first, then almost none.
    Page,
    /// Mostly receives.
    Download(f64),
    /// Mostly sends.
    Upload(f64),
    /// Sends and receives.
    Both(f64),
    /// A few thousand bytes from time to time.
    Words,
    /// None.
    Nothing,
}

/// Connections of one kind.
#[derive(Clone, Debug)]
pub(super) struct Role {
    /// Index into [`Scenario::programs`]; `None` for a program of another user, which cannot be inspected.
    pub(super) program: Option<usize>,
    pub(super) peer: Peer,
    /// Indices into [`Scenario::operators`]; each peer has one of them.
    pub(super) operators: Vec<usize>,
    /// The address is announced in many places.
    pub(super) is_anycast: bool,
    /// The peer answers from near this computer, wherever a database says that it is.
    pub(super) is_nearby: bool,
    /// The peer does not answer: the connection stays half open.
    pub(super) is_silent: bool,
    /// Index of the city through which a tunnel leads to the peer.
    pub(super) via: Option<usize>,
    pub(super) protocol: Protocol,
    pub(super) direction: Direction,
    /// The first and the last well-known port, in order: the peer's for an outgoing connection, the local one for an
    /// incoming one.
    pub(super) ports: (u16, u16),
    /// Maximum number of connections.
    pub(super) count: u64,
    pub(super) life: Life,
    pub(super) flow: Flow,
}

impl Scenario {
    /// The start of the story, and the number of times it was told before, `time_s` seconds after the beginning.
    pub(super) fn story(&self, time_s: f64) -> (f64, u64) {
        match self.repeats_s {
            Some(repeats_s) => {
                let told = (time_s / repeats_s).floor().max(0.0);
                (told * repeats_s, told as u64)
            }
            None => (0.0, 0),
        }
    }

    /// The caption at this time.
    pub(super) fn caption(&self, time_s: f64) -> Option<&Arc<str>> {
        let in_story_s = time_s - self.story(time_s).0;
        let shown = self.captions.partition_point(|caption| caption.at_s <= in_story_s);
        Some(&self.captions.get(shown.checked_sub(1)?)?.text)
    }
}
