//! Mapping a file of this program's own cache into memory: the one place with `unsafe`.
//!
//! *Why not read it:* 43 MB would lie in memory for good; mapped, only the pages that lookups touch do, and the system
//! may drop them. *Why not map the user's files:* those are replaced and truncated by other programs.

use maxminddb::Mmap;
use std::{fs::File, io};

/// Maps `file`, which must be one that `embedded` wrote.
///
/// # Errors
/// When the system does not map it.
#[expect(unsafe_code, reason = "mapping a file is unsafe because the file could change; audited below")]
pub(super) fn map_cached_file(file: &File) -> io::Result<Mmap> {
    // SAFETY: `Mmap::map` asks that the file be neither changed nor truncated while it is mapped. The only files that
    // come here lie in this program's cache directory, in the user's own home. This program never writes into such a
    // file after it has its name: it writes a temporary file and renames it over the name, which leaves the mapped
    // inode as it was; nor does it truncate one, and what it deletes lives on until it is unmapped. Another program of
    // the same user could truncate it by hand, as it could kill this one. The mapping is read-only, and the reader on
    // top checks each offset and each text, so bytes of any value do no harm.
    unsafe { Mmap::map(file) }
}
