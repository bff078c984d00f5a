//! `netglobe list`: prints the connections as a table or as JSON lines, once or until Ctrl-C.
//!
//! Standard output contains only the rows; degradations go to standard error, one line each. With `--watch` the last
//! values of each connection are kept, because a close event only has the key. Within a sample, close events come
//! first: otherwise a reader that stores connections by address would lose one that reuses an address.
//!
//! In the table, a change of traffic alone prints no line, unless it makes the connection match the filter; in JSON it
//! does.
//!
//! Connections that are counted but not listed print a line whenever the count rises: in JSON the event `gap`,
//! otherwise a note.
//!
//! With a filter, an event is printed if the connection matches at that time, a close event by its last values.

mod gaps;
mod output;
mod past;
mod reader;
mod table;
mod then;

use crate::{
    cli::ListArgs,
    commands::record_json::{ConnectionRecord, RecordEvent},
    config::Settings,
    console::nobody_reads,
    geo::{GeoError, GeoService, Home, place_doubt},
    geodesy::DoubtKind,
    history::There,
    model::{
        AddressScope, Connection, ConnectionKey, Counts, DegradationKind, Location, SnapshotDelta, TimeWindow,
        UnixMillis,
        filter::{Facts, FilterKey, Query, lack_words},
    },
    sampler::{SamplerConfig, SamplerHandle, SamplerMessage},
    stage::Mask,
    text::{escape_in_json, escape_untrusted, with_remedy},
    words::holder_words,
};
use crossbeam_channel::{Receiver, bounded, never, select};
use gaps::Gaps;
use output::Output;
pub(super) use output::degradation_line;
use reader::when_reader_leaves;
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    fmt::Write as _,
    io::{self, Write},
    sync::Arc,
    time::Duration,
};
use table::{Cells, Table, cells};

/// Maximum time to wait for the first sample.
pub(super) const FIRST_LOOK_TIMEOUT: Duration = Duration::from_secs(30);

/// Why the list fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// An open source cannot take a sample.
    #[error("{}", with_remedy(what, remedy))]
    Sampling {
        /// What failed, and why.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// The database named by `--geo-db` cannot be used.
    #[error(transparent)]
    Geo(#[from] GeoError),
    /// The sampler ended unexpectedly, or did not answer.
    #[error("the source of connections did not answer; to see what works here, run: netglobe doctor")]
    NoAnswer,
    /// The handler for Ctrl-C cannot be installed.
    #[error("cannot prepare for Ctrl-C: {0}")]
    CtrlC(#[from] ctrlc::Error),
    /// The output cannot be written.
    #[error("cannot write the list: {0}")]
    Output(#[source] io::Error),
}

/// Lists connections on standard output. A closed pipe is not an error.
///
/// # Errors
/// See [`ListError`].
pub fn run(args: &ListArgs, settings: &Settings) -> Result<(), ListError> {
    // First, so that Ctrl-C never has its default action.
    let stopped = args.watch.then(catch_ctrl_c).transpose()?;
    let handle = start_sampler(settings, !args.watch);
    let geo = GeoService::open_blocking(settings.geo_options())?;
    let locate = |connection: &Connection| geo.locate_peer(connection);
    let mask = settings.stage.then(Mask::of_this_computer);
    let mut output = Output {
        mask: mask.as_ref(),
        out: io::stdout().lock(),
        notes: io::stderr(),
        // Only of standard output: text in a pipe is not cut to the width of a terminal.
        terminal_columns: terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0)),
        told: HashSet::new(),
    };
    output.tell(&settings.degradations);
    output.tell(&geo.degradations());
    let home = settings.home().ok();
    let home = if mask.is_some() { home.as_ref().and_then(Mask::home) } else { home };
    let past = |windows: &[TimeWindow], as_of: UnixMillis| past::read(settings, windows, as_of);
    let listing = Listing { home, mask: mask.as_ref(), past: Some(&past), ..Listing::new(args, &locate) };
    let done = match stopped {
        Some(stopped) => watch(listing, &handle, &stopped, &mut output),
        None => once(listing, &handle, &mut output),
    };
    match done {
        Err(ListError::Output(error)) if nobody_reads(&error) => Ok(()),
        done => done,
    }
}

/// The first sample.
pub(super) fn first_sample(settings: &Settings) -> Result<SamplerMessage, ListError> {
    let handle = start_sampler(settings, true);
    handle.receiver().recv_timeout(FIRST_LOOK_TIMEOUT).map_err(|_| ListError::NoAnswer)
}

pub(super) fn start_sampler(settings: &Settings, is_one_look: bool) -> SamplerHandle {
    start_sampler_at(settings, is_one_look, false)
}

/// The same; in the background, samples may cost only little.
pub(super) fn start_sampler_at(settings: &Settings, is_one_look: bool, is_frugal: bool) -> SamplerHandle {
    let home = settings.home().ok().map(|home| home.position);
    let adaptive = settings.is_interval_adaptive;
    let config = SamplerConfig { interval: settings.interval, adaptive, is_frugal, home };
    let source = settings.source.clone().unwrap_or_default();
    let source = if is_one_look { source.for_one_sample() } else { source };
    let may_fall_back = !settings.is_source_explicit;
    SamplerHandle::spawn_with(source, may_fall_back, config, Box::new(|| {}), settings.source_opener())
}

fn once<W: Write, N: Write>(
    mut listing: Listing<'_>,
    handle: &SamplerHandle,
    output: &mut Output<'_, W, N>,
) -> Result<(), ListError> {
    let message = handle.receiver().recv_timeout(FIRST_LOOK_TIMEOUT).map_err(|_| ListError::NoAnswer)?;
    fail_without_rows(&message)?;
    output.tell(&message.report.degradations);
    listing.follow_home(&message);
    listing.measures_traffic = message.report.capabilities.measures_traffic;
    listing.first(message.report.label.as_deref(), message.delta, output)
}

fn watch<W: Write, N: Write>(
    mut listing: Listing<'_>,
    handle: &SamplerHandle,
    stopped: &Receiver<()>,
    output: &mut Output<'_, W, N>,
) -> Result<(), ListError> {
    let mut is_first = true;
    let mut gaps = Gaps::default();
    let mut reader_left = when_reader_leaves();
    loop {
        let message = select! {
            recv(handle.receiver()) -> message => message.map_err(|_| ListError::NoAnswer)?,
            recv(stopped) -> pressed => return pressed.map_err(|_| ListError::NoAnswer),
            recv(reader_left) -> left => match left {
                Ok(()) => return Ok(()),
                Err(_) => {
                    reader_left = never();
                    continue;
                }
            },
        };
        if is_first {
            fail_without_rows(&message)?;
        }
        output.tell(&message.report.degradations);
        listing.follow_home(&message);
        let gap = gaps.news(&message.report);
        if is_first {
            listing.measures_traffic = message.report.capabilities.measures_traffic;
            listing.first(message.report.label.as_deref(), message.delta, output)?;
            is_first = false;
        } else {
            listing.next(message.delta, output)?;
        }
        if let Some(gap) = gap {
            listing.gap(&gap, output)?;
        }
    }
}

/// A channel that receives a message when Ctrl-C is pressed.
pub(super) fn catch_ctrl_c() -> Result<Receiver<()>, ListError> {
    let (stop, stopped) = bounded(1);
    ctrlc::set_handler(move || {
        if stop.try_send(()).is_err() {
            // It was pressed before; one message is enough.
        }
    })?;
    Ok(stopped)
}

/// An error if the sample failed: it must not look like a computer without connections.
pub(super) fn fail_without_rows(message: &SamplerMessage) -> Result<(), ListError> {
    let failed = message.report.degradations.iter().find(|degradation| degradation.kind == DegradationKind::Sampling);
    match failed {
        Some(failed) if message.delta.opened.is_empty() => {
            Err(ListError::Sampling { what: failed.what.clone(), remedy: failed.remedy.clone() })
        }
        _ => Ok(()),
    }
}

/// A connection in the list, with its location, and when it closed.
type Shown<'a> = (&'a Connection, &'a Arc<Location>, Option<UnixMillis>);

/// What is listed, and how.
struct Listing<'a> {
    query: Query,
    is_json: bool,
    is_watch: bool,
    locate: &'a dyn Fn(&Connection) -> Arc<Location>,
    home: Option<Home>,
    /// In stage mode.
    mask: Option<&'a Mask>,
    /// Whether the source counts traffic, so that a connection without traffic may still get some.
    measures_traffic: bool,
    live: HashMap<ConnectionKey, (Connection, Arc<Location>)>,
    /// Which connections had closed and were there in a window of time, if it is known.
    past: Option<&'a dyn Fn(&[TimeWindow], UnixMillis) -> Result<There, String>>,
    /// Connections that matched when last checked.
    matching: HashSet<ConnectionKey>,
    table: Table,
}

impl<'a> Listing<'a> {
    fn new(args: &ListArgs, locate: &'a dyn Fn(&Connection) -> Arc<Location>) -> Self {
        Self {
            query: args.filter.clone().unwrap_or_default(),
            is_json: args.json,
            is_watch: args.watch,
            locate,
            home: None,
            mask: None,
            measures_traffic: false,
            live: HashMap::new(),
            past: None,
            matching: HashSet::new(),
            table: Table::new(&[], args.watch, None),
        }
    }

    /// Prints the connections of the first sample.
    fn first<W: Write, N: Write>(
        &mut self,
        label: Option<&str>,
        delta: SnapshotDelta,
        output: &mut Output<'_, W, N>,
    ) -> Result<(), ListError> {
        for mut connection in delta.opened.into_iter().chain(delta.changed) {
            let location = (self.locate)(&connection);
            self.mask(&mut connection);
            self.live.insert(connection.key, (connection, location));
        }
        self.note_unmeasured(delta.at, output);
        let event = self.is_watch.then_some(RecordEvent::Present);
        let closed = self.closed_before(delta.at, output);
        let open = self.live.values().map(|(c, l)| (c, l, None));
        let all = open.chain(closed.iter().map(|(c, l, closed_at)| (c, l, Some(*closed_at))));
        let mut shown: Vec<Shown<'_>> =
            all.filter(|(c, l, closed_at)| self.matches(c, l, delta.at, *closed_at)).collect();
        let open = shown.iter().filter(|(_, _, closed_at)| closed_at.is_none());
        self.matching = open.map(|(connection, ..)| connection.key).collect();
        if self.is_json {
            if let Some(label) = label {
                output.note(label);
            }
            shown.sort_unstable_by_key(|(connection, _, closed_at)| (*closed_at, connection.key));
            return shown
                .into_iter()
                .try_for_each(|(c, l, closed_at)| output.line(json_line(event, c, l, self.doubt(c, l), closed_at)?));
        }
        shown.sort_by_cached_key(|(connection, _, closed_at)| (*closed_at, table_order(connection)));
        let rows: Vec<Cells> = shown.iter().map(|(c, l, _)| cells(event, c, l, self.doubt(c, l))).collect();
        let table = Table::new(&rows, self.is_watch, output.terminal_columns);
        if let Some(label) = label {
            let label = self.mask.map_or(Cow::Borrowed(label), |mask| mask.text(label));
            output.line(format!("# {}", escape_untrusted(&label)))?;
        }
        output.line(table.header())?;
        rows.iter().try_for_each(|row| output.line(table.line(row)))?;
        output.line(format!("# {}", summary(&shown, self.live.len() + closed.len())))?;
        self.table = table;
        Ok(())
    }

    fn mask(&self, connection: &mut Connection) {
        if let Some(mask) = self.mask {
            mask.connection(connection);
        }
    }

    /// Prints the changes.
    fn next<W: Write, N: Write>(
        &mut self,
        delta: SnapshotDelta,
        output: &mut Output<'_, W, N>,
    ) -> Result<(), ListError> {
        let SnapshotDelta { at, reset, mut opened, mut changed, mut closed, mut ghosts, mut finals } = delta;
        if let Some(mask) = self.mask {
            closed.iter_mut().for_each(|key| mask.key(key));
            finals.iter_mut().for_each(|last| mask.last(last));
        }
        if reset.is_some() {
            self.live.clear();
            self.matching.clear();
        }
        closed.sort_unstable();
        changed.sort_unstable_by_key(|connection| connection.key);
        opened.sort_unstable_by_key(|connection| connection.key);
        for last in finals {
            if let Some((known, _)) = self.live.get_mut(&last.key) {
                known.traffic = Some(last.traffic);
            }
        }
        for key in closed {
            self.matching.remove(&key);
            if let Some((connection, location)) = self.live.remove(&key) {
                self.show(RecordEvent::Closed, &connection, &location, at, output)?;
            }
        }
        ghosts.sort_unstable_by_key(|connection| connection.key);
        for mut ghost in ghosts {
            let location = (self.locate)(&ghost);
            self.mask(&mut ghost);
            self.show(RecordEvent::Closed, &ghost, &location, at, output)?;
        }
        let changed = changed.into_iter().map(|connection| (RecordEvent::Changed, connection));
        let opened = opened.into_iter().map(|connection| (RecordEvent::Opened, connection));
        for (event, mut connection) in changed.chain(opened) {
            let original = self.mask.map(|_| connection.clone());
            self.mask(&mut connection);
            let known = self.live.get(&connection.key);
            let is_same = known.is_some_and(|(known, _)| known.is_same_but_for_traffic(&connection));
            let location = known.map(|(_, location)| Arc::clone(location));
            let location = location.unwrap_or_else(|| (self.locate)(original.as_ref().unwrap_or(&connection)));
            let is_match = self.matches(&connection, &location, at, None);
            let has_matched =
                if is_match { !self.matching.insert(connection.key) } else { self.matching.remove(&connection.key) };
            if self.is_json || !is_same || !has_matched {
                self.show(event, &connection, &location, at, output)?;
            }
            self.live.insert(connection.key, (connection, location));
        }
        Ok(())
    }

    /// Prints counts that have risen.
    fn gap<W: Write, N: Write>(&self, gaps: &Gaps, output: &mut Output<'_, W, N>) -> Result<(), ListError> {
        if self.is_json {
            return output.line(gaps.json_line()?);
        }
        output.note(&gaps.words());
        Ok(())
    }

    fn show<W: Write, N: Write>(
        &self,
        event: RecordEvent,
        connection: &Connection,
        location: &Location,
        at: UnixMillis,
        output: &mut Output<'_, W, N>,
    ) -> Result<(), ListError> {
        if !self.matches(connection, location, at, (event == RecordEvent::Closed).then_some(at)) {
            return Ok(());
        }
        let doubt = self.doubt(connection, location);
        let line = if self.is_json {
            json_line(Some(event), connection, location, doubt, None)?
        } else {
            self.table.line(&cells(Some(event), connection, location, doubt))
        };
        output.line(line)
    }

    fn matches(
        &self,
        connection: &Connection,
        location: &Location,
        now: UnixMillis,
        closed_at: Option<UnixMillis>,
    ) -> bool {
        let doubt = self.doubt(connection, location);
        self.query.matches(&Facts { connection, location: Some(location), now, closed_at, doubt })
    }

    /// Whether the place contradicts the round-trip time.
    fn doubt(&self, connection: &Connection, location: &Location) -> Option<DoubtKind> {
        place_doubt(connection, location, self.home.as_ref()).map(|doubt| doubt.kind)
    }

    /// Explains keys that match nothing because there is no data.
    fn note_unmeasured<W: Write, N: Write>(&self, now: UnixMillis, output: &mut Output<'_, W, N>) {
        let facts = self.live.values().map(|(connection, location)| Facts {
            connection,
            location: Some(location),
            now,
            closed_at: None,
            doubt: self.doubt(connection, location),
        });
        let lacks_home = self.home.is_none() && self.query.keys().contains(&FilterKey::Flagged);
        for key in self.query.unmeasured_keys(facts) {
            // For these two, a more specific note follows.
            if (self.is_watch || key != FilterKey::Rate) && !(lacks_home && key == FilterKey::Flagged) {
                output.note(&format!("filter: {}, so it matches nothing", lack_words(key, self.measures_traffic)));
            }
        }
        let mut live = self.live.values().map(|(connection, _)| connection);
        let has_rate = live.any(|it| it.traffic.is_some_and(|traffic| traffic.rate_bytes_per_sec().is_some()));
        let has_age = self.live.values().any(|(it, _)| it.opened_at.is_some() || it.first_seen_at < now);
        if !self.is_watch && !has_rate && self.query.keys().contains(&FilterKey::Rate) {
            output.note("filter: rate cannot be measured in a single sample, so it matches nothing; use --watch");
        }
        if !self.is_watch && !has_age && self.query.keys().contains(&FilterKey::Age) {
            output.note(
                "filter: age is unknown in a single sample (the system does not report when a socket was opened), so it \
                 matches nothing; use --watch",
            );
        }
        if lacks_home {
            output
                .note("filter: places cannot be checked against the speed of light without a home; use --home LAT,LNG");
        }
    }
}

fn json_line(
    event: Option<RecordEvent>,
    connection: &Connection,
    location: &Location,
    doubt: Option<DoubtKind>,
    closed_at: Option<UnixMillis>,
) -> Result<String, ListError> {
    serde_json::to_string(&ConnectionRecord { closed_at, ..ConnectionRecord::new(event, connection, location, doubt) })
        .map(|line| escape_in_json(&line).into_owned())
        .map_err(|error| ListError::Output(error.into()))
}

/// Sort key: public peers first, listeners last; connections of a process together.
fn table_order(connection: &Connection) -> (bool, bool, bool, String, ConnectionKey) {
    (
        connection.is_listener(),
        connection.scope() != AddressScope::Public,
        connection.owner.process().is_none(),
        holder_words(connection).to_lowercase(),
        connection.key,
    )
}

/// Number of connections of each type, of listening sockets, and of those with unknown properties.
fn summary(shown: &[Shown<'_>], total: usize) -> String {
    let mut counts = Counts::default();
    let open = shown.iter().filter(|(_, _, closed_at)| closed_at.is_none());
    open.for_each(|(connection, location, _)| counts.add(connection, location));
    let Counts { public, lan, this_machine, other, listeners, without_place, without_owner, .. } = counts;
    let of = if shown.len() == total { String::new() } else { format!(" ({} of {total} sockets match)", shown.len()) };
    let connections = counts.connections();
    let noun = if connections == 1 { "connection" } else { "connections" };
    let mut text = format!(
        "{connections} {noun}, {listeners} listening{of}: {public} public, {lan} on the LAN, {this_machine} on this computer"
    );
    for (count, words) in
        [(other, "other"), (without_place, "public without location"), (without_owner, "without a known process")]
    {
        if count > 0 && write!(text, ", {count} {words}").is_err() {
            // Writing to a string cannot fail.
        }
    }
    text
}

#[cfg(test)]
mod tests;
