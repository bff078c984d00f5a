//! The two embedded databases: compressed in the program, unpacked once into the user's cache directory, and
//! memory-mapped.
//!
//! LZMA makes half of what Zstandard makes of a search tree. Unpacking takes about a second, once; mapping is fast. The name
//! of the unpacked file contains the size and checksum (low half of XXH64) of its content. So the name identifies the
//! content, other versions have other names, and a damaged file is detected and replaced at the next start. Files are written under a temporary name and renamed, so that programs that start at the same time do not
//! conflict. Without a writable cache directory the content stays in memory, which only makes the start slower. The
//! same applies if root uses the cache of another user, who could change the file while it is mapped.

use super::{
    mmap::map_cached_file,
    mmdb::{AnyDatabase, AsnDatabase, Bytes, CityDatabase, MmdbError},
};
use crate::{
    files::{Owner, create_directory},
    language::t,
};
use lzma_rust2::LzmaReader;
use std::{
    fs::{self, File},
    hash::Hasher,
    io::{self, BufWriter, Read, Write},
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};
use twox_hash::XxHash64;

/// An embedded database.
struct Embedded {
    /// Prefix of the name of the unpacked file.
    stem: &'static str,
    /// Its name in error messages.
    origin: fn() -> &'static str,
    /// Its official name.
    name: &'static str,
    compressed: &'static [u8],
    /// What it unpacks to; `xxhsum -H1` prints the checksum.
    content: ContentKey,
}

const CITY: Embedded = Embedded {
    stem: "city",
    origin: || t!("mmdb-embedded-city"),
    name: "DB-IP City Lite (reduced)",
    compressed: include_bytes!("../../../data/geo/city.mmdb.lzma"),
    content: ContentKey { size_bytes: 32_234_113, checksum: 0x8a5c_6c79 },
};

const ASN: Embedded = Embedded {
    stem: "asn",
    origin: || t!("mmdb-embedded-operators"),
    name: "RouteViews, NRO and DB-IP ASN",
    compressed: include_bytes!("../../../data/geo/asn.mmdb.lzma"),
    content: ContentKey { size_bytes: 10_954_266, checksum: 0x65b4_0426 },
};

/// Prefix of names of temporary files.
const TEMPORARY_PREFIX: &str = ".unpacking-";

/// Age after which a temporary file is considered abandoned.
const TEMPORARY_LIFE: Duration = Duration::from_hours(1);

/// Size and checksum of the content: the low half of XXH64 with seed 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct ContentKey {
    size_bytes: u64,
    checksum: u32,
}

/// Memory for unpacking: the dictionaries have 4 MiB.
const MAX_MEMORY_KIB: u32 = 8 * 1024;

/// Block size for reading.
const BLOCK_BYTES: usize = 64 * 1024;

/// An open database.
pub(super) struct Opened<T> {
    pub(super) database: T,
    /// Why the content could not be cached for the next start, if that is unexpected.
    pub(super) not_kept: Option<String>,
}

/// Opens the city database, unpacked into `cache_directory`. Blocks for up to a second at the first start.
///
/// # Errors
/// If the embedded data is damaged.
pub(super) fn open_city(cache_directory: Option<&Path>) -> Result<Opened<CityDatabase>, MmdbError> {
    let Opened { database, not_kept } = open(&CITY, cache_directory)?;
    Ok(Opened { database: database.into_city()?.named(CITY.name), not_kept })
}

/// Opens the operator database, like [`open_city`].
///
/// # Errors
/// If the embedded data is damaged.
pub(super) fn open_asn(cache_directory: Option<&Path>) -> Result<Opened<AsnDatabase>, MmdbError> {
    let Opened { database, not_kept } = open(&ASN, cache_directory)?;
    Ok(Opened { database: database.into_asn()?.named(ASN.name), not_kept })
}

fn open(embedded: &Embedded, cache_directory: Option<&Path>) -> Result<Opened<AnyDatabase>, MmdbError> {
    let origin: Arc<str> = Arc::from((embedded.origin)());
    let corrupt = |reason: String| MmdbError::Corrupt { origin: Arc::clone(&origin), reason };
    let key = embedded.content;
    let path = cache_directory.map(|directory| directory.join(key.file_name(embedded.stem)));
    let mut not_kept = None;
    let kept = path.as_deref().and_then(|path| {
        take_checked(path, key)
            .or_else(|_| {
                store(path, embedded, key)?;
                take_checked(path, key)
            })
            .map_err(|error| not_kept = surprise(&error).then(|| format!("{}: {error}", path.display())))
            .ok()
    });
    let bytes = match kept {
        Some(bytes) => bytes,
        None => {
            let mut content = Vec::new();
            unpack(embedded.compressed, key, &mut content).map_err(|error| corrupt(error.to_string()))?;
            Bytes::Owned(content)
        }
    };
    Ok(Opened { database: AnyDatabase::from_bytes(bytes, origin)?, not_kept })
}

/// Whether this error is unexpected for a cache, unlike one that is read-only or missing on purpose.
fn surprise(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound, PermissionDenied, ReadOnlyFilesystem};
    !matches!(error.kind(), NotADirectory | NotFound | PermissionDenied | ReadOnlyFilesystem)
}

impl ContentKey {
    /// Whether the content of `reader` has this size and checksum (low half of XXH64 with seed 0).
    fn is_of(self, mut reader: impl Read) -> io::Result<bool> {
        let mut hasher = XxHash64::with_seed(0);
        let mut block = vec![0; BLOCK_BYTES];
        let mut size_bytes = 0;
        loop {
            match reader.read(&mut block) {
                Ok(0) => return Ok(size_bytes == self.size_bytes && hasher.finish() as u32 == self.checksum),
                Ok(count) => {
                    hasher.write(&block[..count]);
                    size_bytes += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn file_name(self, stem: &str) -> String {
        format!("{stem}-{}-{:08x}.mmdb", self.size_bytes, self.checksum)
    }
}

/// Decompresses into `out`, and verifies the content against `key`.
fn unpack(compressed: &[u8], key: ContentKey, out: &mut impl Write) -> io::Result<()> {
    let reader = LzmaReader::new_mem_limit(compressed, MAX_MEMORY_KIB, None)?;
    // One byte more would show that it is too long.
    let mut checked = Checked { reader: reader.take(key.size_bytes + 1), hasher: XxHash64::with_seed(0) };
    let size_bytes = io::copy(&mut checked, out)?;
    if size_bytes == key.size_bytes && checked.hasher.finish() as u32 == key.checksum {
        Ok(())
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, t!("mmdb-wrong-checksum")))
    }
}

/// A reader that computes the checksum of what is read.
struct Checked<R> {
    reader: R,
    hasher: XxHash64,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(block)?;
        self.hasher.write(&block[..count]);
        Ok(count)
    }
}

/// The content of an unpacked file, if it matches `key`.
fn take_checked(path: &Path, key: ContentKey) -> io::Result<Bytes> {
    let file = File::open(path)?;
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, t!("mmdb-damaged"));
    if Owner::of_file(&file)?.is_some() {
        // Its owner could change it at any time, so read it into memory.
        let mut content = Vec::new();
        file.take(key.size_bytes + 1).read_to_end(&mut content)?;
        return if key.is_of(content.as_slice())? { Ok(Bytes::Owned(content)) } else { Err(damaged()) };
    }
    // Verify by reading: through the mapping, all pages would count as memory of this program.
    if !key.is_of(&file)? {
        return Err(damaged());
    }
    map_cached_file(&file).map(Bytes::Mapped)
}

/// Unpacks to `path` atomically, and removes files of older versions.
fn store(path: &Path, embedded: &Embedded, key: ContentKey) -> io::Result<()> {
    let directory = path.parent().ok_or(io::ErrorKind::NotFound)?;
    let owner = Owner::in_directory(directory);
    create_directory(directory, owner)?;
    let file = tempfile::Builder::new().prefix(TEMPORARY_PREFIX).tempfile_in(directory)?;
    let mut writer = BufWriter::with_capacity(1 << 18, file);
    unpack(embedded.compressed, key, &mut writer)?;
    let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    if let Some(owner) = owner {
        owner.give(file.as_file())?;
    }
    file.persist(path)?;
    if remove_leftovers(directory, path, embedded.stem).is_err() {
        // They only waste space, and the next version tries again.
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "how old a file is does not depend on the moment that is shown")]
fn remove_leftovers(directory: &Path, keep: &Path, stem: &str) -> io::Result<()> {
    for entry in directory.read_dir()? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let is_older_version = is_unpacked_name(name, stem) && entry.path() != keep;
        let is_abandoned = name.starts_with(TEMPORARY_PREFIX)
            && SystemTime::now().duration_since(entry.metadata()?.modified()?).is_ok_and(|age| age > TEMPORARY_LIFE);
        if (is_older_version || is_abandoned) && fs::remove_file(entry.path()).is_err() {
            // Another version of the program may have it open.
        }
    }
    Ok(())
}

/// Whether `name` has the format of [`ContentKey::file_name`].
fn is_unpacked_name(name: &str, stem: &str) -> bool {
    let parts = name.strip_prefix(stem).and_then(|name| name.strip_prefix('-')?.strip_suffix(".mmdb")?.split_once('-'));
    parts.is_some_and(|(size, checksum)| {
        size.bytes().all(|b| b.is_ascii_digit())
            && checksum.len() == 8
            && checksum.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{net::IpAddr, path::PathBuf};

    const LONDON: &str = "81.2.69.142";

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("a literal address")
    }

    fn answers_right(directory: Option<&Path>) -> bool {
        let asn = open_asn(directory).expect("the embedded database").database;
        asn.lookup(ip("8.8.8.8")).expect("sound").is_some_and(|operator| operator.asn.0 == 15169)
    }

    fn unpacked(directory: &Path) -> Vec<PathBuf> {
        let mut paths: Vec<_> =
            directory.read_dir().expect("readable").map(|entry| entry.expect("entry").path()).collect();
        paths.sort();
        paths
    }

    #[test]
    fn the_embedded_databases_unpack_to_what_is_said() {
        for embedded in [&CITY, &ASN] {
            unpack(embedded.compressed, embedded.content, &mut io::sink()).expect(embedded.stem);
            let shorter = ContentKey { size_bytes: embedded.content.size_bytes - 1, ..embedded.content };
            assert!(unpack(embedded.compressed, shorter, &mut io::sink()).is_err(), "{}", embedded.stem);
        }
    }

    #[test]
    fn the_checksum_is_the_one_that_is_published() {
        // Low halves of reference values of the xxHash project for seed 0.
        for (text, checksum) in [
            ("", 0x51D8_E999),
            ("a", 0xA98C_6E5B),
            ("abc", 0xAD77_0999),
            ("The quick brown fox jumps over the lazy dog", 0x1FDA_71BC),
        ] {
            let key = ContentKey { size_bytes: text.len() as u64, checksum };
            assert!(key.is_of(text.as_bytes()).expect("bytes in memory"), "{text:?}");
            let longer = ContentKey { size_bytes: key.size_bytes + 1, ..key };
            assert!(!longer.is_of(text.as_bytes()).expect("bytes in memory"), "{text:?}");
        }
    }

    #[test]
    fn one_flipped_bit_anywhere_is_found() {
        let mut bytes: Vec<u8> = (0..3 * BLOCK_BYTES + 13).map(|at| (at % 251) as u8).collect();
        let key = ContentKey { size_bytes: bytes.len() as u64, checksum: XxHash64::oneshot(0, &bytes) as u32 };
        assert!(key.is_of(bytes.as_slice()).expect("bytes in memory"));
        for at in [0, 31, 32, BLOCK_BYTES - 1, BLOCK_BYTES, 2 * BLOCK_BYTES + 7, bytes.len() - 1] {
            bytes[at] ^= 1;
            assert!(!key.is_of(bytes.as_slice()).expect("bytes in memory"), "byte {at}");
            bytes[at] ^= 1;
        }
    }

    #[test]
    fn a_cache_that_somebody_closed_is_no_surprise_and_a_full_disk_is() {
        use io::ErrorKind::{FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        for (kind, is_surprise) in [
            (PermissionDenied, false),
            (ReadOnlyFilesystem, false),
            (FileTooLarge, true),
            (QuotaExceeded, true),
            (StorageFull, true),
        ] {
            assert_eq!(surprise(&kind.into()), is_surprise, "{kind:?}");
        }
    }

    #[test]
    fn the_embedded_databases_know_the_world() {
        let cache = tempfile::tempdir().expect("a directory");
        let city = open_city(Some(cache.path())).expect("the embedded database").database;
        let place = city.lookup(ip(LONDON)).expect("sound").expect("a place");
        assert_eq!(place.country_iso.map(|iso| iso.to_string()).as_deref(), Some("GB"));
        assert_eq!(city.stamp().name.as_ref(), "DB-IP City Lite (reduced)");
        assert!(city.stamp().built.starts_with("2026-"), "{:?}", city.stamp());
        assert!(city.covers(ip("2001:218::1")));
        assert!(answers_right(Some(cache.path())));
    }

    #[test]
    fn the_second_start_uses_what_the_first_one_unpacked() {
        let cache = tempfile::tempdir().expect("a directory");
        assert!(answers_right(Some(cache.path())));
        let files = unpacked(cache.path());
        let written_at = |path: &Path| fs::metadata(path).expect("there").modified().expect("known");
        let before = written_at(&files[0]);
        assert!(answers_right(Some(cache.path())));
        assert_eq!((unpacked(cache.path()), written_at(&files[0])), (files, before));
    }

    #[test]
    fn a_damaged_cache_is_made_anew() {
        let cache = tempfile::tempdir().expect("a directory");
        assert!(answers_right(Some(cache.path())));
        let path = unpacked(cache.path()).remove(0);
        let sound = fs::read(&path).expect("readable");
        let mut flipped = sound.clone();
        flipped[sound.len() / 2] ^= 0x40;
        for damaged in [&[][..], &sound[..sound.len() / 2], &flipped] {
            fs::write(&path, damaged).expect("writable");
            assert!(answers_right(Some(cache.path())));
            assert!(fs::read(&path).expect("readable") == sound, "{} bytes were left as they were", damaged.len());
        }
    }

    #[test]
    fn without_a_cache_it_works_all_the_same() {
        assert!(answers_right(None));
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("a file where the directory should be");
        fs::write(&file, "x").expect("writable");
        assert!(answers_right(Some(&file)));
        assert!(answers_right(Some(Path::new("/proc/nowhere"))));
    }

    #[test]
    fn older_versions_and_abandoned_files_are_taken_away_and_others_left() {
        let cache = tempfile::tempdir().expect("a directory");
        let [old, city, own, fresh] =
            ["asn-123-0011aabb.mmdb", "city-5-0011aabb.mmdb", "asn-mine.mmdb", ".unpacking-x"]
                .map(|name| cache.path().join(name));
        for path in [&old, &city, &own, &fresh] {
            fs::write(path, "x").expect("writable");
        }
        assert!(answers_right(Some(cache.path())));
        assert_eq!([&old, &city, &own, &fresh].map(|path| path.exists()), [false, true, true, true]);
    }

    #[test]
    fn damaged_compressed_bytes_are_an_error() {
        assert!(unpack(&ASN.compressed[..ASN.compressed.len() / 2], ASN.content, &mut io::sink()).is_err());
        for at in [0, 100, 1_000_000, ASN.compressed.len() - 100] {
            let mut compressed = ASN.compressed.to_vec();
            compressed[at] ^= 1;
            assert!(unpack(&compressed, ASN.content, &mut io::sink()).is_err(), "byte {at}");
        }
    }
}
