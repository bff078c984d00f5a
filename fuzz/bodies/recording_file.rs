//! Recordings of a history. The first byte says whether the rest is such a file, or a block that is put into one: a fuzzer
//! does not compress.

use netglobe::{
    history::{
        BlockHead, BlockId, Digest, ExportOptions, Gap, GapReason, PastSource, RecordingFile, RecordingFileError,
        RecordingFileWriter, Scrub, Timeline as _, closed_in, codec::Decoder, export, sums_of,
    },
    model::{TimeWindow, UnixMillis},
    sampler::{SocketSource as _, SourceKind},
};
use std::io::Cursor;

/// Blocks that are larger take too long.
const LARGEST_BLOCK: usize = 1 << 16;

/// An error has its place; the file is played as far as it is whole; what is exported of it, scrubbed or not, is read again.
pub(crate) fn run(data: &[u8]) {
    let Some((kind, bytes)) = data.split_first() else { return };
    if kind % 2 == 0 {
        check(bytes);
    } else if let Some(file) = file_with(bytes) {
        check(&file);
    }
}

/// A recording with this block, twice, and a gap.
fn file_with(block: &[u8]) -> Option<Vec<u8>> {
    let (first, _) = netglobe::history::codec::head(block).ok()?;
    let head = BlockHead {
        id: BlockId::Finished(0),
        run: 1,
        first,
        last: first.plus_ms(60_000),
        events: 1,
        opened: 1,
        counters_ms: 0,
    };
    let mut bytes = Vec::new();
    let mut file = RecordingFileWriter::begin(&mut bytes, "a label").expect("memory");
    file.block(&head, block).expect("memory");
    file.block(&BlockHead { first: head.last, last: head.last.plus_ms(1), ..head }, block).expect("memory");
    file.gap(Gap { from: first, to: head.last, reason: GapReason::NotSampled, count: 3 });
    let length = file.finish().expect("memory");
    assert_eq!(length, bytes.len() as u64);
    Some(bytes)
}

fn check(bytes: &[u8]) {
    let mut file = match RecordingFile::read(Cursor::new(bytes)) {
        Ok(file) => file,
        Err(error) => return check_error(&error, bytes),
    };
    if let Some(damage) = file.damage() {
        check_error(damage, bytes);
    }
    let heads = file.heads().expect("they are in memory");
    assert!(!heads.is_empty() && heads.len() <= bytes.len());
    for head in heads.iter().take(4) {
        match file.content(head.id) {
            Ok(Some(content)) if content.len() > LARGEST_BLOCK => return,
            Ok(content) => assert!(content.is_some()),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    if heads.len() > 4 {
        return;
    }
    check_playing(bytes);
    check_sums(&mut file);
    for scrub in [None, Some(Scrub::with_random_key())] {
        check_export(&mut file, scrub);
    }
}

fn check_error(error: &RecordingFileError, bytes: &[u8]) {
    if let RecordingFileError::Wrong { offset, expected } = error {
        assert!(*offset <= bytes.len() as u64 && !expected.is_empty(), "{error}");
    }
    assert!(!error.to_string().is_empty());
}

fn check_playing(bytes: &[u8]) {
    let open = || {
        let file = RecordingFile::read(Cursor::new(bytes)).expect("it was read before");
        PastSource::new(file, SourceKind::Replay, "REPLAY".to_owned(), None)
    };
    let Ok(mut past) = open() else { return };
    let Some(time) = past.own_time() else { return };
    let end = time.ends_at.expect("a recording has an end");
    assert!(time.begins_at <= end);
    let middle = UnixMillis(i64::midpoint(time.begins_at.0, end.0));
    for at in [time.begins_at, middle, end] {
        if past.sample(at).is_err() {
            return;
        }
    }
    assert!(past.finished());
    for at in [middle, end, time.begins_at] {
        if past.set_to(at).is_ok() {
            drop(past.sample(at));
        }
    }
    past.neighbouring_change(true);
    past.neighbouring_change(false);
}

/// What the time bar, a comparison and a window of time show.
fn check_sums(file: &mut RecordingFile<Cursor<&[u8]>>) {
    let Ok(digest) = Digest::of(file) else { return };
    let (from, to) = digest.ends.expect("it has a block");
    let bar = digest.bar(from, to, 100);
    assert!(bar.bins.len() <= 102 && bar.bin_ms > 0, "{} bins", bar.bins.len());
    assert!(bar.bins.is_sorted_by(|a, b| a.bin < b.bin));
    for window in [TimeWindow { from, to }, TimeWindow { from: UnixMillis::FIRST, to: UnixMillis::LAST }] {
        let sums = sums_of(file, window).expect("it was read before");
        assert!(sums.recorded_ms >= 0);
        let there = closed_in(file, window, to, 20, &|| false).expect("it was read before").expect("it is wanted");
        assert!(there.closed.len() <= 20);
    }
}

fn check_export(file: &mut RecordingFile<Cursor<&[u8]>>, scrub: Option<Scrub>) {
    let is_scrubbed = scrub.is_some();
    let options = ExportOptions {
        from: UnixMillis(i64::MIN),
        to: UnixMillis(i64::MAX),
        keeps: &mut |_, _| true,
        scrub,
        label: file.label().to_owned(),
    };
    let mut bytes = Vec::new();
    let Ok(done) = export(file, &mut bytes, options) else { return };
    assert_eq!(done.bytes, bytes.len() as u64);
    match RecordingFile::read(Cursor::new(&bytes)) {
        Ok(mut exported) => {
            assert!(exported.damage().is_none());
            for head in exported.heads().expect("they are in memory") {
                let content = exported.content(head.id).expect("whole").expect("there");
                let mut block = Decoder::new(content).expect("what was written can be read");
                while let Some(moment) = block.step().expect("what was written can be read") {
                    let opened = moment.delta.opened.iter().chain(&moment.delta.ghosts);
                    for process in opened.filter_map(|it| it.owner.process()).filter(|_| is_scrubbed) {
                        assert_eq!(process.path, None);
                    }
                }
            }
        }
        Err(RecordingFileError::Empty) => assert_eq!((done.connections, done.events), (0, 0)),
        Err(error) => panic!("{error}"),
    }
}
