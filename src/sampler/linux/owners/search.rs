//! The search for processes that hold sockets: order of the search, and handling of processes that cannot be read.

use super::{
    Entry, Holder, MAX_BACKOFF, MAX_WAIT, OwnerCache, ROUND, SocketRef,
    open_files::{count_files, number, read_sockets},
    sight::{Sight, runs_as},
};
use rustc_hash::FxHashSet;
use rustix::{
    fd::OwnedFd,
    fs::{self, Mode, OFlags, RawDir},
    io::Errno,
};
use std::sync::Arc;

impl OwnerCache {
    /// Searches for missing inodes. An error means that processes cannot be listed.
    pub(super) fn search(&mut self, root: &OwnedFd, missing: &[(usize, SocketRef)]) -> Result<(), Errno> {
        self.list_processes(root)?;
        let is_round = self.generation.is_multiple_of(ROUND);
        let mut wanted: FxHashSet<u32> = FxHashSet::default();
        let mut deserves_whole_search = is_round;
        for (_, socket) in missing {
            if let Some(Holder::Unknown { tries, retry_at, .. }) = self.sockets.get(&socket.inode).map(|e| &e.holder) {
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
        let sight = match self.sight {
            Some(sight) if !is_round => sight,
            _ => *self.sight.insert(Sight::over(&self.root)),
        };
        for pid in cheap.chain(dear) {
            if wanted.is_empty() && !is_first {
                break;
            }
            self.search_process(root, pid, &mut wanted, is_first.then_some(usize::MAX));
        }
        self.find_sharers(root);
        self.is_any_refused = sight.hides_processes || self.processes.values().any(|state| state.is_refused);
        let lacks_own = missing.iter().any(|(_, socket)| socket.uid == self.own_uid && wanted.contains(&socket.inode));
        self.is_own_refused = lacks_own && self.may_own_be_refused(sight);
        let is_all_seen = sight.has_all_processes && !self.is_any_refused && !self.is_reading_incomplete;
        if wanted.is_empty() {
            // All sockets are resolved, so from now on only changed processes matter.
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
            if let Some(Entry { holder: Holder::Unknown { tries, retry_at, is_kernels }, .. }) =
                self.sockets.get_mut(inode)
            {
                // In later samples a socket may have closed since it was listed, unless it is missing twice.
                if is_whole_search || is_first {
                    *is_kernels = is_all_seen && (is_first || *tries > 0);
                }
                // If it deserves a full search that was delayed, retry soon.
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

    /// Lists the processes and their numbers of open files.
    fn list_processes(&mut self, root: &OwnedFd) -> Result<(), Errno> {
        let mut pids = Vec::new();
        // Open the directory again: another listing with the same descriptor would continue at the end.
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
        self.is_reading_incomplete = false;
        for pid in pids {
            let files = count_files(root, pid, &mut self.scratch);
            // The process has ended.
            if matches!(files, Err(Errno::NOENT | Errno::SRCH)) {
                continue;
            }
            let state = self.processes.entry(pid).or_default();
            state.is_refused |= files.is_err();
            state.files = files.unwrap_or(0);
            state.listed_at = self.generation;
        }
        let generation = self.generation;
        self.processes.retain(|_, state| state.listed_at == generation);
        let processes = &self.processes;
        self.table.retain(|pid| processes.contains_key(&pid));
        Ok(())
    }

    /// Removes the sockets of process `pid` from `wanted`, and records sockets that it shares with others. Stops when
    /// `wanted` is empty or, if `files` is given, after that many files.
    pub(super) fn search_process(
        &mut self,
        root: &OwnedFd,
        pid: u32,
        wanted: &mut FxHashSet<u32>,
        files: Option<usize>,
    ) {
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
            // Not completely read, so it is searched again when it changes.
            Ok(false) => {}
            Err(Errno::ACCESS | Errno::PERM) => {
                // A process that ends while it is read refuses, too, but does not count.
                let is_there = !matches!(count_files(root, pid, &mut self.scratch), Err(Errno::NOENT | Errno::SRCH));
                state.is_refused = is_there;
                return;
            }
            // The process has ended.
            Err(Errno::NOENT | Errno::SRCH) => return,
            Err(_) => {
                self.is_reading_incomplete = true;
                return;
            }
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

    /// Whether a process of this user may be refused: one that protects itself, or that has privileges which this
    /// program lacks.
    fn may_own_be_refused(&mut self, sight: Sight) -> bool {
        // If processes are hidden, only root's own can be among them.
        let is_any_hidden = sight.hides_processes && self.own_uid == 0;
        let (root, own_uid) = (&self.root, self.own_uid);
        let mut refused = self.processes.iter_mut().filter(|(_, state)| state.is_refused);
        is_any_hidden || refused.any(|(pid, state)| *state.is_own.get_or_insert_with(|| runs_as(root, *pid, own_uid)))
    }
}
