//! Names and paths of processes from a `/proc` tree, cached for the lifetime of the process.
//!
//! Pids are reused after a process has ended; the start time (field 22 of `/proc/PID/stat`, proc(5)) distinguishes the
//! processes. A process that vanishes while it is read is treated as not existing.

use crate::{model::Process, sampler::owners::whole_name};
use rustc_hash::FxHashMap;
use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};

/// A cache of processes.
#[derive(Debug)]
pub(super) struct ProcessTable {
    root: PathBuf,
    known: FxHashMap<u32, Known>,
}

/// A process in the cache.
#[derive(Debug)]
struct Known {
    started: u64,
    /// Its name from the kernel, truncated to 15 bytes.
    cut_name: Vec<u8>,
    process: Arc<Process>,
}

impl ProcessTable {
    /// An empty cache for the tree at `root`, usually `/proc`.
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), known: FxHashMap::default() }
    }

    /// The current process `pid`; `None` if it has ended. An unchanged process is shared.
    pub(super) fn describe(&mut self, pid: u32) -> Option<Arc<Process>> {
        let directory = self.root.join(pid.to_string());
        let (Some(started), Some(name)) = (start_time(&directory), name(&directory)) else {
            self.known.remove(&pid);
            return None;
        };
        if let Some(known) = self.known.get(&pid)
            && known.started == started
            && known.cut_name == name
        {
            return Some(Arc::clone(&known.process));
        }
        let path = fs::read_link(directory.join("exe")).ok();
        let process = Arc::new(Process {
            pid,
            name: whole_name(&name, path.as_deref()),
            path: path.map(|path| Arc::from(path.to_string_lossy())),
        });
        self.known.insert(pid, Known { started, cut_name: name, process: Arc::clone(&process) });
        Some(process)
    }

    /// Whether `pid` still is the cached process, and not a later one with the same pid.
    pub(super) fn is_same(&self, pid: u32) -> bool {
        let known = self.known.get(&pid).map(|known| known.started);
        known.is_some() && known == start_time(&self.root.join(pid.to_string()))
    }

    /// The pid of the parent process.
    pub(super) fn parent(&self, pid: u32) -> Option<u32> {
        stat_field(&self.root.join(pid.to_string()), 1)
    }

    /// Drops every process for which `keep` returns false.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(u32) -> bool) {
        self.known.retain(|pid, _| keep(*pid));
    }
}

/// Start time in clock ticks since boot.
fn start_time(directory: &Path) -> Option<u64> {
    stat_field(directory, 19)
}

/// Field of the file `stat`, counted from 0 after the name.
fn stat_field<T: FromStr>(directory: &Path, at: usize) -> Option<T> {
    field_of_stat(&fs::read(directory.join("stat")).ok()?, at)
}

/// Field of the text of `stat`, counted from 0 after the name.
pub(in crate::sampler::linux) fn field_of_stat<T: FromStr>(stat: &[u8], at: usize) -> Option<T> {
    // The second field is the name in parentheses, which may contain anything; it ends at the last parenthesis.
    let after_name = stat.iter().rposition(|byte| *byte == b')')? + 1;
    let fields = std::str::from_utf8(&stat[after_name..]).ok()?;
    fields.split_ascii_whitespace().nth(at)?.parse().ok()
}

fn name(directory: &Path) -> Option<Vec<u8>> {
    let mut name = fs::read(directory.join("comm")).ok()?;
    if name.last() == Some(&b'\n') {
        name.pop();
    }
    Some(name)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// Adds a process to a fake `/proc` tree; `sockets` are the inodes that it holds.
    pub(in super::super) fn add_process(root: &Path, pid: u32, name: &str, started: u64, sockets: &[u32]) {
        add_child(root, (pid, 0), name, started, sockets);
    }

    /// The same with a parent.
    pub(in super::super) fn add_child(
        root: &Path,
        (pid, parent): (u32, u32),
        name: &str,
        started: u64,
        sockets: &[u32],
    ) {
        let directory = root.join(pid.to_string());
        drop(fs::remove_dir_all(&directory));
        fs::create_dir_all(directory.join("fd")).unwrap();
        fs::write(directory.join("comm"), format!("{name}\n")).unwrap();
        let zeros = "0 ".repeat(17);
        fs::write(directory.join("stat"), format!("{pid} ({name}) S {parent} {zeros}{started} 0 0")).unwrap();
        symlink(format!("/usr/bin/{name}"), directory.join("exe")).unwrap();
        symlink("/dev/null", directory.join("fd/0")).unwrap();
        symlink("pipe:[7]", directory.join("fd/1")).unwrap();
        for (fd, inode) in sockets.iter().enumerate() {
            symlink(format!("socket:[{inode}]"), directory.join(format!("fd/{}", fd + 3))).unwrap();
        }
    }

    #[test]
    fn a_process_has_its_name_and_path() {
        let root = tempfile::tempdir().unwrap();
        add_process(root.path(), 12, "a) b (c", 99, &[]);
        let mut table = ProcessTable::new(root.path());
        let process = table.describe(12).expect("the process");
        assert_eq!((process.pid, process.name.as_deref()), (12, Some("a) b (c")));
        assert_eq!(process.path.as_deref(), Some("/usr/bin/a) b (c"));
        assert!(Arc::ptr_eq(&process, &table.describe(12).unwrap()), "it is shared");
        assert_eq!(table.describe(13), None);
    }

    #[test]
    fn a_name_that_the_kernel_cut_is_completed_and_an_empty_one_is_none() {
        let root = tempfile::tempdir().unwrap();
        add_process(root.path(), 12, "systemd-resolved", 99, &[]);
        let directory = root.path().join("12");
        fs::write(directory.join("comm"), "systemd-resolve\n").unwrap();
        let mut table = ProcessTable::new(root.path());
        let process = table.describe(12).unwrap();
        assert_eq!(process.name.as_deref(), Some("systemd-resolved"));
        assert!(Arc::ptr_eq(&process, &table.describe(12).unwrap()), "it is shared");
        fs::write(directory.join("comm"), "\n").unwrap();
        assert_eq!(table.describe(12).unwrap().name, None);
    }

    #[test]
    fn a_number_used_again_is_another_process() {
        let root = tempfile::tempdir().unwrap();
        add_process(root.path(), 12, "old", 99, &[]);
        let mut table = ProcessTable::new(root.path());
        assert_eq!(table.describe(12).unwrap().name.as_deref(), Some("old"));
        assert!(table.is_same(12));
        add_process(root.path(), 12, "new", 100, &[]);
        assert!(!table.is_same(12));
        assert_eq!(table.describe(12).unwrap().name.as_deref(), Some("new"));
        add_process(root.path(), 12, "new", 101, &[]);
        table.describe(12);
        assert!(table.is_same(12), "the same name is no reason to take it for the one before");
        fs::remove_dir_all(root.path().join("12")).unwrap();
        assert!(!table.is_same(12));
        assert_eq!(table.describe(12), None);
    }

    #[test]
    fn this_process_is_found_in_the_real_tree() {
        if !Path::new("/proc/self/stat").exists() {
            return;
        }
        let process = ProcessTable::new(Path::new("/proc")).describe(std::process::id()).expect("this process");
        assert_eq!(process.path.as_deref().map(Path::new), std::env::current_exe().ok().as_deref());
    }
}
