//! Which process holds a socket: a cache from inode to process, and a frugal search for what it does not know.
//!
//! Looking through the open files of every process costs 3 to 4 µs a file, far more than listing the sockets. So what
//! is known is kept, and nothing is searched while nothing is new. For unknown inodes processes are looked through in
//! this order, until all are found:
//!
//! 1. processes that are new, or whose number of open files changed (the size of `/proc/PID/fd` since Linux 6.2; before
//!    that it is always 0 and reports nothing);
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
//!
//! *Why an owner is not known* is distinguished from what is out of sight (see `sight`): a process that may not be looked into, or
//! that `/proc` does not show, may hold the socket; where all processes were seen, the kernel itself does.

mod cgroups;
mod contexts;
mod networks;
mod open_files;
mod processes;
mod search;
mod sharers;
mod sight;
mod users;

use self::{contexts::Contexts, networks::OtherNetworks, processes::ProcessTable, sight::Sight};
use crate::{
    model::{Degradation, DegradationKind, Owner, OwnerContext, OwnerMissing, Process},
    sampler::owners::{Found, Owners},
};
use rustc_hash::{FxHashMap, FxHashSet};
use rustix::{
    fd::OwnedFd,
    fs::{self, Mode, OFlags},
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
pub(in crate::sampler) struct SocketRef {
    /// Inode; 0 when no process holds the socket.
    pub(in crate::sampler) inode: u32,
    /// User the socket belongs to.
    pub(in crate::sampler) uid: u32,
    /// Its control group; 0 where that is not reported.
    pub(in crate::sampler) cgroup: u64,
}

impl SocketRef {
    /// What there is to find the owner of a listed socket by.
    pub(super) fn of(row: &super::inet_diag::DiagRow) -> Self {
        Self { inode: row.inode, uid: row.uid, cgroup: row.cgroup }
    }
}

/// The cache.
#[derive(Debug)]
pub(in crate::sampler) struct OwnerCache {
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
    /// Whether any process may not be looked into, or is not even shown.
    is_any_refused: bool,
    /// Whether one of these may be this user's own.
    is_own_refused: bool,
    /// Whether a process was not read for another reason in this search.
    is_reading_incomplete: bool,
    /// `None` until something was searched for.
    sight: Option<Sight>,
    networks: OtherNetworks,
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
        /// Whether it is with no process at all.
        is_kernels: bool,
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
    /// Of one that is refused: whether it runs as this user; `None` if that was not asked.
    is_own: Option<bool>,
    listed_at: u64,
}

impl OwnerCache {
    /// An empty cache over this system's `/proc`.
    pub(in crate::sampler) fn of_this_system() -> Self {
        Self::of_this_system_at(Path::new("/proc"))
    }

    /// The same with another tree in the place of `/proc`.
    pub(in crate::sampler) fn of_this_system_at(root: &Path) -> Self {
        Self::new(root, rustix::process::geteuid().as_raw(), Contexts::of_this_system())
    }

    /// An empty cache over the tree at `root`, usually `/proc`, for a program that runs as `own_uid`.
    fn new(root: &Path, own_uid: u32, contexts: Contexts) -> Self {
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
            is_own_refused: false,
            is_reading_incomplete: false,
            sight: None,
            networks: OtherNetworks::default(),
            directory_buffer: Vec::with_capacity(32 * 1024),
            scratch: String::new(),
            missing: Vec::new(),
            bare: Vec::new(),
            scanned_processes: 0,
        }
    }

    /// [`Owners::resolve`] in the tree `root`; the degradation says that no owner can be known.
    fn find(
        &mut self,
        root: &Result<OwnedFd, Errno>,
        sockets: &[SocketRef],
        owners: &mut Vec<Found>,
    ) -> Option<Degradation> {
        self.generation += 1;
        owners.clear();
        if let Ok(root) = root {
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
            let searched = match root {
                Ok(root) if is_search_due => self.search(root, &missing),
                Ok(_) => Ok(()),
                Err(errno) => Err(*errno),
            };
            for (position, socket) in &missing {
                owners[*position].owner = match self.sockets.get(&socket.inode).map(|entry| &entry.holder) {
                    Some(Holder::Known(process)) => Owner::Process(Arc::clone(process)),
                    _ if searched.is_err() => Owner::Missing(OwnerMissing::ProcUnavailable),
                    _ if self.may_be_refused(socket) => Owner::Missing(OwnerMissing::NotPermitted),
                    Some(Holder::Unknown { is_kernels: true, .. }) => Owner::Missing(OwnerMissing::Kernel),
                    _ => Owner::Missing(OwnerMissing::NotFound),
                };
            }
            degradation = searched.err().map(|errno| {
                let root = self.root.display();
                Degradation::new(
                    DegradationKind::Owners,
                    format!("processes are not available: cannot list {root}: {errno}"),
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

    /// Whether a process that may not be looked into, or is not shown, may hold `socket`, which was not found.
    fn may_be_refused(&self, socket: &SocketRef) -> bool {
        if socket.uid == self.own_uid { self.is_own_refused } else { self.is_any_refused }
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
        Self::Unknown { tries: 0, retry_at: 0, is_kernels: false }
    }
}

impl Owners for OwnerCache {
    type Clue = SocketRef;

    fn resolve(&mut self, sockets: &[SocketRef], found: &mut Vec<Found>) -> Vec<Degradation> {
        let root = fs::open(&self.root, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
        let mut degradations: Vec<Degradation> = self.find(&root, sockets, found).into_iter().collect();
        degradations.extend(root.ok().and_then(|root| self.networks.sample(&root)));
        degradations
    }
}

#[cfg(test)]
mod tests;
