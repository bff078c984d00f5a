//! The open files of processes, read from a `/proc` tree: how many there are, and which are sockets.

use rustix::{
    fd::{BorrowedFd, OwnedFd},
    fs::{self, AtFlags, Mode, OFlags, RawDir},
    io::Errno,
};
use std::{ffi::CStr, fmt::Write as _};

/// Number of open files of `pid`, 0 before Linux 6.2; `None` when there is no such process.
pub(super) fn count_files(root: &OwnedFd, pid: u32, scratch: &mut String) -> Option<u64> {
    let stat = fs::statat(root, file_folder(pid, scratch), AtFlags::empty()).ok()?;
    u64::try_from(stat.st_size).ok()
}

fn file_folder(pid: u32, scratch: &mut String) -> &str {
    scratch.clear();
    // Writing to a string cannot fail.
    if write!(scratch, "{pid}/fd").is_err() {
        scratch.clear();
    }
    scratch
}

/// Gives the inode of every socket that `pid` has open to `visit`, until it answers false, or until `limit` files were
/// looked at. True when all were read.
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
        if let Some(inode) = socket_inode(rustix::fd::AsFd::as_fd(&folder), entry?.file_name())
            && !visit(inode)
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The inode behind an open file, if that is a socket. The file may be closed by now.
fn socket_inode(folder: BorrowedFd<'_>, name: &CStr) -> Option<u32> {
    let mut target = [0_u8; 32];
    let length = fs::readlinkat_raw(folder, name, &mut target[..]).ok()?;
    number(target[..length].strip_prefix(b"socket:[")?.strip_suffix(b"]")?)
}

/// A decimal number.
pub(super) fn number(digits: &[u8]) -> Option<u32> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}
