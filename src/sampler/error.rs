//! Errors of sources: one line with the problem and its cause, another with the remedy.

use super::{recorded::RecordingError, report::SourceKind};
use crate::{files::AuthoredError, language::t, model::UnixMillis};
use std::{error::Error, io, path::PathBuf};

/// A source could not be opened, or could not take a snapshot.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SamplerError {
    /// The kernel refused a netlink call.
    #[error("{}", t!("sampler-netlink", action = *action, error = source.to_string()))]
    Netlink {
        /// The attempted action, for example `list TCP sockets (IPv4)`.
        action: &'static str,
        /// The error of the system.
        source: io::Error,
    },
    /// The kernel did not answer in time.
    #[error("{}", t!("sampler-timed-out", action = *action, seconds = *seconds))]
    TimedOut {
        /// The attempted action.
        action: &'static str,
        /// The timeout, seconds.
        seconds: u64,
    },
    /// The kernel's answer is invalid.
    #[error("{}", t!("sampler-malformed", action = *action, error = source.to_string()))]
    Malformed {
        /// The attempted action.
        action: &'static str,
        /// The problem with the answer.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The source does not exist on this platform.
    #[error("{}", t!("sampler-unsupported", name = *name))]
    Unsupported {
        /// Name of the source.
        name: &'static str,
    },
    /// The portable source failed.
    #[error("{}", t!("sampler-netstat2", error = .0.as_str()))]
    Netstat2(String),
    /// The system refused the portable source.
    #[error("{}", t!("sampler-netstat2-refused", error = .0.to_string()))]
    Netstat2Os(io::Error),
    /// The portable source reported no sockets although there are some.
    #[error("{}", t!("sampler-netstat2-empty", table = *table, rows = *rows))]
    RefusedAsEmpty {
        /// A kernel table that has rows.
        table: &'static str,
        /// Number of its rows.
        rows: usize,
    },
    /// A kernel table cannot be read.
    #[error("{}", t!("sampler-table", table = table.display().to_string(), error = source.to_string()))]
    Table {
        /// The table.
        table: PathBuf,
        /// The error of the system, or the problem with the content.
        source: io::Error,
    },
    /// A source panicked.
    #[error("{}", t!("sampler-panicked", name = *name, message = message.as_str()))]
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
    #[error("{}", t!("sampler-shows-now", kind = kind.to_string(), to = to.to_string()))]
    ShowsNow {
        /// The source.
        kind: SourceKind,
        /// The requested moment.
        to: UnixMillis,
    },
    /// The recording cannot be played.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// A source of another layer fails.
    #[error("{message}")]
    Other {
        /// What is wrong.
        message: String,
        /// What the user can do; may be empty.
        remedy: &'static str,
    },
}

impl SamplerError {
    /// What the user can do. Empty if the message contains it. On Linux the portable source also needs netlink, so it
    /// is not suggested when netlink is refused.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Netlink { .. } | Self::Netstat2Os(_) | Self::RefusedAsEmpty { .. } if self.is_refusal() => {
                t!("sampler-remedy-refused")
            }
            Self::Table { .. } => t!("sampler-remedy-table"),
            Self::Malformed { .. } => t!("sampler-remedy-netstat2"),
            Self::Unsupported { .. } => t!("sampler-remedy-netstat2"),
            Self::Scenario(AuthoredError::Invalid { .. }) => t!("sampler-remedy-scenario"),
            Self::Other { remedy, .. } => remedy,
            Self::Scenario(_) | Self::ShowsNow { .. } | Self::Recording(_) => "",
            _ => t!("sampler-remedy-doctor"),
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
    #[error(
        "unknown source {0:?}; expected sock-diag, netstat2, proc-net, demo:NAME[,SEED], replay:FILE[,TIME] or history:TIME"
    )]
    Unknown(String),
    /// There is no demo scenario with this name: the message.
    #[error("{0}")]
    Scenario(String),
    /// The seed is not a number.
    #[error("invalid seed {0:?}; expected a whole number from 0 to 18446744073709551615, as in demo:everyday,7")]
    Seed(String),
    /// The time of `history:` is neither a point in time nor a duration.
    #[error(
        "invalid time {0:?}; expected a date and time, as in history:2026-06-01T12:00:00Z, or a time before now, as in history:-2h"
    )]
    Moment(String),
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
