//! An open database in MaxMind's format, from a file, from memory or memory-mapped.
//!
//! It never panics or hangs, and errors name the file. The decoder of `maxminddb` 0.32 limits depth (512), values
//! (65,536) and payload (2 MiB) of each record, and skips unknown fields without following pointers. Here the number of
//! steps through the search tree is limited, only regular files of a limited size are read, and a panic of the decoder
//! becomes an error. The content is detected from the records, not from the database type, because type names vary
//! while there are only two schemas (see `record`). One file may contain both places and operators.

use super::record::{Operator, Record, operator_fields, place_fields};
use crate::{
    language::t,
    model::{DatabaseStamp, Place, PlaceMissing, UnixMillis},
    panics,
};
use maxminddb::{MaxMindDbError, Mmap, Reader, WithinOptions};
use std::{fmt, fs::File, io::Read, net::IpAddr, path::Path, sync::Arc};

/// Maximum size of a file; the largest commercial databases have nearly 1 GB.
const MAX_FILE_BYTES: u64 = 2 << 30;

/// Number of records to decode when a database is opened; the next constant limits the steps through its tree.
const PROBED_RECORDS: usize = 512;
const PROBED_NETWORKS: usize = 65_536;

/// Maximum length of a database type, in characters.
const MAX_TYPE_CHARS: usize = 80;

/// Why a database cannot be used, or not for an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MmdbError {
    /// The file cannot be read.
    #[error("{}", t!("mmdb-unreadable", origin = &**origin, reason = reason.as_str()))]
    Read {
        /// Path of the file.
        origin: Arc<str>,
        /// The error of the system.
        reason: String,
    },
    /// It is not a database, or it is damaged.
    #[error("{}", t!("mmdb-corrupt", origin = &**origin, reason = reason.as_str()))]
    Corrupt {
        /// Path of the file.
        origin: Arc<str>,
        /// The problem and its position.
        reason: String,
    },
    /// It contains something else.
    #[error(
        "{}",
        t!(
            "mmdb-unsupported",
            origin = &**origin,
            kind = &**database_type,
            wanted = wanted.to_string(),
            fields = wanted.fields()
        )
    )]
    Unsupported {
        /// Path of the file.
        origin: Arc<str>,
        /// The type that it states.
        database_type: Arc<str>,
        /// The expected content.
        wanted: Wanted,
    },
}

/// The expected content of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Places.
    Places,
    /// Operators.
    Operators,
    /// Either of them.
    Either,
}

impl Wanted {
    /// The fields that are searched for in a record.
    fn fields(self) -> String {
        match self {
            Self::Places => place_fields(),
            Self::Operators => operator_fields(),
            Self::Either => format!("{}, {}", place_fields(), operator_fields()),
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Places => t!("mmdb-places"),
            Self::Operators => t!("mmdb-operators"),
            Self::Either => t!("mmdb-places-or-operators"),
        })
    }
}

/// Where the bytes are stored.
pub(super) enum Bytes {
    Owned(Vec<u8>),
    Mapped(Mmap),
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Mapped(bytes) => bytes,
        }
    }
}

/// Properties that are independent of the content.
#[derive(Debug)]
struct Mmdb {
    origin: Arc<str>,
    reader: Reader<Bytes>,
    database_type: Arc<str>,
    /// Day of the build, `2026-06-01`.
    built: Arc<str>,
    built_at: UnixMillis,
}

/// A database of places: cities, or only countries.
#[derive(Debug)]
pub struct CityDatabase(Shared);

/// A database of operators.
#[derive(Debug)]
pub struct AsnDatabase(Shared);

/// A database, perhaps of both kinds, and its name.
#[derive(Clone, Debug)]
struct Shared {
    database: Arc<Mmdb>,
    stamp: DatabaseStamp,
}

/// A database of any kind.
#[derive(Debug)]
pub enum AnyDatabase {
    /// It holds places.
    City(CityDatabase),
    /// It holds operators.
    Asn(AsnDatabase),
    /// It holds places and operators.
    Both(CityDatabase, AsnDatabase),
}

impl AnyDatabase {
    /// Reads the file at `path` into memory and detects its content.
    ///
    /// # Errors
    /// When it cannot be read, is damaged, or holds neither places nor operators.
    pub fn open(path: &Path) -> Result<Self, MmdbError> {
        let origin: Arc<str> = Arc::from(path.display().to_string());
        let bytes = read_file(path).map_err(|reason| MmdbError::Read { origin: Arc::clone(&origin), reason })?;
        Self::from_bytes(Bytes::Owned(bytes), origin)
    }

    /// Opens a database in memory that came from `origin`, and detects its content.
    ///
    /// # Errors
    /// When it is damaged, or holds neither places nor operators.
    pub fn from_memory(bytes: Vec<u8>, origin: &str) -> Result<Self, MmdbError> {
        Self::from_bytes(Bytes::Owned(bytes), Arc::from(origin))
    }

    /// Opens `bytes` that came from `origin`.
    pub(super) fn from_bytes(bytes: Bytes, origin: Arc<str>) -> Result<Self, MmdbError> {
        let database = Mmdb::new(bytes, origin)?;
        let (places, operators) = database.probe()?;
        let shared = Shared::from(database);
        match (places > 0, operators > 0) {
            (true, true) => Ok(Self::Both(CityDatabase(shared.clone()), AsnDatabase(shared))),
            (true, false) => Ok(Self::City(CityDatabase(shared))),
            (false, true) => Ok(Self::Asn(AsnDatabase(shared))),
            (false, false) => Err(shared.database.unsupported(Wanted::Either)),
        }
    }
}

impl CityDatabase {
    /// Reads the file at `path` into memory.
    ///
    /// # Errors
    /// When it cannot be read, is damaged, or holds no places.
    pub fn open(path: &Path) -> Result<Self, MmdbError> {
        AnyDatabase::open(path)?.into_city()
    }

    /// The place of `ip`, or why there is none: not in the database, or without a location. Its kind is never anycast,
    /// which databases do not know.
    ///
    /// # Errors
    /// When the database is damaged at the record of this address.
    pub fn lookup(&self, ip: IpAddr) -> Result<Result<Place, PlaceMissing>, MmdbError> {
        Ok(self.0.database.record(ip, |record| record.place())?.unwrap_or(Err(PlaceMissing::NotInDatabase)))
    }
}

impl AsnDatabase {
    /// Reads the file at `path` into memory.
    ///
    /// # Errors
    /// When it cannot be read, is damaged, or holds no operators.
    pub fn open(path: &Path) -> Result<Self, MmdbError> {
        AnyDatabase::open(path)?.into_asn()
    }

    /// The operator of `ip`; `None` if it is unknown.
    ///
    /// # Errors
    /// When the database is damaged at the record of this address.
    pub fn lookup(&self, ip: IpAddr) -> Result<Option<Operator>, MmdbError> {
        Ok(self.0.database.record(ip, |record| record.operator())?.flatten())
    }
}

impl AnyDatabase {
    pub(super) fn into_city(self) -> Result<CityDatabase, MmdbError> {
        match self {
            Self::City(database) | Self::Both(database, _) => Ok(database),
            Self::Asn(AsnDatabase(shared)) => Err(shared.database.unsupported(Wanted::Places)),
        }
    }

    pub(super) fn into_asn(self) -> Result<AsnDatabase, MmdbError> {
        match self {
            Self::Asn(database) | Self::Both(_, database) => Ok(database),
            Self::City(CityDatabase(shared)) => Err(shared.database.unsupported(Wanted::Operators)),
        }
    }
}

/// Accessors of both kinds of databases.
macro_rules! describe_database {
    ($($database:ty),*) => {$(
        impl $database {
            /// Its name and build day.
            #[must_use]
            pub fn stamp(&self) -> &DatabaseStamp {
                &self.0.stamp
            }

            /// The type that it states, `GeoLite2-City`.
            #[must_use]
            pub fn database_type(&self) -> &str {
                &self.0.database.database_type
            }

            /// When it was built.
            #[must_use]
            pub fn built_at(&self) -> UnixMillis {
                self.0.database.built_at
            }

            /// Whether it can contain addresses of this family.
            #[must_use]
            pub fn covers(&self, ip: IpAddr) -> bool {
                ip.is_ipv4() || self.0.database.reader.metadata().ip_version == 6
            }

            /// Replaces its name, which is its type by default.
            #[must_use]
            pub(super) fn named(mut self, name: &str) -> Self {
                self.0.stamp.name = Arc::from(name);
                self
            }
        }
    )*};
}
describe_database!(CityDatabase, AsnDatabase);

impl From<Mmdb> for Shared {
    fn from(database: Mmdb) -> Self {
        let stamp = DatabaseStamp { name: Arc::clone(&database.database_type), built: Arc::clone(&database.built) };
        Self { database: Arc::new(database), stamp }
    }
}

impl Mmdb {
    fn new(bytes: Bytes, origin: Arc<str>) -> Result<Self, MmdbError> {
        let reader = guarded(&origin, || Reader::from_source(bytes))?;
        let metadata = reader.metadata();
        let database_type: Arc<str> = metadata.database_type.chars().take(MAX_TYPE_CHARS).collect::<String>().into();
        let built_at = UnixMillis(i64::try_from(metadata.build_epoch).unwrap_or(i64::MAX).saturating_mul(1000));
        let built = jiff::Timestamp::from_millisecond(built_at.0)
            .map_or_else(|_| "on an unknown day".to_owned(), |built| built.strftime("%Y-%m-%d").to_string());
        Ok(Self { origin, reader, database_type, built: built.into(), built_at })
    }

    /// Counts the places and the operators in the first records.
    fn probe(&self) -> Result<(usize, usize), MmdbError> {
        let (mut places, mut operators) = (0, 0);
        let mut misfit = None;
        guarded(&self.origin, || {
            // Count networks without data, too: a cyclic tree has practically infinitely many of them.
            let networks = self.reader.networks(WithinOptions::default().include_networks_without_data())?;
            let mut records = 0;
            for network in networks.take(PROBED_NETWORKS) {
                match network?.decode::<Record<'_>>() {
                    Ok(None) => {}
                    Ok(Some(record)) => {
                        records += 1;
                        places += usize::from(record.names_a_place());
                        operators += usize::from(record.operator().is_some());
                    }
                    // A record of another schema, which may be valid.
                    Err(error @ MaxMindDbError::Decoding { .. }) => {
                        records += 1;
                        misfit.get_or_insert(error);
                    }
                    Err(error) => return Err(error),
                }
                if records >= PROBED_RECORDS {
                    break;
                }
            }
            Ok(())
        })?;
        match misfit {
            Some(error) if places + operators > 0 => Err(self.corrupt(error.to_string())),
            _ => Ok((places, operators)),
        }
    }

    /// Applies `read` to the record of `ip`; `None` if there is no record.
    fn record<T>(&self, ip: IpAddr, read: impl Fn(Record<'_>) -> T) -> Result<Option<T>, MmdbError> {
        if ip.is_ipv6() && self.reader.metadata().ip_version == 4 {
            return Ok(None);
        }
        guarded(&self.origin, || Ok(self.reader.lookup(ip)?.decode::<Record<'_>>()?.map(&read)))
    }

    fn corrupt(&self, reason: String) -> MmdbError {
        MmdbError::Corrupt { origin: Arc::clone(&self.origin), reason }
    }

    fn unsupported(&self, wanted: Wanted) -> MmdbError {
        let (origin, database_type) = (Arc::clone(&self.origin), Arc::clone(&self.database_type));
        MmdbError::Unsupported { origin, database_type, wanted }
    }
}

/// Runs decoder code, and converts errors and panics to [`MmdbError::Corrupt`].
fn guarded<T>(origin: &Arc<str>, decode: impl FnOnce() -> Result<T, MaxMindDbError>) -> Result<T, MmdbError> {
    let corrupt = |reason| MmdbError::Corrupt { origin: Arc::clone(origin), reason };
    match panics::catch(decode) {
        Ok(result) => result.map_err(|error| corrupt(error.to_string())),
        Err(_) => Err(corrupt(t!("mmdb-decoder-broke").to_owned())),
    }
}

/// Reads a regular file; reading a pipe or a device might never end.
fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = path.metadata().map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err(t!("mmdb-not-regular").to_owned());
    }
    match metadata.len() {
        0 => return Err(t!("mmdb-empty").to_owned()),
        size_bytes if size_bytes > MAX_FILE_BYTES => return Err(t!("mmdb-too-large").to_owned()),
        _ => {}
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

#[cfg(test)]
pub(super) mod tests;
#[cfg(test)]
#[path = "../../../tests/support/mmdb_writer.rs"]
mod writer;
