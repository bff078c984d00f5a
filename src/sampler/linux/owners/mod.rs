//! Finds the process that holds a socket: a cache from inode to process, and an economical search for unknown inodes.
//!
//! Reading the open files of every process takes 3 to 4 µs per file, far more than listing the sockets. So results are
//! cached, and there is no search if no socket is new. Processes are searched for unknown inodes in this order, until
//! all are found:
//!
//! 1. processes that are new, or whose number of open files changed (the size of `/proc/PID/fd` since Linux 6.2; before
//!    that it is always 0);
//! 2. processes in which a new socket was found before, the most recent first;
//! 3. all others.
//!
//! Within a step the youngest process comes first: if several processes share a socket, the owner is the child that
//! serves it, not the parent that opened it. The others are listed as far as the search reaches them. The first search
//! covers all processes. Later ones cover, for a socket of a new process, its parent and, if that holds it, too, the
//! other new processes. So a process that inherits a socket long after it was first seen may be missing, and one that
//! closed its copy is listed until it ends. The third step is expensive. It runs immediately only for sockets of users
//! whose processes this program may inspect, with a longer delay after each failure; for all others, and for what was
//! not found, it runs for all together at certain times (see [`ROUND`]).
//!
//! *Why an owner is unknown* depends on what is visible (see `sight`): a process that may not be inspected, or that
//! `/proc` does not show, may hold the socket. If all processes were searched, the kernel itself holds it.

mod cgroups;
mod contexts;
mod networks;
mod open_files;
mod processes;
mod search;
mod sharers;
mod sight;
mod users;

pub(super) use self::{
    cgroups::unit_name, networks::has_own_interface, open_files::inode_of_link, processes::field_of_stat,
    users::read_names,
};

use self::{contexts::Contexts, networks::OtherNetworks, processes::ProcessTable, sight::Sight};
use crate::{
    language::t,
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

/// Interval of full searches for all unresolved inodes, in calls: half a minute with one call per second. Retry delays
/// double from here to [`MAX_WAIT`].
const ROUND: u64 = 32;
const MAX_WAIT: u64 = 256;
/// Interval of checks that pids still belong to the same processes, in calls.
const VERIFY: u64 = 8;
/// Maximum delay after unsuccessful full searches, in calls.
const MAX_BACKOFF: u64 = 8;
/// Maximum number of open files to read per process that may share a socket.
const MAX_SHARED_FILES: usize = 256;
/// Maximum number of processes to search for shared sockets, and to list per socket.
const MAX_SHARERS: usize = 64;

/// A socket whose owner is requested; by default a socket without an owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::sampler) struct SocketRef {
    /// Inode; 0 if no process holds the socket.
    pub(in crate::sampler) inode: u32,
    /// User the socket belongs to.
    pub(in crate::sampler) uid: u32,
    /// Its control group; 0 if not reported.
    pub(in crate::sampler) cgroup: u64,
}

impl SocketRef {
    /// The key of a listed socket for the owner lookup.
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
    /// All processes of shared sockets, ascending.
    shared: FxHashMap<u32, Vec<u32>>,
    /// Sockets found in new processes: inode and pid.
    fresh: Vec<(u32, u32)>,
    processes: FxHashMap<u32, ProcessState>,
    generation: u64,
    next_whole_search: u64,
    backoff: u64,
    /// Whether any process may not be inspected, or is hidden.
    is_any_refused: bool,
    /// Whether one of them may belong to this user.
    is_own_refused: bool,
    /// Whether a process could not be read for another reason in this search.
    is_reading_incomplete: bool,
    /// `None` until the first search.
    sight: Option<Sight>,
    networks: OtherNetworks,
    directory_buffer: Vec<u8>,
    scratch: String,
    missing: Vec<(usize, SocketRef)>,
    /// Indices of sockets without a context.
    bare: Vec<usize>,
    /// Number of processes searched since the start.
    scanned_processes: u64,
}

#[derive(Debug)]
struct Entry {
    seen: u64,
    holder: Holder,
    /// The user of `context`.
    uid: u32,
    context: Option<Arc<OwnerContext>>,
}

#[derive(Debug)]
enum Holder {
    Known(Arc<Process>),
    /// Not found in `tries` searches; to be searched again at `retry_at`.
    Unknown {
        tries: u32,
        retry_at: u64,
        /// Whether no process holds it.
        is_kernels: bool,
    },
}

#[derive(Debug, Default)]
struct ProcessState {
    /// Number of open files at the last search; `None` before the first.
    scanned_files: Option<u64>,
    files: u64,
    /// When a new socket was last found in it; 0 for never.
    found_at: u64,
    /// Whether it holds any socket of the cache.
    is_holder: bool,
    is_refused: bool,
    /// If it is refused: whether it runs as this user; `None` if unknown.
    is_own: Option<bool>,
    listed_at: u64,
}

impl OwnerCache {
    /// An empty cache for this system's `/proc`.
    pub(in crate::sampler) fn of_this_system() -> Self {
        Self::of_this_system_at(Path::new("/proc"))
    }

    /// The same with another tree instead of `/proc`.
    pub(in crate::sampler) fn of_this_system_at(root: &Path) -> Self {
        Self::new(root, rustix::process::geteuid().as_raw(), Contexts::of_this_system())
    }

    /// An empty cache for the tree at `root`, usually `/proc`, in a program that runs as `own_uid`.
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

    /// [`Owners::resolve`] in the tree `root`. The degradation says that owners cannot be determined.
    fn find(
        &mut self,
        root: &Result<OwnedFd, Errno>,
        sockets: &[SocketRef],
        owners: &mut Vec<Found>,
    ) -> Option<Degradation> {
        self.generation += 1;
        owners.clear();
        if let Ok(root) = root {
            self.remove_ended(root);
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
                let root = self.root.display().to_string();
                Degradation::new(
                    DegradationKind::Owners,
                    t!("sampler-no-processes", root = root.as_str(), error = errno.to_string()),
                    t!("sampler-no-processes-remedy", root = root.as_str()),
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

    /// Whether an unresolved `socket` may be held by a process that may not be inspected or is hidden.
    fn may_be_refused(&self, socket: &SocketRef) -> bool {
        if socket.uid == self.own_uid { self.is_own_refused } else { self.is_any_refused }
    }

    /// Drops sockets that no longer exist; `held` is the number of current sockets with an inode.
    fn forget_the_closed(&mut self, held: usize) {
        // All current sockets are in the cache, so if it has no more entries, none is gone.
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
