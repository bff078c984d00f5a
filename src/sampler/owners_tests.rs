//! Tests of the owner cache, on a tree that looks like `/proc` and on the real one.

use super::{super::processes::tests::add_process, *};
use std::fs as std_fs;

const ME: u32 = 1000;

fn sockets(inodes: &[u32]) -> Vec<SocketRef> {
    inodes.iter().map(|inode| SocketRef { inode: *inode, uid: ME }).collect()
}

/// Pids of the owners, 0 for none.
fn pids(cache: &mut OwnerCache, inodes: &[u32]) -> Vec<u32> {
    let mut owners = Vec::new();
    assert_eq!(cache.resolve(&sockets(inodes), &mut owners), None);
    owners.iter().map(|owner| owner.process().map_or(0, |process| process.pid)).collect()
}

#[test]
fn every_socket_gets_the_process_that_holds_it() {
    let root = tempfile::tempdir().unwrap();
    add_process(root.path(), 10, "browser", 1, &[101, 102]);
    add_process(root.path(), 20, "mail", 2, &[201]);
    std_fs::create_dir(root.path().join("sys")).unwrap();
    let mut cache = OwnerCache::new(root.path(), ME);
    assert_eq!(pids(&mut cache, &[201, 101, 0, 102, 999]), [20, 10, 0, 10, 0]);
    let mut owners = Vec::new();
    cache.resolve(&sockets(&[0, 999, 101]), &mut owners);
    assert_eq!(owners[0], Owner::Missing(OwnerMissing::NoProcess));
    assert_eq!(owners[1], Owner::Missing(OwnerMissing::NotFound));
    assert_eq!(&*owners[2].process().unwrap().name, "browser");
}

#[test]
fn nothing_is_searched_while_nothing_is_new() {
    let root = tempfile::tempdir().unwrap();
    for pid in 1..=50 {
        add_process(root.path(), pid, "some", 1, &[1000 + pid]);
    }
    let mut cache = OwnerCache::new(root.path(), ME);
    pids(&mut cache, &[1001, 1050]);
    let before = cache.scanned_processes;
    for _ in 0..5 {
        assert_eq!(pids(&mut cache, &[1001, 1050]), [1, 50]);
    }
    assert_eq!(cache.scanned_processes, before);
}

#[test]
fn a_new_process_is_looked_through_first() {
    let root = tempfile::tempdir().unwrap();
    for pid in 1..=50 {
        add_process(root.path(), pid, "some", 1, &[1000 + pid]);
    }
    let mut cache = OwnerCache::new(root.path(), ME);
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
    let mut cache = OwnerCache::new(root.path(), ME);
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
    let mut cache = OwnerCache::new(root.path(), ME);
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
    let mut cache = OwnerCache::new(root.path(), ME);
    assert_eq!(pids(&mut cache, &[101]), [20], "the child serves it");
    std_fs::remove_dir_all(root.path().join("20")).unwrap();
    assert_eq!(pids(&mut cache, &[101]), [10]);
}

#[test]
fn a_pid_used_again_loses_the_sockets_of_the_one_before() {
    let root = tempfile::tempdir().unwrap();
    add_process(root.path(), 10, "old", 1, &[101]);
    let mut cache = OwnerCache::new(root.path(), ME);
    assert_eq!(pids(&mut cache, &[101]), [10]);
    add_process(root.path(), 10, "new", 50, &[]);
    let lost = (0..=VERIFY).any(|_| pids(&mut cache, &[101]) == [0]);
    assert!(lost);
}

#[test]
fn a_process_that_becomes_another_program_gets_its_new_name() {
    let root = tempfile::tempdir().unwrap();
    add_process(root.path(), 10, "shell", 1, &[101]);
    let mut cache = OwnerCache::new(root.path(), ME);
    pids(&mut cache, &[101]);
    add_process(root.path(), 10, "server", 1, &[101]);
    let mut owners = Vec::new();
    for _ in 0..=VERIFY {
        cache.resolve(&sockets(&[101]), &mut owners);
    }
    assert_eq!(&*owners[0].process().unwrap().name, "server");
}

#[test]
fn what_may_not_be_looked_into_is_said_so() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    add_process(root.path(), 10, "daemon", 1, &[101]);
    add_process(root.path(), 20, "mine", 1, &[201]);
    let folder = root.path().join("10/fd");
    std_fs::set_permissions(&folder, std_fs::Permissions::from_mode(0o000)).unwrap();
    let is_refused = std_fs::read_dir(&folder).is_err();
    let mut cache = OwnerCache::new(root.path(), ME);
    let mut owners = Vec::new();
    let all = [SocketRef { inode: 101, uid: 0 }, SocketRef { inode: 201, uid: ME }, SocketRef { inode: 9, uid: ME }];
    cache.resolve(&all, &mut owners);
    assert_eq!(owners[1].process().map(|process| process.pid), Some(20));
    assert_eq!(owners[2], Owner::Missing(OwnerMissing::NotFound));
    // Root may look into everything, so that as root there is nothing to be refused.
    if is_refused {
        assert_eq!(owners[0], Owner::Missing(OwnerMissing::NotPermitted));
    }
}

#[test]
fn without_processes_to_read_every_owner_says_why() {
    let root = tempfile::tempdir().unwrap();
    for path in [root.path().to_owned(), root.path().join("nowhere")] {
        let mut cache = OwnerCache::new(&path, ME);
        let mut owners = Vec::new();
        for _ in 0..3 {
            let degradation = cache.resolve(&sockets(&[101, 0]), &mut owners).expect("a degradation");
            assert_eq!(degradation.kind, DegradationKind::Owners);
            assert_eq!(owners[0], Owner::Missing(OwnerMissing::ProcUnavailable));
            assert_eq!(owners[1], Owner::Missing(OwnerMissing::NoProcess));
        }
    }
}

#[test]
fn closed_sockets_are_forgotten() {
    let root = tempfile::tempdir().unwrap();
    add_process(root.path(), 10, "browser", 1, &[101, 102, 103]);
    let mut cache = OwnerCache::new(root.path(), ME);
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
    let mut cache = OwnerCache::new(Path::new("/proc"), rustix::process::geteuid().as_raw());
    assert_eq!(pids(&mut cache, &[inode]), [std::process::id()]);
}
