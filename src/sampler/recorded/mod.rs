//! Recordings: changes of connections, one per line, for later replay.
//!
//! A recording is NDJSON, one JSON object per line. The first line is the header,
//! `{"netglobe_recording":1,"label":"…","started_at":MS}`, with the time in milliseconds since 1970; each other line is
//! a [`SnapshotDelta`]. A recording may come from an untrusted source, so the length of lines is limited, places must
//! be on the earth, and every error names its line.

mod from;
mod source;

pub use from::ReplayFrom;
pub use source::ReplaySource;

use crate::{
    language::t,
    model::{ConnectionKey, Endpoint, SnapshotDelta, SocketRow, Traffic, UnixMillis},
};
use serde::{Deserialize, Serialize};
use std::{
    f64::consts::{FRAC_PI_2, PI},
    io::{self, BufRead, Read, Seek, SeekFrom, Write},
    path::PathBuf,
};

/// The version this program reads and writes.
pub(super) const VERSION: u32 = 1;
/// Maximum length of a line: more than 100,000 connections in one delta.
pub(super) const MAX_LINE_BYTES: u64 = 64 * 1024 * 1024;

/// The beginning of a recording, for messages.
fn heading_example() -> String {
    format!("{{\"netglobe_recording\":{VERSION},…}}")
}

/// A recording that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// The file cannot be opened.
    #[error("{}", t!("recording-open", path = path.display().to_string(), error = source.to_string()))]
    Open {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// There is no file of this name, but one without the part after the last comma, which is not a time.
    #[error(
        "{}",
        t!(
            "recording-no-time",
            path = path.display().to_string(),
            time = time.as_str(),
            quoted = format!("{:?}", .time)
        )
    )]
    NoTime {
        /// The file that exists.
        path: PathBuf,
        /// The part after the last comma.
        time: String,
    },
    /// The requested moment is before the beginning.
    #[error("{}", t!("recording-before-begin", at = at.to_string(), begin = begins_at.to_string()))]
    BeforeBegin {
        /// The requested moment.
        at: UnixMillis,
        /// The first moment of the recording.
        begins_at: UnixMillis,
    },
    /// The file cannot be read again from the beginning.
    #[error("{}", t!("recording-rewind", error = .0.to_string()))]
    Rewind(io::Error),
    /// The file is not a recording.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The problem.
        source: Box<RecordingError>,
    },
    /// Reading failed.
    #[error("{}", t!("recording-read", line = *line, error = source.to_string()))]
    Read {
        /// Line, from 1.
        line: u64,
        /// The error of the system.
        source: io::Error,
    },
    /// Writing failed.
    #[error("cannot write the recording: {0}")]
    Write(io::Error),
    /// The first line is not a header.
    #[error("{}", t!("recording-no-heading", heading = heading_example(), error = .0.as_str()))]
    NoHeading(String),
    /// The version is not supported.
    #[error("{}", t!("recording-version", found = *found, version = VERSION))]
    Version {
        /// The version found.
        found: u64,
    },
    /// A line is invalid.
    #[error("{}", t!("recording-wrong", line = *line, message = message.as_str()))]
    Wrong {
        /// Line, from 1.
        line: u64,
        /// The problem.
        message: String,
    },
    /// The last line is incomplete.
    #[error("{}", t!("recording-truncated", line = *line))]
    Truncated {
        /// Line, from 1.
        line: u64,
    },
    /// A line is too long.
    #[error("{}", t!("recording-too-long", line = *line, megabytes = MAX_LINE_BYTES / 1024 / 1024))]
    TooLong {
        /// Line, from 1.
        line: u64,
    },
}

/// The header line.
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
    /// Starts a recording whose first moment is `started_at`.
    ///
    /// # Errors
    /// If writing fails.
    pub fn new(writer: W, label: &str, started_at: UnixMillis) -> Result<Self, RecordingError> {
        let mut recording = Self { writer };
        recording.line(&Heading { netglobe_recording: u64::from(VERSION), label: label.to_owned(), started_at })?;
        Ok(recording)
    }

    /// Appends a delta and flushes, so that a terminated program loses at most the line it was writing.
    ///
    /// # Errors
    /// If writing fails.
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
    /// Length of the header.
    heading_bytes: u64,
    buffer: Vec<u8>,
}

impl<R: BufRead> RecordingReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// If the header is missing or has another version.
    pub fn new(reader: R) -> Result<Self, RecordingError> {
        #[derive(Deserialize)]
        struct AnyVersion {
            netglobe_recording: u64,
        }
        let heading = Heading { netglobe_recording: 0, label: String::new(), started_at: UnixMillis(0) };
        let mut recording = Self { reader, heading, line: 0, heading_bytes: 0, buffer: Vec::new() };
        recording.read_line()?;
        recording.heading_bytes = recording.buffer.len() as u64;
        let no_heading = |error: serde_json::Error| RecordingError::NoHeading(reason(&error));
        let AnyVersion { netglobe_recording: found } = serde_json::from_slice(&recording.buffer).map_err(no_heading)?;
        if found != u64::from(VERSION) {
            return Err(RecordingError::Version { found });
        }
        recording.heading = serde_json::from_slice(&recording.buffer).map_err(no_heading)?;
        check_date(recording.heading.started_at).map_err(RecordingError::NoHeading)?;
        Ok(recording)
    }

    /// The label in the header. Untrusted text.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.heading.label
    }

    /// First moment of the recording.
    #[must_use]
    pub fn started_at(&self) -> UnixMillis {
        self.heading.started_at
    }

    /// The next delta; `None` at the end. Skips empty lines.
    ///
    /// # Errors
    /// If a line is invalid, too long, or incomplete.
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

    /// Returns false at the end of the file.
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

impl<R: BufRead + Seek> RecordingReader<R> {
    /// Rewinds to the first delta.
    ///
    /// # Errors
    /// If the file is not seekable, for example a pipe.
    pub fn rewind(&mut self) -> Result<(), RecordingError> {
        self.reader.seek(SeekFrom::Start(self.heading_bytes)).map_err(RecordingError::Rewind)?;
        self.line = 1;
        Ok(())
    }
}

/// The message of the JSON parser, without its line number, which is always 1 here.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((message, _)) => format!("{message} (column {})", error.column()),
        None => text,
    }
}

/// Normalizes addresses, and rejects moments that are not dates and places that are not on the earth.
fn check(delta: &mut SnapshotDelta) -> Result<(), String> {
    check_date(delta.at)?;
    for key in &mut delta.closed {
        canonicalize(key);
    }
    for last in &mut delta.finals {
        canonicalize(&mut last.key);
        check_traffic(&last.traffic)?;
    }
    for connection in delta.opened.iter_mut().chain(&mut delta.changed).chain(&mut delta.ghosts) {
        let SocketRow { key, simulated, traffic, .. } = &mut connection.row;
        canonicalize(key);
        if let Some(place) = simulated.as_ref().and_then(|simulated| simulated.place.as_ref()) {
            let position = place.position;
            if !(position.lat.abs() <= FRAC_PI_2 && position.lng.abs() <= PI) {
                return Err(format!("{}, {} (radians) is not a position on the earth", position.lat, position.lng));
            }
            if let Some(km) = place.accuracy_radius_km.filter(|km| !(km.is_finite() && *km >= 0.0)) {
                return Err(format!("{km} km is not a radius"));
            }
        }
        traffic.as_ref().map_or(Ok(()), check_traffic)?;
    }
    Ok(())
}

fn check_date(at: UnixMillis) -> Result<(), String> {
    if at.is_a_date() { Ok(()) } else { Err(format!("{at} is not a date")) }
}

fn check_traffic(traffic: &Traffic) -> Result<(), String> {
    let values =
        [traffic.rate_sent_bytes_per_sec, traffic.rate_received_bytes_per_sec, traffic.rtt_ms, traffic.min_rtt_ms];
    if values.iter().flatten().all(|value| value.is_finite() && *value >= 0.0) {
        return Ok(());
    }
    Err("a rate of traffic or a round-trip time is negative or too large".to_owned())
}

fn canonicalize(key: &mut ConnectionKey) {
    key.local = Endpoint::new(key.local.ip, key.local.port);
    key.remote = key.remote.map(|remote| Endpoint::new(remote.ip, remote.port));
}

#[cfg(test)]
mod tests;
