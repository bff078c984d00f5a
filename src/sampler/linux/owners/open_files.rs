//! Reads open files of processes from a `/proc` tree: their number, and which of them are sockets.

use rustix::{
    fd::{BorrowedFd, OwnedFd},
    fs::{self, AtFlags, Mode, OFlags, RawDir},
    io::Errno,
};
use std::{ffi::CStr, fmt::Write as _};

/// Number of open files of `pid`, 0 before Linux 6.2. An error if the process does not exist or is hidden.
pub(super) fn count_files(root: &OwnedFd, pid: u32, scratch: &mut String) -> Result<u64, Errno> {
    let stat = fs::statat(root, file_folder(pid, scratch), AtFlags::empty())?;
    Ok(u64::try_from(stat.st_size).unwrap_or(0))
}

fn file_folder(pid: u32, scratch: &mut String) -> &str {
    scratch.clear();
    // Writing to a string cannot fail.
    if write!(scratch, "{pid}/fd").is_err() {
        scratch.clear();
    }
    scratch
}

/// Passes the inode of every open socket of `pid` to `visit`, until that returns false, or `limit` files were read.
/// Returns true if all were read. An error if the files may not be listed, even if their number is readable.
pub(super) fn read_sockets(
    root: &OwnedFd,
    pid: u32,
    scratch: &mut String,
    buffer: &mut Vec<u8>,
    limit: usize,
    mut visit: impl FnMut(u32) -> bool,
) -> Result<bool, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = fs::openat(root, file_folder(pid, scratch), flags, Mode::empty())?;
    buffer.clear();
    let mut entries = RawDir::new(&folder, buffer.spare_capacity_mut());
    let mut read = 0;
    while let Some(entry) = entries.next() {
        if read == limit {
            return Ok(false);
        }
        read += 1;
        if let Some(inode) = socket_inode(rustix::fd::AsFd::as_fd(&folder), entry?.file_name())?
            && !visit(inode)
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The inode of an open file, if it is a socket. The file may already be closed.
fn socket_inode(folder: BorrowedFd<'_>, name: &CStr) -> Result<Option<u32>, Errno> {
    let mut target = [0_u8; 32];
    let length = match fs::readlinkat_raw(folder, name, &mut target[..]) {
        Ok(length) => length,
        Err(errno @ (Errno::ACCESS | Errno::PERM)) => return Err(errno),
        Err(_) => return Ok(None),
    };
    Ok(inode_of_link(&target[..length]))
}

/// The inode in the target of a link, `socket:[4711]`.
pub(in crate::sampler::linux) fn inode_of_link(target: &[u8]) -> Option<u32> {
    target.strip_prefix(b"socket:[").and_then(|rest| rest.strip_suffix(b"]")).and_then(number)
}

/// A decimal number.
pub(super) fn number(digits: &[u8]) -> Option<u32> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}
