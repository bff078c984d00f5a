//! Places: where a public address is said to be, who operates it, and where this computer itself is.
//!
//! Databases are files: the user's own (`--geo-db`, the configuration, the data directory) before the two that are
//! embedded. Nothing here opens a network connection. [`GeoService`] is the way in; [`detect_home`] knows the home.

mod anycast;
mod area;
mod cache;
mod checksum;
mod cities;
mod country;
mod discovery;
mod doubt;
mod embedded;
mod home;
mod mmap;
mod mmdb;
mod record;
mod service;
mod time_zone;

pub use anycast::{anycast_reason_of_address, anycast_reason_of_operator};
pub use area::{CountryArea, country_area, country_at, edges};
pub use cache::CacheStats;
pub use cities::{City, cities};
pub use country::{assumed_radius_km, country_centre, country_name};
pub use doubt::{place_doubt, place_doubt_at_set_home};
pub use home::{Home, HomeMissing, HomeSource, detect_home, home_from_time_zone, parse_home};
pub use mmdb::{AnyDatabase, AsnDatabase, CityDatabase, MmdbError};
pub use record::Operator;
pub use service::{GeoError, GeoLookup, GeoOptions, GeoService};
