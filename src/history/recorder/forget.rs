//! Forgets a part of the history: blocks are written anew without it, and what is counted is counted anew.

use super::{Recorder, keep::rewrite};
use crate::{
    history::{
        HistoryError,
        codec::{DecodeError, Decoder, Encoder},
        store::{BlockHead, BlockId, Store},
        tally::{Tally, owner_name},
    },
    language::{Language, current},
    model::{Connection, ConnectionKey, SnapshotDelta, UnixMillis, country_name_in},
};
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// How long to wait until another program has forgotten.
const PATIENCE: Duration = Duration::from_mins(5);

/// What is to be forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Forget {
    /// Everything.
    All,
    /// Connections of the process, unit or user with this name, or of the program at this path.
    Process(String),
    /// Everything before this moment.
    Before(UnixMillis),
    /// Connections to the city or country with this name or code.
    Place(String),
}

/// What was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten {
    /// Connections.
    pub connections: u64,
    /// Blocks that were removed or written anew.
    pub blocks: u64,
}

impl Forget {
    /// Whether it means this connection; not for moments.
    fn means(&self, connection: &Connection) -> bool {
        match self {
            Self::All => true,
            Self::Before(_) => false,
            Self::Process(name) => {
                let is_name = |other: &str| other.eq_ignore_ascii_case(name);
                let process = connection.owner.process();
                owner_name(connection).as_deref().is_some_and(is_name)
                    || process.and_then(|process| process.name.as_deref()).is_some_and(is_name)
                    || process.and_then(|process| process.path.as_deref()) == Some(name)
                    || connection.unit().is_some_and(is_name)
                    || connection.user().is_some_and(is_name)
            }
            Self::Place(name) => {
                let Some(location) = connection.stated_location() else { return false };
                let Ok(place) = &location.place else { return false };
                let is_city = place.city.as_deref().is_some_and(|city| city.to_lowercase() == name.to_lowercase());
                let is_named = |known: &str| known.to_lowercase() == name.to_lowercase();
                let is_country = place.country_iso.is_some_and(|country| {
                    is_named(country.as_str())
                        || [Language::English, current()]
                            .into_iter()
                            .any(|language| country_name_in(language, country).is_some_and(is_named))
                });
                is_city || is_country
            }
        }
    }
}

/// Forgets a part of the history at `path`, also while another program records to it: that program then does it.
///
/// # Errors
/// If there is no history, or it cannot be written, or the other program does not answer.
pub fn forget(path: &Path, what: &Forget, now: UnixMillis) -> Result<Forgotten, HistoryError> {
    drop(Store::open_for_reading(path)?);
    match Store::open_for_writing(path, false, now) {
        Ok(mut opened) => {
            let done = opened.store.forget(what)?;
            if *what == Forget::All {
                opened.store.transaction(Store::clear_runs)?;
                opened.store.shrink()?;
            }
            Ok(done)
        }
        Err(HistoryError::Locked { .. }) => Store::open_beside_writer(path)?.ask_to_forget(what),
        Err(error) => Err(error),
    }
}

impl Recorder {
    /// Does what other programs have asked for: to be called every second.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn serve(&mut self, now: UnixMillis) -> Result<(), HistoryError> {
        for (id, request) in self.store.requests()? {
            let answer = match serde_json::from_str::<Forget>(&request) {
                Ok(what) => self.forget(&what, now).map(|done| serde_json::to_string(&done).unwrap_or_default()),
                Err(_) => Ok(String::new()),
            };
            let answer = answer.unwrap_or_else(|error| format!("!{error}"));
            self.store.answer(id, &answer)?;
        }
        Ok(())
    }

    /// Forgets a part of the history. Connections that are open are recorded again from `now` on.
    ///
    /// # Errors
    /// If the file cannot be written, or a block is damaged.
    pub fn forget(&mut self, what: &Forget, now: UnixMillis) -> Result<Forgotten, HistoryError> {
        let connections: Option<Vec<Connection>> =
            self.block.as_ref().map(|block| block.encoder.connections().cloned().collect());
        self.recover(now)?;
        self.finish(self.at.max(now))?;
        let done = self.store.forget(what)?;
        if let Some(connections) = connections {
            self.open_block(self.at.max(now), false, &connections);
        }
        Ok(done)
    }
}

impl Store {
    /// Forgets a part of a history to which nobody writes.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn forget(&mut self, what: &Forget) -> Result<Forgotten, HistoryError> {
        super::finish_tail(self)?;
        let mut forgotten = Forgotten::default();
        for head in self.heads()? {
            let BlockId::Finished(id) = head.id else { continue };
            match what {
                Forget::All => {
                    forgotten.connections += u64::from(head.opened);
                    forgotten.blocks += 1;
                    self.transaction(|store| store.remove_block(id))?;
                }
                Forget::Before(moment) if head.last < *moment => {
                    forgotten.connections += u64::from(head.opened);
                    forgotten.blocks += 1;
                    self.transaction(|store| store.remove_block(id))?;
                }
                Forget::Before(moment) if head.first >= *moment => {}
                Forget::Before(moment) => match self.cut_before(id, &head, *moment) {
                    Err(error) if error.is_damage() => self.remove_unreadable(id, &mut forgotten)?,
                    done => done?,
                },
                Forget::Process(_) | Forget::Place(_) => self.forget_in(id, &head, what, &mut forgotten)?,
            }
        }
        self.count_anew(what)?;
        self.shrink()?;
        Ok(forgotten)
    }

    /// Asks the program that records to forget, and waits until it has.
    fn ask_to_forget(&self, what: &Forget) -> Result<Forgotten, HistoryError> {
        let request = serde_json::to_string(what).unwrap_or_default();
        let id = self.request(&request)?;
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(answer) = self.answer_to(id)? {
                self.forget_request(id)?;
                // The request names what is forgotten, too.
                self.checkpoint()?;
                return serde_json::from_str(&answer).map_err(|_| HistoryError::Refused {
                    path: self.path().to_owned(),
                    why: answer.trim_start_matches('!').to_owned(),
                });
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        self.forget_request(id)?;
        Err(HistoryError::Locked { path: self.path().to_owned() })
    }

    /// Writes a block anew without what is to be forgotten.
    fn forget_in(
        &mut self,
        id: i64,
        head: &BlockHead,
        what: &Forget,
        forgotten: &mut Forgotten,
    ) -> Result<(), HistoryError> {
        let content = match self.block(head.id) {
            Ok(Some(content)) => content,
            Ok(None) => return Ok(()),
            Err(error) if error.is_damage() => return self.remove_unreadable(id, forgotten),
            Err(error) => return Err(error),
        };
        // Its owner may be known only later.
        let Ok(meant) = meant_in(content.clone(), what) else { return self.remove_unreadable(id, forgotten) };
        let done = rewrite(content, 0, |connection| !meant.contains(&connection.key));
        let Ok(done) = done else { return self.remove_unreadable(id, forgotten) };
        if done.left_out == 0 && done.damage.is_none() {
            return Ok(());
        }
        forgotten.connections += done.left_out;
        forgotten.blocks += 1;
        let head = BlockHead { events: done.events, opened: done.opened, ..*head };
        self.transaction(|store| store.replace_block(id, &head, &done.content))
    }

    /// A block that cannot be read may contain what is to be forgotten.
    fn remove_unreadable(&mut self, id: i64, forgotten: &mut Forgotten) -> Result<(), HistoryError> {
        forgotten.blocks += 1;
        self.transaction(|store| store.remove_block(id))
    }

    /// Lets a block begin at `moment`.
    fn cut_before(&mut self, id: i64, head: &BlockHead, moment: UnixMillis) -> Result<(), HistoryError> {
        let Some(content) = self.block(head.id)? else { return Ok(()) };
        let damaged = |source| HistoryError::Block { at: head.first, source };
        let mut block = Decoder::new(content).map_err(damaged)?;
        while block.next_at().is_some_and(|next| next < moment) {
            block.step().map_err(damaged)?;
        }
        let mut encoder = Encoder::begin(moment, false, 0, block.connections());
        if let Some(home) = block.home() {
            encoder.home(moment, home);
        }
        if let Some(report) = block.report() {
            encoder.report(moment, report);
        }
        let mut opened = 0;
        while let Some(next) = block.step().map_err(damaged)? {
            opened += (next.delta.opened.len() + next.delta.ghosts.len()) as u32;
            encoder.step(&next.delta);
            if let Some(home) = &next.home {
                encoder.home(next.delta.at, home);
            }
            if let Some(report) = &next.report {
                encoder.report(next.delta.at, report);
            }
        }
        let head = BlockHead { events: encoder.events(), opened, first: moment, ..*head };
        let content = encoder.take();
        self.transaction(|store| {
            store.replace_block(id, &head, &content)?;
            store.set_first(id, moment)
        })
    }

    /// Counts everything anew from the blocks.
    fn count_anew(&mut self, what: &Forget) -> Result<(), HistoryError> {
        if let Forget::Before(moment) = what {
            let moment = *moment;
            self.transaction(|store| store.forget_times_before(moment))?;
        }
        if matches!(what, Forget::All) {
            return self.transaction(Self::clear_all);
        }
        let heads = self.heads()?;
        self.transaction(Self::clear_computed)?;
        for head in heads {
            let Some(content) = self.block(head.id)? else { continue };
            let mut tally = Tally::default();
            if tally.block(content, head.last).is_err() {
                // What can be read is counted.
            }
            self.transaction(|store| tally.store(store))?;
        }
        Ok(())
    }
}

/// Connections of a block that are to be forgotten, because they match at any moment of it.
fn meant_in(content: Vec<u8>, what: &Forget) -> Result<FxHashSet<ConnectionKey>, DecodeError> {
    let mut block = Decoder::new(content)?;
    let mut meant: FxHashSet<ConnectionKey> = FxHashSet::default();
    meant.extend(block.connections().filter(|it| what.means(it)).map(|it| it.key));
    // What follows damage is not kept either.
    while let Ok(Some(moment)) = block.step() {
        let SnapshotDelta { opened, changed, ghosts, .. } = &moment.delta;
        let all = opened.iter().chain(changed).chain(ghosts);
        meant.extend(all.filter(|it| what.means(it)).map(|it| it.key));
    }
    Ok(meant)
}
