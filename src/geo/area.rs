//! Areas of countries: their outlines, and which country contains a point.
//!
//! Reads `data/places/areas.bin`, whose format `examples/bake_assets/areas.rs` documents. It is decoded at the first
//! use. A truncated file yields the countries that are complete.

use crate::{geodesy::LatLng, model::CountryIso};
use std::{collections::BTreeMap, sync::LazyLock};

const MAGIC: &[u8] = b"NGA1";
/// Units of the file per degree.
const PER_DEG: f32 = 100.0;

/// The area of a country. A point is inside if an odd number of rings surrounds it.
#[derive(Clone, Debug, PartialEq)]
pub struct CountryArea {
    /// Rings of `[longitude, latitude]` in degrees; longitudes continue beyond ±180°, and the last point connects to
    /// the first. A ring around a pole includes it at a latitude of ±90°.
    pub rings: Vec<Vec<[f32; 2]>>,
    /// West, south, east and north, degrees.
    pub bounds: [f32; 4],
}

static AREAS: LazyLock<BTreeMap<CountryIso, CountryArea>> =
    LazyLock::new(|| unpack(include_bytes!("../../data/places/areas.bin")));

impl CountryArea {
    fn new(rings: Vec<Vec<[f32; 2]>>) -> Self {
        let mut bounds = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
        for [lng, lat] in rings.iter().flatten() {
            bounds = [bounds[0].min(*lng), bounds[1].min(*lat), bounds[2].max(*lng), bounds[3].max(*lat)];
        }
        Self { rings, bounds }
    }

    /// Whether a point in degrees is inside.
    #[must_use]
    pub fn contains(&self, lng_deg: f32, lat_deg: f32) -> bool {
        let [west, south, east, north] = self.bounds;
        if !(south..=north).contains(&lat_deg) {
            return false;
        }
        [-360.0, 0.0, 360.0].into_iter().map(|turn| lng_deg + turn).any(|lng_deg| {
            (west..=east).contains(&lng_deg)
                && self.rings.iter().flat_map(|ring| edges(ring)).fold(false, |inside, [a, b]| {
                    let crosses = (a[1] > lat_deg) != (b[1] > lat_deg)
                        && lng_deg < a[0] + (b[0] - a[0]) * (lat_deg - a[1]) / (b[1] - a[1]);
                    inside != crosses
                })
        })
    }

    /// Size of the bounding box in square degrees, to find the smallest of several areas.
    fn box_size(&self) -> f32 {
        let [west, south, east, north] = self.bounds;
        (east - west) * (north - south)
    }
}

/// The edges of a ring, including the one from the last point to the first.
pub fn edges(ring: &[[f32; 2]]) -> impl Iterator<Item = [[f32; 2]; 2]> {
    ring.iter().zip(ring.iter().cycle().skip(1)).map(|(a, b)| [*a, *b])
}

/// The area of a country; `None` if the file has no shape for it.
#[must_use]
pub fn country_area(iso: CountryIso) -> Option<&'static CountryArea> {
    AREAS.get(&iso)
}

/// The country that contains a point; `None` at sea.
#[must_use]
pub fn country_at(position: LatLng) -> Option<CountryIso> {
    let (lng_deg, lat_deg) = (position.lng_deg() as f32, position.lat_deg() as f32);
    let around = AREAS.iter().filter(|(_, area)| area.contains(lng_deg, lat_deg));
    // Rounded borders may overlap slightly.
    around.min_by(|a, b| a.1.box_size().total_cmp(&b.1.box_size())).map(|(iso, _)| *iso)
}

fn unpack(bytes: &[u8]) -> BTreeMap<CountryIso, CountryArea> {
    let mut reader = Reader(bytes.strip_prefix(MAGIC).unwrap_or_default());
    let mut areas = BTreeMap::new();
    while let Some((iso, area)) = reader.country() {
        areas.insert(iso, area);
    }
    areas
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn country(&mut self) -> Option<(CountryIso, CountryArea)> {
        let letters = self.take::<2>()?;
        let iso = CountryIso::parse(std::str::from_utf8(&letters).ok()?)?;
        let rings = u16::from_le_bytes(self.take()?);
        let rings = (0..rings).map(|_| self.ring()).collect::<Option<Vec<_>>>()?;
        Some((iso, CountryArea::new(rings)))
    }

    fn ring(&mut self) -> Option<Vec<[f32; 2]>> {
        let count = u16::from_le_bytes(self.take()?);
        let mut at = [i16::from_le_bytes(self.take()?), i16::from_le_bytes(self.take()?)].map(i32::from);
        let mut points = vec![at];
        for _ in 1..count {
            for axis in &mut at {
                *axis = axis.checked_add(self.step()?)?;
            }
            points.push(at);
        }
        Some(points.into_iter().map(|point| point.map(|units| units as f32 / PER_DEG)).collect())
    }

    fn step(&mut self) -> Option<i32> {
        let mut bits = 0_u32;
        for shift in [0, 7, 14, 21, 28] {
            let [byte] = self.take()?;
            bits |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some((bits >> 1) as i32 ^ -((bits & 1) as i32));
            }
        }
        None
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::country_centre;
    use proptest::prelude::*;

    fn at(lat_deg: f64, lng_deg: f64) -> Option<String> {
        country_at(LatLng::from_degrees(lat_deg, lng_deg).expect("valid")).map(|iso| iso.to_string())
    }

    #[test]
    fn a_point_is_in_the_country_in_which_it_lies() {
        for (lat, lng, iso) in [
            (52.5, 13.4, Some("DE")),
            (48.85, 2.35, Some("FR")),
            (4.9, -52.3, Some("GF")),
            (39.0, -98.0, Some("US")),
            (64.8, -147.7, Some("US")),
            (66.0, -172.0, Some("RU")),
            (67.0, 178.0, Some("RU")),
            (-29.6, 28.2, Some("LS")),
            (-30.0, 25.0, Some("ZA")),
            (-80.0, 20.0, Some("AQ")),
            (-89.5, -120.0, Some("AQ")),
            (-17.8, 178.0, Some("FJ")),
            (30.0, -40.0, None),
            (88.0, 0.0, None),
        ] {
            assert_eq!(at(lat, lng).as_deref(), iso, "{lat} {lng}");
        }
    }

    #[test]
    fn the_middle_of_a_country_with_a_shape_lies_in_it() {
        let wrong: Vec<_> = AREAS
            .keys()
            .filter(|iso| {
                let (centre, _) = country_centre(**iso).expect("a country of the table");
                country_at(centre) != Some(**iso)
            })
            .collect();
        assert!(AREAS.len() > 230 && wrong.len() <= 4, "{} areas, {wrong:?}", AREAS.len());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(cut in 0usize..200_000, bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let whole = include_bytes!("../../data/places/areas.bin");
            let head = unpack(&whole[..cut.min(whole.len())]);
            prop_assert!(head.iter().all(|(iso, area)| AREAS.get(iso) == Some(area)));
            let _ = unpack(&[MAGIC, &bytes].concat());
        }
    }
}
