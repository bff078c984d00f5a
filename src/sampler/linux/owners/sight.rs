//! Determines which processes are hidden, and the user of a process that may not be inspected.
//!
//! `/proc` can be mounted so that it hides processes of other users (`hidepid`, proc(5)). It also shows only the
//! processes of one PID namespace; only in the initial namespace these are all processes.

use std::{fs, os::unix::fs::MetadataExt, path::Path};

/// The initial PID namespace has the same number on every Linux (`PROC_PID_INIT_INO`).
const FIRST_PID_NAMESPACE: &str = "pid:[4026531836]";
/// Number of the capability to inspect processes of other users.
const CAP_SYS_PTRACE: u32 = 19;

/// Visibility of processes for this program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sight {
    /// Whether some processes are hidden.
    pub(super) hides_processes: bool,
    /// Whether all processes of the machine are visible, apart from hidden ones.
    pub(super) has_all_processes: bool,
}

impl Sight {
    /// Visibility in the tree at `root`, usually `/proc`.
    pub(super) fn over(root: &Path) -> Self {
        let text = |name: &str| fs::read_to_string(root.join(name)).unwrap_or_default();
        let hides_processes = root.to_str().is_some_and(|mount| {
            hidden_from(&text("self/mountinfo"), mount).is_some_and(|is_hidden_from| {
                // Process 1 always exists, so if it is not visible, others are hidden, too.
                is_hidden_from(&text("self/status")) || !root.join("1").exists()
            })
        });
        let namespace = fs::read_link(root.join("self/ns/pid")).ok();
        let has_all_processes = namespace.is_some_and(|it| it.as_os_str() == FIRST_PID_NAMESPACE);
        Self { hides_processes, has_all_processes }
    }
}

/// If `mount` hides processes, according to the table `mountinfo`: whether from a process, by the text of its `status`.
fn hidden_from(mountinfo: &str, mount: &str) -> Option<impl Fn(&str) -> bool> {
    // Later mounts cover earlier ones.
    let line = mountinfo.lines().rfind(|line| line.split(' ').nth(4) == Some(mount))?;
    let options = line.split_once(" - ")?.1.split(' ').nth(2)?;
    let option = |name: &str| options.split(',').find_map(|option| option.strip_prefix(name)?.strip_prefix('='));
    let is_exempt_by_group = match option("hidepid")? {
        "2" | "invisible" => true,
        "4" | "ptraceable" => false,
        _ => return None,
    };
    let group = option("gid").filter(|_| is_exempt_by_group).map(str::to_owned);
    Some(move |status: &str| {
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let rights = field("CapEff").and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or(0);
        let is_member = group.as_deref().is_some_and(|group| {
            let of = |name| field(name).unwrap_or_default().split_whitespace().any(|number| number == group);
            of("Gid") || of("Groups")
        });
        rights >> CAP_SYS_PTRACE & 1 == 0 && !is_member
    })
}

/// Whether the process `pid` runs as the user `uid`, by any of its user ids.
pub(super) fn runs_as(root: &Path, pid: u32, uid: u32) -> bool {
    let folder = root.join(pid.to_string());
    let status = fs::read_to_string(folder.join("status")).unwrap_or_default();
    match status.lines().find_map(|line| line.strip_prefix("Uid:")) {
        Some(uids) => uids.split_whitespace().any(|number| number.parse() == Ok(uid)),
        None => fs::metadata(&folder).is_ok_and(|metadata| metadata.uid() == uid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_are_hidden_from_those_without_rights() {
        const MOUNTS: &str = "22 27 0:21 / / rw - ext4 /dev/a rw,hidepid=2\n22 27 0:21 / /proc rw,relatime shared:5 - proc \
                              proc rw";
        let user = "Name:\tnetglobe\nGid:\t1000\t1000\t1000\t1000\nGroups:\t24 27 \nCapEff:\t0000000000000000\n";
        let root = "Name:\tnetglobe\nGid:\t0\t0\t0\t0\nGroups:\t0 \nCapEff:\t000001ffffffffff\n";
        let weak_root = root.replace("ffffffff\n", "fff7ffff\n");
        for (options, from_user, from_root, from_weak_root) in [
            ("", false, false, false),
            (",hidepid=off", false, false, false),
            (",hidepid=0", false, false, false),
            (",hidepid=noaccess", false, false, false),
            (",gid=5,hidepid=2", true, false, true),
            (",hidepid=invisible", true, false, true),
            (",hidepid=invisible,gid=27", false, false, true),
            (",hidepid=invisible,gid=1000", false, false, true),
            (",hidepid=ptraceable,gid=27", true, false, true),
        ] {
            let mounts = format!("{MOUNTS}{options}");
            let is_hidden = |status: &str| hidden_from(&mounts, "/proc").is_some_and(|from| from(status));
            assert_eq!(
                (is_hidden(user), is_hidden(root), is_hidden(&weak_root)),
                (from_user, from_root, from_weak_root),
                "{options}"
            );
        }
        let covered = format!("{MOUNTS},hidepid=2\n23 27 0:22 / /proc rw - proc proc rw\n");
        assert!(hidden_from(&covered, "/proc").is_none() && hidden_from("", "/proc").is_none());
    }

    #[test]
    fn this_tree_shows_this_process_and_whose_it_is() {
        let root = Path::new("/proc");
        if !root.join("self/status").exists() {
            return;
        }
        let (pid, uid) = (std::process::id(), rustix::process::geteuid().as_raw());
        assert!(runs_as(root, pid, uid) && !runs_as(root, pid, uid + 1));
        let nowhere = tempfile::tempdir().unwrap();
        assert_eq!(Sight::over(nowhere.path()), Sight::default());
    }
}
