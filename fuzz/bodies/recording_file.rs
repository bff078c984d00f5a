//! Recordings of a history. The first byte says whether the rest is such a file, or a block of one, which is not compressed
//! then: a fuzzer does not compress.

use netglobe::{
    history::{
        BlockHead, BlockId, Digest, ExportOptions, Gap, GapReason, HistoryError, PastSource, RecordingFile,
        RecordingFileError, Scrub, Timeline, closed_in,
        codec::{Decoder, head},
        export, sums_of,
    },
    model::{TimeWindow, UnixMillis},
    sampler::{SocketSource as _, SourceKind},
};
use std::io::Cursor;

/// Blocks that are larger take too long.
const LARGEST_BLOCK: usize = 1 << 14;

/// An error has its place; a file is played as far as it is whole; what is exported of it, scrubbed or not, is read again.
pub(crate) fn run(data: &[u8]) {
    let Some((kind, bytes)) = data.split_first() else { return };
    match kind % 32 {
        // Compressing takes the most time.
        30 => check_export(bytes, None),
        31 => check_export(bytes, Some(Scrub::with_random_key())),
        even if even % 2 == 0 => check_file(bytes),
        odd => {
            let Some(mut blocks) = Blocks::twice(bytes) else { return };
            if odd % 4 == 1 {
                check_playing(|| blocks.clone());
            } else {
                check_sums(&mut blocks);
            }
        }
    }
}

/// Blocks in memory, with a gap.
#[derive(Clone)]
struct Blocks<'a> {
    heads: [BlockHead; 2],
    content: &'a [u8],
}

impl<'a> Blocks<'a> {
    /// The same block at two times; `None` if it does not begin like one.
    fn twice(content: &'a [u8]) -> Option<Self> {
        let (first, _) = head(content).ok()?;
        let [middle, last] = [60_000, 90_000].map(|ms| first.plus_ms(ms).min(UnixMillis::LAST));
        let head = |number, first, last| BlockHead {
            id: BlockId::Finished(number),
            run: 1,
            first,
            last,
            events: 1,
            opened: 1,
            counters_ms: 0,
        };
        Some(Self { heads: [head(0, first, middle), head(1, middle, last)], content })
    }

    fn gap(&self) -> Gap {
        Gap { from: self.heads[0].first, to: self.heads[0].last, reason: GapReason::NotSampled, count: 3 }
    }
}

impl Timeline for Blocks<'_> {
    fn heads(&mut self) -> Result<Vec<BlockHead>, HistoryError> {
        Ok(self.heads.to_vec())
    }

    fn content(&mut self, _: BlockId) -> Result<Option<Vec<u8>>, HistoryError> {
        Ok(Some(self.content.to_vec()))
    }

    fn gaps(&mut self) -> Result<Vec<Gap>, HistoryError> {
        Ok(vec![self.gap()])
    }
}

fn check_file(bytes: &[u8]) {
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
        assert!(head.first <= head.last && head.first.is_a_date() && head.last.is_a_date());
        match file.content(head.id) {
            Ok(Some(content)) if content.len() > LARGEST_BLOCK => return,
            Ok(content) => assert!(content.is_some()),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    if heads.len() <= 4 {
        check_playing(|| RecordingFile::read(Cursor::new(bytes)).expect("it was read before"));
        check_sums(&mut file);
    }
}

fn check_error(error: &RecordingFileError, bytes: &[u8]) {
    if let RecordingFileError::Wrong { offset, expected } = error {
        assert!(*offset <= bytes.len() as u64 && !expected.is_empty(), "{error}");
    }
    assert!(!error.to_string().is_empty());
}

fn check_playing<T: Timeline>(open: impl Fn() -> T) {
    let Ok(mut past) = PastSource::new(open(), SourceKind::Replay, "REPLAY".to_owned(), None) else { return };
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
fn check_sums(file: &mut dyn Timeline) {
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

fn check_export(block: &[u8], scrub: Option<Scrub>) {
    let Some(mut blocks) = Blocks::twice(block) else { return };
    let is_scrubbed = scrub.is_some();
    let options = ExportOptions {
        from: UnixMillis(i64::MIN),
        to: UnixMillis(i64::MAX),
        keeps: &mut |_, _| true,
        scrub,
        label: "a label".to_owned(),
    };
    let mut bytes = Vec::new();
    let done = export(&mut blocks, &mut bytes, options).expect("a damaged block is left out");
    assert_eq!(done.bytes, bytes.len() as u64);
    let mut exported = match RecordingFile::read(Cursor::new(&bytes)) {
        Ok(exported) => exported,
        Err(RecordingFileError::Empty) => {
            assert_eq!((done.damaged, done.connections, done.events), (2, 0, 0));
            return;
        }
        Err(error) => panic!("{error}"),
    };
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
