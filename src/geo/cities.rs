//! Cities with labels on the globe: those with 100,000 or more inhabitants, and capitals.
//!
//! The table is `data/places/cities.tsv`; `data/README.md` documents how it is made. It is only for orientation:
//! locations of addresses come from the databases.

use crate::geodesy::LatLng;
use std::sync::LazyLock;

/// A city of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct City {
    /// English name.
    pub name: &'static str,
    /// Its location.
    pub position: LatLng,
    /// Number of inhabitants.
    pub population: u32,
    /// Whether it is the capital of a country.
    pub is_capital: bool,
}

static CITIES: LazyLock<Vec<City>> =
    LazyLock::new(|| include_str!("../../data/places/cities.tsv").lines().filter_map(parse_row).collect());

/// All cities, the largest first.
#[must_use]
pub fn cities() -> &'static [City] {
    &CITIES
}

/// `name<TAB>lat_deg<TAB>lng_deg<TAB>population<TAB>mark`; `None` for the header and for invalid rows.
fn parse_row(line: &'static str) -> Option<City> {
    let mut columns = line.split('\t');
    let name = columns.next().filter(|name| !name.starts_with('#'))?;
    let position = LatLng::from_degrees(columns.next()?.parse().ok()?, columns.next()?.parse().ok()?)?;
    let population = columns.next()?.parse().ok()?;
    Some(City { name, position, population, is_capital: columns.next() == Some("C") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_read_and_the_largest_comes_first() {
        let table = include_str!("../../data/places/cities.tsv");
        assert_eq!(cities().len(), table.lines().count() - 1);
        assert!(cities().len() > 5_000 && cities().is_sorted_by(|a, b| a.population >= b.population));
        let oslo = cities().iter().find(|city| city.name == "Oslo").expect("a capital");
        assert!(oslo.is_capital && (59.5..60.5).contains(&oslo.position.lat_deg()));
    }
}
