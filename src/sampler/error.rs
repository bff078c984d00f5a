//! Errors of sources: one line with the problem and its cause, another with the remedy.

use super::{recorded::RecordingError, report::SourceKind};
use crate::files::AuthoredError;
use crate::model::UnixMillis;
use std::{error::Error, io, path::PathBuf};

/// A source could not be opened, or could not take a snapshot.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SamplerError {
    /// The kernel refused a netlink call.
    #[error("cannot {action} over netlink: {source}")]
    Netlink {
        /// The attempted action, for example `list TCP sockets (IPv4)`.
        action: &'static str,
        /// The error of the system.
        source: io::Error,
    },
    /// The kernel did not answer in time.
    #[error("cannot {action} over netlink: no answer within {seconds} s")]
    TimedOut {
        /// The attempted action.
        action: &'static str,
        /// The timeout, seconds.
        seconds: u64,
    },
    /// The kernel's answer is invalid.
    #[error("cannot {action} over netlink: invalid answer: {source}")]
    Malformed {
        /// The attempted action.
        action: &'static str,
        /// The problem with the answer.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The source does not exist on this platform.
    #[error("the source {name} is available on Linux only")]
    Unsupported {
        /// Name of the source.
        name: &'static str,
    },
    /// The portable source failed.
    #[error("netstat2 cannot list sockets: {0}")]
    Netstat2(String),
    /// The system refused the portable source.
    #[error("netstat2 is not allowed to list sockets: {0}")]
    Netstat2Os(io::Error),
    /// The portable source reported no sockets although there are some.
    #[error("netstat2 was refused: it lists no sockets, but {table} has {rows} rows")]
    RefusedAsEmpty {
        /// A kernel table that has rows.
        table: &'static str,
        /// Number of its rows.
        rows: usize,
    },
    /// A kernel table cannot be read.
    #[error("proc-net cannot read {}: {source}", .table.display())]
    Table {
        /// The table.
        table: PathBuf,
        /// The error of the system, or the problem with the content.
        source: io::Error,
    },
    /// A source panicked.
    #[error("internal error in the {name} source: {message}")]
    Panicked {
        /// Name of the source.
        name: &'static str,
        /// The panic message.
        message: String,
    },
    /// The demo scenario cannot be used.
    #[error(transparent)]
    Scenario(#[from] AuthoredError),
    /// The source is live and cannot seek.
    #[error("the source {kind} is live and cannot seek to {to}")]
    ShowsNow {
        /// The source.
        kind: SourceKind,
        /// The requested moment.
        to: UnixMillis,
    },
    /// The recording cannot be played.
    #[error(transparent)]
    Recording(#[from] RecordingError),
}

impl SamplerError {
    /// What the user can do. Empty if the message contains it. On Linux the portable source also needs netlink, so it
    /// is not suggested when netlink is refused.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Netlink { .. } | Self::Netstat2Os(_) | Self::RefusedAsEmpty { .. } if self.is_refusal() => {
                "this kernel or sandbox refuses NETLINK_SOCK_DIAG: use --source proc-net, which needs no netlink, or run \
                 netglobe outside of the sandbox"
            }
            Self::Table { .. } => "mount /proc, or run netglobe where it can be read",
            Self::Malformed { .. } => "use --source netstat2",
            Self::Unsupported { .. } => "use --source netstat2",
            Self::Scenario(AuthoredError::Invalid { .. }) => {
                "correct the file; netglobe demo --check FILE lists all errors"
            }
            Self::Scenario(_) | Self::ShowsNow { .. } | Self::Recording(_) => "",
            _ => "run netglobe doctor to see which sources work here",
        }
    }

    /// Whether the system permanently denies this program access to netlink.
    pub(super) fn is_refusal(&self) -> bool {
        match self {
            Self::RefusedAsEmpty { .. } => true,
            // Linux error numbers: EPERM, ENOENT, EACCES, EINVAL, ENOSYS, EPROTONOSUPPORT, EOPNOTSUPP, EAFNOSUPPORT.
            Self::Netlink { source, .. } | Self::Netstat2Os(source) if cfg!(target_os = "linux") => {
                matches!(source.raw_os_error(), Some(1 | 2 | 13 | 22 | 38 | 93 | 95 | 97))
            }
            _ => false,
        }
    }
}

/// An invalid source name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceSpecError {
    /// No source has this prefix.
    #[error("unknown source {0:?}; expected sock-diag, netstat2, proc-net, demo:NAME[,SEED] or replay:FILE[,TIME]")]
    Unknown(String),
    /// There is no demo scenario with this name: the message.
    #[error("{0}")]
    Scenario(String),
    /// The seed is not a number.
    #[error("invalid seed {0:?}; expected a whole number from 0 to 18446744073709551615, as in demo:everyday,7")]
    Seed(String),
    /// `replay:` without a file.
    #[error("replay: needs a file, as in replay:day.ndjson or replay:day.ndjson,2026-06-01T12:00:00Z")]
    NoFile,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_netlink_is_refused_a_source_without_it_is_advised_and_no_other() {
        let netlink =
            |number| SamplerError::Netlink { action: "ask for sockets", source: io::Error::from_raw_os_error(number) };
        let netstat2 = SamplerError::Netstat2Os(io::Error::from_raw_os_error(1));
        let empty = SamplerError::RefusedAsEmpty { table: "/proc/net/tcp", rows: 3 };
        for refused in [netlink(13), netlink(93), netstat2, empty] {
            let remedy = refused.remedy();
            assert!(remedy.contains("outside of the sandbox"), "{refused}: {remedy}");
            let advised: Vec<_> = remedy.split("--source ").skip(1).map(|rest| &rest[..8]).collect();
            assert_eq!(advised, ["proc-net"], "{refused}: {remedy}");
        }
        // Running out of memory is not a refusal.
        assert!(netlink(12).remedy().contains("doctor"));
        assert_eq!(SamplerError::Unsupported { name: "sock-diag" }.remedy(), "use --source netstat2");
    }
}
