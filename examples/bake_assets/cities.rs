//! Reads the list of cities (GeoNames, tab-separated, zstd-compressed).

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::Failure;

/// One populated place.
pub struct City {
    pub lat_deg: f64,
    pub lng_deg: f64,
    /// ISO 3166-1 alpha-2 code of its country or territory.
    pub country_iso: String,
    /// People; never 0 in the source.
    pub population: f64,
}

/// Reads all rows after the heading: name, lat_deg, lng_deg, country_iso, population, capital mark.
pub fn read(path: &Path) -> Result<Vec<City>, Failure> {
    let mut text = String::new();
    ruzstd::decoding::StreamingDecoder::new(File::open(path)?)?.read_to_string(&mut text)?;
    text.lines()
        .skip(1)
        .map(|line| city(line).ok_or_else(|| format!("{}: not a city: {line}", path.display()).into()))
        .collect()
}

fn city(line: &str) -> Option<City> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [_name, lat, lng, iso, population, ..] = fields.as_slice() else { return None };
    Some(City {
        lat_deg: lat.parse().ok()?,
        lng_deg: lng.parse().ok()?,
        country_iso: (*iso).to_owned(),
        population: population.parse().ok()?,
    })
}
