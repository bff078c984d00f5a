//! Counts processes in other network namespaces, such as containers, whose connections the kernel does not list here.
//!
//! The kernel creates the files under `/proc/PID/net` once per namespace, so their inodes identify namespaces,
//! including those of other users' processes. `/proc/PID/ns/net` is the proper identifier, but only readable for one's
//! own processes. If both can be read and do not agree, the inodes are not used.
//!
//! A namespace with only a loopback interface, as browsers create for sandboxed processes, hides no connections and is
//! not counted.

use super::open_files::number;
use crate::{
    language::t,
    model::{Degradation, DegradationKind},
};
use rustc_hash::FxHashMap;
use rustix::{
    fd::OwnedFd,
    fs::{self, AtFlags, Dir, Mode, OFlags},
    io::Errno,
};
use std::{ffi::CString, fs::File, io::Read as _};

/// Interval of counting, in samples.
const PERIOD: u64 = 64;
/// Interfaces that the kernel creates in every namespace once such a tunnel is used in any of them.
const EVERYWHERE: [&str; 10] =
    ["lo", "sit0", "tunl0", "ip6tnl0", "ip_vti0", "ip6_vti0", "gre0", "gretap0", "erspan0", "ip6gre0"];
/// Maximum number of bytes to read of an interface list.
const MAX_BYTES: u64 = 64 * 1024;

/// Number of namespaces and of their processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    namespaces: usize,
    processes: usize,
}

/// Result of the last count.
#[derive(Debug, Default)]
pub(super) struct OtherNetworks {
    sample: u64,
    reported: Count,
}

impl OtherNetworks {
    /// Begins a sample with the process tree `root`. Returns a degradation if there are such processes.
    pub(super) fn sample(&mut self, root: &OwnedFd) -> Option<Degradation> {
        if self.sample.is_multiple_of(PERIOD) {
            // Errors of this tree are reported elsewhere.
            self.take(count(root).unwrap_or_default());
        }
        self.sample += 1;
        self.degradation()
    }

    /// Reports a new count only if it differs substantially, because processes come and go.
    fn take(&mut self, now: Count) {
        let is_about_right = now.namespaces == self.reported.namespaces
            && now.processes <= 2 * self.reported.processes
            && 2 * now.processes >= self.reported.processes;
        if !is_about_right {
            self.reported = now;
        }
    }

    fn degradation(&self) -> Option<Degradation> {
        let Count { namespaces, processes } = self.reported;
        if processes == 0 {
            return None;
        }
        Some(Degradation::new(
            DegradationKind::OtherNetworks,
            t!("sampler-other-networks", processes = processes, namespaces = namespaces),
            t!("sampler-other-networks-remedy", command = "nsenter --target PID --net netglobe"),
        ))
    }
}

fn count(root: &OwnedFd) -> Result<Count, Errno> {
    let mut elsewhere = processes_elsewhere(root)?;
    elsewhere.retain(|_, namespace| namespace.reaches_further);
    let processes = elsewhere.values().map(|namespace| namespace.processes).sum();
    Ok(Count { namespaces: elsewhere.len(), processes })
}

/// Another network namespace.
#[derive(Debug)]
struct Namespace {
    processes: usize,
    /// Whether it has an interface other than loopback.
    reaches_further: bool,
}

/// The other namespaces that have processes, by the inode of their files.
fn processes_elsewhere(root: &OwnedFd) -> Result<FxHashMap<u64, Namespace>, Errno> {
    let (own_files, own_link) = (files_of(root, "self")?, link_of(root, "self"));
    let mut elsewhere: FxHashMap<u64, Namespace> = FxHashMap::default();
    let listing = fs::openat(root, c".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    for entry in Dir::new(listing)? {
        let Some(pid) = number(entry?.file_name().to_bytes()) else { continue };
        let pid = pid.to_string();
        // The process has ended.
        let Ok(files) = files_of(root, &pid) else { continue };
        if let (Some(own), Some(link)) = (&own_link, link_of(root, &pid))
            && (*own == link) != (own_files == files)
        {
            return Err(Errno::NOTSUP);
        }
        if files != own_files {
            let new = || Namespace { processes: 0, reaches_further: reaches_further(root, &pid) };
            elsewhere.entry(files).or_insert_with(new).processes += 1;
        }
    }
    Ok(elsewhere)
}

/// The inode of the interface list of a process.
fn files_of(root: &OwnedFd, pid: &str) -> Result<u64, Errno> {
    fs::statat(root, format!("{pid}/net/dev"), AtFlags::empty()).map(|stat| stat.st_ino)
}

/// The identifier of the namespace of a process, if readable.
fn link_of(root: &OwnedFd, pid: &str) -> Option<CString> {
    fs::readlinkat(root, format!("{pid}/ns/net"), Vec::new()).ok()
}

/// Whether a process has an interface that not every namespace has.
fn reaches_further(root: &OwnedFd, pid: &str) -> bool {
    let path = format!("{pid}/net/dev");
    let Ok(file) = fs::openat(root, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()) else { return false };
    let mut list = String::new();
    // After an error, use the part that was read.
    File::from(file).take(MAX_BYTES).read_to_string(&mut list).unwrap_or_default();
    has_own_interface(&list)
}

/// Whether a list of interfaces has one that not every namespace has.
pub(in crate::sampler::linux) fn has_own_interface(list: &str) -> bool {
    // The first two lines are headers.
    let mut interfaces = list.lines().skip(2).filter_map(|line| line.split_once(':'));
    interfaces.any(|(name, _)| !EVERYWHERE.contains(&name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{BufRead, BufReader},
        process::{Child, Command, Stdio},
    };

    #[test]
    fn what_is_reported_is_about_right_and_does_not_change_all_the_time() {
        let mut networks = OtherNetworks::default();
        let mut reported = |namespaces, processes| {
            networks.take(Count { namespaces, processes });
            networks.degradation().map_or(String::new(), |it| it.what)
        };
        assert_eq!(reported(0, 0), "");
        assert!(reported(1, 1).starts_with("1 process is in another network namespace"));
        assert!(reported(2, 9).starts_with("9 processes are in 2 other network namespaces"));
        assert!(reported(2, 18).starts_with("9 processes") && reported(2, 5).starts_with("9 processes"));
        assert!(reported(2, 19).starts_with("19 processes") && reported(2, 8).starts_with("8 processes"));
        assert!(reported(3, 8).contains("3 other"));
        assert_eq!(reported(0, 0), "");
    }

    /// A process in its own network namespace, alive as long as its standard input is open.
    struct Elsewhere(Child);

    impl Elsewhere {
        fn start(setup: &str) -> Option<Self> {
            let script = format!("{setup} && echo ready && read end");
            let mut command = Command::new("unshare");
            command.args(["--net", "sh", "-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut it = Self(command.stderr(Stdio::null()).spawn().ok()?);
            let mut line = String::new();
            BufReader::new(it.0.stdout.take()?).read_line(&mut line).ok()?;
            (line == "ready\n").then_some(it)
        }
    }

    impl Drop for Elsewhere {
        fn drop(&mut self) {
            drop(self.0.stdin.take());
            self.0.wait().map(|_| ()).unwrap_or_default();
        }
    }

    #[test]
    fn a_process_in_another_network_counts_where_that_leads_somewhere() {
        let (Some(alone), Some(container)) =
            (Elsewhere::start("true"), Elsewhere::start("ip link add name left type veth peer name right"))
        else {
            println!("NOT RUN: no network namespace can be made here");
            return;
        };
        let root = fs::open("/proc", OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap();
        let elsewhere = processes_elsewhere(&root).unwrap();
        let namespace = |of: &Elsewhere| &elsewhere[&files_of(&root, &of.0.id().to_string()).unwrap()];
        assert_eq!((namespace(&container).processes, namespace(&container).reaches_further), (1, true));
        assert_eq!((namespace(&alone).processes, namespace(&alone).reaches_further), (1, false));
        assert!(!elsewhere.contains_key(&files_of(&root, "self").unwrap()));
        assert!(count(&root).unwrap().namespaces > 0);
        assert!(OtherNetworks::default().sample(&root).is_some());
    }

    #[test]
    fn a_tree_that_reports_nothing_is_no_fault() {
        let nowhere = tempfile::tempdir().unwrap();
        let root = fs::open(nowhere.path(), OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap();
        assert_eq!(OtherNetworks::default().sample(&root), None);
    }
}
