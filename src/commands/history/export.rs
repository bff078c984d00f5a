//! `netglobe history export`: writes a part of the history into a recording.

use super::{HistoryCommandError, file, line};
use crate::{
    cli::ExportArgs,
    config::Settings,
    files::NewFile,
    history::{ExportError, ExportOptions, Scrub, Store, export, matching},
    model::UnixMillis,
    sampler::DataClock,
    text::format_bytes,
};
use std::io::BufWriter;

pub(super) fn run(args: &ExportArgs, settings: &Settings) -> Result<(), HistoryCommandError> {
    let mut store = Store::open_for_reading(file(settings)?)?;
    let now = DataClock::default().now();
    let from = args.from.map_or(UnixMillis::FIRST, |moment| moment.moment(now));
    let to = args.to.map_or(UnixMillis::LAST, |moment| moment.moment(now));
    if from > to {
        return Err(HistoryCommandError::EmptyWindow { from, to });
    }
    let query = args.filter.clone().unwrap_or_default();
    let mut keeps = matching(&query);
    let failed = |source: ExportError| match source {
        ExportError::History(error) => HistoryCommandError::History(error),
        source => HistoryCommandError::Export { path: args.file.clone(), source },
    };
    let new = NewFile::beside(&args.file).map_err(|error| failed(error.into()))?;
    let label = store.label()?;
    let scrub = args.scrub.then(Scrub::with_random_key);
    let is_private = scrub.is_none();
    let options = ExportOptions { from, to, keeps: &mut keeps, scrub, label };
    if is_private {
        new.only_for_owner().map_err(|error| failed(error.into()))?;
    }
    let done = export(&mut store, BufWriter::new(new.as_file()), options).map_err(failed)?;
    new.replace(&args.file).map_err(|error| failed(error.into()))?;
    line(&format!(
        "wrote {} ({}, {} connections, {} changes)",
        args.file.display(),
        format_bytes(done.bytes),
        done.connections,
        done.events
    ));
    if done.damaged > 0 {
        line(&format!("{} blocks of the history are damaged and left out", done.damaged));
    }
    if is_private {
        line("it contains addresses and names; --scrub replaces them, to give it to others");
    }
    Ok(())
}
