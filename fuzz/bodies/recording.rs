//! Recordings in lines of JSON.

use netglobe::{
    geodesy::LatLng,
    model::{Connection, Snapshot, SnapshotDelta, UnixMillis},
    sampler::{RecordingError, RecordingReader, RecordingWriter, ReplaySource, SocketSource as _},
};
use std::io::Cursor;

/// An error has a line; what was read can be written and is read again; playing and seeking give the same.
pub(crate) fn run(data: &[u8]) {
    let mut reader = match RecordingReader::new(Cursor::new(data)) {
        Ok(reader) => reader,
        Err(error) => return check_error(&error, data),
    };
    let mut deltas = Vec::new();
    loop {
        match reader.next_delta() {
            Ok(Some(delta)) => deltas.push(delta),
            Ok(None) => break,
            Err(error) => {
                check_error(&error, data);
                break;
            }
        }
    }
    let (label, begins_at) = (reader.label().to_owned(), reader.started_at());
    deltas.iter().for_each(check_delta);
    let mut written = Vec::new();
    let mut writer = RecordingWriter::new(&mut written, &label, begins_at).expect("memory");
    deltas.iter().for_each(|delta| writer.write(delta).expect("memory"));
    let mut again = RecordingReader::new(Cursor::new(&written)).expect("a header");
    for delta in &deltas {
        let read = again.next_delta().expect("what was written").expect("a line");
        check_same(read, delta.clone());
    }
    assert_eq!(again.next_delta().expect("an end"), None);
    assert_eq!((again.label(), again.started_at()), (label.as_str(), begins_at));
    check_playing(data, begins_at, &deltas);
}

fn check_error(error: &RecordingError, data: &[u8]) {
    let lines = data.split(|byte| *byte == b'\n').count() as u64;
    match error {
        RecordingError::NoHeading(_) | RecordingError::Version { .. } => {}
        RecordingError::Wrong { line, message } => {
            assert!((2..=lines).contains(line) && !message.is_empty(), "{error}");
        }
        RecordingError::Truncated { line } => assert_eq!(*line, lines),
        other => panic!("{other}"),
    }
    assert!(!error.to_string().is_empty());
}

fn check_delta(delta: &SnapshotDelta) {
    let lists = [&delta.opened, &delta.changed, &delta.ghosts];
    for connection in lists.into_iter().flatten() {
        let traffic = connection.traffic.unwrap_or_default();
        let values =
            [traffic.rate_sent_bytes_per_sec, traffic.rate_received_bytes_per_sec, traffic.rtt_ms, traffic.min_rtt_ms];
        assert!(values.into_iter().flatten().all(|value| value.is_finite() && value >= 0.0));
        let place = connection.stated_location().and_then(|location| location.place.as_ref().ok().cloned());
        if let Some(place) = place {
            assert!(place.position.lat_deg().abs() <= 90.0 && place.position.lng_deg().abs() <= 180.0);
            assert!(place.accuracy_radius_km.is_none_or(|km| km.is_finite() && km >= 0.0));
        }
    }
}

/// Reading a number may lose its last bit, so places are the same up to rounding.
fn check_same(mut read: SnapshotDelta, mut written: SnapshotDelta) {
    let (read_places, written_places) = (take_positions(&mut read), take_positions(&mut written));
    assert_eq!(read, written);
    for (read, written) in read_places.iter().zip(&written_places) {
        assert!((read.lat - written.lat).abs() < 1e-12 && (read.lng - written.lng).abs() < 1e-12);
    }
}

fn take_positions(delta: &mut SnapshotDelta) -> Vec<LatLng> {
    let lists = [&mut delta.opened, &mut delta.changed, &mut delta.ghosts];
    let places = lists.into_iter().flatten().filter_map(|it| it.row.simulated.as_mut()?.place.as_mut());
    places.map(|place| std::mem::take(&mut place.position)).collect()
}

fn check_playing(data: &[u8], begins_at: UnixMillis, deltas: &[SnapshotDelta]) {
    let open = || ReplaySource::new(RecordingReader::new(Cursor::new(data)).expect("a header"), "file");
    let mut playing = open();
    let moments = deltas.iter().take(4).map(|delta| delta.at).chain([UnixMillis(i64::MAX)]);
    moments.for_each(|at| drop(playing.sample(at).expect("a sample")));
    assert!(playing.finished());
    let end = playing.own_time().and_then(|time| time.ends_at).expect("an end");
    let mut seeking = open();
    for at in [end, begins_at, end] {
        seeking.set_to(at).expect("a file can be read again");
        playing.set_to(at).expect("a file can be read again");
        assert_eq!(whole(&mut seeking, at), whole(&mut playing, at));
    }
}

fn whole(source: &mut ReplaySource<Cursor<&[u8]>>, at: UnixMillis) -> Vec<Connection> {
    match source.sample(at).expect("a sample").snapshot {
        Snapshot::Delta(delta) => {
            assert!(delta.reset.is_some());
            delta.opened
        }
        other => panic!("{other:?}"),
    }
}
