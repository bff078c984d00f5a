//! All databases behind one question: where is this address, and who operates it?
//!
//! Order: the file of `--geo-db`, those of the configuration, those found by name in the data directory, the embedded
//! ones; the first that opens is asked, and only where it is damaged, or cannot hold the address's family, the embedded
//! one after it. An address that it does not know stays unknown. Opening happens on a thread of its own; until it is
//! done each public address is [`PlaceMissing::DatabaseUnavailable`], which is not remembered.

use super::{
    cache::{CAPACITY, CacheStats, LocationCache},
    discovery::{Discovered, discover},
    embedded::{self, Opened},
    mmdb::{AnyDatabase, AsnDatabase, CityDatabase, MmdbError},
};
use crate::{
    geo::anycast::{anycast_reason_of_address, anycast_reason_of_operator},
    model::{
        AddressScope, Connection, DatabaseStamp, Degradation, DegradationKind, Location, Place, PlaceKind,
        PlaceMissing, UnixMillis, classify_address, embedded_ipv4,
    },
    panics,
};
use std::{
    net::IpAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

/// After this many days a database is too old to be trusted silently; GeoLite2's licence asks for a newer one sooner.
const MAX_AGE_DAYS: i64 = 365;
const MAX_GEOLITE2_AGE_DAYS: i64 = 30;

/// Which databases to open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GeoOptions {
    /// The file of `--geo-db`: used for what it is (places or operators), or an error.
    pub geo_db: Option<PathBuf>,
    /// Files of the configuration: each used for what it is, or passed over with a degradation.
    pub configured: Vec<PathBuf>,
    /// Directory in which databases are found by name.
    pub data_dir: Option<PathBuf>,
    /// Directory into which the embedded databases are unpacked; without it they stay in memory.
    pub cache_dir: Option<PathBuf>,
}

/// Why there is no service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GeoError {
    /// The file of `--geo-db` cannot be used.
    #[error(
        "--geo-db: {0}; name a City, Country or ASN database in MaxMind's format (GeoLite2, GeoIP2, DB-IP, IPinfo, IP2Location) or leave --geo-db out"
    )]
    Explicit(#[from] MmdbError),
}

/// Looks up the location of an address.
pub trait GeoLookup: Send + Sync {
    /// Place and operator of `ip`, or why there is none. Never fails, never waits for a database to open.
    fn locate(&self, ip: IpAddr) -> Location;
}

/// The databases, shared by every clone.
#[derive(Clone, Debug)]
pub struct GeoService {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    databases: OnceLock<Databases>,
    cache: Mutex<LocationCache>,
    not_public: Arc<Location>,
    unavailable: Arc<Location>,
}

/// The open databases, in the order in which they are asked.
#[derive(Debug, Default)]
struct Databases {
    cities: Vec<Watched<CityDatabase>>,
    operators: Vec<Watched<AsnDatabase>>,
    degradations: Vec<Degradation>,
}

/// A database, and the first thing that was found wrong with it after it had opened.
#[derive(Debug)]
struct Watched<T> {
    database: T,
    failure: OnceLock<MmdbError>,
}

impl<T> Watched<T> {
    /// The answer, or `None` after a failure, which is kept.
    fn ask<A>(&self, answer: Result<A, MmdbError>) -> Option<A> {
        answer.map_err(|error| self.failure.get_or_init(|| error)).ok()
    }
}

impl<T> From<T> for Watched<T> {
    fn from(database: T) -> Self {
        Self { database, failure: OnceLock::new() }
    }
}

impl GeoService {
    /// Opens the file of `--geo-db`, then returns; everything else opens on a thread, see [`GeoService::is_ready`].
    ///
    /// # Errors
    /// When the file of `--geo-db` cannot be used.
    pub fn open(options: GeoOptions) -> Result<Self, GeoError> {
        let explicit = options.geo_db.as_deref().map(AnyDatabase::open).transpose()?;
        let inner = Arc::new(Inner {
            databases: OnceLock::new(),
            cache: Mutex::new(LocationCache::new(CAPACITY)),
            not_public: Arc::new(Location::missing(PlaceMissing::NotPublic)),
            unavailable: Arc::new(Location::missing(PlaceMissing::DatabaseUnavailable)),
        });
        let service = Self { inner: Arc::clone(&inner) };
        let open = move || {
            // Whatever happens, somebody may wait for the outcome.
            let opened = panics::catch(|| Databases::open(explicit, &options));
            inner
                .databases
                .get_or_init(|| opened.unwrap_or_else(|why| Databases::broken(&format!("internal error: {why}"))));
        };
        if let Err(error) = thread::Builder::new().name("geo-open".to_owned()).spawn(open) {
            service.inner.databases.get_or_init(|| Databases::broken(&format!("cannot start a thread: {error}")));
        }
        Ok(service)
    }

    /// Opens everything, then returns.
    ///
    /// # Errors
    /// When the file of `--geo-db` cannot be used.
    pub fn open_blocking(options: GeoOptions) -> Result<Self, GeoError> {
        let service = Self::open(options)?;
        service.wait_ready();
        Ok(service)
    }

    /// Whether every database is open (or is known not to open).
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.inner.databases.get().is_some()
    }

    /// Waits until [`GeoService::is_ready`]: at most about a second, at the first start.
    pub fn wait_ready(&self) {
        self.inner.databases.wait();
    }

    /// Place and operator of `ip`, or why there is none. Answers from memory where it can; never waits for a database
    /// to open.
    #[must_use]
    pub fn locate(&self, ip: IpAddr) -> Arc<Location> {
        if classify_address(ip) != AddressScope::Public {
            return Arc::clone(&self.inner.not_public);
        }
        let ip = inner_address(ip);
        let Some(databases) = self.inner.databases.get() else {
            return Arc::clone(&self.inner.unavailable);
        };
        // The lock is not held during the lookup: two threads may then look up the same address, and find the same.
        if let Some(location) = self.cache().get(ip) {
            return location;
        }
        let location = Arc::new(databases.locate(ip));
        self.cache().put(ip, Arc::clone(&location));
        location
    }

    /// Where the other end of a connection is: as it is stated, or else looked up as by [`GeoService::locate`].
    #[must_use]
    pub fn locate_peer(&self, connection: &Connection) -> Arc<Location> {
        connection.stated_location().map_or_else(|| self.locate(connection.subject_ip()), Arc::new)
    }

    /// What does not work, or is too old, as of now. Empty while databases are being opened.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "how old a database is does not depend on the moment that is shown")]
    pub fn degradations(&self) -> Vec<Degradation> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let now = UnixMillis(i64::try_from(now).unwrap_or(i64::MAX));
        self.inner.databases.get().map(|databases| databases.degradations(now)).unwrap_or_default()
    }

    /// Name and build day of the databases that are asked first: of places, then of operators.
    #[must_use]
    pub fn stamps(&self) -> Vec<DatabaseStamp> {
        let Some(databases) = self.inner.databases.get() else { return Vec::new() };
        let city = databases.cities.first().map(|it| it.database.stamp());
        let operator = databases.operators.first().map(|it| it.database.stamp());
        city.into_iter().chain(operator).cloned().collect()
    }

    /// How often the answer was remembered.
    #[must_use]
    pub fn cache_stats(&self) -> CacheStats {
        self.cache().stats()
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, LocationCache> {
        self.inner.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl GeoLookup for GeoService {
    fn locate(&self, ip: IpAddr) -> Location {
        Location::clone(&self.locate(ip))
    }
}

/// The address that is looked up: the IPv4 address inside, where there is one.
fn inner_address(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(outer) => embedded_ipv4(outer).map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
}

impl Databases {
    fn open(explicit: Option<AnyDatabase>, options: &GeoOptions) -> Self {
        let mut databases = Self::default();
        if let Some(explicit) = explicit {
            databases.take(explicit);
        }
        for path in &options.configured {
            databases.try_file(path, "correct geo_db in the configuration");
        }
        databases.open_discovered(options.data_dir.as_deref());
        let cache_dir = options.cache_dir.as_deref();
        match embedded::open_city(cache_dir) {
            Ok(Opened { database, not_kept }) => {
                databases.cities.push(database.into());
                databases.tell_not_kept(not_kept);
            }
            Err(error) => databases.degrade(DegradationKind::Places, error.to_string(), "reinstall netglobe"),
        }
        match embedded::open_asn(cache_dir) {
            Ok(Opened { database, not_kept }) => {
                databases.operators.push(database.into());
                databases.tell_not_kept(not_kept);
            }
            Err(error) => databases.degrade(DegradationKind::Operators, error.to_string(), "reinstall netglobe"),
        }
        databases
    }

    /// Says why an unpacked database is in memory alone.
    fn tell_not_kept(&mut self, why: Option<String>) {
        if let Some(why) = why {
            let what = format!("cannot cache an unpacked database, so each start takes longer: {why}");
            self.degrade(DegradationKind::Places, what, "free some space, or set XDG_CACHE_HOME to another directory");
        }
    }

    fn broken(why: &str) -> Self {
        let mut databases = Self::default();
        databases.degrade(DegradationKind::Places, format!("no location database: {why}"), "restart netglobe");
        databases
    }

    /// Keeps of `database` what is the first of its kind.
    fn take(&mut self, database: AnyDatabase) {
        let (city, operators) = match database {
            AnyDatabase::City(city) => (Some(city), None),
            AnyDatabase::Asn(operators) => (None, Some(operators)),
            AnyDatabase::Both(city, operators) => (Some(city), Some(operators)),
        };
        self.cities.extend(city.filter(|_| self.cities.is_empty()).map(Watched::from));
        self.operators.extend(operators.filter(|_| self.operators.is_empty()).map(Watched::from));
    }

    fn try_file(&mut self, path: &Path, remedy: &str) {
        match AnyDatabase::open(path) {
            Ok(database) => self.take(database),
            Err(error) => self.degrade(DegradationKind::Places, format!("{error}; it is not used"), remedy),
        }
    }

    fn open_discovered(&mut self, data_dir: Option<&Path>) {
        let Some(directory) = data_dir else { return };
        let found = discover(directory).unwrap_or_else(|error| {
            let what = format!("cannot list databases in {}: {error}", directory.display());
            self.degrade(DegradationKind::Places, what, "make the directory readable");
            Discovered::default()
        });
        for path in &found.cities {
            if self.cities.is_empty() {
                self.try_file(path, "replace or remove the file");
            }
        }
        for path in &found.operators {
            if self.operators.is_empty() {
                self.try_file(path, "replace or remove the file");
            }
        }
    }

    fn degrade(&mut self, kind: DegradationKind, what: String, remedy: &str) {
        self.degradations.push(Degradation::new(kind, what, remedy));
    }

    /// Asks the databases about a public address.
    fn locate(&self, ip: IpAddr) -> Location {
        let place = self.cities.iter().filter(|it| it.database.covers(ip)).find_map(|it| {
            let place = it.ask(it.database.lookup(ip))?;
            Some((place, it.database.stamp().clone()))
        });
        let (place, database) = match place {
            Some((place, stamp)) => (place, Some(stamp)),
            None => (Err(PlaceMissing::DatabaseUnavailable), None),
        };
        let mut operators = self.operators.iter().filter(|it| it.database.covers(ip));
        let operator = operators.find_map(|it| it.ask(it.database.lookup(ip))).flatten();
        let asn = operator.as_ref().map(|operator| operator.asn);
        let certain = anycast_reason_of_address(ip);
        Location {
            place: place
                .map(|place| if certain.is_some() { Place { kind: PlaceKind::Anycast, ..place } } else { place }),
            anycast_reason: certain.or_else(|| asn.and_then(anycast_reason_of_operator)),
            asn,
            as_organization: operator.and_then(|operator| operator.organization),
            database,
        }
    }

    fn degradations(&self, now: UnixMillis) -> Vec<Degradation> {
        let mut all = self.degradations.clone();
        let cities = self.cities.iter().map(|it| (&it.failure, DegradationKind::Places));
        let operators = self.operators.iter().map(|it| (&it.failure, DegradationKind::Operators));
        for (failure, kind) in cities.chain(operators) {
            if let Some(error) = failure.get() {
                let what = format!("{error}; the built-in database is used instead");
                all.push(Degradation::new(kind, what, "replace the file"));
            }
        }
        // Only what is asked first: that the embedded one behind it is old does no harm.
        all.extend(self.cities.first().and_then(|it| {
            let city = &it.database;
            age_degradation(DegradationKind::Places, city.stamp(), city.database_type(), city.built_at(), now)
        }));
        all.extend(self.operators.first().and_then(|it| {
            let asn = &it.database;
            age_degradation(DegradationKind::Operators, asn.stamp(), asn.database_type(), asn.built_at(), now)
        }));
        all
    }
}

/// What to say about the age of a database at `now`, if anything.
fn age_degradation(
    kind: DegradationKind,
    stamp: &DatabaseStamp,
    database_type: &str,
    built_at: UnixMillis,
    now: UnixMillis,
) -> Option<Degradation> {
    let is_geolite2 = database_type.starts_with("GeoLite2");
    let max_days = if is_geolite2 { MAX_GEOLITE2_AGE_DAYS } else { MAX_AGE_DAYS };
    let age_days = (now.seconds_since(built_at) / 86_400.0) as i64;
    if age_days <= max_days {
        return None;
    }
    let wrong = if kind == DegradationKind::Operators { "operators" } else { "locations" };
    let what =
        format!("the database {} was built {}, {age_days} days ago: {wrong} may be wrong", stamp.name, stamp.built);
    let remedy = if is_geolite2 {
        "GeoLite2 must be updated after 30 days: download it again"
    } else {
        "update netglobe, or use a newer database with --geo-db"
    };
    Some(Degradation::new(kind, what, remedy))
}

#[cfg(test)]
mod tests;
