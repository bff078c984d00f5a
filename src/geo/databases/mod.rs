//! Databases of places and operators: the user's own files in MaxMind's format and the embedded ones, behind one
//! service.

mod cache;
mod discovery;
mod embedded;
mod mmap;
mod mmdb;
mod record;
mod service;

pub use cache::CacheStats;
pub use mmdb::{AnyDatabase, AsnDatabase, CityDatabase, MmdbError, Wanted};
pub use record::Operator;
pub use service::{GeoError, GeoOptions, GeoService};
