//! The two databases that are part of the program: compressed inside it, unpacked once into the user's cache directory,
//! mapped from there.
//!
//! Unpacking takes some tenths of a second, once; mapping takes none. The name of the unpacked file holds size and checksum of
//! its content as the compressed frame states them (RFC 8878: content size, low half of XXH64), so a file is right by
//! its name alone, another version has another name, and a damaged file is found out and made anew at the next start.
//! Files are written under a temporary name and renamed, so two programs that start at once do each other no harm.
//! Without a cache directory, or one that cannot be written, the content stays in memory: a slower start, nothing else.

use super::{
    checksum::xxh64,
    mmap::map_cached_file,
    mmdb::{AnyDatabase, AsnDatabase, Bytes, CityDatabase, MmdbError},
};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use std::{
    env,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

/// One embedded database.
struct Embedded {
    /// First part of the name of the unpacked file.
    stem: &'static str,
    /// What it is called in errors.
    origin: &'static str,
    /// What it is called by its makers.
    name: &'static str,
    compressed: &'static [u8],
}

const CITY: Embedded = Embedded {
    stem: "city",
    origin: "the embedded city database",
    name: "DB-IP City Lite (reduced)",
    compressed: include_bytes!("../../data/geo/city.mmdb.zst"),
};

const ASN: Embedded = Embedded {
    stem: "asn",
    origin: "the embedded operator database",
    name: "RouteViews, NRO and DB-IP ASN",
    compressed: include_bytes!("../../data/geo/asn.mmdb.zst"),
};

/// Beginning of the names of files that are being written.
const TEMPORARY_PREFIX: &str = ".unpacking-";

/// After this long nobody is still writing a temporary file.
const TEMPORARY_LIFE: Duration = Duration::from_hours(1);

/// Size and checksum of the content of a Zstandard frame, as the frame states them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct ContentKey {
    size_bytes: u64,
    checksum: u32,
}

/// The city database, unpacked into `cache_directory`. Takes up to a second at the first start: not for the main thread.
///
/// # Errors
/// When the embedded bytes themselves are damaged.
pub(super) fn open_city(cache_directory: Option<&Path>) -> Result<CityDatabase, MmdbError> {
    Ok(open(&CITY, cache_directory)?.into_city()?.named(CITY.name))
}

/// The operator database, as [`open_city`].
///
/// # Errors
/// When the embedded bytes themselves are damaged.
pub(super) fn open_asn(cache_directory: Option<&Path>) -> Result<AsnDatabase, MmdbError> {
    Ok(open(&ASN, cache_directory)?.into_asn()?.named(ASN.name))
}

/// Where the unpacked databases lie: `netglobe` in `$XDG_CACHE_HOME` or `~/.cache`, on macOS in `~/Library/Caches`, on
/// Windows in `%LOCALAPPDATA%`; `None` where the environment names none of them.
pub(super) fn cache_directory() -> Option<PathBuf> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = if cfg!(windows) {
        absolute("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        absolute("HOME").map(|home| home.join("Library/Caches"))
    } else {
        absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))
    };
    base.map(|base| base.join("netglobe"))
}

fn open(embedded: &Embedded, cache_directory: Option<&Path>) -> Result<AnyDatabase, MmdbError> {
    let origin: Arc<str> = Arc::from(embedded.origin);
    let corrupt = |reason: String| MmdbError::Corrupt { origin: Arc::clone(&origin), reason };
    let key = content_key(embedded.compressed).map_err(corrupt)?;
    let path = cache_directory.map(|directory| directory.join(key.file_name(embedded.stem)));
    if let Some(Ok(bytes)) = path.as_deref().map(|path| map_checked(path, key)) {
        return AnyDatabase::from_bytes(bytes, Arc::clone(&origin));
    }
    // What fails here is written nowhere: with the content in memory everything works, and the next start tries again.
    let stored = path.and_then(|path| store(&path, embedded, key).ok());
    let bytes = if let Some(mapped) = stored.and_then(|file| map_cached_file(&file).ok()) {
        Bytes::Mapped(mapped)
    } else {
        let mut content = Vec::new();
        unpack(embedded.compressed, key, &mut content).map_err(|error| corrupt(error.to_string()))?;
        Bytes::Owned(content)
    };
    AnyDatabase::from_bytes(bytes, origin)
}

impl ContentKey {
    fn file_name(self, stem: &str) -> String {
        format!("{stem}-{}-{:08x}.mmdb", self.size_bytes, self.checksum)
    }
}

/// What the frame says about its content.
fn content_key(compressed: &[u8]) -> Result<ContentKey, String> {
    let mut decoder = FrameDecoder::new();
    decoder.init(compressed).map_err(|error| error.to_string())?;
    let checksum = compressed.last_chunk().map(|bytes| u32::from_le_bytes(*bytes)).ok_or("it is empty")?;
    Ok(ContentKey { size_bytes: decoder.content_size(), checksum })
}

/// Writes the content into `out`, and checks it against `key`.
fn unpack(compressed: &[u8], key: ContentKey, out: &mut impl Write) -> io::Result<()> {
    let broken = |reason: String| io::Error::new(io::ErrorKind::InvalidData, reason);
    let mut decoder = StreamingDecoder::new(compressed).map_err(|error| broken(error.to_string()))?;
    let size_bytes = io::copy(&mut decoder, out)?;
    if size_bytes == key.size_bytes && decoder.decoder.get_calculated_checksum() == Some(key.checksum) {
        Ok(())
    } else {
        Err(broken("its content does not have the checksum that it states".to_owned()))
    }
}

/// Maps an unpacked file if it is what its name says.
fn map_checked(path: &Path, key: ContentKey) -> io::Result<Bytes> {
    let file = File::open(path)?;
    // Read, not mapped: checking through the mapping would make every page of it count as this program's memory.
    let (checksum, size_bytes) = xxh64(&file)?;
    if size_bytes != key.size_bytes || checksum as u32 != key.checksum {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is damaged"));
    }
    map_cached_file(&file).map(Bytes::Mapped)
}

/// Unpacks to `path` in one step, and takes away what older versions left beside it.
fn store(path: &Path, embedded: &Embedded, key: ContentKey) -> io::Result<File> {
    let directory = path.parent().ok_or(io::ErrorKind::NotFound)?;
    fs::create_dir_all(directory)?;
    let file = tempfile::Builder::new().prefix(TEMPORARY_PREFIX).tempfile_in(directory)?;
    let mut writer = BufWriter::with_capacity(1 << 18, file);
    unpack(embedded.compressed, key, &mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)?.persist(path)?;
    if remove_leftovers(directory, path, embedded.stem).is_err() {
        // They only cost room; the next version to unpack tries again.
    }
    // Opened anew, for reading alone.
    File::open(path)
}

fn remove_leftovers(directory: &Path, keep: &Path, stem: &str) -> io::Result<()> {
    for entry in directory.read_dir()? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let is_older_version = is_unpacked_name(name, stem) && entry.path() != keep;
        let is_abandoned = name.starts_with(TEMPORARY_PREFIX)
            && SystemTime::now().duration_since(entry.metadata()?.modified()?).is_ok_and(|age| age > TEMPORARY_LIFE);
        if (is_older_version || is_abandoned) && fs::remove_file(entry.path()).is_err() {
            // Another version of the program may hold it open.
        }
    }
    Ok(())
}

/// Whether `name` is one that [`ContentKey::file_name`] gives.
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
    use std::net::IpAddr;

    const LONDON: &str = "81.2.69.142";

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("a literal address")
    }

    fn answers_right(directory: Option<&Path>) -> bool {
        let asn = open_asn(directory).expect("the embedded database");
        asn.lookup(ip("8.8.8.8")).expect("sound").is_some_and(|operator| operator.asn.0 == 15169)
    }

    fn unpacked(directory: &Path) -> Vec<PathBuf> {
        let mut paths: Vec<_> =
            directory.read_dir().expect("readable").map(|entry| entry.expect("entry").path()).collect();
        paths.sort();
        paths
    }

    #[test]
    fn the_embedded_frames_state_size_and_checksum() {
        for (embedded, size_bytes, checksum) in [(&CITY, 32_234_113, 0x8a5c_6c79), (&ASN, 10_954_266, 0x65b4_0426)] {
            assert_eq!(content_key(embedded.compressed), Ok(ContentKey { size_bytes, checksum }), "{}", embedded.stem);
        }
    }

    #[test]
    fn the_embedded_databases_know_the_world() {
        let cache = tempfile::tempdir().expect("a directory");
        let city = open_city(Some(cache.path())).expect("the embedded database");
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
        let key = content_key(ASN.compressed).expect("a frame");
        assert!(unpack(&ASN.compressed[..ASN.compressed.len() / 2], key, &mut io::sink()).is_err());
        for at in [4, 1_000_000, ASN.compressed.len() - 1] {
            let mut compressed = ASN.compressed.to_vec();
            compressed[at] ^= 1;
            let opened = content_key(&compressed)
                .and_then(|key| unpack(&compressed, key, &mut io::sink()).map_err(|error| error.to_string()));
            assert!(opened.is_err(), "byte {at}");
        }
    }
}
