//! Sockets that several processes hold, and the owner of a socket after a process has ended.

use super::{Entry, Holder, MAX_SHARED_FILES, MAX_SHARERS, OwnerCache, ProcessState, VERIFY, open_files::count_files};
use crate::model::Process;
use rustc_hash::{FxHashMap, FxHashSet};
use rustix::fd::OwnedFd;
use std::sync::Arc;

impl OwnerCache {
    /// Removes processes that ended as owners. Their sockets may still be held by other processes.
    pub(super) fn remove_ended(&mut self, root: &OwnedFd) {
        let is_time_to_verify = self.generation.is_multiple_of(VERIFY);
        let mut changed: FxHashMap<u32, Option<Arc<Process>>> = FxHashMap::default();
        for (pid, state) in self.processes.iter_mut().filter(|(_, state)| state.is_holder) {
            let Ok(files) = count_files(root, *pid, &mut self.scratch) else {
                changed.insert(*pid, None);
                continue;
            };
            state.files = files;
            if is_time_to_verify {
                let is_same = self.table.is_same(*pid);
                // A process that executes another program keeps its sockets but changes its name.
                changed.insert(*pid, self.table.describe(*pid).filter(|_| is_same));
            }
        }
        if changed.is_empty() {
            return;
        }
        for (inode, pids) in &mut self.shared {
            let before = pids.len();
            pids.retain(|pid| !matches!(changed.get(pid), Some(None)));
            if let Some(entry) = self.sockets.get_mut(inode).filter(|_| pids.len() < before) {
                entry.context = None;
            }
        }
        for (inode, entry) in &mut self.sockets {
            if let Holder::Known(process) = &mut entry.holder {
                match changed.get(&process.pid) {
                    Some(None) => {
                        let heir = self.shared.get(inode).and_then(|pids| self.table.describe(*pids.last()?));
                        entry.holder = heir.map_or_else(Holder::unknown, Holder::Known);
                    }
                    Some(Some(now)) if !Arc::ptr_eq(now, process) => *process = Arc::clone(now),
                    _ => {}
                }
            }
        }
        self.shared.retain(|_, pids| pids.len() > 1);
        for pid in changed.into_iter().filter_map(|(pid, now)| now.is_none().then_some(pid)) {
            self.processes.remove(&pid);
        }
    }

    /// Records that `process` also holds a socket with a known owner. The youngest process is shown.
    pub(super) fn share(&mut self, inode: u32, process: &Arc<Process>) {
        let Some(Entry { holder: Holder::Known(shown), context, .. }) = self.sockets.get_mut(&inode) else { return };
        let pids = self.shared.entry(inode).or_insert_with(|| vec![shown.pid]);
        if let Err(at) = pids.binary_search(&process.pid)
            && pids.len() < MAX_SHARERS
        {
            pids.insert(at, process.pid);
            *context = None;
            if process.pid > shown.pid {
                *shown = Arc::clone(process);
            }
        }
    }

    /// A new process may have inherited sockets from its parent, and share them with other new processes.
    pub(super) fn find_sharers(&mut self, root: &OwnedFd) {
        let mut fresh = std::mem::take(&mut self.fresh);
        let mut none = FxHashSet::default();
        fresh.sort_unstable_by_key(|(_, pid)| *pid);
        for family in fresh.chunk_by(|a, b| a.1 == b.1).take(MAX_SHARERS) {
            let Some(parent) = self.table.parent(family[0].1) else { continue };
            self.search_process(root, parent, &mut none, Some(MAX_SHARED_FILES));
            if !family.iter().any(|(inode, _)| self.shared.contains_key(inode)) {
                continue;
            }
            let is_new = |(pid, state): (&u32, &ProcessState)| state.scanned_files.is_none().then_some(*pid);
            let new: Vec<u32> = self.processes.iter().filter_map(is_new).collect();
            for pid in new.into_iter().take(MAX_SHARERS) {
                self.search_process(root, pid, &mut none, Some(MAX_SHARED_FILES));
            }
        }
        fresh.clear();
        self.fresh = fresh;
    }
}
