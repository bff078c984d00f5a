//! Places: location and operator of a public address, and the location of this computer.
//!
//! Databases are files: those of the user (`--geo-db`, the configuration, the data directory) are preferred to the two
//! embedded ones. Nothing here opens a network connection. Use [`GeoService`] for lookups and [`detect_home`] for the home.

mod anycast;
mod area;
mod cities;
mod country;
mod databases;
mod doubt;
mod home;

pub use anycast::{anycast_reason_of_address, anycast_reason_of_operator, anycast_words};
pub use area::{CountryArea, country_area, country_at, edges};
pub use cities::{City, cities};
pub use country::{assumed_radius_km, country_centre};
pub use databases::{
    AnyDatabase, AsnDatabase, CacheStats, CityDatabase, GeoError, GeoOptions, GeoService, MmdbError, Operator, Wanted,
};
pub use doubt::{place_doubt, place_doubt_at_set_home};
pub use home::{Home, HomeMissing, HomeSource, detect_home, home_from_time_zone};
