//! Recordings: what changed, line by line, to be played again.
//!
//! A recording is NDJSON, one JSON object a line. The first line is the heading,
//! `{"netglobe_recording":1,"label":"…","started_at":MS}`, with the time in milliseconds since 1970; each other line is a
//! [`SnapshotDelta`]. A recording may come from anywhere, so a line has a greatest length, places must be on the earth,
//! and every complaint names its line.

use super::{SamplerError, SocketSource, elapsed::Elapsed};
use crate::model::{
    Connection, ConnectionKey, Degradation, DegradationKind, Endpoint, Snapshot, SnapshotDelta, UnixMillis,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    f64::consts::{FRAC_PI_2, PI},
    fs::File,
    io::{self, BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
};

/// The version this program reads and writes.
pub const VERSION: u32 = 1;
/// The longest line that is read: more than 100,000 connections in one delta.
pub const MAX_LINE_BYTES: u64 = 64 * 1024 * 1024;

/// A recording that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// The file cannot be opened.
    #[error("cannot open the recording {}: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file can be opened and is no recording.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<RecordingError>,
    },
    /// Reading failed.
    #[error("cannot read line {line} of the recording: {source}")]
    Read {
        /// Line, from 1.
        line: u64,
        /// What the system says.
        source: io::Error,
    },
    /// Writing failed.
    #[error("cannot write the recording: {0}")]
    Write(io::Error),
    /// The first line is no heading.
    #[error("this is no recording of netglobe: line 1 should be {{\"netglobe_recording\":{VERSION},…}}: {0}")]
    NoHeading(String),
    /// A version of another program.
    #[error(
        "the recording has version {found}, and this netglobe reads version {VERSION}: use the netglobe that made it"
    )]
    Version {
        /// The version found.
        found: u64,
    },
    /// A line is wrong.
    #[error("line {line} of the recording is wrong: {message}")]
    Wrong {
        /// Line, from 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// The last line breaks off.
    #[error("the recording breaks off in line {line}: its writer was stopped; everything before is played")]
    Truncated {
        /// Line, from 1.
        line: u64,
    },
    /// A line is too long.
    #[error("line {line} of the recording is longer than {} MiB", MAX_LINE_BYTES / 1024 / 1024)]
    TooLong {
        /// Line, from 1.
        line: u64,
    },
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Heading {
    netglobe_recording: u64,
    #[serde(default)]
    label: String,
    started_at: UnixMillis,
}

/// Writes a recording.
#[derive(Debug)]
pub struct RecordingWriter<W: Write> {
    writer: W,
}

impl<W: Write> RecordingWriter<W> {
    /// Begins a recording that began at `started_at`.
    ///
    /// # Errors
    /// Writing failed.
    pub fn new(writer: W, label: &str, started_at: UnixMillis) -> Result<Self, RecordingError> {
        let mut recording = Self { writer };
        recording.line(&Heading { netglobe_recording: u64::from(VERSION), label: label.to_owned(), started_at })?;
        Ok(recording)
    }

    /// Adds a delta and flushes, so that a program that is stopped loses at most the line it was writing.
    ///
    /// # Errors
    /// Writing failed.
    pub fn write(&mut self, delta: &SnapshotDelta) -> Result<(), RecordingError> {
        self.line(delta)
    }

    fn line(&mut self, value: &impl Serialize) -> Result<(), RecordingError> {
        let mut line = serde_json::to_vec(value).map_err(|error| RecordingError::Write(error.into()))?;
        line.push(b'\n');
        self.writer.write_all(&line).and_then(|()| self.writer.flush()).map_err(RecordingError::Write)
    }
}

/// Reads a recording, delta by delta.
#[derive(Debug)]
pub struct RecordingReader<R> {
    reader: R,
    heading: Heading,
    line: u64,
    buffer: Vec<u8>,
}

impl<R: BufRead> RecordingReader<R> {
    /// Reads the heading.
    ///
    /// # Errors
    /// There is none, or it is of another version.
    pub fn new(reader: R) -> Result<Self, RecordingError> {
        #[derive(Deserialize)]
        struct AnyVersion {
            netglobe_recording: u64,
        }
        let heading = Heading { netglobe_recording: 0, label: String::new(), started_at: UnixMillis(0) };
        let mut recording = Self { reader, heading, line: 0, buffer: Vec::new() };
        recording.read_line()?;
        let no_heading = |error: serde_json::Error| RecordingError::NoHeading(reason(&error));
        let AnyVersion { netglobe_recording: found } = serde_json::from_slice(&recording.buffer).map_err(no_heading)?;
        if found != u64::from(VERSION) {
            return Err(RecordingError::Version { found });
        }
        recording.heading = serde_json::from_slice(&recording.buffer).map_err(no_heading)?;
        Ok(recording)
    }

    /// What the recording says of itself. Untrusted text.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.heading.label
    }

    /// When it began.
    #[must_use]
    pub fn started_at(&self) -> UnixMillis {
        self.heading.started_at
    }

    /// The next delta; `None` at the end. Empty lines are passed over.
    ///
    /// # Errors
    /// A line that is wrong, too long, or breaks off.
    pub fn next_delta(&mut self) -> Result<Option<SnapshotDelta>, RecordingError> {
        while self.read_line()? {
            if self.buffer.trim_ascii().is_empty() {
                continue;
            }
            let line = self.line;
            let mut delta: SnapshotDelta = serde_json::from_slice(&self.buffer).map_err(|error| {
                if error.is_eof() && self.buffer.last() != Some(&b'\n') {
                    RecordingError::Truncated { line }
                } else {
                    RecordingError::Wrong { line, message: reason(&error) }
                }
            })?;
            check(&mut delta).map_err(|message| RecordingError::Wrong { line, message })?;
            return Ok(Some(delta));
        }
        Ok(None)
    }

    /// False at the end of the file.
    fn read_line(&mut self) -> Result<bool, RecordingError> {
        self.buffer.clear();
        self.line += 1;
        let line = self.line;
        let mut bounded = (&mut self.reader).take(MAX_LINE_BYTES + 1);
        let length =
            bounded.read_until(b'\n', &mut self.buffer).map_err(|source| RecordingError::Read { line, source })?;
        if length as u64 > MAX_LINE_BYTES {
            return Err(RecordingError::TooLong { line });
        }
        Ok(length > 0)
    }
}

/// What the JSON reader says, without its own line number, which is always 1 here.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((message, _)) => format!("{message} (column {})", error.column()),
        None => text,
    }
}

/// Makes addresses canonical, and refuses places that are not on the earth.
fn check(delta: &mut SnapshotDelta) -> Result<(), String> {
    for key in &mut delta.closed {
        canonicalize(key);
    }
    for Connection { key, simulated, traffic, .. } in delta.opened.iter_mut().chain(&mut delta.changed) {
        canonicalize(key);
        if let Some(position) = simulated.as_ref().map(|simulated| simulated.place.position)
            && !(position.lat.abs() <= FRAC_PI_2 && position.lng.abs() <= PI)
        {
            return Err(format!("{}, {} (radians) is no place on the earth", position.lat, position.lng));
        }
        if let Some(traffic) = traffic
            && ![
                traffic.rate_sent_bytes_per_sec,
                traffic.rate_received_bytes_per_sec,
                traffic.rtt_ms,
                traffic.min_rtt_ms,
            ]
            .iter()
            .flatten()
            .all(|value| *value >= 0.0)
        {
            return Err("a rate of traffic or a round-trip time is negative".to_owned());
        }
    }
    Ok(())
}

fn canonicalize(key: &mut ConnectionKey) {
    key.local = Endpoint::new(key.local.ip, key.local.port);
    key.remote = key.remote.map(|remote| Endpoint::new(remote.ip, remote.port));
}

/// The source `replay:FILE`: plays a recording in its own time, and holds its last state.
///
/// Deltas are read as they are due. What is wrong in the middle ends the recording there, with a degradation.
#[derive(Debug)]
pub struct ReplaySource<R = BufReader<File>> {
    recording: RecordingReader<R>,
    name: String,
    next: Option<SnapshotDelta>,
    failure: Option<RecordingError>,
    live: BTreeMap<ConnectionKey, Connection>,
    elapsed: Elapsed,
    has_traffic: bool,
    is_simulated: bool,
}

impl ReplaySource {
    /// Opens the recording at `path`.
    ///
    /// # Errors
    /// The file cannot be read, or is no recording.
    pub fn open(path: &Path) -> Result<Self, SamplerError> {
        let file = File::open(path).map_err(|source| RecordingError::Open { path: path.to_owned(), source })?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let recording = RecordingReader::new(BufReader::new(file))
            .map_err(|error| RecordingError::File { path: path.to_owned(), source: Box::new(error) })?;
        Ok(Self::new(recording, &name))
    }
}

impl<R: BufRead> ReplaySource<R> {
    /// Plays `recording`, which is called `name`.
    pub fn new(recording: RecordingReader<R>, name: &str) -> Self {
        let mut source = Self {
            recording,
            name: name.to_owned(),
            next: None,
            failure: None,
            live: BTreeMap::new(),
            elapsed: Elapsed::default(),
            has_traffic: false,
            is_simulated: false,
        };
        source.read_next();
        source
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

    fn play(&mut self, delta: SnapshotDelta) {
        for key in &delta.closed {
            self.live.remove(key);
        }
        for connection in delta.opened.into_iter().chain(delta.changed) {
            self.has_traffic |= connection.traffic.is_some();
            self.is_simulated |= connection.simulated.is_some();
            self.live.insert(connection.key, connection);
        }
    }
}

impl<R: BufRead + Send> SocketSource for ReplaySource<R> {
    fn name(&self) -> &'static str {
        "replay"
    }

    fn sample(&mut self, now: UnixMillis) -> Result<Snapshot, SamplerError> {
        let due_at = self.recording.started_at().plus_ms(self.elapsed.advance(now));
        while let Some(delta) = self.next.take_if(|delta| delta.at <= due_at) {
            self.play(delta);
            self.read_next();
        }
        let degradations = self.failure.iter().map(|error| {
            Degradation::new(
                DegradationKind::Sampling,
                error.to_string(),
                "record again, or cut the file before that line",
            )
        });
        Ok(Snapshot {
            degradations: degradations.collect(),
            connections: self.live.values().cloned().collect(),
            counted_at: None,
        })
    }

    fn measures_traffic(&self) -> bool {
        self.has_traffic
    }

    fn is_simulated(&self) -> bool {
        self.is_simulated
    }

    fn label(&self) -> Option<String> {
        let label = self.recording.label();
        Some(if label.is_empty() { format!("REPLAY {}", self.name) } else { format!("REPLAY {}: {label}", self.name) })
    }

    fn finished(&self) -> bool {
        self.next.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Tracker, sampler::DemoSource};
    use proptest::prelude::*;

    const HEADING: &str = "{\"netglobe_recording\":1,\"label\":\"test\",\"started_at\":1000}\n";

    /// A minute of the demo, with what it should look like after each delta.
    fn recorded() -> (Vec<u8>, Vec<(UnixMillis, Vec<Connection>)>) {
        let mut demo = DemoSource::new("everyday", 3).unwrap();
        let mut tracker = Tracker::default();
        let mut writer = RecordingWriter::new(Vec::new(), "test", UnixMillis(1000)).unwrap();
        let mut states = Vec::new();
        for step in 0..30 {
            let at = UnixMillis(1000 + step * 2000);
            let mut rows = demo.sample(at).unwrap().connections;
            writer.write(&tracker.update(rows.clone(), at, None)).unwrap();
            rows.sort_by_key(|row| row.key);
            states.push((at, rows));
        }
        (writer.writer, states)
    }

    /// Rows without what a tracker fills in, and with places to a millimetre: JSON may cost the last bit.
    fn comparable(rows: &[Connection]) -> Vec<Connection> {
        let round = |radians: f64| (radians * 1e10).round() / 1e10;
        let mut rows = rows.to_vec();
        for row in &mut rows {
            (row.first_seen_at, row.opened_at) = (UnixMillis(0), None);
            if let Some(simulated) = &mut row.simulated {
                let position = &mut simulated.place.position;
                (position.lat, position.lng) = (round(position.lat), round(position.lng));
            }
        }
        rows
    }

    #[test]
    fn what_was_recorded_is_played_in_its_own_time() {
        let (bytes, states) = recorded();
        let mut replay = ReplaySource::new(RecordingReader::new(bytes.as_slice()).unwrap(), "day.ndjson");
        assert_eq!(replay.label().as_deref(), Some("REPLAY day.ndjson: test"));
        let began_at = 5_000_000;
        for (at, rows) in &states {
            assert!(!replay.finished());
            let snapshot = replay.sample(UnixMillis(began_at + at.0 - 1000)).unwrap();
            assert!(comparable(&snapshot.connections) == comparable(rows), "at {at}");
            assert_eq!(snapshot.degradations, []);
        }
        assert!(replay.finished() && replay.measures_traffic() && replay.is_simulated());
        let last = replay.sample(UnixMillis(began_at + 99_000_000)).unwrap();
        assert!(comparable(&last.connections) == comparable(&states[29].1), "the last state is held");
    }

    #[test]
    fn a_wrong_heading_says_why() {
        for (text, expected) in [
            ("", "no recording"),
            ("hello\n", "no recording"),
            ("{}\n", "netglobe_recording"),
            ("{\"netglobe_recording\":1}\n", "started_at"),
            ("{\"netglobe_recording\":2,\"everything\":\"else\"}\n", "version 2"),
            ("{\"netglobe_recording\":1,\"label\":\"", "no recording"),
        ] {
            let error = RecordingReader::new(text.as_bytes()).expect_err(text).to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn a_wrong_line_ends_the_recording_and_is_named() {
        let place = |lat: &str| {
            format!(
                "{{\"at\":1000,\"opened\":[{{\"key\":{{\"protocol\":\"tcp\",\"local\":{{\"ip\":\"10.0.0.1\",\"port\":1}},\
                 \"remote\":null,\"identity\":1}},\"state\":\"listen\",\"direction\":null,\"uid\":null,\
                 \"owner\":{{\"missing\":\"not-found\"}},\"simulated\":{{\"asn\":null,\"place\":{{\"kind\":\"city\",\
                 \"position\":{{\"lat\":{lat},\"lng\":0.0}},\"country_iso\":null,\"accuracy_radius_km\":null}}}}}}]}}\n"
            )
        };
        let good = place("0.5");
        for (line, expected) in [
            ("{\"at\":1000,\"opened\":[".to_owned(), "breaks off in line 3"),
            ("{\"at\":1000,\"opened\":[\n".to_owned(), "line 3 of the recording is wrong"),
            ("{\"at\":1000,\"opened\":[1]}\n".to_owned(), "line 3 of the recording is wrong"),
            ("[]\n".to_owned(), "line 3 of the recording is wrong"),
            (place("1.6"), "no place on the earth"),
            (place("1e300"), "no place on the earth"),
        ] {
            let text = format!("{HEADING}{good}{line}{good}");
            let text =
                if line.ends_with('\n') { text } else { text[..HEADING.len() + good.len() + line.len()].to_owned() };
            let mut replay = ReplaySource::new(RecordingReader::new(text.as_bytes()).unwrap(), "x");
            let snapshot = replay.sample(UnixMillis(0)).unwrap();
            assert_eq!(snapshot.connections.len(), 1, "what came before is played");
            let said = &snapshot.degradations[0].what;
            assert!(said.contains(expected), "{line}: {said}");
            assert!(replay.finished());
        }
    }

    #[test]
    fn a_line_without_an_end_is_not_read_for_ever() {
        let endless = HEADING.as_bytes().chain(io::repeat(b' '));
        let mut reader = RecordingReader::new(BufReader::new(endless)).unwrap();
        assert!(matches!(reader.next_delta(), Err(RecordingError::TooLong { line: 2 })));
    }

    #[test]
    fn a_last_line_without_its_newline_is_whole() {
        let text = format!("{HEADING}\n{{\"at\":1000}}");
        let mut reader = RecordingReader::new(text.as_bytes()).unwrap();
        assert!(matches!(reader.next_delta(), Ok(Some(_))));
        assert!(matches!(reader.next_delta(), Ok(None)));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), cut in 0_usize..4000) {
            let whole = [HEADING.as_bytes(), bytes.as_slice()].concat();
            if let Ok(mut reader) = RecordingReader::new(whole.as_slice()) {
                while let Ok(Some(_)) = reader.next_delta() {}
            }
            let (recording, _) = recorded();
            let mut damaged = recording[..cut.min(recording.len())].to_vec();
            damaged.extend(bytes);
            if let Ok(reader) = RecordingReader::new(damaged.as_slice()) {
                let mut replay = ReplaySource::new(reader, "x");
                prop_assert!(replay.sample(UnixMillis(0)).is_ok());
            }
        }
    }
}
