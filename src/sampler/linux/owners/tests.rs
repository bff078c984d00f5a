//! Tests of the owner cache, with a fake `/proc` tree and the real one.

use super::{
    open_files::number,
    processes::tests::{add_child, add_process},
    *,
};
use std::fs as std_fs;

const ME: u32 = 1000;

fn sockets(inodes: &[u32]) -> Vec<SocketRef> {
    inodes.iter().map(|inode| SocketRef { inode: *inode, uid: ME, cgroup: 0 }).collect()
}

/// A cache without unit and user names.
fn cache_over(root: &Path) -> OwnerCache {
    let nowhere = Path::new("/nowhere");
    OwnerCache::new(root, ME, Contexts::new(nowhere, nowhere))
}

/// Processes listed for each shared socket.
fn sharers(cache: &mut OwnerCache, inodes: &[u32]) -> Vec<Vec<u32>> {
    let mut owners = Vec::new();
    cache.resolve(&sockets(inodes), &mut owners);
    owners.into_iter().map(|found| found.context.map_or(Vec::new(), |context| context.pids.clone())).collect()
}

/// Pids of the owners; 0 for none.
fn pids(cache: &mut OwnerCache, inodes: &[u32]) -> Vec<u32> {
    let mut owners = Vec::new();
    assert_eq!(cache.resolve(&sockets(inodes), &mut owners), []);
    owners.iter().map(|found| found.owner.process().map_or(0, |process| process.pid)).collect()
}

#[test]
fn every_socket_gets_the_process_that_holds_it() {
    let root = tempfile::tempdir().unwrap();
    add_process(root.path(), 10, "browser", 1, &[101, 102]);
    add_process(root.path(), 20, "mail", 2, &[201]);
    std_fs::create_dir(root.path().join("sys")).unwrap();
    let mut cache = cache_over(root.path());
    assert_eq!(pids(&mut cache, &[201, 101, 0, 102, 999]), [20, 10, 0, 10, 0]);
    let mut owners = Vec::new();
    cache.resolve(&sockets(&[0, 999, 101]), &mut owners);
    assert_eq!(owners[0].owner, Owner::Missing(OwnerMissing::NoProcess));
    assert_eq!(owners[1].owner, Owner::Missing(OwnerMissing::NotFound));
    assert_eq!(owners[2].owner.process().unwrap().name.as_deref(), Some("browser"));
}

#[test]
fn nothing_is_searched_while_nothing_is_new() {
    let root = tempfile::tempdir().unwrap();
    for pid in 1..=50 {
        add_process(root.path(), pid, "some", 1, &[1000 + pid]);
    }
    let mut cache = cache_over(root.path());
    pids(&mut cache, &[1001, 1050]);
    let before = cache.scanned_processes;
    for _ in 0..5 {
        assert_eq!(pids(&mut cache, &[1001, 1050]), [1, 50]);
    }
    assert_eq!(cache.scanned_processes, before);
}

#[test]
fn a_new_process_is_scanned_first() {
    let root = tempfile::tempdir().unwrap();
    for pid in 1..=50 {
        add_process(root.path(), pid, "some", 1, &[1000 + pid]);
    }
    let mut cache = cache_over(root.path());
    pids(&mut cache, &[1001]);
    let before = cache.scanned_processes;
    add_process(root.path(), 7000, "new", 1, &[5]);
    assert_eq!(pids(&mut cache, &[1001, 5]), [1, 7000]);
    assert_eq!(cache.scanned_processes, before + 1);
}

#[test]
fn an_inode_that_nobody_holds_does_not_cost_a_search_every_time() {
    let root = tempfile::tempdir().unwrap();
    for pid in 1..=50 {
        add_process(root.path(), pid, "some", 1, &[1000 + pid]);
    }
    let mut cache = cache_over(root.path());
    for _ in 0..256 {
        pids(&mut cache, &[1001, 999]);
    }
    assert!(cache.scanned_processes <= 50 * 6, "{} processes were looked through", cache.scanned_processes);
    assert!(cache.scanned_processes >= 50 * 2, "it is tried again at times");
}

#[test]
fn new_inodes_that_nobody_holds_are_not_searched_for_one_by_one() {
    let root = tempfile::tempdir().unwrap();
    for pid in 1..=50 {
        add_process(root.path(), pid, "some", 1, &[1000 + pid]);
    }
    let mut cache = cache_over(root.path());
    for call in 0..200 {
        pids(&mut cache, &[1001, 50_000 + call]);
    }
    assert!(cache.scanned_processes <= 50 * 60, "{} processes were looked through", cache.scanned_processes);
    add_process(root.path(), 30, "some", 1, &[1030, 77]);
    let found = (0..16).any(|_| pids(&mut cache, &[1001, 77]) == [1, 30]);
    assert!(found, "what somebody holds is found in the end");
}

#[test]
fn a_socket_lives_on_in_another_process() {
    let root = tempfile::tempdir().unwrap();
    add_process(root.path(), 10, "parent", 1, &[101]);
    add_process(root.path(), 20, "child", 2, &[101]);
    let mut cache = cache_over(root.path());
    assert_eq!(pids(&mut cache, &[101]), [20], "the child serves it");
    std_fs::remove_dir_all(root.path().join("20")).unwrap();
    assert_eq!(pids(&mut cache, &[101]), [10]);
}

#[test]
fn all_holders_of_a_shared_socket_are_listed_from_the_first_sample_on() {
    let root = tempfile::tempdir().unwrap();
    add_process(root.path(), 10, "server", 1, &[101, 102]);
    for pid in [20, 30] {
        add_child(root.path(), (pid, 10), "worker", 2, &[101, 200 + pid]);
    }
    let mut cache = cache_over(root.path());
    assert_eq!(sharers(&mut cache, &[101, 102, 230]), [vec![10, 20, 30], vec![], vec![]]);
    assert_eq!(pids(&mut cache, &[101, 102, 230]), [30, 10, 30]);
    std_fs::remove_dir_all(root.path().join("20")).unwrap();
    assert_eq!(sharers(&mut cache, &[101, 102, 230]), [vec![10, 30], vec![], vec![]], "one has ended");
    std_fs::remove_dir_all(root.path().join("30")).unwrap();
    let before = cache.scanned_processes;
    assert_eq!(pids(&mut cache, &[101, 102]), [10, 10]);
    assert_eq!(cache.scanned_processes, before, "the heir was known");
    assert_eq!(sharers(&mut cache, &[101, 102]), [Vec::<u32>::new(), Vec::new()]);
    assert!(cache.shared.is_empty());
}

#[test]
fn the_family_of_a_new_process_is_asked_for_its_sockets_and_nobody_else_is() {
    let root = tempfile::tempdir().unwrap();
    for pid in 1..=50 {
        add_process(root.path(), pid, "some", 1, &[1000 + pid]);
    }
    let mut cache = cache_over(root.path());
    pids(&mut cache, &[1001]);
    add_process(root.path(), 60, "server", 9, &[5]);
    add_child(root.path(), (70, 60), "worker", 9, &[5]);
    add_child(root.path(), (80, 60), "worker", 9, &[5]);
    let before = cache.scanned_processes;
    assert_eq!(sharers(&mut cache, &[1001, 5]), [vec![], vec![60, 70, 80]]);
    assert_eq!(pids(&mut cache, &[1001, 5]), [1, 80]);
    assert!(cache.scanned_processes <= before + 5, "{} more were looked through", cache.scanned_processes - before);
    // A normal process: its parent is searched once, and holds none of its sockets.
    add_child(root.path(), (90, 7), "client", 10, &[6]);
    let before = cache.scanned_processes;
    assert_eq!(sharers(&mut cache, &[1001, 5, 6]), [vec![], vec![60, 70, 80], vec![]]);
    assert_eq!(cache.scanned_processes, before + 2);
}

#[test]
fn an_unchanged_socket_has_the_very_context_that_it_had() {
    let root = tempfile::tempdir().unwrap();
    add_process(root.path(), 10, "server", 1, &[101]);
    add_child(root.path(), (20, 10), "worker", 2, &[101]);
    let passwd = root.path().join("passwd");
    std_fs::write(&passwd, format!("ann:x:{ME}:1\nbob:x:7:7\n")).unwrap();
    let mut cache = OwnerCache::new(root.path(), ME, Contexts::new(Path::new("/nowhere"), &passwd));
    let mut owners = Vec::new();
    let mut sample = |uid| {
        cache.resolve(&[SocketRef { inode: 101, uid, cgroup: 0 }], &mut owners);
        owners[0].context.clone().expect("a context")
    };
    let first = sample(ME);
    assert_eq!((first.user.as_deref(), first.pids.as_slice()), (Some("ann"), [10, 20].as_slice()));
    assert!(Arc::ptr_eq(&first, &sample(ME)));
    assert_eq!(sample(7).user.as_deref(), Some("bob"), "the socket was given to another user");
}

#[test]
fn a_process_that_vanishes_while_it_is_scanned_holds_nothing() {
    let root = tempfile::tempdir().unwrap();
    add_process(root.path(), 11, "stays", 1, &[700, 701]);
    // Its files are readable, but not its name.
    add_process(root.path(), 12, "vanishes", 2, &[700, 702]);
    std_fs::remove_file(root.path().join("12/stat")).unwrap();
    let mut cache = cache_over(root.path());
    assert_eq!(pids(&mut cache, &[700, 701, 702]), [11, 11, 0]);
    std_fs::remove_dir_all(root.path().join("12")).unwrap();
    assert_eq!(pids(&mut cache, &[700, 701, 702]), [11, 11, 0]);
}

#[test]
fn a_pid_used_again_loses_the_sockets_of_the_one_before() {
    let root = tempfile::tempdir().unwrap();
    add_process(root.path(), 10, "old", 1, &[101]);
    let mut cache = cache_over(root.path());
    assert_eq!(pids(&mut cache, &[101]), [10]);
    add_process(root.path(), 10, "new", 50, &[]);
    let lost = (0..=VERIFY).any(|_| pids(&mut cache, &[101]) == [0]);
    assert!(lost);
}

#[test]
fn a_process_that_becomes_another_program_gets_its_new_name() {
    let root = tempfile::tempdir().unwrap();
    add_process(root.path(), 10, "shell", 1, &[101]);
    let mut cache = cache_over(root.path());
    pids(&mut cache, &[101]);
    add_process(root.path(), 10, "server", 1, &[101]);
    let mut owners = Vec::new();
    for _ in 0..=VERIFY {
        cache.resolve(&sockets(&[101]), &mut owners);
    }
    assert_eq!(owners[0].owner.process().unwrap().name.as_deref(), Some("server"));
}

#[test]
fn what_may_not_be_inspected_is_said_so() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    add_process(root.path(), 10, "daemon", 1, &[101]);
    add_process(root.path(), 20, "mine", 1, &[201]);
    let folder = root.path().join("10/fd");
    std_fs::set_permissions(&folder, std_fs::Permissions::from_mode(0o000)).unwrap();
    let is_refused = std_fs::read_dir(&folder).is_err();
    let mut cache = cache_over(root.path());
    let mut owners = Vec::new();
    let all = [
        SocketRef { inode: 101, uid: 0, cgroup: 0 },
        SocketRef { inode: 201, uid: ME, cgroup: 0 },
        SocketRef { inode: 9, uid: ME, cgroup: 0 },
    ];
    cache.resolve(&all, &mut owners);
    assert_eq!(owners[1].owner.process().map(|process| process.pid), Some(20));
    assert_eq!(owners[2].owner, Owner::Missing(OwnerMissing::NotFound));
    // Root may inspect all processes, so nothing is refused.
    if is_refused {
        assert_eq!(owners[0].owner, Owner::Missing(OwnerMissing::NotPermitted));
    }
}

/// The reason why a socket of `uid` has no owner, in each of several samples.
fn reasons(cache: &mut OwnerCache, uid: u32, samples: usize) -> Vec<OwnerMissing> {
    let mut owners = Vec::new();
    let mut sample = || {
        cache.resolve(&[SocketRef { inode: 9, uid, cgroup: 0 }], &mut owners);
        match owners[0].owner {
            Owner::Missing(reason) => reason,
            Owner::Process(_) => panic!("somebody holds it"),
        }
    };
    (0..samples).map(|_| sample()).collect()
}

/// Makes the tree claim to show all processes of the machine.
fn show_all_processes(root: &Path) {
    std_fs::create_dir_all(root.join("self/ns")).unwrap();
    std::os::unix::fs::symlink("pid:[4026531836]", root.join("self/ns/pid")).unwrap();
}

#[test]
fn what_no_process_holds_is_the_kernels_where_all_were_seen() {
    let root = tempfile::tempdir().unwrap();
    add_process(root.path(), 10, "browser", 1, &[101]);
    assert_eq!(reasons(&mut cache_over(root.path()), 0, 3), [OwnerMissing::NotFound; 3], "others may be elsewhere");
    show_all_processes(root.path());
    assert_eq!(reasons(&mut cache_over(root.path()), 0, 3), [OwnerMissing::Kernel; 3]);
    // A later socket may have closed before the search.
    let mut cache = cache_over(root.path());
    pids(&mut cache, &[101]);
    let later = reasons(&mut cache, 0, 4 * ROUND as usize);
    assert_eq!((later[0], later.last()), (OwnerMissing::NotFound, Some(&OwnerMissing::Kernel)));
    // Partial searches for other sockets do not change that.
    let mut owners = Vec::new();
    for inode in 1_000..1_020 {
        let sockets = [9, inode].map(|inode| SocketRef { inode, uid: 0, cgroup: 0 });
        cache.resolve(&sockets, &mut owners);
        assert_eq!(owners[0].owner, Owner::Missing(OwnerMissing::Kernel));
    }
    // A file instead of the directory cannot be read, like with too many open files.
    let folder = root.path().join("10/fd");
    std_fs::remove_dir_all(&folder).unwrap();
    std_fs::write(&folder, "").unwrap();
    assert_eq!(reasons(&mut cache_over(root.path()), 0, 3), [OwnerMissing::NotFound; 3], "not all were seen");
}

#[test]
fn a_process_of_this_user_that_may_not_be_inspected_may_hold_its_sockets() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    show_all_processes(root.path());
    add_process(root.path(), 10, "agent", 1, &[101]);
    let folder = root.path().join("10/fd");
    std_fs::set_permissions(&folder, std_fs::Permissions::from_mode(0o000)).unwrap();
    if std_fs::read_dir(&folder).is_ok() {
        // Root may read it; tests/sockets/owners.rs covers processes that even root may not inspect.
        return;
    }
    for (runs_as, reason) in [(ME, OwnerMissing::NotPermitted), (7, OwnerMissing::NotFound)] {
        std_fs::write(root.path().join("10/status"), format!("Name:\tagent\nUid:\t7\t{runs_as}\t7\t7\n")).unwrap();
        assert_eq!(reasons(&mut cache_over(root.path()), ME, 2), [reason; 2]);
        assert_eq!(reasons(&mut cache_over(root.path()), 33, 2), [OwnerMissing::NotPermitted; 2]);
    }
}

#[test]
fn without_processes_to_read_every_owner_says_why() {
    let root = tempfile::tempdir().unwrap();
    for path in [root.path().to_owned(), root.path().join("nowhere")] {
        let mut cache = cache_over(&path);
        let mut owners = Vec::new();
        for _ in 0..3 {
            let degradations = cache.resolve(&sockets(&[101, 0]), &mut owners);
            assert_eq!(degradations.iter().map(|it| it.kind).collect::<Vec<_>>(), [DegradationKind::Owners]);
            assert_eq!(owners[0].owner, Owner::Missing(OwnerMissing::ProcUnavailable));
            assert_eq!(owners[1].owner, Owner::Missing(OwnerMissing::NoProcess));
        }
    }
}

#[test]
fn closed_sockets_are_forgotten() {
    let root = tempfile::tempdir().unwrap();
    add_process(root.path(), 10, "browser", 1, &[101, 102, 103]);
    let mut cache = cache_over(root.path());
    pids(&mut cache, &[101, 102, 103]);
    pids(&mut cache, &[0, 0, 0, 101]);
    assert_eq!(cache.sockets.len(), 1);
    pids(&mut cache, &[0, 0]);
    assert_eq!(cache.sockets.len(), 0);
    assert!(!cache.processes.values().any(|state| state.is_holder), "nobody is watched in vain");
}

#[test]
fn a_socket_of_this_process_is_found_in_the_real_tree() {
    use std::os::fd::AsRawFd;
    if !Path::new("/proc/self/fd").exists() {
        return;
    }
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let link = std_fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).unwrap();
    let inode = number(&link.as_os_str().as_encoded_bytes()[8..][..link.as_os_str().len() - 9]).unwrap();
    let mut owners = Vec::new();
    cache_over(Path::new("/proc")).resolve(&sockets(&[inode]), &mut owners);
    assert_eq!(owners[0].owner.process().map(|process| process.pid), Some(std::process::id()));
}
