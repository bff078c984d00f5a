//! User names from `/etc/passwd` (passwd(5)), read again when the file changes.
//!
//! *Why not the system's lookup?* It may query a server on the network, which this program must not do. Users known
//! only there are shown by number.

use rustc_hash::FxHashMap;
use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// Interval of checks whether the file changed, in samples.
const CHECK: u64 = 8;
/// Maximum number of bytes to read.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Cached names.
#[derive(Debug)]
pub(super) struct UserNames {
    path: PathBuf,
    /// Modification time and length of the file that was read.
    stamp: Option<(SystemTime, u64)>,
    names: FxHashMap<u32, Arc<str>>,
    sample: u64,
}

impl UserNames {
    /// Reads the file at `path`, usually `/etc/passwd`; without names if it cannot be read.
    pub(super) fn new(path: &Path) -> Self {
        let mut users = Self { path: path.to_owned(), stamp: None, names: FxHashMap::default(), sample: 0 };
        users.read_if_changed();
        users
    }

    /// Begins a sample. Returns true if names have changed.
    pub(super) fn begin(&mut self) -> bool {
        self.sample += 1;
        self.sample.is_multiple_of(CHECK) && self.read_if_changed()
    }

    /// The name of the user `uid`. Untrusted text.
    pub(super) fn name(&self, uid: u32) -> Option<Arc<str>> {
        self.names.get(&uid).cloned()
    }

    fn read_if_changed(&mut self) -> bool {
        let stamp = self.path.metadata().ok().and_then(|file| Some((file.modified().ok()?, file.len())));
        if stamp == self.stamp {
            return false;
        }
        self.stamp = stamp;
        let names = File::open(&self.path).map(|file| read_names(BufReader::new(file.take(MAX_BYTES))));
        let names = names.unwrap_or_default();
        let has_changed = names != self.names;
        self.names = names;
        has_changed
    }
}

/// One `name:password:uid:…` per line; skips invalid lines. The first name of a user wins.
pub(in crate::sampler::linux) fn read_names(file: impl BufRead) -> FxHashMap<u32, Arc<str>> {
    let mut names = FxHashMap::default();
    for line in file.split(b'\n').map_while(Result::ok) {
        let mut fields = line.split(|byte| *byte == b':');
        let (name, uid) = (fields.next(), fields.nth(1));
        let uid = uid.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        if let (Some(name @ [_, ..]), Some(uid)) = (name, uid) {
            names.entry(uid).or_insert_with(|| Arc::from(String::from_utf8_lossy(name)));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_user_has_the_first_name_in_the_file() {
        let text: &[u8] = b"root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:\n\n# a note\n+::::::\nbroken\nno:x:-1:0\n\
            :x:5:5::\nann\xff:x:1000:1000:Ann:/home/ann:/bin/sh\r\nlast:x:4294967295:1::";
        let names = read_names(text);
        let of = |uid: u32| names.get(&uid).map(|name| &**name);
        assert_eq!((of(0), of(1000), of(5), of(u32::MAX)), (Some("root"), Some("ann\u{fffd}"), None, Some("last")));
        assert_eq!(names.len(), 3);
    }

    #[test]
    fn a_change_of_the_file_is_noticed_and_its_absence_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passwd");
        let mut users = UserNames::new(&path);
        assert_eq!(users.name(0), None);
        fs::write(&path, "root:x:0:0\n").unwrap();
        let changes = |users: &mut UserNames| (0..CHECK).filter(|_| users.begin()).count();
        assert_eq!((changes(&mut users), users.name(0).as_deref()), (1, Some("root")));
        assert_eq!(changes(&mut users), 0);
        fs::write(&path, "admin:x:0:0\nann:x:1000:1\n").unwrap();
        assert_eq!((changes(&mut users), users.name(0).as_deref()), (1, Some("admin")));
        assert_eq!(users.name(1000).as_deref(), Some("ann"));
        fs::remove_file(&path).unwrap();
        assert_eq!((changes(&mut users), users.name(0)), (1, None));
    }
}
