//! `netglobe history`: records connections without a window, and answers questions about what was recorded.

mod compare;
mod export;
mod forget;
mod record;
mod status;

use crate::{
    cli::{HistoryArgs, HistoryWish},
    commands::list::ListError,
    config::Settings,
    console::nobody_reads,
    geo::GeoError,
    history::{ExportError, HistoryError},
    model::UnixMillis,
    text::escape_untrusted,
};
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Why the command fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryCommandError {
    /// The history cannot be used.
    #[error("{}", .0.with_remedy())]
    History(#[from] HistoryError),
    /// Connections cannot be listed, or Ctrl-C cannot be caught.
    #[error(transparent)]
    List(#[from] ListError),
    /// The database named by `--geo-db` cannot be used.
    #[error(transparent)]
    Geo(#[from] GeoError),
    /// Demos, recordings and histories are not recorded in the user's own history.
    #[error(
        "{0} is not recorded in the history of this computer; name a file of its own, for example --history demo.db"
    )]
    NeedsOwnFile(String),
    /// The user does not want to be recorded.
    #[error(
        "the history is switched off, by --no-history or by history = false in the configuration; leave that out, or name a file of its own with --history FILE"
    )]
    SwitchedOff,
    /// It cannot be recorded at all.
    #[error("{0}")]
    Recorder(String),
    /// The recording cannot be written.
    #[error(
        "cannot write the recording {}: {source}; check the rights and the free space of its directory",
        path.display()
    )]
    Export {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: ExportError,
    },
    /// A window ends before it begins.
    #[error("the window from {from} to {to} is empty; write the earlier moment first")]
    EmptyWindow {
        /// Its first moment.
        from: UnixMillis,
        /// The moment after its last.
        to: UnixMillis,
    },
    /// The output cannot be written.
    #[error("cannot write the answer: {0}")]
    Output(#[source] io::Error),
}

/// Runs the command.
///
/// # Errors
/// See [`HistoryCommandError`].
pub fn run(args: &HistoryArgs, settings: &Settings) -> Result<(), HistoryCommandError> {
    let done = match &args.wish {
        HistoryWish::Record => record::run(settings),
        HistoryWish::Status(args) => status::run(args, settings),
        HistoryWish::Export(args) => export::run(args, settings),
        HistoryWish::Compare(args) => compare::run(args, settings),
        HistoryWish::Forget(args) => forget::run(args, settings),
    };
    match done {
        // The reader of a pipe has left.
        Err(HistoryCommandError::Output(error)) if nobody_reads(&error) => Ok(()),
        done => done,
    }
}

/// The file of the history.
fn file(settings: &Settings) -> Result<&Path, HistoryCommandError> {
    Ok(settings.history_file.as_deref().ok_or(HistoryError::NoDirectory)?)
}

/// Writes the answer to standard output.
fn print(text: &str) -> Result<(), HistoryCommandError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(HistoryCommandError::Output)
}

/// Writes a line to standard error.
fn line(text: &str) {
    if writeln!(io::stderr(), "netglobe: {}", escape_untrusted(text)).is_err() {
        // Ignore it: what was asked for is done.
    }
}
