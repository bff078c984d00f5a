//! Reads the list of cities (GeoNames, tab-separated, zstd-compressed).

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::Failure;

/// A populated place.
#[derive(Clone)]
pub struct City {
    pub name: String,
    pub lat_deg: f64,
    pub lng_deg: f64,
    /// ISO 3166-1 alpha-2 code of its country or territory.
    pub country_iso: String,
    /// Population; never 0 in the source.
    pub population: f64,
    /// Whether it is a national capital.
    pub is_capital: bool,
}

/// Smaller places get no label on the globe, unless they are capitals.
const LEAST_POPULATION: f64 = 100_000.0;

/// The places with labels on the globe: a header, then a row each, the largest first.
pub fn table(cities: &[City]) -> String {
    let mut named: Vec<&City> =
        cities.iter().filter(|city| city.population >= LEAST_POPULATION || city.is_capital).collect();
    // The source is already in this order; a stable sort keeps it for equal populations.
    named.sort_by(|a, b| b.population.total_cmp(&a.population));
    let rows = named.into_iter().map(|city| {
        let mark = if city.is_capital { "C" } else { "" };
        format!("{}\t{:.3}\t{:.3}\t{}\t{mark}\n", city.name, city.lat_deg, city.lng_deg, city.population)
    });
    "#name\tlat_deg\tlng_deg\tpopulation\tcapital\n".to_owned() + &rows.collect::<String>()
}

/// Reads all rows after the header: name, lat_deg, lng_deg, country_iso, population, capital mark.
pub fn read(path: &Path) -> Result<Vec<City>, Failure> {
    let mut text = String::new();
    zstd::Decoder::new(File::open(path)?)?.read_to_string(&mut text)?;
    text.lines()
        .skip(1)
        .map(|line| city(line).ok_or_else(|| format!("{}: not a city: {line}", path.display()).into()))
        .collect()
}

fn city(line: &str) -> Option<City> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [name, lat, lng, iso, population, ref mark @ ..] = *fields.as_slice() else { return None };
    Some(City {
        name: name.to_owned(),
        lat_deg: lat.parse().ok()?,
        lng_deg: lng.parse().ok()?,
        country_iso: iso.to_owned(),
        population: population.parse().ok()?,
        is_capital: mark.first().is_some_and(|mark| !mark.is_empty()),
    })
}
