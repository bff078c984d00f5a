//! Which process holds a socket: a cache from inode to process, and a frugal search for what it does not know.
//!
//! Looking through the open files of every process costs 3 to 4 µs a file, far more than listing the sockets. So what
//! is known is kept, and nothing is searched while nothing is new. For unknown inodes processes are looked through in
//! this order, until all are found:
//!
//! 1. processes that are new, or whose number of open files changed (the size of `/proc/PID/fd` since Linux 6.2; before
//!    that it is always 0 and tells nothing);
//! 2. processes that held a new socket before, the most recent first;
//! 3. all others.
//!
//! Within a step the youngest process comes first: of several that share a socket, the child that serves it is meant,
//! not the parent that opened it. The others are listed as far as a search passes them: the first search passes all
//! processes; later ones pass, for a socket of a process that has just begun, its parent, and where that holds it, too,
//! the other processes that have just begun. So a process that inherits a socket long after it was first seen may be
//! lacking, and one that closed its copy is listed until it ends. The third step is the dear one. It is taken at once only for sockets of users that
//! this program may look into, and then waits longer after each failure; for the rest, and for what was not found, it is
//! taken at one moment for all together (see [`ROUND`]).

mod cgroups;
pub(in crate::sampler) mod contexts;
mod open_files;
pub(in crate::sampler) mod processes;
mod sharers;
mod users;

use self::{
    contexts::Contexts,
    open_files::{count_files, number, read_sockets},
    processes::ProcessTable,
};
use crate::model::{Degradation, DegradationKind, Owner, OwnerContext, OwnerMissing, Process};
use rustc_hash::{FxHashMap, FxHashSet};
use rustix::{
    fd::OwnedFd,
    fs::{self, Mode, OFlags, RawDir},
    io::Errno,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Every so many calls, unresolved inodes are due for a whole search, all at once: with one call a second, each half
/// minute. Waiting times double from here to [`MAX_WAIT`].
const ROUND: u64 = 32;
const MAX_WAIT: u64 = 256;
/// Every so many calls it is checked that pids still are the processes they were.
const VERIFY: u64 = 8;
/// Whole searches in vain make the next one wait this many calls at most.
const MAX_BACKOFF: u64 = 8;
/// Of each process that may share a socket with another so many open files are looked at.
const MAX_SHARED_FILES: usize = 256;
/// As many processes are looked through for one that shares sockets with its parent, and listed with one socket.
const MAX_SHARERS: usize = 64;

/// A socket whose owner is asked for; by default one that nobody holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SocketRef {
    /// Inode; 0 when no process holds the socket.
    pub(super) inode: u32,
    /// User the socket belongs to.
    pub(super) uid: u32,
    /// Its control group; 0 where that is not told.
    pub(super) cgroup: u64,
}

/// Who holds a socket.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// The process, or why it is not known.
    pub(super) owner: Owner,
    /// What else is known.
    pub(super) context: Option<Arc<OwnerContext>>,
}

impl SocketRef {
    /// What there is to find the owner of a listed socket by.
    pub(super) fn of(row: &super::inet_diag::DiagRow) -> Self {
        Self { inode: row.inode, uid: row.uid, cgroup: row.cgroup }
    }
}

/// The cache.
#[derive(Debug)]
pub(super) struct OwnerCache {
    root: PathBuf,
    own_uid: u32,
    table: ProcessTable,
    contexts: Contexts,
    sockets: FxHashMap<u32, Entry>,
    /// All holders of the sockets that have several, ascending.
    shared: FxHashMap<u32, Vec<u32>>,
    /// What was found in processes that had just begun: inode and process.
    fresh: Vec<(u32, u32)>,
    processes: FxHashMap<u32, ProcessState>,
    generation: u64,
    next_whole_search: u64,
    backoff: u64,
    is_any_refused: bool,
    directory_buffer: Vec<u8>,
    scratch: String,
    missing: Vec<(usize, SocketRef)>,
    /// Positions of sockets whose context is to be made.
    bare: Vec<usize>,
    /// Processes looked through since the beginning.
    scanned_processes: u64,
}

#[derive(Debug)]
struct Entry {
    seen: u64,
    holder: Holder,
    /// Whose `context` it is.
    uid: u32,
    context: Option<Arc<OwnerContext>>,
}

#[derive(Debug)]
enum Holder {
    Known(Arc<Process>),
    /// Not found yet, `tries` times; to be looked for again at `retry_at`.
    Unknown {
        tries: u32,
        retry_at: u64,
    },
}

#[derive(Debug, Default)]
struct ProcessState {
    /// Number of open files when they were last looked through; `None` if they never were.
    scanned_files: Option<u64>,
    files: u64,
    /// When a new socket was last found in it, 0 for never.
    found_at: u64,
    /// Whether any socket of the cache is its.
    is_holder: bool,
    is_refused: bool,
    listed_at: u64,
}

impl OwnerCache {
    /// An empty cache over the tree at `root`, usually `/proc`, for a program that runs as `own_uid`.
    pub(super) fn new(root: &Path, own_uid: u32, contexts: Contexts) -> Self {
        Self {
            root: root.to_owned(),
            own_uid,
            table: ProcessTable::new(root),
            contexts,
            sockets: FxHashMap::default(),
            shared: FxHashMap::default(),
            fresh: Vec::new(),
            processes: FxHashMap::default(),
            generation: 0,
            next_whole_search: 0,
            backoff: 1,
            is_any_refused: false,
            directory_buffer: Vec::with_capacity(32 * 1024),
            scratch: String::new(),
            missing: Vec::new(),
            bare: Vec::new(),
            scanned_processes: 0,
        }
    }

    /// Replaces `owners` by the owners of `sockets`, in the same order. `sockets` are all that there are at this moment:
    /// what is not among them is forgotten. The degradation says that no owner can be known.
    pub(super) fn resolve(&mut self, sockets: &[SocketRef], owners: &mut Vec<Found>) -> Option<Degradation> {
        self.generation += 1;
        owners.clear();
        let root = fs::open(&self.root, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
        if let Ok(root) = &root {
            self.drop_the_dead(root);
        }
        if self.contexts.begin() {
            self.sockets.values_mut().for_each(|entry| entry.context = None);
        }
        let mut bare = std::mem::take(&mut self.bare);
        bare.clear();
        let mut missing = std::mem::take(&mut self.missing);
        missing.clear();
        let mut is_search_due = false;
        let mut held = 0;
        for (position, socket) in sockets.iter().enumerate() {
            if socket.inode == 0 {
                owners.push(Found { owner: Owner::Missing(OwnerMissing::NoProcess), context: None });
                continue;
            }
            held += 1;
            let entry = self.sockets.entry(socket.inode).or_insert_with(|| Entry::new(socket.uid));
            entry.seen = self.generation;
            if entry.uid != socket.uid {
                (entry.uid, entry.context) = (socket.uid, None);
            }
            if entry.context.is_none() {
                bare.push(position);
            }
            let owner = match &entry.holder {
                Holder::Known(process) => Owner::Process(Arc::clone(process)),
                Holder::Unknown { retry_at, .. } => {
                    is_search_due |= *retry_at <= self.generation;
                    missing.push((position, *socket));
                    Owner::Missing(OwnerMissing::NotFound)
                }
            };
            owners.push(Found { owner, context: entry.context.clone() });
        }
        let mut degradation = None;
        if !missing.is_empty() {
            let searched = match &root {
                Ok(root) if is_search_due => self.search(root, &missing),
                Ok(_) => Ok(()),
                Err(errno) => Err(*errno),
            };
            for (position, socket) in &missing {
                owners[*position].owner = match self.sockets.get(&socket.inode).map(|entry| &entry.holder) {
                    Some(Holder::Known(process)) => Owner::Process(Arc::clone(process)),
                    _ if searched.is_err() => Owner::Missing(OwnerMissing::ProcUnavailable),
                    _ if self.is_any_refused && socket.uid != self.own_uid => {
                        Owner::Missing(OwnerMissing::NotPermitted)
                    }
                    _ => Owner::Missing(OwnerMissing::NotFound),
                };
            }
            degradation = searched.err().map(|errno| {
                let root = self.root.display();
                Degradation::new(
                    DegradationKind::Owners,
                    format!("no connection can be given a process, because {root} cannot be listed: {errno}"),
                    format!("mount {root}, or run netglobe where it can be read"),
                )
            });
        }
        self.missing = missing;
        for &position in &bare {
            let SocketRef { inode, uid, cgroup } = sockets[position];
            let pids = self.shared.get(&inode).map_or(&[][..], Vec::as_slice);
            let context = self.contexts.context(cgroup, uid, pids);
            owners[position].context.clone_from(&context);
            if let Some(entry) = self.sockets.get_mut(&inode) {
                entry.context = context;
            }
        }
        self.bare = bare;
        self.forget_the_closed(held);
        degradation
    }

    /// Looks for the inodes that are missing. An error says that processes cannot be listed.
    fn search(&mut self, root: &OwnedFd, missing: &[(usize, SocketRef)]) -> Result<(), Errno> {
        self.list_processes(root)?;
        let is_round = self.generation.is_multiple_of(ROUND);
        let mut wanted: FxHashSet<u32> = FxHashSet::default();
        let mut deserves_whole_search = is_round;
        for (_, socket) in missing {
            if let Some(Holder::Unknown { tries, retry_at }) = self.sockets.get(&socket.inode).map(|e| &e.holder) {
                wanted.insert(socket.inode);
                let may_look = self.own_uid == 0 || socket.uid == self.own_uid;
                deserves_whole_search |= *tries == 0 && *retry_at <= self.generation && may_look;
            }
        }
        let (mut likely, mut holders, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for (pid, state) in &self.processes {
            if state.scanned_files != Some(state.files) && !state.is_refused {
                likely.push(*pid);
            } else if state.found_at > 0 {
                holders.push((state.found_at, *pid));
            } else {
                others.push(*pid);
            }
        }
        likely.sort_unstable_by(|a, b| b.cmp(a));
        holders.sort_unstable_by(|a, b| b.cmp(a));
        others.sort_unstable_by(|a, b| b.cmp(a));
        let is_whole_search = is_round || (deserves_whole_search && self.generation >= self.next_whole_search);
        let dear = if is_whole_search { others } else { Vec::new() };
        let cheap = likely.into_iter().chain(holders.into_iter().map(|(_, pid)| pid));
        let is_first = self.generation == 1;
        for pid in cheap.chain(dear) {
            if wanted.is_empty() && !is_first {
                break;
            }
            self.look_through(root, pid, &mut wanted, is_first.then_some(usize::MAX));
        }
        self.find_sharers(root);
        self.is_any_refused = self.processes.values().any(|state| state.is_refused);
        if wanted.is_empty() {
            // Nobody holds anything unknown, so from here on only changes matter.
            for state in self.processes.values_mut() {
                state.scanned_files = Some(state.files);
            }
        }
        if is_whole_search {
            self.backoff = if wanted.is_empty() { 1 } else { (self.backoff * 2).min(MAX_BACKOFF) };
            self.next_whole_search = self.generation + self.backoff;
        }
        let next_round = (self.generation / ROUND + 1) * ROUND;
        for inode in &wanted {
            if let Some(Entry { holder: Holder::Unknown { tries, retry_at }, .. }) = self.sockets.get_mut(inode) {
                // What could not be searched for wholly yet is tried soon again if it deserves that.
                let is_put_off = deserves_whole_search && !is_whole_search && *tries == 0;
                if is_put_off {
                    *retry_at = self.next_whole_search;
                } else if *retry_at <= self.generation {
                    let wait = (ROUND << (*tries).min(8)).min(MAX_WAIT) - ROUND;
                    *tries += 1;
                    *retry_at = next_round + wait;
                }
            }
        }
        Ok(())
    }

    /// Reads which processes there are, and how many files each has open.
    fn list_processes(&mut self, root: &OwnedFd) -> Result<(), Errno> {
        let mut pids = Vec::new();
        // A second look through the same descriptor would begin where the first ended.
        let listing = fs::openat(root, c".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        self.directory_buffer.clear();
        let mut entries = RawDir::new(&listing, self.directory_buffer.spare_capacity_mut());
        while let Some(entry) = entries.next() {
            if let Some(pid) = number(entry?.file_name().to_bytes()) {
                pids.push(pid);
            }
        }
        if pids.is_empty() {
            return Err(Errno::NOENT);
        }
        for pid in pids {
            if let Some(files) = count_files(root, pid, &mut self.scratch) {
                let state = self.processes.entry(pid).or_default();
                state.files = files;
                state.listed_at = self.generation;
            }
        }
        let generation = self.generation;
        self.processes.retain(|_, state| state.listed_at == generation);
        let processes = &self.processes;
        self.table.retain(|pid| processes.contains_key(&pid));
        Ok(())
    }

    /// Takes out of `wanted` what the process `pid` holds, and notes what it shares with others. It is left when nothing
    /// is wanted any more; or else, where `files` is given, when so many were looked at.
    fn look_through(&mut self, root: &OwnedFd, pid: u32, wanted: &mut FxHashSet<u32>, files: Option<usize>) {
        let Some(state) = self.processes.get_mut(&pid) else { return };
        self.scanned_processes += 1;
        let is_fresh = state.scanned_files.is_none() && files.is_none();
        let (mut found, mut shares) = (Vec::new(), Vec::new());
        let (sockets, limit) = (&self.sockets, files.unwrap_or(usize::MAX));
        let is_read = read_sockets(root, pid, &mut self.scratch, &mut self.directory_buffer, limit, |inode| {
            if wanted.remove(&inode) {
                found.push(inode);
            } else if sockets.get(&inode).and_then(Entry::pid).is_some_and(|shown| shown != pid) {
                shares.push(inode);
            }
            files.is_some() || !wanted.is_empty()
        });
        match is_read {
            Ok(true) => state.scanned_files = Some(state.files),
            // It was left when the last one was found, and is looked at again when it changes.
            Ok(false) => {}
            Err(Errno::ACCESS | Errno::PERM) => {
                state.is_refused = true;
                return;
            }
            // It has ended meanwhile.
            Err(_) => return,
        }
        state.is_refused = false;
        if found.is_empty() && shares.is_empty() {
            return;
        }
        if !found.is_empty() {
            state.found_at = self.generation;
        }
        state.is_holder = true;
        let process = self.table.describe(pid);
        for inode in found {
            match (&process, self.sockets.get_mut(&inode)) {
                (Some(process), Some(entry)) => {
                    entry.holder = Holder::Known(Arc::clone(process));
                    if is_fresh {
                        self.fresh.push((inode, pid));
                    }
                }
                _ => {
                    wanted.insert(inode);
                }
            }
        }
        if let Some(process) = process {
            shares.into_iter().for_each(|inode| self.share(inode, &process));
        }
    }

    /// Drops what is not among the sockets any more; `held` sockets with an inode were.
    fn forget_the_closed(&mut self, held: usize) {
        // Every socket that is alive was touched; only when more are kept something has gone.
        if self.sockets.len() <= held {
            return;
        }
        let generation = self.generation;
        self.sockets.retain(|_, entry| entry.seen == generation);
        let sockets = &self.sockets;
        self.shared.retain(|inode, _| sockets.contains_key(inode));
        let sharers = self.shared.values().flatten().copied();
        let holders: FxHashSet<u32> = self.sockets.values().filter_map(Entry::pid).chain(sharers).collect();
        for (pid, state) in &mut self.processes {
            state.is_holder = holders.contains(pid);
        }
    }
}

impl Entry {
    fn new(uid: u32) -> Self {
        Self { seen: 0, holder: Holder::unknown(), uid, context: None }
    }

    fn pid(&self) -> Option<u32> {
        match &self.holder {
            Holder::Known(process) => Some(process.pid),
            Holder::Unknown { .. } => None,
        }
    }
}

impl Holder {
    fn unknown() -> Self {
        Self::Unknown { tries: 0, retry_at: 0 }
    }
}

#[cfg(test)]
mod tests;
