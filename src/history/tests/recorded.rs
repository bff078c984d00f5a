//! Recording and showing: moments, limits, files that are damaged or belong to others.

use super::{super::*, World, place_of, states};
use crate::{
    model::{Connection, ConnectionKey, Location, SnapshotDelta, TimeWindow, UnixMillis},
    sampler::{HomeThen, SamplerMessage, SamplerReport, SocketSource, thread_cpu_time},
};
use proptest::prelude::*;
use std::{collections::BTreeMap, path::Path, sync::Arc};

pub(super) const BEGIN: UnixMillis = UnixMillis(1_780_315_200_000);

fn locate(connection: &Connection) -> Arc<Location> {
    Arc::new(place_of(connection.subject_ip()))
}

fn message(delta: SnapshotDelta) -> SamplerMessage {
    SamplerMessage { delta, report: Arc::new(SamplerReport::default()) }
}

fn recorder(path: &Path, limits: Limits, now: UnixMillis) -> Recorder {
    let (mut recorder, aside) = Recorder::begin(path, false, limits, None, now).expect("it opens");
    assert_eq!(aside, None);
    recorder.set_home(HomeThen::Unknown);
    recorder
}

fn begin(world: &World, recorder: &mut Recorder) {
    let opened = world.connections().cloned().collect();
    recorder.message(message(SnapshotDelta { at: world.at(), opened, ..SnapshotDelta::default() }), &locate);
}

#[test]
fn a_block_that_jumps_to_and_fro_in_time_does_not_grow_without_end() {
    let mut world = World::new(4, BEGIN);
    let there = [world.open_one(), world.open_one()];
    let mut encoder = codec::Encoder::begin(BEGIN, false, 0, &there);
    let mut at = BEGIN;
    for _ in 0..1_000 {
        at = at.plus_ms(10_000 * HOUR_MS);
        let opened = vec![world.open_one()];
        encoder.step(&SnapshotDelta { at, opened, ..SnapshotDelta::default() });
        if at > UnixMillis::LAST.plus_ms(-20_000 * HOUR_MS) {
            at = BEGIN;
        }
    }
    let (mut tally, begun) = (Tally::default(), thread_cpu_time());
    tally.block(encoder.take(), at).expect("a block");
    // Some seconds; without a bound it would take hours.
    let took = thread_cpu_time().zip(begun).map(|(now, begun)| now.saturating_sub(begun));
    assert!(took.is_none_or(|took| took < std::time::Duration::from_mins(2)), "{took:?}");
    assert!(tally.by_subject().values().any(|sums| sums.opened > 0));
}

/// The connections at `at` according to the history.
fn at(path: &Path, at: UnixMillis) -> BTreeMap<ConnectionKey, Connection> {
    let store = Store::open_for_reading(path).expect("a history");
    let mut past =
        PastSource::new(store, crate::sampler::SourceKind::History, "HISTORY".to_owned(), Some(at)).expect("in it");
    let sample = past.sample(at).expect("a sample");
    let crate::model::Snapshot::Delta(delta) = sample.snapshot else { panic!("a delta") };
    // While nothing happens, the end of what is written may be some seconds old.
    assert_eq!(delta.reset, Some(delta.at));
    assert!(delta.at <= at && at.0 - delta.at.0 <= 15_000, "{} instead of {at}", delta.at);
    states(&delta.opened)
}

#[test]
fn after_the_clock_was_set_back_what_is_being_written_counts() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("history.db");
    let mut world = World::new(4, BEGIN);
    let mut writer = recorder(&path, Limits::default(), BEGIN);
    let (before, after) = (world.open_one(), world.open_one());
    let keys = [before.key, after.key];
    for (at_s, opened) in [(0, vec![]), (60, vec![before]), (30, vec![after])] {
        let at = BEGIN.plus_ms(at_s * 1_000);
        writer.message(message(SnapshotDelta { at, opened, ..SnapshotDelta::default() }), &locate);
        writer.flush(at).expect("written");
    }
    // Nothing has happened since, so it was not written that recording goes on.
    let there = at(&path, BEGIN.plus_ms(40_000));
    assert!(there.len() == 2 && keys.iter().all(|key| there.contains_key(key)), "{there:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_state_at_a_moment_is_what_it_was_across_hours_ends_and_kills(
        seed: u64,
        steps in 20_usize..120,
        kills in proptest::collection::vec(0_usize..120, 0..4),
        jumps in proptest::collection::vec((0_usize..120, -3_000_000_i64..9_000_000), 0..3),
    ) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("history.db");
        let mut world = World::new(seed, BEGIN.plus_ms(3_500_000));
        let mut live: Vec<(UnixMillis, BTreeMap<ConnectionKey, Connection>)> = Vec::new();
        let mut writer = recorder(&path, Limits::default(), world.at());
        begin(&world, &mut writer);
        live.push((world.at(), states(world.connections())));
        for step in 0..steps {
            if let Some((_, ms)) = jumps.iter().find(|(at, _)| *at == step) {
                world.set(world.at().plus_ms(*ms));
                if *ms < 0 {
                    // What the clock says twice is what happened last.
                    let from = world.at();
                    live.retain(|(at, _)| *at < from);
                }
            }
            let delta = world.step();
            let now = delta.at;
            writer.message(message(delta), &locate);
            writer.flush(now).expect("written");
            live.push((now, states(world.connections())));
            if kills.contains(&step) {
                // Nothing is ended: like kill -9. The lock goes with the program.
                drop(writer);
                // If nothing happened, it was not written that recording went on.
                let heads = Store::open_for_reading(&path).expect("a history").heads().expect("read");
                let known = heads.last().expect("a block").last;
                prop_assert!(now.0 - known.0 <= 10_000, "{} known at {}", known, now);
                live.retain(|(at, _)| *at <= known);
                writer = recorder(&path, Limits::default(), now.plus_ms(5));
                world.set(now.plus_ms(5));
                begin(&world, &mut writer);
                writer.flush(world.at()).expect("written");
                live.push((world.at(), states(world.connections())));
            }
        }
        for (moment, then) in &live {
            prop_assert_eq!(&at(&path, *moment), then, "at {}", moment);
        }
        writer.end(world.at().plus_ms(10)).expect("ended");
        for (moment, then) in live.iter().step_by(3) {
            prop_assert_eq!(&at(&path, *moment), then, "at {} after the end", moment);
        }
    }

    #[test]
    fn playing_gives_the_same_as_seeking(seed: u64, steps in 5_usize..80, pace in 100_i64..20_000) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("history.db");
        let mut world = World::new(seed, BEGIN.plus_ms(3_590_000));
        let mut writer = recorder(&path, Limits::default(), world.at());
        let first = world.at();
        begin(&world, &mut writer);
        for _ in 0..steps {
            let delta = world.step();
            let now = delta.at;
            writer.message(message(delta), &locate);
            writer.flush(now).expect("written");
        }
        let last = world.at();
        writer.end(last).expect("ended");
        let store = Store::open_for_reading(&path).expect("a history");
        let kind = crate::sampler::SourceKind::History;
        let mut past = PastSource::new(store, kind, String::new(), Some(first)).expect("in it");
        let mut shown: BTreeMap<ConnectionKey, Connection> = BTreeMap::new();
        let mut now = first;
        while now < last {
            let sample = past.sample(now).expect("a sample");
            let crate::model::Snapshot::Delta(delta) = sample.snapshot else { panic!("a delta") };
            if delta.reset.is_some() {
                shown.clear();
            }
            delta.closed.iter().for_each(|key| drop(shown.remove(key)));
            shown.extend(delta.changed.iter().chain(&delta.opened).map(|it| (it.key, it.clone())));
            prop_assert_eq!(states(shown.values()), at(&path, now), "at {}", now);
            now = now.plus_ms(pace).min(last);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_closed_in_a_window_is_found_whenever_one_looks(
        seed: u64,
        steps in 5_usize..100,
        kill in proptest::option::of(0_usize..100),
        ends in (0_usize..100, 0_usize..100, 0_usize..100),
    ) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("history.db");
        let mut world = World::new(seed, BEGIN.plus_ms(3_570_000));
        let mut writer = recorder(&path, Limits::default(), world.at());
        begin(&world, &mut writer);
        // When each connection was there first, and when it closed.
        let mut lives: BTreeMap<ConnectionKey, (UnixMillis, Option<UnixMillis>)> = BTreeMap::new();
        lives.extend(world.connections().map(|it| (it.key, (world.at(), None))));
        let mut moments = vec![world.at()];
        for step in 0..steps {
            let delta = world.step();
            let now = delta.at;
            for key in &delta.closed {
                lives.entry(*key).and_modify(|life| life.1 = Some(now));
            }
            lives.extend(delta.opened.iter().map(|it| (it.key, (now, None))));
            lives.extend(delta.ghosts.iter().map(|it| (it.key, (now, Some(now)))));
            writer.message(message(delta), &locate);
            writer.flush(now).expect("written");
            if kill == Some(step) {
                drop(writer);
                writer = recorder(&path, Limits::default(), now.plus_ms(1));
                world.set(now.plus_ms(1));
                begin(&world, &mut writer);
                writer.flush(world.at()).expect("written");
            }
            moments.push(world.at());
        }
        let pick = |index: usize| moments[index % moments.len()];
        let mut order = [pick(ends.0), pick(ends.1), pick(ends.2)];
        order.sort_unstable();
        let [from, to, as_of] = order;
        let window = TimeWindow { from, to: to.plus_ms(1) };
        let mut store = Store::open_for_reading(&path).expect("a history");
        let there = closed_in(&mut store, window, as_of, usize::MAX, &|| false).expect("read").expect("wanted");
        let found: BTreeMap<ConnectionKey, UnixMillis> =
            there.closed.iter().map(|past| (past.connection.key, past.closed_at)).collect();
        prop_assert_eq!(found.len(), there.closed.len(), "each once");
        let known = lives.iter().filter_map(|(key, (since, closed))| {
            let closed = closed.filter(|closed| *closed <= as_of)?;
            window.touches(*since, Some(closed)).then_some((*key, closed))
        });
        prop_assert_eq!(found, known.collect());
        prop_assert_eq!((there.left_out, there.damaged), (0, 0));
        // With a limit, it is the last ones, and the number of the others is said.
        let few = closed_in(&mut store, window, as_of, 3, &|| false).expect("read").expect("wanted");
        let last = there.closed.len().saturating_sub(3);
        prop_assert_eq!(&few.closed[..], &there.closed[last..]);
        prop_assert_eq!(few.left_out, last as u64);
        prop_assert_eq!(closed_in(&mut store, window, as_of, 3, &|| true).expect("read"), None);
    }
}

#[test]
fn one_program_writes_and_others_read() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("history.db");
    let first = recorder(&path, Limits::default(), BEGIN);
    let second = Recorder::begin(&path, false, Limits::default(), None, BEGIN);
    assert!(matches!(second, Err(HistoryError::Locked { .. })), "{second:?}");
    assert!(WriterLock::is_taken(&path) && Store::open_for_reading(&path).is_ok());
    first.end(BEGIN.plus_ms(1)).expect("ended");
    assert!(!WriterLock::is_taken(&path));
    drop(recorder(&path, Limits::default(), BEGIN.plus_ms(5_000)));
    let gaps = Store::open_for_reading(&path).expect("a history").gaps().expect("read");
    assert_eq!(gaps.iter().map(|gap| gap.reason).collect::<Vec<_>>(), [GapReason::NotRunning]);
}

#[test]
fn a_damaged_history_is_set_aside_and_a_foreign_or_newer_one_is_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("history.db");
    let begin = |may_set_aside| Recorder::begin(&path, may_set_aside, Limits::default(), None, BEGIN);
    std::fs::write(
        &path,
        "this is no database, but a text that is long enough to have a header of its own: ".repeat(9),
    )
    .expect("written");
    assert!(begin(false).is_err(), "the user's own file stays");
    let (recorder, aside) = begin(true).expect("a new one");
    let aside = aside.expect("the old one");
    assert!(aside.path.exists() && aside.path.to_string_lossy().contains(".damaged-"), "{aside:?}");
    recorder.end(BEGIN).expect("ended");

    // Damage in the middle of a history of ours.
    let mut bytes = std::fs::read(&path).expect("read");
    bytes[100..4_000].fill(0xff);
    std::fs::write(&path, &bytes).expect("written");
    let (recorder, aside) = begin(false).expect("a new one");
    assert!(aside.is_some());
    recorder.end(BEGIN).expect("ended");

    // A newer schema is never written to.
    let db = rusqlite::Connection::open(&path).expect("opened");
    db.pragma_update(None, "user_version", 99).expect("set");
    drop(db);
    let before = std::fs::read(&path).expect("read");
    let error = begin(true).expect_err("newer");
    assert!(matches!(error, HistoryError::Newer { found: 99, .. }), "{error}");
    assert_eq!(std::fs::read(&path).expect("read"), before);

    // The file of another program.
    std::fs::remove_file(&path).expect("removed");
    let db = rusqlite::Connection::open(&path).expect("opened");
    db.execute_batch("CREATE TABLE theirs(a); INSERT INTO theirs VALUES(1)").expect("made");
    drop(db);
    assert!(matches!(begin(false), Err(HistoryError::Foreign { .. })));
    assert!(matches!(Store::open_for_reading(&path), Err(HistoryError::Foreign { .. })));
}

#[test]
fn the_file_keeps_to_its_limit_and_shrinks() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("history.db");
    let limits = Limits { bytes: 2_000_000, ..Limits::default() };
    let mut world = World::new(5, BEGIN);
    let mut writer = recorder(&path, limits, BEGIN);
    begin(&world, &mut writer);
    let mut most = 0;
    for step in 0..40_000_u32 {
        writer.message(message(world.step()), &locate);
        if step % 20 == 0 {
            writer.flush(world.at()).expect("written");
            writer.keep_house(world.at()).expect("kept");
            most = most.max(writer.store().size().total());
        }
    }
    let heads = writer.store().heads().expect("read");
    assert!(heads[0].first > BEGIN.plus_ms(3_600_000), "the oldest is gone");
    assert!(most < 2_800_000, "{most}: at most the limit, and what waits in the log");
    writer.end(world.at()).expect("ended");
    let size = Store::open_for_reading(&path).expect("a history").size();
    assert!(size.total() <= 2_000_000, "{size:?}");
    // And by age.
    let far = world.at().plus_ms(400 * 86_400_000);
    let mut writer = recorder(&path, limits, far);
    let opened = vec![world.open_one()];
    writer.message(message(SnapshotDelta { at: far, opened, ..SnapshotDelta::default() }), &locate);
    let later = far.plus_ms(3_600_000);
    writer.message(message(SnapshotDelta { at: later, ..SnapshotDelta::default() }), &locate);
    writer.flush(later).expect("written");
    writer.keep_house(later).expect("kept");
    assert_eq!(writer.store().heads().expect("read")[0].first, far);
    writer.end(later).expect("ended");
    let size = Store::open_for_reading(&path).expect("a history").size();
    assert!(size.total() < 200_000, "{size:?}");
}

#[test]
fn a_month_keeps_to_its_limits_of_age_and_size_every_day() {
    const DAYS: i64 = 30;
    const STEPS_A_DAY: i64 = 288;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("history.db");
    let limits = Limits { bytes: 1_500_000, age_ms: 12 * 86_400_000 };
    let mut world = World::new(9, BEGIN);
    let mut writer = recorder(&path, limits, BEGIN);
    begin(&world, &mut writer);
    let mut reaches = Vec::new();
    for day in 0..DAYS {
        for step in 0..STEPS_A_DAY {
            world.set(BEGIN.plus_ms(day * 86_400_000 + step * (86_400_000 / STEPS_A_DAY)));
            for _ in 0..5 {
                writer.message(message(world.step()), &locate);
            }
            writer.flush(world.at()).expect("written");
            writer.keep_house(world.at()).expect("kept");
        }
        let size = writer.store().size().total();
        // The log, and what is being written, come on top while it is open.
        assert!(size < limits.bytes + 1_000_000, "day {day}: {size}");
        let first = writer.store().heads().expect("read")[0].first;
        let reach_ms = world.at().0 - first.0;
        assert!(reach_ms <= limits.age_ms + 86_400_000, "day {day}: {reach_ms} ms");
        reaches.push(reach_ms / 86_400_000);
        if day % 7 == 6 {
            // A restart, as on every computer.
            writer.end(world.at()).expect("ended");
            let size = Store::open_for_reading(&path).expect("a history").size();
            assert!(size.total() <= limits.bytes, "day {day}: {size:?}");
            writer = recorder(&path, limits, world.at());
            begin(&world, &mut writer);
        }
    }
    assert!(reaches.iter().max() > Some(&1) && reaches.last() < Some(&14), "{reaches:?}");
    writer.end(world.at()).expect("ended");
    // The sums that are left are those of the blocks that are left.
    let store = Store::open_for_reading(&path).expect("a history");
    let first = store.heads().expect("read")[0].first;
    let old = store.spans(86_400_000, 0, first.0.div_euclid(86_400_000)).expect("read");
    assert!(old.is_empty(), "{} sums of forgotten days", old.len());
}

#[cfg(unix)]
#[test]
fn a_history_that_is_removed_while_it_is_recorded_is_noticed() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("history.db");
    let writer = recorder(&path, Limits::default(), BEGIN);
    assert!(writer.store().is_in_place());
    std::fs::rename(&path, directory.path().join("elsewhere.db")).expect("moved");
    assert!(!writer.store().is_in_place());
    std::fs::copy(directory.path().join("elsewhere.db"), &path).expect("copied");
    assert!(!writer.store().is_in_place());
}

#[cfg(unix)]
#[test]
fn only_the_user_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().expect("a directory");
    let own = directory.path().join("netglobe");
    let path = own.join("history.db");
    let writer = recorder(&path, Limits::default(), BEGIN);
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&own), 0o700);
    for ending in ["", "-wal", "-shm", "-lock"] {
        assert_eq!(mode(&own.join(format!("history.db{ending}"))), 0o600, "{ending}");
    }
    writer.end(BEGIN).expect("ended");
}

#[test]
fn times_outside_are_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("history.db");
    assert!(matches!(Store::open_for_reading(&path), Err(HistoryError::None { .. })));
    let mut writer = recorder(&path, Limits::default(), BEGIN);
    let world = World::new(1, BEGIN);
    begin(&world, &mut writer);
    writer.end(BEGIN.plus_ms(60_000)).expect("ended");
    let past = |moment| {
        let store = Store::open_for_reading(&path).expect("a history");
        PastSource::new(store, crate::sampler::SourceKind::History, String::new(), Some(moment))
    };
    assert!(matches!(past(BEGIN.plus_ms(-1)), Err(HistoryError::BeforeBegin { .. })));
    assert!(matches!(past(BEGIN.plus_ms(60_001)), Err(HistoryError::InTheFuture { .. })));
    assert!(past(BEGIN.plus_ms(60_000)).is_ok());
}
