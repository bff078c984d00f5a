//! Tests of recordings.

use super::*;
use crate::{
    model::{Snapshot, Tracker},
    sampler::DemoSource,
};
use proptest::prelude::*;

const HEADING: &str = "{\"netglobe_recording\":1,\"label\":\"test\",\"started_at\":1000}\n";

/// A minute of the demo, with what it should look like after each delta.
fn recorded() -> (Vec<u8>, Vec<(UnixMillis, Vec<SocketRow>)>) {
    let mut demo = DemoSource::new("everyday", 3).unwrap();
    let mut tracker = Tracker::default();
    let mut writer = RecordingWriter::new(Vec::new(), "test", UnixMillis(1000)).unwrap();
    let mut states = Vec::new();
    for step in 0..30 {
        let at = UnixMillis(1000 + step * 2000);
        let Snapshot::Whole(mut rows) = demo.sample(at).unwrap().snapshot else { panic!("a demo tells all") };
        writer.write(&tracker.update(rows.clone(), at, None)).unwrap();
        rows.sort_by_key(|row| row.key);
        states.push((at, rows));
    }
    (writer.writer, states)
}

/// Rows with places to a millimetre: JSON may cost the last bit.
fn comparable(rows: &[SocketRow]) -> Vec<SocketRow> {
    let round = |radians: f64| (radians * 1e10).round() / 1e10;
    let mut rows = rows.to_vec();
    for row in &mut rows {
        if let Some(place) = row.simulated.as_mut().and_then(|simulated| simulated.place.as_mut()) {
            let position = &mut place.position;
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
        let look = replay.sample(UnixMillis(began_at + at.0 - 1000)).unwrap();
        assert!(comparable(look.snapshot.rows()) == comparable(rows), "at {at}");
        assert_eq!(look.degradations, []);
    }
    assert!(replay.finished() && replay.capabilities().measures_traffic && replay.capabilities().is_simulated);
    let last = replay.sample(UnixMillis(began_at + 99_000_000)).unwrap();
    assert!(comparable(last.snapshot.rows()) == comparable(&states[29].1), "the last state is held");
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
        let text = if line.ends_with('\n') { text } else { text[..HEADING.len() + good.len() + line.len()].to_owned() };
        let mut replay = ReplaySource::new(RecordingReader::new(text.as_bytes()).unwrap(), "x");
        let look = replay.sample(UnixMillis(0)).unwrap();
        assert_eq!(look.snapshot.rows().len(), 1, "what came before is played");
        let said = &look.degradations[0].what;
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
