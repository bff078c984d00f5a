//! Maps a file of this program's cache into memory: the only module with `unsafe`.
//!
//! *Why not read it:* 43 MB would stay in memory; mapped, only the pages that lookups use do, and the system may drop
//! them. *Why not map the user's files:* other programs replace and truncate those.

use maxminddb::Mmap;
use std::{fs::File, io};

/// Maps `file`, which must have been written by `embedded`.
///
/// # Errors
/// If the system cannot map it.
#[expect(unsafe_code, reason = "mapping a file is unsafe because the file could change; audited below")]
pub(super) fn map_cached_file(file: &File) -> io::Result<Mmap> {
    // SAFETY: `Mmap::map` requires that the file is neither changed nor truncated while it is mapped. The only files
    // passed here are in this program's cache directory, in the user's home. This program never writes to such a file
    // after it has its name: it writes a temporary file and renames it, which does not affect the mapped inode. It
    // never truncates one, and a deleted file exists until it is unmapped. Another program of the same user could
    // truncate it, as it could kill this one. The mapping is read-only, and the reader validates each offset and each
    // text, so arbitrary bytes do no harm.
    unsafe { Mmap::map(file) }
}
