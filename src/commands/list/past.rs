//! Connections that had closed and were there in the window of time of the filter: from the history or the recording that
//! is listed.

use super::{Listing, Output};
use crate::{
    config::Settings,
    history::{RecordingFile, Store, There, Timeline, closed_in},
    model::{Connection, ConnectionKey, Location, TimeWindow, UnixMillis},
    sampler::SourceSpec,
};
use std::{io::Write, sync::Arc};

/// Maximum number of connections that had closed; the latest are listed.
const MOST: usize = 1_000_000;

/// What had closed at `as_of`, from the recording that is the source, or else from the history.
///
/// # Errors
/// Why it is not known.
pub(super) fn read(settings: &Settings, windows: &[TimeWindow], as_of: UnixMillis) -> Result<There, String> {
    let mut timeline: Box<dyn Timeline> = match &settings.source {
        Some(SourceSpec::Replay { file, .. }) => {
            Box::new(RecordingFile::open(file).map_err(|error| error.to_string())?)
        }
        Some(SourceSpec::Demo { .. }) => return Err("a demo has no history".to_owned()),
        _ => {
            let file = settings.history_file.as_deref().ok_or("there is no history")?;
            Box::new(Store::open_for_reading(file).map_err(|error| error.with_remedy())?)
        }
    };
    let mut all = There::default();
    for window in windows {
        let there =
            closed_in(timeline.as_mut(), *window, as_of, MOST, &|| false).map_err(|error| error.with_remedy())?;
        all.add(there.unwrap_or_default());
    }
    Ok(all)
}

impl Listing<'_> {
    /// What had closed and was there in the windows of the filter, with its location and the time of its end.
    pub(super) fn closed_before<W: Write, N: Write>(
        &self,
        at: UnixMillis,
        output: &mut Output<'_, W, N>,
    ) -> Vec<(Connection, Arc<Location>, UnixMillis)> {
        let windows = self.query.time_windows(at);
        let Some(past) = self.past.filter(|_| !windows.is_empty()) else { return Vec::new() };
        let there = match past(&windows, at) {
            Ok(there) => there,
            Err(error) => {
                output.note(&format!("filter: during finds only what is still open, because {error}"));
                return Vec::new();
            }
        };
        if there.left_out > 0 {
            output.note(&format!("filter: {} more had closed; the last {MOST} are listed", there.left_out));
        }
        if there.damaged > 0 {
            output.note(&format!("filter: {} parts of the history are damaged and were left out", there.damaged));
        }
        let is_open = |key: ConnectionKey| key.identity != 0 && self.live.contains_key(&key);
        let closed = there.closed.into_iter().map(|past| {
            let mut connection = past.connection;
            let location = (self.locate)(&connection);
            self.mask(&mut connection);
            (connection, location, past.closed_at)
        });
        closed.filter(|(connection, ..)| !is_open(connection.key)).collect()
    }
}
