//! The open files of processes, read from a `/proc` tree: how many there are, and which are sockets.

use rustix::{
    fd::{BorrowedFd, OwnedFd},
    fs::{self, AtFlags, Mode, OFlags, RawDir},
    io::Errno,
};
use std::{ffi::CStr, fmt::Write as _};

/// Number of open files of `pid`, 0 before Linux 6.2. An error where there is no such process, or nothing of it is shown.
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

/// Gives the inode of every socket that `pid` has open to `visit`, until it answers false, or until `limit` files were
/// looked at. True when all were read. A process may show how many files it has, and not which: that is an error, too.
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

/// The inode behind an open file, if that is a socket. The file may be closed by now.
fn socket_inode(folder: BorrowedFd<'_>, name: &CStr) -> Result<Option<u32>, Errno> {
    let mut target = [0_u8; 32];
    let length = match fs::readlinkat_raw(folder, name, &mut target[..]) {
        Ok(length) => length,
        Err(errno @ (Errno::ACCESS | Errno::PERM)) => return Err(errno),
        Err(_) => return Ok(None),
    };
    let digits = target[..length].strip_prefix(b"socket:[").and_then(|rest| rest.strip_suffix(b"]"));
    Ok(digits.and_then(number))
}

/// A decimal number.
pub(super) fn number(digits: &[u8]) -> Option<u32> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}
