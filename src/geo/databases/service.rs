//! Looks up the location and operator of an address in all databases.
//!
//! Order: the file of `--geo-db`, those of the configuration, those found in the data directory, the embedded ones. The
//! first one that opens is used, and the embedded one only if that is damaged or cannot contain the address's family.
//! An address that it does not contain stays unknown. Databases are opened on a separate thread; until it has finished,
//! each public address is [`PlaceMissing::DatabaseUnavailable`], which is not cached.

use super::{
    cache::{CAPACITY, CacheStats, LocationCache},
    discovery::{Discovered, discover},
    embedded::{self, Opened},
    mmdb::{AnyDatabase, AsnDatabase, CityDatabase, MmdbError},
};
use crate::{
    geo::anycast::{anycast_reason_of_address, anycast_reason_of_operator},
    language::t,
    model::{
        AddressScope, Connection, DatabaseStamp, Degradation, DegradationKind, Location, Place, PlaceKind,
        PlaceMissing, UnixMillis, classify_address, embedded_ipv4,
    },
    panics,
};
use std::{
    borrow::Cow,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

/// Age in days after which an old database is reported; GeoLite2's licence requires updates sooner.
const MAX_AGE_DAYS: i64 = 365;
const MAX_GEOLITE2_AGE_DAYS: i64 = 30;

/// Which databases to open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GeoOptions {
    /// The file of `--geo-db`, with places or operators; an error if it cannot be used.
    pub geo_db: Option<PathBuf>,
    /// Files of the configuration, each with places or operators; skipped with a degradation if they cannot be used.
    pub configured: Vec<PathBuf>,
    /// Directory to search for databases by name.
    pub data_dir: Option<PathBuf>,
    /// Directory for unpacking the embedded databases; without it they stay in memory.
    pub cache_dir: Option<PathBuf>,
}

/// Why the service cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GeoError {
    /// The file of `--geo-db` cannot be used.
    #[error(
        "--geo-db: {0}; name a City, Country or ASN database in MaxMind's format (GeoLite2, GeoIP2, DB-IP, IPinfo, IP2Location) or leave --geo-db out"
    )]
    Explicit(#[from] MmdbError),
}

/// Handle to the databases, shared by all clones.
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

/// The open databases, in order of preference.
#[derive(Debug, Default)]
struct Databases {
    cities: Vec<Watched<CityDatabase>>,
    operators: Vec<Watched<AsnDatabase>>,
    degradations: Vec<Degradation>,
}

/// A database, and the first error that a lookup in it returned.
#[derive(Debug)]
struct Watched<T> {
    database: T,
    failure: OnceLock<MmdbError>,
}

impl<T> Watched<T> {
    /// The answer, or `None` after an error, which is recorded.
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
    /// Opens the file of `--geo-db` and returns; opens everything else on a thread, see [`GeoService::is_ready`].
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
            // Report the outcome even after a panic, because callers may wait for it.
            let opened = panics::catch(|| Databases::open(explicit, &options));
            inner
                .databases
                .get_or_init(|| opened.unwrap_or_else(|why| Databases::broken(&t!("geo-internal-error", error = why))));
        };
        if let Err(error) = thread::Builder::new().name("geo-open".to_owned()).spawn(open) {
            service.inner.databases.get_or_init(|| Databases::broken(&t!("geo-no-thread", error = error.to_string())));
        }
        Ok(service)
    }

    /// Opens everything before it returns.
    ///
    /// # Errors
    /// When the file of `--geo-db` cannot be used.
    pub fn open_blocking(options: GeoOptions) -> Result<Self, GeoError> {
        let service = Self::open(options)?;
        service.wait_ready();
        Ok(service)
    }

    /// Whether all databases are open or have failed to open.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.inner.databases.get().is_some()
    }

    /// Waits until [`GeoService::is_ready`]: at most about a second, at the first start.
    pub fn wait_ready(&self) {
        self.inner.databases.wait();
    }

    /// Place and operator of `ip`, or why there is none. Uses the cache if possible; never waits for a database to
    /// open.
    #[must_use]
    pub fn locate(&self, ip: IpAddr) -> Arc<Location> {
        if classify_address(ip) != AddressScope::Public {
            return Arc::clone(&self.inner.not_public);
        }
        let ip = inner_address(ip);
        let Some(databases) = self.inner.databases.get() else {
            return Arc::clone(&self.inner.unavailable);
        };
        // Do not hold the lock during the lookup. Two threads may then look up the same address, with equal results.
        if let Some(location) = self.cache().get(ip) {
            return location;
        }
        let location = Arc::new(databases.locate(ip));
        self.cache().put(ip, Arc::clone(&location));
        location
    }

    /// The location of the peer of a connection: the stated one, or else from [`GeoService::locate`].
    #[must_use]
    pub fn locate_peer(&self, connection: &Connection) -> Arc<Location> {
        connection.stated_location().unwrap_or_else(|| self.locate(connection.subject_ip()))
    }

    /// Databases that do not work or are too old, as of now. Empty while databases are being opened.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "how old a database is does not depend on the moment that is shown")]
    pub fn degradations(&self) -> Vec<Degradation> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let now = UnixMillis(i64::try_from(now).unwrap_or(i64::MAX));
        self.inner.databases.get().map(|databases| databases.degradations(now)).unwrap_or_default()
    }

    /// Name and build day of the preferred databases: for places, then for operators.
    #[must_use]
    pub fn stamps(&self) -> Vec<DatabaseStamp> {
        let Some(databases) = self.inner.databases.get() else { return Vec::new() };
        let city = databases.cities.first().map(|it| it.database.stamp());
        let operator = databases.operators.first().map(|it| it.database.stamp());
        city.into_iter().chain(operator).cloned().collect()
    }

    /// Statistics of the cache.
    #[must_use]
    pub fn cache_stats(&self) -> CacheStats {
        self.cache().stats()
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, LocationCache> {
        self.inner.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The address to look up: the embedded IPv4 address, if there is one.
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
            databases.try_file(path, t!("geo-remedy-configured"));
        }
        databases.open_discovered(options.data_dir.as_deref());
        let cache_dir = options.cache_dir.as_deref();
        match embedded::open_city(cache_dir) {
            Ok(Opened { database, not_kept }) => {
                databases.cities.push(database.into());
                databases.report_cache_error(not_kept);
            }
            Err(error) => databases.degrade(DegradationKind::Places, error.to_string(), t!("remedy-reinstall")),
        }
        match embedded::open_asn(cache_dir) {
            Ok(Opened { database, not_kept }) => {
                databases.operators.push(database.into());
                databases.report_cache_error(not_kept);
            }
            Err(error) => databases.degrade(DegradationKind::Operators, error.to_string(), t!("remedy-reinstall")),
        }
        databases
    }

    /// Reports why an unpacked database is only in memory.
    fn report_cache_error(&mut self, why: Option<String>) {
        if let Some(why) = why {
            let what = t!("geo-not-cached", error = why);
            self.degrade(DegradationKind::Places, what, t!("geo-not-cached-remedy"));
        }
    }

    fn broken(why: &str) -> Self {
        let mut databases = Self::default();
        databases.degrade(DegradationKind::Places, t!("geo-no-database", error = why), t!("remedy-restart"));
        databases
    }

    /// Uses the content of `database` for which there is no database yet.
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
            Err(error) => self.degrade(DegradationKind::Places, t!("geo-not-used", error = error.to_string()), remedy),
        }
    }

    fn open_discovered(&mut self, data_dir: Option<&Path>) {
        let Some(directory) = data_dir else { return };
        let found = discover(directory).unwrap_or_else(|error| {
            let what = t!("geo-cannot-list", directory = directory.display().to_string(), error = error.to_string());
            self.degrade(DegradationKind::Places, what, t!("geo-cannot-list-remedy"));
            Discovered::default()
        });
        for path in &found.cities {
            if self.cities.is_empty() {
                self.try_file(path, t!("geo-remedy-replace-or-remove"));
            }
        }
        for path in &found.operators {
            if self.operators.is_empty() {
                self.try_file(path, t!("geo-remedy-replace-or-remove"));
            }
        }
    }

    fn degrade(&mut self, kind: DegradationKind, what: String, remedy: &str) {
        self.degradations.push(Degradation::new(kind, what, remedy));
    }

    /// Looks up a public address in the databases.
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
            anycast_reason: certain.or_else(|| asn.and_then(anycast_reason_of_operator)).map(Cow::Borrowed),
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
                let what = t!("geo-built-in-instead", error = error.to_string());
                all.push(Degradation::new(kind, what, t!("geo-remedy-replace")));
            }
        }
        // Only the preferred databases: the age of the embedded fallback does not matter.
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

/// The degradation for a database that is too old at `now`, if it is.
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
    let (name, built) = (&*stamp.name, &*stamp.built);
    let what = if kind == DegradationKind::Operators {
        t!("geo-old-operators", name = name, built = built, days = age_days)
    } else {
        t!("geo-old-places", name = name, built = built, days = age_days)
    };
    let remedy = if is_geolite2 { t!("geo-old-remedy-geolite2") } else { t!("geo-old-remedy") };
    Some(Degradation::new(kind, what, remedy))
}

#[cfg(test)]
mod tests;
