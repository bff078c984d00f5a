//! Databases of places and operators: files in MaxMind's format, of the user's own or part of the program, behind one
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
pub use service::{GeoError, GeoLookup, GeoOptions, GeoService};
