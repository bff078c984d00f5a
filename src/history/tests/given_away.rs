//! Forgetting, exporting, scrubbing and comparing.

use super::{super::*, World, by_key, place_of, recorded::BEGIN, states};
use crate::{
    history::codec::Decoder,
    model::{Connection, ConnectionKey, Owner, Snapshot, SnapshotDelta, TimeWindow, UnixMillis, masked_scope},
    sampler::{HomeThen, SamplerMessage, SamplerReport, SocketSource, SourceKind},
};
use std::{collections::BTreeMap, io::Cursor, path::Path, sync::Arc};

/// Records a world for `steps` steps into a history, and returns its last moment.
fn record(path: &Path, seed: u64, begin: UnixMillis, steps: usize) -> UnixMillis {
    let mut world = World::new(seed, begin);
    let (mut writer, _) = Recorder::begin(path, false, Limits::default(), None, begin).expect("it opens");
    let position = crate::geodesy::LatLng { lat: 0.9, lng: 0.2 };
    writer.set_home(HomeThen::At { position, name: "Hometown".into(), uncertainty_km: None });
    let message = |delta| SamplerMessage { delta, report: Arc::new(SamplerReport::default()) };
    let locate = |connection: &Connection| Arc::new(place_of(connection.subject_ip()));
    let opened = world.connections().cloned().collect();
    writer.message(message(SnapshotDelta { at: begin, opened, ..SnapshotDelta::default() }), &locate);
    for _ in 0..steps {
        let delta = world.step();
        let now = delta.at;
        writer.message(message(delta), &locate);
        writer.flush(now).expect("written");
    }
    writer.end(world.at()).expect("ended");
    world.at()
}

fn reader(path: &Path) -> Store {
    Store::open_for_reading(path).expect("a history")
}

/// All files of a history, as bytes; blocks of the database are decompressed, too.
fn all_bytes(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for ending in ["", "-wal", "-shm"] {
        bytes.extend(std::fs::read(format!("{}{ending}", path.display())).unwrap_or_default());
    }
    let store = reader(path);
    for head in store.heads().expect("read") {
        bytes.extend(store.block(head.id).expect("read").unwrap_or_default());
    }
    bytes
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Every connection that a timeline ever shows, by key, at its last state.
fn everything(timeline: &mut dyn Timeline) -> BTreeMap<ConnectionKey, Connection> {
    let mut all = BTreeMap::new();
    for head in timeline.heads().expect("read") {
        let content = timeline.content(head.id).expect("read").expect("there");
        let mut block = Decoder::new(content).expect("a block");
        all.extend(by_key(block.connections()));
        while let Some(moment) = block.step().expect("a step") {
            let SnapshotDelta { opened, changed, ghosts, .. } = &moment.delta;
            all.extend(by_key(opened.iter().chain(changed).chain(ghosts)));
        }
    }
    all
}

fn name(connection: &Connection) -> Option<&str> {
    connection.owner.process().and_then(|process| process.name.as_deref())
}

#[test]
fn what_is_forgotten_is_in_no_byte_of_the_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("history.db");
    let last = record(&path, 3, BEGIN, 300);
    assert!(contains(&all_bytes(&path), b"program-3"));
    let done = forget(&path, &Forget::Process("program-3".to_owned()), last).expect("forgotten");
    assert!(done.connections > 10, "{done:?}");
    let bytes = all_bytes(&path);
    assert!(!contains(&bytes, b"program-3") && contains(&bytes, b"program-2"));
    let left = everything(&mut reader(&path));
    assert!(left.values().all(|it| name(it) != Some("program-3")) && left.len() > 50);
    // The sums are computed anew.
    let sums = reader(&path).sums(TimeWindow { from: BEGIN, to: last }).expect("read");
    assert!(sums.subjects.keys().all(|subject| &*subject.name != "program-3"));

    // An owner that was found late.
    assert!(left.values().any(|it| name(it) == Some("late")));
    forget(&path, &Forget::Process("late".to_owned()), last).expect("forgotten");
    assert!(everything(&mut reader(&path)).values().all(|it| name(it) != Some("late")));

    assert!(contains(&all_bytes(&path), b"Berlin") && contains(&all_bytes(&path), b"London"));
    forget(&path, &Forget::Place("germany".to_owned()), last).expect("forgotten");
    let bytes = all_bytes(&path);
    assert!(!contains(&bytes, b"Berlin") && contains(&bytes, b"London"));

    let middle = UnixMillis(i64::midpoint(BEGIN.0, last.0));
    let there = state(&path, middle.plus_ms(10));
    forget(&path, &Forget::Before(middle), last).expect("forgotten");
    let heads = reader(&path).heads().expect("read");
    assert!(heads.iter().all(|head| head.first >= middle), "{heads:?}");
    assert_eq!(state(&path, middle.plus_ms(10)), there, "what is left is the same");

    forget(&path, &Forget::All, last).expect("forgotten");
    let bytes = all_bytes(&path);
    assert!(
        !contains(&bytes, b"program") && !contains(&bytes, b"Hometown") && bytes.len() < 130_000,
        "{}",
        bytes.len()
    );
    assert!(reader(&path).heads().expect("read").is_empty());
}

fn state(path: &Path, at: UnixMillis) -> BTreeMap<ConnectionKey, Connection> {
    let mut past = PastSource::new(reader(path), SourceKind::History, String::new(), Some(at)).expect("in it");
    shown(&mut past, at)
}

fn shown<T: Timeline>(past: &mut PastSource<T>, at: UnixMillis) -> BTreeMap<ConnectionKey, Connection> {
    past.set_to(at).expect("in it");
    let Snapshot::Delta(delta) = past.sample(at).expect("a sample").snapshot else { panic!("a delta") };
    states(&delta.opened)
}

#[test]
fn forgetting_works_while_another_program_records() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("history.db");
    let last = record(&path, 3, BEGIN, 100);
    let (mut writer, _) = Recorder::begin(&path, false, Limits::default(), None, last).expect("it opens");
    let asking = {
        let path = path.clone();
        std::thread::Builder::new()
            .spawn(move || forget(&path, &Forget::Process("program-1".to_owned()), last))
            .expect("a thread")
    };
    while !asking.is_finished() {
        writer.serve(last).expect("served");
    }
    let done = asking.join().expect("no panic").expect("forgotten");
    assert!(done.connections > 0);
    assert!(!contains(&all_bytes(&path), b"program-1"));
}

/// A recording of the whole history.
fn exported(path: &Path, scrub: Option<Scrub>, keeps: &mut dyn FnMut(&Connection, UnixMillis) -> bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (from, to) = (UnixMillis::FIRST, UnixMillis::LAST);
    let options = ExportOptions { from, to, keeps, scrub, label: String::new() };
    let done = export(&mut reader(path), &mut bytes, options).expect("written");
    assert_eq!(done.bytes, bytes.len() as u64);
    bytes
}

#[test]
fn a_recording_shows_the_same_as_the_history_and_can_be_cut_anywhere() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("history.db");
    record(&path, 8, BEGIN, 200);
    // Another run, after a gap.
    let last = record(&path, 9, BEGIN.plus_ms(3_000_000), 200);
    let bytes = exported(&path, None, &mut |_, _| true);
    let open = |bytes: Vec<u8>| RecordingFile::read(Cursor::new(bytes));
    let mut file = open(bytes.clone()).expect("a recording");
    assert!(file.damage().is_none());
    assert_eq!(everything(&mut file), everything(&mut reader(&path)));
    assert_eq!(file.gaps().expect("read").len(), 1);
    let mut past = PastSource::new(file, SourceKind::Replay, String::new(), None).expect("it plays");
    for step in 0..40 {
        let at = UnixMillis(BEGIN.0 + (last.0 - BEGIN.0) * step / 40);
        assert_eq!(shown(&mut past, at), state(&path, at), "{at}");
    }
    // Without its end, all blocks are found; without half of a block, those before it.
    let first_end = bytes.len() / 3;
    let (mut whole, mut parts, mut refused) = (0, 0, 0);
    for length in (0..bytes.len()).rev().step_by(97).chain([first_end]) {
        match open(bytes[..length].to_vec()) {
            Ok(mut cut) => {
                let flaw = cut.flaw().expect("it says so");
                assert!(flaw.contains("byte"), "{flaw}");
                let heads = cut.heads().expect("read");
                for head in &heads {
                    assert!(cut.content(head.id).expect("whole").is_some());
                }
                whole += usize::from(heads.len() == 2);
                parts += usize::from(heads.len() == 1);
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                refused += 1;
            }
        }
    }
    assert!(whole > 0 && parts > 0 && refused > 0, "{whole} {parts} {refused}");
    for wrong in [&b""[..], b"text", &[0x50, 0x2a, 0x4d, 0x18, 255, 255, 255, 255]] {
        assert!(open(wrong.to_vec()).is_err());
    }
}

#[test]
fn a_damaged_block_hides_no_other() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("history.db");
    let ends = [0, 1, 2].map(|run| record(&path, 7 + run, BEGIN.plus_ms(run as i64 * 3_000_000), 60));
    let all = TimeWindow { from: BEGIN, to: ends[2].plus_ms(1) };
    let known = |timeline: &mut Store| {
        let sums = sums_of(timeline, all).expect("read").subjects.values().map(|sums| sums.opened).sum::<u64>();
        let there = closed_in(timeline, all, ends[2], usize::MAX, &|| false).expect("read").expect("wanted");
        let bins = Digest::of(timeline).expect("read").bins.iter().map(|bin| bin.opened).sum::<u64>();
        (sums, there.closed.len(), bins, there.damaged)
    };
    let (before, last) = (known(&mut reader(&path)), state(&path, ends[2]));
    {
        let database = rusqlite::Connection::open(&path).expect("a database");
        let mut data: Vec<u8> =
            database.query_row("SELECT data FROM block_data WHERE id = 2", [], |row| row.get(0)).expect("a block");
        let middle = data.len() / 2;
        data[middle] ^= 1;
        database.execute("UPDATE block_data SET data = ?1 WHERE id = 2", [data]).expect("written");
    }
    let after = known(&mut reader(&path));
    assert!(before.0 > after.0 && before.1 > after.1 && before.2 > after.2, "{before:?} {after:?}");
    assert!(after.0 > 0 && after.1 > 0 && after.2 > 0 && (before.3, after.3) == (0, 1), "{before:?} {after:?}");

    let (mut bytes, mut keeps) = (Vec::new(), |_: &Connection, _: UnixMillis| true);
    let (from, to) = (UnixMillis::FIRST, UnixMillis::LAST);
    let options = ExportOptions { from, to, keeps: &mut keeps, scrub: None, label: String::new() };
    let done = export(&mut reader(&path), &mut bytes, options).expect("written");
    let mut file = RecordingFile::read(Cursor::new(bytes)).expect("a recording");
    assert_eq!((done.damaged, file.heads().expect("read").len()), (1, 2));

    // It is played to its end, and what is damaged is said where it is.
    let mut past = PastSource::new(reader(&path), SourceKind::History, String::new(), None).expect("it plays");
    past.set_to(ends[1]).expect("in it");
    let sample = past.sample(ends[1]).expect("a sample");
    assert!(!sample.degradations.is_empty(), "it is said");
    let sample = past.sample(ends[2]).expect("a sample");
    let Snapshot::Delta(delta) = sample.snapshot else { panic!("a delta") };
    assert_eq!(states(&delta.opened), last);
}

#[test]
fn a_block_that_ends_before_it_begins_is_damage() {
    let head = |first: i64, last: i64| BlockHead {
        id: BlockId::Finished(0),
        run: 1,
        first: UnixMillis(first),
        last: UnixMillis(last),
        events: 0,
        opened: 0,
        counters_ms: 0,
    };
    let content = codec::Encoder::begin(UnixMillis(5), false, 0, []).take();
    let mut bytes = Vec::new();
    let mut file = RecordingFileWriter::begin(&mut bytes, "").expect("memory");
    file.block(&head(5, 9), &content).expect("memory");
    file.block(&head(9, 5), &content).expect("memory");
    file.finish().expect("memory");
    let mut file = RecordingFile::read(Cursor::new(bytes)).expect("its first block is whole");
    assert!(file.damage().is_some());
    let heads = file.heads().expect("read");
    assert_eq!(heads.iter().map(|head| (head.first.0, head.last.0)).collect::<Vec<_>>(), [(5, 9)]);
}

#[test]
fn any_wrong_byte_of_a_recording_is_noticed_or_harmless() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("history.db");
    record(&path, 8, BEGIN, 30);
    let bytes = exported(&path, None, &mut |_, _| true);
    for at in 0..bytes.len() {
        let mut wrong = bytes.clone();
        wrong[at] ^= 0x5a;
        let Ok(mut file) = RecordingFile::read(Cursor::new(wrong)) else { continue };
        for head in file.heads().expect("read") {
            let Ok(Some(content)) = file.content(head.id) else { continue };
            let Ok(mut block) = Decoder::new(content) else { continue };
            while let Ok(Some(_)) = block.step() {}
        }
    }
}

#[test]
fn nothing_private_is_left_in_a_scrubbed_recording() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("history.db");
    let last = record(&path, 8, BEGIN, 300);
    let bytes = exported(&path, Some(Scrub::with_random_key()), &mut |_, _| true);
    let mut file = RecordingFile::read(Cursor::new(bytes.clone())).expect("a recording");
    let heads = file.heads().expect("read");
    let mut plain = bytes;
    for head in &heads {
        plain.extend(file.content(head.id).expect("read").expect("there"));
    }
    for private in ["program-0", "/usr/bin", "backup-of", "ann", "eth0", "Hometown", "Berlin", "operator", "A database"]
    {
        // Substitutes begin with `program-`, too, but have eight digits.
        assert!(!contains(&plain, private.as_bytes()) || private == "program-0", "{private}");
    }
    let originals = everything(&mut reader(&path));
    let substitutes = everything(&mut file);
    for original in originals.values() {
        for end in [Some(original.key.local), original.key.remote].into_iter().flatten() {
            let octets = match end.ip {
                std::net::IpAddr::V4(ip) => ip.octets().to_vec(),
                std::net::IpAddr::V6(ip) => ip.octets().to_vec(),
            };
            // Four bytes can be there by chance; each is also checked as an address below.
            assert!(octets.len() == 4 || !contains(&plain, &octets), "{}", end.ip);
        }
    }
    let known: std::collections::HashSet<_> =
        originals.keys().flat_map(|key| [Some(key.local), key.remote]).flatten().map(|end| end.ip).collect();
    assert_eq!(substitutes.len(), originals.len(), "different things have different substitutes");
    for substitute in substitutes.values() {
        for end in [Some(substitute.key.local), substitute.key.remote].into_iter().flatten() {
            assert!(masked_scope(end.ip).is_some() && !known.contains(&end.ip), "{}", end.ip);
        }
        assert!(!name(substitute).is_some_and(|name| (0..5).any(|number| name == format!("program-{number}"))));
        assert!(substitute.first_seen_at < BEGIN.plus_ms(-86_400_000));
        if let Some(rtt) = substitute.traffic.and_then(|traffic| traffic.rtt_ms) {
            assert_eq!(rtt % 50.0, 0.0);
        }
        if let Owner::Process(process) = &substitute.owner {
            assert_eq!(process.path, None);
        }
    }
    assert_eq!(heads[0].first, UnixMillis(978_307_200_000));
    // What was measured stays: states, ports of services, bytes, and times between events.
    let span = heads.last().expect("blocks").last.0 - heads[0].first.0;
    assert_eq!(span, last.0 - BEGIN.0);
    let count = |all: &BTreeMap<ConnectionKey, Connection>, port| {
        all.keys().filter(|key| key.remote.is_some_and(|remote| remote.port == port)).count()
    };
    assert_eq!(count(&substitutes, 443), count(&originals, 443));
    let countries = |all: &BTreeMap<ConnectionKey, Connection>| {
        let country = |it: &Connection| it.stated_location()?.place.as_ref().ok()?.country_iso;
        let mut all: Vec<_> = all.values().filter_map(country).collect();
        all.sort_unstable();
        all
    };
    assert_eq!(countries(&substitutes), countries(&originals));
    // Two recordings have different substitutes.
    let again = exported(&path, Some(Scrub::with_random_key()), &mut |_, _| true);
    let again = everything(&mut RecordingFile::read(Cursor::new(again)).expect("a recording"));
    assert!(again.keys().all(|key| !substitutes.contains_key(key)));
}

#[test]
fn only_what_matches_is_exported() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("history.db");
    record(&path, 8, BEGIN, 100);
    let is_wanted = |it: &Connection| name(it) == Some("program-2");
    let bytes = exported(&path, None, &mut |it, _| is_wanted(it));
    let exported = everything(&mut RecordingFile::read(Cursor::new(bytes)).expect("a recording"));
    let all = everything(&mut reader(&path));
    assert!(!exported.is_empty() && exported.len() < all.len());
    // Its owner may have changed after it was opened.
    assert!(exported.values().all(|it| is_wanted(it) || name(it) == Some("late")));
    for (key, wanted) in all.iter().filter(|(_, it)| is_wanted(it)) {
        assert_eq!(exported.get(key), Some(wanted));
    }
}

#[test]
fn sums_of_any_window_are_those_of_its_blocks() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("history.db");
    // Some days, so that whole hours and whole days are used.
    let mut world = World::new(4, BEGIN);
    let (mut writer, _) = Recorder::begin(&path, false, Limits::default(), None, BEGIN).expect("it opens");
    let message = |delta| SamplerMessage { delta, report: Arc::new(SamplerReport::default()) };
    let locate = |connection: &Connection| Arc::new(place_of(connection.subject_ip()));
    let opened = world.connections().cloned().collect();
    writer.message(message(SnapshotDelta { at: BEGIN, opened, ..SnapshotDelta::default() }), &locate);
    let mut openings: Vec<(UnixMillis, String)> = Vec::new();
    for _ in 0..400 {
        world.set(world.at().plus_ms(900_000));
        let delta = world.step();
        let new = delta.opened.iter().chain(&delta.ghosts).filter(|it| !it.is_listener());
        openings.extend(new.filter_map(|it| Some((delta.at, owner_name(it)?.to_string()))));
        let now = delta.at;
        writer.message(message(delta), &locate);
        writer.flush(now).expect("written");
    }
    let last = world.at();
    for (from_ms, to_ms) in [(0, i64::MAX), (1, 50_000_000), (3_600_000, 7_200_000), (40_000_000, 200_000_001)] {
        let (from, to) = (BEGIN.plus_ms(from_ms), UnixMillis(last.0.min(BEGIN.0.saturating_add(to_ms))));
        let sums = reader(&path).sums(TimeWindow { from, to }).expect("read");
        for number in 0..5 {
            let name = format!("program-{number}");
            let subject = Subject { kind: SubjectKind::Process, name: name.as_str().into() };
            let expected = openings.iter().filter(|(at, owner)| *owner == name && *at >= from && *at < to).count();
            let opened = sums.subjects.get(&subject).map_or(0, |sums| sums.opened);
            assert_eq!(opened as usize, expected, "{name} from {from} to {to}");
        }
    }
    // The activity bar counts the same openings at each zoom.
    for most in [1, 10, 100, 1_000] {
        let bar = activity_bar(&reader(&path), BEGIN, last.plus_ms(1), most).expect("read");
        assert!(bar.bins.len() as u32 <= most + 1, "{most}: {}", bar.bins.len());
        let opened: u64 = bar.bins.iter().map(|bin| bin.opened).sum();
        let every = world_openings(&path);
        assert_eq!(opened, every, "{most}");
    }
    let (half, window) = (UnixMillis(i64::midpoint(BEGIN.0, last.0)), |from, to| TimeWindow { from, to });
    let store = reader(&path);
    let differences =
        compare(&store.sums(window(BEGIN, half)).expect("read"), &store.sums(window(half, last)).expect("read"));
    assert!(SubjectKind::ALL.iter().all(|kind| of_kind(&differences, *kind).count() > 0));
    let same = store.sums(window(BEGIN, last)).expect("read");
    assert!(compare(&same, &same).iter().all(|it| it.change == Change::Same));
    let only_after = compare(&WindowSums::default(), &same);
    assert!(!only_after.is_empty() && only_after.iter().all(|it| it.change == Change::New));
}

/// Openings in all blocks, without listeners.
fn world_openings(path: &Path) -> u64 {
    let mut count = 0;
    let mut store = reader(path);
    for head in Timeline::heads(&mut store).expect("read") {
        let mut block = Decoder::new(store.block(head.id).expect("read").expect("there")).expect("a block");
        while let Some(moment) = block.step().expect("a step") {
            let SnapshotDelta { opened, ghosts, .. } = &moment.delta;
            count += opened.iter().chain(ghosts).filter(|it| !it.is_listener()).count() as u64;
        }
    }
    count
}

#[test]
fn steps_go_to_the_next_and_previous_change() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("history.db");
    let mut world = World::new(6, BEGIN);
    let (mut writer, _) = Recorder::begin(&path, false, Limits::default(), None, BEGIN).expect("it opens");
    let message = |delta| SamplerMessage { delta, report: Arc::new(SamplerReport::default()) };
    let locate = |connection: &Connection| Arc::new(place_of(connection.subject_ip()));
    let opened = world.connections().cloned().collect();
    writer.message(message(SnapshotDelta { at: BEGIN, opened, ..SnapshotDelta::default() }), &locate);
    let mut changes = Vec::new();
    for _ in 0..50 {
        let delta = world.step();
        if !(delta.opened.is_empty() && delta.closed.is_empty() && delta.ghosts.is_empty()) {
            changes.push(delta.at);
        }
        writer.message(message(delta), &locate);
    }
    writer.end(world.at()).expect("ended");
    let mut past = PastSource::new(reader(&path), SourceKind::History, String::new(), Some(BEGIN)).expect("in it");
    let mut forward = Vec::new();
    while let Some(next) = past.neighbouring_change(true) {
        past.set_to(next).expect("in it");
        forward.push(next);
    }
    assert_eq!(forward, changes);
    let mut back = Vec::new();
    while let Some(next) = past.neighbouring_change(false).filter(|at| *at > BEGIN) {
        past.set_to(next).expect("in it");
        back.push(next);
    }
    back.reverse();
    assert_eq!(back, changes[..changes.len() - 1]);
}

#[test]
fn where_nothing_is_recorded_the_error_names_the_limits_that_were_given() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("history.db");
    drop(Recorder::begin(&path, false, Limits::default(), None, BEGIN).expect("it opens"));
    let error = |from, to| {
        let options = ExportOptions { from, to, keeps: &mut |_, _| true, scrub: None, label: String::new() };
        export(&mut reader(&path), &mut Vec::new(), options).expect_err("nothing is there").to_string()
    };
    let nothing = HistoryError::Nothing.to_string();
    assert_eq!(error(UnixMillis::FIRST, UnixMillis::LAST), nothing);
    record(&path, 1, BEGIN, 3);
    let (early, late) = (BEGIN.plus_ms(-2_000), BEGIN.plus_ms(86_400_000));
    for (from, to, named) in [
        (UnixMillis::FIRST, early, vec![early]),
        (late, UnixMillis::LAST, vec![late]),
        (early.plus_ms(-1), early, vec![early.plus_ms(-1), early]),
    ] {
        let error = error(from, to);
        assert!(named.iter().all(|moment| error.contains(&moment.to_string())), "{error}");
        assert!(!error.contains("9999"), "{error}");
    }
}
