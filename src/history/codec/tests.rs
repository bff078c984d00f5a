//! Tests of what is written and read in a block.

use super::*;
use crate::{
    history::tests::{World, by_key, states},
    model::{Connection, ConnectionKey, SnapshotDelta, Traffic, UnixMillis},
    sampler::{HomeThen, SamplerReport},
};
use proptest::prelude::*;
use std::collections::BTreeMap;

const BEGIN: UnixMillis = UnixMillis(1_780_315_200_000);

/// Decodes a whole block: the state after each step.
fn decoded(content: Vec<u8>) -> Vec<(UnixMillis, BTreeMap<ConnectionKey, Connection>)> {
    let mut block = Decoder::new(content).expect("a block");
    let mut all = vec![(block.at(), by_key(block.connections()))];
    while let Some(moment) = block.step().expect("a step") {
        assert_eq!(moment.delta.at, block.at());
        all.push((block.at(), by_key(block.connections())));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read_and_the_deltas_are_the_same(seed: u64, steps in 1_usize..60) {
        let mut world = World::new(seed, BEGIN);
        let first: Vec<Connection> = world.connections().cloned().collect();
        let mut encoder = Encoder::begin(BEGIN, false, 0, &first);
        let mut live = vec![(BEGIN, by_key(&first))];
        let mut deltas = Vec::new();
        let mut content = encoder.take();
        let mut in_pieces = Decoder::new(content.clone()).expect("a block");
        let mut read_in_pieces = Vec::new();
        for _ in 0..steps {
            let delta = world.step();
            encoder.step(&delta);
            let piece = encoder.take();
            in_pieces.extend(&piece).expect("it grows");
            while let Some(moment) = in_pieces.step().expect("a step") {
                read_in_pieces.push(moment.delta);
            }
            content.extend(piece);
            live.push((delta.at, by_key(world.connections())));
            deltas.push(delta);
        }
        prop_assert_eq!(decoded(content.clone()), live);
        let mut block = Decoder::new(content).expect("a block");
        let mut read = Vec::new();
        while let Some(moment) = block.step().expect("a step") {
            read.push(moment.delta);
        }
        prop_assert_eq!(&read, &read_in_pieces);
        for (mut delta, mut written) in read.into_iter().zip(deltas) {
            // The order within a list has no meaning; counters at the end are told only if they have changed.
            for delta in [&mut delta, &mut written] {
                delta.closed.sort_unstable();
                delta.changed.sort_by_key(|it| it.key);
                delta.opened.sort_by_key(|it| it.key);
                delta.ghosts.sort_by_key(|it| it.key);
                delta.finals.clear();
            }
            prop_assert_eq!(delta, written);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(seed: u64, at in 0_usize..4_000, byte: u8, cut in 0_usize..4_000) {
        let mut world = World::new(seed, BEGIN);
        let first: Vec<Connection> = world.connections().cloned().collect();
        let mut encoder = Encoder::begin(BEGIN, false, 0, &first);
        (0..20).for_each(|_| encoder.step(&world.step()));
        let mut content = encoder.take();
        let at = at % content.len();
        content[at] = byte;
        content.truncate(content.len().saturating_sub(cut));
        if let Ok(mut block) = Decoder::new(content.clone()) {
            while let Ok(Some(_)) = block.step() {}
        }
        let mut compressed = compress(&content);
        if let Some(byte) = compressed.get_mut(at) {
            *byte ^= 1;
        }
        drop(decompress(&compressed));
    }
}

#[test]
fn counters_are_written_now_and_then_and_at_the_end() {
    let mut world = World::new(7, BEGIN);
    let connection = world.open_one();
    let traffic = |bytes| Traffic { bytes_sent: Some(bytes), ..Traffic::default() };
    let counted = |bytes| Connection {
        row: crate::model::SocketRow { traffic: Some(traffic(bytes)), ..connection.row.clone() },
        ..connection.clone()
    };
    let mut encoder = Encoder::begin(BEGIN, false, 10_000, [&counted(0)]);
    for second in 1..=25 {
        let changed = vec![counted(second)];
        let at = BEGIN.plus_ms(second as i64 * 1_000);
        encoder.step(&SnapshotDelta { at, changed, ..SnapshotDelta::default() });
    }
    let closed = vec![connection.key];
    encoder.step(&SnapshotDelta { at: BEGIN.plus_ms(26_000), closed, ..SnapshotDelta::default() });
    let mut block = Decoder::new(encoder.take()).expect("a block");
    let (mut told, mut last) = (Vec::new(), None);
    while let Some(moment) = block.step().expect("a step") {
        told.extend(moment.delta.changed.iter().filter_map(|it| it.traffic?.bytes_sent));
        last = moment.delta.finals.first().and_then(|last| last.traffic.bytes_sent).or(last);
    }
    assert_eq!((told, last), (vec![10, 20], Some(25)));
}

#[test]
fn counters_that_rest_are_written_when_they_are_due() {
    let mut world = World::new(7, BEGIN);
    let connection = world.open_one();
    let mut counted = connection.clone();
    counted.traffic = Some(Traffic { bytes_sent: Some(5), ..Traffic::default() });
    let mut encoder = Encoder::begin(BEGIN, false, 10_000, [&connection]);
    let changed = vec![counted.clone()];
    encoder.step(&SnapshotDelta { at: BEGIN.plus_ms(1_000), changed, ..SnapshotDelta::default() });
    encoder.tick(BEGIN.plus_ms(9_000));
    encoder.tick(BEGIN.plus_ms(11_000));
    let all = decoded(encoder.take());
    let (at, last) = all.last().expect("steps");
    assert_eq!((*at, last[&connection.key].traffic), (BEGIN.plus_ms(11_000), counted.traffic));
}

#[test]
fn the_report_and_the_home_come_back() {
    let mut encoder = Encoder::begin(BEGIN, true, 0, []);
    let report = SamplerReport { label: Some("DEMO".to_owned()), sockets: 5, ..SamplerReport::default() };
    let home = HomeThen::At {
        position: crate::geodesy::LatLng { lat: 0.5, lng: 1.0 },
        name: "Here".into(),
        uncertainty_km: None,
    };
    encoder.home(BEGIN, &home);
    encoder.report(BEGIN, &report);
    let short = encoder.pending_bytes();
    encoder.report(BEGIN.plus_ms(1), &SamplerReport { sockets: 6, ..report.clone() });
    assert_eq!(encoder.pending_bytes(), short, "a measurement is no news");
    let block = Decoder::new(encoder.take()).expect("a block");
    assert!(block.continues());
    assert_eq!((block.home(), block.report().map(|it| it.label.as_deref())), (Some(&home), Some(Some("DEMO"))));
    assert_eq!(block.report().map(|it| it.sockets), Some(0));
}

#[test]
fn damage_is_told_with_its_place() {
    let mut world = World::new(3, BEGIN);
    let first: Vec<Connection> = world.connections().cloned().collect();
    let mut encoder = Encoder::begin(BEGIN, false, 0, &first);
    let beginning = encoder.take();
    encoder.step(&world.step());
    let mut cut = beginning.clone();
    cut.extend(encoder.take());
    cut.truncate(cut.len() - 1);
    let mut block = Decoder::new(cut).expect("its beginning is whole");
    let error = block.step().expect_err("it is cut");
    assert!(error.offset >= beginning.len() && error.to_string().contains("in the middle of a record"), "{error}");
    assert!(!states(block.connections()).is_empty(), "what precedes the damage is there");
    let newer = postcard::to_stdvec(&wire::WireHead { version: 2, at_ms: 0, continues: false }).expect("bytes");
    let error = Decoder::new(newer).expect_err("a newer version").to_string();
    assert!(error.contains("its version is 2"), "{error}");
    assert!(decompress(b"text").is_err());
}

#[test]
fn moments_that_are_no_dates_and_too_many_steps_are_damage() {
    let head = |at_ms| postcard::to_stdvec(&wire::WireHead { version: 1, at_ms, continues: false }).expect("bytes");
    let step = |after_ms| postcard::to_stdvec(&wire::Record::Step { after_ms }).expect("bytes");
    let error = Decoder::new(head(i64::MAX)).expect_err("no date").to_string();
    assert!(error.contains("is not a date"), "{error}");
    let error = Decoder::new([head(0), step(i64::MAX)].concat()).expect_err("no date");
    assert!(error.offset == head(0).len() && error.what.contains("is not a date"), "{error}");
    let mut growing = Decoder::new(head(0)).expect("a block");
    assert!(growing.extend(&step(i64::MIN)).is_err());
    let mut many = Decoder::new([head(0), step(0).repeat(1_000_001)].concat()).expect("a block");
    let steps = std::iter::from_fn(|| many.step().ok().flatten()).count();
    assert_eq!(steps, 1_000_000);
    assert!(many.step().is_ok_and(|step| step.is_none()), "it stops there");
}

#[test]
fn a_wrong_byte_of_a_compressed_block_is_noticed() {
    let mut world = World::new(5, BEGIN);
    let first: Vec<Connection> = world.connections().cloned().collect();
    let mut encoder = Encoder::begin(BEGIN, false, 0, &first);
    (0..20).for_each(|_| encoder.step(&world.step()));
    let content = encoder.take();
    let bytes = compress(&content);
    assert_eq!(decompress(&bytes).as_ref(), Ok(&content));
    for at in 0..bytes.len() {
        let mut wrong = bytes.clone();
        wrong[at] ^= 0x11;
        let is_same = decompress(&wrong).map_or(true, |read| read == content);
        assert!(is_same, "byte {at} of {}", bytes.len());
    }
}
