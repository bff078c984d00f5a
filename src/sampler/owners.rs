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
//! not the parent that opened it. The third step is the dear one. It is taken at once only for sockets of users that
//! this program may look into, and then waits longer after each failure; for the rest, and for what was not found, it is
//! taken at one moment for all together (see [`ROUND`]).

use super::{
    hashing::{NumberMap, NumberSet},
    processes::ProcessTable,
};
use crate::model::{Degradation, DegradationKind, Owner, OwnerMissing, Process};
use rustix::{
    fd::{BorrowedFd, OwnedFd},
    fs::{self, AtFlags, Mode, OFlags, RawDir},
    io::Errno,
};
use std::{
    collections::HashSet,
    ffi::CStr,
    fmt::Write as _,
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

/// A socket whose owner is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SocketRef {
    /// Inode; 0 when no process holds the socket.
    pub(super) inode: u32,
    /// User the socket belongs to.
    pub(super) uid: u32,
}

/// The cache.
#[derive(Debug)]
pub(super) struct OwnerCache {
    root: PathBuf,
    own_uid: u32,
    table: ProcessTable,
    sockets: NumberMap<u32, Entry>,
    processes: NumberMap<u32, ProcessState>,
    generation: u64,
    next_whole_search: u64,
    backoff: u64,
    is_any_refused: bool,
    directory_buffer: Vec<u8>,
    scratch: String,
    missing: Vec<(usize, SocketRef)>,
    /// Processes looked through since the beginning.
    scanned_processes: u64,
}

#[derive(Debug)]
struct Entry {
    seen: u64,
    holder: Holder,
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
    pub(super) fn new(root: &Path, own_uid: u32) -> Self {
        Self {
            root: root.to_owned(),
            own_uid,
            table: ProcessTable::new(root),
            sockets: NumberMap::default(),
            processes: NumberMap::default(),
            generation: 0,
            next_whole_search: 0,
            backoff: 1,
            is_any_refused: false,
            directory_buffer: Vec::with_capacity(32 * 1024),
            scratch: String::new(),
            missing: Vec::new(),
            scanned_processes: 0,
        }
    }

    /// Replaces `owners` by the owners of `sockets`, in the same order. `sockets` are all that there are at this moment:
    /// what is not among them is forgotten. The degradation says that no owner can be known.
    pub(super) fn resolve(&mut self, sockets: &[SocketRef], owners: &mut Vec<Owner>) -> Option<Degradation> {
        self.generation += 1;
        owners.clear();
        let root = fs::open(&self.root, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
        if let Ok(root) = &root {
            self.drop_the_dead(root);
        }
        let mut missing = std::mem::take(&mut self.missing);
        missing.clear();
        let mut is_search_due = false;
        let mut held = 0;
        for (position, socket) in sockets.iter().enumerate() {
            let owner = if socket.inode == 0 {
                Owner::Missing(OwnerMissing::NoProcess)
            } else {
                held += 1;
                let entry = self.sockets.entry(socket.inode).or_insert(Entry { seen: 0, holder: Holder::unknown() });
                entry.seen = self.generation;
                match &entry.holder {
                    Holder::Known(process) => Owner::Process(Arc::clone(process)),
                    Holder::Unknown { retry_at, .. } => {
                        is_search_due |= *retry_at <= self.generation;
                        missing.push((position, *socket));
                        Owner::Missing(OwnerMissing::NotFound)
                    }
                }
            };
            owners.push(owner);
        }
        let mut degradation = None;
        if !missing.is_empty() {
            let searched = match &root {
                Ok(root) if is_search_due => self.search(root, &missing),
                Ok(_) => Ok(()),
                Err(errno) => Err(*errno),
            };
            for (position, socket) in &missing {
                owners[*position] = match self.sockets.get(&socket.inode).map(|entry| &entry.holder) {
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
        self.forget_the_closed(held);
        degradation
    }

    /// Takes sockets from processes that ended. The socket may live on in another process.
    fn drop_the_dead(&mut self, root: &OwnedFd) {
        let is_time_to_verify = self.generation.is_multiple_of(VERIFY);
        let mut changed: NumberMap<u32, Option<Arc<Process>>> = NumberMap::default();
        for (pid, state) in self.processes.iter_mut().filter(|(_, state)| state.is_holder) {
            let Some(files) = count_files(root, *pid, &mut self.scratch) else {
                changed.insert(*pid, None);
                continue;
            };
            state.files = files;
            if is_time_to_verify {
                let is_same = self.table.is_same(*pid);
                // A process that became another program keeps its sockets and has another name.
                changed.insert(*pid, self.table.describe(*pid).filter(|_| is_same));
            }
        }
        if changed.is_empty() {
            return;
        }
        for entry in self.sockets.values_mut() {
            if let Holder::Known(process) = &mut entry.holder {
                match changed.get(&process.pid) {
                    Some(None) => entry.holder = Holder::unknown(),
                    Some(Some(now)) if !Arc::ptr_eq(now, process) => *process = Arc::clone(now),
                    _ => {}
                }
            }
        }
        for pid in changed.into_iter().filter_map(|(pid, now)| now.is_none().then_some(pid)) {
            self.processes.remove(&pid);
        }
    }

    /// Looks for the inodes that are missing. An error says that processes cannot be listed.
    fn search(&mut self, root: &OwnedFd, missing: &[(usize, SocketRef)]) -> Result<(), Errno> {
        self.list_processes(root)?;
        let is_round = self.generation.is_multiple_of(ROUND);
        let mut wanted: NumberSet<u32> = NumberSet::default();
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
        for pid in cheap.chain(dear) {
            if wanted.is_empty() {
                break;
            }
            self.look_through(root, pid, &mut wanted);
        }
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

    /// Takes out of `wanted` what the process `pid` holds.
    fn look_through(&mut self, root: &OwnedFd, pid: u32, wanted: &mut NumberSet<u32>) {
        let Some(state) = self.processes.get_mut(&pid) else { return };
        self.scanned_processes += 1;
        let mut found = Vec::new();
        let is_read = read_sockets(root, pid, &mut self.scratch, &mut self.directory_buffer, |inode| {
            if wanted.remove(&inode) {
                found.push(inode);
            }
            !wanted.is_empty()
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
        if found.is_empty() {
            return;
        }
        state.found_at = self.generation;
        state.is_holder = true;
        let process = self.table.describe(pid);
        for inode in found {
            match (&process, self.sockets.get_mut(&inode)) {
                (Some(process), Some(entry)) => entry.holder = Holder::Known(Arc::clone(process)),
                _ => {
                    wanted.insert(inode);
                }
            }
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
        let holders: HashSet<u32> = self.sockets.values().filter_map(Entry::pid).collect();
        for (pid, state) in &mut self.processes {
            state.is_holder = holders.contains(pid);
        }
    }
}

impl Entry {
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

/// Number of open files of `pid`, 0 before Linux 6.2; `None` when there is no such process.
fn count_files(root: &OwnedFd, pid: u32, scratch: &mut String) -> Option<u64> {
    let stat = fs::statat(root, file_folder(pid, scratch), AtFlags::empty()).ok()?;
    u64::try_from(stat.st_size).ok()
}

fn file_folder(pid: u32, scratch: &mut String) -> &str {
    scratch.clear();
    // Writing to a string cannot fail.
    if write!(scratch, "{pid}/fd").is_err() {
        scratch.clear();
    }
    scratch
}

/// Gives the inode of every socket that `pid` has open to `visit`, until it answers false. True when all were read.
fn read_sockets(
    root: &OwnedFd,
    pid: u32,
    scratch: &mut String,
    buffer: &mut Vec<u8>,
    mut visit: impl FnMut(u32) -> bool,
) -> Result<bool, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = fs::openat(root, file_folder(pid, scratch), flags, Mode::empty())?;
    buffer.clear();
    let mut entries = RawDir::new(&folder, buffer.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        if let Some(inode) = socket_inode(rustix::fd::AsFd::as_fd(&folder), entry?.file_name())
            && !visit(inode)
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The inode behind an open file, if that is a socket. The file may be closed by now.
fn socket_inode(folder: BorrowedFd<'_>, name: &CStr) -> Option<u32> {
    let mut target = [0_u8; 32];
    let length = fs::readlinkat_raw(folder, name, &mut target[..]).ok()?;
    number(target[..length].strip_prefix(b"socket:[")?.strip_suffix(b"]")?)
}

fn number(digits: &[u8]) -> Option<u32> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
#[path = "owners_tests.rs"]
mod tests;
