//! The source `replay:FILE[,TIME]`: plays a recording in its own time.

use super::{RecordingError, RecordingReader, ReplayFrom};
use crate::{
    language::t,
    model::{Connection, ConnectionKey, Degradation, DegradationKind, Sample, Snapshot, SnapshotDelta, UnixMillis},
    sampler::{Capabilities, OwnTime, SamplerError, SocketSource, SourceKind},
};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead, BufReader, Seek},
    path::Path,
};

/// The source `replay:FILE`. It reports the recorded changes and times, keeps the last state at the end, and can seek:
/// forward by reading on, backward by reading again from the beginning.
///
/// Deltas are read when they are due. At an invalid line the recording ends, with a degradation.
#[derive(Debug)]
pub struct ReplaySource<R = BufReader<File>> {
    recording: RecordingReader<R>,
    name: String,
    /// The next delta, not due yet.
    next: Option<SnapshotDelta>,
    failure: Option<RecordingError>,
    /// The current moment.
    at: UnixMillis,
    /// Time of the last played delta.
    played_at: UnixMillis,
    /// The last moment, once it has been reached.
    end: Option<UnixMillis>,
    /// The connections at the current moment.
    live: BTreeMap<ConnectionKey, Connection>,
    /// Set to a moment that has not been reported yet.
    is_reset: bool,
    has_traffic: bool,
    is_simulated: bool,
}

impl ReplaySource {
    /// Opens the recording at `path`, at the given start position.
    ///
    /// # Errors
    /// If the file cannot be read, is not a recording, or does not contain that moment.
    pub fn open(path: &Path, from: ReplayFrom) -> Result<Self, SamplerError> {
        let file = File::open(path).map_err(|source| cannot_open(path, source))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let in_file = |source| RecordingError::File { path: path.to_owned(), source: Box::new(source) };
        let mut source = Self::new(RecordingReader::new(BufReader::new(file)).map_err(in_file)?, &name);
        source.set_from(from).map_err(in_file)?;
        Ok(source)
    }
}

impl<R: BufRead + Seek> ReplaySource<R> {
    /// Plays `recording` from its beginning; `name` is used for its label.
    pub fn new(recording: RecordingReader<R>, name: &str) -> Self {
        let begins_at = recording.started_at();
        let mut source = Self {
            recording,
            name: name.to_owned(),
            next: None,
            failure: None,
            at: begins_at,
            played_at: begins_at,
            end: None,
            live: BTreeMap::new(),
            is_reset: false,
            has_traffic: false,
            is_simulated: false,
        };
        source.read_next();
        source.note_end();
        source
    }

    fn set_from(&mut self, from: ReplayFrom) -> Result<(), RecordingError> {
        let begins_at = self.recording.started_at();
        let at = match from {
            ReplayFrom::Begin => return Ok(()),
            ReplayFrom::End => {
                while self.play_next(UnixMillis(i64::MAX)).is_some() {}
                (self.at, self.is_reset) = (self.played_at, true);
                return Ok(());
            }
            ReplayFrom::At(at) => at,
            ReplayFrom::After { ms } => begins_at.plus_ms(ms),
        };
        if at < begins_at {
            return Err(RecordingError::BeforeBegin { at, begins_at });
        }
        self.move_to(at)
    }

    /// Seeks to `to`, or to the end if that is earlier.
    fn move_to(&mut self, to: UnixMillis) -> Result<(), RecordingError> {
        if to < self.played_at {
            self.recording.rewind()?;
            self.live.clear();
            self.failure = None;
            self.played_at = self.recording.started_at();
            self.read_next();
        }
        while self.play_next(to).is_some() {}
        self.at = self.not_after_end(to).max(self.recording.started_at());
        self.is_reset = true;
        Ok(())
    }

    fn note_end(&mut self) {
        if self.next.is_none() {
            self.end = Some(self.played_at);
        }
    }

    fn not_after_end(&self, at: UnixMillis) -> UnixMillis {
        self.end.map_or(at, |end| at.min(end))
    }

    fn read_next(&mut self) {
        match self.recording.next_delta() {
            Ok(next) => self.next = next,
            Err(error) => {
                self.next = None;
                self.failure = Some(error);
            }
        }
    }

    /// Plays the next delta, if it is due at `now`.
    fn play_next(&mut self, now: UnixMillis) -> Option<SnapshotDelta> {
        let mut delta = self.next.take_if(|delta| delta.at <= now)?;
        self.read_next();
        self.complete(&mut delta);
        self.played_at = self.played_at.max(delta.at);
        self.note_end();
        if delta.reset.is_some() {
            self.live.clear();
        }
        for last in &delta.finals {
            if let Some(connection) = self.live.get_mut(&last.key) {
                connection.traffic = Some(last.traffic);
            }
        }
        for key in &delta.closed {
            self.live.remove(key);
        }
        for connection in delta.changed.iter().chain(&delta.opened) {
            self.has_traffic |= connection.traffic.is_some();
            self.is_simulated |= connection.simulated.is_some();
            self.live.insert(connection.key, connection.clone());
        }
        Some(delta)
    }

    /// Fills in missing times of connections.
    fn complete(&self, delta: &mut SnapshotDelta) {
        let (at, begins_at) = (delta.at, self.recording.started_at());
        let is_without = |connection: &Connection| connection.first_seen_at == UnixMillis(0);
        for connection in delta.opened.iter_mut().filter(|it| is_without(it)) {
            (connection.first_seen_at, connection.opened_at) = (at, (at > begins_at).then_some(at));
        }
        for connection in delta.changed.iter_mut().filter(|it| is_without(it)) {
            let known = self.live.get(&connection.key);
            connection.first_seen_at = known.map_or(at, |known| known.first_seen_at);
            connection.opened_at = known.and_then(|known| known.opened_at);
        }
        for ghost in delta.ghosts.iter_mut().filter(|it| is_without(it)) {
            (ghost.first_seen_at, ghost.opened_at) = (at, Some(at));
        }
    }

    /// The complete state.
    fn whole(&self) -> SnapshotDelta {
        SnapshotDelta::reset_to(self.at, self.live.values().cloned().collect())
    }
}

impl<R: BufRead + Seek + Send> SocketSource for ReplaySource<R> {
    fn kind(&self) -> SourceKind {
        SourceKind::Replay
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            measures_traffic: self.has_traffic,
            is_simulated: self.is_simulated,
            is_recorded: true,
            ..Capabilities::default()
        }
    }

    fn sample(&mut self, now: UnixMillis) -> Result<Sample, SamplerError> {
        let mut reported: Option<SnapshotDelta> = None;
        if std::mem::take(&mut self.is_reset) {
            reported = Some(self.whole());
        }
        while let Some(delta) = self.play_next(now) {
            match &mut reported {
                Some(reported) => reported.merge(delta),
                None => reported = Some(delta),
            }
        }
        self.at = self.not_after_end(now).max(self.at);
        let reported = reported.unwrap_or_else(|| SnapshotDelta { at: self.at, ..SnapshotDelta::default() });
        let degradations = self
            .failure
            .iter()
            .map(|error| Degradation::new(DegradationKind::Sampling, error.to_string(), t!("recording-remedy")));
        Ok(Sample { degradations: degradations.collect(), ..Snapshot::Delta(Box::new(reported)).into() })
    }

    fn label(&self) -> Option<String> {
        let label = self.recording.label();
        Some(if label.is_empty() { format!("REPLAY {}", self.name) } else { format!("REPLAY {}: {label}", self.name) })
    }

    fn finished(&self) -> bool {
        self.next.is_none()
    }

    fn own_time(&self) -> Option<OwnTime> {
        Some(OwnTime { begins_at: self.recording.started_at(), ends_at: self.end, at: self.at })
    }

    fn set_to(&mut self, to: UnixMillis) -> Result<(), SamplerError> {
        Ok(self.move_to(to)?)
    }
}

/// The error for a file that cannot be opened. If it exists without the part after the last comma, that is not a time.
fn cannot_open(path: &Path, source: io::Error) -> RecordingError {
    let name = path.to_string_lossy();
    match name.rsplit_once(',') {
        Some((file, time)) if source.kind() == io::ErrorKind::NotFound && Path::new(file).is_file() => {
            RecordingError::NoTime { path: file.into(), time: time.to_owned() }
        }
        _ => RecordingError::Open { path: path.to_owned(), source },
    }
}
