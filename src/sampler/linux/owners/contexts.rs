//! Owner details besides the process. Each combination is created once and shared by all sockets that have it.

use super::{cgroups::CgroupTable, users::UserNames};
use crate::model::OwnerContext;
use rustc_hash::FxHashMap;
use std::{path::Path, sync::Arc};

/// Maximum number of combinations to keep that may no longer be in use.
const KEPT: usize = 256;

/// Units, users, and combinations of them.
#[derive(Debug)]
pub(super) struct Contexts {
    cgroups: CgroupTable,
    users: UserNames,
    /// By control group and user; `None` if neither has a name.
    known: FxHashMap<(u64, u32), Option<Arc<OwnerContext>>>,
}

impl Contexts {
    /// Uses the control group tree at `cgroup_mount` and the users in the file `passwd`.
    pub(super) fn new(cgroup_mount: &Path, passwd: &Path) -> Self {
        Self { cgroups: CgroupTable::new(cgroup_mount), users: UserNames::new(passwd), known: FxHashMap::default() }
    }

    /// Uses the standard paths of Linux.
    pub(super) fn of_this_system() -> Self {
        Self::new(Path::new("/sys/fs/cgroup"), Path::new("/etc/passwd"))
    }

    /// Begins a sample. Returns true if names may have changed since earlier calls.
    pub(super) fn begin(&mut self) -> bool {
        let has_changed = self.cgroups.begin() | self.users.begin();
        if has_changed {
            self.known.clear();
        }
        has_changed
    }

    /// The context of a socket of the user `uid` in the control group `cgroup` (0 if not reported). `pids` are its
    /// processes if there are several, and otherwise empty.
    pub(super) fn context(&mut self, cgroup: u64, uid: u32, pids: &[u32]) -> Option<Arc<OwnerContext>> {
        let context = match self.known.get(&(cgroup, uid)) {
            Some(known) => known.clone(),
            None => {
                let context =
                    OwnerContext { unit: self.cgroups.unit(cgroup), user: self.users.name(uid), pids: Vec::new() };
                let context = (context != OwnerContext::default()).then(|| Arc::new(context));
                if self.known.len() >= KEPT {
                    self.known.retain(|_, context| context.as_ref().is_some_and(|it| Arc::strong_count(it) > 1));
                }
                self.known.insert((cgroup, uid), context.clone());
                context
            }
        };
        if pids.is_empty() {
            return context;
        }
        let plain = context.as_deref().cloned().unwrap_or_default();
        Some(Arc::new(OwnerContext { pids: pids.to_vec(), ..plain }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::MetadataExt};

    #[test]
    fn sockets_of_one_unit_and_user_share_what_is_known() {
        let root = tempfile::tempdir().unwrap();
        let (tree, passwd) = (root.path().join("cgroup"), root.path().join("passwd"));
        fs::create_dir_all(tree.join("system.slice/web.service")).unwrap();
        fs::write(tree.join("cgroup.controllers"), "").unwrap();
        fs::write(&passwd, "www-data:x:33:33\n").unwrap();
        let cgroup = fs::metadata(tree.join("system.slice/web.service")).unwrap().ino();
        let mut contexts = Contexts::new(&tree, &passwd);
        assert!(!contexts.begin());
        let one = contexts.context(cgroup, 33, &[]).unwrap();
        assert_eq!((one.unit.as_deref(), one.user.as_deref()), (Some("web.service"), Some("www-data")));
        assert!(Arc::ptr_eq(&one, &contexts.context(cgroup, 33, &[]).unwrap()));
        assert_eq!(contexts.context(0, 34, &[]), None, "nothing is known of it");
        let shared = contexts.context(0, 34, &[7, 9]).unwrap();
        assert_eq!((shared.pids.as_slice(), &shared.user), ([7, 9].as_slice(), &None));
        for uid in 0..10_000 {
            contexts.context(0, uid, &[]);
        }
        assert!(contexts.known.len() <= KEPT, "memory is bounded");
        fs::write(&passwd, "www:x:33:33\n").unwrap();
        assert!((0..8).any(|_| contexts.begin()));
        assert_eq!(contexts.context(cgroup, 33, &[]).unwrap().user.as_deref(), Some("www"));
    }
}
