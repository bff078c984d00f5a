//! Places: where a public address is said to be, who operates it, and where this computer itself is.
//!
//! Databases are files: the user's own (`--geo-db`, the configuration, the data directory) before the two that are
//! embedded. Nothing here opens a network connection. [`GeoService`] is the way in; [`detect_home`] knows the home.

mod anycast;
mod area;
mod cities;
mod country;
mod databases;
mod doubt;
mod home;

pub use anycast::{anycast_reason_of_address, anycast_reason_of_operator};
pub use area::{CountryArea, country_area, country_at, edges};
pub use cities::{City, cities};
pub use country::{assumed_radius_km, country_centre, country_name};
pub use databases::{
    AnyDatabase, AsnDatabase, CacheStats, CityDatabase, GeoError, GeoLookup, GeoOptions, GeoService, MmdbError,
    Operator, Wanted,
};
pub use doubt::{place_doubt, place_doubt_at_set_home};
pub use home::{Home, HomeMissing, HomeSource, detect_home, home_from_time_zone};
