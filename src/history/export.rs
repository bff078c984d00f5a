//! Writes a part of a history into a recording: of some time, with some connections, and without anything private if wanted.

use super::{
    HistoryError, Timeline,
    codec::{Decoder, Encoder},
    recording::RecordingFileWriter,
    scrub::Scrub,
    store::{BlockHead, BlockId},
    timeline::unless_damaged,
};
use crate::model::{
    Connection, SnapshotDelta, UnixMillis,
    filter::{Facts, Query},
};
use std::io::{self, Write};

/// What goes into a recording.
pub struct ExportOptions<'a> {
    /// From when.
    pub from: UnixMillis,
    /// To when.
    pub to: UnixMillis,
    /// Which connections: those for which it is true when they open or change.
    pub keeps: &'a mut dyn FnMut(&Connection, UnixMillis) -> bool,
    /// Replaces everything private.
    pub scrub: Option<Scrub>,
    /// What the history shows, if not this computer.
    pub label: String,
}

/// The choice of a query, for [`ExportOptions::keeps`].
pub fn matching(query: &Query) -> impl FnMut(&Connection, UnixMillis) -> bool {
    |connection, now| {
        let location = connection.stated_location();
        query.matches(&Facts { connection, location: location.as_deref(), now, closed_at: None, doubt: None })
    }
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Bytes of the file.
    pub bytes: u64,
    /// Changes of connections.
    pub events: u64,
    /// Connections that opened or were there.
    pub connections: u64,
    /// Blocks that could not be read.
    pub damaged: u64,
}

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The history cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The recording cannot be written.
    #[error("{0}")]
    Write(#[from] io::Error),
}

/// Writes what `timeline` knows into `out`.
///
/// # Errors
/// If the history cannot be read, or the recording cannot be written. A block that is damaged is left out and counted.
pub fn export(
    timeline: &mut dyn Timeline,
    out: impl Write,
    mut options: ExportOptions<'_>,
) -> Result<Exported, ExportError> {
    let label = match &options.scrub {
        Some(scrub) => scrub.text(&options.label),
        None => options.label.clone(),
    };
    let (from, to) = (options.from, options.to);
    let mut heads = timeline.heads()?;
    if heads.is_empty() {
        return Err(HistoryError::Nothing.into());
    }
    heads.retain(|head| head.first <= to && head.last >= from);
    if heads.is_empty() {
        return Err(HistoryError::NothingBetween { from, to }.into());
    }
    let mut file = RecordingFileWriter::begin(out, &label)?;
    let mut done = Exported::default();
    if let (Some(scrub), Some(first)) = (&mut options.scrub, heads.first()) {
        scrub.begin_at(first.first.max(from));
    }
    let mut is_first = true;
    for head in heads {
        let Some(content) = unless_damaged(timeline.content(head.id), &mut done.damaged)? else { continue };
        match part(content, &head, &mut options, is_first, &mut done) {
            Some((head, content)) => {
                file.block(&head, &content)?;
                is_first = false;
            }
            None => done.damaged += 1,
        }
    }
    for mut gap in timeline.gaps()? {
        if gap.to >= from && gap.from <= to {
            (gap.from, gap.to) = (gap.from.max(from), gap.to.min(to));
            if let Some(scrub) = &options.scrub {
                (gap.from, gap.to) = (scrub.moment(gap.from), scrub.moment(gap.to));
            }
            file.gap(gap);
        }
    }
    done.bytes = file.finish()?;
    Ok(done)
}

/// The part of a block that goes into the recording; `None` if the block cannot be read.
fn part(
    content: Vec<u8>,
    head: &BlockHead,
    options: &mut ExportOptions<'_>,
    is_first: bool,
    done: &mut Exported,
) -> Option<(BlockHead, Vec<u8>)> {
    let mut block = Decoder::new(content).ok()?;
    while block.next_at().is_some_and(|next| next <= options.from) {
        block.step().ok()?;
    }
    let begin = head.first.max(options.from);
    let scrub = options.scrub.as_mut();
    let changes = |connections: Vec<Connection>, scrub: Option<&Scrub>| -> Vec<Connection> {
        let Some(scrub) = scrub else { return connections };
        connections.into_iter().map(|connection| scrub.connection(connection)).collect()
    };
    let scrub: Option<&Scrub> = scrub.map(|scrub| &*scrub);
    let moment = |at: UnixMillis| scrub.map_or(at, |scrub| scrub.moment(at));
    let there: Vec<Connection> = block.connections().filter(|it| (options.keeps)(it, begin)).cloned().collect();
    let there = changes(there, scrub);
    if is_first || !block.continues() {
        done.connections += there.len() as u64;
    }
    let continues = block.continues() && !is_first;
    let mut encoder = Encoder::begin(moment(begin), continues, 0, &there);
    if let Some(home) = block.home() {
        encoder.home(moment(begin), &scrub.map_or_else(|| home.clone(), |scrub| scrub.home(home)));
    }
    if let Some(report) = block.report() {
        encoder.report(moment(begin), &scrub.map_or_else(|| (**report).clone(), |scrub| scrub.report(report)));
    }
    let mut opened = 0;
    while block.next_at().is_some_and(|next| next <= options.to) {
        let Ok(Some(next)) = block.step() else { break };
        let SnapshotDelta { at, opened: new, changed, closed, ghosts, finals, .. } = next.delta;
        let key = |key| scrub.map_or(key, |scrub| scrub.key(key));
        let mut keep = |list: Vec<Connection>| -> Vec<Connection> {
            // What is in the recording stays there; what was left out may match now.
            let is_kept = |it: &Connection| encoder.get(&key(it.key)).is_some() || (options.keeps)(it, at);
            changes(list.into_iter().filter(is_kept).collect(), scrub)
        };
        let (new, ghosts, changed) = (keep(new), keep(ghosts), keep(changed));
        let delta = SnapshotDelta {
            at: moment(at),
            reset: None,
            opened: new,
            changed,
            closed: closed.into_iter().map(key).filter(|key| encoder.get(key).is_some()).collect(),
            ghosts,
            finals: finals
                .into_iter()
                .map(|last| scrub.map_or(last, |scrub| scrub.last(last)))
                .filter(|last| encoder.get(&last.key).is_some())
                .collect(),
        };
        opened += (delta.opened.len() + delta.ghosts.len()) as u32;
        if !delta.is_empty() {
            encoder.step(&delta);
        }
        if let Some(home) = &next.home {
            encoder.home(moment(at), &scrub.map_or_else(|| home.clone(), |scrub| scrub.home(home)));
        }
        if let Some(report) = &next.report {
            encoder.report(moment(at), &scrub.map_or_else(|| (**report).clone(), |scrub| scrub.report(report)));
        }
    }
    done.events += u64::from(encoder.events());
    done.connections += u64::from(opened);
    let head = BlockHead {
        id: BlockId::Finished(0),
        first: moment(begin),
        last: moment(head.last.min(options.to)),
        events: encoder.events(),
        opened,
        ..*head
    };
    Some((head, encoder.take()))
}

impl std::fmt::Debug for ExportOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExportOptions").field("from", &self.from).field("to", &self.to).finish_non_exhaustive()
    }
}
