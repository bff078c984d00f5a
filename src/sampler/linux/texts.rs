//! Reads texts of the system as the sources do, without the files: what fuzzing calls.
//!
//! Each function takes the content of a file of `/proc`, of `/etc/passwd`, or a path of `/sys/fs/cgroup`, which other programs
//! may choose in part.

use super::{destroy_events, owners, proc_net::table};
use crate::{
    model::{Endpoint, Protocol, SocketState},
    sampler::owners::whole_name,
};
use std::{path::Path, sync::Arc};

/// A socket in a table of `/proc/net`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableRow {
    /// Local endpoint.
    pub local: Endpoint,
    /// Remote endpoint; `None` for a listener.
    pub remote: Option<Endpoint>,
    /// State.
    pub state: SocketState,
    /// Inode; 0 if no process holds it.
    pub inode: u32,
    /// User; `None` if the kernel does not fill it in.
    pub uid: Option<u32>,
}

/// The sockets of a table `/proc/net/{tcp,udp}{,6}`, and the number of its other rows; `None` if it is no such table.
#[must_use]
pub fn socket_table(text: &[u8], protocol: Protocol) -> Option<(Vec<TableRow>, usize)> {
    let mut sockets = Vec::new();
    let unreadable = table::read(text, protocol, &mut sockets)?;
    let rows = sockets.iter().map(|socket| TableRow {
        local: socket.local,
        remote: socket.remote,
        state: socket.state,
        inode: socket.clue.inode,
        uid: socket.uid,
    });
    Some((rows.collect(), unreadable))
}

/// The parent process and the start time, from `/proc/PID/stat`.
#[must_use]
pub fn parent_and_start(stat: &[u8]) -> (Option<u32>, Option<u64>) {
    (owners::field_of_stat(stat, 1), owners::field_of_stat(stat, 19))
}

/// The name of a process, from `/proc/PID/comm` and the path of its program.
#[must_use]
pub fn process_name(comm: &[u8], path: Option<&Path>) -> Option<Arc<str>> {
    whole_name(comm, path)
}

/// The inode of an open socket, from the link in `/proc/PID/fd`.
#[must_use]
pub fn socket_inode(target: &[u8]) -> Option<u32> {
    owners::inode_of_link(target)
}

/// Whether the list `/proc/PID/net/dev` has an interface that not every network namespace has.
#[must_use]
pub fn has_own_interface(list: &str) -> bool {
    owners::has_own_interface(list)
}

/// The number of events that the kernel dropped for the diagnostic socket `port`, from `/proc/net/netlink`.
#[must_use]
pub fn dropped_events(table: &str, port: u32) -> Option<u64> {
    destroy_events::drops_of(table, port)
}

/// Users and their names, from `/etc/passwd`.
#[must_use]
pub fn user_names(passwd: &[u8]) -> Vec<(u32, Arc<str>)> {
    owners::read_names(passwd).into_iter().collect()
}

/// The service, scope or container of a path of a control group.
#[must_use]
pub fn unit_name(path: &str) -> String {
    owners::unit_name(path)
}
