//! Maps control group ids to services, scopes or containers.
//!
//! The kernel reports each socket's control group (version 2) as the inode of its directory under `/sys/fs/cgroup`. The
//! tree is walked when an unknown id appears; only names and inodes in directory listings are read. An id that no walk
//! finds is invisible (this program runs in a container) or already gone, and remains nameless. Walks without success
//! increase the delay before the next one.
//!
//! If there is no such tree, or only that of version 1, sockets have no units, which is not an error.

use rustc_hash::{FxHashMap, FxHashSet};
use std::{
    fs,
    os::unix::fs::DirEntryExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Maximum depth of directories.
const MAX_DEPTH: usize = 16;
/// Maximum number of directories per walk.
const MAX_FOLDERS: usize = 20_000;
/// Maximum delay after unsuccessful walks, in samples.
const MAX_BACKOFF: u64 = 64;
/// Maximum number of nameless ids to remember.
const MAX_NAMELESS: usize = 4_096;
/// Number of digits to show of a 64-digit container id, as container tools do.
const SHOWN_DIGITS: usize = 12;

/// Cache of names.
#[derive(Debug)]
pub(super) struct CgroupTable {
    root: Option<PathBuf>,
    /// `None` for the root, which is not a unit.
    units: FxHashMap<u64, Option<Arc<str>>>,
    /// Ids that no walk found.
    nameless: FxHashSet<u64>,
    /// Ids that were requested while a walk was delayed.
    owed: FxHashSet<u64>,
    sample: u64,
    next_walk: u64,
    backoff: u64,
    walks: u64,
}

impl CgroupTable {
    /// Uses the tree mounted at `mount`, usually `/sys/fs/cgroup`. Version 2 may be mounted below it, beside version 1.
    pub(super) fn new(mount: &Path) -> Self {
        // This file exists only in version 2.
        let is_version_2 = |path: &PathBuf| path.join("cgroup.controllers").exists();
        Self {
            root: [mount.to_owned(), mount.join("unified")].into_iter().find(is_version_2),
            units: FxHashMap::default(),
            nameless: FxHashSet::default(),
            owed: FxHashSet::default(),
            sample: 0,
            next_walk: 0,
            backoff: 1,
            walks: 0,
        }
    }

    /// Begins a sample. Returns true if names were found for earlier requests.
    pub(super) fn begin(&mut self) -> bool {
        self.sample += 1;
        if self.owed.is_empty() || self.sample < self.next_walk {
            return false;
        }
        let owed = std::mem::take(&mut self.owed);
        self.walk();
        let mut is_found = false;
        for id in owed {
            is_found |= self.settle(id).is_some();
        }
        is_found
    }

    /// Short name of the control group `id`; 0 means that the kernel does not report it.
    pub(super) fn unit(&mut self, id: u64) -> Option<Arc<str>> {
        if id == 0 || self.root.is_none() || self.nameless.contains(&id) {
            return None;
        }
        if let Some(unit) = self.units.get(&id) {
            return unit.clone();
        }
        if self.sample < self.next_walk {
            self.owed.insert(id);
            return None;
        }
        self.walk();
        self.settle(id)
    }

    /// Stores the result of the last walk for `id`.
    fn settle(&mut self, id: u64) -> Option<Arc<str>> {
        if let Some(unit) = self.units.get(&id) {
            self.backoff = 1;
            return unit.clone();
        }
        if self.nameless.len() >= MAX_NAMELESS {
            self.nameless.clear();
        }
        self.nameless.insert(id);
        self.backoff = (self.backoff * 2).min(MAX_BACKOFF);
        self.next_walk = self.sample + self.backoff;
        None
    }

    /// Reads all names again, and drops those that are gone.
    fn walk(&mut self) {
        self.walks += 1;
        self.next_walk = self.sample + 1;
        self.units.clear();
        let Some(root) = &self.root else { return };
        if let Ok(metadata) = fs::metadata(root) {
            self.units.insert(std::os::unix::fs::MetadataExt::ino(&metadata), None);
        }
        let mut folders = vec![(root.clone(), String::new(), 0)];
        while let Some((folder, path, depth)) = folders.pop() {
            // It may be gone already.
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
                if self.units.len() >= MAX_FOLDERS {
                    return;
                }
                let path = format!("{path}/{}", entry.file_name().to_string_lossy());
                self.units.insert(entry.ino(), Some(Arc::from(unit_name(&path))));
                if depth < MAX_DEPTH {
                    folders.push((entry.path(), path, depth + 1));
                }
            }
        }
    }
}

/// The most informative part of a control group path: the innermost service, scope or container, with the container id
/// shortened and systemd escapes decoded. Otherwise the last part.
#[must_use]
pub(in crate::sampler::linux) fn unit_name(path: &str) -> String {
    let parts = || path.split('/').rev().filter(|part| !part.is_empty());
    // In a container or a user session of systemd, this is only its first process.
    let is_unit = |part: &&str| {
        (part.ends_with(".service") || part.ends_with(".scope") || container_digits(part).is_some())
            && *part != "init.scope"
    };
    let part = parts().find(is_unit).or_else(|| parts().find(|part| !part.ends_with(".slice"))).or(parts().next());
    let part = part.unwrap_or_default();
    let Some(digits) = container_digits(part) else { return unescape(part) };
    // The container runtime is part of the name or of the parent directory.
    let name = part.replacen(digits, &digits[..SHOWN_DIGITS], 1);
    let runner = || parts().skip_while(|other| *other != part).nth(1).filter(|runner| !runner.ends_with(".slice"));
    match runner() {
        Some(runner) if part == digits => unescape(&format!("{runner}-{name}")),
        _ => unescape(&name),
    }
}

/// The first 64 consecutive hexadecimal digits of a name, if any.
fn container_digits(part: &str) -> Option<&str> {
    part.split(|c: char| !c.is_ascii_hexdigit()).find(|run| run.len() == 64)
}

/// Decodes escapes of systemd such as `\x2d`, if the result is printable.
fn unescape(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once("\\x") {
        plain.push_str(before);
        let byte = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte.filter(u8::is_ascii_graphic) {
            Some(byte) => {
                plain.push(char::from(byte));
                rest = &after[2..];
            }
            None => {
                plain.push_str("\\x");
                rest = after;
            }
        }
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    /// Creates a tree with these directories; returns their ids.
    fn tree(folders: &[&str]) -> (tempfile::TempDir, Vec<u64>) {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("cgroup.controllers"), "cpu").unwrap();
        let ids = folders.iter().map(|folder| add(root.path(), folder)).collect();
        (root, ids)
    }

    fn add(root: &Path, folder: &str) -> u64 {
        fs::create_dir_all(root.join(folder)).unwrap();
        fs::metadata(root.join(folder)).unwrap().ino()
    }

    #[test]
    fn a_person_is_shown_the_part_that_says_most() {
        let id = "0123456789abcdef".repeat(4);
        for (path, name) in [
            ("/system.slice/sshd.service", "sshd.service"),
            ("/init.scope", "init.scope"),
            ("/user.slice/user-1000.slice/session-3.scope", "session-3.scope"),
            (
                "/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-4242.scope",
                "app-firefox-4242.scope",
            ),
            ("/user.slice/user-1000.slice/user@1000.service/init.scope", "user@1000.service"),
            (r"/user.slice/user-1000.slice/user@1000.service/app.slice/app-a\x2db.service", "app-a-b.service"),
            (&format!("/system.slice/docker-{id}.scope"), "docker-0123456789ab.scope"),
            (&format!("/system.slice/docker-{id}.scope/init.scope"), "docker-0123456789ab.scope"),
            (&format!("/docker/{id}"), "docker-0123456789ab"),
            (
                &format!("/kubepods.slice/kubepods-pod1.slice/cri-containerd-{id}.scope"),
                "cri-containerd-0123456789ab.scope",
            ),
            (&format!("/kubepods/burstable/pod1/{id}"), "pod1-0123456789ab"),
            (&format!("/machine.slice/{id}"), "0123456789ab"),
            ("/system.slice/nginx.service/worker", "nginx.service"),
            ("/lxc.payload.web", "lxc.payload.web"),
            ("/system.slice", "system.slice"),
            ("/", ""),
            (r"/a\x0ab\x", r"a\x0ab\x"),
        ] {
            assert_eq!(unit_name(path), name, "{path}");
        }
    }

    #[test]
    fn a_number_has_the_name_of_its_folder() {
        let (root, ids) = tree(&["system.slice/sshd.service", "system.slice", ""]);
        let mut table = CgroupTable::new(root.path());
        let units: Vec<_> = ids.iter().map(|id| table.unit(*id)).collect();
        assert_eq!(units[0].as_deref(), Some("sshd.service"));
        assert_eq!(units[1].as_deref(), Some("system.slice"));
        assert_eq!(units[2], None, "the root is no unit");
        assert_eq!((table.unit(0), table.walks), (None, 1), "one walk was enough");
    }

    #[test]
    fn what_comes_later_is_found_and_what_went_is_forgotten() {
        let (root, ids) = tree(&["a.service"]);
        let mut table = CgroupTable::new(root.path());
        table.begin();
        assert!(table.unit(ids[0]).is_some());
        table.begin();
        // Moved instead of removed: a file system reuses inodes, the kernel does not reuse ids.
        let elsewhere = tempfile::tempdir().unwrap();
        fs::rename(root.path().join("a.service"), elsewhere.path().join("a.service")).unwrap();
        let later = add(root.path(), "b/b.scope");
        assert_eq!(table.unit(later).as_deref(), Some("b.scope"));
        assert_eq!(table.unit(ids[0]), None);
    }

    #[test]
    fn a_number_that_is_nowhere_does_not_cost_a_walk_every_time() {
        let (root, ids) = tree(&["a.service"]);
        let mut table = CgroupTable::new(root.path());
        for sample in 0..200 {
            table.begin();
            assert_eq!(table.unit(u64::MAX), None);
            // A different id each time.
            assert_eq!(table.unit(1 << 60 | sample), None);
        }
        assert!(table.walks < 20, "{} walks", table.walks);
        // The delayed request is answered later.
        let late = add(root.path(), "late.service");
        let is_reported = (0..=MAX_BACKOFF).any(|_| table.begin() | table.unit(late).is_some());
        assert!(is_reported && table.unit(late).as_deref() == Some("late.service"));
        assert!(table.unit(ids[0]).is_some());
    }

    #[test]
    fn without_version_2_there_are_no_units_and_nothing_is_wrong() {
        let nowhere = tempfile::tempdir().unwrap();
        let version_1 = tempfile::tempdir().unwrap();
        fs::create_dir_all(version_1.path().join("memory/a.service")).unwrap();
        for mount in [nowhere.path().join("none"), version_1.path().to_owned()] {
            let mut table = CgroupTable::new(&mount);
            assert!(!table.begin());
            assert_eq!((table.unit(7), table.walks), (None, 0));
        }
        // Both versions next to each other.
        fs::create_dir_all(version_1.path().join("unified")).unwrap();
        fs::write(version_1.path().join("unified/cgroup.controllers"), "").unwrap();
        let id = add(version_1.path(), "unified/b.service");
        assert_eq!(CgroupTable::new(version_1.path()).unit(id).as_deref(), Some("b.service"));
    }
}
