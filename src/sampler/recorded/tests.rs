//! Tests of recordings.

use super::*;
use crate::{
    model::{Connection, HostId, Owner, OwnerMissing, Protocol, Snapshot, SocketState},
    sampler::{DemoSource, OwnTime, SocketSource, invented::BEGINS_AT},
};
use proptest::prelude::*;
use std::{
    collections::BTreeMap,
    io::{BufReader, Cursor},
};

const HEADING: &str = "{\"netglobe_recording\":1,\"label\":\"test\",\"started_at\":1000}\n";

type Scene = BTreeMap<ConnectionKey, Connection>;

/// A recording of a minute of the demo, and the scene after each delta.
fn recorded() -> (Vec<u8>, Vec<(UnixMillis, Scene)>) {
    let mut demo = DemoSource::new("everyday", 3).unwrap();
    let mut writer = RecordingWriter::new(Vec::new(), "test", BEGINS_AT).unwrap();
    let (mut scene, mut states) = (Scene::new(), Vec::new());
    for step in 0..30 {
        let at = BEGINS_AT.plus_ms(step * 2000);
        let delta = reported(&mut demo, at);
        writer.write(&delta).unwrap();
        follow(&mut scene, delta);
        states.push((at, scene.clone()));
    }
    (writer.writer, states)
}

fn replay(recording: Vec<u8>) -> ReplaySource<Cursor<Vec<u8>>> {
    ReplaySource::new(RecordingReader::new(Cursor::new(recording)).unwrap(), "day.ndjson")
}

/// The delta that a source reports at the moment `at`.
fn reported(source: &mut dyn SocketSource, at: UnixMillis) -> SnapshotDelta {
    let sample = source.sample(at).unwrap();
    assert_eq!(sample.degradations, []);
    match sample.snapshot {
        Snapshot::Delta(delta) => *delta,
        other => panic!("it knows all: {other:?}"),
    }
}

fn follow(scene: &mut Scene, delta: SnapshotDelta) {
    if delta.reset.is_some() {
        scene.clear();
    }
    for key in &delta.closed {
        assert!(scene.remove(key).is_some(), "{key:?} was there");
    }
    for connection in delta.changed {
        assert!(scene.insert(connection.key, connection).is_some(), "it was there");
    }
    for connection in delta.opened {
        assert!(scene.insert(connection.key, connection).is_none(), "it is new");
    }
}

/// A scene with places rounded to a millimetre, because JSON may lose the last bit.
fn comparable(scene: &Scene) -> Scene {
    let round = |radians: f64| (radians * 1e10).round() / 1e10;
    let mut scene = scene.clone();
    for connection in scene.values_mut() {
        if let Some(place) = connection.simulated.as_mut().and_then(|simulated| simulated.place.as_mut()) {
            let position = &mut place.position;
            (position.lat, position.lng) = (round(position.lat), round(position.lng));
        }
    }
    scene
}

/// The scene at a moment, from the last recorded delta before it.
fn scene_at(states: &[(UnixMillis, Scene)], at: UnixMillis) -> Scene {
    comparable(&states.iter().rfind(|(then, _)| *then <= at).expect("it has begun").1)
}

#[test]
fn what_was_recorded_is_played_in_its_own_time_times_and_all() {
    let (bytes, states) = recorded();
    for step_ms in [2000, 700, 1999, 5300, 60_000] {
        let mut replay = replay(bytes.clone());
        assert_eq!(replay.label().as_deref(), Some("REPLAY day.ndjson: test"));
        let (mut scene, mut at) = (Scene::new(), BEGINS_AT);
        let end = states[29].0;
        while at < end.plus_ms(20_000) {
            assert_eq!(replay.finished(), at.plus_ms(-step_ms) >= end, "{at}");
            let delta = reported(&mut replay, at);
            assert!(delta.at <= at && delta.reset.is_none());
            follow(&mut scene, delta);
            // Also between two recorded moments.
            assert!(comparable(&scene) == scene_at(&states, at), "at {at}, in steps of {step_ms} ms");
            assert_eq!(replay.own_time().map(|own| own.at), Some(at.min(end)));
            at = at.plus_ms(step_ms);
        }
        assert!(replay.finished() && replay.capabilities().measures_traffic && replay.capabilities().is_simulated);
        assert_eq!(replay.own_time(), Some(OwnTime { begins_at: BEGINS_AT, ends_at: Some(end), at: end }));
        let seen_later = scene.values().filter(|it| it.opened_at.is_some_and(|opened_at| opened_at > BEGINS_AT));
        assert!(seen_later.count() > 10, "there are times to compare");
    }
}

fn connection(identity: u64, first_seen_at: i64, opened_at: Option<i64>) -> Connection {
    let local = Endpoint::new([10, 0, 0, 1].into(), 1);
    let row = SocketRow {
        key: ConnectionKey { host: HostId::THIS, protocol: Protocol::Tcp, local, remote: Some(local), identity },
        state: SocketState::Established,
        direction: None,
        owner: Owner::Missing(OwnerMissing::NotFound),
        uid: None,
        context: None,
        traffic: None,
        interface: None,
        simulated: None,
    };
    row.seen(UnixMillis(first_seen_at), opened_at.map(UnixMillis))
}

fn recording(deltas: &[SnapshotDelta]) -> Vec<u8> {
    let mut writer = RecordingWriter::new(Vec::new(), "", UnixMillis(1000)).unwrap();
    deltas.iter().for_each(|delta| writer.write(delta).unwrap());
    writer.writer
}

#[test]
fn a_connection_that_opens_and_closes_between_two_steps_is_reported_and_so_is_each_of_a_crowd() {
    let short = connection(7, 2000, Some(2000));
    let crowd: Vec<Connection> = (100..25_100).map(|identity| connection(identity, 2500, Some(2500))).collect();
    let bytes = recording(&[
        SnapshotDelta { at: UnixMillis(1000), opened: vec![connection(1, 1000, None)], ..SnapshotDelta::default() },
        SnapshotDelta { at: UnixMillis(2000), opened: vec![short.clone()], ..SnapshotDelta::default() },
        SnapshotDelta { at: UnixMillis(2500), ghosts: crowd, ..SnapshotDelta::default() },
        SnapshotDelta { at: UnixMillis(3000), closed: vec![short.key], ..SnapshotDelta::default() },
    ]);
    let mut replay = replay(bytes);
    assert_eq!(reported(&mut replay, UnixMillis(1500)).opened.len(), 1);
    let delta = reported(&mut replay, UnixMillis(9000));
    assert!(delta.opened.is_empty() && delta.closed.is_empty());
    assert_eq!((delta.at, delta.ghosts.len()), (UnixMillis(3000), 25_001));
    let reported: Vec<_> = delta.ghosts.iter().filter(|ghost| ghost.key == short.key).collect();
    assert_eq!((reported[0].first_seen_at, reported[0].opened_at), (UnixMillis(2000), Some(UnixMillis(2000))));
}

#[test]
fn a_recording_without_times_has_those_of_its_lines() {
    let was_there = connection(1, 0, None);
    let later = connection(2, 0, None);
    let bytes = recording(&[
        SnapshotDelta { at: UnixMillis(1000), opened: vec![was_there.clone()], ..SnapshotDelta::default() },
        SnapshotDelta { at: UnixMillis(5000), opened: vec![later.clone()], ..SnapshotDelta::default() },
        SnapshotDelta { at: UnixMillis(6000), changed: vec![was_there, later], ..SnapshotDelta::default() },
    ]);
    let mut replay = replay(bytes);
    replay.set_to(UnixMillis(6000)).unwrap();
    let delta = reported(&mut replay, UnixMillis(6000));
    let times: Vec<_> = delta.opened.iter().map(|it| (it.first_seen_at.0, it.opened_at.map(|at| at.0))).collect();
    assert_eq!(times, [(1000, None), (5000, Some(5000))]);
}

#[test]
fn it_can_be_set_to_any_of_its_moments_forward_and_back() {
    let (bytes, states) = recorded();
    let mut replay = replay(bytes);
    let end = states[29].0;
    for after_ms in [30_000, 31_500, 12_345, 0, 58_000, 57_999, 4_000, 99_000] {
        let to = BEGINS_AT.plus_ms(after_ms);
        let stands_at = to.min(end);
        replay.set_to(to).unwrap();
        let mut scene = Scene::new();
        let delta = reported(&mut replay, stands_at);
        assert_eq!((delta.at, delta.reset), (stands_at, Some(stands_at)));
        follow(&mut scene, delta);
        assert!(comparable(&scene) == scene_at(&states, stands_at), "at {to}");
        // Continues from there.
        let later = stands_at.plus_ms(3_000);
        let delta = reported(&mut replay, later);
        assert_eq!(delta.reset, None);
        follow(&mut scene, delta);
        assert!(comparable(&scene) == scene_at(&states, later), "after {to}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn any_way_through_a_recording_shows_what_was_recorded(
        way in prop::collection::vec((any::<bool>(), 0_i64..62_000), 1..12),
    ) {
        let (bytes, states) = recorded();
        let mut replay = replay(bytes);
        let (mut scene, mut at) = (Scene::new(), BEGINS_AT);
        follow(&mut scene, reported(&mut replay, at));
        for (is_set, ms) in way {
            if is_set {
                at = BEGINS_AT.plus_ms(ms).min(states[29].0);
                replay.set_to(at).unwrap();
            } else {
                at = at.plus_ms(ms / 20);
            }
            follow(&mut scene, reported(&mut replay, at));
            prop_assert!(comparable(&scene) == scene_at(&states, at), "at {}", at);
        }
    }
}

#[test]
fn a_file_opens_at_the_moment_asked_for_or_says_why_not() {
    let (bytes, states) = recorded();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a,day.ndjson");
    std::fs::write(&path, bytes).unwrap();
    let stands_at = |from| {
        let mut source = ReplaySource::open(&path, from).map_err(|error| error.to_string())?;
        let at = source.own_time().expect("its own").at;
        let delta = reported(&mut source, at);
        let mut scene = Scene::new();
        let reset = delta.reset;
        follow(&mut scene, delta);
        assert!(comparable(&scene) == scene_at(&states, at), "{from:?}");
        Ok::<_, String>((at.0 - BEGINS_AT.0, reset.is_some()))
    };
    assert_eq!(stands_at(ReplayFrom::Begin), Ok((0, false)));
    assert_eq!(stands_at(ReplayFrom::End), Ok((58_000, true)));
    assert_eq!(stands_at(ReplayFrom::At(BEGINS_AT.plus_ms(5_500))), Ok((5_500, true)));
    assert_eq!(stands_at(ReplayFrom::After { ms: 9_000 }), Ok((9_000, true)));
    assert_eq!(stands_at(ReplayFrom::After { ms: 900_000 }), Ok((58_000, true)), "it holds its last state");
    let early = stands_at(ReplayFrom::At(BEGINS_AT.plus_ms(-1))).expect_err("nothing is known of it");
    assert!(early.contains("a,day.ndjson: cannot seek to 2026-06-21T11:59:59.999Z"), "{early}");
    let with_event = directory.path().join("a,day.ndjson,yesterday");
    let error = ReplaySource::open(&with_event, ReplayFrom::Begin).map(|_| ()).expect_err("no such file").to_string();
    assert!(error.contains("\"yesterday\" is not a time of") && error.contains("90s"), "{error}");
}

#[test]
#[cfg(unix)]
fn what_can_be_read_once_only_is_played_and_says_why_it_stays() {
    let (reader, mut writer) = io::pipe().unwrap();
    let (bytes, states) = recorded();
    let write = std::thread::Builder::new().spawn(move || writer.write_all(&bytes)).unwrap();
    let file = std::fs::File::from(std::os::fd::OwnedFd::from(reader));
    let mut replay = ReplaySource::new(RecordingReader::new(BufReader::new(file)).unwrap(), "pipe");
    replay.set_to(states[5].0).unwrap();
    let mut scene = Scene::new();
    follow(&mut scene, reported(&mut replay, states[5].0));
    let error = replay.set_to(states[2].0).expect_err("it cannot go back").to_string();
    assert!(error.contains("cannot seek back"), "{error}");
    follow(&mut scene, reported(&mut replay, states[29].0));
    assert!(comparable(&scene) == scene_at(&states, states[29].0), "it went on");
    write.join().unwrap().unwrap();
}

#[test]
fn a_wrong_heading_says_why() {
    for (text, expected) in [
        ("", "not a netglobe recording"),
        ("hello\n", "not a netglobe recording"),
        ("{}\n", "netglobe_recording"),
        ("{\"netglobe_recording\":1}\n", "started_at"),
        ("{\"netglobe_recording\":2,\"everything\":\"else\"}\n", "version 2"),
        ("{\"netglobe_recording\":1,\"label\":\"", "not a netglobe recording"),
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
        ("{\"at\":1000,\"opened\":[".to_owned(), "in the middle of line 3"),
        ("{\"at\":1000,\"opened\":[\n".to_owned(), "line 3 of the recording is wrong"),
        ("{\"at\":1000,\"opened\":[1]}\n".to_owned(), "line 3 of the recording is wrong"),
        ("[]\n".to_owned(), "line 3 of the recording is wrong"),
        (place("1.6"), "not a position on the earth"),
        (place("1e300"), "not a position on the earth"),
        (place("0.5").replace("km\":null", "km\":-1"), "not a radius"),
        (place("0.5").replace("km\":null", "km\":1e39"), "not a radius"),
        (
            place("0.5").replace("\"simulated\"", "\"traffic\":{\"rtt_ms\":-1},\"simulated\""),
            "round-trip time is negative",
        ),
        (place("0.5").replace("\"simulated\"", "\"traffic\":{\"rtt_ms\":1e39},\"simulated\""), "or too large"),
    ] {
        let text = format!("{HEADING}{good}{line}{good}");
        let text = if line.ends_with('\n') { text } else { text[..HEADING.len() + good.len() + line.len()].to_owned() };
        let mut replay = replay(text.into_bytes());
        let sample = replay.sample(UnixMillis(1000)).unwrap();
        let Snapshot::Delta(delta) = &sample.snapshot else { panic!("it knows all: {sample:?}") };
        assert_eq!(delta.opened.len(), 1, "what came before is played");
        let said = &sample.degradations[0].what;
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
        if let Ok(reader) = RecordingReader::new(Cursor::new(damaged)) {
            let mut replay = ReplaySource::new(reader, "x");
            prop_assert!(replay.sample(BEGINS_AT.plus_ms(i64::from(u32::MAX))).is_ok());
            prop_assert!(replay.set_to(BEGINS_AT).and_then(|()| replay.sample(BEGINS_AT)).is_ok());
        }
    }
}
