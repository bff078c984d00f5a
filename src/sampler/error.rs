//! Why a source could not look: what, why, what to do, each in one line.

use super::{inet_diag::InetDiagError, replay::RecordingError};
use std::io;

/// A source could not be opened, or could not take a snapshot.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SamplerError {
    /// The kernel refused a netlink call.
    #[error("cannot {action} over netlink: {source}; use --source netstat2")]
    Netlink {
        /// What was tried, `list TCP sockets (IPv4)` for instance.
        action: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// The kernel did not answer in time.
    #[error("the kernel did not answer within {seconds} s when asked to {action}; it is asked again")]
    TimedOut {
        /// What was tried.
        action: &'static str,
        /// How long the program waited, seconds.
        seconds: u64,
    },
    /// The kernel's answer makes no sense.
    #[error("the kernel's answer when asked to {action} cannot be read: {source}; use --source netstat2")]
    Malformed {
        /// What was tried.
        action: &'static str,
        /// What is wrong with the answer.
        source: InetDiagError,
    },
    /// The source does not exist on this platform.
    #[error("the source {name} exists on Linux only; use --source netstat2")]
    Unsupported {
        /// Name of the source.
        name: &'static str,
    },
    /// The portable source failed.
    #[error("netstat2 cannot list sockets: {0}; it is asked again")]
    Netstat2(String),
    /// The portable source reported nothing where there is something.
    #[error(
        "netstat2 was refused: it lists no sockets, but the kernel has {rows} in {table}; \
         check that this program may open netlink sockets"
    )]
    RefusedAsEmpty {
        /// Table of the kernel that has rows.
        table: &'static str,
        /// How many.
        rows: usize,
    },
    /// A source panicked.
    #[error("the source {name} failed inside: {message}; it is started again")]
    Panicked {
        /// Name of the source.
        name: &'static str,
        /// What it said.
        message: String,
    },
    /// No demo scenario of this name.
    #[error("there is no demo scenario {name:?}; there is: {}", super::demo::SCENARIOS.join(", "))]
    UnknownScenario {
        /// The name asked for.
        name: String,
    },
    /// The recording cannot be played.
    #[error(transparent)]
    Recording(#[from] RecordingError),
}

/// A source's name that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceSpecError {
    /// No source begins like this.
    #[error("{0:?} is no source; expected sock-diag, netstat2, demo:NAME[,SEED] or replay:FILE")]
    Unknown(String),
    /// No such demo.
    #[error("there is no demo scenario {name:?}; there is: {}", super::demo::SCENARIOS.join(", "))]
    Scenario {
        /// The name asked for.
        name: String,
    },
    /// The seed is no number.
    #[error("{0:?} is no seed; expected a whole number from 0 to 18446744073709551615, as in demo:everyday,7")]
    Seed(String),
    /// `replay:` without a file.
    #[error("replay: needs a file, as in replay:day.ndjson")]
    NoFile,
}
